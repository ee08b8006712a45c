"""Views of one spectrum or one peptide: candidates, offset, certainty, and the grid."""

import numpy as np
import streamlit as st

from core.figures.candidates import CandidateGrid, draw_candidates
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.loss_curves import (
    LossCurve,
    summarise_certainty,
    summarise_offset,
    summarise_ripple,
)
from core.problems.peptide.analysis.candidates import CandidateTable
from core.problems.peptide.analysis.certainty import reference_peptides
from core.problems.peptide.analysis.ripple import Ripple
from core.problems.peptide.objective import SPECTRUM_LOSSES
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Segments, draw_control
from pages.ui.page import heading
from pages.ui.spectra.compute import certainty_curves, grid_ripple, offset_curves_of
from pages.ui.spectra.scene import ROW_HEIGHT, Scene

BESIDE = ("matched_filter", "nearest_peak_huber")
BOUNDED = ("expected_spectrum", "gaussian_cosine", "matched_filter")
AMONG = Segments(
    "among",
    "Peptides",
    "Twelve reference peptides (iRT standards), or the first twelve of 8 to 15 residues that are "
    "loaded. An AUC over twelve peptides scatters by about 0.1.",
    "reference",
    ("reference", "loaded"),
    {"reference": "reference peptides", "loaded": "loaded peptides"}.__getitem__,
    labelled=False,
)


def show_candidates(scene: Scene) -> None:
    """Each loss of each candidate, and the losses over a common mass offset."""
    left, right = st.columns([1.45, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("Loss of each candidate", "bold: lowest of its column; shaded: a wrong one wins")
        grid = summarise_candidates(scene.table)
        widths = {"Candidate": 104, "Peaks": 56, **dict.fromkeys(grid.columns, 57)}
        show_table(
            draw_candidates(grid, scene.palette),
            key="candidates",
            alt="Losses of the right peptide and four wrong ones.",
            columns={name: st.column_config.Column(width=w) for name, w in widths.items()},
        )
    with right, st.container(gap="xxsmall"):
        heading("Loss against mass offset", "gradient below, scaled to its maximum")
        show_offset(scene)


def summarise_candidates(table: CandidateTable) -> CandidateGrid:
    """Freeze the table of candidates for its drawing."""
    return CandidateGrid(
        rows=tuple(candidate.label for candidate in table.candidates),
        peaks=tuple(f"{m.matched} / {m.predicted}" if m else "–" for m in table.matches),
        columns=tuple(SPECTRUM_LOSSES[name].label for name in table.losses),
        value=table.value,
        lowest=table.lowest,
        wrong_wins=table.below_right,
    )


def show_offset(scene: Scene) -> None:
    """Losses and gradients while all predicted peaks move together."""
    names = (scene.loss, *(name for name in BESIDE if name != scene.loss))
    curves = offset_curves_of(
        scene.spectrum_key, scene.peptide, scene.observed, names, scene.options, scene.belief
    )
    first = curves[0]
    dip = None
    if first.isotope_da is not None:
        at = int(np.argmin(np.abs(first.offset_da - first.isotope_da)))
        dip = (first.isotope_da, float(first.value[at]))
    record = summarise_offset(
        first.offset_da,
        [LossCurve(SPECTRUM_LOSSES[c.loss].label, c.value, c.gradient) for c in curves],
        chosen=SPECTRUM_LOSSES[scene.loss].label,
        current_da=scene.belief.offset_da,
        false_minimum=dip,
    )
    show_chart(
        draw_curves(record, scene.palette, height=ROW_HEIGHT),
        key="offset",
        alt="Losses against a common offset of all predicted peaks, with their gradients below.",
    )


def show_certainty(scene: Scene) -> None:
    """How each loss falls as a model grows sure of the right residues."""
    among = draw_control(AMONG)
    peptides = list(reference_peptides())
    if among == "loaded":
        labels = [spectrum.peptide for spectrum in scene.loaded.labelled.values()]
        peptides = [p for p in labels if p and 8 <= len(p) <= 15][:12] or [scene.peptide]
    with st.spinner("Evaluating every level of certainty ..."):
        curves = certainty_curves(peptides, BOUNDED, scene.options)
    names = {name: SPECTRUM_LOSSES[name].long_label for name in curves}
    heading(
        "Loss against certainty",
        f"{len(peptides)} peptides on their exact spectra, σ {scene.options.sigma_da:g} Da; "
        "AUC: right against shuffled",
    )
    record = summarise_certainty(
        curves["expected_spectrum"].p_right,
        {names[name]: curve.right for name, curve in curves.items()},
        {names[name]: curve.shuffled for name, curve in curves.items()},
        {names[name]: curve.auc for name, curve in curves.items()},
        chosen=names["expected_spectrum"],
    )
    show_chart(
        draw_curves(record, scene.palette, height=ROW_HEIGHT + 44),
        key="certainty",
        alt="Mean loss and AUC against the probability of the right residue, by loss.",
    )


def show_ripple(scene: Scene) -> None:
    """What the grid makes of one and the same shift."""
    heading(
        "One peak shifted by σ, on a grid",
        "a loss should not depend on where the bin edges fall",
    )
    show_chart(
        draw_curves(
            summarise_grid(grid_ripple(), scene.options.sigma_over_bin),
            scene.palette,
            height=ROW_HEIGHT + 44,
        ),
        key="ripple",
        alt="Range of the grid loss of one shift over bin positions, against sigma over bin.",
    )


def summarise_grid(found: Ripple, ratio: float) -> CurveFigure:
    """Freeze the ripple of the grid for its chart, with a rule at a ratio of sigma to bin."""
    return summarise_ripple(
        found.sigma_over_bin,
        found.low,
        found.high,
        found.continuous,
        gradient_low=found.gradient_low,
        gradient_high=found.gradient_high,
        current=ratio,
    )
