"""How a script ends that writes a run: by itself, by an error, or by who interrupts it."""

import atexit
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.errors import CoreError
from core.events import Outcome
from core.runs.files import LOG


def at_script_end(call: Callable[[BaseException | None], None]) -> Callable[[], None]:
    """Have something called when the interpreter ends, with the error that ended it, if any.

    Is not called in processes that were forked from this one, nor where it is killed.

    Returns:
        Takes it back.
    """
    pid, before = os.getpid(), _last_error()

    def leave() -> None:
        if os.getpid() == pid:
            error = _last_error()
            call(None if error is before else error)

    atexit.register(leave)
    return lambda: atexit.unregister(leave)


def _last_error() -> BaseException | None:
    """Give the error that nobody caught: Python keeps it where one ends a script."""
    return getattr(sys, "last_value", None)


def outcome_of(error: BaseException, folder: Path) -> tuple[Outcome, str]:
    """Say how a run ends by an error, and why in words; log.txt gets the traceback.

    Args:
        error: What ended it.
        folder: Of the run.
    """
    if not isinstance(error, Exception):
        return "stopped", "Interrupted."
    with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    is_told = isinstance(error, CoreError)
    return "failed", str(error) if is_told else f"{type(error).__name__}: {error}"
