"""The residues that are furthest off, one of them in space."""

from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.density_atoms import draw_atoms, summarise_atoms
from core.figures.theme import Palette
from core.problems.sidechain.atoms import ATOM14, BONDS, ELEMENT14, ELEMENTS, RESIDUES
from core.problems.sidechain.metrics.rmsd import SELECTIONS, residue_rmsd
from core.problems.sidechain.versions.export import atoms_csv
from core.problems.sidechain.versions.version import Atoms, Version
from pages.ui.charts import show_chart
from pages.ui.page import escaped, heading
from pages.ui.rmsd.by_residue import NO_ATOMS
from pages.ui.rmsd.sources import choose_comparison

MOST: Final = 100
HEIGHT: Final = 520
SIDE: Final = SELECTIONS["side_chain"]


def show_worst(palette: Palette) -> None:
    """A list of residues by their RMSD, and the chosen one with prediction over truth."""
    if (found := choose_comparison(needs_atoms=True)) is None:
        return
    version = found.after if found.after.atoms is not None else found.before
    if version.atoms is None:
        st.info(f"{escaped(version.title)} {NO_ATOMS}", icon=":material/info:")
        return
    rmsd = residue_rmsd(version.atoms.squared, SIDE)
    order = [int(row) for row in np.argsort(-np.nan_to_num(rmsd)) if np.isfinite(rmsd[row])][:MOST]
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        heading("Furthest off", f"side chain, {escaped(version.title)}; choose a row")
        chosen = _choose(version.atoms, rmsd, order)
        _offer_csv(version)
    if chosen is not None:
        with right:
            _draw(palette, version.atoms, chosen, float(rmsd[chosen]))


def _choose(atoms: Atoms, rmsd: np.ndarray, order: list[int]) -> int | None:
    """Draw the list; its first row is chosen until the reader chooses another."""
    table = pd.DataFrame(
        {
            "Residue": [_label(atoms, row) for row in order],
            "RMSD, Å": [round(float(rmsd[row]), 2) for row in order],
            "Furthest atom": [_furthest(atoms, row) for row in order],
        }
    )
    event: Any = st.dataframe(
        table, key="table-worst", hide_index=True, height=HEIGHT - 40, on_select="rerun",
        selection_mode="single-row", width="stretch", row_height=28,
        alt="Residues by their RMSD, the furthest atom of each.",
        column_config={
            "Residue": st.column_config.TextColumn(width=170),
            "RMSD, Å": st.column_config.NumberColumn(format="%.2f", width=66),
            "Furthest atom": st.column_config.TextColumn(width=104),
        },
    )  # fmt: skip
    rows = [row for row in event.selection.rows if row < len(order)]
    return order[rows[0] if rows else 0] if order else None


def _label(atoms: Atoms, row: int) -> str:
    residue, name = RESIDUES[atoms.type[row]], str(atoms.name[row])
    return name if name.startswith(residue) else f"{residue} {name}"


def _furthest(atoms: Atoms, row: int) -> str:
    slot = int(np.nanargmax(atoms.squared[row]))
    name = ATOM14[RESIDUES[atoms.type[row]]][slot]
    return f"{name} {np.sqrt(atoms.squared[row, slot]):.2f} Å"


def _draw(palette: Palette, atoms: Atoms, row: int, rmsd: float) -> None:
    residue = RESIDUES[atoms.type[row]]
    slots = np.flatnonzero(np.isfinite(atoms.native[row]).all(axis=1))
    names = [ATOM14[residue][slot] for slot in slots]
    elements = [ELEMENTS[ELEMENT14[atoms.type[row], slot]] for slot in slots]
    has = np.isfinite(atoms.pred[row, slots]).all(axis=1)
    record = summarise_atoms(
        f"{atoms.name[row]}",
        atoms.native[row, slots],
        names,
        elements,
        np.sqrt(atoms.squared[row, slots]),
        ~has,
        [(bond.one, bond.other) for bond in BONDS[residue]],
        atoms.pred[row, slots][has],
        [element for element, there in zip(elements, has, strict=True) if there],
        np.zeros(int(has.sum()), dtype=bool),
        found_as="predicted",
        found_names=[name for name, there in zip(names, has, strict=True) if there],
    )
    heading(escaped(_label(atoms, row)), f"side chain {rmsd:.2f} Å off; turn it")
    show_chart(
        draw_atoms(record, palette, height=HEIGHT),
        key="worst",
        alt=f"True and predicted atoms of {residue} {atoms.name[row]} in space.",
    )


def _offer_csv(version: Version) -> None:
    st.download_button(
        "Every atom as CSV",
        lambda: atoms_csv(version),
        file_name="lossoscope-atoms.csv",
        mime="text/csv",
        icon=":material/download:",
        help="Residue, type, atom, distance in angstrom, and both places.",
    )
