"""All pivots first, then hard members for all batches, then the random rest.

Where batches are finished one after the other, the random fill eats the neighbours of later
pivots, and the hard part fades towards the end of the epoch. Here nothing random is drawn before
every batch has its hard members.
"""

import numpy as np

from core.samplers.dealing import deal, own_lists
from core.samplers.epoch import Epoch, Origin
from core.samplers.gaps import fill_from_two_hops, top_up
from core.samplers.layout import Draft, empty_draft
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool
from core.samplers.random_rest import draw_rest, separate_labels


def planned_epoch(
    pool: Pool, options: BatchOptions, epoch: int, generator: np.random.Generator
) -> Epoch:
    """Draw the hard batches of an epoch, all of them hard to the same degree."""
    draft = empty_draft(pool.items, options, is_hard=True)
    pivots = generator.permutation(pool.items)[: len(draft.sizes)]
    draft.members[:, 0], draft.origin[:, 0] = pivots, Origin.PIVOT
    draft.free[pivots] = False
    rows = np.arange(len(pivots))
    deal(draft, pool, own_lists(draft, pool, options, rows), Origin.OWN_LIST)
    fill_from_two_hops(draft, pool, options)
    top_up(draft, pool, options)
    return finish(draft, pool, epoch, generator, is_hard=True)


def random_epoch(
    pool: Pool, options: BatchOptions, epoch: int, generator: np.random.Generator
) -> Epoch:
    """Draw batches without regard to neighbours."""
    draft = empty_draft(pool.items, options, is_hard=False)
    return finish(draft, pool, epoch, generator, is_hard=False)


def finish(
    draft: Draft, pool: Pool, epoch: int, generator: np.random.Generator, *, is_hard: bool
) -> Epoch:
    """Draw the random rest and shuffle the batches; one of another size stays the last."""
    draw_rest(draft, generator)
    if pool.labels is not None:
        separate_labels(draft, pool.labels, generator)
    is_odd = draft.sizes[-1] != draft.sizes[0]
    order = generator.permutation(len(draft.sizes) - is_odd)
    order = np.append(order, np.arange(len(order), len(draft.sizes)))
    for part in (draft.members, draft.origin, draft.similarity, draft.asked):
        part[:] = part[order]
    return draft.finish(epoch, is_hard=is_hard)
