"""Lines over one shared x axis, in one panel or several: the work-horse of the house."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from tsdownsample import NaNMinMaxLTTBDownsampler

from core.figures.theme import Palette, build_figure, faded, row_domains

MAX_POINTS = 2_000
ROW_GAP = 0.09
DASHES = {"solid": "solid", "dash": "6px,3px", "dot": "2px,2px"}

Dash = Literal["solid", "dash", "dot"]
Style = tuple[str, Dash]  # colour or role, and dash
Trace = dict[str, Any]


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
    data: list[Trace] = []
    marks: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    named: set[str] = set()
    domains = row_domains([panel.share for panel in record.panels], ROW_GAP)
    last = len(record.panels)
    for row, (panel, domain) in enumerate(zip(record.panels, domains, strict=True), start=1):
        for curve in panel.curves:
            place = {"xaxis": axis_id("x", row), "yaxis": axis_id("y", row)}
            show = curve.legend and curve.name not in named
            data += [{**trace, **place} for trace in _traces(curve, palette, show=show)]
            named.add(curve.name)
        marks += _annotations(panel, row)
        layout[f"yaxis{row}"] = _y_axis(panel, row, domain)
        layout[f"xaxis{row}"] = _x_axis(record, row, last)
    layout |= {
        "height": height,
        "hovermode": "x unified",
        "uirevision": record.key,
        "margin": {"l": 62 if any(panel.y_log for panel in record.panels) else 52},
        "annotations": marks,
        "shapes": [
            shape
            for row, panel in enumerate(record.panels, start=1)
            for shape in _shapes(panel, row, palette)
        ],
    }
    return build_figure(data, layout, palette)


def _y_axis(panel: Panel, row: int, domain: tuple[float, float]) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "anchor": axis_id("x", row),
        "domain": domain,
        "title": {"text": panel.y_title},
        "type": "log" if panel.y_log else "linear",
        "tickformat": "~g" if panel.y_log else None,
        "nticks": 5 if panel.y_log else None,
    }
    if panel.y_range is not None:
        axis["range"] = list(np.log10(panel.y_range) if panel.y_log else panel.y_range)
    return axis


def _x_axis(record: CurveFigure, row: int, last: int) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "anchor": axis_id("y", row),
        "type": "log" if record.x_log else "linear",
    }
    if row == last:
        axis["title"] = {"text": record.x_title}
    else:
        axis |= {"matches": axis_id("x", last), "showticklabels": False}
    if record.x_range is not None:
        axis["range"] = list(np.log10(record.x_range) if record.x_log else record.x_range)
    if record.x_ticks:
        axis["tickvals"], axis["ticktext"] = zip(*record.x_ticks, strict=True)
    return axis


def _shapes(panel: Panel, row: int, palette: Palette) -> Iterator[dict[str, Any]]:
    """Draw bands below and rules above the curves of one panel."""
    across = {"xref": f"{axis_id('x', row)} domain", "yref": axis_id("y", row), "x0": 0, "x1": 1}
    for low, high in panel.bands:
        fill = {"fillcolor": palette.band, "line": {"width": 0}, "layer": "below"}
        yield {"type": "rect", **across, "y0": low, "y1": high, **fill}
    for rule in panel.rules:
        line = {"color": palette.axis, "width": 1}
        if rule.axis == "y":
            dotted = {**line, "dash": DASHES["dot"]}
            yield {"type": "line", **across, "y0": rule.at, "y1": rule.at, "line": dotted}
        else:
            upright = {
                "xref": axis_id("x", row),
                "yref": f"{axis_id('y', row)} domain",
                "y0": 0,
                "y1": 1,
            }
            yield {"type": "line", **upright, "x0": rule.at, "x1": rule.at, "line": line}


def _annotations(panel: Panel, row: int) -> Iterator[dict[str, Any]]:
    x, y = axis_id("x", row), axis_id("y", row)
    right = {"xref": f"{x} domain", "x": 1, "xanchor": "right", "yanchor": "bottom", "yref": y}
    for rule in panel.rules:
        if rule.axis == "y" and rule.text:
            # Annotations on a logarithmic axis stand at the exponent, shapes at the value.
            at = float(np.log10(rule.at)) if panel.y_log else rule.at
            yield {**right, "y": at, "text": rule.text}
    stalk = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "ax": 0, "ay": 16}
    for mark in panel.marks:
        place = {"xref": x, "yref": y, "x": mark.x, "y": mark.y, "yshift": -14, "yanchor": "top"}
        yield {**place, **stalk, "text": mark.text}


def axis_id(letter: str, row: int) -> str:
    """Name an axis as plotly does: the first one has no number.

    Example:
        >>> axis_id("x", 1), axis_id("x", 2)
        ('x', 'x2')
    """
    return letter if row == 1 else f"{letter}{row}"


def resolve(color: str, palette: Palette) -> str:
    """Give the hex colour of a role, or the colour itself."""
    return {"ink": palette.ink, "muted": palette.muted, "ghost": palette.ghost}.get(color, color)


def _traces(curve: Curve, palette: Palette, *, show: bool) -> Iterator[Trace]:
    color = resolve(curve.color, palette)
    if curve.low is not None and curve.high is not None:
        yield _band(curve, color)
    finite = np.isfinite(curve.y)
    drawn = "lines+" if curve.width else ""
    yield {
        "type": "scatter",
        "x": curve.x,
        "y": np.where(finite, curve.y, np.nan),
        "name": curve.name,
        "mode": f"{drawn}markers+text" if curve.labels else "lines",
        "legendgroup": curve.name,
        "showlegend": show,
        "text": list(curve.labels) or None,
        "textposition": "top center",
        "textfont": {"size": 10, "color": palette.muted},
        "line": {"color": color, "width": curve.width, "dash": DASHES[curve.dash]},
        "marker": {
            "color": color,
            "size": 7,
            "opacity": 1,
            "line": {"width": 1, "color": palette.background},
        },
        "hovertemplate": "%{y:.4g}",
    }
    if not finite.all() and not curve.gaps:
        yield _not_finite(curve, ~finite, palette)


def _band(curve: Curve, color: str) -> Trace:
    assert curve.low is not None
    assert curve.high is not None
    return {
        "type": "scatter",
        "x": np.concatenate([curve.x, curve.x[::-1]]),
        "y": np.concatenate([curve.high, curve.low[::-1]]),
        "fill": "toself",
        "fillcolor": faded(color, 0.16),
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
        "name": curve.name,
        "legendgroup": curve.name,
    }


def _not_finite(curve: Curve, where: np.ndarray, palette: Palette) -> Trace:
    """Mark points without a finite value on the lower edge of the curve's range."""
    known = curve.y[np.isfinite(curve.y)]
    return {
        "type": "scatter",
        "x": curve.x[where],
        "y": np.full(int(where.sum()), known.min() if len(known) else 1.0),
        "mode": "markers",
        "name": f"{curve.name}: NaN or inf",
        "showlegend": True,
        "marker": {
            "symbol": "x-thin",
            "size": 8,
            "opacity": 1,
            "line": {"color": palette.ink, "width": 1.5},
        },
        "hovertemplate": "no finite value",
    }


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
