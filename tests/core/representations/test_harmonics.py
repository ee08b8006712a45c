"""Harmonics against scipy and e3nn; rotations; layouts."""

import math

import numpy as np
import pytest
import torch
from e3nn import o3
from scipy.special import sph_harm_y
from torch import Tensor

from core.errors import InputError
from core.representations.directions import spread_directions
from core.representations.harmonics import (
    degrees,
    harmonics,
    harmonics_with_slope,
    pad,
    squared_norm,
    unpad,
)
from core.representations.rotations import change_convention, power, wigner
from tests.core.representations.clouds import random_rotation

CONVENTIONS = ("sphericart", "e3nn")


def points(count: int = 40) -> Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def by_scipy(where: Tensor, l_max: int) -> Tensor:
    """Real harmonics from scipy's complex ones, z polar, without the Condon-Shortley sign."""
    x, y, z = where.numpy().T
    theta, phi = np.arccos(z / np.linalg.norm(where, axis=1)), np.arctan2(y, x)
    columns: list[np.ndarray] = []
    for degree in range(l_max + 1):
        for m in range(-degree, degree + 1):
            value = sph_harm_y(degree, abs(m), theta, phi)
            sign = math.sqrt(2.0) * (-1) ** m
            columns.append(
                value.real if m == 0 else sign * (value.real if m > 0 else value.imag)
            )  # fmt: skip
    return torch.tensor(np.stack(columns, 1))


def test_sphericart_is_scipy():
    where = points()
    torch.testing.assert_close(harmonics(where, 12), by_scipy(where, 12), atol=1e-12, rtol=0)


def test_the_other_convention_is_e3nn_with_component_normalisation():
    where = points()
    theirs = o3.spherical_harmonics(
        list(range(9)), where, normalize=True, normalization="component"
    )
    torch.testing.assert_close(harmonics(where, 8, convention="e3nn"), theirs)


def test_e3nn_is_sphericart_with_turned_axes_times_the_root_of_four_pi():
    where = points()
    turned = math.sqrt(4.0 * math.pi) * harmonics(where[:, [2, 0, 1]], 8)
    torch.testing.assert_close(harmonics(where, 8, convention="e3nn"), turned)
    first = harmonics(where, 1, convention="e3nn")[:, 1:]
    torch.testing.assert_close(first, math.sqrt(3.0) * where / where.norm(dim=1, keepdim=True))


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_sum_of_squares_is_the_same_in_all_directions(convention: str):
    values = harmonics(points(), 6, convention=convention)
    norm = torch.full((40,), squared_norm(6, convention), dtype=torch.float64)
    torch.testing.assert_close(values.square().sum(1), norm)
    by_degree = power(values)
    share = torch.tensor([2.0 * degree + 1 for degree in range(7)], dtype=torch.float64) / 49
    torch.testing.assert_close(by_degree, norm[:, None] * share)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_origin_has_no_direction(convention: str):
    where = torch.tensor([[0.0, 0, 0], [1e-9, 0, 0], [0, 1.0, 0]], requires_grad=True)
    values = harmonics(where, 4, convention=convention)
    torch.testing.assert_close(values[0, 0], values[2, 0])
    assert values[:2, 1:].eq(0).all()
    (slope,) = torch.autograd.grad(values.sum(), where)
    assert slope.isfinite().all()
    assert slope[:2].eq(0).all()
    assert slope[2].abs().sum() > 0
    assert harmonics_with_slope(where, 4, convention=convention)[1][:2].eq(0).all()


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_slopes_are_those_of_autograd(convention: str):
    where = points(5)
    values, slope = harmonics_with_slope(where, 5, convention=convention)
    torch.testing.assert_close(values, harmonics(where, 5, convention=convention))
    jacobian = torch.autograd.functional.jacobian(
        lambda p: harmonics(p, 5, convention=convention).sum(0), where
    )
    torch.testing.assert_close(slope, jacobian.permute(1, 2, 0))
    assert torch.autograd.gradcheck(
        lambda p: harmonics(p, 5, convention=convention), where.clone().requires_grad_()
    )


