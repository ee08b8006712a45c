"""Real complexes as pockets: which can be used, and why others cannot."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.datasets.catalogue import DATASETS
from core.datasets.fetch import dataset_folder, is_fetched
from core.errors import CoreError, InputError
from core.problems.pocket.complexes import ComplexRow, read_complexes
from pages.ui.charts import show_table
from pages.ui.controls import Slider, Text, draw_control
from pages.ui.cosine.histories import pocket_runs
from pages.ui.cosine.main_figure import Scene
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.watched import look_at

FOLDER = Text(
    "folder",
    "Folder of complexes",
    "PDB, mmCIF or BinaryCIF, plain or gzip'd; pairs X_rna.pdb and X_ligand.pdb are one complex. "
    "The same folder goes into the option structures of a run.",
    "",
    "a folder of this machine",
)
CUTOFF = Slider(
    "cutoff",
    "Pocket cut-off, Å",
    "A residue with an atom so near to the ligand belongs to the pocket.",
    6.0,
    2.0,
    20.0,
    0.5,
)


def show_structures(scene: Scene) -> None:
    """The complexes of a folder, and how the newest run was split."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        folder = str(draw_control(FOLDER)).strip()
    with right:
        cutoff = float(draw_control(CUTOFF))
    if not folder:
        _offer()
        return
    try:
        with st.spinner("Reading complexes ..."):
            rows = _read(folder, cutoff, _stamp(folder))
    except CoreError as error:
        explain_error(error)
        return
    usable = [row for row in rows if row.pocket is not None]
    heading(
        f"{len(usable)} of {len(rows)} complexes can be used",
        "the ligand is the largest residue that is no polymer, solvent or additive",
    )
    show_table(
        pd.DataFrame([_cells(row) for row in rows]),
        key="complexes",
        alt="Each complex with its ligand, pocket atoms and residues, or why it cannot be used.",
        height=360,
        columns={"Why not, or notes": st.column_config.TextColumn(width="large")},
    )


@st.cache_data(show_spinner=False, max_entries=8)
def _read(folder: str, cutoff: float, stamp: float) -> tuple[ComplexRow, ...]:
    return read_complexes(Path(folder).expanduser(), cutoff_angstrom=cutoff)


def _stamp(folder: str) -> float:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise InputError("folder", expected="one that is there", came=folder, do="Correct the path")
    return path.stat().st_mtime


def _cells(row: ComplexRow) -> dict[str, object]:
    notes = "; ".join(row.pocket.notes) if row.pocket else row.reason
    return {
        "Complex": row.name,
        "Ligand": row.ligand or "–",
        "Atoms": row.atoms or None,
        "Residues": row.residues or None,
        "Why not, or notes": notes,
    }


def _offer() -> None:
    """Name fetched sets, and say how the newest run was split."""
    fetched = [d for d in DATASETS.values() if d.problem == "pocket" and is_fetched(d)]
    for dataset in fetched:
        st.markdown(f"{dataset.title}: `{dataset_folder(dataset)}`")
    if not fetched:
        st.markdown(
            ":gray[RNA and protein complexes can be fetched on the overview; or name a folder.]"
        )
    for look in map(look_at, (row.folder for row in pocket_runs())):
        facts = look.history.started.facts if look.history.started else {}
        if not facts:  # it waits in the queue
            continue
        heading("Data of the newest run", escaped(look.name))
        shown = ("training data", "targets", "target scaling", "pocket atoms", "split",
                 "left out", "ids without a pocket")  # fmt: skip
        table = [(name.capitalize(), facts[name]) for name in shown if name in facts]
        show_table(
            pd.DataFrame(table, columns=["Fact", "Value"]),
            key="facts",
            alt="Where the data of the newest run come from and how they were split.",
        )
        return
