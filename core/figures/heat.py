"""Tables of numbers as coloured cells, side by side on one scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import Palette, axis_id, build_figure, faded

DEEPEST = 0.62  # opacity of the highest cell: its number is still read in ink
GAP = 0.07


@dataclass(frozen=True)
class HeatPanel:
    """One table: a row an entry of `rows`, from the bottom up.

    Args:
        title: Heading.
        remark: Beside it.
        values: Numbers of the cells.
    """

    title: str
    remark: str
    values: np.ndarray


@dataclass(frozen=True)
class HeatFigure:
    """Tables that share rows, columns and colours; one cell of each may be marked.

    Where `below` is a colour, cells have a sign: 0 has no colour, what is negative has `below`,
    and a scale stands beside the tables. The span must be even about 0 then.
    """

    key: str
    x_title: str
    y_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    panels: tuple[HeatPanel, ...]
    color: str
    span: tuple[float, float]
    here: tuple[float, float] | None = None
    below: str = ""


def draw_heat(record: HeatFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the tables side by side, numbers in the cells, at a height in pixels."""
    data: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": height, "uirevision": record.key, "hovermode": "closest"}
    width = (1 - GAP * (len(record.panels) - 1)) / len(record.panels)
    for place, panel in enumerate(record.panels, start=1):
        x, y = axis_id("x", place), axis_id("y", place)
        left = (place - 1) * (width + GAP)
        data.append(_cells(record, panel, palette) | {"xaxis": x, "yaxis": y})
        notes.append(_heading(panel, x, y, palette))
        if record.here:
            shapes.append(_frame(record.here, x, y, palette))
        layout[f"xaxis{place}"] = {
            "domain": [round(left, 6), round(min(left + width, 1), 6)], "anchor": y,
            "title": {"text": record.x_title}, "tickvals": list(range(len(record.columns))),
            "ticktext": record.columns, "range": [-0.5, len(record.columns) - 0.5],
        }  # fmt: skip
        layout[f"yaxis{place}"] = {
            "anchor": x, "title": {"text": record.y_title if place == 1 else ""},
            "tickvals": list(range(len(record.rows))), "ticktext": record.rows, "showgrid": False,
            "range": [-0.5, len(record.rows) - 0.5],
        }  # fmt: skip
    return build_figure(data, layout | {"annotations": notes, "shapes": shapes}, palette)


def _cells(record: HeatFigure, panel: HeatPanel, palette: Palette) -> dict[str, Any]:
    sign = "+" if record.below else ""
    return {
        "type": "heatmap",
        "z": panel.values,
        "zmin": record.span[0],
        "zmax": record.span[1],
        "colorscale": _scale(record),
        "showscale": bool(record.below) and panel is record.panels[-1],
        "colorbar": {"thickness": 9, "outlinewidth": 0, "x": 1.0, "xpad": 8, "tickformat": "+.2~f",
                     "tickfont": {"size": 10.5, "color": palette.muted}},
        "xgap": 2,
        "ygap": 2,
        "texttemplate": f"%{{z:{sign}.2f}}",
        "textfont": {"size": 11.5, "color": palette.ink},
        "hovertemplate": f"{record.y_title} %{{y}}, {record.x_title} %{{x}}: %{{z:{sign}.3f}}"
        "<extra></extra>",
    }  # fmt: skip


def _scale(record: HeatFigure) -> list[list[Any]]:
    """Run from pale to the colour, or from one colour through none to the other."""
    end = [1, faded(record.color, DEEPEST)]
    if not record.below:
        return [[0, faded(record.color, 0.03)], end]
    middle = [[0.5, faded(color, 0.0)] for color in (record.below, record.color)]
    return [[0, faded(record.below, DEEPEST)], *middle, end]


def _frame(here: tuple[float, float], x: str, y: str, palette: Palette) -> dict[str, Any]:
    column, row = here
    return {"type": "rect", "xref": x, "yref": y, "x0": column - 0.48, "x1": column + 0.48,
            "y0": row - 0.46, "y1": row + 0.46,
            "line": {"color": palette.ink, "width": 1.6}}  # fmt: skip


def _heading(panel: HeatPanel, x: str, y: str, palette: Palette) -> dict[str, Any]:
    remark = f"<span style='color:{palette.muted};font-size:11px'>  {panel.remark}</span>"
    return {"xref": f"{x} domain", "yref": f"{y} domain", "x": 0, "y": 1, "xanchor": "left",
            "yanchor": "bottom", "yshift": 5, "text": f"<b>{panel.title}</b>{remark}",
            "font": {"size": 12.5, "color": palette.ink}}  # fmt: skip
