"""A residue in space: what was recovered over what is true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import Palette, build_figure, resolve

# Carbon grey, oxygen red, nitrogen blue, sulphur yellow, as chemists have them.
ELEMENT_COLORS: Final = {"C": "muted", "N": "#0072B2", "O": "#D55E00", "S": "#E69F00"}
EYE: Final = 1.25
WIDE: Final = 2.3  # of the view, in units of the scene: what a residue may fill
HIGH: Final = 1.75
BAR_A: Final = 2.0
AXES: Final = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class AtomsFigure:
    """True atoms with their bonds, and places that were found.

    Args:
        key: The residue: where it changes, the camera moves.
        true: Places of the true atoms, in angstrom.
        names: Of the true atoms.
        elements: Of the true atoms.
        remarks: What is said of each under the pointer.
        missed: Which of them were not found.
        bonds: Pairs of true atoms.
        found: Places that were found.
        found_elements: Of these.
        false: Which of them are no atom.
        axes: Directions in which the true atoms spread most, less and least, as rows: across and
            up the picture, and to the camera.
        found_as: What the found ones are called.
    """

    key: str
    true: np.ndarray
    names: tuple[str, ...]
    elements: tuple[str, ...]
    remarks: tuple[str, ...]
    missed: np.ndarray
    bonds: tuple[tuple[int, int], ...]
    found: np.ndarray
    found_elements: tuple[str, ...]
    false: np.ndarray
    axes: np.ndarray
    found_as: str = "recovered"


def summarise_atoms(
    key: str,
    true: np.ndarray,
    names: Sequence[str],
    elements: Sequence[str],
    distance: np.ndarray,
    missed: np.ndarray,
    bonds: Sequence[tuple[str, str]],
    found: np.ndarray,
    found_elements: Sequence[str],
    false: np.ndarray,
    *,
    found_as: str = "recovered",
) -> AtomsFigure:
    """Collect a residue and what was found of it.

    Args:
        key: Names the residue.
        true: Places of the true atoms (atoms, 3), in angstrom.
        names: Of each.
        elements: Of each, "C", "N", "O" or "S".
        distance: From each to its partner in angstrom; NaN where it has none.
        missed: Which of them were not found.
        bonds: Pairs of names; those of which one is not there are left out.
        found: Places that were found (places, 3).
        found_elements: Of each.
        false: Which of them are no atom.
        found_as: What the found ones are called.
    """
    known = {name: place for place, name in enumerate(names)}
    radius = np.sqrt((true**2).sum(axis=1)).tolist()
    remarks = tuple(
        f"{name}, {r:.2f} Å from CA; {_said(gap)}"
        for name, r, gap in zip(names, radius, distance.tolist(), strict=True)
    )
    drawn = tuple((known[a], known[b]) for a, b in bonds if a in known and b in known)
    return AtomsFigure(key, true, tuple(names), tuple(elements), remarks, missed, drawn,
                       found, tuple(found_elements), false, _axes(true), found_as)  # fmt: skip


def _said(gap: float) -> str:
    return f"{gap:.3f} Å off" if np.isfinite(gap) else "nothing found for it"


def _axes(true: np.ndarray) -> np.ndarray:
    """Lay the residue along the picture, from CA to the right; a body is never mirrored."""
    if len(true) < 3:
        return np.eye(3)
    _, _, axes = np.linalg.svd(true - true.mean(axis=0))
    along = axes[0] * np.where((true @ axes[0]).sum() < 0, -1.0, 1.0)
    return np.stack([along, axes[1], np.cross(along, axes[1])])


def draw_atoms(record: AtomsFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the residue, to be turned by the pointer, at a height in pixels."""
    colors = [resolve(ELEMENT_COLORS[e], palette) for e in record.elements]
    data = [
        _bonds(record, palette),
        _points(record.true, record.remarks, "true atom", colors, 18, opacity=0.3),
        _points(
            record.found[~record.false],
            [f"{record.found_as} {e}" for e in _picked(record, ~record.false)],
            record.found_as,
            [resolve(ELEMENT_COLORS[e], palette) for e in _picked(record, ~record.false)],
            8,
            line={"width": 1, "color": palette.ink},
        ),
    ]
    if record.missed.any():
        remarks = [r for r, lost in zip(record.remarks, record.missed, strict=True) if lost]
        data.append(_points(record.true[record.missed], remarks, "not found", palette.ink, 10,
                            symbol="circle-open"))  # fmt: skip
    if record.false.any():
        remarks = [f"no {e} is here" for e in _picked(record, record.false)]
        data.append(_points(record.found[record.false], remarks, "no atom here",
                            palette.ink, 6, symbol="diamond"))  # fmt: skip
    data += [_names(record, palette), _bar(record, palette)]
    layout = {
        "height": height,
        "uirevision": record.key,
        "margin": {"l": 0, "r": 0, "t": 24, "b": 0},
        "scene": _scene(record),
    }
    return build_figure(data, layout, palette)


