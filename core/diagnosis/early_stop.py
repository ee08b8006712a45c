"""Runs that early stopping ended although their best was still to come (R-29)."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.held_out import find_judge
from core.diagnosis.regimes import regime_at
from core.history import History

TOO_EARLY: Final = "R-29"
LEAST_PATIENCE: Final = 20
TIMES_WAIT: Final = 3
EARLY: Final = "stopped early"  # as the training loop says it


def check_stop(history: History) -> Iterable[Finding] | CannotTell:
    """Report a run that ended after a wait no longer than one that had still paid off.

    A patience of 20 evaluations, or of three times the longest wait that ended with a new best, is
    enough.
    """
    ended = history.ended
    if ended is None or EARLY not in ended.text.lower():
        return ()
    judge = find_judge(history)
    if judge is None:
        return CannotTell(TOO_EARLY, ("a held-out metric",))
    points = judge.points(history)
    value = judge.sign * points.value
    is_best = np.append(True, value[1:] > np.maximum.accumulate(value)[:-1])
    bests = np.flatnonzero(is_best)
    waited = len(value) - 1 - int(bests[-1])
    longest = int(np.diff(bests).max()) if len(bests) > 1 else 0
    if waited >= min(LEAST_PATIENCE, max(TIMES_WAIT * longest, 1)):
        return ()
    first, last = int(points.step[bests[-1]]), int(points.step[-1])
    return [
        Finding(
            rule=TOO_EARLY,
            severity="warn",
            regime=regime_at(history, last).name,
            first_step=first,
            last_step=last,
            is_open=True,
            verdict=f"Stopped after {waited} evaluations without a new best, which is early",
            evidence=f"The longest wait for a new best of {judge.metric} that still came was "
            f"{longest} evaluations; the run waited {waited} (enough is {LEAST_PATIENCE}, or "
            f"{TIMES_WAIT} × that wait).",
            values={"waited": float(waited), "longest_wait": float(longest)},
            meaning="Validation losses rise in nearly half of all epochs of healthy runs, and a "
            "new best came after up to 19 of them.",
            suggestion=f"Set the patience to {LEAST_PATIENCE} or more and ask for a least "
            "improvement; resume from the last checkpoint.",
            page="train",
            subject=judge.metric,
        )
    ]
