"""What does my loss see, and what drives it?"""

import streamlit as st

from core.home import HOME_VARIABLE, home, size_bytes
from core.metrics import term_label
from core.problems.peptide.balance import default_bands
from core.training.device import best_device, describe_device
from pages.ui.overview.glances import (
    dominating,
    glance_at_certainty,
    glance_at_shares,
    glance_at_the_grid,
    note_shares,
)
from pages.ui.overview.lists import sample_check, show_catalogue, show_findings
from pages.ui.overview.runs import show_runs
from pages.ui.page import Explanation, Metric, metrics_row, open_page, origin_badge
from pages.ui.spectra.loaded import sample_set

palette = open_page(
    "What does my loss see, and what drives it?",
    "Three questions before a run. Each chart answers one; the page behind it lets you play.",
    Explanation(
        formula=r"L = \sum_i w_i\,L_i,\qquad s_i = \frac{w_i\,L_i}{L}",
        symbols="A composite loss is a weighted sum of terms $L_i$; the share $s_i$ says what the "
        "value consists of. Lossoscope shows, before a run, whether each term can see a mistake "
        "and whether it gets its share.",
        source="Two project notes on peptide sequencing: improved losses, and the training fix.",
    ),
)

shares, check = note_shares(), sample_check()
term, _, share = dominating(shares)
metrics_row(
    (
        Metric(
            "Stages inside their targets",
            f"{sum(shares.inside)} of {len(shares.stages)}",
            "the note's schedule",
            "Stages in which every active term has its target share, at the expected errors.",
        ),
        Metric(
            "Highest share of one term",
            f"{share:.0f} %",
            f"{term_label(term)}, target {default_bands()[term]}",
            "In the stages with two or more active terms.",
        ),
        Metric(
            "Labels above 50 ppm",
            f"{len(check.flagged)} of {len(check.rows)}",
            "synthetic sample",
            "Labelled spectra whose measured precursor does not fit the label; planted here.",
        ),
        Metric(
            "Device",
            describe_device(best_device()).split(",")[0],
            describe_device(best_device()),
            "What a training run would use: CUDA where it is there, else MPS, else the CPU.",
        ),
        Metric(
            "State folder",
            f"{size_bytes() / 1e6:.1f} MB",
            "everything written at run time",
            f"{home()}; set {HOME_VARIABLE} to move it.",
        ),
    )
)
for column, glance in zip(
    st.columns(3, gap="medium"),
    (glance_at_certainty, glance_at_shares, glance_at_the_grid),
    strict=True,
):
    with column, st.container(gap="xxsmall"):
        glance(palette)

left, right = st.columns([1.3, 1], gap="medium")
with left, st.container(gap="xxsmall"):
    show_runs()
    show_findings()
    origin_badge(f"Synthetic sample, {len(sample_set().spectra)} spectra")
    st.markdown(f":gray[:small[State folder: `{home()}`]]")
with right, st.container(gap="xxsmall"):
    show_catalogue()
