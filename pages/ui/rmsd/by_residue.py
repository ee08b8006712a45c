"""RMSD by residue type and slot."""

from typing import Final

import numpy as np
import streamlit as st

from core.figures.heat import HeatFigure, HeatPanel, draw_heat
from core.figures.theme import TERM_COLORS, Palette
from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.metrics.rmsd import slot_by_type
from core.problems.sidechain.versions.version import SLOT_NAMES, Version
from pages.ui.charts import show_chart
from pages.ui.controls import draw_control
from pages.ui.page import escaped, heading
from pages.ui.rmsd.controls import SHOWN
from pages.ui.rmsd.sources import choose_comparison

HEIGHT: Final = 570
NO_SUCH: Final = "an empty cell: the type has no such atom, or none is known"
BETTER_BLUE: Final = "blue (−): the second version is nearer to the truth; orange (+): further"
NO_ATOMS: Final = (
    "has a value for each slot only: which residue types they come from is not reported. Choose a "
    "run, or files of your own."
)


def show_by_residue(palette: Palette) -> None:
    """A heat map of slots over residue types, of either version or of the change."""
    if (found := choose_comparison(needs_atoms=True)) is None:
        return
    with st.sidebar:
        shown = draw_control(SHOWN)
    wanted = {"first": [found.before], "second": [found.after],
              "change": [found.before, found.after]}[shown]  # fmt: skip
    if missing := [version for version in wanted if version.atoms is None]:
        st.info(f"{escaped(missing[0].title)} {NO_ATOMS}", icon=":material/info:")
        return
    is_change = shown == "change"
    if is_change and found.has_other_residues:
        st.info("Other residues: not comparable. A change needs predictions of the same residues.",
                icon=":material/info:")  # fmt: skip
        return
    tables = [_by_type(version) for version in wanted]
    values = tables[0] if len(tables) == 1 else tables[1] - tables[0]
    names = " → ".join(escaped(version.title) for version in wanted)
    heading(
        "Change by residue type and slot" if is_change else "RMSD by residue type and slot",
        f"{names}; Å; {BETTER_BLUE if is_change else NO_SUCH}",
    )
    most = float(np.nanmax(np.abs(values), initial=0.1))
    record = HeatFigure(
        f"by-type-{shown}", "slot of atom14", "", SLOT_NAMES, RESIDUES[::-1],
        (HeatPanel("", "", values[::-1]),), TERM_COLORS["atom"],
        (-most, most) if is_change else (0.0, most),
        below=TERM_COLORS["ce"] if is_change else "",
    )  # fmt: skip
    show_chart(
        draw_heat(record, palette, height=HEIGHT),
        key="by-type",
        alt="RMSD in angstrom of each slot of each residue type.",
    )


def _by_type(version: Version) -> np.ndarray:
    assert version.atoms is not None
    return slot_by_type(version.atoms.squared, version.atoms.type).rmsd.T
