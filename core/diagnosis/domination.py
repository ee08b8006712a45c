"""Terms that hold nearly all of the loss, or pull at nothing."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from core.diagnosis.conventions import (
    TREND_POINTS,
    Stretch,
    is_unsolved,
    level,
    stretches,
    trend,
)
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, block_medians, points_of, settled_points
from core.diagnosis.regimes import Regime, active_terms, regimes
from core.history import History
from core.metrics import term_label

DOMINATED, NEGLIGIBLE = "R-05", "R-06"
SHARE_PERCENT, SHARE_CLOSE_PERCENT = 80.0, 75.0
PART_OF_STAGE = 0.2
STARVED_PERCENT = 5.0
HIGH_PART = 0.5  # of where a term began; below, flat is progress
FLAT_PART = 0.05  # a raw term that changes by less of its level is flat
GRADIENT_PERCENT, GRADIENT_CLOSE_PERCENT = 1.0, 1.5
WHOLE_STAGE = 0.8
WANTED_GRADIENT_PERCENT = 10.0
DEFAULT_TARGET_PERCENT = 50.0

Check = Callable[[History, Regime, str], Iterator[Finding]]


def check_dominated(history: History) -> Iterable[Finding] | CannotTell:
    """Report a term above 80 % of the loss for at least a fifth of a stage.

    Needs two active terms. It is an error where the leading term (the one with the largest
    target, else the first) has less than 5 % of the gradient and its value stays flat, and only
    worth knowing where it harms nobody: no other active term is held up.
    """
    return _each_active(history, DOMINATED, "share", _dominated)


def check_negligible(history: History) -> Iterable[Finding] | CannotTell:
    """Report an active, unsolved term below 1 % of the gradient for a whole stage."""
    return _each_active(history, NEGLIGIBLE, "gradient_share", _negligible)


def _each_active(
    history: History, rule: str, part: str, check: Check
) -> Iterable[Finding] | CannotTell:
    """Ask about each term of each regime with two active terms or more."""
    found: list[Finding] = []
    missing: dict[str, None] = {}
    for regime in regimes(history):
        active = active_terms(history, regime)
        for term in active if len(active) > 1 else ():
            if f"train/{term}/{part}" in history.series:
                found.extend(check(history, regime, term))
            else:
                missing[f"train/{term}/{part}"] = None
    return CannotTell(rule, tuple(missing)) if missing and not found else found


def _dominated(history: History, regime: Regime, term: str) -> Iterator[Finding]:
    shares = settled_points(history, f"train/{term}/share", regime)
    # Single batches jump: 20 of them are one value; fewer where the log is sparse.
    size = int(np.clip(len(shares) // 10, WINDOW, max(20, len(shares) // 200)))
    blocks = block_medians(shares, size)
    holds, over = blocks.value > SHARE_PERCENT, blocks.value < SHARE_CLOSE_PERCENT
    # The last step that a block stands for.
    ends = np.append(blocks.step[1:] - 1, shares.step[-1:])
    least = PART_OF_STAGE * regime.planned_steps
    long = [
        s for s in stretches(holds, over, confirm=1)
        if ends[s.last] - blocks.step[s.first] + 1 >= least
    ]  # fmt: skip
    if long:
        first, last = int(blocks.step[long[0].first]), int(ends[long[-1].last])
        yield _domination(history, regime, term, first, last, long[-1])


def _domination(
    history: History, regime: Regime, term: str, first: int, last: int, newest: Stretch
) -> Finding:
    share = _median(history, f"train/{term}/share", first, last)
    pull = _median(history, f"train/{term}/gradient_share", first, last)
    is_starving, starved_text = _starving(history, term, first, last)
    held_up = _held_up(history, regime, term, first, last)
    if held_up and not is_starving:
        starved_text = f" Held up meanwhile: {', '.join(map(term_label, held_up))}."
    pulls = f"{pull:.0f} % of the gradient" if np.isfinite(pull) else "a gradient not measured"
    steps = last - first + 1
    part = 100 * steps / regime.planned_steps
    return Finding(
        rule=DOMINATED,
        severity="error" if is_starving else "warn" if held_up else "info",
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=newest.is_open and regime.is_newest,
        verdict=f"{term_label(term)} is {share:.0f} % of the loss, with {pulls}",
        evidence=f"Median share of {term_label(term)} {share:.1f} % over steps {first:,} to "
        f"{last:,}, {part:.0f} % of the stage (thresholds: {SHARE_PERCENT:g} % of the loss for "
        f"{100 * PART_OF_STAGE:g} % of a stage); {pulls}.{starved_text}",
        values={
            "share_percent": share,
            "gradient_share_percent": pull,
            "part_of_stage_percent": part,
        },
        meaning="The optimiser sees little but this term."
        if not pull < 50
        else "Its value fills the total, which then tells little of the others; its pull on the "
        "parameters is smaller than that.",
        suggestion=_lower_weight(history, term, first, last, share),
        page="loss_balance",
        subject=term,
    )


def _starving(history: History, term: str, first: int, last: int) -> tuple[bool, str]:
    """Say whether the leading term neither pulls nor moves while another dominates."""
    leading = leading_term(history)
    if leading == term:
        return False, ""
    pull = _median(history, f"train/{leading}/gradient_share", first, last)
    raw = points_of(history, f"train/{leading}/raw", first, last + 1)
    course = trend(raw, floor=FLAT_PART * abs(level(raw.value)))
    starves = pull < STARVED_PERCENT and course.direction == "flat"
    if not starves:
        return False, ""
    return True, (
        f" {term_label(leading)} has {pull:.1f} % of the gradient (threshold "
        f"{STARVED_PERCENT:g} %) and stays at {level(raw.value):.3g} "
        f"(change {course.low:+.2g} to {course.high:+.2g})."
    )


def _held_up(history: History, regime: Regime, term: str, first: int, last: int) -> tuple[str, ...]:
    """Name the other active terms that rise, or stay above half of where they began."""
    found: list[str] = []
    for other in active_terms(history, regime):
        raw = points_of(history, f"train/{other}/raw", first, last + 1)
        if other == term or len(raw) < TREND_POINTS:
            continue
        now, begun = level(raw.value), points_of(history, f"train/{other}/raw").value[:WINDOW]
        course = trend(raw, floor=FLAT_PART * abs(now))
        is_high = now > HIGH_PART * float(np.median(begun))
        if course.direction == "rises" or (course.direction == "flat" and is_high):
            found.append(other)
    return tuple(found)


def leading_term(history: History) -> str:
    """Name the term that matters most: that of the largest target, else the first; maybe ""."""
    targets = history.started.targets if history.started else {}
    if targets:
        return max(targets, key=lambda term: sum(targets[term]))
    return next(iter(history.terms), "")


def _lower_weight(history: History, term: str, first: int, last: int, share: float) -> str:
    targets = history.started.targets if history.started else {}
    wanted = float(np.mean(targets[term])) if term in targets else DEFAULT_TARGET_PERCENT
    if wanted >= share:
        return f"Its own target asks for {wanted:g} %: lower that first."
    weight = _median(history, f"train/{term}/weight", first, last)
    advice = f"Lower the weight of {term_label(term)}"
    if np.isfinite(weight) and share < 100:
        solved = weight * _odds(wanted) / _odds(share)
        advice += f" from {weight:.3g} to {solved:.2g}: its share would be {wanted:g} %"
    return advice + ". Solve the weights of all stages in the loss balance."


def _negligible(history: History, regime: Regime, term: str) -> Iterator[Finding]:
    pulls = settled_points(history, f"train/{term}/gradient_share", regime)
    if len(pulls) < WINDOW:
        return
    # A stage is judged once most of it is over.
    end = regime.planned_end if regime.is_newest else regime.end_step
    least = WHOLE_STAGE * (end - int(pulls.step[0]))
    holds, over = pulls.value < GRADIENT_PERCENT, pulls.value > GRADIENT_CLOSE_PERCENT
    for stretch in stretches(holds, over, confirm=3):
        first, last = int(pulls.step[stretch.first]), int(pulls.step[stretch.last])
        if last - first >= least and is_unsolved(history, term, first, last + 1):
            yield _neglect(history, regime, term, pulls, stretch)


def _neglect(
    history: History, regime: Regime, term: str, pulls: Points, stretch: Stretch
) -> Finding:
    first, last = int(pulls.step[stretch.first]), int(pulls.step[stretch.last])
    pull = float(np.median(pulls.value[stretch.first : stretch.last + 1]))
    count = stretch.last - stretch.first + 1
    raw = _median(history, f"train/{term}/raw", first, last)
    weight = _median(history, f"train/{term}/weight", first, last)
    advice = f"Raise the weight of {term_label(term)}"
    if np.isfinite(weight) and pull > 0:
        raised = weight * _odds(WANTED_GRADIENT_PERCENT) / _odds(pull)
        advice += f" from {weight:.3g} to about {raised:.2g}"
        advice += f" for {WANTED_GRADIENT_PERCENT:g} % of the gradient"
    return Finding(
        rule=NEGLIGIBLE,
        severity="info",
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=stretch.is_open and regime.is_newest,
        verdict=f"{term_label(term)} is active but has {pull:.2g} % of the gradient",
        evidence=f"Median gradient share of {term_label(term)} {pull:.2g} % in {count} "
        f"measurements, steps {first:,} to {last:,} (threshold {GRADIENT_PERCENT:g} % for the "
        f"stage), while its value stands at {raw:.3g}.",
        values={"gradient_share_percent": pull, "raw": raw, "weight": weight},
        meaning="It costs time and changes nothing.",
        suggestion=advice + "; first train with this term alone, to see whether it can teach.",
        page="loss_balance",
        subject=term,
    )


def _median(history: History, metric: str, first: int, last: int) -> float:
    value = points_of(history, metric, first, last + 1).value
    return float(np.median(value)) if len(value) else np.nan


def _odds(percent: float) -> float:
    return percent / (100 - percent)
