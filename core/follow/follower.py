"""Following a log: what it has gained since the last look, as the events of a run."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.events import Event, Measured, Noted, RunStarted
from core.follow.rows import Decoder, Row, merged
from core.follow.source import DECODERS, Source
from core.follow.tail import Tail
from core.importers.names import known_key, limited


@dataclass
class _Followed:
    """A file with what reads it.

    Args:
        tail: Gives what it gains.
        decoder: Makes rows of that.
        restart: Why it is read from its beginning again, until it tells something.
    """

    tail: Tail
    decoder: Decoder
    restart: str = ""


class Follower:
    """Looks at what somebody else's trainer writes, and tells what is new.

    Nothing is kept between two processes: a new follower reads everything from the beginning.
    A file that was cut, replaced or written anew is read again from its beginning. Where it then
    begins no later than it did before, the run starts over: `RunStarted` is told again, and what
    was measured at or after its step gives way. Where it goes on, as after a rotation, nothing
    does. Of a step told twice the last value counts.

    Args:
        source: See `find_source`.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._files: dict[Path, _Followed] = {}
        self._keys: dict[str, str] = {}
        self._terms: tuple[str, ...] = ()
        self._first_step: int | None = None
        self._newest_step = -1
        self._has_begun = False

    @property
    def is_there(self) -> bool:
        """Whether there is a file to read."""
        return any(followed.tail.is_there for followed in self._files.values())

    def look(self) -> list[Event]:
        """Give what is new; nothing where nothing is.

        Raises:
            InputError: It is no log of its format.
            OSError: A file cannot be read.
        """
        for path in self.source.files():
            if path not in self._files:
                self._files[path] = _Followed(Tail(path), DECODERS[self.source.format]())
        events: list[Event] = []
        for path, followed in self._files.items():
            events += self._look_at(path, followed)
        return events

    def _look_at(self, path: Path, followed: _Followed) -> Iterator[Event]:
        pieces = followed.tail.read()
        if not pieces:
            yield from self._tell(path, followed, followed.decoder.feed(b""))
        for piece in pieces:
            if piece.restart:
                followed.restart = piece.restart
                followed.decoder = followed.decoder.again()
            yield from self._tell(path, followed, followed.decoder.feed(piece.content))

    def _tell(self, path: Path, followed: _Followed, rows: list[Row]) -> Iterator[Event]:
        if measured := [row for row in rows if not row.is_start]:
            yield from self._start(path, followed, measured)
        for text in followed.decoder.notes:
            yield Noted(max(self._newest_step, 0), time.time(), text)
        followed.decoder.notes.clear()
        for row in merged(rows):
            if row.is_start:
                yield from self._go_on(path, followed, row)
                continue
            self._newest_step = max(self._newest_step, row.step)
            yield Measured(row.step, row.time_s, {self._key(n): v for n, v in row.values.items()})

    def _start(self, path: Path, followed: _Followed, rows: list[Row]) -> Iterator[Event]:
        """Tell a start where there was none, where a file starts over, and where terms join."""
        first = min(row.step for row in rows)
        text = ""
        starts_over = False
        if followed.restart:
            alone = len(self._files) == 1
            starts_over = alone and self._first_step is not None and first <= self._first_step
            text = f"{path.name} is read from its beginning again: {followed.restart}."
            followed.restart = ""
        joining = self._joining(rows)
        self._terms += joining
        if starts_over or not self._has_begun:
            self._first_step, self._newest_step, self._has_begun = first, -1, True
            yield self._started(first, rows[0].time_s, followed.decoder.axis)
        elif joining:
            # Behind everything: at its own step it would make what was told there give way.
            yield self._started(self._newest_step + 1, rows[0].time_s, followed.decoder.axis)
        if text:
            yield Noted(first, time.time(), text)

    def _go_on(self, path: Path, followed: _Followed, row: Row) -> Iterator[Event]:
        """Tell that a writer goes on from a step that had been told already."""
        if row.step > self._newest_step:
            return
        self._newest_step = row.step - 1
        yield self._started(row.step, row.time_s, followed.decoder.axis)
        text = f"{path.name} goes on from step {row.step:,}: what was told from there gives way."
        yield Noted(row.step, row.time_s, text)

    def _joining(self, rows: list[Row]) -> tuple[str, ...]:
        names = dict.fromkeys(name for row in rows for name in row.values)
        keys = [self._key(name).split("/") for name in names]
        terms = [key[1] for key in keys if len(key) == 3 and key[::2] == ["train", "raw"]]
        return tuple(term for term in dict.fromkeys(terms) if term not in self._terms)

    def _started(self, step: int, time_s: float, axis: str) -> RunStarted:
        facts = {"x axis": axis, "source": str(self.source.path)}
        return RunStarted(step, time_s, self.source.format, {}, self._terms, facts=facts)

    def _key(self, name: str) -> str:
        """Give our key for a name; of two names with one key the later keeps its own."""
        if name not in self._keys:
            taken = self._keys.values()
            choices = (known_key(name), limited(name), f"{limited(name)} ({len(taken) + 1})")
            self._keys[name] = next(choice for choice in choices if choice not in taken)
        return self._keys[name]

    def close(self) -> None:
        """Close all files."""
        for followed in self._files.values():
            followed.tail.close()
