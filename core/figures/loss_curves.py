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
        auc: Area under the curve, right against shuffled; empty for the losses alone.
        chosen: Name of the loss in colour.
    """
    x = np.arange(len(p_right), dtype=float)
    styles = quiet_styles(list(right), chosen, CHOSEN)
    values = [Curve(n, x, y, *styles[n], width=_width(n, chosen)) for n, y in right.items()]
    if chosen in shuffled:
        values.append(
            Curve(f"{chosen}, shuffled peptide", x, shuffled[chosen], CHOSEN, "dot", width=1.6)
        )
    panels = [Panel("mean loss", tuple(values), share=0.6, y_range=(0.0, 1.05))]
    if auc:
        areas = [
            Curve(n, x, y, *styles[n], width=_width(n, chosen), legend=False)
            for n, y in auc.items()
        ]
        chance = (Rule(0.5, "y", "chance"),)
        panels.append(Panel("AUC", tuple(areas), y_range=(0.0, 1.05), rules=chance, share=0.4))
    ticks = tuple((float(i), f"{p:g}") for i, p in enumerate(p_right))
    title = "probability of the right residue (not to scale)"
    return CurveFigure("certainty", title, tuple(panels), x_ticks=ticks)


def _width(name: str, chosen: str) -> float:
    return 2.2 if name == chosen else 1.6


def summarise_ripple(
    ratio: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    continuous: float,
    *,
    gradient_low: np.ndarray,
    gradient_high: np.ndarray,
    current: float,
) -> CurveFigure:
    """Freeze what the grid makes of one shift, depending only on where the bin edges fall.

    Args:
        ratio: Sigma divided by the bin.
        low: Smallest loss of a peak shifted by one sigma, over positions inside a bin.
        high: Largest such loss.
        continuous: The loss without a grid.
        gradient_low: Smallest gradient there over the gradient without a grid.
        gradient_high: Largest such ratio.
        current: The ratio on the page.
    """
    middle = (low + high) / 2
    flat = np.full_like(ratio, continuous)
    low_percent, high_percent = 100 * (gradient_low - 1), 100 * (gradient_high - 1)
    exact = np.zeros_like(ratio)
    here = (Rule(current),)
    panels = (
        Panel(
            "loss",
            (
                Curve("grid, range over bin positions", ratio, middle, CHOSEN, low=low, high=high),
                Curve("continuous", ratio, flat, "ink", "dash", width=1.6),
            ),
            rules=here,
            share=0.55,
        ),
        Panel(
            "gradient, %",
            (
                Curve(
                    "gradient", ratio, exact, CHOSEN, low=low_percent, high=high_percent,
                    width=0.5, legend=False,
                ),
            ),
            rules=here,
            share=0.45,
        ),
    )  # fmt: skip
    return CurveFigure("ripple", "σ / bin", panels)


@dataclass(frozen=True)
class SpreadCurve:
    """Mean, standard deviation and gradient noise of one loss by group."""

    name: str
    mean: np.ndarray
    sd: np.ndarray
    noise: np.ndarray


def summarise_spread(
    key: str, x_title: str, groups: Sequence[str], losses: Sequence[SpreadCurve], *, chosen: str
) -> CurveFigure:
    """Freeze how losses vary within groups of spectra, and how their gradients do.

    Losses of different scales share one axis: each is divided by its own mean over the groups.

    Args:
        key: Name of the chart.
        x_title: What the groups are made by.
        groups: Names of the groups in order.
        losses: Statistics of each loss.
        chosen: Name of the loss in colour.
    """
    x = np.arange(len(groups), dtype=float)
    styles = quiet_styles([loss.name for loss in losses], chosen, CHOSEN)
    values, noises = [], []
    for loss in losses:
        color, dash = styles[loss.name]
        scale = np.nanmean(loss.mean) if np.isfinite(loss.mean).any() else 1.0
        mean, sd = loss.mean / (scale or 1.0), loss.sd / (scale or 1.0)
        width = _width(loss.name, chosen)
        values.append(
            Curve(loss.name, x, mean, color, dash, low=np.maximum(mean - sd, 0.0),
                  high=mean + sd, width=width, gaps=True)
        )  # fmt: skip
        noises.append(
            Curve(loss.name, x, loss.noise, color, dash, width=width, legend=False, gaps=True)
        )
    panels = (
        Panel("loss / its mean", tuple(values), share=0.58),
        Panel("gradient noise", tuple(noises), share=0.42),
    )
    ticks = tuple((float(i), name) for i, name in enumerate(groups))
    return CurveFigure(key, x_title, panels, x_ticks=ticks)
