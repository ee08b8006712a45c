"""What can a density of spherical harmonics hold of a side chain?"""

import streamlit as st

from pages.ui.controls import Segments, draw_control, reset_button
from pages.ui.density.views import SETTINGS, VIEWS
from pages.ui.page import Explanation, open_page

palette = open_page(
    "How much of a side chain does the density hold?",
    "Atoms are read back from the density without a network. Near 0 Å it holds them; trouble: "
    "atoms that are not found.",
    Explanation(
        formula=r"\rho_{c\,lm\,s}=\sum_{i\in c}e^{-(r_i-R_s)^2/2\sigma^2}\,Y_{lm}(\hat r_i)",
        symbols="$c$ the element (C, N, O, S), $r_i$ and $\\hat r_i$ distance and direction of "
        "atom $i$ from CA in the frame of the backbone, $R_s$ the radius of shell $s$, "
        "$\\sigma$ its width, $Y_{lm}$ real spherical harmonics, $l\\leq l_{max}$, orthonormal, "
        "z the polar axis. Noise is added, then coefficients up to $\\tau$ are set to 0. Read "
        "back: the best peak on a grid, then least squares of all places, again for each atom; "
        "what that finds is the least that the density holds.",
        source="The note on the density decoder, v4 and v5; matching pursuit: Mallat and Zhang "
        "1993.",
    ),
)
view = Segments(
    "view",
    "View",
    "What the page shows, and what its sidebar asks for.",
    "residue",
    tuple(VIEWS),
    lambda name: VIEWS[name][0],
    labelled=False,
)
chosen = draw_control(view)
with st.container(gap="small"):
    VIEWS[chosen][1](palette)
reset_button((view, *SETTINGS))
