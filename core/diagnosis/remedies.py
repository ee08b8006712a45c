"""The note's four remedies for batches that are too hard, ordered by what they change.

How hard a batch is, is here the mean cosine between a pivot and the other members of its batch:
near neighbours and random rest. That can be read off the sampler before anything is trained; how
hard it is for a *model* depends on the model, and only a run can tell.

Both methods of the sampler give a batch the *nearest free* neighbours. So hardness_k is a bound and
no average over k ranks. Raising it does not make batches easier; they may even get a little harder,
as slots are filled from the pivot's own list that were else filled from further away, or not at
all. The note presumes a uniform draw among the k. Leaving out the nearest (minimum_rank) does what
it expects of a larger k.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Final

import numpy as np
from jaxtyping import Float

from core.samplers.epoch import Epoch
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions, hard_slots, is_hard_epoch
from core.samplers.pool import Pool, similarity_to

RATIO_STEP: Final = 2 / 3
RATE_STEP: Final = 3.0
EARLIEST: Final = 5  # epochs, where the switch was at the beginning

Difficulty = Callable[[BatchOptions], float]
"""Mean cosine of a pivot's negatives in a hard batch, NaN where it is not known."""


@dataclass(frozen=True)
class Remedy:
    """One change, and what it is expected to do.

    Args:
        option: Its name in the configuration.
        before: As it is.
        after: As proposed.
        batch_change: Of the difficulty of a hard batch; 0 where it stays, NaN where not known.
        run_change: Of the mean over all epochs of the run, random ones included.
        reason: Why, in words.
    """

    option: str
    before: float
    after: float
    batch_change: float
    run_change: float
    reason: str


def drawn_difficulty(pool: Pool) -> Difficulty:
    """Predict by drawing: an epoch as it would be trained, measured. Seconds at 100,000 items.

    Example:
        >>> from core.samplers.neighbours import nearest_neighbours
        >>> from core.samplers.pool import make_pool
        >>> rows = np.repeat(np.eye(4), 8, axis=0) + 0.1 * np.eye(32, 4)
        >>> predict = drawn_difficulty(make_pool(rows, nearest_neighbours(rows, 7)))
        >>> easy, hard = (
        ...     predict(BatchOptions(hard_ratio=ratio, hardness_k=7, batch_size=8))
        ...     for ratio in (0.25, 1.0)
        ... )
        >>> easy < hard
        True
    """

    def predict(options: BatchOptions) -> float:
        if pool.embeddings is None or pool.neighbours is None:
            return nan
        if pool.neighbours.k < options.hardness_k:
            return nan
        return measured_difficulty(pool, draw_epoch(pool, options, options.curriculum_epoch))

    return predict


def measured_difficulty(pool: Pool, epoch: Epoch) -> float:
    """Measure the mean cosine of the members of a hard epoch to their pivots; NaN of none."""
    pivots = epoch.pivots
    if pool.embeddings is None or not (pivots >= 0).any():
        return nan
    row, column = np.nonzero((epoch.members >= 0) & (pivots[:, None] >= 0))
    row, column = row[column > 0], column[column > 0]
    return float(similarity_to(pool.embeddings, pivots[row], epoch.members[row, column]).mean())


def curve_difficulty(by_rank: Float[np.ndarray, " k"], random_similarity: float) -> Difficulty:
    """Predict from a curve: the nearest allowed ranks fill the hard slots, the rest is random.

    An upper bound: batches compete for neighbours, and the later ones get what is left. What the
    list cannot fill counts as random; the sampler's top-up would find somewhat nearer ones.

    Args:
        by_rank: Mean similarity of the nearest, second nearest ... neighbour, descending.
        random_similarity: Of two random items.

    Example:
        >>> predict = curve_difficulty(np.array([0.9, 0.7, 0.5]), 0.1)
        >>> half = BatchOptions(hard_ratio=0.5, hardness_k=3, batch_size=6)
        >>> round(predict(half), 2)  # 0.9 and 0.7 of 5, and three random ones
        0.38
    """

    def predict(options: BatchOptions) -> float:
        if len(by_rank) < options.hardness_k:
            return nan
        slots = hard_slots(options.hard_ratio, options.batch_size)
        allowed = by_rank[options.minimum_rank : options.hardness_k]
        if options.max_similarity is not None:
            allowed = allowed[allowed <= options.max_similarity]
        near = allowed[:slots]
        others = options.batch_size - 1
        return (float(near.sum()) + (others - len(near)) * random_similarity) / others

    return predict


def order_remedies(
    options: BatchOptions,
    difficulty: Difficulty,
    *,
    random_similarity: float,
    learning_rate: float,
    epochs: int,
) -> tuple[Remedy, ...]:
    """Order the note's four remedies by how much easier they make the batches.

    First by the hard batch itself, then by the mean over the run's epochs, to which a later
    switch adds random ones. The learning rate makes nothing easier, only each mistake smaller:
    behind it stands only what makes batches harder, and what cannot be predicted. Its place is no
    judgement of its use: where the model was ruined within an epoch, it is the first suspect.

    Args:
        options: Of the run in trouble.
        difficulty: `drawn_difficulty` or `curve_difficulty`.
        random_similarity: Of two random items: how hard a random batch is.
        learning_rate: Of the run.
        epochs: Of the run, 1 or more.
    """
    # Of the same epoch throughout: another one draws other batches.
    now = difficulty(replace(options, curriculum_epoch=0))
    run_now = _over_run(options, now, random_similarity, epochs)
    found: list[Remedy] = []
    for changed, option, reason in _changes(options, epochs):
        hard = difficulty(replace(changed, curriculum_epoch=0))
        over = _over_run(changed, hard, random_similarity, epochs)
        before, after = (float(getattr(o, option)) for o in (options, changed))
        found.append(Remedy(option, before, after, hard - now, over - run_now, reason))
    rate = "The batches stay as hard; each of their gradients moves the model less."
    found.append(Remedy("learning_rate", learning_rate, learning_rate / RATE_STEP, 0.0, 0.0, rate))
    return tuple(sorted(found, key=_rank))


def _rank(remedy: Remedy) -> tuple[bool, float, float]:
    return isnan(remedy.batch_change), round(remedy.batch_change, 6), round(remedy.run_change, 6)


def _over_run(options: BatchOptions, hard: float, random_similarity: float, epochs: int) -> float:
    count = sum(is_hard_epoch(options, epoch) for epoch in range(epochs))
    return random_similarity + (hard - random_similarity) * count / epochs


def _changes(options: BatchOptions, epochs: int) -> list[tuple[BatchOptions, str, str]]:
    """Give the options after each remedy; a switch behind the end of the run is none."""
    ratio = replace(options, hard_ratio=options.hard_ratio * RATIO_STEP)
    k = replace(options, hardness_k=2 * options.hardness_k)
    found = [
        (ratio, "hard_ratio", "Fewer members of a batch are near its pivot."),
        (k, "hardness_k", "The nearest free neighbours are still taken first: a longer list only "
         "fills slots that were filled from further away. Raise minimum_rank to skip the nearest."),
    ]  # fmt: skip
    later = max(EARLIEST, 2 * options.curriculum_epoch)
    if later >= epochs:
        later = (options.curriculum_epoch + epochs) // 2
    if options.curriculum_epoch < later < epochs:
        text = "Hard batches stay as hard, and fewer epochs have them; takes a new run."
        found.append((replace(options, curriculum_epoch=later), "curriculum_epoch", text))
    return found
