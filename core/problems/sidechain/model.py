"""A small network that reads atoms and residue type off a density."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from core.problems.sidechain.atoms import RESIDUES, SLOTS
from core.problems.sidechain.config import BOUNDS_A


class Decoded(NamedTuple):
    """What the network says of residues.

    Args:
        coord: Of all 14 slots in the local frame, in angstrom, also of those that no type has.
        logits: Of the residue types.
        hidden: What both are read from.
    """

    coord: Float[Tensor, "batch 14 3"]
    logits: Float[Tensor, "batch 20"]
    hidden: Float[Tensor, "batch width"]


class DensityDecoder(nn.Module):
    """Residual layers on the flattened density, a head for the atoms, a head for the type.

    Not equivariant: the density stands in the local frame of its residue.

    Args:
        features: Numbers of a density.
        width: Of the hidden layers.
        layers: Residual layers behind the first one.
        output: Of the coordinates, one of `OUTPUTS`.
    """

    def __init__(self, *, features: int, width: int, layers: int, output: str) -> None:
        super().__init__()
        self.bound = BOUNDS_A[output]
        self.first = nn.Linear(features, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers + 1))
        self.atoms = nn.Linear(width, SLOTS * 3)
        self.types = nn.Linear(width, len(RESIDUES))

    def forward(self, density: Float[Tensor, "batch channels harmonics shells"]) -> Decoded:
        """Decode a batch of densities."""
        hidden = self.first(density.flatten(1))
        for layer, norm in zip(self.layers, self.norms, strict=False):
            hidden = hidden + layer(functional.silu(norm(hidden)))
        hidden = functional.silu(self.norms[-1](hidden))
        coord = self.atoms(hidden).view(-1, SLOTS, 3)
        if self.bound is not None:
            coord = self.bound * torch.tanh(coord)
        return Decoded(coord, self.types(hidden), hidden)

    @property
    def trunk(self) -> list[nn.Parameter]:
        """Parameters that atoms and types share."""
        heads = {id(p) for head in (self.atoms, self.types) for p in head.parameters()}
        return [p for p in self.parameters() if id(p) not in heads]
