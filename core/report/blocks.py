"""What stands in a report: text, charts, tables and listings, as plain values.

The page and the file draw the same blocks, so what is exported is what is seen.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import Palette

Cell = str | int | float | None
NAME_LETTERS: Final = 80


@dataclass(frozen=True)
class Prose:
    """Text that a person wrote, in Markdown."""

    markdown: str


@dataclass(frozen=True)
class Said:
    """A remark of ours; a warning where something that was asked for cannot be shown."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure, drawn from its record in the colours of the reader.

    Args:
        name: Of the saved file.
        alt: What a person who cannot see it should know.
        record: What `draw` takes.
        draw: A function `draw(record, palette, height=...)` of `core.figures`.
        height: In pixels.
    """

    name: str
    alt: str
    record: Any
    draw: Callable[..., go.Figure]
    height: int

    def figure(self, palette: Palette) -> go.Figure:
        """Draw it."""
        return self.draw(self.record, palette, height=self.height)


@dataclass(frozen=True)
class Table:
    """A table; numbers are rounded as they are shown, so that the CSV says the same.

    Args:
        name: Of the saved file.
        alt: What it holds, in a sentence.
        columns: Heads, with units.
        rows: A cell for each column.
    """

    name: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Listing:
    """Lines to be copied: commands, a configuration; folded away where it is long."""

    title: str
    text: str
    is_folded: bool = False


Block = Prose | Said | Chart | Table | Listing


@dataclass(frozen=True)
class Built:
    """A section that is ready to be drawn."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its figures."""
        return tuple(block for block in self.blocks if isinstance(block, Chart))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, Table))


def rounded(value: float) -> float:
    """Round to four digits, as tables show it; above 1,000 to whole numbers.

    Example:
        >>> rounded(79.7246), rounded(0.0123456), rounded(12_345.6)
        (79.72, 0.01235, 12346.0)
    """
    if not isfinite(value):
        return value
    return float(f"{value:.0f}" if abs(value) >= 1_000 else f"{value:.4g}")


def cell_text(cell: Cell) -> str:
    """Write a cell, in the file and in CSV alike; empty where there is nothing.

    Example:
        >>> cell_text(79.72), cell_text(12346.0), cell_text(float("nan")), cell_text(None)
        ('79.72', '12346', 'NaN', '')
    """
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isnan(cell):
        return "NaN"
    whole = isinstance(cell, int) or cell.is_integer()
    return f"{cell:.0f}" if whole else f"{cell:g}"


def csv_text(table: Table) -> str:
    r"""Write a table as CSV.

    Example:
        >>> csv_text(Table("t", "", ("run", "loss"), (("a, b", 0.5), ("c", None))))
        'run,loss\n"a, b",0.5\nc,\n'
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cell_text(cell) for cell in row] for row in table.rows)
    return stream.getvalue()


def shortened(text: str, most: int = NAME_LETTERS) -> str:
    r"""Put text on one line and cut it: a name may have been written by anything.

    Example:
        >>> shortened("a\n b"), shortened("x" * 200, 5)
        ('a b', 'xxxx…')
    """
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
