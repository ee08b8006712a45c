"""The note's quick test: synthetic embeddings in five clusters, and what chance would show."""

import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.bars import draw_bars
from core.figures.negative_map import summarise_largest
from core.figures.theme import Palette
from core.samplers.composition import BATCH, CLUSTERS, SIZE, QuickTest, run_quick_test
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import draw_controls
from pages.ui.negatives.controls import QUICK, QUICK_K, QUICK_RATIO, QUICK_SEED
from pages.ui.page import Metric, explain_error, heading, metrics_row, origin_badge

HEIGHT = 300
SHOWN = 3
MANY = 6  # members of one cluster that the note takes for a sign


def show_quick(palette: Palette) -> None:
    """Run the test by the controls, and show it beside chance."""
    values = draw_controls(QUICK)
    k = int(values[QUICK_K.key])
    try:
        test = _run(k, int(values[QUICK_SEED.key] or 0), float(values[QUICK_RATIO.key]))
    except CoreError as error:
        explain_error(error)
        return
    total = int(test.largest.sum())
    many = int(test.largest[MANY:].sum())
    chance = 100 * float(test.by_chance[MANY:].sum())
    dominant = (test.composition.argmax(axis=1) == test.pivot_cluster).mean()
    metrics_row(
        [
            Metric(f"{MANY} or more of a cluster", f"{100 * many / total:.0f} %",
                   f"of {total} batches; at random {chance:.1f} %",
                   "Batches of 10 whose largest cluster has at least 6 members: the note's sign."),
            Metric("Largest is the pivot's", f"{100 * dominant:.0f} %", "of the batches",
                   "Batches whose largest cluster is that of their pivot."),
            Metric("Neighbours looked at", f"{test.k}", f"of {CLUSTERS * SIZE - 1} others",
                   "An item is not its own neighbour. 19 others are in its cluster."),
        ]
    )  # fmt: skip
    left, right = st.columns([1, 1.2], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("The first three batches", "members of each cluster; synthetic embeddings")
        _show_table(test)
        st.markdown(_said(k, chance))
        origin_badge("Synthetic: 100 embeddings in 5 clusters of 20")
    with right, st.container(gap="xxsmall"):
        heading("Members of the largest cluster", f"{total} batches, beside chance")
        show_chart(
            draw_bars(summarise_largest(test), palette, height=HEIGHT),
            key="largest",
            alt="Share of batches by the members of their largest cluster, drawn and by chance.",
        )


def _show_table(test: QuickTest) -> None:
    rows = [
        {"Batch": str(number + 1), **{f"No. {c}": int(counts[c]) for c in range(CLUSTERS)},
         "Pivot in": f"no. {test.pivot_cluster[number]}", "Largest": float(counts.max())}
        for number, counts in enumerate(test.composition[:SHOWN])
    ]  # fmt: skip
    expected = float((test.by_chance * range(BATCH + 1)).sum())
    even = {f"No. {c}": BATCH // CLUSTERS for c in range(CLUSTERS)}
    rows.append({"Batch": "at random", **even, "Pivot in": None, "Largest": expected})
    show_table(
        pd.DataFrame(rows),
        key="quick",
        alt="Members of each cluster in the first three batches, and what chance gives on average.",
        columns={"Largest": st.column_config.NumberColumn(format="%.2g")},
    )


def _said(k: int, chance: float) -> str:
    note = (
        f"The note shows one batch with 6 of a cluster as proof: at random that happens in "
        f"{chance:.1f}\u00a0% of batches, so one batch is weak evidence; look at all."
    )
    if k >= CLUSTERS * SIZE:
        note += (
            " **k = 100 of 100: the neighbours are everybody** (99 others; an item is not its "
            "own), and the list says nothing about who is near. These batches are hard all the "
            "same only because this sampler takes the nearest first; drawn uniformly from such a "
            "list they would be random."
        )
    elif k > SIZE - 1:
        note += f" With k above {SIZE - 1} the lists reach into other clusters."
    return f":gray[:small[{note}]]"


@st.cache_resource(show_spinner=False, max_entries=32)
def _run(hardness_k: int, seed: int, hard_ratio: float) -> QuickTest:
    return run_quick_test(hardness_k, seed, hard_ratio)
