"""A residue laid flat: what was recovered over what is true, seen along its flattest direction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.density_atoms import ELEMENT_COLORS, AtomsFigure
from core.figures.theme import Palette, build_figure, faded, resolve

HALO, DOT = 25.0, 9.0  # pixels
MARGIN_A = 0.9


def draw_flat(record: AtomsFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the residue as seen along the axis in which it spreads least, at a height in pixels.

    An error along that axis is not seen: the pointer says how far off each atom is.
    """
    true, found = (flatten(record, places) for places in (record.true, record.found))
    data = [
        _bonds(record, true, palette),
        *_by_element(record, true, palette),
        _points(
            found[~record.false], "recovered",
            ["recovered " + e for e in _picked(record, ~record.false)],
            {"size": DOT, "line": {"width": 1, "color": palette.ink},
             "color": _colors(_picked(record, ~record.false), palette)},
        ),
    ]  # fmt: skip
    if record.missed.any():
        remarks = [r for r, lost in zip(record.remarks, record.missed, strict=True) if lost]
        ring = {"size": HALO, "symbol": "circle-open", "color": palette.ink, "line": {"width": 1.6}}
        data.append(_points(true[record.missed], "not found", remarks, ring))
    if record.false.any():
        remarks = [f"no {e} is here" for e in _picked(record, record.false)]
        cross = {"size": 8, "symbol": "x-thin", "line": {"width": 2.2, "color": palette.ink}}
        data.append(_points(found[record.false], "no atom here", remarks, cross))
    return build_figure(data, _layout(record, np.concatenate([true, found]), height), palette)


def flatten(record: AtomsFigure, places: np.ndarray) -> np.ndarray:
    """Give places as they lie in the picture: across and up, in angstrom from CA."""
    return places @ record.axes[:2].T


def _layout(record: AtomsFigure, everything: np.ndarray, height: int) -> dict[str, Any]:
    low, high = everything.min(axis=0) - MARGIN_A, everything.max(axis=0) + MARGIN_A
    plain = {"showgrid": False, "nticks": 8}
    return {
        "height": height,
        "uirevision": record.key,
        "hovermode": "closest",
        "margin": {"l": 46, "r": 8, "t": 24, "b": 36},
        "xaxis": {**plain, "title": {"text": "along the residue, Å from CA"},
                  "range": [float(low[0]), float(high[0])]},
        "yaxis": {**plain, "title": {"text": "across, Å"}, "scaleanchor": "x",
                  "range": [float(low[1]), float(high[1])]},
    }  # fmt: skip


def _bonds(record: AtomsFigure, true: np.ndarray, palette: Palette) -> dict[str, Any]:
    """Draw all bonds as one line, broken between them."""
    ends = np.full((len(record.bonds), 3, 2), np.nan)
    for place, (one, other) in enumerate(record.bonds):
        ends[place, 0], ends[place, 1] = true[one], true[other]
    x, y = ends.reshape(-1, 2).T
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": "bond",
            "line": {"color": palette.ghost, "width": 3}, "showlegend": False,
            "hoverinfo": "skip"}  # fmt: skip


def _by_element(record: AtomsFigure, true: np.ndarray, palette: Palette) -> list[dict[str, Any]]:
    """Draw true atoms as soft discs with their names."""
    traces: list[dict[str, Any]] = []
    for element, color in ELEMENT_COLORS.items():
        own = [at for at, kind in enumerate(record.elements) if kind == element]
        if not own:
            continue
        disc = {"size": HALO, "color": faded(resolve(color, palette), 0.32), "line": {"width": 0}}
        remarks = [record.remarks[at] for at in own]
        traces.append({
            **_points(true[own], "true atom", remarks, disc),
            "showlegend": not traces,
            "mode": "markers+text",
            "text": [record.names[at] for at in own],
            "textposition": "middle right",
            "textfont": {"size": 10.5, "color": palette.muted},
            "cliponaxis": False,
        })  # fmt: skip
    return traces


def _picked(record: AtomsFigure, chosen: np.ndarray) -> list[str]:
    return [e for e, take in zip(record.found_elements, chosen, strict=True) if take]


def _colors(elements: Sequence[str], palette: Palette) -> list[str]:
    return [resolve(ELEMENT_COLORS[element], palette) for element in elements]


def _points(
    places: np.ndarray, name: str, remarks: Sequence[str], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": places[:, 0],
        "y": places[:, 1],
        "name": name,
        "marker": {**marker, "opacity": 1},
        "hovertext": list(remarks),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
