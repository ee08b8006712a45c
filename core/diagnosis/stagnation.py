"""Hard batches from which nothing more is learnt."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.diagnosis.contrastive_runs import (
    LOSS,
    MRR,
    PAGE,
    PROBE,
    Block,
    by_epoch,
    chance_losses,
    evaluated,
    first_judged,
    hard_regimes,
    number,
)
from core.diagnosis.conventions import Trend, level, trend
from core.diagnosis.finding import CannotTell, Finding
from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.regimes import Regime
from core.history import History

STAGNATION: Final = "R-34"
UNSOLVED_PART = 0.2  # of the loss of guessing; below, flat is success
FLAT_PART = 0.1  # a probe loss or MRR that changes by less of its level is flat
TENTH = 0.1


def check_stagnation(history: History) -> Iterable[Finding] | CannotTell:
    """Report hard batches on which neither the probe loss nor the MRR moves, the loss high.

    Flat needs the power to say so: 13 evaluations in the stage, of which the first five are left
    out. A loss near 0 is flat by success. The mean of an epoch hides a hardness that fades
    within it, so the evidence gives both ends.
    """
    absent = tuple(key for key in (LOSS, PROBE, MRR) if key not in history.series)
    if absent:
        return CannotTell(STAGNATION, absent)
    found = (_judge(history, regime) for regime in hard_regimes(history))
    return [finding for finding in found if finding]


def _judge(history: History, regime: Regime) -> Finding | None:
    probe, mrr = (_settled(history, metric, regime) for metric in (PROBE, MRR))
    courses = {PROBE: _course(probe), MRR: _course(mrr)}
    if any(course.direction != "flat" for course in courses.values()):
        return None
    loss = points_of(history, LOSS, int(probe.step[0]), regime.end_step)
    now = float(np.median(loss.value)) if len(loss) else 0.0
    chance = float(np.median(chance_losses(history, loss))) if len(loss) else np.nan
    if not now > UNSOLVED_PART * chance:
        return None
    ends = _ends(by_epoch(history, LOSS, int(loss.step[0]), regime.end_step))
    return _finding(history, regime, probe, mrr, (now, chance), ends)


def _settled(history: History, metric: str, regime: Regime) -> Points:
    points = evaluated(history, metric, regime)
    keep = np.flatnonzero(points.step >= first_judged(history))
    keep = keep[WINDOW if regime.is_after_border else 0 :]
    return Points(points.step[keep], points.value[keep])


def _course(points: Points) -> Trend:
    return trend(points, floor=FLAT_PART * abs(level(points.value)))


def _ends(blocks: list[Block]) -> tuple[float, float]:
    """Give the median loss in the first and the last tenth of the epochs; NaN where unknown."""
    first: list[float] = []
    last: list[float] = []
    for block in blocks:
        part = block.place / max(1, int(block.place.max()))
        first += block.points.value[part <= TENTH].tolist()
        last += block.points.value[part >= 1 - TENTH].tolist()
    return (float(np.median(first)) if first else np.nan,
            float(np.median(last)) if last else np.nan)  # fmt: skip


def _finding(
    history: History,
    regime: Regime,
    probe: Points,
    mrr: Points,
    loss: tuple[float, float],
    ends: tuple[float, float],
) -> Finding:
    first, last, ratio = int(probe.step[0]), int(probe.step[-1]), number(history, "hard_ratio")
    now, chance = loss
    change = {"probe": _course(probe), "MRR": _course(mrr)}
    courses = "; ".join(f"{n} {c.low:+.3g} to {c.high:+.3g}" for n, c in change.items())
    return Finding(
        rule=STAGNATION,
        severity="info",
        regime=regime.name,
        first_step=first,
        last_step=last,
        is_open=regime.is_newest,
        verdict=f"Nothing more is learnt from hard batches, their loss {now:.2f}",
        evidence=f"Change over {len(probe)} evaluations, steps {first:,} to {last:,}: {courses} "
        f"(flat within {100 * FLAT_PART:g} %). Training loss {now:.3f}, by position in the epoch "
        f"{ends[0]:.3f} in the first tenth, {ends[1]:.3f} in the last; a loss of "
        f"{UNSOLVED_PART:g} × ln of the batch size = {UNSOLVED_PART * chance:.3f} would be solved.",
        values={"loss": now, "chance_loss": chance, "first_tenth": ends[0], "last_tenth": ends[1],
                "probe": level(probe.value), "mrr": level(mrr.value)},
        meaning="The batches are too hard for what the model can tell apart, or hold pairs that "
        "nobody could.",
        suggestion="Reduce hard_ratio"
        + (f" from {ratio:g} to about {ratio * 2 / 3:.2g}" if ratio else "")
        + "; look for pairs that are too much alike to be negatives.",
        page=PAGE,
        subject=PROBE,
    )  # fmt: skip
