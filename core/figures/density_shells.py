"""A density as pictures: one shell unrolled, and what each element leaves on all shells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from core.figures.curves import Curve, CurveFigure, Panel, Rule
from core.figures.density_atoms import ELEMENT_COLORS
from core.figures.theme import Palette, build_figure

ABOVE, BELOW = "#D55E00", "#0072B2"
LEAST: Final = 1e-6  # a density below this is 0 everywhere, and gets a plain scale
AROUND: Final = (-180.0, -90.0, 0.0, 90.0, 180.0)
DOWN: Final = (0.0, 45.0, 90.0, 135.0, 180.0)


@dataclass(frozen=True, eq=False)
class SphereFigure:
    """A function over all directions, with atoms that lie near.

    Args:
        key: Keeps the zoom.
        longitude_deg: Columns.
        polar_deg: Rows, from the top down.
        value: By row and column.
        names: Of the atoms.
        atoms: Their longitudes and polar angles (2, atoms).
        found: Longitudes and polar angles of what was found (2, places).
    """

    key: str
    longitude_deg: np.ndarray
    polar_deg: np.ndarray
    value: np.ndarray
    names: tuple[str, ...]
    atoms: np.ndarray
    found: np.ndarray


def summarise_sphere(
    longitude_deg: np.ndarray,
    polar_deg: np.ndarray,
    value: np.ndarray,
    names: Sequence[str],
    atoms: tuple[np.ndarray, np.ndarray],
    found: tuple[np.ndarray, np.ndarray],
) -> SphereFigure:
    """Collect the function of a shell with what lies near it; see `SphereFigure`."""
    return SphereFigure("shell", longitude_deg, polar_deg, value, tuple(names),
                        np.stack(atoms), np.stack(found))  # fmt: skip


def draw_sphere(record: SphereFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the map at a height in pixels: colour above 0 and below, atoms as rings."""
    reach = float(np.abs(record.value).max())
    reach = reach if reach > LEAST else 1.0
    ring = {"symbol": "circle-open", "size": 11, "color": palette.ink, "line": {"width": 1.6}}
    cross = {"symbol": "cross-thin", "size": 8, "line": {"width": 1.6, "color": palette.ink}}
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": record.longitude_deg,
            "y": record.polar_deg,
            "z": record.value,
            "zmin": -reach,
            "zmax": reach,
            "zsmooth": "best",
            "colorscale": [[0, BELOW], [0.5, palette.background], [1, ABOVE]],
            "colorbar": {"thickness": 8, "outlinewidth": 0, "nticks": 5,
                         "tickfont": {"size": 10, "color": palette.muted}},
            "hovertemplate": "φ %{x:.0f}°, θ %{y:.0f}°: %{z:.3f}<extra></extra>",
        },
        _marks(record.atoms, ring, "true atom", record.names, palette),
        _marks(record.found, cross, "recovered", (), palette),
    ]  # fmt: skip
    layout = {
        "height": height,
        "uirevision": record.key,
        "hovermode": "closest",
        "margin": {"l": 46, "r": 8, "t": 22, "b": 36},
        "xaxis": {"title": {"text": "longitude φ, °; 0: CA to C"}, "range": [-180, 180],
                  "tickvals": AROUND},
        "yaxis": {"title": {"text": "polar angle θ, °"}, "range": [180, 0], "tickvals": DOWN,
                  "showgrid": False},
    }  # fmt: skip
    return build_figure(data, layout, palette)


def _marks(
    at: np.ndarray, marker: dict[str, Any], name: str, names: Sequence[str], palette: Palette
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text" if names else "markers",
        "x": at[0],
        "y": at[1],
        "name": name,
        "marker": marker,
        "text": list(names) or None,
        "textposition": "middle right",
        "textfont": {"size": 10.5, "color": palette.ink},
        "hovertemplate": f"{name} %{{text}}: φ %{{x:.0f}}°, θ %{{y:.0f}}°<extra></extra>",
    }


def summarise_profile(
    radii: np.ndarray,
    norms: np.ndarray,
    elements: Sequence[str],
    atoms: Sequence[tuple[str, str, float]],
    shown_radius: float,
) -> CurveFigure:
    """Collect what each element leaves on the shells, with its atoms at their radii.

    Args:
        radii: Of the shells, in angstrom.
        norms: Norm of the coefficients (elements, shells).
        elements: Names of the rows.
        atoms: Element, name and radius in angstrom of each atom.
        shown_radius: Of the shell that is drawn elsewhere.
    """
    curves: list[Curve] = []
    below = -0.07 * max(float(norms.max()), 0.1)
    for element, row in zip(elements, norms, strict=True):
        own = sorted((r, name) for kind, name, r in atoms if kind == element)
        if not own and not row.any():
            continue
        curves.append(Curve(element, radii, row, ELEMENT_COLORS[element]))
        if own:
            place = np.array([r for r, _ in own])
            said = tuple(f"{name} at {r:.2f} Å" for r, name in own)
            curves.append(Curve(f"{element} atoms", place, np.full(len(own), below),
                                ELEMENT_COLORS[element], labels=("",) * len(own), width=0.0,
                                legend=False, pointer=said))  # fmt: skip
    rules = (Rule(shown_radius),)
    edge = max([float(radii.max()), *(r for _, _, r in atoms)]) + 0.3
    panel = Panel("norm of coefficients", tuple(curves), rules=rules)
    return CurveFigure("profile", "radius from CA, Å; dots: true atoms", (panel,),
                       x_range=(0.0, edge))  # fmt: skip
