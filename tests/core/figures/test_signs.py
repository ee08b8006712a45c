"""What the chart of the signs draws: limits by plain loops, the switch, the sphere."""

from math import log

import numpy as np
import pytest

from core.diagnosis.finding import CannotTell
from core.diagnosis.signs import Signs, read_signs
from core.figures.curves import CurveFigure, Panel
from core.figures.draw_curves import draw_curves
from core.figures.signs import summarise_signs
from core.figures.theme import PALETTES
from core.history import History
from core.sphere import even_uniformity
from tests.core.diagnosis.contrastive import BATCH, EPOCHS, LENGTH, Run, faulty, healthy

TRAINING, PROBE = "Training loss", "Loss on fixed random batches"
MRR, SPHERE = "MRR, held-out pairs", "Alignment and uniformity, held-out pairs"
LOSS, PROBE_KEY, MRR_KEY = "train/info_nce/raw", "val_probe/info_nce/raw", "val/mrr"


def with_sphere(run: Run, *, dim: int | None = 64) -> Run:
    count = len(run.at)
    run.val |= {
        "val/alignment": np.linspace(1.9, 0.4, count),
        "val/molecule_uniformity": np.linspace(-0.2, -3.0, count),
        "val/text_uniformity": np.linspace(-0.3, -3.1, count),
    }
    run.config = run.config | ({} if dim is None else {"dim": dim})
    return run


def drawn(history: History, **options) -> CurveFigure:
    signs = read_signs(history)
    assert isinstance(signs, Signs)
    return summarise_signs(history, signs, **options)


def panels(figure: CurveFigure) -> dict[str, Panel]:
    return {panel.title: panel for panel in figure.panels if panel.curves}


def curve(panel: Panel, name: str):
    return next(one for one in panel.curves if one.name == name)


def borders(panel: Panel) -> list[float]:
    return [rule.at for rule in panel.rules if rule.axis == "x"]


def levels(panel: Panel) -> dict[str, float]:
    return {rule.text: rule.at for rule in panel.rules if rule.axis == "y"}


@pytest.mark.parametrize("run", [healthy(), healthy(3, None), faulty("lr x30")])
def test_the_limit_of_the_probe_is_one_and_a_half_times_its_lowest_and_a_little(run):
    panel = panels(drawn(run.history()))[PROBE]
    told = run.val[PROBE_KEY].tolist()
    lowest = [min(told[: n + 1]) for n in range(len(told))]
    assert curve(panel, "measured").y.tolist() == told[1:]
    assert curve(panel, "limit").y == pytest.approx([1.5 * low + 0.02 for low in lowest[1:]])
    for line in panel.curves:
        assert line.x.tolist() == list(range(1, EPOCHS + 1))


@pytest.mark.parametrize("queries", [1_000, 60, 10])
def test_the_limit_of_the_mrr_is_the_best_less_a_tenth_or_what_few_queries_explain(queries):
    run = healthy(queries=queries)
    panel = panels(drawn(run.history()))[MRR]
    told, least = run.val[MRR_KEY].tolist(), 3 * 0.4 / np.sqrt(queries)
    best = [max(told[: n + 1]) for n in range(len(told))]
    plain = [max(0.0, high - max(0.1 * high, least)) for high in best]
    assert curve(panel, "limit").y == pytest.approx(plain[1:], abs=1e-4)
    assert curve(panel, "measured").y.tolist() == told[1:]
    assert (curve(panel, "limit").y >= 0).all()


def test_a_tenth_is_the_limit_only_of_a_good_model_and_no_limit_lies_below_0():
    run = healthy(top=0.8)
    run.val[MRR_KEY][:] = [0.002, *np.linspace(0.01, 0.8, EPOCHS)]
    limit = curve(panels(drawn(run.history()))[MRR], "limit").y
    assert limit[0] == 0.0
    assert limit[-1] == pytest.approx(0.9 * 0.8)
    small = limit[limit > 0][0]
    assert run.val[MRR_KEY][1:][limit > 0][0] - small == pytest.approx(
        1.2 / np.sqrt(1_000), rel=1e-3
    )


def test_trouble_lies_beyond_the_limits_and_a_healthy_run_within():
    for run, is_bad in ((healthy(), False), (faulty("lr x300", 9), True)):
        shown = panels(drawn(run.history()))
        probe, mrr = shown[PROBE], shown[MRR]
        above = curve(probe, "measured").y > curve(probe, "limit").y
        below = curve(mrr, "measured").y < curve(mrr, "limit").y
        assert above[9:].all() == below[9:].all() == is_bad
        assert not above[:9].any()
        assert not below[:9].any()


def test_of_two_evaluations_both_are_drawn_of_more_the_untrained_one_is_not():
    for until, epochs in ((1, [0]), (2, [0, 1]), (3, [1, 2])):
        shown = panels(drawn(healthy().history((until - 1) * LENGTH + 1)))
        for title in (PROBE, MRR):
            assert curve(shown[title], "measured").x.tolist() == epochs
    short = panels(drawn(healthy().history(2 * LENGTH + 1)))[PROBE]
    lowest = healthy().val[PROBE_KEY][:3].min()
    assert curve(short, "limit").y[-1] == pytest.approx(1.5 * lowest + 0.02), "it still counts"


# The switch


def test_the_switch_is_a_rule_at_its_epoch_in_every_panel_and_named_in_the_first_alone():
    figure = drawn(with_sphere(healthy(switch=5)).history())
    assert [panel.title for panel in figure.panels] == [TRAINING, PROBE, MRR, SPHERE]
    assert [borders(panel) for panel in figure.panels] == [[5.0]] * 4
    assert figure.panels[0].top_labels == ((2.5, "random"), (12.5, "hard"))
    assert [panel.top_labels for panel in figure.panels[1:]] == [()] * 3
    assert (figure.x_title, figure.columns) == ("epoch", 2)


