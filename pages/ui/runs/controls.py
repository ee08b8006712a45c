"""Controls of the page runs."""

from collections.abc import Sequence

from core.figures.overlay_lines import BANDS
from core.metrics import term_label
from core.runs.compare import STATISTICS
from pages.ui.controls import Choice, Choices, Control, Number, Steps, Switch, Text

ANY = "any"
METRICS = "metrics"
MOST_METRICS = 6
X_NAMES = {
    "step": "step",
    "epoch": "epoch",
    "time": "training time, s",
    "examples": "examples",
}
X_AXIS = Choice(
    "over",
    "Horizontal axis",
    "Steps of the optimiser, epochs, training time without pauses, or examples seen. A run that "
    "does not tell the length of its epochs or its batch size is left out there, and named.",
    "step",
    tuple(X_NAMES),
    X_NAMES.__getitem__,
)
HALF_LIFE = Steps(
    "half_life",
    "Smoothing half-life, units of the axis",
    "Exponential: a value counts half as much so far back, however dense the points are; it "
    "begins anew at every stage. The raw line stays visible behind. 0 shows raw values only.",
    0,
    (0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000),
)
LOG_Y = Switch(
    "log_y",
    "Log values",
    "Logarithmic vertical axes. Smoothing then averages logarithms; values of 0 or less have no "
    "place there and are counted below the chart.",
    False,
)
LOG_X = Switch(
    "log_x",
    "Log axis",
    "A logarithmic horizontal axis; points are thinned as displayed. Position 0 has no place.",
    False,
)
BAND = Choice(
    "band",
    "Runs of one configuration",
    "Runs with the same options and other seeds: each drawn, or their mean with a band: Student's "
    "95 % interval of the mean, or from the lowest to the highest run.",
    "",
    tuple(BANDS),
    lambda name: BANDS[name],  # pyright: ignore[reportArgumentType]
)
FIRST = Number(
    "from",
    "From, units of the axis",
    "A short stretch shows every point of it, a long one the extremes. What lies before still "
    "counts in the smoothing.",
    0.0,
    format="%g",
)
LAST = Number("to", "To, units of the axis", "0 goes to the end.", 0.0, format="%g")
COMPARE: tuple[Control, ...] = (X_AXIS, HALF_LIFE, BAND, LOG_Y, LOG_X, FIRST, LAST)

FIND = Text(
    "find", "Find, text", "In names, ids, notes and tags; every word must occur.", "", "any text"
)
ARCHIVED = Switch("archived", "Show archived", "Runs that were put into the archive.", False)
STATISTIC = Choice(
    "statistic",
    "Value, statistic",
    "Of each metric: the last, lowest or highest value, the last one measured up to a step, or the "
    "median of the last few.",
    "last",
    STATISTICS,
)
AT_STEP = Number("at", "At step", "The last value measured up to this step counts.", 1_000, 100)
COUNT = Number("of_last", "Median of the last, values", "How many values count.", 5, 1)
OPTIONS = Switch(
    "options",
    "Options that differ",
    "A column for each option that is not the same in all chosen runs.",
    True,
)
SWEEP = Switch(
    "sweep",
    "Parallel coordinates",
    "The chosen runs as lines over the options that differ, coloured by the first metric. Drag "
    "along an axis to pick.",
    False,
)
TABLE: tuple[Control, ...] = (FIND, ARCHIVED, STATISTIC, AT_STEP, COUNT, OPTIONS, SWEEP)


def metrics_control(options: Sequence[str], default: Sequence[str]) -> Choices:
    """Offer what the chosen runs measure."""
    return Choices(
        METRICS,
        "Metrics",
        f"Each has a panel in Compare, at most {MOST_METRICS}, and a column in Table.",
        tuple(default),
        tuple(options),
        "none",
    )


def filter_control(key: str, label: str, options: Sequence[str]) -> Choice:
    """Offer one of the values that occur, or any."""
    return Choice(
        key, label, "Only such runs are listed.", ANY, (ANY, *options),
        lambda name: name or "none",
    )  # fmt: skip


def factor_control(term: str) -> Steps:
    """Offer a factor on every weight of a term."""
    return Steps(
        f"factor-{term}",
        f"{term_label(term).capitalize() if term != 'info_nce' else 'InfoNCE'}, times",
        "Multiplies the weight of this term in every stage of the table; 0 switches it off.",
        1,
        (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100),
    )
