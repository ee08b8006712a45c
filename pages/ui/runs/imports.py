"""Runs of other tools: what was recognised in a file first, then in as a whole or not at all."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.errors import CoreError
from core.figures.theme import Palette
from core.importers.column_mapping import ColumnMapping
from core.importers.importers import IMPORTERS
from core.importers.preview import Preview, preview
from core.importing import import_run, run_of
from pages.ui.charts import show_table
from pages.ui.controls import Text, draw_control
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row

UPLOADS, SAID, UPLOADER = "import-uploads", "import-said", "import-files"
ALL_RUNS, NOTHING = "all of them", "–"
PATH: Final = Text(
    "import_path",
    "File or folder of this machine",
    "TensorBoard event files or their folder, MLflow's run folder, CSV, JSON, JSONL. Or upload a "
    "file below.",
    "",
    "~/logs/version_0/metrics.csv",
)
KINDS: Final = "; ".join(importer.title for importer in IMPORTERS.values())


def show_import(palette: Palette) -> None:
    """Preview a source, and import one of its runs or all."""
    del palette
    with st.sidebar:
        said = str(draw_control(PATH)).strip()
        files = st.file_uploader("Or a file", key=UPLOADER, help=f"Read by content: {KINDS}.")
    source = Path(said).expanduser() if said else _written(files)
    for line in st.session_state.get(SAID, ()):
        st.success(line, icon=":material/check:")
    if source is None:
        st.markdown(f"Name a file or folder, or upload one. Known: {KINDS}.")
        st.markdown(":gray[Nothing is saved before you have seen what was recognised.]")
        return
    try:
        with st.spinner("Reading to the end ..."):
            first = _previewed(source)
        found = _choose(source, first)
        _show(found)
        _offer(source, found)
    except CoreError as error:
        explain_error(error)


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


def _previewed(source: Path, run: str = "", mapping: ColumnMapping | None = None) -> Preview:
    return preview(source, run, mapping)


def _choose(source: Path, first: Preview) -> Preview:
    """Let the reader choose a run and correct the columns; preview again where that changed it."""
    run = first.run
    with st.sidebar:
        if len(first.runs) > 1:
            run = st.selectbox("Run", first.runs, key="import-run", help="Of those in the source.")
        mapping = _edited(first.mapping) if first.mapping else None
    changed = run != first.run or mapping != first.mapping
    return _previewed(source, run, mapping) if changed else first


def _edited(mapping: ColumnMapping) -> ColumnMapping:
    """Show how the columns are read, to be corrected."""
    columns = (NOTHING, *mapping.columns)
    step = st.selectbox(
        "Steps", columns, index=columns.index(mapping.step or NOTHING), key="import-step",
        help="The column that counts; none counts the rows from 1.",
    )  # fmt: skip
    time = st.selectbox(
        "Times", columns, index=columns.index(mapping.time or NOTHING), key="import-time",
        help="The column with times; none gives all values the time of the import.",
    )  # fmt: skip
    step, time = (("" if name == NOTHING else name) for name in (step, time))
    rows = [{"Column": name, "Read": name in mapping.metrics,
             "Name in the run": mapping.metrics.get(name, name)}
            for name in mapping.columns if name not in (step, time)]  # fmt: skip
    edited: Any = st.data_editor(
        pd.DataFrame(rows), key=f"import-columns-{step}-{time}", hide_index=True,
        disabled=["Column"], width="stretch",
    )  # fmt: skip
    metrics = {row["Column"]: row["Name in the run"] for row in edited.to_dict("records")
               if row["Read"]}  # fmt: skip
    return replace(mapping, step=step, time=time, metrics=metrics)


def _show(found: Preview) -> None:
    """Say what was recognised."""
    steps = [(m.first_step, m.last_step) for m in found.metrics]
    first, last = (min(a for a, _ in steps), max(b for _, b in steps)) if steps else (0, 0)
    metrics_row(
        [
            Metric("Format", found.title, "recognised by content", "How the source is read."),
            Metric("Runs", f"{len(found.runs):,}", escaped(found.name)[:60], "In the source."),
            Metric("Metrics", f"{len(found.metrics):,}",
                   f"{len(found.left_out):,} left out", "Series of the chosen run."),
            Metric("Values", f"{found.points:,}", "all of them are imported",
                   "No sampling, NaN included."),
            Metric("Steps", f"{first:,} – {last:,}", f"counted by {found.axis}",
                   "First and last."),
        ]
    )  # fmt: skip
    heading("What would be imported", "names are harmonised where they are known")
    rows = [{"There": m.name, "Here": m.key, "Values": m.points, "First step": m.first_step,
             "Last step": m.last_step} for m in found.metrics]  # fmt: skip
    show_table(pd.DataFrame(rows), key="import", alt="Each metric with its name, values and steps.",
               height=min(330, 40 + 28 * len(rows)))  # fmt: skip
    for note in (*found.notes, *(f"left out: {name}" for name in found.left_out)):
        st.markdown(f":gray[:small[{escaped(note)}]]")


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
    said = []
    for number, run in enumerate(runs):

        def show(share: float, number: int = number, run: str = run) -> None:
            bar.progress(min((number + share) / len(runs), 1.0), f"Importing {run or 'the run'}")

        folder = import_run(source, run, found.mapping, progress=show,
                            group=found.identity[:12] if len(runs) > 1 else "")  # fmt: skip
        said.append(f"Imported as {folder.name}: it stands first in Compare and in the table.")
    st.session_state[SAID] = tuple(said)
    st.rerun()
