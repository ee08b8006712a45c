"""Real spherical harmonics of directions, in two conventions and two layouts."""

import math
from typing import Literal

import torch
from jaxtyping import Float
from sphericart.torch import SphericalHarmonics  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor

from core.errors import InputError
from core.representations.directions import lengths

# "sphericart": the polar axis is z, the harmonics are orthonormal on the sphere.
# "e3nn": the polar axis is y, normalisation "component": sqrt(4 pi) times orthonormal.
Convention = Literal["sphericart", "e3nn"]

# Nearer to the origin than this (in the unit of the points) a point has no direction.
NEAR_ORIGIN = 1e-6
LARGEST_DEGREE = 12

# e3nn at (x, y, z) is sqrt(4 pi) times sphericart at (z, x, y), in the same order and with the
# same signs.
_CYCLE, _BACK = (2, 0, 1), (1, 2, 0)


def harmonics(
    points: Float[Tensor, "*batch 3"], l_max: int, *, convention: Convention = "sphericart"
) -> Float[Tensor, "*batch harmonics"]:
    """Return the real spherical harmonics of the directions of points.

    The order is l = 0, 1 ... l_max, within it m = -l ... l: index l^2 + l + m. A point at the
    origin (nearer than 1e-6) has no direction: l = 0 keeps its constant, all other degrees are 0,
    and so is their gradient.

    Args:
        points: Vectors of any length; only their direction counts. Differentiable.
        l_max: Highest degree, 0 to 12.
        convention: "sphericart" (z polar, orthonormal) or "e3nn" (y polar, "component"). The sum
            of squares over m is (2 l + 1) / 4 pi in the first, 2 l + 1 in the second.

    Returns:
        (l_max + 1)^2 values for each point, in the type of the points.

    Raises:
        InputError: If the degree or the convention is not one of these.

    Source:
        sphericart (Bigi et al., J. Chem. Phys. 159, 064802, 2023); e3nn's documentation of
        `o3.spherical_harmonics`.

    Example:
        >>> harmonics(torch.tensor([[0.0, 0.0, 2.0]]), 1).round(decimals=3)
        tensor([[0.2820, 0.0000, 0.4890, 0.0000]])
    """
    calculator = _calculator(l_max, convention)
    flat, inside = _directions(points, convention)
    values = _scale(convention) * calculator(flat)
    values = torch.where(inside, values, _at_origin(l_max, convention, values))
    return values.reshape(*points.shape[:-1], (l_max + 1) ** 2)


def harmonics_with_slope(
    points: Float[Tensor, "*batch 3"], l_max: int, *, convention: Convention = "sphericart"
) -> tuple[Float[Tensor, "*batch harmonics"], Float[Tensor, "*batch 3 harmonics"]]:
    """Return the harmonics and their derivatives by x, y and z, outside the graph.

    Args, Raises: As for `harmonics`. The derivative at the origin is 0.
    """
    calculator = _calculator(l_max, convention)
    flat, inside = _directions(points.detach(), convention)
    values, slope = (_scale(convention) * part for part in calculator.compute_with_gradients(flat))
    if convention == "e3nn":
        slope = slope[:, _BACK, :]
    values = torch.where(inside, values, _at_origin(l_max, convention, values))
    slope = torch.where(inside[..., None], slope, 0.0)
    shape, count = points.shape[:-1], (l_max + 1) ** 2
    return values.reshape(*shape, count), slope.reshape(*shape, 3, count)


def squared_norm(l_max: int, convention: Convention) -> float:
    """Return the sum of the squares of all harmonics up to a degree, the same in all directions."""
    return _scale(convention) ** 2 * (l_max + 1) ** 2 / (4.0 * math.pi)


def degrees(l_max: int) -> list[int]:
    """Return the degree l of each harmonic: 0, 1, 1, 1, 2 ..."""
    return [degree for degree in range(l_max + 1) for _ in range(2 * degree + 1)]


def degree_of(count: int) -> int:
    """Return l_max of (l_max + 1)^2 harmonics.

    Raises:
        InputError: If the count is not a square.
    """
    side = math.isqrt(count)
    if count < 1 or side * side != count:
        raise InputError(
            "packed harmonics",
            expected="(l_max + 1)^2 of them: 1, 4, 9 ...",
            came=str(count),
            do="Choose the axis that holds the harmonics",
        )
    return side - 1


