"""RMSD by slot, and against one option of a density, as lines beside what others reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.figures.curves import Curve, CurveFigure, Dash, Panel, Rule
from core.figures.theme import TERM_COLORS

ATOM = TERM_COLORS["atom"]
FLOOR_A = 1e-3
SLOT_TITLE = "slot of atom14"


@dataclass(frozen=True, eq=False)
class SlotLine:
    """A profile over the 14 slots.

    Args:
        name: In the legend.
        rmsd: By slot, in angstrom; NaN where there is none.
        color: A hex colour or a role.
        dash: Of the line.
    """

    name: str
    rmsd: np.ndarray
    color: str = ATOM
    dash: Dash = "solid"


def summarise_slots(
    key: str,
    slots: Sequence[str],
    lines: Sequence[SlotLine],
    lost: Mapping[str, np.ndarray] | None = None,
) -> CurveFigure:
    """Collect profiles over the slots; below them how many atoms were not found.

    Args:
        key: Keeps the zoom.
        slots: Names of the 14.
        lines: What is compared, the last on top.
        lost: Share of atoms of each slot that were not found, by name of a line.
    """
    x = np.arange(len(slots), dtype=float)
    marks = ("",) * len(slots)
    curves = tuple(
        Curve(line.name, x, line.rmsd, line.color, line.dash, labels=marks, gaps=True, unit=" Å")
        for line in lines
    )
    panels = [Panel("RMSD, Å", curves, y_range=_from_zero([line.rmsd for line in lines]))]
    if lost:
        style = {line.name: line for line in lines}
        below = tuple(
            Curve(name, x, 100 * share, style[name].color, style[name].dash, labels=marks,
                  gaps=True, legend=False, unit=" %")
            for name, share in lost.items()
        )  # fmt: skip
        panels = [Panel(p.y_title, p.curves, y_range=p.y_range, share=2.4) for p in panels]
        panels.append(Panel("not found, %", below, y_range=(-4, 104)))
    ticks = tuple((float(at), name) for at, name in enumerate(slots))
    return CurveFigure(key, SLOT_TITLE, tuple(panels), x_range=(-0.5, len(slots) - 0.5),
                       x_ticks=ticks)  # fmt: skip


def _from_zero(profiles: Sequence[np.ndarray]) -> tuple[float, float]:
    known = np.concatenate([p[np.isfinite(p)] for p in profiles] or [np.ones(1)])
    most = 1.06 * max(float(known.max(initial=0.0)), 0.1)
    return (-0.03 * most, most)


def summarise_sweep(
    x_title: str,
    x: np.ndarray,
    overall: np.ndarray,
    side_chain: np.ndarray,
    lost: np.ndarray,
    *,
    here: float,
    note: float,
    constant: float,
    x_log: bool,
) -> CurveFigure:
    """Collect RMSD over one option on a log axis, the note's and a constant's as rules.

    Args:
        x_title: Of the option.
        x: Its values.
        overall: RMSD of all slots, in angstrom; what is below 0.001 is drawn there.
        side_chain: RMSD of the side chain.
        lost: Share of atoms not found.
        here: The present value.
        note: What the note reports of the side chain.
        constant: What the mean of each slot reaches there.
        x_log: Whether the values are spread by factors.
    """
    marks = ("",) * len(x)
    at = (Rule(here),)
    rules = (*at, Rule(note, "y"), Rule(constant, "y"), Rule(FLOOR_A, "y"))
    # One label: the two levels are all but equal.
    named = f"note {note:.2f}<br>mean {constant:.2f}"
    labels = ((np.sqrt(note * constant), named), (FLOOR_A, "or less"))
    curves = (
        Curve("overall", x, np.maximum(overall, FLOOR_A), "muted", "dash", labels=marks,
              gaps=True, unit=" Å"),
        Curve("side chain", x, np.maximum(side_chain, FLOOR_A), ATOM, labels=marks, gaps=True,
              unit=" Å"),
    )  # fmt: skip
    found = (Curve("not found", x, 100 * lost, "ink", labels=marks, gaps=True, unit=" %"),)
    panels = (
        Panel(
            "RMSD, Å",
            curves,
            y_log=True,
            y_range=(0.7 * FLOOR_A, 12.0),
            rules=rules,
            share=2.4,
            right_labels=labels,
        ),
        Panel("not found, %", found, y_range=(-4, 104), rules=at),
    )
    return CurveFigure("sweep", x_title, panels, x_log=x_log)
