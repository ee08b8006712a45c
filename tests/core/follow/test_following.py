"""Writers and followers as processes of their own: killed, cut, rotated; all points come out."""

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.errors import InputError, UnavailableError
from core.follow.running import begin_following, is_following
from core.runs.folder import find_run, read_meta, run_folders, runs_home
from core.runs.index import list_runs
from core.runs.launching import launch, request_stop, signal_stop
from core.runs.reader import read_history
from core.runs.status import read_status
from tests.core.follow.writers import EVENTS, LINES, loss
from tests.core.runs.conftest import Start, start
from tests.core.runs.stories import eventually

__all__ = ["start"]


@pytest.fixture(autouse=True)
def no_process_stays():
    yield
    for folder, is_sample in run_folders():
        if not is_sample and is_following(folder) and read_status(folder).is_active:
            signal_stop(folder, force=True)


def followed(path: Path) -> Path:
    folder = begin_following(path)
    launch(folder)
    eventually(lambda: read_status(folder).state == "running")
    return folder


def run_writer(start: Start, script: str, *words: object) -> subprocess.Popen[str]:
    """Run a writer until it is done; one that waits is still there then."""
    process = start(script, *words)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "done", process.communicate()
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def has(folder: Path, steps: list[int]) -> bool:
    """Say whether a run holds exactly what writers told at these steps."""
    series = read_history(folder).series
    if "train/total_loss" not in series or "val/acc" not in series:
        return False
    losses, accuracies = series["train/total_loss"], series["val/acc"]
    return (
        losses.step.tolist() == accuracies.step.tolist() == steps
        and np.allclose(losses.value, [loss(step) for step in steps], 1e-6, 0, equal_nan=True)
        and np.allclose(accuracies.value, np.array(steps) / 100, 1e-6, 0)
    )


def stop(folder: Path) -> None:
    request_stop(folder)
    eventually(lambda: read_status(folder).state == "stopped")


def test_lines_of_a_writer_that_dies_in_a_record_and_of_the_next(tmp_path: Path, start: Start):
    path = tmp_path / "log.jsonl"
    folder = followed(path)
    assert read_meta(folder).tags == ("followed",)
    kill(run_writer(start, LINES, "json", path, 0, 60, "half, wait"))
    eventually(lambda: has(folder, list(range(60))))
    run_writer(start, LINES, "json", path, 60, 120, "end")
    eventually(lambda: has(folder, list(range(120))))
    eventually(lambda: read_status(folder).step == 119)
    row = next(row for row in list_runs() if row.folder == folder)
    assert (row.state, row.step, row.experiment) == ("running", 119, "json_rows")
    stop(folder)
    assert has(folder, list(range(120)))


def test_event_files_of_a_writer_that_dies_in_a_record_and_of_the_next(
    tmp_path: Path, start: Start
):
    logs = tmp_path / "logs"
    logs.mkdir()
    first = logs / "events.out.tfevents.1"
    first.touch()
    folder = followed(logs)
    kill(run_writer(start, EVENTS, first, 0, 60, "half, wait"))
    eventually(lambda: has(folder, list(range(60))))
    run_writer(start, EVENTS, logs / "events.out.tfevents.2", 50, 120, "end")
    eventually(lambda: has(folder, list(range(120))))
    # Who follows dies too: what it had survives, and another one reads everything again.
    signal_stop(folder, force=True)
    eventually(lambda: read_status(folder).state == "killed")
    assert has(folder, list(range(120)))
    launch(folder, resume=True)
    run_writer(start, EVENTS, logs / "events.out.tfevents.2", 120, 140, "end")
    eventually(lambda: has(folder, list(range(140))))
    stop(folder)


def test_a_table_that_is_rotated_then_cut_then_replaced(tmp_path: Path, start: Start):
    path = tmp_path / "metrics.csv"
    folder = followed(path)
    run_writer(start, LINES, "table", path, 0, 40, "end")
    path.rename(tmp_path / "metrics.csv.1")
    run_writer(start, LINES, "table", path, 40, 80, "end")
    eventually(lambda: has(folder, list(range(80))))
    run_writer(start, LINES, "table", path, 0, 30, "anew")
    eventually(lambda: has(folder, list(range(30))))
    other = tmp_path / "other.csv"
    run_writer(start, LINES, "table", other, 0, 20, "anew")
    other.replace(path)
    eventually(lambda: has(folder, list(range(20))))
    history = read_history(folder)
    assert sum("from its beginning again" in note.text for note in history.notes) == 3
    stop(folder)


def test_the_same_is_not_followed_twice(tmp_path: Path):
    path = tmp_path / "log.csv"
    followed(path)
    with pytest.raises(UnavailableError, match="already"):
        begin_following(path)


def test_what_is_no_such_log_ends_the_run_with_the_reason(tmp_path: Path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"x" * 10_000_001)
    folder = begin_following(path)
    assert main(["run", str(folder)]) == 2
    status = read_status(folder)
    assert status.state == "failed"
    assert "lines of at most 10 MB" in status.message


SCRIPT = """
import sys, time
from core.runs import Run
with Run.start("elsewhere") as run:
    print(run.folder, flush=True)
    step = 0
    while not run.is_stop_requested:
        run.measure(step, terms={"a": 1.0 + step})
        step += 1
        time.sleep(0.005)
    run.end("stopped", "on request")
"""


def test_a_run_on_a_shared_disk_is_read_in_place(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
):
    shared = tmp_path / "shared"
    process = start(SCRIPT, env=os.environ | {"LOSSOSCOPE_HOME": str(shared)})
    assert process.stdout is not None
    real = Path(process.stdout.readline().strip())
    assert main(["follow", str(real)]) == 0
    assert str(real) in capsys.readouterr().out
    link = runs_home() / real.name
    assert begin_following(real) == link  # twice is once
    assert find_run(real.name) == link
    row = next(row for row in list_runs() if row.folder == link)
    assert (row.state, row.name) == ("running", "elsewhere")
    eventually(lambda: len(read_history(link).series["train/a/raw"]) > 20)
    assert main(["stop", real.name]) == 0
    eventually(lambda: read_status(link).state == "stopped")
    process.communicate(timeout=60)
    series = read_history(link).series["train/a/raw"]
    assert series.value.tolist() == (series.step + 1.0).tolist()
    assert main(["resume", real.name]) == 2
    assert "a run of this machine" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["~nobody-of-that-name/log.csv", "a" * 5_000 + ".csv"])
def test_a_path_that_nothing_can_have_is_refused_in_words(path: str):
    with pytest.raises(InputError, match="none of that name"):
        begin_following(Path(path))
