"""The command line: start, stop, resume, list and delete runs, as the pages do.

python -m core train peptide --steps 2000 --name first
python -m core list
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from core.errors import CoreError, InputError
from core.events import (
    Event,
    Measured,
    Noted,
    Outcome,
    Plain,
    RunEnded,
    RunStarted,
    StageChanged,
)
from core.metrics import read_key

if TYPE_CHECKING:
    from core.problems.experiment import Experiment

PROGRAM = "python -m core"
OK, FAILED = 0, 2
EXIT: dict[Outcome, int] = {"finished": OK, "stopped": OK, "diverged": 1, "failed": FAILED}
SHOWN = ("residue_accuracy", "peptide_accuracy", "ppm_error")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0; 1 for a run that diverged; 2 where something was wrong, with one line on stderr.
    """
    # Threads of torch that spin long while they wait stop each other as soon as other processes
    # want the cores; at once asleep they are slow to wake. Read when torch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["train"] and given[1:] not in (["-h"], ["--help"]):
            return _train(given[1:])
        asked = _parser().parse_args(given)
        return asked.command(asked)
    except CoreError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other."""

    def error(self, message: str) -> NoReturn:
        """Refuse the words."""
        raise InputError(
            self.prog, expected="a command as --help shows it", came=message, do="Correct it"
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Start, stop, resume, list and delete runs.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, help_text: str, command: Callable[[Any], int], what: str = "") -> Any:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(command=command)
        if what:
            added.add_argument("run", help=what)
        return added

    what = "its experiment; train <experiment> --help lists the options"
    add("train", "Make a run and train it here.", lambda _: OK, what)
    add("run", "Train what a run folder asks for.", _run, "its folder")
    add("resume", "Go on with a run from its newest checkpoint.", _resume, "its id")
    follow = add("follow", "Follow what somebody else's trainer writes, as a run, until it is "
                 "stopped.", _follow_path)  # fmt: skip
    follow.add_argument("path", help="event files, CSV or lines of JSON; or a run folder")
    follow.add_argument("--name", default="", help="what the run is called in lists")
    bring = add("import", "Bring in the runs of a log of another tool.", _import)
    bring.add_argument("path", help="event files, CSV, JSON, MLflow ...; or their folder")
    bring.add_argument("--run", default="", help="one of its runs; otherwise all")
    bring.add_argument("--name", default="", help="what the run is called in lists")
    add("stop", "Ask a run to stop after its next step.", _stop, "its id")
    add("list", "List all runs.", _list)
    delete = add("delete", "Delete a run with everything in it.", _delete, "its id")
    delete.add_argument(
        "--yes", action="store_true", help="do it; without it only the size is told"
    )
    report = add("report", "Write a draft of a report as one HTML file.", _report)
    report.add_argument("draft", help="name of a draft, or its file")
    report.add_argument("--out", default="", help="the file to write; otherwise after its title")
    add("rebuild", "Rebuild the index of runs from their folders.", _rebuild)
    return parser


def _train(words: list[str]) -> int:
    """Make one run, or a solo run for each term, and train one after the other."""
    from core.problems.command_words import runs_of_words  # noqa: PLC0415 - brings torch
    from core.runs.queue import reserve, set_aside  # noqa: PLC0415

    left = list(runs_of_words(words, _Parser(prog=f"{PROGRAM} train")))
    for folder in left[1:]:
        reserve(folder)
    worst = OK
    try:
        while left:
            outcome = _follow(left.pop(0))
            worst = max(worst, EXIT[outcome])
            if outcome == "stopped":
                break  # who stops one of several does not want the next to begin
    finally:
        for folder in left:
            set_aside(folder)
    return worst


def _run(asked: argparse.Namespace) -> int:
    return EXIT[_follow(_own(Path(asked.run)))]


def _own(folder: Path) -> Path:
    from core.runs.elsewhere import is_elsewhere  # noqa: PLC0415 - see `_train`
    from core.runs.folder import is_sample  # noqa: PLC0415

    if is_elsewhere(folder):
        raise InputError(folder.name, expected="a run of this machine",
                         came=f"one that lies in {folder.resolve()}", do="Go on with it there"
                         )  # fmt: skip
    if is_sample(folder):
        raise InputError(folder.name, expected="a run of yours", came="a sample",
                         do="Start a run of your own")  # fmt: skip
    return folder


def _resume(asked: argparse.Namespace) -> int:
    from core.runs.folder import find_run  # noqa: PLC0415 - see `_train`
    from core.runs.launching import clear_stop  # noqa: PLC0415
    from core.runs.status import RESUMABLE, read_status  # noqa: PLC0415

    folder = _own(find_run(asked.run))
    status = read_status(folder)
    if not (status.is_active or status.state in RESUMABLE):
        raise InputError(f"run {folder.name}", expected="one that was stopped or killed, or failed",
                         came=f"one that is {status.state}. {status.message}".rstrip(" ."),
                         do="Start a new run")  # fmt: skip
    if not (status.is_active and status.pid):
        clear_stop(folder)
    return EXIT[_follow(folder)]


def _follow_path(asked: argparse.Namespace) -> int:
    from core.follow.running import begin_following, is_following  # noqa: PLC0415 - see `_train`

    folder = begin_following(Path(asked.path), name=asked.name)
    if is_following(folder):
        return EXIT[_follow(folder)]
    _say(f"{folder.name} is listed, and read where it lies: {folder.resolve()}")
    return OK


def _import(asked: argparse.Namespace) -> int:
    from core.importers.preview import preview  # noqa: PLC0415 - see `_train`
    from core.importing import import_run  # noqa: PLC0415

    source = Path(asked.path).expanduser()
    runs = (asked.run,) if asked.run else preview(source).runs
    for run in runs:
        folder = import_run(source, run, name=asked.name)
        _say(f"{folder.name}: {run or source.name}")
    return OK


def _follow(folder: Path) -> Outcome:
    """Train with a line an evaluation, or follow another trainer, in this process."""
    from core.follow.running import follow_run, is_following  # noqa: PLC0415 - see `_train`
    from core.problems.running import run_folder  # noqa: PLC0415
    from core.runs.status import read_written_status  # noqa: PLC0415

    _say(f"{folder.name}: {folder}")
    if is_following(folder):
        outcome = follow_run(folder, tell=_say_rare)
    else:
        outcome = run_folder(folder, tell=_Teller())
    if outcome == "failed":
        sys.stderr.write(f"{read_written_status(folder).message}\n")
    return outcome


def _say_rare(event: Event) -> None:
    """Say an event that is no measurement; of a follower that is all, and needs no torch."""
    match event:
        case RunStarted():
            for name, fact in event.facts.items():
                _say(f"step {event.step:,}: {name}: {fact}")
        case StageChanged():
            _say(f"step {event.step:,}: stage {event.stage}")
        case Noted():
            _say(f"step {event.step:,}: {event.text}")
        case RunEnded():
            # Why a run failed is told once, where errors are told.
            text = "" if event.outcome == "failed" else event.text
            _say(f"step {event.step:,}: {event.outcome}. {text}".rstrip())
        case _:
            pass


class _Teller:
    """Says events line by line; of an evaluation also what was trained since the one before."""

    def __init__(self) -> None:
        self.experiment: Experiment | None = None
        self.config: Mapping[str, Plain] = {}
        self.losses: list[float] = []
        self.rate: float | None = None

    def __call__(self, event: Event) -> None:
        """Say one event."""
        _say_rare(event)
        match event:
            case RunStarted():
                self._begin(event)
            case Measured() if any(key.startswith("val") for key in event.values):
                for line in self._scores(event):
                    _say(line)
            case Measured():
                self.losses.append(event.values.get("train/total_loss", nan))
                self.rate = event.values.get("train/learning_rate")
            case _:
                pass

    def _begin(self, started: RunStarted) -> None:
        from core.problems.experiments import EXPERIMENTS  # noqa: PLC0415 - see `_train`

        self.experiment = EXPERIMENTS.get(started.experiment)
        self.config = started.config

    def _scores(self, told: Measured) -> tuple[str, ...]:
        from core.problems.experiment import Scored  # noqa: PLC0415 - see `_train`

        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        if self.experiment is None or self.experiment.score_lines is None:
            return (f"step {told.step:,}: {_scores(told.values)}",)
        scored = Scored(told.step, told.values, self.config, loss, self.rate)
        return self.experiment.score_lines(scored)


def _scores(values: Mapping[str, float]) -> str:
    """Name the scores that matter; of a problem without them, the first few."""
    read = {key: read_key(key) for key in values}
    chosen = [key for key, named in read.items() if named.spec.name in SHOWN] or list(values)[:4]
    return ", ".join(
        f"{read[key].split} {read[key].label} {_amount(values[key], read[key].spec.unit)}"
        for key in chosen
    )


def _amount(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "fraction" else f"{value:,.4g} {unit}".rstrip()


def _stop(asked: argparse.Namespace) -> int:
    from core.runs.folder import find_run  # noqa: PLC0415
    from core.runs.launching import request_stop  # noqa: PLC0415
    from core.runs.status import read_status  # noqa: PLC0415

    folder = find_run(asked.run)
    status = read_status(folder)
    if not status.is_active:
        raise InputError(f"run {folder.name}", expected="one that is queued or running",
                         came=f"one that is {status.state}", do="List the runs")  # fmt: skip
    request_stop(folder)
    _say(f"{folder.name} stops after its next step, with a checkpoint.")
    return OK


def _list(_asked: argparse.Namespace) -> int:
    from core.runs.index import list_runs  # noqa: PLC0415

    for row in list_runs():
        of = f"/{row.total_steps:,}" if row.total_steps else ""
        sample = " (sample)" if row.is_sample else ""
        why = f": {row.message}" if row.state in {"failed", "diverged", "broken"} else ""
        _say(f"{row.id}  {row.state:<9} {row.step:>7,}{of}  {row.name}{sample}{why}".rstrip())
    return OK


def _delete(asked: argparse.Namespace) -> int:
    from core.runs.folder import find_run, folder_bytes  # noqa: PLC0415
    from core.runs.launching import delete_run  # noqa: PLC0415

    folder = find_run(asked.run)
    if folder.name != asked.run:  # a beginning is enough to stop a run, not to lose it
        raise InputError("delete", expected=f"the whole id ({folder.name})", came=asked.run,
                         do="Write it out")  # fmt: skip
    if not asked.yes:
        size = f"{folder_bytes(folder) / 1e6:,.1f} MB"
        raise InputError(f"delete {folder.name}", expected="--yes, as nothing brings it back",
                         came=f"none ({size} would be freed)", do="Add --yes")  # fmt: skip
    _say(f"{folder.name} is deleted; {delete_run(folder) / 1e6:,.1f} MB are free.")
    return OK


def _report(asked: argparse.Namespace) -> int:
    from core.report.writing import write_report  # noqa: PLC0415 - see `_train`

    path = write_report(asked.draft, asked.out)
    _say(f"{path} is written, {path.stat().st_size / 1e6:,.1f} MB.")
    return OK


def _rebuild(_asked: argparse.Namespace) -> int:
    from core.runs.index import rebuild_index  # noqa: PLC0415

    _say(f"{rebuild_index():,} runs are in the index.")
    return OK


def _say(line: str) -> None:
    # Who no longer listens (a closed pipe, a log without room) does not end a training.
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
