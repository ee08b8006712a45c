"""Editing the table of the page: what was typed survives a switch of page, mode and source."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.balance.shares import Band
from core.balance.solver import Solution
from core.balance.table import BalanceTable, read_balance_table
from core.errors import CoreError
from core.metrics import term_label
from core.problems.peptide.balance import DATA, PrecursorForm, note_schedule
from core.training.curriculum import Schedule
from pages.ui.balance.plan import PPM, Plan, plan_from, start_frame, wide_frame
from pages.ui.charts import show_table
from pages.ui.page import explain_error

TALLEST, MOST_ROWS = 320, 10  # a longer table scrolls, so that the view below stays in sight
SCHEDULE, OWN = "balance-schedule", "balance-own-table"
LONG_COLUMNS: dict[str, Any] = {
    "stage": st.column_config.TextColumn("Stage", width=64, required=True),
    "term": st.column_config.TextColumn("Term", width=84, required=True),
    "raw": st.column_config.NumberColumn("Raw", width=66, help="Unweighted value, 0 or more."),
    "weight": st.column_config.NumberColumn("Weight", width=76, help="0 switches the term off."),
    "target_low": st.column_config.NumberColumn("Low, %", width=70, help="Target, lower end."),
    "target_high": st.column_config.NumberColumn("High, %", width=70, help="Target, upper end."),
}
SHORT = {"ce": "CE", "spectrum": "Spec", "precursor": "Prec"}


def current_schedule() -> Schedule:
    """Give the schedule that was loaded or edited, else the note's."""
    return st.session_state.get(SCHEDULE) or note_schedule()


def own_table() -> BalanceTable:
    """Give the table that was uploaded, else the example of another problem."""
    path = DATA / "example_terms.csv"
    return st.session_state.get(OWN) or read_balance_table(path, name=path.name)


def column_config(frame: pd.DataFrame, *, fixed_stages: bool) -> dict[str, Any]:
    """Give short headers with the full name as help; widths that fit half a page."""
    config: dict[str, Any] = {
        "stage": st.column_config.TextColumn("Stage", width=64, disabled=fixed_stages),
        PPM: st.column_config.NumberColumn(
            PPM, width=68, format="localized", help="Expected precursor error at the start, ppm."
        ),
    }
    if "term" in frame.columns:
        return LONG_COLUMNS
    for name in frame.columns:
        kind, _, term = str(name).partition(":")
        short = SHORT.get(term, term_label(term))
        if kind == "raw":
            config[name] = st.column_config.NumberColumn(
                short, width=58, format="%.2f", help=f"Raw value of {term_label(term)}."
            )
        elif kind == "weight":
            config[name] = st.column_config.NumberColumn(
                f"w {short.lower() if short != 'CE' else short}",
                width=66,
                format="%.4g",
                help=f"Weight of {term_label(term)}; 0 switches the term off.",
            )
    return config


def edit_frame(slot: str, start: pd.DataFrame, *, dynamic: bool) -> pd.DataFrame:
    """Draw the editor. What was typed survives a switch of page, of mode and of source.

    Streamlit forgets an editor's cells when it is not drawn; the last table is kept beside it and
    becomes the start of the next editor.
    """
    kept, base, key = f"kept-{slot}", f"base-{slot}", f"editor-{slot}-{dynamic}"
    if key not in st.session_state or base not in st.session_state:
        st.session_state[base] = st.session_state.get(kept, start)
    frame = st.data_editor(
        st.session_state[base],
        key=key,
        hide_index=True,
        num_rows="dynamic" if dynamic else "fixed",
        row_height=26,
        height=TALLEST if len(start) > MOST_ROWS else "content",
        width="stretch",
        column_config=column_config(start, fixed_stages=not dynamic),
        placeholder="–",
        alt="Raw values and weights of each stage; every cell can be edited.",
    )
    st.session_state[kept] = frame
    return frame


def kept_frame(slot: str, start: pd.DataFrame) -> pd.DataFrame:
    """Give the table as last edited, else its start."""
    return st.session_state.get(f"kept-{slot}", start)


def valid_plan(
    slot: str,
    frame: pd.DataFrame,
    start: pd.DataFrame,
    form: PrecursorForm,
    bands: Mapping[str, Band],
) -> Plan:
    """Read the edited table; where it cannot be used say why and take the last valid one."""
    valid = f"valid-{slot}"
    note = start_frame(slot, form, note_schedule(), own_table())
    tries = (frame, st.session_state.get(valid, start), start, note)
    for position, candidate in enumerate(tries):
        try:
            plan = plan_from(candidate, form, bands)
        except CoreError as error:
            if position == 0:
                explain_error(error)
                st.markdown(":gray[:small[The last valid schedule is shown.]]")
        else:
            st.session_state[valid] = candidate
            return plan
    raise AssertionError("the note's schedule is valid")


def show_solved(table: BalanceTable, solution: Solution) -> None:
    """Show the table with the solved weights, read-only."""
    solved = wide_frame(table.stages, table.terms, table.raw, solution.weights)
    config = column_config(solved, fixed_stages=True)
    show_table(
        solved,
        key="solved",
        alt="Raw values and solved weights of each stage.",
        columns=config,
        row_height=26,
    )


def forget_edits() -> None:
    """Drop everything typed or loaded: the tables start again from their sources."""
    for key in list(st.session_state):
        if str(key).startswith(("kept-", "base-", "editor-", "valid-")) or key in (SCHEDULE, OWN):
            del st.session_state[key]
