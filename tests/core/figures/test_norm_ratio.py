"""Cosine against MSE, and the band of norm ratios: the numbers on the records."""

import math
from itertools import pairwise

import numpy as np
import pytest

from core.events import Measured, RunStarted
from core.figures.curves import MAX_POINTS, CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.norm_ratio import (
    band_remark,
    draw_norm_band,
    summarise_norm_band,
    summarise_track,
    track_remark,
)
from core.figures.norm_track import NormTrack, norm_track, track_numbers
from core.figures.theme import PALETTES
from core.history import History, collect_history
from core.importers.history_json import read

OPTIMAL = "r = cos, MSE-optimal"
EPOCH = np.arange(1, 7)
COSINE = np.array([0.05, 0.5, 0.6, 0.6, 0.6, 0.8])
# Only an upper root; both; both; complex; both; equal to the optimum 1 - 0.8^2.
MSE = np.array([1.9, 0.9, 0.7, 0.5, 0.64, 0.36])


def track(name: str = "a", **changes) -> NormTrack:
    return NormTrack(name, **{"epoch": EPOCH, "cosine": COSINE, "mse": MSE} | changes)


def ratios(cosine: float, mse: float, scale: float = 1.0) -> list[float]:
    """Solve r^2 - 2 r c + 1 - MSE = 0 by numpy's polynomial roots, and keep what is a ratio."""
    found = np.roots([1.0, -2 * cosine, 1 - mse / scale])
    return sorted(float(r.real) for r in found if abs(r.imag) < 1e-6 and r.real >= 0)


def share(cosine, mse) -> float:
    inside = [1 - c * c <= m <= 2 * (1 - c) for c, m in zip(cosine, mse, strict=True)]
    return 100 * sum(inside) / len(inside)


def random_track(count: int = 200) -> NormTrack:
    generator = np.random.default_rng(0)
    cosine = generator.uniform(-0.2, 0.95, count)
    return NormTrack("r", np.arange(count), cosine, generator.uniform(0.05, 2.2, count))


@pytest.mark.parametrize("scale", [None, 0.715])
def test_roots_equal_those_of_the_quadratic(scale):
    made = random_track()
    one = NormTrack("r", made.epoch, made.cosine, made.mse, scale)
    for cosine, mse, lower, upper in zip(one.cosine, one.mse, *one.roots, strict=True):
        expected = ratios(cosine, mse, scale or 1.0)
        drawn = [root for root in (lower, upper) if not math.isnan(root)]
        assert drawn == pytest.approx(expected, abs=1e-9)


def test_the_share_between_the_curves_equals_a_plain_loop():
    one = random_track()
    assert one.between_percent == pytest.approx(share(one.cosine, one.mse))


def test_what_is_not_finite_counts_neither_way():
    one = track(mse=np.where(EPOCH == 2, np.nan, MSE), cosine=np.where(EPOCH == 3, np.inf, COSINE))
    kept = [0, 3, 4, 5]
    assert one.between_percent == pytest.approx(share(COSINE[kept], MSE[kept]))
    for remark in (track_remark, band_remark):
        assert remark([one]).endswith("NaN or inf left out: 2")
    (run,) = summarise_track([one]).panels[0].curves[2:]
    assert run.x.tolist() == COSINE[kept].tolist()


def test_the_track_is_a_line_by_epoch_beside_the_two_curves():
    figure = summarise_track([track()])
    (panel,) = figure.panels
    note, optimal, run = panel.curves
    assert note.y == pytest.approx([2 * (1 - x) for x in note.x])
    assert optimal.y == pytest.approx([1 - x * x for x in optimal.x])
    assert (note.x[0], note.x[-1]) == (0.0, 1.0)
    assert run.x.tolist() == COSINE.tolist()
    assert run.y.tolist() == MSE.tolist()
    assert run.pointer[1] == "a, epoch 2: cosine 0.500, MSE 0.900"
    assert [mark.text for mark in panel.marks] == ["epoch 1", "epoch 6"]
    percent = share(COSINE, MSE)
    assert run.name == f"a, {percent:.0f} % between"
    told = track_remark([track()])
    assert told.startswith(f"{percent:.0f} % of the epochs lie between the curves")
    assert (figure.x_title, panel.y_title) == ("cosine similarity", "MSE")


def test_several_runs_have_their_colours_and_a_range_of_shares():
    two = [track("a"), track("b", mse=np.full(6, 3.0))]
    (panel,) = summarise_track(two).panels
    assert len({curve.color for curve in panel.curves[2:]}) == 2
    assert track_remark(two).startswith(f"0–{share(COSINE, MSE):.0f} % of the epochs of 2 runs")
    assert panel.y_range is not None
    assert panel.y_range[1] > 3.0
    assert panel.marks == ()


def test_runs_of_one_loss_keep_its_colour_and_differ_by_their_dash():
    (panel,) = summarise_track([track("a"), track("b")], ["#56B4E9", "#56B4E9"]).panels
    assert [(c.color, c.dash) for c in panel.curves[2:]] == [
        ("#56B4E9", "solid"),
        ("#56B4E9", "dash"),
    ]


