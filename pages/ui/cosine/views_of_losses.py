"""Where both losses pull, and how far runs came against what the note expects."""

import streamlit as st

from core.figures.cosine_curves import summarise_trajectory
from core.figures.cosine_plane import draw_fields, summarise_fields
from core.figures.draw_curves import draw_curves
from core.figures.theme import term_color
from core.problems.pocket.results import loss_kind
from core.problems.pocket.task import TERMS
from pages.ui.charts import show_chart
from pages.ui.cosine.histories import own_tracks, uploaded
from pages.ui.cosine.main_figure import Scene
from pages.ui.page import heading

FIELD_HEIGHT, HEIGHT = 400, 330
NAME_HEIGHT = 8  # pixels that the legend takes for a run


def show_gradients(scene: Scene) -> None:
    """Where each loss pulls a prediction in the plane of target and prediction."""
    heading(
        "Where the losses pull",
        "downhill, arrow lengths by the square root; the dot is the prediction of the sidebar",
    )
    fields = summarise_fields(scene.point)
    show_chart(
        draw_fields(fields, scene.palette, height=FIELD_HEIGHT),
        key="fields",
        alt="Downhill directions of the cosine loss and of the squared error around one target.",
    )
    cosine, squared = fields
    st.markdown(
        f":gray[:small[Longest arrow: {cosine.longest:.3g} of the cosine loss, "
        f"{squared.longest:.3g} of the squared error, per unit of the prediction. The cosine's "
        "pull stands at a right angle to the prediction everywhere.]]"
    )


def show_trajectory(scene: Scene) -> None:
    """What the note expects by epoch, against uploaded histories and runs made here."""
    runs = [(name, "", history) for name, history in uploaded().items()]
    for name, history in own_tracks().items():
        kind = loss_kind(history)
        runs.append((name, term_color(kind) if kind in TERMS else "muted", history))
    heading(
        "Cosine similarity by epoch",
        "the note expects 0.05, 0.55, 0.75 and 0.85 at epochs 1, 50, 150 and 300",
    )
    show_chart(
        draw_curves(
            summarise_trajectory(runs), scene.palette, height=HEIGHT + NAME_HEIGHT * len(runs)
        ),
        key="trajectory",
        alt="Held-out cosine similarity by epoch of each run, and the note's expectation.",
    )
    st.markdown(
        ":gray[:small[Six published histories of such a network reached 0.60 to 0.66, and 0.5 "
        "between epochs 23 and 69: see Histories to open yours.]]"
    )
