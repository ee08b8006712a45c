"""Runs beside constants: worse than the mean of a slot, or than the mean by residue type."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW
from core.history import History
from core.problems.sidechain.evaluation import LEAST_IN_SLOT, LEAST_WORSE_A, WORSE
from core.problems.sidechain.rules.metrics_of_run import (
    BEST,
    PAGE,
    RMSD,
    SIDE,
    TYPE_MEAN,
    WORSE_SLOTS,
    absent,
    by_regime,
    frame,
    newest,
)

FAR, CONSTANT = "R-41", "R-43"
CLEARLY: Final = 0.95  # of the constant: below, the finding closes
STILL_LEARNING: Final = 0.95  # of the RMSD two evaluations before: below, it is on its way
BACK: Final = 2


def check_constant(history: History) -> Iterable[Finding] | CannotTell:
    """Report a model that a constant beats: overall, or in a slot of at least 100 atoms.

    By more than 5 %, in a slot also by 0.2 angstrom, in five evaluations running, unless the RMSD
    still falls by a twentieth over two: every model begins worse than a constant. The constant is
    the mean of the slot in training; that of N, CA and C is all but right, as they make the frame.
    """
    keys = (RMSD, BEST, WORSE_SLOTS)
    if unknown := absent(CONSTANT, history, keys):
        return unknown
    return list(_constant_findings(history, keys))


def _constant_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in by_regime(history, keys):
        rmsd, best, slots = (told.value[key] for key in keys)
        holds = ((rmsd > WORSE * best) | (slots > 0)) & ~_is_learning(rmsd)
        over = (rmsd < best) & (slots == 0)
        if (stretch := newest(holds, over, WINDOW)) is None:
            continue
        at = stretch.last
        percent = 100 * (rmsd[at] / best[at] - 1)
        worse, count = percent > 100 * (WORSE - 1), int(slots[at])
        what = f"{percent:.0f} % worse overall" if worse else f"worse in {count} of 14 slots"
        yield Finding(
            **frame(CONSTANT, told, stretch),
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


def check_far(history: History) -> Iterable[Finding] | CannotTell:
    """Report side chains that the mean by residue type, which sees no density, does better.

    In five evaluations running. An RMSD in angstrom says little of far atoms: it grows with their
    distance from CA in every model.
    """
    keys = (SIDE, TYPE_MEAN)
    if unknown := absent(FAR, history, keys):
        return unknown
    return list(_far_findings(history, keys))


def _far_findings(history: History, keys: tuple[str, ...]) -> Iterator[Finding]:
    for told in by_regime(history, keys):
        side, constant = (told.value[key] for key in keys)
        holds = (side > constant) & ~_is_learning(side)
        stretch = newest(holds, side < CLEARLY * constant, WINDOW)
        if stretch is None:
            continue
        at = stretch.last
        yield Finding(
            **frame(FAR, told, stretch, "warn"),
            verdict=f"Side chains at {side[at]:.2f} Å: the mean by residue type has "
            f"{constant[at]:.2f} Å",
            evidence=f"RMSD of side chains {side[at]:.2f} Å at step {told.step[at]:,}, that of the "
            f"mean place of each atom of a type {constant[at]:.2f} Å (threshold: above it in "
            f"{WINDOW} evaluations running).",
            values={"sidechain_angstrom": float(side[at]),
                    "type_mean_angstrom": float(constant[at])},
            meaning="Knowing the type alone would place the far atoms better.",
            suggestion="Compare slot by slot with the constants; look at the range of the output.",
            page=PAGE,
            subject=SIDE,
        )  # fmt: skip


def _is_learning(value: Float[np.ndarray, " points"]) -> Bool[np.ndarray, " points"]:
    """Say where an RMSD fell by more than a twentieth since two evaluations before."""
    before = np.concatenate([np.full(min(BACK, len(value)), value[0]), value[:-BACK]])
    return value < STILL_LEARNING * before
