"""Where a table cannot be read: slowly, line by line, once the fast reader has said that."""

import csv
from collections.abc import Sequence
from pathlib import Path

from core.importers.column_mapping import ColumnMapping
from core.importers.json_file import refuse
from core.importers.points import MOST_STEPS
from core.importers.table_head import MISSING, read_number


def find_fault(source: Path, mapping: ColumnMapping) -> str:
    """Find the first line of a table that cannot be read.

    Returns:
        A sentence where that is only the last line and it breaks off, as a living file does.

    Raises:
        InputError: It is another line, or whole; the message names it.
    """
    width = len(mapping.columns)
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=mapping.separator)
        header_left = mapping.header_lines
        line = 0
        try:
            for cells in reader:
                line = reader.line_num
                where = f"{source.name}, line {line:,}"
                if not any(map(str.strip, cells)) and len(cells) < 2:
                    continue
                if header_left:
                    header_left -= 1
                elif len(cells) == width:
                    _check_cells(cells, mapping, where)
                elif len(cells) < width and next(reader, None) is None and not _ends(source):
                    return f"Line {line:,}, the last, breaks off and is left out."
                else:
                    refuse(where, f"{width:,} cells as in the header", f"{len(cells):,}",
                           "Correct the line, or write one separator in all of them")  # fmt: skip
        except csv.Error as error:
            refuse(f"{source.name}, line {line + 1:,}", "a row of a table", str(error))
    return "Some rows could not be read and are left out."


def _ends(source: Path) -> bool:
    with source.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"


def _check_cells(cells: Sequence[str], mapping: ColumnMapping, where: str) -> None:
    for name, cell in zip(mapping.columns, map(str.strip, cells), strict=True):
        if cell in MISSING or name not in (mapping.step, mapping.time, *mapping.metrics):
            continue
        number = read_number(cell, mapping.decimal)
        is_step = number is not None and 0 <= number < MOST_STEPS and number % 1 == 0
        if name == mapping.step and not is_step:
            refuse(f"{where}, {name[:40]}", "a whole number of 0 or more", f"'{cell[:40]}'",
                   "Correct the cell, or choose another column as the step")  # fmt: skip
        is_text = name == mapping.time and mapping.time_unit == "text"
        if number is None and not is_text:
            refuse(f"{where}, {name[:40]}", "a number, NaN, inf or nothing", f"'{cell[:40]}'",
                   "Correct the cell, or take the column out")  # fmt: skip
