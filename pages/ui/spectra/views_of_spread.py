"""The view on length and noise: the subject of the note on improved losses."""

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.draw_curves import draw_curves
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
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Segments, draw_control
from pages.ui.page import heading
from pages.ui.spectra.compute import KEYS
from pages.ui.spectra.loaded import LoadedSet
from pages.ui.spectra.scene import ROW_HEIGHT, Scene

LOSSES = tuple(name for name in SPECTRUM_LOSSES if name != "expected_spectrum")
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
    """Mean, spread and gradient noise of each loss, by length and by share of clean spectra."""
    predicted = draw_control(MODEL)
    loaded = scene.loaded
    pairs, mixed = [], []
    with st.spinner("Evaluating every spectrum with every loss ..."):
        for name in LOSSES:
            relevant = _relevant(scene, name)
            pairs.append(_by_length(loaded.key, name, relevant, predicted, loaded))
            mixed.append(_by_share(loaded.key, name, relevant, predicted, loaded))
    left, right = st.columns(2, gap="medium")
    with left, st.container(gap="xxsmall"):
        chosen = [s for s in pairs if s.loss in {_first(scene), _second(scene)}]
        rho = ", ".join(
            f"{SPECTRUM_LOSSES[s.loss].label} {s.rank_correlation:+.2f}" for s in chosen
        )
        heading("By peptide length", f"rank correlation with length: {rho}".replace("-", "−"))
        _show(scene, "length", "residues", pairs)
    with right, st.container(gap="xxsmall"):
        heading("By share of clean spectra", "synthetic: the same peptides, clean or noisy")
        _show(scene, "clean-share", "clean spectra in the batch", mixed)
    heading("Every loss", "the numbers behind both charts; noise: spread of the pull over its mean")
    frame = pd.concat([_frame("length", pairs), _frame("clean share", mixed)], ignore_index=True)
    show_table(
        frame,
        key="spread",
        alt="Mean, standard deviation and gradient noise of each loss by group.",
        columns={
            name: st.column_config.NumberColumn(format="%.4g")
            for name in ("Mean", "SD", "Gradient noise")
        },
        height=320,
    )


def _first(scene: Scene) -> str:
    # While the model is certain the expected spectrum equals the Gaussian cosine.
    return "gaussian_cosine" if scene.loss == "expected_spectrum" else scene.loss


def _second(scene: Scene) -> str:
    return "gaussian_cosine" if scene.loss == "nearest_peak_huber" else "nearest_peak_huber"


def _frame(by: str, spreads: list[Spread]) -> pd.DataFrame:
    rows = [
        (SPECTRUM_LOSSES[s.loss].label, by, group, *numbers)
        for s in spreads
        for group, *numbers in zip(s.groups, s.count, s.mean, s.sd, s.gradient_noise, strict=True)
    ]
    columns = ["Loss", "By", "Group", "Spectra", "Mean", "SD", "Gradient noise"]
    return pd.DataFrame(rows, columns=columns)


def _relevant(scene: Scene, loss: str) -> SpectrumOptions:
    return SPECTRUM_LOSSES[loss].relevant(scene.options)


def _show(scene: Scene, key: str, x_title: str, spreads: list[Spread]) -> None:
    drawn = [s for s in spreads if s.loss in {_first(scene), _second(scene)}]
    filled = drawn[0].count > 0
    curves = [
        SpreadCurve(
            SPECTRUM_LOSSES[s.loss].label, s.mean[filled], s.sd[filled], s.gradient_noise[filled]
        )
        for s in drawn
    ]
    groups = [name for name, full in zip(drawn[0].groups, filled, strict=True) if full]
    chosen = SPECTRUM_LOSSES[_first(scene)].label
    record = summarise_spread(key, x_title, groups, curves, chosen=chosen)
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
