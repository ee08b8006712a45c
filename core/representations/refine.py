"""Nonlinear least squares of the points behind densities, many densities at a time."""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from core.representations.basis import DensityBasis
from core.representations.directions import lengths
from core.representations.normal import Normal, normal_equations

# No point moves farther than this in one step, in angstrom.
LONGEST_STEP = 0.5
# A fit is done when its points move less than this, in angstrom, or nothing helps any more.
STILL = 1e-6
STUCK = 1e9


@dataclass(frozen=True)
class Fit:
    """Points fitted to densities.

    Args:
        position: Where they are, in angstrom.
        height: What a point counts, the same for all points of a density; 1 unless it was fitted.
        loss: Squared norm of what the points leave.
    """

    position: Float[Tensor, "rows points 3"]
    height: Float[Tensor, " rows"]
    loss: Float[Tensor, " rows"]

    def take(self, rows: Tensor) -> "Fit":
        """Return some of the rows."""
        return Fit(self.position[rows], self.height[rows], self.loss[rows])

    def put(self, rows: Tensor, other: "Fit") -> "Fit":
        """Return the fits with others in place of some rows."""
        fields = ((self.position, other.position), (self.height, other.height))
        position, height = (mine.index_copy(0, rows, theirs) for mine, theirs in fields)
        return Fit(position, height, self.loss.index_copy(0, rows, other.loss))


def refine(
    target: Float[Tensor, "rows harmonics shells"],
    position: Float[Tensor, "rows points 3"],
    basis: DensityBasis,
    *,
    steps: int,
    fit_height: bool = False,
) -> Fit:
    """Move the points of each density to the nearest least-squares fit, by Levenberg-Marquardt.

    A point at the origin stays there: it has no direction to leave in. Does not add, remove or
    exchange points; a fit may end in a local minimum.

    Args:
        target: The densities, in float64.
        position: Where to start, in angstrom; every row with the same number of points, 1 or more.
        basis: Degrees and shells.
        steps: Most steps of a row; it stops earlier when its points move less than 1e-6 angstrom.
        fit_height: Whether the common height of the points is unknown too.
    """
    position = position.clone()
    state = normal_equations(target, position, basis, fit_height)
    damping = torch.full_like(state.loss, 1e-2)
    live = torch.arange(len(target), device=target.device)
    for _ in range(steps):
        if len(live) == 0:
            break
        step = _step(state, damping[live], live)
        trial = position[live] + step
        tried = normal_equations(target[live], trial, basis, fit_height)
        better = tried.loss < state.loss[live]
        position[live[better]] = trial[better]
        state.overwrite(live[better], tried, better)
        damping[live] *= torch.where(better, 0.2, 5.0)
        live = live[(step.abs().amax((1, 2)) >= STILL) & (damping[live] <= STUCK)]
    return Fit(position, state.height, state.loss.clamp(min=0.0))


def _step(
    state: Normal, damping: Float[Tensor, " live"], live: Tensor
) -> Float[Tensor, "live points 3"]:
    matrix = state.matrix[live]
    diagonal = matrix.diagonal(dim1=1, dim2=2)
    # A floor keeps the matrix regular where a point has no slope, as at the origin.
    floor = diagonal.amax(1, keepdim=True).clamp(min=1e-30) * 1e-9
    extra = damping[:, None] * diagonal + floor
    normal = matrix + extra.diag_embed()
    factor = cast(Tensor, torch.linalg.cholesky_ex(normal)[0])  # pyright: ignore
    step = torch.cholesky_solve(state.slope[live, :, None], factor).view(len(live), -1, 3)
    return step * (LONGEST_STEP / lengths(step)[..., None].clamp(min=LONGEST_STEP))
