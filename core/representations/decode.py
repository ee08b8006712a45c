"""Points out of a density without a network: an oracle for what the density still holds."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import InputError
from core.representations.basis import DensityBasis
from core.representations.peaks import make_grid
from core.representations.refine import Fit
from core.representations.search import Search, search

# What is worked on at a time: numbers of the densities (4 MB, 100 clouds by default), and clouds,
# as the normal equations of small densities are larger than they.
BLOCK, MOST_CLOUDS = 2**19, 128


@dataclass(frozen=True)
class Decoded:
    """Points found in densities, sorted by channel.

    Args:
        position: Where they are, in angstrom; NaN where there is no point.
        channel: Channel of each point, -1 where there is none.
        height: What a point counts in each channel: 1 unless it was fitted, NaN without points.
        residual: Norm of what the points leave over the norm of the density, 0 (all explained) to
            1 (nothing); 0 for an empty channel. Above 1 where a known number of points is more
            than the density shows.
    """

    position: Float[Tensor, "n points 3"]
    channel: Int[Tensor, "n points"]
    height: Float[Tensor, "n channels"]
    residual: Float[Tensor, "n channels"]


def decode(
    density: Float[Tensor, "n channels harmonics shells"],
    *,
    basis: DensityBasis,
    counts: Int[Tensor, "n channels"] | None = None,
    most: int = 16,
    fit_height: bool = False,
) -> Decoded:
    """Find the points behind densities: greedy peaks on a grid, each followed by least squares.

    Channels are independent. The best candidate on a grid of directions x radii is added and all
    points of the channel are refined, until the number is reached. Where a further point would
    still explain more than noise, it replaces the one that costs least.

    With unknown numbers a point is added while it stands out of what is left by 5 standard
    deviations and explains at least 5 % of its own squared norm; in the end a point leaves if
    it explains less than 20 % of it. Computed in float64, outside the graph. What it finds is a
    bound from below on what the density holds: a better search may find more.

    Args:
        density: As from `encode`, in the convention of the basis.
        basis: Degrees and shells of the density.
        counts: Number of points of each channel; None: unknown.
        most: Most points looked for in a channel if their number is unknown, 1 or more.
        fit_height: The points of a channel have an unknown height in common: for normalised
            densities, and worth a try after `threshold`, which lowers all points.

    Returns:
        The points, as wide as the fullest cloud. A channel whose density is 0 gives none, even if
        its number is known to be more.

    Raises:
        InputError: If shapes do not fit the basis, or a value or a number is out of range.

    Source:
        Matching pursuit (Mallat and Zhang, IEEE Trans. Signal Process. 41, 3397, 1993), with
        all points moved after each step.

    Example:
        >>> from core.representations.density import encode
        >>> basis = DensityBasis()
        >>> cloud = torch.tensor([[[1.0, 2.0, 0.5], [1.5, -1.0, 3.0]]])
        >>> kind = torch.tensor([[0, 0]])
        >>> found = decode(encode(cloud, kind, basis=basis, channels=1), basis=basis)
        >>> found.position.round(decimals=3).sort(dim=1).values.tolist()
        [[[1.0, -1.0, 0.5], [1.5, 2.0, 3.0]]]
    """
    _check(density, basis, counts, most)
    n, channels = density.shape[:2]
    how = Search(basis, make_grid(basis, density.device), fit_height, counts is not None)
    wanted = density.new_full((n, channels), most, dtype=torch.long) if counts is None else counts
    found: list[tuple[Tensor, Fit]] = []
    step = max(1, min(MOST_CLOUDS, BLOCK // (channels * basis.harmonics * basis.shells)))
    for start in range(0, n, step):
        target = density[start : start + step].detach().double().flatten(0, 1)
        number = wanted[start : start + step].flatten()
        rows = ((number > 0) & (target.square().sum((1, 2)) > 0)).nonzero()[:, 0]
        parts = search(target[rows], number[rows], how) if len(rows) else ()
        found += [(rows[part] + start * channels, fit) for part, fit in parts]
    return _gather(density, found)


def _gather(density: Tensor, found: list[tuple[Tensor, Fit]]) -> Decoded:
    """Put the fits of all channels side by side, clouds as wide as the fullest."""
    n, channels = density.shape[:2]
    norm = density.detach().double().square().sum((2, 3)).sqrt().flatten()
    number = torch.zeros(n * channels, dtype=torch.long, device=density.device)
    height, residual = torch.full_like(norm, torch.nan), (norm > 0).double()
    for rows, fit in found:
        number[rows] = fit.position.shape[1]
        if fit.position.shape[1]:
            height[rows], residual[rows] = fit.height, fit.loss.sqrt() / norm[rows]
    before = number.view(n, channels).cumsum(1).sub(number.view(n, channels)).flatten()
    width = int(number.view(n, channels).sum(1).max()) if n else 0
    position = norm.new_full((n, width, 3), torch.nan)
    channel = number.new_full((n, width), -1)
    for rows, fit in found:
        cloud = torch.div(rows, channels, rounding_mode="floor")[:, None]
        column = before[rows, None] + torch.arange(fit.position.shape[1], device=rows.device)
        position[cloud, column] = fit.position
        channel[cloud, column] = (rows % channels)[:, None].expand_as(column)
    shape = (n, channels)
    return Decoded(position.to(density), channel, height.view(shape), residual.view(shape))


def _check(density: Tensor, basis: DensityBasis, counts: Tensor | None, most: int) -> None:
    shape = (basis.harmonics, basis.shells)
    if density.shape[2:] != shape:
        raise InputError(
            "density",
            expected=f"{shape[0]} harmonics x {shape[1]} shells",
            came=" x ".join(map(str, density.shape[2:])),
            do="Decode with the basis of the encoding; `unpad` a padded density",
        )
    if not bool(density.isfinite().all()):
        raise InputError("density", expected="finite", came="NaN or inf", do="Check its source")
    if counts is not None and (counts.shape != density.shape[:2] or bool((counts < 0).any())):
        raise InputError(
            "counts",
            expected=f"{tuple(density.shape[:2])} numbers of 0 or more",
            came=f"shape {tuple(counts.shape)}" + " with some below 0" * bool((counts < 0).any()),
            do="Give the number of points of each cloud and channel",
        )
    if most < 1:
        raise InputError("most", expected="1 or more", came=str(most), do="Raise it")
