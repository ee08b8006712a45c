"""The note's own sign of trouble, to show why it is none: the MRR falls two epochs running.

It held in every one of 48 healthy runs, random batches included: near its end a course wavers, and
of two steps that go up or down by chance one in four goes down twice. With "and the training loss
rises both times" it held in none of them, nor in any of four runs that were being ruined: there
the loss jumps once and then falls again.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

from core.diagnosis.contrastive_runs import LOSS, MRR, counts_epochs, first_judged
from core.diagnosis.points import points_of
from core.history import History

RUNNING: Final = 2  # evaluations


@dataclass(frozen=True, eq=False)
class NoteSign:
    """Where a run shows what the note calls trouble.

    Args:
        evaluations: How many were looked at.
        fell: Steps at which the MRR has fallen two evaluations running.
        fell_and_rose: Those at which the training loss has risen both times as well.
    """

    evaluations: int
    fell: Int[np.ndarray, " falls"]
    fell_and_rose: Int[np.ndarray, " both"]

    @property
    def holds(self) -> bool:
        """Whether the note would call this run in trouble."""
        return len(self.fell) > 0


def read_note_sign(history: History) -> NoteSign:
    """Find the note's sign in a run, after its warm-up.

    Example:
        >>> from core.history import Series
        >>> step, value = np.arange(0, 500, 100), np.array([0.1, 0.4, 0.5, 0.49, 0.48])
        >>> mrr = Series("val/mrr", step, np.zeros(5), value)
        >>> read_note_sign(History(series={"val/mrr": mrr})).fell.tolist()
        [400]
    """
    mrr = points_of(history, MRR)
    if len(mrr) <= RUNNING:
        return NoteSign(len(mrr), mrr.step[:0], mrr.step[:0])
    start = first_judged(history)
    is_judged = mrr.step[:-RUNNING] >= start
    fell = is_judged & _running(np.diff(mrr.value) < 0)
    rose = _running(np.diff(_loss_between(history, mrr.step)) > 0)
    later = mrr.step[RUNNING:]
    return NoteSign(int((mrr.step >= start).sum()), later[fell], later[fell & rose])


def _running(happened: Bool[np.ndarray, " steps"]) -> Bool[np.ndarray, " later"]:
    """Mark where something has happened so many times running, from the first such place on."""
    windows = np.lib.stride_tricks.sliding_window_view(happened, RUNNING)
    return np.asarray(windows.all(axis=1))


def _loss_between(
    history: History, step: Int[np.ndarray, " evaluations"]
) -> Float[np.ndarray, " evaluations"]:
    """Average the training loss since the evaluation before each; NaN where nothing was trained.

    Where a history counts epochs, the loss of an epoch and its evaluation share a number.
    """
    loss = points_of(history, LOSS)
    side = "right" if counts_epochs(history) else "left"
    cuts = np.searchsorted(loss.step, step, side=side)
    between = pairwise([0, *cuts.tolist()])
    return np.array([loss.value[a:b].mean() if b > a else np.nan for a, b in between])
