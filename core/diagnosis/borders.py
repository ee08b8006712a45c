"""What happens where a stage begins: the leading term stops (R-02), scores fall (R-04, R-07)."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import HARD, RANDOM
from core.diagnosis.conventions import noise
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.held_out import HELD_OUT, PROBED, Judge, find_judge
from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.regimes import Regime, active_terms, regimes
from core.history import History
from core.metric_table import METRICS
from core.metrics import read_key, shown, term_label

DROPS, SHOCK = "R-04", "R-07"
DROP_POINTS: Final = 0.02  # two points of a fraction
DROP_FROM, DROP_TO = 0.05, 0.25  # of the stage, where a drop is looked for
WORSE_PART: Final = 0.05
GIVEN_PART: Final = 0.2  # of the stage, within which it should be back
CONFIRM: Final = 3
TOO_FEW: Final = "three evaluations before a border and three in its stage"


def stage_borders(history: History) -> Iterator[tuple[Regime, Regime]]:
    """Give each pair of regimes between which another stage begins; a resume is no border.

    The switch from random to hard batches has a rule of its own (R-32).
    """
    for before, after in pairwise(regimes(history)):
        names = [regime.stage.stage if regime.stage else regime.name for regime in (before, after)]
        is_resumed = before.stage is not None and names[0] == names[1]
        is_switch = set(names) <= {RANDOM, HARD}
        if not (is_resumed or is_switch or after.first_step in history.starts):
            yield before, after


def new_terms(history: History, before: Regime, after: Regime) -> tuple[str, ...]:
    """Name the terms that become active at a border."""
    old = active_terms(history, before)
    return tuple(term for term in active_terms(history, after) if term not in old)


def changed_data(before: Regime, after: Regime) -> bool:
    """Whether what is trained on changes at a border, by what the stages tell of it."""
    old, new = (regime.stage.settings if regime.stage else {} for regime in (before, after))
    return old.get("clean_share") != new.get("clean_share")


def check_drops(history: History) -> Iterable[Finding] | CannotTell:
    """Report an accuracy that is lower where a term has become active, over a fifth of its stage.

    On fixed held-out examples, by two points and three times its noise. Where other data begin at
    the same step nobody can tell the cause: that is left to R-07.
    """
    borders = [
        (before, after, new)
        for before, after in stage_borders(history)
        if (new := new_terms(history, before, after)) and not changed_data(before, after)
    ]
    if not borders:
        return ()
    judge = _accuracy(history)
    if judge is None:
        return CannotTell(DROPS, ("an accuracy on fixed held-out examples",))
    return _told(_drop(history, judge, *border) for border in borders)


def _accuracy(history: History) -> Judge | None:
    for name, spec in METRICS.items():
        if spec.unit != "fraction" or not spec.higher_is_better:
            continue
        for metric in sorted(history.series):
            split = read_key(metric).split
            if metric.endswith(f"/{name}") and split.startswith(HELD_OUT) and split != PROBED:
                return Judge(metric, spec)
    return None


def _drop(
    history: History, judge: Judge, before: Regime, after: Regime, new: tuple[str, ...]
) -> Finding | CannotTell | None:
    start, length = after.first_step, after.planned_steps
    old = judge.points(history, 0, start + 1).last(WINDOW)
    seen = judge.points(history, start + int(DROP_FROM * length),
                        min(start + int(DROP_TO * length) + 1, after.end_step))  # fmt: skip
    if min(len(old), len(seen)) < CONFIRM:
        return CannotTell(DROPS, (TOO_FEW,))
    least = max(DROP_POINTS, 3 * noise(judge.points(history).value))
    was, now = float(np.median(old.value)), float(np.median(seen.value))
    if was - now <= least:
        return None
    named = " and ".join(map(term_label, new))
    return _finding(
        DROPS, after, seen, judge, (was, now),
        verdict=f"{judge.spec.label} falls when {named} begins",
        evidence=f"{judge.metric} {shown(was, judge.spec)} before step {start:,}, "
        f"{shown(now, judge.spec)} from {100 * DROP_FROM:g} to {100 * DROP_TO:g} % of the stage "
        f"(a fall of {shown(least, judge.spec)} counts: two points, and 3 × its noise).",
        meaning=f"The data stayed the same, so it is {named} that pulls elsewhere.",
        suggestion=f"Lower the weight of {named}, or raise it from 0 over 1,000 steps.",
    )  # fmt: skip


def check_shock(history: History) -> Iterable[Finding] | CannotTell:
    """Report held-out scores that a new stage makes worse, and that are not soon back.

    By more than 5 % and three times their noise, still so behind a fifth of the stage. A jump of
    the training loss is none: other weights and harder data make it jump in a healthy run.
    """
    borders = list(stage_borders(history))
    if not borders:
        return ()
    judge = find_judge(history)
    if judge is None:
        return CannotTell(SHOCK, ("a held-out metric",))
    return _told(_shock(history, judge, after) for _, after in borders)


def _told(found: Iterable[Finding | CannotTell | None]) -> Iterable[Finding] | CannotTell:
    """Give the findings; where not one border could be judged, say that."""
    every = list(found)
    unknown = [one for one in every if isinstance(one, CannotTell)]
    if len(unknown) == len(every):
        return unknown[0]
    return [one for one in every if isinstance(one, Finding)]


def _shock(history: History, judge: Judge, after: Regime) -> Finding | CannotTell | None:
    start = after.first_step
    old = judge.points(history, 0, start + 1).last(WINDOW)
    late = start + int(GIVEN_PART * after.planned_steps)
    seen = judge.points(history, late, after.end_step + 1)
    if len(old) < CONFIRM or len(seen) < CONFIRM:
        return CannotTell(SHOCK, (TOO_FEW,))
    was = float(np.median(old.value))
    least = max(WORSE_PART * abs(was), 3 * noise(judge.points(history).value))
    worse = judge.sign * (was - seen.value)
    first = worse[: max(CONFIRM, len(worse) // 5)]
    if not (first > least).all():
        return None
    now = float(np.median(seen.value[: len(first)]))
    is_back = bool((worse[-CONFIRM:] <= least / 2).all())
    return _finding(
        SHOCK, after, seen, judge, (was, now), is_open=after.is_newest and not is_back,
        verdict=f"{judge.spec.label} got worse at the border and did not come back",
        evidence=f"{judge.metric} {shown(was, judge.spec)} before step {start:,}, "
        f"{shown(now, judge.spec)} behind {100 * GIVEN_PART:g} % of the stage, step {late:,} on "
        f"(thresholds: {100 * WORSE_PART:g} % and 3 × its noise, {least:.3g} in all).",
        meaning="The same held-out examples are harder for the model than before: the new stage "
        "unlearns what the old one taught.",
        suggestion="Mix the stages, raise new weights from 0 over some hundred steps, and keep the "
        "learning rate low for the first 500.",
    )  # fmt: skip


def _finding(
    rule: str, after: Regime, seen: Points, judge: Judge, told: tuple[float, float], *,
    verdict: str, evidence: str, meaning: str, suggestion: str, is_open: bool | None = None,
) -> Finding:  # fmt: skip
    return Finding(
        rule=rule,
        severity="warn",
        regime=after.name,
        first_step=after.first_step,
        last_step=int(seen.step[-1]),
        is_open=after.is_newest if is_open is None else is_open,
        verdict=verdict,
        evidence=evidence,
        values={"before": told[0], "after": told[1]},
        meaning=meaning,
        suggestion=suggestion,
        page="loss_balance",
        subject=judge.metric,
    )


def rate_of_border(history: History, step: int) -> float:
    """Give the learning rate behind a step over its peak; 1 where it was not logged."""
    rate = points_of(history, "train/learning_rate")
    late = rate.value[rate.step >= step]
    return float(np.median(late) / rate.value.max()) if len(late) and rate.value.max() > 0 else 1.0
