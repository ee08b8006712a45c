"""Run folders that lie elsewhere, as on a shared disk: listed and read where they are.

Such a run is a link below `runs/` of the state folder. Nothing is copied; removing the link does
not touch the run.
"""

from pathlib import Path

from core.errors import InputError
from core.runs.files import CONFIG, STATUS, cannot_write
from core.runs.folder import run_folders, runs_home


def is_run_folder(folder: Path) -> bool:
    """Say whether a folder is one of our run folders, here or elsewhere."""
    return all((folder / name).is_file() for name in (CONFIG, STATUS))


def register_folder(folder: Path) -> Path:
    """List a run folder that lies elsewhere with the runs of this machine; twice is once.

    Whoever trains there goes on writing it. It is stopped by request like any other.

    Args:
        folder: A run folder.

    Returns:
        Where it is found from now on: its link, or itself where it is listed already.

    Raises:
        InputError: It is no run folder.
        UnavailableError: The state folder cannot be written.
    """
    source = folder.expanduser().resolve()
    if not is_run_folder(source):
        raise InputError(str(folder), expected=f"a run folder, with {CONFIG} and {STATUS}",
                         came="another folder" if source.is_dir() else "no folder",
                         do="Name the folder of one run")  # fmt: skip
    for known, _ in run_folders():
        if known.resolve() == source:
            return known
    link = _free_name(runs_home() / source.name)
    try:
        link.symlink_to(source, target_is_directory=True)
    except OSError as error:
        raise cannot_write(link, error) from error
    return link


def is_elsewhere(folder: Path) -> bool:
    """Say whether a run is only a link to one that lies elsewhere."""
    return folder.is_symlink()


def forget_folder(folder: Path) -> None:
    """List a run that lies elsewhere no longer; the run itself stays as it is.

    Raises:
        InputError: It is no link.
        UnavailableError: The state folder cannot be written.
    """
    if not is_elsewhere(folder):
        raise InputError(f"run {folder.name}", expected="a run that lies elsewhere",
                         came="one of this machine", do="Delete it instead")  # fmt: skip
    try:
        folder.unlink()
    except OSError as error:
        raise cannot_write(folder, error) from error


def _free_name(wanted: Path) -> Path:
    """Give a name that no other run has, nor a link to a disk that is not there now."""
    choice, number = wanted, 1
    while choice.exists() or choice.is_symlink():
        number += 1
        choice = wanted.with_name(f"{wanted.name}-{number}")
    return choice
