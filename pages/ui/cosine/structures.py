"""Real complexes as pockets: which can be used, and why others cannot."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.datasets.catalogue import DATASETS
from core.datasets.fetch import dataset_folder, is_fetched
from core.errors import CoreError, InputError
from core.figures.theme import Palette
from core.problems.pocket.complexes import ComplexRow
from core.problems.pocket.real import walk_usable
from pages.ui.charts import show_table
from pages.ui.controls import Slider, Text, draw_control
from pages.ui.cosine.histories import pocket_runs
from pages.ui.page import escaped, explain_error, heading
from pages.ui.train.watched import look_at

FOLDER = Text(
    "folder",
    "Folder of complexes",
    "PDB, mmCIF or BinaryCIF, plain or gzip'd, here or one folder deeper; pairs X_rna.pdb and "
    "X_ligand.pdb are one complex. "
    "The same folder goes into the option structures of a run.",
    "",
    "a folder of this machine",
)
TABLE_HEIGHT = 520
ROW_HEIGHT = 57  # below this Streamlit does not wrap, and a reason is a sentence
COLUMNS = {
    "Complex": st.column_config.TextColumn(width=130),
    "Usable": st.column_config.CheckboxColumn(width=60),
    "Ligand": st.column_config.TextColumn(width=60),
    "Atoms": st.column_config.NumberColumn(width=60),
    "Residues": st.column_config.NumberColumn(width=70),
    "Why not, or notes": st.column_config.TextColumn(width=570),
}
CUTOFF = Slider(
    "cutoff",
    "Pocket cut-off, Å",
    "A residue with an atom so near to the ligand belongs to the pocket.",
    6.0,
    2.0,
    20.0,
    0.5,
)


def show_structures(palette: Palette) -> None:
    """The complexes of a folder, and how the newest run was split."""
    with st.sidebar:
        folder = str(draw_control(FOLDER)).strip()
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
    usable = sum(not row.reason for row in rows)
    cut = sum(row.pocket is not None for row in rows) - usable
    heading(
        f"{usable:,} of {len(rows):,} complexes can be trained on",
        "the ligand is the largest residue that is no polymer, solvent or additive"
        + (f"; {cut:,} more with a pocket, but no target for the ligand" if cut else ""),
    )
    show_table(
        pd.DataFrame([_cells(row) for row in sorted(rows, key=_order)]),
        key="complexes",
        alt="Each complex with its ligand, pocket atoms and residues, or why it cannot be used.",
        height=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        columns=COLUMNS,
    )


@st.cache_data(show_spinner=False, max_entries=8)
def _read(folder: str, cutoff: float, stamp: float) -> tuple[ComplexRow, ...]:
    return tuple(row for row, _ in walk_usable(Path(folder).expanduser(), cutoff))


def _stamp(folder: str) -> float:
    """Say when the files were changed last: a folder's time does not tell of those deeper."""
    path = Path(folder).expanduser()
    try:
        inside = [entry for entry in path.iterdir() if entry.is_dir()]
        return max(entry.stat().st_mtime for entry in (path, *inside))
    except (OSError, ValueError) as error:  # a zero byte in a path is a ValueError
        raise InputError("folder", expected="one that is there and can be read", came=folder,
                         do="Correct the path") from error  # fmt: skip


def _order(row: ComplexRow) -> tuple[bool, str]:
    return bool(row.reason), row.name


def _cells(row: ComplexRow) -> dict[str, object]:
    notes = row.pocket.notes if row.pocket else ()
    # The reason begins with the file, which the first column names.
    is_named = row.reason.startswith(row.name.rsplit("/", 1)[-1])
    reason = row.reason.split(": ", 1)[-1] if is_named else row.reason
    return {
        "Complex": row.name,
        "Usable": not row.reason,
        "Ligand": row.ligand or "–",
        "Atoms": row.atoms or None,
        "Residues": row.residues or None,
        "Why not, or notes": "; ".join(filter(None, (reason, *notes))),
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
