"""How coefficients of spherical harmonics change with the axes, found numerically."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from core.errors import InputError
from core.representations.directions import spread_directions
from core.representations.harmonics import (
    Convention,
    degree_of,
    degrees,
    harmonics,
)

# (x, y, z) -> (z, x, y): what e3nn calls its axes in sphericart's words.
_CYCLE = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def wigner(
    rotation: Float[Tensor, "3 3"], l_max: int, *, convention: Convention = "sphericart"
) -> Float[Tensor, "harmonics harmonics"]:
    """Return the matrix D with Y(R p) = D Y(p): it rotates coefficients as R rotates points.

    One block for each degree, by least squares over directions spread on the sphere; no formula
    of a convention enters, so it cannot be the wrong one.

    Args:
        rotation: An orthogonal matrix R; a reflection is one too.
        l_max: Highest degree, 0 to 12.
        convention: Convention of the harmonics.

    Returns:
        Block-diagonal and orthogonal, in the type of the rotation (computed in float64).

    Raises:
        InputError: If the matrix is not orthogonal, or as for `harmonics`.

    Example:
        >>> half_turn = torch.diag(torch.tensor([-1.0, -1.0, 1.0]))
        >>> wigner(half_turn, 1).diagonal().round().tolist()
        [1.0, -1.0, 1.0, -1.0]
    """
    wide = rotation.detach().double()
    off = (wide @ wide.T - torch.eye(3, dtype=wide.dtype, device=wide.device)).abs().max().item()
    if not off < 1e-4:
        raise InputError(
            "rotation",
            expected="an orthogonal matrix",
            came=f"one whose rows are off by {off:.2g}",
            do="Normalise it, for example by a QR decomposition",
        )
    points = spread_directions(4 * (2 * l_max + 1) + 8).to(wide)
    before = harmonics(points, l_max, convention=convention)
    after = harmonics(points @ wide.T, l_max, convention=convention)
    out = wide.new_zeros((l_max + 1) ** 2, (l_max + 1) ** 2)
    for degree in range(l_max + 1):
        rows = slice(degree**2, (degree + 1) ** 2)
        one, other = before[:, rows], after[:, rows]
        block = cast(Tensor, torch.linalg.lstsq(one, other)[0])  # pyright: ignore
        out[rows, rows] = block.T
    return out.to(rotation)


def change_convention(
    coefficients: Float[Tensor, "*batch"], *, source: Convention, target: Convention, dim: int = -1
) -> Float[Tensor, "*batch"]:
    """Return the coefficients of the same points in the same axes in the other convention.

    A density is a sum over points of harmonics of their directions; this turns the sum of
    sphericart's harmonics into that of e3nn's: sqrt(4 pi) times a rotation of the axes.

    Args:
        coefficients: Packed, (l_max + 1)^2 long in the axis of the harmonics.
        source: Convention they are in.
        target: Convention wanted.
        dim: Axis of the harmonics; -2 for a density with shells last.

    Raises:
        InputError: If that axis is not (l_max + 1)^2 long.
    """
    l_max = degree_of(coefficients.shape[dim])
    if source == target:
        return coefficients
    cycle = torch.tensor(_CYCLE, dtype=torch.float64, device=coefficients.device)
    matrix = wigner(cycle if target == "e3nn" else cycle.T, l_max)
    origin = torch.zeros(1, 3, dtype=torch.float64, device=coefficients.device)
    scale = [harmonics(origin, 0, convention=name).item() for name in (target, source)]
    matrix = (matrix * (scale[0] / scale[1])).to(coefficients.dtype)
    return (coefficients.movedim(dim, -1) @ matrix.T).movedim(-1, dim)


def power(coefficients: Float[Tensor, "*batch"], *, dim: int = -1) -> Float[Tensor, "*batch_l"]:
    """Return the sum of squares over m for each degree l; no rotation changes it.

    Args:
        coefficients: Packed, (l_max + 1)^2 long in the axis of the harmonics.
        dim: Axis of the harmonics, which becomes that of the degrees, l_max + 1 long.

    Raises:
        InputError: If that axis is not (l_max + 1)^2 long.

    Example:
        >>> power(torch.tensor([2.0, 1.0, 2.0, 2.0])).tolist()
        [4.0, 9.0]
    """
    l_max = degree_of(coefficients.shape[dim])
    degree = torch.tensor(degrees(l_max), device=coefficients.device)
    squares = coefficients.square().movedim(dim, -1)
    out = squares.new_zeros(*squares.shape[:-1], l_max + 1)
    return out.index_add(-1, degree, squares).movedim(-1, dim)
