"""Nearest neighbours between two peak lists, by sorted search."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from core.losses.peaks import Peaks, nan_guard, widest


def nearest_distance(
    query: Peaks, target: Peaks
) -> tuple[Float[Tensor, "batch peaks"], Bool[Tensor, "batch peaks"]]:
    """Return how far each query peak lies from the nearest target peak of its example.

    Args:
        query: The peaks that search.
        target: The peaks that are found.

    Returns:
        Signed distance query - target in Da, float64, differentiable on both sides (0 where none
        was found), and whether both peaks exist. Two equally near targets: the lower one.
    """
    query_mz, target_mz, target_mask = widest(query.mz), widest(target.mz), target.mask
    if target_mz.shape[1] == 0:
        # One padded peak, so that there is something to point at.
        target_mz, target_mask = pad(target_mz, (0, 1)), pad(target_mask, (0, 1))
    found = query.mask & target_mask.any(1, keepdim=True)
    key, order = torch.where(target_mask, target_mz, float("inf")).detach().sort(1)
    at = torch.where(query.mask, query_mz, 0.0).detach()
    above = torch.searchsorted(key, at)
    below = (above - 1).clamp(min=0)
    above = above.clamp(max=key.shape[1] - 1)
    nearer_below = (at - key.gather(1, below)).abs() <= (at - key.gather(1, above)).abs()
    index = order.gather(1, torch.where(nearer_below, below, above))
    distance = query_mz - target_mz.gather(1, index) + nan_guard(target)[:, None]
    return torch.where(found, distance, 0.0), found


def weighted_mean(
    value: Float[Tensor, "batch peaks"],
    weight: Float[Tensor, "batch peaks"],
    counted: Bool[Tensor, "batch peaks"],
    *,
    empty: float,
) -> Float[Tensor, " batch"]:
    """Return the weighted mean over the counted peaks.

    Args:
        value: What is averaged.
        weight: 0 or more.
        counted: Which peaks take part.
        empty: The result where nothing counts. A weight that is NaN is not nothing: it stays
            visible in the result.
    """
    weight = torch.where(counted, weight.to(value.dtype), 0.0)
    total = weight.sum(1)
    nothing = total == 0
    mean = (weight * torch.where(counted, value, 0.0)).sum(1) / torch.where(nothing, 1.0, total)
    return torch.where(nothing, empty, mean)
