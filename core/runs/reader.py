"""Reading a run while it is being written, or long after."""

import os
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from core.errors import UnavailableError
from core.events import Event, Recorded, RunStarted
from core.history import History, Series, assemble_history, clean_series
from core.runs.arrays import read_arrays
from core.runs.event_lines import decode_event
from core.runs.files import EVENTS, LOG, MEASUREMENTS
from core.runs.segments import read_piece, segment_paths
from core.runs.status import read_status

__all__ = ["RunReader", "read_arrays", "read_history", "tail_log"]

LINE_BYTES: Final = 400  # a generous line of a log


class RunReader:
    """A run folder as it grows: each `refresh` reads only what is new.

    Of a resumed run, what earlier segments measured at or after the first step of the new one
    gives way to it. May be shared by threads.

    Args:
        folder: Of the run; need not be whole.
        only: Keys of the series to keep; None keeps all.
    """

    def __init__(self, folder: Path, *, only: Collection[str] | None = None) -> None:
        self.folder = folder
        self.only = only
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self.torn = 0
        self._rows = _Rows({}, {}, {})
        self._lines = _Lines()
        self._rare: list[Event] = []
        self._cut: set[int] = set()
        self._points: dict[str, _Points] = {}
        self._series: dict[str, Series] = {}
        self._history = History()

    def refresh(self) -> History:
        """Read what is new and give the whole history; the same object where nothing is.

        `torn` then counts the blocks and lines that broke off and were skipped; what follows the
        last whole one of a run that is being written counts as unfinished, not as torn.

        Raises:
            UnavailableError: A file cannot be read.
        """
        with self._lock:
            try:
                self._read_new()
            except OSError as error:
                raise UnavailableError(
                    f"The run folder {self.folder} cannot be read ({error.strerror or error})."
                ) from error
            return self._history

    def _read_new(self) -> None:
        sizes = {
            number: (path, path.stat().st_size)
            for number, path in segment_paths(self.folder / MEASUREMENTS).items()
        }
        if self._rows.is_replaced(sizes) or self._lines.is_replaced(self.folder / EVENTS):
            self._forget()
        # Rows first: the start of a segment is told before its rows, so it is read with them.
        tables = self._rows.read(sizes)
        told = self._lines.read(self.folder / EVENTS)
        if tables or told:
            self._rare += [event for _, event in told]
            self._add(tables, _first_steps(told))
            self._history = assemble_history(self._series, _still_there(self._rare))
        self.torn = self._count_torn(max(sizes, default=0))

    def _add(self, tables: dict[int, pa.Table], starts: dict[int, int]) -> None:
        for number in sorted({*tables, *starts}):
            points = _by_metric(tables[number], self.only) if number in tables else {}
            if number not in self._cut:
                self._cut.add(number)
                first = _lowest_step(tables[number]) if number in tables else 0
                self._give_way(starts.get(number, first))
            for metric, new in points.items():
                old = self._points.get(metric)
                self._keep(metric, old.followed_by(new) if old else new)

    def _give_way(self, step: int) -> None:
        for metric, points in list(self._points.items()):
            if not len(kept := points.before(step)):
                del self._points[metric], self._series[metric]
            elif kept is not points:
                self._keep(metric, kept)

    def _keep(self, metric: str, points: "_Points") -> None:
        self._points[metric] = points
        self._series[metric] = clean_series(metric, points.step, points.time_s, points.value)

    def _count_torn(self, newest: int) -> int:
        torn = {number for number, size in self._rows.torn_bytes.items() if size}
        unfinished = (newest in torn) + bool(self._lines.tail_bytes)
        if unfinished and read_status(self.folder).is_active:
            return len(torn - {newest}) + self._lines.bad
        return len(torn) + bool(self._lines.tail_bytes) + self._lines.bad


@dataclass
class _Rows:
    """How far the segments were read, in bytes by number."""

    seen: dict[int, int]
    ends: dict[int, int]
    torn_bytes: dict[int, int]

    def is_replaced(self, sizes: dict[int, tuple[Path, int]]) -> bool:
        return any(number not in sizes or sizes[number][1] < end
                   for number, end in self.ends.items())  # fmt: skip

    def read(self, sizes: dict[int, tuple[Path, int]]) -> dict[int, pa.Table]:
        """Read what is new: tables with at least one row, by the number of their segment."""
        tables = {}
        for number, (path, size) in sizes.items():
            if size == self.seen.get(number):
                continue
            piece = read_piece(path, self.ends.get(number, 0))
            self.ends[number], self.torn_bytes[number] = piece.end, piece.torn_bytes
            self.seen[number] = piece.end + piece.torn_bytes
            if piece.rows.num_rows:
                tables[number] = piece.rows
        return tables


