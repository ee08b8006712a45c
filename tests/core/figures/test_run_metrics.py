import numpy as np
import pytest

from core.events import Measured, RunStarted
from core.figures.run import summarise_run
from core.figures.run_metrics import apart, metrics_panel
from core.figures.run_series import RunAxes
from core.history import History, Series, collect_history
from core.metrics import MetricGroup, MetricLine

GROUP = MetricGroup(
    "Loss",
    (
        MetricLine("val_probe/info_nce/raw", "probe"),
        MetricLine("val/info_nce/raw", "validation", "second"),
        MetricLine("train/chance_loss", "chance", "reference"),
    ),
    is_log=True,
)


def history(**values: np.ndarray) -> History:
    series = {}
    for name, value in values.items():
        metric = name.replace("__", "/")
        series[metric] = Series(metric, np.arange(len(value)), np.zeros(len(value)), value)
    return History(series=series)


def test_a_reference_leaves_out_the_small_last_batch_of_each_epoch_also_at_both_ends():
    chance = np.full(50, np.log(32))
    chance[9::10] = np.log(12)
    chance[0] = np.log(5)
    panel = metrics_panel(history(train__chance_loss=chance), GROUP, RunAxes())
    assert panel.curves[0].y == pytest.approx(np.full(50, np.log(32)))


def test_what_is_no_reference_is_drawn_as_it_was_measured():
    value = np.array([3.0, 0.2, 3.0, 0.1])
    panel = metrics_panel(history(val_probe__info_nce__raw=value), GROUP, RunAxes())
    assert panel.curves[0].y.tolist() == value.tolist()


def test_names_on_a_log_axis_keep_their_distance_in_factors():
    told = {"val_probe__info_nce__raw": np.array([3.0, 0.100]),
            "val__info_nce__raw": np.array([3.0, 0.101])}  # fmt: skip
    panel = metrics_panel(history(**told), GROUP, RunAxes())
    low, high = panel.y_range
    (first, one), (second, other) = panel.right_labels
    assert (one, other) == ("probe", "validation")
    assert np.log10(second / first) >= 0.129 * np.log10(high / low)
    assert not panel.named_inside


def test_where_marks_have_their_names_at_the_right_those_of_lines_stand_inside():
    marked = MetricGroup("Loss", GROUP.lines, True, ((1.0, "good"),))
    told = {"val_probe__info_nce__raw": np.array([3.0, 0.1]),
            "val__info_nce__raw": np.array([3.0, 0.2])}  # fmt: skip
    panel = metrics_panel(history(**told), marked, RunAxes())
    assert panel.named_inside
    assert not panel.right_labels


def test_names_that_would_stand_far_from_their_lines_stand_inside():
    group = MetricGroup("Right", tuple(
        MetricLine(f"val/{name}", name) for name in
        ("residue_accuracy", "peptide_accuracy", "sequence_accuracy", "constant_sequence_accuracy")
    ))  # fmt: skip
    told = {line.key.replace("/", "__"): np.array([0.1, 0.1]) for line in group.lines}
    near = metrics_panel(history(**told), group, RunAxes())
    assert (near.named_inside, near.right_labels) == ("top", ())
    for place, key in enumerate(told):
        told[key] = np.array([0.1, 0.2 * place])
    assert len(metrics_panel(history(**told), group, RunAxes()).right_labels) == 4


def test_labels_move_up_and_never_leave_the_panel():
    placed = apart({"a": 99.0, "b": 99.5, "c": 99.9}, (0.0, 100.0))
    heights = [value for value, _ in placed]
    assert max(heights) <= 100.0
    assert (np.diff(heights) >= 13.0 - 1e-9).all()


@pytest.mark.parametrize(("terms", "panels"), [(("ce",), 2), (("ce", "precursor"), 3)])
def test_one_term_alone_has_no_panel_of_shares(terms, panels):
    events = [RunStarted(0, 0.0, "toy", {}, terms, 10, {})]
    events += [Measured(step, float(step), {f"train/{t}/weighted": 1.0 for t in terms})
               for step in range(5)]  # fmt: skip
    figure = summarise_run(collect_history(events), (GROUP,), RunAxes())
    titles = [panel.title for panel in figure.panels]
    assert len(titles) == panels
    assert ("Share of the loss" in titles) is (len(terms) > 1)
