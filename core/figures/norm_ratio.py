"""Cosine against MSE of runs, and the band of their possible norm ratios."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go

from core.figures.curves import MAX_POINTS, Curve, CurveFigure, Mark, Panel, Style, summarise_curves
from core.figures.draw_curves import draw_curves
from core.figures.norm_track import NormTrack
from core.figures.theme import Palette
from core.figures.trajectory import distinct_styles
from core.identities import note_line, optimal_line

NOTE_LINE, OPTIMAL_LINE = "2(1 − cos): norm ratio 1", "1 − cos²: MSE-optimal norm"
ROOTS, OPTIMAL_RATIO, MEASURED = "the two roots", "r = cos, MSE-optimal", "measured"
LINE_POINTS = 101
IN_A_ROW, COLUMN_GAP = 3, 0.055
LEGEND_MARGIN, TITLED_MARGIN = 28, 52  # pixels above the panels
ASSUMED = "assumes mean |t|²/D = 1, which histories do not record"
LIMITS = "means over examples; blank where the roots are complex"


def summarise_track(
    tracks: Sequence[NormTrack], colors: Sequence[str] = (), *, key: str = "norm-track"
) -> CurveFigure:
    """Collect MSE over cosine, a line with markers a run by epoch, beside the two limiting curves.

    Args:
        tracks: One a run; its share of epochs between the curves stands behind its name.
        colors: Of the runs, empty where any will do; one alone has the ink.
        key: Name of the chart.
    """
    wished = list(colors) or [""] * len(tracks)
    styles = distinct_styles(["ink"] if len(tracks) == 1 else wished)
    runs = [_polyline(track, style) for track, style in zip(tracks, styles, strict=True)]
    lowest = min([0.0, *(float(c.x.min()) for c in runs if len(c.x))])
    highest = max([2.0, *(float(c.y.max()) for c in runs if len(c.y))])
    x = np.linspace(lowest, 1.0, LINE_POINTS)
    is_scaled = any(track.target_mean_square is not None for track in tracks)
    panel = Panel(
        "MSE / (mean |t|²/D)" if is_scaled else "MSE",
        (
            Curve(NOTE_LINE, x, np.asarray(note_line(x)), "muted", "dash", width=1.6),
            Curve(OPTIMAL_LINE, x, np.asarray(optimal_line(x)), "muted", "dot", width=1.6),
            *runs,
        ),
        y_range=(0.0, 1.05 * highest),
        marks=_ends(tracks[0]) if len(tracks) == 1 else (),
    )
    return CurveFigure(
        key,
        "cosine similarity",
        (panel,),
        x_range=(lowest - 0.02, 1.02),
        shown=max((len(curve.x) for curve in runs), default=0),
        total=max((int(track.is_known.sum()) for track in tracks), default=0),
        legend_inside=True,
    )


def summarise_norm_band(tracks: Sequence[NormTrack], *, key: str = "norm-band") -> CurveFigure:
    """Collect the two possible norm ratios |p| / |t| by epoch, a panel a run over shared axes.

    The roots are the edges of a band, blank where they are complex. Where the MSE is above mean
    |t|²/D the lower one is negative: the upper one stands alone, without a band. Beside them the
    MSE-optimal r = cos, and the ratio itself where the run measured it.

    Args:
        tracks: One a run.
        key: Name of the chart.
    """
    lines = [(*_band(track), *_ratios(track)) for track in tracks]
    values = np.concatenate([np.ones(1), *(curve.y for own in lines for curve in own)])
    panels = tuple(
        Panel(
            "|p| / |t|" if place % IN_A_ROW == 0 else "",
            own,
            y_range=(0.0, 1.05 * float(values[np.isfinite(values)].max())),
            title=track.name if len(tracks) > 1 else "",
        )
        for place, (track, own) in enumerate(zip(tracks, lines, strict=True))
    )
    counts = " or ".join(dict.fromkeys(track.counts for track in tracks)) or "epoch"
    columns = max(1, min(IN_A_ROW, len(panels)))
    return summarise_curves(
        CurveFigure(key, counts, panels or (Panel("|p| / |t|", ()),), columns=columns)
    )


def draw_norm_band(record: CurveFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the panels close to one another, below a legend that is clear of their headings."""
    figure = draw_curves(record, palette, height=height)
    width = (1 - COLUMN_GAP * (record.columns - 1)) / record.columns
    columns = {}
    for place in range(len(record.panels)):
        left = place % record.columns * (width + COLUMN_GAP)
        columns[f"xaxis{place + 1}"] = {"domain": (left, min(left + width, 1.0))}
    top = TITLED_MARGIN if record.panels[0].title else LEGEND_MARGIN
    legend = {"x": 0, "xref": "paper", "xanchor": "left"}
    return figure.update_layout(margin_t=top, legend=legend, **columns)


