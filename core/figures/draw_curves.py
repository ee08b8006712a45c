"""Draws panels of curves: below one another over one x axis, or in a grid."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.curve_traces import Trace, curve_traces
from core.figures.curves import DASHES, Curve, CurveFigure, Panel
from core.figures.theme import Palette, axis_id, build_figure, resolve, row_domains

ROW_GAP, HEADED_ROW_GAP = 0.09, 0.13
COLUMN_GAP = 0.14
NAMES_PX, LETTER_PX = 66, 5.0  # least room for names at the right, and of one letter
AXIS_PX, NARROW_PX = 48, 880  # labels of the next column's axis; columns on a narrow page


def draw_curves(record: CurveFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the panels row by row, at a height in pixels; every x axis shows the same range."""
    data: list[Trace] = []
    marks: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    named: set[str] = set()
    is_track = any(curve.pointer for panel in record.panels for curve in panel.curves)
    for place, (panel, (x_domain, y_domain)) in enumerate(
        zip(record.panels, _domains(record), strict=True), start=1
    ):
        axes = {"xaxis": axis_id("x", place), "yaxis": axis_id("y", place)}
        if not panel.curves:  # plotly leaves axes out that nothing stands on
            data.append({"type": "scatter", "x": [None], "y": [None], "showlegend": False, **axes})
        for curve in panel.curves:
            show = curve.legend and curve.name not in named
            traces = curve_traces(curve, palette, show=show, stacked=panel.stacked)
            data += [{**trace, **axes} for trace in traces]
            if show:
                named.add(curve.name)
        marks += _annotations(panel, place, palette)
        shapes += _shapes(panel, place, palette)
        layout[f"yaxis{place}"] = _y_axis(panel, place, y_domain)
        layout[f"xaxis{place}"] = {**_x_axis(record, place), "domain": x_domain}
    layout |= {
        "height": height,
        "hovermode": "closest" if is_track else "x unified",
        "uirevision": record.key,
        "margin": _margin(record),
        "annotations": marks,
        "shapes": shapes,
        "legend": _legend(record),
    }
    return build_figure(data, layout, palette)


def _domains(record: CurveFigure) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    rows = record.panels[:: record.columns]
    gap = HEADED_ROW_GAP if any(panel.title for panel in record.panels) else ROW_GAP
    heights = row_domains([panel.share for panel in rows], gap)
    aside = [p for i, p in enumerate(record.panels) if (i + 1) % record.columns]
    column_gap = max(COLUMN_GAP, (_names_px(aside) + AXIS_PX) / NARROW_PX)
    width = (1 - column_gap * (record.columns - 1)) / record.columns
    for i in range(len(record.panels)):
        left = (i % record.columns) * (width + column_gap)
        yield (round(left, 6), round(min(left + width, 1), 6)), heights[i // record.columns]


def _margin(record: CurveFigure) -> dict[str, int]:
    margin = {"l": 62 if any(panel.y_log for panel in record.panels[:: record.columns]) else 52}
    if room := _names_px(record.panels[record.columns - 1 :: record.columns]):
        margin["r"] = max(NAMES_PX, room)
    return margin


def _names_px(panels: Sequence[Panel]) -> int:
    """Estimate the room that the longest name at the right of some panels takes; 0 for none."""
    names = [text for panel in panels for _, text in panel.right_labels]
    names += [rule.text for panel in panels for rule in panel.rules if rule.outside]
    return round(max((8 + LETTER_PX * len(name) for name in names), default=0.0))


def _legend(record: CurveFigure) -> dict[str, Any]:
    """Keep the legend clear of the headings of panels: at the right, where there are any."""
    if record.legend_inside:
        corner = {"x": 1.0, "xanchor": "right", "y": 1.0, "yref": "paper", "yanchor": "top"}
        return {**corner, "orientation": "v", "tracegroupgap": 0}
    headed = any(panel.title for panel in record.panels)
    if not headed:
        return {"x": 0.0}
    return {"x": 1.0, "xref": "container", "xanchor": "right"}


def _y_axis(panel: Panel, place: int, domain: tuple[float, float]) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "anchor": axis_id("x", place),
        "domain": domain,
        "title": {"text": panel.y_title},
        "type": "log" if panel.y_log else "linear",
    }
    if panel.y_log:
        known = [curve.y[np.isfinite(curve.y) & (curve.y > 0)] for curve in panel.curves]
        values = np.concatenate([*known, np.array(panel.y_range or ())])
        axis |= {"tickformat": ",~g", "nticks": 5, "dtick": _log_steps(values)}
    if panel.y_range is not None:
        axis["range"] = list(np.log10(panel.y_range) if panel.y_log else panel.y_range)
    return axis


def _log_steps(values: np.ndarray) -> str | None:
    """Label 1, 2 and 5 of each decade where there are one or two; plotly's own labels collide."""
    decades = float(np.log10(values.max() / values.min())) if len(values) else 0.0
    return "D2" if 0.5 < decades < 2.0 else None


