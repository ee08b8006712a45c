"""Batches of pairs as a reader sees them: what each member is, how near, where it came from."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.problems.molecule.data import PairData
from core.samplers.difficulty import similarity_to_first
from core.samplers.embeddings import Embeddings
from core.samplers.epoch import Epoch, Origin
from core.samplers.neighbours import Progress, nearest_neighbours
from core.samplers.pool import Pool, make_pool
from core.samplers.reading import alike_pairs

SAMPLE: Final = Path(__file__).parents[3] / "sample_data" / "molecules"
TABLE, VECTORS = "pairs.tsv", "vectors.npy"
COLUMNS: Final = ("id", "smiles", "description", "cluster", "label")
MOST_K: Final = 200
ORIGINS: Final = {
    Origin.PIVOT: "pivot",
    Origin.OWN_LIST: "own list",
    Origin.TWO_HOPS: "two hops",
    Origin.TOP_UP: "top-up",
    Origin.RANDOM: "random",
}


@dataclass(frozen=True, eq=False)
class Explored:
    """Pairs of a molecule and a text that batches are drawn from.

    Args:
        names: What each pair is called.
        smiles: Of each molecule.
        texts: Of each pair.
        vectors: Of the texts.
        label: Pairs of equal text or equal molecule share one.
        cluster: Group of alike structures that each pair belongs to.
        origin: Where all this comes from, for readers.
    """

    names: tuple[str, ...]
    smiles: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Float[np.ndarray, "pairs dim"]
    label: Int[np.ndarray, " pairs"]
    cluster: Int[np.ndarray, " pairs"]
    origin: str

    @property
    def items(self) -> int:
        """How many pairs there are."""
        return len(self.names)

    def taken(self, chosen: Int[np.ndarray, " chosen"]) -> "Explored":
        """Give some pairs, in this order."""
        rows = chosen.tolist()
        return Explored(
            tuple(self.names[row] for row in rows),
            tuple(self.smiles[row] for row in rows),
            tuple(self.texts[row] for row in rows),
            self.vectors[chosen],
            self.label[chosen],
            self.cluster[chosen],
            self.origin,
        )


def read_sample(folder: Path = SAMPLE) -> Explored:
    """Read the small set that lies in the repository: real molecules with their names."""
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    names, smiles, texts, cluster, label = (tuple(row[name] for row in rows) for name in COLUMNS)
    return Explored(
        names,
        smiles,
        texts,
        np.load(folder / VECTORS, allow_pickle=False).astype(np.float32),
        np.array(label, dtype=np.int64),
        np.array(cluster, dtype=np.int64),
        f"{len(rows)} real molecules of the component dictionary with their names",
    )


def training_side(data: PairData) -> Explored:
    """Give the training pairs of a data set: what a run draws its batches from."""
    whole = Explored(
        data.names, data.smiles, data.texts, data.vectors, data.label, data.split.group,
        f"{len(data.split.of('train')):,} training pairs of {data.facts['training data']}",
    )  # fmt: skip
    return whole.taken(data.split.of("train"))


def search(explored: Explored, *, progress: Progress | None = None) -> Pool:
    """Find the neighbours of every pair, as many as a reader may ask for.

    Raises:
        InputError: The vectors have no cosine.
    """
    k = min(MOST_K, explored.items - 1)
    found = nearest_neighbours(explored.vectors, k, progress=progress)
    return make_pool(explored.vectors, found, labels=explored.label)


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
    similarity = similarity_to_first(epoch, embeddings)[number - 1]
    members = [
        Member(item, explored.names[item], explored.smiles[item], explored.texts[item],
               int(explored.cluster[item]), Origin(origin), near)
        for item, origin, near in zip(
            items.tolist(), epoch.origin[number - 1].tolist(), similarity.tolist(), strict=True
        )
        if item >= 0
    ]  # fmt: skip
    first, *others = members
    others.sort(key=lambda member: (not member.is_hard, -member.similarity))
    shared = np.unique(explored.label[items[items >= 0]], return_counts=True)[1]
    return BatchView(
        number,
        count,
        int(epoch.asked[number - 1]),
        (first, *others),
        int((shared * (shared - 1) // 2).sum()),
        len(epoch.left_out),
    )


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
