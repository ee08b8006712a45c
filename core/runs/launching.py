"""Starting a run as a process of its own, stopping it, and deleting its folder."""

import json
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

import psutil

from core.errors import InputError, UnavailableError
from core.runs.files import LAUNCH, LOG, STOP, cannot_write, write_atomically
from core.runs.folder import folder_bytes, runs_home
from core.runs.locks import LAUNCH_LOCK, TURN_LOCK, WRITER_LOCK, only_one
from core.runs.processes import host_name, living, mark_process
from core.runs.status import AFTER_OTHERS, Status, read_status

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = ("-m", "core", "run")


def launch(folder: Path, *, resume: bool = False) -> int:
    """Start the process of a run and return at once; it outlives the caller.

    It runs `python -m core run <folder>`, which waits in the queue by itself; what it prints is
    appended to log.txt.

    Args:
        folder: Made by `new_run`.
        resume: Needed for a run that was started before.

    Returns:
        Number of the process.

    Raises:
        InputError: The folder is broken, or was started before and `resume` is False.
        UnavailableError: A process has the run in hand, or the folder cannot be written.
    """
    _check_launch(folder, read_status(folder), resume=resume)
    with only_one(folder, LAUNCH_LOCK):
        # Again, for somebody may have launched it in this moment.
        _check_launch(folder, read_status(folder), resume=resume)
        clear_stop(folder)
        return _begin(folder)


def _begin(folder: Path) -> int:
    command = [sys.executable, *COMMAND, str(folder.resolve())]
    started_s = time.time()  # before the process can say anything itself
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise cannot_write(folder, error) from error
    mark = asdict(mark_process(process.pid)) | {"time_s": started_s}
    # Without somebody who waits, a process that ended would stay as a zombie of this one.
    threading.Thread(target=process.wait, daemon=True).start()
    write_atomically(folder / LAUNCH, json.dumps(mark).encode())
    return process.pid


def _check_launch(folder: Path, status: Status, *, resume: bool) -> None:
    if status.state == "broken":
        raise InputError(f"run {folder.name}", expected="a whole run folder", came=status.message,
                         do="Delete it and start a new run")  # fmt: skip
    if status.is_active and status.pid:
        raise UnavailableError(
            f"The run {folder.name} is {status.state}: process {status.pid} on {status.host} has "
            "it in hand. Stop that one first."
        )
    if not resume and (status.step or status.state in ("finished", "diverged")):
        raise InputError(f"run {folder.name}", expected="a run that was never started",
                         came=f"one that is {status.state} at step {status.step}",
                         do="Resume it, or start a new run")  # fmt: skip


def request_stop(folder: Path) -> None:
    """Ask a run to stop after its next step; it writes a checkpoint first.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    try:
        (folder / STOP).touch()
    except OSError as error:
        raise cannot_write(folder, error) from error


def stop_requested(folder: Path) -> bool:
    """Say whether a run was asked to stop."""
    return (folder / STOP).exists()


def clear_stop(folder: Path) -> None:
    """Take back a request to stop, before a run is resumed.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    try:
        (folder / STOP).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def signal_stop(folder: Path, *, force: bool = False) -> bool:
    """Send the process of a run the signal to stop, where a request was not answered.

    Args:
        folder: Of the run.
        force: End it at once (SIGKILL); what was not flushed, and every step since the last
            checkpoint, is lost.

    Returns:
        Whether there was a process to send it to.

    Raises:
        UnavailableError: It runs on another host, or belongs to another user.
    """
    status = read_status(folder)
    if status.host not in ("", host_name()):
        raise UnavailableError(
            f"The run {folder.name} is in the hands of process {status.pid} on {status.host}. "
            "Send the signal there."
        )
    process = living(status.process)
    if process is None or status.message == AFTER_OTHERS:
        return False  # a signal would end the run that is trained before this one
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return False  # it ended in this moment
    except psutil.AccessDenied as error:
        raise UnavailableError(
            f"The process {status.pid} of the run {folder.name} belongs to another user. "
            "Ask them to stop it."
        ) from error
    return True


def delete_run(folder: Path) -> int:
    """Delete the folder of a run with everything in it.

    Returns:
        Bytes freed.

    Raises:
        InputError: The folder is not a run of this machine (`runs_home()`): a sample, for one.
        UnavailableError: A process has it in hand, or it cannot be deleted.
    """
    place = runs_home().resolve()
    inside = folder.resolve().parent == place and not folder.is_symlink()
    if not inside or not folder.is_dir() or folder.name.startswith("."):
        raise InputError(f"run {folder.name}", expected=f"a run folder in {place}",
                         came=str(folder), do="Only such folders are deleted")  # fmt: skip
    status = read_status(folder)
    if status.is_active and status.pid:
        raise UnavailableError(
            f"The run {folder.name} is {status.state}: process {status.pid} on {status.host} has "
            "it in hand. Stop it first, then delete it."
        )
    with ExitStack() as held:
        held.enter_context(only_one(folder, TURN_LOCK))
        held.enter_context(only_one(folder, WRITER_LOCK))
        size_bytes = folder_bytes(folder)
        # Out of sight in one move: nobody lists a run that is half gone.
        hidden = folder.with_name(f".{folder.name}.deleted")
        try:
            folder.rename(hidden)
            shutil.rmtree(hidden)
        except OSError as error:
            raise cannot_write(folder, error) from error
    return size_bytes
