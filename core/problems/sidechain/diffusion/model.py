"""A small network that takes the noise out of bond vectors, and the mean of its weights."""

from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.diffusion.bond_tree import FIRST, SIDE

CONDITION: Final = 128  # numbers that tell a block of type and noise
WAVES: Final = 16
FORGETS: Final = 10  # updates; the mean over the first ones would remember the random start


class Block(nn.Module):
    """A residual block of two layers whose input is scaled and shifted by type and noise."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.condition = nn.Linear(CONDITION, 2 * width)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(
        self, hidden: Float[Tensor, "batch width"], condition: Float[Tensor, "batch condition"]
    ) -> Float[Tensor, "batch width"]:
        """Add what the block has to say."""
        scale, shift = self.condition(condition).chunk(2, dim=1)
        told = self.norm(hidden) * (1 + scale) + shift
        return hidden + self.outer(functional.silu(self.inner(functional.silu(told))))


class Network(nn.Module):
    """Residual blocks on bond vectors and backbone, told of residue type and noise.

    Not equivariant: the vectors stand in the local frame of their residue.

    Args:
        width: Of the hidden layers.
        layers: Number of blocks.
    """

    def __init__(self, *, width: int, layers: int) -> None:
        super().__init__()
        self.types = nn.Embedding(len(RESIDUES), CONDITION)
        self.noise = nn.Linear(2 * WAVES, CONDITION)
        self.first = nn.Linear(3 * (SIDE + FIRST), width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, 3 * SIDE)
        nn.init.zeros_(self.last.weight)

    def forward(
        self,
        vectors: Float[Tensor, "batch 10 3"],
        noise: Float[Tensor, " batch"],
        type: Int[Tensor, " batch"],
        backbone: Float[Tensor, "batch 4 3"],
    ) -> Float[Tensor, "batch 10 3"]:
        """Answer to vectors that are scaled to a spread of 1, and a quarter of ln sigma."""
        angle = noise[:, None] * torch.arange(1, WAVES + 1, device=noise.device)
        waves = torch.cat([angle.sin(), angle.cos()], dim=1)
        condition = functional.silu(self.types(type) + self.noise(waves))
        hidden = self.first(torch.cat([vectors, backbone], dim=1).flatten(1))
        for block in self.blocks:
            hidden = block(hidden, condition)
        return self.last(functional.silu(self.norm(hidden))).view(-1, SIDE, 3)


class Denoiser(nn.Module):
    """A network scaled for every level of noise, and beside it the running mean of its weights.

    In training mode each call lets the mean follow the weights, as a batch norm does with its
    statistics; so it lags one update behind. Checkpoints hold both.

    Args:
        width: Of the hidden layers.
        layers: Number of blocks.
        sigma_data: Spread of a component of a bond vector in angstrom.
        memory: Of the mean, 0 to 1.

    Source: Karras et al. 2022 (arXiv 2206.00364), table 1, column "Ours".
    """

    exists: Tensor

    def __init__(self, *, width: int, layers: int, sigma_data: float, memory: float) -> None:
        super().__init__()
        self.sigma_data, self.memory = sigma_data, memory
        self.network = Network(width=width, layers=layers)
        self.mean = AveragedModel(self.network, avg_fn=self._followed).requires_grad_(False)
        exists = torch.tensor(EXISTS14[:, FIRST:, None].copy())
        self.register_buffer("exists", exists, persistent=False)

    def forward(
        self,
        noisy: Float[Tensor, "batch 10 3"],
        sigma: Float[Tensor, " batch"],
        type: Int[Tensor, " batch"],
        backbone: Float[Tensor, "batch 4 3"],
    ) -> Float[Tensor, "batch 10 3"]:
        """Estimate the mean of all clean vectors that noise may have turned into these.

        Args:
            noisy: Bond vectors in angstrom; what stands where the type has no atom is not seen.
            sigma: Standard deviation of the noise of each residue in angstrom.
            type: Index in RESIDUES.
            backbone: N, CA, C, O in the local frame in angstrom.
        """
        if self.training:
            self.mean.update_parameters(self.network)
        return self._answer(self.network, noisy, sigma, type, backbone)

    def by_mean(
        self,
        noisy: Float[Tensor, "batch 10 3"],
        sigma: Float[Tensor, " batch"],
        type: Int[Tensor, " batch"],
        backbone: Float[Tensor, "batch 4 3"],
    ) -> Float[Tensor, "batch 10 3"]:
        """Estimate the same by the mean of the weights, which samples better."""
        return self._answer(self.mean, noisy, sigma, type, backbone)

    def _answer(
        self, network: nn.Module, noisy: Tensor, sigma: Tensor, type: Tensor, backbone: Tensor
    ) -> Tensor:
        data, level = self.sigma_data, sigma[:, None, None]
        size = (level**2 + data**2).sqrt()
        noisy = torch.where(self.exists[type], noisy, 0.0)
        answer = network(noisy / size, sigma.log() / 4, type, backbone)
        return (data / size) ** 2 * noisy + level * data / size * answer

    def _followed(self, mean: Tensor, weight: Tensor, updates: Tensor | int) -> Tensor:
        memory = min(self.memory, float((1 + updates) / (FORGETS + updates)))
        return torch.lerp(weight, mean, memory)
