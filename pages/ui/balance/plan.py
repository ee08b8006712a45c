"""The table that the page edits: raw values and weights by stage, kept through the session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.balance.shares import Band
from core.balance.solver import Solution
from core.balance.table import BalanceTable, read_balance_table
from core.errors import CoreError, InputError
from core.figures.theme import term_label
from core.problems.peptide.balance import (
    DATA,
    PrecursorForm,
    expected_raw,
    note_raw,
    note_schedule,
)
from core.training.curriculum import Schedule
from pages.ui.charts import show_table
from pages.ui.page import explain_error

SCHEDULE, OWN = "balance-schedule", "balance-own-table"
SHORT = {"ce": "CE", "spectrum": "Spec", "precursor": "Prec"}
PPM = "ppm"


@dataclass(frozen=True, eq=False)
class Plan:
    """What the page shows.

    Args:
        table: Raw values, weights and targets.
        error_ppm: Expected precursor error of each stage that has one.
    """

    table: BalanceTable
    error_ppm: dict[str, float]


def current_schedule() -> Schedule:
    """Give the schedule that was loaded or edited, else the note's."""
    return st.session_state.get(SCHEDULE) or note_schedule()


def own_table() -> BalanceTable:
    """Give the table that was uploaded, else the example of another problem."""
    path = DATA / "example_terms.csv"
    return st.session_state.get(OWN) or read_balance_table(path, name=path.name)


def start_frame(source: str, form: PrecursorForm) -> pd.DataFrame:
    """Build the editable table of a source: a row a stage, raw values, then weights."""
    if source == "table":
        own = own_table()
        return _frame(own.stages, own.terms, own.raw, own.weights)
    schedule = current_schedule()
    values = expected_raw(form) if source == "expected" else note_raw()
    row = {stage: i for i, stage in enumerate(values.stages)}
    raw = np.full(schedule.weights.shape, np.nan)
    ppm = np.full(len(schedule.stages), np.nan)
    for i, stage in enumerate(schedule.names):
        if stage in row:
            known = dict(zip(values.terms, values.raw[row[stage]], strict=True))
            raw[i] = [known.get(term, np.nan) for term in schedule.terms]
            ppm[i] = values.error_ppm[row[stage]]
    frame = _frame(schedule.names, schedule.terms, raw, schedule.weights)
    if source == "expected":
        frame.insert(1, PPM, ppm)
        frame = frame.drop(columns="raw:precursor", errors="ignore")
    return frame


def _frame(
    stages: tuple[str, ...], terms: tuple[str, ...], raw: np.ndarray, weights: np.ndarray
) -> pd.DataFrame:
    columns = {f"raw:{term}": raw[:, j] for j, term in enumerate(terms)}
    columns |= {f"weight:{term}": weights[:, j] for j, term in enumerate(terms)}
    return pd.DataFrame({"stage": list(stages), **columns})


def plan_from(
    frame: pd.DataFrame,
    form: PrecursorForm,
    bands: Mapping[str, Band] | None,
) -> Plan:
    """Check an edited table and give what it says.

    Args:
        frame: As `start_frame` builds it, edited.
        form: Turns the column ppm into the raw precursor value.
        bands: Targets by term; None takes those of the person's own table.

    Raises:
        InputError: A cell cannot be used; it names the stage and the column.
    """
    terms = [name.removeprefix("weight:") for name in frame.columns if name.startswith("weight:")]
    frame = frame.dropna(how="all").reset_index(drop=True)
    _named(frame)
    raw, errors = _raw(frame, terms, form)
    targets = {} if bands is None else bands
    own = own_table() if bands is None else None
    rows = []
    for i, stage in enumerate(frame["stage"].astype(str)):
        for j, term in enumerate(terms):
            band = targets.get(term) if own is None else _own_band(own, stage, term)
            rows.append(
                {
                    "stage": stage,
                    "term": term,
                    "raw": raw[i, j],
                    "weight": frame.loc[i, f"weight:{term}"],
                    "target_low": band.low_percent if band else None,
                    "target_high": band.high_percent if band else None,
                }
            )
    return Plan(read_balance_table(pd.DataFrame(rows), name="schedule"), errors)


def _named(frame: pd.DataFrame) -> None:
    names = ["" if pd.isna(name) else str(name).strip() for name in frame["stage"]]
    if not all(names) or not names:
        raise InputError(
            "schedule",
            expected="a name for every stage",
            came="an empty one" if len(frame) else "no stage",
            do="Fill the column Stage; the last valid schedule is kept",
        )


def _raw(
    frame: pd.DataFrame, terms: list[str], form: PrecursorForm
) -> tuple[np.ndarray, dict[str, float]]:
    raw = np.full((len(frame), len(terms)), np.nan)
    for j, term in enumerate(terms):
        if f"raw:{term}" in frame:
            raw[:, j] = frame[f"raw:{term}"]
    if PPM not in frame:
        return raw, {}
    ppm = frame[PPM].to_numpy(float)
    for i in np.flatnonzero(ppm < 0):
        raise InputError(
            f"schedule, stage {frame.loc[i, 'stage']}, ppm",
            expected="0 or more",
            came=f"{ppm[i]:g}".replace("-", "−"),
            do="Correct the cell or press Reset; the last valid schedule is kept",
        )
    value, _ = form.value_and_slope(np.nan_to_num(ppm))
    raw[:, terms.index("precursor")] = np.where(np.isnan(ppm), np.nan, value)
    stages = frame["stage"].astype(str)
    known = {s: float(p) for s, p in zip(stages, ppm, strict=True) if not np.isnan(p)}
    return raw, known


def _own_band(own: BalanceTable, stage: str, term: str) -> Band | None:
    if term not in own.terms:
        return None
    row = own.stages.index(stage) if stage in own.stages else -1
    return own.bands[row][own.terms.index(term)]


def column_config(frame: pd.DataFrame, *, fixed_stages: bool) -> dict[str, Any]:
    """Give short headers with the full name as help; widths that fit half a page."""
    config: dict[str, Any] = {
        "stage": st.column_config.TextColumn("Stage", width=52, disabled=fixed_stages),
        PPM: st.column_config.NumberColumn(
            PPM, width=68, format="localized", help="Expected precursor error at the start, ppm."
        ),
    }
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
        height="content",
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
    bands: Mapping[str, Band] | None,
) -> Plan:
    """Read the edited table; where it cannot be used say why and take the last valid one."""
    valid = f"valid-{slot}"
    try:
        plan = plan_from(frame, form, bands)
        st.session_state[valid] = frame
    except CoreError as error:
        explain_error(error)
        st.markdown(":gray[:small[The last valid schedule is shown.]]")
        return plan_from(st.session_state.get(valid, start), form, bands)
    return plan


def show_solved(table: BalanceTable, solution: Solution) -> None:
    """Show the table with the solved weights, read-only."""
    solved = _frame(table.stages, table.terms, table.raw, solution.weights)
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
