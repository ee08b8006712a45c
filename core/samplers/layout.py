"""How items fall into batches: sizes, hard slots, and the arrays that a method fills."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int32, Int64

from core.errors import InputError
from core.samplers.epoch import Epoch, Origin
from core.samplers.options import BatchOptions, hard_slots


def batch_sizes(items: int, batch_size: int, *, drop_last: bool) -> Int64[np.ndarray, " batches"]:
    """Give the size of each batch, the incomplete one last.

    One item alone has no negatives and joins the last full batch.

    Raises:
        InputError: There are fewer items than a batch holds.

    Example:
        >>> [batch_sizes(items, 10, drop_last=False).tolist() for items in (23, 21)]
        [[10, 10, 3], [10, 11]]
    """
    if items < batch_size:
        raise InputError("batch_size", expected=f"at most the {items} items there are",
                         came=f"{batch_size}", do="Choose a smaller batch")  # fmt: skip
    sizes = np.full(items // batch_size, batch_size)
    over = items % batch_size
    if drop_last or not over:
        return sizes
    if over == 1:
        sizes[-1] += 1
        return sizes
    return np.append(sizes, over)


@dataclass(frozen=True)
class Draft:
    """Batches while they are filled; its arrays are changed in place.

    Args:
        members: -1 where nobody is yet.
        origin: `Origin` of each member.
        similarity: To the pivot, of hard members.
        sizes: Members that each batch will have.
        asked: Hard slots of each batch.
        filled: Hard slots filled so far.
        free: Whether an item is in no batch yet; one more than there are items, and the last
            never free, so that a list can name it for "nobody".
    """

    members: Int32[np.ndarray, "batches width"]
    origin: Int8[np.ndarray, "batches width"]
    similarity: Float32[np.ndarray, "batches width"]
    sizes: Int64[np.ndarray, " batches"]
    asked: Int64[np.ndarray, " batches"]
    filled: Int64[np.ndarray, " batches"]
    free: Bool[np.ndarray, " items_and_nobody"]

    @property
    def items(self) -> int:
        """How many items there are; as an item, nobody."""
        return len(self.free) - 1

    @property
    def gaps(self) -> Int64[np.ndarray, " batches"]:
        """Hard slots of each batch that are still empty."""
        return self.asked - self.filled

    def finish(self, epoch: int, *, is_hard: bool) -> Epoch:
        """Give the record."""
        left_out = np.flatnonzero(self.free[:-1]).astype(np.int32)
        return Epoch(
            epoch, is_hard, self.members, self.origin, self.similarity, self.asked, left_out
        )


def empty_draft(items: int, options: BatchOptions, *, is_hard: bool) -> Draft:
    """Lay out the batches of an epoch, with nobody in them."""
    sizes = batch_sizes(items, options.batch_size, drop_last=options.drop_last)
    shape = (len(sizes), int(sizes.max()))
    asked = [hard_slots(options.hard_ratio, int(size)) if is_hard else 0 for size in sizes]
    free = np.ones(items + 1, bool)
    free[-1] = False
    return Draft(
        members=np.full(shape, -1, np.int32),
        origin=np.full(shape, Origin.NOBODY, np.int8),
        similarity=np.full(shape, np.nan, np.float32),
        sizes=sizes,
        asked=np.array(asked),
        filled=np.zeros(len(sizes), np.int64),
        free=free,
    )
