"""Runs that other trainers are writing: begin to follow, and see who is followed."""

from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.theme import Palette
from core.follow.running import TAG, begin_following, is_following
from core.runs.index import RunRow, list_runs
from core.runs.launching import launch, request_stop
from pages.ui.charts import show_table
from pages.ui.controls import Text, draw_control
from pages.ui.page import escaped, explain_error, heading

REFRESH_S: Final = 1.0
PATH: Final = Text(
    "follow_path",
    "File or folder that is written",
    "TensorBoard event files or their folder, CSV, lines of JSON; or one of our run folders on "
    "another disk, which is then read in place.",
    "",
    "~/training/logs",
)
NAME: Final = Text("follow_name", "Name", "What the run is called in lists.", "", "its path")


def show_follow(palette: Palette) -> None:
    """A form for a path, and the runs that are followed."""
    del palette
    with st.sidebar:
        path = str(draw_control(PATH)).strip()
        name = str(draw_control(NAME)).strip()
        is_asked = st.button("Follow", key="follow", type="primary", icon=":material/sensors:",
                             disabled=not path, width="stretch")  # fmt: skip
    if is_asked:
        try:
            folder = begin_following(Path(path), name=name)
            if is_following(folder):
                launch(folder)
        except CoreError as error:
            explain_error(error)
    st.fragment(_show_followed, run_every=REFRESH_S)()
    st.markdown(
        ":gray[From a terminal: `python -m core follow PATH`. For a script of your own five lines "
        "log everything that our trainers do: see *Log your own script* in the README.]"
    )


def _show_followed() -> None:
    """List followed runs with their state, and a button for those that are written."""
    rows = [row for row in list_runs() if TAG in row.tags]
    heading("Followed", "looked at several times a second, by a process of its own")
    if not rows:
        st.markdown(":gray[Nothing is followed yet. Name a file or folder in the sidebar.]")
        return
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="followed",
        alt="Followed runs with their state and newest step.",
    )
    for row in rows:
        if row.state in ("running", "queued"):
            _controls(row)


def _cells(row: RunRow) -> dict[str, object]:
    return {"Run": row.name, "State": row.state, "Step": row.step,
            "Metrics": len(row.metrics), "Message": row.message}  # fmt: skip


def _controls(row: RunRow) -> None:
    line = st.container(horizontal=True, vertical_alignment="center")
    line.markdown(escaped(row.name))
    line.page_link("pages/train.py", label="Watch it", icon=":material/monitoring:",
                   query_params={"run": row.id})  # fmt: skip
    if line.button("Stop following", key=f"unfollow-{row.id}", type="tertiary"):
        request_stop(row.folder)
