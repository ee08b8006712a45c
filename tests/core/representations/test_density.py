"""The encoder against a plain loop, its laws, tau, and what happens at the origin."""

import math

import pytest
import torch
from torch import Tensor

import core.representations.density as module
from core.errors import InputError
from core.representations.basis import DensityBasis, radial
from core.representations.density import count_channels, encode, on_sphere, threshold
from core.representations.harmonics import harmonics
from core.representations.rotations import change_convention, power, wigner
from tests.core.representations.clouds import random_clouds, random_rotation

BASIS = DensityBasis()


def plain(position: Tensor, channel: Tensor, basis: DensityBasis, channels: int) -> Tensor:
    """The formula, one point and one shell after the other."""
    out = torch.zeros(len(position), channels, basis.harmonics, basis.shells, dtype=position.dtype)
    for cloud, kinds in enumerate(channel.tolist()):
        for atom, kind in enumerate(kinds):
            if kind < 0:
                continue
            where = position[cloud, atom]
            angular = harmonics(where[None], basis.l_max, convention=basis.convention)[0]
            for shell, radius in enumerate(basis.radii):
                weight = math.exp(-0.5 * ((float(where.norm()) - radius) / basis.width) ** 2)
                out[cloud, kind, :, shell] += weight * angular
    return out


@pytest.mark.parametrize("convention", ["sphericart", "e3nn"])
def test_the_encoder_is_the_plain_loop(convention: str):
    basis = DensityBasis(l_max=5, shells=7, r_max=6.0, width=0.4, start=0.5, convention=convention)
    position, channel = random_clouds(4)
    mine = encode(position, channel, basis=basis, channels=5)
    assert mine.shape == (4, 5, 36, 7)
    torch.testing.assert_close(mine, plain(position, channel, basis, 5))
    narrow = encode(position.float(), channel, basis=basis, channels=5)
    assert narrow.dtype == torch.float32
    torch.testing.assert_close(narrow.double(), mine, atol=2e-5, rtol=0)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    position, channel = random_clouds(9)
    whole = encode(position, channel, basis=BASIS)
    monkeypatch.setattr(module, "BLOCK", 3000)
    torch.testing.assert_close(encode(position, channel, basis=BASIS), whole)


@pytest.mark.parametrize("convention", ["sphericart", "e3nn"])
def test_rotating_the_points_rotates_the_coefficients(convention: str):
    basis = DensityBasis(convention=convention)
    position, channel = random_clouds(3)
    turn = random_rotation(5)
    before = encode(position, channel, basis=basis)
    after = encode(position @ turn.T, channel, basis=basis)
    matrix = wigner(turn, 8, convention=convention)
    torch.testing.assert_close(after, matrix @ before, atol=1e-10, rtol=0)
    torch.testing.assert_close(power(after, dim=-2), power(before, dim=-2))


def test_the_conventions_of_one_cloud_can_be_changed_into_one_another():
    position, channel = random_clouds(3)
    ours = encode(position, channel, basis=BASIS)
    theirs = encode(position, channel, basis=DensityBasis(convention="e3nn"))
    changed = change_convention(ours, source="sphericart", target="e3nn", dim=-2)
    torch.testing.assert_close(changed, theirs)


def test_points_add_up_in_any_order():
    position, channel = random_clouds(3)
    whole = encode(position, channel, basis=BASIS)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(encode(position[:, order], channel[:, order], basis=BASIS), whole)
    halves = [
        encode(position[:, at], channel[:, at], basis=BASIS) for at in (slice(4), slice(4, 10))
    ]
    torch.testing.assert_close(sum(halves), whole)
    moved = torch.where(channel >= 0, (channel + 1) % 4, -1)
    torch.testing.assert_close(encode(position, moved, basis=BASIS), whole.roll(1, 1))


def test_what_is_absent_is_never_read():
    position, channel = random_clouds(3)
    whole = encode(position, channel, basis=BASIS)
    broken = torch.where((channel < 0)[..., None], torch.nan, position).requires_grad_()
    density = encode(broken, channel, basis=BASIS)
    torch.testing.assert_close(density, whole)
    (slope,) = torch.autograd.grad(density.square().sum(), broken)
    assert slope.isfinite().all()
    assert slope[channel < 0].eq(0).all()
    nothing = encode(position, torch.full_like(channel, -1), basis=BASIS)
    assert nothing.eq(0).all()
    assert encode(torch.zeros(0, 5, 3), torch.zeros(0, 5).long(), basis=BASIS).shape[0] == 0
    assert encode(torch.zeros(2, 0, 3), torch.zeros(2, 0).long(), basis=BASIS).eq(0).all()


def test_a_point_at_the_origin_counts_in_degree_zero_only_and_has_no_gradient():
    position = torch.zeros(1, 2, 3, dtype=torch.float64)
    position[0, 1] = torch.tensor([0.0, 3.0, 0.0])
    position.requires_grad_()
    kind = torch.tensor([[0, 1]])
    density = encode(position, kind, basis=BASIS)
    assert density[0, 0, 1:].eq(0).all()
    first = math.exp(-0.5) / math.sqrt(4 * math.pi)  # the first shell lies one width away
    assert density[0, 0, 0, 0].item() == pytest.approx(first)
    (slope,) = torch.autograd.grad(density.square().sum(), position)
    assert slope.isfinite().all()
    assert slope[0, 0].eq(0).all()
    assert slope[0, 1].abs().sum() > 0