def test_a_negative_similarity_widens_the_axis():
    figure = summarise_track([track(cosine=COSINE - 0.3)])
    assert figure.x_range is not None
    assert figure.x_range[0] < -0.25
    assert figure.panels[0].curves[0].x[0] == pytest.approx(-0.25)


def test_a_very_long_run_is_thinned_and_says_so():
    long = random_track(10_000)
    figure = summarise_track([long])
    run = figure.panels[0].curves[2]
    assert len(run.x) == len(run.pointer) == MAX_POINTS
    assert (run.x[0], run.x[-1]) == (long.cosine[0], long.cosine[-1])
    assert figure.remark == "2,000 of 10,000 points"


def pieces(figure: CurveFigure, unit: str):
    return [curve for curve in figure.panels[0].curves if curve.unit == f" {unit}"]


def named(figure: CurveFigure, name: str):
    return [curve for panel in figure.panels for curve in panel.curves if curve.name == name]


def test_the_band_stands_between_the_roots_and_is_blank_where_they_are_complex():
    figure = summarise_norm_band([track()])
    first, second = pieces(figure, "upper root")
    assert first.x.tolist() == [1.5, 2, 3, 3.5]
    assert second.x.tolist() == [4.5, 5, 6, 6.5]
    for piece, epochs in ((first, (2, 3)), (second, (5, 6))):
        assert piece.low is not None
        assert piece.high is not None
        for at, epoch in enumerate(epochs, start=1):
            lower, upper = ratios(COSINE[epoch - 1], MSE[epoch - 1])
            assert piece.low[at] == pytest.approx(lower, abs=1e-6)
            assert piece.high[at] == piece.y[at] == pytest.approx(upper, abs=1e-6)
    for lower, upper in zip(pieces(figure, "lower root"), (first, second), strict=True):
        assert upper.low is not None
        assert lower.y.tolist() == upper.low.tolist()


def test_a_single_root_has_no_band_and_a_single_epoch_has_a_width():
    (only,) = pieces(summarise_norm_band([track()]), "the only root")
    assert only.low is None
    assert only.x.tolist() == [0.5, 1, 1.5]
    assert only.y[1] == pytest.approx(ratios(COSINE[0], MSE[0])[0])


def test_the_optimal_ratio_is_the_cosine_and_never_below_0():
    (optimal,) = named(summarise_norm_band([track(cosine=COSINE - 0.1)]), OPTIMAL)
    assert optimal.x.tolist() == EPOCH.tolist()
    assert optimal.y == pytest.approx([max(c - 0.1, 0.0) for c in COSINE])


def test_several_runs_have_a_panel_each_over_the_same_axes():
    tracks = [track(name, mse=MSE * (1 + k)) for k, name in enumerate("abcd")]
    figure = summarise_norm_band(tracks)
    assert [panel.title for panel in figure.panels] == list("abcd")
    assert figure.columns == 3
    (y_range,) = {panel.y_range for panel in figure.panels}
    assert y_range is not None
    highest = max(root for one in tracks for root in one.roots[1] if not math.isnan(root))
    assert y_range[0] == 0.0
    assert highest < y_range[1] < 1.2 * highest
    assert [panel.y_title for panel in figure.panels] == ["|p| / |t|", "", "", "|p| / |t|"]
    alone = summarise_norm_band([track()]).panels
    assert [panel.title for panel in alone] == [""]


def test_the_dotted_line_has_one_entry_in_the_legend_of_several_panels():
    drawn = draw_norm_band(
        summarise_norm_band([track(name) for name in "abcd"]), PALETTES["light"], height=400
    )
    entries = [trace.name for trace in drawn.data if trace.showlegend]
    assert entries == ["the two roots", OPTIMAL]
    dotted = [trace for trace in drawn.data if trace.name == OPTIMAL]
    assert len(dotted) == 4
    domains = [drawn.layout[f"xaxis{place}"].domain for place in ("", 2, 3, 4)]
    assert all(left[1] < right[0] for left, right in pairwise(domains[:3]))
    assert domains[3] == domains[0]
    assert drawn.layout.margin.t > 40, "the legend is clear of the headings"


def test_a_measured_ratio_is_drawn_where_it_was_measured():
    ratio = np.array([0.9, 0.8, np.nan, 0.7, 0.6, 0.5])
    figure = summarise_norm_band([track("a"), track("b", measured=ratio)])
    (measured,) = named(figure, "measured")
    assert measured in figure.panels[1].curves
    assert measured.y == pytest.approx(ratio, nan_ok=True)


def test_the_limits_stand_in_words():
    assert band_remark([track()]) == (
        "from cosine and MSE; assumes mean |t|²/D = 1, which histories do not record; means over "
        "examples; blank where the roots are complex"
    )
    assert "assumes" not in band_remark([track(target_mean_square=0.715)])
    assert summarise_track([track(target_mean_square=0.7)]).panels[0].y_title != "MSE"


