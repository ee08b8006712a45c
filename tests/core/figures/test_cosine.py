"""The figures of the cosine page: numbers on the records, against vectors and differences."""

import json
from math import sqrt

import numpy as np
import plotly.graph_objects as go
import pytest

from core.cosine_point import Point
from core.figures.cosine_curves import (
    Examples,
    grade_labels,
    grade_rules,
    summarise_examples,
    summarise_identity,
)
from core.figures.cosine_plane import (
    REACH,
    Field,
    draw_fields,
    summarise_fields,
)
from core.figures.cosine_surface import draw_surface, summarise_surface
from core.figures.curves import Curve, CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.theme import PALETTES, TERM_COLORS
from core.identities import GRADES, grade

LIGHT = PALETTES["light"]
POINTS = (
    Point(0.6, 0.6, 256, 16.0, "mean", 0.2),
    Point(-0.4, 1.3, 8, 1.0, "mean"),
    Point(0.9, 1.0, 64, 5.0, "sum"),
)


def plain_error(point: Point, cos: float, norm_ratio: float) -> float:
    """Squared error of two vectors in the plane, component by component."""
    pred = [
        norm_ratio * point.target_norm * cos,
        norm_ratio * point.target_norm * sqrt(max(1 - cos * cos, 0.0)),
    ]
    squares = (pred[0] - point.target_norm) ** 2 + pred[1] ** 2
    return squares / (point.dimension if point.reduction == "mean" else 1)


def curve(record: CurveFigure, beginning: str) -> Curve:
    return next(c for c in record.panels[0].curves if c.name.startswith(beginning))


def ends(of: tuple[float, float] | None) -> tuple[float, float]:
    assert of is not None
    return of


def plain(figure: go.Figure) -> dict:
    """Write a figure as the page sends it, and read it back."""
    return json.loads(figure.to_json() or "")


@pytest.mark.parametrize("point", POINTS)
def test_the_identity_curve_is_the_squared_error_at_every_cosine(point):
    drawn = curve(summarise_identity(point), "at norm ratio")
    assert drawn.name == f"at norm ratio {point.norm_ratio:g}"
    assert (drawn.x.min(), drawn.x.max()) == (-1, 1)
    expected = [plain_error(point, cos, point.norm_ratio) for cos in drawn.x.tolist()]
    assert drawn.y == pytest.approx(expected)
    assert drawn.color == TERM_COLORS["mse"]


@pytest.mark.parametrize("point", POINTS)
def test_the_best_curve_is_the_least_error_that_any_norm_reaches(point):
    best = curve(summarise_identity(point), "1 − cos²")
    tried = np.linspace(0, 1, 2_001)
    for cos, least in zip(best.x[::20].tolist(), best.y[::20].tolist(), strict=True):
        reached = min(plain_error(point, cos, ratio) for ratio in tried.tolist())
        assert least == pytest.approx(reached, abs=1e-6 * point.unit)


@pytest.mark.parametrize("point", POINTS)
def test_the_notes_line_is_the_error_of_z_scored_targets_at_norm_ratio_1(point):
    line = curve(summarise_identity(point), "2(1 − cos)")
    z_scored = Point(0.0, 1.0, point.dimension, sqrt(point.dimension))
    assert line.y == pytest.approx([plain_error(z_scored, c, 1.0) for c in line.x.tolist()])


def test_the_dot_and_the_draws_are_those_of_the_point():
    point = Point(0.6, 0.6, 256, 16.0, noise=0.3)
    record = summarise_identity(point)
    here, cloud = curve(record, "here"), curve(record, "draws")
    assert (here.x[0], here.y[0]) == (point.noisy[0], point.error)
    assert (np.diff(cloud.x) >= 0).all()
    assert (cloud.x.mean(), cloud.y.mean()) == pytest.approx((here.x[0], here.y[0]), abs=0.02)
    assert cloud.pointer[0] == f"cosine {cloud.x[0]:.3f}, squared error {cloud.y[0]:.3g}"
    without = summarise_identity(Point(0.6, 0.6, 256, 16.0)).panels[0].curves
    assert not any("draws" in c.name for c in without)


