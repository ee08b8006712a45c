"""Squared error against cosine: the exact curves, the note's line and grades, examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.cosine_point import Point, draw_noisy
from core.figures.curves import Curve, CurveFigure, Panel, Rule
from core.figures.norm_ratio import NOTE_LINE, OPTIMAL_LINE
from core.figures.theme import term_color
from core.identities import GRADES, note_line, optimal_line

POINTS = 201
DRAWN = 300
FAR_APART = 4.0  # from this factor between the note's line and the curve on, the axis is a log one
HEADROOM = 1.08
SAME = 0.02  # scales so near to each other are drawn as one
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
    highest = HEADROOM * max(*map(np.max, (error, note, point.unit * note)))
    curves = [
        Curve(NOTE_LINE.split(":")[0] + ", the note", cos, note, "muted", "dash", width=1.6),
        *_at_equal_norms(point, cos, note),
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
        f"squared error, {point.reduction} over {point.dimension:,}" + (", log axis" * is_far),
        tuple(curves),
        y_log=is_far,
        y_range=(FLOOR * min(point.unit, 1.0), highest) if is_far else (0.0, highest),
        rules=grade_rules(),
        top_labels=grade_labels(),
    )
    return CurveFigure("identity", "cosine similarity", (panel,), x_range=(-1.02, 1.02))


def _at_equal_norms(point: Point, cos: np.ndarray, note: np.ndarray) -> list[Curve]:
    """Draw the law at norm ratio 1 where the note's line is not it: for other target norms."""
    if abs(point.unit - 1) < SAME:
        return []
    scale = "1/D" if abs(point.unit * point.dimension - 1) < SAME else f"{point.unit:.3g}"
    name = f"2(1 − cos) × {scale}, norm ratio 1"
    return [Curve(name, cos, point.unit * note, "ink", "dash", width=1.6)]


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
