"""What the grid form of the Gaussian cosine makes of one peak that moves by one sigma."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from core.errors import InputError
from core.losses.gaussian import gaussian_cosine_grid
from core.losses.peaks import Peaks

SIGMA_OVER_BIN = tuple(float(ratio) for ratio in np.geomspace(0.25, 2.0, 37))
# Without a grid: 1 - exp(-d^2 / 4 sigma^2) at d = sigma, and its slope in units of 1 / sigma.
CONTINUOUS = 1.0 - float(np.exp(-0.25))
CONTINUOUS_SLOPE = 0.5 * float(np.exp(-0.25))


@dataclass(frozen=True, eq=False)
class Ripple:
    """Cost of a shift by one sigma, over all places of the peak within a bin.

    Args:
        sigma_over_bin: Width of a peak over width of a bin.
        low: Smallest cost.
        high: Largest cost.
        gradient_low: Smallest derivative by the shift, over that without a grid; 1 is right.
        gradient_high: Largest one.
        continuous: The cost without a grid, 0.2212.
    """

    sigma_over_bin: Float[np.ndarray, " ratios"]
    low: Float[np.ndarray, " ratios"]
    high: Float[np.ndarray, " ratios"]
    gradient_low: Float[np.ndarray, " ratios"]
    gradient_high: Float[np.ndarray, " ratios"]
    continuous: float = CONTINUOUS

    @property
    def error(self) -> Float[np.ndarray, " ratios"]:
        """Largest distance from the cost without a grid, as a share of it."""
        return np.maximum(self.high - self.continuous, self.continuous - self.low) / self.continuous


def ripple(sigma_over_bin: Sequence[float] = SIGMA_OVER_BIN, *, places: int = 64) -> Ripple:
    """Shift one peak by one sigma from each of many places within a bin.

    Depends on the ratio alone, neither on a spectrum nor on the bin's width.

    Args:
        sigma_over_bin: Ratios above 0.
        places: How many places within a bin, 2 or more.

    Raises:
        InputError: A ratio is not positive, or there are fewer than 2 places.

    Example:
        >>> result = ripple([0.5])
        >>> round(float(result.low[0]), 2), round(float(result.high[0]), 2)
        (0.09, 0.35)
    """
    if places < 2 or not all(0 < ratio < np.inf for ratio in sigma_over_bin):
        raise InputError(
            "ripple",
            expected="ratios above 0 and at least 2 places",
            came=f"{list(sigma_over_bin)}, {places}",
            do="Correct them",
        )
    cost, slope = zip(*(_one_ratio(ratio, places) for ratio in sigma_over_bin), strict=True)
    return Ripple(
        np.array(sigma_over_bin),
        np.array([values.min() for values in cost]),
        np.array([values.max() for values in cost]),
        np.array([values.min() for values in slope]),
        np.array([values.max() for values in slope]),
    )


def _one_ratio(
    ratio: float, places: int
) -> tuple[Float[np.ndarray, " places"], Float[np.ndarray, " places"]]:
    """Return cost and relative slope at each place, with bins of width 1."""
    margin = float(np.ceil(10 * ratio) + 2)
    start = margin + torch.arange(places, dtype=torch.float64)[:, None] / places
    shifted = (start + ratio).requires_grad_()
    ones = torch.ones_like(start)
    cost = gaussian_cosine_grid(
        Peaks(shifted, ones, ones.bool()),
        Peaks(start, ones, ones.bool()),
        sigma_da=ratio,
        bin_da=1.0,
        mz_min=0.0,
        mz_max=2 * margin + 1 + float(np.ceil(ratio)),
    )
    (slope,) = torch.autograd.grad(cost.sum(), shifted)
    return cost.detach().numpy(), slope[:, 0].numpy() * ratio / CONTINUOUS_SLOPE