def test_the_numbers_of_a_run_are_those_of_its_last_and_its_best_epoch():
    one = track(cosine=np.where(EPOCH == 6, np.nan, COSINE + 0.01 * (EPOCH == 4)))
    told = track_numbers(one)
    assert told is not None
    assert (told.epochs, told.last_cosine, told.last_mse) == (5, 0.6, 0.64)
    assert (told.best_cosine, told.best_epoch) == (pytest.approx(0.61), 4.0)
    assert [told.lower, told.upper] == pytest.approx(ratios(0.6, 0.64), abs=1e-6)
    assert told.between_percent == one.between_percent
    assert math.isnan(told.measured)
    first = track_numbers(track(epoch=EPOCH[:1], cosine=COSINE[:1], mse=MSE[:1]))
    assert first is not None
    assert math.isnan(first.lower), "a negative root is no ratio"
    assert track_numbers(track(mse=np.full(6, np.nan))) is None


def told(keys: tuple[str, ...], facts: dict[str, str]) -> History:
    series = dict(zip(keys, (COSINE, MSE), strict=False))
    events = [
        Measured(int(epoch), 0.0, {key: float(value[at]) for key, value in series.items()})
        for at, epoch in enumerate(EPOCH)
    ]
    events.append(Measured(9, 0.0, {keys[0]: 0.9}))
    return collect_history([RunStarted(0, 0.0, "x", facts=facts), *events])


def test_a_history_gives_the_epochs_at_which_both_were_measured():
    keys = ("val/avg_cosine_similarity", "val/mse_loss")
    one = norm_track("run", told(keys, {"x axis": "epoch"}))
    assert one.epoch.tolist() == EPOCH.tolist()
    assert one.cosine.tolist() == COSINE.tolist()
    assert one.mse.tolist() == MSE.tolist()
    assert one.counts == "epoch"
    steps = norm_track(
        "run", told(("test/avg_cosine_similarity", "test/mse_loss"), {}), split="test"
    )
    assert summarise_norm_band([steps]).x_title == "step"


def test_a_run_that_counts_updates_is_shown_by_its_epochs():
    keys = ("val/avg_cosine_similarity", "val/mse_loss", "val/norm_ratio")
    facts = {"steps an epoch": "4"}
    events = [Measured(4 * k, 0.0, {keys[0]: 0.5, keys[1]: 0.9}) for k in (0, 1, 2)]
    events += [Measured(4, 0.0, {keys[2]: 0.7}), Measured(6, 0.0, {keys[2]: 0.1})]
    one = norm_track("run", collect_history([RunStarted(0, 0.0, "x", facts=facts), *events]))
    assert one.epoch.tolist() == [0, 1, 2]
    assert one.counts == "epoch"
    assert one.measured is not None
    assert one.measured == pytest.approx([np.nan, 0.7, np.nan], nan_ok=True)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_can_be_drawn(mode):
    nothing = norm_track("none", told(("val/avg_cosine_similarity",), {}))
    single = track(epoch=EPOCH[1:2], cosine=COSINE[1:2], mse=MSE[1:2])
    for tracks in ([], [nothing], [track()], [track(), nothing, single], [single]):
        inside = draw_curves(summarise_track(tracks), PALETTES[mode], height=400)
        assert inside.layout.legend.orientation == "v"
        draw_norm_band(summarise_norm_band(tracks), PALETTES[mode], height=400)
    assert track_remark([nothing]) == "no epoch has both"


def test_the_pointer_of_a_track_names_one_epoch():
    drawn = draw_curves(summarise_track([track()]), PALETTES["light"], height=400)
    assert drawn.layout.hovermode == "closest"
    run = drawn.data[-1]
    assert (run.mode, run.hovertext[0]) == ("lines+markers", "a, epoch 1: cosine 0.050, MSE 1.900")
    band = draw_norm_band(summarise_norm_band([track()]), PALETTES["light"], height=400)
    assert band.layout.hovermode == "x unified"


REAL = {
    "bonded-Enhanved_invariants-multi_hop-non_bonded-multihead": (74, 0.43, 0.70),
    "physics_v3_6_0.1": (73, 0.30, 0.99),
    "physics_v3_6_0.1_0.5_new": (96, 0.29, 0.91),
    "physics_v3_6_0.1_new": (92, 0.30, 0.94),
    "physics_v3_6_0.1_new_improve_pool": (95, 0.30, 0.87),
    "retry_physics_v3_6_0.1_new_improve_multihead_improved_layers_no_scheduler": (80, 0.47, 0.81),
}


@pytest.mark.parametrize("name", list(REAL))
def test_the_real_runs_shrink_between_the_curves(shared_data, name):
    path = shared_data / "histories" / f"{name}.json"
    if not path.is_file():
        pytest.skip("shared/data/histories is absent: the real files stand beside the project")
    percent, lower, upper = REAL[name]
    one = norm_track(name, collect_history(read(path)))
    assert one.between_percent == pytest.approx(share(one.cosine, one.mse))
    assert round(one.between_percent) == percent
    assert [root[-1] for root in one.roots] == pytest.approx([lower, upper], abs=0.005)
    assert lower < one.cosine[-1] < upper
    told = track_numbers(one)
    assert told is not None
    assert [told.lower, told.upper] == pytest.approx([lower, upper], abs=0.005)
