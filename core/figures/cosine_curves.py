"""Squared error against cosine: the exact curves, the note's line and grades, its trajectory."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from core.cosine_point import Point, draw_noisy
from core.figures.curves import Curve, CurveFigure, Panel, Rule
from core.figures.norm_ratio import NOTE_LINE, OPTIMAL_LINE
from core.figures.run_views import BESIDE_COLORS
from core.figures.theme import term_color
from core.history import History
from core.identities import GRADES, TRAJECTORY, note_line, optimal_line

POINTS = 201
DRAWN = 300
FAR_APART = 4.0  # from this factor between the note's line and the curve on, the axis is a log one
HEADROOM = 1.08
FLOOR = 1e-3  # of the highest value, where a log axis ends


def summarise_identity(point: Point) -> CurveFigure:
    """Collect the squared error over the cosine at a norm ratio, and the note's line beside it.

    Args:
        point: Prediction and target; with noise the draws stand around it as a cloud.
    """
    cos = np.linspace(-1, 1, POINTS)
    error = np.asarray(point.error_at(cos, point.norm_ratio))
    note = np.asarray(note_line(cos))
    is_far = not 1 / FAR_APART < point.unit < FAR_APART
    highest = HEADROOM * max(float(error.max()), float(note.max()))
    curves = [
        Curve(NOTE_LINE.split(":")[0] + ", the note", cos, note, "muted", "dash", width=1.6),
        Curve(
            "1 − cos², best norm",
            cos,
            point.unit * _least(cos),
            "muted",
            "dot",
            width=1.6,
        ),
        Curve(f"at norm ratio {point.norm_ratio:g}", cos, error, term_color("mse")),
        *_cloud(point),
        _here(point),
    ]
    panel = Panel(
        f"squared error, {point.reduction} over {point.dimension:,}",
        tuple(curves),
        y_log=is_far,
        y_range=(FLOOR * min(point.unit, 1.0), highest) if is_far else (0.0, highest),
        rules=grade_rules(),
        top_labels=grade_labels(),
    )
    return CurveFigure("identity", "cosine similarity", (panel,), x_range=(-1.02, 1.02))


def grade_rules() -> tuple[Rule, ...]:
    """Give a rule where a grade of the note ends."""
    return tuple(Rule(1 - grade.high) for grade in GRADES[:-1])


def grade_labels() -> tuple[tuple[float, str], ...]:
    """Name the grades over their cosines; the narrow ones get their first letters."""
    shown = {"excellent": "exc.", "medium": "med.", "very bad": "very bad"}
    return tuple(
        (1 - (grade.low + grade.high) / 2, shown.get(grade.name, grade.name)) for grade in GRADES
    )


def _least(cos: np.ndarray) -> np.ndarray:
    """Give the scaled squared error of the best norm; below cosine 0 that is no norm at all."""
    return np.where(cos < 0, 1.0, optimal_line(cos))


def _cloud(point: Point) -> list[Curve]:
    if not point.noise:
        return []
    cos, error = draw_noisy(point, DRAWN, seed=0)
    order = np.argsort(cos)
    return [
        Curve(
            "draws with noise",
            cos[order],
            error[order],
            term_color("cosine"),
            width=0,
            opacity=0.8,
            legend=False,
            pointer=tuple(
                f"cosine {c:.3f}, squared error {e:.3g}"
                for c, e in zip(cos[order], error[order], strict=True)
            ),
        )
    ]


def _here(point: Point) -> Curve:
    cos = point.noisy[0]
    return Curve("here", np.array([cos]), np.array([point.error]), "ink", legend=False)


def summarise_trajectory(runs: Sequence[tuple[str, str, History]]) -> CurveFigure:
    """Collect the similarity that the note expects by epoch, and what runs reached.

    Args:
        runs: Name, colour (empty: one of those of runs side by side) and history of each.
    """
    curves = [_expected()]
    free = cycle(BESIDE_COLORS)
    for name, color, history in runs:
        series = history.series.get("val/avg_cosine_similarity")
        if series is None or not len(series):
            continue
        epoch = series.step / (_epoch_steps(history) or 1)
        kept = epoch > 0
        shade = color or next(free)
        curves.append(Curve(name, epoch[kept], series.value[kept], shade))
    reached = np.concatenate([curve.y for curve in curves])
    panel = Panel(
        "cosine similarity",
        tuple(curves),
        y_range=(min(-0.05, float(reached[np.isfinite(reached)].min())), 1.0),
        rules=tuple(Rule(1 - grade.high, "y", grade.name, outside=True) for grade in GRADES[:3]),
    )
    last = max(float(curve.x.max()) for curve in curves if len(curve.x))
    decades = range(int(np.log10(last)) + 1)
    ticks = [first * 10**power for power in decades for first in (1, 3)]
    return CurveFigure(
        "trajectory",
        "epoch",
        (panel,),
        x_log=True,
        x_range=(0.9, 1.2 * last),
        x_ticks=tuple((float(tick), f"{tick:,}") for tick in ticks if tick <= last),
    )


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


def _epoch_steps(history: History) -> int:
    """Steps of an epoch of our runs: they are evaluated after each; imported ones count epochs.

    A run's own history file holds the options of the run too, and counts epochs all the same.
    """
    if history.started is None or history.started.facts.get("x axis") == "epoch":
        return 0
    every = history.started.config.get("eval_every")
    return int(every) if isinstance(every, int | float) and every else 0


@dataclass(frozen=True, eq=False)
class Examples:
    """Examples of one kind.

    Args:
        name: In the legend.
        color: Of their points.
        cos: Cosine of each.
        error: Squared error of each over that of a zero answer, |t|^2 / D.
        text: What each is called.
    """

    name: str
    color: str
    cos: np.ndarray
    error: np.ndarray
    text: tuple[str, ...]


def summarise_examples(groups: Sequence[Examples], *, key: str) -> CurveFigure:
    """Collect examples as a cloud over the exact curves.

    Args:
        groups: The last on top.
        key: Name of the chart: the zoom is kept as long as it stays the same.
    """
    cos = np.linspace(-1, 1, POINTS)
    clouds = [
        Curve(
            group.name,
            group.cos,
            group.error,
            group.color,
            width=0,
            opacity=0.8,
            pointer=tuple(
                f"{text}: cosine {c:.3f}, squared error {e:.3f}"
                for text, c, e in zip(group.text, group.cos, group.error, strict=True)
            ),
        )
        for group in groups
    ]
    shown = [group for group in groups if len(group.cos)]
    highest = max([1.5, *(float(np.percentile(group.error, 99)) for group in shown)])
    panel = Panel(
        "squared error / (|t|²/D)",
        (
            Curve(NOTE_LINE, cos, np.asarray(note_line(cos)), "muted", "dash", width=1.6),
            Curve(OPTIMAL_LINE, cos, _least(cos), "muted", "dot", width=1.6),
            *clouds,
            *(_mean(group) for group in shown),
        ),
        y_range=(0.0, HEADROOM * highest),
    )
    lowest = min([-0.1, *(float(group.cos.min()) for group in shown)])
    return CurveFigure(key, "cosine similarity", (panel,), x_range=(lowest - 0.02, 1.02))


def _mean(group: Examples) -> Curve:
    return Curve(
        f"{group.name}, mean",
        np.array([group.cos.mean()]),
        np.array([group.error.mean()]),
        "ink",
        legend=False,
    )
