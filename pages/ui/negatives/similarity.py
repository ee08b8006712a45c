"""How hard the negatives of an epoch are, and which of them may be none."""

import pandas as pd
import streamlit as st

from core.figures.bars import draw_bars
from core.figures.heat import draw_heat
from core.figures.negatives import summarise_difficulty, summarise_histogram
from core.figures.theme import Palette
from core.problems.molecule.batch_view import find_risk
from core.samplers.difficulty import (
    Difficulty,
    drawn_difficulty,
    similarity_to_first,
    uniform_difficulty,
)
from core.samplers.embeddings import Embeddings
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool
from pages.ui.charts import show_chart, show_table
from pages.ui.negatives.controls import ABOVE, MEASURE, NEIGHBOURS
from pages.ui.negatives.scene import Scene, choose_scene, show_origin
from pages.ui.page import Metric, heading, metrics_row

HEIGHT, HEAT_HEIGHT, TABLE_HEIGHT = 224, 258, 320
MOST_LISTED = 200
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
KS = (10, 30, 50, 100, 200)
COLUMNS = {
    "Similarity": st.column_config.NumberColumn(format="%.3f", width=70),
    "Batch": st.column_config.NumberColumn(width=50),
    "One": st.column_config.TextColumn(width=340),
    "Other": st.column_config.TextColumn(width=340),
    "Same cluster": st.column_config.CheckboxColumn(width=80),
}


def show_similarity(palette: Palette) -> None:
    """Show how near the negatives of the epoch are, over its options, and the suspicious ones."""
    scene = choose_scene(palette, MEASURE, ABOVE, one_batch=False)
    if scene is None:
        return
    _show_histogram(scene)
    _show_difficulty(scene)
    _show_risk(scene)
    show_origin(scene)


def _show_histogram(scene: Scene) -> None:
    """Compare all hard negatives of the epoch with all random ones."""
    cosine = similarity_to_first(scene.epoch, scene.loaded.embeddings)
    is_hard = scene.epoch.is_hard_member
    is_random = ~is_hard & (scene.epoch.members >= 0)
    is_random[:, 0] = False
    hard, random = cosine[is_hard], cosine[is_random]
    above = float(st.session_state[ABOVE.key])
    risk = find_risk(scene.epoch, scene.loaded.embeddings, above, 0)
    metrics_row(
        [
            Metric("Similarity of hard", f"{hard.mean():.2f}" if len(hard) else "–",
                   f"{len(hard):,} pairs with a pivot", "Mean cosine, over the epoch."),
            Metric("Similarity of random", f"{random.mean():.2f}" if len(random) else "–",
                   f"{len(random):,} pairs with a pivot", "Mean cosine, over the epoch."),
            Metric("Suspicious pairs", f"{risk.found:,}", f"of {risk.pairs:,} in all batches",
                   "Pairs of any two members of a batch above the bound of the sidebar."),
        ]
    )  # fmt: skip
    heading("Pivot and negative", f"all batches of epoch {scene.epoch.epoch + 1}")
    show_chart(
        draw_bars(summarise_histogram(hard, random), scene.palette, height=HEIGHT),
        key="similarities",
        alt="Histogram of the similarity of hard and of random negatives to their pivot.",
    )


def _show_difficulty(scene: Scene) -> None:
    """Show the difficulty over hard ratio and k, as drawn and as uniform draws would have it."""
    measure = str(st.session_state[MEASURE.key])
    pool = scene.loaded.pool
    assert pool.neighbours is not None
    ks = tuple(k for k in KS if scene.options.minimum_rank < k <= pool.neighbours.k)
    if not ks:
        st.markdown(":gray[Too few pairs for a table over hard ratio and k.]")
        return
    with st.spinner("Drawing the epoch over ratios and neighbours ..."):
        early = max(scene.epoch.epoch, scene.options.curriculum_epoch)
        drawn = _drawn(scene.loaded.key, pool, scene.options, early, ks)
        uniform = _uniform(scene.loaded.key, scene.loaded.embeddings, scene.options.batch_size, ks)
    said = "all negatives" if measure == "mean" else "the hardest negative"
    heading("Difficulty", f"similarity of {said} of a batch to its pivot, mean over pivots")
    here = (scene.options.hard_ratio, scene.options.hardness_k)
    show_chart(
        draw_heat(
            summarise_difficulty(drawn, uniform, measure, here), scene.palette, height=HEAT_HEIGHT
        ),
        key="difficulty",
        alt=f"Similarity of {said} to the pivot over hard ratio and {NEIGHBOURS.label}.",
    )
    st.markdown(
        ":gray[:small[Left: batches of a whole epoch by the method of the sidebar, which takes the "
        "nearest free neighbour first, so k hardly matters while the lists last. Right: what any "
        "of the k nearest with equal chance would give at the beginning of an epoch, which the "
        "note's advice on k supposes: there a smaller k is harder, down to as many as there are "
        "hard slots; below that the rest is random.]]"
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _drawn(
    key: str, _pool: Pool, options: BatchOptions, epoch: int, ks: tuple[int, ...]
) -> Difficulty:
    return drawn_difficulty(_pool, options, epoch, RATIOS, ks)


@st.cache_resource(show_spinner=False, max_entries=16)
def _uniform(key: str, _embeddings: Embeddings, batch_size: int, ks: tuple[int, ...]) -> Difficulty:
    return uniform_difficulty(_embeddings, batch_size, RATIOS, ks)


def _show_risk(scene: Scene) -> None:
    """List the pairs of a batch that are so alike that they may be no negatives."""
    above = float(st.session_state[ABOVE.key])
    risk = find_risk(scene.epoch, scene.loaded.embeddings, above, MOST_LISTED)
    explored = scene.loaded.explored
    more = f"; the {MOST_LISTED} most alike" if risk.found > MOST_LISTED else ""
    heading(
        "Perhaps no negatives",
        f"{risk.found:,} of {risk.pairs:,} pairs of one batch are above {above:g}{more}",
    )
    if not risk.rows:
        st.markdown(":gray[No pair of a batch is so alike. Lower the bound to see the nearest.]")
        return
    rows = [
        {"Similarity": near, "Batch": batch, "One": explored.texts[one],
         "Other": explored.texts[other],
         "Same cluster": bool(explored.cluster[one] == explored.cluster[other])}
        for batch, one, other, near in risk.rows
    ]  # fmt: skip
    show_table(
        pd.DataFrame(rows),
        key="risk",
        alt="Pairs of one batch that are more alike than the bound, with both names.",
        columns=COLUMNS,
        height=TABLE_HEIGHT if len(rows) > 10 else "content",
    )
    st.markdown(
        ":gray[:small[Names that differ in one stereo centre or locant are near in letters, and "
        "another molecule all the same: whether such a pair is a false negative, the names "
        "decide. A similarity ceiling (More) keeps them from being hard members; by chance they "
        "may still meet.]]"
    )
