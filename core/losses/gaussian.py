"""Cosine of two peak lists that are rendered as sums of Gaussians."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.losses.grid import BLOCK, Grid, make_grid, render, unrender
from core.losses.known_gradient import with_gradient
from core.losses.peaks import Peaks, cosine_loss, cosine_slope, nan_guard, require_positive, widest

# Two Gaussians that are 12 widths apart share exp(-36) of their product: below float64's rounding.
REACH_IN_SIGMA = 12.0


def gaussian_cosine(
    predicted: Peaks, observed: Peaks, *, sigma_da: float
) -> Float[Tensor, " batch"]:
    """Return 1 - cosine of two peak lists, each a sum of Gaussians on the whole mass axis.

    The inner product of two Gaussians of width sigma at a and b is exp(-(a - b)^2 / 4 sigma^2),
    so no grid is needed: only pairs of peaks within 12 sigma are formed, found by sorting.

    Args:
        predicted: Peaks of the model; differentiable in position and intensity.
        observed: Peaks of the measurement; differentiable as well.
        sigma_da: Width of a peak in Da, above 0.

    Returns:
        0 (same shape) to 1 (nothing in common) for intensities of 0 or more; 1 where a side has
        no peak. A peak that is shifted by d alone costs 1 - exp(-d^2 / 4 sigma^2).

    Raises:
        InputError: If the width is not positive.

    Example:
        >>> one = Peaks(torch.tensor([[500.0]]), torch.ones(1, 1), torch.ones(1, 1).bool())
        >>> two = Peaks(torch.tensor([[500.1]]), torch.ones(1, 1), torch.ones(1, 1).bool())
        >>> round(gaussian_cosine(one, two, sigma_da=0.1).item(), 3)
        0.221
    """
    require_positive("sigma_da", sigma_da)
    dtype = predicted.intensity.dtype
    batch, split = predicted.mz.shape
    mask = torch.cat([predicted.mask, observed.mask], 1)
    mz = torch.where(mask, torch.cat([widest(predicted.mz), widest(observed.mz)], 1), 0.0)
    height = torch.cat([widest(predicted.intensity), widest(observed.intensity)], 1)
    height = torch.where(mask, height, 0.0)
    one, other = _pairs_within(mz.detach(), mask, REACH_IN_SIGMA * sigma_da)
    width = mask.shape[1]
    flat_mz, flat_height = mz.flatten(), height.flatten()
    distance = flat_mz.index_select(0, one) - flat_mz.index_select(0, other)
    product = flat_height.index_select(0, one) * flat_height.index_select(0, other)
    overlap = product * torch.exp(distance.square() * (-0.25 / sigma_da**2))
    # Kind 0: both predicted, 1: one of each, 2: both observed.
    side = (torch.arange(width, device=mz.device) >= split).long()
    kind = side[one % width] + side[other % width]
    row = torch.div(one, width, rounding_mode="floor")
    sums = mz.new_zeros(batch * 3).index_add(0, row * 3 + kind, overlap).reshape(batch, 3)
    first = height[:, :split].square().sum(1) + 2.0 * sums[:, 0]
    second = height[:, split:].square().sum(1) + 2.0 * sums[:, 2]
    cross = sums[:, 1] + nan_guard(predicted) + nan_guard(observed)
    return cosine_loss(cross, first, second).to(dtype)


def _pairs_within(
    mz: Float[Tensor, "batch peaks"], mask: Bool[Tensor, "batch peaks"], reach: float
) -> tuple[Int[Tensor, " pairs"], Int[Tensor, " pairs"]]:
    """Return flat indices of all pairs of peaks of one example that are at most `reach` apart."""
    batch, width = mz.shape
    key, order = torch.where(mask, mz, float("inf")).sort(1)
    last = torch.searchsorted(key, key + reach, right=True)
    rank = torch.arange(width, device=mz.device)
    # Padding sorts to the end; it takes no partner and nobody reaches it.
    count = torch.where(key.isfinite(), last - rank - 1, 0).flatten()
    start = torch.arange(batch * width, device=mz.device)
    one = start.repeat_interleave(count)
    before = count.cumsum(0) - count
    other = one + 1 + torch.arange(one.numel(), device=mz.device) - before[one]
    flat = (order + torch.arange(batch, device=mz.device)[:, None] * width).flatten()
    return flat[one], flat[other]


def gaussian_cosine_grid(
    predicted: Peaks,
    observed: Peaks,
    *,
    sigma_da: float,
    bin_da: float = 0.1,
    mz_min: float = 0.0,
    mz_max: float = 2000.0,
) -> Float[Tensor, " batch"]:
    """Return 1 - cosine of two peak lists rendered on a grid, as the losses note defines it.

    Each list becomes the sum of its Gaussians at the bin centres mz_min + (i + 0.5) bin_da. A
    peak outside the grid contributes the tail that falls inside. Where sigma is below the bin,
    the value depends on where the bin edges fall: use `gaussian_cosine` for training.

    Args:
        predicted: Peaks of the model; differentiable in position and intensity.
        observed: Peaks of the measurement; differentiable as well.
        sigma_da: Width of a peak in Da, above 0.
        bin_da: Width of a bin in Da, above 0.
        mz_min: Lower edge of the first bin.
        mz_max: Upper edge of the last bin.

    Returns:
        0 (same shape) to 1 (nothing in common) for intensities of 0 or more; 1 where a side
        renders to nothing: no peak, none near the grid, or a width so small (below a sixteenth of
        a bin) that every peak falls between the centres.

    Raises:
        InputError: If a width is not positive or the range is empty.
    """
    grid = make_grid(sigma_da=sigma_da, bin_da=bin_da, mz_min=mz_min, mz_max=mz_max)
    inputs = (predicted.mz, predicted.intensity, observed.mz, observed.intensity)
    tracked = [torch.is_grad_enabled() and tensor.requires_grad for tensor in inputs]
    needed = any(tracked[:2]), any(tracked[2:])
    batch = predicted.mz.shape[0]
    value = widest(predicted.mz.new_ones(batch))
    slopes = tuple(torch.zeros_like(tensor) for tensor in inputs)
    step = min(max(1, BLOCK // grid.bins), max(batch, 1))
    # All blocks render to the same memory: fresh pages would cost more than the arithmetic.
    room = value.new_empty(2, step, grid.bins)
    for start in range(0, batch, step):
        rows = slice(start, start + step)
        first, second = (
            Peaks(widest(s.mz[rows].detach()), widest(s.intensity[rows].detach()), s.mask[rows])
            for s in (predicted, observed)
        )
        value[rows], parts = _grid_block(grid, first, second, room[:, : len(first.mz)], needed)
        for slope, part in zip(slopes, parts, strict=True):
            slope[rows] = part
    value += nan_guard(predicted) + nan_guard(observed)
    return with_gradient(value.to(predicted.intensity.dtype), inputs, slopes)


def _grid_block(
    grid: Grid,
    first: Peaks,
    second: Peaks,
    room: Float[Tensor, "two batch bins"],
    needed: tuple[bool, bool],
) -> tuple[Float[Tensor, " batch"], list[Float[Tensor, "batch peaks"]]]:
    """Return the losses of a block and their derivatives by the positions and heights."""
    spectra = [render(grid, side, out) for side, out in zip((first, second), room, strict=True)]
    both = room.transpose(0, 1)
    products = both @ both.transpose(1, 2)
    cross, one, two = products[:, 0, 1], products[:, 0, 0], products[:, 1, 1]
    slopes: list[Tensor] = []
    for wanted, side, norms, turned in (
        (needed[0], first, (one, two), spectra),
        (needed[1], second, (two, one), spectra[::-1]),
    ):
        if wanted:
            factors = cosine_slope(cross, *norms)
            slopes += unrender(grid, side, list(zip(factors, turned, strict=True)))
        else:
            slopes += [torch.zeros_like(side.mz)] * 2
    return cosine_loss(cross, one, two), slopes


def render_gaussians(
    mz: Float[np.ndarray, " peaks"],
    intensity: Float[np.ndarray, " peaks"],
    grid_mz: Float[np.ndarray, " points"],
    sigma_da: float,
) -> Float[np.ndarray, " points"]:
    """Return the sum of Gaussians of one peak list at given positions, for a picture.

    Args:
        mz: Positions of the peaks in Da per charge.
        intensity: Height of each Gaussian.
        grid_mz: Where to evaluate, rising, in Da per charge; spacing is free.
        sigma_da: Width of a peak in Da, above 0.

    Raises:
        InputError: If the width is not positive.

    Example:
        >>> render_gaussians(np.array([1.0]), np.array([2.0]), np.array([1.0, 50.0]), 0.5).tolist()
        [2.0, 0.0]
    """
    require_positive("sigma_da", sigma_da)
    height = np.zeros(len(grid_mz))
    reach = REACH_IN_SIGMA * sigma_da
    first = np.searchsorted(grid_mz, mz - reach)
    last = np.searchsorted(grid_mz, mz + reach)
    for at, tall, start, stop in zip(mz, intensity, first, last, strict=True):
        scaled = (grid_mz[start:stop] - at) / sigma_da
        height[start:stop] += tall * np.exp(-0.5 * scaled**2)
    return height
