"""Closer looks at a run, below the main figure: one at a time."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.problems.experiment import Experiment
from core.runs.reader import tail_log
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.headline import config_lines
from pages.ui.train.scene import HEIGHT, Scene
from pages.ui.train.views_of_curves import (
    show_found,
    show_gradients,
    show_optimiser,
    show_positions,
    show_weights,
)
from pages.ui.train.views_of_findings import show_findings
from pages.ui.train.views_of_group import show_alone
from pages.ui.train.views_of_verdicts import show_criteria

LOG_LINES = 60
NO_LOG = "Nothing: a run in the foreground speaks to its terminal."


def show_log(scene: Scene) -> None:
    """The end of what the process wrote, and its configuration."""
    left, right = st.columns([1.3, 1], gap="medium")
    with left:
        heading("Log", f"last {LOG_LINES} lines of log.txt")
        st.code(tail_log(scene.look.folder, LOG_LINES) or NO_LOG, language=None, height=HEIGHT)
    with right:
        heading("Configuration", "as the run was started")
        rows = config_lines(scene.look).items()
        show_table(
            pd.DataFrame(rows, columns=["Option", "Value"]),
            key="configuration",
            alt="Every option of the run.",
            height=HEIGHT,
        )


VIEWS: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "metrics": ("Metrics", show_found),
    "gradients": ("Gradients", show_gradients),
    "weights": ("Weights", show_weights),
    "optimiser": ("Optimiser", show_optimiser),
    "positions": ("Positions", show_positions),
    "findings": ("Findings", show_findings),
    "criteria": ("Criteria", show_criteria),
    "alone": ("Alone", show_alone),
    "log": ("Log", show_log),
}


def offered(experiment: Experiment | None) -> tuple[str, ...]:
    """Name the views that a problem has something for, or a run of one that is not known."""
    lacking = {"metrics"} if experiment else {"positions", "criteria", "alone"}
    if experiment is not None and not experiment.has_positions:
        lacking.add("positions")
    if experiment is not None and experiment.criteria is None:
        lacking.add("criteria")
    return tuple(name for name in VIEWS if name not in lacking)
