"""Writing a run: events in, a run folder out."""

import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from core.errors import CoreError, UnavailableError
from core.events import Event, Measured, Noted, Outcome, Recorded, RunEnded, RunStarted
from core.runs.arrays import RECORD_BYTES, RUN_BYTES, arrays_bytes, encode_arrays, save_arrays
from core.runs.event_lines import encode_event
from core.runs.files import EVENTS, MEASUREMENTS, STOP, cannot_write
from core.runs.locks import WRITER_LOCK, only_one
from core.runs.processes import this_process
from core.runs.segments import HEAD, Appender, encode_rows, segment_paths
from core.runs.status import Status, read_written_status, write_status

FLUSH_S: Final = 0.25
FLUSH_ROWS: Final = 4_096
HEARTBEAT_S: Final = 0.5
SPEED: Final = "train/steps_per_s"


class RunWriter:
    """The one writer of a run folder, as a context manager; entering begins a new segment.

    Measurements are collected for at most 0.25 s or 4,096 rows; any other event is written at
    once, with what was measured before it. What is written survives the end of the process,
    however it ends. Leaving with an exception makes the state "failed" and lets it pass.

    Args:
        folder: Made by `new_run`.
        device: On which the run computes, for the status.
    """

    def __init__(self, folder: Path, *, device: str = "") -> None:
        self.folder = folder
        self._device = device
        self._ended = False
        self._flushed_s = self._beaten_s = 0.0
        self._newest_step = 0
        self._speed: float | None = None
        self._step: list[int] = []
        self._time_s: list[float] = []
        self._metric: list[str] = []
        self._value: list[float] = []

    def __enter__(self) -> "RunWriter":
        """Take the folder.

        Raises:
            UnavailableError: Another writer has it, or it cannot be written.
            InputError: The folder is broken.
        """
        with ExitStack() as held:
            held.enter_context(only_one(self.folder, WRITER_LOCK))
            self._status = self._first_status()
            self._newest_step = self._status.step
            self._beat()
            try:
                self._open(held)
            except OSError as error:
                refused = cannot_write(self.folder, error)
                with suppress(UnavailableError):
                    self._beat(state="failed", message=str(refused))
                raise refused from error
            self._held = held.pop_all()
        return self

    def _first_status(self) -> Status:
        before = read_written_status(self.folder)
        mark = this_process()
        return Status(
            "running", step=before.step, total_steps=before.total_steps, device=self._device,
            pid=mark.pid, host=mark.host, process_start_s=mark.start_s,
        )  # fmt: skip

    def _open(self, held: ExitStack) -> None:
        place = self.folder / MEASUREMENTS
        place.mkdir(exist_ok=True)
        self.segment = max(segment_paths(place), default=-1) + 1
        self._rows = Appender(place / f"{self.segment:03d}.arrows")
        held.callback(self._close_rows)
        self._lines = Appender(self.folder / EVENTS)
        held.callback(self._lines.close)
        self._rows.append(HEAD)
        if not self._lines.ends_with(b"\n"):
            self._lines.append(b"\n")  # a killed writer left half a line
        self._arrays_bytes = arrays_bytes(self.folder)

    def write(self, event: Event) -> None:
        """Write an event.

        Raises:
            UnavailableError: The disk is full or cannot be written.
            InputError: Recorded arrays hold objects.
        """
        if isinstance(event, Measured):
            self._measure(event)
            return
        try:
            if isinstance(event, Recorded):
                event = self._record(event)
            self.flush()
            self._lines.append(encode_event(event, self.segment))
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self._follow(event)

    def _measure(self, event: Measured) -> None:
        count = len(event.values)
        self._step.extend([event.step] * count)
        self._time_s.extend([event.time_s] * count)
        self._metric.extend(event.values)
        self._value.extend(event.values.values())
        self._newest_step = event.step
        self._speed = event.values.get(SPEED, self._speed)
        now = time.monotonic()
        if len(self._step) >= FLUSH_ROWS or now - self._flushed_s >= FLUSH_S:
            self.flush()
        if now - self._beaten_s >= HEARTBEAT_S:
            self._beat()

    def _record(self, event: Recorded) -> Event:
        """Save arrays; what would be too large becomes a note that says so."""
        size = sum(array.nbytes for array in event.arrays.values())
        content = encode_arrays(event.arrays) if size <= RECORD_BYTES else b""
        if content and self._arrays_bytes + len(content) <= RUN_BYTES:
            save_arrays(self.folder, event.name, event.step, content)
            self._arrays_bytes += len(content)
            return event
        limit = f"a run keeps {RUN_BYTES / 1e6:.0f} MB" if content else (
            f"{size / 1e6:.0f} MB are more than {RECORD_BYTES / 1e6:.0f} MB")  # fmt: skip
        return Noted(event.step, event.time_s, f"Arrays {event.name} were not kept: {limit}.")

    def _follow(self, event: Event) -> None:
        """Let the status follow a rare event."""
        self._newest_step = event.step
        if isinstance(event, RunStarted):
            self._beat(total_steps=event.total_steps, message="")
        elif isinstance(event, RunEnded):
            # Before the state: who sees the end may resume at once and ask for another stop.
            with suppress(OSError):
                (self.folder / STOP).unlink(missing_ok=True)
            self._beat(state=event.outcome, message=event.text)
            self._ended = True
        elif time.monotonic() - self._beaten_s >= HEARTBEAT_S:
            self._beat()

    def begin_segment(self) -> None:
        """Begin a new segment: what was measured at or after its start gives way to it."""
        self.flush()
        try:
            rows = Appender(self.folder / MEASUREMENTS / f"{self.segment + 1:03d}.arrows")
            rows.append(HEAD)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self._close_rows()
        self._rows, self.segment = rows, self.segment + 1

    def _close_rows(self) -> None:
        self._rows.close()

    def say(self, message: str) -> None:
        """Write into the status what is going on before the run starts.

        Raises:
            UnavailableError: The folder cannot be written.
        """
        self._beat(message=message)

    def flush(self) -> None:
        """Write the measurements that were collected; after that they survive a kill.

        Raises:
            UnavailableError: The disk is full or cannot be written; they stay collected.
        """
        if self._step:
            block = encode_rows(self._step, self._time_s, self._metric, self._value)
            try:
                self._rows.append(block)
            except OSError as error:
                raise cannot_write(self.folder, error) from error
            for column in (self._step, self._time_s, self._metric, self._value):
                column.clear()
        self._flushed_s = time.monotonic()

    def _beat(self, **changes: Any) -> None:
        """Write the status with these fields changed."""
        speed = None if self._speed is None else float(self._speed)
        self._status = replace(
            self._status, step=int(self._newest_step), steps_per_s=speed, heartbeat_s=time.time(),
            **changes,
        )  # fmt: skip
        write_status(self.folder, self._status)
        self._beaten_s = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left and free the folder."""
        with self._held:
            if error is None:
                self.flush()
                if not self._ended:
                    self._beat(state="stopped", message="It was left without an end.")
                return
            with suppress(UnavailableError):
                self.flush()
            if not self._ended:
                state, message = _why(error)
                # The error that is passing is the one to tell.
                with suppress(UnavailableError):
                    self._beat(state=state, message=message)


def _why(error: BaseException) -> tuple[Outcome, str]:
    if isinstance(error, KeyboardInterrupt | GeneratorExit | SystemExit):
        return "stopped", "Interrupted."
    return "failed", str(error) if isinstance(
        error, CoreError
    ) else f"{type(error).__name__}: {error}"