@pytest.mark.parametrize("norm", [0.1, 0.45, 0.5, 0.55, 0.9, 1.0, 1.9, 2.0, 2.1, 16.0])
def test_the_axis_is_logarithmic_exactly_where_the_notes_line_is_far(norm):
    point = Point(0.5, 0.7, 1_024, 32 * norm)
    panel = summarise_identity(point).panels[0]
    at_ratio_1, note = plain_error(point, 0.0, 1.0), 2.0
    apart = max(at_ratio_1 / note, note / at_ratio_1)
    assert panel.y_log == (apart >= 4)
    low, high = ends(panel.y_range)
    assert (low > 0) == panel.y_log
    assert high >= max(c.y.max() for c in panel.curves[:3])


def test_the_title_of_the_axis_says_what_is_done_over_how_many_numbers():
    panels = [summarise_identity(Point(0.5, 0.7, 1_536, 3.0, r)).panels[0] for r in ("mean", "sum")]  # type: ignore[arg-type]
    titles = [panel.y_title for panel in panels]
    # |t|² is 9: the sum is far above the note's line, the mean far below it.
    assert titles == [
        "squared error, mean over 1,536, log axis",
        "squared error, sum over 1,536, log axis",
    ]


def test_every_grade_has_a_label_inside_it_and_a_rule_at_its_end():
    labels = grade_labels()
    assert len(labels) == len(GRADES)
    for (cos, text), known in zip(labels, GRADES, strict=True):
        assert grade(1 - cos) == known
        assert known.name.startswith(text.removesuffix("."))
    ends = [rule.at for rule in grade_rules()]
    places = [cos for cos, _ in labels]
    assert all(a > end > b for a, end, b in zip(places, ends, places[1:], strict=False))
    for end, one, other in zip(ends, GRADES, GRADES[1:], strict=False):
        assert grade(1 - end - 1e-6) == one
        assert grade(1 - end + 1e-6) == other


@pytest.mark.parametrize("point", POINTS)
def test_lines_of_equal_error_have_that_error_and_leave_nothing_out(point):
    record = summarise_surface(point)
    assert record.error.tolist() == pytest.approx(
        [0.5 * n * plain_error(point, 0.0, 0.0) for n in range(1, 18)]
    )
    for row, error in enumerate(record.error):
        for up, ratio in enumerate(record.norm_ratio):
            cos = record.cos[row, up]
            worst, best = (plain_error(point, sign, float(ratio)) for sign in (-1.0, 1.0))
            if np.isfinite(cos):
                assert plain_error(point, float(cos), float(ratio)) == pytest.approx(error)
            else:  # no cosine has that error
                assert not best + 1e-6 < error < worst - 1e-6
    assert record.here == point.noisy


@pytest.mark.parametrize("point", POINTS)
def test_on_the_bold_line_the_error_is_that_of_the_note(point):
    record = summarise_surface(point)
    known = np.isfinite(record.note_cos)
    assert known.any()
    for cos, ratio in zip(record.note_cos[known], record.norm_ratio[known], strict=True):
        expected = plain_error(point, float(cos), float(ratio))
        assert expected == pytest.approx(2 - 2 * cos, abs=1e-9)


