"""Losses of a predicted vector against its target: squared error, cosine and their mixture.

The cosine reads direction alone: it neither sees nor trains the length of a prediction, and its
gradient is orthogonal to the prediction and falls as 1 / length. See `core.identities`.

A zero vector has no direction. As a target it is a fault of the data, and refused. As a prediction
it is a state that a network may pass through, where no error may stop the run: its cosine counts
as 0 and its gradient is exactly zero. The usual small constant under the fraction gives a gradient
of 5e7 there instead, and one such row then outweighs the batch. The price: a last layer that
starts at zero never leaves it under a cosine alone, so let it start elsewhere.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from core.errors import InputError
from core.losses.peaks import require_positive


def squared_error_mean(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"]
) -> Float[Tensor, " batch"]:
    """Return the mean over the dimensions of (pred - target)^2, as `mse_loss` counts.

    Args:
        pred: Predicted vectors, of at least one dimension; differentiable.
        target: Vectors to reach, in the same unit.

    Returns:
        0 or more; infinite where a difference squared leaves the type (about 1e19 in float32).

    Example:
        >>> squared_error_mean(torch.tensor([[1.0, 3.0]]), torch.zeros(1, 2)).tolist()
        [5.0]
    """
    return (pred - target).square().mean(-1)


def squared_error_sum(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"]
) -> Float[Tensor, " batch"]:
    """Return the squared distance, the sum over the dimensions of (pred - target)^2.

    Args:
        pred: Predicted vectors; differentiable.
        target: Vectors to reach, in the same unit.

    Returns:
        0 or more: dim times the mean form, and so is its gradient.

    Example:
        >>> squared_error_sum(torch.tensor([[1.0, 3.0]]), torch.zeros(1, 2)).tolist()
        [10.0]
    """
    return (pred - target).square().sum(-1)


def cosine_distance(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"]
) -> Float[Tensor, " batch"]:
    """Return 1 - cosine of the angle between prediction and target.

    On an accelerator the check of the targets waits for the device, once a call: it is a check of
    data, and an assertion on the device itself could not be caught.

    Args:
        pred: Predicted vectors of any length; differentiable.
        target: Vectors of any length but zero.

    Returns:
        0 (same direction) to 2 (opposite), about 1 at random; 1 where the prediction is zero. The
        gradient is exactly zero there, and zero but for rounding at an opposite prediction.

    Raises:
        InputError: If a target is zero; it names the rows.

    Example:
        >>> pred = torch.tensor([[9.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [0.0, 0.0]])
        >>> cosine_distance(pred, torch.tensor([[1.0, 0.0]]).expand(4, 2)).tolist()
        [0.0, 1.0, 2.0, 1.0]
    """
    _require_direction(target)
    one, other = unit_rows(pred), unit_rows(target)
    # Half the squared distance of unit vectors is 1 - cosine, without its cancellation near 0.
    half = ((one - other).square().sum(-1) / 2).clamp(max=2.0)
    # The plain form for a zero prediction: it gives 1, and lets a target that is NaN through.
    return torch.where(undefined_rows(pred), 1.0 - (one * other).sum(-1), half)


def mix(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"], *, cosine_weight: float
) -> Float[Tensor, " batch"]:
    """Return w cosine_distance + (1 - w) squared_error_mean.

    Args:
        pred: Predicted vectors; differentiable.
        target: Vectors to reach; none of them zero, unless the weight is 0.
        cosine_weight: The weight w of the cosine, 0 to 1. At either end the other loss is not
            computed, so what it cannot take (zero targets, squares that overflow) does no harm.

    Returns:
        0 or more.

    Raises:
        InputError: If the weight is not within 0 and 1, or a target is zero.

    Example:
        >>> pred, target = torch.tensor([[0.0, 2.0]]), torch.tensor([[2.0, 0.0]])
        >>> mix(pred, target, cosine_weight=0.5).tolist()
        [2.5]
    """
    if not 0.0 <= cosine_weight <= 1.0:
        raise InputError(
            "weight of the cosine",
            expected="0 to 1",
            came=f"{cosine_weight:g}",
            do="Choose a share between the two losses",
        )
    if cosine_weight == 0.0:
        return squared_error_mean(pred, target)
    if cosine_weight == 1.0:
        return cosine_distance(pred, target)
    squared = squared_error_mean(pred, target)
    return cosine_weight * cosine_distance(pred, target) + (1.0 - cosine_weight) * squared


def smooth_l1(
    pred: Float[Tensor, "batch dim"], target: Float[Tensor, "batch dim"], *, beta: float
) -> Float[Tensor, " batch"]:
    """Return the mean over the dimensions of d^2 / (2 beta), of |d| - beta / 2 beyond |d| = beta.

    Args:
        pred: Predicted vectors, of at least one dimension; differentiable.
        target: Vectors to reach, in the same unit.
        beta: Where the square turns into a line, in the unit of the vectors, above 0. Unlike in
            `core.losses.nearest` the loss is divided by it: the slope far away is 1.

    Returns:
        0 or more.

    Raises:
        InputError: If `beta` is not positive.

    Example:
        >>> smooth_l1(torch.tensor([[1.0, 3.0]]), torch.zeros(1, 2), beta=2.0).tolist()
        [1.125]
    """
    require_positive("beta", beta)
    return functional.smooth_l1_loss(pred, target, reduction="none", beta=beta).mean(-1)


def undefined_rows(vectors: Float[Tensor, "batch dim"]) -> Bool[Tensor, " batch"]:
    """Tell which vectors have no direction, because they are zero.

    What lies below the smallest normal number of its type in every component (1.2e-38 in float32,
    6.1e-5 in float16) counts as zero: its digits are lost, and its gradient would overflow. A
    vector with a NaN is not among them.

    Example:
        >>> undefined_rows(torch.tensor([[0.0, 0.0], [0.0, 1e-20]])).tolist()
        [True, False]
    """
    return vectors.detach().abs().amax(-1) < torch.finfo(vectors.dtype).tiny


def unit_rows(vectors: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
    """Scale each vector to length 1; one without direction becomes zero, with gradient zero.

    Example:
        >>> unit_rows(torch.tensor([[0.0, -7e20], [0.0, 0.0]])).tolist()
        [[0.0, -1.0], [0.0, 0.0]]
    """
    undefined = undefined_rows(vectors).unsqueeze(-1)
    # Filled as well as masked: through the mask alone 0 x inf = NaN would flow back.
    filled = vectors.masked_fill(undefined, 1.0)
    # The largest component first, so that no square leaves the type. The result does not depend
    # on it: a constant for the gradient.
    scaled = filled / filled.detach().abs().amax(-1, keepdim=True)
    norm = scaled.square().sum(-1, keepdim=True).sqrt()
    return (scaled / norm).masked_fill(undefined, 0.0)


def _require_direction(target: Float[Tensor, "batch dim"]) -> None:
    undefined = undefined_rows(target)
    if not undefined.any():
        return
    rows = [str(row) for row, is_zero in enumerate(undefined.cpu()) if is_zero]
    named = ", ".join(rows[:8]) + (", …" if len(rows) > 8 else "")
    raise InputError(
        "targets",
        expected="no zero vector: its cosine is undefined",
        came=f"{len(rows)} of {len(target)} zero (rows {named})",
        do="Drop these targets or centre them",
    )
