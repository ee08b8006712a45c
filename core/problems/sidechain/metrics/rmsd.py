"""Root-mean-square deviation of atoms: pooled by slot and by residue type, each with its count.

**Pooled** is the root of the mean of all squared distances. A mean of the RMSD of residues (or of
batches) is another, smaller quantity: it has another name here, and the two are never mixed. An
atom that the native structure lacks is absent: it is neither an error of 0 nor a count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.errors import InputError
from core.problems.sidechain.atoms import RESIDUES, SLOTS

SELECTIONS: Final[Mapping[str, tuple[int, ...]]] = {
    "overall": tuple(range(SLOTS)),
    "side_chain": tuple(range(4, SLOTS)),
    "side_chain_without_cb": tuple(range(5, SLOTS)),
    "backbone": tuple(range(4)),
}
LABELS: Final[Mapping[str, str]] = {
    "overall": "overall",
    "side_chain": "side chain",
    "side_chain_without_cb": "side chain without CB",
    "backbone": "backbone",
}
OVERALL: Final = SELECTIONS["overall"]


@dataclass(frozen=True, eq=False)
class Pooled:
    """Pooled RMSD of several groups of atoms: slots, slots by type, bins.

    Args:
        rmsd: In angstrom; NaN where there is no atom.
        count: How many atoms were compared.
    """

    rmsd: Float[np.ndarray, "..."]
    count: Int[np.ndarray, "..."]


def squared_errors(
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "native_residues 14 3"],
    mask: Bool[np.ndarray, "residues 14"] | None = None,
) -> Float[np.ndarray, "residues 14"]:
    """Square the distance of each atom to its place in the native structure, in square angstrom.

    All other figures are made of this table. Does not superpose and does not rename.

    Args:
        pred: In angstrom and in the frame of `native`. What is predicted where the native
            structure has no atom is not looked at.
        native: NaN where an atom is missing.
        mask: Atoms to compare, as `EXISTS14[type]`; all that the native structure has where None.

    Returns:
        NaN where the atom is not compared. `missing` tells atoms that only `pred` lacks.

    Raises:
        InputError: The two differ in shape.

    Example:
        >>> native = np.full((1, 14, 3), np.nan)
        >>> native[0, :2] = 0.0
        >>> squared_errors(np.full((1, 14, 3), 2.0), native)[0, :3].tolist()
        [12.0, 12.0, nan]
    """
    if pred.shape != native.shape:
        raise InputError("prediction", expected=f"the native shape {native.shape}",
                         came=str(pred.shape), do="Align the residues first")  # fmt: skip
    there = _has_atom(pred) & _has_atom(native)
    there &= True if mask is None else mask
    difference = np.where(there[..., None], pred, 0.0) - np.where(there[..., None], native, 0.0)
    return np.where(there, (difference.astype(float) ** 2).sum(axis=-1), np.nan)


def missing(
    pred: Float[np.ndarray, "residues 14 3"],
    native: Float[np.ndarray, "residues 14 3"],
    mask: Bool[np.ndarray, "residues 14"] | None = None,
) -> Bool[np.ndarray, "residues 14"]:
    """Tell which atoms the native structure has and the prediction lacks (NaN or infinite).

    A prediction that leaves out what is hard would otherwise look better than one that tries.
    """
    lacking = _has_atom(native) & ~_has_atom(pred)
    return lacking if mask is None else lacking & mask


def _has_atom(coord: Float[np.ndarray, "residues 14 3"]) -> Bool[np.ndarray, "residues 14"]:
    return np.asarray(np.isfinite(coord).all(axis=-1))


def pooled_rmsd(squared: Float[np.ndarray, "residues 14"], slots: Sequence[int] = OVERALL) -> float:
    """Take the root of the mean over all atoms in these slots, in angstrom; NaN of nothing.

    Example:
        >>> squared = np.full((2, 14), np.nan)
        >>> squared[0, :3], squared[1, 0] = 1.0, 25.0
        >>> round(pooled_rmsd(squared), 4), round(mean_residue_rmsd(squared), 4)
        (2.6458, 3.0)
    """
    chosen = squared[:, list(slots)]
    count = np.isfinite(chosen).sum()
    return float(np.sqrt(np.nansum(chosen) / count)) if count else float("nan")


def residue_rmsd(
    squared: Float[np.ndarray, "residues 14"], slots: Sequence[int] = OVERALL
) -> Float[np.ndarray, " residues"]:
    """Give the RMSD of each residue over its atoms in these slots; NaN where it has none."""
    chosen = squared[:, list(slots)]
    count = np.isfinite(chosen).sum(axis=1)
    return root_mean(np.nansum(chosen, axis=1), count)


def mean_residue_rmsd(
    squared: Float[np.ndarray, "residues 14"], slots: Sequence[int] = OVERALL
) -> float:
    """Average the RMSD of the residues that have an atom in these slots; NaN of nothing.

    Not the pooled RMSD: each residue counts alike, whatever its size.
    """
    of_residue = residue_rmsd(squared, slots)
    of_residue = of_residue[np.isfinite(of_residue)]
    return float(of_residue.mean()) if len(of_residue) else float("nan")


def slot_rmsd(squared: Float[np.ndarray, "residues 14"]) -> Pooled:
    """Pool each of the 14 slots over all residues."""
    count = np.isfinite(squared).sum(axis=0)
    return Pooled(root_mean(np.nansum(squared, axis=0), count), count)


def slot_by_type(
    squared: Float[np.ndarray, "residues 14"],
    type: Int[np.ndarray, " residues"],
) -> Pooled:
    """Pool each slot for each residue type: a table of 14 slots x 20 types.

    Args:
        squared: As `squared_errors` gives it.
        type: Index in RESIDUES.
    """
    is_type = (type[:, None] == np.arange(len(RESIDUES))).astype(float)
    total = np.nan_to_num(squared).T @ is_type
    count = (np.isfinite(squared).T.astype(float) @ is_type).astype(int)
    return Pooled(root_mean(total, count), count)


def root_mean(
    total: Float[np.ndarray, "*groups"], count: Shaped[np.ndarray, "*groups"]
) -> Float[np.ndarray, "*groups"]:
    """Take the root of sums of squared errors over their counts; NaN where the count is 0."""
    return np.where(count > 0, np.sqrt(total / np.maximum(count, 1)), np.nan)
