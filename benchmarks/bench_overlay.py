"""Runs laid over one another: from their folders to the figure, and what is held in memory."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.measure import Row, best_of, own_home
from core.events import Measured, RunEnded, RunStarted
from core.figures.draw_curves import draw_curves
from core.figures.overlay import OverlayRun, summarise_overlay
from core.figures.overlay_lines import CLOCK, OverlayAxes
from core.figures.theme import PALETTES
from core.runs.files import MEASUREMENTS
from core.runs.folder import new_run
from core.runs.segments import encode_rows
from core.runs.series_store import SeriesStore
from core.runs.writer import RunWriter

LONG, MANY, MANY_POINTS, MOST_RUNS = 1_000_000, 20, 100_000, 50
BLOCK = 10_000  # rows a block of the file, as a run of many metrics writes
BOUND_S = 0.3
POINT_BYTES = 24  # step, time and value
HALF_LIVES = count(1_000)  # another one each time: what is not changed is not made anew


def rows() -> list[Row]:
    """Measure in a state folder of its own."""
    with own_home():
        return [*_one_long(), *_many(), _most()]


def _run(points: int, seed: int) -> Path:
    """Write a run with one series; in blocks, as a step at a time would take a minute."""
    run = new_run("benchmark", {"seed": seed})
    with RunWriter(run) as writer:
        writer.write(RunStarted(0, 0.0, "benchmark", terms=("ce",)))
        writer.write(Measured(0, 0.0, {CLOCK: 1.0}))
        writer.write(RunEnded(points, 0.0, "finished"))
    generator = np.random.default_rng(seed)
    (segment,) = (run / MEASUREMENTS).iterdir()
    with segment.open("ab") as file:
        for start in range(1, points, BLOCK):
            step = np.arange(start, min(start + BLOCK, points))
            value = 5 + generator.normal(size=len(step))
            file.write(encode_rows(step, step * 0.01, [CLOCK] * len(step), value))
    return run


def _figure(store: SeriesStore, folders: Sequence[Path], axes: OverlayAxes) -> str:
    runs = [OverlayRun(folder.name, lambda f=folder: store.read(f, {CLOCK})) for folder in folders]
    record = summarise_overlay(runs, [CLOCK], axes)
    assert record.figure.shown < record.figure.total
    return str(draw_curves(record.figure, PALETTES["light"], height=400).to_json())


def _smoothed() -> OverlayAxes:
    return OverlayAxes(half_life=float(next(HALF_LIVES)))


def _one_long() -> list[Row]:
    folder, kept = _run(LONG, 0), SeriesStore()
    raw = OverlayAxes()
    cold = best_of(lambda: _figure(SeriesStore(), [folder], raw), repeat=5)
    _figure(kept, [folder], raw)
    again = best_of(lambda: _figure(kept, [folder], _smoothed()), repeat=5)
    name = f"Series of {LONG:,} points"
    return [
        Row(f"{name}, run folder to figure as JSON", f"{cold:.3f} s", f"at most {BOUND_S} s",
            cold <= BOUND_S),
        Row(f"{name}, smoothed anew, to figure as JSON", f"{again:.3f} s",
            f"at most {BOUND_S} s", again <= BOUND_S),
    ]  # fmt: skip


def _many() -> list[Row]:
    folders, kept = [_run(MANY_POINTS, seed) for seed in range(MANY)], SeriesStore()
    cold = best_of(lambda: _figure(SeriesStore(), folders, OverlayAxes()), repeat=3)
    _figure(kept, folders, OverlayAxes())
    again = best_of(lambda: _figure(kept, folders, _smoothed()), repeat=3)
    kilobytes = len(_figure(kept, folders, OverlayAxes())) / 1e3
    name = f"{MANY} runs x {MANY_POINTS:,} points"
    return [
        Row(f"{name}, run folders to figure as JSON", f"{cold:.3f} s; {kilobytes:,.0f} kB",
            "at most 1 s, 1,000 kB", cold <= 1 and kilobytes <= 1_000),
        Row(f"{name}, smoothed anew, to figure as JSON", f"{again:.3f} s", "at most 1 s",
            again <= 1),
    ]  # fmt: skip


def _most() -> Row:
    """Look at one folder by fifty names: read, kept and drawn fifty times, written once."""
    folder = _run(LONG, 0)
    links = [folder.with_name(f"{folder.name}-{number}") for number in range(MOST_RUNS)]
    for link in links:
        link.symlink_to(folder, target_is_directory=True)
    store = SeriesStore()
    first = best_of(lambda: _figure(store, links, OverlayAxes()), repeat=1)
    again = best_of(lambda: _figure(store, links, OverlayAxes()), repeat=3)
    smooth = best_of(lambda: _figure(store, links, _smoothed()), repeat=1)
    wanted = MOST_RUNS * LONG * POINT_BYTES
    return Row(
        f"{MOST_RUNS} runs x {LONG:,} points",
        f"{store.size_bytes / 1e9:.2f} GB kept; first figure {first:.1f} s, again {again:.2f} s, "
        f"smoothed anew {smooth:.1f} s",
        f"each point once, {wanted / 1e9:.2f} GB; again at most 1 s",
        store.size_bytes <= wanted and again <= 1,
    )
