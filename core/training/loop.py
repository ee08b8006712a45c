"""The training loop: one for every problem; it yields what happens and keeps nothing itself."""

import json
import platform
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from core.balance.automatic import BalancerState, begin_stage, can_meet, follow
from core.errors import InputError
from core.events import Event, Measured, Noted, Plain, Recorded, RunEnded, RunStarted, StageChanged
from core.training.checkpoints import Checkpoint, capture, restore, save_checkpoint
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage
from core.training.device import describe_device, memory_mb
from core.training.optimiser import learning_rate, make_optimiser, trained_parameters
from core.training.settings import digest, to_plain
from core.training.step import Stepped, faulty_gradients, mean_values, take_step
from core.training.task import Task, Terms


@dataclass
class Progress:
    """What changes from step to step beside the parameters.

    Args:
        step: Updates that are done.
        balance: Weights that follow the losses; None where they stand as written.
        paced_from: Step since which seconds are counted.
        spent_s: Seconds in steps alone, without evaluations and checkpoints.
    """

    step: int = 0
    balance: BalancerState | None = None
    paced_from: int = 0
    spent_s: float = 0.0


def train(
    config: TrainingConfig,
    task: Task,
    schedule: Schedule,
    *,
    experiment: str = "",
    checkpoints: Path | None = None,
    resume: Checkpoint | None = None,
    notes: Sequence[str] = (),
    should_stop: Callable[[], bool] = lambda: False,
    before_save: Callable[[], None] = lambda: None,
) -> Iterator[Event]:
    """Train, and tell of it.

    A value at step s belongs to the model after s updates: training metrics to the batch of
    update s + 1, evaluations to the held-out sets. Ends with `RunEnded`: finished, stopped, or
    diverged where a loss or a gradient was not finite, in which case the update was not made.

    Args:
        config: Options; its schedule and solo term are already in `schedule`.
        task: The problem, on its device.
        schedule: Stages from step 0 to the end.
        experiment: Name for readers.
        checkpoints: Folder for checkpoints; None saves none.
        resume: Where to go on; on the CPU, with as many threads, to the last bit as if the run
            had never stopped.
        notes: Sentences for readers, told first.
        should_stop: Asked before each step; the first yes saves a checkpoint and ends the run.
        before_save: Called before each checkpoint. Who keeps the events makes them safe here: a
            run that is killed and resumes from the checkpoint does not tell them again.

    Raises:
        InputError: The configuration and the task cannot be trained together, or the checkpoint
            belongs to others.
        UnavailableError: A checkpoint cannot be written.
    """
    check_run(config, task, schedule)
    torch.manual_seed(config.seed)
    optimiser = make_optimiser(task.model, config)
    at = Progress()
    if resume is not None:
        restore(resume, digest(config), task.model, optimiser)
        at = _resumed(resume)
    first, total_steps = at.step, schedule.total_steps

    def save() -> None:
        if checkpoints is not None:
            state = {"balance": _plain_balance(at.balance)}
            point = capture(at.step, digest(config), task.model, optimiser, state)
            before_save()
            save_checkpoint(checkpoints, point, keep=config.keep_checkpoints)

    yield _started(config, task, schedule, experiment, at.step)
    for note in notes:
        yield Noted(at.step, time.time(), note)
    while at.step < total_steps:
        if should_stop():
            save()
            yield RunEnded(at.step, time.time(), "stopped", "on request")
            return
        stage = schedule.stage_at(at.step)
        if at.step % config.eval_every == 0:
            yield from evaluate(task, stage, at.step)
        if at.step % config.checkpoint_every == 0 and at.step > first:
            save()
        fault = yield from _one_step(config, task, optimiser, stage, at, total_steps)
        if fault:
            yield RunEnded(at.step, time.time(), "diverged", fault)
            return
        at.step += 1
    yield from evaluate(task, schedule.stages[-1], at.step)
    save()
    yield RunEnded(at.step, time.time(), "finished")


def _one_step(
    config: TrainingConfig,
    task: Task,
    optimiser: torch.optim.Optimizer,
    stage: Stage,
    at: Progress,
    total_steps: int,
) -> Generator[Event, None, str]:
    """Make one update and tell of it; returns why it was not made, empty where it was."""
    begun = time.perf_counter()
    is_measured = at.step % config.gradient_every == 0
    batch = task.batch(at.step, stage)
    terms = task.losses(batch, stage, task.terms if is_measured else _active(stage))
    if at.step == stage.start_step:
        at.balance = _begin(config, task, stage, terms)
        yield from _tell_stage(config, task, stage, at.balance)
    weights = at.balance.weights if at.balance else stage.weights
    stepped = take_step(
        optimiser,
        terms,
        {term: weights[term] for term in task.terms},
        rate=learning_rate(config, at.step, total_steps),
        clip_norm=config.clip_norm,
        shared=task.shared if is_measured else None,
    )
    if at.balance:
        at.balance = follow(
            at.balance, stepped.raw, config.targets, task.floors, stage_steps=stage.steps
        )
    at.spent_s += time.perf_counter() - begun
    pace = _pace(at, task) if is_measured else {}
    yield Measured(at.step, time.time(), stepped.values | pace)
    return _explain(task, batch, stage, stepped) if stepped.fault else ""


