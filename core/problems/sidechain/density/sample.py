"""Residues to try a density on: some of each type, synthetic or of real structures."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.errors import InputError
from core.problems.sidechain.atoms import ONE_LETTER, RESIDUES
from core.problems.sidechain.metrics.angles import chi_angles
from core.problems.sidechain.metrics.baselines import fit_means
from core.problems.sidechain.reading.shares import Tell
from core.problems.sidechain.reading.structure_files import has_structure_suffix
from core.problems.sidechain.real import read_real
from core.problems.sidechain.reported.totals import SWISS_PROT_PERCENT
from core.problems.sidechain.synthetic import make_residues

EACH: Final = 20  # of a type
POOL: Final = 4_000  # synthetic residues that the sample is taken from
MOST: Final = 50_000  # real ones
SEED: Final = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """Residues in their local frames, at most 20 of a type, by type.

    Args:
        coord: In angstrom; NaN where the type has no atom.
        type: Index in RESIDUES.
        name: Of each, for readers: where it stands, or its chi angles.
        slot_mean: Mean place of each slot over the residues that the sample is taken from.
        origin: What it is, in words.
        left_out: What was not used, in words; empty if nothing.
    """

    coord: Float[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    slot_mean: Float[np.ndarray, "14 3"]
    origin: str
    left_out: str = ""

    def of_type(self, name: str) -> Int[np.ndarray, " chosen"]:
        """Give the rows of a residue type."""
        return np.flatnonzero(self.type == RESIDUES.index(name))

    def pick(self, name: str, number: int) -> int:
        """Give the row of a residue by its type and its number within it, from 1.

        Raises:
            InputError: There is no such residue.
        """
        rows = self.of_type(name)
        if not 1 <= number <= len(rows):
            expected = f"1 to {len(rows)}, residues of this type" if len(rows) else "another type"
            raise InputError(name, expected=expected, came=f"{number}",
                             do="Choose another residue")  # fmt: skip
        return int(rows[number - 1])

    def some(self, each: int) -> Int[np.ndarray, " chosen"]:
        """Give the rows of the first so many of each type."""
        return np.concatenate([self.of_type(name)[:each] for name in RESIDUES])


def synthetic_sample() -> Sample:
    """Make ideal residues, each with a frequent rotamer; the same at each call."""
    coord, type = make_residues(POOL, SEED)
    name = np.array([_rotamer(angles) for angles in chi_angles(coord, type)])
    origin = f"Synthetic: {EACH} ideal residues of each type, each with a frequent rotamer"
    return _sampled(coord, type, name, origin)


def folder_sample(folder: Path, *, progress: Tell | None = None) -> Sample:
    """Read the structures of a folder, and take residues of each type from all over them.

    Args:
        folder: Of structures, there or one folder deeper.
        progress: Told the share of all bytes and the name of the file that is being read.

    Raises:
        InputError: There is no structure in the folder, or none with a complete residue.
    """
    found = read_real(folder, MOST, progress=progress)
    origin = (f"Up to {EACH} residues of each type out of {len(found.type):,} real ones of "
              f"{found.files:,} files of {folder.name}")  # fmt: skip
    coord = found.coord.astype(float)
    return _sampled(coord, found.type, found.name, origin, "; ".join(found.left_out))


def folder_stamp(folder: Path) -> str:
    """Name a folder with its structures as they stand: another one where a file was changed.

    Raises:
        InputError: There is no such folder, or it cannot be read.
    """
    try:
        is_there = folder.is_dir()
        files = sorted({*folder.glob("*"), *folder.glob("*/*")})
        stamps = [(f"{file}", file.stat().st_size, file.stat().st_mtime_ns)
                  for file in files if has_structure_suffix(file) and file.is_file()]  # fmt: skip
    except (OSError, ValueError) as error:  # a zero byte in a path is a ValueError
        raise _no_folder(folder) from error
    if not is_there:
        raise _no_folder(folder)
    return hashlib.sha256(repr((f"{folder}", stamps)).encode()).hexdigest()


def _no_folder(folder: Path) -> InputError:
    return InputError("structures", expected="a folder that is there", came=f"{folder}",
                      do="Correct it, or leave it empty for synthetic residues")  # fmt: skip


def natural_weights(type: Int[np.ndarray, " residues"]) -> Float[np.ndarray, " residues"]:
    """Weigh residues so that their types count as often as in nature, whatever their numbers.

    Example:
        >>> pair = np.array([RESIDUES.index(name) for name in ("LEU", "TRP", "TRP")])
        >>> natural_weights(pair).round(2).tolist()
        [9.66, 0.54, 0.54]
    """
    percent = np.array([SWISS_PROT_PERCENT[ONE_LETTER[name]] for name in RESIDUES])
    count = np.bincount(type, minlength=len(RESIDUES))
    return (percent / np.maximum(count, 1))[type]


def _sampled(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    name: Shaped[np.ndarray, " residues"],
    origin: str,
    left_out: str = "",
) -> Sample:
    rows = np.concatenate([_spread(np.flatnonzero(type == kind)) for kind in range(len(RESIDUES))])
    mean = fit_means(coord, type).slot
    return Sample(coord[rows], type[rows], name[rows], mean, origin, left_out)


def _spread(rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " chosen"]:
    """Take rows from all over: neighbours in a file are of one protein."""
    if len(rows) <= EACH:
        return rows
    chosen = rows[np.linspace(0, len(rows) - 1, EACH).round().astype(int)]
    return np.random.default_rng(SEED).permutation(chosen)  # the first few are of all files too


def _rotamer(chi_rad: Float[np.ndarray, " 4"]) -> str:
    degrees = [f"{angle:.0f}°" for angle in np.degrees(chi_rad[np.isfinite(chi_rad)])]
    return f"χ {', '.join(degrees)}".replace("-", "−") if degrees else "no χ"
