"""Versions out of files: predictions with their truth, in a frame of one's choice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.sidechain.frames import frames_of, move, superpose, to_local
from core.problems.sidechain.reading.array_files import has_array_suffix
from core.problems.sidechain.reading.arrays import read_arrays
from core.problems.sidechain.reading.matching import Matched, match_structures
from core.problems.sidechain.reading.shares import Tell, shares_of
from core.problems.sidechain.reading.structure_files import Progress
from core.problems.sidechain.reading.structures import Residues, read_residues
from core.problems.sidechain.versions.version import Version, measured_version

Frame = Literal["local", "superposed", "as given"]
FRAMES: Final[tuple[Frame, ...]] = ("local", "superposed", "as given")
CA: Final = 1
Report = Callable[[Path], Progress | None]


def lacking_natives(predicted: Sequence[Path], natives: int) -> int:
    """Say how many native structures predictions still need: none where arrays may hold both.

    Args:
        predicted: As in `version_of_files`.
        natives: How many there are.

    Example:
        >>> lacking_natives([Path("a.pdb"), Path("b.pdb")], 1)
        1
    """
    brings_both = not natives and all(has_array_suffix(path) for path in predicted)
    return 0 if brings_both else max(len(predicted) - natives, 0)


def version_of_files(
    title: str,
    predicted: Sequence[Path],
    native: Sequence[Path],
    *,
    frame: Frame = "local",
    renames: bool = False,
    progress: Tell | None = None,
) -> Version:
    """Give the version that files hold: structures with their natives, or arrays with both.

    Args:
        title: As on the screen.
        predicted: PDB, mmCIF, BinaryCIF, plain or gzip'd; or NPZ, HDF5.
        native: As many as predictions, in the order of the predictions' names; none where arrays
            hold both.
        frame: "local": each residue in the frame of its own backbone, here and there;
            "superposed": whole structures, by their CA; "as given".
        renames: Whether symmetric atoms are renamed to the smaller error.
        progress: Told the share of all bytes and the name of the structure that is being read.

    Raises:
        InputError: A file cannot be read, or does not belong to its native one.
    """
    files = _paired(predicted, native)
    report = shares_of((path for pair in files for path in pair if path is not None), progress)
    pairs = [_matched(*pair, report) for pair in files]
    moved = [_in_frame(pair, frame) for pair in pairs]
    notes = [note for pair in pairs for note in _said_of(pair)]
    if frame == "local" and not all(has_backbone(pair.predicted) for pair in pairs):
        notes.append("predictions without a backbone are compared as they are given")
    return measured_version(
        title,
        "upload",
        pred=np.concatenate([one for one, _ in moved]),
        native=np.concatenate([other for _, other in moved]),
        local_native=np.concatenate([_local(pair.native) for pair in pairs]),
        type=np.concatenate([pair.native.type for pair in pairs]),
        name=np.concatenate([_names(pair.native) for pair in pairs]),
        group=np.repeat(np.arange(len(pairs)), [len(pair.native) for pair in pairs]),
        confidence=np.concatenate([pair.predicted.b_factor for pair in pairs]),
        renames=renames,
        notes=tuple(notes),
    )


def _said_of(pair: Matched) -> tuple[str, ...]:
    """Give what was matched, then what reading either file mapped, chose and left out."""
    files = {one.origin: one.notes for one in (pair.predicted, pair.native)}
    read = (f"{origin}: {note}" for origin, notes in files.items() for note in notes)
    return tuple(dict.fromkeys((*pair.notes, *read)))


def _paired(predicted: Sequence[Path], native: Sequence[Path]) -> list[tuple[Path, Path | None]]:
    """Pair files by their order; arrays may bring their own truth."""
    if not predicted:
        raise InputError("predictions", expected="at least one file", came="none",
                         do="Choose predicted structures, or arrays")  # fmt: skip
    ours, theirs = sorted(predicted), list(native)
    if not theirs and all(has_array_suffix(path) for path in ours):
        return [(path, None) for path in ours]
    if len(ours) != len(theirs):
        raise InputError("native structures", expected=f"{len(ours)}, one for each prediction",
                         came=str(len(theirs)), do="Choose the native structures too")  # fmt: skip
    return list(zip(ours, theirs, strict=True))


def _matched(predicted: Path, native: Path | None, report: Report) -> Matched:
    if has_array_suffix(predicted):
        arrays = read_arrays(predicted)
        if native is not None:
            return match_structures(arrays.predicted, _read(native, report))
        if arrays.native is None:
            raise InputError(predicted.name, expected="an array of native coordinates",
                             came="none", do="Add native_coord, or a native structure")  # fmt: skip
        none = np.zeros(len(arrays.native), dtype=bool)
        return Matched(arrays.predicted, arrays.native, none, (), ())
    assert native is not None
    return match_structures(_read(predicted, report), _read(native, report))


def _read(path: Path, report: Report) -> Residues:
    if not has_array_suffix(path):
        return read_residues(path, progress=report(path))
    arrays = read_arrays(path)
    return arrays.native or arrays.predicted


def _in_frame(
    pair: Matched, frame: Frame
) -> tuple[Float[np.ndarray, "residues 14 3"], Float[np.ndarray, "residues 14 3"]]:
    """Bring prediction and truth into one frame; beyond CB a residue of another type has none."""
    pred, native = pair.predicted.coord.astype(float), pair.native.coord.astype(float)
    pred[pair.mutated, 5:] = np.nan
    if frame == "local" and has_backbone(pair.predicted):
        return to_local(pred, frames_of(pred)), _local(pair.native)
    if frame == "superposed":
        pred = move(pred, superpose(pred[:, CA], native[:, CA]))
    return pred, native


def has_backbone(residues: Residues) -> bool:
    """Tell whether any residue has a frame; arrays may hold side chains alone."""
    return bool(np.isfinite(frames_of(residues.coord).rotation).any())


def _local(residues: Residues) -> Float[np.ndarray, "residues 14 3"]:
    coord = residues.coord.astype(float)
    return to_local(coord, frames_of(coord))


def _names(residues: Residues) -> np.ndarray:
    file = residues.origin.split(".")[0]
    places = zip(residues.chain, residues.number, residues.insertion, strict=True)
    return np.array([f"{file} {chain} {number}{letter}" for chain, number, letter in places])
