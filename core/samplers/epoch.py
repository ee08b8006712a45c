"""The record of an epoch: its batches, where each member came from, what was asked and filled."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int32, Int64


class Origin(IntEnum):
    """Where a member of a batch came from."""

    NOBODY = -1
    """The batch is smaller than the widest: there is no member."""
    RANDOM = 0
    PIVOT = 1
    OWN_LIST = 2
    """Among the hardness_k nearest neighbours of the pivot."""
    TWO_HOPS = 3
    """In the list of one of the pivot's neighbours."""
    TOP_UP = 4
    """The nearest of all items that were still free."""


@dataclass(frozen=True)
class Epoch:
    """The batches of an epoch, in the order of training.

    A batch stands in its row from the left: pivot, hard members as they were given, random rest.
    Batches are full but the last, which holds what is left over; one item alone joins the last
    full batch instead, which is then longer by one.

    Args:
        epoch: Counted from 0.
        is_hard: Whether near neighbours were drawn; without them a batch has no pivot.
        members: Items; -1 where a batch has no further one.
        origin: `Origin` of each member.
        similarity: Cosine of each hard member to its pivot; NaN for all others.
        asked: Hard slots of each batch, the pivot's own not counted.
        left_out: Items of no batch, ascending; none unless `drop_last` is set.
    """

    epoch: int
    is_hard: bool
    members: Int32[np.ndarray, "batches width"]
    origin: Int8[np.ndarray, "batches width"]
    similarity: Float32[np.ndarray, "batches width"]
    asked: Int64[np.ndarray, " batches"]
    left_out: Int32[np.ndarray, " left"]

    @property
    def sizes(self) -> Int64[np.ndarray, " batches"]:
        """Members of each batch."""
        return (self.members >= 0).sum(axis=1)

    @property
    def pivots(self) -> Int32[np.ndarray, " batches"]:
        """The pivot of each batch; -1 where it has none."""
        return np.where(self.origin[:, 0] == Origin.PIVOT, self.members[:, 0], np.int32(-1))

    @property
    def is_hard_member(self) -> Bool[np.ndarray, "batches width"]:
        """Whether a member was chosen for being near the pivot."""
        return self.origin >= Origin.OWN_LIST

    @property
    def filled(self) -> Int64[np.ndarray, " batches"]:
        """Hard slots of each batch that were filled."""
        return self.is_hard_member.sum(axis=1)

    def batches(self, start: int = 0) -> list[Int32[np.ndarray, " size"]]:
        """Give the items of each batch from the one at `start` on, as after a resume."""
        return [row[row >= 0] for row in self.members[start:]]
