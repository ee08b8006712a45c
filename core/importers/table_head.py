"""The beginning of a table of numbers: separator, header, names of columns, first rows."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.importers.json_file import read_head, refuse
from core.importers.names import limited

# What stands for a value that was not measured; NaN is a value.
MISSING: Final = (
    "", "-", "--", "null", "NULL", "Null", "None", "none", "NA", "na", "N/A", "n/a", "#N/A", "<NA>",
)  # fmt: skip
SEPARATORS: Final = ",\t;|"
MOST_COLUMNS: Final = 10_000
HEAD_BYTES: Final = 1 << 20
SAMPLE_ROWS: Final = 10_000


@dataclass(frozen=True)
class Head:
    """The beginning of a table, taken apart.

    Args:
        separator: Between cells.
        columns: Names, each once.
        header_lines: Lines before the first row.
        rows: The first rows, as text; only whole ones.
    """

    separator: str
    columns: tuple[str, ...]
    header_lines: int
    rows: tuple[tuple[str, ...], ...]

    def cells(self, column: int) -> list[str]:
        """Give what is measured in a column."""
        return [row[column].strip() for row in self.rows if row[column].strip() not in MISSING]


def read_table_head(source: Path) -> Head:
    """Take the first megabyte of a table apart.

    Raises:
        InputError: It is no text in UTF-8, or no table.
    """
    raw = read_head(source, HEAD_BYTES)
    if not raw or b"\0" in raw:
        came = "binary data" if raw else "an empty or unreadable file"
        do = "Choose another file; unpack it first where it is packed"
        refuse(source.name, "a table as text", came, do)
    lines = _lines(raw, source.name)
    separator = max(SEPARATORS, key=lambda mark: _agreement(lines[:50], mark))
    try:
        rows = [tuple(row) for row in csv.reader(lines[:SAMPLE_ROWS], delimiter=separator) if row]
    except csv.Error as error:
        refuse(source.name, "a table", str(error), "Choose another file")
    if not rows or len(rows[0]) > MOST_COLUMNS:
        came = f"{len(rows[0]):,}" if rows else "none"
        refuse(source.name, f"1 to {MOST_COLUMNS:,} columns", came, "Choose another file")
    first = rows[0]
    has_header = not all(read_number(cell, ".") is not None or cell in MISSING for cell in first)
    names = first if has_header else [f"column {at}" for at in range(1, len(first) + 1)]
    body = tuple(row for row in rows[has_header:] if len(row) == len(first))
    return Head(separator, _unique(names), int(has_header), body)


def _lines(raw: bytes, name: str) -> list[str]:
    whole = raw if raw.count(b"\n") < 2 else raw[: raw.rindex(b"\n")]
    try:
        return [line for line in whole.decode("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        came = f"the byte 0x{raw[error.start]:02x} at {error.start:,}"
        refuse(name, "UTF-8 text", came, "Save the file as UTF-8, or choose another")


def _agreement(lines: Sequence[str], mark: str) -> tuple[int, int]:
    """Count the lines with as many cells as the first one, and these cells."""
    try:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        return 0, 0
    cells = counts[0] if counts else 0
    return (sum(count == cells for count in counts), cells) if cells > 1 else (0, 0)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for at, name in enumerate(names, start=1):
        plain = own = limited(name.strip()) if name.strip() else f"column {at}"
        number = 1
        while own in found:
            number += 1
            own = f"{plain} ({number})"
        found[own] = None
    return tuple(found)


def read_number(text: str, decimal: str) -> float | None:
    """Read a cell as a number; None where it is none. NaN and inf are numbers.

    Example:
        >>> read_number("0,5", ","), read_number("-inf", "."), read_number("1_0", ".")
        (0.5, -inf, None)
    """
    try:
        return float(text.replace(decimal, ".")) if "_" not in text else None
    except ValueError:
        return None
