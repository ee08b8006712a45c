"""A person's own balance table: a row a stage and term, from CSV text or a typed-in frame."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs] - pandas carries its own types
from jaxtyping import Float

from core.balance.shares import Band
from core.errors import InputError

NEEDED = ("stage", "term", "raw", "weight")
COLUMNS = (*NEEDED, "target_low", "target_high")
MOST_ROWS = 10_000


@dataclass(frozen=True)
class BalanceTable:
    """Raw values, weights and targets of every stage and term.

    Args:
        stages: Names of the rows: by number where all are whole numbers, else as they came.
        terms: Names of the columns, as they came.
        raw: Unweighted values; NaN where none is given, which only weight 0 allows.
        weights: Factors.
        bands: Target of each term in each stage; None where there is none.
    """

    stages: tuple[str, ...]
    terms: tuple[str, ...]
    raw: Float[np.ndarray, "stages terms"]
    weights: Float[np.ndarray, "stages terms"]
    bands: tuple[tuple[Band | None, ...], ...]


@dataclass(frozen=True)
class _Row:
    place: str
    stage: str
    term: str
    raw: float
    weight: float
    band: Band | None


def read_balance_table(
    source: str | bytes | Path | pd.DataFrame, *, name: str = "table"
) -> BalanceTable:
    r"""Read a table with the columns stage, term, raw, weight, target_low, target_high.

    Targets are percentages and may be left out, both or the columns; a raw value may be left out
    where the weight is 0. Other columns and empty rows are ignored. CSV may be separated by
    comma, semicolon or tab; numbers have a decimal point.

    Args:
        source: CSV text, its bytes in UTF-8, the path of such a file, or a frame.
        name: What messages call it.

    Raises:
        InputError: A column, a term or a stage is missing, a cell cannot be used, or a stage has
            a term twice; it names the line (of text) or the row (of a frame), and the column.

    Example:
        >>> table = read_balance_table("stage,term,raw,weight\n1,atom,2.0,1\n1,pair,0.5,0.1")
        >>> table.terms, table.weights.tolist(), table.bands
        (('atom', 'pair'), [[1.0, 0.1]], ((None, None),))
    """
    rows = [_row(place, cells) for place, cells in _records(source, name) if any(cells.values())]
    if not rows or len(rows) > MOST_ROWS:
        _refuse(name, f"1 to {MOST_ROWS:,} rows", f"{len(rows):,}", "Give a row a stage and term")
    stages = _stages([row.stage for row in rows], name)
    terms = tuple(dict.fromkeys(row.term for row in rows))
    cells = _cells(rows)
    for stage in stages:
        if missing := [term for term in terms if (stage, term) not in cells]:
            came = "none for " + ", ".join(missing)
            do = "Add the row, with weight 0 where the term is inactive"
            _refuse(f"{name}, stage {stage}", "a row for each of " + ", ".join(terms), came, do)
    table = [[cells[stage, term] for term in terms] for stage in stages]
    return BalanceTable(
        stages=stages,
        terms=terms,
        raw=np.array([[cell.raw for cell in row] for row in table]),
        weights=np.array([[cell.weight for cell in row] for row in table]),
        bands=tuple(tuple(cell.band for cell in row) for row in table),
    )


def write_balance_table(table: BalanceTable) -> str:
    """Write a table as CSV that `read_balance_table` reads back equal."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for i, stage in enumerate(table.stages):
        for j, term in enumerate(table.terms):
            band, raw = table.bands[i][j], float(table.raw[i, j])
            ends = ("", "") if band is None else (band.low_percent, band.high_percent)
            known = raw if isfinite(raw) else ""
            writer.writerow([stage, term, known, float(table.weights[i, j]), *ends])
    return text.getvalue()


