"""Residues of real structures in their local frames, with who must stay together in a split."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Int, Shaped

from core.chemistry.splits import join
from core.errors import InputError
from core.problems.sidechain.frames import frames_of, to_local
from core.problems.sidechain.reading.open_ends import OPEN_END
from core.problems.sidechain.reading.shares import Tell
from core.problems.sidechain.reading.structures import Residues, walk_folder

MOST: Final = 500_000  # residues: 84 MB of coordinates
MOST_NAMED: Final = 5
INCOMPLETE: Final = "residues with missing atoms"
PERHAPS_CUT: Final = "files taken as whole that end on one of their atoms and may be cut"


@dataclass(frozen=True, eq=False)
class RealResidues:
    """Complete residues of several files.

    Args:
        coord: In local frames, in angstrom; NaN where the type has no atom.
        type: Index in RESIDUES.
        name: File, chain and number of each.
        group: Residues of one file, or of chains of one sequence, share it.
        files: How many files they come from.
        left_out: What was left out, in words.
    """

    coord: Float32[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    group: Int[np.ndarray, " residues"]
    files: int
    left_out: tuple[str, ...]


@dataclass
class _Found:
    """What has been collected so far: one entry a chain."""

    coord: list[np.ndarray]
    type: list[np.ndarray]
    name: list[np.ndarray]
    labels: list[set[tuple[str, str]]]
    count: int = 0


def read_real(folder: Path, most: int = MOST, *, progress: Tell | None = None) -> RealResidues:
    """Read a folder file by file; those that cannot be used, and what is incomplete, are counted.

    Args:
        folder: Of structures, there or one folder deeper.
        most: Residues after which no further file is read.
        progress: Told the share of all bytes and the name of the file that is being read.

    Raises:
        InputError: There is no structure file, or none with a complete residue.
    """
    found = _Found([], [], [], [])
    files, unused, absent = 0, [], Counter[str]()
    for row in walk_folder(folder, progress=progress):
        if row.residues is None:
            unused.append(f"{row.path.name}: {row.reason}")
        elif found.count >= most:
            absent[f"files behind the first {most:,} residues"] += 1
        else:
            files += 1
            absent[PERHAPS_CUT] += OPEN_END in row.residues.notes
            usable = row.residues.missing == 0
            absent[INCOMPLETE] += int((~usable).sum())
            _add(found, row.residues, usable)
    if not found.count:
        raise InputError(str(folder), expected="structures with complete residues",
                         came=f"none ({unused[0]})" if unused else "none",
                         do="Choose another folder")  # fmt: skip
    group = np.repeat(join(found.labels), [len(part) for part in found.type])
    coord, type, name = map(np.concatenate, (found.coord, found.type, found.name))
    told = [f"{count:,} {what}" for what, count in absent.items() if count]
    told += [f"{len(unused):,} files: " + "; ".join(unused[:MOST_NAMED])] if unused else []
    return RealResidues(coord, type, name, group, files, tuple(told))


def _add(found: _Found, residues: Residues, usable: Bool[np.ndarray, " residues"]) -> None:
    """Add the chains of a file; the whole of a chain tells whether another one is the same."""
    local = to_local(residues.coord.astype(float), frames_of(residues.coord))
    usable = usable & np.isfinite(local[:, :3]).all(axis=(1, 2))
    file = residues.origin.split(".")[0]
    for chain in np.unique(residues.chain).tolist():
        own = residues.chain == chain
        rows = np.flatnonzero(own & usable)
        if not len(rows):
            continue
        found.coord.append(local[rows].astype(np.float32))
        found.type.append(residues.type[rows])
        places = zip(residues.number[rows], residues.insertion[rows], strict=True)
        found.name.append(np.array([f"{file} {chain} {n}{i}" for n, i in places]))
        sequence = residues.select(own).sequence
        found.labels.append({("file", residues.origin), ("sequence", sequence)})
        found.count += len(rows)
