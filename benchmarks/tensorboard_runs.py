"""The same runs for TensorBoard and for us, and a TensorBoard to look at them; synthetic curves."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from core.importing import import_run

GROUP, TAG = "against TensorBoard", "train/total_loss"
BEGUN_S, STEP_S = 1_700_000_000.0, 0.01
START_LIMIT_S, LOAD_LIMIT_S = 60, 600
PYTHON_SERVER = ("--load_fast=false",)  # else a server in Rust loads, where it is installed


def values(number: int, points: int) -> np.ndarray:
    """Give the curve of a run: a falling loss with noise, in the precision of event files."""
    generator = np.random.default_rng(number)
    fall = 5.0 * np.exp(-np.arange(points) / (30_000 + 500 * number))
    return (fall + 0.1 * generator.normal(size=points)).astype(np.float32)


def make_runs(logs: Path, runs: int, points: int) -> list[Path]:
    """Write event files with TensorBoard's own writer, and import them.

    Returns:
        Our run folders, in the state folder that is set.
    """
    with ProcessPoolExecutor(max_workers=2) as workers:
        return list(workers.map(_make_run, repeat(logs), range(runs), repeat(points)))


def _make_run(logs: Path, number: int, points: int) -> Path:
    folder = logs / f"run_{number:02d}"
    writer = EventFileWriter(str(folder))
    for step, value in enumerate(values(number, points).tolist()):
        writer.add_event(scalar_event(step, value, BEGUN_S + step * STEP_S))
    writer.close()
    return import_run(folder, name=folder.name, group=GROUP)


def scalar_event(step: int, value: float, time_s: float) -> Event:
    """Make what TensorBoard's writer writes of one value."""
    summary = Summary(value=[Summary.Value(tag=TAG, simple_value=value)])
    return Event(wall_time=time_s, step=step, summary=summary)


@contextmanager
def running_tensorboard(logs: Path, *options: str) -> Iterator[str]:
    """Run a TensorBoard of its own on the loopback address and give that address."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", *options], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        found = map(partial(re.search, r"http://[\w.]+:\d+"), process.stderr)
        yield next(match.group() for match in found if match and "TensorBoard" in match.string)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for_runs(address: str, runs: int, last_step: int) -> None:
    """Wait until TensorBoard has so many runs and has read each to its last step.

    Raises:
        TimeoutError: It has not within ten minutes.
    """
    deadline = time.monotonic() + LOAD_LIMIT_S
    while time.monotonic() < deadline:
        names = served_runs(address)
        if len(names) >= runs and all(_last_step(address, name) >= last_step for name in names):
            return
        time.sleep(0.2)  # its Python server loads more slowly while it answers
    raise TimeoutError(f"TensorBoard did not load {runs} runs within {LOAD_LIMIT_S} s")


def served_runs(address: str) -> list[str]:
    """Name the runs that TensorBoard has begun to read."""
    return list(_ask(f"{address}/data/plugin/timeseries/tags")["scalars"]["runTagInfo"])


def served_points(address: str, run: str) -> list[tuple[float, int, float]]:
    """Give wall time, step and value of what TensorBoard sends to its page of a run."""
    query = urlencode({"run": run, "tag": TAG})
    return _ask(f"{address}/data/plugin/scalars/scalars?{query}")


def _last_step(address: str, run: str) -> int:
    return max((step for _, step, _ in served_points(address, run)), default=-1)


def _ask(address: str):
    with urllib.request.urlopen(address, timeout=START_LIMIT_S) as answer:
        return json.load(answer)
