"""RMSD by slot over residues of all types, numbers of atoms known and unknown."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.density_scores import ATOM, SlotLine, summarise_slots
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.problems.sidechain.density.outputs import SLOT_NAMES
from core.problems.sidechain.density.scores import SlotScores
from core.problems.sidechain.reported.tables import note_tables
from pages.ui.charts import show_chart
from pages.ui.density.controls import EACH
from pages.ui.density.scene import (
    angstrom,
    choose_scene,
    constant,
    measure,
    note_total,
    show_origin,
    warn_of_unseen,
)
from pages.ui.page import Metric, explain_error, heading, metrics_row

HEIGHT = 410
KNOWN, UNKNOWN = "recovered, numbers known", "recovered, numbers unknown"


def show_slots(palette: Palette) -> None:
    """Show what is recovered in each slot, beside the note and a constant."""
    scene = choose_scene(palette, (EACH,))
    if scene is None:
        return
    each = int(scene.values[EACH.key])
    both = [replace(scene.options, knows_counts=knows) for knows in (True, False)]
    try:
        known, unknown = measure(scene, each, both)
    except CoreError as error:
        explain_error(error)
        return
    warn_of_unseen(scene, scene.sample.some(each))
    mean = constant(scene, each)
    _show_metrics(known, unknown, mean)
    v5 = note_tables()[-1]
    lines = [
        SlotLine("mean of the slot", mean.rmsd, "ghost", "dash"),
        SlotLine("the note's v5", v5.rmsd, "ink"),
        SlotLine(UNKNOWN, unknown.rmsd, ATOM, "dot"),
        SlotLine(KNOWN, known.rmsd, ATOM),
    ]
    with st.container(gap="xxsmall"):
        heading(
            "By slot",
            f"{known.count[0]} residues, {each} of each type where there are so many, weighed by "
            "natural frequency; below: atoms not found within 0.5 Å",
        )
        record = summarise_slots("slots", SLOT_NAMES, lines,
                                 {UNKNOWN: unknown.lost, KNOWN: known.lost})  # fmt: skip
        show_chart(
            draw_curves(record, palette, height=HEIGHT),
            key="slots",
            alt="RMSD by slot of what is recovered, beside the note's v5 and the slot mean.",
        )
    show_origin(scene)
    st.markdown(
        ":gray[:small[RMSD over atoms that have a partner; with numbers unknown read it together "
        "with the atoms not found. CA is the origin of the frame and not encoded. The note's "
        "figures are those of a trained network on its own proteins: beside these they show what "
        "the density holds, not what its network did.]]"
    )


def _show_metrics(known: SlotScores, unknown: SlotScores, mean: SlotScores) -> None:
    metrics_row(
        [
            Metric("Side chain, known", angstrom(known.side_chain),
                   f"overall {angstrom(known.overall)}",
                   "Pooled RMSD with the number of atoms of each element known."),
            Metric("Side chain, unknown", angstrom(unknown.side_chain),
                   f"overall {angstrom(unknown.overall)}",
                   "Pooled RMSD of the atoms that were found, their numbers unknown."),
            Metric("Not found", _percent(unknown.all_lost), f"numbers known: "
                   f"{_percent(known.all_lost)}",
                   "Share of the atoms without a partner within 0.5 Å, numbers unknown."),
            Metric("The note's v5", f"{note_total('side_chain'):.2f} Å",
                   f"overall {note_total('overall'):.2f} Å",
                   "Side-chain RMSD that the note reports."),
            Metric("Mean of the slot", f"{mean.side_chain:.2f} Å",
                   f"overall {mean.overall:.2f} Å",
                   "Side-chain RMSD of one place for each slot: it sees no density."),
        ]
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if np.isfinite(share) else "–"
