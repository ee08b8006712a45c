"""Diagnosis that needs a peptide's words: a stuck precursor, scores that contradict."""

from collections.abc import Iterable
from math import ceil

import numpy as np

from core.diagnosis.conventions import TREND_POINTS, level, noise, trend
from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of, settled_points
from core.diagnosis.regimes import Regime, regime_at, warm_up_end, weighted_spans
from core.history import History
from core.problems.peptide.criteria import score_points, scores_conflict
from core.problems.peptide.residues import ISOTOPE_DA
from core.problems.peptide.rules_of_course import COURSE_RULES
from core.problems.peptide.special_tokens import SPECIAL, check_special_tokens

STUCK, SCORES = "R-01", "R-13"
PPM = 1e6
# The precursor error expected at the end of each tenth of the budget, in ppm: what the training
# note (L74-82) expects at the start of the next of its ten stages.
GOAL_PPM = (25_000.0, 10_000.0, 5_000.0, 2_000.0, 1_000.0, 500.0, 200.0, 100.0, 50.0, 50.0)
FAR_FROM_GOAL = 10.0
PART_OF_STAGE = 0.1
FLAT_PART = 0.1  # a level that moves by less of itself is stuck
TREND_WINDOW = 12
ISOTOPE_MASSES_DA = (400.0, 4000.0)


def check_stuck_precursor(history: History) -> Iterable[Finding] | CannotTell:
    """Report a precursor error that stays flat, far above what its tenth of the run should reach.

    Only while the precursor term is active, and has been for a tenth of the stage. The error is
    measured on held-out peptides, so its course may be followed across borders.
    """
    spans = list(weighted_spans(history, "precursor"))
    total = history.started.total_steps if history.started else None
    if not spans:
        return ()
    metric = next((s for s in score_points("ppm_error") if s in history.series), None)
    if metric is None or not total:
        missing = () if metric else ("val_easy/ppm_error",)
        return CannotTell(STUCK, (*missing, *(() if total else ("the planned number of steps",))))
    found = (_stuck(history, span, metric, total) for span in spans)
    return [finding for finding in found if finding]


def _stuck(history: History, span: tuple[Regime, ...], metric: str, total: int) -> Finding | None:
    """Judge each regime of a span; those that are stuck make one finding."""
    held: list[tuple[Regime, Points, float]] = []
    for regime in span:
        reached = min(regime.end_step, history.last_step + 1) - regime.first_step
        seen = _recent(history, span, regime, metric)
        goal = GOAL_PPM[int(np.clip(ceil(10 * regime.planned_end / total) - 1, 0, 9))]
        now = level(seen.value)
        if reached < PART_OF_STAGE * regime.planned_steps or not now > FAR_FROM_GOAL * goal:
            continue
        if trend(seen, floor=FLAT_PART * now).direction == "flat":
            held.append((regime, seen, goal))
    if not held:
        return None
    _, seen, _ = held[0]
    last_regime, newest, goal = held[-1]
    first = _stuck_since(points_of(history, metric, span[0].first_step), seen)
    return _stuck_finding(
        history,
        metric,
        regime_at(history, first).name,
        first,
        newest,
        goal,
        is_open=last_regime.is_newest,
    )


def _stuck_since(points: Points, seen: Points) -> int:
    """Go back from a flat stretch to where the error came to its level."""
    now = level(seen.value)
    near = abs(points.value - now) <= FLAT_PART * now + 3 * noise(seen.value)
    away = np.flatnonzero(~near & (points.step < seen.step[0]))
    return int(points.step[away[-1] + 1]) if len(away) else int(points.step[0])


def _recent(history: History, span: tuple[Regime, ...], regime: Regime, metric: str) -> Points:
    """Take the regime's own points; where they are too few the newest of the active span."""
    own = settled_points(history, metric, regime)
    if len(own) >= TREND_POINTS:
        return own
    start = max(span[0].first_step, warm_up_end(history))
    return points_of(history, metric, start, regime.end_step).last(TREND_WINDOW)


