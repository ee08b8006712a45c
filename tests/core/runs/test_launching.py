"""Starting, stopping and deleting runs, with real processes."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from core.errors import InputError, UnavailableError
from core.runs import launching
from core.runs.files import LAUNCH
from core.runs.folder import new_run, runs_home
from core.runs.launching import (
    clear_stop,
    delete_run,
    launch,
    request_stop,
    signal_stop,
    stop_requested,
)
from core.runs.processes import this_process
from core.runs.reader import tail_log
from core.runs.status import Status, read_status, write_status
from core.runs.writer import RunWriter
from tests.core.runs.stories import eventually, record, story

# Instead of the trainer: writes a step every 20 ms until it is asked to stop.
TRAINER = """
import os, sys, time
from pathlib import Path
from core.events import Measured, RunEnded, RunStarted
from core.runs.launching import stop_requested
from core.runs.writer import RunWriter
folder = Path(sys.argv[1])
print("in", os.getcwd(), "session", os.getsid(0) == os.getpid(), flush=True)
with RunWriter(folder) as writer:
    writer.write(RunStarted(0, time.time(), "toy"))
    step = 0
    while not stop_requested(folder):
        writer.write(Measured(step, time.time(), {"train/a": 1.0}))
        time.sleep(0.02)
        step += 1
    writer.write(RunEnded(step, time.time(), "stopped"))
"""


@pytest.fixture
def trainer(monkeypatch):
    monkeypatch.setattr(launching, "COMMAND", ("-c", TRAINER))


@pytest.fixture
def launched(run, trainer):
    launch(run)
    yield run
    signal_stop(run, force=True)


def is_running(run) -> bool:
    return read_status(run).state == "running"


def test_a_launched_run_is_queued_at_once_then_runs_in_a_session_of_its_own(launched, root):
    assert read_status(launched).state in {"queued", "running"}
    assert read_status(launched).pid > 0
    eventually(lambda: is_running(launched))
    assert tail_log(launched) == f"in {root} session True"


def test_stop_by_request_and_resume(launched):
    eventually(lambda: is_running(launched) and read_status(launched).step > 0)
    request_stop(launched)
    assert read_status(launched).state in {"stopping", "stopped"}
    eventually(lambda: read_status(launched).state == "stopped")
    assert not stop_requested(launched)
    with pytest.raises(InputError, match="Resume it"):
        launch(launched)
    request_stop(launched)  # left over from before: it does not stop the next start
    launch(launched, resume=True)
    eventually(lambda: is_running(launched))
    assert len(tail_log(launched).splitlines()) == 2


def test_a_run_in_hand_is_neither_launched_nor_deleted(launched):
    for action in (launch, delete_run):
        with pytest.raises(UnavailableError, match="in hand"):
            action(launched)
    assert launched.is_dir()


@pytest.mark.parametrize("force", [False, True])
def test_stop_by_signal(launched, force):
    eventually(lambda: is_running(launched))
    assert signal_stop(launched, force=force)
    eventually(lambda: read_status(launched).state == "killed")
    assert "gone without a word" in read_status(launched).message
    assert not signal_stop(launched, force=force)
    assert delete_run(launched) > 0


def test_of_several_who_launch_at_once_one_does(run, trainer):
    def attempt(_: int) -> int | None:
        try:
            return launch(run)
        except UnavailableError:
            return None

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(attempt, range(4)))
    try:
        assert done.count(None) == 3
    finally:
        signal_stop(run, force=True)


def test_a_process_that_ends_before_it_says_anything_is_seen(run, monkeypatch):
    monkeypatch.setattr(launching, "COMMAND", ("-c", "raise SystemExit('no module')"))
    launch(run)
    eventually(lambda: read_status(run).state == "killed")
    assert tail_log(run) == "no module"
    assert (run / LAUNCH).is_file()


def test_a_resumed_run_whose_process_dies_at_once_does_not_look_finished(finished, monkeypatch):
    monkeypatch.setattr(launching, "COMMAND", ("-c", "pass"))
    launch(finished, resume=True)
    eventually(lambda: read_status(finished).state == "killed")


def test_a_broken_folder_is_not_launched(run):
    (run / "meta.json").unlink()
    with pytest.raises(InputError, match=r"meta\.json"):
        launch(run)


def test_a_request_is_taken_back(run):
    request_stop(run)
    assert stop_requested(run)
    clear_stop(run)
    clear_stop(run)
    assert not stop_requested(run)


def test_a_run_of_another_host_gets_no_signal(run):
    mark = {"pid": os.getpid(), "host": "elsewhere", "heartbeat_s": time.time()}
    write_status(run, Status("running", **mark))
    with pytest.raises(UnavailableError, match="elsewhere"):
        signal_stop(run, force=True)


def test_deleting_frees_what_it_says(finished):
    (finished / "checkpoints" / "x").write_bytes(b"0" * 12_345)
    du = sum(path.stat().st_size for path in finished.rglob("*") if path.is_file())
    assert delete_run(finished) == du > 12_345
    assert not finished.exists()
    assert list(runs_home().iterdir()) == []


def test_a_damaged_run_can_be_deleted(run):
    (run / "status.json").write_bytes(b"{")
    delete_run(run)
    assert not run.exists()


def test_a_writer_without_a_status_is_not_deleted(run):
    with RunWriter(run):
        (run / "status.json").unlink()
        with pytest.raises(UnavailableError, match="in the hands of"):
            delete_run(run)
        write_status(run, Status("finished"))
    assert run.is_dir()


def test_nothing_outside_of_the_runs_is_deleted(tmp_path, finished):
    outside = record(new_run("toy", {}, folder=tmp_path / "mine"), story())
    link = runs_home() / "link"
    link.symlink_to(outside)
    for folder in (outside, link, runs_home(), finished / "arrays", runs_home() / ".." / "runs",
                   runs_home() / "none"):  # fmt: skip
        with pytest.raises(InputError, match="run folder in"):
            delete_run(folder)
    assert (outside / "config.json").is_file()
    assert finished.is_dir()


def test_launching_and_listing_need_no_torch(root):
    names = "files folder status reader writer index launching queue"
    imports = "; ".join(f"import core.runs.{name}" for name in names.split())
    check = f"{imports}; import sys; assert 'torch' not in sys.modules"
    command = [launching.sys.executable, "-c", check]
    assert subprocess.run(command, cwd=root, check=False).returncode == 0


def test_a_request_that_cannot_be_taken_back_is_said_in_words(run):
    (run / "stop").mkdir()
    with pytest.raises(UnavailableError, match="cannot be written"):
        launch(run)


@pytest.mark.parametrize(
    ("error", "outcome"), [(psutil.NoSuchProcess(1), False), (psutil.AccessDenied(1), None)]
)
def test_a_process_that_ends_or_belongs_to_another_takes_no_signal(
    run, monkeypatch, error, outcome
):
    mark = this_process()
    write_status(run, Status("running", pid=mark.pid, host=mark.host,
                             process_start_s=mark.start_s, heartbeat_s=time.time()))  # fmt: skip

    def refuse(_process):
        raise error

    monkeypatch.setattr(psutil.Process, "terminate", refuse)
    if outcome is None:
        with pytest.raises(UnavailableError, match="another user"):
            signal_stop(run)
    else:
        assert signal_stop(run) is outcome
