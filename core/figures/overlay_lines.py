"""One line of an overlay: a series on the chosen axis, smoothed; or the mean of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import stdtrit

from core.figures.run_series import RunAxes, XAxis, positions
from core.figures.smoothing import exponential
from core.figures.thinning import FEWEST, thinned
from core.history import History, Series, epoch_steps
from core.metrics import read_key

Band = Literal["", "interval", "range"]
BANDS: dict[Band, str] = {
    "": "every run",
    "interval": "mean, 95 % interval",
    "range": "mean, lowest to highest",
}
CONFIDENCE = 0.95
BLOCK = 100_000  # points that are averaged at once
NOT_WITHIN = "nothing was measured in the chosen stretch"
NO_LOG = "0 or less has no place on a log axis"
CLOCK = "train/total_loss"  # measured at every step: tells where a run paused

Lost = dict[str, int]  # points that cannot be shown, by reason


@dataclass(frozen=True)
class OverlayAxes:
    """How runs are looked at together.

    Args:
        x: What the horizontal axis counts.
        half_life: Of the exponential smoothing, in units of x; 0 shows the raw values only.
        x_log: Whether the horizontal axis is logarithmic.
        y_log: Whether the vertical axes are; then the logarithms are averaged.
        band: Whether runs of one group are drawn as their mean, and with which band.
        within: First and last position that is drawn; what lies before still counts in the
            smoothing. A short stretch shows every point.
    """

    x: XAxis = "step"
    half_life: float = 0.0
    x_log: bool = False
    y_log: bool = False
    band: Band = ""
    within: tuple[float, float] = (-inf, inf)

    @property
    def points_each(self) -> int:
        """How many points are drawn for each that is kept: line, raw line; or mean and band."""
        return 3 if self.band else 2 if self.half_life > 0 else 1


@dataclass(frozen=True, eq=False)
class Line:
    """Points of a line.

    Args:
        x: Ascending.
        y: As drawn; may hold NaN and inf.
        raw: Before smoothing; None where nothing was smoothed.
        low: Lower edge of a band; None where there is none.
        high: Upper edge of it.
    """

    x: Float[np.ndarray, " points"]
    y: Float[np.ndarray, " points"]
    raw: Float[np.ndarray, " points"] | None = None
    low: Float[np.ndarray, " points"] | None = None
    high: Float[np.ndarray, " points"] | None = None

    def kept(self, most: int, *, x_log: bool) -> "Line":
        """Thin the line: what stands out in it, before smoothing, and in its band stays."""
        if len(self.x) <= most:
            return self
        if self.low is None or self.high is None or most < 3 * FEWEST:
            at = thinned(self.x, self.y if self.raw is None else self.raw, most, x_log=x_log)
        else:
            edges = (self.y, self.low, self.high)
            at = np.unique(np.concatenate(
                [thinned(self.x, edge, most // 3, x_log=x_log) for edge in edges]
            ))  # fmt: skip
        raw, low, high = (
            None if column is None else column[at] for column in (self.raw, self.low, self.high)
        )
        return Line(self.x[at], self.y[at], raw, low, high)


def line_of(history: History, metric: str, axes: OverlayAxes) -> tuple[Line | None, Lost]:
    """Put a series on the chosen axis and smooth it within stages.

    Returns:
        The line, None where there is none; and how many points cannot be shown, by reason.
    """
    series = history.series.get(metric)
    if series is None or not len(series):
        return None, {f"{metric} is not measured": 0}
    if reason := _no_position(history, axes.x):
        return None, {reason: len(series)}
    x = positions(history, RunAxes(axes.x), series.step)
    value = _in_unit(series)
    shown, lost = _on_log_axes(x, value, axes)
    x, value, step = x[shown], value[shown], series.step[shown]
    first, last = axes.within
    drawn = slice(np.searchsorted(x, first), np.searchsorted(x, last, side="right"))
    if drawn.start >= drawn.stop:
        return None, {NOT_WITHIN: 0} | lost
    if axes.half_life <= 0:
        return Line(x[drawn], value[drawn]), lost
    restarts = np.searchsorted(step, [stage.step for stage in history.stages])
    smooth = exponential(x, value, half_life=axes.half_life, restarts=restarts.tolist(),
                         log=axes.y_log)  # fmt: skip
    return Line(x[drawn], smooth[drawn], value[drawn]), lost


def _no_position(history: History, x: XAxis) -> str:
    """Say why a run has no place on an axis; it is not drawn by step there without a word."""
    if x == "epoch" and not epoch_steps(history):
        return "the length of an epoch is not known"
    return _no_examples(history) if x == "examples" else ""


def _no_examples(history: History) -> str:
    """Say why it is not known how many examples a run has seen."""
    config, facts = (history.started.config, history.started.facts) if history.started else ({}, {})
    size = config.get("batch_size")
    if isinstance(size, bool) or not isinstance(size, int | float):
        return "the batch size is not known"
    counted = facts.get("x axis", "step")
    return "" if counted == "step" else f"how many examples one {counted} has is not known"


def _in_unit(series: Series) -> Float[np.ndarray, " points"]:
    return 100.0 * series.value if read_key(series.metric).spec.unit == "fraction" else series.value


def _on_log_axes(
    x: np.ndarray, value: np.ndarray, axes: OverlayAxes
) -> tuple[np.ndarray | slice, Lost]:
    """Leave out what a logarithmic axis has no place for, and count it."""
    if not (axes.x_log or axes.y_log):
        return slice(None), {}
    fits = np.ones(len(x), dtype=bool)
    lost: Lost = {}
    for is_log, column in ((axes.x_log, x), (axes.y_log, value)):
        if is_log and (count := int((column <= 0).sum())):
            lost[NO_LOG] = lost.get(NO_LOG, 0) + count
            fits &= ~(column <= 0)  # NaN stays, to be marked
    return fits, lost


def mean_line(lines: Sequence[Line], band: Band) -> Line:
    """Average the lines of a group; one that ends early counts as far as it goes.

    Where the runs were measured at different places all are read, in between linearly, where the
    longest was measured. The interval is Student's, for the mean of the runs; one run alone has a
    band without width.

    Args:
        lines: At least one.
        band: "interval" for 95 %, "range" for the lowest and highest.
    """
    x = max(lines, key=lambda line: len(line.x)).x
    starts = range(0, len(x), BLOCK)  # fifty long runs at once would be gigabytes
    parts = [_mean_between(lines, x, slice(at, at + BLOCK), band) for at in starts]
    mean, low, high = np.concatenate(parts, axis=1)
    return Line(x, mean, None, low, high)


def _mean_between(
    lines: Sequence[Line], x: Float[np.ndarray, " points"], block: slice, band: Band
) -> Float[np.ndarray, "three block"]:
    """Give the mean and the edges of its band for some of the points."""
    rows = np.stack([_read_at(line, x, block) for line in lines])
    finite = np.isfinite(rows)
    count = finite.sum(axis=0)
    total = np.where(finite, rows, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    if band == "range":
        low = np.where(finite, rows, np.inf).min(axis=0)
        high = np.where(finite, rows, -np.inf).max(axis=0)
    else:
        width = _half_width(np.where(finite, rows - mean, 0.0), count)
        low, high = mean - width, mean + width
    alone = count < 2
    return np.stack([mean, np.where(alone, mean, low), np.where(alone, mean, high)])


def _read_at(
    line: Line, x: Float[np.ndarray, " points"], block: slice
) -> Float[np.ndarray, " block"]:
    if len(line.x) == len(x) and np.array_equal(line.x[block], x[block]):
        return line.y[block]
    known = np.isfinite(line.y)
    if not known.any():
        return np.full(len(x[block]), np.nan)
    return np.interp(x[block], line.x[known], line.y[known], left=np.nan, right=np.nan)


def _half_width(
    off: Float[np.ndarray, "runs points"], count: Int[np.ndarray, " points"]
) -> Float[np.ndarray, " points"]:
    """Give half the width of Student's interval for a mean."""
    free = np.maximum(count - 1, 1)
    deviation = np.sqrt((off**2).sum(axis=0) / free)
    quantile = stdtrit(np.arange(1, len(off) + 1), (1 + CONFIDENCE) / 2)
    return quantile[free - 1] * deviation / np.sqrt(np.maximum(count, 1))
