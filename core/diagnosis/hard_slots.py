"""Hard slots as they were really filled (R-35), not as the ratio asks for them."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import (
    FILLED,
    PAGE,
    WHOLE_RUN,
    Block,
    by_epoch,
    hard_regimes,
    sampler_options,
)
from core.diagnosis.conventions import Stretch, stretches
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, points_of
from core.diagnosis.regimes import Regime
from core.history import History, epoch_steps
from core.samplers.options import BatchOptions, hard_slots

FILLING: Final = "R-35"
LEAST_FILLED = 0.8
GOOD_FILLED = 0.85
LATE = 0.9  # of the epoch: its last tenth


def check_filling(history: History) -> Iterable[Finding] | CannotTell:
    """Report hard slots that stay empty: by the median of an epoch, and in its last tenth.

    The bands that the note gives for the ratio contradict each other, and are of a ratio that
    was asked for; no ratio is reported for its own sake. One that asks for no neighbour at all,
    though hard negatives are on, is.
    """
    options = sampler_options(history)
    if options and options.hard_negatives and not _slots(options):
        return [_no_slots(history, options)] if options.hard_ratio > 0 else ()
    if options and not options.hard_negatives:
        return ()
    regimes = list(hard_regimes(history))
    if not regimes and options:
        return ()
    absent = () if len(points_of(history, FILLED)) else (FILLED,)
    absent += () if epoch_steps(history) else ("steps an epoch",)
    if absent:
        return CannotTell(FILLING, absent)
    found = (_judge(history, regime, options) for regime in regimes)
    return [finding for finding in found if finding]


def _slots(options: BatchOptions) -> int:
    return hard_slots(options.hard_ratio, options.batch_size)


def _judge(history: History, regime: Regime, options: BatchOptions | None) -> Finding | None:
    blocks = by_epoch(history, FILLED, regime.first_step, regime.end_step)
    middle = np.array([_median(b, 0.0, history) for b in blocks])
    late = np.array([_median(b, LATE, history) for b in blocks])
    worst = np.fmin(middle, late)  # NaN, where both are unknown, neither opens nor closes
    holds, over = worst < LEAST_FILLED, worst > GOOD_FILLED
    found = stretches(holds, over, confirm=1)
    if not found:
        return None
    row = Stretch(found[0].first, found[-1].last, found[-1].is_open)
    inside = slice(row.first, row.last + 1)
    shares = _nanmedian(middle[inside]), _nanmedian(late[inside])
    return _finding(regime, blocks, row, shares, options)


def _median(block: Block, after: float, history: History) -> float:
    """Give the median behind a part of the epoch; NaN where too little of it has been trained."""
    inside = block.place >= int(after * epoch_steps(history))
    enough = min(WINDOW, epoch_steps(history)) if not after else 1
    return float(np.median(block.points.value[inside])) if inside.sum() >= enough else np.nan


def _nanmedian(value: np.ndarray) -> float:
    finite = value[np.isfinite(value)]
    return float(np.median(finite)) if len(finite) else np.nan


def _finding(
    regime: Regime,
    blocks: list[Block],
    row: Stretch,
    shares: tuple[float, float],
    options: BatchOptions | None,
) -> Finding:
    first = blocks[row.first].points
    low = np.flatnonzero(first.value < LEAST_FILLED)
    step = int(first.step[low[0]]) if len(low) else int(first.step[0])
    last, (middle, late) = int(blocks[row.last].points.step[-1]), shares
    asked = _slots(options) if options else 0
    real = f", {middle * asked:.1f} and {late * asked:.1f} of {asked}" if asked else ""
    slots = f"4 × {asked} = {4 * asked}" if asked else "four times the hard slots"
    return Finding(
        rule=FILLING,
        severity="warn",
        regime=regime.name,
        first_step=step,
        last_step=last,
        is_open=row.is_open and regime.is_newest,
        verdict=f"Only {100 * np.fmin(late, middle):.0f} % of the hard slots are filled"
        + (" at the end of an epoch" if late < middle else ""),
        evidence=f"Median filled {100 * middle:.0f} % over epochs, {100 * late:.0f} % in their "
        f"last tenth{real}, steps {step:,} to {last:,} (threshold {100 * LEAST_FILLED:g} %).",
        values={"filled": middle, "filled_late": late, "asked": float(asked)},
        meaning="Neighbours run out: batches are not as hard as the ratio says, and the mean of "
        "an epoch hides that its end is easy.",
        suggestion=("Set the order of work to planned; or raise" if options and
                    options.method == "sequential" else "Raise")
        + f" hardness_k to {slots} or more, lower hard_ratio, or allow more similar pairs.",
        page=PAGE,
        subject=FILLED,
    )  # fmt: skip


def _no_slots(history: History, options: BatchOptions) -> Finding:
    ratio, size = options.hard_ratio, options.batch_size
    return Finding(
        rule=FILLING,
        severity="warn",
        regime=WHOLE_RUN,
        first_step=0,
        last_step=history.last_step,
        is_open=True,
        verdict=f"A hard ratio of {ratio:g} gives no hard negatives in batches of {size}",
        evidence=f"{ratio:g} × {size} = {ratio * size:.3g} places, and one of them is the pivot's.",
        values={"hard_ratio": ratio, "batch_size": float(size), "asked": 0.0},
        meaning="The run is called hard and is random.",
        suggestion=f"Raise hard_ratio to {2.5 / size:.2g} or more, or switch hard negatives off.",
        page=PAGE,
    )
