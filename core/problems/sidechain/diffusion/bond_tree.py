"""Side chains as bond vectors: each atom minus its parent, and back; a fixed linear map.

Still Cartesian: no angle is taken, and whatever turns the frame turns the vectors. An error of one
atom moves all atoms behind it along, so a network that is off by little leaves bonds as they are.

The parent of an atom is its neighbour of the lowest slot among CA and the side chain, so the tree
begins at CA, the origin of the local frame, and each ring is open at one bond; proline's at CD-N.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.atoms import ATOM14, BACKBONE, BONDS, EXISTS14, RESIDUES, SLOTS

FIRST: Final = len(BACKBONE)  # slot of CB
SIDE: Final = SLOTS - FIRST
_CA: Final = BACKBONE.index("CA")


def _parents() -> Int[np.ndarray, "20 10"]:
    """Find the slot of each side-chain atom's parent; CA's where there is no atom."""
    table = np.full((len(RESIDUES), SIDE), _CA)
    for row, name in enumerate(RESIDUES):
        slots = [
            sorted((ATOM14[name].index(bond.one), ATOM14[name].index(bond.other)))
            for bond in BONDS[name]
        ]
        for child in range(FIRST, len(ATOM14[name])):
            nearer = [low for low, high in slots if high == child]
            table[row, child - FIRST] = min(s for s in nearer if s == _CA or s >= FIRST)
    return table


def _paths() -> Float[np.ndarray, "20 10 10"]:
    """Mark, for each atom, the bonds between CA and it, its own among them."""
    table = np.zeros((len(RESIDUES), SIDE, SIDE))
    for row, child in np.argwhere(EXISTS14[:, FIRST:]):
        parent = PARENT[row, child] - FIRST
        if parent >= 0:
            table[row, child] = table[row, parent]
        table[row, child, child] = 1.0
    return table


PARENT: Final[Int[np.ndarray, "20 10"]] = _parents()
PATHS: Final[Float[np.ndarray, "20 10 10"]] = _paths()
for _table in (PARENT, PATHS):
    _table.setflags(write=False)


def to_vectors(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Float[np.ndarray, "residues 10 3"]:
    """Give the bond vector that ends at each side-chain atom.

    Args:
        coord: In angstrom, in local frames, so that CA is the origin.
        type: Index in RESIDUES.

    Returns:
        NaN where the type has no atom, or the atom or its parent is missing.
    """
    parents = np.take_along_axis(coord, PARENT[type][:, :, None], axis=1)
    vectors = coord[:, FIRST:] - parents
    return np.where(EXISTS14[type, FIRST:, None], vectors, np.nan).astype(coord.dtype)


def to_side_chain(
    vectors: Float[np.ndarray, "residues 10 3"], type: Int[np.ndarray, " residues"]
) -> Float[np.ndarray, "residues 10 3"]:
    """Add up bond vectors to atoms in local frames; the inverse of `to_vectors`.

    Args:
        vectors: In angstrom; what stands where the type has no atom is not looked at.
        type: Index in RESIDUES.

    Example:
        >>> vectors = np.ones((1, SIDE, 3))
        >>> to_side_chain(vectors, np.array([RESIDUES.index("LYS")]))[0, :6, 0].tolist()
        [1.0, 2.0, 3.0, 4.0, 5.0, nan]
    """
    exists = EXISTS14[type, FIRST:, None]
    coord = np.einsum("nij,njc->nic", PATHS[type], np.where(exists, vectors, 0.0))
    return np.where(exists, coord, np.nan).astype(vectors.dtype)
