"""Near neighbours dealt to batches in rounds: each takes its nearest free one, then the next."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32, Int64

from core.samplers.epoch import Origin
from core.samplers.layout import Draft
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool, limits, similarity_to


@dataclass(frozen=True)
class Lists:
    """Candidates of some batches, the nearest first.

    Args:
        rows: The batches.
        items: Candidates; the number of items, which stands for nobody, where there is none.
        similarity: To the batch's pivot.
    """

    rows: Int64[np.ndarray, " rows"]
    items: Int32[np.ndarray, "rows candidates"]
    similarity: Float32[np.ndarray, "rows candidates"]


def own_lists(
    draft: Draft, pool: Pool, options: BatchOptions, rows: Int64[np.ndarray, " rows"]
) -> Lists:
    """Give the nearest neighbours of the batches' pivots that every option allows."""
    return Lists(rows, *allowed_lists(pool, options, draft.members[rows, 0]))


def allowed_lists(
    pool: Pool, options: BatchOptions, pivots: Int[np.ndarray, " pivots"]
) -> tuple[Int32[np.ndarray, "pivots k"], Float32[np.ndarray, "pivots k"]]:
    """Give items' nearest neighbours and their similarity; nobody where an option refuses one."""
    assert pool.neighbours is not None
    assert pool.embeddings is not None
    items = pool.neighbours.indices[pivots, : options.hardness_k]
    similarity = pool.neighbours.similarity[pivots, : options.hardness_k]
    if np.isnan(similarity).any():
        pairs = np.repeat(pivots, items.shape[1]), items.ravel()
        similarity = similarity_to(pool.embeddings, *pairs).reshape(items.shape)
    if pool.labels is not None:
        items[pool.labels[items] == pool.labels[pivots][:, None]] = pool.items
    items[:, : options.minimum_rank] = pool.items
    items[similarity > limits(pool, options, pivots)[:, None]] = pool.items
    return items, similarity


def strike_labels(
    draft: Draft,
    pool: Pool,
    rows: Int64[np.ndarray, " rows"],
    items: Int32[np.ndarray, "rows candidates"],
) -> None:
    """Put nobody in place of candidates whose label a member of the batch has already."""
    if pool.labels is None:
        return
    # Nobody needs a label too; any will do.
    labels = np.append(pool.labels, 0)
    candidates = labels[items]
    for column in range(1 + int(draft.filled[rows].max(initial=0))):
        member = draft.members[rows, column]
        is_equal = candidates == labels[member][:, None]
        items[is_equal & (member >= 0)[:, None]] = draft.items


def deal(draft: Draft, pool: Pool, lists: Lists, origin: Origin) -> None:
    """Give hard members to batches in rounds, until nobody can take another one.

    In a round every batch with a gap takes its nearest free candidate. Where several want the
    same item, the batch with the fewest free candidates gets it, and the others look on.
    `draft` and the items of `lists` are changed in place.
    """
    alive = np.flatnonzero(draft.gaps[lists.rows] > 0)
    while len(alive):
        is_served = np.zeros(len(lists.rows), bool)
        waiting = alive
        while len(waiting):
            free = draft.free[lists.items[waiting]]
            left = free.sum(axis=1)
            waiting, place, left = waiting[left > 0], free.argmax(axis=1)[left > 0], left[left > 0]
            wins = _wins(lists.items[waiting, place], left)
            _give(draft, lists, waiting[wins], place[wins], origin)
            _strike_label_of_given(draft, pool, lists, waiting[wins], place[wins])
            is_served[waiting[wins]] = True
            waiting = waiting[~wins]
        alive = np.flatnonzero(is_served & (draft.gaps[lists.rows] > 0))


def _wins(
    wanted: Int32[np.ndarray, " rows"], left: Int64[np.ndarray, " rows"]
) -> Bool[np.ndarray, " rows"]:
    """Tell who gets what it wants: of those that want the same, the one with the least left."""
    order = np.lexsort((left, wanted))
    wins = np.zeros(len(wanted), bool)
    wins[order[np.unique(wanted[order], return_index=True)[1]]] = True
    return wins


def _give(
    draft: Draft,
    lists: Lists,
    taker: Int64[np.ndarray, " rows"],
    place: Int64[np.ndarray, " rows"],
    origin: Origin,
) -> None:
    batch, item = lists.rows[taker], lists.items[taker, place]
    column = 1 + draft.filled[batch]
    draft.members[batch, column] = item
    draft.origin[batch, column] = origin
    draft.similarity[batch, column] = lists.similarity[taker, place]
    draft.filled[batch] += 1
    draft.free[item] = False


def _strike_label_of_given(
    draft: Draft,
    pool: Pool,
    lists: Lists,
    taker: Int64[np.ndarray, " rows"],
    place: Int64[np.ndarray, " rows"],
) -> None:
    if pool.labels is None:
        return
    labels = np.append(pool.labels, 0)
    own, given = lists.items[taker], labels[lists.items[taker, place]]
    lists.items[taker] = np.where(labels[own] == given[:, None], draft.items, own)


def ranked(
    draft: Draft,
    rows: Int64[np.ndarray, " rows"],
    row: Int[np.ndarray, " candidates"],
    item: Int[np.ndarray, " candidates"],
    similarity: Float[np.ndarray, " candidates"],
) -> Lists:
    """Arrange candidates, given one by one, as lists with the nearest first.

    Args:
        draft: The batches.
        rows: Batches of the lists.
        row: Place of each candidate's batch in `rows`.
        item: The candidate.
        similarity: To the batch's pivot.
    """
    order = np.lexsort((item, -similarity, row))
    row, item, similarity = row[order], item[order], similarity[order]
    count = np.bincount(row, minlength=len(rows))
    place = np.arange(len(row)) - (np.cumsum(count) - count)[row]
    shape = (len(rows), int(count.max(initial=0)) + 1)
    items, values = np.full(shape, draft.items, np.int32), np.full(shape, np.nan, np.float32)
    items[row, place], values[row, place] = item, similarity
    return Lists(rows, items, values)
