"""Solo runs: what a term teaches when it is trained alone."""

from collections.abc import Iterable

import numpy as np

from core.diagnosis.conventions import is_unsolved, least_change, level, noise, stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of, rolling_medians
from core.diagnosis.regimes import regimes
from core.history import History
from core.metrics import read_key, shown, term_label

RULE = "R-21"
CONFIRM = 3
NEEDED = WINDOW + CONFIRM - 1


def check_teaching(history: History) -> Iterable[Finding] | CannotTell:
    """Report a solo run that after half of its budget is no better than a constant.

    Judged by the held-out metric that has a best constant beside it; says which other terms
    rose meanwhile. Slow learning that is above the constant is learning.
    """
    started = history.started
    solo = str(started.config.get("solo") or "") if started else ""
    if started is None or not solo:
        return ()
    if not started.total_steps:
        return CannotTell(RULE, ("the planned number of steps",))
    half = started.total_steps // 2
    if history.last_step < half:
        return ()
    primary = primary_metric(history)
    if primary is None:
        return CannotTell(RULE, ("a held-out metric with its best constant",))
    metric, baseline = primary
    seen = points_of(history, metric, half)
    if len(seen) < NEEDED:
        few = f"{NEEDED} evaluations of {metric} after step {half:,}"
        return CannotTell(RULE, (few,)) if history.ended else ()
    return _judge(history, solo, metric, baseline, seen)


def primary_metric(history: History) -> tuple[str, str] | None:
    """Find the held-out metric that has a best constant, and the key of that constant."""
    for metric in sorted(history.series):
        key = read_key(metric)
        if key.term is None and key.spec.baseline and key.split.startswith("val"):
            constant = f"{key.split}/{key.spec.baseline}"
            if constant in history.series:
                return metric, constant
    return None


def _judge(
    history: History, solo: str, metric: str, baseline: str, seen: Points
) -> Iterable[Finding]:
    constant = level(points_of(history, baseline).value)
    levels = rolling_medians(seen)
    least = least_change(constant, noise(seen.value))
    sign = 1.0 if read_key(metric).spec.higher_is_better else -1.0
    gain = sign * (levels.value - constant)
    found = stretches(gain <= least, gain > 2 * least, confirm=CONFIRM)
    if not found:
        return ()
    first, last = int(levels.step[found[0].first]), int(levels.step[found[-1].last])
    reached, label = float(levels.value[found[-1].last]), read_key(metric).label
    rose = _risen(history, solo, metric.split("/", maxsplit=1)[0])
    others = "; ".join(
        f"{term_label(t)} rose from {a:.3g} to {b:.3g}, medians of the first and last {WINDOW}"
        for t, (a, b) in rose.items()
    )
    values = {"reached": reached, "constant": constant, "least_gain": least}
    for term, (before, after) in rose.items():
        values |= {f"{term}_before": before, f"{term}_after": after}
    regime = next(r for r in regimes(history) if r.first_step <= first < r.end_step)
    return (
        Finding(
            rule=RULE,
            severity="warn",
            regime=regime.name,
            first_step=first,
            last_step=last,
            is_open=found[-1].is_open,
            verdict=f"{term_label(solo)} teaches nothing alone"
            + (f", and {' and '.join(map(term_label, rose))} rose" if rose else ""),
            evidence=f"{label} ({metric}) {_shown(reached, metric)} by the median of {WINDOW} "
            f"evaluations at step {last:,}, the best constant {_shown(constant, metric)}; a gain "
            f"of {_shown(least, metric)} would count, after half of the budget."
            + (f" Meanwhile {others}." if others else ""),
            values=values,
            meaning=_meaning(history, solo, first, bool(rose)),
            suggestion="Give it a loss that points to the answer from far away (a wider peak "
            "that narrows, an expectation over all candidates), or use it beside a term that "
            "teaches. Compare with the other terms alone.",
            page="train",
            subject=solo,
        ),
    )


def _meaning(history: History, solo: str, first: int, has_risen: bool) -> str:
    text = "Whatever is learnt in a run with all terms does not come from this one"
    if has_risen:
        text += ", and it pulls against what rose"
    if not is_unsolved(history, solo, first, np.inf):
        text += ". Its own value is down to its noise: it is met without the answer"
    return text + "."


def _risen(history: History, solo: str, split: str) -> dict[str, tuple[float, float]]:
    """Give the other terms that rose, with the first and the last level."""
    rose: dict[str, tuple[float, float]] = {}
    for term in history.terms:
        held_out = points_of(history, f"{split}/{term}/raw")
        points = held_out if len(held_out) else points_of(history, f"train/{term}/raw")
        if term == solo or len(points) < 2 * WINDOW:
            continue
        before = float(np.median(points.value[:WINDOW]))
        after = level(points.value)
        if after - before > least_change(before, noise(points.value)):
            rose[term] = (before, after)
    return rose


def _shown(value: float, metric: str) -> str:
    return shown(value, read_key(metric).spec)
