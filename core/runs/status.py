"""The state of a run: what its process wrote last, and what follows from whether it is alive."""

import json
import os
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final, Literal, get_args

from core.errors import InputError
from core.runs.files import (
    CONFIG,
    LAUNCH,
    MEASUREMENTS,
    NEEDED,
    STATUS,
    STOP,
    cannot_write,
    read_json,
    replace_file,
)
from core.runs.processes import ProcessMark, is_alive

State = Literal[
    "queued", "running", "stopping", "finished", "stopped", "diverged", "failed",
    "killed", "silent", "broken",
]  # fmt: skip
ACTIVE: Final = ("queued", "running", "stopping")
RESUMABLE: Final = ("stopped", "killed", "failed", "silent")
SILENT_AFTER_S: Final = 30.0
UNCLAIMED_AFTER_S: Final = 60.0
# Always this long: on a full disk it can still be overwritten where it lies.
STATUS_BYTES: Final = 4_096
MESSAGE_LETTERS: Final = 600
# Of a queued run whose process trains another one first.
AFTER_OTHERS: Final = "Waits for the runs that were started with it."


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Args:
        state: "killed": its process is gone without a word; "silent": a process of another host
            that has not been heard of for 30 s; "broken": the folder lacks files.
        step: Optimiser steps done.
        total_steps: Planned number; None where unknown.
        device: On which it runs.
        pid: Number of its process; 0 while it has none.
        host: Name of the host of that process.
        process_start_s: When that process began, seconds since 1970.
        heartbeat_s: When this was written, seconds since 1970.
        message: Why, in words; empty where the state says it all.
        steps_per_s: As measured last.
        ahead: Number of runs before it in the queue.
    """

    state: State
    step: int = 0
    total_steps: int | None = None
    device: str = ""
    pid: int = 0
    host: str = ""
    process_start_s: float = 0.0
    heartbeat_s: float = 0.0
    message: str = ""
    steps_per_s: float | None = None
    ahead: int = 0

    @property
    def is_active(self) -> bool:
        """Whether a process has it in hand, or is about to."""
        return self.state in ACTIVE

    @property
    def process(self) -> ProcessMark:
        """The process that wrote it."""
        return ProcessMark(self.pid, self.process_start_s, self.host)


def encode_status(status: Status) -> bytes:
    """Give the content of a status file, padded to its fixed length."""
    short = replace(status, message=status.message[:MESSAGE_LETTERS])
    # Spaces before the closing line end: JSON to every reader.
    return json.dumps(asdict(short)).encode().ljust(STATUS_BYTES - 1) + b"\n"


def write_status(folder: Path, status: Status) -> None:
    """Write the status so that a reader sees the old or the new one.

    Where there is no room for a second file the old one is overwritten in its place, so that even
    a full disk lets a run say that it failed.

    Raises:
        UnavailableError: Neither is possible.
    """
    content = encode_status(status)
    try:
        replace_file(folder / STATUS, content)
    except OSError as error:
        try:
            _overwrite(folder / STATUS, content)
        except OSError:
            raise cannot_write(folder, error) from error


def _overwrite(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def read_status(folder: Path) -> Status:
    """Read where a run stands, as it follows from the folder and from whether its process lives.

    Does not raise for a damaged folder: its state is "broken", and the message says what lacks.
    """
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        whole = "is not there" if not folder.is_dir() else f"lacks {', '.join(missing)}"
        return Status("broken", message=f"The folder {whole}.")
    try:
        status = read_written_status(folder)
        read_json(folder / CONFIG)
    except InputError as error:
        return Status("broken", message=str(error))
    status = _since_launch(folder, status)
    if not status.is_active:
        return _without_measurements(folder, status) or status
    if gone := _what_became(status):
        return gone
    return replace(status, state="stopping") if (folder / STOP).exists() else status


def _without_measurements(folder: Path, status: Status) -> Status | None:
    place = folder / MEASUREMENTS
    if not status.step or (place.is_dir() and any(place.iterdir())):
        return None
    text = f"The folder lacks {MEASUREMENTS}: what was measured up to step {status.step:,} is gone."
    return replace(status, state="broken", message=text)


def read_written_status(folder: Path) -> Status:
    """Read what the run's process wrote last, whether or not it is still true.

    Raises:
        InputError: The file is not there or not readable.
    """
    told = read_json(folder / STATUS)
    known = {field.name for field in fields(Status)}
    try:
        status = Status(**{key: value for key, value in told.items() if key in known})
    except TypeError as error:
        raise _strange(folder) from error
    if status.state not in get_args(State) or not _is_plausible(status):
        raise _strange(folder)
    return status


def _is_plausible(status: Status) -> bool:
    """Say whether every field is of its kind: a strange file must not break who lists runs."""
    whole = (status.step, status.pid, status.ahead)
    numbers = (status.process_start_s, status.heartbeat_s)
    return (
        all(isinstance(value, int) for value in whole)
        and isinstance(status.total_steps, int | None)
        and all(isinstance(value, int | float) for value in numbers)
        and isinstance(status.steps_per_s, int | float | None)
        and all(isinstance(text, str) for text in (status.device, status.host, status.message))
    )


def _strange(folder: Path) -> InputError:
    return InputError(f"run {folder.name}", expected=f"a known state in {STATUS}",
                      came="another content", do="Restore the file, or delete the run")  # fmt: skip


def _since_launch(folder: Path, status: Status) -> Status:
    """Let a launch count that is younger than the status: its process has not spoken yet."""
    try:
        launch = read_json(folder / LAUNCH)
        launched_s, start_s = float(launch["time_s"]), float(launch["start_s"])
        pid, host = int(launch["pid"]), str(launch["host"])
    except (InputError, KeyError, TypeError, ValueError):
        return status
    if launched_s <= status.heartbeat_s:
        return status
    return replace(status, state="queued", pid=pid, host=host, process_start_s=start_s,
                   heartbeat_s=launched_s, message="", ahead=0)  # fmt: skip


def _what_became(status: Status) -> Status | None:
    """Say what became of a run whose process no longer answers; None while it does."""
    age_s = time.time() - status.heartbeat_s
    if not status.pid:
        if age_s < UNCLAIMED_AFTER_S:
            return None
        return replace(status, state="killed", message="No process took it up. Start it again.")
    alive = is_alive(status.process)
    if alive or (alive is None and age_s <= SILENT_AFTER_S):
        return None
    if alive is None:
        text = f"Nothing was heard from process {status.pid} on {status.host} for {age_s:.0f} s."
        return replace(status, state="silent", message=text)
    text = f"Process {status.pid} on {status.host} is gone without a word; log.txt may say why."
    return replace(status, state="killed", message=text)
