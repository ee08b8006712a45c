"""A residue in space: what was recovered over what is true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from core.figures.density_camera import AXES, corners, scene
from core.figures.theme import Palette, build_figure, resolve

# Carbon grey, oxygen red, nitrogen blue, sulphur yellow, as chemists have them.
ELEMENT_COLORS: Final = {"C": "muted", "N": "#0072B2", "O": "#D55E00", "S": "#E69F00"}
BAR_A: Final = 2.0
FAR_A: Final = 1.0  # from its true atom: what is nearer needs no name of its own


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
        found_bonds: Pairs of found places that belong together.
        found_remarks: What is said of each found place under the pointer.
        found_labels: Names of those that lie far from the true atom of their name; "" of others.
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
    found_bonds: tuple[tuple[int, int], ...] = ()
    found_remarks: tuple[str, ...] = ()
    found_labels: tuple[str, ...] = ()


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
    found_names: Sequence[str] = (),
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
        found_names: Of each, where it is known which atom it is: then they have bonds, too.
    """
    radius = np.sqrt((true**2).sum(axis=1)).tolist()
    remarks = tuple(
        f"{name}, {r:.2f} Å from CA; {_said(gap)}"
        for name, r, gap in zip(names, radius, distance.tolist(), strict=True)
    )
    drawn = _bonded(bonds, names)
    told = [f"{found_as} {name}" for name in found_names or found_elements]
    return AtomsFigure(key, true, tuple(names), tuple(elements), remarks, missed, drawn,
                       found, tuple(found_elements), false, _axes(true), found_as,
                       _bonded(bonds, found_names), tuple(told),
                       _far(dict(zip(names, distance.tolist(), strict=True)), found_names)
                       )  # fmt: skip


def _far(distance: Mapping[str, float], found_names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name if distance.get(name, 0.0) > FAR_A else "" for name in found_names)


def _bonded(bonds: Sequence[tuple[str, str]], names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    known = {name: place for place, name in enumerate(names)}
    return tuple((known[a], known[b]) for a, b in bonds if a in known and b in known)


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
        _bonds("true bond", record.true, record.bonds, palette.ghost),
        _bonds(f"{record.found_as} bond", record.found, record.found_bonds, palette.ink),
        _points(record.true, record.remarks, "true atom", colors, 18, opacity=palette.faint_alpha),
        _points(
            record.found[~record.false],
            [r for r, lost in zip(record.found_remarks, record.false, strict=True) if not lost],
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
    data += [_names("names", record.true, record.names, palette.muted), _bar(record, palette)]
    if any(record.found_labels):
        data.append(_names("names of what is far off", record.found, record.found_labels,
                           palette.ink))  # fmt: skip
    layout = {
        "height": height,
        "uirevision": record.key,
        "margin": {"l": 0, "r": 0, "t": 24, "b": 0},
        "scene": scene(record.true, record.axes),
    }
    return build_figure(data, layout, palette)


def _picked(record: AtomsFigure, chosen: np.ndarray) -> list[str]:
    return [e for e, take in zip(record.found_elements, chosen, strict=True) if take]


def _bonds(
    name: str, atoms: np.ndarray, bonds: Sequence[tuple[int, int]], color: str
) -> dict[str, Any]:
    """Draw all bonds as one line, broken between them."""
    ends = np.full((len(bonds), 3, 3), np.nan)
    for place, (one, other) in enumerate(bonds):
        ends[place, 0], ends[place, 1] = atoms[one], atoms[other]
    line = {"color": color, "width": 4}
    return {"type": "scatter3d", "mode": "lines", **_places(ends.reshape(-1, 3)), "line": line,
            "name": name, "showlegend": False, "hoverinfo": "skip"}  # fmt: skip


def _names(name: str, atoms: np.ndarray, labels: Sequence[str], color: str) -> dict[str, Any]:
    return {"type": "scatter3d", "mode": "text", **_places(atoms), "name": name,
            "text": ["\u00a0" * 6 + label for label in labels],
            "textposition": "middle right", "textfont": {"size": 11, "color": color},
            "showlegend": False, "hoverinfo": "skip"}  # fmt: skip


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
    low, _ = corners(record.true, record.axes)
    across, up, _ = record.axes
    start = low @ record.axes - 0.9 * up
    ends = np.stack([start, start + BAR_A * across])
    font = {"size": 11, "color": palette.muted}
    return {"type": "scatter3d", "mode": "lines+text", **_places(ends), "name": "bar",
            "showlegend": False, "line": {"color": palette.axis, "width": 3},
            "text": ["", f"\u00a0{BAR_A:g} Å"], "textposition": "middle right",
            "textfont": font, "hoverinfo": "skip"}  # fmt: skip
