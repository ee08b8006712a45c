"""The lower right of the loss balance page: a table of views, one chosen by the reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.balance_curves import summarise_descent, summarise_forms, summarise_weights
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.metrics import term_label
from core.problems.peptide.balance import (
    FORM_NAMES,
    PrecursorCurves,
    PrecursorForm,
    expected_raw,
    note_raw,
    precursor_curves,
)
from core.problems.peptide.descent import simulate_descent
from core.training.curriculum import Schedule, end_to_end
from pages.ui.balance.editor import SCHEDULE, current_schedule
from pages.ui.balance.plan import Plan
from pages.ui.balance.solved import solve_both
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Segments
from pages.ui.page import explain_error

HEIGHT = 196
OF_ANY_TERMS = ("weights", "sources")
REPORTED_PPM = 20_000.0  # where the training note says its simulation ends (line 26)


@dataclass(frozen=True, eq=False)
class Balance:
    """What the page has worked out, handed to each view."""

    palette: Palette
    source: str
    plan: Plan
    form: PrecursorForm
    values: Mapping[str, Any]


@st.cache_data(show_spinner=False, max_entries=64)
def _curves(scale_ppm: float) -> PrecursorCurves:
    return precursor_curves(PrecursorForm(scale_ppm=scale_ppm))


def show_gradient(balance: Balance) -> None:
    """Gradient of each precursor form, with the expected error of each stage."""
    slopes = _curves(balance.form.scale_ppm).slope
    _show_forms(balance, {str(k): y for k, y in slopes.items()}, "gradient", "gradient, 1/ppm")


def show_value(balance: Balance) -> None:
    """Value of each precursor form, with the expected error of each stage."""
    values = _curves(balance.form.scale_ppm).value
    _show_forms(balance, {str(k): y for k, y in values.items()}, "value", "loss")


def _show_forms(balance: Balance, forms: dict[str, np.ndarray], key: str, y_title: str) -> None:
    dots = []
    for stage, error in balance.plan.error_ppm.items():
        value, slope = balance.form.value_and_slope(np.array([error]))
        height = float((slope if key == "gradient" else value)[0])
        if error > 0 and height > 0:
            dots.append((stage, error, height))
    record = summarise_forms(
        _curves(balance.form.scale_ppm).error_ppm,
        forms,
        chosen=balance.form.name,
        y_title=y_title,
        stages=dots,
    )
    _show(record, balance, key, f"The {key} of each precursor form over the error, log-log.")


@st.cache_data(show_spinner=False, max_entries=64)
def _descents(scale_ppm: float, lr: float, optimiser: str) -> dict[str, np.ndarray]:
    start = PrecursorForm(scale_ppm=scale_ppm)
    kind = "adam" if optimiser == "adam" else "sgd"
    return {
        name: simulate_descent(replace(start, name=name), lr=lr, optimiser=kind).median_ppm
        for name in FORM_NAMES
    }


def show_descent(balance: Balance) -> None:
    """Ten steps from 25,000 ppm with each form: the note's simulation, repeated."""
    found = _descents(balance.form.scale_ppm, balance.values["lr"], balance.values["optimiser"])
    record = summarise_descent(found, chosen=balance.form.name, reported_ppm=REPORTED_PPM)
    _show(record, balance, "descent", "Precursor error over ten simulated steps, by form.")


def show_weights(balance: Balance) -> None:
    """Weights as solved over weights as written."""
    table = balance.plan.table
    solution, _ = solve_both(table, balance.values)
    record = summarise_weights(table.stages, table.terms, table.weights, solution.weights)
    _show(record, balance, "weights", "Solved and written weights by stage, log axis.")


def _show(record: CurveFigure, balance: Balance, key: str, alt: str) -> None:
    show_chart(draw_curves(record, balance.palette, height=HEIGHT), key=key, alt=alt)


