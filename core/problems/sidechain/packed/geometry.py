"""Whether a packed model is a molecule: clashes, lengths of bonds, flat rings, staggered chi1."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import InputError
from core.problems.sidechain.metrics.angles import near_staggered
from core.problems.sidechain.metrics.clashes import find_clashes
from core.problems.sidechain.metrics.geometry import FLAT_A, Flatness, bond_errors, ring_flatness
from core.problems.sidechain.metrics.shares import Share
from core.problems.sidechain.reading.structures import Residues

FLAT_WITHIN_A: Final = FLAT_A[0]


@dataclass(frozen=True, eq=False)
class Geometry:
    """What can be said of a structure without another one.

    Args:
        clashes: Pairs of atoms that overlap; None where that cannot be told.
        clash_score: Of 1,000 atoms; NaN where it cannot be told.
        bond_error: Mean absolute difference from ideal lengths, in angstrom; NaN without bonds of
            side chains.
        bonds: How many there are.
        rings: How flat they are, by kind, "all" last.
        staggered: Residues whose chi1 is within 20 degrees of a staggered value.
        missing_atoms: Atoms that the residues' types have and the file lacks.
        note: Why clashes cannot be told; else empty.
    """

    clashes: int | None
    clash_score: float
    bond_error: float
    bonds: int
    rings: tuple[Flatness, ...]
    staggered: Share
    missing_atoms: int
    note: str

    @property
    def flat(self) -> Share:
        """Share of all rings within 0.05 angstrom of their best plane."""
        return self.rings[-1].flat[FLAT_WITHIN_A]

    @property
    def least_flat(self) -> Flatness | None:
        """The kind of ring that is flat least often; one figure for all hides the rare kinds."""
        kinds = [kind for kind in self.rings[:-1] if kind.count]
        return min(kinds, key=lambda kind: kind.flat[FLAT_WITHIN_A].value, default=None)


def measure_geometry(residues: Residues) -> Geometry:
    """Measure a structure by itself."""
    coord = residues.coord.astype(np.float64)
    clashes, score, note = None, float("nan"), ""
    try:
        found = find_clashes(coord, residues.type)
        clashes, score = len(found.overlap), found.score
    except InputError as error:
        note = f"clashes cannot be told: {error.came}"
    bonds = bond_errors(coord, residues.type)
    return Geometry(
        clashes,
        score,
        bonds.mean_abs,
        bonds.count,
        ring_flatness(coord, residues.type),
        near_staggered(coord, residues.type),
        int(residues.missing.sum()),
        note,
    )
