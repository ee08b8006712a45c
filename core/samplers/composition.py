"""The quick test of the guide to hard negatives: 100 synthetic embeddings in 5 clusters."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from core.errors import InputError
from core.samplers.epoch import Epoch
from core.samplers.hard_batches import draw_epoch
from core.samplers.neighbours import nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.pool import make_pool

CLUSTERS: Final = 5
SIZE: Final = 20  # items of a cluster
BATCH: Final = 10
EPOCHS: Final = 10  # so 100 batches, enough to tell a share from chance
_DIM: Final = 32
_SPREAD: Final = 0.5  # length of the noise around a centre of length 1


@dataclass(frozen=True)
class QuickTest:
    """What the batches of some epochs hold.

    Args:
        composition: Members of each cluster, by batch.
        pivot_cluster: Cluster of each pivot.
        largest: How many batches have 0, 1 ... 10 members of their largest cluster.
        by_chance: Probability of the same in a random batch.
        k: Neighbours that were really looked at.
    """

    composition: Int64[np.ndarray, "batches clusters"]
    pivot_cluster: Int64[np.ndarray, " batches"]
    largest: Int64[np.ndarray, " sizes"]
    by_chance: Float64[np.ndarray, " sizes"]
    k: int


def run_quick_test(hardness_k: int, seed: int, hard_ratio: float = 0.5) -> QuickTest:
    """Draw ten epochs from synthetic embeddings and count clusters.

    Args:
        hardness_k: Neighbours, 1 or more; above 99 all 99 others are meant.
        seed: Of embeddings and batches.
        hard_ratio: Share of a batch that is hard.

    Raises:
        InputError: An option is out of its range.
    """
    if seed < 0:
        raise InputError("seed", expected="0 or more", came=f"{seed}", do="Choose another")
    generator = np.random.default_rng([seed, 100])
    cluster = np.repeat(np.arange(CLUSTERS), SIZE)
    centres = generator.standard_normal((CLUSTERS, _DIM))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    noise = generator.standard_normal((len(cluster), _DIM)) * _SPREAD / np.sqrt(_DIM)
    k = min(hardness_k, len(cluster) - 1)
    vectors = centres[cluster] + noise
    pool = make_pool(vectors, nearest_neighbours(vectors, k))
    options = BatchOptions(hard_ratio=hard_ratio, hardness_k=k, batch_size=BATCH, seed=seed)
    drawn = [draw_epoch(pool, options, epoch) for epoch in range(EPOCHS)]
    composition = np.concatenate([_counted(epoch, cluster) for epoch in drawn])
    return QuickTest(
        composition,
        np.concatenate([cluster[epoch.members[:, 0]] for epoch in drawn]),
        np.bincount(composition.max(axis=1), minlength=BATCH + 1),
        largest_by_chance(),
        k,
    )


def _counted(
    epoch: Epoch, cluster: Int64[np.ndarray, " items"]
) -> Int64[np.ndarray, "batches clusters"]:
    return np.array([np.bincount(cluster[row], minlength=CLUSTERS) for row in epoch.batches()])


def largest_by_chance() -> Float64[np.ndarray, " sizes"]:
    """Give the probability that the largest cluster of a random batch has 0, 1 ... 10 members.

    Exact: 10 of 100 items without replacement.

    Example:
        >>> round(float(largest_by_chance()[6:].sum()), 4)
        0.0197
    """
    ways = np.zeros(BATCH + 1)
    for counts in _compositions(BATCH, CLUSTERS):
        product = 1
        for count in counts:
            product *= comb(SIZE, count)
        ways[max(counts)] += product
    return ways / comb(CLUSTERS * SIZE, BATCH)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
