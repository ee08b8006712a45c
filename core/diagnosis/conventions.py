"""What all rules agree on: level, noise, change, trend, confirmation.

Most false alarms of a rule come from leaving one of these out.
"""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import theilslopes

from core.diagnosis.points import WINDOW, Points, block_medians, points_of
from core.history import History

RELATIVE_FLOOR = 0.01
"""A change of less than this part of the level never counts."""
TREND_POINTS = 8
MOST_TREND_POINTS = 200
CONFIDENCE = 0.95
NORMAL_95 = 1.959964


def level(value: Float[np.ndarray, " points"], window: int = WINDOW) -> float:
    """Give the median of the newest window; NaN where there is no value."""
    return float(np.median(value[-window:])) if len(value) else np.nan


def noise(value: Float[np.ndarray, " points"]) -> float:
    """Estimate the standard deviation of single values around a slow course.

    From first differences, so that a trend does not count as noise: 1.4826 MAD / sqrt 2.

    Returns:
        0 or more; 0 for fewer than 3 values, which cannot tell.
    """
    if len(value) < 3:
        return 0.0
    difference = np.diff(value)
    return float(1.4826 * np.median(np.abs(difference - np.median(difference))) / sqrt(2))


def least_change(scale: float, spread: float, window: int = WINDOW) -> float:
    """Give the least difference of two window medians that counts.

    Args:
        scale: The level it is compared with.
        spread: `noise` of the values.
        window: How many values each median is taken of.
    """
    return max(3 * spread * sqrt(2 / window), RELATIVE_FLOOR * abs(scale))


Direction = Literal["falls", "rises", "flat", "undecided"]


@dataclass(frozen=True)
class Trend:
    """A slope with its interval, and what may be said of it.

    Args:
        direction: "flat" where the whole interval is too small to count, whatever its sign;
            else "falls" or "rises" where it does not hold 0; else "undecided": say nothing.
        change: Change over the stretch, slope times steps.
        low: Lower limit of that change.
        high: Upper limit.
    """

    direction: Direction
    change: float
    low: float
    high: float


def trend(points: Points, *, floor: float) -> Trend:
    """Judge whether a metric falls, rises or stays, by the Theil-Sen slope.

    Flat is a claim that needs power: "not significantly falling" is undecided, not flat. More
    than 200 points are first averaged by median, which also makes neighbours less dependent.

    Args:
        points: Fewer than 8 are undecided.
        floor: Largest change over the stretch that counts as none, in units of the metric.

    Example:
        >>> trend(Points(np.arange(10), 5.0 - np.arange(10.0)), floor=0.1).direction
        'falls'
    """
    if len(points) < TREND_POINTS:
        return Trend("undecided", np.nan, -inf, inf)
    size = -(-len(points) // MOST_TREND_POINTS)
    thinned = block_medians(points, size) if size > 1 else points
    span = float(thinned.step[-1] - thinned.step[0])
    at = thinned.step.astype(np.float64)
    slopes: Any = theilslopes(thinned.value, at, alpha=CONFIDENCE)
    change = float(slopes.slope) * span
    low, high = float(slopes.low_slope) * span, float(slopes.high_slope) * span
    direction: Direction = "undecided"
    if max(abs(low), abs(high)) <= floor:
        direction = "flat"
    elif high < 0:
        direction = "falls"
    elif low > 0:
        direction = "rises"
    return Trend(direction, change, low, high)


@dataclass(frozen=True)
class Stretch:
    """Where a condition held: positions of its first and last point, and whether it still does."""

    first: int
    last: int
    is_open: bool


def stretches(
    holds: Bool[np.ndarray, " points"],
    over: Bool[np.ndarray, " points"],
    *,
    confirm: int,
    release: int | None = None,
) -> tuple[Stretch, ...]:
    """Find where a condition holds, with confirmation and hysteresis.

    Args:
        holds: Where a value lies beyond the threshold.
        over: Where it lies clearly on the good side; between the two neither is true, which
            neither opens a stretch nor closes one.
        confirm: So many successive points open a stretch.
        release: So many good ones close it; as many as open it where None.

    Example:
        >>> value = np.array([1, 9, 9, 6, 9, 1, 1, 9])
        >>> stretches(value > 8, value < 5, confirm=2)
        (Stretch(first=1, last=4, is_open=False),)
    """
    release = confirm if release is None else release
    found: list[Stretch] = []
    first = last = -1
    bad = good = 0
    for at, (is_bad, is_good) in enumerate(zip(holds.tolist(), over.tolist(), strict=True)):
        bad = bad + 1 if is_bad else 0
        good = good + 1 if is_good else 0
        if first < 0 and bad >= confirm:
            first = at - confirm + 1
        elif first >= 0 and good >= release:
            found.append(Stretch(first, last, False))
            first = -1
        if is_bad:
            last = at
    if first >= 0:
        found.append(Stretch(first, last, True))
    return tuple(found)


def wilson_interval(fraction: float, count: float) -> tuple[float, float]:
    """Give the 95 % interval of a fraction of `count` independent cases.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Args:
        fraction: 0 to 1.
        count: Number of cases, above 0.

    Example:
        >>> [round(limit, 4) for limit in wilson_interval(0.9, 100)]
        [0.8256, 0.9448]
    """
    z2 = NORMAL_95**2
    centre = (fraction + z2 / (2 * count)) / (1 + z2 / count)
    spread = fraction * (1 - fraction) / count + z2 / (4 * count**2)
    half = NORMAL_95 * sqrt(spread) / (1 + z2 / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def is_unsolved(history: History, term: str, first_step: int, end_step: float) -> bool:
    """Say whether a term is clearly above 0 in a stretch, so that a missing pull matters.

    Solved is: within three times its noise of 0, or below 1 % of what it began with.
    """
    metric = f"train/{term}/raw"
    value = points_of(history, metric, first_step, end_step).value
    begun = float(np.median(points_of(history, metric).value[:WINDOW])) if len(value) else np.nan
    return level(value) > max(3 * noise(value), RELATIVE_FLOOR * abs(begun))
