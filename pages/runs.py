"""Which run is better, and what made it so?"""

import streamlit as st

from pages.ui.controls import Segments, draw_control, reset_button
from pages.ui.page import Explanation, open_page
from pages.ui.runs.controls import COMPARE, TABLE
from pages.ui.runs.following import FOLLOW
from pages.ui.runs.imports import IMPORT
from pages.ui.runs.views import VIEWS

palette = open_page(
    "Which run is better, and what made it so?",
    "One colour a run. Trouble: a lead that is smaller than the band of its seeds, or several "
    "options that differ at once.",
    Explanation(
        formula=r"\bar v_i=\frac{\sum_{j\le i} 2^{-(x_i-x_j)/h}\,v_j}{\sum_{j\le i} "
        r"2^{-(x_i-x_j)/h}},\qquad \bar v\pm t_{n-1,\,0.975}\,\frac{s}{\sqrt n}",
        symbols="$v_j$ value at position $x_j$, $h$ half-life: the weights follow the distance, "
        "not the number of points, and begin anew at every stage. Over the seeds of one "
        "configuration: mean $\\bar v$, standard deviation $s$, $n$ runs, Student's quantile $t$. "
        "Training time leaves pauses out.",
        source="Steps, epochs, time and values as each run recorded them.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the page shows, and what its sidebar asks for.",
    "compare",
    tuple(VIEWS),
    lambda name: VIEWS[name][0],
    labelled=False,
)
chosen = draw_control(view)
with st.container(gap="small"):
    VIEWS[chosen][1](palette)
reset_button((view, *COMPARE, *TABLE, *FOLLOW, *IMPORT))
