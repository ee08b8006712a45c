"""Runs that learn nothing: no better than a constant (P-02), nothing falls (R-03, R-09)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from core.diagnosis.conventions import TREND_POINTS, least_change, level, noise, trend
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.held_out import find_judge
from core.diagnosis.points import WINDOW, Points, points_of, rolling_medians, settled_points
from core.diagnosis.regimes import Regime, active_terms, regime_at, regimes, warm_up_end
from core.history import History
from core.metrics import shown

CONSTANT, UNMOVED, NOISY = "P-02", "R-03", "R-09"
FLAT_PART: Final = 0.05  # a level that moves by less of itself is flat
FALLEN_PART: Final = 0.1  # of where it began; less is no decrease
SPIKY: Final = 0.1  # noise of so much of the level
LEAST_GAIN, SCORE_GAIN = 2.0, 3.0  # between first and last fifth, in sd of single values
LEAST_POINTS: Final = 50
LEAST_EVALUATIONS: Final = 20
LEAST_SEEN: Final = 6
LEAST_BUDGET: Final = 0.2


def check_constant(history: History) -> Iterable[Finding] | CannotTell:
    """Report a run that in the second half of its budget stays at what a constant reaches.

    Flat needs the power to say so: six evaluations there, which do not rise. Runs of one term
    alone have a rule of their own (R-21).
    """
    started = history.started
    if started is not None and started.config.get("solo"):
        return ()
    judge = find_judge(history)
    if judge is None or not judge.constant:
        return CannotTell(CONSTANT, ("a held-out metric with its best constant",))
    if started is None or not started.total_steps:
        return CannotTell(CONSTANT, ("the planned number of steps",))
    seen = judge.points(history, started.total_steps // 2)
    if len(seen) < LEAST_SEEN:
        absent = f"{LEAST_SEEN} evaluations in the second half of the budget"
        return CannotTell(CONSTANT, (absent,)) if history.ended else ()
    base = judge.base(history)
    least = least_change(base, noise(seen.value))
    gains = judge.sign * (rolling_medians(seen).value - base)
    if _is_rising(seen, gains, judge.sign, least) or not (gains <= least).all():
        return ()
    first, last, now = int(seen.step[0]), int(seen.step[-1]), level(seen.value)
    return [
        Finding(
            rule=CONSTANT,
            severity="warn",
            regime=regime_at(history, first).name,
            first_step=first,
            last_step=last,
            is_open=True,
            verdict=f"No better than a constant: {judge.spec.label} {shown(now, judge.spec)}",
            evidence=f"{judge.metric} {shown(now, judge.spec)} by the median of {WINDOW} of "
            f"{len(seen)} evaluations from step {first:,} on, a constant has "
            f"{shown(base, judge.spec)}; a gain of {least:.3g} would count, after half of the "
            "budget.",
            values={"reached": now, "constant": base, "least_gain": least},
            meaning="Whatever the loss does, the answers do not depend on the examples.",
            suggestion="Check that inputs and targets are still paired, and the labels' order; "
            "then try a learning rate ten times lower.",
            page="train",
            subject=judge.metric,
        )
    ]


def _is_rising(
    seen: Points, gains: Float[np.ndarray, " medians"], sign: float, least: float
) -> bool:
    if len(seen) < TREND_POINTS:
        return bool(gains[-1] - gains[0] > least)
    course = trend(seen, floor=least)
    return sign * course.change > least and course.direction in {"rises", "falls"}


@dataclass(frozen=True)
class _Course:
    """A series in a regime: its level, its noise, and how far it fell since the run began."""

    metric: str
    points: Points
    begun: float
    now: float
    spread: float

    @property
    def is_flat(self) -> bool:
        """Whether its trend stays within 5 % of its level, or one standard deviation."""
        floor = max(FLAT_PART * abs(self.now), self.spread)
        return trend(self.points, floor=floor).direction == "flat"

    @property
    def has_fallen(self) -> bool:
        """Whether it stands clearly below its first values in the run."""
        return self.begun - self.now > max(FALLEN_PART * abs(self.begun), 2 * self.spread)


def check_unmoved(history: History) -> Iterable[Finding] | CannotTell:
    """Report a regime in which the total and every active term stay where the run began."""
    return _each_regime(history, UNMOVED, _unmoved)


def check_noisy(history: History) -> Iterable[Finding] | CannotTell:
    """Report a loss, or a held-out score, that gains hardly more than its own noise.

    Of the loss the first regime only, as any loss near its end is all noise. Either must be spiky:
    what hardly moves and hardly wavers has come to its end.
    """
    told = _each_regime(history, NOISY, _noisy)
    found = _noisy_score(history)
    return [*(() if isinstance(told, CannotTell) else told), *found] if found else told


def _noisy_score(history: History) -> list[Finding]:
    judge = find_judge(history)
    if judge is None:
        return []
    points = judge.points(history, warm_up_end(history))
    if len(points) < LEAST_EVALUATIONS:
        return []
    spread, now, fifth = noise(points.value), level(points.value), len(points) // 5
    gain = judge.sign * float(np.median(points.value[-fifth:]) - np.median(points.value[:fifth]))
    if not spread > SPIKY * abs(now) or not gain < SCORE_GAIN * spread:
        return []
    course = _Course(judge.metric, points, float(points.value[0]), now, spread)
    return [_finding(
        NOISY, regimes(history)[-1], course, f"{judge.spec.label} is noise: it hardly gets better",
        f"Median of the last fifth less that of the first {judge.sign * gain:+.3g}, noise of "
        f"single evaluations {spread:.3g}, {100 * spread / abs(now):.0f} % of the level, over "
        f"{len(points):,} evaluations (threshold {SCORE_GAIN:g} × the noise).",
    )]  # fmt: skip


def _each_regime(
    history: History, rule: str, check: Callable[[History, Regime, _Course], Iterator[Finding]]
) -> Iterable[Finding] | CannotTell:
    metric = "train/total_loss"
    if metric not in history.series:
        return CannotTell(rule, (metric,))
    total = history.started.total_steps if history.started else None
    budget = total or history.last_step + 1
    found: list[Finding] = []
    for regime in regimes(history):
        course = _course(history, regime, metric)
        span = int(np.ptp(course.points.step)) + 1 if len(course.points) else 0
        if len(course.points) >= LEAST_POINTS and span >= LEAST_BUDGET * budget:
            found.extend(check(history, regime, course))
    return found


def _course(history: History, regime: Regime, metric: str) -> _Course:
    points = settled_points(history, metric, regime)
    begun = points_of(history, metric).value[:WINDOW]
    middle = float(np.median(points.value)) if len(points) else np.nan
    return _Course(metric, points, float(np.median(begun)), middle, noise(points.value))


def _unmoved(history: History, regime: Regime, total: _Course) -> Iterator[Finding]:
    terms = [_course(history, regime, f"train/{t}/raw") for t in active_terms(history, regime)]
    own = [one for one in terms if len(one.points) >= TREND_POINTS]
    if not total.is_flat or not all(one.is_flat and not one.has_fallen for one in own):
        return
    if not own and (total.has_fallen or regime.is_after_border):
        return
    said = ", ".join(f"{one.metric} {one.begun:.3g} → {one.now:.3g}" for one in own or [total])
    yield _finding(
        UNMOVED, regime, total, f"Nothing falls: the total stays at {total.now:.3g}",
        f"The total is flat over steps {int(total.points.step[0]):,} to "
        f"{int(total.points.step[-1]):,}, and so is every active term; since the run began: {said} "
        f"(flat within {100 * FLAT_PART:g} % or its noise; a fall of {100 * FALLEN_PART:g} % would "
        "count).",
    )  # fmt: skip


def _noisy(history: History, regime: Regime, total: _Course) -> Iterator[Finding]:
    value, spread = total.points.value, total.spread
    fifth = len(value) // 5
    gain = float(np.median(value[:fifth]) - np.median(value[-fifth:]))
    if regime.is_after_border or total.has_fallen or not spread > SPIKY * abs(total.now):
        return
    if not gain < LEAST_GAIN * spread or not total.is_flat:
        return
    yield _finding(
        NOISY, regime, total, "The loss is noise: it hardly falls",
        f"Median of the first fifth less that of the last {gain:.3g}, noise of single values "
        f"{spread:.3g}, {100 * spread / abs(total.now):.0f} % of the level, over {len(value):,} "
        f"points (threshold {LEAST_GAIN:g} × the noise).",
    )  # fmt: skip


def _finding(rule: str, regime: Regime, total: _Course, verdict: str, evidence: str) -> Finding:
    return Finding(
        rule=rule,
        severity="warn",
        regime=regime.name,
        first_step=int(total.points.step[0]),
        last_step=int(total.points.step[-1]),
        is_open=regime.is_newest,
        verdict=verdict,
        evidence=evidence,
        values={"begun": total.begun, "now": total.now, "noise": total.spread},
        meaning="Nothing that is trained has got better since the run began."
        if rule == UNMOVED
        else "It jumps by more than all it has gained.",
        suggestion="Look at the gradient norm and the learning rate: a rate that is too high "
        "keeps jumping, one that is too low or a dead parameter does not move."
        if rule == UNMOVED
        else "Enlarge the batch, lower the learning rate, or widen what the loss compares (σ).",
        page="train",
        subject=total.metric,
    )
