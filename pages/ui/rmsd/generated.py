"""Generated side chains beside real ones: rings, bonds and angles of a diffusion run."""

from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.generated import (
    NOTE_BOND_ERROR_A,
    draw_generated,
    summarise_bonds,
    summarise_chi,
    summarise_rings,
)
from core.figures.theme import Palette
from core.problems.sidechain.diffusion.tables import BONDS, CHI, RINGS
from core.runs.index import runs_of
from core.runs.reader import read_arrays
from pages.ui.charts import show_chart
from pages.ui.controls import Choice, draw_control
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.rmsd.controls import RING_LIMIT
from pages.ui.train.watched import look_at

EXPERIMENT: Final = "sidechain_diffusion"
NONE: Final = (
    ":gray[No diffusion run has been evaluated yet. Start one on the page Train: *Side chains by "
    "diffusion*, about three minutes on two cores.]"
)


def show_generated(palette: Palette) -> None:
    """The tables that the newest evaluation of a diffusion run recorded."""
    rows = {
        f"{row.name or row.id} · {row.id[-4:]}": row.folder
        for row in runs_of(EXPERIMENT)
        if look_at(row.folder).history.recorded.get(RINGS)
    }
    if not rows:
        st.markdown(NONE)
        return
    names = tuple(rows)
    with st.sidebar:
        name = draw_control(Choice("generated", "Run", "Whose samples.", names[0], names))
        limit = float(draw_control(RING_LIMIT))
    folder = rows[name]
    history = look_at(folder).history
    step = history.recorded[RINGS][-1]
    facts = history.started.facts if history.started else {}
    st.markdown(f":gray[{escaped(facts.get('training data', ''))}; at step {step:,}]")
    try:
        rings, bonds, chi = (read_arrays(folder, table, step) for table in (RINGS, BONDS, CHI))
        _show_metrics(rings, bonds, limit)
        _draw(palette, folder, rings, bonds, chi, limit)
    except CoreError as error:
        explain_error(error)


def _show_metrics(rings: dict[str, np.ndarray], bonds: dict[str, np.ndarray], limit: float) -> None:
    column = [f"{x:g}" for x in rings["within_a"].tolist()].index(f"{limit:g}")
    flat, real = (float(rings[f"{whose}_flat"][-1, column]) for whose in ("sampled", "real"))
    error, least = (float(bonds[f"{whose}_value"][-1]) for whose in ("sampled", "real"))
    count = int(rings["real_count"][-1])
    metrics_row(
        [
            Metric("Flat rings, sampled", f"{100 * flat:.1f} %", f"held out {100 * real:.1f} %",
                   f"Of {count:,} rings within {limit:g} Å of their best plane."),
            Metric("The note", "97.2 %", "by a definition that is not known",
                   "So the two figures stand side by side and neither wins."),
            Metric("Bond error, sampled", f"{error:.4f} Å", f"held out {least:.4f} Å",
                   "Mean absolute error against lengths fitted on the training residues."),
            Metric("The note's bound", f"{NOTE_BOND_ERROR_A:g} Å", "\"less than\"",
                   "How it was measured is not said."),
        ]
    )  # fmt: skip


def _draw(
    palette: Palette,
    folder: Path,
    rings: dict[str, np.ndarray],
    bonds: dict[str, np.ndarray],
    chi: dict[str, np.ndarray],
    limit: float,
) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        heading("Flat rings", "by kind, with n and 95 % interval")
        show_chart(
            draw_generated(summarise_rings(rings, within_a=limit), palette),
            key=f"rings-{folder.name}",
            alt="Share of flat aromatic rings by kind, sampled and real, beside the note's 97.2 %.",
        )
        heading("χ1", "where samples lie beside held-out residues")
        show_chart(
            draw_generated(summarise_chi(chi), palette),
            key=f"chi-{folder.name}",
            alt="Histogram of the first side-chain angle, sampled and real.",
        )
    with right:
        heading("Bond lengths", "by residue type, with 95 % interval")
        show_chart(
            draw_generated(summarise_bonds(bonds), palette),
            key=f"bonds-{folder.name}",
            alt="Mean error of bond lengths by residue type, sampled and real.",
        )
