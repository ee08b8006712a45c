"""Charts and tables as every page shows them."""

from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.figures.theme import CHART_CONFIG


def show_chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure with its alternative text; the toolbar saves it as SVG under its key.

    Args:
        figure: The drawn figure, of the height it was drawn with.
        key: Name of the chart: the zoom is kept across reruns while its `uirevision` stays; names
            the saved file.
        alt: What a person who cannot see the chart should know.
    """
    config = {
        **CHART_CONFIG,
        "toImageButtonOptions": {"format": "svg", "filename": f"lossoscope-{key}"},
    }
    st.plotly_chart(figure, theme=None, key=f"chart-{key}", config=config, alt=alt, width="stretch")


def show_table(
    table: pd.DataFrame | Any,
    *,
    key: str,
    alt: str,
    columns: dict[str, Any] | None = None,
    height: int | Literal["content"] = "content",
    row_height: int = 28,
) -> None:
    """Show a table that can be sorted and, from its toolbar, searched and saved as CSV."""
    st.dataframe(
        table,
        key=f"table-{key}",
        hide_index=True,
        row_height=row_height,
        height=height,
        width="stretch",
        column_config=columns,
        placeholder="–",
        alt=alt,
    )
