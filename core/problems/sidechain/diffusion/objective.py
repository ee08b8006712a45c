"""The two terms of the denoiser: how far bond vectors are off, and their lengths."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from core.problems.sidechain.diffusion.config import TERMS, DiffusionConfig
from core.problems.term_weights import constant_schedule
from core.training.curriculum import Schedule


def denoising_loss(
    denoised: Float[Tensor, "batch 10 3"],
    clean: Float[Tensor, "batch 10 3"],
    exists: Bool[Tensor, "batch 10"],
    sigma: Float[Tensor, " batch"],
    *,
    sigma_data: float,
) -> Float[Tensor, " batch"]:
    """Square the error of each component, weighted so that all levels of noise count alike.

    Args:
        denoised: Estimated bond vectors in angstrom; differentiable.
        clean: The true ones; what stands where no atom exists is not looked at.
        exists: Which atoms there are.
        sigma: Standard deviation of the noise in angstrom.
        sigma_data: Spread of a component of a bond vector in angstrom.

    Returns:
        Atoms count alike: the sum over a residue over the mean number of components in the batch.
        About 1 of a network whose answer is 0.

    Source: Karras et al. 2022 (arXiv 2206.00364), equation 8, lambda of table 1.
    """
    weight = (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2
    error = torch.where(exists[..., None], denoised - clean, 0.0).square().sum((1, 2))
    return weight * error / (3 * _per_residue(exists))


def bond_loss(
    denoised: Float[Tensor, "batch 10 3"],
    clean: Float[Tensor, "batch 10 3"],
    exists: Bool[Tensor, "batch 10"],
) -> Float[Tensor, " batch"]:
    """Square the error of the lengths of the bond vectors, in square angstrom.

    No part of diffusion: the mean over several rotamers, which is the right answer to a very noisy
    residue, has bonds that are too short, and this term pulls the answer away from it.

    Args:
        denoised: Estimated bond vectors in angstrom; differentiable, also where one is 0.
        clean: The true ones.
        exists: Which atoms there are; they count alike.
    """
    # The square root has no gradient at 0, where an untrained network may be.
    short = 1e-12
    lengths = [
        (torch.where(exists[..., None], vectors, 1.0).square().sum(-1) + short).sqrt()
        for vectors in (denoised, clean)
    ]
    return (lengths[0] - lengths[1]).square().sum(1) / _per_residue(exists)


def diffusion_schedule(config: DiffusionConfig) -> Schedule:
    """Give the one stage of a run, or the stages that were sent to it.

    Raises:
        InputError: A schedule that was sent has other terms.

    Example:
        >>> diffusion_schedule(DiffusionConfig(bond_loss_weight=0.1)).stages[0].weights
        {'denoising': 1.0, 'bond': 0.1}
    """
    return constant_schedule(config, TERMS, steps=config.steps)


def _per_residue(exists: Bool[Tensor, "batch 10"]) -> Float[Tensor, ""]:
    return (exists.sum() / max(len(exists), 1)).clamp(min=1.0)
