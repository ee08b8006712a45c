"""Predictions of one's own: structures with their natives, arrays, or a table by slot."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.pdb import fetch_entry
from core.errors import CoreError
from core.problems.sidechain.reported.table_files import read_tables
from core.problems.sidechain.versions.measured import Frame, version_of_files
from core.problems.sidechain.versions.version import Version, reported_version
from pages.ui.controls import draw_control
from pages.ui.page import explain_error
from pages.ui.rmsd.controls import ENTRIES, FRAME

READ, CHOSEN, REFUSED = "rmsd-read", "rmsd-chosen", "rmsd-refused"
TABLES = (".csv", ".tsv")


def uploaded_versions(*, renames: bool) -> dict[str, Version]:
    """Draw the uploaders, and give what they hold by its name; a refusal stays explained below.

    Args:
        renames: Whether symmetric atoms are renamed to the smaller error.
    """
    state = st.session_state
    with st.expander("Own files"):
        predicted = st.file_uploader(
            "Predictions, or a table by slot",
            key="upload-predicted",
            accept_multiple_files=True,
            help="PDB, mmCIF, BinaryCIF, plain or gzip'd; NPZ or HDF5 with coord and type; or CSV "
            "with the columns version, slot, rmsd_angstrom.",
        )
        native = st.file_uploader(
            "Native structures",
            key="upload-native",
            accept_multiple_files=True,
            help="One for each prediction, in the order of their names. Arrays may hold "
            "native_coord themselves.",
        )
        entries = tuple(str(draw_control(ENTRIES)).split())
        frame: Frame = draw_control(FRAME)
    mark = (frame, renames, entries, *(file.file_id for file in (*predicted, *native)))
    if predicted and state.get(CHOSEN) != mark:
        state[CHOSEN], state[READ], state[REFUSED] = mark, {}, None
        try:
            with st.spinner("Reading structures ..."):
                state[READ] = _read(predicted, native, entries, frame, renames=renames)
        except CoreError as error:
            state[REFUSED] = error
    if state.get(REFUSED):
        explain_error(state[REFUSED])
    return state.get(READ, {})


def _read(
    predicted: Sequence[Any],
    native: Sequence[Any],
    entries: Sequence[str],
    frame: Frame,
    *,
    renames: bool,
) -> dict[str, Version]:
    """Read uploads in a folder that is gone afterwards; each version of a table is one of its own.

    Raises:
        InputError: A file cannot be read, or does not belong to the others.
        UnavailableError: An entry cannot be fetched.
    """
    found: dict[str, Version] = {}
    with tempfile.TemporaryDirectory() as name:
        ours = _written(Path(name) / "predicted", predicted)
        theirs = _written(Path(name) / "native", native) or [fetch_entry(e) for e in entries]
        tables = [path for path in ours if path.suffix.lower() in TABLES]
        for table in (table for path in tables for table in read_tables(path)):
            title = f"own table {table.version}"
            found[title] = reported_version(table, title)
        if structures := [path for path in ours if path not in tables]:
            more = f" and {len(structures) - 1} more" if len(structures) > 1 else ""
            title = f"own {structures[0].name}{more}"
            found[title] = version_of_files(title, structures, theirs, frame=frame, renames=renames)
    return found


def _written(folder: Path, files: Sequence[Any]) -> list[Path]:
    folder.mkdir()
    for file in files:
        (folder / Path(file.name).name).write_bytes(file.getvalue())
    return sorted(folder.iterdir())
