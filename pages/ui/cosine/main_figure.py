"""The numbers that matter and the exact curves of the cosine page."""

from dataclasses import dataclass

import streamlit as st

from core.cosine_point import Point
from core.figures.cosine_curves import summarise_identity
from core.figures.cosine_plane import draw_surface, summarise_surface
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.identities import grade, note_line
from pages.ui.charts import show_chart
from pages.ui.page import Metric, heading, metrics_row

HEIGHT = 318
HOLDS_WITHIN = 0.02
NOTHING = "–"


@dataclass(frozen=True)
class Scene:
    """What every view gets: the colours and the prediction of the sidebar."""

    palette: Palette
    point: Point


def show_metrics(point: Point) -> None:
    """Show the cosine with its grade, the squared error, and how far the note's line is off."""
    cos, ratio = point.noisy
    is_known = ratio > 0  # zero has no direction
    graded = f"{grade(1 - cos).name} by the note" if is_known else "a zero prediction has none"
    line = f"{note_line(cos):.3g}" if is_known else NOTHING
    metrics_row(
        [
            Metric("Cosine similarity", _number(cos) if is_known else NOTHING, graded,
                   "With the noise; cosine loss is 1 minus it."),
            Metric("Norm ratio", _number(ratio), f"best for MSE {_number(max(cos, 0.0))}",
                   "|p| / |t| with the noise. The squared error is least where it equals the "
                   "cosine."),
            Metric("Squared error", f"{point.error:.3g}", f"zero answer {point.unit:.3g}",
                   f"The {point.reduction} over the {point.dimension:,} numbers."),
            Metric("2(1 − cos)", line, "what the note expects",
                   "The note's line MSE ≈ 2(1 − cos): exact where both norms are √D and the "
                   "mean is taken."),
            Metric("Squared error ÷ note", _factor(point) if is_known else NOTHING,
                   _verdict(point) if is_known else "no cosine to compare by",
                   "1 where the note's line holds."),
        ]
    )  # fmt: skip


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # + 0.0: never "−0.00"


def _factor(point: Point) -> str:
    return NOTHING if point.times_note == float("inf") else f"{point.times_note:.3g}"


def _verdict(point: Point) -> str:
    """Say whether the note's line holds (at cosine 1 both may be 0), else what it lacks."""
    line = float(note_line(point.noisy[0]))
    scale = "|t|²/D" if point.reduction == "mean" else "|t|²"
    if abs(point.error - line) <= HOLDS_WITHIN * line:
        return "the line holds here"
    if abs(point.error - point.unit * line) <= HOLDS_WITHIN * point.unit * line:
        return f"off by {scale} only"
    if abs(point.unit - 1) < HOLDS_WITHIN:
        return "the norms differ"
    return f"the norms differ, {scale} is not 1"


def show_main(scene: Scene) -> None:
    """Draw the squared error over the cosine, and over cosine and norm ratio."""
    left, right = st.columns([1.42, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        noise = "; points: draws with the noise" if scene.point.noise else ""
        heading("Squared error against cosine", f"the note's grades along the top{noise}")
        show_chart(
            draw_curves(summarise_identity(scene.point), scene.palette, height=HEIGHT),
            key="identity",
            alt="Squared error over cosine at the chosen norm ratio, beside the note's 2(1 − cos).",
        )
    with right, st.container(gap="xxsmall"):
        heading("… and against the norm ratio", "lines of equal squared error")
        show_chart(
            draw_surface(summarise_surface(scene.point), scene.palette, height=HEIGHT),
            key="surface",
            alt="Lines of equal squared error over cosine and norm ratio, and where it equals "
            "2(1 − cos): at norm ratio 1 and at 2 cos − 1.",
        )
