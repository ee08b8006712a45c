"""The exact curves of cosine and squared error, and where each loss pulls."""

import streamlit as st

from core.cosine_point import Point
from core.figures.cosine_curves import summarise_identity
from core.figures.cosine_plane import draw_fields, summarise_fields
from core.figures.cosine_surface import draw_surface, summarise_surface
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.identities import grade, note_line
from pages.ui.charts import show_chart
from pages.ui.cosine.controls import draw_point
from pages.ui.page import Metric, heading, metrics_row

HEIGHT, FIELD_HEIGHT = 318, 400
HOLDS_WITHIN = 0.02
NOTHING = "–"


def show_curves(palette: Palette) -> None:
    """What both losses see of the prediction of the sidebar, and where they pull it."""
    point = draw_point()
    _show_metrics(point)
    _show_main(palette, point)
    _show_gradients(palette, point)


def _show_metrics(point: Point) -> None:
    """Show the cosine with its grade, the squared error, and how far the note's line is off."""
    cos, ratio = point.noisy
    is_known = ratio > 0  # zero has no direction
    graded = f"{grade(1 - cos).name} by the note" if is_known else "a zero prediction has none"
    graded += "; with noise" if is_known and point.noise else ""
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


def _show_main(palette: Palette, point: Point) -> None:
    """Draw the squared error over the cosine, and over cosine and norm ratio."""
    left, right = st.columns([1.42, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        noise = "; points: draws with the noise" if point.noise else ""
        heading("Squared error against cosine", f"the note's grades along the top{noise}")
        show_chart(
            draw_curves(summarise_identity(point), palette, height=HEIGHT),
            key="identity",
            alt="Squared error over cosine at the chosen norm ratio, beside the note's 2(1 − cos).",
        )
    with right, st.container(gap="xxsmall"):
        heading("… and against the norm ratio", "lines of equal squared error")
        show_chart(
            draw_surface(summarise_surface(point), palette, height=HEIGHT),
            key="surface",
            alt="Lines of equal squared error over cosine and norm ratio, and where it equals "
            "2(1 − cos): at norm ratio 1 and at 2 cos − 1.",
        )


def _show_gradients(palette: Palette, point: Point) -> None:
    """Where each loss pulls a prediction in the plane of target and prediction."""
    heading(
        "Where the losses pull",
        "downhill, arrow lengths by the square root; the dot is the prediction of the sidebar",
    )
    fields = summarise_fields(point)
    show_chart(
        draw_fields(fields, palette, height=FIELD_HEIGHT),
        key="fields",
        alt="Downhill directions of the cosine loss and of the squared error around one target.",
    )
    cosine, squared = fields
    st.markdown(
        f":gray[:small[Longest arrow: {cosine.longest:.3g} of the cosine loss, "
        f"{squared.longest:.3g} of the squared error, per unit of the prediction. The cosine's "
        "pull stands at a right angle to the prediction everywhere.]]"
    )
