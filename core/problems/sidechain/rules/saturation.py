"""Outputs at a bound, told or not."""

from collections.abc import Iterable, Iterator

from core.diagnosis.finding import CannotTell, Finding
from core.history import History
from core.problems.sidechain.metrics.saturation import CLOSE, MOST_AT_BOUND
from core.problems.sidechain.rules.metrics_of_run import (
    AT_BOUND,
    BOUND,
    CLAMP,
    CONFIRM,
    OTHER,
    PAGE,
    absent,
    by_regime,
    frame,
    newest,
)

SATURATED = "R-44"


def check_saturation(history: History) -> Iterable[Finding] | CannotTell:
    """Report outputs at their bound: more than 5 % of them within 1 % of it.

    Or an RMSD by slot that is within 5 % of that of the truth clamped to some box, and farther from
    that of every constant: then also a bound that nobody has told of.
    """
    keys = (AT_BOUND, CLAMP, OTHER, BOUND)
    if unknown := absent(SATURATED, history, keys):
        return unknown
    return list(_saturation_findings(history, keys))


def _saturation_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in by_regime(history, keys):
        share, clamp, other, bound = (told.value[key] for key in keys)
        looks = (clamp < CLOSE) & (clamp < other)
        holds = (share > MOST_AT_BOUND) | looks
        if (stretch := newest(holds, ~holds, CONFIRM)) is None:
            continue
        at = stretch.last
        is_measured = share[at] > MOST_AT_BOUND
        verdict = (
            f"{100 * share[at]:.0f} % of the outputs are at their bound"
            if is_measured
            else f"The errors look like a bound of {bound[at]:.2f} Å"
        )
        yield Finding(
            **frame(SATURATED, told, stretch),
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
