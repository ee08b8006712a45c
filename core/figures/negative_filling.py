"""Whether hard slots are filled through the epoch, and how often each item is a neighbour."""

from collections.abc import Mapping

import numpy as np

from core.figures.bars import BarGroup, BarsFigure
from core.figures.curves import Curve, CurveFigure, Panel, Rule, Style
from core.figures.negatives import HARD
from core.samplers.epoch import Epoch
from core.samplers.hubs import Hubness
from core.samplers.reading import filled_by_batch

SHOWN_DEGREES = 40  # bars of a histogram of whole numbers at most


def summarise_filling_by_batch(epochs: Mapping[str, Epoch]) -> CurveFigure:
    """Collect the filled share of hard slots through the epoch, by method."""
    styles: dict[str, Style] = {"planned": (HARD, "solid"), "sequential": ("muted", "dash")}
    curves = [
        Curve(name, np.arange(1.0, len(epoch.members) + 1), 100 * filled_by_batch(epoch),
              *styles[name], gaps=True)
        for name, epoch in epochs.items()
    ]  # fmt: skip
    panel = Panel("hard slots filled, %", tuple(curves), y_range=(0.0, 104.0))
    return CurveFigure("filling", "batch of the epoch", (panel,))


def summarise_hubs(hubness: Hubness) -> BarsFigure:
    """Count items by the number of lists they stand in."""
    degree = hubness.in_degree
    width = max(1, int(np.ceil((degree.max() + 1) / SHOWN_DEGREES)))
    edges = np.arange(0, degree.max() + width + 1, width)
    count = np.histogram(degree, edges)[0]
    last = edges[:-1] + width - 1
    text = tuple(
        f"in {a}{f' to {b}' if b > a else ''} lists: {c:,} items"
        for a, b, c in zip(edges, last, count, strict=False)
    )
    group = BarGroup("items", tuple(((edges[:-1] + last) / 2).tolist()), tuple(count.tolist()),
                     HARD, text, width=width * 0.9)  # fmt: skip
    mean = float(degree.mean())
    return BarsFigure("hubs", "lists that an item stands in", "items", (group,), "overlay",
                      rules=(Rule(mean, "x", f"mean {mean:.0f}"),))  # fmt: skip
