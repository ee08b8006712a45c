"""RMSD against a quantity of the atoms: the distance from CA, a B-factor."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.metrics.rmsd import Pooled, root_mean

CA: Final = 1


def radius(native: Float[np.ndarray, "residues 14 3"]) -> Float[np.ndarray, "residues 14"]:
    """Give the distance of each atom from the CA of its residue, in angstrom, in any frame."""
    return np.linalg.norm(native - native[:, [CA]], axis=-1)


@dataclass(frozen=True, eq=False)
class Binned(Pooled):
    """Pooled RMSD in bins of some quantity of the atoms.

    Args:
        low: Lower edge of each bin, which belongs to it.
        high: Upper edge, which does not.
        mean: Mean of the quantity over the atoms of the bin; NaN of none.
    """

    low: Float[np.ndarray, " bins"]
    high: Float[np.ndarray, " bins"]
    mean: Float[np.ndarray, " bins"]


def binned_rmsd(
    squared: Float[np.ndarray, "residues 14"],
    quantity: Float[np.ndarray, "residues 14"],
    edges: Float[np.ndarray, " edges"],
) -> Binned:
    """Pool atoms by a quantity of theirs: `radius`, a B-factor.

    Args:
        squared: As `squared_errors` gives it.
        quantity: Of each atom; one without a value, or outside the edges, is in no bin.
        edges: Rising, at least two.
    """
    has = np.isfinite(squared) & np.isfinite(quantity)
    bins = len(edges) - 1
    at = np.searchsorted(edges, quantity[has], side="right") - 1
    within = (at >= 0) & (at < bins)
    at, error, value = at[within], squared[has][within], quantity[has][within]
    count = np.bincount(at, minlength=bins)
    total, mean = (np.bincount(at, weights=w, minlength=bins) for w in (error, value))
    return Binned(root_mean(total, count), count, edges[:-1].astype(float), edges[1:].astype(float),
                  np.where(count > 0, mean / np.maximum(count, 1), np.nan))  # fmt: skip