def _records(
    source: str | bytes | Path | pd.DataFrame, name: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the place and the cells, as text, of each row."""
    if isinstance(source, pd.DataFrame):
        _check_header([str(column) for column in source.columns], name)
        for number, values in enumerate(source.itertuples(index=False, name=None), start=1):
            cells = [_as_text(value) for value in values]
            yield f"{name}, row {number}", dict(zip(map(str, source.columns), cells, strict=True))
        return
    if not isinstance(source, str):
        data = source.read_bytes() if isinstance(source, Path) else source
        try:
            source = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            _refuse(name, "text in UTF-8", f"byte {error.start}", "Save it as CSV in UTF-8")
    yield from _csv_records(source.removeprefix("\ufeff"), name)


def _csv_records(text: str, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, list[str]())]
        _check_header(header, name)
        for cells in reader:
            place = f"{name}, line {reader.line_num}"
            if cells and len(cells) != len(header):
                came = f"{len(cells)}: {', '.join(cells)[:60]}"
                _refuse(place, f"{len(header)} cells", came, "Write numbers with a decimal point")
            yield place, {key: cell.strip() for key, cell in zip(header, cells, strict=False)}
    except csv.Error as error:
        _refuse(f"{name}, line {reader.line_num}", "CSV", str(error), "Correct the line")


def _check_header(header: Sequence[str], name: str) -> None:
    if missing := [column for column in NEEDED if column not in header]:
        came = "no " + ", ".join(missing)
        _refuse(name, "the columns " + ", ".join(NEEDED), came, "Add the column")
    if doubled := [column for column in COLUMNS if list(header).count(column) > 1]:
        _refuse(name, "each column once", f"{doubled[0]} twice", "Remove one")


def _as_text(value: object) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - only NaN differs
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a column with an empty cell turns stage 2 into 2.0
    return str(value).strip()


def _row(place: str, cells: Mapping[str, str]) -> _Row:
    for column in ("stage", "term"):
        if not cells[column] or not cells[column].isprintable():
            _refuse(f"{place}, {column}", "a name", cells[column] or "nothing", "Fill the cell")
    where = f"{place} (stage {cells['stage']}, {cells['term']})"
    weight = _number(where, "weight", cells, needed=True)
    raw = _number(where, "raw", cells, needed=weight > 0)
    low, high = (_number(where, column, cells, needed=False) for column in COLUMNS[4:])
    if isfinite(low) != isfinite(high):
        _refuse(f"{where}, target", "both ends or none", "only one", "Fill or empty both cells")
    if not isfinite(low):
        return _Row(place, cells["stage"], cells["term"], raw, weight, None)
    if not low <= high <= 100:
        came = f"low {low:g}, high {high:g}"
        _refuse(f"{where}, target", "0 ≤ low ≤ high ≤ 100 %", came, "Correct the cells")
    return _Row(place, cells["stage"], cells["term"], raw, weight, Band(low, high))


def _number(where: str, column: str, cells: Mapping[str, str], *, needed: bool) -> float:
    """Read a cell of 0 or more; NaN where it is empty and may be."""
    text = cells.get(column, "")
    if not text and not needed:
        return nan
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not (isfinite(value) and value >= 0):
        expected = "a number, 0 or more" + (", with a decimal point" if "," in text else "")
        _refuse(f"{where}, {column}", expected, text or "nothing", "Correct the cell")
    return value


def _stages(names: Sequence[str], name: str) -> tuple[str, ...]:
    """Order the stages; whole numbers must follow each other."""
    found = list(dict.fromkeys(names))
    if not all(stage.isascii() and stage.isdigit() for stage in found):
        return tuple(found)
    ordered = sorted(found, key=int)
    for before, after in pairwise(ordered):
        if int(after) != int(before) + 1:
            expected = f"stage {int(before) + 1} after stage {before}"
            _refuse(name, expected, f"stage {after}", "Add the missing stage, or renumber")
    return tuple(ordered)


def _cells(rows: Sequence[_Row]) -> dict[tuple[str, str], _Row]:
    cells: dict[tuple[str, str], _Row] = {}
    for row in rows:
        if first := cells.get((row.stage, row.term)):
            came = f"another, after {first.place}"
            where = f"{row.place} (stage {row.stage}, {row.term})"
            _refuse(where, "one row a stage and term", came, "Remove one of the two")
        cells[row.stage, row.term] = row
    return cells


def _refuse(where: str, expected: str, came: str, do: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do=do)
