"""The colours and the plotly template of every figure, one for light and one for dark pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import plotly.graph_objects as go

Mode = Literal["light", "dark"]

# Okabe-Ito, one colour a term everywhere; further terms take OTHER_TERMS in order.
TERM_COLORS: Mapping[str, str] = {
    "ce": "#0072B2",
    "spectrum": "#009E73",
    "precursor": "#E69F00",
    "atom": "#D55E00",
    "type": "#CC79A7",
    "cosine": "#56B4E9",
    "info_nce": "#AA4499",
    "mse": "#7A7A7A",
    "denoising": "#44AA99",
    "bond": "#999933",
}
OTHER_TERMS = ("#D55E00", "#CC79A7", "#56B4E9", "#AA4499", "#7A7A7A", "#999933", "#44AA99")

FONT = '"Source Sans", "Source Sans 3", sans-serif'
CHART_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}


@dataclass(frozen=True)
class Palette:
    """Everything of a figure that depends on the page being light or dark."""

    ink: str
    muted: str
    background: str
    grid: str
    axis: str
    ghost: str
    band: str
    hover: str
    border: str
    first_series: str
    second_series: str
    faint_alpha: float


PALETTES: Mapping[Mode, Palette] = {
    "light": Palette(
        ink="#1B2430",
        muted="#56627A",
        background="#FFFFFF",
        grid="#E9EDF2",
        axis="#B6BFCC",
        ghost="#A9B3C1",
        band="rgba(47,62,85,.10)",
        hover="#FFFFFF",
        border="#DCE1E8",
        first_series="#5CBFA3",
        second_series="#009E73",
        faint_alpha=0.34,
    ),
    "dark": Palette(
        ink="#E4E9F0",
        muted="#93A0B4",
        background="#10151C",
        grid="#1F2833",
        axis="#465265",
        ghost="#5A677B",
        band="rgba(197,208,224,.14)",
        hover="#19212B",
        border="#2B3543",
        first_series="#7FD6BD",
        second_series="#009E73",
        faint_alpha=0.55,
    ),
}


def term_color(term: str, terms: tuple[str, ...] = ()) -> str:
    """Give a term's colour: its own where the house has one, else the next unused of the list.

    Args:
        term: Name of the term.
        terms: All terms of the figure, in order; unknown ones take further colours in this order.

    Example:
        >>> term_color("spectrum")
        '#009E73'
        >>> term_color("pairwise", ("atom", "pairwise"))
        '#CC79A7'
    """
    if term in TERM_COLORS:
        return TERM_COLORS[term]
    used = {TERM_COLORS[name] for name in terms if name in TERM_COLORS}
    free = [color for color in OTHER_TERMS if color not in used]
    unknown = [name for name in terms if name not in TERM_COLORS]
    position = unknown.index(term) if term in unknown else 0
    return free[position % len(free)]


def faded(color: str, alpha: float) -> str:
    """Give a hex colour with an opacity between 0 and 1.

    Example:
        >>> faded("#009E73", 0.34)
        'rgba(0,158,115,0.34)'
    """
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


@cache
def template(palette: Palette) -> dict[str, Any]:
    """Build the plotly template: quiet axes, no chart junk, one baseline for neighbours."""
    axis = {
        "linecolor": palette.axis,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": palette.axis,
        "tickfont": {"size": 11, "color": palette.muted},
        "title": {"font": {"size": 11.5, "color": palette.muted}, "standoff": 6},
        "zeroline": False,
        "automargin": False,
    }
    layout = {
        "font": {"family": FONT, "size": 12, "color": palette.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, "showgrid": False},
        "yaxis": {**axis, "showgrid": True, "gridcolor": palette.grid, "gridwidth": 1},
        "margin": {"l": 52, "r": 16, "t": 28, "b": 36},
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "x": 0,
            "itemsizing": "constant",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 11, "color": palette.muted},
        },
        "hoverlabel": {
            "bgcolor": palette.hover,
            "bordercolor": palette.border,
            "font": {"color": palette.ink, "size": 12},
            "align": "left",
        },
        "modebar": {
            "bgcolor": palette.background,
            "color": palette.ghost,
            "activecolor": palette.muted,
        },
        "bargap": 0.22,
        "annotationdefaults": {
            "font": {"size": 10.5, "color": palette.muted},
            "showarrow": False,
        },
    }
    return {"layout": layout}


def build_figure(
    data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], palette: Palette
) -> go.Figure:
    """Build a figure from plain traces and a plain layout, checked by plotly in one go.

    Step by step (`add_trace`, `update_layout`) takes plotly ten times as long.

    Raises:
        ValueError: A property that plotly does not know.
    """
    return go.Figure({"data": list(data), "layout": {"template": template(palette), **layout}})


def row_domains(shares: Sequence[float], gap: float) -> list[tuple[float, float]]:
    """Split the height of a figure into rows, the first at the top.

    Args:
        shares: Relative heights.
        gap: Space between rows, as a fraction of the figure.

    Example:
        >>> row_domains([1.0, 1.0], 0.2)
        [(0.6, 1.0), (0.0, 0.4)]
    """
    free = 1 - gap * (len(shares) - 1)
    top, domains = 1.0, []
    for share in shares:
        bottom = max(top - free * share / sum(shares), 0.0)
        domains.append((round(bottom, 6), round(top, 6)))
        top = bottom - gap
    return domains


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
