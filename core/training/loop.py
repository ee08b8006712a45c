"""The training loop: one for every problem; it yields what happens and keeps nothing itself."""

import json
import platform
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.balance.automatic import BalancerState, begin_stage, can_meet, follow
from core.events import Event, Measured, Noted, Plain, Recorded, RunEnded, RunStarted, StageChanged
from core.metrics import read_key
from core.training.checkpoints import Checkpoint, capture, restore, save_best, save_checkpoint
from core.training.checks import active_terms, check_run
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule, Stage
from core.training.device import describe_device, memory_mb
from core.training.optimiser import learning_rate, make_optimiser, trained_parameters
from core.training.settings import digest, to_plain
from core.training.step import Stepped, faulty_gradients, mean_values, take_step
from core.training.task import Task, Terms
from core.training.watch import Watch, is_over, see


@dataclass
class Progress:
    """What changes from step to step beside the parameters.

    Args:
        step: Updates that are done.
        balance: Weights that follow the losses; None where they stand as written.
        watch: What the evaluations said of the watched metric.
        paced_from: Step since which seconds are counted.
        spent_s: Seconds in steps alone, without evaluations and checkpoints.
    """

    step: int = 0
    balance: BalancerState | None = None
    watch: Watch = field(default_factory=Watch)
    paced_from: int = 0
    spent_s: float = 0.0


@dataclass(frozen=True)
class Training:
    """What stays the same from the first step to the last; see `train`."""

    config: TrainingConfig
    task: Task
    schedule: Schedule
    optimiser: torch.optim.Optimizer
    watched: str
    checkpoints: Path | None
    before_save: Callable[[], None]


