"""Contribution percentages by stage as stacked bars, with target bands and an in/out strip."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import Palette, build_figure, row_domains, term_color
from core.metrics import term_label

STRIP_SYMBOLS = {
    "inside": "circle",
    "high": "triangle-up-open",
    "low": "triangle-down-open",
    "inactive": "line-ew-open",
    "free": "circle-open-dot",
}
STRIP_WORDS = {
    "inside": "inside its band",
    "high": "too high",
    "low": "too low",
    "inactive": "weight 0",
    "free": "no target",
}
SMALLEST_LABEL_PERCENT = 6.0
BOUNDARY_BANDS_UP_TO = 3  # ordered terms; beyond, only the strip tells
BESIDE = {"xref": "x domain", "x": 1.02, "xanchor": "left", "align": "left"}
STRIP_KEYS = {
    "high": "▲ too high",
    "inside": "● inside",
    "low": "▼ too low",
    "free": "⊙ no target",
    "inactive": "– weight 0",
}
STRIP_KEY = {
    "yref": "y2 domain",
    "y": 0.5,
    **BESIDE,
}


@dataclass(frozen=True)
class SharesFigure:
    """Shares of each term in each stage, as plain values.

    Args:
        stages: Names of the stages.
        terms: Names of the terms, from the bottom of the stack.
        share_percent: Shares, stages x terms.
        contribution: Weight times value, stages x terms.
        verdict: "inside", "high", "low", "inactive" or "free" (of any target) by stage and term.
        bands: Target band of each term in percent; None where it has none.
    """

    stages: tuple[str, ...]
    terms: tuple[str, ...]
    share_percent: np.ndarray
    contribution: np.ndarray
    verdict: tuple[tuple[str, ...], ...]
    bands: tuple[tuple[float, float] | None, ...]

    @property
    def boundaries(self) -> tuple[tuple[str, float, float], ...]:
        """Bands on the boundaries of a stack of three: where the first ends and the last starts.

        Example:
            >>> terms, bands = ("ce", "spectrum", "precursor"), ((60.0, 70.0), None, (10.0, 30.0))
            >>> empty = np.zeros((0, 3))
            >>> SharesFigure((), terms, empty, empty, (), bands).boundaries
            (('cross-entropy ends here', 60.0, 70.0), ('precursor starts here', 70.0, 90.0))
        """
        first, last = (self.bands[0], self.bands[-1]) if self.bands else (None, None)
        if len(self.terms) != BOUNDARY_BANDS_UP_TO or first is None or last is None:
            return ()
        return (
            (f"{term_label(self.terms[0])} ends here", *first),
            (f"{term_label(self.terms[-1])} starts here", 100.0 - last[1], 100.0 - last[0]),
        )


def summarise_shares(
    stages: Sequence[str],
    terms: Sequence[str],
    *,
    share_percent: np.ndarray,
    contribution: np.ndarray,
    verdict: Sequence[Sequence[str]],
    bands: Mapping[str, tuple[float, float]],
) -> SharesFigure:
    """Freeze the shares of every stage and term for the figure."""
    return SharesFigure(
        tuple(stages),
        tuple(terms),
        np.asarray(share_percent, dtype=float),
        np.asarray(contribution, dtype=float),
        tuple(tuple(row) for row in verdict),
        tuple(bands.get(term) for term in terms),
    )


def draw_shares(record: SharesFigure, palette: Palette, *, height: int = 538) -> go.Figure:
    """Draw bars above and the strip below, at a height in pixels."""
    strip = min(0.45, 0.06 * len(record.terms) + 0.04)
    upper, lower = row_domains([1 - strip, strip], 0.045)
    rows = range(len(record.terms))
    data = [_bars(record, j, palette) for j in rows] + [_strip(record, j) for j in rows]
    labels = [term_label(term) for term in record.terms]
    quiet = {"showgrid": False, "showline": False, "ticks": ""}
    stages = {"type": "category", "showline": False, "ticks": "", "categoryorder": "array",
              "categoryarray": record.stages}  # fmt: skip
    layout = {
        "height": height,
        "barmode": "stack",
        "hovermode": "x unified",
        "uirevision": "shares",
        "margin": {"l": 86, "r": 96, "t": 28, "b": 36},
        "legend": {"traceorder": "normal"},
        "shapes": [_band(low, high, palette) for _, low, high in record.boundaries],
        "annotations": [*_band_names(record), {**STRIP_KEY, "text": _strip_key(record)}],
        "xaxis": {**stages, "anchor": "y", "matches": "x2", "showticklabels": False},
        "yaxis": {"anchor": "x", "domain": upper, "title": {"text": "share, %"},
                  "range": [0, 100], "tickvals": [0, 25, 50, 75, 100]},
        "xaxis2": {**stages, "anchor": "y2", "title": {"text": "stage"}},
        "yaxis2": {**quiet, "anchor": "x2", "domain": lower, "type": "category",
                   "categoryorder": "array", "categoryarray": labels,
                   "range": [-0.6, len(labels) - 0.4]},
    }  # fmt: skip
    return build_figure(data, layout, palette)


def draw_share_bars(record: SharesFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the bars alone, for a glance, at a height in pixels."""
    data = [{**_bars(record, j, palette), "text": None} for j in range(len(record.terms))]
    layout = {
        "height": height,
        "barmode": "stack",
        "hovermode": "x unified",
        "uirevision": "share-bars",
        "legend": {"traceorder": "normal"},
        "xaxis": {"type": "category", "title": {"text": "stage"}, "ticks": ""},
        "yaxis": {"title": {"text": "share, %"}, "range": [0, 100]},
    }
    return build_figure(data, layout, palette)


