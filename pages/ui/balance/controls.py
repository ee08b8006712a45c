"""Controls of the loss balance page."""

from collections.abc import Mapping
from typing import Any

from core.balance.shares import Band
from core.problems.peptide.balance import FORM_NAMES, PrecursorForm, default_bands
from pages.ui.controls import Choice, Control, Segments, Slider, Steps, Switch, Text

TARGETS = default_bands()
TARGET_NAMES = {"ce": "cross-entropy", "spectrum": "spectrum", "precursor": "precursor"}

RAW = Choice(
    "raw",
    "Raw values",
    "Where the unweighted losses of each stage come from. Expected errors: the note's errors "
    "through the true formula. The note's table: as the note believes them.",
    "expected",
    ("expected", "note", "table"),
    {
        "expected": "expected errors, true formula",
        "note": "the note's own table",
        "table": "my own table",
    }.__getitem__,
)
WEIGHTS = Segments(
    "weights",
    "Weights",
    "As written in the table, or solved: the smallest change that puts every active term inside "
    "its target.",
    "written",
    ("written", "solved"),
    {"written": "As written", "solved": "Solved"}.__getitem__,
)
TARGET_SLIDERS: tuple[Control, ...] = tuple(
    Slider(
        f"target_{term}",
        f"Target {TARGET_NAMES[term]}, %",
        f"Share of the total loss that the {TARGET_NAMES[term]} term should have. "
        f"The note asks for {band.low_percent:g} to {band.high_percent:g} %.",
        (band.low_percent, band.high_percent),
        0.0,
        100.0,
        1.0,
        "%.0f",
    )
    for term, band in TARGETS.items()
)
FORM: tuple[Control, ...] = (
    Choice(
        "form",
        "Precursor form",
        "How an error in ppm becomes a loss: s·log(1 + e/s) of the training note, "
        "log(1 + e/100,000) of the losses note, or the old clamp at 100 ppm.",
        "log_scaled",
        FORM_NAMES,
    ),
    Slider(
        "scale",
        "Scale s, ppm",
        "Where the log-scaled form turns from linear to logarithmic. 100 in the note.",
        100.0,
        10.0,
        2000.0,
        10.0,
        "%.0f",
    ),
)
SOLVING: tuple[Control, ...] = (
    Choice(
        "held",
        "Term held, name",
        "This term keeps its weight while the others are solved. Adam does not see a common "
        "factor, so holding one loses nothing; none lets every weight move.",
        "first",
        ("first", "none"),
        {"first": "the first term", "none": "none"}.__getitem__,
    ),
    Switch(
        "monotone",
        "Weights must not fall",
        "Solved weights may only rise from stage to stage. Where the bands do not allow it, "
        "that is said.",
        False,
    ),
    Text(
        "exempt",
        "Exempt stages, names",
        "Stages that stay as written, separated by commas. Stage 1 has one active term.",
        "1",
    ),
    Switch(
        "rows",
        "Add or remove stages",
        "Lets the table grow and shrink: tick rows to delete them, type below the last to add.",
        False,
    ),
)
DESCENT: tuple[Control, ...] = (
    Steps(
        "lr",
        "Descent, learning rate",
        "Of the simulated descent. The note's 25,000 to 20,000 ppm needs about 0.003.",
        0.01,
        (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.01, 0.03, 0.1),
    ),
    Segments(
        "optimiser",
        "Descent, optimiser",
        "Adam moves by the learning rate whatever the gradient's size; plain descent shows it.",
        "adam",
        ("adam", "sgd"),
        {"adam": "Adam", "sgd": "plain"}.__getitem__,
    ),
)


def bands_from(values: Mapping[str, Any]) -> dict[str, Band]:
    """Make the target bands from the sliders."""
    return {term: Band(*values[f"target_{term}"]) for term in TARGETS}


def form_from(values: Mapping[str, Any]) -> PrecursorForm:
    """Make the precursor form from its controls; the note's where they are not drawn."""
    if "form" not in values:
        return PrecursorForm()
    return PrecursorForm(values["form"], scale_ppm=values["scale"])
