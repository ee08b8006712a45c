"""A simulated run as series that a fault may change, and the ways in which a log may look."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.events import Event, Outcome, RunEnded, RunStarted, StageChanged
from core.history import History, assemble_history, clean_series

Told = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Shape:
    """How a run is logged.

    Args:
        scale: Its steps over those of a usual run; a smoke run has a twentieth.
        evaluations: How often it is evaluated in all.
        resumed: Whether it was stopped in the middle, and resumed a little further back.
        cut: Part of the run that has been trained so far; 1 is a finished one.
        thinned: Of training metrics every so manieth step is logged.
        is_bare: Whether weights, shares and gradients are not logged, as in an imported log.
    """

    scale: float = 1.0
    evaluations: int = 30
    resumed: bool = False
    cut: float = 1.0
    thinned: int = 1
    is_bare: bool = False


SHAPES: dict[str, Shape] = {
    "usual": Shape(),
    "resumed": Shape(resumed=True),
    "dense evaluation": Shape(evaluations=75),
    "sparse evaluation": Shape(evaluations=5),
    "smoke run": Shape(scale=0.05, evaluations=6),
    "unfinished": Shape(cut=0.55),
    "imported": Shape(thinned=10, is_bare=True, evaluations=60),
}


@dataclass
class Course:
    """A run before it is told.

    Args:
        kind: The problem it is like.
        total: Planned steps.
        terms: Names of the loss terms.
        train: Step and value of each training metric.
        val: The same of what is evaluated.
        stages: As they begin.
        config: Options of the run.
        targets: Wanted shares.
        facts: What else is known.
        starts: First steps of its segments.
        ended: How it ended; None: it goes on.
    """

    kind: str
    total: int
    terms: tuple[str, ...]
    train: Told
    val: Told
    stages: list[StageChanged] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, tuple[float, float]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    starts: tuple[int, ...] = (0,)
    ended: tuple[Outcome, str] | None = ("finished", "")

    def at(self, part: float) -> int:
        """Give the step at a part of the run."""
        return int(part * self.total)

    def change(self, metric: str, first: float, change: Any) -> None:
        """Put `change(value, progress)` in place of a metric from a step on; 0 to 1 is the rest."""
        told = self.val if metric in self.val else self.train
        step, value = told[metric]
        late = step >= first
        progress = (step[late] - first) / max(self.total - first, 1)
        value = value.copy()
        value[late] = change(value[late], progress)
        told[metric] = step, value

    def history(self, until: float = np.inf) -> History:
        """Collect what had been told before a step."""
        series = {
            metric: clean_series(metric, at[at < until], at[at < until] * 0.1, value[at < until])
            for metric, (at, value) in {**self.train, **self.val}.items()
            if (at < until).any()
        }
        is_over = until > self.total
        return assemble_history(series, [e for e in self._rare(is_over=is_over) if e.step < until])

    def _rare(self, *, is_over: bool) -> list[Event]:
        starts: list[Event] = [
            RunStarted(s, s * 0.1, self.kind, self.config, self.terms, self.total, self.targets,
                       self.facts)
            for s in self.starts
        ]  # fmt: skip
        told = sorted([*starts, *self.stages], key=lambda event: event.step)
        if self.ended and is_over:
            told.append(RunEnded(self.total, 0.0, *self.ended))
        return told

    def evaluation_steps(self) -> np.ndarray:
        """Give the steps of the evaluations."""
        return next(iter(self.val.values()))[0]


def shaped(course: Course, shape: Shape) -> Course:
    """Log a course as a shape has it: thinned, without its inner metrics, resumed, unfinished."""
    train = dict(course.train)
    if shape.is_bare:
        inner = ("/weight", "/share", "/weighted", "gradient_share", "dead_share", "conflict")
        train = {key: told for key, told in train.items() if not key.endswith(inner)}
    if shape.thinned > 1:
        train = {key: (at[:: shape.thinned], v[:: shape.thinned]) for key, (at, v) in train.items()}
    end = shape.cut * course.total
    starts = (0, int(0.48 * course.total)) if shape.resumed else (0,)
    return replace(
        course, train=_before(train, end), val=_before(course.val, end), starts=starts,
        stages=[stage for stage in course.stages if stage.step < end],
        ended=course.ended if shape.cut == 1 else None,
    )  # fmt: skip


def _before(told: Mapping[str, tuple[np.ndarray, np.ndarray]], end: float) -> Told:
    return {key: (at[at <= end], value[at <= end]) for key, (at, value) in told.items()}


def batch_noise(rng: np.random.Generator, count: int, sd: float) -> np.ndarray:
    """Draw factors around 1 as batches have them: skewed, now and then far off."""
    steady = sd * rng.standard_normal(count)
    rare = (rng.random(count) < 0.01) * rng.exponential(2 * sd, count)
    return np.exp(np.clip(steady + rare, -1.5, 1.5))


def slow_noise(rng: np.random.Generator, count: int, sd: float, memory: float = 0.5) -> np.ndarray:
    """Draw values around 0 that remember the one before, as evaluations of one model do."""
    fresh = rng.standard_normal(count) * sd * np.sqrt(1 - memory**2)
    value, out = rng.standard_normal() * sd, np.empty(count)
    for i in range(count):
        value = memory * value + fresh[i]
        out[i] = value
    return out
