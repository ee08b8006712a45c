"""Whether totals agree with the table they are totals of (R-50), by how often residues occur."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.atoms import EXISTS14, ONE_LETTER, RESIDUES
from core.problems.sidechain.metrics.rmsd import SELECTIONS
from core.problems.sidechain.reported.table_files import ReportedTable

# In percent. Source: composition of UniProtKB/Swiss-Prot, release 2013_04 (release notes, April
# 2013), as ProtScale cites it (Bairoch).
SWISS_PROT_PERCENT: Final[Mapping[str, float]] = {
    "A": 8.25, "R": 5.53, "N": 4.06, "D": 5.45, "C": 1.37, "Q": 3.93, "E": 6.75, "G": 7.07,
    "H": 2.27, "I": 5.96, "L": 9.66, "K": 5.84, "M": 2.42, "F": 3.86, "P": 4.70, "S": 6.56,
    "T": 5.34, "W": 1.08, "Y": 2.92, "V": 6.87,
}  # fmt: skip
DISAGREES_A: Final = 0.02


def atoms_per_residue(
    percent: Mapping[str, float] = SWISS_PROT_PERCENT,
) -> Float[np.ndarray, " 14"]:
    """Give how many of a mean residue's atoms are in each slot: 1 in the backbone, less outside.

    Args:
        percent: Frequency by one-letter code, in any unit.

    Example:
        >>> atoms_per_residue()[[0, 4, 13]].round(3).tolist()
        [1.0, 0.929, 0.011]
    """
    share = np.array([percent[ONE_LETTER[name]] for name in RESIDUES])
    return share @ EXISTS14 / share.sum()


@dataclass(frozen=True)
class Recomputed:
    """A total made of a table by slot.

    Args:
        value: Root of the mean square over atoms, in angstrom; NaN where a slot is not known.
        low: The least it can be, as the values in the table are rounded.
        high: The most.
    """

    value: float
    low: float
    high: float

    def agrees(self, reported: float) -> bool | None:
        """Whether a reported total is within 0.02 angstrom; None where that cannot be told."""
        if not np.isfinite(self.value):
            return None
        return abs(reported - self.value) <= DISAGREES_A


def recompute(
    table: ReportedTable, weights: Float[np.ndarray, " 14"] | None = None
) -> dict[str, Recomputed]:
    """Make the totals of a table: by name of SELECTIONS, "overall" and "side_chain" among them.

    Args:
        table: RMSD by slot.
        weights: Atoms in each slot, in any unit. Where None the table's own counts, or, where it
            has none, those of natural residue frequencies.
    """
    if weights is None:
        has_counts = np.isfinite(table.count[np.isfinite(table.rmsd)]).all()
        weights = np.nan_to_num(table.count) if has_counts else atoms_per_residue()
    moved = [np.maximum(table.rmsd + step, 0.0) for step in (0, -table.half_unit, table.half_unit)]
    return {
        name: Recomputed(*(_total(rmsd, weights, slots) for rmsd in moved))
        for name, slots in SELECTIONS.items()
    }


def _total(
    rmsd: Float[np.ndarray, " 14"], weights: Float[np.ndarray, " 14"], slots: tuple[int, ...]
) -> float:
    chosen, weight = rmsd[list(slots)], weights[list(slots)]
    if not weight.sum() > 0 or not np.isfinite(chosen[weight > 0]).all():
        return float("nan")
    return float(np.sqrt((weight * np.nan_to_num(chosen) ** 2).sum() / weight.sum()))
