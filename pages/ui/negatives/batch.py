"""One batch as it is trained on: pivot, hard members, random rest."""

import numpy as np
import streamlit as st

from core.figures.bars import draw_bars
from core.figures.negatives import summarise_members
from core.figures.theme import Palette
from core.problems.molecule.batch_view import BatchView, Member
from pages.ui.charts import show_chart
from pages.ui.negatives.cards import show_cards, show_large_card
from pages.ui.negatives.scene import Scene, choose_scene, show_origin
from pages.ui.page import Metric, heading, metrics_row

HEIGHT = 206
MOST_CARDS = 64
NOTHING = "–"


def show_batch(palette: Palette) -> None:
    """Show the batch that the sidebar asks for."""
    scene = choose_scene(palette)
    if scene is None:
        return
    _show_metrics(scene)
    _show_first(scene)
    batch = scene.batch
    if batch.has_pivot:
        _show_members("Hard", "chosen for being near the pivot, the nearest first",
                      batch.hard, palette)  # fmt: skip
    remark = "the rest, the nearest first" if batch.has_pivot else "drawn without regard to anyone"
    _show_members("Random", remark, batch.random, palette)
    show_origin(scene)


def _show_metrics(scene: Scene) -> None:
    batch, epoch = scene.batch, scene.epoch
    asked, filled = int(epoch.asked.sum()), int(epoch.filled.sum())
    of_epoch = f"epoch: {filled:,} of {asked:,}" if asked else "a random epoch asks for none"
    metrics_row(
        [
            Metric("Hard slots filled", f"{len(batch.hard)} of {batch.asked}", of_epoch,
                   "Near neighbours that the batch asked for beside its pivot, and how many it "
                   "got."),
            Metric("Similarity of hard", _mean(batch.hard), _reach(batch.hard),
                   "Mean cosine of the hard members' texts to that of the pivot."),
            Metric("Similarity of random", _mean(batch.random), _reach(batch.random),
                   "Mean cosine of the random members' texts to that of the pivot, or of the first "
                   "member where there is none."),
            Metric("Same text or molecule", f"{batch.same_pairs:,}", f"of {batch.pairs:,} pairs",
                   "Pairs of members that share a text or a molecule: they would be false "
                   "negatives. The sampler keeps them apart as far as it can."),
            Metric("Left out", f"{batch.left_out:,}",
                   f"of {scene.loaded.explored.items:,} pairs in this epoch",
                   "Pairs that are in no batch of the epoch."),
        ]
    )  # fmt: skip


def _mean(members: tuple[Member, ...]) -> str:
    if not members:
        return NOTHING
    return f"{np.mean([m.similarity for m in members]):.2f}".replace("-", "−")


def _reach(members: tuple[Member, ...]) -> str:
    if not members:
        return "none in this batch"
    values = [member.similarity for member in members]
    return f"{min(values):.2f} to {max(values):.2f}".replace("-", "−")


def _show_first(scene: Scene) -> None:
    """Show the pivot beside the similarity of all others to it."""
    batch = scene.batch
    left, right = st.columns([1, 4.2], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading("Pivot" if batch.has_pivot else "First", f"cluster {batch.first.cluster}")
        show_large_card(batch.first, scene.palette)
    with right, st.container(gap="xxsmall"):
        heading(f"Batch {batch.number} of {batch.batches}", _drawn(scene, batch))
        others = batch.members[1:]
        record = summarise_members(
            [m.similarity for m in others], [m.origin for m in others], [m.text for m in others]
        )
        show_chart(
            draw_bars(record, scene.palette, height=HEIGHT),
            key="members",
            alt="Similarity of each negative of the batch to the pivot, by where it came from.",
        )


def _drawn(scene: Scene, batch: BatchView) -> str:
    number = scene.epoch.epoch + 1
    if batch.has_pivot:
        return f"epoch {number}, hard; a bar a negative of the pivot"
    why = f"the first {scene.options.curriculum_epoch} epochs are"
    is_early = scene.epoch.epoch < scene.options.curriculum_epoch
    return f"epoch {number}, random: {why if is_early else 'no hard slots are'} asked for"


def _show_members(title: str, remark: str, members: tuple[Member, ...], palette: Palette) -> None:
    if not members:
        return
    more = f"; the first {MOST_CARDS}" if len(members) > MOST_CARDS else ""
    with st.container(gap="xxsmall"):
        heading(f"{title}, {len(members)}", f"{remark}{more}")
        show_cards(members[:MOST_CARDS], palette)
