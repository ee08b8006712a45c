"""Curves and panels of an overlay: colours, titles with units, and what the heading says."""

from collections.abc import Sequence
from dataclasses import replace

from core.figures.curves import Curve, CurveFigure, Panel, Style
from core.figures.overlay_lines import BANDS, Line, OverlayAxes
from core.figures.run_names import chart_text
from core.figures.run_views import BESIDE_COLORS, LINE_DASHES
from core.metrics import MetricKey, read_key


def line_styles(count: int) -> list[Style]:
    """Give each line a colour; where they are used up the lines are dashed."""
    colors = len(BESIDE_COLORS)
    return [
        (BESIDE_COLORS[i % colors], LINE_DASHES[i // colors % len(LINE_DASHES)])
        for i in range(count)
    ]


def overlay_curve(name: str, line: Line, metric: str, style: Style) -> Curve:
    """Make the curve of a line, in its unit, with what it was before smoothing and its band."""
    color, dash = style
    unit = unit_of(read_key(metric))
    return Curve(
        name,
        line.x,
        line.y,
        color,
        dash,
        line.low,
        line.high,
        width=1.8,
        unit=f" {unit}".rstrip(),
        raw=line.raw,
    )


def unit_of(key: MetricKey) -> str:
    """Give the unit in which a metric is drawn: fractions as percent."""
    return "%" if key.spec.unit == "fraction" else key.spec.unit


def metric_title(metric: str) -> str:
    """Name a metric with its split and unit.

    Example:
        >>> metric_title("val_easy/residue_accuracy")
        'val easy, residue accuracy, %'
    """
    key = read_key(metric)
    return ", ".join(filter(None, (key.split.replace("_", " "), key.label, unit_of(key))))


def overlay_panel(metric: str, curves: Sequence[Curve], axes: OverlayAxes) -> Panel:
    """Make the panel of a metric."""
    notes = (BANDS[axes.band] if axes.band else "", "log axis" if axes.y_log else "")
    title = chart_text(metric_title(metric))
    unit = unit_of(read_key(metric)) or read_key(metric).label
    return Panel(
        chart_text(unit),
        tuple(curves),
        y_log=axes.y_log,
        title=title,
        remark=", ".join(filter(None, notes)),
    )


def labelled(figure: CurveFigure, axes: OverlayAxes) -> CurveFigure:
    """Say in the heading of the chart how many points it shows."""
    if not figure.panels:
        return figure
    first, *rest = figure.panels
    all_panels = " in all panels" if rest else ""
    told = [first.remark, f"{figure.shown:,} of {figure.total:,} points{all_panels}"]
    told += ["raw values faint"] if axes.half_life > 0 and not axes.band else []
    remark = ", ".join(filter(None, told))
    return replace(figure, panels=(replace(first, remark=remark), *rest))
