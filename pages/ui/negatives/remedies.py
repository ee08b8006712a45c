"""The note's four remedies for a run, ordered by what each would do to its batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.diagnosis.contrastive_runs import number, read_similarity, sampler_options
from core.diagnosis.remedies import Remedy, drawn_difficulty, order_remedies
from core.errors import CoreError
from core.problems.molecule.batches import random_similarity
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import kept_path, load_pairs
from core.problems.molecule.explore import Explored, read_sample, search, training_side
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool
from core.training.settings import from_plain, settings_of
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.watched import Look

COLUMNS: Final = {
    "Remedy": st.column_config.TextColumn(width=130),
    "Now": st.column_config.NumberColumn(width=60, format="%.3g"),
    "Then": st.column_config.NumberColumn(width=60, format="%.3g"),
    "Hard batch": st.column_config.NumberColumn(
        width=80, format="%+.3f", help="Change of the mean cosine of a pivot to its negatives."
    ),
    "Whole run": st.column_config.NumberColumn(
        width=80, format="%+.3f", help="The same, averaged over all epochs, random ones included."
    ),
}


DIGITS: Final = 3


@dataclass(frozen=True, eq=False)
class Texts:
    """What batches are drawn from.

    Args:
        key: What it was loaded from.
        about: In words.
        pool: With neighbours.
        random_similarity: Mean cosine of two random texts.
    """

    key: str
    about: str
    pool: Pool
    random_similarity: float


def show_remedies(look: Look, *, is_trouble: bool) -> None:
    """Show what each remedy would do to the batches of a run; nothing where it has no hard ones.

    Args:
        look: The run.
        is_trouble: Whether it needs one.
    """
    options = sampler_options(look.history)
    if options is None or not options.hard_negatives:
        return
    config = look.config.config if look.config else {}
    rate, epochs = number(look.history, "learning_rate"), number(look.history, "epochs")
    if not rate or not epochs:
        return
    texts = _texts(config)
    rows = _ordered(texts.key, texts, options, rate, int(epochs))
    title = "What would help, in this order" if is_trouble else "What would help if there were any"
    heading(title, f"predicted by drawing the batches of {texts.about}")
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="remedies",
        alt="Each remedy with the change of the difficulty of a hard batch and of the whole run.",
        columns=COLUMNS,
        row_height=57,
    )


def _cells(remedy: Remedy) -> dict[str, object]:
    return {
        "Remedy": remedy.option,
        "Now": remedy.before,
        "Then": remedy.after,
        # Adding 0 keeps a change that rounds to nothing from being written as -0.
        "Hard batch": round(remedy.batch_change, DIGITS) + 0.0,
        "Whole run": round(remedy.run_change, DIGITS) + 0.0,
        "Why": remedy.reason,
    }


def _texts(config: Mapping[str, Any]) -> Texts:
    """Give the texts that a run draws from; where they are not here any more, the sample."""
    known = {option.name for option in settings_of(MoleculeConfig)}
    try:
        told = from_plain(MoleculeConfig, {k: v for k, v in config.items() if k in known})
        if (path := kept_path(told)).is_file():
            return _of_run(str(path), told)
    except (CoreError, OSError):
        pass  # its table is gone: the sample stands in, and is named
    return _of_sample()


@st.cache_resource(max_entries=2, show_spinner="Searching the neighbours of the run's texts ...")
def _of_run(path: str, _config: MoleculeConfig) -> Texts:
    return _searched(path, training_side(load_pairs(_config)), "this run")


@st.cache_resource(max_entries=1, show_spinner=False)
def _of_sample() -> Texts:
    about = "the sample of 400 molecules, as the data of this run are not here"
    return _searched("sample", read_sample(), about)


def _searched(key: str, explored: Explored, about: str) -> Texts:
    told = read_similarity(random_similarity(explored.vectors))
    return Texts(key, about, search(explored), told[0] if told else 0.0)


@st.cache_data(max_entries=32, show_spinner=False)
def _ordered(
    key: str, _texts: Texts, options: BatchOptions, rate: float, epochs: int
) -> tuple[Remedy, ...]:
    return order_remedies(
        options,
        drawn_difficulty(_texts.pool),
        random_similarity=_texts.random_similarity,
        learning_rate=rate,
        epochs=epochs,
    )
