"""The k best of each row, kept while the columns come by in blocks.

A similarity and its column are packed into one integer: the higher, the more similar, and of equal
similarity the lower column. Comparing integers then breaks ties by index without further work.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32, Int32, Int64

# Below every packed value.
EMPTY: Final = np.iinfo(np.int64).min
# Bytes that `offer` takes for each cell of its part where every cell is a candidate.
CELL_BYTES: Final = 80
SLICE_CELLS: Final = 2**19
_LAST: Final = 2**31 - 1


def pack(
    similarity: Float32[np.ndarray, "*shape"], column: Int64[np.ndarray, "*shape"]
) -> Int64[np.ndarray, "*shape"]:
    """Pack similarity and column into integers that sort by both.

    Args:
        similarity: Finite.
        column: 0 to 2^31 - 1.

    Example:
        >>> similarity = np.float32([0.5, 0.5, -0.1, -0.2])
        >>> np.argsort(-pack(similarity, np.arange(4)[::-1])).tolist()
        [1, 0, 2, 3]
    """
    # Adding 0 makes -0.0 equal to 0.0; of negative numbers the bits grow downwards.
    bits = (similarity + np.float32(0)).view(np.int32)
    high = np.where(bits < 0, bits ^ np.int32(_LAST), bits).astype(np.int64)
    high <<= 32
    high += _LAST - column
    return high


def unpack(
    keys: Int64[np.ndarray, "*shape"],
) -> tuple[Float32[np.ndarray, "*shape"], Int32[np.ndarray, "*shape"]]:
    """Give similarity and column of packed integers."""
    bits = (keys >> 32).astype(np.int32)
    similarity = np.where(bits < 0, bits ^ np.int32(_LAST), bits).view(np.float32)
    return similarity, (_LAST - (keys & 0xFFFFFFFF)).astype(np.int32)


def offer(
    keys: Int64[np.ndarray, "rows k"],
    part: Float32[np.ndarray, "rows columns"],
    first_column: int,
) -> None:
    """Offer further columns to the k best of each row; `keys` is changed in place.

    Columns must come in ascending order: then a later one never wins a tie, and only what is
    strictly above a row's worst needs a look. What is beyond 1 by rounding counts as 1.

    Args:
        keys: Packed, each row's lowest first; `EMPTY` where nothing is known yet.
        part: Similarities; -inf where a column must not be taken. Any layout in memory.
        first_column: The column at which `part` begins.
    """
    k, columns = keys.shape[1], part.shape[1]
    flat = np.flatnonzero(part > _bar(keys, part)[:, None])
    if not len(flat):
        return
    row, column = np.divmod(flat, columns)
    found = pack(np.clip(part[row, column], -1, 1), column + first_column)
    count = np.bincount(row, minlength=len(keys))
    place = np.arange(len(row)) - (np.cumsum(count) - count)[row] + k
    wide = np.full((len(keys), k + int(count.max())), EMPTY)
    wide[:, :k] = keys
    wide[row, place] = found
    wide.partition(wide.shape[1] - k, axis=1)
    keys[:] = wide[:, -k:]


def offer_slices(
    keys: Int64[np.ndarray, "rows k"],
    part: Float32[np.ndarray, "rows columns"],
    first_column: int,
) -> None:
    """Do what `offer` does in parts, so that what it needs stays small.

    Rows that know nothing yet see a few columns first: their bar then spares most of the rest.
    """
    columns = part.shape[1]
    if not columns:
        return
    rows = max(1, SLICE_CELLS // columns)
    for start in range(0, len(part), rows):
        kept, offered = keys[start : start + rows], part[start : start + rows]
        step = columns if kept[0, 0] != EMPTY else 2 * kept.shape[1] + 256
        for left in range(0, columns, step):
            offer(kept, offered[:, left : left + step], first_column + left)


def _bar(
    keys: Int64[np.ndarray, "rows k"], part: Float32[np.ndarray, "rows columns"]
) -> Float32[np.ndarray, " rows"]:
    """Give what a candidate must exceed: the worst kept, or just below the k-th of a first part."""
    k, columns = keys.shape[1], part.shape[1]
    is_open = keys[:, 0] == EMPTY
    if is_open.all() and columns > k:
        worst = np.partition(part, columns - k, axis=1)[:, columns - k]
        return np.nextafter(worst, np.float32(-np.inf))
    return np.where(is_open, np.float32(-np.inf), unpack(keys[:, 0])[0])


def separate(
    keys: Int64[np.ndarray, "rows k"], rows_at_once: int
) -> tuple[Int32[np.ndarray, "rows k"], Float32[np.ndarray, "rows k"]]:
    """Give columns and similarities, best first, in the memory of the packed integers.

    The integers are overwritten: each row's first half then holds its columns, the second its
    similarities, so that the result needs no memory of its own.
    """
    k = keys.shape[1]
    halves = keys.view(np.int32)
    for start in range(0, len(keys), rows_at_once):
        rows = slice(start, start + rows_at_once)
        similarity, column = unpack(np.sort(keys[rows], axis=1)[:, ::-1])
        halves[rows, :k] = column
        halves[rows, k:] = similarity.view(np.int32)
    return halves[:, :k], halves[:, k:].view(np.float32)
