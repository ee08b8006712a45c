"""The random rest of every batch, and equal labels kept apart in it."""

from typing import Final

import numpy as np
from jaxtyping import Bool, Int

from core.samplers.epoch import Origin
from core.samplers.layout import Draft

_TRIES: Final = 50


def draw_rest(draft: Draft, generator: np.random.Generator) -> None:
    """Fill every empty slot with a free item drawn at random; `draft` is changed in place."""
    is_within = np.arange(int(draft.sizes.max())) < draft.sizes[:, None]
    batch, column = np.nonzero((draft.members < 0) & is_within)
    drawn = generator.permutation(np.flatnonzero(draft.free))[: len(batch)]
    draft.members[batch, column] = drawn
    draft.origin[batch, column] = Origin.RANDOM
    draft.free[drawn] = False


def separate_labels(
    draft: Draft, labels: Int[np.ndarray, " items"], generator: np.random.Generator
) -> None:
    """Exchange random members between batches until no batch has two of equal label.

    Each exchange removes a repetition and makes none, so it ends as good as it can be reached in
    some tries; where one label has more items than there are batches, repetitions stay.
    `draft` is changed in place.
    """
    randoms = np.argwhere(draft.origin == Origin.RANDOM)
    for _ in range(_TRIES):
        batch, column = np.nonzero(_repeats(draft, labels))
        batch, first = np.unique(batch, return_index=True)
        if not len(batch) or not len(randoms):
            return
        column = column[first]
        other, place = randoms[generator.integers(len(randoms), size=len(batch))].T
        # Each batch takes part in one exchange at a time, so that none spoils another.
        both = np.column_stack([batch, other])
        _, seen = np.unique(both.ravel(), return_index=True)
        is_first = np.zeros(both.size, bool)
        is_first[seen] = True
        fits = is_first.reshape(both.shape).all(axis=1)
        mine, theirs = draft.members[batch, column], draft.members[other, place]
        fits &= ~_holds(draft, labels, batch, theirs) & ~_holds(draft, labels, other, mine)
        draft.members[batch[fits], column[fits]] = theirs[fits]
        draft.members[other[fits], place[fits]] = mine[fits]


def _repeats(draft: Draft, labels: Int[np.ndarray, " items"]) -> Bool[np.ndarray, "batches width"]:
    """Tell which random members have the label of another member of their batch."""
    width = draft.members.shape[1]
    label = labels[draft.members]
    repeated = np.zeros(draft.members.shape, bool)
    for shift in range(1, width):
        there = np.roll(draft.members, shift, axis=1) >= 0
        repeated |= (label == np.roll(label, shift, axis=1)) & there
    return repeated & (draft.origin == Origin.RANDOM)


def _holds(
    draft: Draft,
    labels: Int[np.ndarray, " items"],
    batch: Int[np.ndarray, " batches"],
    item: Int[np.ndarray, " batches"],
) -> Bool[np.ndarray, " batches"]:
    """Tell whether a batch has a member of an item's label."""
    members = draft.members[batch]
    return ((labels[members] == labels[item][:, None]) & (members >= 0)).any(axis=1)
