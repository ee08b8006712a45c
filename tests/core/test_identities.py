import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.identities import (
    GRADES,
    RANDOM,
    TRAJECTORY,
    between_lines,
    cosine_gradient,
    expected_mse,
    grade,
    norm_ratio_roots,
    note_line,
    optimal_line,
    squared_error,
    squared_error_gradient,
)
from core.losses.regression import cosine_distance, squared_error_mean, squared_error_sum

cosines = st.floats(-1.0, 1.0)
ratios = st.floats(0.0, 20.0)


def cosine(p, t):
    return float(p @ t / np.linalg.norm(p) / np.linalg.norm(t))


@pytest.mark.parametrize("dimension", [1, 2, 256])
def test_the_squared_error_follows_from_cosine_and_norms(dimension):
    rng = np.random.default_rng(3)
    p, t = 3 * rng.normal(size=dimension), rng.normal(size=dimension)
    known = cosine(p, t), float(np.linalg.norm(p)), float(np.linalg.norm(t))
    total = sum((a - b) ** 2 for a, b in zip(p, t, strict=True))
    mean = squared_error(*known, dimension=dimension, reduction="mean")
    assert squared_error(*known, dimension=dimension, reduction="sum") == pytest.approx(total)
    assert mean == pytest.approx(total / dimension)


def test_the_measured_ratios_to_the_notes_relation():
    def ratio(cos, pred_norm, target_norm):
        known = squared_error(cos, pred_norm, target_norm, dimension=256, reduction="mean")
        return known / note_line(cos)

    assert ratio(0.3, 1.0, 1.0) == pytest.approx(1 / 256)
    assert ratio(0.3, 16.0, 16.0) == pytest.approx(1.0)
    assert ratio(0.0, 8.0, 16.0) == pytest.approx(0.625)
    assert ratio(0.0, 32.0, 16.0) == pytest.approx(2.5)
    assert squared_error(0.85, 0.0, 16.0, dimension=256, reduction="mean") == 1.0


@given(cos=cosines, ratio=ratios)
def test_expected_mse_is_the_written_formula_and_never_below_0(cos, ratio):
    value = expected_mse(cos, ratio)
    assert value == pytest.approx(1 + ratio**2 - 2 * ratio * cos, abs=1e-9)
    assert value >= 0.0
    long = squared_error(cos, 16 * ratio, 16.0, dimension=256, reduction="mean")
    assert value == pytest.approx(long, abs=1e-9)


@given(cos=cosines, ratio=ratios)
def test_no_norm_ratio_is_better_than_the_optimum(cos, ratio):
    assert optimal_line(cos) == pytest.approx(1 - cos**2, abs=1e-12)
    assert expected_mse(cos, ratio) >= optimal_line(cos) - 1e-9
    assert expected_mse(cos, cos) == pytest.approx(optimal_line(cos), abs=1e-12)
    assert expected_mse(cos, 1.0) == note_line(cos)


@given(cos=cosines, ratio=ratios, square=st.floats(0.1, 10.0))
def test_one_of_the_roots_is_the_norm_ratio(cos, ratio, square):
    mse = expected_mse(cos, ratio) * square
    lower, upper = norm_ratio_roots(cos, mse, target_mean_square=square)
    assert lower <= cos <= upper
    assert min(abs(lower - ratio), abs(upper - ratio)) < 1e-5


def test_roots_are_blank_where_complex_and_one_at_the_optimum():
    cos = np.array([0.8, 0.8, 0.8, 0.6])
    lower, upper = norm_ratio_roots(cos, np.array([0.2, 0.4, 1.2, 0.64]))
    assert np.isnan([lower[0], upper[0]]).all()
    assert (lower[1], upper[1]) == pytest.approx((0.6, 1.0))
    assert lower[2] < 0 < upper[2]
    assert (lower[3], upper[3]) == (0.6, 0.6)
    assert np.isnan(norm_ratio_roots(0.8, math.nan)).all()


