"""What happened where batches became hard: expected, or trouble."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.diagnosis.contrastive_runs import (
    LOSS,
    MRR,
    PAGE,
    PROBE,
    counts_epochs,
    switch_step,
    trained_in,
)
from core.diagnosis.conventions import least_change, noise
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import points_of
from core.diagnosis.signs import Signs, read_signs
from core.history import History, epoch_steps

SWITCH: Final = "R-32"
SPAN: Final = 20  # training steps on each side where the length of an epoch is not known

Verdict = Literal["expected", "trouble", "too early"]


@dataclass(frozen=True)
class SwitchReading:
    """The verdict on a switch with its evidence.

    Args:
        verdict: "expected" while both signs are silent, "trouble" from the first one on, "too
            early" before the first evaluation of a model that saw hard batches.
        step: First step of hard batches.
        evaluations: How many there are of models that saw hard batches.
        trouble_step: The first of them in trouble; None without.
        begin_step: Where that trouble began, which may be before the switch; None without.
        is_immediate: Whether that is the very first, or trouble was there before.
        was_worse_before: Whether it began with random batches: hardness is not its cause.
        is_over: Whether that trouble has passed.
        last_step: Newest evaluation.
        loss_before: Median training loss of the epoch before.
        loss_after: Of the first hard epoch.
        loss_least: By how much the two must differ to count as a change.
        evidence: Both signs, in words.
    """

    verdict: Verdict
    step: int
    evaluations: int
    trouble_step: int | None
    begin_step: int | None
    is_immediate: bool
    was_worse_before: bool
    is_over: bool
    last_step: int
    loss_before: float
    loss_after: float
    loss_least: float
    evidence: str

    @property
    def loss_rose(self) -> bool:
        """Whether the training loss rose by more than its noise."""
        return self.loss_after - self.loss_before > self.loss_least


def read_switch(history: History) -> SwitchReading | CannotTell | None:
    """Judge the switch of a run from random to hard batches; None where it has none.

    The training loss is told but judges nothing. What began before the switch is not its doing
    and is left to R-33, but while it lasts nothing after it is called expected.
    """
    step = switch_step(history)
    if step is None:
        return None
    signs = read_signs(history)
    if isinstance(signs, CannotTell):
        return CannotTell(SWITCH, signs.missing)
    start = int(np.searchsorted(signs.step, step + (0 if counts_epochs(history) else 1)))
    held = [s for s in signs.troubles() if s.last >= start]
    verdict: Verdict = "trouble" if held else "expected"
    before, behind, least = _losses(history, step)
    return SwitchReading(
        verdict=verdict if start < len(signs.step) else "too early",
        step=step,
        evaluations=len(signs.step) - start,
        trouble_step=int(signs.step[max(held[0].first, start)]) if held else None,
        begin_step=int(signs.step[held[0].first]) if held else None,
        is_immediate=bool(held) and held[0].first <= start,
        was_worse_before=bool(held) and held[0].first < start,
        is_over=bool(held) and not held[-1].is_open,
        last_step=int(signs.step[-1]),
        loss_before=before,
        loss_after=behind,
        loss_least=least,
        evidence=_evidence(signs, start),
    )


def _losses(history: History, step: int) -> tuple[float, float, float]:
    """Give the median training loss of the epochs on both sides, and what counts as a change."""
    span = epoch_steps(history) or SPAN
    before = points_of(history, LOSS, step - span, step).value
    after = points_of(history, LOSS, step, step + span).value
    if not len(before) or not len(after):
        return np.nan, np.nan, 0.0
    low, high = float(np.median(before)), float(np.median(after))
    return low, high, least_change(low, noise(before), min(len(before), len(after)))


def _evidence(signs: Signs, start: int) -> str:
    first = signs.step[start] if start < len(signs.step) else np.inf
    said: list[str] = []
    for sign in signs.each:
        name = {PROBE: "loss on fixed random batches", MRR: "MRR"}[sign.metric]
        before, after = sign.value[sign.step < first], sign.value[sign.step >= first]
        if len(before) and len(after):
            pick = np.max if sign.metric == PROBE else np.min
            worst = float(pick(after))
            said.append(f"{name} {before[-1]:.3f} before, {worst:.3f} at worst since, "
                        f"{after[-1]:.3f} now")  # fmt: skip
    return "; ".join(said)


def check_switch(history: History) -> Iterable[Finding] | CannotTell:
    """Say that a switch went as expected, until there is trouble (R-33)."""
    if not len(points_of(history, LOSS)) and not len(points_of(history, MRR)):
        return CannotTell(SWITCH, (LOSS, MRR))
    told = read_switch(history)
    if told is None or isinstance(told, CannotTell):
        return told or ()
    if told.verdict == "too early" or told.is_immediate:
        return ()
    return [_finding(history, told)]


def _finding(history: History, told: SwitchReading) -> Finding:
    is_quiet = told.trouble_step is None
    rose = f"the training loss rose {told.loss_before:.2g} → {told.loss_after:.2g} at the switch"
    stayed = f"the training loss did not rise at the switch (now {told.loss_after:.2g})"
    return Finding(
        rule=SWITCH,
        severity="ok",
        regime=trained_in(history, told.step + 1).name,
        first_step=told.step,
        last_step=told.last_step if is_quiet else told.trouble_step or told.step,
        is_open=is_quiet,
        verdict=f"Expected: {rose if told.loss_rose else stayed}"
        + ("" if is_quiet else f"; trouble only from step {told.trouble_step:,} on"),
        evidence=f"Hard batches from step {told.step:,}; {told.evidence}, in {told.evaluations} "
        "evaluations." + (" R-33 is silent." if is_quiet else ""),
        values={"loss_before": told.loss_before, "loss_after": told.loss_after,
                "least_change": told.loss_least},
        meaning="Harder negatives make a harder task: the loss on them does not compare with the "
        "one before. A fall of the MRR for an epoch or two is no sign: it happens in every "
        "healthy run.",
        suggestion="Judge by the loss on fixed random batches, and by the MRR against its best.",
        page=PAGE,
        subject=LOSS,
    )  # fmt: skip
