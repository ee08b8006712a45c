"""Adding a reported table: uploaded, kept in the state folder, removed again."""

from typing import Final

import pandas as pd
import streamlit as st

from core.claims.reported.kept import add_table, remove_table
from core.claims.reported.reading import write_reported
from core.claims.reported.table import ROLES, ReportedTable
from pages.ui.charts import show_table
from pages.ui.claims.controls import TABLE
from pages.ui.train.actions import guarded

UPLOAD: Final = "table-upload"
EXAMPLE: Final = """\
title,Contributions of stage 2
source,"a talk, slide 7"
column,loss,weight,contribution,share
unit,,,,%
role,factor,weight,product part,share
ce,3.26,1.0,3.26,64
spectrum,1.79,0.05,0.09,2
total,,,~5.1,
"""


def show_adding(name: str, table: ReportedTable, *, is_added: bool) -> None:
    """Draw what adds a table, saves the one shown, and removes it."""
    st.file_uploader(
        "Add a table, CSV",
        key=UPLOAD,
        max_upload_size=1,
        on_change=_take,
        help="Kept in the state folder; the same table added twice is there once.",
    )
    st.download_button(
        "Save this table", write_reported(table), f"{name}.csv", key="table-save", mime="text/csv",
        on_click="ignore", type="tertiary", icon=":material/download:",
        help="In the format that can be added: an example to begin with.",
    )  # fmt: skip
    if is_added:
        st.button("Remove this table", key="table-remove", icon=":material/delete:",
                  on_click=_remove, args=(name,), help="The tables of the notes stay."
                  )  # fmt: skip


def show_format() -> None:
    """Explain how a table is written: an example, what cells may be, and the roles."""
    with st.expander("How a table is written"):
        example, roles = st.columns(2, gap="medium")
        with example:
            st.markdown("Lines of the head begin with their names, then come the rows:")
            st.code(EXAMPLE, language=None)
            st.markdown(
                "Cells: `0.34`, `~5`, `< 0.5`, `4 to 5`, `1 (estimate)`, `-`. A number stands for "
                "half a unit of its last digit either way, after `~` for a whole one.\n\n"
                "Further lines of the head: `note` says more, `adds up,across` sums rows instead "
                "of columns, `total row,NAME` names the row of totals."
            )
        with roles:
            show_table(
                pd.DataFrame(ROLES.items(), columns=["Role", "What a column of it is"]),
                key="roles",
                alt="The roles that a column may have, and what each means.",
                columns={"Role": st.column_config.TextColumn(width=80)},
            )


@guarded
def _take() -> None:
    upload = st.session_state[UPLOAD]
    if upload is not None:
        st.session_state[TABLE.key] = add_table(upload.getvalue(), upload.name)


@guarded
def _remove(name: str) -> None:
    remove_table(name)
    st.session_state[TABLE.key] = TABLE.default
