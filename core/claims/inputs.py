"""What a recomputation may use: files of the user, else what comes with the dashboard."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import InputError

Progress = Callable[[float], None]
FILES: Final = ("spectra", "histories", "molecules", "structures", "runs")


def no_progress(share: float) -> None:
    """Take no notice of progress, a share from 0 to 1; one that raises cancels the work."""


@dataclass(frozen=True)
class Inputs:
    """Where a recomputation finds its data; nothing of the claim itself.

    Args:
        spectra: Folder with spectra (MGF or mzML) and their labels; None takes the synthetic ones.
        histories: Folder of JSON histories of trainings; None takes the recorded sample runs.
        molecules: Table of pairs of SMILES and description; None takes the sample's.
        structures: Folder of protein structures; None takes synthetic residues.
        runs: Folder of run folders; None takes the recorded sample runs.
        quick: Fewer examples, seeds or epochs, where it takes long otherwise.
        seed: Of everything that is drawn.
        progress: Called with the share that is done; raising in it cancels.
    """

    spectra: Path | None = None
    histories: Path | None = None
    molecules: Path | None = None
    structures: Path | None = None
    runs: Path | None = None
    quick: bool = True
    seed: int = 0
    progress: Progress = field(default=no_progress, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a place that is not there."""
        for name in FILES:
            path = getattr(self, name)
            if path is not None and not path.exists():
                raise InputError(f"data of claims, {name}", expected="a file or folder",
                                 came=f"{path}, which is not there",
                                 do="Choose another, or none")  # fmt: skip


DEFAULT: Final = Inputs()


def fingerprint(path: Path | None) -> str:
    """Hash the names and the content of a file, or of all files of a folder.

    Example:
        >>> fingerprint(None)
        'none'
    """
    if path is None:
        return "none"
    whole = hashlib.sha256()
    for file in _files(path):
        whole.update(str(file.relative_to(path.parent)).encode())
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    yield from [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
