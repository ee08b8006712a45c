"""Chosen series of many runs: read once, then only what is new; memory has a bound."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.history import History
from core.runs.reader import RunReader

# 50 runs of 1,000,000 points of one metric are 1.2 GB; three columns of 8 bytes a point.
MOST_BYTES: Final = 2_000_000_000
HELD_S: Final = 60.0


@dataclass
class _Kept:
    reader: RunReader
    size_bytes: int = 0
    used_s: float = 0.0


class SeriesStore:
    """Series by run and metrics; nothing but the metrics that are asked for is kept.

    What was not asked for in the last minute goes first where there is no room. What finds no room
    even so is given, but not kept: it is read again when it is asked for again. May be shared by
    threads.

    Args:
        most_bytes: Bound of what is kept between calls.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: dict[tuple[Path, frozenset[str]], _Kept] = {}
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of all series that are kept."""
        return sum(kept.size_bytes for kept in self._kept.values())

    def read(self, folder: Path, metrics: Collection[str]) -> History:
        """Give some series of a run as it is now, with all its rare events.

        Args:
            folder: Of the run.
            metrics: Keys of the series; one that the run does not measure is not in the history.

        Raises:
            UnavailableError: A file cannot be read.
        """
        key = folder, frozenset(metrics)
        with self._lock:
            kept = self._kept.get(key) or _Kept(RunReader(folder, only=key[1]))
        history = kept.reader.refresh()
        kept.size_bytes = sum(
            column.nbytes
            for series in history.series.values()
            for column in (series.step, series.time_s, series.value)
        )
        with self._lock:
            self._keep(key, kept)
        return history

    def _keep(self, key: tuple[Path, frozenset[str]], kept: _Kept) -> None:
        """Keep what was read, the newest last, as far as there is room."""
        now_s = time.monotonic()
        self._kept.pop(key, None)
        room = self.most_bytes - kept.size_bytes - self.size_bytes
        for old in list(self._kept):
            if room >= 0 or now_s - self._kept[old].used_s < HELD_S:
                break
            room += self._kept.pop(old).size_bytes
        if room >= 0:
            kept.used_s = now_s
            self._kept[key] = kept
