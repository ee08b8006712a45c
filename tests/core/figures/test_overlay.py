"""Runs over one another: positions, smoothing, groups, log axes, and the bound on points."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import stats

from core.events import Event, Measured, RunStarted, StageChanged
from core.figures.overlay import (
    Overlay,
    OverlayRun,
    draw_overlay,
    summarise_overlay,
)
from core.figures.overlay_lines import BLOCK, Line, OverlayAxes, line_of, mean_line
from core.figures.overlay_memo import _KNOWN, MOST_LOOKS, thinned_line
from core.figures.run_names import short_names
from core.figures.theme import PALETTES
from core.history import History, Series, collect_history

LOSS, ACCURACY = "train/total_loss", "val/residue_accuracy"


def told(offset: float = 0.0, steps: int = 40, *, batch: int | None = 8) -> Iterator[Event]:
    config = {} if batch is None else {"batch_size": batch}
    facts = {"steps an epoch": "10"}
    yield RunStarted(0, 0.0, "toy", config, ("ce",), steps, facts=facts)
    for step in range(steps):
        if step in {0, 20}:
            yield StageChanged(step, float(step), str(step), steps, {"ce": 1.0})
        values = {LOSS: (1.0 if step < 20 else 9.0) + offset}
        if step % 10 == 0:
            values[ACCURACY] = 0.5 + offset / 10
        yield Measured(step, 100.0 + 2 * step, values)


def run(offset: float = 0.0, name: str = "", group: int = 0, **options) -> OverlayRun:
    history = collect_history(told(offset, **options))
    return OverlayRun(name or f"run {offset:g}", lambda: history, group)


def long_run(points: int, seed: int, name: str = "long") -> OverlayRun:
    value = np.random.default_rng(seed).normal(size=points)
    series = Series(LOSS, np.arange(points), np.arange(points) * 0.1, value)
    history = History(RunStarted(0, 0.0, "toy"), (0,), {LOSS: series})
    return OverlayRun(f"{name} {seed}", lambda: history)


def curve(overlay: Overlay, name: str, panel: int = 0):
    return next(c for c in overlay.figure.panels[panel].curves if c.name == name)


def test_fractions_are_percent_and_every_run_has_its_own_colour():
    overlay = summarise_overlay([run(0.0), run(1.0)], [ACCURACY, LOSS], OverlayAxes())
    assert curve(overlay, "run 0").y.tolist() == [50.0] * 4
    assert curve(overlay, "run 1").y == pytest.approx([60.0] * 4)
    assert overlay.figure.panels[0].title == "val, residue accuracy, %"
    assert curve(overlay, "run 0").color != curve(overlay, "run 1").color
    assert curve(overlay, "run 0").color == curve(overlay, "run 0", panel=1).color
    assert (overlay.figure.shown, overlay.figure.total, overlay.lines) == (88, 88, 4)


@pytest.mark.parametrize(
    ("x", "last"), [("step", 39.0), ("epoch", 3.9), ("examples", 312.0), ("time", 78.0)]
)
def test_positions_follow_the_axis(x, last):
    overlay = summarise_overlay([run()], [LOSS], OverlayAxes(x))
    assert curve(overlay, "run 0").x[-1] == pytest.approx(last)


def test_a_run_without_a_place_on_the_axis_is_left_out_by_name():
    overlay = summarise_overlay(
        [run(0.0), run(1.0, batch=None)], [LOSS], OverlayAxes("examples")
    )  # fmt: skip
    assert overlay.lines == 1
    assert overlay.left_out == ("the batch size is not known (40 points): run 1",)
    by_epoch = collect_history(
        [RunStarted(0, 0.0, "json", {"batch_size": 8}, facts={"x axis": "epoch"}),
         Measured(1, 0.0, {LOSS: 1.0})]
    )  # fmt: skip
    imported = OverlayRun("imported", lambda: by_epoch)
    assert summarise_overlay([imported], [LOSS], OverlayAxes("examples")).left_out == (
        "how many examples one epoch has is not known (1 point): imported",
    )
    assert summarise_overlay([imported], [LOSS], OverlayAxes("epoch")).lines == 1
    other = summarise_overlay([long_run(5, 0)], [LOSS], OverlayAxes("epoch"))
    assert other.left_out == ("the length of an epoch is not known (5 points): long 0",)
    missing = summarise_overlay([run(i) for i in range(5)], ["val/mrr"], OverlayAxes())
    assert missing.left_out == ("val/mrr is not measured: run 0, run 1, run 2 and 2 more",)


def test_smoothing_begins_anew_at_a_stage_and_keeps_the_raw_line():
    overlay = summarise_overlay([run()], [LOSS], OverlayAxes(half_life=30.0))
    line = curve(overlay, "run 0")
    assert line.y[[19, 20, 39]] == pytest.approx([1.0, 9.0, 9.0])
    assert line.raw is not None
    assert line.raw.tolist() == [1.0] * 20 + [9.0] * 20
    figure = draw_overlay(overlay, PALETTES["light"], height=300)
    faint, main = figure.data
    assert (faint.opacity, faint.hoverinfo, main.name) == (0.28, "skip", "run 0")
    assert "(raw %{customdata" in main.hovertemplate
    assert main.customdata.tolist() == line.raw.tolist()


def test_at_most_so_many_points_are_drawn_over_all_curves():
    runs = [long_run(30_000, seed) for seed in range(7)] + [run()]
    for axes in (OverlayAxes(), OverlayAxes(half_life=50.0), OverlayAxes(band="range")):
        overlay = summarise_overlay(runs, [LOSS], axes)
        curves = overlay.figure.panels[0].curves
        drawn = sum(
            len(line.x) * (1 + (line.raw is not None) + 2 * (line.low is not None))
            for line in curves
        )
        assert drawn <= 20_000
        assert overlay.figure.total == 210_040
        assert f"{overlay.figure.shown:,} of 210,040 points" in overlay.figure.panels[0].remark
    thin = summarise_overlay(runs, [LOSS], OverlayAxes())
    whole = runs[0].read().series[LOSS].value
    assert curve(thin, "long 0").y.max() == whole.max()
    assert curve(thin, "long 0").y.min() == whole.min()
    assert len(curve(thin, "run 0").x) == 40


def test_a_short_stretch_shows_every_point_and_is_smoothed_with_what_lies_before():
    runs = [long_run(30_000, seed) for seed in range(3)]
    overlay = summarise_overlay(runs, [LOSS], OverlayAxes(within=(10_000, 10_400)))
    value = runs[1].read().series[LOSS].value
    assert curve(overlay, "long 1").x.tolist() == list(range(10_000, 10_401))
    assert curve(overlay, "long 1").y.tolist() == value[10_000:10_401].tolist()
    assert (overlay.figure.shown, overlay.figure.total) == (1_203, 1_203)
    whole, _ = line_of(runs[0].read(), LOSS, OverlayAxes(half_life=50.0))
    part, _ = line_of(runs[0].read(), LOSS, OverlayAxes(half_life=50.0, within=(70, 90)))
    assert part.y.tolist() == whole.y[70:91].tolist()
    for within in ((40_000, np.inf), (9, 3)):
        none = summarise_overlay(runs[:1], [LOSS], OverlayAxes(within=within))
        assert none.left_out == ("nothing was measured in the chosen stretch: long 0",)


def test_a_run_that_has_not_grown_is_thinned_once():
    history = long_run(50_000, 0).read()
    first = thinned_line(history, LOSS, OverlayAxes(), 500)
    assert thinned_line(history, LOSS, OverlayAxes(), 500) is first
    assert thinned_line(history, LOSS, OverlayAxes(half_life=2.0), 500) is not first
    assert (len(first.line.x), first.total) == (500, 50_000)
    for most in range(10, 10 + 2 * MOST_LOOKS):
        thinned_line(history, LOSS, OverlayAxes(), most)
    assert len(_KNOWN[history]) <= MOST_LOOKS
    gone = weakref.ref(history)
    del history
    assert gone() is None


def test_what_has_no_place_on_a_log_axis_is_counted_and_nan_is_marked():
    value = np.array([1.0, 0.0, np.nan, -2.0, 4.0])
    series = Series(LOSS, np.arange(5), np.zeros(5), value)
    history = History(RunStarted(0, 0.0, "toy"), (0,), {LOSS: series})
    line, lost = line_of(history, LOSS, OverlayAxes(y_log=True))
    assert line is not None
    assert line.x.tolist() == [0.0, 2.0, 4.0]
    assert lost == {"0 or less has no place on a log axis": 2}
    both, lost = line_of(history, LOSS, OverlayAxes(x_log=True, y_log=True))
    assert both is not None
    assert both.x.tolist() == [2.0, 4.0]
    assert sum(lost.values()) == 3
    overlay = summarise_overlay([OverlayRun("a", lambda: history)], [LOSS], OverlayAxes())
    names = [t.name for t in draw_overlay(overlay, PALETTES["dark"], height=300).data]
    assert "a: NaN or inf" in names


def test_the_interval_is_students_and_the_range_is_lowest_to_highest():
    rows = np.random.default_rng(0).normal(size=(4, 30))
    lines = [Line(np.arange(30.0), row) for row in rows]
    ours = mean_line(lines, "interval")
    low, high = stats.t.interval(0.95, 3, rows.mean(axis=0), stats.sem(rows, axis=0))
    assert ours.y == pytest.approx(rows.mean(axis=0))
    assert ours.low == pytest.approx(low)
    assert ours.high == pytest.approx(high)
    ranged = mean_line(lines, "range")
    assert ranged.low == pytest.approx(rows.min(axis=0))
    assert ranged.high == pytest.approx(rows.max(axis=0))


def test_a_run_that_ends_early_or_was_measured_elsewhere_counts_as_far_as_it_goes():
    longest = Line(np.arange(6.0), np.zeros(6))
    short = Line(np.array([0.0, 2.5]), np.array([10.0, 20.0]))
    mean = mean_line([longest, short], "range")
    assert mean.x.tolist() == [0, 1, 2, 3, 4, 5]
    assert mean.y == pytest.approx([5.0, 7.0, 9.0, 0.0, 0.0, 0.0])
    assert mean.high == pytest.approx([10.0, 14.0, 18.0, 0.0, 0.0, 0.0])
    lost = Line(np.arange(3.0), np.array([1.0, np.nan, 3.0]))
    held = mean_line([lost, Line(np.arange(3.0), np.array([3.0, 5.0, 5.0]))], "interval")
    assert held.y.tolist() == [2.0, 5.0, 4.0]
    assert held.low is not None
    assert held.low[1] == 5.0


def test_a_long_mean_is_that_of_its_blocks():
    rows = np.random.default_rng(3).normal(size=(2, BLOCK + 7))
    mean = mean_line([Line(np.arange(BLOCK + 7.0), row) for row in rows], "range")
    assert mean.y == pytest.approx(rows.mean(axis=0))
    assert mean.low == pytest.approx(rows.min(axis=0))


def test_seeds_of_one_configuration_are_one_line_with_a_band():
    runs = [run(0.0, "toy, a, seed 0", 0), run(2.0, "toy, a, seed 1", 0), run(5.0, "toy, b", 1)]
    overlay = summarise_overlay(runs, [LOSS], OverlayAxes(band="range"))
    assert [c.name for c in overlay.figure.panels[0].curves] == ["a, 2 runs", "b, 1 run"]
    line = curve(overlay, "a, 2 runs")
    assert (line.y[0], line.low[0], line.high[0]) == (2.0, 1.0, 3.0)
    assert "mean, lowest to highest" in overlay.figure.panels[0].remark


def test_names_are_short_distinct_and_no_html():
    names = ["same words then <b>this</b>", "same words then " + "x" * 10_000, "same words then"]
    runs = [run(float(i), name) for i, name in enumerate(names)]
    overlay = summarise_overlay(runs, [LOSS], OverlayAxes())
    shown = [c.name for c in overlay.figure.panels[0].curves]
    assert shown[0] == "then &lt;b&gt;this&lt;/b&gt;"
    assert max(map(len, shown)) <= 40
    assert len(set(short_names(["a", "a", "a"]))) == 3
    assert short_names(["my run, seed 0", "my run, seed 1"]) == ("seed 0", "seed 1")
    strange = summarise_overlay(runs, ["val/<b>x</b>"], OverlayAxes())
    assert strange.figure.panels[0].title == "val, &lt;b&gt;x&lt;/b&gt;"


def test_many_lines_are_told_apart_and_none_is_no_error():
    overlay = summarise_overlay([run(float(i)) for i in range(25)], [LOSS], OverlayAxes())
    styles = {(c.color, c.dash) for c in overlay.figure.panels[0].curves}
    assert len(styles) == 25
    assert draw_overlay(overlay, PALETTES["light"], height=300).layout.hovermode == "closest"
    empty = summarise_overlay([], [LOSS], OverlayAxes())
    assert empty.lines == 0
    assert draw_overlay(empty, PALETTES["light"], height=300).layout.xaxis.title.text == "step"
