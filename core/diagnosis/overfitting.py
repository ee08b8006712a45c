"""Training examples get better while held-out ones get worse (R-53)."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import PROBE
from core.diagnosis.conventions import noise, stretches, trend
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.held_out import find_judge, held_out_loss
from core.diagnosis.points import Points, points_of, rolling_medians
from core.diagnosis.regimes import regime_at, warm_up_end
from core.history import History
from core.metrics import read_key

OVERFITTING: Final = "R-53"
CONFIRM: Final = 20  # evaluations
WORSE_PART: Final = 0.05  # of the judge's best


def check_overfitting(history: History) -> Iterable[Finding] | CannotTell:
    """Report a held-out loss above its best by three times its noise for 20 evaluations.

    While what is trained on falls. Nearly every long run does so, and an MRR peaks and falls in
    baselines too: it is a warning only where the judge is more than 5 % below its best.
    """
    loss, training = held_out_loss(history), _training(history)
    if loss is None or training is None:
        absent = (*(() if loss else ("a held-out loss",)), *(() if training else ("train loss",)))
        return CannotTell(OVERFITTING, absent)
    seen = points_of(history, loss, warm_up_end(history))
    levels = rolling_medians(seen)
    if len(levels) < CONFIRM:
        return ()
    best = np.minimum.accumulate(levels.value)
    worse = levels.value - best
    holds = worse > 3 * noise(seen.value)
    found = stretches(holds, ~holds, confirm=CONFIRM)
    if not found:
        return ()
    one = found[-1]
    first, last = int(levels.step[one.first]), int(levels.step[one.last])
    course = trend(points_of(history, training, first, last + 1), floor=0.0)
    if course.direction != "falls":
        return ()
    return [_finding(history, (loss, training), levels, (first, last), one.is_open)]


def _training(history: History) -> str | None:
    """Choose what says how training examples do: the probe, else a term, else the total."""
    keys = (PROBE, *(f"train/{term}/raw" for term in history.terms), "train/total_loss")
    return next((key for key in keys if key in history.series), None)


def _finding(
    history: History, keys: tuple[str, str], levels: Points, span: tuple[int, int], is_open: bool
) -> Finding:
    (loss, training), (first, last) = keys, span
    inside = (levels.step >= first) & (levels.step <= last)
    best, now = float(levels.value[levels.step <= last].min()), float(levels.value[inside][-1])
    lost, said = _lost(history, last)
    severity: Severity = "warn" if lost > WORSE_PART else "info"
    trained = points_of(history, training, first, last + 1).value
    return Finding(
        rule=OVERFITTING,
        severity=severity,
        regime=regime_at(history, first).name,
        first_step=first,
        last_step=last,
        is_open=is_open,
        verdict=f"Overfitting: {read_key(loss).label} on held-out examples {best:.3g} → {now:.3g}",
        evidence=f"{loss} by medians of five {best:.4g} at best, {now:.4g} at step {last:,}, above "
        f"it by 3 × its noise for {int(inside.sum())} evaluations (threshold {CONFIRM}), while "
        f"{training} fell from {trained[0]:.3g} to {trained[-1]:.3g}.{said}",
        values={"best": best, "now": now, "judge_lost": lost},
        meaning="The model learns its training examples by heart."
        if severity == "warn"
        else "Held-out loss and score need not go together: the score has hardly fallen.",
        suggestion="Keep the best checkpoint, stop earlier (early stopping), add examples, "
        "dropout or noise, or make the model smaller.",
        page="train",
        subject=loss,
    )


def _lost(history: History, last: int) -> tuple[float, str]:
    """Give the part of its best that the judge has lost; 0 where there is none."""
    judge = find_judge(history)
    if judge is None:
        return 0.0, ""
    value = rolling_medians(judge.points(history, 0, last + 1)).value
    if not len(value):
        return 0.0, ""
    best = float((judge.sign * value).max()) * judge.sign
    lost = judge.sign * (best - float(value[-1])) / abs(best) if best else 0.0
    return lost, f" {judge.metric} {float(value[-1]):.3g}, at best {best:.3g}: {-100 * lost:.1f} %."
