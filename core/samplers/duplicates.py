"""Identical rows: found by a hash and compared, searched once, put back in order of index."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Int, Int32, Int64, Shaped, UInt64

from core.samplers.top_k import pack, unpack

_CELLS: Final = 2**19
# Entries of lists that `expand` makes at a time, and the bytes it takes for that.
_EXPANDED: Final = 2**15
EXPAND_BYTES: Final = 160 * _EXPANDED


@dataclass(frozen=True)
class Groups:
    """Items by identical rows; groups are numbered by their first item.

    Args:
        first: Lowest item of each group, ascending.
        of_item: Group of each item.
    """

    first: Int64[np.ndarray, " groups"]
    of_item: Int64[np.ndarray, " items"]

    @property
    def count(self) -> int:
        """How many different rows there are."""
        return len(self.first)


def group_rows(values: Shaped[np.ndarray, "items dim"]) -> Groups:
    """Group items whose rows are identical.

    Example:
        >>> group_rows(np.array([[1.0], [2.0], [1.0]])).of_item.tolist()
        [0, 1, 0]
    """
    _, first, of_item = np.unique(_hashes(values), return_index=True, return_inverse=True)
    lowest = first[of_item]
    for start in range(0, len(values), step := _rows(values)):
        rows = slice(start, start + step)
        other = np.arange(len(values))[rows][lowest[rows] != np.arange(len(values))[rows]]
        # Unequal rows of equal hash, so rare that they may stay alone.
        different = other[(values[other] != values[lowest[other]]).any(axis=1)]
        lowest[different] = different
    first, of_item = np.unique(lowest, return_inverse=True)
    return Groups(first, of_item)


def _rows(values: Shaped[np.ndarray, "items dim"]) -> int:
    return max(1, _CELLS // max(1, values.shape[1]))


def _hashes(values: Shaped[np.ndarray, "items dim"]) -> UInt64[np.ndarray, " items"]:
    """Give each row a sum of its numbers' bits times fixed odd factors, modulo 2^64."""
    drawn = np.random.default_rng(0).integers(2**62, size=int(values.shape[1]))
    factors = np.asarray(2 * drawn + 1, np.uint64)
    result = np.empty(len(values), np.uint64)
    for start in range(0, len(values), step := _rows(values)):
        # Adding 0 makes -0.0 equal to 0.0.
        wide = values[start : start + step].astype(np.float64) + 0.0
        bits = wide.view(np.uint64)
        # The low bits of a float32 in double precision are zeros: bring the high ones down.
        result[start : start + step] = ((bits ^ (bits >> np.uint64(29))) * factors).sum(axis=1)
    return result


def expand(
    groups_found: Int32[np.ndarray, "groups found"],
    similarity: Float32[np.ndarray, "groups found"],
    groups: Groups,
    k: int,
) -> tuple[Int32[np.ndarray, "items k"], Float32[np.ndarray, "items k"]]:
    """Turn neighbours among groups into neighbours among items.

    An item's nearest are the others of its own group, similarity 1, then the members of each
    neighbouring group.

    Args:
        groups_found: Nearest groups of each group: k, or all others where there are fewer.
        similarity: Their cosine.
        groups: Which items are identical.
        k: Neighbours of each item.
    """
    items = len(groups.of_item)
    indices, cosine = np.empty((items, k), np.int32), np.empty((items, k), np.float32)
    by_group = np.argsort(groups.of_item, kind="stable")
    for start in range(0, items, step := max(1, _EXPANDED // k)):
        rows = np.arange(start, min(start + step, items))
        own = groups.of_item[rows]
        near = np.column_stack([own, groups_found[own]])
        alike = np.column_stack([np.ones(len(own), np.float32), similarity[own]])
        found, place = _members(near, groups, by_group, k + 1)
        value = np.take_along_axis(alike, place, axis=1)
        # Of k + 1 members one goes: the item itself, or the last where it is not among them.
        drop = found == rows[:, None]
        drop[~drop.any(axis=1), -1] = True
        kept = pack(value[~drop].reshape(-1, k), found[~drop].reshape(-1, k))
        cosine[rows], indices[rows] = unpack(np.sort(kept, axis=1)[:, ::-1])
    return indices, cosine


def _members(
    near: Int[np.ndarray, "rows near"],
    groups: Groups,
    by_group: Int64[np.ndarray, " items"],
    wanted: int,
) -> tuple[Int64[np.ndarray, "rows wanted"], Int64[np.ndarray, "rows wanted"]]:
    """Give the first members of each row's groups, in order, and the place of their group."""
    size = np.bincount(groups.of_item)
    begin = np.cumsum(size) - size
    until = np.minimum(np.cumsum(size[near], axis=1), wanted)
    taken = np.diff(until, axis=1, prepend=0)
    place = np.repeat(np.tile(np.arange(int(near.shape[1])), len(near)), taken.ravel())
    place = place.reshape(-1, wanted)
    rank = np.arange(wanted) - np.take_along_axis(until - taken, place, axis=1)
    return by_group[begin[np.take_along_axis(near, place, axis=1)] + rank], place
