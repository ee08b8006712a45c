"""A loss and its gradient while all predicted peaks move together: how far does it reach?"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.signal import find_peaks

from core.problems.peptide.analysis.scoring import (
    CERTAIN,
    Belief,
    Prepared,
    has_pull,
    loss_named,
    shifted_loss,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.residues import ISOTOPE_DA

# A dip counts as a minimum when it is this share of the whole range of the curve.
MIN_PROMINENCE = 0.01
# How far from the isotope's offset its false minimum may lie.
ISOTOPE_REACH_DA = 0.15


@dataclass(frozen=True, eq=False)
class OffsetCurve:
    """One loss against the common offset.

    Args:
        loss: Key of `SPECTRUM_LOSSES`.
        offset_da: Shift of all predicted peaks in m/z, ascending.
        value: Loss at each offset.
        gradient: Its derivative by the offset.
        minima_da: Offsets of local minima.
        isotope_da: The minimum near +1.003, where 13C peaks are taken for the ions; None where
            there is no local minimum.
    """

    loss: str
    offset_da: Float[np.ndarray, " offsets"]
    value: Float[np.ndarray, " offsets"]
    gradient: Float[np.ndarray, " offsets"]
    minima_da: tuple[float, ...]
    isotope_da: float | None


def offsets(low_da: float = -1.5, high_da: float = 1.5, points: int = 241) -> np.ndarray:
    """Space offsets evenly; an odd number between symmetric ends holds 0 itself."""
    return np.linspace(low_da, high_da, points)


def offset_curve(
    peptide: Peptide,
    observed: Prepared,
    loss: str,
    options: SpectrumOptions,
    *,
    offset_da: Float[np.ndarray, " offsets"] | None = None,
    belief: Belief = CERTAIN,
) -> OffsetCurve:
    """Move all predicted peaks and read loss and gradient, in one call.

    An uncertain `expected_spectrum` has no predicted peaks to move: the spectrum is moved the
    other way, and the gradient is a difference of neighbouring points.

    Args:
        peptide: What is predicted.
        observed: Prepared peaks.
        loss: Key of `SPECTRUM_LOSSES`; cache by its `relevant(options)`.
        options: Widths, tolerances, ions, range.
        offset_da: Shifts in m/z, ascending, two or more. If None, -1.5 to 1.5 in 241 points, or
            in 121 for an uncertain `expected_spectrum`, which costs a hundred times as much.
        belief: How sure the model is; its own offset is not read.
    """
    chosen = loss_named(loss)
    smooth = has_pull(chosen, belief)
    grid = offsets(points=241 if smooth else 121) if offset_da is None else offset_da
    shift = torch.tensor(grid, requires_grad=smooth)
    value = shifted_loss(
        chosen, [peptide] * len(grid), [observed] * len(grid), shift, options, belief
    )
    if smooth:
        (slope,) = torch.autograd.grad(value.sum(), shift)
        gradient = slope.numpy()
    else:
        gradient = np.gradient(value.numpy(), grid)
    values = value.detach().numpy()
    minima = local_minima(grid, values)
    near = [m for m in minima if abs(m - ISOTOPE_DA) <= ISOTOPE_REACH_DA]
    isotope = min(near, key=lambda m: abs(m - ISOTOPE_DA)) if near else None
    return OffsetCurve(loss, grid, values, gradient, minima, isotope)


def local_minima(
    offset_da: Float[np.ndarray, " offsets"], value: Float[np.ndarray, " offsets"]
) -> tuple[float, ...]:
    """Find the offsets of dips that stand out by 1 % of the curve's range; ends are none."""
    range_ = float(np.ptp(value))
    if range_ == 0:
        return ()
    found, _ = find_peaks(-value, prominence=MIN_PROMINENCE * range_)
    return tuple(float(offset_da[i]) for i in found)
