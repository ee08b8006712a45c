"""The queue: one run at a time per device and host, without a process that keeps it.

Each process that waits looks after itself: it lays down a ticket, removes tickets whose process is
gone, and when its own is the first it takes the lock of the device. The operating system frees the
lock when a process dies, however it dies.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from filelock import FileLock, Timeout

from core.errors import InputError
from core.home import home_folder
from core.runs.files import cannot_write, read_json, write_atomically
from core.runs.launching import clear_stop, stop_requested
from core.runs.locks import TURN_LOCK, WRITER_LOCK, only_one
from core.runs.processes import ProcessMark, host_name, is_alive, this_process
from core.runs.status import AFTER_OTHERS, Status, read_written_status, write_status

POLL_S: Final = 0.2
HEARTBEAT_S: Final = 1.0
NOT_BEGUN: Final = "Not begun: a run that was started with it was stopped or refused."


@dataclass(frozen=True)
class Ticket:
    """A place in the queue of a device.

    Args:
        path: Its file; names sort by the start of their processes.
        run: Folder of the run.
        process: The one that waits or runs.
    """

    path: Path
    run: str
    process: ProcessMark


@contextmanager
def turn(
    device_name: str, folder: Path, *, should_stop: Callable[[], bool] | None = None
) -> Iterator[bool]:
    """Wait until the device is free, then hold it; the status tells the place in the queue.

    Args:
        device_name: As in "cpu" or "cuda:0"; each has a queue of its own on each host.
        folder: Of the run.
        should_stop: Asked while waiting; where None, whether the folder holds a request to stop.

    Yields:
        True with the device in hand; False where the wait was ended by a request to stop: the
        status says "stopped" then, and nothing is to be run.

    Raises:
        UnavailableError: Another process has the run in hand, or a folder cannot be written.
    """
    asked = should_stop or (lambda: stop_requested(folder))
    with ExitStack() as held:
        held.enter_context(only_one(folder, TURN_LOCK))
        with only_one(folder, WRITER_LOCK):
            pass  # nobody writes who never asked for a turn: an import, for one
        ticket = _draw_ticket(device_name, folder)
        held.callback(ticket.path.unlink, missing_ok=True)
        lock = FileLock(home_folder("queue") / f"{_queue_name(device_name)}.lock",
                        thread_local=False)  # fmt: skip
        got = _wait(ticket, device_name, folder, lock, asked)
        if got:
            held.callback(lock.release)
        yield got


def reserve(folder: Path) -> None:
    """Say that this process takes up a run after others; until then nobody else may.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    _write(folder, replace(_last(folder), state="queued", message=AFTER_OTHERS), this_process())


def set_aside(folder: Path) -> None:
    """Say that this process will not take up a run after all; it may be resumed.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    _write(folder, replace(_last(folder), state="stopped", message=NOT_BEGUN), this_process())


def waiting(device_name: str) -> tuple[Ticket, ...]:
    """List the living tickets of a device of this host, the one in hand first; remove dead ones."""
    living: list[Ticket] = []
    for path in sorted((home_folder("queue") / _queue_name(device_name)).glob("*.json")):
        ticket = _read_ticket(path)
        if ticket is None or is_alive(ticket.process) is False:
            path.unlink(missing_ok=True)
        else:
            living.append(ticket)
    return tuple(living)


def _wait(
    ticket: Ticket, device_name: str, folder: Path, lock: FileLock, asked: Callable[[], bool]
) -> bool:
    """Wait for the lock in the order of the tickets; False where asked to stop before."""
    told, told_s = -1, 0.0
    while True:
        if asked():
            clear_stop(folder)
            _tell(folder, ticket, device_name, replace(_last(folder), state="stopped", ahead=0,
                  message="Stopped while it waited in the queue."))  # fmt: skip
            return False
        paths = [other.path for other in waiting(device_name)]
        ahead = paths.index(ticket.path) if ticket.path in paths else 0
        if ahead == 0 and _take(lock, folder):
            return True
        now = time.monotonic()
        if ahead != told or now - told_s >= HEARTBEAT_S:
            _tell(folder, ticket, device_name, replace(
                _last(folder), state="queued", ahead=ahead, message=_place(ahead, device_name)
            ))  # fmt: skip
            told, told_s = ahead, now
        time.sleep(POLL_S)


def _place(ahead: int, device_name: str) -> str:
    if not ahead:
        return f"Waits for {device_name}."
    return f"{ahead} {'run' if ahead == 1 else 'runs'} before it on {device_name}."


def _last(folder: Path) -> Status:
    try:
        return read_written_status(folder)
    except InputError:
        return Status("queued")


def _tell(folder: Path, ticket: Ticket, device_name: str, status: Status) -> None:
    _write(folder, replace(status, device=device_name), ticket.process)


def _write(folder: Path, status: Status, mark: ProcessMark) -> None:
    write_status(folder, replace(
        status, pid=mark.pid, host=mark.host, process_start_s=mark.start_s,
        heartbeat_s=time.time(),
    ))  # fmt: skip


def _take(lock: FileLock, folder: Path) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    except OSError as error:
        raise cannot_write(folder, error) from error
    return True


def _queue_name(device_name: str) -> str:
    return quote(f"{host_name()}-{device_name}", safe="")


def _draw_ticket(device_name: str, folder: Path) -> Ticket:
    mark = this_process()
    place = home_folder("queue", _queue_name(device_name))
    # Who was started first goes first, however long its imports take.
    started_ns = int(mark.start_s * 1e9)
    path = place / f"{started_ns:020d}-{time.time_ns():020d}-{secrets.token_hex(3)}.json"
    write_atomically(path, json.dumps({"run": str(folder), **asdict(mark)}).encode())
    return Ticket(path, str(folder), mark)


def _read_ticket(path: Path) -> Ticket | None:
    try:
        told = read_json(path)
        mark = ProcessMark(int(told["pid"]), float(told["start_s"]), str(told["host"]))
        return Ticket(path, str(told["run"]), mark)
    except (InputError, KeyError, TypeError, ValueError):
        return None
