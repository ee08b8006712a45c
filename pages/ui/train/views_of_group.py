"""Runs that were started together, side by side: each term alone, or a comparison."""

import pandas as pd
import streamlit as st

from core.figures.draw_curves import draw_curves
from core.figures.run_views import summarise_beside
from core.metrics import read_key, shown, term_label
from core.runs.index import list_runs
from pages.ui.charts import show_chart, show_table
from pages.ui.page import escaped, heading
from pages.ui.train.headline import newest
from pages.ui.train.scene import HEIGHT, Scene, option
from pages.ui.train.watched import Look, look_at


def show_alone(scene: Scene) -> None:
    """Each term trained alone, side by side."""
    group = scene.look.meta.group
    looks = [look_at(row.folder) for row in list_runs() if group and row.group == group]
    if any(option(look, "solo") for look in looks) or not looks:
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
    for text in dict.fromkeys(solo_notes.get(str(option(look, "solo")), "") for look in looks):
        if text:
            st.markdown(f":gray[:small[{text}]]")
    for look in looks:
        for finding in look.diagnosis.open[:1]:
            st.markdown(f"{escaped(look.name)}: **{finding.verdict}**, {finding.evidence}")


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
