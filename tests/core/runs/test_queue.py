"""One run at a time per device: with real processes that wait, stop and die."""

import time
from pathlib import Path

import pytest

from core.errors import UnavailableError
from core.home import home_folder
from core.runs.folder import new_run
from core.runs.launching import request_stop
from core.runs.queue import turn, waiting
from core.runs.status import read_status
from core.runs.writer import RunWriter
from tests.core.runs.stories import eventually

# Takes its turn, appends its name to a file, and keeps the device until a line comes in.
WAITER = """
import sys
from pathlib import Path
from core.runs.queue import turn
device, folder, log = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
with turn(device, folder) as mine:
    if mine:
        with log.open("a") as file:
            file.write(folder.name + "\\n")
        input()
print("torch" in sys.modules, mine)
"""


@pytest.fixture
def wait(start, tmp_path):
    """Start a waiter and give its process and folder, once it stands in the queue."""
    log = tmp_path / "log"
    log.touch()

    def begin(name: str, device: str = "cpu"):
        folder = new_run("toy", {}, folder=home_folder("runs") / name)
        before = len(waiting(device))
        process = start(WAITER, device, folder, log)
        eventually(lambda: len(waiting(device)) > before)
        return process, folder

    begin.log = log
    return begin


def order(wait) -> list[str]:
    return wait.log.read_text().split()


def done(process) -> str:
    return process.communicate("\n", timeout=30)[0].strip()


def test_turns_come_in_order_and_the_status_says_the_place(wait):
    runs = [wait(name) for name in ("a", "b", "c")]
    eventually(lambda: order(wait) == ["a"])
    eventually(lambda: read_status(runs[2][1]).ahead == 2)
    status = read_status(runs[2][1])
    assert (status.state, status.pid) == ("queued", runs[2][0].pid)
    assert status.message == "2 runs before it on cpu."
    assert [Path(ticket.run).name for ticket in waiting("cpu")] == ["a", "b", "c"]
    assert done(runs[0][0]) == "False True"
    eventually(lambda: order(wait) == ["a", "b"])
    eventually(lambda: read_status(runs[2][1]).message == "1 run before it on cpu.")
    done(runs[1][0])
    eventually(lambda: order(wait) == ["a", "b", "c"])
    done(runs[2][0])
    assert waiting("cpu") == ()


def test_who_is_killed_while_it_waits_or_runs_holds_nobody_up(wait):
    first, second, third = (wait(name) for name in ("a", "b", "c"))
    eventually(lambda: order(wait) == ["a"])
    second[0].kill()
    second[0].wait()
    eventually(lambda: read_status(second[1]).state == "killed")
    eventually(lambda: read_status(third[1]).ahead == 1)
    first[0].kill()
    first[0].wait()
    eventually(lambda: order(wait) == ["a", "c"])
    done(third[0])


def test_a_request_to_stop_ends_the_wait(wait):
    first, second = wait("a"), wait("b")
    eventually(lambda: order(wait) == ["a"])
    request_stop(second[1])
    assert done(second[0]) == "False False"
    assert read_status(second[1]).state == "stopped"
    assert len(waiting("cpu")) == 1
    done(first[0])
    assert order(wait) == ["a"]


def test_each_device_has_a_queue_of_its_own(wait):
    first, second = wait("a", "cpu"), wait("b", "cuda:0")
    eventually(lambda: sorted(order(wait)) == ["a", "b"])
    done(first[0])
    done(second[0])


def test_two_processes_on_one_folder_are_refused_and_the_first_keeps_its_status(wait):
    process, folder = wait("a")
    eventually(lambda: order(wait) == ["a"])
    before = read_status(folder)
    with pytest.raises(UnavailableError, match="in the hands of"), turn("cpu", folder):
        pass
    assert read_status(folder) == before
    done(process)


def test_a_folder_that_is_being_written_gets_no_turn(run):
    with RunWriter(run), pytest.raises(UnavailableError, match="in the hands of"):
        turn("cpu", run).__enter__()
    assert waiting("cpu") == ()


def test_the_turn_ends_with_an_exception_too(run):

    def fail() -> None:
        with turn("cpu", run) as mine:
            assert mine
            assert len(waiting("cpu")) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert waiting("cpu") == ()
    with turn("cpu", run) as mine:
        assert mine


def test_rubbish_in_the_queue_is_swept(run):
    place = home_folder("queue")
    with turn("cpu", run):
        folder = next(path for path in place.iterdir() if path.is_dir())
    (folder / "0000.json").write_text("{")
    (folder / "0001.json").write_text('{"pid": 1}')
    start_s = time.monotonic()
    with turn("cpu", run) as mine:
        assert mine
    assert time.monotonic() - start_s < 30
    assert list(folder.iterdir()) == []


def test_a_signal_may_end_the_wait_too(wait, run):
    process, _ = wait("a")
    eventually(lambda: order(wait) == ["a"])
    with turn("cpu", run, should_stop=lambda: True) as mine:
        assert not mine
    done(process)
