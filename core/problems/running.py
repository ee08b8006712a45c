"""The process of a run: it waits for its device, trains, and writes everything to the run folder.

Nothing heavy is imported before the wait is over: a queue of runs costs little memory.
"""

import platform
import shutil
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from core.errors import CoreError
from core.events import Event, Outcome, RunEnded
from core.runs.files import LOG
from core.runs.folder import RunConfig, read_config
from core.runs.launching import stop_requested
from core.runs.queue import turn
from core.runs.signals import signals_noted
from core.runs.status import read_written_status, write_status
from core.runs.writer import RunWriter

PREPARING = "Preparing data and model; data that are made are kept for the next time."


def run_folder(folder: Path, *, tell: Callable[[Event], None] = lambda _: None) -> Outcome:
    """Train what a run folder asks for, or go on with it, and write all events there.

    The first SIGTERM or SIGINT stops after the next step, with a checkpoint, as a request to stop
    does. Every failure ends in the state "failed" with a message, which is in log.txt too.

    Args:
        folder: Made by `new_run`.
        tell: Called with each event after it is written.

    Returns:
        How the run ended.

    Raises:
        InputError: The folder lacks its configuration.
        UnavailableError: Another process has the run in hand.
    """
    asked = read_config(folder)
    device = queue_device(str(asked.config.get("device", "auto")))
    with signals_noted() as was_signalled:

        def should_stop() -> bool:
            return was_signalled() or stop_requested(folder)

        with turn(device, folder, should_stop=should_stop) as is_mine:
            if not is_mine:
                return "stopped"
            return _train(folder, asked, device, should_stop, tell)


def queue_device(name: str) -> str:
    """Name the queue of a device of a configuration, without importing torch.

    A guess for "auto": it only decides which runs wait for each other.

    Example:
        >>> queue_device("cpu")
        'cpu'
    """
    if name != "auto":
        return name
    if Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi"):
        return "cuda"
    is_apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return "mps" if is_apple else "cpu"


def _train(
    folder: Path,
    asked: RunConfig,
    device: str,
    should_stop: Callable[[], bool],
    tell: Callable[[Event], None],
) -> Outcome:
    outcome: Outcome = "failed"
    try:
        from core.problems.training_run import training_events  # noqa: PLC0415 - brings torch

        with RunWriter(folder, device=device) as writer:
            writer.say(PREPARING)
            step = read_written_status(folder).step  # what fails at once has not lost a step
            try:
                for event in training_events(folder, asked, should_stop, writer.flush):
                    writer.write(event)
                    tell(event)
                    step = event.step
                    outcome = event.outcome if isinstance(event, RunEnded) else outcome
            except Exception as error:
                ended = RunEnded(step, time.time(), "failed", _words(error))
                writer.write(ended)
                tell(ended)
                raise
    except Exception as error:  # whatever it is, it is a state of the run
        _note_failure(folder, error)
        return "failed"
    return outcome


def _note_failure(folder: Path, error: Exception) -> None:
    """Leave the reason in the log and, where nobody could write it, in the status.

    Of what nobody foresaw the log gets the traceback.
    """
    with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as log:
        if isinstance(error, CoreError):
            log.write(f"{error}\n")
        else:
            traceback.print_exception(error, file=log)
    with suppress(CoreError):
        status = read_written_status(folder)
        if status.is_active:
            write_status(folder, replace(status, state="failed", message=_words(error)))


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, CoreError) else f"{type(error).__name__}: {error}"
