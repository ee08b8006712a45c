"""How a table of numbers is read: guessed from its first rows, to be shown and corrected."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from core.errors import InputError
from core.importers.json_file import refuse
from core.importers.log import Axis
from core.importers.names import harmonised, normal_form
from core.importers.table_head import Head, read_number, read_table_head

TimeUnit = Literal["s", "ms", "text"]
STEPS: Final = (
    "step", "global_step", "trainer_global_step", "train_global_step", "iteration", "iterations",
    "iter", "it", "update", "n_iter", "batch",
)  # fmt: skip
EPOCHS: Final = ("epoch", "epochs", "train_epoch", "trainer_epoch")
INDICES: Final = ("index", "unnamed_0", "column_1")
TIMES: Final = (
    "timestamp", "time", "wall_time", "walltime", "time_s", "created_at", "datetime", "date",
    "runtime", "elapsed", "elapsed_s", "relative_time", "relative_time_process",
)  # fmt: skip
MILLISECONDS: Final = 1e11  # seconds of the year 5138, milliseconds of 1973
_COMMA: Final = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnMapping:
    """How a table is read.

    Args:
        separator: Between cells.
        decimal: "." or ",".
        header_lines: Lines before the first row; 0 or 1.
        columns: Every column in order; of two of one name the second is "name (2)".
        step: The column that counts; empty counts the rows from 1.
        time: The column with times; empty where there is none.
        time_unit: Seconds or milliseconds since 1970, or since the start; or text (ISO 8601).
        metrics: Column -> key in the run; what stands in neither place is left out.
    """

    separator: str
    decimal: str
    header_lines: int
    columns: tuple[str, ...]
    step: str
    time: str
    time_unit: TimeUnit
    metrics: Mapping[str, str]

    @property
    def axis(self) -> Axis:
        """What the steps count."""
        if not self.step:
            return "row"
        return "epoch" if normal_form(self.step) in EPOCHS else "step"

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that are not read."""
        read = {self.step, self.time, *self.metrics}
        return tuple(column for column in self.columns if column not in read)

    def check(self, where: str) -> None:
        """Refuse a mapping that was edited into one that cannot be used.

        Raises:
            InputError: A column is not there, two metrics have one key, or there is no metric.
        """
        for column in filter(None, (self.step, self.time, *self.metrics)):
            if column not in self.columns:
                refuse(where, "a column of the table", column[:60], "Choose one of its columns")
        keys = list(self.metrics.values())
        twice = next((key for key in keys if keys.count(key) > 1), "")
        if twice or not keys:
            came = f"two called {twice[:60]}" if twice else "none"
            refuse(where, "at least one metric, each with a key of its own", came,
                   "Correct the columns")  # fmt: skip


def guess_mapping(source: Path) -> ColumnMapping:
    """Guess from the first rows how a table is read.

    Raises:
        InputError: It is no table, or has no column of numbers besides step and time.
    """
    head = read_table_head(source)
    cells = {name: head.cells(at) for at, name in enumerate(head.columns)}
    decimal = _decimal(head.separator, cells)
    numbers = {name: [read_number(cell, decimal) for cell in told] for name, told in cells.items()}
    step = step_column(numbers, _numbered(head))
    time, unit = _time(cells, numbers)
    metrics = [name for name, told in numbers.items()
               if name not in (step, time) and 2 * told.count(None) <= len(told)]  # fmt: skip
    mapping = ColumnMapping(head.separator, decimal, head.header_lines, head.columns, step, time,
                            unit, harmonised(metrics))  # fmt: skip
    if not any(number is not None for name in metrics for number in numbers[name]):
        came = ", ".join(head.columns)[:200]
        raise InputError(source.name, expected="a column of numbers besides step and time",
                         came=came, do="Choose another file")  # fmt: skip
    return mapping


def _numbered(head: Head) -> list[dict[str, float | None]]:
    named = [name for name in head.columns if normal_form(name) in (*STEPS, *EPOCHS)]
    places = {name: head.columns.index(name) for name in named}
    return [
        {name: read_number(row[place], ".") for name, place in places.items()} for row in head.rows
    ]


def _decimal(separator: str, cells: Mapping[str, Sequence[str]]) -> str:
    if separator == ",":
        return "."
    told = [cell for column in cells.values() for cell in column]
    commas = sum(_COMMA.fullmatch(cell) is not None for cell in told)
    points = sum("." in cell and read_number(cell, ".") is not None for cell in told)
    return "," if commas > points else "."


def counting_column(wanted: Sequence[str], numbers: Mapping[str, Sequence[float | None]]) -> str:
    """Find the column whose name comes first among those wanted, and that mostly counts.

    Example:
        >>> counting_column(STEPS, {"iter": [1.0, 2.0], "Global Step": [0.5, 0.7]})
        'iter'
    """
    for form in wanted:
        for name, told in numbers.items():
            counts = sum(one is not None and one >= 0 and one % 1 == 0 for one in told)
            if normal_form(name) == form and 0 < len(told) < 2 * counts:
                return name
    return ""


def step_column(
    numbers: Mapping[str, Sequence[float | None]], rows: Sequence[Mapping[str, float | None]]
) -> str:
    """Find the column that counts the steps of a run, else its epochs; empty where none does.

    A step that falls where the epoch rises counts within an epoch: then the rows are counted.

    Args:
        numbers: What is measured, by column.
        rows: The same row by row.
    """
    step, epoch = (counting_column(wanted, numbers) for wanted in (STEPS, EPOCHS))
    if not step or not epoch:
        return step or epoch or counting_column(INDICES, numbers)
    pairs = [(row.get(step), row.get(epoch)) for row in rows]
    known = [(s, e) for s, e in pairs if s is not None and e is not None]
    begins_again = any(b[0] < a[0] and b[1] > a[1] for a, b in pairwise(known))
    return "" if begins_again else step


def _time(
    cells: Mapping[str, Sequence[str]], numbers: Mapping[str, Sequence[float | None]]
) -> tuple[str, TimeUnit]:
    for form in TIMES:
        for name, told in numbers.items():
            if normal_form(name) != form or not told:
                continue
            known = [one for one in told if one is not None]
            if len(known) == len(told):
                return name, "ms" if max(known) > MILLISECONDS else "s"
            if all(re.match(r"\d{4}-\d\d-\d\d[ T]\d\d", cell) for cell in cells[name]):
                return name, "text"
    return "", "s"