def train(
    config: TrainingConfig,
    task: Task,
    schedule: Schedule,
    *,
    experiment: str = "",
    watched: str = "",
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
        watched: Metric of an evaluation that early stopping, the plateau rule and the best
            checkpoint go by; empty: none of them.
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
    run = Training(config, task, schedule, optimiser, watched, checkpoints, before_save)
    at = Progress()
    if resume is not None:
        restore(resume, digest(config), task.model, optimiser)
        at = _resumed(resume)
    yield _started(config, task, schedule, experiment, at.step)
    for note in notes:
        yield Noted(at.step, time.time(), note)
    yield from _steps(run, at, should_stop)


def _steps(run: Training, at: Progress, should_stop: Callable[[], bool]) -> Iterator[Event]:
    """Go from where training stands to its end, whatever ends it."""
    first = at.step
    while at.step < run.schedule.total_steps:
        if should_stop():
            _save(run, at)
            yield RunEnded(at.step, time.time(), "stopped", "on request")
            return
        stage = run.schedule.stage_at(at.step)
        if at.step % run.config.eval_every == 0:
            yield from _judge(run, stage, at)
            if is_over(at.watch, run.config):
                _save(run, at)
                yield RunEnded(at.step, time.time(), "finished", _early(at.watch, run.watched))
                return
        if at.step % run.config.checkpoint_every == 0 and at.step > first:
            _save(run, at)
        fault = yield from _one_step(run, stage, at)
        if fault:
            yield RunEnded(at.step, time.time(), "diverged", fault)
            return
        at.step += 1
    yield from _judge(run, run.schedule.stages[-1], at)
    _save(run, at)
    yield RunEnded(at.step, time.time(), "finished")


def _one_step(run: Training, stage: Stage, at: Progress) -> Generator[Event, None, str]:
    """Make one update and tell of it; returns why it was not made, empty where it was."""
    config, task = run.config, run.task
    begun = time.perf_counter()
    is_measured = at.step % config.gradient_every == 0
    batch = task.batch(at.step, stage)
    terms = task.losses(batch, stage, task.terms if is_measured else active_terms(stage))
    if at.step == stage.start_step:
        at.balance = _begin(config, task, stage, terms)
        yield from _tell_stage(config, task, stage, at.balance)
    weights = at.balance.weights if at.balance else stage.weights
    stepped = take_step(
        run.optimiser,
        terms,
        {term: weights[term] for term in task.terms},
        rate=at.watch.rate_factor * learning_rate(config, at.step, run.schedule.total_steps),
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


def _judge(run: Training, stage: Stage, at: Progress) -> Iterator[Event]:
    """Score the model without gradients, in its evaluation mode, and keep the best."""
    run.task.model.eval()
    with torch.no_grad():
        scores = run.task.evaluate(stage)
    run.task.model.train()
    yield Measured(at.step, time.time(), dict(scores.values))
    for name, arrays in scores.arrays.items():
        yield Recorded(at.step, time.time(), name, arrays)
    if run.watched not in scores.values:
        return
    known = read_key(run.watched)
    value, is_up = scores.values[run.watched], bool(known.spec.higher_is_better)
    before, at.watch = at.watch, see(at.watch, at.step, value, run.config, higher_is_better=is_up)
    if at.watch.rate_factor != before.rate_factor:
        text = f"no better {known.label} in {run.config.plateau_patience} evaluations"
        text = f"The learning rate is multiplied by {run.config.plateau_factor:g}: {text}."
        yield Noted(at.step, time.time(), text)
    if run.checkpoints is not None and at.watch != before and at.watch.is_best:
        save_best(run.checkpoints, _capture(run, at))


def _early(watch: Watch, watched: str) -> str:
    text = f"Stopped early: no better {read_key(watched).label} in {watch.waited} evaluations"
    if watch.best is None:
        return f"{text}; none of them was finite."
    return f"{text}; the best was {watch.best:.4g} at step {watch.best_step:,}."


def _save(run: Training, at: Progress) -> None:
    if run.checkpoints is not None:
        run.before_save()
        point = _capture(run, at)
        save_checkpoint(run.checkpoints, point, keep=run.config.keep_checkpoints)


def _capture(run: Training, at: Progress) -> Checkpoint:
    state: dict[str, Plain] = {"balance": _plain(at.balance), "watch": _plain(at.watch)}
    return capture(at.step, digest(run.config), run.task.model, run.optimiser, state)


def _begin(config: TrainingConfig, task: Task, stage: Stage, terms: Terms) -> BalancerState | None:
    """Solve the weights of a stage, where targets are to be followed and can be."""
    active = active_terms(stage)
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
    active = active_terms(stage)
    if config.balancing == "targets" and len(active) > 1 and balance is None:
        bands = ", ".join(f"{t} {config.targets[t]}" for t in active if t in config.targets)
        text = f"The targets of stage {stage.name} ({bands}) cannot add up to 100 %"
        yield Noted(stage.start_step, time.time(), f"{text}: its weights stay as written.")


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
    """Steps per second since the last measurement, and memory.

    The first step warms up caches and threads: the pace is told, and counted, from the next one.
    """
    steps, spent_s = at.step + 1 - at.paced_from, at.spent_s
    at.paced_from, at.spent_s = at.step + 1, 0.0
    device = next(task.model.parameters()).device
    pace = {"train/steps_per_s": steps / spent_s} if steps > 1 else {}
    return pace | {"train/memory_mb": memory_mb(device)}


def _explain(task: Task, batch: Any, stage: Stage, stepped: Stepped) -> str:
    """Say which term was at fault; a gradient is taken again, term by term."""
    names: tuple[str, ...] = ()
    if stepped.fault.startswith("the gradient"):
        again = task.losses(batch, stage, active_terms(stage))
        names = faulty_gradients(again, trained_parameters(task.model))
    of_terms = f" (that of {', '.join(names)})" if names else ""
    return f"{stepped.fault[:1].upper()}{stepped.fault[1:]}{of_terms}; no update was made with it."


def _resumed(point: Checkpoint) -> Progress:
    state: Any = point.state
    plain = state.get("balance")
    balance = BalancerState(**plain | {"solved": tuple(plain["solved"])}) if plain else None
    return Progress(point.step, balance, Watch(**state.get("watch", {})), paced_from=point.step)


def _plain(state: BalancerState | Watch | None) -> Plain:
    return None if state is None else json.loads(json.dumps(asdict(state)))
