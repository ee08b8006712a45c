"""Predicted peaks up, observed peaks down, their ppm errors below, one pair magnified."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.theme import Palette, build_figure, faded, row_domains

WIDE, NARROW = (0.0, 0.713), (0.768, 1.0)  # the columns of the plot
Trace = dict[str, Any]
LABEL_DISTANCE_MZ = 24.0  # closer labels would overlap at the width of the page


@dataclass(frozen=True)
class Magnified:
    """One predicted peak and its surroundings: closed form as curve, grid as bins."""

    title: str
    mz: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray
    bin_mz: np.ndarray
    bin_height: np.ndarray
    bin_da: float


@dataclass(frozen=True)
class MirrorPlot:
    """Everything of the mirror plot as plain values.

    Args:
        series: Names of the predicted classes, the quieter first ("b", "y").
        predicted_mz: Positions of the predicted peaks.
        predicted_series: Index into `series` for each predicted peak.
        predicted_label: Name of each predicted peak.
        error_ppm: Observed minus predicted, in ppm; NaN where nothing matched.
        observed_mz: Positions of the observed peaks.
        observed_intensity: Heights, base peak 1.
        observed_matched: Whether a predicted peak explains it.
        matched_intensity: Height of the partner of each predicted peak; NaN without one.
        sigma_da: Width of the drawn Gaussians.
        tolerance_ppm: Half height of the ppm row.
        magnified: The pair at the right; None where nothing is predicted.
    """

    series: tuple[str, ...]
    predicted_mz: np.ndarray
    predicted_series: np.ndarray
    predicted_label: tuple[str, ...]
    error_ppm: np.ndarray
    observed_mz: np.ndarray
    observed_intensity: np.ndarray
    observed_matched: np.ndarray
    matched_intensity: np.ndarray
    sigma_da: float
    tolerance_ppm: float
    magnified: Magnified | None

    @property
    def found(self) -> np.ndarray:
        """Whether each predicted peak has a partner within the tolerance."""
        return np.isfinite(self.error_ppm)


def peak_outline(
    mz: np.ndarray, height: np.ndarray, sigma_da: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give one polyline for all peaks: 13 samples over four sigma to each side, then a gap.

    Example:
        >>> x, y = peak_outline(np.array([100.0]), np.array([0.5]), 0.1)
        >>> len(x), float(y[6])
        (14, 0.5)
    """
    u = np.linspace(-4.0, 4.0, 13)
    x = np.column_stack([mz[:, None] + u * sigma_da, np.full(len(mz), np.nan)])
    y = np.column_stack([height[:, None] * np.exp(-(u**2) / 2), np.full(len(mz), np.nan)])
    return x.ravel(), y.ravel()


def visible_labels(
    mz: np.ndarray, labels: list[str], priority: np.ndarray
) -> list[tuple[float, str]]:
    """Choose labels that do not overlap, the most intense first."""
    chosen: list[tuple[float, str]] = []
    for i in np.argsort(-priority, kind="stable"):
        if all(abs(mz[i] - other) >= LABEL_DISTANCE_MZ for other, _ in chosen):
            chosen.append((float(mz[i]), labels[i]))
    return sorted(chosen)


def draw_mirror(record: MirrorPlot, palette: Palette, *, height: int = 300) -> go.Figure:
    """Draw the mirror plot at a height in pixels."""
    data = [*_predicted(record, palette), *_observed(record, palette), *_tips(record)]
    data += _errors(record, palette)
    notes = [] if record.found.any() else [_no_match(record)]
    if record.magnified is not None:
        data += _magnified(record.magnified, palette)
        notes += _magnified_notes(record.magnified)
    layout = {
        "height": height,
        "hovermode": "closest",
        "uirevision": "mirror",
        "margin": {"l": 52, "r": 8, "t": 28, "b": 36},
        "legend": {"x": 0.04},
        "bargap": 0,
        "annotations": notes,
        "shapes": list(_rules(record, palette)),
        **_axes(record),
    }
    return build_figure(data, layout, palette)


def _series_color(index: int, palette: Palette) -> str:
    return (palette.first_series, palette.second_series)[index % 2]


