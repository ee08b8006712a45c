"""What starts the three outputs: on what, and for how long."""

from typing import Final

import streamlit as st

from core.problems.new_runs import preset_runs
from core.problems.sidechain.config import SideChainConfig
from core.problems.sidechain.experiment import SIDE_CHAIN
from core.training.settings import from_plain
from pages.ui.controls import Number, draw_control
from pages.ui.density.controls import STRUCTURES
from pages.ui.train.actions import guarded
from pages.ui.train.together import launch_together

EXPERIMENT: Final = SIDE_CHAIN.name
PRESET: Final = "outputs"
STEPS = Number(
    "density_steps",
    "Steps of each run",
    "Optimiser updates of 64 residues. 1,500 take about half a minute a run on two cores.",
    1500,
    500,
)
RESIDUES = Number(
    "density_residues",
    "Synthetic residues",
    "How many ideal residues get a rotamer, where no folder of structures is named.",
    SideChainConfig().residues,
    1000,
)
RUN_SEED = Number("density_run_seed", "Seed", "Of parameters and batches, 0 or more.", 0, 1)


def draw_start() -> None:
    """Draw the controls and the button, where Streamlit now writes."""
    draw_control(STEPS)
    with st.expander("Data and seed"):
        for control in (STRUCTURES, RESIDUES, RUN_SEED):
            draw_control(control)
    st.button(
        "Train the three outputs",
        key="train-outputs",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=start_outputs,
        help="Bare tanh, 8 × tanh and a linear output, all else equal; they train one after the "
        "other, in processes of their own.",
    )


@guarded
def start_outputs() -> None:
    """Make the runs and let them queue up."""
    folders = preset_runs(SIDE_CHAIN, _asked(), PRESET)
    st.session_state["density_runs"] = launch_together(folders, EXPERIMENT)


def _asked() -> SideChainConfig:
    """Read what all runs share.

    Raises:
        InputError: One of the values cannot be used.
    """
    state = st.session_state
    return from_plain(SideChainConfig, {
        "steps": state.get(STEPS.key, STEPS.default),
        "residues": state.get(RESIDUES.key, RESIDUES.default),
        "seed": state.get(RUN_SEED.key, RUN_SEED.default),
        "structures": str(state.get(STRUCTURES.key) or "").strip(),
    })  # fmt: skip
