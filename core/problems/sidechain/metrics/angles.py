"""Torsions of side chains: chi angles, their errors, and how many rotamers are recovered."""

from dataclasses import dataclass
from math import pi, radians
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

from core.problems.sidechain.atoms import ATOM14, CHI_ATOMS, RESIDUES
from core.problems.sidechain.metrics.shares import Share, share_of

ANGLES: Final = 4
STAGGERED_RAD: Final = (-pi / 3, pi / 3, pi)
RECOVERY_RAD: Final = (radians(20), radians(40))
# Half a turn gives the same molecule: chi2 of ASP, PHE and TYR, chi3 of GLU.
_HALF_TURN: Final = {"ASP": 1, "GLU": 2, "PHE": 1, "TYR": 1}
_SMALLEST: Final = 1e-6  # in square angstrom; below it three atoms lie on a line


def _slots() -> Int[np.ndarray, "20 4 4"]:
    table = np.full((len(RESIDUES), ANGLES, 4), -1)
    for row, name in enumerate(RESIDUES):
        for angle, atoms in enumerate(CHI_ATOMS[name]):
            table[row, angle] = [ATOM14[name].index(atom) for atom in atoms]
    return table


CHI_SLOTS: Final[Int[np.ndarray, "20 4 4"]] = _slots()
HAS_CHI: Final[Bool[np.ndarray, "20 4"]] = CHI_SLOTS[:, :, 0] >= 0
PERIOD_RAD: Final[Float[np.ndarray, "20 4"]] = np.full((len(RESIDUES), ANGLES), 2 * pi)
for _name, _angle in _HALF_TURN.items():
    PERIOD_RAD[RESIDUES.index(_name), _angle] = pi
for _table in (CHI_SLOTS, HAS_CHI, PERIOD_RAD):
    _table.setflags(write=False)


def dihedral(coord: Float[np.ndarray, "*angles 4 3"]) -> Float[np.ndarray, "*angles"]:
    """Measure the torsion about the middle of three bonds.

    Args:
        coord: Four atoms in a chain, in angstrom.

    Returns:
        In radians, -pi to pi, positive clockwise along the middle bond (IUPAC). NaN where an atom
        is missing or three lie on a line: atoms that coincide have no torsion, not one of 0.

    Example:
        >>> atoms = np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1]])
        >>> round(float(np.degrees(dihedral(atoms))))
        90
    """
    finite = np.where(np.isfinite(coord), coord, np.nan).astype(float)
    first, middle, last = np.moveaxis(np.diff(finite, axis=-2), -2, 0)
    before, after = np.cross(first, middle), np.cross(middle, last)
    sine = (first * after).sum(axis=-1) * np.linalg.norm(middle, axis=-1)
    cosine = (before * after).sum(axis=-1)
    sizes = np.minimum(np.linalg.norm(before, axis=-1), np.linalg.norm(after, axis=-1))
    return np.where(sizes > _SMALLEST, np.arctan2(sine, cosine), np.nan)


def chi_angles(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> Float[np.ndarray, "residues 4"]:
    """Measure chi1 to chi4 in radians, -pi to pi; NaN where the type has none or lacks an atom."""
    slots = CHI_SLOTS[type]
    rows = np.arange(len(type))[:, None, None]
    atoms = coord[rows, np.maximum(slots, 0)]
    return np.where(HAS_CHI[type], dihedral(atoms), np.nan)


def chi_errors(
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> Float[np.ndarray, "residues 4"]:
    """Give the absolute difference of each chi angle in radians, NaN where either has none.

    Returns:
        0 to pi; 0 to pi/2 where half a turn gives the same molecule, so that names of symmetric
        atoms do not matter: chi2 of ASP, PHE and TYR, chi3 of GLU.
    """
    period = PERIOD_RAD[type]
    difference = np.abs(chi_angles(pred, type) - chi_angles(native, type)) % period
    return np.minimum(difference, period - difference)


@dataclass(frozen=True, eq=False)
class ChiErrors:
    """Mean absolute errors of chi1 to chi4.

    Args:
        mae_rad: In radians; NaN of nothing.
        count: Residues in which both structures have the angle.
    """

    mae_rad: Float[np.ndarray, " 4"]
    count: Int[np.ndarray, " 4"]


def chi_mae(errors: Float[np.ndarray, "residues 4"]) -> ChiErrors:
    """Average each chi angle's errors, as `chi_errors` gives them; proline's are among them."""
    count = np.isfinite(errors).sum(axis=0)
    total = np.nansum(errors, axis=0)
    return ChiErrors(np.where(count > 0, total / np.maximum(count, 1), np.nan), count)


def rotamer_recovery(
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    *,
    within_rad: float = RECOVERY_RAD[0],
) -> Share:
    """Count residues **all** of whose chi angles are within a limit of the native ones.

    Of residues that have a chi angle (no ALA, no GLY) and whose native structure has them all. One
    that the prediction does not have is a miss. No rotamer library is asked.

    Args:
        pred: In angstrom, NaN where missing.
        native: The same.
        type: Index in RESIDUES.
        within_rad: Largest error, itself allowed. Others report 20 degrees (AttnPacker, McPartlon
            and Xu 2023; DiffPack, Zhang et al. 2023) or 40 (SCWRL4, Krivov et al. 2009).
    """
    has = HAS_CHI[type]
    known = has.any(axis=1) & (np.isfinite(chi_angles(native, type)) | ~has).all(axis=1)
    right = np.asarray(((chi_errors(pred, native, type) <= within_rad) | ~has).all(axis=1))
    return share_of(right[known])


def near_staggered(
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    *,
    within_rad: float = RECOVERY_RAD[0],
) -> Share:
    """Count residues whose chi1 is near -60, 60 or 180 degrees, where bonds are staggered.

    Without proline, whose ring holds chi1 near 30 degrees either way. Needs no native structure.
    """
    chi1 = chi_angles(coord, type)[type != RESIDUES.index("PRO"), 0]
    chi1 = chi1[np.isfinite(chi1)]
    off = np.abs(chi1[:, None] - np.array(STAGGERED_RAD))
    return share_of(np.minimum(off, 2 * pi - off).min(axis=1) <= within_rad)
