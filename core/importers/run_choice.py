"""Choosing one run of a source that holds several, and listing the files of a folder."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.importers.json_file import refuse

MOST_FILES: Final = 100_000  # looked at below a folder
MOST_NAMED: Final = 5


def choose_run(run: str, names: Sequence[str], where: str) -> str:
    """Give the run that is meant; empty means the only one.

    Raises:
        InputError: There is no such run, or several and none was chosen.
    """
    if run in names:
        return run
    if not run and len(names) == 1:
        return names[0]
    named = ", ".join(name[:40] for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    came = f"'{run[:40]}'" if run else "no choice"
    raise InputError(where, expected=f"one of its runs ({named}{more})", came=came,
                     do="Choose a run")  # fmt: skip


def files_below(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """List the files below a folder whose name is wanted, by path; follows no links to folders.

    Raises:
        InputError: There are more than 100,000 files.
    """
    found: list[Path] = []
    looked = 0
    for place, _, names in os.walk(folder):
        looked += len(names)
        if looked > MOST_FILES:
            refuse(folder.name, f"a folder of at most {MOST_FILES:,} files", "more",
                   "Choose a folder further down")  # fmt: skip
        found += [Path(place, name) for name in names if wanted(name)]
    return sorted(found)
