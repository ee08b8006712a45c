"""Paths as a person names them."""

from pathlib import Path

from core.importers.json_file import refuse
from core.importers.names import limited


def full_path(told: Path) -> Path:
    """Write the path of a log as a person names it in full: "~" is a home folder.

    Raises:
        InputError: Nothing can have that path: the home is nobody's, or a name is too long.
    """
    try:
        full = told.expanduser()
        full.exists()  # raises where the disk takes no such name
    except (OSError, RuntimeError):
        refuse(limited(str(told)), "a file or folder", "none of that name",
               "Check the path and its permissions")  # fmt: skip
    return full
