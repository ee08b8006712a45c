"""How far off what was recovered is, by slot and in all, weighed by natural frequency."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.density.limit import Recovered
from core.problems.sidechain.density.sample import natural_weights
from core.problems.sidechain.metrics.rmsd import SELECTIONS


@dataclass(frozen=True, eq=False)
class SlotScores:
    """RMSD of some residues, their types weighed by natural frequency.

    Args:
        rmsd: By slot, over atoms with a partner, in angstrom; NaN where there is none.
        lost: By slot, the share of atoms that were not found within half an angstrom; NaN where
            there is no atom.
        count: Atoms looked for in each slot.
        overall: RMSD of all slots; NaN of nothing.
        side_chain: RMSD of slots 4 to 13.
        all_lost: Share of all atoms that were not found.
    """

    rmsd: Float[np.ndarray, " 14"]
    lost: Float[np.ndarray, " 14"]
    count: Int[np.ndarray, " 14"]
    overall: float
    side_chain: float
    all_lost: float


def score_recovered(found: Sequence[Recovered], type: Int[np.ndarray, " residues"]) -> SlotScores:
    """Score what was recovered, of all parts together.

    Args:
        found: Parts, in the order of the types.
        type: Index in RESIDUES.
    """
    squared = np.concatenate([part.distance for part in found]) ** 2
    missed = np.concatenate([part.missed for part in found])
    wanted = np.isfinite(squared) | missed
    return _scored(squared, np.where(wanted, missed, np.nan), type)


def score_constant(
    mean: Float[np.ndarray, "14 3"],
    coord: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
) -> SlotScores:
    """Score a prediction that sees no density: the mean place of each slot; CA too."""
    squared = ((coord - mean) ** 2).sum(axis=-1)
    return _scored(squared, np.where(np.isfinite(squared), 0.0, np.nan), type)


def _scored(
    squared: Float[np.ndarray, "residues 14"],
    missed: Float[np.ndarray, "residues 14"],
    type: Int[np.ndarray, " residues"],
) -> SlotScores:
    weight = np.repeat(natural_weights(type)[:, None], squared.shape[1], axis=1)
    side = list(SELECTIONS["side_chain"])
    return SlotScores(
        np.sqrt(_mean(squared, weight)),
        _mean(missed, weight),
        np.isfinite(missed).sum(axis=0),
        float(np.sqrt(_mean(squared.reshape(-1, 1), weight.reshape(-1, 1))[0])),
        float(np.sqrt(_mean(squared[:, side].reshape(-1, 1), weight[:, side].reshape(-1, 1))[0])),
        float(_mean(missed.reshape(-1, 1), weight.reshape(-1, 1))[0]),
    )


def _mean(
    value: Float[np.ndarray, "rows groups"], weight: Float[np.ndarray, "rows groups"]
) -> Float[np.ndarray, " groups"]:
    """Average what is known of each column; NaN where nothing is."""
    total = np.where(np.isfinite(value), weight, 0.0).sum(axis=0)
    summed = (np.nan_to_num(value) * weight).sum(axis=0)
    return np.where(total > 0, summed / np.maximum(total, 1e-300), np.nan)
