"""Lines over one shared x axis, in one panel or several: the work-horse of the house."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from tsdownsample import NaNMinMaxLTTBDownsampler

from core.figures.theme import Palette, faded, template

MAX_POINTS = 2_000
DASHES = {"solid": "solid", "dash": "6px,3px", "dot": "2px,2px"}

Dash = Literal["solid", "dash", "dot"]
Style = tuple[str, Dash]  # colour or role, and dash


@dataclass(frozen=True)
class Curve:
    """One line: its points, and how strongly it speaks.

    Args:
        name: Entry of the legend.
        x: Positions, ascending.
        y: Values; NaN and inf are marked on the axis, never dropped.
        color: A hex colour of a term, or the role "ink", "muted" or "ghost".
        dash: Style of the line.
        low: Lower edge of a band around the line.
        high: Upper edge of that band.
        labels: Text at each point; draws the points as markers.
        width: Width of the line in pixels; 0 draws markers only.
        legend: Whether the line has an entry in the legend.
        gaps: Whether NaN means "nothing to draw" (a weight of 0 on a log axis) and is not marked.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    color: str = "ink"
    dash: Dash = "solid"
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    labels: tuple[str, ...] = ()
    width: float = 2.2
    legend: bool = True
    gaps: bool = False


@dataclass(frozen=True)
class Rule:
    """A thin straight line at one value, with a remark."""

    at: float
    axis: Literal["x", "y"] = "x"
    text: str = ""


@dataclass(frozen=True)
class Mark:
    """A remark at one point."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Panel:
    """Curves over one y axis."""

    y_title: str
    curves: tuple[Curve, ...]
    y_log: bool = False
    y_range: tuple[float, float] | None = None
    bands: tuple[tuple[float, float], ...] = ()
    rules: tuple[Rule, ...] = ()
    marks: tuple[Mark, ...] = ()
    share: float = 1.0


@dataclass(frozen=True)
class CurveFigure:
    """Panels over one x axis; `shown` of `total` points are drawn."""

    key: str
    x_title: str
    panels: tuple[Panel, ...]
    x_log: bool = False
    x_range: tuple[float, float] | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()
    shown: int = field(default=0)
    total: int = field(default=0)

    @property
    def remark(self) -> str:
        """Say "N of M points" where the chart is downsampled, else nothing."""
        return f"{self.shown:,} of {self.total:,} points" if self.shown < self.total else ""


def summarise_curves(figure: CurveFigure) -> CurveFigure:
    """Downsample every long curve, min-max preserving and in the displayed x scale.

    Example:
        >>> line = Curve("a", np.arange(10_000.0), np.zeros(10_000))
        >>> summarise_curves(CurveFigure("k", "step", (Panel("y", (line,)),))).remark
        '2,000 of 10,000 points'
    """
    panels = tuple(
        replace(panel, curves=tuple(_downsampled(curve, figure.x_log) for curve in panel.curves))
        for panel in figure.panels
    )
    count = [
        max((len(c.x) for p in side for c in p.curves), default=0)
        for side in (panels, figure.panels)
    ]
    return replace(figure, panels=panels, shown=count[0], total=count[1])


def _downsampled(curve: Curve, x_log: bool) -> Curve:
    if len(curve.x) <= MAX_POINTS or curve.labels:
        return curve
    x = np.log(np.maximum(curve.x, 1e-300)) if x_log else curve.x
    finite = np.where(np.isfinite(curve.y), curve.y, np.nan)
    keep = NaNMinMaxLTTBDownsampler().downsample(
        np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(finite), n_out=MAX_POINTS
    )
    edges = {
        name: None if edge is None else edge[keep]
        for name, edge in (("low", curve.low), ("high", curve.high))
    }
    return replace(curve, x=curve.x[keep], y=curve.y[keep], **edges)


def draw_curves(record: CurveFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the panels below one another, at a height in pixels."""
    figure = make_subplots(
        rows=len(record.panels),
        shared_xaxes=True,
        vertical_spacing=0.09,
        row_heights=[panel.share for panel in record.panels],
    )
    named: set[str] = set()
    for row, panel in enumerate(record.panels, start=1):
        _draw_panel(figure, panel, row, palette, named)
    _finish(figure, record, palette, height)
    return figure


def _draw_panel(
    figure: go.Figure, panel: Panel, row: int, palette: Palette, named: set[str]
) -> None:
    for low, high in panel.bands:
        band: dict[str, Any] = {"row": row, "col": 1}
        figure.add_hrect(y0=low, y1=high, fillcolor=palette.band, line_width=0, **band)
    for curve in panel.curves:
        for trace in _traces(curve, palette, show=curve.legend and curve.name not in named):
            figure.add_trace(trace, row=row, col=1)
        named.add(curve.name)
    for rule in panel.rules:
        _add_rule(figure, rule, row, palette, panel.y_log)
    for mark in panel.marks:
        figure.add_annotation(
            x=mark.x,
            y=mark.y,
            text=mark.text,
            row=row,
            col=1,
            yshift=-14,
            yanchor="top",
            font={"size": 10.5, "color": palette.muted},
            showarrow=True,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=palette.axis,
            ax=0,
            ay=16,
        )
    axis: dict[str, Any] = {
        "title_text": panel.y_title,
        "type": "log" if panel.y_log else "linear",
        "tickformat": "~g" if panel.y_log else None,
    }
    if panel.y_range is not None:
        axis["range"] = list(np.log10(panel.y_range)) if panel.y_log else list(panel.y_range)
    figure.update_yaxes(**axis, row=row, col=1)


