"""What a version must beat, by slot: of its own residues, or of real ones where it is a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.atoms import SLOTS
from core.problems.sidechain.metrics.baselines import LABELS, make_baselines
from core.problems.sidechain.metrics.rmsd import slot_rmsd, squared_errors
from core.problems.sidechain.reported.table_files import read_rows
from core.problems.sidechain.reported.tables import DATA
from core.problems.sidechain.versions.version import Version

TABLE: Final = DATA / "baselines.csv"
COLUMNS: Final = ("slot", "count", *LABELS)


@dataclass(frozen=True, eq=False)
class Reference:
    """RMSD by slot of the baselines.

    Args:
        rmsd: By name of `baselines.LABELS`, in angstrom.
        count: Atoms in each slot.
        text: Whose residues they are of, in words.
    """

    rmsd: dict[str, Float[np.ndarray, " 14"]]
    count: Float[np.ndarray, " 14"]
    text: str


def reference_of(*versions: Version) -> Reference:
    """Give the baselines of the first version whose residues are known; else of real residues."""
    for version in versions:
        if version.atoms is not None:
            atoms = version.atoms
            baselines = make_baselines(atoms.local_native, atoms.type)
            pooled = {
                name: slot_rmsd(squared_errors(pred, atoms.local_native))
                for name, pred in baselines.predictions.items()
            }
            rmsd = {name: one.rmsd for name, one in pooled.items()}
            count = pooled["origin"].count.astype(float)
            return Reference(rmsd, count, f"{baselines.text} ({version.title})")
    return _of_table(TABLE)


def _of_table(path: Path) -> Reference:
    rmsd = {name: np.full(SLOTS, np.nan) for name in LABELS}
    count = np.zeros(SLOTS)
    for _, row in read_rows(path, COLUMNS):
        slot = int(row["slot"])
        count[slot] = float(row["count"])
        for name in LABELS:
            rmsd[name][slot] = float(row[name])
    return Reference(rmsd, count, f"of {int(count[0]):,} real residues of public structures")
