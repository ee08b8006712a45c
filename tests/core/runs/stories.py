"""Runs to write, and waiting for what another process does."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.events import Event, Measured, Noted, RunEnded, RunStarted, StageChanged
from core.runs.writer import RunWriter


def story(steps: int = 20, *, first: int = 0, slope: float = 1.0) -> list[Event]:
    """A run of two stages with two metrics a step."""
    told: list[Event] = [
        RunStarted(first, 100.0, "toy", {"steps": steps}, ("ce", "b"), steps, {"ce": (60.0, 70.0)})
    ]
    for step in range(first, steps):
        if step in {first, steps // 2}:
            told.append(StageChanged(step, 100.0 + step, f"at {step}", steps, {"ce": 1.0}))
        values = {"train/ce/raw": slope * step, "train/b/raw": -slope * step}
        told.append(Measured(step, 100.0 + step, values))
    return [*told, Noted(steps, 200.0, "a remark"), RunEnded(steps, 200.0, "finished")]


def record(folder: Path, events: Sequence[Event]) -> Path:
    with RunWriter(folder, device="cpu") as writer:
        for event in events:
            writer.write(event)
    return folder


def eventually(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Wait until something holds; fails where it never does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
