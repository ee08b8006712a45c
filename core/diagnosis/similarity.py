"""What a cosine similarity on held-out examples says: its grade, its sign, chance, and the norm."""

from collections.abc import Iterable
from math import sqrt
from typing import Final

import numpy as np

from core.diagnosis.conventions import level, stretches, trend
from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.norms import COSINE, PAGE, RATIO
from core.diagnosis.points import WINDOW, Points, points_of, settled_points
from core.diagnosis.regimes import regime_at, regimes
from core.history import History
from core.identities import GRADES

GRADE, NEGATIVE, CHANCE, NORM = "R-23", "R-24", "R-25", "R-26"
CONSTANT: Final = "val/constant_cosine_similarity"
FEWEST: Final = 20  # held-out examples, where nobody says how many there are
GIVEN_PART: Final = 0.05
CONFIRM: Final = 3
NORM_RANGE: Final = 0.1, 10.0
LEAST_EVALUATIONS: Final = 8


def chance_similarity(history: History) -> float:
    """Give four standard errors of the mean cosine of random vectors, 4 / sqrt(n D).

    Of n held-out examples, 20 where that is not told, in D dimensions.

    Example:
        >>> round(chance_similarity(History()), 3)
        0.056
    """
    told = history.started.config.get("output_dim") if history.started else None
    dimension = told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 256
    return 4 / sqrt(FEWEST * dimension)


def check_negative(history: History) -> Iterable[Finding] | CannotTell:
    """Report a similarity clearly below 0 in three evaluations running, warm-up apart."""
    if COSINE not in history.series:
        return CannotTell(NEGATIVE, (COSINE,))
    least, found = -chance_similarity(history), list[Finding]()
    for regime in regimes(history):
        points = settled_points(history, COSINE, regime)
        for one in stretches(points.value < least, points.value > 0, confirm=CONFIRM):
            inside = slice(one.first, one.last + 1)
            part = Points(points.step[inside], points.value[inside])
            found.append(_finding(
                history, NEGATIVE, "warn", part, one.is_open and regime.is_newest,
                f"The similarity is below 0: {level(part.value):.3f}",
                f"{COSINE} below {least:.3f}, four standard errors of chance, in {len(part)} "
                f"evaluations running (threshold {CONFIRM}).",
                "Predictions point away from their targets: a model that knows nothing has 0.",
                "Look for a turned sign, wrong pairs, or targets prepared otherwise than in "
                "training.",
            ))  # fmt: skip
    return found


def check_chance_level(history: History) -> Iterable[Finding] | CannotTell:
    """Report a similarity that stays where a constant direction, or chance, has it.

    After 5 % of the budget, in eight evaluations that do not rise. Exactly 0 is a dead output.
    """
    if COSINE not in history.series:
        return CannotTell(CHANCE, (COSINE,))
    started = history.started
    total = (started.total_steps if started else None) or history.last_step
    seen = points_of(history, COSINE, int(GIVEN_PART * total) + 1)
    if len(seen) < LEAST_EVALUATIONS:
        return ()
    constant = level(points_of(history, CONSTANT).value)
    limit = max(np.nan_to_num(constant, nan=0.0), 0.0) + chance_similarity(history)
    recent = seen.last(max(LEAST_EVALUATIONS, len(seen) // 2))
    is_dead = bool((recent.value == 0).all())
    is_rising = trend(recent, floor=chance_similarity(history)).direction == "rises"
    if not is_dead and (is_rising or not (recent.value < limit).all()):
        return ()
    what = "exactly 0: the output is dead" if is_dead else f"{level(recent.value):.3f}: chance"
    return [
        _finding(
            history, CHANCE, "error", recent, True,
            f"The similarity stays at {what}",
            f"{COSINE} below {limit:.3f} in {len(recent)} evaluations, none of which rise (best "
            f"constant {constant:.3f}, and four standard errors; after {100 * GIVEN_PART:g} % of "
            "the budget).",
            "The answers do not depend on the examples.",
            "Look at a zero-initialised or dead output first." if is_dead else
            "Check that ids of inputs and targets match (a suffix of the model), that no target is "
            "NaN or of norm 0, and the learning rate.",
        )
    ]  # fmt: skip


def check_norm(history: History) -> Iterable[Finding] | CannotTell:
    """Tell a prediction much shorter or longer than its target, which a cosine loss allows."""
    if RATIO not in history.series:
        return CannotTell(NORM, (RATIO,))
    points = points_of(history, RATIO)
    now, (low, high) = level(points.value), NORM_RANGE
    if not len(points) or low <= now <= high:
        return ()
    return [
        _finding(
            history, NORM, "info", points.last(WINDOW), True,
            f"Predictions are {now:.3g} × as long as their targets",
            f"{RATIO} {now:.3g} by the median of {WINDOW} evaluations (threshold {low:g} to "
            f"{high:g}).",
            "A cosine does not see it, but an MSE beside it does, and very long vectors make the "
            "gradient of a cosine small.",
            "Normalise the prediction, or add a small term for its norm.",
        )
    ]  # fmt: skip


def check_grade(history: History) -> Iterable[Finding] | CannotTell:
    """Tell the note's grade of the similarity; below the best constant there is none."""
    points = points_of(history, COSINE)
    if len(points) < WINDOW:
        return CannotTell(GRADE, (f"{WINDOW} evaluations of {COSINE}",))
    now = level(points.value)
    constant = np.nan_to_num(level(points_of(history, CONSTANT).value), nan=0.0)
    limit = max(float(constant), 0.0) + chance_similarity(history)
    word = next((g.name for g in GRADES if 1 - now < g.high + 1e-6), GRADES[-1].name)
    if now < limit:
        word = "opposite" if now < -chance_similarity(history) else "no better than the baseline"
    return [
        _finding(
            history, GRADE, "info", points.last(WINDOW), True,
            f"Cosine similarity {now:.3f}: {word}",
            f"{COSINE} by the median of {WINDOW} evaluations; the note's bands end at 0.85, 0.70 "
            f"and 0.50, and what is below {limit:.3f} is no better than the best constant.",
            "The grades are the note's; few real runs reach its upper ones.",
            "Compare with runs on the same data.",
        )
    ]  # fmt: skip


def _finding(
    history: History, rule: str, severity: Severity, points: Points, is_open: bool, verdict: str,
    evidence: str, meaning: str, suggestion: str,
) -> Finding:  # fmt: skip
    first, last = int(points.step[0]), int(points.step[-1])
    return Finding(
        rule=rule,
        severity=severity,
        regime=regime_at(history, first).name,
        first_step=first,
        last_step=last,
        is_open=is_open,
        verdict=verdict,
        evidence=evidence,
        values={"value": level(points.value)},
        meaning=meaning,
        suggestion=suggestion,
        page=PAGE,
        subject=RATIO if rule == NORM else COSINE,
    )


SIMILARITY_RULES: Final[tuple[Rule, ...]] = (
    Rule(GRADE, "the note's grade", check_grade),
    Rule(NEGATIVE, "similarity below 0", check_negative),
    Rule(CHANCE, "similarity at chance", check_chance_level),
    Rule(NORM, "length of the predictions", check_norm),
)
