"""Points in groups over two axes, with rules: checks of single examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.figures.curves import Rule, resolve
from core.figures.theme import Palette, template


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
    figure = go.Figure()
    for group in record.groups:
        color = resolve(group.color, palette)
        figure.add_trace(
            go.Scatter(
                x=group.x,
                y=group.y,
                text=list(group.text),
                name=f"{group.name} ({len(group.x)})",
                mode="markers",
                marker={
                    "color": color,
                    "size": group.size,
                    "symbol": group.symbol,
                    "opacity": 1,
                    "line": {"width": 1, "color": palette.background},
                },
                hovertemplate="%{text}<br>%{y:.2f}",
            )
        )
    for rule in record.rules:
        line = {"color": palette.axis, "width": 1, "dash": "2px,2px"}
        figure.add_hline(y=rule.at, line=line)
        figure.add_annotation(
            x=1, xref="x domain", xanchor="right", y=rule.at, yanchor="bottom", text=rule.text,
            font={"size": 10.5, "color": palette.muted}, showarrow=False,
        )  # fmt: skip
    figure.update_layout(
        template=template(palette), height=height, hovermode="closest", uirevision=record.key
    )
    figure.update_xaxes(title_text=record.x_title)
    figure.update_yaxes(title_text=record.y_title)
    return figure


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
    figure = go.Figure()
    for k, group in enumerate(record.groups):
        color = resolve(group.color, palette)
        lane = np.arange(len(record.rows)) + _lane(k, len(record.groups))
        figure.add_trace(
            go.Scatter(
                x=group.value,
                y=lane,
                name=group.name,
                mode="markers",
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": group.high - group.value,
                    "arrayminus": group.value - group.low,
                    "color": color,
                    "thickness": 1.2,
                    "width": 0,
                },
                marker={"color": color, "size": 7, "symbol": group.symbol, "opacity": 1},
                text=list(record.rows),
                hovertemplate="%{text}: %{x:.3f}",
            )
        )
    if record.rule is not None:
        line = {"color": palette.axis, "width": 1, "dash": "2px,2px"}
        figure.add_vline(x=record.rule, line=line)
    _rows(figure, record.rows)
    figure.update_layout(
        template=template(palette), height=height, hovermode="closest", uirevision=record.key,
        margin={"l": 76, "r": 16, "t": 46, "b": 36},
    )  # fmt: skip
    figure.update_xaxes(title_text=record.x_title, range=list(record.x_range))
    return figure


def _lane(k: int, count: int) -> float:
    return 0.0 if count == 1 else 0.56 * (k / (count - 1) - 0.5)


def _rows(figure: go.Figure, rows: Sequence[str]) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
    )
