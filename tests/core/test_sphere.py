"""Alignment and uniformity against plain loops, random vectors, integrals."""

from math import cos, exp, inf, isnan, log, pi, sin

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import ortho_group

from core.errors import InputError
from core.sphere import alignment, even_uniformity, uniformity


def on_sphere(count: int, dim: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def square(one: np.ndarray, other: np.ndarray) -> float:
    return sum((a - b) ** 2 for a, b in zip(one.tolist(), other.tolist(), strict=True))


@pytest.mark.parametrize("dim", [2, 8, 128])
def test_alignment_is_the_mean_of_squared_distances(dim):
    one, other = on_sphere(30, dim), on_sphere(30, dim, seed=1)
    plain = sum(square(a, b) for a, b in zip(one, other, strict=True)) / 30
    assert alignment(one, other) == pytest.approx(plain)


def test_alignment_is_0_of_the_same_vectors_and_4_of_opposite_ones():
    rows = on_sphere(20, 5)
    assert alignment(rows, rows) == 0.0
    assert alignment(rows, -rows) == pytest.approx(4.0)
    assert alignment(rows, rows[::-1]) > 0.5, "pairs are compared row by row"


def test_alignment_of_nothing_is_not_a_number():
    assert isnan(alignment(np.empty((0, 3)), np.empty((0, 3))))


@pytest.mark.parametrize("dim", [2, 8, 128])
@pytest.mark.parametrize("count", [2, 3, 25])
def test_uniformity_is_that_of_a_loop_over_all_pairs_of_two_rows(dim, count):
    rows = on_sphere(count, dim)
    pairs = [(i, j) for i in range(count) for j in range(i)]
    plain = log(sum(exp(-2 * square(rows[i], rows[j])) for i, j in pairs) / len(pairs))
    assert uniformity(rows) == pytest.approx(plain)


def test_uniformity_does_not_know_how_exactly_numbers_are_stored():
    rows = on_sphere(40, 16)
    assert uniformity(rows.astype(np.float32)) == pytest.approx(uniformity(rows), abs=1e-5)


def test_identical_vectors_have_uniformity_0_and_opposite_ones_the_lowest():
    rows = np.repeat(on_sphere(1, 7), 12, axis=0)
    assert uniformity(rows) == pytest.approx(0.0, abs=1e-12)
    assert uniformity(np.vstack([rows[:1], -rows[:1]])) == pytest.approx(-8.0)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_are_spread_in_no_way(count):
    assert isnan(uniformity(on_sphere(count, 4)))


@pytest.mark.parametrize("faulty", [0.0, 0.99, 1.01, 2.0, np.nan, inf])
def test_a_row_that_is_not_of_length_1_is_refused(faulty):
    rows = on_sphere(6, 4)
    rows[3] = 0.0
    rows[3, 0] = faulty
    with pytest.raises(InputError, match="rows: expected vectors of length 1, came lengths"):
        uniformity(rows)


def test_the_lengths_that_came_are_told():
    rows = on_sphere(6, 4) * np.array([1, 1, 0.5, 1, 3, 1])[:, None]
    with pytest.raises(InputError, match=r"came lengths 0\.5 to 3\. Divide each by its length"):
        uniformity(rows)


@pytest.mark.parametrize("dim", [2, 3, 32])
def test_a_rotation_and_another_order_change_nothing(dim):
    one, other = on_sphere(40, dim), on_sphere(40, dim, seed=1)
    turn = ortho_group.rvs(dim, random_state=2)
    order = np.random.default_rng(3).permutation(40)
    assert uniformity(one @ turn) == pytest.approx(uniformity(one))
    assert uniformity(one[order]) == pytest.approx(uniformity(one))
    assert alignment(one @ turn, other @ turn) == pytest.approx(alignment(one, other))
    assert alignment(one[order], other[order]) == pytest.approx(alignment(one, other))


def test_what_lies_in_one_half_is_less_even_than_what_lies_anywhere():
    anywhere = on_sphere(400, 3)
    half = anywhere * np.where(anywhere[:, :1] < 0, -1, 1)
    assert uniformity(half) > uniformity(anywhere) + 0.1


# Vectors that lie anywhere alike


def test_on_a_circle_it_is_the_integral_over_the_angle():
    mean, _ = integrate.quad(lambda angle: exp(-2 * (2 - 2 * cos(angle))) / (2 * pi), 0, 2 * pi)
    assert even_uniformity(2) == pytest.approx(log(mean), rel=1e-9)


def test_on_a_sphere_it_is_the_integral_over_its_surface():
    mean, _ = integrate.dblquad(
        lambda polar, _: exp(-2 * (2 - 2 * cos(polar))) * sin(polar) / (4 * pi), 0, 2 * pi, 0, pi
    )
    assert even_uniformity(3) == pytest.approx(log(mean), rel=1e-9)


@pytest.mark.parametrize("dim", [4, 16, 128, 350])
def test_in_more_dimensions_it_is_the_integral_over_the_cosine(dim):
    def density(cosine: float) -> float:
        return (1 - cosine * cosine) ** ((dim - 3) / 2)

    whole, _ = integrate.quad(density, -1, 1, epsabs=0)
    mean, _ = integrate.quad(lambda c: exp(4 * c - 4) * density(c), -1, 1, epsabs=0)
    assert even_uniformity(dim) == pytest.approx(log(mean / whole), rel=1e-7)


@pytest.mark.parametrize("dim", [3, 8, 128])
def test_many_random_vectors_come_to_it(dim):
    """Of 1,500 rows in 3 dimensions seeds differ by some 0.001."""
    found = [uniformity(on_sphere(1_500, dim, seed)) for seed in range(4)]
    assert np.mean(found) == pytest.approx(even_uniformity(dim), abs=0.004)


def test_it_falls_with_the_dimensions_towards_that_of_right_angles():
    values = [even_uniformity(dim) for dim in range(2, 300)]
    assert (np.diff(values) < 0).all()
    assert -4.0 < values[-1] < -3.95


@pytest.mark.parametrize("dim", [400, 512, 4096])
def test_the_widest_spaces_of_a_model_have_one_too(dim):
    """Near right angles the mean of exp(4 cosine) is that of a normal cosine, exp(8 / dim)."""
    assert even_uniformity(dim) == pytest.approx(-4 + 8 / dim, abs=1e-3)