@given(cos=cosines, ratio=ratios)
def test_between_the_lines_the_norm_ratio_lies_between_2c_minus_1_and_1(cos, ratio):
    edge = min(abs(ratio - 1), abs(ratio - (2 * cos - 1)))
    if edge > 1e-6:
        assert between_lines(cos, expected_mse(cos, ratio)) == (2 * cos - 1 < ratio < 1)


def test_the_lines_take_arrays_and_include_their_ends():
    cos = np.linspace(-1, 1, 21)
    assert between_lines(cos, note_line(cos)).all()
    assert between_lines(cos, optimal_line(cos)).all()
    assert not between_lines(cos, note_line(cos) + 1e-9).any()
    assert expected_mse(cos[:, None], np.linspace(0, 2, 5)).shape == (21, 5)


def autograd(loss, pred, target):
    p = torch.tensor(pred, requires_grad=True)
    t = torch.tensor(np.broadcast_to(target, pred.shape).copy())
    return torch.autograd.grad(loss(p, t).sum(), p)[0].numpy()


def test_the_gradients_in_the_plane_are_those_of_the_losses():
    pred = np.random.default_rng(5).normal(size=(9, 2))
    pred[3] = 0.0
    target = np.array([1.0, 2.0])
    np.testing.assert_allclose(
        cosine_gradient(pred, target), autograd(cosine_distance, pred, target), atol=1e-12
    )
    for loss, reduction in ((squared_error_mean, "mean"), (squared_error_sum, "sum")):
        np.testing.assert_allclose(
            squared_error_gradient(pred, target, dimension=2, reduction=reduction),
            autograd(loss, pred, target),
            atol=1e-12,
        )


def test_gradients_come_on_a_grid_and_for_one_vector():
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-2, 2, 4)), axis=-1)
    target = np.array([0.0, 3.0])
    slope = cosine_gradient(grid, target)
    assert slope.shape == grid.shape
    np.testing.assert_allclose((slope * grid).sum(-1), 0.0, atol=1e-12)
    np.testing.assert_allclose(cosine_gradient(grid[1, 2], target), slope[1, 2])


def test_what_has_no_meaning_is_refused():
    flat = np.zeros((1, 2))
    with pytest.raises(InputError, match="target: expected a vector with a direction"):
        cosine_gradient(flat, np.zeros(2))
    with pytest.raises(InputError, match="dimension: expected at least 1, came 0"):
        squared_error(0.0, 1.0, 1.0, dimension=0, reduction="mean")
    with pytest.raises(InputError, match="dimension: expected at least 1, came -1"):
        squared_error_gradient(flat, np.ones(2), dimension=-1, reduction="sum")
    for loss in (-0.1, 2.1, math.nan):
        with pytest.raises(InputError, match="cosine loss: expected 0 to 2"):
            grade(loss)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (-1e-7, "excellent"), (0.1499, "excellent"), (0.15, "good"), (0.2341, "good"),
        (0.30, "medium"), (0.4999, "medium"), (0.50, "weak"), (RANDOM, "weak"), (1.5, "weak"),
        (1.5001, "very bad"), (2.0, "very bad"), (2.0000002, "very bad"),
    ],
)  # fmt: skip
def test_grades_have_the_ends_of_the_note(loss, name):
    assert grade(loss).name == name


def test_the_border_of_the_notes_own_goal_is_strictly_not_excellent():
    assert 1 - 0.85 > 0.15
    assert grade(1 - TRAJECTORY[-1].cos).name == "good"


def test_grades_leave_no_gap():
    assert GRADES[0].low == 0.0
    assert GRADES[-1].high == 2.0
    assert [g.high for g in GRADES[:-1]] == [g.low for g in GRADES[1:]]


def test_the_trajectory_follows_the_notes_relation():
    assert [m.epoch for m in TRAJECTORY] == [1, 50, 150, 300]
    assert [m.mse for m in TRAJECTORY] == pytest.approx([note_line(m.cos) for m in TRAJECTORY])
