"""Whether a version's side chains are molecules: angles, rotamers, bonds, rings.

A pooled RMSD does not tell: a mean over rotamers has a small one, and bonds that nothing has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import degrees
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.metrics.angles import (
    RECOVERY_RAD,
    chi_errors,
    chi_mae,
    near_staggered,
    rotamer_recovery,
)
from core.problems.sidechain.metrics.geometry import bond_errors, ring_flatness
from core.problems.sidechain.metrics.rmsd import SELECTIONS, mean_residue_rmsd, residue_rmsd
from core.problems.sidechain.metrics.shares import Share
from core.problems.sidechain.versions.version import Atoms

FLAT_WITHIN_A: Final = 0.05
SIDE: Final = SELECTIONS["side_chain"]


@dataclass(frozen=True)
class Quantity:
    """One figure of a version, beside the same of the true structure.

    Args:
        name: What is measured, for readers.
        unit: "Å", "°" or "%".
        value: Of the prediction; NaN of nothing.
        native: Of the true atoms of the same residues; NaN where it is 0 by definition.
        count: Residues, bonds or rings.
    """

    name: str
    unit: str
    value: float
    native: float
    count: int


def chemistry(atoms: Atoms) -> tuple[Quantity, ...]:
    """Measure a version; angles need no common frame, so any will do.

    Args:
        atoms: Predicted residues with their truth.
    """
    return (*_angles(atoms), *_bonds(atoms))


def _angles(atoms: Atoms) -> Iterator[Quantity]:
    pred, native = _complete(atoms)
    by_residue = residue_rmsd(atoms.squared, SIDE)
    yield Quantity("RMSD of the side chain, mean over residues", "Å",
                   mean_residue_rmsd(atoms.squared, SIDE), np.nan,
                   int(np.isfinite(by_residue).sum()))  # fmt: skip
    chi = chi_mae(chi_errors(pred, native, atoms.type))
    for place, (error, count) in enumerate(zip(chi.mae_rad, chi.count, strict=True), 1):
        yield Quantity(f"χ{place}, mean absolute error", "°", degrees(error), np.nan, int(count))
    for limit in RECOVERY_RAD:
        share = rotamer_recovery(pred, native, atoms.type, within_rad=limit)
        yield _percent(f"Rotamers recovered, all χ within {degrees(limit):.0f}°", share)
    found, true = (near_staggered(coord, atoms.type) for coord in (pred, native))
    yield _percent("χ1 within 20° of −60, 60 or 180°", found, true)


def _bonds(atoms: Atoms) -> Iterator[Quantity]:
    pred, native = _complete(atoms)
    off, of_native = (bond_errors(coord, atoms.type) for coord in (pred, native))
    yield Quantity("Bonds of side chains, off their ideal length", "Å", off.mean_abs,
                   of_native.mean_abs, off.count)  # fmt: skip
    rings, of_native = (ring_flatness(coord, atoms.type)[-1] for coord in (pred, native))
    yield _percent(f"Rings with all atoms within {FLAT_WITHIN_A:g} Å of their plane",
                   rings.flat[FLAT_WITHIN_A], of_native.flat[FLAT_WITHIN_A])  # fmt: skip


def _complete(
    atoms: Atoms,
) -> tuple[Float[np.ndarray, "residues 14 3"], Float[np.ndarray, "residues 14 3"]]:
    """Give both in one frame each, without atoms that only one of them has."""
    both = np.isfinite(atoms.squared)[..., None]
    return np.where(both, atoms.pred, np.nan), np.where(both, atoms.native, np.nan)


def _percent(name: str, share: Share, native: Share | None = None) -> Quantity:
    true = 100 * native.value if native else np.nan
    return Quantity(name, "%", 100 * share.value, true, share.count)
