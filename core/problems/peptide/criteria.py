"""The training note's success criteria, judged with intervals: pass, fail or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal, get_args

from core.diagnosis.conventions import NORMAL_95, level, noise, wilson_interval
from core.diagnosis.points import WINDOW, Points, points_of
from core.history import History
from core.metrics import read_key

Grade = Literal["minimum", "good", "excellent"]
GRADES: tuple[Grade, ...] = get_args(Grade)
Result = Literal["pass", "fail", "undecided"]
MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean, for normal values


@dataclass(frozen=True)
class Criterion:
    """One line of the note's criteria.

    Args:
        grade: To which of the three models it belongs.
        metric: Its key; accuracies are fractions.
        threshold: To be exceeded (accuracies) or undercut (errors), strictly.
        due_part: Part of the planned steps after which it is due: the note's step of 100,000.
    """

    grade: Grade
    metric: str
    threshold: float
    due_part: float


def _grade(grade: Grade, due: float, token: float, peptide: float, ppm: float) -> list[Criterion]:
    return [
        Criterion(grade, "val_easy/residue_accuracy", token, due),
        Criterion(grade, "val_easy/peptide_accuracy", peptide, due),
        Criterion(grade, "val_easy/ppm_error", ppm, due),
    ]


# Training note L287-302. It does not say on which set the first three are measured: the clean one.
CRITERIA: tuple[Criterion, ...] = (
    *_grade("minimum", 0.2, 0.90, 0.60, 5_000.0),
    *_grade("good", 0.5, 0.93, 0.75, 1_000.0),
    *_grade("excellent", 1.0, 0.95, 0.85, 50.0),
    Criterion("excellent", "val_easy/peptide_accuracy", 0.90, 1.0),
    Criterion("excellent", "val_hard/peptide_accuracy", 0.70, 1.0),
)
COUNTS = {"residue_accuracy": "residues", "peptide_accuracy": "peptides"}


@dataclass(frozen=True)
class Judged:
    """A criterion and what a run says to it.

    Args:
        criterion: The line.
        result: "undecided" where the interval holds the threshold, something is missing, or it
            is not met but not due either.
        level: Median of the last 5 evaluations; NaN where there are none.
        low: Lower limit of its 95 % interval; NaN where it is not known.
        high: Upper limit.
        due_step: Step at which it is due; None where the planned number is not known.
        reason: Why it is undecided; empty otherwise.
    """

    criterion: Criterion
    result: Result
    level: float
    low: float
    high: float
    due_step: int | None
    reason: str = ""


def judge(history: History) -> tuple[Judged, ...]:
    """Judge every criterion by the last five evaluations; the best so far would be cheating.

    The interval of an accuracy is Wilson's with the number of held-out residues or peptides.
    Residues of one peptide are not independent, so the interval of the residue accuracy is a
    little too narrow. That of the precursor error follows from its noise between evaluations,
    and does not say how another held-out set would do.

    Returns:
        One for each of `CRITERIA`, in their order.
    """
    return tuple(_judge(history, criterion) for criterion in CRITERIA)


def _judge(history: History, criterion: Criterion) -> Judged:
    total = history.started.total_steps if history.started else None
    due = round(criterion.due_part * total) if total else None
    seen = points_of(history, criterion.metric)
    limits = _interval(history, criterion.metric, seen)
    if isinstance(limits, str):
        nan = float("nan")
        return Judged(criterion, "undecided", level(seen.value), nan, nan, due, limits)
    low, high = limits
    now = level(seen.value)
    if read_key(criterion.metric).spec.higher_is_better:
        passes, fails = low > criterion.threshold, high <= criterion.threshold
    else:
        passes, fails = high < criterion.threshold, low >= criterion.threshold
    if passes:
        return Judged(criterion, "pass", now, low, high, due)
    if not fails:
        reason = "the interval holds the threshold"
        return Judged(criterion, "undecided", now, low, high, due, reason)
    if due is None or int(seen.step[-1]) < due:
        reason = "the planned number of steps is not known" if due is None else f"due at {due:,}"
        return Judged(criterion, "undecided", now, low, high, due, reason)
    return Judged(criterion, "fail", now, low, high, due)


def _interval(history: History, metric: str, seen: Points) -> tuple[float, float] | str:
    """Give the interval of the level, or say what is missing."""
    if len(seen) < WINDOW:
        return f"{len(seen)} of {WINDOW} evaluations" if len(seen) else f"{metric} is not logged"
    now = level(seen.value)
    split, _, name = metric.partition("/")
    if name in COUNTS:
        count = level(points_of(history, f"{split}/{COUNTS[name]}").value)
        if not count > 0:
            return f"{split}/{COUNTS[name]} is not logged"
        return wilson_interval(now, count)
    half = NORMAL_95 * MEDIAN_ERROR * noise(seen.value) / sqrt(WINDOW)
    return max(0.0, now - half), now + half


def score_points(name: str) -> tuple[str, ...]:
    """Give the keys under which a score may be found, the best first."""
    return tuple(f"{split}/{name}" for split in ("val_easy", "val", "train"))


@dataclass(frozen=True)
class Conflict:
    """Two scores of the newest evaluation that cannot both be right.

    Args:
        step: When.
        text: The computation.
        values: Its numbers.
    """

    step: int
    text: str
    values: Mapping[str, float]


def scores_conflict(history: History, split: str) -> Conflict | tuple[str, ...] | None:
    """Check residue and peptide accuracy against each other at the newest common evaluation.

    With L residues a peptide on average, a share t of residues right and s of peptides:
    1 - L (1 - t) <= s, as each wrong residue spoils at most one peptide (an answer that is too
    long spoils one too, without a wrong residue), and s <= t L / shortest, as right peptides may
    be the short ones. The rule of thumb s <= t holds for equal lengths only.

    Returns:
        The conflict; None where there is none or nothing was scored yet; the missing keys where
        one is not logged.
    """
    names = ("residue_accuracy", "peptide_accuracy", "residues", "peptides")
    keys = [f"{split}/{name}" for name in names]
    absent = tuple(key for key in keys if key not in history.series)
    if absent:
        return absent if len(absent) < len(keys) else None
    token, peptide, residues, peptides = (points_of(history, key) for key in keys)
    if not (len(token) and len(peptide) and token.step[-1] == peptide.step[-1]):
        return None
    count = level(peptides.value)
    if not count > 0:
        return None
    length = level(residues.value) / count
    t, s = float(token.value[-1]), float(peptide.value[-1])
    shortest = history.started.config.get("min_length") if history.started else None
    short = float(shortest) if isinstance(shortest, int | float) and shortest >= 1 else 1.0
    least, most = max(0.0, 1 - length * (1 - t)), min(1.0, t * length / short)
    rounding = 1e-6
    if least - rounding <= s <= most + rounding:
        return None
    text = (
        f"{100 * s:.1f} % of {count:,.0f} peptides are right at step {int(token.step[-1]):,}, but "
        f"{100 * t:.1f} % right residues, {length:.1f} a peptide, allow {100 * least:.1f} to "
        f"{100 * most:.1f} %."
    )
    values = {"peptide_accuracy": s, "residue_accuracy": t, "least": least, "most": most}
    return Conflict(int(token.step[-1]), text, values)
