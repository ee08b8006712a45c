"""Other weights on what a run recorded, against a plain loop."""

import numpy as np
import pytest

from core.balance.measured import tabulate_history
from core.balance.what_if import reweighted, with_stages
from core.errors import InputError
from core.events import Measured, RunStarted, StageChanged
from core.history import History, collect_history

TERMS = ("a", "b")


def told(nan_at: int | None = None) -> History:
    """Two stages; b has weight 0 in the first, and is measured there at every fifth step."""
    events: list = [RunStarted(0, 0.0, "toy", {}, TERMS, 20)]
    for step in range(20):
        if step in {0, 10}:
            weights = {"a": 1.0, "b": 0.5 if step else 0.0}
            events.append(StageChanged(step, float(step), str(step), step + 10, weights))
        values = {"train/a/raw": 2.0 + step, "train/a/weight": 1.0, "val/x": 1.0}
        if step >= 10 or step % 5 == 0:
            values["train/b/raw"] = 100.0 - step
        if step >= 10:
            values |= {"train/b/weight": 0.5, "train/b/weighted": 0.5 * (100.0 - step)}
        if step == nan_at:
            values["train/a/raw"] = np.nan
        events.append(Measured(step, float(step), values))
    return collect_history(events)


def test_contributions_and_shares_are_weight_times_raw_at_every_step():
    history = reweighted(told(), np.array([[3.0, 0.1], [2.0, 0.0]]))
    a = {s: (3.0 if s < 10 else 2.0) * (2.0 + s) for s in range(20)}
    b = {s: 0.1 * (100.0 - s) for s in range(10)}  # b falls in a straight line
    weighted = {term: history.series[f"train/{term}/weighted"] for term in TERMS}
    assert dict(zip(weighted["a"].step, weighted["a"].value, strict=True)) == pytest.approx(a)
    assert dict(zip(weighted["b"].step, weighted["b"].value, strict=True)) == pytest.approx(b)
    share = history.series["train/a/share"]
    wanted = [100 * a[s] / (a[s] + b.get(s, 0.0)) for s in range(20)]
    assert share.value == pytest.approx(wanted)
    assert [stage.weights for stage in history.stages] == [
        {"a": 3.0, "b": 0.1}, {"a": 2.0, "b": 0.0}]  # fmt: skip
    assert history.series["train/b/weight"].value.tolist() == [0.1] * 10 + [0.0] * 10


def test_the_weights_of_the_run_give_back_what_it_recorded():
    before = told()
    after = reweighted(before, np.array([[1.0, 0.0], [1.0, 0.5]]))
    key = "train/b/weighted"
    assert after.series[key].step.tolist() == before.series[key].step.tolist()
    assert after.series[key].value == pytest.approx(before.series[key].value)
    assert after.series["val/x"] is before.series["val/x"]
    assert after.series["train/a/raw"] is before.series["train/a/raw"]


def test_a_value_that_is_not_a_number_stays_a_gap():
    history = reweighted(told(nan_at=12), np.ones((2, 2)))
    assert 12 not in history.series["train/a/weighted"].step
    assert {11, 13} <= set(history.series["train/a/weighted"].step.tolist())


def test_a_table_of_another_size_is_refused_and_a_run_without_raw_values_has_none():
    with pytest.raises(InputError, match="2 stages × 2 terms"):
        reweighted(told(), np.ones((1, 2)))
    with pytest.raises(InputError, match="weights"):
        reweighted(History(), np.ones((0, 0)))
    events = [RunStarted(0, 0.0, "toy", {}, TERMS), StageChanged(0, 0.0, "1", 9, {"a": 1.0})]
    assert reweighted(collect_history(events), np.ones((1, 2))).series == {}


def test_a_log_that_tells_no_stage_is_one_stage_and_a_weight_that_it_does_not_tell_is_1():
    told = [
        Measured(step, float(step), {"train/a/raw": 2.0, "train/a/weight": 3.0, "train/b/raw": 4.0})
        for step in range(5, 9)
    ]
    history = with_stages(collect_history([RunStarted(5, 0.0, "table", {}, ("a", "b")), *told]))
    table = tabulate_history(history)
    assert (len(table.stages), table.terms) == (1, ("a", "b"))
    np.testing.assert_array_equal(table.raw, [[2.0, 4.0]])
    np.testing.assert_array_equal(table.weights, [[3.0, 1.0]])
    shares = reweighted(history, np.array([[1.0, 2.0]])).series["train/b/share"]
    assert shares.step.tolist() == [5, 6, 7, 8]
    np.testing.assert_allclose(shares.value, 80.0)
    assert with_stages(history) is history
