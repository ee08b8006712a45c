"""What is running, what was found, and the last results."""

import pandas as pd
import streamlit as st

from core.metrics import read_key, shown
from core.runs.index import RunRow
from core.runs.status import ACTIVE
from pages.ui.charts import show_table
from pages.ui.findings import open_findings, show_open_findings
from pages.ui.page import heading
from pages.ui.runs.chosen import listed_runs
from pages.ui.train.headline import BADGES, newest
from pages.ui.train.watched import Look, look_at

NEWEST = 5
REFRESH_S = 2.0


def show_runs() -> None:
    """List the newest runs with state and result, and what was found in them."""
    active = any(row.state in ACTIVE for row in _newest())
    st.fragment(_table, run_every=REFRESH_S if active else None)()


def _newest() -> list[RunRow]:
    return [row for row in listed_runs().values() if not row.is_archived][:NEWEST]


def _table() -> None:
    looks = [look_at(row.folder) for row in _newest()]
    heading("Runs", "the newest first; samples were recorded by this code")
    columns = ["Run", "State", "Step", "Result", "Open findings"]
    show_table(
        pd.DataFrame([_row(look) for look in looks], columns=columns),
        key="runs",
        alt="The newest runs with state, step, result and number of open findings.",
    )
    st.page_link("pages/train.py", label="Open in Train", icon=":material/arrow_forward:")
    show_open_findings(looks, key="open-findings", where="these runs")


def _row(look: Look) -> tuple[str, str, int, str, int]:
    state = BADGES[look.status.state][0]
    return look.name, state, look.history.last_step, _result(look), len(open_findings(look))


def _result(look: Look) -> str:
    if look.experiment is None or (value := newest(look.history, look.experiment.primary)) is None:
        return ""
    key = read_key(look.experiment.primary)
    return f"{shown(value, key.spec)} {key.label}"
