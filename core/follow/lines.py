"""Logs of lines that grow: objects of JSON, and tables as Lightning's metrics.csv."""

import csv
import json
from contextlib import suppress
from typing import Final, Protocol, runtime_checkable

from core.errors import InputError
from core.follow.rows import Columns, Row
from core.importers.json_lines import flatten
from core.importers.names import limited
from core.importers.table_head import MISSING, SEPARATORS, read_number

MOST_LINE: Final = 10_000_000
MOST_OPENED: Final = 50  # brackets of a torn line that are tried


@runtime_checkable
class LineKind(Protocol):
    """How the lines of a log are read."""

    def numbers(self, line: str) -> tuple[dict[str, float], list[str]]:
        """Give the numbers of a line by name, and the names of what is none.

        Raises:
            ValueError: It cannot be read.
        """
        ...

    def again(self) -> "LineKind":
        """Begin another file of the same kind."""
        ...


class Lines:
    """Decodes a log line by line; the last line waits for its end.

    A line that cannot be read, as where a writer died in the middle of it, is left out and said;
    so is a text where numbers stood before, and a step that comes again later.

    Args:
        kind: How its lines are read.
    """

    def __init__(self, kind: LineKind) -> None:
        self.kind = kind
        self.notes: list[str] = []
        self._columns = Columns()
        self._count = 0
        self._said: set[str] = set()
        self._measured: set[str] = set()
        self._newest_step = -1
        self._rest = b""

    @property
    def axis(self) -> str:
        """What the steps count, as far as is known."""
        return self._columns.axis

    def again(self) -> "Lines":
        """Begin another file of the same kind."""
        return Lines(self.kind.again())

    def feed(self, content: bytes) -> list[Row]:
        """Take what the file has gained and give the rows of its whole lines.

        Raises:
            InputError: A line is longer than 10 MB: it is no such log.
        """
        whole, newline, rest = content.rpartition(b"\n")
        if not newline:
            self._rest += rest
            if len(self._rest) > MOST_LINE:
                raise InputError("the followed file", expected="lines of at most 10 MB",
                                 came="a longer one", do="Follow another file")  # fmt: skip
            return []
        lines, self._rest = (self._rest + whole).split(b"\n"), rest
        return [row for line in lines if (row := self._row(line)) is not None]

    def _row(self, line: bytes) -> Row | None:
        self._count += 1
        # A file that was cut while its writer went on begins with zeros.
        plain = line.strip(b"\0\r")
        if not plain.strip():
            return None
        try:
            numbers, others = self.kind.numbers(plain.decode("utf-8-sig"))
        except (ValueError, RecursionError, InputError, csv.Error):
            self._say("cannot be read: such lines are left out")
            return None
        for name in self._measured & set(others) if numbers else ():
            self._say(f"has no number for {name}: such cells are left out")
        self._measured |= numbers.keys()
        before = self._columns.without_step
        row = self._columns.row(numbers)
        if self._columns.without_step > before:
            self._say(f"has no {self.axis} that counts: such lines are left out")
        if row is not None and row.step < self._newest_step:
            self._say("goes back to a step that was told before: of two values the later counts")
        self._newest_step = max(self._newest_step, row.step) if row else self._newest_step
        return row

    def _say(self, what: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self.notes.append(f"Line {self._count:,} {what}.")


class JsonObjects:
    """Lines that are objects of JSON; NaN and infinity may stand bare or as text."""

    def numbers(self, line: str) -> tuple[dict[str, float], list[str]]:
        """Give the numbers of a line, nested ones as "val/loss".

        Where a writer died in the middle of a line and another one went on in it, the whole
        object at its end counts.
        """
        try:
            plain = json.loads(line)
        except ValueError:
            plain = _last_object(line)
        if not isinstance(plain, dict):
            raise ValueError("no object")
        return flatten(plain, "line")

    def again(self) -> "JsonObjects":
        """Begin another file."""
        return self


def _last_object(line: str) -> object:
    for at in [at for at, letter in enumerate(line) if letter == "{"][1:MOST_OPENED]:
        with suppress(ValueError):
            return json.loads(line[at:])
    return None


class Table:
    """Lines with cells below a header, which may come again with other columns.

    Args:
        columns: Of the file before; for one that goes on without a header.
    """

    def __init__(self, columns: tuple[str, ...] = ()) -> None:
        self.columns: tuple[str, ...] = ()
        self.before = columns
        self._separator = ","

    def numbers(self, line: str) -> tuple[dict[str, float], list[str]]:
        """Give the numbers of a row; of a header none."""
        if not self.columns:
            self._separator = max(SEPARATORS, key=line.count)
        cells = next(csv.reader([line], delimiter=self._separator, strict=True))
        told = [None if cell.strip() in MISSING else self._number(cell) for cell in cells]
        is_first = not self.columns
        # Below the first line a header has a name for every column: one may be all text.
        is_named = len(cells) > 1 and not {cell.strip() for cell in cells} & set(MISSING)
        is_header = all(number is None for number in told) and (is_first or is_named)
        if is_first or is_header:
            self.columns = self._names(cells, is_header=is_header)
        if is_header:
            return {}, []
        if len(cells) != len(self.columns):
            raise ValueError("another number of cells")
        pairs = zip(self.columns, told, strict=True)
        numbers = {name: number for name, number in pairs if number is not None}
        filled = zip(self.columns, cells, strict=True)
        texts = [name for name, cell in filled if cell.strip() not in MISSING]
        return numbers, [name for name in texts if name not in numbers]

    def _number(self, cell: str) -> float | None:
        number = read_number(cell, ".")
        return read_number(cell, ",") if number is None and self._separator != "," else number

    def _names(self, cells: list[str], *, is_header: bool) -> tuple[str, ...]:
        if not is_header and len(self.before) == len(cells):
            return self.before
        names: dict[str, None] = {}
        for at, cell in enumerate(cells, start=1):
            plain = limited(cell.strip()) if is_header and cell.strip() else f"column {at}"
            names[plain if plain not in names else f"{plain} ({at})"] = None
        return tuple(names)

    def again(self) -> "Table":
        """Begin another file; one without a header has the columns of this one."""
        return Table(self.columns or self.before)
