"""What batches are drawn from: how many items, their neighbours, embeddings and labels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, Shaped

from core.errors import InputError
from core.samplers.embeddings import Embeddings, check_embeddings
from core.samplers.neighbours import Neighbours
from core.samplers.options import BatchOptions

# Gathered rows that are multiplied together, as cells.
_CELLS = 2**22


@dataclass(frozen=True)
class Pool:
    """The items of a data set, as a sampler sees them.

    Args:
        items: How many there are.
        neighbours: Nearest neighbours of each; None serves random batches alone.
        embeddings: What the neighbours were found in; None serves random batches alone.
        labels: Items of equal label are never negatives of each other: equal text, the same
            molecule. None where all differ.
        positive: Similarity of each item to its own positive, -1 to 1, for `relative_margin`;
            None counts as 1, what an item has to itself where both sides share one embedding.

    Raises:
        InputError: Two of them have different numbers of items.
    """

    items: int
    neighbours: Neighbours | None = None
    embeddings: Embeddings | None = None
    labels: Int[np.ndarray, " items"] | None = None
    positive: Float[np.ndarray, " items"] | None = None

    def __post_init__(self) -> None:
        """Refuse parts that do not belong together."""
        counts = {
            "neighbours": self.neighbours and self.neighbours.items,
            "embeddings": self.embeddings and self.embeddings.items,
            "labels": None if self.labels is None else len(self.labels),
            "similarity to the positive": None if self.positive is None else len(self.positive),
        }
        for name, count in counts.items():
            if count not in (None, self.items):
                raise InputError(name, expected=f"{self.items} items", came=f"{count}",
                                 do="Give one for each item, in the same order")  # fmt: skip


def make_pool(
    embeddings: Shaped[np.ndarray, "*shape"],
    neighbours: Neighbours,
    *,
    labels: Int[np.ndarray, " items"] | None = None,
    positive: Float[np.ndarray, " items"] | None = None,
) -> Pool:
    """Make a pool from embeddings and their neighbours; see `Pool`.

    Raises:
        InputError: The embeddings have no cosine, or the parts do not belong together.
    """
    checked = check_embeddings(embeddings)
    return Pool(checked.items, neighbours, checked, labels, positive)


def limits(
    pool: Pool, options: BatchOptions, pivots: Int[np.ndarray, " batches"]
) -> Float[np.ndarray, " batches"]:
    """Give the highest similarity to its pivot that a hard member may have; inf without a limit."""
    result = np.full(len(pivots), np.inf)
    if options.max_similarity is not None:
        result[:] = options.max_similarity
    if options.relative_margin is not None:
        positive = np.ones(len(pivots)) if pool.positive is None else pool.positive[pivots]
        result = np.minimum(result, positive - np.abs(positive) * options.relative_margin)
    return result


def similarity_to(
    embeddings: Embeddings, one: Int[np.ndarray, " pairs"], other: Int[np.ndarray, " pairs"]
) -> Float32[np.ndarray, " pairs"]:
    """Give the cosine of pairs of items, -1 to 1."""
    result = np.empty(len(one), np.float32)
    step = max(1, _CELLS // max(1, embeddings.dim))
    for start in range(0, len(one), step):
        pairs = slice(start, start + step)
        left, right = embeddings.unit(one[pairs]), embeddings.unit(other[pairs])
        result[pairs] = np.einsum("ij,ij->i", left, right)
    return result.clip(-1, 1)
