"""Cosine, MSE and InfoNCE trained side by side: start them, watch them, stop them, go on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from core.figures.theme import Palette
from core.runs.folder import is_sample
from core.runs.index import RunRow, list_runs
from core.runs.status import RESUMABLE
from pages.ui.controls import Choice, Choices, draw_control
from pages.ui.cosine.comparison_runs import comparisons, in_order, show_runs
from pages.ui.cosine.comparison_start import draw_start
from pages.ui.cosine.comparison_table import show_results
from pages.ui.cosine.histories import pocket_runs
from pages.ui.train.actions import resume_all, show_problem, stop_all
from pages.ui.train.watched import Look, look_at

REFRESH_S: Final = 2.0
STOPPABLE: Final = ("queued", "running")
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
    groups = comparisons(list_runs())
    with st.sidebar:
        draw_start()
        name = draw_control(group_choice((*groups, OWN)))
        rows = groups.get(name) or _picked()
        looks = _look(row.folder for row in rows)
        if looks:
            _run_buttons(looks)
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
    """Show where the runs stand, again and again while one is active."""

    def watch() -> None:
        now = _look(look.folder for look in looks)
        show_runs(now, are_all=st.session_state.get("comparison") != OWN)
        if [_phase(look) for look in now] != [_phase(look) for look in looks]:
            st.rerun()

    is_active = any(look.status.is_active for look in looks)
    st.fragment(watch, run_every=REFRESH_S if is_active else None)()


def _phase(look: Look) -> str:
    """Give what buttons and table hang on: whether a run waits or trains is the same to them."""
    return "active" if look.status.is_active else look.status.state


def _run_buttons(looks: Sequence[Look]) -> None:
    """Offer to stop what is active, to go on with what ended early; say so where all is done."""
    going = [look.folder for look in looks if look.status.state in STOPPABLE]
    ended = [
        look.folder
        for look in looks
        if look.status.state in RESUMABLE and not is_sample(look.folder)
    ]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if going:
            st.button(
                "Stop all",
                key="stop-all",
                icon=":material/stop:",
                on_click=stop_all,
                args=(going,),
                help="Each stops after the step that runs, with a checkpoint; those that wait do "
                "not begin. One that does not answer can be ended on the page Train.",
            )
        if ended:
            runs = "run" if len(ended) == 1 else "runs"
            st.button(
                f"Resume {len(ended)} unfinished {runs}",
                key="resume-all",
                icon=":material/resume:",
                on_click=resume_all,
                args=(ended,),
                help="Each goes on from its last checkpoint, one after the other, to the end of "
                "its budget.",
            )
        if not going:
            st.markdown(f":gray[{_counted(looks)}]")


def _counted(looks: Sequence[Look]) -> str:
    """Count the runs by state."""
    count = Counter(look.status.state for look in looks)
    if set(count) == {"finished"} and len(looks) > 1:
        return f"All {len(looks)} runs have finished."
    runs = "1 run" if len(looks) == 1 else f"{len(looks)} runs"
    return f"{runs}: {', '.join(f'{number} {state}' for state, number in count.items())}"


def group_choice(names: tuple[str, ...]) -> Choice:
    """Offer the comparisons that were started."""
    return Choice(
        "comparison", "Comparison", "Which one is shown; the newest first.", names[0], names
    )
