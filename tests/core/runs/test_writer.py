"""Writing a run: what is there after each way in which a process can end."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError, UnavailableError
from core.events import Measured, Noted, Recorded, RunEnded, RunStarted
from core.runs import writer as writing
from core.runs.arrays import read_arrays
from core.runs.index import list_runs, rebuild_index
from core.runs.reader import RunReader, read_history
from core.runs.segments import segment_paths
from core.runs.status import Status, read_status, write_status
from core.runs.writer import RunWriter
from tests.core.runs.stories import eventually, record, story

# Says on its standard output how many steps were flushed, and goes on until it is killed.
ENDLESS = """
import sys, time
from pathlib import Path
from core.events import Measured, Noted, RunStarted
from core.runs.writer import RunWriter

with RunWriter(Path(sys.argv[1])) as writer:
    first = int(sys.argv[2])
    writer.write(RunStarted(first, time.time(), "toy"))
    for step in range(first, 10**9):
        writer.write(Measured(step, float(step), {"train/a": step + 0.5, "train/b": -step}))
        if step % 37 == 36:
            writer.flush()
            print(step, flush=True)
        if step % 101 == 0:
            writer.write(Noted(step, time.time(), "x" * 200))
"""
BOUNDED = """
import resource, sys
from pathlib import Path
from core.errors import UnavailableError
from core.events import Measured, RunStarted
from core.runs.writer import RunWriter

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with RunWriter(Path(sys.argv[1])) as writer:
        writer.write(RunStarted(0, 0.0, "toy"))
        for step in range(100_000):
            writer.write(Measured(step, 0.0, {"train/a": hash(str(step)) * 1.0}))
except UnavailableError as error:
    print(error)
"""


def test_an_ended_run_says_so_and_keeps_its_step(finished):
    status = read_status(finished)
    assert (status.state, status.step, status.total_steps) == ("finished", 20, 20)
    assert (status.device, status.pid) == ("cpu", os.getpid())


@pytest.mark.parametrize("outcome", ["stopped", "diverged", "failed"])
def test_every_outcome_becomes_a_state_with_its_reason(run, outcome):
    (run / "stop").touch()
    record(run, [RunStarted(0, 0.0, "toy"), RunEnded(3, 1.0, outcome, "because")])
    assert (read_status(run).state, read_status(run).message) == (outcome, "because")
    assert not (run / "stop").exists()


def test_an_exception_passes_and_the_state_is_failed(run):
    def fail() -> None:
        with RunWriter(run) as writer:
            for event in story()[:6]:
                writer.write(event)
            raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (read_status(run).state, read_status(run).message) == ("failed", "ZeroDivisionError: no")
    assert read_history(run).last_step == 3


def test_the_speed_is_in_the_status(run):
    record(run, [Measured(1, 0.0, {"train/steps_per_s": 61.5}), RunEnded(1, 0.0, "finished")])
    assert read_status(run).steps_per_s == 61.5


def test_a_second_writer_is_refused_by_name_and_the_first_goes_on(run, start):
    first = start(ENDLESS, run, 0)
    first.stdout.readline()
    with pytest.raises(UnavailableError, match=rf"process {first.pid} on "), RunWriter(run):
        pass
    assert first.stdout.readline()
    assert read_status(run).pid == first.pid
    first.kill()
    first.wait()
    with RunWriter(run) as writer:
        assert writer.segment == 1


def test_twenty_kills_lose_nothing_that_was_flushed(run, start):
    """Each killed at a moment of its own, each going on where the last one was flushed."""
    chance = random.Random(7)
    first = 0
    for _ in range(20):
        process = start(ENDLESS, run, first)
        for _ in range(chance.randint(1, 60)):
            flushed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        flushed = max([flushed, *map(int, process.stdout.read().split())])
        process.wait()
        assert read_status(run).state == "killed"
        series = read_history(run).series
        for metric, expected in (("train/a", lambda s: s + 0.5), ("train/b", lambda s: -s)):
            steps = series[metric].step
            assert steps[-1] >= flushed
            np.testing.assert_array_equal(steps, np.arange(len(steps)))
            np.testing.assert_array_equal(series[metric].value, expected(steps))
        first = flushed - 5
    assert len(segment_paths(run / "measurements")) == 20
    before = list_runs()
    assert before[0].metrics["train/a"].last == read_history(run).last_step + 0.5
    rebuild_index()
    assert list_runs() == before


def test_a_reader_follows_a_writer_and_never_sees_a_gap(run, start):
    process = start(ENDLESS, run, 0)
    reader = RunReader(run)
    seen = [0]

    def grown() -> bool:
        series = reader.refresh().series.get("train/a")
        if series is not None:
            assert series.step.tolist() == list(range(len(series)))
            assert reader.torn == 0
            seen.append(len(series))
        return seen[-1] > 20_000

    eventually(grown)
    process.kill()
    assert sorted(seen) == seen
    assert len(set(seen)) > 3


def test_a_full_disk_is_said_in_words_and_the_status_still_says_failed(run, start):
    process = start(BOUNDED, run, 300_000)
    told, errors = process.communicate()
    assert "cannot be written (File too large)" in told, errors
    assert read_status(run).state == "failed"
    assert "File too large" in read_status(run).message
    series = read_history(run).series["train/a"]
    assert len(series) > 500
    assert series.step.tolist() == list(range(len(series)))
    reader = RunReader(run)
    reader.refresh()
    assert reader.torn == 0
    record(run, story(3))  # with room again it goes on
    assert read_history(run).starts == (0, 0)


def test_a_disk_without_room_for_anything_new_keeps_the_old_and_says_failed(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    def fill() -> None:
        with RunWriter(run) as writer:
            writer.write(RunStarted(0, 0.0, "toy"))
            writer.write(Measured(0, 0.0, {"train/a": 1.0}))
            writer.flush()
            monkeypatch.setattr("core.runs.status.replace_file", full)
            monkeypatch.setattr(writing.Appender, "append", full)
            writer.write(Noted(1, 0.0, "more"))

    with pytest.raises(UnavailableError, match="No space left on device"):
        fill()
    assert (read_status(run).state, len(read_history(run).series)) == ("failed", 1)
    write_status(run, Status("stopped"))
    with pytest.raises(UnavailableError, match="No space left on device"):
        fill()
    assert read_status(run).state == "failed"


def test_a_read_only_folder_is_said_in_words():
    """In a process without the rights of the one who made the folder."""
    script = """