def _picked(record: AtomsFigure, chosen: np.ndarray) -> list[str]:
    return [e for e, take in zip(record.found_elements, chosen, strict=True) if take]


def _bonds(record: AtomsFigure, palette: Palette) -> dict[str, Any]:
    """Draw all bonds as one line, broken between them."""
    ends = np.full((len(record.bonds), 3, 3), np.nan)
    for place, (one, other) in enumerate(record.bonds):
        ends[place, 0], ends[place, 1] = record.true[one], record.true[other]
    line = {"color": palette.ghost, "width": 4}
    return {"type": "scatter3d", "mode": "lines", **_places(ends.reshape(-1, 3)), "line": line,
            "name": "true bond", "showlegend": False, "hoverinfo": "skip"}  # fmt: skip


def _names(record: AtomsFigure, palette: Palette) -> dict[str, Any]:
    font = {"size": 11, "color": palette.muted}
    return {"type": "scatter3d", "mode": "text", **_places(record.true), "name": "names",
            "text": ["\u00a0" * 6 + name for name in record.names],
            "textposition": "middle right", "textfont": font, "showlegend": False,
            "hoverinfo": "skip"}  # fmt: skip


def _points(
    places: np.ndarray,
    remarks: Sequence[str],
    name: str,
    color: Any,
    size: float,
    *,
    symbol: str = "circle",
    opacity: float = 1.0,
    line: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "type": "scatter3d",
        "mode": "markers",
        **_places(places),
        "name": f"{name} ({len(places)})",
        "marker": {"size": size, "color": color, "symbol": symbol, "opacity": opacity,
                   "line": line or {"width": 0}},
        "hovertext": list(remarks),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _places(places: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(AXES, places.T, strict=True))


def _bar(record: AtomsFigure, palette: Palette) -> dict[str, Any]:
    """Draw a length to compare with, below the residue at the left."""
    low, _ = _corners(record)
    across, up, _ = record.axes
    start = low @ record.axes - 0.9 * up
    ends = np.stack([start, start + BAR_A * across])
    font = {"size": 11, "color": palette.muted}
    return {"type": "scatter3d", "mode": "lines+text", **_places(ends), "name": "bar",
            "showlegend": False, "line": {"color": palette.axis, "width": 3},
            "text": ["", f"\u00a0{BAR_A:g} Å"], "textposition": "middle right",
            "textfont": font, "hoverinfo": "skip"}  # fmt: skip


def _corners(record: AtomsFigure) -> tuple[np.ndarray, np.ndarray]:
    """Give the lowest and highest coordinates of the true atoms along the axes of the picture."""
    turned = record.true @ record.axes.T
    return turned.min(axis=0), turned.max(axis=0)


def _scene(record: AtomsFigure) -> dict[str, Any]:
    """Fit the true atoms into the view; what was found far outside does not shrink them."""
    low, high = _corners(record)
    width, height, _ = np.maximum(high - low, 1.0) + 1.6
    scale = min(WIDE / width, HIGH / height)
    middle = 0.5 * (low + high) @ record.axes
    reach = max(float(np.abs(high - low).max()), 1.0) + 3.0
    axes = {
        f"{name}axis": {"visible": False, "range": [centre - reach, centre + reach]}
        for name, centre in zip(AXES, middle.tolist(), strict=True)
    }
    ratio = dict.fromkeys(AXES, 2 * reach * scale)
    eye, up = (dict(zip(AXES, axis.tolist(), strict=True)) for axis in
               (EYE * record.axes[2], record.axes[1]))  # fmt: skip
    camera = {"eye": eye, "up": up, "projection": {"type": "orthographic"}}
    return {**axes, "aspectmode": "manual", "aspectratio": ratio, "dragmode": "orbit",
            "camera": camera}  # fmt: skip
