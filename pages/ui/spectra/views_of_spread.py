"""The view on length and noise: the subject of the note on improved losses."""

import numpy as np
import streamlit as st

from core.figures.curves import draw_curves
from core.figures.loss_curves import SpreadCurve, summarise_spread
from core.problems.peptide.analysis.discrimination import prepared
from core.problems.peptide.analysis.pull import pair_values
from core.problems.peptide.analysis.spread import (
    Spread,
    mix_set,
    spread_by_clean_share,
    spread_by_length,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.decoys import make_decoys
from core.problems.peptide.objective import SPECTRUM_LOSSES
from pages.ui.charts import show_chart
from pages.ui.controls import Segments, draw_control
from pages.ui.page import heading
from pages.ui.spectra.compute import KEYS
from pages.ui.spectra.loaded import LoadedSet
from pages.ui.spectra.scene import ROW_HEIGHT, Scene

MOST_SPECTRA = 200  # enough for a spread; more only takes longer
MODEL = Segments(
    "model",
    "The model predicts",
    "The right peptide, or a random one as an untrained model does.",
    "right",
    ("right", "random"),
    {"right": "the right peptide", "random": "a random one"}.__getitem__,
    labelled=False,
)


def show_spread(scene: Scene) -> None:
    """Mean, spread and gradient noise by peptide length and by share of clean spectra."""
    predicted = draw_control(MODEL)
    old = "nearest_peak_huber" if scene.loss != "nearest_peak_huber" else "gaussian_cosine"
    names = (scene.loss, old)
    with st.spinner("Evaluating every spectrum ..."):
        pairs = [
            _by_length(scene.loaded.key, n, _relevant(scene, n), predicted, scene.loaded)
            for n in names
        ]
        mixed = [
            _by_share(scene.loaded.key, n, _relevant(scene, n), predicted, scene.loaded)
            for n in names
        ]
    left, right = st.columns(2, gap="medium")
    with left, st.container(gap="xxsmall"):
        rho = ", ".join(f"{SPECTRUM_LOSSES[s.loss].label} {s.rank_correlation:+.2f}" for s in pairs)
        heading("By peptide length", f"rank correlation with length: {rho}".replace("-", "−"))
        _show(scene, "length", "residues", pairs)
    with right, st.container(gap="xxsmall"):
        heading("By share of clean spectra", "synthetic: the same peptides, clean or noisy")
        _show(scene, "clean-share", "clean spectra in the batch", mixed)


def _relevant(scene: Scene, loss: str) -> SpectrumOptions:
    return SPECTRUM_LOSSES[loss].relevant(scene.options)


def _show(scene: Scene, key: str, x_title: str, spreads: list[Spread]) -> None:
    curves = [
        SpreadCurve(SPECTRUM_LOSSES[s.loss].label, s.mean, s.sd, s.gradient_noise) for s in spreads
    ]
    chosen = SPECTRUM_LOSSES[scene.loss].label
    record = summarise_spread(key, x_title, spreads[0].groups, curves, chosen=chosen)
    show_chart(
        draw_curves(record, scene.palette, height=ROW_HEIGHT + 24),
        key=key,
        alt=f"Mean loss with its spread, and gradient noise, by {x_title}.",
    )


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=KEYS)
def _by_length(
    set_key: str, loss: str, relevant: SpectrumOptions, predicted: str, _loaded: LoadedSet
) -> Spread:
    right, observed = [], []
    for spectrum in list(_loaded.labelled.values())[:MOST_SPECTRA]:
        peptide = spectrum.peptide
        if peptide is not None and predicted != "right":
            peptide = make_decoys(peptide, seed=relevant.seed)[predicted].peptide
        if peptide is not None:
            right.append(peptide)
            observed.append(prepared(spectrum, relevant))
    return spread_by_length(right, pair_values(right, observed, loss, relevant), loss)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=KEYS)
def _by_share(
    set_key: str, loss: str, relevant: SpectrumOptions, predicted: str, _loaded: LoadedSet
) -> Spread:
    spectra = list(_loaded.labelled.values())[:MOST_SPECTRA]
    peptides = [s.peptide for s in spectra if s.peptide is not None]
    mix = mix_set(peptides, relevant, predicted=predicted)
    clean, noisy = (
        pair_values(mix.peptides, side, loss, relevant) for side in (mix.clean, mix.noisy)
    )
    return spread_by_clean_share(np.asarray(mix.order), clean, noisy, loss)
