"""Runs that others are writing: begin to follow one, and see all of them grow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from core.errors import CoreError, UnavailableError
from core.figures.overlay import Overlay
from core.figures.overlay_lines import CLOCK, OverlayAxes
from core.figures.theme import Palette
from core.follow.running import TAG, begin_following, is_following
from core.importers.importers import IMPORTERS
from core.metrics import read_key, shown
from core.problems.experiments import EXPERIMENTS
from core.runs.elsewhere import is_elsewhere
from core.runs.index import RunRow
from core.runs.launching import launch, request_stop
from core.runs.status import ACTIVE
from pages.ui.charts import show_table
from pages.ui.controls import Text, draw_control
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.runs.chosen import (
    default_metrics,
    last_value,
    listed_runs,
    names_apart,
    run_name,
    store,
)
from pages.ui.runs.compare import metric_columns
from pages.ui.runs.controls import HALF_LIFE, LOG_Y
from pages.ui.runs.overlay import lay_over, show_overlay
from pages.ui.train.headline import BADGES

REFRESH_S: Final = 1.0
HEIGHT: Final = 320
NEWEST: Final = 5  # drawn also after their end
MOST_METRICS: Final = 4
PATH: Final = Text(
    "follow_path",
    "File or folder that is written",
    "TensorBoard event files or their folder, CSV, lines of JSON. Or one of our run folders on "
    "another disk, which is then read in place.",
    "",
    "~/training/logs",
)
NAME: Final = Text("follow_name", "Name", "What the run is called in lists.", "", "its path")
FOLLOW: Final = (PATH, NAME)
OWN_SCRIPT: Final = """from core.runs import Run

with Run.start("my model", total_steps=steps) as run:
    for step in range(steps):
        ...  # train
        run.measure(step, terms={"fit": fit})"""


def show_follow(palette: Palette) -> None:
    """A form for a path, and the runs that others write, again and again."""
    with st.sidebar:
        path = str(draw_control(PATH)).strip()
        name = str(draw_control(NAME)).strip()
        is_asked = st.button("Follow", key="follow", type="primary", icon=":material/sensors:",
                             disabled=not path, width="stretch")  # fmt: skip
        half_life, is_log = float(draw_control(HALF_LIFE)), bool(draw_control(LOG_Y))
    if is_asked:
        _follow(Path(path), name)
    axes = OverlayAxes(half_life=half_life, y_log=is_log)
    st.fragment(lambda: _watch(palette, axes), run_every=REFRESH_S)()


def _follow(path: Path, name: str) -> None:
    try:
        folder = begin_following(path, name=name)
        if is_following(folder):
            launch(folder)
            if not path.expanduser().exists():
                st.info(f"{escaped(path.name)} is not there yet: it is read as soon as it is.",
                        icon=":material/hourglass_empty:")  # fmt: skip
    except CoreError as error:
        explain_error(error)


def _watch(palette: Palette, axes: OverlayAxes) -> None:
    """Draw what others write, with a line for each run that still grows."""
    rows = [row for row in listed_runs().values() if not row.is_archived and _written_by(row)]
    if not rows:
        _ways_in()
        return
    drawn = [row for i, row in enumerate(rows) if i < NEWEST or row.state in ACTIVE]
    found = dict.fromkeys(key for row in drawn for key in default_metrics((row,)))
    metrics = tuple(found)[:MOST_METRICS] or (CLOCK,)
    laid = lay_over(drawn, metrics, axes)
    metrics_row(_metrics(rows, metrics[0], laid.overlay))
    show_overlay(laid, palette, key="followed", height=HEIGHT)
    heading("Written by others", "a followed log is looked at several times a second")
    show_table(pd.DataFrame([_cells(name, row, metrics) for name, row
                             in zip(names_apart(rows), rows, strict=True)]), key="followed",
               columns=metric_columns(metrics),
               alt="Runs that others write, with their state, newest step and last values."
               )  # fmt: skip
    for row in rows:
        if row.state in ACTIVE:
            _controls(row)
    st.markdown(
        ":gray[:small[From a terminal: `python -m core follow PATH`. For a script of your own five "
        "lines log everything that our trainers do: see *Log your own script* in the README.]]"
    )


def _written_by(row: RunRow) -> str:
    """Say who writes a run; empty for what was trained or imported here."""
    if row.is_sample:
        return ""
    if TAG in row.tags:
        return "a trainer that is followed"
    if is_elsewhere(row.folder):
        return "a process on another disk"
    is_ours = row.experiment in ("", *EXPERIMENTS, *IMPORTERS)
    return "" if is_ours else "a script, by itself"


def _ways_in() -> None:
    st.markdown("Nobody else writes a run yet. Three ways to see one grow here:")
    path, terminal, script = st.columns([1, 1, 1.6], gap="medium")
    with path, st.container(gap="xxsmall"):
        heading("Name its log")
        st.markdown(":gray[In the sidebar: the file or folder that a trainer writes. It is looked "
                    "at several times a second, and survives a writer that dies.]")  # fmt: skip
    with terminal, st.container(gap="xxsmall"):
        heading("From a terminal")
        st.code("python -m core follow PATH", language=None)
    with script, st.container(gap="xxsmall"):
        heading("Log a script of your own", "it appears here by itself")
        st.code(OWN_SCRIPT, language="python")


def _metrics(rows: Sequence[RunRow], metric: str, overlay: Overlay) -> list[Metric]:
    """Show how many grow, and where the newest one stands."""
    growing = [row for row in rows if row.state in ACTIVE]
    newest = (growing or rows)[0]
    value, key = last_value(newest, metric), read_key(metric)
    name = escaped(run_name(newest)[:40])
    return [
        Metric("Growing", f"{len(growing)}", f"of {len(rows)} that others write",
               "Runs whose writer, or whoever follows it, is at work."),
        Metric("Newest step", f"{newest.step:,}", name, "Of the run that was begun last."),
        Metric(key.label[:1].upper() + key.label[1:],
               "–" if value is None else shown(value, key.spec), name, f"{metric}, last value."),
        Metric("Points drawn", f"{overlay.figure.shown:,}",
               f"of {overlay.figure.total:,} measured", "Of the runs on the chart."),
    ]  # fmt: skip


def _cells(name: str, row: RunRow, metrics: Sequence[str]) -> dict[str, object]:
    return {
        "Run": name,
        "State": BADGES[row.state][0],
        "Step": row.step,
        **{key: last_value(row, key) for key in metrics},
        "Written by": _written_by(row),
        "Message": row.message or _newest_note(row),
    }


def _newest_note(row: RunRow) -> str:
    """Give what was told last of a log that is followed: that it waits, or begins anew."""
    try:
        notes = store().read(row.folder, set()).notes
    except UnavailableError:  # the chart says so
        return ""
    return notes[-1].text if notes else row.note


def _controls(row: RunRow) -> None:
    line = st.container(horizontal=True, vertical_alignment="center")
    line.markdown(escaped(run_name(row)))
    line.page_link("pages/train.py", label="Watch it", icon=":material/monitoring:",
                   query_params={"run": row.id})  # fmt: skip
    if TAG in row.tags and line.button("Stop following", key=f"unfollow-{row.id}", type="tertiary"):
        request_stop(row.folder)
