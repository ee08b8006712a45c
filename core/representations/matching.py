"""Which found point stands for which true one."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor

from core.errors import InputError
from core.representations.directions import lengths


@dataclass(frozen=True)
class Matched:
    """True and found points of clouds, paired.

    Args:
        distance: From each true point to its partner in angstrom, however far; NaN where there is
            no true point, or no partner because fewer were found.
        missed: True points without a partner within reach.
        false: Found points without a partner within reach.
    """

    distance: Float[Tensor, "n atoms"]
    missed: Bool[Tensor, "n atoms"]
    false: Bool[Tensor, "n points"]


def match(
    position: Float[Tensor, "n atoms 3"],
    channel: Int[Tensor, "n atoms"],
    found: Float[Tensor, "n points 3"],
    found_channel: Int[Tensor, "n points"],
    *,
    reach: float = 0.5,
) -> Matched:
    """Pair true and found points within each channel.

    As many pairs as possible lie within reach; among those choices the sum of squared distances
    is least. With as many found as true points every true point has a partner; with unknown
    numbers read `distance` together with `missed` and `false`.

    Args:
        position: True points in angstrom.
        channel: Their channels, -1 where there is none.
        found: Found points in angstrom.
        found_channel: Their channels, -1 where there is none.
        reach: Distance in angstrom above which a pair does not count as found, above 0.

    Raises:
        InputError: If the reach is not above 0.

    Example:
        >>> true, kind = torch.tensor([[[0.0, 0, 1], [0, 0, 2]]]), torch.tensor([[0, 0]])
        >>> match(true, kind, true.flip(1) + 0.1, kind).distance.round(decimals=2)
        tensor([[0.1700, 0.1700]])
    """
    if not reach > 0.0:
        raise InputError("reach", expected="above 0", came=f"{reach:g}", do="Choose a distance")
    distance = position.new_full(channel.shape, torch.nan)
    false = found_channel >= 0
    both = lengths(position.detach()[:, :, None] - found.to(position).detach()[:, None])
    kinds = int(channel.max()) + 1 if channel.numel() else 0
    for cloud in range(len(position)):
        for kind in range(kinds):
            mine = (channel[cloud] == kind).nonzero()[:, 0]
            theirs = (found_channel[cloud] == kind).nonzero()[:, 0]
            if len(mine) == 0 or len(theirs) == 0:
                continue
            table = both[cloud][mine][:, theirs]
            first, second = _assign(table, reach)
            gap = table[first, second]
            distance[cloud, mine[first]] = gap
            false[cloud, theirs[second]] = gap > reach
    missed = (channel >= 0) & ~(distance <= reach)
    return Matched(distance, missed, false)


def _assign(
    table: Float[Tensor, "mine theirs"], reach: float
) -> tuple[Int[Tensor, " pairs"], Int[Tensor, " pairs"]]:
    """Return the pairs; one that is out of reach costs more than all distances together."""
    cost = table.double().square()
    cost = torch.where(table <= reach, cost, cost + cost.sum() + 1.0).cpu().numpy()
    pairs = optimize.linear_sum_assignment(cost)  # pyright: ignore
    rows, columns = cast(tuple[np.ndarray, np.ndarray], pairs)
    return torch.tensor(rows), torch.tensor(columns)
