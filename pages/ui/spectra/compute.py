"""Cached calls of the analyses: each by what it depends on, so that a slider redraws little."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import streamlit as st

from core.problems.peptide.analysis.candidates import (
    Candidate,
    CandidateTable,
    candidate_losses,
    candidate_table,
)
from core.problems.peptide.analysis.certainty import CertaintyCurve, certainty_curve
from core.problems.peptide.analysis.discrimination import (
    LossDiscrimination,
    candidate_scores,
    candidate_set,
    summarise_loss,
)
from core.problems.peptide.analysis.match import match_peptide
from core.problems.peptide.analysis.offset import OffsetCurve, offset_curve
from core.problems.peptide.analysis.ripple import Ripple, ripple
from core.problems.peptide.analysis.scoring import Belief, Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.mass_matching import Agreement
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.peptides import Peptide
from pages.ui.spectra.loaded import LoadedSet

MAX_KEPT = 64  # results of one loss over one set, a few numbers each
KEYS = {
    SpectrumOptions: astuple,
    Belief: astuple,
    Agreement: astuple,
    Peptide: str,
    Candidate: lambda candidate: (candidate.kind, str(candidate.peptide)),
}


@st.cache_data(show_spinner=False, max_entries=512, hash_funcs=KEYS)
def _column(
    spectrum_key: str,
    candidates: Sequence[Candidate],
    loss: str,
    relevant: SpectrumOptions,
    belief: Belief,
    _observed: Prepared,
) -> np.ndarray:
    return candidate_losses(candidates, _observed, loss, relevant, belief)


def losses_of_candidates(
    spectrum_key: str,
    candidates: Sequence[Candidate],
    observed: Prepared,
    options: SpectrumOptions,
    belief: Belief,
) -> CandidateTable:
    """Compute each loss of each candidate; only columns that read a change are computed anew."""
    columns = {
        name: _column(spectrum_key, candidates, name, loss.relevant(options), belief, observed)
        for name, loss in SPECTRUM_LOSSES.items()
    }
    matches = [
        None if c.peptide is None else match_peptide(c.peptide, observed, options, belief)
        for c in candidates
    ]
    return candidate_table(candidates, columns, matches)


@st.cache_data(show_spinner=False, max_entries=512, hash_funcs=KEYS)
def _offset_curve(
    spectrum_key: str,
    peptide: Peptide,
    loss: str,
    relevant: SpectrumOptions,
    belief: Belief,
    _observed: Prepared,
) -> OffsetCurve:
    return offset_curve(peptide, _observed, loss, relevant, belief=belief)


def offset_curves_of(
    spectrum_key: str,
    peptide: Peptide,
    observed: Prepared,
    losses: Sequence[str],
    options: SpectrumOptions,
    belief: Belief,
) -> list[OffsetCurve]:
    """Compute losses over the offset; the page's own offset only moves the rule."""
    still = Belief(belief.p_right, belief.rest)
    return [
        _offset_curve(
            spectrum_key, peptide, name, SPECTRUM_LOSSES[name].relevant(options), still, observed
        )
        for name in losses
    ]


@st.cache_data(show_spinner=False)
def grid_ripple() -> Ripple:
    """Compute what the grid makes of one shift; depends on no control."""
    return ripple()


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs=KEYS)
def _certainty(peptides: Sequence[Peptide], loss: str, relevant: SpectrumOptions) -> CertaintyCurve:
    return certainty_curve(peptides, loss, relevant)


def certainty_curves(
    peptides: Sequence[Peptide], losses: Sequence[str], options: SpectrumOptions
) -> dict[str, CertaintyCurve]:
    """Compute losses over the probability of the right residue."""
    return {
        name: _certainty(peptides, name, SPECTRUM_LOSSES[name].relevant(options)) for name in losses
    }


@dataclass(frozen=True, eq=False)
class Discriminated:
    """How each loss tells right from wrong over a set, and what was left out."""

    losses: tuple[LossDiscrimination, ...]
    used: int
    skipped: dict[str, int]
    missing: dict[str, int]
    equals_gaussian: bool


def discriminate_set(
    loaded: LoadedSet, options: SpectrumOptions, belief: Belief, *, unmodified: bool
) -> Discriminated:
    """Score every candidate of every spectrum, loss by loss, with progress.

    A loss that does not read a changed option is not computed again. Another click on the page
    cancels; what is finished is kept.
    """
    kept: dict[tuple, LossDiscrimination] = st.session_state.setdefault("discriminated", {})
    still = Belief(belief.p_right, belief.rest)
    spectra = [
        spectrum
        for spectrum in loaded.labelled.values()
        if not (unmodified and spectrum.peptide and spectrum.peptide.modifications)
    ]
    candidates = candidate_set(spectra, options)
    certain = still.p_right == 1
    names = [name for name in SPECTRUM_LOSSES if not (certain and name == "expected_spectrum")]
    bar = st.empty()
    results = []
    for position, name in enumerate(names):
        relevant = SPECTRUM_LOSSES[name].relevant(options)
        key = (loaded.key, unmodified, name, relevant, still)
        if key not in kept:
            text = f"{SPECTRUM_LOSSES[name].long_label}, {len(candidates):,} spectra"

            def show(share: float, position: int = position, text: str = text) -> None:
                bar.progress((position + share) / len(names), text)

            scores = candidate_scores(candidates, name, relevant, belief=still, progress=show)
            while len(kept) >= MAX_KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = summarise_loss(name, scores)
        results.append(kept[key])
    bar.empty()
    return Discriminated(
        tuple(results),
        len(candidates),
        dict(candidates.skipped),
        dict(candidates.missing),
        certain,
    )
