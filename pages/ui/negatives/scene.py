"""What the sidebar asks for: a set, the sampler's options, the epoch and one batch of it."""

from dataclasses import dataclass, replace

import streamlit as st

from core.errors import CoreError, InputError
from core.figures.theme import Palette
from core.problems.molecule.batch_view import BatchView, view_batch
from core.samplers.epoch import Epoch
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool
from pages.ui.controls import Control, draw_control, draw_controls, sidebar_warning
from pages.ui.negatives.controls import BATCH, EPOCH, EPOCHS, MORE, options_from
from pages.ui.negatives.loaded import Loaded, choose_molecules
from pages.ui.page import escaped, explain_error, origin_badge


@dataclass(frozen=True, eq=False)
class Scene:
    """What a view shows.

    Args:
        palette: Of the page.
        loaded: The set.
        options: Of the sampler.
        epoch: The record of the epoch that is shown.
        batch: The batch of it.
    """

    palette: Palette
    loaded: Loaded
    options: BatchOptions
    epoch: Epoch
    batch: BatchView

    def draw(self, options: BatchOptions) -> Epoch:
        """Draw the same epoch by other options."""
        return drawn(self.loaded.key, self.loaded.pool, options, self.epoch.epoch)


def choose_scene(palette: Palette, *extra: Control, one_batch: bool = True) -> Scene | None:
    """Draw the controls, and draw the epoch; None, with a word, where that cannot be done.

    Args:
        palette: Of the page.
        extra: Further controls of the view, first in the sidebar.
        one_batch: Whether the view is about one batch, so that the reader chooses it.
    """
    with st.sidebar:
        for control in extra:
            draw_control(control)
    loaded = choose_molecules()
    values = draw_controls((*EPOCHS, BATCH) if one_batch else EPOCHS, MORE)
    if loaded is None:
        return None
    if loaded.is_one_point:
        sidebar_warning("All vectors are equal: no neighbour is nearer than another one.")
    try:
        options = _within(options_from(values), loaded.pool)
        epoch = drawn(loaded.key, loaded.pool, options, int(values[EPOCH.key]) - 1)
    except CoreError as error:
        explain_error(error)
        return None
    batch = _choose_batch(loaded, epoch, int(values.get(BATCH.key, 1) or 0))
    return Scene(palette, loaded, options, epoch, batch)


def _within(options: BatchOptions, pool: Pool) -> BatchOptions:
    """Keep k to the neighbours that a small set has, and say so."""
    assert pool.neighbours is not None
    if options.hardness_k <= (most := pool.neighbours.k):
        return options
    sidebar_warning(f"k is {most} here: so many neighbours an item of this set has.")
    return replace(options, hardness_k=most)


def _choose_batch(loaded: Loaded, epoch: Epoch, number: int) -> BatchView:
    """Give a batch by its number; where the epoch has none of it, say so and give the nearest."""
    try:
        return view_batch(loaded.explored, loaded.embeddings, epoch, number)
    except InputError as error:
        explain_error(error)
        nearest = min(max(number, 1), len(epoch.members))
        return view_batch(loaded.explored, loaded.embeddings, epoch, nearest)


@st.cache_resource(show_spinner=False, max_entries=64)
def drawn(key: str, _pool: Pool, options: BatchOptions, epoch: int) -> Epoch:
    """Draw an epoch once for all readers; `key` names the pool."""
    return draw_epoch(_pool, options, epoch)


def show_origin(scene: Scene) -> None:
    """Say where the molecules come from, and what was left out of them."""
    origin_badge(scene.loaded.explored.origin)
    if scene.loaded.left_out:
        st.markdown(f":gray[:small[Left out: {escaped(scene.loaded.left_out)}]]")
