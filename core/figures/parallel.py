"""Parallel coordinates: runs as lines over their options, coloured by what they reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from core.events import Plain
from core.figures.run_names import chart_text, short_names
from core.figures.theme import Palette, build_figure
from core.runs.compare import Difference, option_text

DECADES = 2.0  # an option that spans more stands on a logarithmic axis
MOST_AXES = 8
LABEL_LETTERS = 16
COLORS = ((0.0, "#0072B2"), (0.5, "#44AA99"), (1.0, "#E69F00"))


@dataclass(frozen=True, eq=False)
class ParallelAxis:
    """One upright axis.

    Args:
        title: Name of the option or metric.
        place: Height of each run on it.
        ticks: Height and text of its labels; empty where plotly's own numbers do.
    """

    title: str
    place: Float[np.ndarray, " runs"]
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class ParallelFigure:
    """The axes from the left, the metric last; which runs stand on them.

    Args:
        axes: Of the options and of the metric.
        runs: Indices of the runs that have a finite value.
        hidden: Options that found no room.
    """

    axes: tuple[ParallelAxis, ...]
    runs: tuple[int, ...]
    hidden: tuple[str, ...]


def summarise_parallel(
    options: Sequence[Difference], metric: str, values: Sequence[float]
) -> ParallelFigure:
    """Put runs on an axis for each option and one for what they reached.

    Runs without a finite value are left out. Numbers that span more than two decades stand on a
    logarithmic axis; text and absent values stand at their own heights.

    Args:
        options: Those that differ, with a value a run.
        metric: Title of the last axis.
        values: Of each run.
    """
    runs = tuple(i for i, value in enumerate(values) if isfinite(value))
    kept, hidden = options[: MOST_AXES - 1], options[MOST_AXES - 1 :]
    axes = [_axis(option.option, [option.values[i] for i in runs]) for option in kept]
    reached = ParallelAxis(metric, np.array([values[i] for i in runs], dtype=float))
    return ParallelFigure((*axes, reached), runs, tuple(option.option for option in hidden))


def _axis(title: str, values: Sequence[Plain]) -> ParallelAxis:
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < len(values) or not all(map(isfinite, numbers)):
        names = list(dict.fromkeys(map(option_text, values)))
        place = np.array([names.index(option_text(value)) for value in values], dtype=float)
        texts = short_names(names, LABEL_LETTERS) if len(names) > 1 else names
        return ParallelAxis(title, place, tuple((float(i), t) for i, t in enumerate(texts)))
    place = np.array(numbers)
    known = sorted(set(numbers))
    if known and known[0] > 0 and np.log10(known[-1] / known[0]) > DECADES:
        return ParallelAxis(title, np.log10(place), tuple((np.log10(n), f"{n:g}") for n in known))
    few = tuple((n, f"{n:g}") for n in known) if len(known) <= 6 else ()
    return ParallelAxis(title, place, few)


def draw_parallel(record: ParallelFigure, palette: Palette, *, height: int) -> go.Figure:
    """Draw the lines, at a height in pixels; dragging along an axis picks runs."""
    reached = record.axes[-1].place
    trace = {
        "type": "parcoords",
        "dimensions": [_dimension(axis) for axis in record.axes],
        "line": {
            "color": reached,
            "colorscale": [list(stop) for stop in COLORS],
            "showscale": False,
        },
        "labelfont": {"size": 11.5, "color": palette.muted},
        "tickfont": {"size": 11, "color": palette.muted},
        "rangefont": {"size": 11, "color": palette.muted},
        "unselected": {"line": {"color": palette.ghost, "opacity": 0.25}},
    }
    layout = {
        "height": height,
        "margin": {"l": 70, "r": 60, "t": 52, "b": 24},
        "uirevision": "parallel",
        "paper_bgcolor": palette.background,  # the labels throw a shadow of this colour
        "xaxis": {"title": {"text": "options, and what was reached"}, "visible": False},
    }
    return build_figure([trace], layout, palette)


def _dimension(axis: ParallelAxis) -> dict[str, object]:
    told: dict[str, object] = {"label": chart_text(axis.title), "values": axis.place}
    if axis.ticks:
        told["tickvals"] = [at for at, _ in axis.ticks]
        told["ticktext"] = [chart_text(text) for _, text in axis.ticks]
    return told
