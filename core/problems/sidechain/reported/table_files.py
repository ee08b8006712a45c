"""Tables of RMSD by slot in files: the reader, with errors that name the line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from jaxtyping import Float

from core.errors import InputError
from core.problems.sidechain.atoms import SLOTS

NEEDED: Final = ("version", "slot", "rmsd_angstrom")
MOST_BYTES: Final = 1_000_000
MOST_RMSD_A: Final = 1_000.0

Row: TypeAlias = dict[str, str]
FIRST_NAMES: Final = ("N", "CA", "C", "O", "CB")


def slot_name(slot: int) -> str:
    """Name a slot: from slot 5 on it holds another atom in each residue type.

    Example:
        >>> slot_name(4), slot_name(11)
        ('CB', 'atom11')
    """
    return FIRST_NAMES[slot] if slot < len(FIRST_NAMES) else f"atom{slot}"


@dataclass(frozen=True, eq=False)
class ReportedTable:
    """RMSD by slot as somebody reports it.

    Args:
        version: Name of the model or run.
        rmsd: In angstrom; NaN where the slot is not reported.
        names: Of the slots, as reported.
        count: Atoms in each slot; NaN where not reported.
        decimals: Most decimals of a value: each stands for half a unit of the last one either way.
        sources: Where each value stands; empty where not said.
    """

    version: str
    rmsd: Float[np.ndarray, " 14"]
    names: tuple[str, ...]
    count: Float[np.ndarray, " 14"]
    decimals: int
    sources: tuple[str, ...]

    @property
    def half_unit(self) -> float:
        """How far rounding may have moved a value, in angstrom."""
        return 0.5 * 10.0**-self.decimals


def read_tables(path: Path) -> tuple[ReportedTable, ...]:
    """Read tables of one's own, in the format of `sample_data/sidechain/reported.csv`.

    A row is a slot of a version: columns version, slot (0 to 13, or atom0 to atom13) and
    rmsd_angstrom, further name, count and source where known. Columns may stand in any order,
    separated by commas, semicolons or tabs; others are not looked at.

    Args:
        path: UTF-8 text of at most a megabyte.

    Returns:
        One a version, in the order in which they first come.

    Raises:
        InputError: It is no such table: file and line say where.
    """
    versions: dict[str, dict[int, Row]] = {}
    for where, row in read_rows(path, NEEDED):
        slots = versions.setdefault(_filled(where, "version", row), {})
        slot = _slot(where, row["slot"])
        if slot in slots:
            raise InputError(where, expected=f"slot {slot} of {row['version']} once", came="again",
                             do="Delete one of the two rows")  # fmt: skip
        _number(where, row, "rmsd_angstrom", most=MOST_RMSD_A)
        if row.get("count"):
            _number(where, row, "count")
        slots[slot] = row
    if not versions:
        raise InputError(path.name, expected="a row for each slot", came="none",
                         do="Add rows below the header")  # fmt: skip
    return tuple(_table(version, slots) for version, slots in versions.items())


def _table(version: str, rows: dict[int, Row]) -> ReportedTable:
    rmsd, count = np.full(SLOTS, np.nan), np.full(SLOTS, np.nan)
    for slot, row in rows.items():
        rmsd[slot] = float(row["rmsd_angstrom"])
        count[slot] = float(row.get("count") or "nan")
    given = [rows.get(slot, {}) for slot in range(SLOTS)]
    decimals = max(len(row["rmsd_angstrom"].partition(".")[2]) for row in rows.values())
    return ReportedTable(
        version,
        rmsd,
        tuple(row.get("name") or slot_name(slot) for slot, row in enumerate(given)),
        count,
        decimals,
        tuple(row.get("source", "") for row in given),
    )


def read_rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """Give the rows of a table that hold anything, each with its file and line.

    Args:
        path: UTF-8 text of at most a megabyte, separated by commas, semicolons or tabs.
        needed: Columns that must be there.

    Raises:
        InputError: It is not there, too large, no text, no table, or lacks a column.
    """
    lines = _text(path).splitlines()
    header = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=max(",;\t", key=header.count), restval="")
    columns = [(name or "").strip() for name in reader.fieldnames or ()]
    lacking = [name for name in needed if name not in columns]
    if lacking:
        raise InputError(f"{path.name}, line 1", expected=f"columns {', '.join(needed)}",
                         came=f"none named {', '.join(lacking)}",
                         do="Name the columns in the first line")  # fmt: skip
    reader.fieldnames = columns
    try:
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            if any(cell.strip() for cell in row.pop(None, [])):
                raise InputError(where, expected=f"{len(columns)} cells", came="more",
                                 do="Write numbers with a decimal point")  # fmt: skip
            cells = {name: value.strip() for name, value in row.items() if isinstance(value, str)}
            if any(cells.values()):
                yield where, cells
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}", expected="cells of a table",
                         came=str(error), do="Save the table as CSV") from error  # fmt: skip


def _text(path: Path) -> str:
    size = path.stat().st_size if path.is_file() else None
    if size is None or size > MOST_BYTES:
        raise InputError(path.name, expected=f"a file of at most {MOST_BYTES:,} bytes",
                         came="no such file" if size is None else f"{size:,}",
                         do="Give a table of slots")  # fmt: skip
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path.name, expected="UTF-8 text", came="other bytes",
                         do="Save the table as CSV in UTF-8") from error  # fmt: skip


def _filled(where: str, column: str, row: Row) -> str:
    if not row[column]:
        raise InputError(where, expected=f"a value in column {column}", came="an empty cell",
                         do="Fill it in")  # fmt: skip
    return row[column]


def _slot(where: str, text: str) -> int:
    digits = text.removeprefix("atom")
    if not (digits.isascii() and digits.isdigit() and int(digits[:9]) < SLOTS):
        raise InputError(where, expected=f"a slot from 0 to {SLOTS - 1}", came=repr(text),
                         do="Slots are those of atom14: N, CA, C, O, CB ...")  # fmt: skip
    return int(digits)


def _number(where: str, row: Row, column: str, most: float = 1e15) -> None:
    try:
        value = float(_filled(where, column, row))
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and 0 <= value <= most):
        raise InputError(where, expected=f"a number from 0 to {most:,.0f} in column {column}",
                         came=repr(row[column]), do="Write it with a decimal point")  # fmt: skip
