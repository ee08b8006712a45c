"""A small graph transformer for molecules, and projections of both sides into one space."""

from math import log

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.problems.molecule.graphs import ATOM_COLUMNS, BOND_COLUMNS, GraphBatch

TEMPERATURES = (0.005, 1.0)
"""Range of a temperature that is learnt."""
USUAL_ATOMS = 25.0
"""Sums over atoms are divided by this, so that they start near 1."""


class MoleculeTextModel(nn.Module):
    """Gives a vector for each molecule and one for each text; cosines are taken of them.

    Args:
        text_dim: Of the vectors that texts come as.
        width: Numbers that are kept for each atom.
        layers: Rounds of attention.
        heads: Heads of attention; divide the width.
        dim: Of the space that both sides are projected into.
        temperature: That the similarities are divided by, at the start.
        learns_temperature: Whether training may change it.
        dropout: Of the rounds and the projections, 0 to 1.
    """

    def __init__(
        self,
        *,
        text_dim: int,
        width: int,
        layers: int,
        heads: int,
        dim: int,
        temperature: float,
        learns_temperature: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.atoms = nn.ModuleList(nn.Embedding(n, width) for n in ATOM_COLUMNS.values())
        self.bonds = nn.ModuleList(nn.Embedding(n, width) for n in BOND_COLUMNS.values())
        self.hidden = nn.Parameter(torch.zeros(width))
        self.rounds = nn.ModuleList(AttentionRound(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.score = nn.Linear(width, 1)
        self.molecule_head = _projection(3 * width, 2 * width, dim, dropout)
        self.text_head = _projection(text_dim, 2 * width, dim, dropout)
        self.log_temperature = nn.Parameter(
            torch.tensor(log(temperature)), requires_grad=learns_temperature
        )

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """What similarities are divided by; inside `TEMPERATURES` where it is learnt."""
        if not self.log_temperature.requires_grad:
            return self.log_temperature.exp()
        return self.log_temperature.exp().clamp(*TEMPERATURES)

    def embed_molecules(self, batch: GraphBatch) -> Float[Tensor, "molecules dim"]:
        """Read molecules; those with the same atoms and bonds in any order are the same."""
        state = sum_embeddings(self.atoms, batch.atom)
        state = torch.where(batch.masked[:, None], self.hidden, state)
        bond = sum_embeddings(self.bonds, batch.bond)
        for attention in self.rounds:
            state = attention(state, bond, batch)
        return self.molecule_head(self._pool(self.norm(state), batch))

    def embed_texts(self, text: Float[Tensor, "texts text_dim"]) -> Float[Tensor, "texts dim"]:
        """Project texts, which come as vectors that are not trained."""
        return self.text_head(text)

    def _pool(
        self, state: Float[Tensor, "atoms width"], batch: GraphBatch
    ) -> Float[Tensor, "molecules width3"]:
        """Sum, average and attend over the atoms of each molecule."""
        ones = torch.ones_like(state[:, :1])
        atoms = sum_by(ones, batch.molecule, batch.count)
        total = sum_by(state, batch.molecule, batch.count)
        weight = softmax_by(self.score(state), batch.molecule, batch.count)
        attended = sum_by(weight * state, batch.molecule, batch.count)
        return torch.cat([total / USUAL_ATOMS, total / atoms, attended], dim=1)


class AttentionRound(nn.Module):
    """Each atom attends over its neighbours and itself, by what both are and by the bond between.

    Source:
        Shi et al. 2021, arXiv 2009.03509, eq. 3 and 4: keys and values get the bond added.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.asked, self.offered, self.sent = (nn.Linear(width, width) for _ in range(3))
        self.of_bond = nn.Linear(width, width, bias=False)
        self.itself = nn.Parameter(torch.zeros(width))
        self.out = nn.Linear(width, width)
        self.after = nn.LayerNorm(width)
        self.forth = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        state: Float[Tensor, "atoms width"],
        bond: Float[Tensor, "directions width"],
        batch: GraphBatch,
    ) -> Float[Tensor, "atoms width"]:
        """Give the state after the round."""
        normed = self.before(state)
        atoms = torch.arange(len(state), device=state.device)
        source, target = (torch.cat([ends, atoms]) for ends in (batch.source, batch.target))
        edge = torch.cat([self.of_bond(bond), self.itself.expand(len(state), -1)])
        query = self._split(self.asked(normed)[target])
        key = self._split(self.offered(normed)[source] + edge)
        value = self._split(self.sent(normed)[source] + edge)
        score = (query * key).sum(dim=-1) / key.shape[-1] ** 0.5
        weight = softmax_by(score, target, len(state))
        heard = sum_by((weight[..., None] * value).flatten(1), target, len(state))
        state = state + self.dropout(self.out(heard))
        return state + self.dropout(self.forth(self.after(state)))

    def _split(self, values: Float[Tensor, "edges width"]) -> Float[Tensor, "edges heads part"]:
        return values.unflatten(1, (self.heads, -1))


def sum_embeddings(
    tables: nn.ModuleList, columns: Int[Tensor, "rows columns"]
) -> Float[Tensor, "rows width"]:
    """Look each column up in its own table, and add what comes out."""
    return torch.stack([table(columns[:, k]) for k, table in enumerate(tables)]).sum(dim=0)


def sum_by(
    values: Float[Tensor, "rows width"], group: Int[Tensor, " rows"], count: int
) -> Float[Tensor, "groups width"]:
    """Add up the rows of each group."""
    return values.new_zeros(count, values.shape[1]).index_add(0, group, values)


def softmax_by(
    score: Float[Tensor, "rows heads"], group: Int[Tensor, " rows"], count: int
) -> Float[Tensor, "rows heads"]:
    """Turn scores into weights that add up to 1 in each group, head by head."""
    lowest = score.new_full((count, score.shape[1]), -torch.inf)
    index = group[:, None].expand_as(score)
    # A common shift changes no softmax; the largest of each group keeps exp in range.
    largest = lowest.scatter_reduce(0, index, score.detach(), "amax")
    weight = torch.exp(score - largest[group])
    return weight / sum_by(weight, group, count)[group]


def _projection(from_dim: int, width: int, to_dim: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(from_dim, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, to_dim)
    )
