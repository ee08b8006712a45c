"""What starts the runs of the note's table: how many seeds, on what, for how long."""

from typing import Final

import streamlit as st

from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.experiment import MOLECULE
from core.problems.new_runs import preset_runs
from core.training.settings import from_plain
from pages.ui.controls import Number, Text, draw_control
from pages.ui.cosine.comparison_start import seed_count
from pages.ui.negatives.loaded import PAIRS
from pages.ui.negatives.runs import EXPERIMENT
from pages.ui.train.actions import guarded
from pages.ui.train.together import launch_together

PRESET: Final = "control"
SEEDS = Number(
    "table_seeds",
    "Seeds",
    "How often each of the five kinds of run is repeated with other parameters and batches; data "
    "and split stay. Five runs a seed, each about two minutes on two cores. 1 to 10.",
    3,
    1,
)
MOLECULES = Number(
    "table_molecules",
    "Molecules",
    "Of the component dictionary, where no table of pairs is named.",
    MoleculeConfig().molecules,
    1000,
)
EPOCHS = Number("table_epochs", "Epochs", "Of each run.", MoleculeConfig().epochs, 1)
TABLE = Text(
    "table_pairs",
    PAIRS.label,
    "CSV or TSV with the columns smiles and description. Empty: the component dictionary.",
    "",
    "a file of this machine",
)


def draw_start() -> None:
    """Draw the controls and the button, where Streamlit now writes."""
    draw_control(SEEDS)
    with st.expander("Data and budget"):
        for control in (MOLECULES, TABLE, EPOCHS):
            draw_control(control)
    st.button(
        "Measure the table",
        key="measure-table",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=start_table,
        help="Random batches, hard 0.5, hard from epoch 6, hard 0.7, and shuffled neighbours as a "
        "control: one run each a seed; they train one after the other, in processes of their own.",
    )


@guarded
def start_table() -> None:
    """Make the runs and let them queue up."""
    count = seed_count(st.session_state.get(SEEDS.key, SEEDS.default))
    seeds = f"seed={','.join(map(str, range(count)))}"
    folders = preset_runs(MOLECULE, _asked(), PRESET, seeds)
    st.session_state["group"] = launch_together(folders, EXPERIMENT)


def _asked() -> MoleculeConfig:
    """Read what all runs share.

    Raises:
        InputError: One of the values cannot be used.
    """
    state = st.session_state
    return from_plain(MoleculeConfig, {
        "molecules": state.get(MOLECULES.key, MOLECULES.default),
        "epochs": state.get(EPOCHS.key, EPOCHS.default),
        "pairs": str(state.get(TABLE.key, "")).strip(),
    })  # fmt: skip
