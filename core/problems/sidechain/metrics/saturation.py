"""Whether an output is bounded (R-44): what it looks like, and which baseline it resembles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from core.errors import InputError
from core.problems.sidechain.metrics.baselines import clamp
from core.problems.sidechain.metrics.rmsd import SELECTIONS, slot_rmsd, squared_errors

SIDE_CHAIN: Final = SELECTIONS["side_chain"]
AT_BOUND: Final = 0.01  # of the bound
MOST_AT_BOUND: Final = 0.05  # of the outputs
CLOSE: Final = 0.05
_STEPS: Final = 40


@dataclass(frozen=True, eq=False)
class Resemblance:
    """How close a profile of RMSD by slot is to each baseline's.

    Args:
        bound: Of the box that fits best, in angstrom.
        clamped: RMSD by slot of the truth clamped to that box.
        distances: By baseline, "clamped" (to that box) among them: `profile_distance`.
    """

    bound: float
    clamped: Float[np.ndarray, " 14"]
    distances: Mapping[str, float]

    @property
    def is_clamped(self) -> bool:
        """Whether it is within 5 % of the clamped truth, and of nothing else more so."""
        nearest = min(self.distances, key=lambda name: self.distances[name])
        return nearest == "clamped" and self.distances["clamped"] < CLOSE


def resemblance(
    profile: Float[np.ndarray, " 14"],
    native: Float[np.ndarray, "residues 14 3"],
    others: Mapping[str, Float[np.ndarray, "residues 14 3"]],
    *,
    slots: Sequence[int] = SIDE_CHAIN,
) -> Resemblance:
    """Find what a profile looks like: the truth clamped to a box, or a constant.

    It tells that a bound is enough to make such a profile, not that one made it. A profile of
    other residues than `native` is compared with these residues' profile.

    Args:
        profile: RMSD by slot, in angstrom; NaN where not known.
        native: True coordinates in the local frame, in angstrom.
        others: Predictions by name to compare with, `CONSTANTS` of the baselines as a rule.
        slots: Slots to look at.

    Raises:
        InputError: The profile has no value in these slots.
    """
    bound = fit_bound(profile, native, slots=slots)
    clamped = slot_rmsd(squared_errors(clamp(native, bound), native)).rmsd
    distances = {
        name: profile_distance(slot_rmsd(squared_errors(pred, native)).rmsd, profile, slots=slots)
        for name, pred in others.items()
        if name != "clamped"
    }
    distances["clamped"] = profile_distance(clamped, profile, slots=slots)
    return Resemblance(bound, clamped, distances)


def fit_bound(
    profile: Float[np.ndarray, " 14"],
    native: Float[np.ndarray, "residues 14 3"],
    *,
    slots: Sequence[int] = SIDE_CHAIN,
) -> float:
    """Find the box whose clamped truth has the profile nearest to this one, in angstrom.

    Args:
        profile: RMSD by slot, in angstrom.
        native: True coordinates in the local frame, in angstrom.
        slots: Slots to look at.

    Raises:
        InputError: The profile has no value in these slots, or no coordinate is known.
    """
    chosen = native[:, list(slots)]
    if not np.isfinite(chosen).any() or not np.isfinite(profile[list(slots)]).any():
        raise InputError("profile", expected="an RMSD and coordinates in some slot of "
                         f"{min(slots)} to {max(slots)}", came="none",
                         do="Choose other slots or residues")  # fmt: skip

    def distance(bound: float) -> float:
        error = (np.clip(chosen, -bound, bound) - chosen).astype(float) ** 2
        there = np.isfinite(error).all(axis=-1)
        count = there.sum(axis=0)
        total = np.where(there, error.sum(axis=-1), 0.0).sum(axis=0)
        found = np.where(count > 0, np.sqrt(total / np.maximum(count, 1)), np.nan)
        return profile_distance(found, profile[list(slots)], slots=range(len(slots)))

    grid = np.linspace(0.0, float(np.nanmax(np.abs(chosen))), _STEPS + 1)[1:]
    best = int(np.argmin([distance(float(bound)) for bound in grid]))
    span = float(grid[0])
    around = (max(grid[best] - span, span / _STEPS), grid[best] + span)
    found: Any = minimize_scalar(distance, bounds=around, method="bounded")
    return float(found.x)


def profile_distance(
    profile: Float[np.ndarray, " slots"],
    reference: Float[np.ndarray, " slots"],
    *,
    slots: Sequence[int] = SIDE_CHAIN,
) -> float:
    """Give the RMS difference of two profiles over the RMS of the second; NaN without values.

    Args:
        profile: RMSD by slot, in angstrom; NaN where not known.
        reference: What it is relative to.
        slots: Slots to look at; those that either lacks are left out.

    Example:
        >>> profile_distance(np.array([1.1, 2.2]), np.array([1.0, 2.0]), slots=(0, 1)).__round__(3)
        0.1
    """
    one, other = profile[list(slots)], reference[list(slots)]
    known = np.isfinite(one) & np.isfinite(other)
    scale = (other[known] ** 2).sum()
    return float(np.sqrt(((one - other)[known] ** 2).sum() / scale)) if scale > 0 else float("nan")


def share_at_bound(pred: Float[np.ndarray, "residues 14 3"], bound: float | None = None) -> float:
    """Give the share of coordinates within 1 % of plus or minus the bound; above 5 % speaks of one.

    Args:
        pred: Outputs for atoms that exist, in the units of the bound; NaN for others.
        bound: Of the output; its largest absolute value where None, which says little of few.

    Returns:
        0 to 1; NaN of nothing.
    """
    size = np.abs(pred[np.isfinite(pred)])
    if not len(size):
        return float("nan")
    bound = float(size.max()) if bound is None else bound
    return float((np.abs(size - bound) <= AT_BOUND * bound).mean())
