"""How strongly each weighted term pulls the shared parameters, and which terms pull apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite, nan, sqrt

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.balance.shares import shares
from core.errors import InputError


@dataclass(frozen=True)
class GradientShares:
    """Norms of the terms' gradients with respect to shared parameters.

    Args:
        norms: Norm of each term's weighted gradient.
        raw_norms: Norm of each term's gradient before its weight; known for weight 0 too.
        shares: Percent of the sum of the weighted norms; 0 for a zero gradient, all NaN where a
            gradient is not finite.
        conflicts: Cosine of each pair of gradients, in the order of the terms; below 0 the two
            pull apart. NaN where either gradient is zero or not finite.
    """

    norms: dict[str, float]
    raw_norms: dict[str, float]
    shares: dict[str, float]
    conflicts: dict[tuple[str, str], float]


def gradient_shares(
    terms: Mapping[str, Float[Tensor, ""]],
    weights: Mapping[str, float],
    parameters: Sequence[Tensor],
) -> GradientShares:
    """Compare the pull of each term on the shared parameters.

    A share of the value is not a share of the gradient: a log term may hold most of the value
    with a slope of 0.004. The graph is kept, so the training step may still call backward;
    gradients stored on the parameters are not touched. The cosine of two gradients does not
    depend on weights above 0, so it is also given for a term of weight 0: what it would do.

    Args:
        terms: Mean of each term over the batch, unweighted.
        weights: Factor of each of these terms, 0 or more.
        parameters: The parameters that the terms share, each requiring a gradient; a term need
            not depend on all of them, or on any.

    Raises:
        InputError: Names differ, a weight is negative, or there is no parameter to look at.

    Example:
        >>> x = torch.tensor([1.0, 1.0], requires_grad=True)
        >>> pull = gradient_shares({"a": x.sum(), "b": -x[0]}, {"a": 1.0, "b": 2.0}, [x])
        >>> pull.norms["b"], round(pull.shares["b"], 1), round(pull.conflicts["a", "b"], 3)
        (2.0, 58.6, -0.707)
    """
    _check_parameters(parameters)
    return compare_gradients(
        {name: _gradient(value, parameters) for name, value in terms.items()}, weights
    )


def measure_gradients(
    terms: Mapping[str, Float[Tensor, ""]],
    weights: Mapping[str, float],
    parameters: Sequence[Tensor],
) -> dict[str, float]:
    """Compare the pull of each term and give it as metrics of a run; call it before backward.

    Args:
        terms: As for `gradient_shares`.
        weights: Factor of each of these terms, 0 or more.
        parameters: Which the terms share.

    Returns:
        Norms, shares and conflicts by the keys under which training tells them; what
        `Run.measure` takes as metrics.

    Raises:
        InputError: As for `gradient_shares`.

    Example:
        >>> x = torch.tensor([1.0, 1.0], requires_grad=True)
        >>> told = measure_gradients({"a": x.sum(), "b": x[0]}, {"a": 1.0, "b": 0.0}, [x])
        >>> told["train/a/gradient_share"], round(told["train/a+b/conflict"], 3)
        (100.0, 0.707)
    """
    return gradient_metrics(gradient_shares(terms, weights, parameters), weights)


def gradient_metrics(compared: GradientShares, weights: Mapping[str, float]) -> dict[str, float]:
    """Name norms, shares and conflicts; a term of weight 0 has only a norm before its weight."""
    values: dict[str, float] = {}
    for name, norm in compared.raw_norms.items():
        values[f"train/{name}/raw_gradient_norm"] = norm
        if weights[name] > 0:
            values[f"train/{name}/gradient_norm"] = compared.norms[name]
            values[f"train/{name}/gradient_share"] = compared.shares[name]
    pairs = compared.conflicts.items()
    return values | {f"train/{a}+{b}/conflict": cosine for (a, b), cosine in pairs}


def compare_gradients(
    gradients: Mapping[str, Sequence[Tensor | None]], weights: Mapping[str, float]
) -> GradientShares:
    """Compare gradients that are already there: one sequence a term, in one order of parameters.

    Args:
        gradients: Of each term before its weight; None where it does not depend on a parameter.
        weights: Factor of each of these terms, 0 or more.

    Raises:
        InputError: Names differ, or a weight is negative.
    """
    _check_weights(gradients, weights)
    gram = _gram(list(gradients.values()))
    names = tuple(gradients)
    raw_norms = {name: _root(float(gram[i, i])) for i, name in enumerate(names)}
    # A weight of 0 switches off even a gradient that is not finite.
    norms = {name: raw_norms[name] * weights[name] if weights[name] else 0.0 for name in names}
    return GradientShares(
        norms=norms,
        raw_norms=raw_norms,
        shares=shares(norms),
        conflicts={
            (names[i], names[j]): _cosine(
                float(gram[i, j]), raw_norms[names[i]], raw_norms[names[j]]
            )
            for i, j in combinations(range(len(names)), 2)
        },
    )


def _gradient(value: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor | None, ...]:
    if not value.requires_grad:
        return (None,) * len(parameters)
    return torch.autograd.grad(value, tuple(parameters), retain_graph=True, allow_unused=True)


def _gram(gradients: Sequence[Sequence[Tensor | None]]) -> Float[np.ndarray, "terms terms"]:
    """Sum the inner products over the parameters, in double: small terms meet large ones."""
    total = torch.zeros(len(gradients), len(gradients), dtype=torch.float64)
    for pieces in zip(*gradients, strict=True):
        present = [i for i, piece in enumerate(pieces) if piece is not None]
        if not present:
            continue
        rows = torch.stack([_double(p) for p in pieces if p is not None])
        total[torch.tensor(present)[:, None], torch.tensor(present)] += (rows @ rows.T).cpu()
    return total.numpy()


def _double(piece: Tensor) -> Tensor:
    flat = piece.detach().flatten()
    # MPS has no float64. Its memory is that of the CPU, so the move there costs little.
    return (flat.cpu() if flat.device.type == "mps" else flat).double()


def _root(square: float) -> float:
    return sqrt(square) if square >= 0 else nan


def _cosine(product: float, first: float, second: float) -> float:
    if not (isfinite(first) and isfinite(second) and first > 0 and second > 0):
        return nan
    return max(-1.0, min(1.0, product / first / second))


def _check_weights(terms: Mapping[str, object], weights: Mapping[str, float]) -> None:
    wrong = [name for name, weight in weights.items() if not (isfinite(weight) and weight >= 0)]
    if set(terms) != set(weights) or wrong:
        raise InputError(
            "weights of the gradient shares",
            expected="a number of 0 or more for each of " + ", ".join(terms),
            came=", ".join(f"{name} {weight:g}" for name, weight in weights.items()) or "none",
            do="Name every term once",
        )


def _check_parameters(parameters: Sequence[Tensor]) -> None:
    if not any(parameter.requires_grad for parameter in parameters):
        raise InputError(
            "shared parameters",
            expected="at least one parameter that requires a gradient",
            came=f"{len(parameters)} without",
            do="Pass the parameters that all terms share, such as those of the encoder",
        )