def _bars(record: SharesFigure, j: int, palette: Palette) -> dict[str, Any]:
    """Numbers stand at the ends of the stack, so that they form rows; small ones are left out."""
    share, term = record.share_percent[:, j], record.terms[j]
    return {
        "type": "bar",
        "x": record.stages,
        "y": share,
        "name": term_label(term),
        "marker": {
            "color": term_color(term, record.terms),
            "line": {"color": palette.background, "width": 1},
        },
        "text": [f"{v:.0f}" if v >= SMALLEST_LABEL_PERCENT else "" for v in share],
        "insidetextanchor": "start" if j == 0 else "end",
        "textposition": "inside",
        "textangle": 0,
        "textfont": {"size": 11, "color": "#FFFFFF" if j == 0 else "#1B2430"},
        "customdata": np.nan_to_num(record.contribution[:, j]),
        "hovertemplate": "%{y:.1f} % (contribution %{customdata:.3g})",
    }


def _strip_key(record: SharesFigure) -> str:
    """Explain the signs; those of targets where a term has one, that of none where one has not."""
    found = {verdict for row in record.verdict for verdict in row}
    with_target = {"high", "inside", "low"}
    shown = {"inactive", *(with_target if found & with_target else ()), *(found & {"free"})}
    return "<br>".join(text for verdict, text in STRIP_KEYS.items() if verdict in shown)


def _strip(record: SharesFigure, j: int) -> dict[str, Any]:
    term = record.terms[j]
    color = term_color(term, record.terms)
    verdicts = [row[j] for row in record.verdict]
    return {
        "type": "scatter",
        "x": record.stages,
        "y": [term_label(term)] * len(record.stages),
        "xaxis": "x2",
        "yaxis": "y2",
        "mode": "markers",
        "marker": {
            "symbol": [STRIP_SYMBOLS[v] for v in verdicts],
            "size": 10,
            "color": color,
            "opacity": 1,
            "line": {"width": 2, "color": color},
        },
        "text": [STRIP_WORDS[v] for v in verdicts],
        "name": term_label(term),
        "showlegend": False,
        "hovertemplate": "%{text}",
    }


def _band(low: float, high: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x domain",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": low,
        "y1": high,
        "layer": "above",
        "fillcolor": palette.band,
        "line": {"color": palette.ink, "width": 1, "dash": "2px,2px"},
    }


def _band_names(record: SharesFigure) -> Iterator[dict[str, Any]]:
    for text, low, high in record.boundaries:
        yield {
            "text": text.replace(" ends", "<br>ends").replace(" starts", "<br>starts"),
            "yref": "y",
            "y": (low + high) / 2,
            **BESIDE,
        }
