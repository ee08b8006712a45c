"""Series as a chart of a run takes them: smoothed within stages, on one of four x axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from core.history import History, epoch_steps

XAxis = Literal["step", "epoch", "examples", "time"]
X_TITLES: dict[XAxis, str] = {
    "step": "step",
    "epoch": "epoch",
    "examples": "examples",
    "time": "training time, s",
}
LONGEST_PAUSE = 20  # a pause of this many usual intervals is a stop, not training


@dataclass(frozen=True)
class RunAxes:
    """How a run is looked at.

    Args:
        x: What the horizontal axis counts.
        smoothing_steps: Window of the running mean, steps; 0 shows the raw values only.
        log_loss: Whether contributions stand on a logarithmic axis.
    """

    x: XAxis = "step"
    smoothing_steps: int = 120
    log_loss: bool = True


def positions(
    history: History, axes: RunAxes, step: Int[np.ndarray, " points"]
) -> Float[np.ndarray, " points"]:
    """Turn steps into positions on the chosen axis.

    Training time leaves out pauses: what lies between a stop and its resume does not count. Where
    an epoch's length is not known, steps stay steps.
    """
    if axes.x == "epoch":
        return step / (epoch_steps(history) or 1)
    if axes.x == "examples":
        size = (history.started.config if history.started else {}).get("batch_size", 1)
        return step * float(size if isinstance(size, int | float) else 1)
    if axes.x == "step":
        return step.astype(float)
    clock = max(history.series.values(), key=len, default=None)
    if clock is None or len(clock) < 2:
        return np.zeros(len(step))
    interval = np.diff(clock.time_s)
    # A pause is long against the usual interval; a resumed step may even look earlier.
    usual = float(np.median(interval))
    spent = np.where(interval > max(LONGEST_PAUSE * usual, 5.0), usual, np.maximum(interval, 0.0))
    return np.interp(step, clock.step, np.concatenate([[0.0], np.cumsum(spent)]))


def smoothed(
    step: Int[np.ndarray, " points"],
    value: Float[np.ndarray, " points"],
    *,
    window_steps: int,
    borders: Sequence[int] = (),
    log: bool = False,
) -> Float[np.ndarray, " points"]:
    """Average each value with those of the steps before it, restarting at every border.

    A mean across a change of weights draws slopes that never happened. NaN and inf are left out
    of the mean and stay where they are.

    Args:
        step: Ascending.
        value: At each step.
        window_steps: Length of the window in steps; 0 or 1 returns the values.
        borders: First steps of stages.
        log: Average the logarithms; values of 0 count as the smallest positive number.

    Example:
        >>> smoothed(np.arange(4), np.array([1.0, 3.0, 10.0, 20.0]), window_steps=2, borders=(2,))
        array([ 1.,  2., 10., 15.])
    """
    if window_steps <= 1 or not len(step):
        return value
    finite = np.isfinite(value)
    level = np.where(finite, value, 0.0)
    if log:
        level = np.where(finite, np.log(np.maximum(level, np.finfo(float).tiny)), 0.0)
    sums = np.concatenate([[0.0], np.cumsum(level)])
    counts = np.concatenate([[0], np.cumsum(finite)])
    edges = np.searchsorted(step, np.array([0, *borders]))
    segment = np.maximum.accumulate(np.isin(np.arange(len(step)), edges) * np.arange(len(step)))
    first = np.maximum(np.searchsorted(step, step - window_steps, side="right"), segment)
    behind = np.arange(1, len(step) + 1)
    mean = (sums[behind] - sums[first]) / np.maximum(counts[behind] - counts[first], 1)
    return np.where(finite, np.exp(mean) if log else mean, value)


def broken(
    step: Int[np.ndarray, " points"], *columns: Float[np.ndarray, " points"]
) -> list[Float[np.ndarray, " longer"]]:
    """Put NaN into columns wherever steps are missing, so that no line crosses the gap.

    A term of weight 0 is measured now and then only: a gap is three times the usual distance.

    Example:
        >>> broken(np.array([0, 1, 2, 9]), np.array([5.0, 6.0, 7.0, 8.0]))
        [array([ 5.,  6.,  7., nan,  8.])]
    """
    distance = np.diff(step)
    if not len(distance):
        return list(columns)
    at = np.flatnonzero(distance > 3 * np.median(distance)) + 1
    return [np.insert(column, at, np.nan) for column in columns]
