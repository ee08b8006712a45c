"""Bars in groups over named or numbered places: counts, histograms, members of a batch."""

from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from core.figures.curves import DASHES, Rule
from core.figures.theme import Palette, build_figure, resolve


@dataclass(frozen=True)
class BarGroup:
    """Bars that share a meaning.

    Args:
        name: In the legend.
        x: Places: numbers, or names.
        y: Heights.
        color: A hex colour, or the role "ink", "muted" or "ghost".
        pointer: Text under the pointer at each bar, in place of the height.
        opacity: Of bars that lie over those of another group.
        width: Of a bar, in units of x; None leaves it to the figure.
    """

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    color: str = "ghost"
    pointer: tuple[str, ...] = ()
    opacity: float = 1.0
    width: float | None = None


@dataclass(frozen=True)
class BarsFigure:
    """Groups of bars with their axes and level rules."""

    key: str
    x_title: str
    y_title: str
    groups: tuple[BarGroup, ...]
    mode: Literal["group", "overlay", "stack"] = "group"
    y_range: tuple[float, float] | None = None
    x_range: tuple[float, float] | None = None
    rules: tuple[Rule, ...] = ()
    y_format: str = ".3g"
    y_step: float | None = None


def draw_bars(record: BarsFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the groups, at a height in pixels."""
    layout: dict[str, Any] = {
        "height": height,
        "hovermode": "closest",
        "uirevision": record.key,
        "barmode": record.mode,
        "bargap": 0.08 if record.mode == "overlay" else 0.22,
        "xaxis": _x_axis(record),
        "yaxis": {
            "title": {"text": record.y_title},
            "range": record.y_range,
            "rangemode": "tozero",
            "dtick": record.y_step,
        },
        "shapes": [_line(rule, palette) for rule in record.rules],
        "annotations": [_remark(rule) for rule in record.rules if rule.text],
    }
    return build_figure([_bars(g, record, palette) for g in record.groups], layout, palette)


def _x_axis(record: BarsFigure) -> dict[str, Any]:
    named = any(isinstance(x, str) for group in record.groups for x in group.x)
    return {
        "title": {"text": record.x_title},
        "range": record.x_range,
        # Names may look like numbers: those of clusters do.
        "type": "category" if named else "linear",
        "tickangle": 0,
    }


def _bars(group: BarGroup, record: BarsFigure, palette: Palette) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": list(group.x),
        "y": list(group.y),
        "width": group.width,
        "name": group.name,
        "showlegend": len(record.groups) > 1,
        "opacity": group.opacity,
        "marker": {"color": resolve(group.color, palette), "line": {"width": 0}},
        "hovertext": list(group.pointer) or None,
        "hovertemplate": "%{hovertext}<extra></extra>"
        if group.pointer
        else f"%{{x}}: %{{y:{record.y_format}}}",
    }


def _line(rule: Rule, palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1, "dash": DASHES["dot"]}
    if rule.axis == "x":
        return {"type": "line", "xref": "x", "yref": "y domain", "y0": 0, "y1": 1,
                "x0": rule.at, "x1": rule.at, "line": line}  # fmt: skip
    return {"type": "line", "xref": "x domain", "yref": "y", "x0": 0, "x1": 1,
            "y0": rule.at, "y1": rule.at, "line": line}  # fmt: skip


def _remark(rule: Rule) -> dict[str, Any]:
    if rule.axis == "x":
        return {"xref": "x", "yref": "y domain", "x": rule.at, "y": 1, "xanchor": "left",
                "yanchor": "top", "xshift": 4, "text": rule.text}  # fmt: skip
    return {"xref": "x domain", "yref": "y", "x": 1, "y": rule.at, "xanchor": "right",
            "yanchor": "bottom", "text": rule.text}  # fmt: skip
