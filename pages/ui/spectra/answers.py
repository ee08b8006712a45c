"""Answers beside labels: those of uploaded tools, or of losses that choose among candidates."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.problems.peptide.analysis.choosing import choose_candidates
from core.problems.peptide.analysis.coverage import Compared
from core.problems.peptide.analysis.discrimination import candidate_scores, candidate_set
from core.problems.peptide.analysis.scoring import Belief
from core.problems.peptide.analysis.tools import ToolAnswers, place_tool
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.mass_matching import Agreement
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.reading.answers import Answers
from pages.ui.spectra.answer_uploads import uploaded_answers
from pages.ui.spectra.compute import KEYS
from pages.ui.spectra.loaded import LoadedSet

OTHERS: Final = ("nearest_peak_huber", "matched_only")


@dataclass(frozen=True, eq=False)
class Judged:
    """A tool beside the labels, and each of its answers counted."""

    tool: ToolAnswers
    compared: Compared


def judged_tools(
    loaded: LoadedSet, loss: str, options: SpectrumOptions, belief: Belief, agreement: Agreement
) -> tuple[Judged, ...]:
    """Compare the uploaded tools with the labels; until there are any, losses that choose."""
    if uploaded := uploaded_answers():
        return tuple(
            _judged_upload(identity, loaded.key, name, agreement, answers, loaded)
            for name, (identity, answers) in uploaded.items()
        )
    still = Belief(belief.p_right, belief.rest)
    names = (loss, *(name for name in OTHERS if name != loss))
    return tuple(
        _judged_choice(
            loaded.key, name, SPECTRUM_LOSSES[name].relevant(options), still, agreement, loaded
        )
        for name in names
    )


@st.cache_resource(
    show_spinner="Comparing answers with labels ...", max_entries=32, hash_funcs=KEYS
)
def _judged_upload(
    identity: str,
    set_key: str,
    name: str,
    agreement: Agreement,
    _answers: Answers,
    _loaded: LoadedSet,
) -> Judged:
    tool = place_tool(name, _answers, _loaded.result, _loaded.origin)
    return Judged(tool, tool.compared(agreement))


@st.cache_resource(show_spinner="Each loss chooses a peptide ...", max_entries=32, hash_funcs=KEYS)
def _judged_choice(
    set_key: str,
    loss: str,
    relevant: SpectrumOptions,
    belief: Belief,
    agreement: Agreement,
    _loaded: LoadedSet,
) -> Judged:
    candidates = candidate_set(list(_loaded.labelled.values()), relevant)
    scores = candidate_scores(candidates, loss, relevant, belief=belief)
    answers = choose_candidates(candidates, scores, SPECTRUM_LOSSES[loss].long_label)
    tool = place_tool(answers.source, answers, _loaded.result, _loaded.origin)
    return Judged(tool, tool.compared(agreement))
