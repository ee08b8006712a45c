"""The sidebar of the page train: which run is looked at, the form, and the buttons."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.figures.run_series import RunAxes
from core.history import epoch_steps
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.runs.folder import folder_bytes, is_sample
from core.runs.index import RunRow, list_runs
from core.runs.status import RESUMABLE, Status
from pages.ui.address import asked_for, write_address
from pages.ui.controls import draw_control, reset_button
from pages.ui.page import escaped
from pages.ui.train.actions import RUN, delete, resume, start, start_each_alone, stop
from pages.ui.train.form import (
    EXPERIMENT,
    LOG_LOSS,
    OWN,
    SMOOTHING,
    all_controls,
    form_controls,
    show_lint,
    weights_control,
    x_control,
)
from pages.ui.train.several import draw_several, several_controls
from pages.ui.train.watched import Look, look_at

MOST_LISTED = 200
MISSING = "train-missing"


@dataclass(frozen=True)
class Chosen:
    """What the sidebar says.

    Args:
        look: The run that is looked at; None where there is none at all.
        axes: How it is looked at.
    """

    look: Look | None
    axes: RunAxes


def draw_sidebar() -> Chosen:
    """Draw the sidebar: what is looked at, the form, the buttons, the axes, Reset."""
    with st.sidebar:
        row = _choose_run()
        look = look_at(row.folder) if row else None
        experiment = EXPERIMENTS[draw_control(EXPERIMENT)]
        primary, more = form_controls(experiment)
        for column, control in zip(st.columns(2), primary[:2], strict=True):
            with column:
                draw_control(control)
        for control in primary[2:]:
            draw_control(control)
        weights = weights_control(experiment)
        if draw_control(weights) == OWN:
            st.markdown(":gray[:small[Stages and weights as they were sent here.]]")
        with st.expander("All options"):
            for control in more:
                draw_control(control)
        show_lint(experiment)
        _start_buttons(experiment)
        with st.expander("Several runs"):
            draw_several(experiment)
        if look is not None:
            run_buttons(look.folder, look.status)
        smoothing_steps = int(draw_control(SMOOTHING))
        x_axis = x_control(has_epochs=bool(look and epoch_steps(look.history) > 1))
        axes = RunAxes(draw_control(x_axis), smoothing_steps, bool(draw_control(LOG_LOSS)))
    options = [
        control
        for known in EXPERIMENTS.values()
        for control in (*all_controls(known), *several_controls(known))
    ]
    reset_button([EXPERIMENT, *options, SMOOTHING, x_axis, LOG_LOSS])
    return Chosen(look, axes)


def _choose_run() -> RunRow | None:
    rows = {row.id: row for row in list_runs()}
    listed = [row for row in rows.values() if not row.is_archived][:MOST_LISTED]
    # The address holds the id: what the list shows of a run changes with its name and state.
    for run in asked_for(RUN)[:1]:
        st.session_state[RUN if run in rows else MISSING] = run
    if MISSING in st.session_state:
        st.warning(escaped(f"There is no run {st.session_state[MISSING][:60]} here."))
    # An archived run is listed only while a link to it is looked at.
    seen = st.session_state.get(RUN)
    options = dict.fromkeys([*(row.id for row in listed), *([seen] if seen in rows else ())])
    if not options:
        return None
    if seen not in options:
        st.session_state[RUN] = _first(listed).id
    chosen = st.selectbox(
        "Run",
        tuple(options),
        key=RUN,
        format_func=lambda run_id: _named(rows[run_id]),
        help="The run that is looked at; the newest first. Archived ones stand on Runs.",
        on_change=lambda: st.session_state.pop(MISSING, None),
        persist_state="session",
    )
    write_address(RUN, [chosen])
    return rows[chosen]


def _first(rows: list[RunRow]) -> RunRow:
    """Choose what a first visit shows: the newest own run, else one of the usual experiment."""
    own = [row for row in rows if not row.is_sample]
    usual = [row for row in rows if row.experiment == EXPERIMENT.default]
    return next(iter([*own, *usual, *rows]))


def _named(row: RunRow) -> str:
    """Give each run a label of its own, which stays: Streamlit finds the choice by its label."""
    return f"{row.name} · {row.id[-4:]}" if row.name else row.id


def _start_buttons(experiment: Experiment) -> None:
    st.button(
        "Start a new run",
        key="start",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=start,
        args=(experiment.name,),
        help="Trains with the options above in a process of its own; it goes on when this page "
        "is closed. One run at a time uses a device, others wait.",
    )
    st.button(
        "Each term alone",
        key="start-alone",
        width="stretch",
        on_click=start_each_alone,
        args=(experiment.name,),
        help="One run a term, with that term only, same seed and budget: what does each teach?",
    )


def run_buttons(folder: Path, status: Status) -> None:
    """Draw stop, resume and delete for the run that is looked at; a greyed one says why."""
    row = st.container(horizontal=True, gap="small")
    state = status.state
    row.button(
        "Stop at once" if state == "stopping" else "Stop",
        key="stop",
        icon=":material/stop:",
        disabled=not status.is_active,
        on_click=stop,
        args=(folder,),
        help=_stop_help(state),
    )
    row.button(
        "Resume",
        key="resume",
        icon=":material/resume:",
        disabled=state not in RESUMABLE or is_sample(folder),
        on_click=resume,
        args=(folder,),
        help=_resume_help(state),
    )
    if is_sample(folder) or status.is_active:
        return
    with row.popover("Delete", icon=":material/delete:"):
        size_mb = folder_bytes(folder) / 1e6
        st.markdown(f"Delete `{folder.name}` with its {size_mb:.1f} MB? This cannot be undone.")
        st.button("Delete for good", key="delete", on_click=delete, args=(folder,))


def _stop_help(state: str) -> str:
    if state == "stopping":
        return "It was asked to stop after its step; this sends it the signal, and again ends it."
    if state in {"running", "queued"}:
        return "Stops after the step that runs; a checkpoint is written first."
    return f"This run is {state}: there is nothing to stop."


def _resume_help(state: str) -> str:
    if state == "finished":
        return "This run reached its last step."
    if state == "diverged":
        return "This run met NaN or inf; from its last checkpoint it would do so again."
    if state in RESUMABLE:
        return "Goes on from the last checkpoint, bit for bit on the CPU."
    return f"This run is {state}."
