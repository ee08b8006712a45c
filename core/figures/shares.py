"""Contribution percentages by stage as stacked bars, with target bands and an in/out strip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.theme import Palette, template, term_color, term_label

STRIP_SYMBOLS = {
    "inside": "circle",
    "high": "triangle-up-open",
    "low": "triangle-down-open",
    "inactive": "line-ew-open",
}
STRIP_WORDS = {
    "inside": "inside its band",
    "high": "too high",
    "low": "too low",
    "inactive": "weight 0",
}
SMALLEST_LABEL_PERCENT = 6.0
BOUNDARY_BANDS_UP_TO = 3  # ordered terms; beyond, only the strip tells


@dataclass(frozen=True)
class SharesFigure:
    """Shares of each term in each stage, as plain values.

    Args:
        stages: Names of the stages.
        terms: Names of the terms, from the bottom of the stack.
        share_percent: Shares, stages x terms.
        contribution: Weight times value, stages x terms.
        verdict: "inside", "high", "low" or "inactive" by stage and term.
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
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[1 - strip, strip], vertical_spacing=0.045
    )
    for j, term in enumerate(record.terms):
        figure.add_trace(_bars(record, j, palette), row=1, col=1)
        figure.add_trace(_strip(record, j, term), row=2, col=1)
    _draw_bands(figure, record, palette)
    _draw_strip_key(figure, palette)
    _layout(figure, record, palette, height)
    return figure


def draw_share_bars(record: SharesFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the bars alone, for a glance, at a height in pixels."""
    figure = make_subplots(rows=1, cols=1)
    for j in range(len(record.terms)):
        figure.add_trace(_bars(record, j, palette).update(text=None))
    figure.update_layout(
        template=template(palette), height=height, barmode="stack", hovermode="x unified",
        legend={"traceorder": "normal"}, uirevision="share-bars",
    )  # fmt: skip
    figure.update_yaxes(title_text="share, %", range=[0, 100])
    figure.update_xaxes(type="category", title_text="stage", ticks="")
    return figure


def _bars(record: SharesFigure, j: int, palette: Palette) -> go.Bar:
    """Numbers stand at the ends of the stack, so that they form rows; small ones are left out."""
    share = record.share_percent[:, j]
    texts = [f"{v:.0f}" if v >= SMALLEST_LABEL_PERCENT else "" for v in share]
    term = record.terms[j]
    return go.Bar(
        x=list(record.stages),
        y=share,
        name=term_label(term),
        marker={
            "color": term_color(term, record.terms),
            "line": {"color": palette.background, "width": 1},
        },
        text=texts,
        insidetextanchor="start" if j == 0 else "end",
        textposition="inside",
        textangle=0,
        textfont={"size": 11, "color": "#FFFFFF" if j == 0 else "#1B2430"},
        customdata=np.nan_to_num(record.contribution[:, j]),
        hovertemplate="%{y:.1f} % (contribution %{customdata:.3g})",
    )


def _strip(record: SharesFigure, j: int, term: str) -> go.Scatter:
    color = term_color(term, record.terms)
    verdicts = [row[j] for row in record.verdict]
    return go.Scatter(
        x=list(record.stages),
        y=[term_label(term)] * len(record.stages),
        mode="markers",
        marker={
            "symbol": [STRIP_SYMBOLS[v] for v in verdicts],
            "size": 10,
            "color": color,
            "opacity": 1,
            "line": {"width": 2, "color": color},
        },
        text=[STRIP_WORDS[v] for v in verdicts],
        name=term_label(term),
        showlegend=False,
        hovertemplate="%{text}",
    )


def _draw_bands(figure: go.Figure, record: SharesFigure, palette: Palette) -> None:
    for text, low, high in record.boundaries:
        figure.add_shape(
            type="rect", xref="x domain", yref="y", x0=0, x1=1, y0=low, y1=high, layer="above",
            fillcolor=palette.band, line={"color": palette.ink, "width": 1, "dash": "2px,2px"},
        )  # fmt: skip
        figure.add_annotation(
            text=text.replace(" ends", "<br>ends").replace(" starts", "<br>starts"),
            xref="x domain", yref="y", x=1.02, y=(low + high) / 2, xanchor="left", align="left",
            font={"size": 10.5, "color": palette.muted}, showarrow=False,
        )  # fmt: skip


def _draw_strip_key(figure: go.Figure, palette: Palette) -> None:
    figure.add_annotation(
        text="▲ too high<br>● inside<br>▼ too low<br>– weight 0",
        xref="x domain", yref="y2 domain", x=1.02, y=0.5, xanchor="left", align="left",
        font={"size": 10.5, "color": palette.muted}, showarrow=False,
    )  # fmt: skip


def _layout(figure: go.Figure, record: SharesFigure, palette: Palette, height: int) -> None:
    figure.update_layout(
        template=template(palette),
        height=height,
        barmode="stack",
        hovermode="x unified",
        uirevision="shares",
        margin={"l": 86, "r": 96, "t": 28, "b": 36},
        legend={"traceorder": "normal"},
    )
    figure.update_yaxes(
        title_text="share, %", range=[0, 100], tickvals=[0, 25, 50, 75, 100], row=1, col=1
    )
    figure.update_yaxes(
        showgrid=False, showline=False, ticks="", row=2, col=1,
        categoryorder="array", categoryarray=[term_label(term) for term in record.terms],
        range=[-0.6, len(record.terms) - 0.4],
    )  # fmt: skip
    figure.update_xaxes(
        type="category", showline=False, ticks="", categoryorder="array",
        categoryarray=list(record.stages),
    )  # fmt: skip
    figure.update_xaxes(title_text="stage", row=2, col=1)