def show_sources(balance: Balance) -> None:
    """Where each raw value comes from: quoted, computed, interpolated, or typed in."""
    if balance.source == "table":
        st.markdown(":gray[These raw values are your own; nothing is known of their source.]")
        return
    values = expected_raw(balance.form) if balance.source == "expected" else note_raw()
    table = balance.plan.table
    rows = []
    for i, stage in enumerate(table.stages):
        for j, term in enumerate(table.terms):
            cell, raw = values.cells.get((stage, term)), table.raw[i, j]
            if np.isnan(raw):
                continue
            same = cell is not None and np.isclose(cell.value, raw, rtol=1e-9)
            rows.append(
                {
                    "Stage": stage,
                    "Term": term_label(term),
                    "Raw": raw,
                    "Kind": cell.kind if cell and same else "typed",
                    "Source": cell.source if cell and same else "typed in on this page",
                }
            )
    show_table(pd.DataFrame(rows), key="sources", alt="Source of each raw value.", height=HEIGHT)


def show_data_mix(balance: Balance) -> None:
    """Steps, clean share and peak width of each stage; edits go into the saved schedule."""
    if balance.source == "table":
        st.markdown(
            ":gray[One's own table holds no data mix. A schedule made from it has 10,000 clean "
            "steps a stage; load a YAML schedule to set them.]"
        )
        return
    schedule = current_schedule()
    frame = pd.DataFrame(
        {
            "stage": schedule.names,
            "steps": [stage.steps for stage in schedule.stages],
            "clean": [100 * stage.clean_share for stage in schedule.stages],
            "sigma": [stage.sigma_da for stage in schedule.stages],
            "expected": [stage.expected for stage in schedule.stages],
        }
    )
    edited = st.data_editor(
        frame,
        key="editor-mix",
        hide_index=True,
        row_height=26,
        height=HEIGHT,
        disabled=["stage"],
        placeholder="–",
        column_config={
            "stage": st.column_config.TextColumn("Stage", width=52),
            "steps": st.column_config.NumberColumn(
                "Steps", min_value=1, step=1, width=76, required=True, help="Optimiser steps."
            ),
            "clean": st.column_config.NumberColumn(
                "Clean, %", min_value=0, max_value=100, width=76, required=True,
                help="Share of clean spectra; the rest are noisy. The note gives no numbers: "
                "this ramp is ours.",
            ),
            "sigma": st.column_config.NumberColumn(
                "σ, Da", min_value=0.001, width=66,
                help="Peak width of the stage; empty leaves it to the run.",
            ),
            "expected": st.column_config.TextColumn("Expected"),
        },
        alt="Steps, share of clean spectra and peak width of each stage; editable.",
    )  # fmt: skip
    if edited.equals(frame):
        return
    try:
        st.session_state[SCHEDULE] = _with_mix(schedule, edited)
    except CoreError as error:
        explain_error(error)
        return
    del st.session_state["editor-mix"]
    st.rerun()


def _with_mix(schedule: Schedule, edited: pd.DataFrame) -> Schedule:
    """Put edited steps and data mix into a schedule; empty cells leave what was there."""
    edited = edited.assign(
        steps=edited["steps"].fillna(pd.Series([stage.steps for stage in schedule.stages])),
        clean=edited["clean"].fillna(
            pd.Series([100 * stage.clean_share for stage in schedule.stages])
        ),
    )
    stages = [
        replace(
            stage,
            clean_share=row["clean"] / 100,
            sigma_da=None if pd.isna(row["sigma"]) else float(row["sigma"]),
            expected=row["expected"] or "",
        )
        for stage, row in zip(schedule.stages, edited.to_dict("records"), strict=True)
    ]
    return end_to_end(schedule.terms, stages, [int(count) for count in edited["steps"]])


def view_control(has_precursor: bool) -> Segments:
    """Offer the views: those of the precursor's error only where there is such a term."""
    key, names = ("chart", tuple(VIEWS)) if has_precursor else ("own_chart", OF_ANY_TERMS)
    return Segments(key, "View", "What the lower right shows.", names[0], names,
                    lambda name: VIEWS[name][0], labelled=False)  # fmt: skip


VIEWS: dict[str, tuple[str, Callable[[Balance], None]]] = {
    "gradient": ("Gradient", show_gradient),
    "value": ("Value", show_value),
    "descent": ("Descent", show_descent),
    "weights": ("Weights", show_weights),
    "mix": ("Data mix", show_data_mix),
    "sources": ("Sources", show_sources),
}
