"""Real complexes as pockets: which can be used, and why others cannot."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.chemistry.splits import SPLITS
from core.datasets.catalogue import DATASETS
from core.datasets.fetch import dataset_folder, is_fetched
from core.errors import CoreError, InputError
from core.figures.theme import Palette
from core.problems.pocket.complexes import ComplexRow
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.real import split_complexes, walk_usable
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
LIGAND = Text(
    "ligand",
    "Ligand, residue name",
    "Or several with commas between, of which the first that is there is taken. Empty: the "
    "largest residue that is no polymer and no additive.",
    "",
    "the largest",
)
TABLE_HEIGHT = 520
SPLIT_SEED = PocketConfig().split_seed
ROW_HEIGHT = 57  # below this Streamlit does not wrap, and a reason is a sentence
COLUMNS = {
    "Complex": st.column_config.TextColumn(width=130),
    "Usable": st.column_config.CheckboxColumn(width=60),
    "Ligand": st.column_config.TextColumn(width=60),
    "Atoms": st.column_config.NumberColumn(width=60),
    "Residues": st.column_config.NumberColumn(width=70),
    "Side": st.column_config.TextColumn(width=50),
    "Why not, or notes": st.column_config.TextColumn(width=520),
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
        ligand = str(draw_control(LIGAND)).strip()
        cutoff = float(draw_control(CUTOFF))
    if not folder:
        _offer()
        return
    try:
        with st.spinner("Reading complexes ..."):
            rows, sides = _read(folder, cutoff, ligand, _stamp(folder))
    except CoreError as error:
        explain_error(error)
        return
    usable = sum(not row.reason for row in rows)
    cut = sum(row.pocket is not None for row in rows) - usable
    heading(
        f"{usable:,} of {len(rows):,} complexes can be trained on",
        (f"the ligand is {escaped(ligand)}" if ligand else "the ligand is the largest residue "
         "that is no polymer, solvent or additive")
        + (f"; {cut:,} more with a pocket, but no target for the ligand" if cut else ""),
    )  # fmt: skip
    show_table(
        pd.DataFrame([_cells(row, sides) for row in sorted(rows, key=_order)]),
        key="complexes",
        alt="Each complex with its ligand, pocket atoms and residues, or why it cannot be used.",
        height=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        columns=COLUMNS,
    )
    if sides:
        st.markdown(
            ":gray[:small[Side: where a run with the default seed of the data puts it. Complexes "
            "of one sequence, of one ligand or of similar ligands stay on one side.]]"
        )


@st.cache_data(show_spinner=False, max_entries=8)
def _read(
    folder: str, cutoff: float, ligand: str, stamp: float
) -> tuple[tuple[ComplexRow, ...], dict[str, str]]:
    """Read the complexes, and say on which side of a split each usable one would be."""
    found = list(walk_usable(Path(folder).expanduser(), cutoff, ligand))
    usable = [(row.pocket, molecule) for row, molecule in found if row.pocket and molecule]
    rows = tuple(row for row, _ in found)
    if not usable:
        return rows, {}
    try:
        split = split_complexes([p for p, _ in usable], [m for _, m in usable], SPLIT_SEED)
    except InputError:  # too few to be split: a run would say so
        return rows, {}
    return rows, {p.name: SPLITS[s] for (p, _), s in zip(usable, split.side, strict=True)}


def _stamp(folder: str) -> float:
    """Say when the files were changed last: a folder's time does not tell of those deeper."""
    path = Path(folder).expanduser()
    try:
        inside = [entry for entry in path.iterdir() if entry.is_dir()]
        return max(entry.stat().st_mtime for entry in (path, *inside))
    except (OSError, ValueError) as error:  # a zero byte in a path is a ValueError
        raise InputError("folder", expected="one that is there and can be read", came=folder,
                         do="Correct the path") from error  # fmt: skip


def _order(row: ComplexRow) -> tuple[bool, bool, str]:
    return bool(row.reason), row.pocket is None, row.name


def _cells(row: ComplexRow, sides: dict[str, str]) -> dict[str, object]:
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
        **({"Side": sides.get(row.name)} if sides else {}),
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
