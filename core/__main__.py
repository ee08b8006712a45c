"""The command line: start, stop, resume, list and delete runs, as the pages do.

python -m core train peptide --steps 2000 --name first
python -m core list
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from core.command_line.words import make_parser
from core.errors import CoreError

FAILED = 2


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
            return _named("training.train")(given[1:])  # its options are those of an experiment
        asked = make_parser().parse_args(given)
        return _named(asked.command)(asked)
    except CoreError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


def _named(command: str) -> Callable[[Any], int]:
    """Import what a command needs, and no more: torch takes seconds."""
    module, name = command.split(".")
    return getattr(import_module(f"core.command_line.{module}"), name)


if __name__ == "__main__":
    raise SystemExit(main())