def _predicted(record: MirrorPlot, palette: Palette) -> Iterator[Trace]:
    ones = np.ones(len(record.predicted_mz))
    for i, name in enumerate(record.series):
        chosen = record.found & (record.predicted_series == i)
        color = _series_color(i, palette)
        yield from _outline(
            f"{name}, found", record.predicted_mz[chosen], ones[chosen], record, color
        )
        yield from _names(record, chosen, color)
    lost = ~record.found
    faint = faded(palette.second_series, palette.faint_alpha)
    yield from _outline(
        "predicted, not found", record.predicted_mz[lost], ones[lost], record, faint
    )


def _observed(record: MirrorPlot, palette: Palette) -> Iterator[Trace]:
    for name, chosen, color in (
        ("observed, unexplained", ~record.observed_matched, palette.ghost),
        ("observed, matched", record.observed_matched, palette.ink),
    ):
        heights = -record.observed_intensity[chosen]
        yield from _outline(name, record.observed_mz[chosen], heights, record, color)


def _outline(
    name: str, mz: np.ndarray, height: np.ndarray, record: MirrorPlot, color: str
) -> Iterator[Trace]:
    if not len(mz):
        return
    x, y = peak_outline(mz, height, record.sigma_da)
    yield {
        "type": "scatter",
        "x": x,
        "y": y,
        "name": name,
        "mode": "lines",
        "line": {"color": color, "width": 2.2},
        "hoverinfo": "skip",
    }


def _names(record: MirrorPlot, chosen: np.ndarray, color: str) -> Iterator[Trace]:
    """Name matched ions above their peaks; a name that would overlap a stronger one is dropped."""
    found = np.flatnonzero(record.found)
    labels = [record.predicted_label[i] for i in found]
    shown = visible_labels(record.predicted_mz[found], labels, record.matched_intensity[found])
    mine = {record.predicted_label[i] for i in np.flatnonzero(chosen)}
    pairs = [(mz, label) for mz, label in shown if label in mine]
    if pairs:
        mz, text = zip(*pairs, strict=True)
        yield {
            "type": "scatter",
            "x": mz,
            "y": [1.0] * len(mz),
            "text": text,
            "mode": "text",
            "textposition": "top center",
            "textfont": {"size": 11, "color": color},
            "hoverinfo": "skip",
            "showlegend": False,
        }


def _tips(record: MirrorPlot) -> Iterator[Trace]:
    """Lay invisible markers over the tips: lines of 13 samples are too thin to hover."""
    texts = [*record.predicted_label, *(f"observed, {i:.3f}" for i in record.observed_intensity)]
    yield {
        "type": "scatter",
        "x": np.concatenate([record.predicted_mz, record.observed_mz]),
        "y": np.concatenate([np.ones(len(record.predicted_mz)), -record.observed_intensity]),
        "text": texts,
        "mode": "markers",
        "marker": {"size": 9, "opacity": 0},
        "name": "peaks",
        "showlegend": False,
        "hovertemplate": "%{text}<br>m/z %{x:.4f}<extra></extra>",
    }


def _no_match(record: MirrorPlot) -> dict[str, Any]:
    return {
        "text": f"No predicted peak lies within {record.tolerance_ppm:g} ppm of an observed one. "
        "Widen the tolerance, bring the offset back to 0, or try another peptide.",
        "xref": "x3 domain",
        "yref": "y3 domain",
        "x": 0.5,
        "y": 0.5,
    }


def _errors(record: MirrorPlot, palette: Palette) -> Iterator[Trace]:
    found = record.found
    if not found.any():
        # Without a trace plotly would not draw the row, nor the advice that stands in it.
        yield {"type": "scatter", "x": [0.0], "y": [None], "xaxis": "x3", "yaxis": "y3",
               "name": "no match", "showlegend": False}  # fmt: skip
        return
    series = record.predicted_series[found].tolist()
    yield {
        "type": "scatter",
        "x": record.predicted_mz[found],
        "y": record.error_ppm[found],
        "xaxis": "x3",
        "yaxis": "y3",
        "mode": "markers",
        "text": [record.predicted_label[i] for i in np.flatnonzero(found)],
        "marker": {
            "color": [_series_color(i, palette) for i in series],
            "size": 4 + 7 * np.sqrt(record.matched_intensity[found]),
            "opacity": 1,
            "line": {"width": 0},
        },
        "showlegend": False,
        "name": "error",
        "hovertemplate": "%{text}<br>%{y:.2f} ppm<extra></extra>",
    }


