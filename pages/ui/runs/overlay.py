"""Runs read and laid over one another, as Compare and Follow show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.errors import UnavailableError
from core.figures.overlay import Overlay, OverlayRun, draw_overlay, summarise_overlay
from core.figures.overlay_lines import CLOCK, OverlayAxes
from core.figures.theme import Palette
from core.history import History
from core.runs.compare import seed_groups
from core.runs.index import RunRow
from pages.ui.charts import show_chart
from pages.ui.page import escaped
from pages.ui.runs.chosen import names_apart, run_name, store

ROW_HEIGHT = 250


@dataclass(frozen=True)
class LaidOver:
    """Runs as they are drawn together.

    Args:
        overlay: Their lines.
        metrics: Keys of the panels.
        axes: How they are looked at.
        runs: How many were read.
        unread: Why the others could not be.
    """

    overlay: Overlay
    metrics: tuple[str, ...]
    axes: OverlayAxes
    runs: int
    unread: tuple[str, ...]


def lay_over(rows: Sequence[RunRow], metrics: Sequence[str], axes: OverlayAxes) -> LaidOver:
    """Read what is new of some runs and lay them over one another."""
    wanted = {*metrics, CLOCK} if axes.x == "time" else {*metrics}
    unread: list[str] = []
    runs = [
        OverlayRun(name, partial(_read, row, wanted, unread), group)
        for name, row, group in zip(names_apart(rows), rows, seed_groups(rows), strict=True)
    ]
    overlay = summarise_overlay(runs, metrics, axes)
    return LaidOver(overlay, tuple(metrics), axes, len(rows), tuple(dict.fromkeys(unread)))


def show_overlay(laid: LaidOver, palette: Palette, *, key: str, height: int) -> None:
    """Draw the lines, and say below what is left out and what could not be read."""
    figure = laid.overlay.figure
    rows = -(-len(figure.panels) // figure.columns)
    show_chart(
        draw_overlay(laid.overlay, palette, height=max(height, ROW_HEIGHT * rows)),
        key=key,
        alt=f"{', '.join(laid.metrics)} of {laid.runs} runs over {laid.axes.x}, "
        f"{figure.shown:,} of {figure.total:,} points.",
    )
    for text in laid.overlay.left_out:
        st.markdown(f":gray[:small[Left out: {escaped(text)}]]")
    for text in laid.unread:
        st.markdown(f":orange[:material/warning:] :small[{escaped(text)}]")


def _read(row: RunRow, wanted: set[str], unread: list[str]) -> History:
    """Read some series of a run; a folder that cannot be read has none, and says why."""
    if row.state == "broken":
        unread.append(f"{run_name(row)}: {row.message}")
    try:
        return store().read(row.folder, wanted)
    except UnavailableError as error:
        unread.append(str(error))
        return History()
