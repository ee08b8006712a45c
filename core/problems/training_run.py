"""From what a run folder asks for to the events of its training."""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from core.errors import InputError
from core.events import Event
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.runs.folder import CHECKPOINTS, RunConfig
from core.runs.status import read_written_status
from core.training.checkpoints import newest_checkpoint
from core.training.config import TrainingConfig
from core.training.device import pick_device
from core.training.loop import train
from core.training.settings import from_plain

NO_CHECKPOINT = "There is no checkpoint to go on from: training begins again at step 0."


def find_experiment(name: str) -> Experiment:
    """Find an experiment by its name.

    Raises:
        InputError: There is none; the message lists those that exist.
    """
    if name not in EXPERIMENTS:
        raise InputError(
            "experiment", expected="one of " + ", ".join(EXPERIMENTS), came=name[:60] or "nothing",
            do="Choose one of these",
        )  # fmt: skip
    return EXPERIMENTS[name]


def read_asked(asked: RunConfig) -> tuple[Experiment, TrainingConfig]:
    """Read the experiment and the configuration of a run folder.

    Raises:
        InputError: The experiment is unknown, or an option cannot be used.
    """
    experiment = find_experiment(asked.experiment)
    return experiment, from_plain(experiment.config, asked.config)


def training_events(
    folder: Path,
    asked: RunConfig,
    should_stop: Callable[[], bool],
    before_save: Callable[[], None] = lambda: None,
) -> Iterator[Event]:
    """Train what a run folder asks for, from its newest good checkpoint where it has one.

    Args:
        folder: Of the run; checkpoints are written there, everything else is told.
        asked: Its configuration.
        should_stop: Asked before each step.
        before_save: Called before each checkpoint, see `train`.

    Raises:
        CoreError: The configuration cannot be trained, the device is not there, the newest good
            checkpoint belongs to another configuration, or one cannot be written.
    """
    experiment, config = read_asked(asked)
    device = pick_device(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    point, notes = newest_checkpoint(folder / CHECKPOINTS)
    if point is None and (reached := read_written_status(folder).step):
        notes += (f"{NO_CHECKPOINT} What was measured up to step {reached:,} is told anew.",)
    task = experiment.build(config, device)
    config = experiment.resolve(config, task) if experiment.resolve else config
    yield from train(
        config,
        task,
        experiment.schedule(config),
        experiment=experiment.name,
        watched=experiment.watched or experiment.primary,
        checkpoints=folder / CHECKPOINTS,
        resume=point,
        notes=notes,
        should_stop=should_stop,
        before_save=before_save,
    )
    if experiment.export:
        before_save()
        experiment.export(folder, config)