def _add_rule(figure: go.Figure, rule: Rule, row: int, palette: Palette, y_log: bool) -> None:
    line = {"color": palette.axis, "width": 1, "dash": "solid" if rule.axis == "x" else "2px,2px"}
    where: dict[str, Any] = {"row": row, "col": 1}  # plotly's own types know only "all"
    if rule.axis == "x":
        figure.add_vline(x=rule.at, line=line, **where)
        return
    figure.add_hline(y=rule.at, line=line, **where)
    if rule.text:
        figure.add_annotation(
            xref="x domain",
            x=1,
            xanchor="right",
            yanchor="bottom",
            y=np.log10(rule.at) if y_log else rule.at,
            text=rule.text,
            row=row,
            col=1,
            font={"size": 10.5, "color": palette.muted},
            showarrow=False,
        )


def resolve(color: str, palette: Palette) -> str:
    """Give the hex colour of a role, or the colour itself."""
    return {"ink": palette.ink, "muted": palette.muted, "ghost": palette.ghost}.get(color, color)


def _traces(curve: Curve, palette: Palette, *, show: bool) -> list[go.Scatter]:
    color = resolve(curve.color, palette)
    traces = []
    if curve.low is not None and curve.high is not None:
        traces.append(
            go.Scatter(
                x=np.concatenate([curve.x, curve.x[::-1]]),
                y=np.concatenate([curve.high, curve.low[::-1]]),
                fill="toself",
                fillcolor=faded(color, 0.16),
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
                name=curve.name,
                legendgroup=curve.name,
            )
        )
    finite = np.isfinite(curve.y)
    mode = (
        "lines" if not curve.labels else ("lines+markers+text" if curve.width else "markers+text")
    )
    traces.append(
        go.Scatter(
            x=curve.x,
            y=np.where(finite, curve.y, np.nan),
            name=curve.name,
            mode=mode,
            legendgroup=curve.name,
            showlegend=show,
            text=list(curve.labels) or None,
            textposition="top center",
            textfont={"size": 10, "color": palette.muted},
            line={"color": color, "width": curve.width, "dash": DASHES[curve.dash]},
            marker={
                "color": color,
                "size": 7,
                "opacity": 1,
                "line": {"width": 1, "color": palette.background},
            },
            hovertemplate="%{y:.4g}",
        )
    )
    if not finite.all() and not curve.gaps:
        traces.append(_not_finite(curve, ~finite, palette))
    return traces


def _not_finite(curve: Curve, where: np.ndarray, palette: Palette) -> go.Scatter:
    """Mark points without a finite value on the lower edge of the curve's range."""
    known = curve.y[np.isfinite(curve.y)]
    return go.Scatter(
        x=curve.x[where],
        y=np.full(int(where.sum()), known.min() if len(known) else 1.0),
        mode="markers",
        name=f"{curve.name}: NaN or inf",
        showlegend=True,
        marker={
            "symbol": "x-thin",
            "size": 8,
            "opacity": 1,
            "line": {"color": palette.ink, "width": 1.5},
        },
        hovertemplate="no finite value",
    )


def _finish(figure: go.Figure, record: CurveFigure, palette: Palette, height: int) -> None:
    figure.update_layout(
        template=template(palette), height=height, hovermode="x unified", uirevision=record.key
    )
    figure.update_xaxes(type="log" if record.x_log else "linear")
    if record.x_range is not None:
        figure.update_xaxes(
            range=list(np.log10(record.x_range)) if record.x_log else list(record.x_range)
        )
    if record.x_ticks:
        figure.update_xaxes(
            tickvals=[t[0] for t in record.x_ticks], ticktext=[t[1] for t in record.x_ticks]
        )
    figure.update_xaxes(title_text=record.x_title, row=len(record.panels), col=1)


def quiet_styles(names: Sequence[str], chosen: str, color: str) -> dict[str, Style]:
    """Give the chosen curve its colour, and the others greys that dashes tell apart.

    Example:
        >>> quiet_styles(["a", "b"], "a", "#009E73")
        {'a': ('#009E73', 'solid'), 'b': ('ghost', 'dash')}
    """
    greys: tuple[Style, ...] = (
        ("ghost", "dash"),
        ("muted", "dot"),
        ("ghost", "solid"),
        ("muted", "dash"),
        ("ghost", "dot"),
        ("muted", "solid"),
    )
    others = [name for name in names if name != chosen]
    styles: dict[str, Style] = {name: greys[i % len(greys)] for i, name in enumerate(others)}
    return {name: styles.get(name, (color, "solid")) for name in names}
