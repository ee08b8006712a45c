"""Batches of pairs as a reader sees them: what each member is, how near, where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import InputError
from core.problems.molecule.explore import Explored
from core.samplers.difficulty import similarity_to_first
from core.samplers.embeddings import Embeddings
from core.samplers.epoch import Epoch, Origin
from core.samplers.reading import alike_pairs

ORIGINS: Final = {
    Origin.PIVOT: "pivot",
    Origin.OWN_LIST: "own list",
    Origin.TWO_HOPS: "two hops",
    Origin.TOP_UP: "top-up",
    Origin.RANDOM: "random",
}


@dataclass(frozen=True)
class Member:
    """One pair of a batch.

    Args:
        item: Its number in the set.
        name: What it is called.
        smiles: Of its molecule.
        text: Its text.
        cluster: Group of alike structures.
        origin: Where it came from.
        similarity: Cosine to the first member; 1 for that itself.
    """

    item: int
    name: str
    smiles: str
    text: str
    cluster: int
    origin: Origin
    similarity: float

    @property
    def is_hard(self) -> bool:
        """Whether it was chosen for being near the pivot."""
        return self.origin >= Origin.OWN_LIST


@dataclass(frozen=True)
class BatchView:
    """A batch of an epoch, as it is trained on.

    Args:
        number: Counted from 1.
        batches: Of the epoch.
        asked: Hard slots.
        members: The pivot first, then hard members, the nearest first, then random ones likewise.
        same_pairs: Pairs of members that share a text or a molecule.
        left_out: Items of no batch of the epoch.
    """

    number: int
    batches: int
    asked: int
    members: tuple[Member, ...]
    same_pairs: int
    left_out: int

    @property
    def first(self) -> Member:
        """The pivot; in a random batch just its first member."""
        return self.members[0]

    @property
    def has_pivot(self) -> bool:
        """Whether the batch was drawn around its first member."""
        return self.first.origin == Origin.PIVOT

    @property
    def hard(self) -> tuple[Member, ...]:
        """Members chosen for being near the pivot, the nearest first."""
        return tuple(member for member in self.members if member.is_hard)

    @property
    def random(self) -> tuple[Member, ...]:
        """The other negatives of the first member, the nearest first."""
        return tuple(member for member in self.members[1:] if not member.is_hard)

    @property
    def pairs(self) -> int:
        """Pairs of members."""
        return len(self.members) * (len(self.members) - 1) // 2


def view_batch(explored: Explored, embeddings: Embeddings, epoch: Epoch, number: int) -> BatchView:
    """Say what is in a batch.

    Args:
        explored: The set that the epoch was drawn from.
        embeddings: Of its texts.
        epoch: The record.
        number: Of the batch, counted from 1.

    Raises:
        InputError: The epoch has no such batch.
    """
    count = len(epoch.members)
    if not 1 <= number <= count:
        raise InputError("batch", expected=f"1 to {count}, the batches of an epoch",
                         came=f"{number}", do="Choose another")  # fmt: skip
    items = epoch.members[number - 1]
    first, *others = _members(explored, embeddings, epoch, number)
    others.sort(key=lambda member: (not member.is_hard, -member.similarity))
    shared = np.unique(explored.label[items[items >= 0]], return_counts=True)[1]
    same_pairs = int((shared * (shared - 1) // 2).sum())
    return BatchView(number, count, int(epoch.asked[number - 1]), (first, *others), same_pairs,
                     len(epoch.left_out))  # fmt: skip


def _members(explored: Explored, embeddings: Embeddings, epoch: Epoch, number: int) -> list[Member]:
    """Collect the members of a batch, in the order they were drawn in."""
    row = number - 1
    similarity = similarity_to_first(epoch, embeddings)[row].tolist()
    columns = zip(epoch.members[row].tolist(), epoch.origin[row].tolist(), similarity, strict=True)
    return [
        Member(item, explored.names[item], explored.smiles[item], explored.texts[item],
               int(explored.cluster[item]), Origin(origin), near)
        for item, origin, near in columns
        if item >= 0
    ]  # fmt: skip


@dataclass(frozen=True)
class Risk:
    """Pairs inside the batches of an epoch that may be no negatives of each other.

    Args:
        found: How many there are.
        pairs: Pairs of all batches.
        rows: The most similar ones: batch from 1, both items, cosine.
    """

    found: int
    pairs: int
    rows: tuple[tuple[int, int, int, float], ...]


def find_risk(epoch: Epoch, embeddings: Embeddings, above: float, most: int) -> Risk:
    """Find pairs that are together in a batch and more alike than a bound, the most alike first.

    Args:
        epoch: The record.
        embeddings: Of all items.
        above: Cosine, -1 to 1.
        most: How many are listed.
    """
    alike = alike_pairs(epoch, embeddings, above)
    order = np.argsort(-alike.similarity, kind="stable")[:most]
    columns = (alike.batch + 1, alike.one, alike.other, alike.similarity)
    rows = zip(*(column[order].tolist() for column in columns), strict=True)
    return Risk(len(alike.batch), alike.pairs, tuple(rows))


def cluster_counts(explored: Explored, items: Sequence[int]) -> list[tuple[int, int]]:
    """Count the members of each cluster, the most frequent first: (cluster, members)."""
    numbers, counts = np.unique(explored.cluster[list(items)], return_counts=True)
    order = np.lexsort((numbers, -counts))
    return list(zip(numbers[order].tolist(), counts[order].tolist(), strict=True))