def test_the_note_holds_at_norm_ratio_1_and_at_2_cos_minus_1_and_nowhere_else():
    point = Point(0.6, 0.6, 256, 16.0)
    record = summarise_surface(point)
    assert record.holds_at_1
    known = np.isfinite(record.note_cos)
    assert record.norm_ratio[known] == pytest.approx(2 * record.note_cos[known] - 1)
    for cos in np.linspace(-1, 0.99, 41):
        for ratio in np.linspace(0, 2, 41):
            off = plain_error(point, cos, ratio) - (2 - 2 * cos)
            is_on_line = min(abs(ratio - 1), abs(ratio - 2 * cos + 1)) < 1e-9
            assert is_on_line == (abs(off) < 1e-9)
    assert not summarise_surface(Point(0.6, 0.6, 256, 8.0)).holds_at_1


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("point", POINTS)
def test_the_drawn_surface_has_its_lines_and_a_dot(point, mode):
    record = summarise_surface(point)
    spec = plain(draw_surface(record, PALETTES[mode], height=300))
    equal, labels, note, best, dot = spec["data"]
    names = [trace.get("name") for trace in (equal, note, best)]
    assert names == ["equal error", "= 2(1 − cos)", "best norm"]
    for x, y, text in zip(labels["x"], labels["y"], labels["text"], strict=True):
        assert float(text) == pytest.approx(plain_error(point, x, y), rel=0.01)
    assert len(labels["text"]) >= 3
    assert best["line"]["dash"] != "solid"
    assert (dot["x"], dot["y"]) == ([point.noisy[0]], [point.noisy[1]])


def losses(point: Point, field: Field):
    """Give the loss of a field as a function of a vector of the plane."""
    target = (point.target_norm, 0.0)
    divisor = point.dimension if point.reduction == "mean" else 1

    def cosine(x: float, y: float) -> float:
        return 1 - x / sqrt(x * x + y * y)

    def squared(x: float, y: float) -> float:
        return ((x - target[0]) ** 2 + (y - target[1]) ** 2) / divisor

    return cosine if field.color == TERM_COLORS["cosine"] else squared


def downhill(of, x: float, y: float, step: float) -> np.ndarray:
    return np.array(
        [
            (of(x - step, y) - of(x + step, y)) / (2 * step),
            (of(x, y - step) - of(x, y + step)) / (2 * step),
        ]
    )


@pytest.mark.parametrize("point", POINTS)
def test_arrows_point_downhill_by_finite_differences_and_the_longest_is_told(point):
    for field in summarise_fields(point):
        of, longest = losses(point, field), 0.0
        for start, step in zip(field.start, field.step, strict=True):
            x, y = (start * point.target_norm).tolist()
            steepest = downhill(of, x, y, 1e-5 * point.target_norm)
            length = float(np.linalg.norm(steepest))
            longest = max(longest, length)
            if length > 1e-6 * field.longest:
                direction = step / np.linalg.norm(step)
                assert direction == pytest.approx(steepest / length, abs=1e-4)
        assert field.longest == pytest.approx(longest, rel=1e-6)


@pytest.mark.parametrize("point", POINTS)
def test_the_cosine_only_turns_and_the_squared_error_goes_through_the_target(point):
    cosine, squared = summarise_fields(point)
    across = (cosine.start * cosine.step).sum(axis=1)
    assert np.abs(across).max() < 1e-12
    way = np.array([1.0, 0.0]) - squared.start
    side = way[:, 0] * squared.step[:, 1] - way[:, 1] * squared.step[:, 0]
    assert np.abs(side).max() < 1e-12
    assert ((way * squared.step).sum(axis=1) >= 0).all()


@pytest.mark.parametrize("point", POINTS)
def test_arrows_stay_in_their_cell_and_grow_with_the_gradient(point):
    for field in summarise_fields(point):
        of = losses(point, field)
        steepness = [
            np.linalg.norm(downhill(of, x, y, 1e-5 * point.target_norm))
            for x, y in (point.target_norm * field.start).tolist()
        ]
        drawn = np.linalg.norm(field.step, axis=1)[np.argsort(steepness)]
        assert (np.diff(drawn) > -1e-4).all()
        assert drawn.max() < 2 * REACH / 10
        assert np.abs(field.start).max() == REACH


def test_the_dot_of_the_fields_is_the_prediction_without_noise():
    for field in summarise_fields(Point(0.6, 0.5, 256, 16.0, noise=1.0)):
        assert field.here == pytest.approx((0.3, 0.4))
        assert np.hypot(*field.here) == pytest.approx(0.5)


