"""Chosen series of many runs: the same as read whole, only what is new, and no more than asked."""

from pathlib import Path

import pytest

from core.events import Measured, RunStarted
from core.runs import series_store
from core.runs.folder import new_run
from core.runs.reader import RunReader, read_history
from core.runs.series_store import SeriesStore
from core.runs.writer import RunWriter
from tests.core.runs.stories import record, story

RAW = "train/ce/raw"
BYTES = 20 * 24  # of a series of a story


def test_a_chosen_series_is_the_same_as_in_the_whole_history(finished: Path):
    history = SeriesStore().read(finished, [RAW, "not/measured"])
    whole = read_history(finished)
    assert list(history.series) == [RAW]
    for column in ("step", "time_s", "value"):
        ours, theirs = (getattr(h.series[RAW], column).tolist() for h in (history, whole))
        assert ours == theirs
    assert history.stages == whole.stages
    assert history.ended == whole.ended


def test_what_a_resumed_segment_tells_replaces_what_was_before(run: Path):
    record(run, story(12))
    record(run, story(20, first=8, slope=2.0))
    ours = RunReader(run, only=[RAW]).refresh().series[RAW].value.tolist()
    assert ours == read_history(run).series[RAW].value.tolist()
    assert ours == [float(s) for s in range(8)] + [2.0 * s for s in range(8, 20)]


def test_a_segment_with_no_chosen_metric_and_no_start_cuts_nothing(run: Path):
    record(run, [RunStarted(0, 0.0, "toy"), *(Measured(s, 0.0, {"a": 1.0}) for s in range(5))])
    record(run, [RunStarted(5, 0.0, "toy"), *(Measured(s, 0.0, {"b": 1.0}) for s in range(5, 9))])
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    (run / "events.jsonl").write_bytes(lines[0])
    assert len(RunReader(run, only=["a"]).refresh().series["a"]) == 5


def test_a_growing_run_is_read_on(run: Path):
    store = SeriesStore()
    with RunWriter(run) as writer:
        writer.write(RunStarted(0, 0.0, "toy"))
        for step in range(3):
            writer.write(Measured(step, 0.0, {RAW: 1.0, "other": 2.0}))
        writer.flush()
        first = store.read(run, [RAW])
        assert store.read(run, [RAW]) is first
        assert len(first.series[RAW]) == 3
        writer.write(Measured(3, 0.0, {RAW: 1.0}))
        writer.flush()
        assert len(store.read(run, [RAW]).series[RAW]) == 4
    assert store.size_bytes == 4 * 24


def test_memory_has_a_bound_and_what_finds_no_room_is_still_given(monkeypatch: pytest.MonkeyPatch):
    runs = [record(new_run("toy", {}), story()) for _ in range(3)]
    store = SeriesStore(most_bytes=2 * BYTES)
    now = [0.0]
    monkeypatch.setattr(series_store.time, "monotonic", lambda: now[0])
    for run in runs:
        assert len(store.read(run, [RAW]).series[RAW]) == 20
    assert store.size_bytes == 2 * BYTES
    now[0] = series_store.HELD_S + 1  # then the one not looked at for longest goes
    store.read(runs[2], [RAW])
    assert store.size_bytes == 2 * BYTES
    assert {folder for folder, _ in store._kept} == {runs[1], runs[2]}


def test_a_folder_without_measurements_has_no_series(tmp_path: Path):
    assert SeriesStore().read(tmp_path / "gone", [RAW]).series == {}
