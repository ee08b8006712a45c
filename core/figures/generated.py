"""Sampled side chains beside real ones: flat rings, bond lengths, and how angles are spread.

The tables are those that an evaluation of the experiment "sidechain_diffusion" records.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import plotly.graph_objects as go

from core.errors import InputError
from core.figures.bars import BarGroup, BarsFigure, draw_bars
from core.figures.curves import Rule
from core.figures.points import IntervalGroup, IntervalsFigure, draw_intervals
from core.figures.theme import TERM_COLORS, Palette

Table: TypeAlias = Mapping[str, np.ndarray]
Summary: TypeAlias = IntervalsFigure | BarsFigure

NOTE_FLAT_PERCENT: Final = 97.2
NOTE_BOND_ERROR_A: Final = 0.03
NOTE_FLAT: Final = "the note: 97.2 %, by a definition that is not known"
SAMPLED: Final = TERM_COLORS["denoising"]
LOOKS: Final = (("sampled", SAMPLED, "circle"), ("real", "muted", "diamond"))
SAID: Final = {"sampled": "sampled", "real": "held out"}  # these may be synthetic residues too
ALL: Final = "all"
STAGGERED_DEG: Final = (-60.0, 60.0, 180.0)
ROW_PIXELS, FRAME_PIXELS = 34, 100


def summarise_rings(table: Table, *, within_a: float = 0.05) -> IntervalsFigure:
    """Collect the share of flat rings by kind, sampled and real, beside the note's figure.

    Args:
        table: The record "test_rings".
        within_a: How far an atom may be from the best plane of its ring, in angstrom.

    Raises:
        InputError: It was not counted for this threshold.
    """
    known = table["within_a"].tolist()
    if within_a not in known:
        raise InputError("threshold", expected="one of " + ", ".join(f"{a:g}" for a in known),
                         came=f"{within_a:g}", do="Choose one of these")  # fmt: skip
    column, kept = known.index(within_a), np.flatnonzero(table["real_count"])
    kinds = table["ring"][kept].tolist()
    percent = {name: 100.0 * v[kept, column] for name, v in table.items() if v.ndim > 1}
    groups = _sampled_and_real(percent, "flat")
    noted = np.where(np.array(kinds) == ALL, NOTE_FLAT_PERCENT, np.nan)
    least = float(np.nanmin([NOTE_FLAT_PERCENT, *(end for of in groups for end in of.low)]))
    return IntervalsFigure(
        "generated-rings",
        _rows(kinds, table["real_count"][kept]),
        f"rings within {within_a:g} Å of their best plane, %",
        (max(least - 1.0, -0.5), 100.5),
        (*groups, IntervalGroup(NOTE_FLAT, noted, noted, noted, "ink", "x")),
        NOTE_FLAT_PERCENT,
    )


def summarise_bonds(table: Table) -> IntervalsFigure:
    """Collect the mean error of bond lengths by residue type, sampled and real.

    Args:
        table: The record "test_bonds".
    """
    kept = np.flatnonzero(table["real_count"])
    groups = _sampled_and_real({name: v[kept] for name, v in table.items()}, "value")
    most = float(np.nanmax([NOTE_BOND_ERROR_A, *(end for of in groups for end in of.value)]))
    return IntervalsFigure(
        "generated-bonds",
        _rows(table["type"][kept].tolist(), table["real_count"][kept]),
        "mean error of bond lengths, Å (dotted: the note's bound)",
        (0.0, 1.25 * most),
        groups,
        NOTE_BOND_ERROR_A,
    )


def summarise_chi(
    table: Table, *, angle: int = 0, types: Sequence[int] | None = None
) -> BarsFigure:
    """Collect how often a chi angle takes each value, sampled and real.

    Args:
        table: The record "test_chi".
        angle: 0 for chi1 to 3 for chi4.
        types: Residue types, in the order of ARNDCQEGHILKMFPSTWYV; None: all that have the angle.
    """
    edges = np.degrees(table["edge_rad"])
    middle, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    chosen = slice(None) if types is None else list(types)
    groups = []
    for whose, color, share in (("real", "ghost", 0.96), ("sampled", SAMPLED, 0.44)):
        count = table[whose][chosen, angle].sum(axis=0)
        percent = 100.0 * count / max(int(count.sum()), 1)
        text = tuple(
            f"{SAID[whose]}, {low:.0f} to {high:.0f}°: {p:.1f} % of {count.sum():,}"
            for low, high, p in zip(edges, edges[1:], percent, strict=False)
        )
        name = f"{SAID[whose]}, n {count.sum():,}"
        groups.append(BarGroup(name, tuple(middle.tolist()), tuple(percent.tolist()), color, text,
                               width=share * width))  # fmt: skip
    rules = tuple(Rule(at, "x", f"{at:.0f}°".replace("-", "−")) for at in STAGGERED_DEG)
    return BarsFigure(
        "generated-chi", f"χ{angle + 1}, degrees", "residues, %", tuple(groups), "overlay",
        x_range=(-182.0, 206.0), rules=rules, y_format=".1f",
    )  # fmt: skip


def draw_generated(record: Summary, palette: Palette, *, height: int | None = None) -> go.Figure:
    """Draw one of the three, at a height in pixels; rows of intervals need so much each."""
    if isinstance(record, BarsFigure):
        return draw_bars(record, palette, height=height or 3 * FRAME_PIXELS)
    rows = FRAME_PIXELS + ROW_PIXELS * len(record.rows)
    return draw_intervals(record, palette, height=height or rows)


def _sampled_and_real(table: Table, value: str) -> tuple[IntervalGroup, ...]:
    return tuple(
        IntervalGroup(
            SAID[whose],
            table[f"{whose}_{value}"],
            table[f"{whose}_low"],
            table[f"{whose}_high"],
            color,
            symbol,
        )
        for whose, color, symbol in LOOKS
    )


def _rows(names: Sequence[str], counts: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{name}, n {count:,}" for name, count in zip(names, counts, strict=True))
