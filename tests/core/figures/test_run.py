import json
from collections.abc import Iterator

import numpy as np
import pytest

from core.events import Event, Measured, RunEnded, RunStarted, StageChanged
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.run import summarise_run
from core.figures.run_series import RunAxes, broken, positions, smoothed
from core.figures.run_views import (
    summarise_beside,
    summarise_gradients,
    summarise_positions,
    summarise_weights,
)
from core.figures.theme import PALETTES, TERM_COLORS
from core.history import History, collect_history
from core.metrics import MetricGroup, MetricLine

TERMS = ("ce", "precursor")
CHARTS = (
    MetricGroup(
        "Accuracy",
        (
            MetricLine("val_easy/residue_accuracy", "residue"),
            MetricLine("val_easy/constant_residue_accuracy", "best constant", "reference"),
        ),
    ),
    MetricGroup(
        "Error", (MetricLine("val_easy/ppm_error", "", "precursor"),), True, ((50.0, "good"),)
    ),
)


def told(steps: int = 400, *, nan_at: int | None = None) -> Iterator[Event]:
    yield RunStarted(
        0, 0.0, "toy", {"batch_size": 8}, TERMS, 1_000, {"ce": (60, 70), "precursor": (30, 40)}
    )
    for step in range(steps):
        if step % 200 == 0:
            weights = {"ce": 1.0, "precursor": 0.01 if step else 0.0}
            yield StageChanged(step, step * 0.1, str(1 + step // 200), step + 200, weights)
        values = {"train/ce/weighted": 2.0, "train/ce/weight": 1.0, "train/ce/raw": 2.0}
        if step >= 200:
            values |= {"train/precursor/weighted": 6.0, "train/precursor/raw": 600.0}
        elif step % 50 == 0:
            values |= {"train/precursor/raw": 650.0}
        if step % 100 == 0:
            values |= {
                "val_easy/residue_accuracy": 0.5,
                "val_easy/constant_residue_accuracy": 0.14,
                "val_easy/ppm_error": 900.0,
                "train/ce/gradient_share": 20.0,
                "train/ce+precursor/conflict": -0.3,
            }
        if step == nan_at:
            values["train/ce/weighted"] = np.nan
        yield Measured(step, 1_000.0 + step * 0.1, values)


@pytest.fixture
def history() -> History:
    return collect_history(told())


def plain_loop(step, value, window, borders, log):
    out = []
    for i, now in enumerate(step):
        begin = max([b for b in borders if b <= now], default=0)
        inside = [
            v for s, v in zip(step[: i + 1], value[: i + 1], strict=True)
            if s > now - window and s >= begin
        ]  # fmt: skip
        out.append(np.exp(np.mean(np.log(inside))) if log else np.mean(inside))
    return np.array(out)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("window", [2, 7, 50])
def test_the_running_mean_equals_a_plain_loop_and_restarts_at_borders(window, log):
    generator = np.random.default_rng(0)
    step = np.cumsum(generator.integers(1, 4, 200))
    value = np.exp(generator.normal(size=200))
    borders = (int(step[50]), int(step[120]) + 1)
    ours = smoothed(step, value, window_steps=window, borders=borders, log=log)
    assert ours == pytest.approx(plain_loop(step, value, window, borders, log), rel=1e-9)


def test_nan_stays_where_it_is_and_does_not_spread():
    value = np.array([1.0, np.nan, 3.0, 5.0])
    ours = smoothed(np.arange(4), value, window_steps=3)
    assert np.isnan(ours[1])
    assert ours[[0, 2, 3]].tolist() == [1.0, 2.0, 4.0]


def test_a_gap_of_unmeasured_steps_is_broken():
    step, value = broken(np.array([0, 1, 2, 50, 51]), *(np.arange(5.0), np.arange(5.0)))
    assert np.flatnonzero(np.isnan(step)).tolist() == [3]
    assert np.flatnonzero(np.isnan(value)).tolist() == [3]


def test_training_time_leaves_a_pause_out():
    events = [
        *told(100),
        RunEnded(100, 1_010.0, "stopped"),
        RunStarted(100, 9_000.0, "toy", {}, TERMS),
        *(Measured(s, 9_000.0 + (s - 100) * 0.1, {"train/ce/weighted": 1.0})
          for s in range(100, 200)),
    ]  # fmt: skip
    spent = positions(collect_history(events), RunAxes("time"), np.array([0, 99, 199]))
    assert spent == pytest.approx([0.0, 9.9, 19.9], abs=1e-6)


def test_examples_are_steps_times_batch(history):
    assert positions(history, RunAxes("examples"), np.array([10])).tolist() == [80.0]


def curve(figure: CurveFigure, panel: int, name: str):
    return next(c for c in figure.panels[panel].curves if c.name == name)


def test_shares_are_those_of_the_contributions_and_jump_at_the_border(history):
    figure = summarise_run(history, CHARTS, RunAxes(smoothing_steps=20))
    share = curve(figure, 1, "cross-entropy")
    before, after = share.y[share.x < 200], share.y[share.x >= 200]
    assert np.allclose(before, 100.0)
    assert np.allclose(after, 25.0)
    assert curve(figure, 1, "precursor").y[-1] == pytest.approx(75.0)
    assert {199.0, 200.0} <= set(share.x)


def test_shares_follow_the_terms_of_now_and_not_what_was_large_in_the_beginning():
    """A falling term and a small steady one, which is logged at every second step only."""
    falling = 20.0 * 0.9 ** np.arange(200)
    events = [RunStarted(0, 0.0, "toy", {}, ("fit", "l1"))] + [
        Measured(step, float(step), {"train/fit/weighted": falling[step]}
                 | ({"train/l1/weighted": 0.06} if step % 2 == 0 else {}))
        for step in range(200)
    ]  # fmt: skip
    figure = summarise_run(collect_history(events), (), RunAxes(smoothing_steps=120))
    l1, fit = (curve(figure, 1, name) for name in ("l1", "fit"))
    share = 100 * 0.06 / (0.06 + falling)
    assert l1.y[-1] == pytest.approx(share[-120:].mean(), abs=0.1)
    assert l1.y[0] == pytest.approx(share[0])
    assert l1.y + fit.y == pytest.approx(np.full(len(l1.y), 100.0))
    assert l1.y[l1.x == 100] == pytest.approx(share[:101].mean(), abs=0.1)


def test_contributions_keep_the_raw_line_behind_the_mean_and_the_colour_of_the_term(history):
    figure = summarise_run(history, CHARTS, RunAxes(smoothing_steps=20))
    raw, mean = curve(figure, 0, "precursor, raw"), curve(figure, 0, "precursor")
    assert raw.opacity < 0.5
    assert raw.color == mean.color == TERM_COLORS["precursor"]
    assert mean.x[0] == 200
    assert len(figure.panels) == 4
    assert figure.columns == 2


def test_accuracies_are_percent_with_the_constant_beside_them(history):
    panel = summarise_run(history, CHARTS, RunAxes()).panels[2]
    assert [c.y[-1] for c in panel.curves] == pytest.approx([50.0, 14.0])
    assert [name for _, name in panel.right_labels] == ["best constant", "residue"]
    assert [at for at, _ in panel.right_labels] == pytest.approx([14.0, 50.0])
    assert panel.y_range == (0.0, 100.0)


def test_the_error_panel_shows_its_marks(history):
    panel = summarise_run(history, CHARTS, RunAxes()).panels[3]
    assert panel.y_log
    assert panel.y_range is not None
    assert panel.y_range[0] < 50
    assert panel.y_range[1] > 900
    assert any(rule.text == "good" and rule.outside for rule in panel.rules)


def test_lines_over_marks_are_named_inside_and_the_range_stays_near_the_marks():
    lines = (MetricLine("val_easy/ppm_error", "expected"), MetricLine("val_hard/ppm_error", "hard"))
    events = [
        RunStarted(0, 0.0, "toy", {}, TERMS),
        *(
            Measured(s, float(s), {"val_easy/ppm_error": 1e3, "val_hard/ppm_error": 1e-9})
            for s in range(4)
        ),
    ]
    group = MetricGroup("Error", lines, True, ((50.0, "good"),))
    panel = summarise_run(collect_history(events), (CHARTS[0], group), RunAxes()).panels[3]
    assert panel.named_inside
    drawn = draw_curves(CurveFigure("k", "step", (panel,)), PALETTES["light"], height=300)
    (names,) = [a["text"] for a in drawn.layout.annotations if "expected" in a["text"]]
    assert names.count("<br>") == 1
    assert names.endswith("hard")
    assert panel.y_range is not None
    assert panel.y_range[0] > 1.0  # far below the last mark nothing matters


def test_the_axis_reaches_to_the_planned_end(history):
    assert summarise_run(history, CHARTS, RunAxes()).x_range == (0.0, 1_000.0)
    assert summarise_run(history, CHARTS, RunAxes("time")).x_range == pytest.approx((0.0, 39.9))


def test_a_lost_value_is_marked_in_the_chart():
    figure = summarise_run(collect_history(told(nan_at=37)), CHARTS, RunAxes())
    (mark,) = figure.panels[0].marks
    assert mark.text == "cross-entropy: NaN or inf at 37"
    drawn = draw_curves(figure, PALETTES["light"], height=400)
    (remark,) = [one for one in drawn.layout.annotations if one.text == mark.text]
    assert remark.y == pytest.approx(np.log10(mark.y))  # as plotly wants it on a log axis


@pytest.mark.parametrize("x", ["step", "examples", "time"])
def test_a_run_without_terms_draws_empty_axes(x):
    told = [RunStarted(0, 0.0, "log", {"batch_size": None}), Measured(3, 1.0, {"loss": np.inf})]
    figure = summarise_run(collect_history(told), CHARTS, RunAxes(x))
    assert not any(panel.curves for panel in figure.panels)


def test_a_run_that_has_told_nothing_draws_empty_axes():
    figure = summarise_run(History(), CHARTS, RunAxes())
    drawn = draw_curves(figure, PALETTES["dark"], height=400)
    # Without a trace plotly would leave the axes out.
    assert [list(trace.y) for trace in drawn.data] == [[None]] * 4
    assert figure.x_range == (0.0, 1.0)


def test_a_long_run_is_downsampled_and_says_so():
    figure = summarise_run(collect_history(told(3_000)), CHARTS, RunAxes())
    assert "1,000 of 3,0" in figure.panels[0].remark
    assert max(len(c.x) for p in figure.panels for c in p.curves) <= 1_000


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_grid_has_four_axes_that_move_together(history, mode):
    record = summarise_run(history, CHARTS, RunAxes())
    layout = json.loads(draw_curves(record, PALETTES[mode], height=470).to_json())["layout"]
    assert [layout[f"xaxis{i or ''}"].get("matches") for i in ("", 2, 3)] == ["x4"] * 3
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0]
    assert layout["yaxis3"]["domain"][1] < layout["yaxis"]["domain"][0]
    headings = [a["text"] for a in layout["annotations"] if a["text"].startswith("<b>")]
    assert len(headings) == 4


def test_gradients_show_shares_and_conflicts(history):
    figure = summarise_gradients(history, RunAxes())
    assert figure.panels[0].curves[0].y.tolist() == [20.0] * 4
    assert figure.panels[1].curves[0].y.tolist() == [-0.3] * 4


def test_weights_show_the_value_of_a_term_of_weight_0_too(history):
    raw = next(c for c in summarise_weights(history, RunAxes()).panels[1].curves
               if c.name == "precursor")  # fmt: skip
    assert raw.y[0] == 650.0
    assert raw.y[-1] == 600.0


def test_runs_stand_side_by_side_in_their_own_colours(history):
    figure = summarise_beside(
        [("one", history), ("two", history)],
        ("val_easy/residue_accuracy", "train/ce/raw"),
        RunAxes(),
        key="beside",
    )
    assert [c.name for c in figure.panels[0].curves] == ["one", "two"]
    assert len({c.color for c in figure.panels[0].curves}) == 2
    assert figure.panels[0].y_range == (0.0, 100.0)


def test_a_solo_run_has_the_colour_of_its_term_and_a_second_one_is_dashed():
    def alone(term: str) -> History:
        told = {"val_easy/residue_accuracy": 0.5}
        return collect_history(
            [RunStarted(0, 0.0, "toy", {"solo": term}, TERMS), Measured(0, 0.0, told)]
        )

    runs = [("a", alone("precursor")), ("b", alone("ce")), ("c", alone("precursor"))]
    figure = summarise_beside(runs, ("val_easy/residue_accuracy",), RunAxes(), key="beside")
    assert [(c.color, c.dash) for c in figure.panels[0].curves] == [
        (TERM_COLORS["precursor"], "solid"),
        (TERM_COLORS["ce"], "solid"),
        (TERM_COLORS["precursor"], "dash"),
    ]


def test_positions_count_from_one_in_percent():
    figure = summarise_positions(
        {
            "easy": {"residues": np.array([0.5, np.nan, 0.25]), "constant": np.zeros(3)},
            "hard": {"residues": np.ones(3)},
        }
    )
    looks = [(curve.name, curve.color, curve.dash) for curve in figure.panels[0].curves]
    assert looks == [
        ("easy, residues", "ink", "solid"),
        ("easy, constant", "ink", "dash"),
        ("hard, residues", "muted", "solid"),
    ]
    assert figure.panels[0].curves[0].x.tolist() == [1.0, 2.0, 3.0]
    assert figure.panels[0].curves[0].y[[0, 2]].tolist() == [50.0, 25.0]
