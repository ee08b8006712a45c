"""One residue beside what was recovered of it, as plain values."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.problems.sidechain.atoms import ATOM14, BONDS, ELEMENT14, ELEMENTS, RESIDUES
from core.problems.sidechain.density.limit import CA, Recovered
from core.problems.sidechain.metrics.rmsd import SELECTIONS, pooled_rmsd


class Far(NamedTuple):
    """The atom that lies farthest from CA.

    Args:
        name: Of the atom.
        radius: From CA in angstrom.
        distance: From what was recovered for it, in angstrom; NaN where that is nothing.
    """

    name: str
    radius: float
    distance: float


@dataclass(frozen=True, eq=False)
class ResidueView:
    """A residue and what was found of it.

    Args:
        true: Places of its atoms, CA among them, in angstrom.
        names: Of the atoms.
        elements: Of the atoms.
        distance: From each to its partner in angstrom; NaN where it has none, 0 for CA, whose
            place is known.
        missed: Which were not found within half an angstrom.
        bonds: Pairs of names.
        found: Places that were recovered.
        found_elements: Of these.
        false: Which of them are no atom.
        slot: Of each atom.
    """

    true: Float[np.ndarray, "atoms 3"]
    names: tuple[str, ...]
    elements: tuple[str, ...]
    distance: Float[np.ndarray, " atoms"]
    missed: Bool[np.ndarray, " atoms"]
    bonds: tuple[tuple[str, str], ...]
    found: Float[np.ndarray, "points 3"]
    found_elements: tuple[str, ...]
    false: Bool[np.ndarray, " points"]
    slot: Int[np.ndarray, " atoms"]

    @property
    def radius(self) -> Float[np.ndarray, " atoms"]:
        """From CA in angstrom."""
        return np.sqrt((self.true**2).sum(axis=1))

    @property
    def looked_for(self) -> int:
        """Atoms that the density is made of: all but CA."""
        return int((self.slot != CA).sum())

    @property
    def farthest(self) -> Far:
        """The atom that lies farthest from CA."""
        at = int(self.radius.argmax())
        return Far(self.names[at], float(self.radius[at]), float(self.distance[at]))

    def rmsd(self, selection: str) -> float:
        """Pool the atoms of a selection, without CA, in angstrom; NaN of nothing."""
        slots = [slot for slot in SELECTIONS[selection] if slot != CA]
        squared = np.full((1, len(ELEMENT14[0])), np.nan)
        squared[0, self.slot] = self.distance**2
        return pooled_rmsd(squared, slots)


def view_residue(coord: Float[np.ndarray, "14 3"], type: int, found: Recovered) -> ResidueView:
    """Put a residue beside what was recovered of it.

    Args:
        coord: In the local frame, in angstrom; NaN where an atom is missing.
        type: Index in RESIDUES.
        found: Of this residue alone.
    """
    name = RESIDUES[type]
    slot = np.flatnonzero(np.isfinite(coord).all(axis=-1) & (ELEMENT14[type] >= 0))
    places = np.flatnonzero(found.element[0] >= 0)
    return ResidueView(
        coord[slot],
        tuple(ATOM14[name][place] for place in slot),
        tuple(ELEMENTS[kind] for kind in ELEMENT14[type][slot]),
        np.where(slot == CA, 0.0, found.distance[0, slot]),
        found.missed[0, slot],
        tuple((bond.one, bond.other) for bond in BONDS[name]),
        found.found[0, places],
        tuple(ELEMENTS[kind] for kind in found.element[0, places]),
        found.false[0, places],
        slot,
    )
