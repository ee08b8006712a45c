"""The past of a run, against a plain loop over its events."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.events import Measured, Noted, Recorded, RunEnded, RunStarted, StageChanged
from core.history import History, clean_series, collect_history, contribution

POINTS = st.lists(st.tuples(st.integers(0, 30), st.floats(allow_nan=False)), max_size=60)


@given(POINTS)
def test_a_series_is_sorted_and_the_last_value_of_a_step_counts(points):
    step = np.array([step for step, _ in points], dtype=np.int64)
    value = np.array([value for _, value in points], dtype=np.float64)
    series = clean_series("loss", step, np.arange(len(points), dtype=np.float64), value)
    expected = dict(sorted(points, key=lambda point: point[0]))
    last = {step: n for n, (step, _) in enumerate(points)}
    assert series.step.tolist() == sorted(expected)
    assert series.value.tolist() == [value for _, value in sorted(dict(points).items())]
    assert series.time_s.tolist() == [last[step] for step in sorted(last)]
    assert series.repeated == len(points) - len(expected)
    assert len(series) == len(expected)


def test_not_a_number_is_kept_and_may_replace_a_value():
    events = [Measured(0, 0.0, {"a": 1.0}), Measured(0, 1.0, {"a": math.nan})]
    series = collect_history(events).series["a"]
    assert math.isnan(series.value[0])
    assert series.repeated == 1


def test_metrics_may_be_measured_at_different_steps():
    events = [Measured(s, 0.0, {"a": 1.0} | ({"b": 2.0} if s % 3 == 0 else {})) for s in range(7)]
    history = collect_history(events)
    assert history.series["a"].step.tolist() == list(range(7))
    assert history.series["b"].step.tolist() == [0, 3, 6]
    assert history.last_step == 6


def test_nothing_told_is_an_empty_history():
    history = collect_history([])
    assert history.__dict__ == History().__dict__
    assert (history.terms, history.last_step, history.ended) == ((), 0, None)


def stage(step: int, name: str) -> StageChanged:
    return StageChanged(step, 0.0, name, step + 10, {"ce": 1.0})


def test_a_resumed_segment_tells_its_stages_again_and_takes_the_end_back():
    first = [RunStarted(0, 0.0, "toy", terms=("ce",)), stage(0, "one"), stage(10, "two"),
             stage(20, "three"), RunEnded(25, 0.0, "stopped")]  # fmt: skip
    second = [RunStarted(15, 1.0, "toy", terms=("ce", "b")), Noted(15, 1.0, "resumed")]
    history = collect_history([*first, *second])
    assert history.starts == (0, 15)
    assert [one.stage for one in history.stages] == ["one", "two"]
    assert history.ended is None
    assert history.terms == ("ce", "b")
    assert [note.text for note in history.notes] == ["resumed"]
    assert collect_history(first).ended == first[-1]


def test_a_stage_that_begins_again_replaces_the_later_ones():
    told = [stage(0, "one"), stage(10, "two"), stage(10, "two, again"), stage(5, "early")]
    assert [one.stage for one in collect_history(told).stages] == ["one", "early"]


def test_arrays_are_listed_by_name_and_step():
    arrays = {"x": np.zeros(1)}
    told = [Recorded(step, 0.0, name, arrays) for step, name in ((5, "a"), (1, "a"), (5, "b"))]
    history = collect_history([*told, Recorded(5, 1.0, "a", arrays)])
    assert history.recorded == {"a": (1, 5), "b": (5,)}


def test_a_contribution_is_what_was_recorded_else_weight_times_value_where_both_were_told():
    told = [
        Measured(1, 0.0, {"train/a/raw": 2.0, "train/a/weight": 3.0, "train/b/raw": 1.0}),
        Measured(2, 5.0, {"train/a/raw": 4.0}),
        Measured(4, 7.0, {"train/a/raw": 0.5, "train/a/weight": 8.0}),
    ]
    history = collect_history(told)
    found = contribution(history, "a")
    assert found is not None
    assert (found.step.tolist(), found.value.tolist()) == ([1, 4], [6.0, 4.0])
    assert found.time_s.tolist() == [0.0, 7.0]
    assert contribution(history, "b") is contribution(history, "c") is None
    recorded = collect_history([*told, Measured(5, 0.0, {"train/a/weighted": 9.0})])
    assert contribution(recorded, "a") is recorded.series["train/a/weighted"]
