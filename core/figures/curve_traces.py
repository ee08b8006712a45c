"""The plotly traces of one curve: line, band, stacked area, and marks where nothing is finite."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.figures.curves import DASHES, Curve
from core.figures.theme import Palette, faded, resolve

Trace = dict[str, Any]
POINTER = "%{hovertext}<extra></extra>"
RAW_OPACITY = 0.28


def curve_traces(curve: Curve, palette: Palette, *, show: bool, stacked: bool) -> Iterator[Trace]:
    """Give the traces of one curve.

    Args:
        curve: What is drawn.
        palette: Colours of the page.
        show: Whether it has an entry in the legend.
        stacked: Whether it is an area upon the curves before it.
    """
    color = resolve(curve.color, palette)
    if curve.low is not None and curve.high is not None:
        yield _band(curve, color)
    if curve.raw is not None:
        yield _raw(curve, curve.raw, color)
    finite = np.isfinite(curve.y)
    yield {
        "type": "scatter",
        "x": curve.x,
        "y": np.where(finite, curve.y, np.nan),
        "name": curve.name,
        "legendgroup": curve.name,
        "showlegend": show,
        "opacity": curve.opacity,
        "hovertext": curve.pointer or None,
        "hovertemplate": POINTER if curve.pointer else _told(curve),
        **({} if curve.raw is None else {"customdata": curve.raw}),
        **(_area(color) if stacked else _line(curve, color, palette)),
    }
    if not finite.all() and not curve.gaps:
        yield _not_finite(curve, ~finite, palette)


def _told(curve: Curve) -> str:
    raw = "" if curve.raw is None else f" (raw %{{customdata:.4g}}{curve.unit})"
    return f"%{{y:.4g}}{curve.unit}{raw}"


def _raw(curve: Curve, raw: np.ndarray, color: str) -> Trace:
    return {
        "type": "scatter",
        "x": curve.x,
        "y": np.where(np.isfinite(raw), raw, np.nan),
        "name": f"{curve.name}, raw",
        "legendgroup": curve.name,
        "showlegend": False,
        "opacity": RAW_OPACITY,
        "hoverinfo": "skip",
        "mode": "lines",
        "line": {"color": color, "width": 1},
    }


def _area(color: str) -> Trace:
    return {
        "mode": "lines",
        "stackgroup": "stack",
        "line": {"width": 0, "color": color},
        "fillcolor": faded(color, 0.92),
    }


def _line(curve: Curve, color: str, palette: Palette) -> Trace:
    drawn = "lines+" if curve.width else ""
    plain = "markers" if np.isfinite(curve.y).sum() == 1 else "lines"
    plain = "lines+markers" if curve.pointer else plain
    return {
        "mode": f"{drawn}markers+text" if curve.labels else plain,
        "text": list(curve.labels) or None,
        "textposition": "top center",
        "textfont": {"size": 10, "color": palette.muted},
        "line": {"color": color, "width": curve.width, "dash": DASHES[curve.dash]},
        "marker": {
            "color": color,
            "size": 4 if curve.pointer else 7,
            "opacity": 1,
            "line": {"width": 0 if curve.pointer else 1, "color": palette.background},
        },
    }


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
