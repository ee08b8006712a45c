"""Runs of the molecule problem: which there are, and one of them chosen."""

import streamlit as st

from core.runs.index import RunRow, runs_of
from pages.ui.controls import Choice, draw_control
from pages.ui.train.watched import Look, look_at

EXPERIMENT = "molecule"
NONE = ":gray[No run of this problem has been started yet: start one on the page Train.]"


def molecule_runs() -> list[RunRow]:
    """List the runs of this problem, the newest first, without those in the archive."""
    return runs_of(EXPERIMENT)


def choose_run() -> Look | None:
    """Let the reader choose a run; the newest with a switch comes first. None: there is none."""
    rows = {f"{row.name or row.id} · {row.id[-4:]}": row for row in molecule_runs()}
    if not rows:
        st.markdown(NONE)
        return None
    names = sorted(rows, key=lambda name: (not rows[name].step, not _switches(rows[name])))
    with st.sidebar:
        name = draw_control(run_choice(tuple(names)))
    return look_at(rows.get(name, rows[names[0]]).folder)


def _switches(row: RunRow) -> bool:
    told = row.config
    return told.get("hard_negatives") is True and bool(told.get("curriculum_epoch"))


def run_choice(names: tuple[str, ...]) -> Choice:
    """Offer runs by name."""
    return Choice(
        "signs_of", "Run", "Whose signs are read: first those that have begun and have a "
        "switch, the newest on top.", names[0], names,
    )  # fmt: skip
