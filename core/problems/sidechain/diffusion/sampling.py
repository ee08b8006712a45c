"""From noise to side chains: the samplers, and residues sampled with a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.problems.sidechain.diffusion.bond_tree import SIDE, to_side_chain
from core.problems.sidechain.diffusion.config import DiffusionConfig
from core.problems.sidechain.diffusion.model import Denoiser
from core.problems.sidechain.frames import frames_of, to_global, to_local

Denoise: TypeAlias = Callable[[Tensor, float], Tensor]
BEND: Final = 7  # of the noise levels: most of them are low
MOST_CHURN: Final = sqrt(2) - 1  # of a level: above it, more noise is added than is there
TOGETHER: Final = 512  # residues


@dataclass(frozen=True)
class Sampler:
    """How noise is taken away.

    Args:
        method: "heun" or "euler".
        steps: Noise levels.
        churn: Fresh noise over all steps.
        low: Lowest noise above 0, in angstrom.
        high: Highest noise, in angstrom.
    """

    method: str = "euler"
    steps: int = 40
    churn: float = 10.0
    low: float = 0.02
    high: float = 8.0


def sampler_of(config: DiffusionConfig) -> Sampler:
    """Give the sampler of a run."""
    return Sampler(
        config.sampler,
        config.sampling_steps,
        config.churn,
        config.sigma_min_angstrom,
        config.sigma_max_angstrom,
    )


def noise_levels(sampler: Sampler) -> list[float]:
    """List the levels from the highest to 0.

    Source: Karras et al. 2022 (arXiv 2206.00364), equation 5.

    Example:
        >>> [round(level, 3) for level in noise_levels(Sampler(steps=4, low=0.01, high=8.0))]
        [8.0, 1.605, 0.199, 0.01, 0.0]
    """
    high, low = sampler.high ** (1 / BEND), sampler.low ** (1 / BEND)
    parts = np.linspace(0.0, 1.0, sampler.steps) if sampler.steps > 1 else np.zeros(1)
    return [*((high + parts * (low - high)) ** BEND).tolist(), 0.0]


def sample(
    denoise: Denoise,
    start: Float[Tensor, "*shape"],
    draw: Callable[[], Float[Tensor, "*shape"]],
    sampler: Sampler,
) -> Float[Tensor, "*shape"]:
    """Take noise away level by level.

    Args:
        denoise: Estimates what is clean in something noisy, given the level of the noise.
        start: Noise of standard deviation 1.
        draw: Gives fresh noise of standard deviation 1, where there is churn.
        sampler: Levels, method, churn.

    Source: Karras et al. 2022 (arXiv 2206.00364), algorithm 2, with S_noise 1 and churn at every
    level; "euler" leaves the second half of each step out.
    """
    churn = min(sampler.churn / sampler.steps, MOST_CHURN)
    levels = noise_levels(sampler)
    x = levels[0] * start
    for now, after in pairwise(levels):
        level = now * (1 + churn)
        if churn:
            x = x + sqrt(level**2 - now**2) * draw()
        slope = (x - denoise(x, level)) / level
        moved = x + (after - level) * slope
        if sampler.method == "heun" and after:
            slope = (slope + (moved - denoise(moved, after)) / after) / 2
            moved = x + (after - level) * slope
        x = moved
    return x


def sample_residues(
    model: Denoiser,
    backbone: Float[np.ndarray, "residues 4 3"],
    type: Int[np.ndarray, " residues"],
    *,
    sampler: Sampler,
    seed: int,
) -> Float[np.ndarray, "residues 14 3"]:
    """Draw a side chain for each residue.

    Each on its own: neighbours are not seen, so side chains may clash.

    Args:
        model: Answers by the mean of its weights.
        backbone: N, CA, C, O in angstrom, in any frame.
        type: Index in RESIDUES.
        sampler: How noise is taken away.
        seed: The same gives the same side chains on the same device.

    Returns:
        Backbone and side chain in the frame of the backbone; NaN where the type has no atom, and
        the whole side chain where one of the four atoms is missing.
    """
    frames = frames_of(backbone)
    local = to_local(backbone.astype(float), frames)
    generator = torch.Generator().manual_seed(seed)
    rows = np.split(np.arange(len(type)), range(TOGETHER, len(type), TOGETHER))
    with torch.no_grad():
        drawn = [_drawn(model, local[part], type[part], sampler, generator) for part in rows]
    side = to_side_chain(np.concatenate(drawn), type)
    side[~np.isfinite(local).all(axis=(1, 2))] = np.nan
    return np.concatenate([backbone.astype(float), to_global(side, frames)], axis=1)


def _drawn(
    model: Denoiser,
    local: Float[np.ndarray, "residues 4 3"],
    type: Int[np.ndarray, " residues"],
    sampler: Sampler,
    generator: torch.Generator,
) -> Float[np.ndarray, "residues 10 3"]:
    device = next(model.parameters()).device
    kind = torch.from_numpy(type).long().to(device)
    backbone = torch.from_numpy(np.nan_to_num(local)).float().to(device)

    def draw() -> Tensor:
        return torch.randn(len(type), SIDE, 3, generator=generator).to(device)

    def denoise(noisy: Tensor, level: float) -> Tensor:
        return model.by_mean(noisy, noisy.new_full((len(noisy),), level), kind, backbone)

    return sample(denoise, draw(), draw, sampler).double().cpu().numpy()
