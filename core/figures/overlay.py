"""Runs laid over one another: a panel a metric, a line a run, or a mean with its band a group."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

import plotly.graph_objects as go

from core.figures.curves import Curve, CurveFigure, Style
from core.figures.draw_curves import draw_curves
from core.figures.overlay_lines import Line, Lost, OverlayAxes, line_of, mean_line
from core.figures.overlay_memo import thinned_line
from core.figures.overlay_panels import labelled, line_styles, overlay_curve, overlay_panel
from core.figures.run_names import chart_text, group_name, short_names
from core.figures.run_series import X_TITLES
from core.figures.theme import Palette
from core.figures.thinning import fair_shares
from core.history import History

MOST_POINTS = 20_000  # drawn on a chart: all curves, with raw lines and bands
MOST_AT_POINTER = 12  # lines whose values stand in one box
MOST_NAMED = 3
SHORT_LINES = 20  # a chart of up to so many lines gives all its points to one that is long
SWATCH_PX, LETTER_PX = 56, 6.3  # of the legend


@dataclass(frozen=True, eq=False)
class OverlayRun:
    """A run of the overlay.

    Args:
        name: As a person calls it.
        read: Gives its history; asked when its lines are made, and not kept.
        group: Runs of the same number are seeds of one configuration.
    """

    name: str
    read: Callable[[], History]
    group: int = 0


@dataclass(frozen=True)
class Overlay:
    """What is drawn, and what is not.

    Args:
        figure: `shown` of `total` measured points.
        lines: How many are drawn.
        left_out: What cannot be drawn, in words, and of which runs.
    """

    figure: CurveFigure
    lines: int
    left_out: tuple[str, ...]


def summarise_overlay(
    runs: Sequence[OverlayRun],
    metrics: Sequence[str],
    axes: OverlayAxes,
    *,
    key: str = "overlay",
    most_points: int = MOST_POINTS,
) -> Overlay:
    """Lay runs over one another, thinned so that what stands out stays.

    One series is held at full length at a time, or those of one group where seeds are averaged.

    Args:
        runs: In the order of their colours.
        metrics: Keys of the panels, from the top.
        axes: How they are looked at.
        key: Name of the chart.
        most_points: Of all curves together.
    """
    members = _members(runs, is_grouped=bool(axes.band))
    room = most_points // axes.points_each
    # Lines that are short leave their room to long ones, but with many lines not all of it.
    widest = min(room, room * SHORT_LINES // max(len(members) * len(metrics), 1))
    found: list[tuple[str, str, Style, Line]] = []
    lost: dict[str, dict[str, int]] = {}
    total = 0
    for (name, own), style in zip(members, line_styles(len(members)), strict=True):
        for metric in metrics:
            line, count = _line(own, metric, axes, widest, lost)
            total += count
            if line is not None:
                found.append((metric, name, style, line))
    shares = fair_shares([len(line.x) for *_, line in found], room)
    curves: dict[str, list[Curve]] = {metric: [] for metric in metrics}
    for (metric, name, style, line), most in zip(found, shares, strict=True):
        curves[metric].append(overlay_curve(name, line.kept(most, x_log=axes.x_log), metric, style))
    figure = CurveFigure(
        f"{key}-{axes.x}-{axes.within}-{axes.x_log}-{axes.y_log}-{'+'.join(metrics)}",
        X_TITLES[axes.x],
        tuple(overlay_panel(metric, own, axes) for metric, own in curves.items()),
        x_log=axes.x_log,
        shown=sum(len(curve.x) for own in curves.values() for curve in own),
        total=total,
        columns=1 if len(metrics) < 3 else 2,
    )
    return Overlay(labelled(figure, axes), len(found), tuple(_in_words(lost)))


def _in_words(lost: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for reason, points in lost.items():
        names = list(points)
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        count = sum(points.values())
        told = f" ({count:,} point{'s' if count > 1 else ''})" if count else ""
        yield f"{reason}{told}: {', '.join(names[:MOST_NAMED])}{more}"


def _members(runs: Sequence[OverlayRun], *, is_grouped: bool) -> list[tuple[str, list[OverlayRun]]]:
    """Name each line, with the runs that make it."""
    if not is_grouped:
        names = short_names([run.name for run in runs])
        return [(chart_text(name), [run]) for name, run in zip(names, runs, strict=True)]
    groups: dict[int, list[OverlayRun]] = {}
    for run in runs:
        groups.setdefault(run.group, []).append(run)
    names = short_names([group_name([run.name for run in own]) for own in groups.values()])
    return [
        (chart_text(f"{name}, {len(own)} run{'s' if len(own) > 1 else ''}"), own)
        for name, own in zip(names, groups.values(), strict=True)
    ]


def _line(
    runs: Sequence[OverlayRun],
    metric: str,
    axes: OverlayAxes,
    most: int,
    lost: dict[str, dict[str, int]],
) -> tuple[Line | None, int]:
    """Give one line with at most so many points, and how many were measured."""
    if not axes.band:
        thin = thinned_line(runs[0].read(), metric, axes, most)
        _count(lost, runs[0], thin.lost)
        return thin.line, thin.total
    lines: list[Line] = []
    for run in runs:
        line, reasons = line_of(run.read(), metric, axes)
        _count(lost, run, reasons)
        if line is not None and len(line.x):
            lines.append(line)
    if not lines:
        return None, 0
    mean = mean_line(lines, axes.band).kept(most, x_log=axes.x_log)
    return mean, sum(len(line.x) for line in lines)


def _count(lost: dict[str, dict[str, int]], run: OverlayRun, reasons: Lost) -> None:
    for reason, points in reasons.items():
        by_run = lost.setdefault(reason, {})
        by_run[run.name] = by_run.get(run.name, 0) + points


def draw_overlay(record: Overlay, palette: Palette, *, height: int) -> go.Figure:
    """Draw the panels with the names of the runs at the right, at a height in pixels."""
    figure = draw_curves(record.figure, palette, height=height)
    legend: dict[str, Any] = {
        "orientation": "v",
        "x": 1.0,
        "xref": "container",
        "xanchor": "right",
        "y": 1.0,
        "tracegroupgap": 0,
    }
    names = [unescape(curve.name) for panel in record.figure.panels for curve in panel.curves]
    wide = SWATCH_PX + LETTER_PX * max(map(len, names), default=0)
    mode = "x unified" if record.lines <= MOST_AT_POINTER else "closest"
    return figure.update_layout(
        legend=legend, margin_r=wide, hoverlabel_namelength=-1, hovermode=mode
    )
