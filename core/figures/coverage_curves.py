"""Precision over coverage: how right the surest answers are, a line a tool."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.figures.curves import Curve, CurveFigure, Dash, Panel, Rule, summarise_curves
from core.figures.run_names import chart_text
from core.figures.theme import OTHER_TERMS

COLORS = ("#009E73", "#0072B2", "#E69F00", *OTHER_TERMS)
DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")
AIR = 0.06  # below the lowest point, of the range that is drawn


@dataclass(frozen=True, eq=False)
class ToolCurve:
    """Precision of a tool over the share of spectra that it answers.

    Args:
        name: Of the tool.
        coverage: Share of the spectra, 0 to 1, rising.
        peptides: Precision of whole peptides, 0 to 1.
        residues: The same of residues.
    """

    name: str
    coverage: Float[np.ndarray, " scores"]
    peptides: Float[np.ndarray, " scores"]
    residues: Float[np.ndarray, " scores"]


def summarise_coverage(
    tools: Sequence[ToolCurve], coverage: float, *, key: str = "coverage"
) -> CurveFigure:
    """Collect the curves of peptides and of residues, with a rule at the chosen coverage.

    Args:
        tools: In the order of their colours; dashes tell those apart that share one.
        coverage: The chosen coverage, 0 to 1.
        key: Name of the chart.
    """
    sides = (
        ("right peptides, %", [tool.peptides for tool in tools]),
        ("right residues, %", [tool.residues for tool in tools]),
    )
    panels = tuple(
        Panel(
            title,
            tuple(
                _line(tool, precision, place)
                for place, (tool, precision) in enumerate(zip(tools, side, strict=True))
            ),
            y_range=_range(side),
            rules=(Rule(100 * coverage),),
        )
        for title, side in sides
    )
    record = CurveFigure(key, "coverage, % of labelled spectra", panels, x_range=(0.0, 100.0),
                         columns=2)  # fmt: skip
    return summarise_curves(record)


def _line(tool: ToolCurve, precision: Float[np.ndarray, " scores"], place: int) -> Curve:
    """Draw a tool from coverage 0 on; one without scores has a single point."""
    x, y = 100 * tool.coverage, 100 * precision
    if len(x) > 1:
        x, y = np.concatenate([[0.0], x]), np.concatenate([y[:1], y])
    style = COLORS[place % len(COLORS)], DASHES[place // len(COLORS) % len(DASHES)]
    return Curve(chart_text(tool.name), x, y, *style, unit=" %")


def _range(sides: Sequence[np.ndarray]) -> tuple[float, float]:
    """Show every point; the upper end is always 100 %."""
    known = np.concatenate([np.array([1.0]), *sides])
    low = 100 * float(known.min())
    air = AIR * max(100 - low, 10.0)
    return max(low - air, -air), 100 + air
