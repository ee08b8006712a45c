"""The exact k nearest neighbours of every item by cosine, in bounded memory.

The similarity matrix is symmetric: only blocks on and above its diagonal are computed, and each
serves its rows and its columns. Blocks come in an order in which every row sees the columns from
left to right. A block is kept no longer than it takes to pick from it.

Identical rows are searched once and put back afterwards (`core.samplers.duplicates`): a matrix
product may give two equal columns values that differ in the last bit, and ties would then not go
by index. Rows that are equal up to a factor are not seen as identical.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Int32, Shaped

from core.errors import InputError
from core.samplers import top_k
from core.samplers.duplicates import EXPAND_BYTES, Groups, expand, group_rows
from core.samplers.embeddings import Embeddings, check_embeddings

DEFAULT_MEMORY_MB: Final = 256.0
# Sides of a block.
_SIDES: Final = (4096, 2048, 1024, 512, 256, 128, 64)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of every item, the most similar first.

    Args:
        indices: Items; never the row's own. Of equally similar ones the lower index comes first.
        similarity: Cosine, -1 to 1, descending; NaN throughout where the lists are a control's
            and do not tell how similar an item is (see `core.samplers.control`).
    """

    indices: Int32[np.ndarray, "items k"]
    similarity: Float32[np.ndarray, "items k"]

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.indices)

    @property
    def k(self) -> int:
        """How many neighbours each item has."""
        return self.indices.shape[1]


def nearest_neighbours(
    embeddings: Shaped[np.ndarray, "*shape"],
    k: int,
    *,
    memory_mb: float = DEFAULT_MEMORY_MB,
    progress: Progress | None = None,
) -> Neighbours:
    """Find the k nearest neighbours of every item by cosine.

    Exact up to the rounding of a float32 product (about 1e-6). The same input gives the same
    result on the same machine and number of threads.

    Args:
        embeddings: A row for each item, shape (items, dim); need not have length 1.
        k: Neighbours of each, 1 to items - 1.
        memory_mb: Bound on what is allocated here in MB (10^6 bytes), the result of 8 x items x k
            bytes included; the embeddings themselves and the buffers of the BLAS library are not.
        progress: Called with (done, total) after each block.

    Raises:
        InputError: The embeddings have no cosine, k does not fit, or the memory is too small.

    Example:
        >>> found = nearest_neighbours(np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 4.0]]), 2)
        >>> found.indices.tolist()
        [[2, 1], [2, 0], [1, 0]]
    """
    checked = check_embeddings(embeddings)
    _check_k(k, checked.items)
    groups = group_rows(checked.values)
    searched = min(k, groups.count - 1)
    is_grouped = groups.count < checked.items
    kept_bytes = 8 * checked.items * k
    if is_grouped:
        kept_bytes += 8 * groups.count * searched + EXPAND_BYTES
    side = _side(checked, memory_mb, kept_bytes)
    found = _search(checked, groups, searched, side, progress or _silent)
    if is_grouped:
        found = expand(*found, groups, k)
    return Neighbours(*found)


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def _check_k(k: int, items: int) -> None:
    if not 1 <= k < items:
        raise InputError(
            "k",
            expected=f"1 to {items - 1}, as an item is not its own neighbour",
            came=f"{k} for {items} items",
            do="Choose a smaller k" if k >= items else "Choose at least 1",
        )


def _side(checked: Embeddings, memory_mb: float, kept_bytes: int) -> int:
    """Choose the largest block that fits into the memory beside what is kept."""
    fixed = kept_bytes + 24 * checked.items
    needed = 0
    for side in _SIDES:
        cells = min(side * side, max(top_k.SLICE_CELLS, side))
        needed = fixed + 4 * side**2 + 16 * side * checked.dim + top_k.CELL_BYTES * cells
        if needed <= memory_mb * 1e6:
            return side
    raise InputError(
        "memory of the neighbour search",
        expected=f"at least {np.ceil(needed / 1e6):.0f} MB for {checked.items} items",
        came=f"{memory_mb:g} MB",
        do="Allow more memory, or choose a smaller k",
    )


def _search(
    checked: Embeddings, groups: Groups, k: int, side: int, progress: Progress
) -> tuple[Int32[np.ndarray, "rows k"], Float32[np.ndarray, "rows k"]]:
    """Search among the first rows of all groups."""
    keys = np.full((groups.count, k), top_k.EMPTY)
    starts = range(0, groups.count, side)
    total, done = len(starts) * (len(starts) + 1) // 2, 0
    for above in starts if k else ():
        upper = checked.unit(groups.first[above : above + side])
        for left in starts[above // side :]:
            lower = upper if left == above else checked.unit(groups.first[left : left + side])
            block = upper @ lower.T
            if left == above:
                np.fill_diagonal(block, -np.inf)
            else:
                top_k.offer_slices(keys[left : left + side], block.T, above)
            top_k.offer_slices(keys[above : above + side], block, left)
            done += 1
            progress(done, total)
    return top_k.separate(keys, side)
