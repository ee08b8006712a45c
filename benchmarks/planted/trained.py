"""Short runs that are really trained, healthy or with a fault planted while they train."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Any

import torch

from core.diagnosis.finding import Severity
from core.events import Event, Measured, Plain, RunEnded, RunStarted
from core.history import History, collect_history
from core.problems.experiments import EXPERIMENTS
from core.training.config import TrainingConfig
from core.training.curriculum import Stage
from core.training.loop import train
from core.training.settings import from_plain
from core.training.task import Evaluation, Task, Terms

SMALL: dict[str, dict[str, Plain]] = {
    "peptide": {"steps": 600, "eval_every": 20, "batch_size": 32, "width": 32, "min_length": 4,
                "max_length": 5, "gradient_every": 10},
    "pocket": {"ligands": 300, "width": 16, "layers": 1, "num_epochs": 24, "batch_size": 32,
               "learning_rate": 0.01},
    "molecule": {"molecules": 800, "width": 16, "layers": 1, "dim": 32, "text_dim": 64,
                 "epochs": 16, "batch_size": 32, "hardness_k": 50,
                 "learning_rate": 6e-3},
    "sidechain": {"residues": 1500, "l_max": 2, "shells": 6, "width": 64, "layers": 1,
                  "steps": 600, "eval_every": 20, "learning_rate": 5e-3},
}  # fmt: skip


@dataclass(frozen=True)
class Wrapped:
    """A task whose batches or terms are changed from a step on; else as the task itself.

    Args:
        task: The healthy one.
        first: First step of the fault.
        on_terms: Changes the terms of a batch.
        on_batch: Changes a batch.
    """

    task: Task
    first: int
    on_terms: Callable[[Terms], Terms] = lambda terms: terms
    on_batch: Callable[[Any], Any] = lambda batch: batch

    def __getattr__(self, name: str) -> Any:
        """Give what the task has."""
        return getattr(self.task, name)

    def batch(self, step: int, stage: Stage) -> Any:
        """Draw a batch, changed from the first step on, and remember when."""
        batch = self.task.batch(step, stage)
        object.__setattr__(self, "_is_on", step >= self.first)
        return self.on_batch(batch) if step >= self.first else batch

    def losses(self, batch: Any, stage: Stage, wanted: Any) -> Terms:
        """Evaluate a batch; changed where it is a training batch behind the first step."""
        terms = self.task.losses(batch, stage, wanted)
        return self.on_terms(terms) if self.__dict__.get("_is_on") else terms

    def evaluate(self, stage: Stage) -> Evaluation:
        """Score as the task does: held-out examples have no fault."""
        return self.task.evaluate(stage)


@dataclass(frozen=True)
class TrainedFault:
    """A fault in a run that is really trained.

    Args:
        name: In words.
        kind: The problem.
        rules: Those that must find it, each of them.
        options: Options that plant it.
        wrap: Plants it into the task.
        later: Options from the middle of the run on, told to nobody.
        least: The mildest severity that counts.
    """

    name: str
    kind: str
    rules: tuple[str, ...]
    options: Mapping[str, Plain] | None = None
    wrap: Callable[[Task, int], Task] | None = None
    later: Mapping[str, Plain] | None = None
    least: Severity = "warn"


def trained(kind: str, seed: int, fault: TrainedFault | None = None) -> History:
    """Train a short run on one thread of the CPU, with a fault or without."""
    options = SMALL[kind] | {"seed": seed, "device": "cpu"} | dict((fault and fault.options) or {})
    experiment = EXPERIMENTS[kind]
    config = from_plain(experiment.config, options)
    task: Task = experiment.build(config, torch.device("cpu"))
    config = experiment.resolve(config, task) if experiment.resolve else config
    steps = experiment.schedule(config).total_steps
    if fault and fault.wrap:
        task = fault.wrap(task, steps // 2)
    events = _events(kind, config, task)
    if fault and fault.later:
        later = replace(config, warmup_steps=0, **fault.later)
        events = _changed(events, _events(kind, later, task), steps // 2)
    return collect_history(events)


def _events(kind: str, config: TrainingConfig, task: Task) -> Iterator[Event]:
    experiment = EXPERIMENTS[kind]
    return train(config, task, experiment.schedule(config), experiment=kind,
                 watched=experiment.watched or experiment.primary)  # fmt: skip


def _changed(first: Iterator[Event], second: Iterator[Event], border: int) -> Iterator[Event]:
    """Train with one configuration up to a step and with another one, of the same model, behind."""
    for event in first:
        if event.step >= border and not isinstance(event, RunStarted):
            break
        yield event
    for event in second:
        if event.step >= border or isinstance(event, RunEnded):
            break
        if isinstance(event, Measured):
            yield replace(event, step=event.step + border)


def shuffle_texts(part: float, *, at_once: bool = False) -> Callable[[Task, int], Task]:
    """Give part of the molecules of each batch the texts of others."""

    def shuffled(batch: Any) -> Any:
        count = int(part * len(batch.text))
        order = torch.arange(len(batch.text))
        order[:count] = order[:count].roll(1)
        return replace(batch, text=batch.text[order])

    return lambda task, first: Wrapped(task, 0 if at_once else first, on_batch=shuffled)


def shuffle_targets(task: Task, first: int) -> Task:
    """Give each pocket of a batch the ligand of another."""
    return Wrapped(task, 0, on_batch=lambda b: replace(b, target=b.target.roll(1, 0)))


def spoil_term(term: str) -> Callable[[Task, int], Task]:
    """Make a term NaN."""

    def spoilt(terms: Terms) -> Terms:
        values = {n: v * float("nan") if n == term else v for n, v in terms.values.items()}
        return replace(terms, values=values)

    return lambda task, first: Wrapped(task, first, on_terms=spoilt)


def log_batches_of(size: int) -> Callable[[Task, int], Task]:
    """Log the chance line of batches of another size."""

    def logged(terms: Terms) -> Terms:
        return replace(terms, about={**terms.about, "train/chance_loss": log(size)})

    return lambda task, first: Wrapped(task, 0, on_terms=logged)
