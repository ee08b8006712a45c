"""Runs that were started together: which they are, where each stands, stop and resume."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from core.runs.folder import is_sample
from core.runs.index import RunRow, list_runs
from core.runs.launching import launch
from core.runs.status import RESUMABLE
from pages.ui.page import escaped
from pages.ui.train.actions import resume_all, stop_all
from pages.ui.train.headline import BADGES
from pages.ui.train.progress import Title, progress_in_words, share_done, step_in_words
from pages.ui.train.watched import Look, look_at

# A run that went wrong says nothing of its loss; one that was cut short does, up to there.
LEFT_OUT: Final = ("failed", "diverged", "silent", "broken")
CUT_SHORT: Final = ("stopped", "killed")
STOPPABLE: Final = ("queued", "running")
REFRESH_S: Final = 2.0

Cells = Callable[[Look], dict[str, str]]  # what tells a run from the others, for the table


def watch_runs(
    looks: Sequence[Look],
    in_order: Callable[[Iterable[Look]], list[Look]],
    show: Callable[[Sequence[Look]], None],
) -> None:
    """Show where the runs stand, again and again while one is active."""

    def watch() -> None:
        now = in_order(look_at(look.folder) for look in looks)
        show(now)
        if [_phase(look) for look in now] != [_phase(look) for look in looks]:
            st.rerun()

    is_active = any(look.status.is_active for look in looks)
    st.fragment(watch, run_every=REFRESH_S if is_active else None)()


def _phase(look: Look) -> str:
    """Give what buttons and table hang on: whether a run waits or trains is the same to them."""
    return "active" if look.status.is_active else look.status.state


def show_states(looks: Sequence[Look], title: Title, cells: Cells) -> None:
    """Show how far the runs are and where each stands; nothing where all have finished."""
    if any(look.status.is_active for look in looks):
        st.progress(share_done(looks), progress_in_words(looks, title))
    if any(look.status.state != "finished" for look in looks):
        # Not `show_table`, which cuts long words off: a message must be read to its end.
        st.table(
            pd.DataFrame([cells(look) | _state_cells(look) for look in looks]),
            border="horizontal",
            hide_index=True,
            alt="What tells each run, its state and step, and what it says.",
        )


def _state_cells(look: Look) -> dict[str, str]:
    label, icon, color = BADGES[look.status.state]
    return {
        "State": f":{color}-badge[{icon} {label}]",
        "Step": step_in_words(look),
        "Message": _message(look),
    }


def _message(look: Look) -> str:
    text = escaped(" ".join(look.status.message.split()))  # a cell is one line of Markdown
    return f"{text} Left out." if look.status.state in LEFT_OUT else text


def launch_together(folders: Sequence[Path], experiment: str) -> str:
    """Let new runs queue up, and give the name that lists have for them together."""
    for folder in folders:
        launch(folder)
    groups = groups_of(list_runs(), experiment)
    return next(name for name, rows in groups.items()
                if any(row.folder == folders[0] for row in rows))  # fmt: skip


def groups_of(rows: Iterable[RunRow], experiment: str) -> dict[str, list[RunRow]]:
    """Collect runs that were started together to be compared, by a name for lists.

    Runs of one term alone are started together too: no comparison. A run that lost its
    configuration stays with its group. A sample may be a copy of a run that is still here: one
    group never holds both. A run in the archive is left out.
    """
    groups: dict[tuple[str, bool], list[RunRow]] = {}
    for row in rows:
        if row.group and not row.is_archived and row.experiment in (experiment, ""):
            groups.setdefault((row.group, row.is_sample), []).append(row)
    return {
        _named(group, own): own
        for (group, _), own in groups.items()
        if any(row.experiment for row in own) and not any(row.config.get("solo") for row in own)
    }


def _named(group: str, rows: Sequence[RunRow]) -> str:
    """Give a comparison a name that stays when some of its runs are deleted."""
    created_s = min(row.created_s for row in rows if row.created_s)
    begun = time.strftime("%d %b %Y, %H:%M", time.localtime(created_s))
    return f"{begun}{', sample' if rows[0].is_sample else ''} · {group[-4:]}"


def run_buttons(looks: Sequence[Look]) -> None:
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
