"""Several runs at once: the presets of a problem, and sweeps over its options."""

from typing import Any

import streamlit as st

from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import preset_runs, sweep_runs
from core.runs.launching import launch
from pages.ui.controls import Choice, Control, Text, draw_control
from pages.ui.train.actions import RUN, guarded
from pages.ui.train.form import config_from, field_key


def several_controls(experiment: Experiment) -> tuple[Control, ...]:
    """Offer the presets of a problem, and a line for a sweep."""
    sweep = Text(
        field_key(experiment, "sweep"),
        "Sweep",
        "Every combination of some options, one run each: a list of values, low..high for whole "
        "numbers, low..high/n for n numbers. The rest is as above.",
        "",
        "learning_rate=1e-3,3e-4; seed=0..2",
    )
    if not experiment.presets:
        return (sweep,)
    names = tuple(experiment.presets)
    told = ". ".join(f"{p.title}: {p.help}" for p in experiment.presets.values())
    preset = Choice(
        field_key(experiment, "preset"), "Preset", f"{told}. What a preset does not say is as "
        "above.", names[0], names, lambda name: experiment.presets[name].title,
    )  # fmt: skip
    return preset, sweep


def draw_several(experiment: Experiment) -> None:
    """Draw the controls with a button each."""
    for control in several_controls(experiment):
        draw_control(control)
        is_sweep = isinstance(control, Text)
        st.button(
            "Start the sweep" if is_sweep else "Start the preset",
            key="start-sweep" if is_sweep else "start-preset",
            width="stretch",
            on_click=start_sweep if is_sweep else start_preset,
            args=(experiment.name,),
            help="They queue up and train one after the other.",
        )


@guarded
def start_preset(experiment: str) -> None:
    """Begin the runs of the chosen preset; in a chain each goes on with the one before."""
    known, widgets = EXPERIMENTS[experiment], _widgets()
    key = field_key(known, "preset")
    chosen = str(widgets.get(key) or next(iter(known.presets)))
    _launch(preset_runs(known, config_from(known, widgets), chosen))


@guarded
def start_sweep(experiment: str) -> None:
    """Begin a run for each combination that the sweep names."""
    known, widgets = EXPERIMENTS[experiment], _widgets()
    text = str(widgets.get(field_key(known, "sweep")) or "")
    _launch(sweep_runs(known, config_from(known, widgets), text))


def _launch(folders: Any) -> None:
    for folder in folders:
        launch(folder)
    st.session_state[RUN] = folders[0].name


def _widgets() -> dict[str, Any]:
    return {str(key): value for key, value in st.session_state.items()}
