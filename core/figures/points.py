"""Points in groups over two axes, with rules: checks of single examples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.curves import DASHES, Rule
from core.figures.theme import Palette, build_figure, resolve


@dataclass(frozen=True)
class PointGroup:
    """Points that share a meaning, told apart by colour and form."""

    name: str
    x: np.ndarray
    y: np.ndarray
    text: tuple[str, ...]
    color: str = "ghost"
    symbol: str = "circle"
    size: float = 6.0


@dataclass(frozen=True)
class PointsFigure:
    """Groups of points with their axes and rules."""

    key: str
    x_title: str
    y_title: str
    groups: tuple[PointGroup, ...]
    rules: tuple[Rule, ...] = ()


def draw_points(record: PointsFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the groups in order, the last on top, at a height in pixels."""
    data = [
        {
            "type": "scatter",
            "x": group.x,
            "y": group.y,
            "text": group.text,
            "name": f"{group.name} ({len(group.x)})",
            "mode": "markers",
            "marker": {
                "color": resolve(group.color, palette),
                "size": group.size,
                "symbol": group.symbol,
                "opacity": 1,
                "line": {"width": 1, "color": palette.background},
            },
            "hovertemplate": "%{text}<br>%{y:.2f}",
        }
        for group in record.groups
    ]
    across = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y"}
    line = {"color": palette.axis, "width": 1, "dash": DASHES["dot"]}
    right = {"xref": "x domain", "x": 1, "xanchor": "right", "yanchor": "bottom", "yref": "y"}
    layout = {
        "height": height,
        "hovermode": "closest",
        "uirevision": record.key,
        "xaxis": {"title": {"text": record.x_title}},
        "yaxis": {"title": {"text": record.y_title}},
        "shapes": [{**across, "y0": r.at, "y1": r.at, "line": line} for r in record.rules],
        "annotations": [{**right, "y": r.at, "text": r.text} for r in record.rules if r.text],
    }
    return build_figure(data, layout, palette)


@dataclass(frozen=True)
class IntervalGroup:
    """One estimate with its interval for each row."""

    name: str
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    color: str = "ink"
    symbol: str = "circle"


@dataclass(frozen=True)
class IntervalsFigure:
    """Estimates with intervals: a row an item, a form a group."""

    key: str
    rows: tuple[str, ...]
    x_title: str
    x_range: tuple[float, float]
    groups: tuple[IntervalGroup, ...]
    rule: float | None = None


def draw_intervals(record: IntervalsFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw a row an item, the first at the top, groups side by side within a row."""
    count = len(record.groups)
    data = [
        _interval(group, record.rows, _lane(k, count), resolve(group.color, palette))
        for k, group in enumerate(record.groups)
    ]
    upright = {"type": "line", "xref": "x", "yref": "y domain", "y0": 0, "y1": 1}
    line = {"color": palette.axis, "width": 1, "dash": DASHES["dot"]}
    rules = [] if record.rule is None else [record.rule]
    layout = {
        "height": height,
        "hovermode": "closest",
        "uirevision": record.key,
        "margin": {"l": 76, "r": 16, "t": 46, "b": 36},
        "shapes": [{**upright, "x0": at, "x1": at, "line": line} for at in rules],
        "xaxis": {"title": {"text": record.x_title}, "range": record.x_range},
        "yaxis": {
            "automargin": True,
            "tickvals": list(range(len(record.rows))),
            "ticktext": record.rows,
            "range": [len(record.rows) - 0.4, -0.6],
            "showgrid": False,
        },
    }
    return build_figure(data, layout, palette)


def _lane(k: int, count: int) -> float:
    return 0.0 if count == 1 else 0.56 * (k / (count - 1) - 0.5)


def _interval(
    group: IntervalGroup, rows: tuple[str, ...], lane: float, color: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": group.value,
        "y": np.arange(len(rows)) + lane,
        "name": group.name,
        "mode": "markers",
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": group.high - group.value,
            "arrayminus": group.value - group.low,
            "color": color,
            "thickness": 1.2,
            "width": 0,
        },
        "marker": {"color": color, "size": 7, "symbol": group.symbol, "opacity": 1},
        "text": rows,
        "hovertemplate": "%{text}: %{x:.3f}",
    }
