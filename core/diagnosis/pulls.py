"""How terms share the loss and the gradient: outside their bands (R-17), in conflict (R-56)."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from core.diagnosis.conventions import is_unsolved
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of, settled_points
from core.diagnosis.regimes import Regime, active_terms, regime_at, regimes
from core.history import History
from core.metrics import read_key, term_label

BANDS, CONFLICT = "R-17", "R-56"
MARGIN_PERCENT: Final = 5.0
OFTEN: Final = 0.5
OPPOSED: Final = -0.1
LEAST_MEASURED: Final = 20


def check_bands(history: History) -> Iterable[Finding] | CannotTell:
    """Tell terms whose median share of a regime lies more than 5 points outside its target.

    Only where two terms or more are active and all active ones have a target: with one switched
    off the targets cannot add up. A term that is solved is excused.
    """
    targets = history.started.targets if history.started else {}
    if not targets:
        return ()
    judged = [r for r in regimes(history) if set(active_terms(history, r)) == set(targets)]
    missing = tuple(m for t in targets if (m := f"train/{t}/share") not in history.series)
    if judged and missing:
        return CannotTell(BANDS, missing)
    found = (_band(history, regime, term) for regime in judged for term in targets)
    return [finding for finding in found if finding] if len(targets) > 1 else ()


def _band(history: History, regime: Regime, term: str) -> Finding | None:
    points = settled_points(history, f"train/{term}/share", regime)
    low, high = history.started.targets[term] if history.started else (0.0, 100.0)
    if len(points) < WINDOW:
        return None
    share = float(np.median(points.value))
    first, last = int(points.step[0]), int(points.step[-1])
    if low - MARGIN_PERCENT <= share <= high + MARGIN_PERCENT:
        return None
    if share < low and not is_unsolved(history, term, first, last + 1):
        return None
    return Finding(
        rule=BANDS,
        severity="info",
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=regime.is_newest,
        verdict=f"{term_label(term)} is {share:.0f} % of the loss, its target {low:g}–{high:g} %",
        evidence=f"Median share over steps {first:,} to {last:,} {share:.1f} % (a finding from "
        f"{MARGIN_PERCENT:g} points outside the target on).",
        values={"share_percent": share, "low_percent": low, "high_percent": high},
        meaning="Targets are means of a stage; single batches jump.",
        suggestion="Solve the weights for the targets, or let them follow the losses.",
        page="loss_balance",
        subject=term,
    )


def check_conflict(history: History) -> Iterable[Finding] | CannotTell:
    """Tell two active terms whose gradients point against each other in most measured steps.

    The cosine does not depend on the weights: steps of all stages in which both are active count
    together.
    """
    several = [set(active) for r in regimes(history) if len(active := active_terms(history, r)) > 1]
    pairs = [metric for metric in history.series if read_key(metric).spec.name == "conflict"]
    if several and not pairs:
        return CannotTell(CONFLICT, ("the cosine of the gradients of two terms",))
    return [finding for metric in pairs for finding in _conflict(history, metric)]


def _together(history: History, metric: str) -> Points:
    """Read a cosine where both of its terms are active."""
    both = set((read_key(metric).term or "").split("+"))
    points = points_of(history, metric)
    inside = np.zeros(len(points), dtype=bool)
    for regime in regimes(history):
        if both <= set(active_terms(history, regime)):
            inside |= (points.step >= regime.first_step) & (points.step < regime.end_step)
    return Points(points.step[inside], points.value[inside])


def _conflict(history: History, metric: str) -> Iterator[Finding]:
    points = _together(history, metric)
    if len(points) < LEAST_MEASURED:
        return
    against = points.value < OPPOSED
    part, middle = float(against.mean()), float(np.median(points.value))
    if part <= OFTEN:
        return
    first, second = (term_label(t) for t in (read_key(metric).term or "").split("+"))
    seen = points.step[against]
    yield Finding(
        rule=CONFLICT,
        severity="info",
        regime=regime_at(history, int(seen[0])).name,
        first_step=int(seen[0]),
        last_step=int(seen[-1]),
        is_open=True,
        verdict=f"{first} and {second} pull against each other",
        evidence=f"The cosine of their gradients is below {OPPOSED:g} in {100 * part:.0f} % of "
        f"{len(points):,} measured steps, median {middle:.2f} (threshold {100 * OFTEN:g} % of at "
        f"least {LEAST_MEASURED}).",
        values={"part_percent": 100 * part, "median_cosine": middle},
        meaning="A part of what one term does is undone by the other: the sum moves slowly.",
        suggestion="Train each alone and compare; lower the weight of the one that teaches less, "
        "or bring it in later.",
        page="train",
        subject=metric,
    )
