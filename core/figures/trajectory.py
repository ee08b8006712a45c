"""How far runs came by epoch, against the similarity that the note expects."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np

from core.figures.curves import Curve, CurveFigure, Panel, Rule, Style
from core.figures.run_views import BESIDE_COLORS, LINE_DASHES
from core.history import History, epoch_steps
from core.identities import GRADES, TRAJECTORY

SIMILARITY = "val/avg_cosine_similarity"


def summarise_trajectory(runs: Sequence[tuple[str, str, History]]) -> CurveFigure:
    """Collect the similarity that the note expects by epoch, and what runs reached.

    Does not draw a run whose epochs are not known, nor one that was never evaluated.

    Args:
        runs: Name, colour (empty where any will do) and history of each.
    """
    shown = [(*run, epoch_steps(run[2])) for run in runs]
    shown = [run for run in shown if run[3] and SIMILARITY in run[2].series]
    styles = distinct_styles([color for _, color, _, _ in shown])
    curves = [_expected()]
    for (name, _, history, steps), (color, dash) in zip(shown, styles, strict=True):
        series = history.series[SIMILARITY]
        kept = series.step > 0  # before training there is no epoch, and no logarithm
        curves.append(Curve(name, series.step[kept] / steps, series.value[kept], color, dash))
    reached = np.concatenate([curve.y for curve in curves])
    panel = Panel(
        "cosine similarity",
        tuple(curves),
        y_range=(min(-0.05, float(reached[np.isfinite(reached)].min())), 1.0),
        rules=tuple(Rule(1 - grade.high, "y", grade.name, outside=True) for grade in GRADES[:3]),
    )
    last = max(float(curve.x.max()) for curve in curves if len(curve.x))
    first = min(float(curve.x.min()) for curve in curves if len(curve.x))
    return CurveFigure(
        "trajectory",
        "epoch",
        (panel,),
        x_log=True,
        x_range=(0.9 * first, 1.2 * last),
        x_ticks=tuple((tick, f"{tick:,g}") for tick in _ticks(first, last)),
    )


def _ticks(first: float, last: float) -> list[float]:
    """Give 1 and 3 of each decade.

    Example:
        >>> _ticks(0.2, 30.0)
        [0.3, 1.0, 3.0, 10.0, 30.0]
    """
    decades = range(int(np.floor(np.log10(first))), int(np.log10(last)) + 1)
    ticks = [float(f"{digit}e{power}") for power in decades for digit in (1, 3)]
    return [tick for tick in ticks if first <= tick <= last]


def _expected() -> Curve:
    return Curve(
        "the note expects",
        np.array([float(stone.epoch) for stone in TRAJECTORY]),
        np.array([stone.cos for stone in TRAJECTORY]),
        "muted",
        "dash",
        labels=tuple(f"{stone.cos:g}" for stone in TRAJECTORY),
        width=1.5,
    )


def distinct_styles(wished: Sequence[str]) -> list[Style]:
    """Give each run a colour and a dash that no other has, up to thirty runs.

    Runs that wish for one colour differ by their dash. Where more than three do, dashes do not
    suffice: then all are coloured one by one.

    Args:
        wished: Colour of each run, that of its loss; empty where any will do.

    Example:
        >>> distinct_styles(["#56B4E9", "#56B4E9", ""])
        [('#56B4E9', 'solid'), ('#56B4E9', 'dash'), ('#0072B2', 'solid')]
    """
    if any(wished.count(color) > len(LINE_DASHES) for color in wished if color):
        wished = [""] * len(wished)
    free = cycle([color for color in BESIDE_COLORS if color not in wished])
    colors = [color or next(free) for color in wished]
    return [
        (color, LINE_DASHES[colors[:place].count(color) % len(LINE_DASHES)])
        for place, color in enumerate(colors)
    ]
