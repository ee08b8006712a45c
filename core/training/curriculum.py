"""A training schedule in stages: weights of the terms, clean share of the data, peak width."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import NoReturn

import numpy as np
from jaxtyping import Float

from core.errors import InputError

MOST_STEPS = 10**12
MOST_NAMES = 1_000


@dataclass(frozen=True)
class Stage:
    """One stretch of training with fixed weights.

    Args:
        name: Printable, one line, as it stands on charts ("2").
        start_step: First optimiser step of the stage, 0 or more.
        end_step: First step after the stage.
        weights: Factor of each term, finite, 0 or more; 0 switches a term off.
        clean_share: Fraction of clean examples, 0 to 1; the rest are noisy.
        expected: What one expects of the stage, in words.
        sigma_da: Width of spectrum peaks in Da, above 0; None leaves it to the run.

    Raises:
        InputError: A field cannot be used; it names the stage and the field.

    Example:
        >>> Stage("2", 0, 10, {"ce": 1.0, "precursor": -0.03})
        Traceback (most recent call last):
        core.errors.InputError: stage 2, weight of precursor: expected 0 or more, came −0.03. ...
    """

    name: str
    start_step: int
    end_step: int
    weights: dict[str, float]
    clean_share: float = 1.0
    expected: str = ""
    sigma_da: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no training loop could follow."""
        for what, text in (("name", self.name), ("expected", self.expected)):
            if not text.isprintable() or (what == "name" and not text.strip()):
                _refuse(f"stage {self.name!r}, {what}", "one line of text", repr(text))
        if not 0 <= self.start_step < self.end_step <= MOST_STEPS:
            came = f"{self.start_step:,} to {self.end_step:,}"
            _refuse(f"stage {self.name}, steps", f"0 ≤ start < end ≤ {MOST_STEPS:,}", came)
        for term, weight in self.weights.items():
            if not (isfinite(weight) and weight >= 0):
                _refuse(f"stage {self.name}, weight of {term}", "0 or more", _number(weight))
        if not 0 <= self.clean_share <= 1:
            came = _number(self.clean_share)
            _refuse(f"stage {self.name}, clean_share", "a fraction from 0 to 1", came)
        if self.sigma_da is not None and not (isfinite(self.sigma_da) and self.sigma_da > 0):
            came = _number(self.sigma_da)
            _refuse(f"stage {self.name}, sigma_da", "a width above 0 Da, or none", came)

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return self.end_step - self.start_step


