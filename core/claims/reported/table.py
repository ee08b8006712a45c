"""A reported table as it was printed, with what each of its columns means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.claims.reported.numbers import Printed

Direction = Literal["down", "across"]
Place = tuple[int, int]  # row, column

# What a column may be; a column may have several roles, or none: then it is text.
ROLES: Final[Mapping[str, str]] = {
    "part": "adds up to the total",
    "share": "share of its part in all parts, in % or as a fraction",
    "total": "sum of the parts of its row",
    "factor": "is multiplied",
    "weight": "is multiplied; a setting, so not rounded",
    "product": "product of the factors and weights of its row",
    "mean": "its total is the mean, weighted by the count",
    "rms": "its total is the root mean square, weighted by the count",
    "count": "how many; not rounded",
    "before": "value before",
    "after": "value after; without a before the first row is the one before",
    "change": "after less before",
    "gain": "change in percent of before",
    "ratio": "after over before",
    "estimate": "expected or estimated value",
    "measured": "measured or computed value",
    "better": "names the column that wins; its unit: lower or higher",
}
EXACT: Final = {"weight", "count"}


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        name: As printed.
        unit: Empty where none is given.
        roles: Of `ROLES`; empty where it is text.
    """

    name: str
    unit: str = ""
    roles: tuple[str, ...] = ()

    @property
    def holds_numbers(self) -> bool:
        """Whether its cells are read as numbers."""
        return bool(set(self.roles) - {"better"})

    @property
    def heading(self) -> str:
        """The name with the unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class ReportedTable:
    """A table that somebody reports.

    Args:
        title: What it shows.
        source: Where it stands.
        note: What else must be known; may be empty.
        adds_up: Whether parts and shares stand below or beside one another.
        columns: Without the names of the rows.
        names: Of the rows.
        cells: A row each, a cell for each column.
        total_row: Where the totals of the columns stand; None where there are none.
    """

    title: str
    source: str
    note: str
    adds_up: Direction
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[Printed, ...], ...]
    total_row: int | None = None

    @property
    def body(self) -> tuple[int, ...]:
        """Rows that are no total."""
        return tuple(row for row in range(len(self.names)) if row != self.total_row)

    def having(self, role: str) -> tuple[int, ...]:
        """Give the columns of a role, in order."""
        return tuple(i for i, column in enumerate(self.columns) if role in column.roles)

    def cell(self, place: Place) -> Printed:
        """Give the cell at a place."""
        return self.cells[place[0]][place[1]]

    def called(self, place: Place) -> str:
        """Name a place by its row and column."""
        return f"{self.names[place[0]]}, {self.columns[place[1]].name}"

    def places(self) -> Iterator[Place]:
        """Go through all cells, row by row."""
        for row in range(len(self.names)):
            for column in range(len(self.columns)):
                yield row, column
