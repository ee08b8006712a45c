"""How sure a mean error of bond lengths is: residues count as independent, their bonds do not."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.atoms import ATOM14, RESIDUES
from core.problems.sidechain.metrics.geometry import Bonds, side_chain_bonds

WIDE: Final = 1.96  # standard errors on either side
FEWEST: Final = 2  # residues


@dataclass(frozen=True, eq=False)
class Intervals:
    """Mean absolute errors of each of RESIDUES, then of all, with 95 % intervals.

    Args:
        value: In angstrom; NaN of nothing.
        low: Lower end; NaN of fewer than two residues.
        high: Upper end.
        count: Bonds.
    """

    value: Float[np.ndarray, " 21"]
    low: Float[np.ndarray, " 21"]
    high: Float[np.ndarray, " 21"]
    count: Int[np.ndarray, " 21"]


def bond_intervals(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"], bonds: Bonds
) -> Intervals:
    """Give the mean error of bond lengths by type, with intervals.

    Of one run: it says how much depends on which residues were sampled, not on the training.

    Args:
        coord: In angstrom, in any frame; bonds that lack an atom do not count.
        type: Index in RESIDUES.
        bonds: Right lengths.

    Source: the standard error of a ratio of two sums over residues (Cochran 1977, section 2.11).
    """
    sums = [_sums(coord[type == kind], name, bonds) for kind, name in enumerate(RESIDUES)]
    sums.append((np.concatenate([s for s, _ in sums]), np.concatenate([n for _, n in sums])))
    rows = [_ratio(total, count) for total, count in sums]
    value, low, high = np.array([row[:3] for row in rows]).T
    return Intervals(value, low, high, np.array([row[3] for row in rows]))


def _sums(
    coord: Float[np.ndarray, "residues 14 3"], name: str, bonds: Bonds
) -> tuple[Float[np.ndarray, " residues"], Int[np.ndarray, " residues"]]:
    """Add up the errors of each residue of a type, and count its bonds."""
    chosen = side_chain_bonds(name, bonds)
    ends = [[ATOM14[name].index(bond[end]) for bond in chosen] for end in (0, 1)]
    length = np.linalg.norm(coord[:, ends[0]] - coord[:, ends[1]], axis=-1)
    off = np.abs(length - np.array([bond.length for bond in chosen]))
    return np.nansum(off, axis=1), np.isfinite(off).sum(axis=1)


def _ratio(
    total: Float[np.ndarray, " residues"], count: Int[np.ndarray, " residues"]
) -> tuple[float, float, float, int]:
    total, count = total[count > 0], count[count > 0]
    residues, bonds = len(count), int(count.sum())
    if not bonds:
        return np.nan, np.nan, np.nan, 0
    value = float(total.sum() / bonds)
    if residues < FEWEST:
        return value, np.nan, np.nan, bonds
    spread = ((total - value * count) ** 2).sum() * residues / (residues - 1)
    half = WIDE * float(np.sqrt(spread)) / bonds
    return value, max(value - half, 0.0), value + half, bonds