def pad(packed: Float[Tensor, "*packed"], *, dim: int = -1) -> Float[Tensor, "*padded"]:
    """Replace the axis of harmonics by two: l (l_max + 1) and m (2 l_max + 1, m = 0 in the middle).

    What lies outside |m| <= l is 0: at l_max 8, 72 of 153 places. It is the layout of the side
    chain note, [residue, channel, l, m, shell], for `dim=-2` of [residue, channel, lm, shell].

    Example:
        >>> pad(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
        [[0.0, 1.0, 0.0], [2.0, 3.0, 4.0]]
    """
    dim = dim % packed.ndim
    l_max = degree_of(packed.shape[dim])
    rest = packed.movedim(dim, -1)
    out = rest.new_zeros(*rest.shape[:-1], (l_max + 1) * (2 * l_max + 1))
    out[..., _places(l_max, packed.device)] = rest
    table = out.view(*rest.shape[:-1], l_max + 1, 2 * l_max + 1)
    return table.movedim(-2, dim).movedim(-1, dim + 1)


def unpad(padded: Float[Tensor, "*padded"], *, dim: int = -2) -> Float[Tensor, "*packed"]:
    """Undo `pad`: merge the axes l (`dim`) and m (the next one) to one axis of harmonics.

    What stands outside |m| <= l is left out.

    Raises:
        InputError: If the two axes do not have l_max + 1 and 2 l_max + 1 places.
    """
    dim = dim % padded.ndim
    rows, columns = padded.shape[dim : dim + 2] if dim + 1 < padded.ndim else (0, 0)
    if rows < 1 or columns != 2 * rows - 1:
        raise InputError(
            "padded harmonics",
            expected="axes of l_max + 1 and 2 l_max + 1 places one after the other",
            came=f"shape {tuple(padded.shape)}, axis {dim} as l",
            do="Name the axis of l with dim",
        )
    flat = padded.movedim((dim, dim + 1), (-2, -1)).flatten(-2)
    return flat[..., _places(rows - 1, padded.device)].movedim(-1, dim)


def _places(l_max: int, device: torch.device) -> Tensor:
    """Return where each packed harmonic lies in the flattened table of l and m."""
    width = 2 * l_max + 1
    places = [
        degree * width + l_max + m
        for degree in range(l_max + 1)
        for m in range(-degree, degree + 1)
    ]
    return torch.tensor(places, device=device)


def _calculator(l_max: int, convention: Convention) -> SphericalHarmonics:
    """Check the choice; a calculator holds buffers, so each call has its own (4 microseconds)."""
    if not 0 <= l_max <= LARGEST_DEGREE:
        raise InputError(
            "l_max", expected=f"0 to {LARGEST_DEGREE}", came=str(l_max), do="Choose another degree"
        )
    if convention not in ("sphericart", "e3nn"):
        raise InputError(
            "convention", expected="sphericart or e3nn", came=repr(convention), do="Choose one"
        )
    return SphericalHarmonics(l_max)


def _directions(
    points: Float[Tensor, "*batch 3"], convention: Convention
) -> tuple[Float[Tensor, "points 3"], Tensor]:
    """Return the points with z as polar axis, a stand-in for the origin, and who is not there."""
    flat = points.reshape(-1, 3)
    inside = lengths(flat.detach())[:, None] >= NEAR_ORIGIN
    # Not the norm but its argument is replaced: a NaN of the branch that is not taken would
    # still reach the gradient.
    flat = torch.where(inside, flat, flat.new_tensor([0.0, 0.0, 1.0]))
    return (flat[:, _CYCLE] if convention == "e3nn" else flat), inside


def _scale(convention: Convention) -> float:
    return math.sqrt(4.0 * math.pi) if convention == "e3nn" else 1.0


def _at_origin(l_max: int, convention: Convention, like: Tensor) -> Tensor:
    row = like.new_zeros((l_max + 1) ** 2)
    row[0] = _scale(convention) / math.sqrt(4.0 * math.pi)
    return row
