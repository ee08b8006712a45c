"""What the rules find in a run, and whether it keeps what the notes promise."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd
import streamlit as st

from core.diagnosis.actions import suggest
from core.diagnosis.finding import Finding
from core.events import Plain
from core.metrics import read_key
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import new_runs
from core.runs.acknowledged import acknowledge, withdraw
from core.runs.folder import RunConfig, is_sample
from core.runs.launching import launch
from core.training.settings import from_plain
from pages.ui.charts import show_table
from pages.ui.page import escaped, heading
from pages.ui.train.actions import RUN, guarded
from pages.ui.train.scene import Scene
from pages.ui.train.watched import Look


def show_findings(scene: Scene) -> None:
    """Every finding with its evidence, and the rules that cannot tell."""
    heading("Findings", "computed from what the run has told, by rules with their thresholds")
    groups = scene.look.diagnosis.groups
    if not groups:
        st.markdown("No rule has found anything.")
    for group in groups:
        _show_group(scene.look, group)
    for missing in scene.look.diagnosis.cannot_tell:
        st.markdown(f":gray[:small[{missing.rule} {missing.text}]]")
    for rule in scene.look.diagnosis.not_asked:
        st.markdown(f":gray[:small[{rule} is not yet tested, and not asked]]")


def _show_group(look: Look, group: Sequence[Finding]) -> None:
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
        if newest_one.severity != "ok":
            with st.container(horizontal=True, gap="small"):
                _offer_change(look, newest_one)
                _offer_note(look, newest_one)


def _offer_change(look: Look, finding: Finding) -> None:
    """Draw the button that starts a run with what the finding suggests, where it suggests it."""
    if look.config is None or look.experiment is None:
        return
    action = suggest(finding, look.config.config)
    if action is None:
        return
    # The list of runs stands outside of what is drawn again every second.
    if st.button(
        f"Start a run with {action.text}",
        key=f"change-{look.folder.name}-{finding.key}",
        icon=":material/play_arrow:",
        on_click=_start_changed,
        args=(look.config, action.change, f"{look.name}, {action.text}"),
        help="The options of this run but for this change; it begins anew.",
    ):
        st.rerun()


@guarded
def _start_changed(asked: RunConfig, change: Mapping[str, Plain], name: str) -> None:
    experiment = EXPERIMENTS[asked.experiment]
    config = from_plain(experiment.config, {**asked.config, **change})
    (folder,) = new_runs(experiment, (config,), name=name)
    launch(folder)
    st.session_state[RUN] = folder.name


def _offer_note(look: Look, finding: Finding) -> None:
    """Let a person say that a finding was seen and may stay; samples stay as they are."""
    key, note_key = finding.key, f"note-{look.folder.name}-{finding.key}"
    if (note := look.meta.acknowledged.get(key)) is not None:
        said = f": {escaped(note)}" if note else ""
        st.markdown(f":gray[:material/done: Acknowledged{said}]")
        st.button("Take back", key=f"back-{note_key}", type="tertiary", on_click=_withdraw,
                  args=(look, key))  # fmt: skip
    elif not is_sample(look.folder):
        with st.popover("Acknowledge", key=f"open-{note_key}"):
            st.text_input("Note", key=note_key, help="Why it may stay; kept with the run.")
            st.button("Keep", key=f"keep-{note_key}", on_click=_acknowledge,
                      args=(look, key, note_key))  # fmt: skip


@guarded
def _acknowledge(look: Look, key: str, note_key: str) -> None:
    acknowledge(look.folder, key, str(st.session_state.get(note_key, "")))


@guarded
def _withdraw(look: Look, key: str) -> None:
    withdraw(look.folder, key)


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
