"""What a problem hands to everything that launches, runs and reads training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.events import Plain
from core.history import History
from core.metrics import MetricGroup
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule
from core.training.task import Task


@dataclass(frozen=True)
class Scored:
    """An evaluation with what was trained since the one before, for the words of a log.

    Args:
        step: Updates that are done.
        values: What was measured, by key.
        config: Options of the run.
        train_loss: Mean of the total loss since the last evaluation; None where nothing was
            trained since.
        learning_rate: Of the last update; None before the first.
    """

    step: int
    values: Mapping[str, float]
    config: Mapping[str, Any]
    train_loss: float | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Preset:
    """Runs under one name, with the options that make them.

    Args:
        title: As on the screen.
        help: What it is for, in a sentence.
        runs: Options of each run that differ from those that were asked for, by a name for it.
        is_chain: Whether each run goes on with the model of the one before.
        needs_model: Whether it makes sense only for a model that is trained already.
    """

    title: str
    help: str
    runs: Mapping[str, Mapping[str, Plain]]
    is_chain: bool = False
    needs_model: bool = False


@dataclass(frozen=True)
class Experiment:
    """A problem that can be trained.

    Args:
        name: Key of `EXPERIMENTS`, and the word on the command line.
        title: As on the screen.
        config: Its options; every field has a default.
        build: Makes the task of a configuration on a device, seeded by the configuration.
        schedule: Gives the stages of a configuration: its own schedule or that of the problem,
            stretched to its steps; for a solo run the one term.
        rules: Diagnosis rules that only this problem's words can say.
        primary: Key of the metric that tells whether it has learnt.
        watched: Key of the metric that early stopping, the plateau rule and the best checkpoint
            go by; empty: the primary one.
        resolve: Fills in what only the data can say, such as the steps of an epoch; None where
            there is nothing.
        summary: One sentence: what is learnt from what.
        charts: What the live page draws below the terms: how good it is, and how far off.
        schedules: Ready-made schedules by the name they have on a form, beside the one that the
            options describe.
        run_name: Names a run by what tells it from others, beside its seed; None: by its weights.
        check: Refuses a configuration whose files cannot be used, before anything is made of it;
            None where there are no files.
        presets: Ready-made runs, by the word on the command line.
        goes_on_by: Option that names the run whose model another one goes on with; empty where
            there is none.
        counts_behind: Option that says what that model has behind it, which nothing else has;
            empty where there is none.
        first_options: Options that stand first on a form, two or three.
        score_lines: Says an evaluation in the words that users of the problem know, for the log;
            None: in general words.
        export: Writes files that users of the problem expect into a run folder (and wherever its
            options say) when a run ends or stops; None: there are none.
        has_positions: Whether its evaluations record scores by position of a sequence.
        criteria: Judges a run against what its authors promised; None where nothing was promised.
        solo_notes: What a solo run of a term is told beside its loss, by term.

    Example:
        >>> from core.problems.experiments import EXPERIMENTS
        >>> all(name == entry.name for name, entry in EXPERIMENTS.items())
        True
    """

    name: str
    title: str
    config: type[TrainingConfig]
    build: Callable[[Any, torch.device], Task]
    schedule: Callable[[Any], Schedule]
    rules: tuple[Any, ...]
    primary: str
    summary: str
    watched: str = ""
    resolve: Callable[[Any, Any], Any] | None = None
    charts: tuple[MetricGroup, ...] = ()
    schedules: Mapping[str, Callable[[], Schedule]] = field(default_factory=dict)
    run_name: Callable[[Any], str] | None = None
    check: Callable[[Any], None] | None = None
    presets: Mapping[str, Preset] = field(default_factory=dict)
    goes_on_by: str = ""
    counts_behind: str = ""
    first_options: tuple[str, ...] = ("steps", "seed")
    score_lines: Callable[[Scored], tuple[str, ...]] | None = None
    export: Callable[[Path, Any], None] | None = None
    has_positions: bool = False
    criteria: Callable[[History], tuple[Any, ...]] | None = None
    solo_notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the loss terms of the default configuration."""
        return self.schedule(self.config()).terms