def _magnified(part: Magnified, palette: Palette) -> Iterator[Trace]:
    green = palette.second_series
    yield {
        "type": "bar",
        "x": part.bin_mz,
        "y": part.bin_height,
        "xaxis": "x2",
        "yaxis": "y2",
        "width": part.bin_da,
        "marker": {"color": faded(green, 0.22), "line": {"color": faded(green, 0.5), "width": 1}},
        "showlegend": False,
        "name": f"grid, {part.bin_da:g} Da",
        "hovertemplate": "%{x:.3f}: %{y:.3f}",
    }
    for y, color, name in (
        (part.predicted, green, "predicted"),
        (-part.observed, palette.ink, "observed"),
    ):
        yield {
            "type": "scatter",
            "x": part.mz,
            "y": y,
            "xaxis": "x2",
            "yaxis": "y2",
            "mode": "lines",
            "name": name,
            "showlegend": False,
            "line": {"color": color, "width": 2.2},
            "fill": "tozeroy" if name == "observed" else "none",
            "fillcolor": palette.band,
            "hovertemplate": "%{x:.3f}: %{y:.3f}",
        }


def _magnified_notes(part: Magnified) -> Iterator[dict[str, Any]]:
    for text, y in (("predicted", 0.16), ("observed", -0.16)):
        left = {"x": 0.03, "xref": "x2 domain", "xanchor": "left"}
        yield {"text": text, "y": y, "yref": "y2", **left}
    bins = f"bins {part.bin_da:g} Da" + ("" if len(part.bin_mz) else ", too fine to draw")
    yield {
        "text": f"<b>{part.title}</b> magnified, {bins}",
        "x": 0,
        "xref": "x2 domain",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 6,
        "font": {"size": 11},
    }


def _rules(record: MirrorPlot, palette: Palette) -> Iterator[dict[str, Any]]:
    zero = {"type": "line", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    for x, y in (("x", "y"), ("x2", "y2")):
        line = {"color": palette.axis, "width": 1}
        yield {**zero, "xref": f"{x} domain", "yref": y, "line": line}
    if record.found.any():
        median = float(np.median(record.error_ppm[record.found]))
        line = {"color": palette.second_series, "width": 1, "dash": "2px,2px"}
        at = {"y0": median, "y1": median, "xref": "x3 domain", "yref": "y3"}
        yield {**zero, **at, "line": line}


def _axes(record: MirrorPlot) -> dict[str, Any]:
    upper, lower = row_domains([0.76, 0.24], 0.075)
    reach = record.tolerance_ppm * 1.1
    every = np.concatenate([record.predicted_mz, record.observed_mz])
    low, high = (every.min(), every.max()) if len(every) else (0.0, 1.0)
    room = max(0.03 * (high - low), 4 * record.sigma_da)
    across = {"domain": WIDE, "range": [low - room, high + room]}
    return {
        "xaxis": {**across, "anchor": "y", "matches": "x3", "showticklabels": False,
                  "ticks": ""},
        "yaxis": {"domain": upper, "anchor": "x", "title": {"text": "relative intensity"},
                  "range": [-1.12, 1.2], "tickvals": [-1, -0.5, 0, 0.5, 1],
                  "ticktext": ["1", "0.5", "0", "0.5", "1"]},
        "xaxis2": {"domain": NARROW, "anchor": "y2", "title": {"text": "m/z"}, "nticks": 3},
        "yaxis2": {"domain": [0, 1], "anchor": "x2", "range": [-1.12, 1.12],
                   "tickvals": [-1, 0, 1], "ticktext": ["1", "0", "1"]},
        "xaxis3": {**across, "anchor": "y3", "title": {"text": "m/z"}},
        "yaxis3": {"domain": lower, "anchor": "x3", "title": {"text": "ppm"},
                   "range": [-reach, reach], "nticks": 4},
    }  # fmt: skip
