"""How far runs came, epoch by epoch, against what the note expects."""

import streamlit as st

from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.figures.trajectory import summarise_trajectory
from pages.ui.charts import show_chart
from pages.ui.cosine.histories import choose_runs, with_epochs
from pages.ui.page import heading

HEIGHT = 480
NAME_HEIGHT = 8  # pixels that the legend takes for a run


def show_trajectory(palette: Palette) -> None:
    """What the note expects by epoch, against uploaded histories and runs made here."""
    runs, lost = with_epochs(choose_runs())
    heading(
        "Cosine similarity by epoch",
        "the note expects 0.05, 0.55, 0.75 and 0.85 at epochs 1, 50, 150 and 300",
    )
    record = summarise_trajectory([(run.name, run.color, run.history) for run in runs])
    show_chart(
        draw_curves(record, palette, height=HEIGHT + NAME_HEIGHT * len(runs)),
        key="trajectory",
        alt="Validation cosine similarity by epoch of each run, and the note's expectation.",
    )
    if lost:
        st.markdown(f":gray[:small[{lost}]]")
    st.markdown(
        ":gray[:small[Six published histories of such a network reached 0.60 to 0.66, and 0.5 "
        "between epochs 23 and 69: see Histories to open yours.]]"
    )
