"""TensorBoard's event files as they grow."""

import time
from typing import Final, NoReturn

from core.errors import InputError
from core.follow.rows import Row
from core.importers.tensorboard_records import records, restart_step, scalars

# A network disk may show zeros where a record is being written: they get this long to fill.
PATIENCE_S: Final = 2.0
MOST_RECORD: Final = 1 << 28


class EventFile:
    """Decodes the scalars of an event file; a record that broke off waits for its rest.

    A record with a wrong checksum is left out and said, once it has stayed wrong for 2 s; where
    its length is wrong, nothing behind it can be read.
    """

    axis = "step"

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._rest = b""
        self._begin = 0  # offset of the rest
        self._wrong_since: float | None = None
        self._is_lost = False

    def again(self) -> "EventFile":
        """Begin another file."""
        return EventFile()

    def feed(self, content: bytes) -> list[Row]:
        """Take what the file has gained and give the scalars of its whole records.

        Raises:
            InputError: It is no event file, or a record is larger than 256 MB.
        """
        if self._is_lost or not (content or self._wrong_since):
            return []
        self._rest += content
        payloads = self._payloads()
        if len(self._rest) > MOST_RECORD:
            _refuse("records of at most 256 MB", "a larger one")
        rows: list[Row] = []
        for payload in payloads:
            try:
                if (start := restart_step(payload)) is not None:
                    rows.append(Row(max(start, 0), time.time(), {}, is_start=True))
                rows += [Row(told.step, told.time_s, {told.tag: told.value})
                         for told in scalars(payload) if told.step >= 0]  # fmt: skip
            except ValueError:
                self.notes.append("A record is no event of TensorBoard: it is left out.")
        return rows

    def _payloads(self) -> list[bytes]:
        payloads: list[bytes] = []
        while True:
            found = records(self._rest)
            payloads += found.payloads
            self._advance(found.consumed)
            if found.consumed:
                self._wrong_since = None
            if not found.fault or not self._has_waited():
                break
            self._wrong_since = None
            where = f"The record at byte {self._begin:,} is damaged ({found.fault})"
            if found.next_at is None:
                if not self._begin:
                    _refuse("an event file of TensorBoard", f"one in which {found.fault}")
                self.notes.append(f"{where}: nothing behind it can be read.")
                self._is_lost = True
                break
            self.notes.append(f"{where} and is left out.")
            self._advance(found.next_at - found.consumed)
        if not found.fault:
            self._wrong_since = None
        return payloads

    def _advance(self, size: int) -> None:
        self._rest = self._rest[size:]
        self._begin += size

    def _has_waited(self) -> bool:
        """Say whether the same record has been wrong for long enough."""
        if self._wrong_since is None:
            self._wrong_since = time.monotonic()
        return time.monotonic() - self._wrong_since >= PATIENCE_S


def _refuse(expected: str, came: str) -> NoReturn:
    raise InputError("the followed file", expected=expected, came=came, do="Follow another file")
