"""Atoms of different residues that are too close: a clash score of heavy atoms."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from core.errors import InputError
from core.problems.sidechain.atoms import ATOM14, BONDS, ELEMENT14, ELEMENTS, EXISTS14, RESIDUES
from core.problems.sidechain.atoms import SLOTS as WIDTH

# Van der Waals radii. Source: Bondi 1964, J. Phys. Chem. 68:441.
RADIUS_A: Final = {"C": 1.70, "N": 1.55, "O": 1.52, "S": 1.80}
OVERLAP_A: Final = 0.4
PEPTIDE_BOND_A: Final = 2.0  # longest distance of C and N that are taken for bonded
DISULFIDE_A: Final = (1.8, 2.3)
NEAREST_BONDS: Final = 4  # atoms up to four bonds apart are close because of their bonds
# N and O may share a hydrogen. Source: Jeffrey 1997, An Introduction to Hydrogen Bonding, table
# 2.1: 2.5 to 3.2 angstrom from donor to acceptor where the bond is of moderate strength.
HYDROGEN_BOND_A: Final = 2.5
_FAR: Final = 99
_AT_ONCE: Final = 8_192
_CROWDED: Final = 50  # atoms in a cube as wide as the reach, averaged over atoms; real ones have 3
_CYS: Final = RESIDUES.index("CYS")
_SG: Final = ATOM14["CYS"].index("SG")
_N, _C = 0, 2
_N_TO_N: Final = 3  # bonds from N to that of the next residue: N-CA, CA-C, C-N


def _bonds_to(slot: int, names: tuple[str, ...] = RESIDUES) -> Int[np.ndarray, "20 14"]:
    """Count the bonds from each atom to the one in a slot of the same residue."""
    table = np.full((len(RESIDUES), WIDTH), _FAR)
    for name in names:
        row, reached = RESIDUES.index(name), {ATOM14[name][slot]}
        for step in range(NEAREST_BONDS + 1):
            known = [ATOM14[name].index(atom) for atom in reached]
            table[row, known] = np.minimum(table[row, known], step)
            reached |= {b.other for b in BONDS[name] if b.one in reached} | {
                b.one for b in BONDS[name] if b.other in reached
            }
    return table


_TO_N, _TO_C, _TO_SG = _bonds_to(_N), _bonds_to(_C), _bonds_to(_SG, ("CYS",))
_RADII: Final = np.array([RADIUS_A[element] for element in ELEMENTS])
_POLAR: Final = np.array([element in "NO" for element in ELEMENTS])
_REACH: Final = 2 * max(RADIUS_A.values()) - OVERLAP_A


@dataclass(frozen=True, eq=False)
class Clashes:
    """Pairs of atoms of different residues that overlap.

    Args:
        residue: Rows of the two residues, the lower first.
        slot: Slots of the two atoms.
        overlap: Sum of the radii minus distance, in angstrom, above 0.4.
        atoms: How many atoms there are.
    """

    residue: Int[np.ndarray, "clashes 2"]
    slot: Int[np.ndarray, "clashes 2"]
    overlap: Float[np.ndarray, " clashes"]
    atoms: int

    @property
    def score(self) -> float:
        """Clashes per 1,000 atoms; NaN without atoms."""
        return 1_000 * len(self.overlap) / self.atoms if self.atoms else float("nan")


def find_clashes(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    linked: Bool[np.ndarray, " residues"] | None = None,
) -> Clashes:
    """Find heavy atoms of different residues nearer than the sum of their radii minus 0.4.

    The threshold and the unit are those of MolProbity's clashscore (Word et al. 1999, J. Mol.
    Biol. 285:1711; Chen et al. 2010, Acta Cryst. D66:12), **not** its value: that one adds
    hydrogens first. So N and O, which may share a hydrogen, count below 2.5 angstrom only. Atoms
    up to four bonds apart are left out, across peptide bonds and disulfides. Real structures have
    some, too: compare with the native score. Does not know a bond from the last residue to the
    first, ligands, or neighbours in the crystal.

    Args:
        coord: In angstrom, in the frame of the whole structure, NaN where an atom is missing.
        type: Index in RESIDUES.
        linked: Whether a residue is bonded to the one in the next row; where None, as
            `linked_by_distance` tells.

    Raises:
        InputError: Atoms are piled up, as those of residues in local frames are.
    """
    coord = np.where(np.isfinite(coord), coord, np.nan)
    linked = linked_by_distance(coord) if linked is None else linked
    residue, slot = np.nonzero(np.isfinite(coord).all(axis=-1) & EXISTS14[type])
    atoms = coord[residue, slot].astype(float)
    found = [np.zeros((0, 3))]
    for near in _near_pairs(atoms):
        one, other, distance = near
        sides = np.stack([one, other])
        radii = _RADII[ELEMENT14[type[residue[sides]], slot[sides]]].sum(axis=0)
        overlap = radii - distance
        is_polar = _POLAR[ELEMENT14[type[residue[sides]], slot[sides]]].all(axis=0)
        too_close = (overlap > OVERLAP_A) & ~(is_polar & (distance >= HYDROGEN_BOND_A))
        kept = (residue[one] != residue[other]) & too_close
        found.append(np.stack([one[kept], other[kept], overlap[kept]], axis=1))
    every = np.concatenate(found)
    pair = every[:, :2].astype(int)
    free = ~_joined(residue[pair], slot[pair], type, linked, coord)
    return Clashes(residue[pair][free], slot[pair][free], every[free, 2], len(atoms))


def linked_by_distance(coord: Float[np.ndarray, "residues 14 3"]) -> Bool[np.ndarray, " residues"]:
    """Tell which residues are bonded to the one in the next row: C and N within 2 angstrom."""
    gap = np.linalg.norm(coord[:-1, _C] - coord[1:, _N], axis=-1)
    return np.append(gap < PEPTIDE_BOND_A, [False] * min(len(coord), 1)).astype(bool)


def _near_pairs(
    atoms: Float[np.ndarray, "atoms 3"],
) -> Iterator[
    tuple[Int[np.ndarray, " near"], Int[np.ndarray, " near"], Float[np.ndarray, " near"]]
]:
    """Give pairs of atoms within reach, the lower first, some thousand atoms at a time."""
    if not len(atoms):
        return
    _, in_cube = np.unique(np.floor(atoms / _REACH), axis=0, return_counts=True)
    if (in_cube**2).sum() > _CROWDED * len(atoms):
        raise InputError("coordinates", expected="atoms of one structure",
                         came=f"up to {in_cube.max():,} in a cube of {_REACH:.1f} Å",
                         do="Give one model, in one frame for all residues")  # fmt: skip
    tree = KDTree(atoms)
    for start in range(0, len(atoms), _AT_ONCE):
        part = KDTree(atoms[start : start + _AT_ONCE])
        near = part.sparse_distance_matrix(tree, _REACH, output_type="ndarray")
        one, other = near["i"] + start, near["j"]
        first = one < other
        yield one[first], other[first], near["v"][first]


def _joined(
    residue: Int[np.ndarray, "pairs 2"],
    slot: Int[np.ndarray, "pairs 2"],
    type: Int[np.ndarray, " residues"],
    linked: Bool[np.ndarray, " residues"],
    coord: Float[np.ndarray, "residues 14 3"],
) -> Bool[np.ndarray, " pairs"]:
    """Tell which pairs, lower row first, are at most four bonds apart."""
    low, high = residue.T
    kinds = type[residue]
    to_peptide = _TO_C[kinds[:, 0], slot[:, 0]] + 1 + _TO_N[kinds[:, 1], slot[:, 1]]
    is_next = (high == low + 1) & linked[low]
    is_second = (high == low + 2) & linked[low] & linked[np.minimum(low + 1, len(linked) - 1)]
    by_peptide = np.where(is_next, to_peptide, np.where(is_second, to_peptide + _N_TO_N, _FAR))
    gap = np.linalg.norm(coord[low, _SG] - coord[high, _SG], axis=-1)
    bridged = (kinds == _CYS).all(axis=1) & (gap > DISULFIDE_A[0]) & (gap < DISULFIDE_A[1])
    by_sulfur = _TO_SG[kinds[:, 0], slot[:, 0]] + 1 + _TO_SG[kinds[:, 1], slot[:, 1]]
    return (by_peptide <= NEAREST_BONDS) | (bridged & (by_sulfur <= NEAREST_BONDS))
