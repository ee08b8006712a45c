"""The metrics of named terms, by the keys that runs tell them under; without torch."""

from collections.abc import Mapping
from math import frexp, isfinite, ldexp, nan

from core.errors import InputError


def shares(contributions: Mapping[str, float]) -> dict[str, float]:
    """Compute each contribution's percent of their sum.

    Args:
        contributions: Weight times value of each term, 0 or more.

    Returns:
        Percent by term, in the given order, summing to 100. All 0 where the sum is 0; all NaN
        where any contribution is NaN or infinite, as the total is unknown then.

    Raises:
        InputError: A contribution is negative; a share of a difference has no meaning.

    Example:
        >>> {term: round(x, 1) for term, x in
        ...  shares({"ce": 3.26, "spectrum": 0.0895, "precursor": 7.33}).items()}
        {'ce': 30.5, 'spectrum': 0.8, 'precursor': 68.6}
    """
    for name, value in contributions.items():
        if value < 0:
            raise InputError(
                f"contribution of {name}",
                expected="0 or more",
                came=f"{value:g}",
                do="Use a loss that is bounded below by 0, and a weight of 0 or more",
            )
    if not all(isfinite(value) for value in contributions.values()):
        return dict.fromkeys(contributions, nan)
    largest = max(contributions.values(), default=0.0)
    if largest == 0:
        return dict.fromkeys(contributions, 0.0)
    # A power of two scales without rounding and keeps the sum of huge contributions finite.
    exponent = frexp(largest)[1]
    scaled = {name: ldexp(value, -exponent) for name, value in contributions.items()}
    total = sum(scaled.values())
    return {name: 100 * (value / total) for name, value in scaled.items()}


def term_metrics(raw: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """Name raw value, weight, contribution and share of each term, and the total.

    A term of weight 0 has no contribution and no share, and a raw value only where it was
    evaluated all the same.

    Example:
        >>> metrics = term_metrics({"a": 3.0, "b": 2.0}, {"a": 1.0, "b": 0.5, "c": 0.0})
        >>> metrics["train/b/share"], metrics["train/total_loss"], "train/c/share" in metrics
        (25.0, 4.0, False)
    """
    contributions = {n: weight * raw[n] for n, weight in weights.items() if weight > 0}
    # Rounding may leave a loss of 0 a little below it; the raw value shows it.
    percent = shares({name: max(value, 0.0) for name, value in contributions.items()})
    values: dict[str, float] = {}
    for name, weight in weights.items():
        if name in raw:
            values[f"train/{name}/raw"] = raw[name]
        values[f"train/{name}/weight"] = weight
        if name in contributions:
            values[f"train/{name}/weighted"] = contributions[name]
            values[f"train/{name}/share"] = percent[name]
    return values | {"train/total_loss": sum(contributions.values())}
