"""The one folder under which everything written at run time lies."""

import os
from pathlib import Path

import platformdirs

from core.errors import UnavailableError

HOME_VARIABLE = "LOSSOSCOPE_HOME"


def home() -> Path:
    """Give the state folder: `LOSSOSCOPE_HOME`, else the user's data directory.

    Does not create it.
    """
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("lossoscope"))


def home_folder(*parts: str) -> Path:
    """Create and give a folder below the state folder.

    Raises:
        UnavailableError: The folder cannot be created or written.
    """
    folder = home().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"The state folder {folder} cannot be written ({error.strerror}). "
            f"Set {HOME_VARIABLE} to a folder that can be."
        ) from error
    return folder


def size_bytes() -> int:
    """Sum the sizes of all files below the state folder; 0 where it does not exist yet."""
    return sum(path.stat().st_size for path in home().rglob("*") if path.is_file())
