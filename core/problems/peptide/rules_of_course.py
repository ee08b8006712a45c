"""The course of the precursor error: its jump where it begins (R-10), and the note's track (R-11).

The note's steps are those of a run of 100,000; they are scaled to the budget. Where two of its
tables disagree, the weaker bound counts.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.conventions import trend
from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, points_of
from core.diagnosis.regimes import regime_at, weighted_spans
from core.history import History
from core.problems.peptide.criteria import score_points

SPIKE, TRACK = "R-10", "R-11"
TERM: Final = "precursor"
MOST_PPM: Final = 50_000.0
GIVEN_PART: Final = 0.2  # of the budget, within which the error should fall
NOTE_TRACK: Final = ((0.12, 15_000.0), (0.15, 10_000.0), (0.2, 10_000.0), (0.5, 1_000.0),
                     (1.0, 50.0))  # fmt: skip
LEAST_POINTS: Final = 4


def check_spike(history: History) -> Iterable[Finding] | CannotTell:
    """Explain a precursor error up to 50,000 ppm where its term begins, as long as it falls."""
    spans = list(weighted_spans(history, TERM))
    total = history.started.total_steps if history.started else None
    if not spans or not spans[0][0].is_after_border:
        return ()
    metric = next((s for s in score_points("ppm_error") if s in history.series), None)
    if metric is None or not total:
        return CannotTell(SPIKE, ("val_easy/ppm_error, and the planned number of steps",))
    start = spans[0][0].first_step
    seen = points_of(history, metric, start, start + GIVEN_PART * total)
    if len(seen) < LEAST_POINTS or not seen.value[0] <= MOST_PPM:
        return ()
    falls = trend(seen, floor=0.0).direction == "falls"
    if not falls and not seen.value[-1] < 0.8 * seen.value[0]:
        return ()
    return [
        Finding(
            SPIKE, "ok", regime_at(history, start).name, start, int(seen.step[-1]), False,
            f"Expected: {seen.value[0]:,.0f} ppm where the precursor begins, and falling",
            f"{metric} {seen.value[0]:,.0f} ppm at step {int(seen.step[0]):,}, "
            f"{seen.value[-1]:,.0f} ppm at step {int(seen.step[-1]):,} (threshold "
            f"{MOST_PPM:,.0f} ppm, within {100 * GIVEN_PART:g} % of the run).",
            values={"first_ppm": float(seen.value[0]), "last_ppm": float(seen.value[-1])},
            meaning="Until now no term taught the mass.",
            page="train",
            subject=metric,
        )
    ]  # fmt: skip


def check_track(history: History) -> Iterable[Finding] | CannotTell:
    """Tell by what factor the precursor error is behind the note's track; never a fault."""
    metric = next((s for s in score_points("ppm_error") if s in history.series), None)
    total = history.started.total_steps if history.started else None
    if metric is None or not total:
        return CannotTell(TRACK, ("val_easy/ppm_error, and the planned number of steps",))
    if not any(True for _ in weighted_spans(history, TERM)):
        return ()
    points, told = points_of(history, metric), list[tuple[int, float, float]]()
    for part, goal in NOTE_TRACK:
        near = np.flatnonzero(points.step <= part * total)[-WINDOW:]
        if part * total <= history.last_step and len(near):
            told.append((round(part * total), float(np.median(points.value[near])), goal))
    if not told or not told[-1][1] > told[-1][2]:
        return ()
    step, now, goal = told[-1]
    said = "; ".join(f"{ppm:,.0f} ppm at step {at:,} (note {want:,.0f})" for at, ppm, want in told)
    return [
        Finding(
            TRACK, "info", regime_at(history, min(step, history.last_step)).name, told[0][0], step,
            True,
            f"Behind the note's track by a factor of {now / goal:,.1f}",
            f"{metric}, medians of up to {WINDOW} evaluations, steps scaled to the budget: {said}.",
            values={"ppm_error": now, "goal_ppm": goal, "factor": now / goal},
            meaning="The note's track is that of one long run; a short one lies behind it.",
            suggestion="Compare with runs of the same budget.",
            page="train",
            subject=metric,
        )
    ]  # fmt: skip


COURSE_RULES: Final[tuple[Rule, ...]] = (
    Rule(SPIKE, "the jump where the precursor begins", check_spike),
    Rule(TRACK, "the note's track of the precursor", check_track),
)
