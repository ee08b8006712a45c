"""Contrastive losses: each query has to tell its own key from the other keys of the batch."""

from math import log

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from core.errors import InputError
from core.losses.peaks import require_positive
from core.losses.regression import unit_rows


def info_nce(
    query: Float[Tensor, "batch dim"],
    key: Float[Tensor, "batch dim"],
    *,
    temperature: float | Float[Tensor, ""],
    symmetric: bool = False,
    same: Bool[Tensor, "batch batch"] | None = None,
) -> Float[Tensor, " batch"]:
    """Return InfoNCE with in-batch negatives: -log softmax_j(cos(q_i, k_j) / T) at j = i.

    A zero vector, on either side, has cosine 0 with everything and gradient exactly zero: either
    side may come from a network, which must not be stopped. Where keys are data, refuse
    `core.losses.regression.undefined_rows` of them beforehand.

    Args:
        query: Vectors of any length; differentiable.
        key: The vector that belongs to each query, of any length; differentiable.
        temperature: The T that divides the cosines, above 0; differentiable where it is learnt.
        symmetric: Whether to average query -> key and key -> query; else query -> key alone.
        same: True where query i and key j share one target (two pockets of one ligand). Such a
            key is no negative: it is left out of the denominator. The diagonal always counts.
            Should be symmetric if the loss is.

    Returns:
        0 or more, at most 2 / T + log n; `chance_level(n)` where all keys are alike; 0, and no
        gradient, where `same` leaves no negative. Depends on the whole batch, so values of
        different batch sizes do not compare.

    Raises:
        InputError: If the temperature is not positive, or a batch of one leaves no negatives.

    Source:
        van den Oord et al. 2018, eq. 4, with cosine similarity; two-sided as Radford et al. 2021.

    Example:
        >>> axes = torch.eye(3)
        >>> info_nce(axes, axes, temperature=0.1).max().item() < 1e-4
        True
        >>> [round(v, 4) for v in info_nce(axes, torch.ones(3, 3), temperature=0.1).tolist()]
        [1.0986, 1.0986, 1.0986]
    """
    require_positive("temperature", float(torch.as_tensor(temperature).detach()))
    if len(query) == 1:
        _refuse(1)
    similarity = unit_rows(query) @ unit_rows(key).T / temperature
    if same is not None:
        similarity = similarity.masked_fill(same.clone().fill_diagonal_(False), -torch.inf)
    loss = _surprise(similarity)
    return (loss + _surprise(similarity.T)) / 2 if symmetric else loss


def chance_level(n: int) -> float:
    """Return log n: the InfoNCE of a model that cannot tell the n keys of a batch apart.

    Args:
        n: Size of the batch, at least 2.

    Raises:
        InputError: If there are no negatives.

    Example:
        >>> round(chance_level(32), 4)
        3.4657
    """
    if n < 2:
        _refuse(n)
    return log(n)


def _surprise(similarity: Float[Tensor, "batch batch"]) -> Float[Tensor, " batch"]:
    """Return -log softmax of each row at the diagonal.

    The diagonal is taken off before the sum, not after: the result is then never below 0, and a
    small one keeps its digits.
    """
    return torch.logsumexp(similarity - similarity.diagonal().unsqueeze(1), dim=1)


def _refuse(n: int) -> None:
    raise InputError(
        "batch",
        expected="at least 2 examples, as the others are the negatives",
        came=str(n),
        do="Use a larger batch, or leave out the last, incomplete one",
    )