def _x_axis(record: CurveFigure, place: int) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "anchor": axis_id("y", place),
        "type": "log" if record.x_log else "linear",
        "tickformat": None if record.x_log else ",~g",
    }
    if record.x_log:
        known = [curve.x[curve.x > 0] for panel in record.panels for curve in panel.curves]
        steps = _log_steps(np.concatenate([*known, np.array(record.x_range or ())]))
        axis |= {"dtick": steps, "tickformat": ",~g" if steps else None}
    last = len(record.panels)
    if place != last:
        axis["matches"] = axis_id("x", last)
    if place > last - record.columns:
        axis["title"] = {"text": record.x_title}
    else:
        axis["showticklabels"] = False
    if record.x_range is not None:
        axis["range"] = list(np.log10(record.x_range) if record.x_log else record.x_range)
    if record.x_ticks:
        axis["tickvals"], axis["ticktext"] = zip(*record.x_ticks, strict=True)
    return axis


def _shapes(panel: Panel, place: int, palette: Palette) -> Iterator[dict[str, Any]]:
    """Draw bands below and rules above the curves of one panel."""
    x, y = axis_id("x", place), axis_id("y", place)
    across = {"xref": f"{x} domain", "yref": y, "x0": 0, "x1": 1}
    for low, high in panel.bands:
        fill = {"fillcolor": palette.band, "line": {"width": 0}, "layer": "below"}
        yield {"type": "rect", **across, "y0": low, "y1": high, **fill}
    for rule in panel.rules:
        line = {"color": palette.axis, "width": 1}
        if rule.axis == "y":
            color = palette.ink if panel.stacked else palette.axis
            dotted = {**line, "color": color, "dash": DASHES["dot"]}
            yield {"type": "line", **across, "y0": rule.at, "y1": rule.at, "line": dotted}
        else:
            upright = {"xref": x, "yref": f"{y} domain", "y0": 0, "y1": 1, "opacity": 0.55}
            yield {"type": "line", **upright, "x0": rule.at, "x1": rule.at, "line": line}


def _annotations(panel: Panel, place: int, palette: Palette) -> Iterator[dict[str, Any]]:
    x, y = axis_id("x", place), axis_id("y", place)
    for rule in panel.rules:
        if rule.axis == "y" and rule.text:
            yield {
                **_beside(rule.outside, x),
                "yref": y,
                "y": _at(rule.at, panel),
                "text": rule.text,
            }
    for value, text in panel.right_labels:
        yield {**_beside(True, x), "yref": y, "y": _at(value, panel), "text": text}
    stalk = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "ax": 0, "ay": 16}
    for mark in panel.marks:
        at = {"xref": x, "yref": y, "x": mark.x, "y": _at(mark.y, panel)}
        yield {**at, "yshift": -14, "yanchor": "top", **stalk, "text": mark.text}
    if panel.named_inside:
        at = {"xref": f"{x} domain", "yref": f"{y} domain", "x": 1, "xanchor": "right"}
        at |= {"y": int(panel.named_inside == "top"), "yanchor": panel.named_inside}
        names = "<br>".join(_named(curve, palette) for curve in panel.curves)
        yield {**at, "align": "left", "text": names}
    inside = {"xref": x, "yref": f"{y} domain", "y": 1, "yanchor": "top", "yshift": -1}
    on_areas = {"font": {"size": 10.5, "color": "#FFFFFF"}} if panel.stacked else {}
    for at, text in panel.top_labels:
        yield {**inside, "x": at, "text": text, **on_areas}
    if panel.title:
        remark = f"<span style='color:{palette.muted};font-size:11px'>  {panel.remark}</span>"
        yield {
            "xref": f"{x} domain",
            "yref": f"{y} domain",
            "x": 0,
            "y": 1,
            "xanchor": "left",
            "yanchor": "bottom",
            "yshift": 5,
            "text": f"<b>{panel.title}</b>{remark}",
            "font": {"size": 12.5, "color": palette.ink},
        }


def _named(curve: Curve, palette: Palette) -> str:
    """Write the name of a curve behind a piece of it."""
    piece = "━━" if curve.dash == "solid" else "╍╍"
    return f"<span style='color:{resolve(curve.color, palette)}'>{piece}</span> {curve.name}"


def _beside(outside: bool, x: str) -> dict[str, Any]:
    """Place the remark of a level: on it at the right edge, or right of the panel."""
    place = {"xref": f"{x} domain", "x": 1}
    if outside:
        return {**place, "xanchor": "left", "xshift": 6, "yanchor": "middle", "align": "left"}
    return {**place, "xanchor": "right", "yanchor": "bottom"}


def _at(value: float, panel: Panel) -> float:
    """Annotations on a logarithmic axis stand at the exponent, shapes at the value."""
    return float(np.log10(value)) if panel.y_log else value
