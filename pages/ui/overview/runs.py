"""What is running, what was found, and the last results."""

import pandas as pd
import streamlit as st

from core.metrics import read_key, shown
from core.runs.index import list_runs
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.headline import BADGES, newest
from pages.ui.train.watched import Look, look_at

NEWEST = 5
REFRESH_S = 2.0


def show_runs() -> None:
    """List the newest runs with their state, their result and their worst finding."""
    rows = list_runs()[:NEWEST]
    active = any(row.state in {"queued", "running", "stopping"} for row in rows)
    st.fragment(_table, run_every=REFRESH_S if active else None)()


def _table() -> None:
    looks = [look_at(row.folder) for row in list_runs()[:NEWEST]]
    heading("Runs", "the newest first; samples were recorded by this code")
    show_table(
        pd.DataFrame([_row(look) for look in looks], columns=["Run", "State", "Step", "Result",
                                                              "Finding"]),
        key="runs",
        alt="The newest runs with state, step, result and worst finding.",
    )  # fmt: skip
    st.page_link("pages/train.py", label="Open in Train", icon=":material/arrow_forward:")


def _row(look: Look) -> tuple[str, str, int, str, str]:
    found = look.diagnosis.open
    finding = found[0].verdict if found else ""
    state = BADGES[look.status.state][0]
    return look.name, state, look.history.last_step, _result(look), finding


def _result(look: Look) -> str:
    if look.experiment is None or (value := newest(look.history, look.experiment.primary)) is None:
        return ""
    key = read_key(look.experiment.primary)
    return f"{shown(value, key.spec)} {key.label}"
