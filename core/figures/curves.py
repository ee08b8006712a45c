"""Lines over one shared x axis, in one panel or several: the work-horse of the house.

Records and their downsampling; `draw_curves` draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from tsdownsample import NaNMinMaxLTTBDownsampler

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
        opacity: Of the line; raw values behind a smoothed line are faint.
        unit: Behind the value under the pointer, with its space.
        pointer: Text under the pointer at each point, in place of the value; draws small markers.
            For a line whose x does not rise.
        raw: Values before they were smoothed: a faint line behind, and in brackets under the
            pointer.
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
    opacity: float = 1.0
    unit: str = ""
    pointer: tuple[str, ...] = ()
    raw: np.ndarray | None = None


@dataclass(frozen=True)
class Rule:
    """A thin straight line at one value, with a remark inside the panel or at its right."""

    at: float
    axis: Literal["x", "y"] = "x"
    text: str = ""
    outside: bool = False


@dataclass(frozen=True)
class Mark:
    """A remark at one point."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Panel:
    """Curves over one y axis, under a heading of their own where they have one.

    A stacked panel lays its curves on one another as areas; they must share their x. One that is
    named inside has the names of its curves in its right corner, at the top or the bottom.
    """

    y_title: str
    curves: tuple[Curve, ...]
    y_log: bool = False
    y_range: tuple[float, float] | None = None
    bands: tuple[tuple[float, float], ...] = ()
    rules: tuple[Rule, ...] = ()
    marks: tuple[Mark, ...] = ()
    share: float = 1.0
    title: str = ""
    remark: str = ""
    stacked: bool = False
    top_labels: tuple[tuple[float, str], ...] = ()
    right_labels: tuple[tuple[float, str], ...] = ()
    named_inside: Literal["", "top", "bottom"] = ""


@dataclass(frozen=True)
class CurveFigure:
    """Panels over one x axis, row by row in columns; `shown` of `total` points are drawn.

    The legend stands above the panels, or inside, a line a name, in the upper right corner.
    """

    key: str
    x_title: str
    panels: tuple[Panel, ...]
    x_log: bool = False
    x_range: tuple[float, float] | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()
    shown: int = 0
    total: int = 0
    columns: int = 1
    legend_inside: bool = False

    @property
    def remark(self) -> str:
        """Say "N of M points" where the chart is downsampled, else nothing."""
        return f"{self.shown:,} of {self.total:,} points" if self.shown < self.total else ""


def summarise_curves(figure: CurveFigure, most_points: int = MAX_POINTS) -> CurveFigure:
    """Downsample every long curve, min-max preserving and in the displayed x scale.

    Args:
        figure: Every point of every curve.
        most_points: How many points of a curve are kept at most.

    Example:
        >>> line = Curve("a", np.arange(10_000.0), np.zeros(10_000))
        >>> summarise_curves(CurveFigure("k", "step", (Panel("y", (line,)),))).remark
        '2,000 of 10,000 points'
    """
    panels = tuple(
        replace(
            panel,
            curves=tuple(_downsampled(curve, figure.x_log, most_points) for curve in panel.curves),
        )
        for panel in figure.panels
    )
    count = [
        max((len(c.x) for p in side for c in p.curves), default=0)
        for side in (panels, figure.panels)
    ]
    return replace(figure, panels=panels, shown=count[0], total=count[1])


def _downsampled(curve: Curve, x_log: bool, most_points: int) -> Curve:
    if len(curve.x) <= most_points or curve.labels or curve.pointer:
        return curve
    x = np.log(np.maximum(curve.x, 1e-300)) if x_log else curve.x
    finite = np.where(np.isfinite(curve.y), curve.y, np.nan)
    keep = NaNMinMaxLTTBDownsampler().downsample(
        np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(finite), n_out=most_points
    )
    edges = {
        name: None if edge is None else edge[keep]
        for name, edge in (("low", curve.low), ("high", curve.high), ("raw", curve.raw))
    }
    return replace(curve, x=curve.x[keep], y=curve.y[keep], **edges)


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
