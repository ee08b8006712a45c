"""What every page begins with: its title, how to read it, the look, presentation mode."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import torch

from core.figures.theme import PALETTES, Mode, Palette

# Sessions share the cores, and the calls of a page are short: a second thread costs more than it
# gives (ten times more on two busy cores). Training is a process of its own.
torch.set_num_threads(1)

ASSETS = Path(__file__).parent / "assets"

# Streamlit has no option for the horizontal padding of a page, nor for hiding its controls.
PADDING = "[data-testid='stMainBlockContainer']{padding-inline:2rem}"
# At the top of a chart its toolbar would lie on the legend; its tooltips stand above it then.
TOOLBAR = (
    ".modebar-container{top:auto!important;bottom:0}.modebar{top:auto!important;bottom:2px}"
    ".modebar [data-title]::before{display:none!important}"
    ".modebar [data-title]::after{top:auto!important;bottom:110%}"
)
PRESENT = (
    "html{font-size:17px}[data-testid='stSidebar'],[data-testid='stSidebarCollapsedControl'],"
    "[data-testid='stExpandSidebarButton']{display:none}"
)

KEEP_VIEW = f"<script>{(ASSETS / 'keep_view.js').read_text()}</script>"


@dataclass(frozen=True)
class Explanation:
    """The formula of a page in LaTeX, its symbols, and where it comes from."""

    formula: str
    symbols: str
    source: str


@dataclass(frozen=True)
class Metric:
    """A number that matters, with its yardstick as one muted remark."""

    label: str
    value: str
    remark: str
    help: str


def open_page(question: str, how_to_read: str, explanation: Explanation) -> Palette:
    """Begin a page; safe to call on a cold server, where nothing of app.py has run.

    Args:
        question: The title: the question that the page answers.
        how_to_read: One line: how to read the main figure, what trouble looks like.
        explanation: What the popover "What is this?" shows.

    Returns:
        The palette of the page's mode, for its figures.
    """
    st.set_page_config(
        page_title=f"{question} - Lossoscope", layout="wide", initial_sidebar_state=250
    )
    st.html(f"<style>{PADDING}{TOOLBAR}{PRESENT if presenting() else ''}</style>")
    mode = theme_mode()
    st.logo(str(ASSETS / f"logo_{mode}.svg"), size="medium")
    title, what = st.columns([7.6, 1], vertical_alignment="center")
    with title, st.container(gap=None):
        st.header(question, anchor=False)
        st.markdown(f":gray[{how_to_read}]")
        st.html(KEEP_VIEW, unsafe_allow_javascript=True)
    with what, st.popover("What is this?", type="tertiary"):
        st.latex(explanation.formula)
        st.markdown(explanation.symbols)
        st.markdown(f":gray[:small[{explanation.source}]]")
    return PALETTES[mode]


def presenting() -> bool:
    """Whether the address asks for presentation mode (`?present=1`)."""
    return st.query_params.get("present") == "1"


def theme_mode() -> Mode:
    """Give the mode of the viewer's theme; light where the browser has not said it yet."""
    return "dark" if st.context.theme.type == "dark" else "light"


def metrics_row(metrics: Sequence[Metric]) -> None:
    """Show the numbers that matter, side by side."""
    for column, metric in zip(st.columns(len(metrics), gap="small"), metrics, strict=True):
        with column, st.container(gap=None):
            st.metric(metric.label, metric.value, help=metric.help)
            st.markdown(f":gray[:small[{metric.remark}]]")


def heading(text: str, remark: str = "") -> None:
    """Head a chart or table: bold, with a muted remark on the same line."""
    st.markdown(f"**{text}** &nbsp; :gray[:small[{remark}]]" if remark else f"**{text}**")


def origin_badge(text: str) -> None:
    """Say where the data on the screen come from; synthetic data are called synthetic."""
    st.badge(text, color="gray", help="Where the data on this page come from.")


def escaped(text: str) -> str:
    r"""Write text that a person or a file gave so that Markdown shows it as it is.

    Example:
        >>> print(escaped("a_b <b>"))
        a\_b \<b\>
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:])", r"\\\1", text)


def explain_error(error: Exception) -> None:
    """Show what was expected, what came and what to do; the rest of the page stays."""
    st.error(escaped(str(error)), icon=":material/error:")
