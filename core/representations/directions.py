"""Directions spread evenly over the sphere."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def lengths(points: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch"]:
    """Return the length of each vector; at 0 its derivative is NaN."""
    return points.square().sum(-1).sqrt()


def spread_directions(count: int) -> Float[Tensor, "count 3"]:
    """Return unit vectors on a Fibonacci spiral, in float64.

    Neighbours are about sqrt(4 pi / count) radians apart, nowhere more than half as much again.

    Args:
        count: How many, 1 or more.

    Example:
        >>> spread_directions(100).sum(0).norm().item() < 1.0
        True
    """
    place = torch.arange(count, dtype=torch.float64)
    height = 1.0 - (2.0 * place + 1.0) / count
    turn = place * (math.pi * (3.0 - math.sqrt(5.0)))
    flat = (1.0 - height.square()).sqrt()
    return torch.stack([flat * turn.cos(), flat * turn.sin(), height], -1)
