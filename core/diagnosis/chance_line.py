"""What guessing costs: too few negatives to learn from (R-30), a loss above guessing (R-38)."""

from collections.abc import Iterable, Iterator
from math import exp, isfinite, log
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import (
    CHANCE_LOSS,
    CHANCE_MRR,
    LOSS,
    MRR,
    PAGE,
    Block,
    by_epoch,
    chance_losses,
    number,
)
from core.diagnosis.conventions import level, stretches
from core.diagnosis.finding import CannotTell, Finding, Severity
from core.diagnosis.points import Points, points_of
from core.diagnosis.regimes import Regime, regime_at, regimes
from core.history import History, epoch_steps

FEW, ABOVE = "R-30", "R-38"
FEWEST: Final = 16
OFTEN = 0.05  # of the steps; and more than one in an epoch, whose last batch may be small
MARGIN = 1.05
GIVEN_EPOCHS = 2
FAR_ABOVE_CHANCE = 10.0
BLOCK = 20  # steps of an unfinished epoch that count


def check_negatives(history: History) -> Iterable[Finding] | CannotTell:
    """Report batches with few negatives: the smallest real ones, gathered over ranks.

    Accumulated gradients add none: what counts is among how many candidates a query has to
    find its own, whose logarithm is recorded. A rare small batch, left over at the end of an
    epoch, is told as harmless; a batch of one is not: it has loss 0 and teaches nothing.
    """
    recorded, size = points_of(history, CHANCE_LOSS), number(history, "batch_size")
    if not len(points_of(history, LOSS)):
        return CannotTell(FEW, (LOSS,))
    if not len(recorded) and not size:
        return CannotTell(FEW, (CHANCE_LOSS,))
    if not len(recorded):
        recorded = points_of(history, LOSS)
        recorded = Points(recorded.step, np.full(len(recorded), log(max(1.0, size or 1.0))))
    length = epoch_steps(history)
    often = max(OFTEN, 1.5 / length) if length else OFTEN
    found = (_few(regime, _inside(recorded, regime), often) for regime in regimes(history))
    return [finding for finding in found if finding]


def _inside(points: Points, regime: Regime) -> Points:
    low, high = np.searchsorted(points.step, [regime.first_step, regime.end_step])
    return Points(points.step[low:high], points.value[low:high])


def _few(regime: Regime, chance: Points, often: float) -> Finding | None:
    size = np.rint(np.exp(chance.value)).astype(int)
    few = np.flatnonzero(size < FEWEST)
    if not len(few):
        return None
    smallest, usual, part = int(size.min()), int(np.median(size)), len(few) / len(size)
    severity: Severity = "error" if smallest <= 1 else "warn" if part > often else "ok"
    first, last = int(chance.step[few[0]]), int(chance.step[few[-1]])
    return Finding(
        rule=FEW,
        severity=severity,
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=regime.is_newest,
        verdict=f"Batches of {smallest} leave {smallest - 1} negatives"
        + (", but rarely" if severity == "ok" else ""),
        evidence=f"{100 * part:.1f} % of the steps {first:,} to {last:,} have fewer than {FEWEST} "
        f"candidates, the smallest batch {smallest}, half of them {usual} or more; chance is "
        f"ln {usual} = {log(usual):.2f} (thresholds: {FEWEST} in {100 * often:.3g} % of the steps; "
        "one candidate is an error).",
        values={"smallest_batch": float(smallest), "usual_batch": float(usual),
                "few_percent": 100 * part, "chance_loss": log(usual)},
        meaning="A batch of one has loss 0 and no gradient."
        if smallest <= 1
        else "The loss of these steps lies lower because there is less to confuse: it is not on "
        "one scale with the others.",
        suggestion="Enlarge the batch or cache the loss over several (accumulated gradients add no "
        "negatives); leave the incomplete last batch out.",
        page=PAGE,
        subject=CHANCE_LOSS,
    )  # fmt: skip


