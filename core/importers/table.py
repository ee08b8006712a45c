"""Any CSV or TSV of numbers, as Lightning's metrics.csv: rows may be sparse, steps may fall.

The file is read in blocks, so a table may be larger than the memory.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool, Float, Int
from pyarrow import compute as pc
from pyarrow import csv

from core.errors import InputError
from core.events import Event
from core.importers.column_mapping import ColumnMapping, guess_mapping
from core.importers.log import About, Log, check_log
from core.importers.points import MOST_STEPS, Points
from core.importers.side_files import read_hparams
from core.importers.table_head import MISSING
from core.importers.table_places import find_fault
from core.importers.telling import tell

FORMAT: Final = "table"
BOUNDS: Final = ("__MIN", "__MAX")
BLOCK_BYTES: Final = 1 << 22


def detect(source: Path) -> bool:
    """Say whether it is text in columns, at least one of them of numbers, below a header."""
    try:
        mapping = guess_mapping(source)
    except (InputError, OSError):
        return False
    is_export = any(name.endswith(BOUNDS) for name in mapping.columns)  # of Weights & Biases
    return len(mapping.columns) > 1 and mapping.header_lines == 1 and not is_export


def open_log(source: Path, mapping: ColumnMapping | None = None) -> Log:
    """Check a table and count what is in it.

    A row without a step is left out, and a last line that breaks off; both are said.

    Args:
        source: UTF-8 text of any size.
        mapping: How it is read; guessed where it is None.

    Raises:
        InputError: It is no table, a row has another number of cells, or a cell of a metric is
            no number; it names the line, and nothing is read then.
    """
    mapping = mapping or guess_mapping(source)
    mapping.check(source.name)
    doubled = [name for name in mapping.columns if re.sub(r" \(\d+\)$", "", name) != name
               and re.sub(r" \(\d+\)$", "", name) in mapping.columns]  # fmt: skip
    notes = (f"Columns of one name are numbered: {', '.join(doubled[:12])}.",) if doubled else ()
    about = About(
        FORMAT, source, axis=mapping.axis, keys=mapping.metrics,
        config=read_hparams(source.parent), notes=notes,
    )  # fmt: skip
    return check_log(about, partial(blocks, source, mapping))


def read(source: Path, mapping: ColumnMapping | None = None) -> Iterator[Event]:
    """Give the events of a table; see `open_log`."""
    return tell(open_log(source, mapping))


def blocks(
    source: Path, mapping: ColumnMapping, notes: list[str], others: dict[str, None]
) -> Iterator[Points]:
    """Read a table block by block, as `core.importers.log.check_log` wants it.

    Raises:
        InputError: A line cannot be read.
    """
    others |= dict.fromkeys(mapping.left_out)
    rows = without_step = bad_rows = 0

    def skip(_row: csv.InvalidRow) -> str:
        nonlocal bad_rows
        bad_rows += 1
        return "skip"

    try:
        with source.open("rb") as file:
            _skip_header(file, mapping.header_lines)
            for batch in _batches(file, mapping, skip):
                points, lost = _points(batch, mapping, rows)
                rows += len(batch)
                without_step += lost
                yield points
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        find_fault(source, mapping)
        raise InputError(source.name, expected="a table", came=str(error).split("\n")[0][:200],
                         do="Correct the file, or choose another") from error  # fmt: skip
    except OSError as error:
        raise InputError(source.name, expected="a readable file", came=error.strerror or str(error),
                         do="Check the path and its permissions") from error  # fmt: skip
    if bad_rows:
        notes.append(find_fault(source, mapping))
    if without_step:
        notes.append(f"{without_step:,} of {rows:,} rows have no {mapping.step}: left out.")


def _skip_header(file: BinaryIO, lines: int) -> None:
    """Move behind the header; blank lines before it count nothing."""
    while lines and (line := file.readline()):
        lines -= bool(line.strip(b"\xef\xbb\xbf \t\r\n"))


def _batches(file: BinaryIO, mapping: ColumnMapping, skip: object) -> Iterator[pa.RecordBatch]:
    wanted = [name for name in (mapping.step, mapping.time, *mapping.metrics) if name]
    try:
        reader = csv.open_csv(
            file,
            csv.ReadOptions(column_names=list(mapping.columns), block_size=BLOCK_BYTES,
                            use_threads=False),
            csv.ParseOptions(delimiter=mapping.separator, invalid_row_handler=skip),
            csv.ConvertOptions(column_types=dict.fromkeys(wanted, pa.string()),
                               include_columns=wanted, null_values=list(MISSING),
                               strings_can_be_null=True),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise
    yield from reader


def _points(batch: pa.RecordBatch, mapping: ColumnMapping, before: int) -> tuple[Points, int]:
    """Turn rows into points; also count the rows without a step, which have none.

    Args:
        batch: Columns of text.
        mapping: How they are read.
        before: Rows that came before.
    """
    step, is_told = _steps(batch, mapping, before)
    time_s = _times(batch, mapping)
    columns = [_numbers(batch.column(name), mapping.decimal) for name in mapping.metrics]
    measured = np.stack([told for _, told in columns], axis=1) & is_told[:, None]
    row, metric = np.nonzero(measured)
    value = np.stack([number for number, _ in columns], axis=1)[row, metric]
    points = Points(tuple(mapping.metrics), metric, step[row], time_s[row], value)
    return points, int((~is_told).sum())


def _steps(
    batch: pa.RecordBatch, mapping: ColumnMapping, before: int
) -> tuple[Int[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    if not mapping.step:
        return np.arange(before + 1, before + len(batch) + 1), np.ones(len(batch), bool)
    number, is_told = _numbers(batch.column(mapping.step), mapping.decimal)
    is_whole = (number % 1 == 0) & (number >= 0) & (number < MOST_STEPS)
    if not is_whole[is_told].all():
        raise pa.ArrowInvalid("a step that is no whole number of 0 or more")
    return np.where(is_told, number, 0).astype(np.int64), is_told


def _times(batch: pa.RecordBatch, mapping: ColumnMapping) -> Float[np.ndarray, " rows"]:
    if not mapping.time:
        return np.full(len(batch), np.nan)
    column = batch.column(mapping.time)
    if mapping.time_unit == "text":
        told = pd.to_datetime(column.to_pandas(), format="ISO8601", utc=True, errors="coerce")
        return (told - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(float)
    number, _ = _numbers(column, mapping.decimal)
    return number / 1_000 if mapping.time_unit == "ms" else number


def _numbers(
    column: pa.Array, decimal: str
) -> tuple[Float[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    """Read cells as numbers; also say where there is one.

    Raises:
        pa.ArrowInvalid: A cell is no number.
    """
    try:
        number = pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        text = column.to_pandas().str.strip().str.replace(decimal, ".", regex=False)
        number = pc.cast(pa.array(text.where(~text.isin(MISSING), None), pa.string()), pa.float64())
    is_told = number.is_valid().to_numpy(zero_copy_only=False)
    return number.to_numpy(zero_copy_only=False), is_told
