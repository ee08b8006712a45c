"""The past of a run, collected from its events: what diagnosis, figures and claims read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from core.events import Event, Measured, Noted, Recorded, RunEnded, RunStarted, StageChanged

EPOCH_STEPS = "steps an epoch"  # a fact of runs that count updates


@dataclass(frozen=True, eq=False)
class Series:
    """A metric over steps, strictly ascending: of a step measured twice the last value counts.

    Args:
        metric: Its key.
        step: Optimiser steps.
        time_s: When each was measured, seconds since 1970.
        value: May hold NaN and inf.
        repeated: How many values gave way to a later one of the same step.
    """

    metric: str
    step: Int[np.ndarray, " points"]
    time_s: Float[np.ndarray, " points"]
    value: Float[np.ndarray, " points"]
    repeated: int = 0

    def __len__(self) -> int:
        """Give the number of points."""
        return len(self.step)


@dataclass(frozen=True, eq=False)
class History:
    """Everything a run has told so far.

    Args:
        started: The newest start; None where nothing has been told yet.
        starts: First step of each segment, in order; more than one means the run was resumed.
        series: Each metric over steps, by key.
        stages: In the order of training; of a stage that began twice the last beginning.
        notes: In order.
        recorded: Steps at which arrays of a name were recorded.
        ended: How the newest segment ended; None while it runs, or where it was killed.
    """

    started: RunStarted | None = None
    starts: tuple[int, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    stages: tuple[StageChanged, ...] = ()
    notes: tuple[Noted, ...] = ()
    recorded: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ended: RunEnded | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the loss terms."""
        return self.started.terms if self.started else ()

    @property
    def last_step(self) -> int:
        """The newest step that anything was measured at; 0 where nothing was."""
        return max((int(s.step[-1]) for s in self.series.values() if len(s)), default=0)


def epoch_steps(history: History) -> int:
    """Give the steps of an epoch: 1 where the history counts epochs, 0 where it is not known.

    Example:
        >>> told = {"steps an epoch": "141"}, {"x axis": "epoch"}, {}
        >>> [epoch_steps(History(RunStarted(0, 0.0, "x", facts=facts))) for facts in told]
        [141, 1, 0]
    """
    facts = history.started.facts if history.started else {}
    if facts.get("x axis") == "epoch":
        return 1
    told = facts.get(EPOCH_STEPS, "")
    return int(told) if told.isdecimal() else 0


def contribution(history: History, term: str) -> Series | None:
    """Give weight × value of a term as recorded; where it was not, of both where they were told.

    Example:
        >>> told = [Measured(s, 0.0, {"train/a/raw": 2.0, "train/a/weight": s}) for s in (1, 3)]
        >>> contribution(collect_history(told), "a").value.tolist()
        [2.0, 6.0]
    """
    key = f"train/{term}/weighted"
    raw, weight = (history.series.get(f"train/{term}/{part}") for part in ("raw", "weight"))
    if key in history.series or raw is None or weight is None:
        return history.series.get(key)
    step, of_raw, of_weight = np.intersect1d(raw.step, weight.step, return_indices=True)
    value = raw.value[of_raw] * weight.value[of_weight]
    return Series(key, step, raw.time_s[of_raw], value)


def clean_series(
    metric: str,
    step: Int[np.ndarray, " points"],
    time_s: Float[np.ndarray, " points"],
    value: Float[np.ndarray, " points"],
) -> Series:
    """Sort measurements by step; of a step measured twice the last one told counts.

    Example:
        >>> told = np.array([0, 1, 2, 1]), np.zeros(4), np.array([5.0, 6.0, 7.0, 8.0])
        >>> clean_series("loss", *told).value.tolist()
        [5.0, 8.0, 7.0]
    """
    if len(step) < 2 or bool(np.all(np.diff(step) > 0)):
        return Series(metric, step, time_s, value)
    order = np.argsort(step, kind="stable")
    last = np.append(np.diff(step[order]) > 0, True)
    kept = order[last]
    return Series(metric, step[kept], time_s[kept], value[kept], len(step) - len(kept))


def collect_history(events: Iterable[Event]) -> History:
    """Collect a run from its events, in the order in which they were told.

    What was measured at or after the step at which a run resumed gives way to what it tells then.
    """
    points: dict[str, list[tuple[int, float, float]]] = {}
    rare: list[Event] = []
    for event in events:
        if isinstance(event, RunStarted):
            points = {m: [p for p in told if p[0] < event.step] for m, told in points.items()}
        if isinstance(event, Measured):
            for metric, value in event.values.items():
                points.setdefault(metric, []).append((event.step, event.time_s, float(value)))
        else:
            rare.append(event)
    series = {}
    for metric, told in points.items():
        if not told:
            continue
        step, time_s, value = zip(*told, strict=True)
        series[metric] = clean_series(metric, np.array(step), np.array(time_s), np.array(value))
    return assemble_history(series, rare)


def assemble_history(series: Mapping[str, Series], rare: Iterable[Event]) -> History:
    """Put series and rare events together; what a resumed segment tells again replaces it."""
    started: RunStarted | None = None
    ended: RunEnded | None = None
    starts: list[int] = []
    stages: list[StageChanged] = []
    notes: list[Noted] = []
    recorded: dict[str, list[int]] = {}
    for event in rare:
        match event:
            case RunStarted():
                started, ended = event, None
                starts.append(event.step)
                recorded = {n: [k for k in at if k < event.step] for n, at in recorded.items()}
                stages = [stage for stage in stages if stage.step < event.step]
            case StageChanged():
                stages = [stage for stage in stages if stage.step < event.step]
                stages.append(event)
            case Noted():
                notes.append(event)
            case Recorded():
                recorded.setdefault(event.name, []).append(event.step)
            case RunEnded():
                ended = event
            case Measured():
                pass
    return History(
        started,
        tuple(starts),
        dict(series),
        tuple(stages),
        tuple(notes),
        {name: tuple(sorted(set(steps))) for name, steps in recorded.items() if steps},
        ended,
    )
