"""Closer looks at a run, below the main figure: one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.diagnosis.finding import Finding
from core.errors import CoreError
from core.figures.curves import CurveFigure
from core.figures.draw_curves import draw_curves
from core.figures.run_series import RunAxes
from core.figures.run_views import (
    summarise_beside,
    summarise_gradients,
    summarise_optimiser,
    summarise_positions,
    summarise_weights,
)
from core.figures.theme import Palette
from core.metrics import read_key, shown, term_label
from core.runs.index import list_runs
from core.runs.reader import read_arrays, tail_log
from pages.ui.charts import show_chart, show_table
from pages.ui.page import escaped, heading
from pages.ui.train.headline import config_lines, newest
from pages.ui.train.watched import Look, look_at

HEIGHT = 300
LOG_LINES = 60
NO_LOG = "Nothing: a run in the foreground speaks to its terminal."
BY_POSITION = "_by_position"  # end of the names of arrays that hold one number a position


@dataclass(frozen=True)
class Scene:
    """What every view gets."""

    palette: Palette
    look: Look
    axes: RunAxes


def _chart(scene: Scene, record: CurveFigure, title: str, remark: str, alt: str) -> None:
    heading(title, remark)
    if not any(panel.curves for panel in record.panels):
        st.markdown(":gray[Nothing has been measured for this yet.]")
        return
    figure = draw_curves(record, scene.palette, height=HEIGHT)
    show_chart(figure, key=record.key.split("-")[0], alt=alt)


def show_gradients(scene: Scene) -> None:
    """Who really drives the optimiser, and which terms pull apart."""
    every = _option(scene.look, "gradient_every")
    _chart(
        scene,
        summarise_gradients(
            scene.look.history, scene.axes, key=f"gradients-{scene.look.folder.name}"
        ),
        "Who drives the optimiser",
        f"norm of each weighted term's gradient on the shared parameters, every {every} steps",
        "Gradient share of each term and the cosine between each two gradients over the run.",
    )


def show_weights(scene: Scene) -> None:
    """The weight of each term, and its value before the weight."""
    _chart(
        scene,
        summarise_weights(scene.look.history, scene.axes, key=f"weights-{scene.look.folder.name}"),
        "Weights and values",
        "log axes; a weight of 0 is a gap",
        "Weight and unweighted value of each term over the run.",
    )


def show_optimiser(scene: Scene) -> None:
    """Learning rate and gradient norm."""
    _chart(
        scene,
        summarise_optimiser(
            scene.look.history, scene.axes, key=f"optimiser-{scene.look.folder.name}"
        ),
        "Optimiser",
        "gradient norm before clipping, log axis",
        "Learning rate and gradient norm over the run.",
    )


def show_positions(scene: Scene) -> None:
    """What was recorded by position at the last evaluation."""
    heading("Accuracy by position", "held out, last evaluation; the best constant beside it")
    shares: dict[str, dict[str, np.ndarray]] = {}
    for name, steps in scene.look.history.recorded.items():
        if not name.endswith(BY_POSITION):
            continue
        try:
            arrays = read_arrays(scene.look.folder, name, steps[-1])
        except CoreError:
            continue
        split = name.removesuffix(BY_POSITION).replace("val_", "")
        shares[split] = {line.replace("_", " "): values for line, values in arrays.items()}
    if not shares:
        st.markdown(":gray[Nothing has been recorded by position yet.]")
        return
    figure = draw_curves(summarise_positions(shares), scene.palette, height=HEIGHT)
    show_chart(figure, key="positions", alt="Accuracy at each position from the start.")


def show_findings(scene: Scene) -> None:
    """Every finding with its evidence, and the rules that cannot tell."""
    heading("Findings", "computed from what the run has told, by rules with their thresholds")
    groups = scene.look.diagnosis.groups
    if not groups:
        st.markdown("No rule has found anything.")
    for group in groups:
        _show_group(group)
    for missing in scene.look.diagnosis.cannot_tell:
        st.markdown(f":gray[:small[{missing.rule} {missing.text}]]")


def show_criteria(scene: Scene) -> None:
    """What the notes promise, against what was measured."""
    heading("Criteria", "median of the last evaluations; undecided where the interval straddles")
    experiment = scene.look.experiment
    judge = experiment.criteria if experiment else None
    rows = judge(scene.look.history) if judge else ()
    if not rows:
        why = "Nothing has been evaluated yet" if judge else "Nothing was promised for this one"
        st.markdown(f":gray[{why}.]")
        return
    show_table(
        pd.DataFrame([_criterion_cells(row) for row in rows]),
        key="criteria",
        columns={"Why": st.column_config.TextColumn("Why", width="medium")},
        alt="Each criterion with its threshold, what was measured, and the verdict.",
    )


def _show_group(group: Sequence[Finding]) -> None:
    """Show the newest finding of a rule about one thing, and where else it held."""
    newest_one = max(group, key=lambda finding: finding.last_step)
    verdict = newest_one.verdict[:1].upper() + newest_one.verdict[1:]
    in_order = sorted(group, key=lambda finding: finding.first_step)
    others = [finding.regime for finding in in_order if finding is not newest_one]
    steps = f"{newest_one.regime}, steps {newest_one.first_step:,} to {newest_one.last_step:,}"
    also = f"; also {', '.join(others)}" if others else ""
    with st.container(gap=None):
        st.markdown(f"**{verdict}**{'' if newest_one.is_open else ' :gray[(over)]'}")
        st.markdown(f"{newest_one.evidence} {newest_one.meaning} **{newest_one.suggestion}**")
        st.markdown(f":gray[:small[{newest_one.rule}, {newest_one.severity}; {steps}{also}]]")


def _criterion_cells(judged: Any) -> dict[str, object]:
    key = read_key(judged.criterion.metric)
    factor, unit = (100, "%") if key.spec.unit == "fraction" else (1, key.spec.unit)
    better = ">" if key.spec.higher_is_better else "<"

    def shown(value: float) -> str:
        return "–" if isnan(value) else f"{factor * value:,.4g}"

    interval = f"{shown(judged.low)} to {shown(judged.high)}"
    return {
        "Grade": judged.criterion.grade,
        "Metric": f"{key.label}, {key.split.replace('val_', '')}, {unit}",
        "Wanted": f"{better} {factor * judged.criterion.threshold:,g}",
        "Measured": shown(judged.level),
        "95 % interval": "–" if isnan(judged.low) else interval,
        "Verdict": judged.result,
        "Why": judged.reason,
    }


def show_alone(scene: Scene) -> None:
    """Each term trained alone, side by side."""
    group = scene.look.meta.group
    looks = [look_at(row.folder) for row in list_runs() if group and row.group == group]
    if any(_option(look, "solo") for look in looks) or not looks:
        heading("Each term alone", "same seed, same budget; what does it teach?")
    else:
        heading("Started together", "runs of one group, side by side")
    if not looks or scene.look.experiment is None:
        st.markdown(":gray[This run has no companions. Press *Each term alone* to start them.]")
        return
    looks = sorted(looks, key=lambda look: look.folder.name, reverse=True)
    primary = scene.look.experiment.primary
    split = primary.split("/")[0]
    terms = scene.look.history.terms or scene.look.experiment.terms
    held_out = f"{split}/{terms[0]}/raw"
    is_told = any(held_out in look.history.series for look in looks)
    other = held_out if is_told else f"train/{terms[0]}/raw"
    record = summarise_beside(
        [(look.name, look.history) for look in looks], (primary, other), scene.axes, key="alone"
    )
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        figure = draw_curves(record, scene.palette, height=HEIGHT)
        show_chart(figure, key="alone", alt="The runs of each term alone, side by side.")
    with right:
        show_table(
            pd.DataFrame([_row(look, primary, other, terms[0]) for look in looks]),
            key="alone",
            alt="Accuracy of each run that trains one term alone.",
        )
    solo_notes = scene.look.experiment.solo_notes
    for text in dict.fromkeys(solo_notes.get(str(_option(look, "solo")), "") for look in looks):
        if text:
            st.markdown(f":gray[:small[{text}]]")
    for look in looks:
        for finding in look.diagnosis.open[:1]:
            st.markdown(f"{escaped(look.name)}: **{finding.verdict}**, {finding.evidence}")


def _option(look: Look, name: str) -> object:
    return look.config.config.get(name) if look.config else None


def _row(look: Look, primary: str, other: str, first: str) -> dict[str, object]:
    reached, key = newest(look.history, primary), read_key(primary)
    name = key.label
    told = look.history.series.get(other)
    course = f"{told.value[0]:.2f} → {told.value[-1]:.2f}" if told else ""
    state = "" if look.status.state == "finished" else f", {look.status.state}"
    return {
        "Run": look.name,
        "Step": f"{look.history.last_step:,}{state}",
        name[:1].upper() + name[1:]: "–" if reached is None else shown(reached, key.spec),
        term_label(first).capitalize(): course,
    }


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
    "gradients": ("Gradients", show_gradients),
    "weights": ("Weights", show_weights),
    "optimiser": ("Optimiser", show_optimiser),
    "positions": ("Positions", show_positions),
    "findings": ("Findings", show_findings),
    "criteria": ("Criteria", show_criteria),
    "alone": ("Alone", show_alone),
    "log": ("Log", show_log),
}
