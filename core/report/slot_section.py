"""A section of side chains: RMSD by slot of two versions, beside what needs no model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Final

from core.errors import CoreError, InputError
from core.figures.density_scores import SlotLine, summarise_slots
from core.figures.draw_curves import draw_curves
from core.figures.run_names import chart_text
from core.figures.theme import TERM_COLORS
from core.problems.sidechain.evaluation import BY_RESIDUE
from core.problems.sidechain.reported.tables import note_tables
from core.problems.sidechain.versions.compare import Comparison, Line, compare_versions
from core.problems.sidechain.versions.of_runs import version_of_arrays
from core.problems.sidechain.versions.version import SLOT_NAMES, Version, reported_version
from core.report.blocks import Block, Cell, Chart, Said, Table, rounded, shortened
from core.report.material import Material, run_title
from core.runs.reader import read_arrays

HEIGHT: Final = 330
BASELINES: Final = {
    "clamped": ("truth clamped to ±1 Å", "ink"),
    "slot_mean": ("mean of the slot", "muted"),
    "type_mean": ("mean by residue type", "ghost"),
}
FIRST, SECOND = TERM_COLORS["cosine"], TERM_COLORS["atom"]


def reported_names() -> tuple[str, ...]:
    """Name the tables that the note reports."""
    return tuple(f"note {table.version}" for table in note_tables())


def slot_blocks(values: Mapping[str, Any], material: Material) -> Iterator[Block]:
    """Compare two versions slot by slot, in a chart and a table."""
    try:
        before, after = (_version(values[name], material) for name in ("before", "after"))
        found = compare_versions(before, after)
    except CoreError as error:
        yield Said(str(error), is_warning=True)
        return
    rmsd = found.reference.rmsd
    lines = [SlotLine(name, rmsd[key], color, "dot" if key == "clamped" else "dash")
             for key, (name, color) in BASELINES.items()]  # fmt: skip
    lines += [SlotLine(chart_text(version.title), version.rmsd, color)
              for version, color in ((before, FIRST), (after, SECOND))]  # fmt: skip
    alt = (f"RMSD in angstrom over the 14 slots: {before.title} and {after.title} beside the truth "
           "clamped to one angstrom, the mean of the slot, and the mean by type.")  # fmt: skip
    record = summarise_slots("slots", SLOT_NAMES, lines)
    yield Chart("slots", alt, record, draw_curves, HEIGHT)
    yield Said(f"Baselines: {found.reference.text}. Lower is better.")
    yield _table(found)


def _version(name: str, material: Material) -> Version:
    for table in note_tables():
        if name == f"note {table.version}":
            return reported_version(table, f"{name} (reported)")
    row = material.rows.get(name)
    if row is None:
        raise InputError("version", expected="a table of the note, or a run that is there",
                         came=shortened(name) or "none", do="Choose another")  # fmt: skip
    steps = material.read(row.folder, ()).recorded.get(BY_RESIDUE, ())
    if not steps:
        raise InputError(run_title(row), expected="predictions by residue", came="none",
                         do="Choose a run of side chains")  # fmt: skip
    return replace(_of_run(row.folder, steps[-1]), title=run_title(row))


@lru_cache(maxsize=8)
def _of_run(folder: Path, step: int) -> Version:
    return version_of_arrays(folder.name, read_arrays(folder, BY_RESIDUE, step))


def _table(found: Comparison) -> Table:
    first, second = found.before.title, found.after.title
    columns = ("Slot", "Atoms", f"{first}, Å", f"{second}{' (2nd)' * (first == second)}, Å",
               "Change, Å", "From, Å", "To, Å", "Verdict",
               *(f"{name}, Å" for name, _ in BASELINES.values()))  # fmt: skip
    return Table("slots", "RMSD by slot of both versions with change, verdict and baselines.",
                 columns, tuple(_row(line) for line in (*found.slots, *found.totals)))  # fmt: skip


def _row(line: Line) -> tuple[Cell, ...]:
    name = f"{line.slots[0]} {line.name}" if len(line.slots) == 1 else line.name
    numbers = (line.before, line.after, line.change, *line.change_interval)
    return (name, int(line.count) if isfinite(line.count) else None, *map(_length, numbers),
            line.verdict, *(_length(line.constants[key]) for key in BASELINES))  # fmt: skip


def _length(value: float) -> float | None:
    """Round to a thousandth of an angstrom; what is not known stays empty."""
    return rounded(round(value, 3) + 0.0) if isfinite(value) else None
