"""RMSD against a quantity of the atoms: a line for each version, with how many atoms it has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.figures.curves import Curve, CurveFigure, Panel


@dataclass(frozen=True, eq=False)
class BinnedLine:
    """RMSD in bins.

    Args:
        name: In the legend.
        x: Mean of the quantity in each bin; NaN of an empty one.
        rmsd: In angstrom.
        count: Atoms in each bin.
        color: A hex colour or a role.
    """

    name: str
    x: np.ndarray
    rmsd: np.ndarray
    count: np.ndarray
    color: str


def summarise_bins(key: str, x_title: str, lines: Sequence[BinnedLine]) -> CurveFigure:
    """Collect lines over a quantity; below them how many atoms each bin has."""
    shown = [(line, line.count > 0) for line in lines]
    above = tuple(
        Curve(line.name, line.x[has], line.rmsd[has], line.color, unit=" Å",
              labels=("",) * int(has.sum()))
        for line, has in shown
    )  # fmt: skip
    below = tuple(
        Curve(line.name, line.x[has], line.count[has].astype(float), line.color, legend=False,
              unit=" atoms")
        for line, has in shown
    )  # fmt: skip
    panels = (
        Panel("RMSD, Å", above, share=2.4),
        Panel("atoms", below, y_log=True),
    )
    return CurveFigure(key, x_title, panels)
