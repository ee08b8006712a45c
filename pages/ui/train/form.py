"""The configuration form, made from the frozen dataclass of an experiment."""

from collections.abc import Mapping
from dataclasses import replace
from math import floor, log10
from typing import Any

import streamlit as st

from core.diagnosis.lint import lint
from core.errors import InputError
from core.problems.experiment import Experiment
from core.problems.experiments import EXPERIMENTS
from core.training.config import TrainingConfig
from core.training.curriculum import Schedule
from core.training.settings import Setting, from_plain, settings_of, to_plain
from pages.ui.controls import Choice, Control, Number, Segments, Slider, Switch, Text
from pages.ui.handover import OWN_SCHEDULE
from pages.ui.train.headline import FINDING_COLORS

AUTOMATIC, OWN = "automatic", "own"
WRITTEN = "written"
# What the buttons and the choice of weights decide.
DECIDED_ELSEWHERE = ("schedule", "balancing", "targets", "solo")

EXPERIMENT = Choice(
    "experiment",
    "Experiment",
    "What is trained. Each brings its own data, model, terms and options.",
    next(iter(EXPERIMENTS)),
    tuple(EXPERIMENTS),
    lambda name: EXPERIMENTS[name].title,
)
SMOOTHING = Slider(
    "smoothing",
    "Smoothing, steps",
    "Window of the running mean; it restarts at every stage. Raw values stay visible behind "
    "it. 120 suits a run of 6,000 steps; 0 shows the raw values only.",
    120,
    0,
    500,
    10,
)
LOG_LOSS = Switch(
    "log-loss",
    "Log loss",
    "Contributions on a logarithmic axis: terms of very different size stay readable.",
    True,
)


def x_control(*, has_epochs: bool) -> Segments:
    """Offer the horizontal axes; epochs where a run has them."""
    return Segments(
        "x",
        "Horizontal axis",
        "Steps of the optimiser, epochs (examples seen, where there are none), or training time "
        "without pauses.",
        "step",
        ("step", "epoch" if has_epochs else "examples", "time"),
    )


def field_key(experiment: Experiment, name: str) -> str:
    """Name the widget of an option; experiments may have options of the same name."""
    return f"{experiment.name}-{name}"


def own_schedule() -> Schedule | None:
    """Give the schedule that was sent from Loss balance, if any."""
    return st.session_state.get(OWN_SCHEDULE)


def weights_control(experiment: Experiment) -> Segments:
    """Offer the ready-made schedules, automatic balancing, and a schedule sent from elsewhere."""
    sent = own_schedule()
    own = (OWN,) if sent is not None and set(sent.terms) == set(experiment.terms) else ()
    names = (WRITTEN, *experiment.schedules, AUTOMATIC, *own)
    return Segments(
        field_key(experiment, "weights"),
        "Weights",
        "Written: as the note or the options say; solved: for its targets at its expected errors; "
        "automatic: they follow the losses so that shares stay inside their bands; own: sent from "
        "Loss balance.",
        AUTOMATIC if experiment.config().balancing == "targets" else WRITTEN,
        names,
        lambda name: {AUTOMATIC: "Auto", OWN: "Own"}.get(name, name.capitalize()),
    )


def form_controls(experiment: Experiment) -> tuple[list[Control], list[Control]]:
    """Make a control of every option: the primary ones, and those under "More"."""
    options = {s.name: s for s in settings_of(experiment.config) if s.name not in DECIDED_ELSEWHERE}
    primary = [_control(experiment, options[name]) for name in experiment.first_options]
    rest = [
        _control(experiment, s) for s in options.values() if s.name not in experiment.first_options
    ]
    return primary, [control for control in rest if control is not None]


def all_controls(experiment: Experiment) -> list[Control]:
    """List every control that an experiment has."""
    primary, more = form_controls(experiment)
    return [*primary, weights_control(experiment), *more]


def _control(experiment: Experiment, option: Setting) -> Any:
    unit = f", {option.unit}" if option.unit else ""
    first = option.label[:1]  # a Greek letter is a symbol
    label = f"{first.upper() if first.isascii() else first}{option.label[1:]}{unit}"
    bounds = f" {option.low:,g} to {option.high:,g}." if option.high else ""
    same = (field_key(experiment, option.name), label, option.help + bounds, option.default)
    if option.choices is not None:
        return Choice(*same, tuple(option.choices), lambda name: name.replace("_", " "))
    if option.kind == "bool":
        return Switch(*same)
    if option.kind == "int":
        return Number(*same, 1)
    if option.kind == "float":
        return Number(*same, _nudge(option.default), "%g")
    return Text(*same) if option.kind == "text" else None


def _nudge(default: float) -> float:
    """Step a number by a tenth of its magnitude."""
    return 10.0 ** (floor(log10(abs(default))) - 1) if default else 0.01


def config_from(experiment: Experiment, values: Mapping[str, Any]) -> TrainingConfig:
    """Read a configuration from the widgets.

    Args:
        experiment: Whose options they are.
        values: By widget key, such as the session state; an option that has none there takes
            its default.

    Raises:
        InputError: An option cannot be used; it names the option and its range.
    """
    told = {
        option.name: values[field_key(experiment, option.name)]
        for option in settings_of(experiment.config)
        if field_key(experiment, option.name) in values and option.name not in DECIDED_ELSEWHERE
    }
    for name, value in told.items():
        if value is None:
            raise InputError(name, expected="a number", came="nothing", do="Fill the field")
    config = from_plain(experiment.config, told)
    control = weights_control(experiment)
    weights = values.get(control.key, control.default)
    if weights == AUTOMATIC:
        return replace(config, balancing="targets")
    if weights == WRITTEN:
        return replace(config, balancing="schedule")
    schedule = own_schedule() if weights == OWN else experiment.schedules[weights]()
    return replace(config, balancing="schedule", schedule=schedule)


def show_lint(experiment: Experiment) -> None:
    """Say what the options alone tell of a run before it starts; nothing where all is well."""
    values = {str(key): value for key, value in st.session_state.items()}
    try:
        options: Any = to_plain(config_from(experiment, values))
    except InputError:
        return  # the button says it
    for finding, _ in lint(options):
        said = f"{finding.verdict}. {finding.suggestion}"
        st.markdown(f":small[:{FINDING_COLORS[finding.severity]}-badge[{finding.rule}] {said}]")
