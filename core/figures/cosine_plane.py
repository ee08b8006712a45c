"""Where the losses pull a prediction, in the plane of prediction and target."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.cosine_point import Point
from core.figures.theme import Palette, axis_id, build_figure, term_color
from core.identities import cosine_gradient, squared_error_gradient

ARROWS = 11  # on a side
REACH = 1.5  # of the plane, in norms of the target
SHORTEST = 0.12  # of the longest arrow: lengths go by the square root, or most could not be seen
ROUNDING = 1e-9  # of the longest: below it a length is what rounding left


@dataclass(frozen=True, eq=False)
class Field:
    """Where a loss pulls a prediction, beside a target at (1, 0).

    Args:
        title: Heading.
        remark: Beside the heading.
        color: Of the arrows.
        start: Where each arrow begins, in norms of the target.
        step: Where it points, drawn length.
        longest: Largest length of a gradient, in its own units.
        here: The prediction that is looked at.
        pull: Step of that prediction.
    """

    title: str
    remark: str
    color: str
    start: np.ndarray
    step: np.ndarray
    longest: float
    here: tuple[float, float]
    pull: tuple[float, float]


def summarise_fields(point: Point) -> tuple[Field, Field]:
    """Compute the downhill direction of both losses over the plane of the target and prediction.

    The plane is measured in norms of the target; the lengths of the gradients are those of the
    true vectors.
    """
    side = np.linspace(-REACH, REACH, ARROWS)
    start = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    start = start[np.linalg.norm(start, axis=1) > 0.05]  # the cosine has no gradient at 0
    cos, ratio = point.cos, point.norm_ratio
    here = (ratio * cos, ratio * sqrt(max(1 - cos**2, 0.0)))
    target = np.array([point.target_norm, 0.0])

    def pull(of: np.ndarray, kind: str) -> np.ndarray:
        if kind == "cosine":
            return -cosine_gradient(of * point.target_norm, target)
        return -squared_error_gradient(
            of * point.target_norm, target, dimension=point.dimension, reduction=point.reduction
        )

    named = {
        "cosine": ("1 − cosine", "turns, never stretches; falls as 1/|p|"),
        "mse": ("squared error", "straight to the target: turns and stretches"),
    }
    first, second = (_field(*named[kind], kind, start, here, pull) for kind in named)
    return first, second


def _field(
    title: str, remark: str, kind: str, start: np.ndarray, here: tuple[float, float], pull: Any
) -> Field:
    steps = pull(start, kind)
    length = np.linalg.norm(steps, axis=1)
    longest = float(length.max())
    cell = 2 * REACH / (ARROWS - 1)
    own = pull(np.array([here]), kind)[0]
    return Field(
        title,
        remark,
        term_color(kind),
        start,
        0.95 * cell * _shown(steps, longest),
        longest,
        here,
        tuple((2.2 * cell * _shown(own[None], longest))[0].tolist()),
    )


def _shown(steps: np.ndarray, longest: float) -> np.ndarray:
    """Scale arrows so that short ones can still be seen; none where there is no pull."""
    length = np.linalg.norm(steps, axis=1, keepdims=True)
    drawn = np.maximum(np.sqrt(length / longest), SHORTEST)
    is_pull = length > ROUNDING * longest
    return np.divide(steps, length, out=np.zeros_like(steps), where=is_pull) * drawn


def draw_fields(records: tuple[Field, ...], palette: Palette, *, height: int) -> go.Figure:
    """Draw each field in a square of its own, the target as a ring, the prediction as a dot."""
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": height, "hovermode": "closest", "uirevision": "fields"}
    width = 1 / len(records)
    notes = []
    for place, field in enumerate(records, start=1):
        axes = {"xaxis": axis_id("x", place), "yaxis": axis_id("y", place)}
        data += [{**trace, **axes, "showlegend": False} for trace in _arrows(field, palette)]
        ends = [round((place - 1) * width + 0.02, 6), round(place * width - 0.04, 6)]
        layout[f"xaxis{place}"] = {
            "domain": ends, "anchor": axes["yaxis"], "range": [-REACH * 1.1, REACH * 1.1],
            "constrain": "domain", "constraintoward": "left",
            "title": {"text": "along the target, |t|"},
        }  # fmt: skip
        layout[f"yaxis{place}"] = {
            "anchor": axes["xaxis"], "range": [-REACH * 1.1, REACH * 1.1], "showgrid": False,
            "scaleanchor": axes["xaxis"], "constrain": "domain",
            "title": {"text": "across it, |t|" if place == 1 else ""},
        }  # fmt: skip
        muted = f"<span style='color:{palette.muted};font-size:11px'>  {field.remark}</span>"
        notes.append(
            {"xref": "paper", "yref": "paper", "x": ends[0], "y": 1, "xanchor": "left",
             "yanchor": "bottom", "yshift": 5, "text": f"<b>{field.title}</b>{muted}",
             "font": {"size": 12.5, "color": palette.ink}}
        )  # fmt: skip
    return build_figure(data, layout | {"annotations": notes}, palette)


def _arrows(field: Field, palette: Palette) -> list[dict[str, Any]]:
    """One line through all arrows, with a gap after each; its markers are the heads."""

    def line(start: np.ndarray, step: np.ndarray, color: str, width: float) -> dict[str, Any]:
        moves = step.any(axis=1)  # an arrow without a length still has a head
        start, step = start[moves], step[moves]
        gap = np.full(len(start), np.nan)
        x, y = (
            np.stack([start[:, k], start[:, k] + step[:, k], gap], axis=1).ravel() for k in (0, 1)
        )
        sizes = np.tile([0.0, 5 + 1.5 * width, 0.0], len(start))
        return {
            "type": "scatter", "x": x, "y": y, "mode": "lines+markers", "hoverinfo": "skip",
            "line": {"color": color, "width": width},
            "marker": {"symbol": "arrow", "angleref": "previous", "size": sizes, "opacity": 1,
                       "color": color, "line": {"width": 0}},
        }  # fmt: skip

    ring = {
        "type": "scatter", "x": [1.0], "y": [0.0], "mode": "markers+text", "text": ["target"],
        "textposition": "bottom center", "textfont": {"size": 10.5, "color": palette.muted},
        "marker": {"symbol": "circle-open", "size": 12, "color": palette.ink, "opacity": 1},
        "hoverinfo": "skip",
    }  # fmt: skip
    own = line(np.array([field.here]), np.array([field.pull]), palette.ink, 3.0)
    return [
        line(field.start, field.step, field.color, 2.2),
        ring,
        own,
        draw_dot(field.here, palette),
    ]


def draw_dot(at: tuple[float, float], palette: Palette) -> dict[str, Any]:
    """Mark the prediction that is looked at."""
    return {
        "type": "scatter",
        "x": [at[0]],
        "y": [at[1]],
        "mode": "markers",
        "marker": {"size": 10, "color": palette.ink, "opacity": 1,
                   "line": {"width": 1.5, "color": palette.background}},
        "showlegend": False,
        "hovertemplate": "here: %{x:.2f}, %{y:.2f}<extra></extra>",
    }  # fmt: skip
