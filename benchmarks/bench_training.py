"""What it costs to watch: training that records everything against the same loop without."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.measure import Row, one_thread
from core.events import Event, Measured
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.runs.folder import new_run
from core.runs.writer import RunWriter
from core.training.curriculum import Schedule
from core.training.loop import train
from core.training.optimiser import apply_gradients, gradient_norm, learning_rate, make_optimiser
from core.training.step import mean_values

BLOCK, BLOCKS = 50, 12
CONFIG = PeptideConfig(steps=BLOCK * (BLOCKS + 2), eval_every=10_000_000, gradient_every=BLOCK)
CPU = torch.device("cpu")


def rows() -> list[Row]:
    """Compare blocks of 50 steps, in turns: in the first stage one term is active, later three."""
    whole = PEPTIDE.schedule(CONFIG)
    one, three = (Schedule(whole.terms, (replace(stage, start_step=0, end_step=CONFIG.steps),))
                  for stage in (whole.stages[0], whole.stages[-1]))  # fmt: skip
    with one_thread():
        return [_row("one active term", one), _row("three active terms", three)]


def _row(name: str, schedule: Schedule) -> Row:
    with tempfile.TemporaryDirectory() as place:
        folder = new_run("peptide", {}, folder=Path(place) / "run")
        with RunWriter(folder) as writer:
            watched, bare = _watched(schedule, writer), _bare(schedule)
            pairs = [(_seconds(watched), _seconds(bare)) for _ in range(BLOCKS + 1)][1:]
            watched.close()
    # A block in which somebody else used the machine is no longer than the median says.
    own, other = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    excess = statistics.median(a / b for a, b in pairs) - 1
    measured = (
        f"{1e3 * own / BLOCK:.2f} ms a step against {1e3 * other / BLOCK:.2f} ms, "
        f"{100 * excess:+.1f} %"
    )
    title = f"Measurement overhead, peptides, batch {CONFIG.batch_size}, {name}, one thread"
    return Row(title, measured, "less than 5 %", excess < 0.05)


def _seconds(steps: Iterator[None]) -> float:
    start = time.perf_counter()
    for _ in itertools.islice(steps, BLOCK):
        pass
    return time.perf_counter() - start


def _watched(schedule: Schedule, writer: RunWriter) -> Iterator[None]:
    events: Iterator[Event] = train(CONFIG, PEPTIDE.build(CONFIG, CPU), schedule)
    for event in events:
        writer.write(event)
        if isinstance(event, Measured) and "train/total_loss" in event.values:
            yield


def _bare(schedule: Schedule) -> Iterator[None]:
    """The same updates, and nothing told."""
    task = PEPTIDE.build(CONFIG, CPU)
    optimiser = make_optimiser(task.model, CONFIG)
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
        rate = learning_rate(CONFIG, step, CONFIG.steps)
        apply_gradients(optimiser, parameters, rate=rate, norm=norm, clip_norm=CONFIG.clip_norm)
        yield
