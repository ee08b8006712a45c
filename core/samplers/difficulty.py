"""How hard batches are: similarity of negatives to the pivot, as drawn and as expected."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Float64

from core.samplers.embeddings import Embeddings
from core.samplers.epoch import Epoch, Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions, hard_slots
from core.samplers.pool import Pool, similarity_to

_PIVOTS: Final = 256  # whose similarities to all items the expectation is over


def similarity_to_first(epoch: Epoch, embeddings: Embeddings) -> Float32[np.ndarray, "rows width"]:
    """Give the cosine of every member to the first of its batch: to the pivot, if there is one.

    Returns:
        1 for the first itself, NaN where a batch has no further member.
    """
    width = epoch.members.shape[1]
    first = np.repeat(epoch.members[:, 0], width)
    other = np.where(epoch.members < 0, epoch.members[:, :1], epoch.members).ravel()
    result = similarity_to(embeddings, first, other).reshape(-1, width)
    result[:, 0] = 1
    result[epoch.members < 0] = np.nan
    return result


@dataclass(frozen=True)
class Difficulty:
    """Similarity of negatives to their pivot over two options.

    Args:
        ratios: Hard ratios.
        ks: Neighbours that are looked at.
        mean: Of all negatives of a pivot, averaged over pivots.
        hardest: Of the most similar negative of a pivot, averaged over pivots.
    """

    ratios: tuple[float, ...]
    ks: tuple[int, ...]
    mean: Float64[np.ndarray, "ratios ks"]
    hardest: Float64[np.ndarray, "ratios ks"]


@dataclass(frozen=True)
class OriginHardness:
    """How near the members of one origin lie to the first of their batch.

    Args:
        members: How many there are in the epoch.
        mean: Of their cosine; NaN of none.
        sd: Its standard deviation.
    """

    members: int
    mean: float
    sd: float


def hardness_by_origin(epoch: Epoch, embeddings: Embeddings) -> dict[Origin, OriginHardness]:
    """Tell how hard the negatives of each origin are: what fills a slot need not be near.

    Args:
        epoch: The record.
        embeddings: Of all items.
    """
    cosine = similarity_to_first(epoch, embeddings)
    origin = epoch.origin.copy()
    origin[:, 0] = Origin.NOBODY  # the first is no negative of itself
    found: dict[Origin, OriginHardness] = {}
    for one in (Origin.RANDOM, Origin.OWN_LIST, Origin.TWO_HOPS, Origin.TOP_UP):
        own = cosine[origin == one].astype(float)
        told = (float(own.mean()), float(own.std())) if len(own) else (np.nan, np.nan)
        found[one] = OriginHardness(len(own), *told)
    return found


def drawn_difficulty(
    pool: Pool, options: BatchOptions, epoch: int, ratios: Sequence[float], ks: Sequence[int]
) -> Difficulty:
    """Draw the epoch for each pair of options, and measure what came out.

    Args:
        pool: What is drawn from; its neighbours' k must reach the largest of `ks`.
        options: All others.
        epoch: Counted from 0.
        ratios: Hard ratios, 0 to 1.
        ks: Neighbours, each above `options.minimum_rank`.
    """
    assert pool.embeddings is not None
    mean = np.empty((len(ratios), len(ks)))
    hardest = np.empty_like(mean)
    for row, ratio in enumerate(ratios):
        for column, k in enumerate(ks):
            if column and not hard_slots(ratio, options.batch_size):
                mean[row, column], hardest[row, column] = mean[row, 0], hardest[row, 0]
                continue
            changed = replace(options, hard_ratio=ratio, hardness_k=k)
            drawn = draw_epoch(pool, changed, epoch)
            negatives = similarity_to_first(drawn, pool.embeddings)[:, 1:]
            mean[row, column] = np.nanmean(negatives, axis=1).mean()
            hardest[row, column] = np.nanmax(negatives, axis=1).mean()
    return Difficulty(tuple(ratios), tuple(ks), mean, hardest)


def uniform_difficulty(
    embeddings: Embeddings, batch_size: int, ratios: Sequence[float], ks: Sequence[int]
) -> Difficulty:
    """Compute what a sampler would give that draws hard members uniformly from the k nearest.

    Each pivot by itself, as at the beginning of an epoch, when nothing is used up. The random rest
    is drawn from all other items, with replacement.

    Args:
        embeddings: Of all items; 256 of them, evenly spaced, are the pivots.
        batch_size: Members of a batch.
        ratios: Hard ratios, 0 to 1.
        ks: Neighbours, 1 or more and less than the items.
    """
    pivots = np.unique(np.linspace(0, embeddings.items - 1, _PIVOTS).astype(np.int64))
    cosine = embeddings.unit(pivots) @ embeddings.unit(np.arange(embeddings.items)).T
    cosine[np.arange(len(pivots)), pivots] = -np.inf
    near = -np.sort(-cosine, axis=1)[:, :-1].astype(np.float64)
    by_rank = near.mean(axis=0)  # of the nearest, the second nearest ...
    mean = np.empty((len(ratios), len(ks)))
    hardest = np.empty_like(mean)
    for row, ratio in enumerate(ratios):
        for column, k in enumerate(ks):
            hard = min(hard_slots(ratio, batch_size), k)
            rest = batch_size - 1 - hard
            mean[row, column] = (
                hard * by_rank[:k].mean() + rest * by_rank.mean()
            ) / (hard + rest)  # fmt: skip
            reached = _none_among_nearest(len(by_rank), k, hard, rest)
            hardest[row, column] = float(by_rank @ -np.diff(reached))
    return Difficulty(tuple(ratios), tuple(ks), mean, hardest)


def _none_among_nearest(
    others: int, k: int, hard: int, rest: int
) -> Float64[np.ndarray, " others_and_1"]:
    """Give the probability that none of the i nearest is drawn, for i from 0 on."""
    rank = np.arange(others + 1)
    result = (1 - rank / others) ** rest if rest else np.ones(others + 1)
    for draw in range(hard):
        result = result * np.clip((k - rank - draw) / (k - draw), 0, 1)
    if not rest:
        result[-1] = 0
    return result


def pull_shares(
    similarity: Float[np.ndarray, " negatives"], temperature: float
) -> Float64[np.ndarray, " negatives"]:
    """Give each negative's share of the push that InfoNCE gives its query, the largest first.

    The gradient of -log softmax(s / T) by a negative's similarity is its softmax weight over T; the
    positive and T divide all negatives alike, so the shares among negatives depend on neither.

    Args:
        similarity: Cosine of the negatives to the query.
        temperature: Above 0.

    Example:
        >>> pull_shares(np.array([0.0, np.log(3.0)]), 1.0).round(6).tolist()
        [0.75, 0.25]
    """
    scaled = np.sort(similarity.astype(np.float64))[::-1] / temperature
    weight = np.exp(scaled - scaled.max())
    return weight / weight.sum()


def effective_count(shares: Float64[np.ndarray, " negatives"]) -> float:
    """Give the number of equal negatives that would be as concentrated: 1 / sum of squares.

    Example:
        >>> effective_count(np.array([0.25, 0.25, 0.25, 0.25]))
        4.0
    """
    return float(1 / np.square(shares).sum())
