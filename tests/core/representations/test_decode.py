"""What the oracle recovers, of synthetic clouds always and of real side chains where they are."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

import core.representations.decode as module
from core.errors import InputError
from core.representations.basis import DensityBasis
from core.representations.decode import Decoded, decode
from core.representations.density import count_channels, encode, threshold
from core.representations.matching import Matched, match
from core.representations.normal import model, normal_equations, squared_norms
from core.representations.refine import refine
from tests.core.representations.clouds import random_clouds, random_rotation
from tests.core.representations.real import side_chains

BASIS = DensityBasis()
Cloud = tuple[Tensor, Tensor]


@pytest.fixture(scope="module", params=["clouds", "real"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    if request.param == "clouds":
        return random_clouds(100)
    folder: Path = request.getfixturevalue("shared_data")
    return side_chains(folder / "structures", 200)


def recovered(
    cloud: Cloud,
    basis: DensityBasis = BASIS,
    *,
    known: bool = True,
    noise: float = 0.0,
    tau: float = 0.0,
) -> tuple[Decoded, Matched]:
    """Noise has a standard deviation of that share of the root mean square of each channel."""
    position, channel = cloud
    density = encode(position, channel, basis=basis)
    random = torch.randn(density.shape, generator=torch.Generator().manual_seed(0)).double()
    density += noise * density.square().mean((2, 3), keepdim=True).sqrt() * random
    counts = count_channels(channel, 4) if known else None
    found = decode(threshold(density, tau), basis=basis, counts=counts)
    return found, match(position, channel, found.position, found.channel)


def rms(matched: Matched) -> float:
    distance = matched.distance
    return distance[distance.isfinite()].square().mean().sqrt().item()


@pytest.mark.parametrize("known", [True, False])
def test_the_notes_density_loses_no_point(cloud: Cloud, known: bool):
    found, matched = recovered(cloud, known=known)
    distance = matched.distance[cloud[1] >= 0]
    assert distance.max() < 0.01
    assert not matched.missed.any()
    assert not matched.false.any()
    assert found.residual.max() < 1e-5
    torch.testing.assert_close(count_channels(found.channel, 4), count_channels(cloud[1], 4))


@pytest.mark.parametrize("known", [True, False])
def test_noise_of_30_percent_costs_little(cloud: Cloud, known: bool):
    _, matched = recovered(cloud, known=known, noise=0.3)
    assert rms(matched) < 0.035
    assert matched.missed.sum() + matched.false.sum() <= 3


def test_tau_costs_a_tenth_of_an_angstrom(cloud: Cloud):
    assert 0.05 < rms(recovered(cloud, tau=0.2)[1]) < 0.14
    loose = recovered(cloud, DensityBasis(convention="e3nn"), tau=0.2)[1]
    assert rms(loose) < 0.05


@pytest.mark.parametrize(
    "basis",
    [
        DensityBasis(l_max=6),
        DensityBasis(l_max=4),
        DensityBasis(start=0.5),
        DensityBasis(width=0.5),
    ],
    ids=str,
)
def test_fewer_degrees_or_other_shells_are_enough_without_noise(cloud: Cloud, basis: DensityBasis):
    matched = recovered(cloud, basis)[1]
    assert rms(matched) < 0.1
    assert matched.missed.sum() <= 1


def test_gaps_between_shells_cost_more_than_wide_shells(cloud: Cloud):
    """Seen on one shell only, a point may lie on either side of it; noise hides which."""
    gaps = DensityBasis(width=0.1)
    assert gaps.has_gaps
    assert not BASIS.has_gaps
    assert rms(recovered(cloud, gaps)[1]) < 0.02
    assert 0.03 < rms(recovered(cloud, gaps, noise=0.05)[1]) < 0.2
    assert rms(recovered(cloud, noise=0.05)[1]) < 0.01


def test_points_outside_the_shells_are_lost():
    position = torch.tensor([[[0.0, 0.0, 3.0], [0.0, 6.5, 0.0]]], dtype=torch.float64)
    cloud = position, torch.tensor([[0, 0]])
    matched = recovered(cloud, DensityBasis(r_max=4.0), known=False)[1]
    assert matched.missed.tolist() == [[False, True]]
    assert matched.distance[0, 0] < 0.01


def test_a_rotated_cloud_decodes_to_the_rotated_points():
    position, channel = random_clouds(20, seed=4)
    turned = position @ random_rotation(2).T
    assert rms(recovered((turned, channel))[1]) < 0.01


def test_a_point_at_the_origin_is_found_there():
    position = torch.tensor([[[0.0, 0.0, 0.0], [0.0, 1.5, 0.0], [2.0, 0.0, 0.0]]]).double()
    for known in (True, False):
        found, matched = recovered((position, torch.tensor([[0, 0, 0]])), known=known)
        assert matched.distance.max() < 0.01
        assert found.position.norm(dim=-1).min() == 0.0


@pytest.mark.parametrize("normalisation", ["channel", "atoms"])
@pytest.mark.parametrize("known", [True, False])
def test_a_normalised_density_decodes_with_its_height(normalisation: str, known: bool):
    position, channel = random_clouds(40)
    counts = count_channels(channel, 4)
    density = encode(position, channel, basis=BASIS, normalisation=normalisation)
    found = decode(density, basis=BASIS, counts=counts if known else None, fit_height=True)
    matched = match(position, channel, found.position, found.channel)
    assert rms(matched) < 0.01
    assert matched.missed.sum() + matched.false.sum() == 0
    if normalisation == "atoms":
        some = counts > 0
        torch.testing.assert_close(found.height[some], 1.0 / counts[some].double())


def test_blocks_types_and_conventions_change_nothing(monkeypatch: pytest.MonkeyPatch):
    position, channel = random_clouds(12)
    counts = count_channels(channel, 4)
    density = encode(position, channel, basis=BASIS)
    whole = decode(density, basis=BASIS, counts=counts)
    monkeypatch.setattr(module, "BLOCK", 20_000)
    parts = decode(density, basis=BASIS, counts=counts)
    torch.testing.assert_close(parts.position, whole.position, equal_nan=True)
    narrow = decode(density.float(), basis=BASIS, counts=counts)
    assert narrow.position.dtype == torch.float32
    torch.testing.assert_close(
        narrow.position.double(), whole.position, equal_nan=True, atol=1e-4, rtol=0
    )
    other = DensityBasis(convention="e3nn")
    theirs = decode(encode(position, channel, basis=other), basis=other, counts=counts)
    same = match(position, channel, theirs.position, theirs.channel)
    assert rms(same) < 0.01


def test_empty_channels_clouds_and_batches():
    position, channel = random_clouds(3)
    channel[1] = -1
    counts = count_channels(channel, 4)
    density = encode(position, channel, basis=BASIS)
    for given in (counts, None):
        found = decode(density, basis=BASIS, counts=given)
        assert found.channel[1].eq(-1).all()
        assert found.position[1].isnan().all()
        assert found.residual[1].eq(0).all()
        assert found.height[1].isnan().all()
    hidden = decode(torch.zeros_like(density), basis=BASIS, counts=counts)
    assert hidden.position.shape == (3, 0, 3)
    assert match(position, channel, hidden.position, hidden.channel).missed[0].any()
    none = decode(density[:0], basis=BASIS)
    assert none.position.shape == (0, 0, 3)


def test_noise_alone_gives_no_points():
    noise = torch.randn(30, 2, 81, 16, generator=torch.Generator().manual_seed(1))
    assert decode(noise, basis=BASIS).channel.ge(0).sum() <= 2


def test_a_wrong_number_is_kept_to_and_shows_in_what_is_left():
    position, channel = random_clouds(4)
    counts = count_channels(channel, 4)
    density = encode(position, channel, basis=BASIS)
    found = decode(density, basis=BASIS, counts=counts + (counts > 0))
    assert found.position[found.channel >= 0].isfinite().all()
    torch.testing.assert_close(count_channels(found.channel, 4), counts + (counts > 0))
    assert found.residual[counts > 0].min() > 0.05
    few = decode(density, basis=BASIS, most=1)
    torch.testing.assert_close(count_channels(few.channel, 4), (counts > 0).long())


@pytest.mark.parametrize("fit_height", [False, True])
def test_normal_equations_are_those_of_the_whole_derivative(fit_height: bool):
    basis = DensityBasis(l_max=4, shells=9)
    generator = torch.Generator().manual_seed(0)
    true, guess = 2.0 * torch.randn(2, 3, 4, 3, generator=generator, dtype=torch.float64)
    target = 0.7 * model(true, basis)
    mine = normal_equations(target, guess, basis, fit_height)
    torch.testing.assert_close(mine.loss, loss_of(target, guess, basis, fit_height))
    slope = torch.autograd.functional.jacobian(
        lambda p: loss_of(target, p, basis, fit_height).sum(), guess
    )
    torch.testing.assert_close(mine.slope, -0.5 * slope.flatten(1))
    if not fit_height:
        by_point = torch.autograd.functional.jacobian(lambda p: model(p, basis).sum(0), guess)
        jacobian = by_point.flatten(0, 1).transpose(0, 1).flatten(2)
        torch.testing.assert_close(mine.matrix, jacobian.transpose(1, 2) @ jacobian)
    torch.testing.assert_close(
        squared_norms(guess[:, :1], basis)[:, 0], model(guess[:, :1], basis).square().sum((1, 2))
    )


def loss_of(target: Tensor, position: Tensor, basis: DensityBasis, fit_height: bool) -> Tensor:
    shape = model(position, basis)
    height = torch.ones(len(target), 1, 1, dtype=target.dtype)
    if fit_height:
        own = shape.square().sum((1, 2), keepdim=True)
        height = (target * shape).sum((1, 2), keepdim=True) / own
    return (target - height * shape).square().sum((1, 2))


def test_least_squares_comes_back_from_nearby_and_leaves_the_origin_alone():
    true = torch.tensor([[[0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [-2.0, 1.0, 0.0]]]).double()
    target = model(true, BASIS)
    start = true + torch.tensor([[[0.0], [0.2], [-0.2]]])
    fit = refine(target, start, BASIS, steps=40)
    torch.testing.assert_close(fit.position, true, atol=1e-6, rtol=0)
    assert fit.loss.item() < 1e-10


def test_matching_pairs_within_channels_and_counts_what_is_over():
    true = torch.tensor([[[0.0, 0, 1], [0, 0, 2], [0, 0, 3], [9, 9, 9]]])
    kind = torch.tensor([[0, 0, 1, -1]])
    found = torch.tensor([[[0, 0, 2.1], [0, 0, 3.0], [0, 0, 3.2], [5.0, 0, 0], [0, 0, 0]]])
    found_kind = torch.tensor([[0, 0, 1, 1, -1]])
    matched = match(true, kind, found, found_kind, reach=0.5)
    # 1.1 + 1.0 would be the smaller sum of squares, with no point found.
    assert matched.distance[0, :3].tolist() == pytest.approx([2.0, 0.1, 0.2], abs=1e-5)
    assert matched.distance[0, 3].isnan()
    assert matched.missed.tolist() == [[True, False, False, False]]
    assert matched.false.tolist() == [[False, True, False, True, False]]
    nothing = match(true, kind, found[:, :0], found_kind[:, :0])
    assert nothing.distance.isnan().all()
    assert nothing.missed.tolist() == [[True, True, True, False]]


def test_what_cannot_be_is_refused_in_words():
    position, channel = random_clouds(2)
    density = encode(position, channel, basis=BASIS)
    counts = count_channels(channel, 4)
    for call, word in (
        (lambda: decode(density, basis=DensityBasis(l_max=6)), "49 harmonics x 16"),
        (lambda: decode(density * torch.nan, basis=BASIS), "finite"),
        (lambda: decode(density, basis=BASIS, counts=counts - 9), "below 0"),
        (lambda: decode(density, basis=BASIS, most=0), "most"),
        (lambda: match(position, channel, position, channel, reach=0.0), "reach"),
    ):
        with pytest.raises(InputError, match=word):
            call()
