"""Where reported tables lie: the notes' own with the dashboard, added ones in the state folder."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from core.claims.reported.reading import read_reported, write_reported
from core.claims.reported.table import ReportedTable
from core.errors import CoreError, InputError, UnavailableError
from core.home import home_folder
from core.runs.files import write_atomically

SAMPLES: Final = Path(__file__).resolve().parents[3] / "sample_data" / "tables"
FIRST: Final = "training_stage_2"  # of the samples, what is shown first
NAME_LETTERS: Final = 16
_ADDED: Final = re.compile(rf"[0-9a-f]{{{NAME_LETTERS}}}")


@cache
def sample_tables() -> dict[str, ReportedTable]:
    """Give the tables of the notes by name.

    Raises:
        InputError: A file is damaged; file and line say where.
    """
    return {path.stem: read_reported(path.read_bytes(), path.name)
            for path in sorted(SAMPLES.glob("*.csv"))}  # fmt: skip


def added_tables() -> tuple[dict[str, ReportedTable], tuple[CoreError, ...]]:
    """Give the tables that were added, by name, and what cannot be read of the others.

    Raises:
        UnavailableError: The state folder cannot be written.
    """
    found: dict[str, ReportedTable] = {}
    errors: list[CoreError] = []
    for path in sorted(_folder().glob("*.csv")):
        try:
            found[path.stem] = read_reported(path.read_bytes(), path.name)
        except CoreError as error:
            errors.append(error)
        except OSError as error:
            errors.append(UnavailableError(f"{path.name} cannot be read ({error.strerror})."))
    return found, tuple(errors)


def add_table(content: bytes, name: str) -> str:
    """Keep a table under the hash of what it holds: added twice it is there once.

    Args:
        content: Of its file, see `core.claims.reported.reading`.
        name: Of the file, for messages.

    Returns:
        The name under which it is kept.

    Raises:
        InputError: It is no such table.
        UnavailableError: The state folder cannot be written.
    """
    text = write_reported(read_reported(content, name)).encode()
    kept = hashlib.sha256(text).hexdigest()[:NAME_LETTERS]
    write_atomically(_folder() / f"{kept}.csv", text)
    return kept


def remove_table(name: str) -> None:
    """Forget an added table; nothing where there is none.

    Raises:
        InputError: It is not the name of an added table.
        UnavailableError: The file cannot be deleted.
    """
    if not _ADDED.fullmatch(name):
        raise InputError("table", expected="one that was added", came=name[:60],
                         do="Those of the notes stay")  # fmt: skip
    try:
        (_folder() / f"{name}.csv").unlink(missing_ok=True)
    except OSError as error:
        raise UnavailableError(f"The table cannot be deleted ({error.strerror}).") from error


def _folder() -> Path:
    return home_folder("claims", "tables")
