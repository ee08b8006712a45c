"""Splits by similarity: what is alike stays on one side, so that held out means new."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from rdkit import Chem, DataStructs
from rdkit.SimDivFilters.rdSimDivPickers import LeaderPicker
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.chemistry.descriptors import fingerprints
from core.chemistry.similarity import most_alike
from core.errors import InputError

SPLITS: Final = ("train", "val", "test")
SHARES: Final = {"train": 0.7, "val": 0.15, "test": 0.15}
ALIKE: Final = 0.4  # Tanimoto similarity from which two molecules belong together


@dataclass(frozen=True, eq=False)
class Split:
    """Which example is on which side.

    Args:
        side: Index into `SPLITS` of each example.
        group: Number of the group that each example belongs to; a group is never divided.
        nearest: Of each held-out example the similarity of its nearest training one, 0 to 1; NaN
            for training examples, and where it is not known.
    """

    side: Int[np.ndarray, " examples"]
    group: Int[np.ndarray, " examples"]
    nearest: Float[np.ndarray, " examples"]

    def of(self, name: str) -> Int[np.ndarray, " chosen"]:
        """Give the examples of a side."""
        return np.flatnonzero(self.side == SPLITS.index(name))


def cluster(bits: Sequence[DataStructs.ExplicitBitVect]) -> Int[np.ndarray, " molecules"]:
    """Cluster molecules by sphere exclusion: each joins the leader that it is most alike to.

    No two leaders are alike. Does not keep similarities: memory grows with the molecules only.

    Example:
        >>> from rdkit import Chem
        >>> from core.chemistry.descriptors import fingerprints
        >>> smiles = ("CCCCCCO", "c1ccccc1C(=O)O", "CCCCCCCO")
        >>> cluster(fingerprints([Chem.MolFromSmiles(text) for text in smiles])).tolist()
        [0, 1, 0]
    """
    picked = LeaderPicker().LazyBitVectorPick(list(bits), len(bits), 1 - ALIKE)
    return most_alike(bits, [bits[index] for index in picked])[0]


def join(labels: Sequence[Collection[Hashable]]) -> Int[np.ndarray, " examples"]:
    """Join examples that share any label into one group, also over others in between.

    Args:
        labels: Those of each example: its ligand, the cluster of that, its sequences ...

    Example:
        >>> join([{"a"}, {"a", "b"}, {"b"}, {"c"}]).tolist()
        [0, 0, 0, 1]
    """
    first: dict[Hashable, int] = {}
    pairs = [(i, first.setdefault(label, i)) for i, own in enumerate(labels) for label in own]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(labels), len(labels)))
    return connected_components(graph, directed=False)[1].astype(int)


def split_groups(
    group: Int[np.ndarray, " examples"], seed: int, shares: Mapping[str, float] = SHARES
) -> Int[np.ndarray, " examples"]:
    """Put whole groups on the side that lacks most, the largest first; ties by the seed.

    Args:
        group: Number of each example's group.
        seed: Of the order of groups of one size.
        shares: Wanted share of each side; they add up to 1.

    Raises:
        InputError: There are fewer than three groups: one side would be empty.
    """
    numbers, sizes = np.unique(group, return_counts=True)
    if len(numbers) < len(SPLITS):
        raise InputError(
            "groups of similar molecules", expected=f"at least {len(SPLITS)}, one for each side",
            came=f"{len(numbers)} for {len(group)} examples",
            do="Use more, or more different, molecules",
        )  # fmt: skip
    order = np.random.default_rng(seed).permutation(len(numbers))
    order = order[np.argsort(-sizes[order], kind="stable")]
    wanted = np.array([shares[name] for name in SPLITS]) * len(group)
    filled, side_of = np.zeros(len(SPLITS)), np.zeros(group.max() + 1, dtype=int)
    for left, place in zip(range(len(order), 0, -1), order, strict=True):
        lacking = wanted - filled
        if left <= (filled == 0).sum():  # the last groups go where there is nothing yet
            lacking[filled > 0] = -np.inf
        side = int(np.argmax(lacking))
        side_of[numbers[place]] = side
        filled[side] += sizes[place]
    return side_of[group]


def nearest_training(
    bits: Sequence[DataStructs.ExplicitBitVect], side: Int[np.ndarray, " examples"]
) -> Float[np.ndarray, " examples"]:
    """Find how similar each held-out molecule is to its nearest training one (Tanimoto)."""
    training, held_out = np.flatnonzero(side == 0), np.flatnonzero(side != 0)
    nearest = np.full(len(side), np.nan)
    if len(held_out):
        own, others = ([bits[index] for index in one.tolist()] for one in (held_out, training))
        nearest[held_out] = most_alike(own, others)[1]
    return nearest


def split_molecules(molecules: Sequence[Chem.Mol], seed: int) -> Split:
    """Split molecules by similarity cluster."""
    bits = fingerprints(molecules)
    group = cluster(bits)
    side = split_groups(group, seed)
    return Split(side, group, nearest_training(bits, side))