def check_chance(history: History) -> Iterable[Finding] | CannotTell:
    """Report a training loss above that of guessing after two epochs.

    Where answers are found all the same, the loss is most likely that of larger batches than
    were logged. Hard batches raise the loss of a good model, but hardly above knowing nothing,
    unless a very low temperature makes every mistake dear.
    """
    blocks = [b for b in by_epoch(history, LOSS) if _is_whole(history, b)]
    if not len(points_of(history, LOSS)):
        return CannotTell(ABOVE, (LOSS,))
    if not epoch_steps(history):
        return CannotTell(ABOVE, ("steps an epoch",))
    if not blocks:
        return ()
    loss = np.array([np.median(b.points.value) for b in blocks])
    chance = np.array([np.median(chance_losses(history, b.points)) for b in blocks])
    if not np.isfinite(chance).all():
        return CannotTell(ABOVE, (CHANCE_LOSS,))
    finds = np.array([_finds(history, b) for b in blocks])
    late = np.array([b.epoch >= GIVEN_EPOCHS for b in blocks])
    holds = late & ((loss > MARGIN * chance) | ((loss > chance) & finds))
    found = stretches(holds, loss < chance, confirm=1)
    at = [(blocks[s.first], blocks[s.last], s.is_open, loss[s.first : s.last + 1].max(),
           chance[s.first], bool(finds[s.first : s.last + 1].any())) for s in found]  # fmt: skip
    return list(_one_a_regime(history, [_above(history, *told) for told in at]))


def _is_whole(history: History, block: Block) -> bool:
    return len(block.points) >= min(epoch_steps(history), BLOCK)


def _finds(history: History, block: Block) -> bool:
    """Whether the newest evaluation by the end of an epoch is far above guessing."""
    length, chance = epoch_steps(history), level(points_of(history, CHANCE_MRR).value)
    mrr = points_of(history, MRR, 0, (block.epoch + 1) * length + 1).value
    return bool(len(mrr)) and isfinite(chance) and bool(mrr[-1] > FAR_ABOVE_CHANCE * chance)


def _one_a_regime(history: History, found: list[Finding]) -> Iterator[Finding]:
    """Keep the first of each regime."""
    seen: set[str] = set()
    for finding in found:
        if finding.regime not in seen:
            seen.add(finding.regime)
            yield finding


def _above(
    history: History, first: Block, last: Block, is_open: bool, loss: float, chance: float,
    finds: bool,
) -> Finding:  # fmt: skip
    at, until = int(first.points.step[0]), int(last.points.step[-1])
    said = ", though the right ones are found" if finds else ""
    mrr = level(points_of(history, MRR, at, until + 2).value)
    guessed = level(points_of(history, CHANCE_MRR).value)
    return Finding(
        rule=ABOVE,
        severity="warn",
        regime=regime_at(history, at).name,
        first_step=at,
        last_step=until,
        is_open=is_open,
        verdict=f"Training loss {loss:.2f} is above that of guessing, {chance:.2f}{said}",
        evidence=f"Median of an epoch up to {loss:.3f} over steps {at:,} to {until:,}; ln of the "
        f"batch size is {chance:.3f} (thresholds: {MARGIN:g} × that after {GIVEN_EPOCHS} epochs; "
        f"any loss above it where the MRR is more than {FAR_ABOVE_CHANCE:g} × chance); MRR "
        f"{mrr:.3f}, chance {guessed:.4f}.",
        values={"loss": float(loss), "chance_loss": float(chance), "mrr": mrr,
                "chance_mrr": guessed, "least_batch": exp(min(float(loss), 50.0))},
        meaning="Most likely the logged batch size is wrong: guessing costs this much in batches "
        f"of {exp(min(float(loss), 50.0)):,.0f}, and the real ones were larger."
        if finds
        else "The model is worse than one that tells nothing apart: confidently wrong, or the "
        "batches are larger than logged.",
        suggestion="Check the batch size in the log (gathered ranks, a queue), whether the loss is "
        "summed, and the temperature." + ("" if finds else " Lower the learning rate."),
        page=PAGE,
        subject=LOSS,
    )  # fmt: skip
