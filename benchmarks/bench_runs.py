"""Run folders: rates with many writers and readers, a long series, and the lag of a live run."""

import os
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks.measure import Row, best_of, own_home
from core.events import Measured, RunEnded, RunStarted
from core.figures.draw_curves import draw_curves
from core.figures.run import summarise_run
from core.figures.run_series import RunAxes
from core.figures.theme import PALETTES
from core.history import History
from core.runs.folder import new_run
from core.runs.reader import RunReader, read_history
from core.runs.writer import RunWriter

WRITERS, READERS, SECONDS = 8, 4, 5.0
# What a training of 60 steps a second with 25 metrics writes.
TRAINING_ROWS_PER_S = 1_500
POINTS = 1_000_000
METRIC = "train/ce/weighted"
READ_BOUND_S, DRAW_BOUND_S, LAG_BOUND_S = 0.3, 0.5, 0.5


def rows() -> list[Row]:
    """Measure in a state folder of its own."""
    with own_home():
        return [*_traffic(), *_long_series(), _lag()]


def _start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.run_traffic", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _numbers(process: subprocess.Popen[str]) -> tuple[int, float]:
    count, seconds = process.communicate()[0].split()
    return int(count), float(seconds)


def _traffic() -> list[Row]:
    """Let all write as fast as they can, each run followed by one reader while it grows."""
    runs = [new_run("benchmark", {}) for _ in range(WRITERS)]
    writers = [_start("write", run, SECONDS) for run in runs]
    readers = [_start("follow", *runs[index::READERS]) for index in range(READERS)]
    written = [_numbers(process) for process in writers]
    read = [_numbers(process) for process in readers]
    slowest = min(count / seconds for count, seconds in written)
    total = sum(count for count, _ in written)
    is_whole = total == sum(count for count, _ in read)
    write_rate = sum(count / seconds for count, seconds in written)
    follows = 10 * TRAINING_ROWS_PER_S * WRITERS // READERS
    read_rate = total / sum(seconds for _, seconds in read)
    name = f"{WRITERS} writers and {READERS} readers on {os.cpu_count()} cores"
    return [
        Row(
            f"{name}, writing",
            f"{write_rate:,.0f} rows/s in all, {slowest:,.0f} the slowest",
            f"each at least 10 x what training writes, {10 * TRAINING_ROWS_PER_S:,} rows/s",
            slowest >= 10 * TRAINING_ROWS_PER_S,
        ),
        Row(
            f"{name}, reading",
            f"{read_rate:,.0f} rows/s a reader, {total:,} rows, "
            f"{'none' if is_whole else 'some'} lost",
            f"every row, at least 10 x what its trainings write, {follows:,} rows/s",
            is_whole and read_rate >= follows,
        ),
    ]


def _long_series() -> list[Row]:
    """Compare reading a folder of one long series with numpy's own file of the same columns."""
    run = new_run("benchmark", {})
    start_s = time.perf_counter()
    with RunWriter(run) as writer:
        writer.write(RunStarted(0, 0.0, "benchmark", terms=("ce",)))
        for step in range(POINTS):
            writer.write(Measured(step, step * 0.01, {METRIC: step * 0.37 % 11.0}))
        writer.write(RunEnded(POINTS, 0.0, "finished"))
    write_s = time.perf_counter() - start_s
    series = read_history(run).series[METRIC]
    columns = run / "columns.npz"
    np.savez(columns, step=series.step, time_s=series.time_s, value=series.value)

    def load() -> None:
        with np.load(columns) as archive:
            for name in archive.files:
                archive[name].sum()

    mine, theirs = best_of(lambda: read_history(run), repeat=5), best_of(load, repeat=5)
    reader = RunReader(run)
    reader.refresh()
    idle = best_of(reader.refresh, repeat=100)
    history = reader.refresh()
    drawn = best_of(lambda: _draw(history), repeat=5)
    name = f"Series of {POINTS:,} points"
    return [
        Row(
            f"{name}, run folder to history",
            f"{mine:.3f} s, {mine / theirs:.1f} x np.load; written in {write_s:.1f} s",
            f"at most {READ_BOUND_S} s",
            len(series) == POINTS and mine <= READ_BOUND_S,
        ),
        Row(
            f"{name}, history to figure as JSON, smoothed and with shares",
            f"{drawn:.3f} s, {drawn / mine:.1f} x reading it; {len(_draw(history)) / 1e3:,.0f} kB",
            f"at most {DRAW_BOUND_S} s",
            drawn <= DRAW_BOUND_S,
        ),
        Row(
            f"{name}, refresh where nothing is new",
            f"{idle * 1e6:.0f} µs",
            "at most a hundredth of reading it",
            idle <= mine / 100,
        ),
    ]


def _draw(history: History) -> str:
    return str(
        draw_curves(summarise_run(history, (), RunAxes()), PALETTES["light"], height=470).to_json()
    )


def _lag() -> Row:
    """Take the age of the oldest measurement that each refresh brings, at 60 steps a second."""
    run = new_run("benchmark", {})
    writer = _start("write", run, SECONDS, 60.0)
    reader, seen, ages = RunReader(run), 0, []
    while (history := reader.refresh()).ended is None:
        series = next(iter(history.series.values()), None)
        if series is not None and len(series) > seen:
            ages.append(time.time() - series.time_s[seen])
            seen = len(series)
        time.sleep(0.01)
    writer.communicate()
    median, worst = statistics.median(ages), max(ages)
    return Row(
        "Live lag, written at 60 steps/s to seen by a reader that looks every 10 ms",
        f"{median:.2f} s median, {worst:.2f} s worst",
        f"median at most {LAG_BOUND_S} s",
        bool(median <= LAG_BOUND_S),
    )