@pytest.mark.parametrize("switch", [None, 0])
def test_without_a_switch_there_is_no_rule(switch):
    figure = drawn(with_sphere(healthy(switch=switch)).history())
    assert [borders(panel) for panel in figure.panels] == [[]] * 4
    assert figure.panels[0].top_labels == ()


def test_the_running_mean_of_the_training_loss_starts_anew_at_the_switch():
    run = healthy(switch=5)
    run.train[LOSS] = np.where(run.step < 5 * LENGTH, 1.0, 3.0)
    panel = panels(drawn(run.history()))[TRAINING]
    mean = curve(panel, "training")
    assert np.allclose(mean.y[mean.x < 5], 1.0)
    assert np.allclose(mean.y[mean.x >= 5], 3.0)
    assert curve(panel, "training, raw").opacity < 0.5


def test_guessing_is_the_chance_of_a_whole_batch_although_the_last_of_an_epoch_is_smaller():
    run = healthy()
    run.train["train/chance_loss"][LENGTH - 1 :: LENGTH] = log(5)
    assert levels(panels(drawn(run.history()))[TRAINING])["guessing"] == pytest.approx(log(BATCH))
    del run.train["train/chance_loss"]
    run.config = run.config | {"batch_size": 16}
    assert levels(panels(drawn(run.history()))[TRAINING])["guessing"] == pytest.approx(log(16))
    run.config.pop("batch_size")
    assert levels(panels(drawn(run.history()))[TRAINING]) == {}


# What is not there


@pytest.mark.parametrize(
    ("gone", "titles"),
    [
        ((LOSS,), [PROBE, MRR, SPHERE]),
        ((PROBE_KEY,), [TRAINING, MRR, SPHERE]),
        ((MRR_KEY,), [TRAINING, PROBE, SPHERE]),
        (("val/alignment", "val/molecule_uniformity", "val/text_uniformity"),
         [TRAINING, PROBE, MRR]),
        ((LOSS, PROBE_KEY, "val/alignment", "val/molecule_uniformity", "val/text_uniformity"),
         [MRR]),
    ],
)  # fmt: skip
def test_a_panel_is_absent_where_its_metric_is_and_the_first_that_is_left_names_the_stages(
    gone, titles
):
    run = with_sphere(healthy(switch=5))
    for metric in gone:
        (run.train if metric == LOSS else run.val).pop(metric)
    figure = drawn(run.history())
    assert [panel.title for panel in figure.panels] == titles
    assert [bool(panel.top_labels) for panel in figure.panels] == [True] + [False] * (
        len(titles) - 1
    )
    assert draw_curves(figure, PALETTES["light"], height=300).data


def test_a_run_without_signs_has_none_to_draw():
    assert isinstance(read_signs(History()), CannotTell)


# The sphere


@pytest.mark.parametrize("dim", [2, 64, 256])
def test_the_sphere_has_the_uniformity_of_even_vectors_as_a_rule(dim):
    panel = panels(drawn(with_sphere(healthy(), dim=dim).history()))[SPHERE]
    assert levels(panel) == {"uniformity if evenly spread": even_uniformity(dim)}
    assert panel.y_range is not None
    assert panel.y_range[0] < even_uniformity(dim) < panel.y_range[1]


@pytest.mark.parametrize("dim", [None, 0, 1])
def test_without_a_known_dimension_there_is_no_such_rule(dim):
    assert levels(panels(drawn(with_sphere(healthy(), dim=dim).history()))[SPHERE]) == {}


def test_a_wide_common_space_has_its_rule_too():
    panel = panels(drawn(with_sphere(healthy(), dim=512).history()))[SPHERE]
    assert levels(panel)["uniformity if evenly spread"] == pytest.approx(-3.984, abs=1e-3)


def test_alignment_and_both_uniformities_are_drawn_as_measured_and_named_at_their_ends():
    run = with_sphere(healthy())
    panel = panels(drawn(run.history()))[SPHERE]
    for name, metric in (
        ("alignment", "val/alignment"),
        ("molecules", "val/molecule_uniformity"),
        ("texts, dashed", "val/text_uniformity"),
    ):
        assert curve(panel, name).y.tolist() == run.val[metric].tolist()
        assert curve(panel, name).x.tolist() == list(range(EPOCHS + 1))
    ends = [at for at, _ in panel.right_labels]
    assert [name for _, name in panel.right_labels] == ["texts, dashed", "molecules", "alignment"]
    assert ends == sorted(ends)
    assert min(np.diff(ends)) > 0.3, "labels of almost equal ends stand apart"
    assert curve(panel, "texts, dashed").dash == "dash"


def test_a_uniformity_that_is_no_number_leaves_its_curve_out():
    run = with_sphere(healthy())
    run.val["val/text_uniformity"][:] = np.nan
    assert {c.name for c in panels(drawn(run.history()))[SPHERE].curves} == {
        "alignment", "molecules",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("val/alignment", 2.93),  # of a small run that was ruined: all molecules at one point
        ("val/molecule_uniformity", -16 / 3),  # of four vectors as far apart as can be
    ],
)
def test_what_was_measured_lies_inside_the_panel(metric, value):
    run = with_sphere(healthy())
    run.val[metric][-1] = value
    panel = panels(drawn(run.history()))[SPHERE]
    low, high = panel.y_range or (-np.inf, np.inf)
    assert low <= value <= high


def test_the_key_keeps_the_zoom_of_a_run():
    assert drawn(healthy().history(), key="signs-a").key == "signs-a"
