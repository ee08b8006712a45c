"""Cosine against MSE of runs, and the band of their possible norm ratios."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np

from core.figures.curves import MAX_POINTS, Curve, CurveFigure, Mark, Panel, summarise_curves
from core.figures.norm_track import NormTrack
from core.figures.run_views import BESIDE_COLORS
from core.identities import note_line, optimal_line

NOTE_LINE, OPTIMAL_LINE = "2(1 − cos): norm ratio 1", "1 − cos²: MSE-optimal norm"
OPTIMAL_RATIO = "r = cos, MSE-optimal"
LINE_POINTS = 101
NAME_HEIGHT = 0.06  # of a panel, for one name of the legend inside
ASSUMED = "assumes mean |t|²/D = 1, which the history does not record"
LIMITS = "means over examples; blank where the roots are complex"


def summarise_track(tracks: Sequence[NormTrack], *, key: str = "norm-track") -> CurveFigure:
    """Collect MSE over cosine, a line with markers a run by epoch, beside the two limiting curves.

    Args:
        tracks: One a run; its share of epochs between the curves stands behind its name.
        key: Name of the chart.
    """
    runs = [_polyline(track, color) for track, color in _colored(tracks)]
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
        title="MSE against cosine similarity",
        remark="; ".join([_between(tracks), *_lost(tracks)]),
    )
    return _counted(
        CurveFigure(
            key,
            "cosine similarity",
            (panel,),
            x_range=(lowest - 0.02, 1.02),
            shown=max((len(curve.x) for curve in runs), default=0),
            total=max((int(track.is_known.sum()) for track in tracks), default=0),
            legend_inside=True,
        )
    )


def summarise_norm_band(tracks: Sequence[NormTrack], *, key: str = "norm-band") -> CurveFigure:
    """Collect the two possible norm ratios |p| / |t| by epoch, and the MSE-optimal r = cos.

    The roots are the edges of a band, blank where they are complex. Where the MSE is above mean
    |t|²/D the lower one is negative: the upper one stands alone, without a band.

    Args:
        tracks: One a run.
        key: Name of the chart.
    """
    curves: list[Curve] = []
    for track, color in _colored(tracks):
        curves += _band(track, color)
        name = OPTIMAL_RATIO if len(tracks) == 1 else track.name
        # Below cosine 0 the best norm is none at all.
        epoch, cosine = track.epoch.astype(float), np.maximum(track.scaled[0], 0.0)
        curves.append(
            Curve(name, epoch, cosine, color, "dot", width=1.2, gaps=True, unit=" MSE-optimal")
        )
    assumed = [ASSUMED] if any(t.target_mean_square is None for t in tracks) else []
    names = len({curve.name for curve in curves})
    highest = max([1.0, *(float(np.nanmax(c.y)) for c in curves if np.isfinite(c.y).any())])
    panel = Panel(
        "|p| / |t|",
        tuple(curves),
        y_range=(0.0, highest * (1.05 + NAME_HEIGHT * names)),
        title="Norm ratio",
        remark="; ".join([*assumed, LIMITS, *_lost(tracks)]),
    )
    counts = tracks[0].counts if tracks else "epoch"
    figure = CurveFigure(key, counts, (panel,), legend_inside=True)
    return _counted(summarise_curves(figure))


def _counted(figure: CurveFigure) -> CurveFigure:
    """Say in the heading how many points are drawn, where not all are."""
    (panel,) = figure.panels
    remark = "; ".join(filter(None, [panel.remark, figure.remark]))
    return replace(figure, panels=(replace(panel, remark=remark),))


def _colored(tracks: Sequence[NormTrack]) -> Iterator[tuple[NormTrack, str]]:
    """Give a run alone the ink, and several the colours of runs side by side."""
    colors = ("ink",) if len(tracks) == 1 else BESIDE_COLORS
    return zip(tracks, cycle(colors), strict=False)


def _polyline(track: NormTrack, color: str) -> Curve:
    """Join the epochs of a run in order; of very many only some, evenly and with both ends."""
    known = np.flatnonzero(track.is_known)
    few = np.linspace(0, len(known) - 1, min(len(known), MAX_POINTS)).astype(int)
    epoch = track.epoch[known[few]]
    cosine, mse = (values[known[few]] for values in track.scaled)
    share = track.between_percent
    name = f"{track.name}, {share:.0f} % between" if np.isfinite(share) else track.name
    told = zip(epoch.tolist(), cosine.tolist(), mse.tolist(), strict=True)
    pointer = tuple(
        f"{track.name}, {track.counts} {at:,}: cosine {c:.3f}, MSE {m:.3f}" for at, c, m in told
    )
    return Curve(name, cosine, mse, color, width=1.0, pointer=pointer)


def _ends(track: NormTrack) -> tuple[Mark, ...]:
    """Name the first and the last epoch of a run at their points."""
    known = np.flatnonzero(track.is_known)[[0, -1]] if track.is_known.any() else []
    cosine, mse = track.scaled
    return tuple(
        Mark(float(cosine[i]), float(mse[i]), f"{track.counts} {track.epoch[i]:,}") for i in known
    )


def _between(tracks: Sequence[NormTrack]) -> str:
    known = [t.between_percent for t in tracks if np.isfinite(t.between_percent)]
    if not known:
        return "no epoch has both"
    low, high = f"{min(known):.0f}", f"{max(known):.0f}"
    share = low if low == high else f"{low}–{high}"
    runs = f" of {len(known)} runs" if len(known) > 1 else ""
    return f"{share} % of the epochs{runs} lie between the curves, by means over examples"


def _lost(tracks: Sequence[NormTrack]) -> list[str]:
    count = sum(int((~track.is_known).sum()) for track in tracks)
    return [f"NaN or inf left out: {count:,}"] if count else []


def _band(track: NormTrack, color: str) -> Iterator[Curve]:
    """Give the roots piece by piece: plotly closes an area with a gap in it across the gap."""
    lower, upper = track.roots
    kind = np.isfinite(upper) + 1 * np.isfinite(lower)
    half = 0.5 * float(np.median(np.diff(track.epoch))) if len(kind) > 1 else 0.5
    for piece in np.split(np.arange(len(kind)), np.flatnonzero(np.diff(kind)) + 1):
        if not len(piece) or not kind[piece[0]]:
            continue
        # An epoch stands for the time around it, or a single one would have no width.
        x = np.pad(track.epoch[piece].astype(float), 1, mode="edge")
        x[0], x[-1] = x[0] - half, x[-1] + half
        low, high = (np.pad(root[piece], 1, mode="edge") for root in (lower, upper))
        if kind[piece[0]] == 1:
            yield Curve(track.name, x, high, color, width=1.2, unit=" the only root")
            continue
        yield Curve(track.name, x, high, color, low=low, high=high, width=1.2, unit=" upper root")
        yield Curve(track.name, x, low, color, width=1.2, unit=" lower root")
