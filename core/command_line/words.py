"""What can be said: the commands, their options, and where each is done."""

import argparse
from typing import Any, Final, NoReturn

from core.errors import InputError

PROGRAM: Final = "python -m core"


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other."""

    def error(self, message: str) -> NoReturn:
        """Refuse the words."""
        raise InputError(
            self.prog, expected="a command as --help shows it", came=message, do="Correct it"
        )


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands; what it reads names the function that does it."""
    parser = Parser(prog=PROGRAM, description="Start, stop, resume, list and delete runs.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, help_text: str, command: str, what: str = "") -> Any:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(command=command)
        if what:
            added.add_argument("run", help=what)
        return added

    what = "its experiment; train <experiment> --help lists the options"
    add("train", "Make a run and train it here.", "training.train", what)
    add("run", "Train what a run folder asks for.", "training.run", "its folder")
    add("resume", "Go on with a run from its newest checkpoint.", "training.resume", "its id")
    follow = add("follow", "Follow what somebody else's trainer writes, as a run, until it is "
                 "stopped.", "training.follow")  # fmt: skip
    follow.add_argument("path", help="event files, CSV or lines of JSON; or a run folder")
    follow.add_argument("--name", default="", help="what the run is called in lists")
    bring = add("import", "Bring in the runs of a log of another tool.", "logs.bring_in")
    bring.add_argument("path", help="event files, CSV, JSON, MLflow ...; or their folder")
    bring.add_argument("--run", default="", help="one of its runs; otherwise all")
    bring.add_argument("--name", default="", help="what the run is called in lists")
    add("stop", "Ask a run to stop after its next step.", "runs.stop", "its id")
    listed = add("list", "List the runs.", "runs.show")
    listed.add_argument("--archived", action="store_true", help="those in the archive too")
    delete = add("delete", "Delete a run with everything in it.", "runs.delete", "its id")
    delete.add_argument(
        "--yes", action="store_true", help="do it; without it only the size is told"
    )
    report = add("report", "Write a draft of a report as one HTML file.", "reports.write")
    report.add_argument("draft", help="name of a draft, or its file")
    report.add_argument("--out", default="", help="the file to write; otherwise after its title")
    add("rebuild", "Rebuild the index of runs from their folders.", "runs.rebuild")
    return parser
