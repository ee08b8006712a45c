"""Open findings of several runs in one table: on the overview and beside compared runs."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.diagnosis.engine import Diagnosis
from core.diagnosis.finding import SAID, Finding
from pages.ui.charts import show_table
from pages.ui.page import heading
from pages.ui.train.headline import ASKING
from pages.ui.train.watched import Look

COLUMNS = ("Finding", "Look", "How bad", "Run", "Since step", "What to try")
TRAIN = "train"  # beside every page, so that the link holds below any base path


def open_findings(look: Look) -> list[Finding]:
    """Give the open warnings and errors of a run that nobody has acknowledged, worst first.

    One of each group: a rule speaks once about one thing.
    """
    return _worst(look.unseen)


def _worst(diagnosis: Diagnosis) -> list[Finding]:
    worst = [group[0] for group in Diagnosis(diagnosis.open).groups]
    return [finding for finding in worst if finding.severity in ASKING]


def show_open_findings(looks: Sequence[Look], *, key: str, where: str) -> None:
    """List what asks for something in some runs, with a link to each.

    Args:
        looks: The runs.
        key: Of the table.
        where: Which runs these are, in words.
    """
    rows = [row for look in looks for row in _rows(look)]
    known = sum(len(_worst(look.diagnosis)) for look in looks) - len(rows)
    seen = f"; {known} acknowledged, not listed" if known else ""
    heading("Open findings", f"warnings and errors of {where}{seen}")
    if not rows:
        st.markdown(":gray[None is open.]")
        return
    show_table(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        key=key,
        alt="Open findings with their severity, run, first step and suggestion.",
        columns={
            "Finding": st.column_config.TextColumn(width=300),
            "Look": st.column_config.LinkColumn(width=52, display_text="Open"),
            "How bad": st.column_config.TextColumn(width=64),
            "Run": st.column_config.TextColumn(width=180),
            "Since step": st.column_config.NumberColumn(width=76),
            "What to try": st.column_config.TextColumn(width=340),
        },
    )


def _rows(look: Look) -> Iterator[tuple[str, str, str, str, int, str]]:
    address = f"{TRAIN}?{urlencode({'run': look.folder.name, 'view': 'Findings'})}"
    for finding in open_findings(look):
        verdict = finding.verdict[:1].upper() + finding.verdict[1:]
        yield (verdict, address, SAID[finding.severity], look.name, finding.first_step,
               finding.suggestion)  # fmt: skip
