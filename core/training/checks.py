"""What is refused before the first step: a configuration, a schedule and a task that do not fit."""

from collections.abc import Sequence

from core.errors import InputError
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage
from core.training.optimiser import trained_parameters
from core.training.task import Task


def active_terms(stage: Stage) -> tuple[str, ...]:
    """Name the terms of a stage that have a weight above 0."""
    return tuple(term for term, weight in stage.weights.items() if weight > 0)


def check_run(config: TrainingConfig, task: Task, schedule: Schedule) -> None:
    """Refuse what cannot be trained, before the first step: the terms of each stage are tried.

    Raises:
        InputError: Terms of schedule, targets and task differ; a stage has no weight above 0, or
            only such whose value does not depend on the parameters.
    """
    _same_names("schedule", schedule.terms, task.terms)
    _same_names("targets", [*config.targets, *task.terms], task.terms)
    _same_names("solo", [*filter(None, [config.solo]), *task.terms], task.terms)
    if config.balancing == "targets" and not config.targets:
        _refuse("targets", "a wanted share for at least one term", "none")
    trained = {id(parameter) for parameter in trained_parameters(task.model)}
    if not any(id(parameter) in trained for parameter in task.shared):
        _refuse("shared parameters", "at least one that is trained", "none")
    task.model.eval()
    for stage in schedule.stages:
        where, active = f"stage {stage.name}, weights", active_terms(stage)
        if not active:
            _refuse(where, "one above 0", "0 for every term")
        tried = task.losses(task.batch(stage.start_step, stage), stage, active)
        if not any(value.requires_grad for value in tried.values.values()):
            came = ", ".join(active) + ", which depends on none"
            _refuse(where, "a term that depends on the parameters", came)
    task.model.train()


def _same_names(where: str, names: Sequence[str], terms: Sequence[str]) -> None:
    if set(names) != set(terms):
        _refuse(where, "the terms " + ", ".join(terms), ", ".join(dict.fromkeys(names)))


def _refuse(where: str, expected: str, came: str) -> None:
    raise InputError(where, expected=expected, came=came, do="Change the configuration")
