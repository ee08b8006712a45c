"""Commands that train, or follow what another trainer writes, in this process."""

import argparse
import sys
from pathlib import Path
from typing import Final

from core.command_line.saying import say, say_rare
from core.command_line.words import PROGRAM, Parser
from core.errors import InputError
from core.events import Outcome
from core.follow.running import begin_following, follow_run, is_following
from core.runs.elsewhere import is_elsewhere
from core.runs.folder import find_run, is_sample
from core.runs.launching import clear_stop
from core.runs.queue import reserve, set_aside
from core.runs.status import RESUMABLE, read_status, read_written_status

OK: Final = 0
EXIT: Final[dict[Outcome, int]] = {"finished": OK, "stopped": OK, "diverged": 1, "failed": 2}


def train(words: list[str]) -> int:
    """Make one run, or a solo run for each term, and train one after the other."""
    from core.problems.command_words import runs_of_words  # noqa: PLC0415 - brings torch

    left = list(runs_of_words(words, Parser(prog=f"{PROGRAM} train")))
    for folder in left[1:]:
        reserve(folder)
    worst = OK
    try:
        while left:
            outcome = _work(left.pop(0))
            worst = max(worst, EXIT[outcome])
            if outcome == "stopped":
                break  # who stops one of several does not want the next to begin
    finally:
        for folder in left:
            set_aside(folder)
    return worst


def run(asked: argparse.Namespace) -> int:
    """Train what a folder asks for."""
    return EXIT[_work(_own(Path(asked.run)))]


def _own(folder: Path) -> Path:
    if is_elsewhere(folder):
        raise InputError(folder.name, expected="a run of this machine",
                         came=f"one that lies in {folder.resolve()}", do="Go on with it there"
                         )  # fmt: skip
    if is_sample(folder):
        raise InputError(folder.name, expected="a run of yours", came="a sample",
                         do="Start a run of your own")  # fmt: skip
    return folder


def resume(asked: argparse.Namespace) -> int:
    """Go on with a run."""
    folder = _own(find_run(asked.run))
    status = read_status(folder)
    if not (status.is_active or status.state in RESUMABLE):
        raise InputError(f"run {folder.name}", expected="one that was stopped or killed, or failed",
                         came=f"one that is {status.state}. {status.message}".rstrip(" ."),
                         do="Start a new run")  # fmt: skip
    if not (status.is_active and status.pid):
        clear_stop(folder)
    return EXIT[_work(folder)]


def follow(asked: argparse.Namespace) -> int:
    """Follow what another trainer writes; a run folder on a shared disk is only listed."""
    folder = begin_following(Path(asked.path), name=asked.name)
    if is_following(folder):
        return EXIT[_work(folder)]
    say(f"{folder.name} is listed, and read where it lies: {folder.resolve()}")
    return OK


def _work(folder: Path) -> Outcome:
    """Train with a line an evaluation, or follow another trainer, in this process."""
    say(f"{folder.name}: {folder}")
    if is_following(folder):
        outcome = follow_run(folder, tell=say_rare)
    else:
        # They bring torch, which a follower does not need.
        from core.command_line.teller import Teller  # noqa: PLC0415
        from core.problems.running import run_folder  # noqa: PLC0415

        outcome = run_folder(folder, tell=Teller())
    if outcome == "failed":
        sys.stderr.write(f"{read_written_status(folder).message}\n")
    return outcome
