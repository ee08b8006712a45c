"""An E(3)-invariant message-passing network: it reads elements, residues and distances only."""

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.problems.pocket.graphs import CUTOFF_ANGSTROM, GraphBatch, is_neighbour
from core.problems.pocket.vocabulary import ELEMENTS, RESIDUES

WAVES: Final = 16  # Gaussians over the distance
USUAL_ATOMS: Final = 50.0  # scales the sum over atoms, which tells how large a pocket is
FEATURES: Final = ("element", "residue", "distance")


class PocketModel(nn.Module):
    """Predict the embedding of the ligand from its pocket.

    Args:
        dimension: Of the embedding.
        width: Numbers kept for each atom.
        layers: Rounds of messages.
    """

    def __init__(self, *, dimension: int, width: int, layers: int) -> None:
        super().__init__()
        self.element = nn.Embedding(len(ELEMENTS), width)
        self.residue = nn.Embedding(len(RESIDUES), width)
        self.feature_weights = nn.Parameter(torch.ones(len(FEATURES)))
        self.layers = nn.ModuleList(Messages(width) for _ in range(layers))
        self.score = nn.Linear(width, 1)
        self.norm = nn.LayerNorm(3 * width)
        self.head = nn.Sequential(
            nn.Linear(3 * width, 4 * width), nn.SiLU(), nn.Linear(4 * width, dimension)
        )

    def forward(self, batch: GraphBatch) -> Float[Tensor, "pockets dimension"]:
        """Predict one embedding a pocket; it may have any norm."""
        of_element, of_residue, of_distance = self.feature_weights
        state = of_element * self.element(batch.element) + of_residue * self.residue(batch.residue)
        waves = of_distance * distance_waves(batch.distance)
        for layer in self.layers:
            state = layer(state, waves, batch)
        return self.head(self.norm(self.pool(state, batch)))

    def pool(
        self, state: Float[Tensor, "atoms width"], batch: GraphBatch
    ) -> Float[Tensor, "pockets width_3"]:
        """Sum, average and attend over the atoms of each pocket."""
        atoms = _sum_by_pocket(torch.ones_like(state[:, :1]), batch)
        total = _sum_by_pocket(state, batch)
        score = self.score(state)
        # A common shift changes no softmax; the largest of each pocket keeps exp in range.
        weight = torch.exp(score - _largest_by_pocket(score.detach(), batch)[batch.pocket])
        attended = _sum_by_pocket(weight * state, batch) / _sum_by_pocket(weight, batch)
        return torch.cat([total / USUAL_ATOMS, total / atoms, attended], dim=1)


class Messages(nn.Module):
    """One round: each atom reads its neighbours through filters of the distance."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.filter = nn.Linear(WAVES, width, bias=False)
        self.send = nn.Linear(width, width)
        self.update = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(
        self,
        state: Float[Tensor, "atoms width"],
        waves: Float[Tensor, "atoms neighbours waves"],
        batch: GraphBatch,
    ) -> Float[Tensor, "atoms width"]:
        """Give the state after the round."""
        normed = self.norm(state)
        sent = self.send(normed)[batch.neighbour]
        heard = (self.filter(waves) * sent).sum(dim=1)
        return state + self.update(torch.cat([normed, heard], dim=1))


def distance_waves(
    distance: Float[Tensor, "atoms neighbours"],
) -> Float[Tensor, "atoms neighbours waves"]:
    """Spread distances over Gaussians that fade out at the cut-off; 0 where there is no neighbour.

    Without the fading an atom that crosses the cut-off would make the output jump.
    """
    there = is_neighbour(distance)
    near = torch.where(there, distance, CUTOFF_ANGSTROM)
    centres = torch.linspace(0, CUTOFF_ANGSTROM, WAVES, device=distance.device)
    width = CUTOFF_ANGSTROM / WAVES
    fading = 0.5 * (1 + torch.cos(torch.pi * near / CUTOFF_ANGSTROM)) * there
    return torch.exp(-(((near[..., None] - centres) / width) ** 2) / 2) * fading[..., None]


def _largest_by_pocket(
    values: Float[Tensor, "atoms 1"], batch: GraphBatch
) -> Float[Tensor, "pockets 1"]:
    lowest = values.new_full((batch.count, 1), -torch.inf)
    return lowest.scatter_reduce(0, batch.pocket[:, None], values, "amax")


def _sum_by_pocket(
    values: Float[Tensor, "atoms width"], batch: GraphBatch
) -> Float[Tensor, "pockets width"]:
    return values.new_zeros(batch.count, values.shape[1]).index_add(0, batch.pocket, values)
