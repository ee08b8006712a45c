"""How a benchmark measures: best wall clock of several runs, and peak memory of tensors."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.home import HOME_VARIABLE
from core.losses.peaks import Peaks


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


@dataclass(frozen=True)
class Cost:
    """What a call takes: seconds of wall clock, and bytes of tensors held at one time."""

    seconds: float
    bytes: int


def cost(call: Callable[[], object], *, repeat: int = 3) -> Cost:
    """Return the best wall clock of several runs, the first of which warms up, and peak memory."""
    return Cost(best_of(call, repeat=repeat), peak_bytes(call))


def best_of(call: Callable[[], object], *, repeat: int = 3) -> float:
    """Return the shortest wall-clock time of several runs in seconds."""
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
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # the profiler talks on stderr otherwise
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        call()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    changes = [
        (event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]"
    ]
    held = peak = 0
    for _, change in sorted(changes, key=lambda change: change[0]):
        held += change
        peak = max(peak, held)
    return peak


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread, so that a ratio does not depend on who else is working."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def random_peaks(
    generator: torch.Generator, batch: int, peaks: int, dtype: torch.dtype, *, tracked: bool = False
) -> Peaks:
    """Return peaks spread over 50 to 1950 m/z without padding."""
    mz, intensity = torch.rand(2, batch, peaks, generator=generator, dtype=torch.float64)
    return Peaks(
        (50.0 + 1900.0 * mz).to(dtype).requires_grad_(tracked),
        intensity.to(dtype).requires_grad_(tracked),
        torch.ones(batch, peaks, dtype=torch.bool),
    )


def against(name: str, mine: Cost, other: Cost, *, faster: float, smaller: float) -> list[Row]:
    """Return a row for the time and one for the memory of two ways to the same result.

    Args:
        name: What is computed, and at which size.
        mine: Cost of the form under test.
        other: Cost of the form it is compared with, in the same process.
        faster: How many times faster it must be.
        smaller: How many times less memory it must hold.
    """
    speed, room = other.seconds / mine.seconds, other.bytes / mine.bytes
    return [
        Row(
            f"{name}, time",
            f"{mine.seconds * 1e3:.3g} ms against {other.seconds * 1e3:.4g} ms, {speed:,.3g} x",
            f"at least {faster:g} x faster",
            speed >= faster,
        ),
        Row(
            f"{name}, memory",
            f"{mine.bytes / 1e6:.3g} MB against {other.bytes / 1e6:.4g} MB, {room:,.3g} x",
            f"at least {smaller:g} x less",
            room >= smaller,
        ),
    ]


@contextmanager
def own_home() -> Iterator[None]:
    """Give what is measured a state folder of its own."""
    before = os.environ.get(HOME_VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        try:
            yield
        finally:
            os.environ.pop(HOME_VARIABLE)
            if before is not None:
                os.environ[HOME_VARIABLE] = before