def test_only_the_direction_counts_and_the_type_is_kept():
    where = points().float()
    values = harmonics(where.view(8, 5, 3), 8)
    assert values.shape == (8, 5, 81)
    assert values.dtype == torch.float32
    torch.testing.assert_close(harmonics(where.view(8, 5, 3) * 50.0, 8), values)
    assert harmonics(torch.zeros(0, 3), 2).shape == (0, 9)
    torch.testing.assert_close(harmonics(where, 0), torch.full((40, 1), 0.5 / math.sqrt(math.pi)))


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_rotated_points_have_rotated_coefficients(convention: str, seed: int):
    one, two = random_rotation(seed), random_rotation(seed + 10)
    matrix = wigner(one, 8, convention=convention)
    where = points()
    turned = harmonics(where @ one.T, 8, convention=convention)
    before = harmonics(where, 8, convention=convention)
    torch.testing.assert_close(turned, before @ matrix.T, atol=1e-10, rtol=0)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(81).double(), atol=1e-10, rtol=0)
    both = wigner(one @ two, 8, convention=convention)
    product = matrix @ wigner(two, 8, convention=convention)
    torch.testing.assert_close(both, product, atol=1e-10, rtol=0)
    degree = torch.tensor(degrees(8))
    assert matrix[degree[:, None] != degree].eq(0).all()


def test_no_rotation_changes_the_power_of_a_degree():
    sum_of_some = harmonics(points(7), 8).sum(0)
    turned = wigner(random_rotation(1), 8) @ sum_of_some
    torch.testing.assert_close(power(turned), power(sum_of_some))
    assert (turned - sum_of_some).abs().max() > 0.1


def test_an_inversion_changes_the_sign_of_odd_degrees():
    signs = wigner(-torch.eye(3, dtype=torch.float64), 4).diagonal()
    expected = torch.tensor([(-1.0) ** degree for degree in degrees(4)], dtype=torch.float64)
    torch.testing.assert_close(signs, expected)


def test_coefficients_change_their_convention_and_come_back():
    where = points(6)
    ours, theirs = (harmonics(where, 8, convention=c).sum(0) for c in CONVENTIONS)
    there = change_convention(ours, source="sphericart", target="e3nn")
    torch.testing.assert_close(there, theirs)
    back = change_convention(there, source="e3nn", target="sphericart")
    torch.testing.assert_close(back, ours)
    shells = torch.stack([ours, 2 * ours], 1)[None]
    stacked = change_convention(shells, source="sphericart", target="e3nn", dim=-2)
    torch.testing.assert_close(stacked[0, :, 1], 2 * theirs)
    assert change_convention(ours, source="e3nn", target="e3nn") is ours


def test_the_notes_layout_holds_81_of_153_and_comes_back():
    packed = torch.randn(2, 4, 81, 16)
    padded = pad(packed, dim=-2)
    assert padded.shape == (2, 4, 9, 17, 16)
    torch.testing.assert_close(unpad(padded, dim=-3), packed, rtol=0, atol=0)
    used = pad(torch.ones(81)) > 0
    assert int(used.sum()) == 81
    for degree in range(9):
        assert used[degree].nonzero()[:, 0].tolist() == list(range(8 - degree, 9 + degree))
    first = pad(packed[0, 0, :, 0])
    assert first[2, 8 - 1] == packed[0, 0, 4 + 2 - 1, 0]
    torch.testing.assert_close(pad(packed[..., 0]), padded[..., 0])


def test_what_cannot_be_is_refused_in_words():
    where = points(2)
    for call, word in (
        (lambda: harmonics(where, 13), "0 to 12"),
        (lambda: harmonics(where, -1), "0 to 12"),
        (lambda: pad(torch.zeros(80)), "1, 4, 9"),
        (lambda: power(torch.zeros(80)), "1, 4, 9"),
        (lambda: unpad(torch.zeros(9, 16)), "2 l_max"),
        (lambda: unpad(torch.zeros(9, 17), dim=-1), "2 l_max"),
        (lambda: wigner(2.0 * torch.eye(3), 2), "orthogonal"),
    ):
        with pytest.raises(InputError, match=word):
            call()


def test_directions_are_spread_evenly():
    spread = spread_directions(400)
    torch.testing.assert_close(spread.norm(dim=1), torch.ones(400, dtype=torch.float64))
    nearest = (spread @ spread.T).fill_diagonal_(-1).max(1).values.acos()
    assert 0.5 < nearest.min() / math.sqrt(4 * math.pi / 400) < 1.1
    covered = (torch.nn.functional.normalize(points(500)) @ spread.T).max(1).values.acos()
    assert covered.max() < 1.0 * math.sqrt(4 * math.pi / 400)
