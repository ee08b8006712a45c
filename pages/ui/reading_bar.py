"""How far the reading of structures is, on the screen."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.problems.sidechain.reading.shares import Tell
from pages.ui.page import escaped


@contextmanager
def reading_bar(then: str) -> Iterator[Tell]:
    """Draw a bar that follows files as they are read, and take it away afterwards.

    Args:
        then: What is done with them once they are read.
    """
    bar = st.progress(0.0, "Reading structures ...")

    def tell(share: float, name: str) -> None:
        bar.progress(share, f"Reading {escaped(name)} ..." if share < 1 else then)

    try:
        yield tell
    finally:
        bar.empty()
