"""The set that a reader's batches are drawn from: the sample, or the training pairs of a run."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.problems.molecule.data import PairData
from core.samplers.neighbours import Progress, nearest_neighbours
from core.samplers.pool import Pool, make_pool

SAMPLE: Final = Path(__file__).parents[3] / "sample_data" / "molecules"
TABLE, VECTORS = "pairs.tsv", "vectors.npy"
COLUMNS: Final = ("id", "smiles", "description", "cluster", "label")
MOST_K: Final = 200


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
