"""RMSD against the distance from CA, or against what the files say of their confidence."""

from typing import Final

import numpy as np
import streamlit as st

from core.figures.by_distance import BinnedLine, summarise_bins
from core.figures.draw_curves import draw_curves
from core.figures.run_names import chart_text
from core.figures.theme import Palette
from core.problems.sidechain.metrics.rmsd_bins import binned_rmsd, radius
from core.problems.sidechain.versions.version import Version
from pages.ui.charts import show_chart
from pages.ui.controls import draw_control
from pages.ui.page import escaped, heading
from pages.ui.rmsd.by_residue import NO_ATOMS
from pages.ui.rmsd.controls import QUANTITY
from pages.ui.rmsd.sources import choose_comparison
from pages.ui.rmsd.table import FIRST, SECOND

HEIGHT: Final = 520
RADIUS_EDGES: Final = np.arange(0.0, 9.01, 0.5)
BINS: Final = 18
TITLES: Final = {
    "radius": "distance of the native atom from CA, Å",
    "confidence": "B-factor or pLDDT of the predicted atom",
}


def show_by_radius(palette: Palette) -> None:
    """A line for each version whose atoms are known."""
    if (found := choose_comparison(needs_atoms=True)) is None:
        return
    with st.sidebar:
        quantity = draw_control(QUANTITY)
    versions = list(dict.fromkeys((found.before, found.after)))
    known = [version for version in versions if version.atoms is not None]
    if not known:
        st.info(f"{escaped(versions[-1].title)} {NO_ATOMS}", icon=":material/info:")
        return
    color = {found.before: FIRST, found.after: SECOND}
    lines = [line for v in known if (line := _line(v, quantity, color[v])) is not None]
    if not lines:
        st.info("No file gives a B-factor or pLDDT of its atoms.", icon=":material/info:")
        return
    heading("RMSD against " + quantity, "all atoms that both have; below: how many")
    show_chart(
        draw_curves(summarise_bins(f"by-{quantity}", TITLES[quantity], lines), palette,
                    height=HEIGHT),
        key="by-distance",
        alt=f"RMSD in angstrom against the {TITLES[quantity]}, and the number of atoms.",
    )  # fmt: skip


def _line(version: Version, quantity: str, color: str) -> BinnedLine | None:
    atoms = version.atoms
    assert atoms is not None
    values = radius(atoms.local_native) if quantity == "radius" else atoms.confidence
    known = values[np.isfinite(values) & np.isfinite(atoms.squared)]
    if not len(known) or (quantity == "confidence" and np.ptp(known) == 0):
        return None
    edges = (
        RADIUS_EDGES
        if quantity == "radius"
        else np.linspace(known.min(), np.nextafter(known.max(), np.inf), BINS + 1)
    )
    bins = binned_rmsd(atoms.squared, values, edges)
    return BinnedLine(chart_text(version.title), bins.mean, bins.rmsd, bins.count, color)
