"""Batch after batch: a pivot, its nearest free neighbours, a random rest.

Kept to be seen: it is what the guide to hard negatives describes, and its hard part fades, as the
random rest of early batches takes the neighbours of later pivots. What the pivot's own list
cannot fill stays random.
"""

import numpy as np
from jaxtyping import Float32, Int32, Int64

from core.samplers.dealing import allowed_lists
from core.samplers.epoch import Epoch, Origin
from core.samplers.layout import Draft, empty_draft
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool
from core.samplers.random_rest import separate_labels


def sequential_epoch(
    pool: Pool, options: BatchOptions, epoch: int, generator: np.random.Generator
) -> Epoch:
    """Draw the hard batches of an epoch one by one; they are not shuffled afterwards."""
    draft = empty_draft(pool.items, options, is_hard=True)
    lists, similarity = allowed_lists(pool, options, np.arange(pool.items))
    queue = _Queue(draft, generator.permutation(pool.items))
    for batch, size in enumerate(draft.sizes):
        pivot = queue.take(1)[0]
        draft.members[batch, 0], draft.origin[batch, 0] = pivot, Origin.PIVOT
        _take_near(draft, pool, batch, lists[pivot], similarity[pivot])
        rest = slice(1 + int(draft.filled[batch]), int(size))
        draft.members[batch, rest] = queue.take(rest.stop - rest.start)
        draft.origin[batch, rest] = Origin.RANDOM
    if pool.labels is not None:
        separate_labels(draft, pool.labels, generator)
    return draft.finish(epoch, is_hard=True)


class _Queue:
    """Free items in a random order, each given once.

    Args:
        draft: What is free; changed in place.
        order: All items.
    """

    def __init__(self, draft: Draft, order: Int64[np.ndarray, " items"]) -> None:
        self._draft, self._order, self._next = draft, order, 0

    def take(self, count: int) -> Int64[np.ndarray, " count"]:
        """Give the next free items; there must be as many."""
        taken: list[Int64[np.ndarray, " some"]] = []
        while count:
            window = self._order[self._next : self._next + 64 + 2 * count]
            found = np.flatnonzero(self._draft.free[window])[:count]
            is_enough = len(found) == count
            self._next += int(found[-1]) + 1 if is_enough else len(window)
            taken.append(window[found])
            count -= len(found)
        items = taken[0] if len(taken) == 1 else np.concatenate([*taken, self._order[:0]])
        self._draft.free[items] = False
        return items


def _take_near(
    draft: Draft,
    pool: Pool,
    batch: int,
    near: Int32[np.ndarray, " candidates"],
    similarity: Float32[np.ndarray, " candidates"],
) -> None:
    """Give a batch the nearest free items of a list, as many as it asks for."""
    place = np.flatnonzero(draft.free[near])
    if pool.labels is not None:
        # The first of each label, still the nearest first.
        place = place[np.sort(np.unique(pool.labels[near[place]], return_index=True)[1])]
    place = place[: draft.asked[batch]]
    hard = slice(1, 1 + len(place))
    draft.members[batch, hard] = near[place]
    draft.similarity[batch, hard] = similarity[place]
    draft.origin[batch, hard] = Origin.OWN_LIST
    draft.filled[batch] = len(place)
    draft.free[near[place]] = False