import os, sys
from pathlib import Path
import pyarrow.compute
from core.errors import UnavailableError
from core.runs.launching import request_stop
from core.runs.reader import read_history
from core.runs.writer import RunWriter
if os.geteuid() == 0:
    os.setuid(65534)
folder = Path(sys.argv[1])
assert len(read_history(folder).series) == 2
for action in (lambda: RunWriter(folder).__enter__(), lambda: request_stop(folder)):
    try:
        action()
    except UnavailableError as error:
        print(error)
"""
    from core.runs.folder import new_run  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = record(new_run("toy", {}, folder=Path(place) / "run"), story())
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True,
                              text=True, check=False)  # fmt: skip
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.stdout.count("cannot be written (Permission denied)") == 2, done.stderr


def test_writing_and_reading_bring_neither_pandas_nor_torch(run, start):
    """Either would hold up the first measurements of a training, or of a page, for a second."""
    script = """
import sys
from pathlib import Path
from tests.core.runs.stories import record, story
from core.runs.reader import read_history
print(len(read_history(record(Path(sys.argv[1]), story())).series))
print(sys.modules.keys() & {"pandas", "torch"})
"""
    assert start(script, run).communicate()[0].split("\n")[:2] == ["2", "set()"]


def test_a_broken_folder_is_refused(run):
    (run / "status.json").unlink()
    with pytest.raises(InputError, match=r"status\.json"), RunWriter(run):
        pass


def test_arrays_round_trip_under_any_name(run):
    arrays = {"file": np.arange(6.0).reshape(2, 3), "tokens": np.array(["A", "σ"])}
    history = read_history(record(run, [Recorded(5, 0.0, "val_easy/by position", arrays)]))
    assert history.recorded == {"val_easy/by position": (5,)}
    read = read_arrays(run, "val_easy/by position", 5)
    assert read.keys() == arrays.keys()
    for key, array in arrays.items():
        np.testing.assert_array_equal(read[key], array)
    with pytest.raises(InputError, match="of step 6, came none"):
        read_arrays(run, "val_easy/by position", 6)


def test_arrays_that_are_too_large_become_a_note(run, monkeypatch):
    monkeypatch.setattr(writing, "RECORD_BYTES", 1_000_000)
    monkeypatch.setattr(writing, "RUN_BYTES", 3_000)
    noise = np.random.default_rng(0).random(200)
    events = [Recorded(0, 0.0, "big", {"x": np.zeros(200_000)})]
    events += [Recorded(step, 0.0, "small", {"x": noise}) for step in (1, 2, 3)]
    history = read_history(record(run, events))
    assert history.recorded == {"small": (1,)}
    assert [note.text for note in history.notes] == [
        "Arrays big were not kept: 2 MB are more than 1 MB.",
        *["Arrays small were not kept: a run keeps 0 MB."] * 2,
    ]


def test_arrays_of_objects_are_refused(run):
    with pytest.raises(InputError, match="numbers or text"):
        record(run, [Recorded(0, 0.0, "bad", {"x": np.array([{}])})])


def test_arrays_that_break_off_are_named(run):
    record(run, [Recorded(0, 0.0, "a", {"x": np.zeros(3)})])
    path = next((run / "arrays").iterdir())
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="breaks off"):
        read_arrays(run, "a", 0)


def test_arrays_with_any_damaged_byte_are_named_or_read(run):
    record(run, [Recorded(0, 0.0, "a", {"x": np.arange(40.0)})])
    path = next((run / "arrays").iterdir())
    whole = path.read_bytes()
    refused = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            read_arrays(run, "a", 0)
        except InputError:
            refused += 1
    assert refused > len(whole) / 2


def test_every_line_of_the_rare_events_names_its_segment(run):
    record(run, story())
    record(run, story(30, first=20))
    lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    assert {line["segment"] for line in lines} == {0, 1}


def test_a_segment_that_is_begun_in_between_replaces_what_it_tells_again(run: Path):
    with RunWriter(run) as writer:
        for event in story(20, slope=1.0)[:-2]:
            writer.write(event)
        for _ in range(3):
            writer.begin_segment()
        for event in story(15, first=5, slope=2.0):
            writer.write(event)
    history = read_history(run)
    assert history.series["train/ce/raw"].step.tolist() == list(range(15))
    assert history.series["train/ce/raw"].value.tolist() == [
        *range(5), *(2.0 * step for step in range(5, 15)),
    ]  # fmt: skip
    assert history.starts == (0, 5)
