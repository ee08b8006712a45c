"""Signs that a contrastive model got worse: its loss on fixed random batches, and its MRR.

The training loss is no part of it. It jumps where batches get harder, which is no fault; and of a
model that is being ruined it jumps once and then falls again. Nor is "the MRR falls two epochs
running", the note's sign: it holds in every one of 48 healthy runs. The thresholds here opened on
none of those, and on four of four planted faults in their first epoch.

Checked on 32 runs of our own (ChEBI-20, two small networks, our sampler). Eight with faults (rate
x10, x30, x100, x300, half or all pairs shuffled) lie 7 to 40 thresholds off at once. Of 24 healthy
ones, none of six without real hardness comes to 0.8 of a threshold, but eight of 18 with it go
beyond it at single evaluations, up to 1.6. Hence one evaluation opens it only from twice a
threshold on: all eight faults are found at the first evaluation, and no healthy run is accused.

And on the graph transformer: of 31 healthy runs (names and ChEBI-20; random, hard, switched and
control batches) none comes to more than 0.71 of a threshold. From epoch 6 on, a rate x30 is found
at the second evaluation, x100 and all pairs shuffled at the first. Half the pairs shuffled is not
found: the MRR goes on rising there, more slowly, so by these signs the model did not get worse.

Both values depend on no border, so the whole run is one course, and the window behind a border,
where other rules are silent, is where this one has to look.
"""

from dataclasses import dataclass, replace
from math import isfinite, log, sqrt
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.diagnosis.contrastive_runs import (
    CHANCE_MRR,
    MRR,
    PROBE,
    first_judged,
)
from core.diagnosis.conventions import Stretch, level, stretches
from core.diagnosis.finding import CannotTell
from core.diagnosis.points import Points, points_of
from core.history import History

TROUBLE: Final = "R-33"
PROBE_FACTOR, PROBE_FLOOR = 1.5, 0.02
MRR_DROP = 0.10
FAR = 2.0  # times a threshold, which needs no second evaluation
CLOSE_PART = 0.8  # of a threshold: below, the trouble is over
# Standard deviation of the difference of 1 / rank of one query between two models, at most.
RECIPROCAL_SD = 0.4
EULER = 0.5772156649


@dataclass(frozen=True, eq=False)
class Sign:
    """One of the two signs over its evaluations.

    Args:
        metric: Its key.
        step: Of the evaluations.
        value: At each.
        best: The best so far, that evaluation included.
        limit: Where its trouble begins, at each.
        part: How far it is on the way to its threshold; above 1 is trouble; 0 in the warm-up.
    """

    metric: str
    step: Int[np.ndarray, " points"]
    value: Float[np.ndarray, " points"]
    best: Float[np.ndarray, " points"]
    limit: Float[np.ndarray, " points"]
    part: Float[np.ndarray, " points"]

    def worst(self, first: int, last: int) -> int | None:
        """Find the evaluation that lies furthest beyond the threshold in a stretch of steps."""
        inside = np.flatnonzero((self.step >= first) & (self.step <= last))
        return int(inside[np.argmax(self.part[inside])]) if len(inside) else None

    def words(self, at: int) -> str:
        """Say one evaluation."""
        name = "Loss on fixed random batches" if self.metric == PROBE else "MRR"
        return (
            f"{name} ({self.metric}) {self.value[at]:.3f} at step {int(self.step[at]):,}, best so "
            f"far {self.best[at]:.3f}: {100 * self.part[at]:.0f} % of its threshold"
        )


@dataclass(frozen=True, eq=False)
class Signs:
    """Both signs together, at every step at which one of them was evaluated.

    Args:
        each: Those that were logged.
        step: Ascending.
        part: The larger of both.
    """

    each: tuple[Sign, ...]
    step: Int[np.ndarray, " points"]
    part: Float[np.ndarray, " points"]

    def troubles(self) -> tuple[Stretch, ...]:
        """Find the stretches in which the model is clearly worse than it was.

        Twice beyond a threshold once, or beyond it two evaluations running.
        """
        bad = self.part > 1
        again = bad & (np.append(False, bad[:-1]) | np.append(bad[1:], False))
        return stretches(again | (self.part > FAR), self.part < CLOSE_PART, confirm=1)


def read_signs(history: History) -> Signs | CannotTell:
    """Follow the probe loss and the MRR, each against its own best; warm-up counts as no trouble.

    One of the two is enough.
    """
    probe, mrr = points_of(history, PROBE), points_of(history, MRR)
    if not len(probe) and not len(mrr):
        return CannotTell(TROUBLE, (PROBE, MRR))
    start = first_judged(history)
    each = tuple(
        replace(one, part=np.where(one.step < start, 0.0, one.part))
        for one in (_of_probe(probe), _of_mrr(history, mrr))
        if len(one.step)
    )
    step = np.unique(np.concatenate([sign.step for sign in each]))
    part = np.zeros(len(step))
    for sign in each:
        at = np.searchsorted(step, sign.step)
        part[at] = np.maximum(part[at], sign.part)
    return Signs(each, step, part)


def _of_probe(points: Points) -> Sign:
    lowest = np.minimum.accumulate(points.value)
    limit = PROBE_FACTOR * lowest + PROBE_FLOOR
    return Sign(PROBE, points.step, points.value, lowest, limit, points.value / limit)


def _of_mrr(history: History, points: Points) -> Sign:
    highest = np.maximum.accumulate(points.value)
    least = np.maximum(np.maximum(MRR_DROP * highest, least_drop(history)), 1e-12)
    part = (highest - points.value) / least
    return Sign(MRR, points.step, points.value, highest, np.maximum(highest - least, 0.0), part)


def least_drop(history: History) -> float:
    """Give the fall of the MRR that three standard errors of so many queries explain; 0 unknown.

    Ten percent was calibrated on 1,000 held-out queries, where this is 0.038; of 100 queries the
    MRR of an unchanged model may move by more. How many there are is told by the MRR of
    guessing among them, (ln n + 0.577) / n: as many candidates as queries.

    Example:
        >>> from core.history import Series
        >>> chance = Series("val/chance_mrr", np.array([0]), np.zeros(1), np.array([0.0074855]))
        >>> round(least_drop(History(series={chance.metric: chance})), 3)
        0.038
    """
    chance = level(points_of(history, CHANCE_MRR).value)
    if not (isfinite(chance) and 0 < chance < 1):
        return 0.0
    count = 2.0
    for _ in range(40):
        count = max(1.0, (log(count) + EULER + 1 / (2 * count)) / chance)
    return 3 * RECIPROCAL_SD / sqrt(count)
