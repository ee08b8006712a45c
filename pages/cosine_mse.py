"""What does each loss train: the direction, or the length too?"""

import streamlit as st

from pages.ui.controls import Segments, draw_control, reset_button
from pages.ui.cosine.views import SETTINGS, VIEWS
from pages.ui.page import Explanation, open_page

palette = open_page(
    "Direction or length: what does the loss train?",
    "Cosine trains the direction alone, squared error the length too. Trouble: a run far from the "
    "dashed line 2(1 − cos).",
    Explanation(
        formula=r"\lVert p-t\rVert^2=\lVert p\rVert^2+\lVert t\rVert^2-2\,\lVert p\rVert\,"
        r"\lVert t\rVert\cos,\qquad \frac{\lVert p-t\rVert^2}{\lVert t\rVert^2}=1+r^2-2r\cos",
        symbols="$p$ prediction, $t$ target, $r=\\lVert p\\rVert/\\lVert t\\rVert$. At $r=1$ it is "
        "$2(1-\\cos)$, the note's line; least at $r=\\cos$, where it is $1-\\cos^2$: a model "
        "trained by MSE shrinks. A mean over $D$ numbers divides by $D$, and $\\lVert "
        "t\\rVert^2=D$ for z-scored targets on average.",
        source="The note on the cosine loss; the identity is exact for each pair of vectors.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the page shows, and what its sidebar asks for.",
    "curves",
    tuple(VIEWS),
    lambda name: VIEWS[name][0],
    labelled=False,
)
chosen = draw_control(view)
with st.container(gap="small"):
    VIEWS[chosen][1](palette)
reset_button((view, *SETTINGS))