def test_a_prediction_at_the_origin_has_no_pull_of_the_cosine_and_no_nan():
    cosine, squared = summarise_fields(Point(0.6, 0.0, 256, 16.0))
    assert cosine.pull == (0.0, 0.0)
    assert squared.pull[0] > 0
    assert squared.pull[1] == 0


def test_a_perfect_prediction_is_left_alone():
    for field in summarise_fields(Point(1.0, 1.0, 256, 16.0)):
        assert field.pull == pytest.approx((0, 0))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_drawn_fields_are_two_squares_of_arrows_with_target_and_prediction(mode):
    records = summarise_fields(POINTS[0])
    spec = plain(draw_fields(records, PALETTES[mode], height=400))
    assert len(spec["data"]) == 8  # arrows, target, own arrow, dot; twice
    assert [t["xaxis"] for t in spec["data"]] == ["x"] * 4 + ["x2"] * 4
    assert spec["data"][0]["line"]["color"] == TERM_COLORS["cosine"]
    assert spec["data"][4]["line"]["color"] == TERM_COLORS["mse"]
    layout = spec["layout"]
    assert [layout["yaxis"]["scaleanchor"], layout["yaxis2"]["scaleanchor"]] == ["x", "x2"]
    for record, note in zip(records, layout["annotations"], strict=True):
        assert record.title in note["text"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("noise", "traces"), [(0.0, 4), (0.2, 5)])
def test_the_drawn_identity_has_a_trace_a_curve_and_names_the_grades(mode, noise, traces):
    record = summarise_identity(Point(0.6, 0.6, 256, 16.0, noise=noise))
    spec = plain(draw_curves(record, PALETTES[mode], height=300))
    assert len(spec["data"]) == traces
    assert [t["name"] for t in spec["data"] if t["showlegend"]] == [
        "2(1 − cos), the note",
        "1 − cos², best norm",
        "at norm ratio 0.6",
    ]
    assert {text for _, text in grade_labels()} <= {
        note["text"] for note in spec["layout"]["annotations"]
    }
    assert spec["layout"]["xaxis"]["title"]["text"] == "cosine similarity"


def cloud(name: str = "held out", count: int = 4) -> Examples:
    cos = np.linspace(-0.2, 0.9, count)
    text = tuple(f"LIG{i}" for i in range(count))
    return Examples(name, "#56B4E9", cos, 1 + 0.49 - 1.4 * cos, text)


def test_a_cloud_names_every_example_with_its_numbers():
    group = cloud()
    drawn = curve(summarise_examples([group], key="cloud"), "held out")
    assert drawn.width == 0
    assert drawn.pointer == tuple(
        f"{text}: cosine {c:.3f}, squared error {e:.3f}"
        for text, c, e in zip(group.text, group.cos, group.error, strict=True)
    )


def test_the_mean_of_a_cloud_is_marked_and_the_axes_hold_its_points():
    group = cloud()
    record = summarise_examples([group], key="cloud")
    mean = curve(record, "held out, mean")
    assert mean.x[0] == pytest.approx(sum(group.cos.tolist()) / 4)
    assert mean.y[0] == pytest.approx(sum(group.error.tolist()) / 4)
    assert ends(record.x_range)[0] < group.cos.min()
    assert ends(record.panels[0].y_range)[1] > group.error.max()


def test_several_clouds_are_drawn_over_both_curves_and_an_empty_one_breaks_nothing():
    groups = [cloud("a"), cloud("b"), cloud("none", 0)]
    record = summarise_examples(groups, key="cloud")
    spec = plain(draw_curves(record, LIGHT, height=300))
    names = [t["name"] for t in spec["data"]]
    assert names[:2] == ["2(1 − cos): norm ratio 1", "1 − cos²: MSE-optimal norm"]
    assert names[2:] == ["a", "b", "none", "a, mean", "b, mean"]
    hover = spec["data"][2]["hovertext"]
    assert [text.split(":")[0] for text in hover] == ["LIG0", "LIG1", "LIG2", "LIG3"]
