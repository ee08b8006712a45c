"""Adam with warm-up, a falling rate and clipped gradients; its rate is a function of the step."""

from collections.abc import Sequence
from math import cos, isfinite, nan, pi

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.training.config import TrainingConfig


def make_optimiser(model: nn.Module, config: TrainingConfig) -> torch.optim.Adam:
    """Make Adam over the parameters of a model that require a gradient."""
    parameters = trained_parameters(model)
    # One kernel for all parameters; MPS has none.
    is_fused = all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)
    return torch.optim.Adam(
        parameters,
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        fused=is_fused,
    )


def trained_parameters(model: nn.Module) -> list[nn.Parameter]:
    """List the parameters that require a gradient, each once."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def learning_rate(config: TrainingConfig, step: int, total_steps: int) -> float:
    """Compute the rate of a step: a straight rise, then constant or a cosine down.

    Example:
        >>> config = TrainingConfig(learning_rate=1.0, warmup_steps=4, final_rate=0.5)
        >>> [learning_rate(config, step, 8) for step in (0, 3, 6, 8)]
        [0.25, 1.0, 0.75, 0.5]
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.final_rate == 1.0:
        return config.learning_rate
    left = max(total_steps - config.warmup_steps, 1)
    part = min((step - config.warmup_steps) / left, 1.0)
    height = (1 + cos(pi * part)) / 2
    return config.learning_rate * (config.final_rate + (1 - config.final_rate) * height)


def gradient_norm(parameters: Sequence[nn.Parameter]) -> Float[Tensor, ""]:
    """Compute the norm of all stored gradients; stays on the device."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)


def clip_factor(norm: float, clip_norm: float) -> float:
    """Compute by what a gradient is multiplied so that it is no longer than `clip_norm`.

    Example:
        >>> clip_factor(4.0, 1.0), clip_factor(0.5, 1.0)
        (0.25, 1.0)
    """
    if not isfinite(norm):
        return nan
    return min(1.0, clip_norm / norm) if norm > 0 else 1.0


def apply_gradients(
    optimiser: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    *,
    rate: float,
    norm: Float[Tensor, ""],
    clip_norm: float,
) -> None:
    """Take a step at a learning rate with the stored gradients, clipped by their known norm."""
    torch.nn.utils.clip_grads_with_norm_(parameters, clip_norm, norm)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
