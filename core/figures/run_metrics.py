"""Metrics of a run on one panel, each line named at its end."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Literal

import numpy as np

from core.figures.curves import Curve, Panel, Rule, Style
from core.figures.run_series import RunAxes, positions
from core.figures.theme import term_color
from core.history import History, Series
from core.metrics import MetricGroup, MetricLine, read_key

NAMES_HEIGHT = 0.3  # of a panel, for three names
LABEL_HEIGHT = 0.13  # of a panel of three rows, for one name at its right
FAR = 0.15  # of a panel, from the end of a line to its name
AIR = 0.05  # above and below the data of a linear axis
MARKS_BELOW = 20.0  # how far below the lowest mark a logarithmic axis reaches
STYLES: dict[str, Style] = {
    "main": ("ink", "solid"),
    "second": ("muted", "solid"),
    "other": ("muted", "dash"),
    "noisy": ("muted", "solid"),
    "reference": ("ghost", "dot"),
}
WIDTHS = {"reference": 1.5, "other": 1.5, "noisy": 1.2}


def metrics_panel(history: History, group: MetricGroup, axes: RunAxes) -> Panel:
    """Draw metrics of one unit, each named at the end of its line."""
    curves: list[Curve] = []
    ends: dict[str, float] = {}
    unit = read_key(group.lines[0].key).spec.unit
    for line in group.lines:
        series = history.series.get(line.key)
        if series is None or not len(series):
            continue
        curve = _metric_curve(history, line, series, axes)
        curves.append(curve)
        known = curve.y[np.isfinite(curve.y)]
        if len(known) and line.label:
            ends[line.label] = float(known[-1])
    in_percent = unit == "fraction"
    y_range = (0.0, 100.0) if in_percent else _range(curves, group)
    shown = "%" if in_percent else unit
    labels = () if y_range is None else _ends_apart(ends, y_range, group)
    is_inside = group.is_log and bool(group.marks)  # the marks have their names at the right
    is_inside |= y_range is not None and _is_far(labels, ends, y_range, group)
    return Panel(
        shown,
        tuple(curves),
        y_log=group.is_log,
        y_range=y_range,
        rules=tuple(Rule(value, "y", name, outside=True) for value, name in group.marks),
        title=group.title,
        remark=", ".join(filter(None, [group.remark, shown, "log axis" if group.is_log else ""])),
        right_labels=() if is_inside else labels,
        named_inside=_free_corner(curves, y_range, group) if is_inside and len(curves) > 1 else "",
    )


def _metric_curve(history: History, line: MetricLine, series: Series, axes: RunAxes) -> Curve:
    spec = read_key(line.key).spec
    factor = 100.0 if spec.unit == "fraction" else 1.0
    color, dash = STYLES.get(line.style, (term_color(line.style, history.terms), "solid"))
    value = np.where(np.isfinite(series.value), series.value, np.nan)
    return Curve(
        line.label or spec.label,
        positions(history, axes, series.step),
        factor * (_steady(value) if line.style == "reference" else value),
        color,
        dash,
        width=WIDTHS.get(line.style, 2.2),
        legend=False,
        unit=" %" if factor > 1 else f" {spec.unit}",
    )


def _steady(value: np.ndarray) -> np.ndarray:
    """Leave single steps out: the last batch of an epoch is smaller, and its chance another."""
    if len(value) < 2:
        return value
    wide = np.pad(value, 1, mode="reflect")
    return np.median([wide[:-2], value, wide[2:]], axis=0)


def _range(curves: Sequence[Curve], group: MetricGroup) -> tuple[float, float] | None:
    """Show the data and every mark, with some air; far below the last mark nothing matters."""
    marks = np.array([value for value, _ in group.marks])
    values = [curve.y[np.isfinite(curve.y)] for curve in curves]
    known = np.concatenate([*values, marks])
    if group.is_log:
        known = known[known > 0]
    if not len(known):
        return None
    if not group.is_log:
        low, high = min(float(known.min()), 0.0), float(known.max())
        air = AIR * (high - low or 1.0)
        return low - air, high + air
    low = max(known.min(), marks.min() / MARKS_BELOW) if len(marks) else known.min()
    return float(low) / 1.8, float(known.max()) * 1.8


def _ends_apart(
    ends: Mapping[str, float], y_range: tuple[float, float], group: MetricGroup
) -> tuple[tuple[float, str], ...]:
    """Name the lines at their ends, apart from each other as it looks on the axis."""
    if not group.is_log:
        return apart(ends, y_range)
    seen = {name: log10(value) for name, value in ends.items() if value > 0}
    placed = apart(seen, (log10(y_range[0]), log10(y_range[1])))
    return tuple((10**value, name) for value, name in placed)


def _is_far(
    labels: Sequence[tuple[float, str]],
    ends: Mapping[str, float],
    y_range: tuple[float, float],
    group: MetricGroup,
) -> bool:
    """Say whether a name would stand where another line might as well be meant."""
    moved = [abs(_part(at, y_range, group) - _part(ends[name], y_range, group))
             for at, name in labels]  # fmt: skip
    return max(moved, default=0.0) > FAR


def _part(value: float, y_range: tuple[float, float], group: MetricGroup) -> float:
    """Give how far up a panel a value stands, 0 to 1."""
    low, high = map(log10, y_range) if group.is_log else y_range
    return ((log10(value) if group.is_log else value) - low) / (high - low)


def _free_corner(
    curves: Sequence[Curve], y_range: tuple[float, float] | None, group: MetricGroup
) -> Literal["top", "bottom"]:
    """Say where names hide nothing: at the top, unless a curve ends there."""
    if y_range is None:
        return "top"
    ends = [float(known[-1]) for curve in curves if len(known := curve.y[np.isfinite(curve.y)])]
    high = [_part(end, y_range, group) for end in ends if end > 0 or not group.is_log]
    return "bottom" if max(high, default=0.0) > 1 - NAMES_HEIGHT else "top"


def apart(ends: Mapping[str, float], y_range: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    """Move labels apart that would overlap, from below; none leaves the panel at the top.

    Example:
        >>> apart({"a": 50.0, "b": 48.0}, (0.0, 100.0))
        ((48.0, 'b'), (61.0, 'a'))
    """
    least = LABEL_HEIGHT * (y_range[1] - y_range[0])
    placed: list[tuple[float, str]] = []
    for name, value in sorted(ends.items(), key=lambda item: item[1]):
        lowest = placed[-1][0] + least if placed else y_range[0]
        placed.append((max(value, lowest), name))
    ceiling = y_range[1]
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = (min(placed[i][0], ceiling), placed[i][1])
        ceiling = placed[i][0] - least
    return tuple(placed)
