"""Runs that got worse: what was learnt is lost again, or the loss leaves where it was.

RULES states this for contrastive runs only (R-33); P-03 is our own, for all. A learning rate
that is too high shows so, whether it was so from the start or became so.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from core.diagnosis.contrastive_runs import PROBE
from core.diagnosis.conventions import Stretch, noise, stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.held_out import Judge, find_judge
from core.diagnosis.points import WINDOW, Points, block_medians, points_of, rolling_medians
from core.diagnosis.regimes import Regime, active_terms, regime_at, regimes, warm_up_end
from core.history import History
from core.metrics import read_key, term_label

WORSE: Final = "P-03"
LOST_PART, LOST_CLOSE = 0.3, 0.15  # of what was gained over a model that knows nothing
CONFIRM: Final = 2
GIVEN_BACK: Final = 0.5  # of what a term had fallen since its first values
FACTOR, FACTOR_CLOSE = 1.5, 1.25  # times the least it had
BLOCK: Final = 20  # training steps of one value
LASTING: Final = 5


def check_worse(history: History) -> Iterable[Finding] | CannotTell:
    """Report a held-out metric that lost 30 % of its gain, or a term that gave back half of its.

    Contrastive runs have a rule of their own (R-33), which knows what their MRR and their training
    loss do where batches become hard; here their loss on fixed batches is followed.
    """
    if PROBE in history.series:
        return list(_scores(history, Judge(PROBE, read_key(PROBE).spec)))
    judge = find_judge(history)
    raw = [f"train/{term}/raw" for term in history.terms]
    if judge is None and not any(metric in history.series for metric in raw):
        return CannotTell(WORSE, ("a held-out metric", *raw))
    return [*_scores(history, judge), *_terms(history)]


def _scores(history: History, judge: Judge | None) -> Iterator[Finding]:
    """Follow the judge over the whole run: it knows no border."""
    if judge is None:
        return
    points, base = judge.points(history), judge.base(history)
    value = judge.sign * points.value
    settled = rolling_medians(points, 3)
    best = np.full(len(points), -np.inf)
    best[2:] = np.maximum.accumulate(judge.sign * settled.value)
    drop, gain = best - value, best - judge.sign * base
    spread = 3 * np.sqrt(2) * noise(points.value)
    least = np.maximum(LOST_PART * gain, spread)
    late = points.step >= warm_up_end(history)
    holds = late & np.isfinite(best) & (gain > spread) & (drop > least)
    for found in stretches(holds, drop < LOST_CLOSE * gain, confirm=CONFIRM):
        yield _finding(history, judge.metric, points, found,
                       (float(best[found.first]) * judge.sign, float(least[found.first])),
                       f"{judge.spec.label} ({judge.metric})")  # fmt: skip


def _terms(history: History) -> Iterator[Finding]:
    for term in history.terms:
        metric = f"train/{term}/raw"
        first = points_of(history, metric).value[:WINDOW]
        for regime in regimes(history) if len(first) else ():
            if term in active_terms(history, regime):
                yield from _term(history, regime, term, float(np.median(first)))


def _term(history: History, regime: Regime, term: str, begun: float) -> Iterator[Finding]:
    metric = f"train/{term}/raw"
    start = max(regime.first_step, warm_up_end(history))
    points = points_of(history, metric, start, regime.end_step)
    blocks = block_medians(points, int(np.clip(len(points) // 10, WINDOW, BLOCK)))
    if len(blocks) < CONFIRM + 1:
        return
    lowest = np.minimum.accumulate(blocks.value)
    holds, over = _given_back(blocks.value, lowest, begun, noise(points.value) / np.sqrt(WINDOW))
    for found in stretches(holds, over, confirm=CONFIRM):
        yield _finding(history, metric, blocks, found, (float(lowest[found.first]), 0.0),
                       f"{term_label(term)} in training")  # fmt: skip


def _given_back(
    value: Float[np.ndarray, " n"], lowest: Float[np.ndarray, " n"], begun: float, spread: float
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Say where a term gave back half of what it had gained, and where it clearly did not."""
    half = lowest + GIVEN_BACK * np.maximum(begun - lowest, 0)
    limit = np.maximum(np.maximum(half, FACTOR * lowest), lowest + 3 * spread)
    return value > limit, value < np.minimum(half, FACTOR_CLOSE * np.abs(lowest))


def _finding(
    history: History, metric: str, points: Points, found: Stretch, told: tuple[float, float],
    label: str,
) -> Finding:  # fmt: skip
    first, last = int(points.step[found.first]), int(points.step[found.last])
    best, least = told
    worst = points.value[found.first : found.last + 1]
    now = float(worst[np.argmax(np.abs(worst - best))])
    is_lasting = found.is_open and found.last - found.first + 1 >= LASTING
    rule = (
        f"a change of {least:.3g} counts: {100 * LOST_PART:g} % of the gain, and 3 × its noise"
        if least
        else f"thresholds: {FACTOR:g} × the least, and half of what was gained given back"
    )
    return Finding(
        rule=WORSE,
        severity="error" if is_lasting else "warn",
        regime=regime_at(history, first).name,
        first_step=first,
        last_step=last,
        is_open=found.is_open,
        verdict=f"The run got worse: {label} {best:.3g} → {now:.3g}",
        evidence=f"{metric} {best:.4g} at its best before step {first:,}, {now:.4g} up to step "
        f"{last:,} ({rule}; {CONFIRM} times running).",
        values={"best": best, "now": now},
        meaning="What had been learnt is lost. Most often the learning rate is too high, or what "
        "is trained on changed: pairs, labels, a unit.",
        suggestion="Start again with a learning rate ten times lower; if it happens at the same "
        "step, look at the data from there on.",
        page="train",
        subject=metric,
    )
