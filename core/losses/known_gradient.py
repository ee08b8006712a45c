"""Values whose gradient was computed together with them."""

from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.autograd.function import once_differentiable


class KnownGradient(torch.autograd.Function):
    """Attach gradients that are known already to one value per example.

    The value of an example depends on that example's inputs alone, so the derivative has the
    shape of the input: computing it beside the value saves the graph and a second pass.
    Does not support second derivatives.
    """

    @staticmethod
    def forward(ctx: Any, value: Tensor, *inputs_then_gradients: Tensor) -> Tensor:
        """Return the value; keep the gradients, which follow the inputs in the same order."""
        half = len(inputs_then_gradients) // 2
        ctx.save_for_backward(*inputs_then_gradients[half:])
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Scale each known gradient by the gradient of its example."""
        known = [g * grad.to(g.dtype).reshape(-1, *[1] * (g.dim() - 1)) for g in ctx.saved_tensors]
        return (None, *known, *[None] * len(known))


def with_gradient(
    value: Float[Tensor, " batch"],
    inputs: tuple[Shaped[Tensor, "batch ..."], ...],
    gradients: tuple[Shaped[Tensor, "batch ..."], ...],
) -> Float[Tensor, " batch"]:
    """Return the value with its known derivative with respect to each input.

    Args:
        value: One value per example, outside the graph.
        inputs: Tensors whose first axis is the example.
        gradients: Derivative of each example's value, in the shapes of the inputs.
    """
    return KnownGradient.apply(value, *inputs, *gradients)  # pyright: ignore
