"""Runs that read residue types worse than before, or are sure of wrong ones."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from core.diagnosis.conventions import noise
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, rolling_medians, settled_points
from core.diagnosis.regimes import Regime, active_terms, regimes
from core.history import History
from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.rules.metrics_of_run import (
    ACCURACY,
    CONFIRM,
    PAGE,
    PERPLEXITY,
    TYPE,
    Told,
    absent,
    by_regime,
    frame,
    newest,
)

COLLAPSED, CONFUSED = "R-45", "R-46"
CLASSES: Final = len(RESIDUES)
LEAST_ACCURACY: Final = 2 / CLASSES
LEAST_DROP: Final = 0.1


def check_types(history: History) -> Iterable[Finding] | CannotTell:
    """Report an accuracy of types that falls by more than 10 points and three times its noise.

    Where the type has weight 0 that is to be expected: its head stands still, and the finding says
    so whatever the accuracy does.
    """
    if unknown := absent(COLLAPSED, history, (ACCURACY,)):
        return unknown
    return list(_collapse_findings(history))


def _collapse_findings(history: History) -> Iterator[Finding]:
    best = -np.inf
    for regime in regimes(history):
        points = settled_points(history, ACCURACY, regime)
        if len(points) < CONFIRM:
            continue
        if TYPE in history.terms and TYPE not in active_terms(history, regime):
            yield _untrained(regime, points)
            continue
        levels = rolling_medians(points, min(WINDOW, len(points))).value
        before = np.full(len(points), best)
        before[-len(levels) :] = np.maximum(best, np.maximum.accumulate(levels))
        drop = before - points.value
        least = max(LEAST_DROP, 3 * noise(points.value))
        stretch = newest(drop > least, drop < least / 2, CONFIRM)
        if stretch is not None:
            told = Told(regime, points.step, {ACCURACY: points.value})
            at = stretch.last
            yield Finding(
                **frame(COLLAPSED, told, stretch),
                verdict=f"Residue types collapse: {100 * drop[at]:.0f} points lost",
                evidence=f"Right types {100 * points.value[at]:.1f} % at step "
                f"{points.step[at]:,}, {100 * before[at]:.1f} % at best (threshold: "
                f"{100 * least:.0f} points in {CONFIRM} evaluations running).",
                values={"accuracy": float(points.value[at]), "best_accuracy": float(before[at])},
                meaning="What is learnt is no longer shaped by the loss of the types.",
                suggestion="Look at the weight of the type and at its share of the gradient.",
                page=PAGE,
                subject=ACCURACY,
            )  # fmt: skip
        best = max(best, float(levels.max()))


def _untrained(regime: Regime, points: Points) -> Finding:
    return Finding(
        COLLAPSED, "ok", regime.name, int(points.step[0]), int(points.step[-1]), regime.is_newest,
        "The head of the types is not trained",
        f"The type has weight 0; right types {100 * points.value[-1]:.1f} % at step "
        f"{points.step[-1]:,}.",
        values={"accuracy": float(points.value[-1])},
        meaning="The head stands still while what it reads moves on: it has not unlearnt, and "
        "accuracy and perplexity say nothing.",
        suggestion="Do not report them, or give the type a weight above 0.",
        page=PAGE,
        subject=ACCURACY,
    )  # fmt: skip


def check_perplexity(history: History) -> Iterable[Finding] | CannotTell:
    """Report a perplexity above the number of types while the accuracy is above twice chance."""
    keys = (PERPLEXITY, ACCURACY)
    if unknown := absent(CONFUSED, history, keys):
        return unknown
    return list(_perplexity_findings(history, keys))


def _perplexity_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in by_regime(history, keys):
        perplexity, accuracy = (told.value[key] for key in keys)
        holds = (perplexity > CLASSES) & (accuracy > LEAST_ACCURACY)
        if (stretch := newest(holds, ~holds, CONFIRM)) is None:
            continue
        at = stretch.last
        stage = told.regime.stage
        is_stale = stage is not None and stage.weights.get("type") == 0
        yield Finding(
            **frame(CONFUSED, told, stretch),
            verdict=f"Confidently wrong types: perplexity {perplexity[at]:.3g} of {CLASSES}",
            evidence=f"At step {told.step[at]:,} exp of the pooled cross-entropy is "
            f"{perplexity[at]:.3g}, while {100 * accuracy[at]:.1f} % of the types are right "
            f"(thresholds: above {CLASSES} and above {100 * LEAST_ACCURACY:.0f} %).",
            values={"perplexity": float(perplexity[at]), "accuracy": float(accuracy[at])},
            meaning="A model that knows nothing has 20. "
            + ("The type has weight 0: its head stands still while what it reads moves on."
               if is_stale else "It is sure of types that are wrong, or labels are shifted."),
            suggestion="Give the type a weight above 0, or do not report it."
            if is_stale
            else "Recompute it from the pooled cross-entropy; compare the order of the labels.",
            page=PAGE,
            subject=PERPLEXITY,
        )  # fmt: skip
