"""Reading and writing reported tables: CSV whose first lines say what they are.

    title,Contributions of stage 2
    source,training_fix.md L86-90
    column,loss,weight,contribution,share
    unit,,,,%
    role,factor,weight,product part,share
    ce,3.26,1.0,3.26,64
    spectrum,1.79,0.05,0.09,2
    total,,,~5.1,

Further head lines are `note`, `adds up` (down or across) and `total row` (the name of the row of
totals, where it is not "total").
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, get_args

from core.claims.reported.numbers import Printed, read_number
from core.claims.reported.table import EXACT, ROLES, Column, Direction, ReportedTable
from core.errors import InputError

HEAD: Final = ("title", "source", "note", "adds up", "total row", "column", "unit", "role")
NEEDED: Final = ("title", "source", "column")
MOST_BYTES: Final = 1_000_000
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 300, 40, 1_000
SHARE_UNITS: Final = {"%": 100, "fraction": 1, "": 1}
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")

Line = tuple[str, list[str]]


def read_reported(content: bytes, name: str) -> ReportedTable:
    """Read a reported table.

    Args:
        content: UTF-8, or UTF-16 with its mark; separated by commas, semicolons or tabs.
        name: Of the file, for messages.

    Raises:
        InputError: It is no such table; file, line and column say where.
    """
    lines = _lines(_text(content, name), name)
    told: dict[str, Line] = {}
    while lines and (key := lines[0][1][0].lower()) in HEAD:
        if key in told:
            _refuse(lines[0][0], f"the line {key} once", "it again", "Delete one of the two")
        told[key] = lines.pop(0)
    title, source, note = (_said(told, key) for key in ("title", "source", "note"))
    for key in NEEDED:
        if not any(told.get(key, ("", []))[1][1:]):
            _refuse(name, f"a line that begins with {key}", "none",
                    f"Begin the table with the lines {', '.join(NEEDED)}")  # fmt: skip
    columns = _columns(told)
    if not lines:
        _refuse(name, "rows below the head", "none", "Add a row for each name")
    if len(lines) > MOST_ROWS:
        _refuse(name, f"at most {MOST_ROWS:,} rows", f"{len(lines):,}", "Leave rows out")
    names = tuple(_filled(where, cells[0], "a name") for where, cells in lines)
    return ReportedTable(
        title, source, note, _direction(told), columns, names,
        tuple(_row(where, cells, columns) for where, cells in lines), _total_row(told, names),
    )  # fmt: skip


def write_reported(table: ReportedTable) -> str:
    """Write a table in the one form that all files of the same table share."""
    rows: list[tuple[str, ...]] = [("title", table.title), ("source", table.source)]
    rows += [("note", table.note)] if table.note else []
    rows += [("adds up", table.adds_up)]
    rows += [] if table.total_row is None else [("total row", table.names[table.total_row])]
    rows += [
        ("column", *(column.name for column in table.columns)),
        ("unit", *(column.unit for column in table.columns)),
        ("role", *(" ".join(column.roles) for column in table.columns)),
    ]
    rows += [(name, *(cell.text for cell in cells))
             for name, cells in zip(table.names, table.cells, strict=True)]  # fmt: skip
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _text(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        _refuse(name, f"at most {MOST_BYTES:,} bytes", f"{len(content):,}", "Leave rows out")
    try:
        return content.decode("utf-16" if content.startswith(UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        _refuse(name, "UTF-8 text", "other bytes", "Save the table as CSV in UTF-8")


def _lines(text: str, name: str) -> list[Line]:
    """Split the text; the separator is what stands behind the first word."""
    text = text.lstrip()
    word = next((key for key in HEAD if text.lower().startswith(key)), "")
    separator = text[len(word) : len(word) + 1]
    if not word or separator not in {",", ";", "\t"}:
        _refuse(f"{name}, line 1", "title, a comma, semicolon or tab, and the title",
                repr(text[:40]), "Begin the file with a line title and a line source")  # fmt: skip
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(len(cell) > MOST_LETTERS for cell in cells):
                _refuse(f"{name}, line {reader.line_num}",
                        f"at most {MOST_LETTERS:,} letters in a cell", "more",
                        "Close the quotes, or shorten it")  # fmt: skip
            if any(cells):
                lines.append((f"{name}, line {reader.line_num}", cells))
    except csv.Error as error:
        _refuse(f"{name}, line {reader.line_num}", "cells of a table", str(error),
                "Save the table as CSV")  # fmt: skip
    return lines


def _columns(told: Mapping[str, Line]) -> tuple[Column, ...]:
    where, (_, *names) = told["column"]
    while not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS or len(set(names)) < len(names):
        _refuse(where, f"at most {MOST_COLUMNS} names, each once", ", ".join(names)[:60],
                "Name the columns apart")  # fmt: skip
    units, roles = (_across(*told.get(key, (where, [key])), len(names)) for key in ("unit", "role"))
    where = told.get("role", (where, []))[0]
    return tuple(
        Column(_filled(where, name, "the name of a column"), unit, _roles(where, name, said, unit))
        for name, unit, said in zip(names, units, roles, strict=True)
    )


def _roles(where: str, name: str, said: str, unit: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(said.lower().split()))
    for role in roles:
        if role not in ROLES:
            _refuse(f"{where}, column {name}", f"roles among {', '.join(ROLES)}", repr(role),
                    "Correct the role")  # fmt: skip
    if "better" in roles and len(roles) > 1:
        _refuse(f"{where}, column {name}", "better alone", said, "Leave the others out")
    if "share" in roles and unit not in SHARE_UNITS:
        _refuse(f"{where}, column {name}", "% or fraction as the unit of a share", repr(unit),
                "Correct the unit")  # fmt: skip
    return roles


def _row(where: str, cells: Sequence[str], columns: Sequence[Column]) -> tuple[Printed, ...]:
    return tuple(
        _cell(f"{where}, column {column.name}", text, column)
        for column, text in zip(columns, _across(where, cells, len(columns)), strict=True)
    )


def _cell(where: str, text: str, column: Column) -> Printed:
    if not column.holds_numbers:
        return Printed(text)
    found = read_number(text, is_exact=bool(EXACT & set(column.roles)))
    if found is None:
        _refuse(where, 'a number, such as 0.34, ~5, < 0.5, 4 to 5 or 1 (estimate), or "-"',
                repr(text), "Write it with a decimal point, and its unit in the line unit"
                )  # fmt: skip
    return found


def _across(where: str, cells: Sequence[str], count: int) -> list[str]:
    """Give the cells behind the first, as many as there are columns."""
    if any(cells[count + 1 :]):
        _refuse(where, f"{count} cell{'s' * (count > 1)} behind the first", f"{len(cells) - 1}",
                "Write numbers with a decimal point, and put quotes around text with a separator"
                )  # fmt: skip
    return [*cells[1 : count + 1], *[""] * (count + 1 - len(cells))]


def _direction(told: Mapping[str, Line]) -> Direction:
    said = _said(told, "adds up").lower() or "down"
    if said not in get_args(Direction):
        _refuse(told["adds up"][0], "down or across", repr(said), "Correct the line")
    return "across" if said == "across" else "down"


def _total_row(told: Mapping[str, Line], names: Sequence[str]) -> int | None:
    said = _said(told, "total row") or "total"
    found = [i for i, name in enumerate(names) if name.lower() == said.lower()]
    if len(found) > 1 or ("total row" in told and not found):
        _refuse(told.get("total row", told["column"])[0], f"one row named {said}",
                f"{len(found)}", "Name the row of totals in the line total row")  # fmt: skip
    return found[0] if found else None


def _said(told: Mapping[str, Line], key: str) -> str:
    where, cells = told.get(key, ("", [key]))
    if any(cells[2:]):
        _refuse(where, "one cell", f"{len(cells) - 1}", "Put quotes around text with a separator")
    return "".join(cells[1:])


def _filled(where: str, text: str, expected: str) -> str:
    if not text:
        _refuse(where, expected, "an empty cell", "Fill it in")
    return text


def _refuse(where: str, expected: str, came: str, do: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do=do)
