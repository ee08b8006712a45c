"""What other weights would have made of the raw values that a run recorded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.balance.measured import tabulate_history
from core.balance.stages import StageShares, tabulate_shares
from core.balance.table import BalanceTable
from core.balance.what_if import reweighted, with_stages
from core.errors import CoreError
from core.figures.draw_curves import draw_curves
from core.figures.run import summarise_run
from core.figures.run_series import RunAxes
from core.figures.shares import draw_shares
from core.figures.theme import Palette
from core.history import History
from core.metrics import term_label
from core.problems.experiments import EXPERIMENTS
from core.runs.index import RunRow
from core.training.curriculum import Schedule
from core.training.settings import from_plain
from pages.ui.balance.export import schedule_of
from pages.ui.balance.solved import summarise_stage_shares
from pages.ui.charts import show_chart
from pages.ui.controls import Choice, draw_control
from pages.ui.handover import train_with
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.runs.chosen import choose_runs, run_labels, run_name, store
from pages.ui.runs.controls import factor_control

HEIGHT, OVER_HEIGHT, TABLE_HEIGHT = 330, 330, 340
AXES: Final = RunAxes()
PARTS: Final = ("raw", "weight", "weighted", "share")


def show_what_if(palette: Palette) -> None:
    """One of the chosen runs, with the weights that a reader gives it."""
    with st.sidebar:
        rows = [row for row in choose_runs() if any(key.endswith("/raw") for key in row.metrics)]
        row = _choose(rows)
    if row is None:
        st.info("None of the chosen runs recorded the raw value of a term.",
                icon=":material/info:")  # fmt: skip
        return
    try:
        history = _history(row)
        table = tabulate_history(history)
    except CoreError as error:
        explain_error(error)
        return
    with st.sidebar:
        factors = [float(draw_control(factor_control(term))) for term in table.terms]
    above = st.container()
    left, right = st.columns([1.04, 1], gap="medium")
    with right, st.container(gap="xxsmall"):
        heading("Weights", "as trained, stage by stage; edit any cell")
        edited = _edit(row, table)
    weights = edited * np.array(factors)
    try:
        _draw(palette, row, history, table, weights, (above, left))
    except CoreError as error:
        explain_error(error)
        return
    train_with(_schedule(row, replace(table, weights=weights)), run=row.id)


def _choose(rows: Sequence[RunRow]) -> RunRow | None:
    if not rows:
        return None
    labels = run_labels(rows)
    known = {row.id: row for row in rows}
    if st.session_state.get("what_if_run", rows[0].id) not in known:
        st.session_state["what_if_run"] = rows[0].id
    asked = draw_control(Choice(
        "what_if_run", "What if in run", "One of the chosen runs.", rows[0].id, tuple(known),
        labels.__getitem__,
    ))  # fmt: skip
    return known[asked]


def _history(row: RunRow) -> History:
    """Read what the terms of a run cost; its terms are told by its keys."""
    terms = {key.split("/")[1] for key in row.metrics if key.endswith("/raw")}
    wanted = {f"train/{term}/{part}" for term in terms for part in PARTS}
    return with_stages(store().read(row.folder, wanted))


def _edit(row: RunRow, table: BalanceTable) -> np.ndarray:
    """Draw the weights of the run, to be changed; an empty or negative cell is refused below."""
    frame = pd.DataFrame(table.weights, columns=list(table.terms))
    frame.insert(0, "stage", list(table.stages))
    columns = {
        term: st.column_config.NumberColumn(
            term_label(term), format="%.4g", min_value=0.0, required=True,
            help=f"Weight of {term_label(term)}; 0 switches it off.",
        )
        for term in table.terms
    }  # fmt: skip
    edited = st.data_editor(
        frame,
        key=f"what-if-{row.id}",
        hide_index=True,
        disabled=["stage"],
        column_config={"stage": st.column_config.TextColumn("Stage", width=60), **columns},
        row_height=26,
        height=TABLE_HEIGHT if len(frame) > 12 else "content",
        width="stretch",
        alt="Weight of each term in each stage; every cell can be edited.",
    )
    return edited[list(table.terms)].to_numpy(float)


def _draw(
    palette: Palette,
    row: RunRow,
    history: History,
    table: BalanceTable,
    weights: np.ndarray,
    places: tuple[DeltaGenerator, DeltaGenerator],
) -> None:
    names = {"stages": table.stages, "terms": table.terms}
    told = tabulate_shares(table.raw, table.weights, table.bands, **names)
    shares = tabulate_shares(table.raw, weights, table.bands, **names)
    above, left = places
    with above:
        metrics_row(_metrics(told, shares))
    with left, st.container(gap="xxsmall"):
        heading("Share by stage, with these weights", "%, of the median raw values")
        show_chart(
            draw_shares(summarise_stage_shares(shares, table.bands), palette, height=HEIGHT),
            key="what-if-shares",
            alt=f"Share of each term by stage of {run_name(row)} with other weights.",
        )
    with st.container(gap="xxsmall"):
        heading(
            f"{escaped(run_name(row))}, with these weights",
            "its recorded raw values, weighed anew: how it would have learnt is not known",
        )
        record = summarise_run(reweighted(history, weights), (), AXES, key=f"what-if-{row.id}")
        show_chart(
            draw_curves(record, palette, height=OVER_HEIGHT),
            key="what-if-run",
            alt="Contribution and share of each term over the run with other weights.",
        )  # fmt: skip


def _metrics(told: StageShares, shares: StageShares) -> list[Metric]:
    """Show what changes: stages inside their targets, the highest share, the largest change."""
    before, after = sum(told.inside), sum(shares.inside)
    count = len(shares.stages)
    several = (shares.weights > 0).sum(axis=1) > 1  # one term alone has every share by itself
    among = np.where(several[:, None], shares.shares, -1.0) if several.any() else shares.shares
    i, j = np.unravel_index(int(among.argmax()), among.shape)
    change = shares.shares - told.shares
    k, m = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    sign = "+" if change[k, m] > 0 else "−" if change[k, m] < 0 else ""
    ratio = float(np.sum(shares.total) / np.sum(told.total)) if np.sum(told.total) else 0.0
    return [
        Metric("Stages inside all targets", f"{after} of {count}", f"{before} as trained",
               "Stages in which every active term has its target share."),
        Metric("Highest share", f"{shares.shares[i, j]:.0f} %",
               f"{term_label(shares.terms[j])}, stage {escaped(shares.stages[i])}; "
               f"{told.shares[i, j]:.0f} % as trained",
               "Of any term, in stages with two or more active terms."),
        Metric("Largest change", f"{sign}{abs(change[k, m]):.0f} points",
               f"{term_label(shares.terms[m])}, stage {escaped(shares.stages[k])}",
               "Of the share of a term in a stage, in percentage points."),
        Metric("Total loss", f"{ratio:.3g} ×", "sum over the stages, against as trained",
               "Adam does not see a common factor, so this alone changes little."),
    ]  # fmt: skip


def _schedule(row: RunRow, table: BalanceTable) -> Schedule | None:
    """Make a schedule of the weights, with the steps and data mix of the run where known."""
    known = EXPERIMENTS.get(row.experiment)
    try:
        like = known.schedule(from_plain(known.config, row.config)) if known else None
    except CoreError:
        like = None  # an older run with options that are gone
    try:
        return schedule_of(table, like)
    except CoreError as error:
        explain_error(error)
        return None
