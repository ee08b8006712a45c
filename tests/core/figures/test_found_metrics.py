import numpy as np
import pytest

from core.events import Measured, RunStarted
from core.figures.draw_curves import draw_curves
from core.figures.found_metrics import found_groups
from core.figures.run import MOST_PANELS, summarise_run
from core.figures.run_series import RunAxes
from core.figures.run_views import MOST_FOUND, summarise_found
from core.figures.theme import PALETTES
from core.history import History, collect_history

LOSS = [100.0, 10.0, 1.0]


def told(terms: tuple[str, ...] = (), **values: list[float]) -> History:
    """Collect a run that measured lists by their keys, written with __ for a slash."""
    events: list = [RunStarted(0, 0.0, "jsonl", {}, terms)]
    for step in range(3):
        row = {key.replace("__", "/"): float(series[step]) for key, series in values.items()}
        events.append(Measured(step, 100.0 + step, row))
    return collect_history(events)


def titles(history: History) -> list[str]:
    return [panel.title for panel in summarise_run(history, None, RunAxes()).panels]


def test_metrics_are_grouped_by_name_and_those_that_judge_come_first():
    history = told(
        train__learning_rate=LOSS, speed=LOSS, train__accuracy=LOSS, val__accuracy=LOSS,
        val__mrr=LOSS, train__total_loss=LOSS, val__total_loss=LOSS,
    )  # fmt: skip
    groups = found_groups(history)
    assert [group.title for group in groups] == [
        "Total loss", "MRR", "Accuracy", "Speed", "Learning rate",
    ]  # fmt: skip
    assert [(line.key, line.label, line.style) for line in groups[0].lines] == [
        ("val/total_loss", "val", "main"), ("train/total_loss", "train", "noisy"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "is_log"),
    [(LOSS, True), ([3.0, 2.0, 1.0], False), ([1.0, 0.0, 100.0], False),
     ([float("nan"), 100.0, 1.0], True)],
)  # fmt: skip
def test_a_loss_over_more_than_a_decade_stands_on_a_log_axis(values, is_log):
    assert found_groups(told(val__recon_loss=values))[0].is_log == is_log
    assert not found_groups(told(val__accuracy=values))[0].is_log


def test_a_run_without_terms_has_no_empty_panels():
    assert titles(told(train__total_loss=LOSS, val__accuracy=LOSS)) == ["Total loss", "Accuracy"]
    many = told(**{f"val__m{k}": LOSS for k in range(9)})
    assert len(titles(many)) == MOST_PANELS
    assert titles(told()) == ["Nothing has been measured yet"]
    assert titles(History()) == ["Nothing has been measured yet"]


def test_terms_without_contributions_are_drawn_by_their_values():
    history = told(("ce", "ppm"), train__ce__raw=LOSS, train__ppm__raw=[5.0, 4.0, 3.0])
    panel = summarise_run(history, None, RunAxes(smoothing_steps=0)).panels[0]
    assert panel.title == "Value of each term"
    assert {curve.name: curve.y.tolist() for curve in panel.curves} == {
        "cross-entropy": LOSS, "ppm": [5.0, 4.0, 3.0],
    }  # fmt: skip


def test_what_is_measured_while_training_is_drawn_as_it_was_measured_and_thin():
    history = told(train__total_loss=LOSS, val__total_loss=LOSS)
    (loss,) = summarise_run(history, None, RunAxes(smoothing_steps=50)).panels
    held_out, training = loss.curves
    assert held_out.y.tolist() == training.y.tolist() == LOSS
    assert training.width < held_out.width


def test_a_term_below_zero_stands_on_a_linear_axis():
    history = told(("a", "b"), train__a__raw=LOSS, train__b__raw=[-1.0, 0.0, 1.0])
    panel = summarise_run(history, None, RunAxes(smoothing_steps=0)).panels[0]
    assert not panel.y_log
    assert panel.y_range[0] < -1


def test_terms_with_contributions_leave_the_rest_of_the_panels_to_metrics():
    parts = {f"train__{term}__{part}": LOSS for term in ("a", "b") for part in ("raw", "weighted")}
    history = told(("a", "b"), **parts, val__accuracy=LOSS, val__mrr=LOSS, val__other=LOSS)
    assert titles(history) == [
        "Contribution of each term", "Share of the loss", "MRR", "Accuracy",
    ]  # fmt: skip


def test_every_metric_has_a_panel_of_its_own_up_to_twelve():
    history = told(**{f"val__m{k}": [k, k + 1, k + 2] for k in range(20)})
    record = summarise_found(history, RunAxes())
    assert len(record.panels) == MOST_FOUND
    np.testing.assert_array_equal(record.panels[3].curves[0].y, [3, 4, 5])
    figure = draw_curves(record, PALETTES["light"], height=600)
    assert len(figure.data) >= MOST_FOUND


def test_names_of_others_are_shown_as_they_were_written_and_cut():
    history = told(**{"<i>x": LOSS, "y" * 90: LOSS})
    first, second = (panel.title for panel in summarise_found(history, RunAxes()).panels)
    assert first == "&lt;i&gt;x"
    assert len(second) == 40
