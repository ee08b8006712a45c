"""What changed in a run and what did not: weights without effect, long training without gain."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from core.diagnosis.conventions import TREND_POINTS, least_change, level, noise, trend
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, points_of, settled_points
from core.diagnosis.regimes import Regime, active_terms, regimes
from core.history import History
from core.metric_table import METRICS
from core.problems.sidechain.metrics.intervals import LEAST_CHANGE_A
from core.problems.sidechain.rules.metrics_of_run import (
    AT_BOUND,
    CLAMP,
    PAGE,
    SIDE,
    TYPE_MEAN,
    absent,
)

UNCHANGED, FLAT, NO_EFFECT = "R-42", "R-47", "R-48"
UNSOLVED: Final = 0.5  # of the RMSD of the mean by type; below, flat is success


def check_change(history: History) -> Iterable[Finding] | CannotTell:
    """Report weights that changed at a border while the RMSD of side chains stayed within noise.

    A difference of medians counts above 0.02 angstrom, 1 % and three times its noise.
    """
    if unknown := absent(UNCHANGED, history, (SIDE,)):
        return unknown
    return list(_unchanged(history))


def _unchanged(history: History) -> Iterator[Finding]:
    for before, after in pairwise(regimes(history)):
        sides = [settled_points(history, SIDE, regime) for regime in (before, after)]
        weights = [_weights(history, regime) for regime in (before, after)]
        if weights[0] == weights[1] or min(map(len, sides)) < WINDOW:
            continue
        old, new = (level(points.value) for points in sides)
        spread = max(noise(points.value) for points in sides)
        least = max(LEAST_CHANGE_A, least_change(old, spread))
        if abs(new - old) <= least:
            yield Finding(
                UNCHANGED, "info", after.name, int(sides[1].step[0]), int(sides[1].step[-1]),
                after.is_newest,
                f"New weights, and no change that can be told: {new - old:+.2f} Å",
                f"RMSD of side chains {old:.3f} Å before, {new:.3f} Å after {_listed(weights)}; "
                f"medians of {WINDOW} evaluations (a change counts above {least:.3f} Å).",
                values={"before_angstrom": old, "after_angstrom": new, "least_angstrom": least},
                meaning="The sign of such a difference is neither a gain nor a loss.",
                suggestion="Look first whether a floor holds it: a constant, a bound, a rate of 0.",
                page=PAGE,
                subject=SIDE,
            )  # fmt: skip


def check_factor(history: History) -> Iterable[Finding]:
    """Report a new weight of the only term that is left: Adam does not see a common factor."""
    for before, after in pairwise(regimes(history)):
        left = active_terms(history, after)
        if len(left) != 1 or len(history.terms) < 2:
            continue
        old, new = (_weights(history, regime).get(left[0], 0.0) for regime in (before, after))
        if old > 0 and new > 0 and old != new:
            yield Finding(
                NO_EFFECT, "info", after.name, after.first_step,
                min(after.end_step - 1, history.last_step), after.is_newest,
                f"The weight of {left[0]}, the only term left, hardly acts under Adam",
                f"{left[0]} {old:g} → {new:g}, ×{new / old:.3g}, and every other term has weight "
                "0.",
                values={"factor": new / old},
                meaning="Adam divides a gradient by its own size: a factor common to all of it "
                "cancels, but for its epsilon, weight decay and clipping.",
                suggestion="Change the learning rate instead.",
                page="loss_balance",
                subject=left[0],
            )  # fmt: skip


def check_flat(history: History) -> Iterable[Finding] | CannotTell:
    """Report side chains that stay flat above half of what the mean by residue type has.

    Flat needs the power to say so: half of the evaluations since the newest border, eight at least.
    """
    keys = (SIDE, TYPE_MEAN)
    if unknown := absent(FLAT, history, keys):
        return unknown
    found = (_flat(history, regime) for regime in regimes(history) if regime.is_newest)
    return [finding for finding in found if finding]


def _flat(history: History, regime: Regime) -> Finding | None:
    points = settled_points(history, SIDE, regime)
    late = points.last(max(TREND_POINTS, len(points) // 2))
    constant = level(points_of(history, TYPE_MEAN, regime.first_step, regime.end_step).value)
    now = level(late.value)
    if not now > UNSOLVED * constant:
        return None
    floor = max(LEAST_CHANGE_A, 0.01 * now)
    course = trend(late, floor=floor)
    if course.direction != "flat":
        return None
    signs = {
        key.removeprefix("val/"): float(told.value[-1])
        for key in (CLAMP, AT_BOUND)
        if len(told := points_of(history, key))
    }
    return Finding(
        FLAT, "info", regime.name, int(late.step[0]), int(late.step[-1]), True,
        f"Flat at {now:.2f} Å, which does not show a limit",
        f"RMSD of side chains over {len(late)} evaluations: {course.low:+.3f} to "
        f"{course.high:+.3f} Å (flat within {floor:.3f} Å); mean by residue type {constant:.2f} Å."
        + "".join(f" {METRICS[name].label.capitalize()} {value:.3f}."
                  for name, value in signs.items()),
        values={"sidechain_angstrom": now, "type_mean_angstrom": constant, **signs},
        meaning="A floor, a learning rate of 0, a dead parameter and a bounded output look alike.",
        suggestion="Decode without a network first: the representation is the limit only where "
        "that leaves most of the error.",
        page="density_limit",
        subject=SIDE,
    )  # fmt: skip


def _weights(history: History, regime: Regime) -> dict[str, float]:
    """Give the weight of each term in a regime: as logged, else as its stage told."""
    told = dict(regime.stage.weights) if regime.stage else {}
    for term in history.terms:
        logged = points_of(history, f"train/{term}/weight", regime.first_step, regime.end_step)
        if len(logged):
            told[term] = float(np.median(logged.value))
    return told


def _listed(weights: list[dict[str, float]]) -> str:
    old, new = weights
    changed = [name for name in new if old.get(name) != new[name]]
    return ", ".join(f"{name} {old.get(name, 0):g} → {new[name]:g}" for name in changed)
