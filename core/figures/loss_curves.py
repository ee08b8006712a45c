"""How a loss answers to an offset, to certainty, to the grid, to length: records of curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.figures.curves import (
    Curve,
    CurveFigure,
    Mark,
    Panel,
    Rule,
    quiet_styles,
    summarise_curves,
)
from core.figures.theme import TERM_COLORS

CHOSEN = TERM_COLORS["spectrum"]


@dataclass(frozen=True)
class LossCurve:
    """One loss over the x axis of a figure, with an optional second reading of it."""

    name: str
    value: np.ndarray
    second: np.ndarray


def summarise_offset(
    offset_da: np.ndarray,
    losses: Sequence[LossCurve],
    *,
    chosen: str,
    current_da: float,
    false_minimum: tuple[float, float] | None,
) -> CurveFigure:
    """Freeze losses over a common mass offset, with their gradients below.

    Args:
        offset_da: Offsets of all predicted peaks in Da, ascending.
        losses: Value and gradient of each loss; gradients are scaled to their maximum here, and
            so are losses above 1, which then say by how much.
        chosen: Name of the loss in colour.
        current_da: Where the page stands.
        false_minimum: Offset and loss of the isotope's minimum in the chosen loss, if any.
    """
    styles = quiet_styles([loss.name for loss in losses], chosen, CHOSEN)
    values, gradients = [], []
    for loss in losses:
        color, dash = styles[loss.name]
        width = _width(loss.name, chosen)
        top = np.nanmax(np.abs(loss.second), initial=0.0) or 1.0
        highest = np.nanmax(loss.value, initial=0.0)
        name = loss.name if highest <= 1 else f"{loss.name} / {highest:.3g}"
        value = loss.value / max(highest, 1.0)
        values.append(Curve(name, offset_da, value, color, dash, width=width))
        gradients.append(
            Curve(loss.name, offset_da, loss.second / top, color, dash, width=width, legend=False)
        )
    marks = ()
    if false_minimum is not None:
        marks = (Mark(*false_minimum, "isotope, false minimum"),)
    here = (Rule(current_da),)
    panels = (
        Panel("loss", tuple(values), y_range=(0.0, 1.08), rules=here, marks=marks, share=0.6),
        Panel("gradient", tuple(gradients), y_range=(-1.2, 1.2), rules=here, share=0.4),
    )
    return summarise_curves(CurveFigure("offset", "mass offset, Da", panels))


def summarise_certainty(
    p_right: np.ndarray,
    right: Mapping[str, np.ndarray],
    shuffled: Mapping[str, np.ndarray],
    auc: Mapping[str, np.ndarray],
    *,
    chosen: str,
) -> CurveFigure:
    """Freeze losses over the probability of the right residue; positions are evenly spaced.

    Args:
        p_right: Probabilities, ascending; 0.99, 0.999 and 1 need as much room as the rest.
        right: Mean loss of the right peptide by name of the loss.
        shuffled: Mean loss of the shuffled peptide.
        auc: Area under the curve, right against shuffled.
        chosen: Name of the loss in colour.
    """
    x = np.arange(len(p_right), dtype=float)
    styles = quiet_styles(list(right), chosen, CHOSEN)
    values = [Curve(n, x, y, *styles[n], width=_width(n, chosen)) for n, y in right.items()]
    if chosen in shuffled:
        values.append(
            Curve(f"{chosen}, shuffled peptide", x, shuffled[chosen], CHOSEN, "dot", width=1.6)
        )
    areas = [
        Curve(n, x, y, *styles[n], width=_width(n, chosen), legend=False) for n, y in auc.items()
    ]
    panels = (
        Panel("mean loss", tuple(values), share=0.6, y_range=(0.0, 1.05)),
        Panel(
            "AUC", tuple(areas), y_range=(0.0, 1.05), rules=(Rule(0.5, "y", "chance"),), share=0.4
        ),
    )
    ticks = tuple((float(i), f"{p:g}") for i, p in enumerate(p_right))
    return CurveFigure(
        "certainty", "probability of the right residue (not to scale)", panels, x_ticks=ticks,
        shown=len(x), total=len(x),
    )  # fmt: skip


def _width(name: str, chosen: str) -> float:
    return 2.2 if name == chosen else 1.6


def summarise_ripple(
    ratio: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    continuous: float,
    *,
    gradient_low_percent: np.ndarray,
    gradient_high_percent: np.ndarray,
    current: float,
) -> CurveFigure:
    """Freeze what the grid makes of one shift, depending only on where the bin edges fall.

    Args:
        ratio: Sigma divided by the bin.
        low: Smallest loss of a peak shifted by one sigma, over positions inside a bin.
        high: Largest such loss.
        continuous: The loss without a grid.
        gradient_low_percent: Largest negative error of the gradient there.
        gradient_high_percent: Largest positive error of the gradient there.
        current: The ratio on the page.
    """
    middle = (low + high) / 2
    flat = np.full_like(ratio, continuous)
    error = (gradient_low_percent + gradient_high_percent) / 2
    here = (Rule(current),)
    panels = (
        Panel(
            "loss of one shift by σ",
            (
                Curve("grid, range over bin positions", ratio, middle, CHOSEN, low=low, high=high),
                Curve("continuous", ratio, flat, "ink", "dash", width=1.6),
            ),
            rules=here,
            share=0.55,
        ),
        Panel(
            "gradient error, %",
            (
                Curve(
                    "gradient", ratio, error, CHOSEN, low=gradient_low_percent,
                    high=gradient_high_percent, legend=False,
                ),
            ),
            rules=here,
            share=0.45,
        ),
    )  # fmt: skip
    return CurveFigure("ripple", "σ / bin", panels, shown=len(ratio), total=len(ratio))