def _stuck_finding(
    history: History,
    metric: str,
    regime: str,
    first: int,
    seen: Points,
    goal: float,
    *,
    is_open: bool,
) -> Finding:
    last, now = int(seen.step[-1]), level(seen.value)
    answer = level(
        points_of(history, metric.replace("/ppm_error", "/argmax_ppm_error"), first, last + 1).value
    )
    is_sure = answer <= FAR_FROM_GOAL * goal
    course = trend(seen, floor=FLAT_PART * now)
    said = f"; of the most likely residues {answer:,.0f} ppm" if np.isfinite(answer) else ""
    return Finding(
        rule=STUCK,
        severity="warn" if is_sure else "error",
        regime=regime,
        first_step=first,
        last_step=last,
        is_open=is_open,
        verdict=f"Precursor error stuck at {now:,.0f} ppm"
        + (", though the answer is right" if is_sure else ""),
        evidence=f"{metric} {now:,.0f} ppm by the median of {WINDOW} evaluations at step {last:,}, "
        f"change {course.low:+,.0f} to {course.high:+,.0f} ppm over steps {int(seen.step[0]):,} to "
        f"{last:,} (thresholds: {FAR_FROM_GOAL:g} × {goal:,.0f} ppm, which the training note "
        f"expects by then; flat within {100 * FLAT_PART:g} %){said}.",
        values={"ppm_error": now, "argmax_ppm_error": answer, "goal_ppm": goal},
        meaning="The expected mass is that of no residue while the model is unsure: a right answer "
        "with doubts has a large error."
        if is_sure
        else "The precursor term is on but does not move the mass of the answer.",
        suggestion=_isotope_remark(answer if is_sure else now)
        + "Look for a term without gradient (a clamp), probability on tokens without mass and two "
        "index tables; widen the divisor. Labels that do not fit their precursor (pyro-Glu, wrong "
        "isotope) are listed by the data check of the spectra.",
        page="spectra",
        subject=metric,
    )


def _isotope_remark(error_ppm: float) -> str:
    """Say at which peptide mass one neutron would make just this error, where that is possible."""
    if not error_ppm > 0:
        return ""
    mass_da = ISOTOPE_DA / error_ppm * PPM
    low, high = ISOTOPE_MASSES_DA
    if not low <= mass_da <= high:
        return ""
    return (
        f"{error_ppm:,.0f} ppm is one ¹³C at a mass of {mass_da:,.0f} Da: check whether precursors "
        "were picked one isotope off. "
    )


def check_scores(history: History) -> Iterable[Finding] | CannotTell:
    """Report scores that contradict each other: more peptides right than residues allow."""
    found: list[Finding] = []
    missing: list[str] = []
    for split in ("val_easy", "val_hard"):
        told = scores_conflict(history, split)
        if isinstance(told, tuple):
            missing.extend(told)
        elif told is not None:
            found.append(_score_finding(history, split, told.text, dict(told.values), told.step))
    return CannotTell(SCORES, tuple(missing)) if missing and not found else found


def _score_finding(
    history: History, split: str, text: str, values: dict[str, float], step: int
) -> Finding:
    return Finding(
        rule=SCORES,
        severity="warn",
        regime=regime_at(history, step).name,
        first_step=step,
        last_step=step,
        is_open=True,
        verdict=f"Residue and peptide accuracy on {split} contradict each other",
        evidence=text,
        values=values,
        meaning="One of the two is not what its name says, or answers have the wrong length.",
        suggestion="Look at answers that are too long, and at how padding is counted.",
        page="train",
        subject=f"{split}/peptide_accuracy",
    )


PEPTIDE_RULES: tuple[Rule, ...] = (
    Rule(STUCK, "precursor error stuck", check_stuck_precursor),
    Rule(SPECIAL, "probability on special tokens", check_special_tokens),
    Rule(SCORES, "scores contradict each other", check_scores),
    *COURSE_RULES,
)
