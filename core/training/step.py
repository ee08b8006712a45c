"""One update: the gradient of the weighted terms, and what there is to know about each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.balance.gradients import compare_gradients, gradient_metrics
from core.balance.term_metrics import term_metrics
from core.losses.peaks import widest_type
from core.training.optimiser import apply_gradients, clip_factor, gradient_norm
from core.training.task import Terms

Pieces = tuple[Tensor | None, ...]
DEAD = 1e-12
"""An example whose gradient is below this fraction of the batch's largest has none."""


@dataclass(frozen=True)
class Stepped:
    """What one update told.

    Args:
        values: Metrics of the step, by key.
        raw: Value of each evaluated term, before its weight.
        fault: What was not finite, so that no update was made; empty where it was made.
    """

    values: dict[str, float]
    raw: dict[str, float]
    fault: str = ""


def take_step(
    optimiser: torch.optim.Optimizer,
    terms: Terms,
    weights: Mapping[str, float],
    *,
    rate: float,
    clip_norm: float,
    shared: Sequence[nn.Parameter] | None = None,
) -> Stepped:
    """Update the parameters by the weighted sum of the terms, unless something is not finite.

    Args:
        optimiser: Over all that is trained.
        terms: At least those of a weight above 0, one of which depends on a parameter.
        weights: Factor of each term of the run.
        rate: Learning rate.
        clip_norm: A longer gradient is shortened to this.
        shared: Parameters by which the pull of the terms is measured; None measures nothing.
            A measured step builds its gradient from those of the terms, which differs from that
            of the sum by rounding only.
    """
    parameters = optimiser.param_groups[0]["params"]
    means = mean_values(terms)
    optimiser.zero_grad(set_to_none=True)
    pulls = {}
    if shared is None:
        torch.stack([weights[n] * v for n, v in means.items() if weights[n] > 0]).sum().backward()
    else:
        pulls = _store_by_term(means, terms.output, weights, parameters, shared)
    norm = gradient_norm(parameters)
    *told, norm_value = _read([*means.values(), norm])
    raw = dict(zip(means, told, strict=True))
    values = term_metrics(raw, weights) | {
        "train/learning_rate": rate,
        "train/gradient_norm": norm_value,
        "train/clipped": clip_factor(norm_value, clip_norm),
    }
    fault = _fault(values, raw, weights)
    if not fault:
        apply_gradients(optimiser, parameters, rate=rate, norm=norm, clip_norm=clip_norm)
    return Stepped(values | pulls | dict(terms.about), raw, fault)


def mean_values(terms: Terms) -> dict[str, Float[Tensor, ""]]:
    """Average each term over the batch; the mean over an empty batch is 0."""
    return {name: value.sum() / max(value.numel(), 1) for name, value in terms.values.items()}


def dead_share(gradient: Float[Tensor, "batch ..."]) -> float:
    """Fraction of examples without gradient: 0, or below 1e-12 of the largest; NaN if any is.

    Does not compare with the median: where most examples are dead, the median is dead too.

    Example:
        >>> dead_share(torch.tensor([[1.0], [2.0], [0.0], [1e-20]]))
        0.5
    """
    if gradient.numel() == 0:
        return nan
    largest = gradient.reshape(len(gradient), -1).abs().amax(1)
    if not bool(largest.isfinite().all()):
        return nan
    dead = (largest < DEAD * largest.max()) | (largest == 0)
    return float(dead.float().mean())


def faulty_gradients(terms: Terms, parameters: Sequence[nn.Parameter]) -> tuple[str, ...]:
    """Name the terms whose gradient is not finite."""
    pulls = {n: _pull(v, terms.output, parameters)[1] for n, v in mean_values(terms).items()}
    return tuple(
        name
        for name, pieces in pulls.items()
        if not all(bool(piece.isfinite().all()) for piece in pieces if piece is not None)
    )


def _store_by_term(
    means: Mapping[str, Tensor],
    output: Tensor,
    weights: Mapping[str, float],
    parameters: Sequence[nn.Parameter],
    shared: Sequence[nn.Parameter],
) -> dict[str, float]:
    """Store the weighted sum of the terms' gradients on the parameters; tell about each."""
    pulls = {name: _pull(value, output, parameters) for name, value in means.items()}
    for i, parameter in enumerate(parameters):
        pieces = [
            weights[name] * piece
            for name, (_, gradient) in pulls.items()
            if weights[name] > 0 and (piece := gradient[i]) is not None
        ]
        parameter.grad = sum(pieces[1:], pieces[0]) if pieces else None
    chosen = {id(parameter) for parameter in shared}
    places = [i for i, parameter in enumerate(parameters) if id(parameter) in chosen]
    compared = compare_gradients(
        {name: [gradient[i] for i in places] for name, (_, gradient) in pulls.items()},
        {name: weights[name] for name in means},
    )
    dead = {
        f"train/{name}/dead_share": dead_share(at_output)
        for name, (at_output, _) in pulls.items()
        if at_output is not None
    }
    return gradient_metrics(compared, weights) | dead


def _pull(
    value: Tensor, output: Tensor, parameters: Sequence[nn.Parameter]
) -> tuple[Tensor | None, Pieces]:
    """Gradient of one term with respect to the output, and to each parameter, in one pass."""
    if not value.requires_grad:
        return None, (None,) * len(parameters)
    ends = [output] if output.requires_grad else []
    found = torch.autograd.grad(value, [*ends, *parameters], retain_graph=True, allow_unused=True)
    return (found[0] if ends else None), found[len(ends) :]


def _read(values: Sequence[Tensor]) -> list[float]:
    """Fetch scalars: the one moment of a step at which the device is waited for."""
    kind = widest_type(values[0].device)
    return torch.stack([value.detach().to(kind) for value in values]).tolist()


def _fault(
    values: Mapping[str, float], raw: Mapping[str, float], weights: Mapping[str, float]
) -> str:
    for name, value in raw.items():
        if weights[name] > 0 and not isfinite(value):
            return f"{name} is {_kind(value)}"
    for key, words in (("total_loss", "the total loss"), ("gradient_norm", "the gradient")):
        if not isfinite(values[f"train/{key}"]):
            return f"{words} is {_kind(values[f'train/{key}'])}"
    return ""


def _kind(value: float) -> str:
    return "NaN" if isnan(value) else "infinite"
