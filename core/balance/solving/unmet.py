"""What a solver cannot meet, said by stage and term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from core.balance.shares import Band
from core.balance.solving.stage_problem import StageProblem


@dataclass(frozen=True)
class Unmet:
    """A constraint that no weights can meet.

    Args:
        stage: Where it fails.
        term: Which term's; None where the active terms fail together.
        reason: "raw" (no usable raw value), "bands" (they do not add up), "held" (weights that
            are held fix shares outside the bands), "monotone" (a weight has to fall).
        text: One sentence with the numbers.
    """

    stage: str
    term: str | None
    reason: Literal["raw", "bands", "held", "monotone"]
    text: str


def raw_faults(
    stage: str,
    terms: Sequence[str],
    raw: Float[np.ndarray, " terms"],
    weights: Float[np.ndarray, " terms"],
) -> list[Unmet]:
    """Name every active term whose raw value is missing, not finite, or not above 0."""
    faults: list[Unmet] = []
    for term, value, weight in zip(terms, raw.tolist(), weights.tolist(), strict=True):
        if weight == 0 or (np.isfinite(value) and 0 < value * weight < np.inf):
            continue
        came = "is missing" if np.isnan(value) else f"is {value:g}"
        text = f"the raw value of {term} {came}; no weight gives it a share"
        faults.append(Unmet(stage, term, "raw", text))
    return faults


def band_faults(
    stage: str, terms: Sequence[str], bands: Sequence[Band | None], problem: StageProblem
) -> list[Unmet]:
    """Say why the active terms of a stage cannot all lie in their bands; empty where they can.

    Args:
        stage: Its name.
        terms: Names of its active terms.
        bands: Their targets.
        problem: The stage with these terms.
    """
    if problem.is_feasible:
        return []
    told = ", ".join(f"{term} {band or 'any'}" for term, band in zip(terms, bands, strict=True))
    low = sum(band.low_percent for band in bands if band)
    high = sum(band.high_percent if band else 100.0 for band in bands)
    if low > 100 or high < 100:
        most = f"at least {low:g} %" if low > 100 else f"at most {high:g} %"
        text = f"the bands of its active terms ({told}) add up to {most}, not to 100 %"
        return [Unmet(stage, None, "bands", text)]
    closed = [t for t, b in zip(terms, bands, strict=True) if b and b.high_percent == 0]
    if closed:
        text = f"the band of {closed[0]} ends at 0 %, but its weight is above 0"
        return [Unmet(stage, closed[0], "bands", text)]
    names = [term for term, held in zip(terms, problem.held, strict=True) if held]
    if not names:
        text = f"the bands ({told}) hold only where a term with a weight above 0 has no share"
        return [Unmet(stage, None, "bands", text)]
    amounts = ", ".join(
        f"{name} {value:.3g}"
        for name, value in zip(names, problem.contribution[problem.held], strict=True)
    )
    text = f"the held weights fix the contributions {amounts}; no others fit the bands ({told})"
    return [Unmet(stage, names[0] if len(names) == 1 else None, "held", text)]


def fall_faults(
    term: str,
    stages: Sequence[str],
    active: Bool[np.ndarray, " stages"],
    least: Float[np.ndarray, " stages"],
    most: Float[np.ndarray, " stages"],
) -> list[Unmet]:
    """Name the stages in which a weight has to be smaller than it has to be before.

    Args:
        term: The term whose weight must not fall.
        stages: Their names, in order.
        active: Where the weight is above 0.
        least: Smallest weight that the bands allow in each stage.
        most: Largest weight that the bands allow.
    """
    faults: list[Unmet] = []
    for row in range(1, len(stages)):
        before = int(np.argmax(least[:row]))
        text = ""
        if active[:row].any() and not active[row]:
            last = stages[int(np.flatnonzero(active[:row])[-1])]
            text = f"the weight of {term} is above 0 in stage {last} and 0 in stage {stages[row]}"
        elif least[before] > most[row] * (1 + 1e-9):
            text = (
                f"the weight of {term} has to fall: at least {least[before]:.3g} "
                f"in stage {stages[before]}, at most {most[row]:.3g} in stage {stages[row]}"
            )
        if text:
            faults.append(Unmet(stages[row], term, "monotone", text))
    return faults


def joint_fall_faults(
    violations: Mapping[tuple[int, int], float], stages: Sequence[str], terms: Sequence[str]
) -> list[Unmet]:
    """Name where weights have to fall at the least, where no pair of stages alone shows it.

    Args:
        violations: Needed fall, as a fraction of the weight before, by stage and term.
        stages: Names of the stages.
        terms: Names of the terms.
    """
    named = [
        Unmet(
            stages[row],
            terms[column],
            "monotone",
            f"the weights cannot all stay: that of {terms[column]} has to fall by "
            f"{100 * fall:.3g} % at the least, or another one instead",
        )
        for (row, column), fall in violations.items()
    ]
    # Never silent: where rounding hides the place, the failure itself is still told.
    text = "no weights inside the bands were found that never fall"
    return named or [Unmet(stages[-1], None, "monotone", text)]