@dataclass
class _Lines:
    """How far the rare events were read, in bytes; and how many lines could not be."""

    end: int = 0
    tail_bytes: int = 0
    bad: int = 0

    def is_replaced(self, path: Path) -> bool:
        return self.end > 0 and _size(path) < self.end

    def read(self, path: Path) -> list[tuple[int, Event]]:
        """Read the events of whole new lines, each with the number of its segment."""
        if _size(path) == self.end + self.tail_bytes:
            return []
        with path.open("rb") as file:
            file.seek(self.end)
            whole, newline, tail = file.read().rpartition(b"\n")
        self.end += len(whole) + len(newline)
        self.tail_bytes = len(tail)
        told = []
        for line in whole.splitlines():
            try:
                told.append(decode_event(line))
            except ValueError:
                self.bad += bool(line.strip())
        return told


@dataclass(frozen=True, eq=False)
class _Points:
    """Measurements of one metric, in the order in which they were told."""

    step: Int[np.ndarray, " points"]
    time_s: Float[np.ndarray, " points"]
    value: Float[np.ndarray, " points"]

    def __len__(self) -> int:
        return len(self.step)

    def followed_by(self, other: "_Points") -> "_Points":
        return _Points(
            np.concatenate([self.step, other.step]),
            np.concatenate([self.time_s, other.time_s]),
            np.concatenate([self.value, other.value]),
        )

    def before(self, step: int) -> "_Points":
        kept = self.step < step
        return self if kept.all() else _Points(self.step[kept], self.time_s[kept], self.value[kept])


def _by_metric(table: pa.Table, only: Collection[str] | None) -> dict[str, _Points]:
    """Sort rows by metric, all or only some; within a metric they stay in order."""
    metric = pc.call_function("dictionary_encode", [table["metric"].combine_chunks()])
    names: list[str] = metric.dictionary.to_pylist()
    codes = np.from_dlpack(metric.indices)
    # Not to_numpy, which brings pandas.
    columns = [np.from_dlpack(table[name].combine_chunks()) for name in ("step", "time", "value")]
    wanted = [only is None or name in only for name in names]
    if len(names) == 1:
        return {names[0]: _Points(*columns)} if all(wanted) else {}
    if not all(wanted):
        rows = np.asarray(wanted)[codes.astype(np.intp)]
        codes, columns = codes[rows], [column[rows] for column in columns]
    # Sixteen bits are sorted by radix, in linear time.
    small = codes.astype(np.int16 if len(names) < 1 << 15 else np.int32)
    order = np.argsort(small, kind="stable")
    borders = np.cumsum(np.bincount(codes, minlength=len(names)))[:-1]
    parts = [np.split(column[order], borders) for column in columns]
    found = zip(names, *parts, strict=True)
    return {name: _Points(*own) for name, *own in found if len(own[0])}


def _lowest_step(table: pa.Table) -> int:
    return int(np.from_dlpack(table["step"].combine_chunks()).min())


def _first_steps(told: list[tuple[int, Event]]) -> dict[int, int]:
    starts: dict[int, int] = {}
    for number, event in told:
        if isinstance(event, RunStarted):
            starts.setdefault(number, event.step)
    return starts


def _still_there(rare: list[Event]) -> list[Event]:
    """Leave out arrays that a resumed segment has not recorded again."""
    kept: list[Event] = []
    for event in rare:
        if isinstance(event, RunStarted):
            kept = [e for e in kept if not (isinstance(e, Recorded) and e.step >= event.step)]
        kept.append(event)
    return kept


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def read_history(folder: Path) -> History:
    """Read a run once; to follow it keep a `RunReader`.

    Raises:
        UnavailableError: A file cannot be read.
    """
    return RunReader(folder).refresh()


def tail_log(folder: Path, lines: int = 20) -> str:
    """Read the last lines that the process of a run printed; empty where there is no log."""
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - lines * LINE_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
