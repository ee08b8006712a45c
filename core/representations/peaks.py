"""The place where one more point would explain most of what is left of a density."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.representations.basis import DensityBasis, radial
from core.representations.directions import spread_directions
from core.representations.harmonics import harmonics

# Directions per harmonic: neighbours are then about 1.8 / (l_max + 1) radians apart, within the
# lobe from which least squares finds the peak.
DIRECTIONS = 4
# Numbers in one table of overlaps: 16 MB in float32.
BLOCK = 2**22


@dataclass(frozen=True)
class PeakGrid:
    """Candidates: every direction at every radius, and the origin, which has no direction.

    Args:
        direction: Unit vectors.
        radius: Radii in angstrom, above 0.
        angular: Harmonics of the directions.
        radial: Weight of each radius on each shell.
        squared: Squared norm of a candidate at each radius.
        origin: What a point at the origin leaves on each shell in l = 0.
    """

    direction: Float[Tensor, "directions 3"]
    radius: Float[Tensor, " radii"]
    angular: Float[Tensor, "directions harmonics"]
    radial: Float[Tensor, "radii shells"]
    squared: Float[Tensor, " radii"]
    origin: Float[Tensor, " shells"]


@dataclass(frozen=True)
class Peak:
    """The best candidate of each density.

    Args:
        position: Where it is, in angstrom.
        gain: By how much it lowers the squared norm.
    """

    position: Float[Tensor, "rows 3"]
    gain: Float[Tensor, " rows"]


def make_grid(basis: DensityBasis, device: torch.device) -> PeakGrid:
    """Lay out the candidates in float32: about a Gaussian's width apart in radius."""
    direction = spread_directions(DIRECTIONS * basis.harmonics).float().to(device)
    low = max(min(basis.radii) - basis.width, 0.5 * basis.width)
    high = max(basis.radii) + basis.width
    steps = max(2, round((high - low) / basis.width) + 1)
    radius = torch.linspace(low, high, steps, device=device)
    angular = harmonics(direction, basis.l_max, convention=basis.convention)
    weight = radial(radius, basis=basis)
    squared = angular[0].square().sum() * weight.square().sum(1)
    origin = angular[0, 0] * radial(radius.new_zeros(1), basis=basis)[0]
    return PeakGrid(direction, radius, angular, weight, squared, origin)


def best_peaks(residual: Float[Tensor, "rows harmonics shells"], grid: PeakGrid) -> Peak:
    """Return for each density the candidate that lowers its squared norm most.

    A candidate may have a height of 0 to 1: where two points are still taken for one, what is
    left looks like part of a point. Without that, one side chain in thirty ends in a false place.
    """
    size = max(1, BLOCK // (len(grid.direction) * len(grid.radius)))
    parts = [_best_of_block(part.to(grid.angular), grid) for part in torch.split(residual, size)]
    position = torch.cat([part.position for part in parts])
    return Peak(position.to(residual), torch.cat([part.gain for part in parts]).to(residual))


def tallest(
    density: Float[Tensor, "rows harmonics shells"], grid: PeakGrid
) -> Float[Tensor, " rows"]:
    """Return the greatest height of a single candidate: a first guess of what a point counts."""
    visible = grid.squared >= 0.5 * grid.squared.max()
    size = max(1, BLOCK // (len(grid.direction) * len(grid.radius)))
    parts = [
        (grid.angular @ part.to(grid.angular) @ grid.radial[visible].T / grid.squared[visible])
        .amax((1, 2))
        .clamp(min=1e-9)
        for part in torch.split(density, size)
    ]
    return torch.cat(parts).to(density)


def _best_of_block(residual: Float[Tensor, "rows harmonics shells"], grid: PeakGrid) -> Peak:
    overlap = grid.angular @ (residual @ grid.radial.T)
    gain, best = _gain(overlap, grid.squared).flatten(1).max(1)
    column = best % len(grid.radius)
    row = torch.div(best, len(grid.radius), rounding_mode="floor")
    position = grid.direction[row] * grid.radius[column, None]
    central = _gain(residual[:, 0] @ grid.origin, grid.origin.square().sum())
    at_origin = central > gain
    return Peak(
        torch.where(at_origin[:, None], 0.0, position), torch.where(at_origin, central, gain)
    )


def _gain(overlap: Float[Tensor, "*shape"], squared: Tensor) -> Float[Tensor, "*shape"]:
    """Return the largest 2 a overlap - a^2 squared over heights a of 0 to 1."""
    height = (overlap / squared.clamp(min=1e-12)).clamp(0.0, 1.0)
    return height * (2.0 * overlap - height * squared)
