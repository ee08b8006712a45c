"""One prediction beside its target, against vectors that are really drawn and summed up."""

from math import sqrt

import numpy as np
import pytest

from core.cosine_point import TARGET_NORMS, Point, draw_noisy, target_norm

DIMENSION, DRAWS = 4_000, 400


def vectors(point: Point, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a target in all its dimensions, and predictions with the point's cosine and noise."""
    generator = np.random.default_rng(seed)
    target = generator.standard_normal(point.dimension)
    target *= point.target_norm / np.linalg.norm(target)
    across = generator.standard_normal(point.dimension)
    across -= (across @ target) / (target @ target) * target
    across *= point.target_norm / np.linalg.norm(across)
    clean = point.norm_ratio * (point.cos * target + sqrt(1 - point.cos**2) * across)
    spread = point.noise * np.sqrt(np.mean(target**2))
    return target, clean + spread * generator.standard_normal((DRAWS, point.dimension))


@pytest.mark.parametrize("cos", [-0.5, 0.0, 0.6, 1.0])
@pytest.mark.parametrize("norm_ratio", [0.0, 0.4, 1.3])
@pytest.mark.parametrize("noise", [0.2, 1.5])
def test_noise_changes_cosine_and_norm_as_draws_in_high_dimension_do(cos, norm_ratio, noise):
    point = Point(cos, norm_ratio, DIMENSION, 7.0, noise=noise)
    target, drawn = vectors(point, seed=1)
    length = np.linalg.norm(drawn, axis=1)
    expected = (drawn @ target / (length * 7.0)).mean(), length.mean() / 7.0
    assert point.noisy == pytest.approx(expected, abs=3e-3)


def test_without_noise_a_point_is_what_it_was_asked_to_be():
    assert Point(0.3, 0.7, 256, 16.0).noisy == pytest.approx((0.3, 0.7))


def test_a_zero_prediction_has_cosine_0_and_no_norm():
    assert Point(0.9, 0.0, 256, 16.0).noisy == (0.0, 0.0)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("noise", [0.0, 0.8])
def test_the_error_is_that_of_the_vectors(reduction, noise):
    point = Point(0.4, 0.8, DIMENSION, 5.0, reduction, noise)
    target, drawn = vectors(point, seed=2)
    squares = ((drawn - target) ** 2).sum(axis=1).mean()
    expected = squares if reduction == "sum" else squares / DIMENSION
    assert point.error == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("dimension", [2, 7, 64])
def test_draws_with_noise_are_those_of_a_plain_loop(dimension, reduction):
    point = Point(-0.35, 0.9, dimension, 3.0, reduction, noise=0.6)
    cos, error = draw_noisy(point, 20, seed=5)
    noise = np.random.default_rng(5).standard_normal((20, dimension)).tolist()
    target = [3.0] + [0.0] * (dimension - 1)
    clean = [3.0 * 0.9 * -0.35, 3.0 * 0.9 * sqrt(1 - 0.35**2)] + [0.0] * (dimension - 2)
    spread = 0.6 * 3.0 / sqrt(dimension)  # of the target's root mean square
    for place, row in enumerate(noise):
        pred = [c + spread * n for c, n in zip(clean, row, strict=True)]
        dot = sum(p * t for p, t in zip(pred, target, strict=True))
        length = sqrt(sum(p * p for p in pred))
        squares = sum((p - t) ** 2 for p, t in zip(pred, target, strict=True))
        assert cos[place] == pytest.approx(dot / (length * 3.0))
        assert error[place] == pytest.approx(squares / (dimension if reduction == "mean" else 1))


def test_draws_scatter_around_the_point_and_come_again_with_their_seed():
    point = Point(0.6, 0.6, 1_024, 32.0, noise=0.4)
    cos, error = draw_noisy(point, 500, seed=0)
    assert (cos.mean(), error.mean()) == pytest.approx((point.noisy[0], point.error), abs=5e-3)
    assert np.array_equal(cos, draw_noisy(point, 500, seed=0)[0])
    assert not np.array_equal(cos, draw_noisy(point, 500, seed=1)[0])


def test_draws_without_any_prediction_have_cosine_0_and_no_nan():
    cos, error = draw_noisy(Point(0.6, 0.0, 16, 4.0), 3, seed=0)
    assert cos.tolist() == [0.0] * 3
    assert error.tolist() == [1.0] * 3


@pytest.mark.parametrize("dimension", [2, 256, 1536])
@pytest.mark.parametrize("cos", [-0.9, 0.0, 0.85])
def test_the_notes_line_holds_for_z_scored_targets_at_norm_ratio_1_only(dimension, cos):
    def times(kind: str, reduction: str = "mean", norm_ratio: float = 1.0) -> float:
        norm = target_norm(kind, dimension, raw=8.0)
        return Point(cos, norm_ratio, dimension, norm, reduction).times_note  # type: ignore[arg-type]

    assert times("z-scored") == pytest.approx(1)
    assert times("unit") == pytest.approx(1 / dimension)
    assert times("raw") == pytest.approx(64 / dimension)
    assert times("z-scored", "sum") == pytest.approx(dimension)
    assert times("unit", "sum") == pytest.approx(1)
    assert times("z-scored", norm_ratio=0.5) == pytest.approx((1.25 - cos) / (2 - 2 * cos))
    assert times("z-scored", norm_ratio=0.5) != pytest.approx(1, abs=1e-3)


def test_at_cosine_1_the_note_expects_nothing_and_there_is_no_factor():
    assert Point(1.0, 0.5, 256, 16.0).times_note == float("inf")


def test_the_unit_is_the_error_of_a_zero_answer():
    assert Point(0.4, 0.8, 256, 16.0, noise=0.3).unit == 1.0
    assert Point(0.4, 0.8, 256, 16.0, "sum").unit == 256.0
    assert Point(0.4, 0.8, 256, 1.0).unit == 1 / 256


def test_target_norms_are_those_of_such_targets():
    assert TARGET_NORMS == ("unit", "z-scored", "raw")
    assert target_norm("unit", 64, raw=3.0) == 1.0
    assert target_norm("raw", 64, raw=3.0) == 3.0
    columns = np.random.default_rng(0).gamma(2.0, size=(3_000, 64))
    scored = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    mean_square = (scored**2).sum(axis=1).mean()
    assert target_norm("z-scored", 64, raw=3.0) ** 2 == pytest.approx(mean_square)
