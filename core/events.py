"""The one vocabulary of a run: what training, an importer and a sample all yield.

An iterator of these is written to a run folder; everything after that only reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
Outcome = Literal["finished", "stopped", "diverged", "failed"]


@dataclass(frozen=True)
class RunStarted:
    """The first event of every segment; a resumed run begins a new segment.

    Args:
        step: Optimiser step from which it goes on, 0 for a new run.
        time_s: Seconds since 1970.
        experiment: Name of the experiment, or the format that a log was imported from.
        config: Every option that shapes the run, as plain values.
        terms: Names of the loss terms, in the order of tables and charts.
        total_steps: Planned number of steps; None where a log does not say.
        targets: Wanted share of each term in percent, (low, high).
        facts: What else must be known to read the run: device, host, versions, where the data
            come from.
    """

    step: int
    time_s: float
    experiment: str
    config: Mapping[str, Plain] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    total_steps: int | None = None
    targets: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """Scalars of one step, by key (see `core.metrics`); NaN and inf are kept as they are."""

    step: int
    time_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Recorded:
    """What is not a scalar: predictions, a batch, a table by position; under a name, by step."""

    step: int
    time_s: float
    name: str
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class StageChanged:
    """A stage of the curriculum begins.

    Args:
        step: Its first step.
        time_s: Seconds since 1970.
        stage: Its name, as on charts.
        end_step: First step after it, as planned.
        weights: Factor of each term at its start; 0 switches a term off.
        settings: Whatever else holds for the stage, by name with the unit in it (`sigma_da`).
    """

    step: int
    time_s: float
    stage: str
    end_step: int
    weights: Mapping[str, float]
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Noted:
    """Something worth a sentence: a checkpoint that broke off, a gap in an imported log."""

    step: int
    time_s: float
    text: str


@dataclass(frozen=True)
class RunEnded:
    """The last event of a segment that ended by itself; a killed run has none.

    Args:
        step: Steps that are done.
        time_s: Seconds since 1970.
        outcome: "finished", "stopped" on request, "diverged" (NaN or inf), or "failed".
        text: Why, in words; empty for a finished run.
    """

    step: int
    time_s: float
    outcome: Outcome
    text: str = ""


Event = RunStarted | Measured | Recorded | StageChanged | Noted | RunEnded
