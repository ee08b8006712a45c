"""What the buttons do: start, start each term alone, stop, resume, delete, several at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import CoreError
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import new_runs, solo_configs
from core.runs.launching import delete_run, launch, request_stop, signal_stop
from core.runs.status import read_status
from core.training.config import TrainingConfig
from pages.ui.page import explain_error
from pages.ui.train.form import config_from, weights_control

RUN, PROBLEM, DONE = "run", "train-problem", "train-done"


def guarded(action: Callable[..., None]) -> Callable[..., None]:
    """Keep what an action of a button says of an error, for the page to show."""

    def act(*args: Any) -> None:
        st.session_state.pop(PROBLEM, None)
        try:
            action(*args)
        except CoreError as error:
            st.session_state[PROBLEM] = error

    return act


def show_problem() -> None:
    """Show what the last button could not do, or what it did."""
    if (error := st.session_state.pop(PROBLEM, None)) is not None:
        explain_error(error)
    if (text := st.session_state.pop(DONE, None)) is not None:
        st.toast(text)


@guarded
def start(experiment: str) -> None:
    """Begin a run with what the form says, and look at it."""
    chosen, widgets = EXPERIMENTS[experiment], _widgets()
    config = config_from(chosen, widgets)
    weights = weights_control(chosen)
    named = weights.names(widgets.get(weights.key, weights.default))
    name = chosen.run_name(config) if chosen.run_name else named
    _begin(chosen, (config,), f"{name}, seed {config.seed}")


@guarded
def start_each_alone(experiment: str) -> None:
    """Begin one run a term, each with that term only, same seed and budget; they queue up."""
    chosen = EXPERIMENTS[experiment]
    config = config_from(chosen, _widgets())
    alone = solo_configs(chosen, replace(config, schedule=None))
    _begin(chosen, alone, "")
    st.session_state["view"] = "alone"


def _begin(experiment: Experiment, configs: Sequence[TrainingConfig], name: str) -> None:
    folders = new_runs(experiment, configs, name=name)
    for folder in folders:
        launch(folder)
    st.session_state[RUN] = folders[0].name


def _widgets() -> dict[str, Any]:
    return {str(key): value for key, value in st.session_state.items()}


@guarded
def stop(folder: Path) -> None:
    """Ask a run to stop; asked again send its process the signal, and then end it."""
    asked = f"asked-{folder.name}"
    times = st.session_state.get(asked, 0)
    st.session_state[asked] = times + 1
    if read_status(folder).state != "stopping":
        st.session_state[asked] = 1
        request_stop(folder)
    else:
        signal_stop(folder, force=times > 1)


@guarded
def resume(folder: Path) -> None:
    """Go on from the last checkpoint, in the same folder."""
    launch(folder, resume=True)


@guarded
def stop_all(folders: Sequence[Path]) -> None:
    """Ask several runs to stop, the last of the queue first: so none begins meanwhile."""
    _each(request_stop, folders[::-1])


@guarded
def resume_all(folders: Sequence[Path]) -> None:
    """Go on with several runs, in this order."""
    _each(lambda folder: launch(folder, resume=True), folders)


def _each(action: Callable[[Path], object], folders: Sequence[Path]) -> None:
    """Do it to each; one that refuses keeps no other from it, and the first refusal is told."""
    refused: list[CoreError] = []
    for folder in folders:
        try:
            action(folder)
        except CoreError as error:
            refused.append(error)
    if refused:
        raise refused[0]


@guarded
def delete(folder: Path) -> None:
    """Delete a run with everything in its folder."""
    freed = delete_run(folder)
    st.session_state.pop(RUN, None)
    st.session_state[DONE] = f"Deleted {folder.name}; {freed / 1e6:.1f} MB are free again."
