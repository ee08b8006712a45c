"""Cosine, MSE and InfoNCE trained side by side: start them, watch them, stop them, go on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from core.figures.theme import Palette
from core.runs.index import RunRow, list_runs
from pages.ui.controls import Choice, Choices, draw_control
from pages.ui.cosine.comparison_runs import in_order, show_runs
from pages.ui.cosine.comparison_start import draw_start
from pages.ui.cosine.comparison_table import show_results
from pages.ui.cosine.histories import EXPERIMENT, pocket_runs
from pages.ui.train.actions import show_problem
from pages.ui.train.together import groups_of, run_buttons, watch_runs
from pages.ui.train.watched import Look, look_at

PICKED = Choices(
    "picked",
    "Runs to compare",
    "Any runs that were scored on the same test pockets: the same data and seed of the data.",
    (),
    (),
    placeholder="Choose two or more",
)
OWN: Final = "runs of my choice"


def show_comparison(palette: Palette) -> None:
    """Start a comparison, watch its runs, and read what came out."""
    with st.container(gap="small"):
        show_problem()
        if looks := _choose():
            _watch(looks)
            show_results(palette, looks)


def _choose() -> list[Look]:
    """Draw what starts a comparison and what chooses one; give the runs of the chosen one."""
    groups = groups_of(list_runs(), EXPERIMENT)
    with st.sidebar:
        draw_start()
        name = draw_control(group_choice((*groups, OWN)))
        rows = groups.get(name) or _picked()
        looks = _look(row.folder for row in rows)
        if looks:
            run_buttons(looks)
    if not looks:
        st.markdown(":gray[No comparison has been started yet, and no run is chosen.]")
    return looks


def _picked() -> list[RunRow]:
    """Let the reader choose runs, whoever started them."""
    rows = {f"{row.name or row.id} · {row.id[-4:]}": row for row in pocket_runs()}
    chosen = draw_control(replace(PICKED, options=tuple(rows)))
    return [rows[name] for name in chosen if name in rows]


def _look(folders: Iterable[Path]) -> list[Look]:
    return in_order(look_at(folder) for folder in folders)


def _watch(looks: Sequence[Look]) -> None:
    """Show where the runs stand; what was deleted only of runs that were started together."""

    def show(now: Sequence[Look]) -> None:
        show_runs(now, are_all=st.session_state.get("comparison") != OWN)

    watch_runs(looks, in_order, show)


def group_choice(names: tuple[str, ...]) -> Choice:
    """Offer the comparisons that were started."""
    return Choice(
        "comparison", "Comparison", "Which one is shown; the newest first.", names[0], names
    )
