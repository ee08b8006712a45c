"""Which run of a log, and which of its columns: as they were recognised, to be corrected."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from core.importers.column_mapping import ColumnMapping
from core.importers.preview import Preview, preview
from pages.ui.charts import show_table

NOTHING: Final = "–"
TABLE_HEIGHT, MOST_ROWS = 330, 10


def choose_run_and_columns(source: Path, first: Preview) -> Preview:
    """Let the reader choose a run and correct the columns; preview again where that changed it."""
    run, mapping, found = first.run, first.mapping, first
    with st.sidebar:
        if len(first.runs) > 1:
            run = st.selectbox("Run", first.runs, key="import-run", help="Of those in the source.")
        if mapping:
            mapping = _counted(mapping)
    if (run, mapping) != (first.run, first.mapping):
        found = preview(source, run, mapping)
    rows = [{"There": m.name, "Here": m.key, "Values": m.points, "First step": m.first_step,
             "Last step": m.last_step} for m in found.metrics]  # fmt: skip
    if mapping is None:
        show_table(pd.DataFrame(rows), key="import", height=_height(rows),
                   alt="Each metric with its name, values and steps.")  # fmt: skip
        return found
    edited = _edited(mapping, rows)
    return found if edited == mapping else preview(source, run, edited)


def _counted(mapping: ColumnMapping) -> ColumnMapping:
    """Show which columns count, to be corrected."""
    columns = (NOTHING, *mapping.columns)
    step = st.selectbox(
        "Steps", columns, index=columns.index(mapping.step or NOTHING), key="import-step",
        help="The column that counts; none counts the rows from 1.",
    )  # fmt: skip
    time = st.selectbox(
        "Times", columns, index=columns.index(mapping.time or NOTHING), key="import-time",
        help="The column with times; none gives all values the time of the import.",
    )  # fmt: skip
    step, time = (("" if name == NOTHING else name) for name in (step, time))
    metrics = {name: key for name, key in mapping.metrics.items() if name not in (step, time)}
    return replace(mapping, step=step, time=time, metrics=metrics)


def _edited(mapping: ColumnMapping, rows: Sequence[dict[str, Any]]) -> ColumnMapping:
    """Show how the columns are read, to be corrected: which, and what each is called here."""
    left_out = [{"There": name, "Here": name, "Values": None, "First step": None,
                 "Last step": None} for name in mapping.left_out]  # fmt: skip
    shown = [{"Read": row["Values"] is not None, **row} for row in (*rows, *left_out)]
    edited: Any = st.data_editor(
        pd.DataFrame(shown), key=f"import-columns-{mapping.step}-{mapping.time}", hide_index=True,
        disabled=["There", "Values", "First step", "Last step"], width="stretch", row_height=28,
        height=_height(shown), placeholder=NOTHING,
        column_config={"Read": st.column_config.CheckboxColumn(width=44)},
        alt="Each column: whether it is read, its name there and here, its values and steps.",
    )  # fmt: skip
    # A cell that was cleared holds None or NaN; its column is left out.
    metrics = {row["There"]: row["Here"] for row in edited.to_dict("records")
               if row["Read"] and isinstance(row["Here"], str) and row["Here"].strip()}  # fmt: skip
    return replace(mapping, metrics=metrics)


def _height(rows: Sequence[object]) -> int | Literal["content"]:
    return "content" if len(rows) <= MOST_ROWS else TABLE_HEIGHT
