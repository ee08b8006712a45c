"""Exclusive hold on a run folder: one writer, one that waits for its turn, one that launches."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.errors import InputError, UnavailableError
from core.runs.files import cannot_write
from core.runs.status import read_written_status

WRITER_LOCK: Final = ".writer.lock"
TURN_LOCK: Final = ".turn.lock"
LAUNCH_LOCK: Final = ".launch.lock"
# A process that was killed looks dead a moment before it has let go of its files.
PATIENCE_S: Final = 1.0


@contextmanager
def only_one(folder: Path, lock_name: str) -> Iterator[None]:
    """Hold one of the locks of a run folder; the operating system frees it when a process dies.

    Args:
        folder: Of the run.
        lock_name: WRITER_LOCK, TURN_LOCK or LAUNCH_LOCK.

    Raises:
        UnavailableError: Another holds it (named), or the folder cannot be written.
    """
    lock = FileLock(folder / lock_name, thread_local=False)
    try:
        lock.acquire(timeout=PATIENCE_S)
    except Timeout as error:
        raise UnavailableError(
            f"The run {folder.name} is in the hands of {_holder(folder)}. "
            "Stop that one first, or start a new run."
        ) from error
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    try:
        status = read_written_status(folder)
    except InputError:
        return "another process"
    return f"process {status.pid} on {status.host}" if status.pid else "another process"
