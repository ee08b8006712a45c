"""What does a batch look like, and is it too hard?"""

import streamlit as st

from pages.ui.controls import Segments, draw_control, reset_button
from pages.ui.negatives.views import SETTINGS, VIEWS
from pages.ui.page import Explanation, open_page

palette = open_page(
    "What is in a batch, and is it too hard?",
    "Hard negatives are near the pivot, random ones far. Trouble: neighbours that mean the same, "
    "or slots that stay empty.",
    Explanation(
        formula=r"\mathcal L_i=-\log\frac{e^{s_{ii}/T}}{\sum_j e^{s_{ij}/T}},\qquad "
        r"\frac{\partial\mathcal L_i}{\partial s_{ij}}=\frac{1}{T}\,"
        r"\frac{e^{s_{ij}/T}}{\sum_l e^{s_{il}/T}}\quad(j\neq i)",
        symbols="$s_{ij}$ cosine of molecule $i$ and text $j$ of one batch, $T$ the temperature. "
        "A batch is a pivot, $\\max(0, \\mathrm{round}(\\text{ratio}\\cdot B)-1)$ of its nearest "
        "neighbours, and a random rest. Neighbours are those of the texts: the model is never "
        "asked, so the similarities here are of texts too.",
        source="The note on hard negatives; van den Oord et al. 2018, eq. 4.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the page shows, and what its sidebar asks for.",
    "batch",
    tuple(VIEWS),
    lambda name: VIEWS[name][0],
    labelled=False,
)
chosen = draw_control(view)
with st.container(gap="small"):
    VIEWS[chosen][1](palette)
reset_button((view, *SETTINGS))
