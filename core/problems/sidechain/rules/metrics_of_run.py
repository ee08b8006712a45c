"""What the rules of the decoder read of a run: metrics of a regime, at common steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int

from core.diagnosis.conventions import Stretch, stretches
from core.diagnosis.finding import CannotTell, Severity
from core.diagnosis.points import settled_points
from core.diagnosis.regimes import Regime, regimes
from core.history import History

RMSD, BEST, WORSE_SLOTS = "val/rmsd", "val/slot_mean_rmsd", "val/worse_slots"
SIDE, TYPE_MEAN = "val/sidechain_rmsd", "val/type_mean_sidechain_rmsd"
AT_BOUND = "val/at_bound"
CLAMP, OTHER, BOUND = "val/clamp_distance", "val/constant_distance", "val/fitted_bound"
PERPLEXITY, ACCURACY = "val/perplexity", "val/sequence_accuracy"
TYPE: Final = "type"
CONFIRM: Final = 3  # evaluations, where the rule names none
PAGE: Final = "per_atom_rmsd"


@dataclass(frozen=True, eq=False)
class Told:
    """Metrics of a regime at the steps at which all of them were measured."""

    regime: Regime
    step: Int[np.ndarray, " points"]
    value: dict[str, Float[np.ndarray, " points"]]


def absent(rule: str, history: History, keys: Sequence[str]) -> CannotTell | None:
    """Say that a rule cannot tell where any of its metrics was never measured."""
    missing = tuple(key for key in keys if key not in history.series)
    return CannotTell(rule, missing) if missing else None


def by_regime(history: History, keys: tuple[str, ...]) -> Iterator[Told]:
    """Give the metrics of each regime behind its warm-up, at common steps."""
    for regime in regimes(history):
        found = [settled_points(history, key, regime) for key in keys]
        step = found[0].step
        for points in found[1:]:
            step = np.intersect1d(step, points.step)
        rows = [points.value[np.searchsorted(points.step, step)] for points in found]
        if len(step):
            yield Told(regime, step, dict(zip(keys, rows, strict=True)))


def newest(
    holds: Bool[np.ndarray, " points"], over: Bool[np.ndarray, " points"], confirm: int
) -> Stretch | None:
    """Give the newest stretch that a condition held for `confirm` evaluations running."""
    found = stretches(holds, over, confirm=confirm)
    return found[-1] if found else None


def frame(rule: str, told: Told, stretch: Stretch, severity: Severity = "error") -> dict[str, Any]:
    """Say where a finding holds, as arguments of `Finding`."""
    return {
        "rule": rule,
        "severity": severity,
        "regime": told.regime.name,
        "first_step": int(told.step[stretch.first]),
        "last_step": int(told.step[stretch.last]),
        "is_open": stretch.is_open and told.regime.is_newest,
    }
