"""The runs of a comparison: their loss and seed, their order, which were deleted."""

from collections.abc import Iterable, Sequence
from itertools import product

import streamlit as st

from core.metrics import term_label
from core.problems.pocket.results import COMPARED
from pages.ui.page import escaped
from pages.ui.train.headline import NOTHING
from pages.ui.train.together import show_states
from pages.ui.train.watched import Look


def loss_and_seed(look: Look) -> tuple[str, int]:
    """Give what a run minimises and its seed, as it was asked to; ("", 0) where that is lost."""
    config = look.config.config if look.config else {}
    return str(config.get("loss_fn", "")), int(str(config.get("seed", 0)))


def title(look: Look) -> str:
    """Name a run by what tells it from the others of its comparison."""
    loss, seed = loss_and_seed(look)
    return f"{term_label(loss)}, seed {seed}" if loss else escaped(look.name)


def in_order(looks: Iterable[Look]) -> list[Look]:
    """Sort runs by loss, in the order of the tables, then by seed."""

    def place(look: Look) -> tuple[int, int]:
        loss, seed = loss_and_seed(look)
        return COMPARED.index(loss) if loss in COMPARED else len(COMPARED), seed

    return sorted(looks, key=place)


def missing_runs(looks: Iterable[Look]) -> list[str]:
    """Name the runs that were started with these and are no longer there.

    None where a run lost its configuration: any of them may be that one.
    """
    there = {loss_and_seed(look) for look in looks}
    if any(not loss for loss, _ in there):
        return []
    seeds = sorted({seed for _, seed in there})
    return [
        f"{term_label(loss)}, seed {seed}"
        for loss, seed in product(COMPARED, seeds)
        if (loss, seed) not in there
    ]


def show_runs(looks: Sequence[Look], *, are_all: bool = True) -> None:
    """Show how far a comparison is and where each run stands; only deleted ones where all is done.

    Args:
        looks: Its runs, in order.
        are_all: Whether these are all that were started together; else nothing is missing.
    """
    show_states(looks, title, _cells)
    if are_all and (gone := missing_runs(looks)):
        st.markdown(f":gray[:small[Deleted since: {'; '.join(gone)}.]]")


def _cells(look: Look) -> dict[str, str]:
    loss, seed = loss_and_seed(look)
    return {
        "Loss": term_label(loss) if loss else escaped(look.name),
        "Seed": str(seed) if loss else NOTHING,
    }
