"""What an opened page shows, as plain values."""

import json
import re

import pandas as pd
from streamlit.testing.v1 import AppTest


def text_of(app: AppTest) -> str:
    """Give all Markdown, that of the sidebar last."""
    return "\n".join(element.value for part in (app.main, app.sidebar) for element in part.markdown)


def errors(app: AppTest) -> list[str]:
    """Give what the page refuses, as it is read on the screen."""
    return [re.sub(r"\\(.)", r"\1", element.value) for element in app.error]


def traces(app: AppTest, alt: str) -> list[dict]:
    """Give the traces of the chart with an alt text that begins so."""
    chart = next(c for c in app.get("plotly_chart") if c.proto.alt.startswith(alt))
    return json.loads(chart.proto.spec)["data"]


def alts(app: AppTest) -> list[str]:
    """Give the alt texts of all charts."""
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def table(app: AppTest, column: str) -> pd.DataFrame:
    """Give the table that has a column of this name."""
    return next(t.value for t in app.dataframe if column in t.value.columns)
