"""What may be said of two versions: findings by rules, and what else changed between them."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.diagnosis.finding import Finding
from core.figures.theme import Palette
from core.problems.sidechain.reported.checks import check_note, check_tables
from core.problems.sidechain.reported.checks_words import Setting, Told
from pages.ui.charts import show_table
from pages.ui.page import escaped, heading
from pages.ui.rmsd.settings import is_note, settings_between
from pages.ui.rmsd.sources import choose_comparison
from pages.ui.rmsd.table import draw_slots
from pages.ui.train.headline import FINDING_COLORS


def show_findings(palette: Palette) -> None:
    """The chart by slot, what the rules say of it, and the settings that differ."""
    if (found := choose_comparison()) is None:
        return
    draw_slots(palette, found, height=230)
    settings = settings_between(found)
    findings = check_note(found) if is_note(found) else check_tables(Told(found, settings=settings))
    both = f"{escaped(found.before.title)} and {escaped(found.after.title)}"
    heading("Findings", f"by rules with their thresholds, from {both} and the baselines")
    if not findings:
        st.markdown("No rule has found anything.")
    for finding in findings:
        _show(finding)
    changed = [setting for setting in settings if setting.changed]
    if changed:
        _show_settings(changed)


def _show(finding: Finding) -> None:
    color = FINDING_COLORS.get(finding.severity, "gray")
    verdict = finding.verdict[:1].upper() + finding.verdict[1:]
    with st.container(gap=None):
        st.markdown(f":{color}-badge[{finding.severity}] &nbsp; **{escaped(verdict)}**")
        words = f"{finding.evidence} {finding.meaning}"
        st.markdown(f"{escaped(words)} **{escaped(finding.suggestion)}**")
        st.markdown(f":gray[:small[{finding.rule}; {escaped(finding.regime)}]]")


def _show_settings(changed: Sequence[Setting]) -> None:
    heading("What else changed", "an effect belongs to one setting only where one changed")
    show_table(
        pd.DataFrame([{"Setting": s.name, "First": s.before, "Second": s.after} for s in changed]),
        key="settings",
        alt="Settings that differ between the two versions.",
    )
