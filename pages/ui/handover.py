"""From the loss balance to a run, from a run to the loss balance, from a finding to its page.

The empty query of each switch lets go of the values in the address, which belong to the page that
is left; without it Streamlit refuses to switch.
"""

from typing import Literal

import streamlit as st

from core.balance.measured import tabulate_history
from core.history import History
from core.problems.experiments import EXPERIMENTS
from core.training.curriculum import Schedule
from pages.ui.balance.editor import OWN

OWN_SCHEDULE = "train-own-schedule"
TITLES = {
    "cosine_mse": "Cosine against MSE",
    "density_limit": "Density limit",
    "hard_negatives": "Hard negatives",
    "loss_balance": "Loss balance",
    "per_atom_rmsd": "Per-atom RMSD",
    "spectra": "Spectra",
    "train": "Train",
}


def train_with(schedule: Schedule | None, *, run: str = "") -> None:
    """Draw the button that takes a schedule to the page train.

    Args:
        schedule: None where there is none that can be trained.
        run: Id of the run it was made from, which that page then shows.
    """
    known = {name: set(experiment.terms) for name, experiment in EXPERIMENTS.items()}
    fitting = [name for name, terms in known.items() if schedule and set(schedule.terms) == terms]
    if st.sidebar.button(
        "Train with these",
        key="train-with-these",
        icon=":material/arrow_forward:",
        width="stretch",
        disabled=not fitting,
        help="Opens Train with this schedule, stretched to the steps of the run."
        if fitting
        else "No experiment has these terms: "
        + "; ".join(f"{name} has {', '.join(sorted(terms))}" for name, terms in known.items()),
    ):
        st.session_state[OWN_SCHEDULE] = schedule
        st.session_state["experiment"] = fitting[0]
        st.session_state[f"{fitting[0]}-weights"] = "own"
        st.switch_page("pages/train.py", query_params={"run": run} if run else {})


def open_in_balance(history: History) -> None:
    """Draw the button that opens the measured values of a run in Loss balance."""
    with st.sidebar:
        if history.stages:
            label = "Open its values in Loss balance"
            open_values(history, label, key="to-balance", width="stretch")


def open_values(
    history: History, label: str, *, key: str, width: Literal["stretch", "content"] = "content"
) -> None:
    """Draw that button where Streamlit now writes; the run must have told a stage."""
    if st.button(
        label,
        key=key,
        type="tertiary",
        icon=":material/balance:",
        width=width,
        help="With the median of each term by stage, with the weights of the run: what would other "
        "weights have done?",
    ):
        st.session_state[OWN] = tabulate_history(history)
        for kept in ("kept-table", "base-table", "valid-table"):
            st.session_state.pop(kept, None)
        st.session_state["raw"] = "table"
        st.switch_page("pages/loss_balance.py", query_params={})


def show_way(page: str, **query: str) -> None:
    """Link a page by its file name, with values for its address."""
    st.page_link(f"pages/{page}.py", label=f"Open {TITLES[page]}", icon=":material/arrow_forward:",
                 query_params=query)  # fmt: skip
