"""How much each negative pushes, by the temperature."""

import numpy as np
import streamlit as st

from core.figures.draw_curves import draw_curves
from core.figures.negative_pull import summarise_effective, summarise_pull
from core.figures.theme import Palette
from core.samplers.difficulty import effective_count, pull_shares
from pages.ui.charts import show_chart
from pages.ui.negatives.controls import TEMPERATURE
from pages.ui.negatives.scene import choose_scene, show_origin
from pages.ui.page import Metric, escaped, heading, metrics_row

HEIGHT = 360


def show_temperature(palette: Palette) -> None:
    """Show the share of each negative of the batch in the push on its pivot."""
    scene = choose_scene(palette, TEMPERATURE)
    if scene is None:
        return
    temperature = float(st.session_state[TEMPERATURE.key])
    others = scene.batch.members[1:]
    similarity = np.array([member.similarity for member in others])
    shares = pull_shares(similarity, temperature)
    hardest = max(others, key=lambda member: member.similarity)
    hard = np.array([member.is_hard for member in others])
    order = np.argsort(-similarity, kind="stable")
    metrics_row(
        [
            Metric("Hardest negative", f"{100 * shares[0]:.3g} %",
                   f"of the push; cosine {hardest.similarity:.2f}",
                   "Share of the most similar negative in the gradient that pushes the pivot away "
                   "from its negatives."),
            Metric("Negatives that count", f"{effective_count(shares):.3g}",
                   f"of {len(shares)} in the batch",
                   "1 / Σ share²: so many equal negatives would be as concentrated."),
            Metric("Hard members", f"{100 * shares[hard[order]].sum():.4g} %",
                   f"of the push by {int(hard.sum())} of {len(shares)}",
                   "Share of all hard members together."),
        ]
    )  # fmt: skip
    left, right = st.columns([1.3, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("Push of each negative", f"batch {scene.batch.number}, sorted by similarity")
        show_chart(
            draw_curves(summarise_pull(similarity, temperature), palette, height=HEIGHT),
            key="pull",
            alt="Share of each negative in the InfoNCE gradient by rank, at several temperatures.",
        )
    with right, st.container(gap="xxsmall"):
        heading("How many count", "the dot is the temperature of the sidebar")
        show_chart(
            draw_curves(summarise_effective(similarity, temperature), palette, height=HEIGHT),
            key="effective",
            alt="Number of negatives that count in the gradient over the temperature.",
        )
    show_origin(scene)
    st.markdown(
        f":gray[:small[Hardest: {escaped(hardest.text)}. The similarities are those of the texts, "
        "before any training; those of a model take their place in a run. The positive and 1/T "
        "scale all negatives alike, so they change no share.]]"
    )
