"""Whether a run keeps what the notes promise."""

from math import isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.metrics import read_key
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.scene import Scene


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