@dataclass(frozen=True)
class Schedule:
    """Stages end to end from step 0, each with a weight for every term.

    Args:
        terms: Names of the terms, in the order of tables and charts.
        stages: In the order of training.

    Raises:
        InputError: There is no term or stage or more than 1,000, a name occurs twice, a stage
            lacks a term or knows one too many, or the steps leave a gap or overlap.
    """

    terms: tuple[str, ...]
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        """Refuse gaps, overlaps, doubles and missing terms."""
        _distinct("terms", self.terms)
        _distinct("stages", [stage.name for stage in self.stages])
        for term in self.terms:
            if not term.isprintable() or not term.strip():
                _refuse("terms", "names of one line", repr(term))
        step = 0
        for stage in self.stages:
            if set(stage.weights) != set(self.terms):
                expected = "one for each of " + ", ".join(self.terms)
                came = ", ".join(stage.weights) or "none"
                _refuse(f"stage {stage.name}, weights", expected, came)
            if stage.start_step != step:
                kind = "a gap" if stage.start_step > step else "an overlap"
                expected = f"{step:,}, where the stage before ends" if step else "0, the first step"
                came = f"{stage.start_step:,}, which leaves {kind}"
                _refuse(f"stage {stage.name}, start_step", expected, came)
            step = stage.end_step

    @property
    def total_steps(self) -> int:
        """Number of steps of all stages."""
        return self.stages[-1].end_step

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stages."""
        return tuple(stage.name for stage in self.stages)

    @property
    def weights(self) -> Float[np.ndarray, "stages terms"]:
        """Weights as a table: stages down, terms across."""
        return np.array([[stage.weights[term] for term in self.terms] for stage in self.stages])

    def stage_at(self, step: int) -> Stage:
        """Find the stage of an optimiser step; beyond the end the last stage goes on.

        Raises:
            InputError: The step is negative.
        """
        if step < 0:
            _refuse("step", "0 or more", str(step))
        return next((stage for stage in self.stages if step < stage.end_step), self.stages[-1])

    def weights_at(self, step: int) -> dict[str, float]:
        """Give the weight of each term at an optimiser step, in the order of the terms."""
        weights = self.stage_at(step).weights
        return {term: weights[term] for term in self.terms}

    def scaled(self, total_steps: int) -> "Schedule":
        """Stretch or shrink all stages in proportion; each keeps at least one step.

        Raises:
            InputError: There are fewer steps than stages.
        """
        if total_steps < len(self.stages):
            expected = f"at least one for each of {len(self.stages)} stages"
            _refuse("steps", expected, str(total_steps))
        ends, last = [], 0
        for left, stage in zip(range(len(self.stages) - 1, -1, -1), self.stages, strict=True):
            # Exact integers: a float would lose steps of very long schedules.
            wanted = (2 * total_steps * stage.end_step + self.total_steps) // (2 * self.total_steps)
            last = min(max(wanted, last + 1), total_steps - left)
            ends.append(last)
        return end_to_end(self.terms, self.stages, np.diff(ends, prepend=0).tolist())

    def with_weights(self, weights: Float[np.ndarray, "stages terms"]) -> "Schedule":
        """Replace all weights, given as in `weights`.

        Raises:
            InputError: The table has another size, or a weight is negative or missing.
        """
        if weights.shape != (len(self.stages), len(self.terms)):
            expected = f"{len(self.stages)} stages × {len(self.terms)} terms"
            _refuse("weights", expected, " × ".join(str(n) for n in weights.shape))
        rows = zip(self.stages, weights.tolist(), strict=True)
        return Schedule(
            self.terms,
            tuple(replace(s, weights=dict(zip(self.terms, row, strict=True))) for s, row in rows),
        )

    def with_stage(self, stage: Stage, position: int | None = None) -> "Schedule":
        """Insert a stage before a position (at the end by default); later ones move behind it.

        Only the number of steps of `stage` counts, not where it starts.
        """
        stages = list(self.stages)
        stages.insert(len(stages) if position is None else position, stage)
        return end_to_end(self.terms, stages, [s.steps for s in stages])

    def without_stage(self, name: str) -> "Schedule":
        """Remove a stage; later ones close up.

        Raises:
            InputError: There is no such stage, or it is the only one.
        """
        if name not in self.names:
            _refuse("stage to remove", "one of " + ", ".join(self.names), name)
        stages = [stage for stage in self.stages if stage.name != name]
        return end_to_end(self.terms, stages, [s.steps for s in stages])


def end_to_end(terms: Sequence[str], stages: Sequence[Stage], steps: Sequence[int]) -> Schedule:
    """Lay stages behind one another; where each of them started does not count.

    Args:
        terms: Names of the terms.
        stages: In the order of training.
        steps: Number of steps of each stage, 1 or more.

    Raises:
        InputError: As `Schedule`.
    """
    ends = [int(end) for end in np.cumsum(steps)]
    return Schedule(
        tuple(terms),
        tuple(
            replace(stage, start_step=end - count, end_step=end)
            for stage, count, end in zip(stages, steps, ends, strict=True)
        ),
    )


def _distinct(what: str, names: Sequence[str]) -> None:
    if not names:
        _refuse(what, "at least one", "none")
    if len(names) > MOST_NAMES:
        _refuse(what, f"at most {MOST_NAMES:,}", f"{len(names):,}")
    doubled = sorted(name for name, count in Counter(names).items() if count > 1)
    if doubled:
        _refuse(what, "each name once", "twice " + ", ".join(doubled))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _refuse(where: str, expected: str, came: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do="Correct this value")
