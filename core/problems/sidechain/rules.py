"""Diagnosis that needs a residue's words: worse than a constant, saturated, confidently wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from core.diagnosis.conventions import Stretch, stretches
from core.diagnosis.engine import Rule
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, settled_points
from core.diagnosis.regimes import Regime, regimes
from core.history import History
from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.evaluation import LEAST_IN_SLOT, LEAST_WORSE_A, WORSE
from core.problems.sidechain.metrics.saturation import CLOSE, MOST_AT_BOUND

CONSTANT, SATURATED, CONFUSED = "R-43", "R-44", "R-46"
CONFIRM: Final = 3  # evaluations, where the rule names none
CLASSES: Final = len(RESIDUES)
LEAST_ACCURACY: Final = 2 / CLASSES
RMSD, BEST, WORSE_SLOTS = "val/rmsd", "val/slot_mean_rmsd", "val/worse_slots"
AT_BOUND = "val/at_bound"
CLAMP, OTHER, BOUND = "val/clamp_distance", "val/constant_distance", "val/fitted_bound"
PERPLEXITY, ACCURACY = "val/perplexity", "val/sequence_accuracy"
PAGE: Final = "per_atom_rmsd"


@dataclass(frozen=True, eq=False)
class _Told:
    """Metrics of a regime at the steps at which all of them were measured."""

    regime: Regime
    step: Int[np.ndarray, " points"]
    value: dict[str, Float[np.ndarray, " points"]]


def check_constant(history: History) -> Iterable[Finding] | CannotTell:
    """Report a model that a constant beats: overall, or in a slot of at least 100 atoms.

    By more than 5 %, in a slot also by 0.2 angstrom, in five evaluations running. The constant is
    the mean of the slot in training; that of N, CA and C is all but right, as they make the frame.
    """
    keys = (RMSD, BEST, WORSE_SLOTS)
    if absent := _absent(history, keys):
        return absent
    return list(_constant_findings(history, keys))


def _constant_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in _by_regime(history, keys):
        rmsd, best, slots = (told.value[key] for key in keys)
        holds = (rmsd > WORSE * best) | (slots > 0)
        over = (rmsd < best) & (slots == 0)
        if (stretch := _newest(holds, over, WINDOW)) is None:
            continue
        at = stretch.last
        percent = 100 * (rmsd[at] / best[at] - 1)
        worse, count = percent > 100 * (WORSE - 1), int(slots[at])
        what = f"{percent:.0f} % worse overall" if worse else f"worse in {count} of 14 slots"
        yield Finding(
            **_frame(CONSTANT, told, stretch),
            verdict=f"A constant is better: {what}",
            evidence=f"RMSD {rmsd[at]:.2f} Å at step {told.step[at]:,}, the mean of each slot "
            f"{best[at]:.2f} Å; {count} slots of at least {LEAST_IN_SLOT} atoms are worse "
            f"(thresholds: {100 * (WORSE - 1):.0f} %, in a slot {LEAST_WORSE_A:g} Å too, in "
            f"{WINDOW} evaluations running).",
            values={"rmsd_angstrom": float(rmsd[at]), "slot_mean_angstrom": float(best[at]),
                    "worse_slots": float(count)},
            meaning="Whatever the density tells, the coordinates do not use it: the mean of a slot "
            "sees no density at all.",
            suggestion="Look at the range of the output, at the frame of prediction and truth, and "
            "at the order of the atoms; then at the loss.",
            page=PAGE,
            subject=RMSD,
        )  # fmt: skip


def check_saturation(history: History) -> Iterable[Finding] | CannotTell:
    """Report outputs at their bound: more than 5 % of them within 1 % of it.

    Or an RMSD by slot that is within 5 % of that of the truth clamped to some box, and farther from
    that of every constant: then also a bound that nobody has told of.
    """
    keys = (AT_BOUND, CLAMP, OTHER, BOUND)
    if absent := _absent(history, keys):
        return absent
    return list(_saturation_findings(history, keys))


def _saturation_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in _by_regime(history, keys):
        share, clamp, other, bound = (told.value[key] for key in keys)
        looks = (clamp < CLOSE) & (clamp < other)
        holds = (share > MOST_AT_BOUND) | looks
        if (stretch := _newest(holds, ~holds, CONFIRM)) is None:
            continue
        at = stretch.last
        is_measured = share[at] > MOST_AT_BOUND
        verdict = (
            f"{100 * share[at]:.0f} % of the outputs are at their bound"
            if is_measured
            else f"The errors look like a bound of {bound[at]:.2f} Å"
        )
        yield Finding(
            **_frame(SATURATED, told, stretch),
            verdict=verdict,
            evidence=f"At step {told.step[at]:,} {100 * share[at]:.1f} % of the coordinates lie "
            f"within 1 % of the bound; the RMSD by slot differs by {100 * clamp[at]:.1f} % from "
            f"that of the truth clamped to ±{bound[at]:.2f} Å and by {100 * other[at]:.1f} % from "
            f"that of the nearest constant (thresholds: {100 * MOST_AT_BOUND:.0f} % at the bound, "
            f"or {100 * CLOSE:.0f} %).",
            values={"at_bound": float(share[at]), "clamp_distance": float(clamp[at]),
                    "constant_distance": float(other[at]), "bound_angstrom": float(bound[at])},
            meaning="Atoms beyond the bound cannot be reached, and a saturated tanh has no "
            "gradient: neither time nor weights nor a better density help.",
            suggestion="Scale the output (8 × tanh), or leave the bound out (linear).",
            page=PAGE,
            subject=AT_BOUND,
        )  # fmt: skip


def check_perplexity(history: History) -> Iterable[Finding] | CannotTell:
    """Report a perplexity above the number of types while the accuracy is above twice chance."""
    keys = (PERPLEXITY, ACCURACY)
    if absent := _absent(history, keys):
        return absent
    return list(_perplexity_findings(history, keys))


def _perplexity_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in _by_regime(history, keys):
        perplexity, accuracy = (told.value[key] for key in keys)
        holds = (perplexity > CLASSES) & (accuracy > LEAST_ACCURACY)
        if (stretch := _newest(holds, ~holds, CONFIRM)) is None:
            continue
        at = stretch.last
        stage = told.regime.stage
        is_stale = stage is not None and stage.weights.get("type") == 0
        yield Finding(
            **_frame(CONFUSED, told, stretch),
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


def _absent(history: History, keys: tuple[str, ...]) -> CannotTell | None:
    rule = {RMSD: CONSTANT, AT_BOUND: SATURATED, PERPLEXITY: CONFUSED}[keys[0]]
    absent = tuple(key for key in keys if key not in history.series)
    return CannotTell(rule, absent) if absent else None


def _by_regime(history: History, keys: tuple[str, ...]) -> Iterator[_Told]:
    """Give the metrics of each regime behind its warm-up, at common steps."""
    for regime in regimes(history):
        found = [settled_points(history, key, regime) for key in keys]
        step = found[0].step
        for points in found[1:]:
            step = np.intersect1d(step, points.step)
        rows = [points.value[np.searchsorted(points.step, step)] for points in found]
        if len(step):
            yield _Told(regime, step, dict(zip(keys, rows, strict=True)))


def _newest(
    holds: Bool[np.ndarray, " points"], over: Bool[np.ndarray, " points"], confirm: int
) -> Stretch | None:
    found = stretches(holds, over, confirm=confirm)
    return found[-1] if found else None


def _frame(rule: str, told: _Told, stretch: Stretch) -> dict[str, Any]:
    """Say where a finding holds."""
    return {
        "rule": rule,
        "severity": "error",
        "regime": told.regime.name,
        "first_step": int(told.step[stretch.first]),
        "last_step": int(told.step[stretch.last]),
        "is_open": stretch.is_open and told.regime.is_newest,
    }


SIDE_CHAIN_RULES: Final[tuple[Rule, ...]] = (
    Rule(CONSTANT, "worse than a constant", check_constant),
    Rule(SATURATED, "output saturation", check_saturation),
    Rule(CONFUSED, "perplexity above class count", check_perplexity),
)
