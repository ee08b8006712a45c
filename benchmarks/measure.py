"""How a benchmark measures: best wall clock of several runs, and peak memory of tensors."""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Row:
    """One measured property of the project.

    Args:
        name: What was measured, with its size.
        measured: The result, as text with units.
        bound: What it is held against.
        holds: Whether it is met.
    """

    name: str
    measured: str
    bound: str
    holds: bool


def best_of(call: Callable[[], object], *, repeat: int = 3) -> float:
    """Return the shortest wall-clock time of several runs in seconds, after one to warm up."""
    call()
    return min(_timed(call) for _ in range(repeat))


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_bytes(call: Callable[[], object]) -> int:
    """Return the most bytes of tensors that a call held at one time, beyond what it found.

    Every allocation and release of torch's allocator is recorded and summed up; what the process
    held before, and what other libraries allocate, does not count.
    """
    call()
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        call()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    steps = [
        (event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]"
    ]
    held = peak = 0
    for _, change in sorted(steps, key=lambda step: step[0]):
        held += change
        peak = max(peak, held)
    return peak
