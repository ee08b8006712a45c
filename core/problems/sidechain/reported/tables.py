"""What the note reports, as data: tables by slot, totals, settings, its comparison with R3."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.problems.sidechain.reported.table_files import ReportedTable, Row, read_rows, read_tables

DATA: Final = Path(__file__).resolve().parents[4] / "sample_data" / "sidechain"

Kind = Literal["measured", "about", "estimated", "not measured"]


@dataclass(frozen=True)
class Total:
    """A figure of a whole version.

    Args:
        version: Name of the model.
        quantity: "overall", "side_chain", "sequence_accuracy" (%), "perplexity", "epoch".
        value: In `unit`.
        unit: "A", "%" or empty.
        kind: How it is known.
        source: Line of the note.
    """

    version: str
    quantity: str
    value: float
    unit: str
    kind: Kind
    source: str


def note_tables() -> tuple[ReportedTable, ...]:
    """Give the note's tables by slot, v4 then v5."""
    return read_tables(DATA / "reported.csv")


def note_totals() -> tuple[Total, ...]:
    """Give the note's figures for whole versions."""
    return tuple(
        Total(row["version"], row["quantity"], float(row["value"]), row["unit"],
              _kind(row["kind"]), row["source"])
        for _, row in read_rows(DATA / "totals.csv", ("version", "quantity", "value"))
    )  # fmt: skip


def note_settings() -> tuple[Row, ...]:
    """Give what changed between v4 and v5: setting, v4, v5, source."""
    return tuple(row for _, row in read_rows(DATA / "settings.csv", ("setting", "v4", "v5")))


def note_comparison() -> tuple[Row, ...]:
    """Give the note's comparison with R3 diffusion, each cell with how it is known.

    A cell that is estimated or not measured wins nothing (R-51).
    """
    return tuple(
        row for _, row in read_rows(DATA / "r3.csv", ("quantity", "r3_kind", "decoder_kind"))
    )


def _kind(text: str) -> Kind:
    known: tuple[Kind, ...] = ("measured", "about", "estimated", "not measured")
    return next(kind for kind in known if kind == text)
