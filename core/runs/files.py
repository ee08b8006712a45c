"""The files of a run folder, how they are written whole, and how they are read.

What lies where:

    config.json              experiment, configuration, time of creation; never changed
    meta.json                name, tags, note, group: what a person may edit
    status.json              state, step, heartbeat, process (see `core.runs.status`)
    measurements/000.arrows  an Arrow IPC stream of (step, time, metric, value), one file a start
    events.jsonl             every other event, a line each
    arrays/                  what is not a scalar, an .npz a name and step
    checkpoints/             written and read by training
    log.txt                  standard output and error of the process
    launch.json              the process that was started for the run last
    stop                     there where somebody asked the run to stop

A run folder is the truth about its run; everything else is made from it.
"""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from core.errors import InputError, UnavailableError

CONFIG: Final = "config.json"
META: Final = "meta.json"
STATUS: Final = "status.json"
MEASUREMENTS: Final = "measurements"
EVENTS: Final = "events.jsonl"
ARRAYS: Final = "arrays"
CHECKPOINTS: Final = "checkpoints"
LOG: Final = "log.txt"
STOP: Final = "stop"
LAUNCH: Final = "launch.json"
NEEDED: Final = (CONFIG, META, STATUS)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new content, never a part.

    Raises:
        UnavailableError: The disk is full or cannot be written.
    """
    try:
        replace_file(path, content)
    except OSError as error:
        raise cannot_write(path.parent, error) from error


def replace_file(path: Path, content: bytes) -> None:
    """Do what `write_atomically` does, with the operating system's own errors."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        # On a read-only disk even removing fails; the first error is the one to tell.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def cannot_write(folder: Path, error: OSError) -> UnavailableError:
    """Say in words that a run folder cannot be written."""
    return UnavailableError(
        f"The run folder {folder} cannot be written ({error.strerror or error}). Make room or "
        "make it writable, then resume the run; what was written before is kept."
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object; NaN and Infinity are read as Python writes them.

    Raises:
        InputError: The file is not there or not readable.
    """
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise unreadable(path, "no such file") from error
    except (OSError, ValueError) as error:
        raise unreadable(path, "a file that breaks off or cannot be read") from error
    if not isinstance(told, dict):
        raise unreadable(path, "other content")
    return told


def unreadable(path: Path, came: str) -> InputError:
    """Say in words that a file of a run cannot be read."""
    return InputError(f"run {path.parent.name}", expected=f"its file {path.name}", came=came,
                      do="Restore the file, or delete the run")  # fmt: skip


def require_writable(folder: Path) -> None:
    """Make an output folder and try it, before a training would find out at its end.

    Raises:
        UnavailableError: It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnavailableError(
            f"The output folder {folder} cannot be written ({error.strerror or error}). Choose "
            "another output_dir, or leave it empty: the run folder holds the same files."
        ) from error