@pytest.mark.parametrize("normalisation", ["none", "channel", "atoms"])
def test_the_gradient_is_exact(normalisation: str):
    basis = DensityBasis(l_max=3, shells=5)
    position, channel = random_clouds(2)
    assert torch.autograd.gradcheck(
        lambda p: encode(p, channel, basis=basis, normalisation=normalisation),
        position.clone().requires_grad_(),
    )


def test_normalisations():
    position, channel = random_clouds(6)
    plain_density = encode(position, channel, basis=BASIS)
    counts = count_channels(channel, 4)
    unit = encode(position, channel, basis=BASIS, normalisation="channel")
    norm = unit.square().sum((2, 3))
    torch.testing.assert_close(norm, (counts > 0).double())
    each = encode(position, channel, basis=BASIS, normalisation="atoms")
    torch.testing.assert_close(each * counts.clamp(min=1)[..., None, None], plain_density)
    assert counts.sum() == (channel >= 0).sum()


def test_tau_sets_small_coefficients_to_zero_and_leaves_the_others():
    position, channel = random_clouds(6)
    whole = encode(position, channel, basis=BASIS)
    cut = encode(position, channel, basis=BASIS, tau=0.2)
    kept = whole.abs() > 0.2
    torch.testing.assert_close(cut[kept], whole[kept], rtol=0, atol=0)
    assert cut[~kept].eq(0).all()
    assert threshold(whole, 0.0) is whole
    edge = torch.tensor([-0.2, 0.2, 0.2000001, -0.3])
    assert threshold(edge, 0.2).tolist() == [0.0, 0.0, *edge[2:].tolist()]


def test_tau_has_the_unit_of_the_convention():
    """In e3nn's convention coefficients are 3.5 times larger: the same tau cuts much less."""
    position, channel = random_clouds(6)
    share = []
    for convention in ("sphericart", "e3nn"):
        whole = encode(position, channel, basis=DensityBasis(convention=convention))
        share.append((threshold(whole, 0.2).square().sum() / whole.square().sum()).item())
    assert share[0] < 0.92
    assert share[1] > 0.98


def test_shells_and_what_they_see():
    assert BASIS.radii[:2] == (0.25, 0.75)
    assert BASIS.radii[-1] == 7.75
    assert DensityBasis(start=0.5).radii == pytest.approx([0.5 * (i + 1) for i in range(16)])
    assert DensityBasis(shells=1).radii == (4.0,)
    assert DensityBasis(shells=1, start=3.0).radii == (3.0,)
    gaps = DensityBasis(width=0.1, start=0.5)
    seen = radial(torch.tensor([2.0, 2.25, 9.0]), basis=gaps).square().sum(1)
    assert seen[0] == pytest.approx(1.0)
    assert 0.001 < seen[1] < 0.005
    assert seen[2] < 1e-10


@pytest.mark.parametrize("convention", ["sphericart", "e3nn"])
def test_the_function_on_a_shell_is_largest_towards_the_point(convention: str):
    basis = DensityBasis(l_max=6, convention=convention)
    where = torch.tensor([[[0.6, -1.0, 2.0]]], dtype=torch.float64)
    density = encode(where, torch.tensor([[0]]), basis=basis, channels=1)
    directions = torch.cat([where[0], torch.randn(200, 3, dtype=torch.float64)])
    values = on_sphere(density, directions, basis=basis)
    assert values.shape == (1, 1, 201, 16)
    shell = values[0, 0].abs().amax(0).argmax()
    assert values[0, 0, :, shell].argmax() == 0
    weight = radial(where[0].norm(dim=-1), basis=basis)[0]
    torch.testing.assert_close(values[0, 0, 0], weight * 49 / (4 * math.pi))


def test_what_cannot_be_is_refused_in_words():
    position, channel = random_clouds(2)
    nan = position.clone()
    nan[1, 0, 2] = torch.nan
    for call, word in (
        (lambda: DensityBasis(l_max=13), "l_max"),
        (lambda: DensityBasis(shells=0), "shells"),
        (lambda: DensityBasis(shells=65), "shells"),
        (lambda: DensityBasis(width=0.0), "width"),
        (lambda: DensityBasis(r_max=float("nan")), "r_max"),
        (lambda: DensityBasis(start=9.0), "start"),
        (lambda: encode(position, channel, basis=BASIS, channels=2), "absent. to 1"),
        (lambda: encode(position, channel - 1, basis=BASIS), "-2 to"),
        (lambda: encode(nan, channel, basis=BASIS), "point 0 in cloud 1"),
        (lambda: encode(position, channel, basis=BASIS, tau=-0.1), "tau"),
        (lambda: encode(position, channel, basis=BASIS, tau=math.nan), "tau"),
    ):
        with pytest.raises(InputError, match=word):
            call()