def track_remark(tracks: Sequence[NormTrack]) -> str:
    """Say how many epochs lie between the curves, and what is not drawn."""
    known = [t.between_percent for t in tracks if np.isfinite(t.between_percent)]
    if not known:
        return "no epoch has both"
    low, high = f"{min(known):.0f}", f"{max(known):.0f}"
    share = low if low == high else f"{low}–{high}"
    runs = f" of {len(known)} runs" if len(known) > 1 else ""
    told = f"{share} % of the epochs{runs} lie between the curves, by means over examples"
    return "; ".join([told, *_lost(tracks)])


def band_remark(tracks: Sequence[NormTrack]) -> str:
    """Say what the norm ratio is taken from, and where that does not hold."""
    assumed = [ASSUMED] if any(t.target_mean_square is None for t in tracks) else []
    return "; ".join(["from cosine and MSE", *assumed, LIMITS, *_lost(tracks)])


def told_epoch(at: float) -> str:
    """Write an epoch; evaluations may stand between two.

    Example:
        >>> told_epoch(1200.0), told_epoch(0.378)
        ('1,200', '0.38')
    """
    return f"{at:,.0f}" if at == round(at) else f"{at:,.2f}"


def _polyline(track: NormTrack, style: Style) -> Curve:
    """Join the epochs of a run in order; of very many only some, evenly and with both ends."""
    known = np.flatnonzero(track.is_known)
    few = np.linspace(0, len(known) - 1, min(len(known), MAX_POINTS)).astype(int)
    epoch = track.epoch[known[few]]
    cosine, mse = (values[known[few]] for values in track.scaled)
    share = track.between_percent
    name = f"{track.name}, {share:.0f} % between" if np.isfinite(share) else track.name
    told = zip(epoch.tolist(), cosine.tolist(), mse.tolist(), strict=True)
    pointer = tuple(
        f"{track.name}, {track.counts} {told_epoch(at)}: cosine {c:.3f}, MSE {m:.3f}"
        for at, c, m in told
    )
    return Curve(name, cosine, mse, *style, width=1.0, pointer=pointer)


def _ends(track: NormTrack) -> tuple[Mark, ...]:
    """Name the first and the last epoch of a run at their points."""
    known = np.flatnonzero(track.is_known)[[0, -1]] if track.is_known.any() else []
    cosine, mse = track.scaled
    return tuple(
        Mark(float(cosine[i]), float(mse[i]), f"{track.counts} {told_epoch(float(track.epoch[i]))}")
        for i in known
    )


def _lost(tracks: Sequence[NormTrack]) -> list[str]:
    count = sum(int((~track.is_known).sum()) for track in tracks)
    return [f"NaN or inf left out: {count:,}"] if count else []


def _ratios(track: NormTrack) -> Iterator[Curve]:
    """Give the MSE-optimal ratio, and the measured one."""
    epoch = track.epoch.astype(float)
    best = np.maximum(track.scaled[0], 0.0)  # below cosine 0 the best norm is none at all
    yield Curve(OPTIMAL_RATIO, epoch, best, "muted", "dot", width=1.6, gaps=True)
    if track.measured is not None:
        yield Curve(MEASURED, epoch, track.measured, gaps=True)


def _band(track: NormTrack) -> Iterator[Curve]:
    """Give the roots piece by piece: plotly closes an area with a gap in it across the gap."""
    lower, upper = track.roots
    kind = np.isfinite(upper) + 1 * np.isfinite(lower)
    half = 0.5 * float(np.median(np.diff(track.epoch))) if len(kind) > 1 else 0.5
    root = partial(Curve, ROOTS, color="muted", width=1.2)
    for piece in np.split(np.arange(len(kind)), np.flatnonzero(np.diff(kind)) + 1):
        if not len(piece) or not kind[piece[0]]:
            continue
        # An epoch stands for the time around it, or a single one would have no width.
        x = np.pad(track.epoch[piece].astype(float), 1, mode="edge")
        x[0], x[-1] = x[0] - half, x[-1] + half
        low, high = (np.pad(root[piece], 1, mode="edge") for root in (lower, upper))
        if kind[piece[0]] == 1:
            yield root(x, high, unit=" the only root")
            continue
        yield root(x, high, low=low, high=high, unit=" upper root")
        yield root(x, low, unit=" lower root")
