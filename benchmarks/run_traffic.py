"""A process that writes a run, or one that follows runs, for `bench_runs`; imports no torch."""

import sys
import time
from pathlib import Path

from core.events import Measured, RunEnded, RunStarted
from core.runs.reader import RunReader
from core.runs.status import read_status
from core.runs.writer import RunWriter

METRICS = tuple(f"train/term_{index}/raw" for index in range(25))


def write(folder: Path, seconds: float, steps_per_s: float = 0.0) -> None:
    """Write steps of 25 metrics, as fast as possible or at a pace, and print the rows and seconds.

    The last step is told in the end event, so that who follows knows that nothing was lost.
    """
    start_s, step = time.monotonic(), 0
    with RunWriter(folder) as writer:
        writer.write(RunStarted(0, time.time(), "benchmark"))
        while (passed_s := time.monotonic() - start_s) < seconds:
            values = dict.fromkeys(METRICS, step * 0.37 % 11.0)
            writer.write(Measured(step, time.time(), values))
            step += 1
            if steps_per_s:
                time.sleep(max(0.0, step / steps_per_s - passed_s))
        writer.write(RunEnded(step, time.time(), "finished"))
    print(step * len(METRICS), time.monotonic() - start_s)


def follow(folders: list[Path]) -> None:
    """Follow runs until all have ended, twice a second; print rows, and seconds spent on reading.

    Nothing but whole runs counts: steps without a gap, as many as the end event says.
    """
    readers = [RunReader(folder) for folder in folders]
    rows, spent_s, is_over, histories = 0, 0.0, False, []
    while not is_over:
        is_over = all(read_status(folder).state == "finished" for folder in folders)
        start_s = time.perf_counter()
        histories = [reader.refresh() for reader in readers]
        spent_s += time.perf_counter() - start_s
        time.sleep(0.5)
    for history in histories:
        assert history.ended is not None
        for series in history.series.values():
            assert len(series) == history.ended.step == series.step[-1] + 1
            rows += len(series)
    print(rows, spent_s)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), *map(float, sys.argv[3:]))
    else:
        follow([Path(name) for name in sys.argv[2:]])
