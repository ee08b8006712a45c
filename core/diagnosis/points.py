"""The values of a metric that a rule may look at."""

from dataclasses import dataclass
from math import inf

import numpy as np
from jaxtyping import Float, Int

from core.diagnosis.regimes import Regime, warm_up_end
from core.history import History

WINDOW = 5
"""Evaluations of which a level is the median, and which are left out after a border."""


@dataclass(frozen=True, eq=False)
class Points:
    """The finite values of a metric in a stretch of steps.

    Args:
        step: Strictly ascending.
        value: Finite.
        absent: How many NaN and inf were left out.
    """

    step: Int[np.ndarray, " points"]
    value: Float[np.ndarray, " points"]
    absent: int = 0

    def __len__(self) -> int:
        """Give the number of points."""
        return len(self.step)

    def last(self, count: int) -> "Points":
        """Keep the newest `count` points."""
        return Points(self.step[-count:], self.value[-count:], self.absent)


def points_of(history: History, metric: str, first_step: int = 0, end_step: float = inf) -> Points:
    """Read the finite values of a metric from `first_step` to before `end_step`; maybe none."""
    series = history.series.get(metric)
    if series is None:
        return Points(np.empty(0, dtype=np.int64), np.empty(0))
    low, high = np.searchsorted(series.step, [first_step, end_step])
    step, value = series.step[low:high], np.asarray(series.value[low:high], dtype=np.float64)
    finite = np.isfinite(value)
    return Points(step[finite], value[finite], int(len(value) - finite.sum()))


def settled_points(history: History, metric: str, regime: Regime) -> Points:
    """Read a metric in a regime without the warm-up and without the first window of a border."""
    start = max(regime.first_step, warm_up_end(history))
    found = points_of(history, metric, start, regime.end_step)
    skip = WINDOW if regime.is_after_border else 0
    return Points(found.step[skip:], found.value[skip:], found.absent)


def block_medians(points: Points, size: int) -> Points:
    """Take the median of every `size` successive points, at the step of the first of them.

    What is left at the end counts if it is at least a window.
    """
    whole = len(points) // size * size
    value = np.median(points.value[:whole].reshape(-1, size), axis=1)
    step = points.step[:whole:size]
    if len(points) - whole >= WINDOW:
        step = np.append(step, points.step[whole])
        value = np.append(value, np.median(points.value[whole:]))
    return Points(step, value, points.absent)


def rolling_medians(points: Points, window: int = WINDOW) -> Points:
    """Give the median of every `window` successive points, at the step of the newest of them."""
    if len(points) < window:
        return Points(points.step[:0], points.value[:0], points.absent)
    value = np.median(np.lib.stride_tricks.sliding_window_view(points.value, window), axis=1)
    return Points(points.step[window - 1 :], value, points.absent)
