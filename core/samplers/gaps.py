"""Hard slots that an own list cannot fill: neighbours of neighbours, then the nearest free items.

Neither takes an item of the pivot's own list: what is still free there was refused by an option.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

from core.samplers import top_k
from core.samplers.dealing import Lists, deal, ranked, strike_labels
from core.samplers.epoch import Origin
from core.samplers.layout import Draft
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool, limits, similarity_to

# Neighbours of a pivot whose lists are looked into, entries of each, and free ones kept of them.
_HOPS: Final = 32
_ENTRIES: Final = 32
_KEPT: Final = 64
_ROWS: Final = 512
# Slots that are topped up together: each batch of a group gets as many candidates as the whole
# group wants, so that none runs dry because others were faster.
_SLOTS: Final = 1024
_TOPPED_ROWS: Final = 128


def fill_from_two_hops(draft: Draft, pool: Pool, options: BatchOptions) -> None:
    """Fill gaps from the lists of the pivot's neighbours; `draft` is changed in place."""
    rows = np.flatnonzero(draft.gaps > 0)
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        deal(draft, pool, _two_hop_lists(draft, pool, options, some), Origin.TWO_HOPS)


def _two_hop_lists(
    draft: Draft, pool: Pool, options: BatchOptions, rows: Int64[np.ndarray, " rows"]
) -> Lists:
    assert pool.neighbours is not None
    assert pool.embeddings is not None
    pivots = draft.members[rows, 0]
    table = pool.neighbours.indices[:, : options.hardness_k]
    own = table[pivots]
    far = table[own[:, :_HOPS], :_ENTRIES].reshape(len(rows), -1)
    rank = np.add.outer(np.arange(min(_HOPS, own.shape[1])), np.arange(min(_ENTRIES, own.shape[1])))
    far = far[:, np.argsort(rank.ravel(), kind="stable")]
    is_free = draft.free[far]
    row, column = np.nonzero(is_free & (np.cumsum(is_free, axis=1) <= _KEPT))
    stride = draft.items + 1
    pairs = np.unique(row * stride + far[row, column])
    listed = np.arange(len(rows))[:, None] * stride + own
    row, item = np.divmod(pairs[~np.isin(pairs, listed)], stride)
    similarity = similarity_to(pool.embeddings, pivots[row], item)
    near = similarity <= limits(pool, options, pivots)[row]
    lists = ranked(draft, rows, row[near], item[near], similarity[near])
    strike_labels(draft, pool, rows, lists.items)
    return lists


def top_up(draft: Draft, pool: Pool, options: BatchOptions) -> None:
    """Fill gaps with the nearest items that are still free; `draft` is changed in place.

    Takes memory for the embeddings of all free items in single precision, and for the
    similarities of 128 pivots to them.
    """
    rows = np.flatnonzero(draft.gaps > 0)
    if not len(rows):
        return
    assert pool.embeddings is not None
    free = np.flatnonzero(draft.free)
    vectors = pool.embeddings.unit(free)
    group = (np.cumsum(draft.gaps[rows]) - 1) // _SLOTS
    is_next = (np.diff(group) > 0) | (np.arange(1, len(rows)) % _TOPPED_ROWS == 0)
    for some in np.split(rows, np.flatnonzero(is_next) + 1):
        before = -1
        # A second time only where equal labels struck out more than was spared.
        while draft.gaps[some].any() and before < (before := int(draft.filled[some].sum())):
            lists = _nearest_free(draft, pool, options, some, free, vectors)
            deal(draft, pool, lists, Origin.TOP_UP)


def _nearest_free(
    draft: Draft,
    pool: Pool,
    options: BatchOptions,
    rows: Int64[np.ndarray, " rows"],
    free: Int64[np.ndarray, " free"],
    vectors: Float32[np.ndarray, "free dim"],
) -> Lists:
    """Give each batch as many free items as all of these batches have gaps, the nearest first."""
    assert pool.neighbours is not None
    assert pool.embeddings is not None
    pivots = draft.members[rows, 0]
    similarity = pool.embeddings.unit(pivots) @ vectors.T
    similarity += np.where(draft.free[free], np.float32(0), np.float32(-np.inf))
    highest = limits(pool, options, pivots)
    if np.isfinite(highest).any():
        similarity[similarity > highest[:, None]] = -np.inf
    own = pool.neighbours.indices[pivots, : options.hardness_k]
    row, column = np.nonzero(draft.free[own])
    similarity[row, np.searchsorted(free, own[row, column])] = -np.inf
    if pool.labels is not None:
        allowed = np.tile(free.astype(np.int32), (len(rows), 1))
        strike_labels(draft, pool, rows, allowed)
        similarity[allowed == draft.items] = -np.inf
    keys = np.full((len(rows), min(int(draft.gaps[rows].sum()), len(free))), top_k.EMPTY)
    top_k.offer_slices(keys, similarity, 0)
    keys = np.sort(keys, axis=1)[:, ::-1]
    value, place = top_k.unpack(keys)
    is_nobody = keys == top_k.EMPTY
    items = np.where(is_nobody, draft.items, free[np.where(is_nobody, 0, place)])
    return Lists(rows, items.astype(np.int32), value)
