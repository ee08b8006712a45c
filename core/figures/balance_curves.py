"""Forms of an error loss over the error, a simulated descent, weights by stage: curves."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.figures.curves import Curve, CurveFigure, Panel, quiet_styles
from core.figures.theme import TERM_COLORS, term_color
from core.metrics import term_label

CHOSEN = TERM_COLORS["precursor"]


def summarise_forms(
    error_ppm: np.ndarray,
    forms: Mapping[str, np.ndarray],
    *,
    chosen: str,
    y_title: str,
    stages: Sequence[tuple[str, float, float]],
) -> CurveFigure:
    """Freeze the forms of an error loss, or their gradients, over the error on log axes.

    Args:
        error_ppm: Errors in ppm, ascending.
        forms: Value or gradient by name; zeros are gaps on the log axis.
        chosen: Name of the form in colour.
        y_title: What the y axis says.
        stages: Name, error in ppm and value of the chosen form at each stage: numbered dots.
    """
    styles = quiet_styles(list(forms), chosen, CHOSEN)
    curves = [
        Curve(name, error_ppm, np.where(y > 0, y, np.nan), *styles[name],
              width=2.4 if name == chosen else 1.6, gaps=True)
        for name, y in forms.items()
    ]  # fmt: skip
    if stages:
        names, x, y = zip(*stages, strict=True)
        dots = Curve(
            "stages", np.array(x), np.array(y), CHOSEN, labels=tuple(names), width=0, legend=False
        )
        curves.append(dots)
    floor = max(min(np.nanmin(np.where(y > 0, y, np.nan)) for y in forms.values()), 1e-7)
    top = max(np.nanmax(y) for y in forms.values())
    panel = Panel(y_title, tuple(curves), y_log=True, y_range=(floor / 2, top * 4))
    return CurveFigure(
        "forms", "precursor error, ppm", (panel,), x_log=True,
        x_range=(error_ppm[0], error_ppm[-1]), x_ticks=_decades(error_ppm),
    )  # fmt: skip


def _decades(error_ppm: np.ndarray) -> tuple[tuple[float, str], ...]:
    names = {1: "1", 10: "10", 100: "100", 1e3: "1k", 1e4: "10k", 1e5: "100k", 1e6: "1M"}
    return tuple((v, n) for v, n in names.items() if error_ppm[0] <= v <= error_ppm[-1])


def summarise_descent(
    error_ppm: Mapping[str, np.ndarray], *, chosen: str, reported_ppm: float
) -> CurveFigure:
    """Freeze the simulated descent of each form, step by step, with the note's end point.

    Args:
        error_ppm: Error after each step, the start first, by form.
        chosen: Name of the form in colour.
        reported_ppm: What the note says is reached at the end.
    """
    styles = quiet_styles(list(error_ppm), chosen, CHOSEN)
    curves = [
        Curve(name, np.arange(len(y), dtype=float), y, *styles[name],
              width=2.4 if name == chosen else 1.6)
        for name, y in error_ppm.items()
    ]  # fmt: skip
    steps = max(len(y) for y in error_ppm.values()) - 1
    note = Curve(
        "the note's end", np.array([float(steps)]), np.array([reported_ppm]), "ink",
        labels=("note",), width=0,
    )  # fmt: skip
    panel = Panel("error, ppm", (*curves, note))
    return CurveFigure("descent", "step", (panel,))


def summarise_weights(
    stages: Sequence[str], terms: Sequence[str], written: np.ndarray, solved: np.ndarray
) -> CurveFigure:
    """Freeze weights by stage on a log axis, solved in colour over written in grey.

    Args:
        stages: Names of the stages.
        terms: Names of the terms.
        written: Weights as written, stages x terms; 0 is a gap.
        solved: Weights as solved, of the same shape.
    """
    x = np.arange(len(stages), dtype=float)
    curves = []
    for j, term in enumerate(terms):
        color = term_color(term, tuple(terms))
        before, after = (np.where(w[:, j] > 0, w[:, j], np.nan) for w in (written, solved))
        curves.append(Curve(term_label(term), x, after, color, gaps=True))
        curves.append(
            Curve("as written", x, before, color, "dot", width=1.5, legend=j == 0, gaps=True)
        )
    ticks = tuple((float(i), stage) for i, stage in enumerate(stages))
    return CurveFigure(
        "weights", "stage", (Panel("weight", tuple(curves), y_log=True),), x_ticks=ticks
    )
