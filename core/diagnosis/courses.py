"""How terms fall: the leading one stops (R-02, R-14), or all of them fall together (R-18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.diagnosis.borders import new_terms, rate_of_border, stage_borders
from core.diagnosis.conventions import TREND_POINTS, Trend, is_unsolved, trend
from core.diagnosis.domination import leading_term
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import Points, settled_points
from core.diagnosis.regimes import Regime, active_terms, regimes
from core.history import History
from core.metrics import term_label

STOPS, PLATEAU, TOGETHER = "R-02", "R-14", "R-18"
SLOWER, SLOWER_LIMIT = 0.25, 0.5  # rate after over rate before, and the upper limit of that
LEAST_RATE: Final = 0.1  # of the peak learning rate; below, a flat course is expected
FLAT_PART: Final = 0.05
LEAST_FALL: Final = 0.1  # of its logarithm: 10 %


@dataclass(frozen=True)
class _Rate:
    """How fast the logarithm of a term falls in a stretch, a thousand steps."""

    points: Points
    fall: Trend

    @property
    def span(self) -> float:
        """Length in thousands of steps."""
        return max(1.0, float(np.ptp(self.points.step))) / 1000


def check_stops(history: History) -> Iterable[Finding] | CannotTell:
    """Report a leading term that fell until others began, and then stays where it is.

    On its logarithm, with the intervals of both slopes: the later one is below a quarter, and its
    limit below half, of the earlier. A term near its floor, or a learning rate near 0, is excused.
    """
    term = leading_term(history)
    metric = f"train/{term}/raw"
    borders = [(b, a) for b, a in stage_borders(history) if new_terms(history, b, a)]
    borders = [(b, a) for b, a in borders if term in active_terms(history, b)]
    if not borders:
        return ()
    if metric not in history.series:
        return CannotTell(STOPS, (metric,))
    found = (_stop(history, term, before, after) for before, after in borders)
    return [finding for finding in found if finding]


def _stop(history: History, term: str, before: Regime, after: Regime) -> Finding | None:
    old, new = (_rate(settled_points(history, f"train/{term}/raw", r)) for r in (before, after))
    if old is None or new is None or not _has_stopped(old, new):
        return None
    if not _is_excused(history, term, new.points):
        others = " and ".join(map(term_label, new_terms(history, before, after)))
        return _finding(
            STOPS, "warn", after, term, (old, new),
            f"{term_label(term)} stops falling when {others} begins",
            "Lower the weights of the new terms so that the shares meet their bands (solve the "
            "weights), or delay them by a stage.",
        )  # fmt: skip
    return None


def check_plateau(history: History) -> Iterable[Finding] | CannotTell:
    """Tell a leading term that falls in the first half of a regime and stays in the second."""
    term = leading_term(history)
    metric = f"train/{term}/raw"
    if metric not in history.series:
        return CannotTell(PLATEAU, (metric if term else "a loss term",))
    found: list[Finding] = []
    for regime in regimes(history):
        points = settled_points(history, metric, regime)
        half = len(points) // 2
        parts = (Points(points.step[:half], points.value[:half]), points.last(half))
        old, new = (_rate(part) for part in parts) if half else (None, None)
        if old is None or new is None or not _has_stopped(old, new):
            continue
        if not _is_excused(history, term, new.points):
            found.append(_finding(
                PLATEAU, "info", regime, term, (old, new),
                f"{term_label(term)} has come to a plateau",
                "Steps at the borders of stages are normal. If it stays: raise or lower the "
                "learning rate, and look whether another term pulls against it.",
            ))  # fmt: skip
    return found


def _rate(points: Points) -> _Rate | None:
    positive = points.value > 0
    if positive.sum() < TREND_POINTS:
        return None
    kept = Points(points.step[positive], points.value[positive])
    course = trend(Points(kept.step, np.log(kept.value)), floor=FLAT_PART)
    return _Rate(kept, course)


def _has_stopped(old: _Rate, new: _Rate) -> bool:
    """Whether the fall became a quarter of what it was, and surely less than half."""
    if old.fall.direction != "falls" or -old.fall.change < LEAST_FALL:
        return False
    before, surely = -old.fall.change / old.span, -old.fall.high / old.span
    after, at_most = -new.fall.change / new.span, -new.fall.low / new.span
    is_flat = new.fall.direction == "flat"
    return is_flat and after < SLOWER * before and at_most < SLOWER_LIMIT * surely


def _is_excused(history: History, term: str, seen: Points) -> bool:
    first, last = int(seen.step[0]), int(seen.step[-1])
    is_solved = not is_unsolved(history, term, first, last + 1)
    return is_solved or rate_of_border(history, first) < LEAST_RATE


def _finding(
    rule: str, severity: str, regime: Regime, term: str, rates: tuple[_Rate, _Rate], verdict: str,
    suggestion: str,
) -> Finding:  # fmt: skip
    old, new = rates
    before, after = (100 * one.fall.change / one.span for one in rates)
    now = float(np.median(new.points.value))
    return Finding(
        rule=rule,
        severity="warn" if severity == "warn" else "info",
        regime=regime.name,
        first_step=int(new.points.step[0]),
        last_step=int(new.points.step[-1]),
        is_open=regime.is_newest,
        verdict=verdict,
        evidence=f"Its logarithm changed by {before:+.3g} % per 1,000 steps up to step "
        f"{int(old.points.step[-1]):,}, since step {int(new.points.step[0]):,} by {after:+.3g} % "
        f"({100 * new.fall.low / new.span:+.3g} to {100 * new.fall.high / new.span:+.3g}), at "
        f"{now:.3g} (thresholds: a quarter of it, surely below half, flat within "
        f"{100 * FLAT_PART:g} %).",
        values={"before_percent": before, "after_percent": after, "raw": now},
        meaning="What this term teaches is learnt no further, though it is not down to its floor.",
        suggestion=suggestion,
        page="loss_balance",
        subject=term,
    )


def check_together(history: History) -> Iterable[Finding] | CannotTell:
    """Tell, as good news, that every active term falls in the newest regime."""
    regime = regimes(history)[-1]
    active = active_terms(history, regime)
    missing = tuple(m for t in active if (m := f"train/{t}/raw") not in history.series)
    if missing or not active:
        return CannotTell(TOGETHER, missing or ("a loss term",))
    courses = {term: settled_points(history, f"train/{term}/raw", regime) for term in active}
    trends = {term: trend(points, floor=0.0) for term, points in courses.items()}
    if any(course.direction != "falls" for course in trends.values()):
        return ()
    first = max(int(points.step[0]) for points in courses.values())
    said = ", ".join(f"{term_label(term)} {c.change:+.3g}" for term, c in trends.items())
    return [
        Finding(
            TOGETHER, "ok", regime.name, first, history.last_step, True,
            "Every active term falls",
            f"Change over {regime.name} by the Theil-Sen slope, each with an interval below 0: "
            f"{said}.",
            values={f"{term}_change": course.change for term, course in trends.items()},
            meaning="As it should be.",
            page="train",
        )
    ]  # fmt: skip
