"""Pockets as graphs end to end: no pocket is padded to the size of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree
from torch import Tensor

CUTOFF_ANGSTROM = 6.0


@dataclass(frozen=True, eq=False)
class Graphs:
    """Atoms of many pockets behind one another, each with its nearest neighbours.

    Args:
        start: First atom of each pocket, and the number of all atoms last.
        element: Index of `vocabulary.ELEMENTS`.
        residue: Index of `vocabulary.RESIDUES`.
        neighbour: Atoms within the cut-off, nearest first, counted from the pocket's first atom;
            the atom itself where there are fewer.
        distance: To them, angstrom; inf where there are fewer.
    """

    start: Int[np.ndarray, " pockets_and_1"]
    element: Int[np.ndarray, " atoms"]
    residue: Int[np.ndarray, " atoms"]
    neighbour: Int[np.ndarray, "atoms neighbours"]
    distance: Float[np.ndarray, "atoms neighbours"]

    def __len__(self) -> int:
        """Give the number of pockets."""
        return len(self.start) - 1

    @property
    def sizes(self) -> Int[np.ndarray, " pockets"]:
        """Number of atoms of each pocket."""
        return np.diff(self.start)


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Some pockets as tensors on a device; fields as in `Graphs`, neighbours counted in the batch.

    Args:
        pocket: Number of the pocket of each atom, ascending.
        count: Number of pockets.
    """

    element: Int[Tensor, " atoms"]
    residue: Int[Tensor, " atoms"]
    neighbour: Int[Tensor, "atoms neighbours"]
    distance: Float[Tensor, "atoms neighbours"]
    pocket: Int[Tensor, " atoms"]
    count: int


def find_neighbours(
    coord: Float[np.ndarray, "atoms 3"], most: int
) -> tuple[Int[np.ndarray, "atoms most"], Float[np.ndarray, "atoms most"]]:
    """Find the nearest atoms of each atom within the cut-off; distances do not see a rotation.

    Args:
        coord: Angstrom.
        most: How many at most, 1 or more.

    Returns:
        Indices, that of the atom itself where there are fewer, and distances, inf there.
    """
    nearest: Any = np.arange(2, most + 2)  # the first is the atom itself
    distance, neighbour = KDTree(coord).query(
        coord, k=nearest, distance_upper_bound=CUTOFF_ANGSTROM
    )
    itself = np.broadcast_to(np.arange(len(coord))[:, None], neighbour.shape)
    return np.where(np.isfinite(distance), neighbour, itself), distance.astype(np.float32)


def join_graphs(
    pockets: Sequence[
        tuple[Int[np.ndarray, " _atoms"], Int[np.ndarray, " _atoms"], Float[np.ndarray, "_atoms 3"]]
    ],
    most: int,
) -> Graphs:
    """Lay pockets (element, residue, coordinates) behind one another.

    Args:
        pockets: At least one, each with an atom.
        most: Neighbours of an atom at most.
    """
    found = [find_neighbours(coord, most) for _, _, coord in pockets]
    sizes = [len(element) for element, _, _ in pockets]
    return Graphs(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([element for element, _, _ in pockets]).astype(np.int16),
        np.concatenate([residue for _, residue, _ in pockets]).astype(np.int16),
        np.concatenate([neighbour for neighbour, _ in found]).astype(np.int32),
        np.concatenate([distance for _, distance in found]),
    )


def batch_graphs(
    graphs: Graphs, chosen: Int[np.ndarray, " count"], device: torch.device
) -> GraphBatch:
    """Take some pockets out, in this order."""
    sizes = graphs.sizes[chosen]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    pocket = np.repeat(np.arange(len(chosen)), sizes)
    atoms = np.arange(sizes.sum()) - np.repeat(first - graphs.start[chosen], sizes)
    neighbour = graphs.neighbour[atoms] + first[pocket][:, None]

    def tensor(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device)

    return GraphBatch(
        tensor(graphs.element[atoms].astype(np.int64)),
        tensor(graphs.residue[atoms].astype(np.int64)),
        tensor(neighbour.astype(np.int64)),
        tensor(graphs.distance[atoms]),
        tensor(pocket.astype(np.int64)),
        len(chosen),
    )


def is_neighbour(distance: Float[Tensor, "atoms most"]) -> Bool[Tensor, "atoms most"]:
    """Say which places hold a neighbour."""
    return torch.isfinite(distance)
