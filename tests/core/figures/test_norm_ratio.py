"""Cosine against MSE, and the band of norm ratios: the numbers on the records."""

import math

import numpy as np
import pytest

from core.events import Measured, RunStarted
from core.figures.curves import MAX_POINTS, CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.norm_ratio import summarise_norm_band, summarise_track
from core.figures.norm_track import NormTrack, norm_track
from core.figures.theme import PALETTES
from core.history import History, collect_history
from core.importers.history_json import read

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
    for summarise in (summarise_track, summarise_norm_band):
        panel = summarise([one]).panels[0]
        assert panel.remark.endswith("NaN or inf left out: 2")
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
    assert panel.remark.startswith(f"{percent:.0f} % of the epochs lie between the curves")
    assert (figure.x_title, panel.y_title) == ("cosine similarity", "MSE")


def test_several_runs_have_their_colours_and_a_range_of_shares():
    figure = summarise_track([track("a"), track("b", mse=np.full(6, 3.0))])
    (panel,) = figure.panels
    assert len({curve.color for curve in panel.curves[2:]}) == 2
    assert panel.remark.startswith(f"0–{share(COSINE, MSE):.0f} % of the epochs of 2 runs")
    assert panel.y_range is not None
    assert panel.y_range[1] > 3.0
    assert panel.marks == ()


def test_a_negative_similarity_widens_the_axis():
    figure = summarise_track([track(cosine=COSINE - 0.3)])
    assert figure.x_range is not None
    assert figure.x_range[0] < -0.25
    assert figure.panels[0].curves[0].x[0] == pytest.approx(-0.25)


def test_a_very_long_run_is_thinned_and_says_so():
    long = random_track(10_000)
    (panel,) = summarise_track([long]).panels
    run = panel.curves[2]
    assert len(run.x) == len(run.pointer) == MAX_POINTS
    assert (run.x[0], run.x[-1]) == (long.cosine[0], long.cosine[-1])
    assert panel.remark.endswith("2,000 of 10,000 points")


def pieces(figure: CurveFigure, unit: str):
    return [curve for curve in figure.panels[0].curves if curve.unit == f" {unit}"]


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
    (optimal,) = pieces(summarise_norm_band([track(cosine=COSINE - 0.1)]), "MSE-optimal")
    assert optimal.x.tolist() == EPOCH.tolist()
    assert optimal.y == pytest.approx([max(c - 0.1, 0.0) for c in COSINE])


def test_the_limits_stand_in_the_heading():
    remark = (
        "assumes mean |t|²/D = 1, which the history does not record; means over examples; "
        "blank where the roots are complex"
    )
    assert summarise_norm_band([track()]).panels[0].remark == remark
    known = summarise_norm_band([track(target_mean_square=0.715)]).panels[0].remark
    assert "assumes" not in known
    assert summarise_track([track(target_mean_square=0.7)]).panels[0].y_title != "MSE"


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


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_can_be_drawn(mode):
    nothing = norm_track("none", told(("val/avg_cosine_similarity",), {}))
    single = track(epoch=EPOCH[1:2], cosine=COSINE[1:2], mse=MSE[1:2])
    for tracks in ([], [nothing], [track()], [track(), nothing, single], [single]):
        for summarise in (summarise_track, summarise_norm_band):
            figure = draw_curves(summarise(tracks), PALETTES[mode], height=400)
            assert figure.layout.legend.orientation == "v"
    assert summarise_track([nothing]).panels[0].remark == "no epoch has both"


def test_the_pointer_of_a_track_names_one_epoch():
    drawn = draw_curves(summarise_track([track()]), PALETTES["light"], height=400)
    assert drawn.layout.hovermode == "closest"
    run = drawn.data[-1]
    assert (run.mode, run.hovertext[0]) == ("lines+markers", "a, epoch 1: cosine 0.050, MSE 1.900")
    band = draw_curves(summarise_norm_band([track()]), PALETTES["light"], height=400)
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
