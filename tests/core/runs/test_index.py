"""The index holds nothing that the folders do not."""

import math
import sqlite3
import threading

import pytest

from core.errors import UnavailableError
from core.events import Measured, RunEnded, RunStarted
from core.home import home
from core.runs import folder as folders
from core.runs import index_tables
from core.runs.folder import edit_meta, new_run
from core.runs.index import MetricSummary, list_runs, rebuild_index, refresh_index, runs_of
from core.runs.launching import delete_run
from core.runs.reader import read_history
from core.runs.status import Status, write_status
from tests.core.runs.stories import record, story


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Three of mine (one broken, one with odd numbers) and a sample."""
    monkeypatch.setattr(folders, "SAMPLE_RUNS", tmp_path / "samples")
    sample = record(new_run("toy", {}, folder=tmp_path / "samples" / "one"), story())
    odd = new_run("toy", {"x": math.inf, "n": [1, None]}, name="odd", group="g")
    values = ({"train/a": 1.0}, {"train/a": -math.inf, "train/b": math.nan}, {"train/a": math.nan})
    record(odd, [RunStarted(0, 0.0, "toy"), *(Measured(s, 0.0, v) for s, v in enumerate(values)),
                 RunEnded(3, 0.0, "diverged", "a is NaN")])  # fmt: skip
    edit_meta(odd, tags=["t", "u"], note="why")
    broken = new_run("toy", {})
    (broken / "config.json").unlink()
    return {"sample": sample, "odd": odd, "broken": broken}


def test_a_row_says_what_the_folder_says(runs):
    rows = {row.folder: row for row in list_runs()}
    odd = rows[runs["odd"]]
    assert (odd.id, odd.name, odd.tags, odd.note) == (runs["odd"].name, "odd", ("t", "u"), "why")
    assert (odd.group, odd.experiment, odd.state, odd.step) == ("g", "toy", "diverged", 3)
    assert odd.message == "a is NaN"
    assert odd.config == {"x": math.inf, "n": [1, None]}
    assert odd.metrics["train/a"].low == -math.inf
    assert odd.metrics["train/a"].high == 1.0
    assert math.isnan(odd.metrics["train/a"].last)
    assert math.isnan(odd.metrics["train/b"].high)
    assert rows[runs["sample"]].metrics["train/ce/raw"] == MetricSummary(19.0, 0.0, 19.0)
    assert [row.is_sample for row in rows.values()].count(True) == 1
    assert rows[runs["sample"]].is_sample
    assert rows[runs["broken"]].state == "broken"
    assert not odd.is_archived
    assert runs["odd"] in [row.folder for row in runs_of(odd.experiment)]
    edit_meta(runs["odd"], archived=True)
    assert [row.folder for row in list_runs() if row.is_archived] == [runs["odd"]]
    assert runs["odd"] not in [row.folder for row in runs_of(odd.experiment)]


def test_the_newest_comes_first(runs):
    newest = new_run("toy", {})
    assert list_runs()[0].folder == newest


def test_a_rebuilt_index_is_equal_and_a_deleted_one_loses_nothing(runs):
    before = repr(list_runs())
    assert rebuild_index() == 3
    assert repr(list_runs()) == before
    for path in home().glob("index.sqlite*"):
        path.unlink()
    assert repr(list_runs()) == before


@pytest.mark.parametrize("damage", [b"rubbish" * 5_000, b"", b"SQLite format 3\x00" + b"\0" * 4000])
def test_a_damaged_index_is_made_again(runs, damage):
    before = repr(list_runs())
    for path in home().glob("index.sqlite-*"):
        path.unlink()
    (home() / "index.sqlite").write_bytes(damage)
    assert repr(list_runs()) == before


def test_an_index_of_another_schema_is_made_again(runs, monkeypatch):
    before = repr(list_runs())
    with sqlite3.connect(home() / "index.sqlite") as database:
        database.execute("DROP TABLE runs")
        database.execute("CREATE TABLE runs (folder TEXT, something TEXT)")
        database.execute("PRAGMA user_version=99")
    database.close()
    assert repr(list_runs()) == before
    monkeypatch.setattr(index_tables, "SCHEMA", 98)
    assert refresh_index() == 3


def test_only_what_has_changed_is_read_again(runs, monkeypatch):
    list_runs()
    read = []
    monkeypatch.setattr(
        "core.runs.index.read_history", lambda folder: read.append(folder) or read_history(folder)
    )
    assert refresh_index() == 0
    edit_meta(runs["odd"], note="other")
    assert refresh_index() == 1
    assert read == [runs["odd"]]
    record(runs["odd"], story(40, first=3))
    assert {row.folder: row for row in list_runs()}[runs["odd"]].metrics["train/ce/raw"].high == 39
    delete_run(runs["odd"])
    assert refresh_index() == 1
    assert runs["odd"] not in {row.folder for row in list_runs()}


def test_a_process_that_died_is_seen_without_a_change_of_a_file(run):
    write_status(run, Status("running", pid=2**22 + 1, host="nowhere", heartbeat_s=1.0))
    assert list_runs()[0].state == "silent"
    assert refresh_index() == 0


def test_many_threads_list_at_once(runs):
    found, errors = [], []

    def listing() -> None:
        try:
            found.extend(repr(list_runs()) for _ in range(5))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=listing) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(found) == 20
    assert len(set(found)) == 1


def test_an_index_that_cannot_be_written_is_said_in_words_and_runs_are_still_listed(runs):
    before = repr(list_runs())
    for path in home().glob("index.sqlite*"):
        path.unlink()
    (home() / "index.sqlite").mkdir()
    for action in (refresh_index, rebuild_index):
        with pytest.raises(UnavailableError, match="index"):
            action()
    assert repr(list_runs()) == before


def test_a_damaged_meta_takes_the_names_only(runs):
    (runs["odd"] / "meta.json").write_text('{"tags": 5}')
    row = next(row for row in list_runs() if row.folder == runs["odd"])
    assert (row.name, row.tags, row.experiment) == ("", (), "toy")
    assert row.created_s > 0


def test_samples_are_listed_where_the_state_folder_cannot_be_made(runs, monkeypatch):
    monkeypatch.setenv("LOSSOSCOPE_HOME", "/dev/null/nowhere")
    assert [row.folder for row in list_runs()] == [runs["sample"]]
