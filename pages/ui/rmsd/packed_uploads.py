"""Files of the view "After R3": packed models, their backbone, their sequences."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from core.problems.sidechain.packed.report import PackedFiles, PackedReport, report_packed
from core.problems.sidechain.reading.shares import Tell
from pages.ui.reading_bar import reading_bar

READ, CHOSEN = "packed-read", "packed-chosen"
MODELS, BACKBONE, FASTA = "upload-models", "upload-backbone", "upload-fasta"
STRUCTURES: Final = "PDB, mmCIF or BinaryCIF, plain or gzip'd"


def uploaded_report() -> PackedReport | None:
    """Draw the uploaders; give what they hold, or held before another view was open."""
    state = st.session_state
    was_away = MODELS not in state
    models = st.file_uploader(
        "Packed models",
        key=MODELS,
        accept_multiple_files=True,
        help=f"{STRUCTURES}; a file of several models is several.",
    )
    backbone = st.file_uploader(
        "Backbone",
        key=BACKBONE,
        help=f"{STRUCTURES}. Its sequence and side chains are compared where it has them.",
    )
    fasta = st.file_uploader(
        "Sequences, FASTA",
        key=FASTA,
        help="As ProteinMPNN or LigandMPNN writes it: score, T, sample, seq_recovery in headers.",
    )
    chosen = tuple(file.file_id for file in (*models, backbone, fasta) if file is not None)
    if not was_away and state.get(CHOSEN, ()) != chosen and not chosen:
        state[READ] = None
    if models and state.get(CHOSEN) != chosen:
        with reading_bar("Measuring models ...") as tell:
            state[READ] = _read(models, backbone, fasta, tell)
    state[CHOSEN] = chosen
    if chosen and not models:
        st.markdown(":orange[:material/warning:] Add packed models to measure.")
    if state.get(READ) is not None and not models:
        st.button("Forget the models read before", key="forget-packed", type="tertiary",
                  icon=":material/close:", on_click=_forget)  # fmt: skip
    return state.get(READ)


def _forget() -> None:
    st.session_state[READ] = None


def _read(models: Sequence[Any], backbone: Any, fasta: Any, tell: Tell) -> PackedReport:
    """Measure uploads in a folder that is gone afterwards; two may have one name."""
    with tempfile.TemporaryDirectory() as name:
        uploads = [file for file in (backbone, fasta, *models) if file is not None]
        paths = {
            file.file_id: _written(Path(name) / str(number), file)
            for number, file in enumerate(uploads)
        }
        return report_packed(
            PackedFiles(
                paths[backbone.file_id] if backbone else None,
                paths[fasta.file_id] if fasta else None,
                tuple(paths[file.file_id] for file in models),
            ),
            progress=tell,
        )


def _written(folder: Path, file: Any) -> Path:
    folder.mkdir()
    path = folder / Path(file.name).name
    path.write_bytes(file.getvalue())
    return path
