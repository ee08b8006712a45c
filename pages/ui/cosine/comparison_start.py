"""What starts a comparison: how many seeds, on what, for how long."""

from typing import Final

import streamlit as st

from core.errors import InputError
from core.metrics import term_label
from core.problems.new_runs import new_runs
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import comparison_configs
from core.training.settings import from_plain
from pages.ui.controls import Number, draw_control
from pages.ui.cosine.histories import EXPERIMENT
from pages.ui.cosine.structures import CUTOFF, FOLDER, LIGAND
from pages.ui.train.actions import guarded
from pages.ui.train.together import launch_together

MOST_SEEDS: Final = 10
SEEDS = Number(
    "seeds",
    "Seeds",
    "How often the comparison is repeated with other parameters and batches; the data and their "
    "split stay. Three show how far seeds lie apart; each takes about three minutes on two cores. "
    f"1 to {MOST_SEEDS}.",
    3,
    1,
)
POCKETS = Number(
    "pockets",
    "Synthetic pockets",
    "How many real molecules get one, where no folder of complexes is named in the view "
    "Complexes. 6,000 take three minutes a seed.",
    PocketConfig().ligands,
    1000,
)
EPOCHS = Number("epochs", "Epochs", "Of each run.", PocketConfig().num_epochs, 1)


def draw_start() -> None:
    """Draw the controls and the button, where Streamlit now writes."""
    draw_control(SEEDS)
    with st.expander("Data and budget"):
        draw_control(POCKETS)
        draw_control(EPOCHS)
    st.button(
        "Compare the three losses",
        key="compare",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=start_comparison,
        help="Cosine, MSE, InfoNCE: one run a loss and seed, all else equal; they train one "
        "after the other, in processes of their own.",
    )


@guarded
def start_comparison() -> None:
    """Make the runs of a comparison and let them queue up."""
    count = seed_count(st.session_state.get(SEEDS.key, SEEDS.default))
    configs = comparison_configs(_asked(), range(count))
    folders = new_runs(
        POCKET,
        configs,
        label=lambda config: f"Pockets, {term_label(config.loss_fn)}, seed {config.seed}",
    )
    st.session_state["comparison"] = launch_together(folders, EXPERIMENT)


def _asked() -> PocketConfig:
    """Read what all runs share: the budget, and the data that were named.

    Raises:
        InputError: One of them cannot be used.
    """
    state = st.session_state
    return from_plain(PocketConfig, {
        "ligands": state.get(POCKETS.key, POCKETS.default),
        "num_epochs": state.get(EPOCHS.key, EPOCHS.default),
        "structures": str(state.get(FOLDER.key, "")).strip(),
        "ligand": str(state.get(LIGAND.key, "")).strip(),
        "cutoff_angstrom": state.get(CUTOFF.key, CUTOFF.default),
    })  # fmt: skip


def seed_count(asked: float | None) -> int:
    """Check how many seeds are asked for.

    Raises:
        InputError: The field is empty, or the number is out of its range.
    """
    if isinstance(asked, int) and 1 <= asked <= MOST_SEEDS:
        return asked
    raise InputError("seeds", expected=f"a whole number, 1 to {MOST_SEEDS}",
                     came="nothing" if asked is None else f"{asked:,}",
                     do="Correct it")  # fmt: skip
