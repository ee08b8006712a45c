"""Names that say nothing: atoms that a half turn exchanges are renamed to the smaller error.

ASP, GLU, PHE and TYR only. Not LEU and VAL, whose methyls differ in handedness: exchanged names
are an error there, and stay one.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.problems.sidechain.atoms import ATOM14, RESIDUES, SLOTS, SYMMETRIC_PAIRS
from core.problems.sidechain.metrics.rmsd import squared_errors


def _partners() -> Int[np.ndarray, "20 14"]:
    """Find for each slot of each type the one that it changes places with; itself mostly."""
    table = np.tile(np.arange(SLOTS), (len(RESIDUES), 1))
    for name, pairs in SYMMETRIC_PAIRS.items():
        for pair in pairs:
            one, other = (ATOM14[name].index(atom) for atom in pair)
            table[RESIDUES.index(name), [one, other]] = other, one
    return table


PARTNER: Final[Int[np.ndarray, "20 14"]] = _partners()
PARTNER.setflags(write=False)


class Renamed(NamedTuple):
    """Coordinates after renaming.

    Args:
        coord: Those that came, with pairs exchanged where that fits better.
        renamed: Residues whose names were exchanged.
    """

    coord: Float[np.ndarray, "residues 14 3"]
    renamed: Bool[np.ndarray, " residues"]


def rename_symmetric(
    coord: Float[np.ndarray, "residues 14 3"],
    other: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> Renamed:
    """Exchange symmetric names of each residue where that brings it nearer to the other structure.

    All pairs of a residue together: a ring turns as a whole. The squared error of a residue, and
    so every pooled RMSD over whole side chains, never rises; that of a single slot may. A residue
    that lacks one atom of its pairs keeps its names, else atoms could leave the comparison.

    Args:
        coord: What is renamed, prediction or native, in angstrom, NaN where missing.
        other: What it is compared with, in the same frame.
        type: Index in RESIDUES.
    """
    partner = PARTNER[type]
    exchanged = np.take_along_axis(coord, partner[:, :, None], axis=1)
    moves = partner != np.arange(SLOTS)
    whole = (np.isfinite(coord).all(axis=-1) | ~moves).all(axis=1)
    as_named, as_exchanged = (
        np.nansum(np.where(moves, squared_errors(one, other), 0.0), axis=1)
        for one in (coord, exchanged)
    )
    renamed = whole & (as_exchanged < as_named)
    return Renamed(np.where(renamed[:, None, None], exchanged, coord), renamed)
