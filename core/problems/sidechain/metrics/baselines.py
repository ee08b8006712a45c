"""What a prediction must beat: the origin, two constants, and the truth clamped to a box.

All in the local frame of the backbone (origin CA). The first three never see what they predict;
the last has every coordinate right up to a bound, as an output bounded by tanh has at its best.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, RESIDUES

LABELS: Final[Mapping[str, str]] = {
    "origin": "all atoms at CA",
    "slot_mean": "mean of the slot",
    "type_mean": "mean of the slot by residue type",
    "clamped": "truth clamped to a box",
}
CONSTANTS: Final = ("origin", "slot_mean", "type_mean")
BOUND_A: Final = 1.0


@dataclass(frozen=True, eq=False)
class Means:
    """Mean places of atoms in the local frame, in angstrom.

    Args:
        slot: Of each slot; CA where no residue had such an atom.
        by_type: Of each slot of each type; that of the slot where no such atom was seen.
        count: Atoms behind each mean by type.
    """

    slot: Float[np.ndarray, "14 3"]
    by_type: Float[np.ndarray, "20 14 3"]
    count: Int[np.ndarray, "20 14"]

    @property
    def residues(self) -> int:
        """How many residues they were fitted on: all have a CA."""
        return int(self.count[:, 1].sum())


def fit_means(
    native: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Means:
    """Average where atoms lie.

    Args:
        native: Of training residues in their local frames, in angstrom, NaN where missing.
        type: Index in RESIDUES.
    """
    is_type = (type[:, None] == np.arange(len(RESIDUES))).astype(float)
    there = np.isfinite(native).all(axis=-1) & EXISTS14[type]
    total = np.einsum("rt,rsc->tsc", is_type, np.where(there[..., None], native, 0.0).astype(float))
    count = np.einsum("rt,rs->ts", is_type, there.astype(float))
    return join_types(total, count.astype(int))


def join_types(total: Float[np.ndarray, "20 14 3"], count: Int[np.ndarray, "20 14"]) -> Means:
    """Make means of the sums of coordinates by type and slot, in angstrom, and of their counts."""
    slot = _divided(total.sum(axis=0), count.sum(axis=0), np.zeros(3))
    return Means(slot, _divided(total, count, slot), count)


def _divided(
    total: Float[np.ndarray, "*groups 3"],
    count: Int[np.ndarray, "*groups"],
    otherwise: Float[np.ndarray, "..."],
) -> Float[np.ndarray, "*groups 3"]:
    return np.where(count[..., None] > 0, total / np.maximum(count, 1)[..., None], otherwise)


@dataclass(frozen=True, eq=False)
class Baselines:
    """Predictions that a model is compared with.

    Args:
        predictions: Coordinates by name of LABELS, in the local frame; NaN in slots that the type
            does not have.
        is_same: Whether the means were fitted on the very residues that they predict, which
            flatters them.
        fitted_on: How many residues they were fitted on.
        bound: Of the clamped one, in angstrom.
    """

    predictions: Mapping[str, Float[np.ndarray, "residues 14 3"]]
    is_same: bool
    fitted_on: int
    bound: float

    @property
    def text(self) -> str:
        """Where the constants come from, in words."""
        whose = "these residues themselves" if self.is_same else "training residues"
        return f"means of {self.fitted_on:,} residues: {whose}"


def make_baselines(
    native: Float[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    training: tuple[
        Float[np.ndarray, "training_residues 14 3"], Int[np.ndarray, " training_residues"]
    ]
    | None = None,
    *,
    bound: float = BOUND_A,
) -> Baselines:
    """Predict residues in the four ways of LABELS.

    Args:
        native: Of the residues to predict, in their local frames, in angstrom.
        type: Index in RESIDUES.
        training: Local coordinates and types of other residues, which the means are fitted on; the
            residues themselves where None, which the result says.
        bound: Half the edge of the box, above 0.

    Raises:
        InputError: The bound is not above 0.
    """
    fitted_on = (native, type) if training is None else training
    means = fit_means(*fitted_on)
    predictions = {
        "origin": np.zeros((len(type), *means.slot.shape)),
        "slot_mean": np.tile(means.slot, (len(type), 1, 1)),
        "type_mean": means.by_type[type],
        "clamped": clamp(native, bound).astype(float),
    }
    exists = EXISTS14[type][..., None]
    return Baselines(
        {name: np.where(exists, coord, np.nan) for name, coord in predictions.items()},
        training is None,
        len(fitted_on[1]),
        bound,
    )


def clamp(
    native: Float[np.ndarray, "*atoms 3"], bound: float = BOUND_A
) -> Float[np.ndarray, "*atoms 3"]:
    """Bring each coordinate between -bound and bound: the best that a bounded output can do.

    Args:
        native: In the local frame, in angstrom; NaN stays.
        bound: Above 0.

    Raises:
        InputError: The bound is not above 0.

    Example:
        >>> clamp(np.array([0.5, -3.0, 1.2])).tolist()
        [0.5, -1.0, 1.0]
    """
    if not bound > 0:
        raise InputError("bound", expected="a length above 0 Å", came=f"{bound:g}",
                         do="Choose another one")  # fmt: skip
    return np.clip(native, -bound, bound)
