"""What can be shown to others, and how was it made?"""

from collections.abc import Collection
from pathlib import Path

import streamlit as st

from core.history import History
from core.report.html import report_html
from core.report.kinds import run_ids
from core.report.material import all_material
from pages.ui.page import Explanation, open_page
from pages.ui.report.arrange import arrange
from pages.ui.report.drafts import choose_draft, draft_buttons
from pages.ui.report.preview import show_counts
from pages.ui.runs.chosen import store
from pages.ui.train.actions import show_problem
from pages.ui.train.watched import look_at

palette = open_page(
    "What do you want to show to others?",
    "Below stands what the file holds: one HTML page with live charts, tables as CSV, and how to "
    "make each run again.",
    Explanation(
        formula=r"\text{report}=\text{runs}+\text{sections}+\text{how to reproduce}",
        symbols="A draft holds what is shown, not what comes out: opened again, it shows the runs "
        "as they are then. The file keeps what you see now. It fetches nothing, follows the "
        "reader's light or dark mode, and prints.",
        source="Figures are drawn from the same records as on the pages Train and Runs.",
    ),
)


def read(folder: Path, metrics: Collection[str] | None) -> History:
    """Read a run with what other pages have read of it already."""
    return look_at(folder).history if metrics is None else store().read(folder, metrics)


opened = choose_draft()
show_problem()
material = all_material(read)
numbers = st.container()
if opened.draft is None:
    draft_buttons(opened, str)
else:
    arranged = arrange(opened, opened.draft, material, palette)
    with numbers:
        show_counts(arranged.built, material.there(run_ids(arranged.draft, material)))
    draft_buttons(opened, lambda: report_html(arranged.draft, material, arranged.built))
