"""Reported tables: each checked against itself, with the cells that disagree marked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import pandas as pd
import streamlit as st

from core.claims.reported.checks import check_table, count_verdicts, marked_cells
from core.claims.reported.equations import Checked, Verdict
from core.claims.reported.kept import added_tables, sample_tables
from core.claims.reported.table import ROLES, Column, ReportedTable
from core.errors import CoreError
from core.figures.theme import Palette, faded
from pages.ui.charts import show_table
from pages.ui.claims.add_table import show_adding, show_format
from pages.ui.claims.controls import TABLE
from pages.ui.controls import draw_control
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.train.actions import show_problem

SIGNS: Final[Mapping[Verdict, str]] = {"does not hold": "≠", "cannot tell": "?", "holds": ""}
COLORS: Final[Mapping[Verdict, str]] = {"does not hold": "#D55E00", "cannot tell": "#7A879B"}
SHADE: Final = 0.24
MOST_ROWS: Final = {"reported": 20, "verdicts": 10}  # then the table scrolls
ROW_PX: Final = 28


def show_tables(palette: Palette) -> None:
    """Show one table with its marks and verdicts, and how all of them stand."""
    del palette
    show_problem()
    try:
        added, errors = added_tables()
        tables = {**sample_tables(), **added}
    except CoreError as error:
        explain_error(error)
        return
    with st.sidebar:
        control = replace(TABLE, options=tuple(tables), names=_labels(tables).__getitem__)
        name = draw_control(control)
        show_adding(name, tables[name], is_added=name in added)
    for error in errors:
        explain_error(error)
    _show_one(tables[name], check_table(tables[name]))
    heading("All tables", f"{len(added)} added, {len(tables) - len(added)} of the notes")
    show_table(
        pd.DataFrame([_summary(table, name in added) for name, table in tables.items()]),
        key="tables",
        alt="All reported tables with their sources and how many of their numbers hold.",
        columns={"Table": st.column_config.TextColumn(width=330)},
    )
    show_format()


def _labels(tables: Mapping[str, ReportedTable]) -> dict[str, str]:
    """Name each table by its title; a later one of the same title by its file, too."""
    labels: dict[str, str] = {}
    for name, table in tables.items():
        is_taken = table.title in labels.values()
        labels[name] = f"{table.title} ({name[:6]})" if is_taken else table.title
    return labels


def _show_one(table: ReportedTable, found: Sequence[Checked]) -> None:
    counts = count_verdicts(found)
    of = f"of {len(found)} check{'s' * (len(found) != 1)}"
    metrics_row([
        Metric("Hold", f"{counts['holds']}", of,
               "The printed number is what the others give, as far as rounding allows."),
        Metric("Do not hold", f"{counts['does not hold']}", of,
               "No true values round to all the printed numbers at once."),
        Metric("Cannot tell", f"{counts['cannot tell']}", of,
               "A cell is blank, a bound or an estimate, units differ, or rounding hides it."),
    ])  # fmt: skip
    legend = "≠ does not hold, ? cannot tell"
    heading(escaped(table.title), f"reported in {escaped(table.source)} · {legend}")
    _show_cells(table, found)
    if table.note:
        st.markdown(f":gray[:small[{escaped(table.note)}.]]")
    if not found:
        st.info("No check applies: give the columns roles in the line role.",
                icon=":material/info:")  # fmt: skip
        return
    heading("What the numbers say of one another", "what does not hold comes first")
    show_table(
        pd.DataFrame([_verdict(one) for one in found]),
        key="verdicts",
        alt="Each check with its verdict, the printed number and what the others give.",
        height=_height("verdicts", len(found)),
        columns={
            "Verdict": st.column_config.TextColumn(width=100),
            "Check": st.column_config.TextColumn(width=110),
            "Printed": st.column_config.TextColumn(width=90, alignment="right"),
            "Why": st.column_config.TextColumn(width=320),
        },
    )


def _show_cells(table: ReportedTable, found: Sequence[Checked]) -> None:
    """Show the table as printed; a mark is a sign and a shade, so that neither stands alone."""
    marks = marked_cells(found)
    rows = [
        {"": name} | {
            column.heading: f"{table.cells[row][at].text} {SIGNS[marks[row, at]]}"
            if (row, at) in marks
            else table.cells[row][at].text
            for at, column in enumerate(table.columns)
        }
        for row, name in enumerate(table.names)
    ]  # fmt: skip

    def shades(cells: pd.DataFrame) -> pd.DataFrame:
        shown = pd.DataFrame("", index=cells.index, columns=cells.columns)
        for (row, column), verdict in marks.items():
            shade = faded(COLORS[verdict], SHADE)
            shown.iloc[row, column + 1] = f"background-color: {shade}"
        return shown

    show_table(
        pd.DataFrame(rows).style.apply(shades, axis=None),
        key="reported",
        alt=f"{table.title}, as reported: cells that disagree carry an unequal sign, those that "
        "cannot be told a question mark.",
        height=_height("reported", len(rows)),
        columns={column.heading: _head(column) for column in table.columns},
    )


def _height(name: str, rows: int) -> int | Literal["content"]:
    most = MOST_ROWS[name]
    return "content" if rows <= most else (most + 1) * ROW_PX + ROW_PX // 2


def _head(column: Column) -> object:
    said = "; ".join(f"{role}: {ROLES[role]}" for role in column.roles)
    return st.column_config.TextColumn(
        help=said or "No role: shown, not checked.",
        alignment="right" if column.holds_numbers else "left",
    )


def _verdict(one: Checked) -> dict[str, str]:
    return {
        "Verdict": one.verdict,
        "Check": one.check,
        "Number": one.about,
        "Printed": one.printed,
        "The others give": one.recomputed,
        "Why": one.why,
    }


def _summary(table: ReportedTable, is_added: bool) -> dict[str, object]:
    counts = count_verdicts(check_table(table))
    return {
        "Table": table.title,
        "Source": table.source,
        "Does not hold": counts["does not hold"],
        "Cannot tell": counts["cannot tell"],
        "Holds": counts["holds"],
        "From": "added" if is_added else "a note",
    }
