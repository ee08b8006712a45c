"""Would this loss notice a wrong peptide?"""

import streamlit as st

from core.problems.peptide.analysis.candidates import Candidate, candidates_of
from core.problems.peptide.analysis.discrimination import prepared
from core.problems.peptide.analysis.match import match_peptide
from pages.ui.controls import Segments, draw_control, draw_controls, reset_button, sidebar_warning
from pages.ui.page import Explanation, open_page, origin_badge
from pages.ui.spectra.compute import losses_of_candidates
from pages.ui.spectra.controls import MORE, belief_from, options_from, primary_controls
from pages.ui.spectra.editor import PEPTIDE, edited_peptide, reset_moves
from pages.ui.spectra.loaded import DATASET, choose_set
from pages.ui.spectra.main_figure import show_metrics, show_mirror
from pages.ui.spectra.scene import Scene
from pages.ui.spectra.views import VIEWS
from pages.ui.spectra.views_of_answers import CONTROLS as ANSWER_CONTROLS
from pages.ui.spectra.views_of_one import AMONG
from pages.ui.spectra.views_of_set import UNMODIFIED
from pages.ui.spectra.views_of_spread import MODEL

palette = open_page(
    "Would this loss notice a wrong peptide?",
    "Up: peaks the peptide predicts. Down: peaks measured. A good loss is low in the first row of "
    "the table, and high in all others.",
    Explanation(
        formula=r"L = 1 - \frac{\langle P, O\rangle}{\lVert P\rVert\,\lVert O\rVert},\quad "
        r"P(x)=\sum_i e^{-(x-\hat m_i)^2/2\sigma^2},\; O(x)=\sum_j I_j e^{-(x-m_j)^2/2\sigma^2}",
        symbols="$\\hat m_i$ predicted and $m_j$, $I_j$ observed peaks, $\\sigma$ the width. The "
        "inner product of two Gaussians is a Gaussian of variance $2\\sigma^2$, so no grid is "
        "needed; the grid form is what the notes use.",
        source="The note on improved losses; the closed form is ours.",
    ),
)
view_control = Segments(
    "view",
    "View",
    "What the lower row shows.",
    "candidates",
    tuple(VIEWS),
    lambda key: VIEWS[key][0],
    labelled=False,
)

loaded = choose_set()
spectra = loaded.labelled
primary = primary_controls(tuple(spectra), loaded.names)
values = draw_controls(primary, MORE)
spectrum = spectra[values["spectrum"]]
options, belief = options_from(values), belief_from(values)
label, peptide = edited_peptide(spectrum, values["spectrum"])
if options.sigma_over_bin < 1:
    sidebar_warning(
        f"σ/bin = {options.sigma_over_bin:.2f}: the grid form aliases. "
        f"Set the bin to {options.sigma_da:g} Da or less."
    )
scratch = (DATASET, PEPTIDE, AMONG, MODEL, UNMODIFIED, *ANSWER_CONTROLS)
reset_button((*primary, *MORE, view_control, *scratch), also=reset_moves)

observed = prepared(spectrum, options)
key = values["spectrum"]
edited = () if peptide == label else (Candidate("edited", "edited", peptide),)
candidates = (*candidates_of(label, seed=options.seed), *edited)
table = losses_of_candidates(key, candidates, observed, options, belief)
scene = Scene(palette, loaded, key, peptide, observed, options, belief, values["loss"], table)
match = match_peptide(peptide, observed, options, belief)
show_metrics(scene, match, spectrum)
show_mirror(scene, match)
with st.container(horizontal=True, vertical_alignment="center"):
    chosen = draw_control(view_control)
    origin_badge(loaded.summary)
VIEWS[chosen][1](scene)
