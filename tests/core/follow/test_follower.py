"""Looking at files in this process, look by look."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.events import Event, Measured, Noted, RunStarted
from core.follow.follower import Follower
from core.follow.source import Source, find_source
from core.history import collect_history
from core.importers.importers import IMPORTERS


def row(step: int, **values: float) -> str:
    return json.dumps({"step": step, **values}) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


@pytest.fixture
def follower(path: Path) -> Iterator[Follower]:
    with closing(Follower(find_source(path))) as follower:
        yield follower


def starts(events: list[Event]) -> list[RunStarted]:
    return [event for event in events if isinstance(event, RunStarted)]


def measured(events: list[Event]) -> list[tuple[int, dict]]:
    return [(event.step, dict(event.values)) for event in events if isinstance(event, Measured)]


def notes(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Noted)]


def test_names_become_ours_and_terms_are_known(path: Path, follower: Follower):
    assert follower.look() == []
    assert not follower.is_there
    path.write_text(row(5, train_loss=1.0, loss=2.0, **{"train/ce/raw": 3.0}))
    told = follower.look()
    (started,) = starts(told)
    assert (started.step, started.experiment, started.terms) == (5, "json_rows", ("ce",))
    assert started.facts == {"x axis": "step", "source": str(path)}
    assert measured(told) == [(5, {"train/total_loss": 1.0, "loss": 2.0, "train/ce/raw": 3.0})]
    assert follower.look() == []


def test_a_term_that_joins_begins_anew_behind_what_was_told(path: Path, follower: Follower):
    path.write_text(row(5, **{"train/a/raw": 1.0}) + row(6, **{"train/a/raw": 1.0}))
    told = follower.look()
    with path.open("a") as file:
        file.write(row(7, **{"train/a/raw": 1.0, "train/b/raw": 2.0}))
    told += follower.look()
    assert [(s.step, s.terms) for s in starts(told)] == [(5, ("a",)), (7, ("a", "b"))]
    assert collect_history(told).series["train/a/raw"].step.tolist() == [5, 6, 7]


def test_a_file_that_is_cut_starts_over_once_it_tells_something(path: Path, follower: Follower):
    path.write_text("".join(row(step, a=1.0) for step in range(10)))
    told = follower.look()
    path.write_text("")
    assert [follower.look(), follower.look(), follower.look()] == [[], [], []]
    with path.open("a") as file:
        file.write(row(0, a=2.0) + row(1, a=2.0))
    told += follower.look()
    assert [s.step for s in starts(told)] == [0, 0]
    assert notes(told)[0].startswith("log.jsonl is read from its beginning again: it was cut from")
    assert collect_history(told).series["a"].value.tolist() == [2.0, 2.0]


def test_a_rotated_file_goes_on(path: Path, follower: Follower):
    path.write_text(row(0, a=1.0) + row(1, a=1.0))
    told = follower.look()
    path.rename(path.with_suffix(".1"))
    path.write_text(row(1, b=5.0) + row(2, a=1.0))
    told += follower.look()
    assert len(starts(told)) == 1
    series = collect_history(told).series
    assert series["a"].step.tolist() == [0, 1, 2]
    assert series["b"].step.tolist() == [1]
    assert "another file has taken its name" in notes(told)[0]


def test_several_event_files_of_a_folder_are_one_run(tmp_path: Path):
    writer = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
    summary_pb2 = pytest.importorskip("tensorboard.compat.proto.summary_pb2")

    def write(suffix: str, steps: range) -> None:
        file = writer.EventFileWriter(str(tmp_path / "logs"), filename_suffix=suffix)
        for step in steps:
            value = summary_pb2.Summary.Value(tag="loss", simple_value=step / 4)
            summary = summary_pb2.Summary(value=[value])
            file.add_event(event_pb2.Event(step=step, wall_time=100.0 + step, summary=summary))
        file.close()

    write(".one", range(300))
    with closing(Follower(find_source(tmp_path))) as follower:
        told = follower.look()
        write(".two", range(200, 500))
        told += follower.look()
        assert follower.look() == []
    series = collect_history(told).series["train/total_loss"]
    np.testing.assert_array_equal(series.step, np.arange(500))
    np.testing.assert_array_equal(series.value, np.arange(500) / 4)
    np.testing.assert_array_equal(series.time_s, 100.0 + np.arange(500))


def test_a_writer_that_says_from_where_it_goes_on_makes_the_rest_give_way(tmp_path: Path):
    torch_writer = pytest.importorskip("torch.utils.tensorboard")

    def write(suffix: str, steps: range, purge_step: int | None = None) -> None:
        writer = torch_writer.SummaryWriter(
            str(tmp_path / "logs"), purge_step=purge_step, filename_suffix=suffix
        )
        for step in steps:
            writer.add_scalar("loss", len(suffix) * 100.0 + step, step)
        writer.close()

    write(".a", range(10), 0)
    with closing(Follower(find_source(tmp_path))) as follower:
        told = follower.look()
        assert notes(told) == []  # nothing had been told before
        write(".bb", range(6, 8), 6)
        told += follower.look()
    history = collect_history(told)
    series = history.series["train/total_loss"]
    assert series.step.tolist() == list(range(8))
    assert series.value.tolist() == [200.0 + step for step in range(6)] + [306.0, 307.0]
    assert history.starts == (0, 6)
    assert "goes on from step 6" in notes(told)[0]


def test_formats_are_those_of_the_importers():
    from core.follow.source import DECODERS  # noqa: PLC0415

    assert set(DECODERS) <= set(IMPORTERS)


def test_what_is_followed_is_found(tmp_path: Path):
    (tmp_path / "version_0").mkdir()
    csv = tmp_path / "version_0" / "metrics.csv"
    csv.touch()
    assert find_source(tmp_path / "version_0") == Source(csv, "table")
    assert find_source(tmp_path / "new.jsonl") == Source(tmp_path / "new.jsonl", "json_rows")
    with pytest.raises(InputError, match=r"nothing that is there yet.*\.jsonl"):
        find_source(tmp_path / "new")
    unnamed = tmp_path / "log.txt"
    unnamed.write_text('{"step": 1, "a": 2}\n{"step": 2, "a": 3}\n')
    assert find_source(unnamed).format == "json_rows"
    unnamed.write_text("step,a\n1,2\n2,3\n")
    assert find_source(unnamed).format == "table"


def test_what_cannot_be_followed_is_refused(tmp_path: Path):
    history = tmp_path / "history.json"
    history.write_text('{"train_loss": [1.0, 0.5]}')
    with pytest.raises(InputError, match="whole when it is there"):
        find_source(history)
    with pytest.raises(InputError, match="a folder without one"):
        find_source(tmp_path)
    with pytest.raises(InputError, match="none of that name"):
        find_source(tmp_path / "no" / "log.csv")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"2 \(a.csv, b.csv\)"):
        find_source(tmp_path)
