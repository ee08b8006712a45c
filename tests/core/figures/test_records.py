"""The summaries of single charts: the numbers on the record, not the pixels."""

import numpy as np
import pytest

from core.figures.balance_curves import summarise_descent, summarise_forms, summarise_weights
from core.figures.candidates import CandidateGrid, draw_candidates
from core.figures.draw_curves import draw_curves
from core.figures.loss_curves import (
    LossCurve,
    SpreadCurve,
    summarise_certainty,
    summarise_offset,
    summarise_ripple,
    summarise_spread,
)
from core.figures.points import (
    IntervalGroup,
    IntervalsFigure,
    PointGroup,
    PointsFigure,
    draw_intervals,
    draw_points,
)
from core.figures.theme import PALETTES, TERM_COLORS

LIGHT = PALETTES["light"]
X = np.linspace(-1, 1, 5)


def test_offset_scales_gradients_and_unbounded_losses_and_says_so():
    losses = [
        LossCurve("Gaussian", np.full(5, 0.5), X),
        LossCurve("Nearest", np.full(5, 4.0), 3 * X),
    ]
    record = summarise_offset(
        X, losses, chosen="Gaussian", current_da=0.5, false_minimum=(1.0, 0.8)
    )
    top, bottom = record.panels
    assert [curve.name for curve in top.curves] == ["Gaussian", "Nearest / 4"]
    assert top.curves[1].y.max() == 1.0
    assert [np.abs(curve.y).max() for curve in bottom.curves] == [1.0, 1.0]
    assert top.curves[0].color == TERM_COLORS["spectrum"]
    assert top.marks[0].x == 1.0
    assert top.rules[0].at == 0.5


def test_a_flat_loss_has_a_gradient_of_zero():
    record = summarise_offset(
        X, [LossCurve("a", X * 0, X * 0)], chosen="a", current_da=0.0, false_minimum=None
    )
    assert record.panels[1].curves[0].y.tolist() == [0.0] * 5


def test_certainty_places_levels_evenly_and_names_them():
    p = np.array([0.5, 0.99, 1.0])
    values = {"expected": np.array([0.5, 0.1, 0.0])}
    record = summarise_certainty(p, values, values, values, chosen="expected")
    assert [name for _, name in record.x_ticks] == ["0.5", "0.99", "1"]
    assert len(record.panels) == 2
    assert len(summarise_certainty(p, values, {}, {}, chosen="expected").panels) == 1


def test_ripple_draws_the_range_and_the_error_in_percent():
    ratio = np.array([0.5, 1.0])
    record = summarise_ripple(
        ratio, np.array([0.1, 0.2]), np.array([0.3, 0.2]), 0.221,
        gradient_low=np.array([0.4, 1.0]), gradient_high=np.array([1.7, 1.0]), current=0.5,
    )  # fmt: skip
    grid, continuous = record.panels[0].curves
    assert grid.low.tolist() == [0.1, 0.2]
    assert set(continuous.y.tolist()) == {0.221}
    assert record.panels[1].curves[0].low.tolist() == pytest.approx([-60.0, 0.0])
    assert record.panels[1].curves[0].high.tolist() == pytest.approx([70.0, 0.0])


def test_spread_divides_each_loss_by_its_own_mean():
    curve = SpreadCurve("a", np.array([2.0, 4.0]), np.array([1.0, 1.0]), np.array([0.1, 0.2]))
    record = summarise_spread("k", "length", ("short", "long"), [curve], chosen="a")
    drawn = record.panels[0].curves[0]
    assert drawn.y.tolist() == pytest.approx([2 / 3, 4 / 3])
    assert (drawn.high - drawn.y).tolist() == pytest.approx([1 / 3, 1 / 3])


def test_forms_are_log_log_with_numbered_dots_and_gaps_for_zero():
    ppm = np.array([1.0, 10.0, 100.0])
    record = summarise_forms(
        ppm, {"log": np.array([1.0, 0.9, 0.5]), "clamped": np.array([1.0, 1.0, 0.0])},
        chosen="log", y_title="gradient", stages=[("2", 10.0, 0.9)],
    )  # fmt: skip
    log, clamped, dots = record.panels[0].curves
    assert np.isnan(clamped.y[2])
    assert dots.labels == ("2",)
    assert log.color == TERM_COLORS["precursor"]
    assert record.x_log
    assert record.panels[0].y_log
    assert not any("NaN" in (t.name or "") for t in draw_curves(record, LIGHT, height=200).data)


def test_descent_shows_the_reported_end():
    record = summarise_descent({"a": np.array([3.0, 2.0, 1.0])}, chosen="a", reported_ppm=2.5)
    end = record.panels[0].curves[-1]
    assert (end.x[0], end.y[0]) == (2.0, 2.5)


def test_weights_of_zero_are_gaps():
    written = np.array([[1.0, 0.0], [1.0, 0.1]])
    record = summarise_weights(("1", "2"), ("ce", "spectrum"), written, written)
    assert np.isnan(record.panels[0].curves[2].y[0])


def test_candidates_mark_the_lowest_and_shade_a_wrong_winner():
    grid = CandidateGrid(
        ("right", "swap"), ("3 / 4", "2 / 4"), ("Loss",), np.array([[0.5], [0.4]]),
        np.array([[False], [True]]), np.array([[False], [True]]),
    )  # fmt: skip
    html = draw_candidates(grid, LIGHT).to_html()
    assert "font-weight: 700" in html
    assert "background-color" in html
    assert grid.frame().columns.tolist() == ["Candidate", "Peaks", "Loss"]


def test_points_count_their_groups():
    group = PointGroup("flagged", np.array([1.0, 2.0]), np.array([3.0, 4.0]), ("a", "b"))
    drawn = draw_points(PointsFigure("k", "x", "y", (group,)), LIGHT, height=200)
    assert drawn.data[0].name == "flagged (2)"


def test_intervals_keep_both_ends():
    group = IntervalGroup("wins", np.array([0.8]), np.array([0.7]), np.array([0.95]))
    drawn = draw_intervals(
        IntervalsFigure("k", ("Gaussian",), "win rate", (0.0, 1.0), (group,), rule=0.5),
        LIGHT,
        height=200,
    )
    assert drawn.data[0].error_x.array[0] == pytest.approx(0.15)
    assert drawn.data[0].error_x.arrayminus[0] == pytest.approx(0.1)
