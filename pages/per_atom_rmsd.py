"""Which atoms are wrong, and is the model better than a constant?"""

import streamlit as st

from pages.ui.controls import Segments, draw_control, reset_button
from pages.ui.page import Explanation, open_page
from pages.ui.rmsd.controls import SETTINGS
from pages.ui.rmsd.views import VIEWS

palette = open_page(
    "Which atoms are wrong, and does the model beat a constant?",
    "Lower is better. Trouble: a line that follows the truth clamped to ±1 Å, or lies above the "
    "mean of its slot.",
    Explanation(
        formula=r"\mathrm{RMSD}_s=\sqrt{\frac{1}{n_s}\sum_{i}\lVert\hat x_{is}-x_{is}\rVert^2}"
        r",\qquad \mathrm{RMSD}=\sqrt{\frac{\sum_s n_s\,\mathrm{RMSD}_s^2}{\sum_s n_s}}",
        symbols="$x_{is}$ atom $s$ of residue $i$, $n_s$ how many residues have it (atom12 and "
        "atom13: TRP alone). Pooled over atoms: a mean over batches or residues is another, "
        "smaller number. Intervals: bootstrap over proteins; of two versions of the same residues "
        "the difference is paired. Clamped: every true coordinate cut to ±1 Å, the best that an "
        "output behind a bare tanh can do.",
        source="Tables v4 and v5: the note on the SH decoder, reported, not measured here.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the page shows, and what its sidebar asks for.",
    "slots",
    tuple(VIEWS),
    lambda name: VIEWS[name][0],
    labelled=False,
)
chosen = draw_control(view)
with st.container(gap="small"):
    VIEWS[chosen][1](palette)
reset_button((view, *SETTINGS))
