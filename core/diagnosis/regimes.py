"""Where a run may be compared with itself: stretches between stage borders and resumes.

Values are compared inside a regime only; across a border only what does not depend on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
from jaxtyping import Int

from core.events import StageChanged
from core.history import History, Series

HELD_POINTS = 5
"""A logged weight that stays for so many points stands for a stage, where no stage was told."""


@dataclass(frozen=True)
class Regime:
    """A stretch of a run under one set of conditions.

    Args:
        name: In words.
        first_step: Its first step.
        end_step: First step after it; of the newest one behind everything measured so far.
        is_newest: Whether the run is in it, or ended in it.
        is_after_border: Whether something came before it.
        stage: What was told at the beginning of its stage; None where no stage was told.
        planned_first: First step of the whole stage, earlier than `first_step` after a resume.
        planned_end: First step after the whole stage, as planned.
    """

    name: str
    first_step: int
    end_step: int
    is_newest: bool
    is_after_border: bool
    stage: StageChanged | None
    planned_first: int
    planned_end: int

    @property
    def planned_steps(self) -> int:
        """Length of the whole stage as planned, 1 or more."""
        return max(1, self.planned_end - self.planned_first)


def regimes(history: History) -> tuple[Regime, ...]:
    """Cut a run at the beginnings of its stages and where it was resumed.

    Where no stage was told, it is cut where a logged weight takes another value and keeps it.

    Example:
        >>> step = np.arange(60)
        >>> loss = Series("train/total_loss", step, step / 1.0, step / 1.0)
        >>> [r.name for r in regimes(History(starts=(0, 40), series={loss.metric: loss}))]
        ['run', 'run from step 40']
    """
    stages = sorted(history.stages, key=lambda stage: stage.step)
    borders = {stage.step for stage in stages} | set(_valid_starts(history.starts))
    if not stages:
        borders |= {step for s in weight_series(history).values() for step in _held_changes(s)}
    first = min((int(s.step[0]) for s in history.series.values() if len(s)), default=0)
    after = history.last_step + 1
    cuts = sorted({first} | {step for step in borders if first < step < after})
    return tuple(
        _regime(history, stages, cut, end, is_newest=end == after, is_after_border=cut > first)
        for cut, end in zip(cuts, [*cuts[1:], after], strict=True)
    )


def regime_at(history: History, step: int) -> Regime:
    """Give the regime of a step that was measured."""
    return next(r for r in regimes(history) if r.first_step <= step < r.end_step)


def weight_series(history: History) -> dict[str, Series]:
    """Give the logged weights in training, by term."""
    logged = {term: history.series.get(f"train/{term}/weight") for term in history.terms}
    return {term: series for term, series in logged.items() if series is not None and len(series)}


def active_terms(history: History, regime: Regime) -> tuple[str, ...]:
    """Name the terms whose weight is above 0 in a regime.

    What was logged counts; where no weight was logged, what the stage told; where neither is
    known, a term is active if its value was logged.
    """
    return tuple(term for term in history.terms if _is_active(history, regime, term))


def weighted_spans(history: History, term: str) -> Iterator[tuple[Regime, ...]]:
    """Give the longest rows of successive regimes in which a term is active."""
    row: list[Regime] = []
    for regime in regimes(history):
        if _is_active(history, regime, term):
            row.append(regime)
        elif row:
            yield tuple(row)
            row = []
    if row:
        yield tuple(row)


def warm_up_end(history: History) -> int:
    """Give the first step after the warm-up: 50 steps, or 1 % of the budget if that is more."""
    total = history.started.total_steps if history.started else None
    return max(50, (total or 0) // 100)


def _is_active(history: History, regime: Regime, term: str) -> bool:
    weight = history.series.get(f"train/{term}/weight")
    if weight is not None:
        low, high = np.searchsorted(weight.step, [regime.first_step, regime.end_step])
        told = weight.value[low:high]
        told = told[np.isfinite(told)]
        if len(told):
            return bool(np.median(told) > 0)
    planned: Mapping[str, float] = regime.stage.weights if regime.stage else {}
    if term in planned:
        return isfinite(planned[term]) and planned[term] > 0
    return f"train/{term}/raw" in history.series


def _regime(
    history: History,
    stages: list[StageChanged],
    first: int,
    end: int,
    *,
    is_newest: bool,
    is_after_border: bool,
) -> Regime:
    begun = [stage for stage in stages if stage.step <= first]
    stage = begun[-1] if begun else None
    total = history.started.total_steps if history.started else None
    if stage is None:
        begin, planned_end = min(history.starts, default=0), total or end
        name = "run"
    else:
        # A resumed run may tell the stage that it is in once more.
        begin = stage.step
        for before in reversed(begun):
            if before.stage != stage.stage:
                break
            begin = before.step
        planned_end, name = stage.end_step, f"stage {stage.stage}"
    if first > begin:
        name += f" from step {first:,}"
    return Regime(name, first, end, is_newest, is_after_border, stage, begin, planned_end)


def _valid_starts(starts: tuple[int, ...]) -> list[int]:
    """Drop the start of a segment that a later one, begun further back, told again."""
    return [start for at, start in enumerate(starts) if all(s > start for s in starts[at + 1 :])]


def _held_changes(series: Series) -> list[int]:
    """Find the steps at which a value begins that is kept; a ramp is one change, at its end."""
    begins: Int[np.ndarray, " runs"] = np.append(0, np.flatnonzero(np.diff(series.value)) + 1)
    lengths = np.diff(np.append(begins, len(series)))
    return series.step[begins[lengths >= HELD_POINTS]][1:].tolist()
