"""Predicted peaks up, observed peaks down, their ppm errors below, one pair magnified."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.theme import Palette, faded, template

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


def draw_mirror(record: MirrorPlot, palette: Palette, *, height: int = 316) -> go.Figure:
    """Draw the mirror plot at a height in pixels."""
    figure = make_subplots(
        rows=2,
        cols=2,
        column_widths=[0.755, 0.245],
        row_heights=[0.76, 0.24],
        specs=[[{}, {"rowspan": 2}], [{}, None]],
        horizontal_spacing=0.055,
        vertical_spacing=0.075,
    )
    _draw_predicted(figure, record, palette)
    _draw_observed(figure, record, palette)
    _draw_errors(figure, record, palette)
    if record.magnified is not None:
        _draw_magnified(figure, record.magnified, palette)
    _layout(figure, record, palette, height)
    return figure


def _series_color(index: int, palette: Palette) -> str:
    return (palette.first_series, palette.second_series)[index % 2]


def _draw_predicted(figure: go.Figure, record: MirrorPlot, palette: Palette) -> None:
    ones = np.ones(len(record.predicted_mz))
    classes = [
        (f"{name}, found", record.found & (record.predicted_series == i), _series_color(i, palette))
        for i, name in enumerate(record.series)
    ]
    faint = faded(palette.second_series, palette.faint_alpha)
    classes.append(("predicted, not found", ~record.found, faint))
    for name, chosen, color in classes:
        if not chosen.any():
            continue
        x, y = peak_outline(record.predicted_mz[chosen], ones[chosen], record.sigma_da)
        _outline(figure, name, x, y, color)
        labels = [record.predicted_label[i] for i in np.flatnonzero(chosen)]
        _hover(figure, record.predicted_mz[chosen], ones[chosen], labels, name)
    for i in range(len(record.series)):
        chosen = record.found & (record.predicted_series == i)
        _name_peaks(figure, record, chosen, _series_color(i, palette))


def _name_peaks(figure: go.Figure, record: MirrorPlot, chosen: np.ndarray, color: str) -> None:
    """Name matched ions above their peaks; a name that would overlap a stronger one is dropped."""
    found = np.flatnonzero(record.found)
    labels = [record.predicted_label[i] for i in found]
    shown = visible_labels(record.predicted_mz[found], labels, record.matched_intensity[found])
    mine = {record.predicted_label[i] for i in np.flatnonzero(chosen)}
    pairs = [(mz, label) for mz, label in shown if label in mine]
    if not pairs:
        return
    figure.add_trace(
        go.Scatter(
            x=[mz for mz, _ in pairs],
            y=[1.0] * len(pairs),
            text=[label for _, label in pairs],
            mode="text",
            textposition="top center",
            textfont={"size": 11, "color": color},
            hoverinfo="skip",
            showlegend=False,
        ),
        row=1,
        col=1,
    )


def _draw_observed(figure: go.Figure, record: MirrorPlot, palette: Palette) -> None:
    classes = (
        ("observed, unexplained", ~record.observed_matched, palette.ghost),
        ("observed, matched", record.observed_matched, palette.ink),
    )
    for name, chosen, color in classes:
        if not chosen.any():
            continue
        mz, intensity = record.observed_mz[chosen], record.observed_intensity[chosen]
        x, y = peak_outline(mz, -intensity, record.sigma_da)
        _outline(figure, name, x, y, color)
        _hover(figure, mz, -intensity, [f"{value:.3f}" for value in intensity], name)


def _outline(figure: go.Figure, name: str, x: np.ndarray, y: np.ndarray, color: str) -> None:
    line = {"color": color, "width": 2.2}
    trace = go.Scatter(x=x, y=y, name=name, mode="lines", line=line, hoverinfo="skip")
    figure.add_trace(trace, row=1, col=1)


def _hover(
    figure: go.Figure, mz: np.ndarray, y: np.ndarray, texts: Sequence[str], name: str
) -> None:
    """Lay invisible markers over the tips: lines of 13 samples are too thin to hover."""
    figure.add_trace(
        go.Scatter(
            x=mz,
            y=y,
            mode="markers",
            marker={"size": 9, "opacity": 0},
            text=list(texts),
            name=name,
            showlegend=False,
            hovertemplate="%{text}<br>m/z %{x:.4f}",
        ),
        row=1,
        col=1,
    )


def _draw_errors(figure: go.Figure, record: MirrorPlot, palette: Palette) -> None:
    found = record.found
    if not found.any():
        figure.add_annotation(
            text=f"No predicted peak lies within {record.tolerance_ppm:g} ppm of an observed one. "
            "Widen the tolerance, or bring the offset back to 0.",
            xref="x3 domain",
            yref="y3 domain",
            x=0.5,
            y=0.5,
            font={"size": 11, "color": palette.muted},
            showarrow=False,
        )
        return
    colors = [_series_color(i, palette) for i in record.predicted_series[found].tolist()]
    figure.add_trace(
        go.Scatter(
            x=record.predicted_mz[found],
            y=record.error_ppm[found],
            mode="markers",
            text=[record.predicted_label[i] for i in np.flatnonzero(found)],
            marker={
                "color": colors,
                "size": 4 + 7 * np.sqrt(record.matched_intensity[found]),
                "opacity": 1,
                "line": {"width": 0},
            },
            showlegend=False,
            name="error",
            hovertemplate="%{text}<br>%{y:.2f} ppm",
        ),
        row=2,
        col=1,
    )
    median = float(np.median(record.error_ppm[found]))
    line = {"color": palette.second_series, "width": 1, "dash": "2px,2px"}
    where: dict[str, Any] = {"row": 2, "col": 1}  # plotly's own types know only "all"
    figure.add_hline(y=median, line=line, **where)


def _draw_magnified(figure: go.Figure, part: Magnified, palette: Palette) -> None:
    green = palette.second_series
    bars = go.Bar(
        x=part.bin_mz,
        y=part.bin_height,
        width=part.bin_da,
        marker={"color": faded(green, 0.22), "line": {"color": faded(green, 0.5), "width": 1}},
        showlegend=False,
        name=f"grid, {part.bin_da:g} Da",
        hovertemplate="%{x:.3f}: %{y:.3f}",
    )
    figure.add_trace(bars, row=1, col=2)
    for y, color, name in (
        (part.predicted, green, "predicted"),
        (-part.observed, palette.ink, "observed"),
    ):
        figure.add_trace(
            go.Scatter(
                x=part.mz,
                y=y,
                mode="lines",
                name=name,
                showlegend=False,
                line={"color": color, "width": 2.2},
                fill="tozeroy" if name == "observed" else None,
                fillcolor=palette.band,
                hovertemplate="%{x:.3f}: %{y:.3f}",
            ),
            row=1,
            col=2,
        )
    for text, y in (("predicted", 0.16), ("observed", -0.16)):
        figure.add_annotation(
            text=text, x=0.03, xref="x2 domain", y=y, yref="y2", xanchor="left", showarrow=False,
            font={"size": 10.5, "color": palette.muted},
        )  # fmt: skip
    figure.add_annotation(
        text=f"<b>{part.title}</b> magnified, bins {part.bin_da:g} Da",
        x=0, xref="x2 domain", xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=6,
        font={"size": 11, "color": palette.muted}, showarrow=False,
    )  # fmt: skip


def _layout(figure: go.Figure, record: MirrorPlot, palette: Palette, height: int) -> None:
    figure.update_layout(
        template=template(palette),
        height=height,
        hovermode="closest",
        uirevision="mirror",
        margin={"l": 52, "r": 8, "t": 28, "b": 36},
        legend={"x": 0.04},
        bargap=0,
    )
    ticks = {"tickvals": [-1, -0.5, 0, 0.5, 1], "ticktext": ["1", "0.5", "0", "0.5", "1"]}
    figure.update_yaxes(title_text="relative intensity", range=[-1.12, 1.2], row=1, col=1, **ticks)
    figure.update_xaxes(matches="x3", showticklabels=False, ticks="", row=1, col=1)
    reach = record.tolerance_ppm * 1.1
    figure.update_yaxes(title_text="ppm", range=[-reach, reach], nticks=4, row=2, col=1)
    figure.update_xaxes(title_text="m/z", row=2, col=1)
    figure.update_yaxes(
        range=[-1.12, 1.12], tickvals=[-1, 0, 1], ticktext=["1", "0", "1"], row=1, col=2
    )
    figure.update_xaxes(title_text="m/z", nticks=3, row=1, col=2)
    line = {"color": palette.axis, "width": 1}
    for axis in ("y", "y2"):
        figure.add_shape(
            type="line", xref=f"{axis.replace('y', 'x')} domain", yref=axis, x0=0, x1=1, y0=0, y1=0,
            line=line,
        )  # fmt: skip
