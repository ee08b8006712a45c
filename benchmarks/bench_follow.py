"""The lag of a followed run: from an event that TensorBoard's writer writes to a point of ours."""

import statistics
import tempfile
import time
from pathlib import Path

from tensorboard.summary.writer.event_file_writer import EventFileWriter

from benchmarks.measure import Row, own_home
from benchmarks.tensorboard_runs import TAG, scalar_event
from core.follow.running import LOOK_S, begin_following
from core.runs.launching import launch, request_stop
from core.runs.reader import RunReader

STEPS, PACE_S = 300, 0.02
BEYOND_S, START_LIMIT_S = 0.3, 60.0


def rows() -> list[Row]:
    """Measure in a state folder of its own, with a process of its own that follows."""
    with own_home(), tempfile.TemporaryDirectory() as name:
        writer = EventFileWriter(name)
        writer.add_event(scalar_event(0, 0.0, time.time()))
        writer.flush()
        folder = begin_following(Path(name))
        launch(folder)
        try:
            ages = _ages_s(writer, RunReader(folder))
        finally:
            request_stop(folder)
            writer.close()
            _wait_for_end(RunReader(folder))
    median, worst = statistics.median(ages), max(ages)
    return [
        Row(
            "Follow lag, an event file written at 50 steps/s to seen by a reader of our run",
            f"{median:.2f} s median, {worst:.2f} s worst",
            f"median at most the interval of {LOOK_S:g} s and {BEYOND_S:g} s",
            median <= LOOK_S + BEYOND_S,
        )
    ]


def _ages_s(writer: EventFileWriter, reader: RunReader) -> list[float]:
    """Give the age of the oldest point that each refresh brings, once the run has begun."""
    deadline = time.monotonic() + START_LIMIT_S
    while not (seen := _seen(reader)[0]) and time.monotonic() < deadline:
        time.sleep(PACE_S)
    ages = []
    for step in range(1, STEPS + 1):
        writer.add_event(scalar_event(step, float(step), time.time()))
        writer.flush()
        time.sleep(PACE_S)
        count, times_s = _seen(reader)
        if count > seen:
            ages.append(time.time() - times_s[seen])
            seen = count
    return ages


def _seen(reader: RunReader):
    series = reader.refresh().series.get(TAG)
    return (0, ()) if series is None else (len(series), series.time_s)


def _wait_for_end(reader: RunReader) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while reader.refresh().ended is None and time.monotonic() < deadline:
        time.sleep(0.1)
