"""What the rules find in a run, and whether it keeps what the notes promise."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.diagnosis.finding import Finding
from core.metrics import read_key
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.scene import Scene


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
