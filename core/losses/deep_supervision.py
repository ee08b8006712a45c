"""Cross-entropy at every step of a model that refines its answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.errors import InputError
from core.losses.peaks import require_positive


@dataclass(frozen=True)
class DeepSupervision:
    """Cross-entropy by step, and their weighted mean.

    Args:
        per_step: Value of each step and example, unweighted.
        total: Weighted mean over the steps; the weights are scaled to sum 1.
    """

    per_step: Float[Tensor, "steps batch"]
    total: Float[Tensor, " batch"]


def deep_supervision(
    logits: Float[Tensor, "steps batch length vocab"],
    target: Int[Tensor, "batch length"],
    mask: Bool[Tensor, "batch length"],
    *,
    step_weights: Sequence[float] | None = None,
) -> DeepSupervision:
    """Return the cross-entropy of every step, averaged over each example's real positions.

    Args:
        logits: Scores of the vocabulary at each step and position.
        target: Right token of each position; not read where the mask is False.
        mask: True at real positions.
        step_weights: Weight of each step, 0 or more, not all 0; only ratios count. Equal if None.

    Returns:
        Values by step and their weighted mean; 0 for an example without a real position.

    Raises:
        InputError: If the weights do not fit the steps or their sum is not positive.

    Example:
        >>> import torch
        >>> flat = deep_supervision(torch.zeros(2, 1, 3, 4), torch.tensor([[0, 1, 2]]),
        ...                         torch.tensor([[True, True, False]]))
        >>> round(flat.total.item(), 4)
        1.3863
    """
    steps = logits.shape[0]
    weights = [1.0] * steps if step_weights is None else list(step_weights)
    if len(weights) != steps or any(weight < 0 for weight in weights):
        raise InputError(
            "step_weights",
            expected=f"{steps} weights of 0 or more",
            came=str(weights),
            do="Give one weight for each step",
        )
    require_positive("sum of step_weights", sum(weights))
    # Real positions are selected, not multiplied by the mask: padding may hold NaN.
    row = mask.nonzero()[:, 0]
    right = target[mask].long().repeat(steps)
    surprise = cross_entropy(logits[:, mask].flatten(0, 1), right, reduction="none")
    sums = surprise.new_zeros(steps, len(mask)).index_add(1, row, surprise.reshape(steps, -1))
    per_step = sums / mask.sum(1).clamp(min=1)
    share = logits.new_tensor(weights) / sum(weights)
    return DeepSupervision(per_step, (share[:, None] * per_step).sum(0))
