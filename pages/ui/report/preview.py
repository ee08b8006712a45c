"""The report as it will be: the same blocks that the file is made of."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.figures.theme import Palette
from core.report.blocks import Block, Built, Chart, Listing, Prose, Said, Table
from core.report.markdown import markdown_html
from core.runs.index import RunRow
from pages.ui.charts import show_chart, show_table
from pages.ui.page import Metric, escaped, metrics_row


def show_counts(built: Sequence[Built], rows: Sequence[RunRow]) -> None:
    """Say how much stands in the report, and whose runs it is about."""
    samples = sum(row.is_sample for row in rows)
    whose = f"{samples} samples" if samples else "yours" if rows else "none chosen"
    charts = sum(len(one.charts) for one in built)
    tables = sum(len(one.tables) for one in built)
    metrics_row([
        Metric("Sections", f"{len(built)}", "the last: reproduce", "In the order of the file."),
        Metric("Runs", f"{len(rows)}", whose, "Runs that the report is about."),
        Metric("Charts", f"{charts}", "live; SVG and PNG", "Drawn as on the other pages."),
        Metric("Tables", f"{tables}", "sortable; CSV", "The CSV holds what is shown."),
    ])  # fmt: skip


def show_section(built: Built, palette: Palette, *, key: str) -> None:
    """Draw the blocks of a section, without its heading."""
    for place, block in enumerate(built.blocks):
        _show(block, palette, f"report-{key}-{place}")


def _show(block: Block, palette: Palette, key: str) -> None:
    match block:
        case Prose():
            st.html(markdown_html(block.markdown) or "<p></p>")
        case Said() if block.is_warning:
            st.markdown(f":orange[:material/warning: {escaped(block.text)}]")
        case Said():
            st.markdown(f":gray[:small[{escaped(block.text)}]]")
        case Chart():
            show_chart(block.figure(palette), key=key, alt=block.alt)
        case Table():
            table = pd.DataFrame(list(block.rows), columns=pd.Index(block.columns))
            show_table(table, key=key, alt=block.alt)
        case Listing():
            # What is folded is not sent: configurations are long.
            with (fold := st.expander(escaped(block.title), key=key, on_change="rerun")):
                if fold.open:
                    st.code(block.text, language=None, wrap_lines=True)
