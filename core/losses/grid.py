"""Gaussian rendering of peak lists on a grid of bins, without a (batch, peaks, bins) tensor."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import InputError
from core.losses.peaks import Peaks, require_positive

# A Gaussian 8 widths from its centre is 1e-14 of its height.
REACH_IN_SIGMA = 8.0
# Numbers that one array of a block holds: 1 MB in float64.
BLOCK = 2**17


@dataclass(frozen=True)
class Grid:
    """Equal bins; a spectrum is sampled at their centres, mz_min + (i + 0.5) bin_da.

    Args:
        sigma_da: Width of a peak in Da.
        bin_da: Width of a bin in Da.
        mz_min: Lower edge of the first bin.
        bins: Number of bins.
    """

    sigma_da: float
    bin_da: float
    mz_min: float
    bins: int

    @property
    def half(self) -> int:
        """Bins on either side of a peak's own bin that its Gaussian reaches."""
        return min(math.ceil(REACH_IN_SIGMA * self.sigma_da / self.bin_da + 0.5), self.bins)


def make_grid(*, sigma_da: float, bin_da: float, mz_min: float, mz_max: float) -> Grid:
    """Check the settings and count the bins; the last bin is whole.

    Raises:
        InputError: If a width is not positive or the range is empty.
    """
    require_positive("sigma_da", sigma_da)
    require_positive("bin_da", bin_da)
    if not mz_min < mz_max:
        raise InputError(
            "m/z range",
            expected="mz_min below mz_max",
            came=f"{mz_min:g} to {mz_max:g}",
            do="Widen the range",
        )
    return Grid(sigma_da, bin_da, mz_min, math.ceil((mz_max - mz_min) / bin_da - 1e-9))


@dataclass(frozen=True)
class Splat:
    """Where some peaks of a block fall on the grid.

    Args:
        row: Example of each peak within the block.
        column: Place of each peak in its list.
        cell: Flat index into the block's rendering.
        value: Gaussian of height 1 at the bin centres; 0 outside the grid.
        slope: Its derivative by the peak's position.
    """

    row: Int[Tensor, " peaks"]
    column: Int[Tensor, " peaks"]
    cell: Int[Tensor, "peaks window"]
    value: Float[Tensor, "peaks window"]
    slope: Float[Tensor, "peaks window"]


def splats(grid: Grid, peaks: Peaks) -> Iterator[Splat]:
    """Yield the footprints of the peaks of a block, a bounded number at a time."""
    offset = torch.arange(-grid.half, grid.half + 1, device=peaks.mz.device)
    for part in torch.split(peaks.mask.nonzero(), max(1, BLOCK // len(offset))):
        row, column = part[:, 0], part[:, 1]
        at = peaks.mz[row, column]
        place = ((at - grid.mz_min) / grid.bin_da).clamp(-grid.half - 1, grid.bins + grid.half)
        cell = place.floor().long()[:, None] + offset
        distance = grid.mz_min + (cell.to(at.dtype) + 0.5) * grid.bin_da - at[:, None]
        scaled = distance / grid.sigma_da
        value = torch.exp(scaled.square().mul(-0.5).clamp(min=-60.0))
        inside = (cell >= 0) & (cell < grid.bins) & (scaled.abs() <= REACH_IN_SIGMA)
        value = torch.where(inside, value, 0.0)
        cell = row[:, None] * grid.bins + cell.clamp(0, grid.bins - 1)
        yield Splat(row, column, cell, value, value * scaled / grid.sigma_da)


def render(
    grid: Grid, peaks: Peaks, out: Float[Tensor, "batch bins"]
) -> Float[Tensor, "batch bins"]:
    """Write the sum of the peaks' Gaussians at the bin centres to `out` and return it."""
    cells = out.zero_().view(-1)
    for splat in splats(grid, peaks):
        height = peaks.intensity[splat.row, splat.column]
        cells.index_add_(0, splat.cell.flatten(), (splat.value * height[:, None]).flatten())
    return out


def unrender(
    grid: Grid,
    peaks: Peaks,
    slope: Sequence[tuple[Float[Tensor, "batch 1"], Float[Tensor, "batch bins"]]],
) -> tuple[Float[Tensor, "batch peaks"], Float[Tensor, "batch peaks"]]:
    """Return the derivative by position and by intensity, given that by the rendering.

    Args:
        grid: The bins.
        peaks: What was rendered.
        slope: The derivative by the rendering as a sum of factor times spectrum; it is formed
            only where a peak falls.
    """
    by_mz, by_intensity = torch.zeros_like(peaks.mz), torch.zeros_like(peaks.mz)
    for splat in splats(grid, peaks):
        at = (splat.row, splat.column)
        pull = torch.zeros_like(splat.value)
        for factor, spectrum in slope:
            pull += factor[splat.row] * spectrum.view(-1)[splat.cell]
        by_mz[at] = (pull * splat.slope).sum(1) * peaks.intensity[at]
        by_intensity[at] = (pull * splat.value).sum(1)
    return by_mz, by_intensity
