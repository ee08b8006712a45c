"""Where a batch lies among all texts, and which clusters of structures it holds."""

import numpy as np
import streamlit as st

from core.figures.bars import draw_bars
from core.figures.negative_map import project, summarise_clusters, summarise_map
from core.figures.points import draw_points
from core.figures.theme import Palette
from core.problems.molecule.batch_view import BatchView, cluster_counts
from pages.ui.charts import show_chart
from pages.ui.negatives.scene import choose_scene, show_origin
from pages.ui.page import Metric, heading, metrics_row

HEIGHT = 420
MOST_CLUSTERS = 12


def show_map(palette: Palette) -> None:
    """Show the batch on the map of all texts, and its clusters beside it."""
    scene = choose_scene(palette)
    if scene is None:
        return
    batch, explored = scene.batch, scene.loaded.explored
    counts = cluster_counts(explored, [member.item for member in batch.members])
    with_pivot = sum(member.cluster == batch.first.cluster for member in batch.members)
    points, variance = _projected(scene.loaded.key, explored.vectors)
    everywhere = len(np.unique(explored.cluster))
    metrics_row(
        [
            Metric("Clusters in the batch", f"{len(counts)}", f"of {everywhere:,} in the set",
                   "Groups of alike structures; a cluster is never on two sides of the split."),
            Metric("Largest", f"{counts[0][1]}", f"of {len(batch.members)} members",
                   "Members of the cluster that the batch holds most of."),
            Metric("In the pivot's cluster", f"{with_pivot}", f"of {len(batch.members)} members",
                   "Texts are near where names are alike, clusters where structures are: both "
                   "agree often, not always."),
            Metric("Variance on the map", f"{100 * variance.sum():.2g} %",
                   f"of {explored.vectors.shape[1]} directions",
                   "What two directions show of the text vectors: near on the map need not be "
                   "near."),
        ]
    )  # fmt: skip
    left, right = st.columns([1.45, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("All texts in two directions", "principal components of the text vectors")
        members = {
            "random": [m.item for m in batch.members if not m.is_hard and m is not pivot_of(batch)],
            "hard": [member.item for member in batch.hard],
            "pivot": [batch.first.item] if batch.has_pivot else [],
        }
        show_chart(
            draw_points(
                summarise_map(points, variance, explored.texts, members), palette, height=HEIGHT
            ),
            key="map",
            alt="Text vectors in their first two principal components, the batch on top.",
        )
    with right, st.container(gap="xxsmall"):
        more = f"the {MOST_CLUSTERS} largest" if len(counts) > MOST_CLUSTERS else "all of them"
        heading("Clusters of the batch", more)
        show_chart(
            draw_bars(
                summarise_clusters(_rows(batch, counts[:MOST_CLUSTERS])), palette, height=HEIGHT
            ),
            key="clusters",
            alt="Members of each cluster of structures in the batch, hard and random.",
        )
    show_origin(scene)


def pivot_of(batch: BatchView) -> object:
    """Give the member that the batch was drawn around; None in a random batch."""
    return batch.first if batch.has_pivot else None


def _rows(batch: BatchView, counts: list[tuple[int, int]]) -> list[tuple[str, int, int]]:
    near = [m.cluster for m in batch.members if m.is_hard or m is pivot_of(batch)]
    return [
        (f"{cluster}", near.count(cluster), count - near.count(cluster))
        for cluster, count in counts
    ]


@st.cache_resource(show_spinner=False, max_entries=4)
def _projected(key: str, _vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return project(_vectors)
