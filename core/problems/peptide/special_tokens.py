"""Probability on tokens without mass (R-12): where it costs mass, and where it does not."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.diagnosis.conventions import TREND_POINTS, Stretch, level, stretches, trend
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.points import WINDOW, Points, points_of, rolling_medians
from core.diagnosis.regimes import Regime, active_terms, regime_at, warm_up_end
from core.history import History
from core.problems.peptide.criteria import score_points

SPECIAL = "R-12"
SPECIAL_SHARE, SPECIAL_CLOSE = 0.01, 0.008
CURED_PART = 0.25
LOST_MASS, LOST_MASS_ACCURACY = -0.01, 0.5
CONFIRM = 3


@dataclass(frozen=True)
class Case:
    """What such probability means, by what the run does with it."""

    severity: Severity
    meaning: str
    suggestion: str


KEPT = Case(
    "error",
    "Special tokens have no mass: each percent takes 10,000 ppm off the expected peptide.",
    "Renormalise over the residues before masses are computed, and let cross-entropy see every "
    "real position.",
)
DOUBTED = Case(
    "info",
    "It is taken out before masses are computed, so it costs no mass: the model expects an end "
    "where a residue stands.",
    "Look at answers that end too early; the cross-entropy teaches the end.",
)
UNTRAINED = Case(
    "ok",
    "Expected: it is taken out before masses are computed, and without cross-entropy nothing "
    "trains it away.",
    "",
)


def check_special_tokens(history: History) -> Iterable[Finding] | CannotTell:
    """Report probability on tokens without mass, or the mass that it takes away.

    Opens above 1 % at real positions unless that is falling fast, or where the expected mass lies
    more than 1 % low while most residues are right. Where such probability is taken out before
    masses are computed it costs no mass, and is an error no longer.
    """
    keys = [s for s in score_points("special_probability") if s in history.series]
    lost = _lost_mass(history)
    if not keys and lost is None:
        return CannotTell(SPECIAL, ("val_easy/special_probability",))
    found: list[Finding] = []
    for metric in keys[:1]:
        seen = points_of(history, metric, warm_up_end(history))
        levels = rolling_medians(seen)
        holds = np.array(
            [
                value > SPECIAL_SHARE and count >= TREND_POINTS and not _is_being_cured(seen, count)
                for count, value in enumerate(levels.value, start=WINDOW)
            ],
            dtype=bool,
        )
        found.extend(
            _special_finding(history, metric, levels, stretch)
            for stretch in stretches(holds, levels.value < SPECIAL_CLOSE, confirm=CONFIRM)
        )
    # While special tokens hold probability the mass is low for that reason: one finding will do.
    return found if any(f.is_open for f in found) else [*found, *(lost or ())]


def _is_being_cured(points: Points, count: int) -> bool:
    """Say whether the newest of the first `count` values fall by a quarter or more."""
    recent = Points(points.step[:count], points.value[:count]).last(TREND_POINTS)
    course = trend(recent, floor=0.0)
    return course.direction == "falls" and -course.change >= CURED_PART * level(recent.value)


def _special_finding(history: History, metric: str, levels: Points, stretch: Stretch) -> Finding:
    first, last = int(levels.step[stretch.first]), int(levels.step[stretch.last])
    share = float(levels.value[stretch.last])
    regime = regime_at(history, first)
    case = _case(history, regime)
    return Finding(
        rule=SPECIAL,
        severity=case.severity,
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=stretch.is_open,
        verdict=f"{100 * share:.1f} % of the probability lies on special tokens",
        evidence=f"{metric} {100 * share:.2f} % by the median of {WINDOW} evaluations at step "
        f"{last:,}, above {100 * SPECIAL_SHARE:g} % since step {first:,}.",
        values={"special_probability": share},
        meaning=case.meaning,
        suggestion=case.suggestion,
        page="spectra",
        subject=metric,
    )


def _case(history: History, regime: Regime) -> Case:
    rule = history.started.config.get("special_tokens") if history.started else None
    if rule != "renormalise":
        return KEPT
    return DOUBTED if "ce" in active_terms(history, regime) else UNTRAINED


def _lost_mass(history: History) -> list[Finding] | None:
    """Judge the signed mass error; None where it, or the accuracy, was not logged."""
    for split in ("val_easy", "val", "train"):
        metric, right = f"{split}/signed_mass_error", f"{split}/residue_accuracy"
        if metric in history.series and right in history.series:
            break
    else:
        return None
    errors = points_of(history, metric, warm_up_end(history))
    accuracy = level(points_of(history, right, warm_up_end(history)).value)
    levels = rolling_medians(errors)
    confirmed = levels.value[-CONFIRM:]
    is_lost = len(confirmed) == CONFIRM and bool((confirmed < LOST_MASS).all())
    missing_mass = Points(errors.step, -errors.value)
    if not is_lost or not accuracy > LOST_MASS_ACCURACY:
        return []
    if len(errors) < TREND_POINTS or _is_being_cured(missing_mass, len(errors)):
        return []
    good = np.flatnonzero(levels.value >= LOST_MASS)
    first, last = int(levels.step[good[-1] + 1 if len(good) else 0]), int(levels.step[-1])
    lost = float(confirmed[-1])
    return [
        Finding(
            rule=SPECIAL,
            severity="error",
            regime=regime_at(history, first).name,
            first_step=first,
            last_step=last,
            is_open=True,
            verdict=f"The expected mass is {-100 * lost:.1f} % too low",
            evidence=f"{metric} {100 * lost:.2f} % by the median of {WINDOW} evaluations at step "
            f"{last:,} (threshold {100 * LOST_MASS:g} %) at a residue accuracy of "
            f"{100 * accuracy:.0f} % (threshold {100 * LOST_MASS_ACCURACY:g} %).",
            values={"signed_mass_error": lost, "residue_accuracy": accuracy},
            meaning="Most residues are right, so the mass is lost elsewhere: on tokens without "
            "mass, or on a token with the mass of another.",
            suggestion="Renormalise over the residues; compare the index tables.",
            page="spectra",
            subject=metric,
        )
    ]
