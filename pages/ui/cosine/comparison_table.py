"""What came out of a comparison: in words, as a table, and as differences with intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.points import IntervalGroup, IntervalsFigure, draw_intervals
from core.figures.theme import Palette
from core.metrics import term_label
from core.problems.pocket.comparison import (
    SCORES,
    Estimate,
    Row,
    Trained,
    compare,
)
from core.problems.pocket.comparison_words import in_words, retrieval_in_words
from core.problems.pocket.results import ligands_in_words, read_trained
from core.problems.pocket.task import BY_EXAMPLE
from pages.ui.charts import show_chart, show_table
from pages.ui.cosine.comparison_runs import title
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.progress import step_in_words
from pages.ui.train.together import CUT_SHORT
from pages.ui.train.watched import Look

Stamp = tuple[str, int, int]  # a folder, how far it has told, and how often it was begun
HEIGHT = 250


def show_results(palette: Palette, looks: Sequence[Look]) -> None:
    """Show what the runs of a comparison reached, those that were cut short included.

    Args:
        palette: Colours.
        looks: Its runs, in the order of the table.
    """
    counted = [look for look in looks if _counts(look)]
    trained = _read(counted)
    if not trained:
        st.markdown(_nothing_yet(looks))
        return
    try:
        rows = _compared(tuple(trained), list(trained.values()))
    except CoreError as error:
        explain_error(error)
        return
    cut = [look for look in counted if look.status.state in CUT_SHORT]
    st.markdown(_no_verdict(cut) if cut else f"**{in_words(rows)}**  \n{retrieval_in_words(rows)}")
    with st.container(gap="xxsmall"):
        ligand = next(iter(trained.values())).test["ligand"]
        _draw(palette, rows, ligands_in_words(ligand), _origin(counted))


def _counts(look: Look) -> bool:
    """Say whether a run has anything to compare: what is cut short needs more than its start."""
    if look.status.state == "finished":
        return True
    return look.status.state in CUT_SHORT and max(look.history.recorded.get(BY_EXAMPLE, (0,))) > 0


def _read(looks: Sequence[Look]) -> dict[Stamp, Trained]:
    trained = {}
    for look in looks:
        stamp = str(look.folder), look.history.last_step, len(look.history.starts)
        try:
            trained[stamp] = _trained(stamp)
        except CoreError as error:
            explain_error(error)
    return trained


# Kept, for a slider of the page draws everything again: reading and resampling take a second.
@st.cache_data(max_entries=64, show_spinner=False)
def _trained(stamp: Stamp) -> Trained:
    return read_trained(Path(stamp[0]))


@st.cache_data(max_entries=16, show_spinner=False)
def _compared(stamps: tuple[Stamp, ...], _runs: Sequence[Trained]) -> tuple[Row, ...]:
    return compare(_runs)


def _nothing_yet(looks: Sequence[Look]) -> str:
    if any(look.status.is_active for look in looks):
        return ":gray[The table stands here as soon as the first run has finished.]"
    return (
        ":gray[There is nothing to compare: no run has finished, or learned up to an evaluation "
        "before it was cut short. Resume them, or start another comparison.]"
    )


def _no_verdict(cut: Sequence[Look]) -> str:
    """Say which runs had less training than they were to have: who wins then means nothing."""
    told = "; ".join(
        f"{title(look)}, {look.status.state} at step {step_in_words(look)}" for look in cut
    )
    return (
        f":orange[:material/warning:] **No verdict, as budgets differ:** {told}. The table counts "
        "what was reached until then."
    )


def _origin(looks: Sequence[Look]) -> str:
    """Say what was trained on, without where that comes from."""
    facts = [look.history.started.facts for look in looks if look.history.started]
    return escaped(next(iter(facts), {}).get("training data", "").split(" of ")[0])


def _draw(palette: Palette, rows: tuple[Row, ...], tested: str, origin: str) -> None:
    about = (
        "mean over seeds, 95 % interval over ligands",
        "the evaluation of each run is chosen on the validation set, not on these",
    )
    heading(tested, "; ".join(filter(None, (origin, *about))))
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="comparison",
        alt="Cosine, MSE, norm ratio, MRR and recall of each loss, with intervals.",
    )
    if not any(row.against_cosine for row in rows):
        return
    show_chart(
        draw_intervals(_differences(rows), palette, height=HEIGHT),
        key="differences",
        alt="Difference of each score to the cosine-trained runs, paired by ligand.",
    )


def _cells(row: Row) -> dict[str, Any]:
    shown = {title: _interval(row.scores[name]) for name, title in SCORES.items()}
    seeds = row.scores["cosine"].seeds
    low, high = _minus(f"{min(seeds):.3f}"), _minus(f"{max(seeds):.3f}")
    return {
        "Loss": term_label(row.loss),
        **shown,
        "Cosine by seed": low if len(seeds) == 1 else f"{low} to {high}",
        "Trained-on minus test": _minus(f"{row.gap:+.3f}"),
    }


def _interval(of: Estimate) -> str:
    between = "–" if of.low >= 0 else " to "  # a dash before a minus sign cannot be read
    return _minus(f"{of.value:.3f} ({of.low:.3f}{between}{of.high:.3f})")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _differences(rows: tuple[Row, ...]) -> IntervalsFigure:
    others = [row for row in rows if row.against_cosine]
    symbols = ("circle", "square", "diamond")
    names = tuple(name for name in SCORES if name not in {"norm_ratio"})
    groups = tuple(
        IntervalGroup(
            f"{term_label(row.loss)} minus cosine",
            np.array([row.against_cosine[name].value for name in names]),
            np.array([row.against_cosine[name].low for name in names]),
            np.array([row.against_cosine[name].high for name in names]),
            "ink" if k == 0 else "muted",
            symbols[k % len(symbols)],
        )
        for k, row in enumerate(others)
    )
    ends = [abs(float(end)) for group in groups for end in (*group.low, *group.high)]
    reach = 1.1 * max([0.01, *ends])
    only = groups[0].name if len(groups) == 1 else ""  # one group gets no legend
    return IntervalsFigure(
        "differences",
        tuple(SCORES[name] for name in names),
        f"{only or 'difference to the cosine-trained runs'}, paired by ligand",
        (-reach, reach),
        groups,
        rule=0.0,
    )
