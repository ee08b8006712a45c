"""Whether hard slots are filled to the end of the epoch, and who serves as a neighbour."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.figures.bars import draw_bars
from core.figures.draw_curves import draw_curves
from core.figures.negative_filling import summarise_filling_by_batch, summarise_hubs
from core.figures.theme import Palette
from core.samplers.difficulty import hardness_by_origin
from core.samplers.epoch import Origin
from core.samplers.hubs import measure_hubness
from core.samplers.neighbours import Neighbours
from core.samplers.options import METHODS
from core.samplers.reading import summarise_filling
from pages.ui.charts import show_chart
from pages.ui.negatives.scene import Scene, choose_scene, show_origin
from pages.ui.page import Metric, heading, metrics_row

HEIGHT = 300
NOTHING = "–"
NAMES = {
    Origin.RANDOM: "random",
    Origin.OWN_LIST: "own-list",
    Origin.TWO_HOPS: "two-hop",
    Origin.TOP_UP: "top-up",
}


def show_filling(palette: Palette) -> None:
    """Show filled slots by batch and method, and how unevenly items are neighbours."""
    scene = choose_scene(palette, one_batch=False)
    if scene is None:
        return
    filling = summarise_filling(scene.epoch)
    pool, k = scene.loaded.pool, scene.options.hardness_k
    assert pool.neighbours is not None
    lists = Neighbours(pool.neighbours.indices[:, :k], pool.neighbours.similarity[:, :k])
    hubs = measure_hubness(lists)
    covered = 1 - len(scene.epoch.left_out) / scene.loaded.explored.items
    own = filling.by_origin[Origin.OWN_LIST]
    metrics_row(
        [
            Metric("Hard slots filled", _percent(filling.filled, filling.asked),
                   f"{filling.filled:,} of {filling.asked:,} in the epoch",
                   "Of all slots that were asked for beside the pivots."),
            Metric("Last tenth", _share(filling.last), f"first tenth {_share(filling.first)}",
                   "Filled slots among the last tenth of the batches: neighbours run out late."),
            Metric("From the own list", _share(own), f"lowest batches {_share(filling.low)} filled",
                   "Filled slots that came from the k nearest of the pivot; the others are "
                   "neighbours of neighbours, or the nearest that was free. Lowest: 5th "
                   "percentile."),
            Metric("Coverage", f"{100 * covered:.3g} %", "of the pairs, each at most once",
                   "Pairs that are in a batch of the epoch."),
            Metric("Nobody's neighbour", f"{100 * hubs.nobodys_share:.2g} %",
                   f"skewness {hubs.skewness:.2f}; hubs are above 1",
                   "Items that stand in no list of the k nearest, and the skewness of the number "
                   "of lists an item stands in (Radovanovic et al. 2010)."),
        ]
    )  # fmt: skip
    left, right = st.columns([1.3, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        _show_filled(scene)
    with right, st.container(gap="xxsmall"):
        heading("Hubs", f"items by the number of lists of {k} that they stand in")
        show_chart(
            draw_bars(summarise_hubs(hubs), palette, height=HEIGHT),
            key="hubs",
            alt="Histogram of the number of neighbour lists that an item stands in.",
        )
    st.markdown(
        ":gray[:small[planned: all pivots first, then hard members in rounds, random ones last. "
        "sequential: batch after batch, so the random rest of early batches takes the neighbours "
        "of later pivots.]]"
    )
    _show_sources(scene)
    show_origin(scene)


def _show_sources(scene: Scene) -> None:
    """Say how near the members of each source are; warn of those that are as far as by chance."""
    hardness = hardness_by_origin(scene.epoch, scene.loaded.embeddings)
    said = [
        f"{NAMES[origin]} {of.members:,} (cosine {of.mean:.2f})"
        for origin, of in hardness.items()
        if of.members
    ]
    st.markdown(f":gray[:small[Members by source, with their mean similarity to the pivot: "
                f"{'; '.join(said)}.]]")  # fmt: skip
    random = hardness[Origin.RANDOM]
    easy = [
        f"{of.members:,} {NAMES[origin]}"
        for origin, of in hardness.items()
        if origin != Origin.RANDOM and of.members and of.mean - random.mean <= random.sd
    ]
    if easy:
        st.markdown(
            f":orange[:material/warning:] Hardly harder than random: {' and '.join(easy)} members "
            "are less than a standard deviation of random pairs nearer. They fill slots, and are "
            "hard in name only: lower the hard ratio, or raise k."
        )


def _show_filled(scene: Scene) -> None:
    epochs = {
        method: scene.draw(replace(scene.options, method=method)) for method in reversed(METHODS)
    }
    heading("Filled by batch", f"epoch {scene.epoch.epoch + 1}, both methods")
    if not scene.epoch.asked.any():
        st.markdown(":gray[A random epoch asks for no hard members: raise the hard ratio, or look "
                    "at a later epoch.]")  # fmt: skip
    show_chart(
        draw_curves(summarise_filling_by_batch(epochs), scene.palette, height=HEIGHT),
        key="filling",
        alt="Filled share of hard slots by batch through the epoch, planned and sequential.",
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g} %" if whole else NOTHING


def _share(value: float) -> str:
    return f"{100 * value:.3g} %" if np.isfinite(value) else NOTHING
