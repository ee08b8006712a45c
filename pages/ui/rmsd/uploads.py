"""Predictions of one's own: structures with their natives, arrays, or a table by slot."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets.pdb import fetch_entry
from core.errors import CoreError
from core.problems.sidechain.reading.shares import Tell
from core.problems.sidechain.reported.table_files import read_tables
from core.problems.sidechain.versions.of_files import Frame, lacking_natives, version_of_files
from core.problems.sidechain.versions.version import Version, reported_version
from pages.ui.controls import draw_control
from pages.ui.page import escaped, explain_error
from pages.ui.reading_bar import reading_bar
from pages.ui.rmsd.controls import ENTRIES, FRAME

READ, CHOSEN = "rmsd-read", "rmsd-chosen"
PREDICTED, NATIVE = "upload-predicted", "upload-native"
TABLES = (".csv", ".tsv")


@dataclass(frozen=True, eq=False)
class Uploads:
    """What own files hold.

    Args:
        versions: By name.
        missing: Native structures that the predictions still need.
        error: Why they cannot be read.
        is_new: Whether they were read just now.
    """

    versions: Mapping[str, Version] = field(default_factory=dict)
    missing: int = 0
    error: CoreError | None = None
    is_new: bool = False


def read_uploads(place: Any, *, renames: bool) -> Uploads:
    """Draw the uploaders; give what they hold, or held before another view was open.

    Args:
        place: Where a bar tells how far the reading is.
        renames: Whether symmetric atoms are renamed to the smaller error.
    """
    state = st.session_state
    was_away = PREDICTED not in state
    with st.expander("Own files"):
        predicted, native = _draw_uploaders()
        entries = tuple(str(draw_control(ENTRIES)).split())
        frame: Frame = draw_control(FRAME)
        if state.get(READ) is not None and was_away and not predicted:
            state[CHOSEN] = ()  # a list that was away comes back empty: what was read stays
        files = tuple(file.file_id for file in (*predicted, *native))
        mark = (frame, renames, entries, *files) if predicted else ()
        is_new = state.get(CHOSEN, ()) != mark
        if is_new:
            state[CHOSEN] = mark
            state[READ] = None
            if predicted:
                with place, reading_bar("Comparing atoms ...") as tell:
                    state[READ] = _read(predicted, native, entries, frame, renames, tell)
        if state.get(READ) is not None and not predicted:
            st.button("Forget the files read before", key="forget-own", type="tertiary",
                      icon=":material/close:", on_click=_forget)  # fmt: skip
    found: Uploads = state.get(READ) or Uploads()
    return Uploads(found.versions, found.missing, found.error, is_new)


def _draw_uploaders() -> tuple[list[Any], list[Any]]:
    predicted = st.file_uploader(
        "Predictions, or a table by slot",
        key=PREDICTED,
        accept_multiple_files=True,
        help="PDB, mmCIF, BinaryCIF, plain or gzip'd; NPZ or HDF5 with coord and type; or CSV "
        "with the columns version, slot, rmsd_angstrom.",
    )
    native = st.file_uploader(
        "Native structures",
        key=NATIVE,
        accept_multiple_files=True,
        help="One for each prediction, in the order of their names. Arrays may hold "
        "native_coord themselves.",
    )
    return predicted, native


def tell_uploads(uploads: Uploads) -> None:
    """Say above the figures what was read, what is still missing, or why it is refused."""
    if uploads.error is not None:
        explain_error(uploads.error)
    if uploads.missing:
        what = "structure is" if uploads.missing == 1 else "structures are"
        st.info(f"{uploads.missing} native {what} still missing: add one for each prediction "
                "under *Own files*, or its PDB id.", icon=":material/hourglass_empty:")  # fmt: skip
    if uploads.versions:
        read = ", ".join(f"**{escaped(title)}**" for title in uploads.versions)
        atoms = [version.atoms for version in uploads.versions.values() if version.atoms]
        size = f", {sum(len(of.type) for of in atoms):,} residues" if atoms else ""
        st.markdown(f":green[:material/check_circle:] Read: {read}{size}. It stands in both lists "
                    "at the left, and was chosen as the second version.")  # fmt: skip


def _forget() -> None:
    st.session_state[READ] = None


def _read(
    predicted: Sequence[Any],
    native: Sequence[Any],
    entries: Sequence[str],
    frame: Frame,
    renames: bool,
    tell: Tell,
) -> Uploads:
    """Read uploads in a folder that is gone afterwards; each version of a table is one of its own.

    Natives that are still to come are no error.
    """
    found: dict[str, Version] = {}
    with tempfile.TemporaryDirectory() as name:
        ours = _written(Path(name) / "predicted", predicted)
        theirs = _written(Path(name) / "native", native)
        tables = [path for path in ours if path.suffix.lower() in TABLES]
        structures = [path for path in ours if path not in tables]
        try:
            for table in (table for path in tables for table in read_tables(path)):
                title = f"own table {table.version}"
                found[title] = reported_version(table, title)
            missing = lacking_natives(structures, len(theirs) or len(entries))
            if structures and not missing:
                more = f" and {len(structures) - 1} more" if len(structures) > 1 else ""
                title = f"own {structures[0].name}{more}"
                natives = theirs or [fetch_entry(entry) for entry in entries]
                found[title] = version_of_files(
                    title, structures, natives, frame=frame, renames=renames, progress=tell
                )
        except CoreError as error:
            return Uploads(found, error=error)
    return Uploads(found, missing)


def _written(folder: Path, files: Sequence[Any]) -> list[Path]:
    folder.mkdir()
    for file in files:
        (folder / Path(file.name).name).write_bytes(file.getvalue())
    return sorted(folder.iterdir())
