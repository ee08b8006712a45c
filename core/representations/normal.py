"""The normal equations of fitting points to densities, from small Gram matrices."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.representations.basis import DensityBasis, radial
from core.representations.directions import lengths
from core.representations.harmonics import NEAR_ORIGIN, harmonics, harmonics_with_slope


@dataclass(frozen=True)
class Normal:
    """The normal equations of some fits at their present positions.

    Args:
        loss: Squared norm of what the points leave.
        height: What a point counts.
        matrix: Inner products of the derivatives by the coordinates.
        slope: Inner products of the derivatives and what is left.
    """

    loss: Float[Tensor, " rows"]
    height: Float[Tensor, " rows"]
    matrix: Float[Tensor, "rows unknowns unknowns"]
    slope: Float[Tensor, "rows unknowns"]

    def overwrite(self, rows: Tensor, other: "Normal", chosen: Tensor) -> None:
        """Put the chosen rows of another in place of some rows of this."""
        for name in ("loss", "height", "matrix", "slope"):
            getattr(self, name)[rows] = getattr(other, name)[chosen]


@dataclass(frozen=True)
class Products:
    """Inner products of the parts of points; a point is harmonics x weights on the shells.

    Args:
        angle: Of harmonics (0) and their slopes by x, y, z (1 to 3) of each two points.
        shell: Of weights (0) and their slopes by the radius (1).
        onto: Of all combinations of both with the density.
        away: Unit vector from the origin to each point; 0 at the origin.
    """

    angle: Float[Tensor, "rows points 4 points 4"]
    shell: Float[Tensor, "rows points 2 points 2"]
    onto: Float[Tensor, "rows points 4 2"]
    away: Float[Tensor, "rows points 3"]


def model(
    position: Float[Tensor, "rows points 3"], basis: DensityBasis
) -> Float[Tensor, "rows harmonics shells"]:
    """Return the density of points of one channel, each of height 1."""
    angular = harmonics(position, basis.l_max, convention=basis.convention)
    weight = radial(lengths(position), basis=basis)
    return angular.transpose(1, 2) @ weight


def squared_norms(
    position: Float[Tensor, "rows points 3"], basis: DensityBasis
) -> Float[Tensor, "rows points"]:
    """Return the squared norm of the density of each point alone."""
    angular = harmonics(position, basis.l_max, convention=basis.convention)
    weight = radial(lengths(position), basis=basis)
    return angular.square().sum(-1) * weight.square().sum(-1)


def normal_equations(
    target: Float[Tensor, "rows harmonics shells"],
    position: Float[Tensor, "rows points 3"],
    basis: DensityBasis,
    fit_height: bool,
) -> Normal:
    """Return the normal equations by the coordinates of all points.

    The derivative of a whole density is never formed: d_a phi = (slope of harmonics by a) x weight
    + away_a harmonics x (slope of weight), so every inner product is a sum of products.

    Args:
        target: The densities to fit.
        position: The points, in angstrom.
        basis: Degrees and shells.
        fit_height: The common height of the points is the best one at every position, and is
            projected out of the matrix (variable projection); else it is 1.
    """
    parts = _products(target, position, basis)
    angle, shell, away = parts.angle, parts.shell, parts.away
    gram = angle[:, :, 0, :, 0] * shell[:, :, 0, :, 0]
    cross = angle[:, :, 1:, :, 0] * shell[:, :, None, 0, :, 0]
    cross = cross + away[..., None] * (angle[:, :, :1, :, 0] * shell[:, :, 1:, :, 0])
    pull = cross.sum(3).flatten(1)  # <d_a phi, model>
    seen = (parts.onto[:, :, 1:, 0] + away * parts.onto[:, :, :1, 1]).flatten(1)
    overlap, own = parts.onto[:, :, 0, 0].sum(1), gram.sum((1, 2))
    matrix, height = _derivatives(parts), torch.ones_like(overlap)
    if fit_height:
        own = own.clamp(min=1e-30)
        height = overlap / own
        matrix = matrix - pull[:, :, None] * pull[:, None] / own[:, None, None]
    loss = target.square().sum((1, 2)) - height * (2.0 * overlap - height * own)
    slope = height[:, None] * (seen - height[:, None] * pull)
    return Normal(loss, height, matrix * height.square()[:, None, None], slope)


def _products(
    target: Float[Tensor, "rows harmonics shells"],
    position: Float[Tensor, "rows points 3"],
    basis: DensityBasis,
) -> Products:
    rows, points = position.shape[:2]
    value, slope = harmonics_with_slope(position, basis.l_max, convention=basis.convention)
    angular = torch.cat([value[:, :, None], slope], 2)  # [rows, points, 4, harmonics]
    radius = lengths(position)[..., None]
    away = torch.where(radius < NEAR_ORIGIN, 0.0, position / radius.clamp(min=NEAR_ORIGIN))
    weight = radial(radius[..., 0], basis=basis)
    offset = radius - torch.tensor(basis.radii, dtype=radius.dtype, device=radius.device)
    shells = torch.stack([weight, weight * offset * (-1.0 / basis.width**2)], 2)
    a, s = angular.flatten(1, 2), shells.flatten(1, 2)
    return Products(
        (a @ a.transpose(1, 2)).view(rows, points, 4, points, 4),
        (s @ s.transpose(1, 2)).view(rows, points, 2, points, 2),
        (a @ target).view(rows, points, 4, basis.shells) @ shells.transpose(2, 3),
        away,
    )


def _derivatives(parts: Products) -> Float[Tensor, "rows unknowns unknowns"]:
    """Return <d_a phi_i, d_b phi_j> for every coordinate a of point i and b of point j."""
    angle, shell = parts.angle, parts.shell[:, :, :, None, :, :, None]
    left, right = parts.away[:, :, :, None, None], parts.away[:, None, None]
    out = angle[:, :, 1:, :, 1:] * shell[:, :, 0, :, :, 0]
    out = out + angle[:, :, 1:, :, :1] * shell[:, :, 0, :, :, 1] * right
    out = out + angle[:, :, :1, :, 1:] * shell[:, :, 1, :, :, 0] * left
    out = out + angle[:, :, :1, :, :1] * shell[:, :, 1, :, :, 1] * left * right
    return out.flatten(3).flatten(1, 2)
