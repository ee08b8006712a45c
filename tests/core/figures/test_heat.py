"""Tables of cells: one colour for sizes, two that part at 0 for changes."""

from itertools import pairwise

import numpy as np
import pytest

from core.figures.heat import HeatFigure, HeatPanel, draw_heat
from core.figures.theme import PALETTES, TERM_COLORS

VALUES = np.array([[-5.0, -0.27], [0.4, np.nan]])
BLUE, ORANGE = TERM_COLORS["ce"], TERM_COLORS["atom"]


def drawn(below: str = ""):
    span = (-5.0, 5.0) if below else (0.0, 5.0)
    record = HeatFigure("k", "slot", "", ("a", "b"), ("A", "B"), (HeatPanel("", "", VALUES),),
                        ORANGE, span, below=below)  # fmt: skip
    return draw_heat(record, PALETTES["light"], height=200).data[0]


def strength_at(cells, value: float) -> tuple[str, float]:
    """Give the hue of a value and how strong it is, by a plain walk along the scale."""
    place = (value - cells.zmin) / (cells.zmax - cells.zmin)
    for (low, one), (high, other) in pairwise(cells.colorscale):
        if low <= place <= high and high > low:
            (hue, pale), (_, deep) = (color[:-1].rsplit(",", 1) for color in (one, other))
            share = (place - low) / (high - low)
            return hue, (1 - share) * float(pale) + share * float(deep)
    raise AssertionError(value)


def test_a_change_parts_at_0_and_the_largest_gain_is_the_deepest():
    cells = drawn(BLUE)
    (gain, most), (_, little), (loss, some) = (strength_at(cells, x) for x in (-5.0, -0.27, 0.4))
    assert (gain, loss) == ("rgba(0,114,178", "rgba(213,94,0")
    assert most > 10 * little
    assert little < some < most
    assert strength_at(cells, 0.0)[1] == pytest.approx(0)
    assert cells.showscale
    assert "+.2f" in cells.texttemplate


def test_sizes_have_one_colour_and_no_sign():
    cells = drawn()
    assert len(cells.colorscale) == 2
    assert not cells.showscale
    assert cells.texttemplate == "%{z:.2f}"