def evaluate(task: Task, stage: Stage, step: int) -> Iterator[Event]:
    """Score the model without gradients, in its evaluation mode."""
    task.model.eval()
    with torch.no_grad():
        scores = task.evaluate(stage)
    task.model.train()
    yield Measured(step, time.time(), dict(scores.values))
    for name, arrays in scores.arrays.items():
        yield Recorded(step, time.time(), name, arrays)


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
        where, active = f"stage {stage.name}, weights", _active(stage)
        if not active:
            _refuse(where, "one above 0", "0 for every term")
        tried = task.losses(task.batch(stage.start_step, stage), stage, active)
        if not any(value.requires_grad for value in tried.values.values()):
            came = ", ".join(active) + ", which depends on none"
            _refuse(where, "a term that depends on the parameters", came)
    task.model.train()


def _begin(config: TrainingConfig, task: Task, stage: Stage, terms: Terms) -> BalancerState | None:
    """Solve the weights of a stage, where targets are to be followed and can be."""
    active = _active(stage)
    if config.balancing != "targets" or len(active) < 2 or not can_meet(active, config.targets):
        return None
    raw = {name: float(value.detach()) for name, value in mean_values(terms).items()}
    return begin_stage(stage.weights, raw, config.targets, task.floors)


def _tell_stage(
    config: TrainingConfig, task: Task, stage: Stage, balance: BalancerState | None
) -> Iterator[Event]:
    settings = {"clean_share": stage.clean_share}
    if stage.sigma_da is not None:
        settings["sigma_da"] = stage.sigma_da
    weights = balance.weights if balance else stage.weights
    yield StageChanged(
        stage.start_step,
        time.time(),
        stage.name,
        stage.end_step,
        {term: weights[term] for term in task.terms},
        settings,
    )
    active = _active(stage)
    if config.balancing == "targets" and len(active) > 1 and balance is None:
        bands = ", ".join(f"{t} {config.targets[t]}" for t in active if t in config.targets)
        text = f"The targets of stage {stage.name} ({bands}) cannot add up to 100 %"
        yield Noted(stage.start_step, time.time(), f"{text}: its weights stay as written.")


def _active(stage: Stage) -> tuple[str, ...]:
    return tuple(term for term, weight in stage.weights.items() if weight > 0)


def _started(
    config: TrainingConfig, task: Task, schedule: Schedule, experiment: str, step: int
) -> RunStarted:
    device = next(task.model.parameters()).device
    return RunStarted(
        step=step,
        time_s=time.time(),
        experiment=experiment,
        config=to_plain(config),
        terms=tuple(task.terms),
        total_steps=schedule.total_steps,
        targets={t: (b.low_percent, b.high_percent) for t, b in config.targets.items()},
        facts={
            **task.facts,
            "device": describe_device(device),
            "stages": str(len(schedule.stages)),
            "threads": str(torch.get_num_threads()),
            "host": platform.node(),
            "torch": torch.__version__,
        },
    )


def _pace(at: Progress, task: Task) -> dict[str, float]:
    """Steps per second since the last measurement, and memory."""
    steps, spent_s = at.step + 1 - at.paced_from, at.spent_s
    at.paced_from, at.spent_s = at.step + 1, 0.0
    device = next(task.model.parameters()).device
    return {"train/steps_per_s": steps / spent_s, "train/memory_mb": memory_mb(device)}


def _explain(task: Task, batch: Any, stage: Stage, stepped: Stepped) -> str:
    """Say which term was at fault; a gradient is taken again, term by term."""
    names: tuple[str, ...] = ()
    if stepped.fault.startswith("the gradient"):
        again = task.losses(batch, stage, _active(stage))
        names = faulty_gradients(again, trained_parameters(task.model))
    of_terms = f" (that of {', '.join(names)})" if names else ""
    return f"{stepped.fault[:1].upper()}{stepped.fault[1:]}{of_terms}; no update was made with it."


def _resumed(point: Checkpoint) -> Progress:
    plain: Any = point.state.get("balance")
    balance = None
    if plain is not None:
        balance = BalancerState(**plain | {"solved": tuple(plain["solved"])})
    return Progress(point.step, balance, paced_from=point.step)


def _plain_balance(balance: BalancerState | None) -> Plain:
    return None if balance is None else json.loads(json.dumps(asdict(balance)))


def _same_names(where: str, names: Sequence[str], terms: Sequence[str]) -> None:
    if set(names) != set(terms):
        _refuse(where, "the terms " + ", ".join(terms), ", ".join(dict.fromkeys(names)))


def _refuse(where: str, expected: str, came: str) -> None:
    raise InputError(where, expected=expected, came=came, do="Change the configuration")
