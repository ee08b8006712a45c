"""The squared error over cosine and norm ratio, as lines of equal error.

Every line has a closed form, u (1 + r^2 - 2 r cos) = e: drawing it takes a tenth of the time that
a contour over a grid takes in a browser.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from core.cosine_point import Point
from core.figures.cosine_plane import draw_dot
from core.figures.curves import DASHES
from core.figures.theme import Palette, build_figure, term_color

UP = 81
LARGEST_RATIO = 2.0
STEP, LEVELS = 0.5, 17  # between lines, in squared errors of a zero answer; the last is the corner
LABELLED = 2  # every second line
SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Surface:
    """The squared error over the plane of cosine and norm ratio.

    Args:
        norm_ratio: Positions up.
        error: Of each line of equal error.
        cos: Where each line passes at each norm ratio; NaN where it does not.
        note_cos: Where the squared error equals the note's 2 (1 - cos); NaN where nowhere.
        holds_at_1: Whether it does so along the whole line of norm ratio 1 too.
        here: Cosine and norm ratio that are looked at.
    """

    norm_ratio: Float[np.ndarray, " up"]
    error: Float[np.ndarray, " lines"]
    cos: Float[np.ndarray, "lines up"]
    note_cos: Float[np.ndarray, " up"]
    holds_at_1: bool
    here: tuple[float, float]


def summarise_surface(point: Point) -> Surface:
    """Compute the lines of equal squared error beside one target."""
    ratio, unit = np.linspace(0, LARGEST_RATIO, UP), point.unit
    error = unit * STEP * np.arange(1, LEVELS + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        cos = (1 + ratio**2 - error[:, None] / unit) / (2 * ratio)
        note_cos = (2 - unit * (1 + ratio**2)) / (2 * (1 - unit * ratio))
    return Surface(ratio, error, _inside(cos), _inside(note_cos), abs(unit - 1) < SAME, point.noisy)


def _inside(cos: Float[np.ndarray, "*lines up"]) -> Float[np.ndarray, "*lines up"]:
    """Blank what is no cosine."""
    return np.where(np.abs(cos) <= 1 + SAME, np.clip(cos, -1, 1), np.nan)


def draw_surface(record: Surface, palette: Palette, *, height: int) -> go.Figure:
    """Draw lines of equal error, and where it equals the note's line."""
    ratio = record.norm_ratio
    data: list[dict[str, Any]] = [
        _equal_error(record),
        _labels(record),
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*record.note_cos, None, *((-1.0, 1.0) if record.holds_at_1 else ())],
            "y": [*ratio, None, *((1.0, 1.0) if record.holds_at_1 else ())],
            "line": {"color": palette.ink, "width": 2.2},
            "name": "= 2(1 − cos)",
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": [0.0, 1.0],
            "y": [0.0, 1.0],
            "mode": "lines",
            "line": {"color": palette.muted, "width": 1.6, "dash": DASHES["dot"]},
            "name": "best norm",
            "hoverinfo": "skip",
        },
        draw_dot(record.here, palette),
    ]
    layout = {
        "height": height,
        "hovermode": "closest",
        "uirevision": "surface",
        "xaxis": {"title": {"text": "cosine similarity"}, "range": [-1, 1]},
        "yaxis": {"title": {"text": "norm ratio |p| / |t|"}, "range": [0, LARGEST_RATIO]},
    }
    return build_figure(data, layout, palette)


def _equal_error(record: Surface) -> dict[str, Any]:
    """All lines of equal error as one, with a gap after each."""
    seen = np.isfinite(np.hstack([record.cos, np.zeros((len(record.error), 1))]))
    gap = np.full((len(record.error), 1), np.nan)
    up = np.broadcast_to(record.norm_ratio, record.cos.shape)
    error = np.broadcast_to(record.error[:, None], up.shape)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.hstack([record.cos, gap])[seen],
        "y": np.hstack([up, gap])[seen],
        "customdata": np.hstack([error, gap])[seen],
        "line": {"color": term_color("mse"), "width": 1.4},
        "name": "equal error",
        "hovertemplate": "cosine %{x:.2f}, norm ratio %{y:.2f}: %{customdata:.3g}<extra></extra>",
    }


def _labels(record: Surface) -> dict[str, Any]:
    """Say the error of every second line, in the middle of what is seen of it."""
    x, y, text = [], [], []
    for error, cos in zip(record.error[1::LABELLED], record.cos[1::LABELLED], strict=True):
        seen = np.flatnonzero(np.isfinite(cos) & (np.abs(cos) < 0.94))
        if len(seen):
            middle = seen[len(seen) // 2]
            x.append(cos[middle])
            y.append(record.norm_ratio[middle])
            text.append(f"{error:.3g}")
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": text,
        "textfont": {"size": 10, "color": term_color("mse")},
        "textposition": "middle right",
        "hoverinfo": "skip",
        "showlegend": False,
    }
