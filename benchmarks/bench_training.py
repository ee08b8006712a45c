"""What it costs to watch: training that records everything against the same loop without."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.measure import Row, one_thread, own_home
from core.events import Event, Measured
from core.problems.experiment import Experiment
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.runs.folder import new_run
from core.runs.writer import RunWriter
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule
from core.training.loop import train
from core.training.optimiser import apply_gradients, gradient_norm, learning_rate, make_optimiser
from core.training.step import mean_values

BLOCK, BLOCKS = 50, 12
BUDGET = {"steps": BLOCK * (BLOCKS + 2), "eval_every": 10_000_000, "gradient_every": BLOCK}
PEPTIDES = PeptideConfig(**BUDGET)
POCKETS = PocketConfig(**BUDGET, ligands=1_000)
CPU = torch.device("cpu")


def rows() -> list[Row]:
    """Compare blocks of 50 steps, in turns.

    Of peptides in the first stage one term is active, later three; of pockets one is.
    """
    whole = PEPTIDE.schedule(PEPTIDES)
    one, three = (Schedule(whole.terms, (replace(stage, start_step=0, end_step=PEPTIDES.steps),))
                  for stage in (whole.stages[0], whole.stages[-1]))  # fmt: skip
    with one_thread(), own_home():
        return [
            _row("peptides, one active term", PEPTIDE, PEPTIDES, one),
            _row("peptides, three active terms", PEPTIDE, PEPTIDES, three),
            _row("pockets, one active term", POCKET, POCKETS, POCKET.schedule(POCKETS)),
        ]


def _row(name: str, experiment: Experiment, config: TrainingConfig, schedule: Schedule) -> Row:
    with tempfile.TemporaryDirectory() as place:
        folder = new_run(experiment.name, {}, folder=Path(place) / "run")
        with RunWriter(folder) as writer:
            watched = _watched(experiment, config, schedule, writer)
            bare = _bare(experiment, config, schedule)
            pairs = [(_seconds(watched), _seconds(bare)) for _ in range(BLOCKS + 1)][1:]
            watched.close()
    # A block in which somebody else used the machine is no longer than the median says.
    own, other = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    excess = statistics.median(a / b for a, b in pairs) - 1
    measured = (
        f"{1e3 * own / BLOCK:.2f} ms a step against {1e3 * other / BLOCK:.2f} ms, "
        f"{100 * excess:+.1f} %"
    )
    title = f"Measurement overhead, {name}, batch {config.batch_size}, one thread"
    return Row(title, measured, "less than 5 %", excess < 0.05)


def _seconds(steps: Iterator[None]) -> float:
    start = time.perf_counter()
    for _ in itertools.islice(steps, BLOCK):
        pass
    return time.perf_counter() - start


def _watched(
    experiment: Experiment, config: TrainingConfig, schedule: Schedule, writer: RunWriter
) -> Iterator[None]:
    events: Iterator[Event] = train(config, experiment.build(config, CPU), schedule)
    for event in events:
        writer.write(event)
        if isinstance(event, Measured) and "train/total_loss" in event.values:
            yield


def _bare(experiment: Experiment, config: TrainingConfig, schedule: Schedule) -> Iterator[None]:
    """The same updates, and nothing told."""
    task = experiment.build(config, CPU)
    optimiser = make_optimiser(task.model, config)
    parameters = optimiser.param_groups[0]["params"]
    stage = schedule.stages[0]
    active = [term for term, weight in stage.weights.items() if weight > 0]
    task.model.train()
    for step in itertools.count():
        means = mean_values(task.losses(task.batch(step, stage), stage, active))
        optimiser.zero_grad(set_to_none=True)
        torch.stack([stage.weights[name] * value for name, value in means.items()]).sum().backward()
        norm = gradient_norm(parameters)
        if not bool(norm.isfinite()):
            return
        rate = learning_rate(config, step, config.steps)
        apply_gradients(optimiser, parameters, rate=rate, norm=norm, clip_norm=config.clip_norm)
        yield
