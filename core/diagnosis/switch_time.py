"""When batches became hard (R-37): never, although they should have; or after all was learnt."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import (
    FILLED,
    HARD,
    LOSS,
    PAGE,
    PROBE,
    RANDOM,
    WHOLE_RUN,
    first_judged,
    number,
    planned_switch,
    sampler_options,
    switch_step,
)
from core.diagnosis.conventions import TREND_POINTS, level, trend
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.regimes import regime_at
from core.history import History, epoch_steps
from core.samplers.options import hard_slots

TIME: Final = "R-37"
FLAT_PART, FLAT_FLOOR = 0.1, 0.01


def check_switch_time(history: History) -> Iterable[Finding] | CannotTell:
    """Report a switch that never came, will not come, or came when the probe loss was flat.

    "Ten is too late" depends on how long the run is; late is when random batches taught nothing
    any more. That takes eight evaluations before the switch; of fewer nothing is said.
    """
    options = sampler_options(history)
    if options is None:
        return CannotTell(TIME, ("hard_negatives, hard_ratio, hardness_k, curriculum_epoch",))
    if not options.hard_negatives or not hard_slots(options.hard_ratio, options.batch_size):
        return ()
    planned = planned_switch(history)
    if planned is None:
        return CannotTell(TIME, ("steps an epoch",))
    total = history.started.total_steps if history.started else None
    if total is not None and planned >= total:
        return [_behind_the_end(history, planned, total)]
    return _never(history, planned) or _late(history)


def _never(history: History, planned: int) -> Iterable[Finding] | CannotTell:
    """Report random batches where hard ones were due; without a word of either it cannot tell."""
    behind = points_of(history, LOSS, planned)
    if len(behind) < min(WINDOW, epoch_steps(history)) or _became_hard(history, planned):
        return ()
    if not any(stage.stage == RANDOM for stage in history.stages):
        return CannotTell(TIME, (FILLED,))
    return [_still_random(history, planned, behind)]


def _became_hard(history: History, planned: int) -> bool:
    """Whether batches were seen to be hard, or told to be, from the planned step on."""
    told = any(stage.stage == HARD for stage in history.stages)
    return told or bool(len(points_of(history, FILLED, planned)))


def _still_random(history: History, planned: int, behind: Points) -> Finding:
    epoch, start = number(history, "curriculum_epoch"), number(history, "start_epoch") or 0
    return Finding(
        rule=TIME,
        severity="error",
        regime=regime_at(history, int(behind.step[-1])).name,
        first_step=int(behind.step[0]),
        last_step=int(behind.step[-1]),
        is_open=True,
        verdict=f"Batches should be hard from step {planned:,} on and are random",
        evidence=f"curriculum_epoch {epoch:g}, the run began at epoch {start:g}; {len(behind):,} "
        f"steps since, none of which filled a hard slot ({FILLED}).",
        values={"planned_step": float(planned), "steps_since": float(len(behind)),
                "start_epoch": start, "curriculum_epoch": float(epoch or 0)},
        meaning="A test for the very epoch of the switch never switches where a run goes on "
        "behind it.",
        suggestion="Make the sampler hard for every epoch from curriculum_epoch on.",
        page=PAGE,
        subject=FILLED,
    )  # fmt: skip


def _behind_the_end(history: History, planned: int, total: int) -> Finding:
    return Finding(
        rule=TIME,
        severity="warn",
        regime=WHOLE_RUN,
        first_step=0,
        last_step=history.last_step,
        is_open=True,
        verdict="Hard negatives are on but begin behind the end of the run",
        evidence=f"They begin at step {planned:,}, the run ends at {total:,}.",
        values={"planned_step": float(planned), "total_steps": float(total)},
        meaning="Every batch of this run is random.",
        suggestion="Set curriculum_epoch to 3 to 25 % of the epochs, or train longer.",
        page=PAGE,
    )


def _late(history: History) -> Iterable[Finding] | CannotTell:
    step, probe = switch_step(history), points_of(history, PROBE)
    if step is None:
        return ()
    if not len(probe):
        return CannotTell(TIME, (PROBE,))
    inside = (probe.step >= first_judged(history)) & (probe.step <= step)
    seen = Points(probe.step[inside], probe.value[inside]).last(TREND_POINTS)
    now = level(seen.value)
    course = trend(seen, floor=max(FLAT_PART * abs(now), FLAT_FLOOR))
    return [_too_late(history, step, seen)] if course.direction == "flat" else ()


def _too_late(history: History, step: int, seen: Points) -> Finding:
    length = max(1, epoch_steps(history))
    total = (history.started.total_steps if history.started else None) or history.last_step
    now, change = level(seen.value), float(np.ptp(seen.value))
    return Finding(
        rule=TIME,
        severity="info",
        regime=regime_at(history, int(seen.step[0])).name,
        first_step=int(seen.step[0]),
        last_step=step,
        is_open=False,
        verdict="The switch came when random batches taught nothing any more",
        evidence=f"{PROBE} {now:.3f} within {change:.3f} over {len(seen)} evaluations, steps "
        f"{int(seen.step[0]):,} to {int(seen.step[-1]):,}, up to the switch after "
        f"{step / length:.3g} epochs, {100 * step / max(1, total):.0f} % of the run (flat within "
        f"{100 * FLAT_PART:g} % or {FLAT_FLOOR:g}).",
        values={"probe": now, "switch_step": float(step), "flat_from_step": float(seen.step[0]),
                "part_of_run_percent": 100 * step / max(1, total)},
        meaning="The steps since then were spent on batches that the model had solved.",
        suggestion="Next time switch about "
        f"{(step - int(seen.step[0])) / length:.3g} epochs earlier.",
        page=PAGE,
        subject=PROBE,
    )  # fmt: skip
