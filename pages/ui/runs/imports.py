"""Runs of other tools: what was recognised in a file first, then in as a whole or not at all."""

import tempfile
from pathlib import Path
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.draw_curves import draw_curves
from core.figures.overlay import OverlayRun, summarise_overlay
from core.figures.overlay_lines import OverlayAxes
from core.figures.theme import Palette
from core.history import History
from core.importers.importers import IMPORTERS
from core.importers.preview import Preview, preview
from core.importing import import_run, run_of
from core.runs.folder import runs_home
from pages.ui.charts import show_chart, show_table
from pages.ui.controls import Text, draw_control
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row
from pages.ui.runs.chosen import MOST_RUNS, RUNS
from pages.ui.runs.controls import METRICS
from pages.ui.runs.import_columns import choose_run_and_columns

UPLOADS, SAID, UPLOADER = "import-uploads", "import-said", "import-files"
HEIGHT: Final = 420
PATH: Final = Text(
    "import_path",
    "File or folder of this machine",
    "TensorBoard event files or their folder, MLflow's run folder, CSV, JSON, JSONL. Or upload a "
    "file below.",
    "",
    "~/logs/version_0/metrics.csv",
)
IMPORT: Final = (PATH,)


def show_import(palette: Palette) -> None:
    """Preview a source, and import one of its runs or all."""
    with st.sidebar:
        said = str(draw_control(PATH)).strip()
        files = st.file_uploader("Or a file", key=UPLOADER, help="Read by its content.")
    source = Path(said) if said else _written(files)
    _say_what_was_done(source)
    if source is None:
        _show_formats()
        return
    try:
        with st.spinner("Reading to the end ..."):
            first = preview(source)
        above = st.container()
        left, right = st.columns([1.15, 1], gap="medium")
        with left, st.container(gap="xsmall"):
            heading("What would be imported", f"{escaped(first.title)}, recognised by content")
            found = choose_run_and_columns(source, first)
            for note in (*found.notes, *(f"left out: {name}" for name in found.left_out)):
                st.markdown(f":gray[:small[{escaped(note)}]]")
            _offer(source, found)
        with above:
            metrics_row(_metrics(found))
        with right:
            _draw(palette, found)
    except CoreError as error:
        explain_error(error)


def _say_what_was_done(source: Path | None) -> None:
    """Say what became of a source, until another one is chosen."""
    imported, lines = st.session_state.get(SAID, (None, ()))
    if imported != source:
        st.session_state.pop(SAID, None)
        return
    for line in lines:
        st.success(line, icon=":material/check:")
    if lines:
        st.button("Compare", key="import-compare", on_click=_compare,
                  icon=":material/stacked_line_chart:", help="Look at what was imported."
                  )  # fmt: skip


def _compare() -> None:
    st.session_state["view"] = "compare"
    st.session_state.pop(SAID)


def _show_formats() -> None:
    heading("What can be imported", "name a file or folder in the sidebar, or upload a file; "
            "nothing is saved before you have seen what was recognised")  # fmt: skip
    rows = [{"Format": importer.title[:1].upper() + importer.title[1:],
             "Usual endings": ", ".join(importer.suffixes) or "a folder"}
            for importer in IMPORTERS.values()]  # fmt: skip
    show_table(pd.DataFrame(rows), key="formats", alt="Formats of logs that can be imported.")


def _written(file: Any) -> Path | None:
    """Put an upload into a folder that goes with the session."""
    if file is None:
        return None
    state = st.session_state
    kept = state.get(UPLOADS)
    if kept is None or kept[0] != file.file_id:
        folder = tempfile.TemporaryDirectory()
        kept = state[UPLOADS] = (file.file_id, folder)
        (Path(folder.name) / Path(file.name).name).write_bytes(file.getvalue())
    return Path(kept[1].name) / Path(file.name).name


def _metrics(found: Preview) -> list[Metric]:
    steps = [(m.first_step, m.last_step) for m in found.metrics]
    first, last = (min(a for a, _ in steps), max(b for _, b in steps)) if steps else (0, 0)
    return [
        Metric("Runs", f"{len(found.runs):,}", escaped(found.name[:60]), "In the source."),
        Metric("Metrics", f"{len(found.metrics):,}",
               f"{len(found.left_out):,} left out", "Series of the chosen run."),
        Metric("Values", f"{found.points:,}", f"imported, of {found.told:,} read",
               "No sampling, NaN included; of several of a step one."),
        Metric("Steps", f"{first:,} – {last:,}", f"counted by {found.axis}", "First and last."),
    ]  # fmt: skip


def _draw(palette: Palette, found: Preview) -> None:
    """Draw the metrics that tell most, as Compare will."""
    if not found.drawn:
        st.markdown(":gray[A log of this length is drawn once it is imported.]")
        return
    run = OverlayRun(found.name, lambda: History(series=found.drawn))
    overlay = summarise_overlay([run], tuple(found.drawn), OverlayAxes(), key="import")
    figure = draw_curves(overlay.figure, palette, height=HEIGHT)
    show_chart(figure, key="import", alt=f"{', '.join(found.drawn)} of {found.name}.")


def _offer(source: Path, found: Preview) -> None:
    """Draw the buttons; what is there already is said, and not imported twice."""
    if run_of(found.identity, found.format).is_dir():
        st.info("This content is imported already; importing it again changes nothing.",
                icon=":material/info:")  # fmt: skip
    chosen = [found.run]
    row = st.container(horizontal=True)
    is_one = row.button("Import", key="import-one", type="primary", icon=":material/download:")
    is_all = len(found.runs) > 1 and row.button(
        f"Import all {len(found.runs):,} runs", key="import-all"
    )
    if is_all:
        chosen = list(found.runs)
    if is_one or is_all:
        _import(source, found, chosen)


def _import(source: Path, found: Preview, runs: list[str]) -> None:
    bar = st.progress(0.0, "Importing ...")
    said, folders = [], []
    before = set(runs_home().glob(f"{found.format}-*"))
    for number, run in enumerate(runs):

        def show(share: float, number: int = number, run: str = run) -> None:
            told = f"Importing {escaped(run or 'the run')}"
            bar.progress(min((number + share) / len(runs), 1.0), told)

        folder = import_run(source, run, found.mapping, progress=show,
                            group=found.identity[:12] if len(runs) > 1 else "")  # fmt: skip
        said.append(f"{folder.name} was imported before: nothing has changed."
                    if folder in before else f"Imported as {folder.name}.")  # fmt: skip
        folders.append(folder.name)
    st.session_state[SAID] = source, tuple(said)
    st.session_state[RUNS] = folders[:MOST_RUNS]  # what Compare and What if show now
    st.session_state.pop(METRICS, None)
    st.rerun()
