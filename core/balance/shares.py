"""Contributions and shares of named terms, and their targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from core.balance.term_metrics import shares
from core.errors import InputError

Verdict = Literal["inside", "high", "low", "inactive"]

TOLERANCE_PERCENT = 1e-6
"""How far outside its band a share may lie and still count as inside: rounding, not slack."""


@dataclass(frozen=True)
class Band:
    """Target of a term's share, both ends included.

    Args:
        low_percent: Smallest wanted share, 0 or more.
        high_percent: Largest wanted share, at most 100, not below `low_percent`.

    Raises:
        InputError: The ends are not numbers, out of range or in the wrong order.

    Example:
        >>> str(Band(60.0, 70.0))
        '60–70 %'
    """

    low_percent: float
    high_percent: float

    def __post_init__(self) -> None:
        """Refuse a band that no share could meet."""
        if not 0 <= self.low_percent <= self.high_percent <= 100:
            raise InputError(
                "target band",
                expected="0 ≤ low ≤ high ≤ 100 %",
                came=f"low {self.low_percent:g}, high {self.high_percent:g}",
                do="Give the lower end first",
            )

    def __str__(self) -> str:
        """Read as on a chart, "60–70 %"."""
        return f"{self.low_percent:g}–{self.high_percent:g} %"


@dataclass(frozen=True)
class Combined:
    """A weighted sum of terms, with what each term adds to it.

    Args:
        total: Sum of the contributions; carries the gradient.
        terms: Mean of each term over the batch, unweighted.
        weights: Factor of each term.
        contributions: Weight times mean of each term.
    """

    total: Float[Tensor, ""]
    terms: dict[str, Tensor]
    weights: dict[str, float]
    contributions: dict[str, Tensor]

    @property
    def shares(self) -> dict[str, float]:
        """Percent of the total by term; waits for the device, so ask only where it is shown."""
        return shares({name: float(v.detach()) for name, v in self.contributions.items()})


def combine(terms: Mapping[str, Float[Tensor, " batch"]], weights: Mapping[str, float]) -> Combined:
    """Average each term over the batch and add the averages by weight.

    A term of weight 0 adds exactly nothing, even where its value is NaN. The mean over an empty
    batch is 0. Does not refuse a negative or non-finite term: a training step goes on, `shares`
    tells.

    Args:
        terms: One value per example for each term, all of the same length.
        weights: Factor of each of the same terms, finite, 0 or more.

    Raises:
        InputError: No terms; names differ; lengths differ; a weight is negative or not finite.

    Example:
        >>> both = combine({"a": torch.tensor([1.0, 3.0]), "b": torch.tensor([4.0, 4.0])},
        ...                {"a": 1.0, "b": 0.5})
        >>> float(both.total), both.shares
        (4.0, {'a': 50.0, 'b': 50.0})
    """
    _same_names(terms, weights)
    _same_length(terms)
    for name, weight in weights.items():
        check_weight(f"weight of {name}", weight)
    means = {name: value.sum() / max(value.numel(), 1) for name, value in terms.items()}
    contributions = {
        name: mean * weights[name] if weights[name] else torch.zeros_like(mean)
        for name, mean in means.items()
    }
    return Combined(
        total=torch.stack(list(contributions.values())).sum(),
        terms=means,
        weights={name: float(weights[name]) for name in terms},
        contributions=contributions,
    )


def verdict(share: float, band: Band | None, weight: float) -> Verdict:
    """Judge a share against its band.

    Args:
        share: Percent of the total.
        band: Target; None wants nothing, so any share is inside.
        weight: Factor of the term; 0 means inactive whatever the share.

    Returns:
        "inside" within `TOLERANCE_PERCENT` of the band, else the side on which the share lies.

    Raises:
        InputError: The share of an active term is NaN.

    Example:
        >>> verdict(68.6, Band(10.0, 30.0), 0.01), verdict(0.0, Band(10.0, 30.0), 0.0)
        ('high', 'inactive')
    """
    if weight == 0:
        return "inactive"
    if isnan(share):
        raise InputError(
            "share",
            expected="a percentage",
            came="NaN: a contribution is not finite",
            do="Look for the term that diverged",
        )
    if band is None or (
        band.low_percent - TOLERANCE_PERCENT <= share <= band.high_percent + TOLERANCE_PERCENT
    ):
        return "inside"
    return "low" if share < band.low_percent else "high"


def check_weight(where: str, weight: float) -> None:
    """Refuse a weight that is negative, missing or infinite.

    Raises:
        InputError: It names the place.
    """
    if not (isfinite(weight) and weight >= 0):
        raise InputError(
            where,
            expected="a finite number, 0 or more",
            came="nothing" if isnan(weight) else f"{weight:g}".replace("-", "−"),
            do="Correct the cell; 0 switches a term off",
        )


def _same_names(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> None:
    if not terms or set(terms) != set(weights):
        raise InputError(
            "weights",
            expected="one for each of the terms " + (", ".join(terms) or "(none)"),
            came=", ".join(weights) or "none",
            do="Name every term once; a weight of 0 switches it off",
        )


def _same_length(terms: Mapping[str, Tensor]) -> None:
    lengths = {name: value.shape[0] for name, value in terms.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            "terms",
            expected="one value per example, equally many for each term",
            came=", ".join(f"{name} {length}" for name, length in lengths.items()),
            do="Evaluate every term on the same batch",
        )
