"""What a version must beat, by slot: of its own atoms, or of real ones where it is a table.

The means are never fitted on what they are judged by: a residue type that occurs once would be
right wherever it lies.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.atoms import SLOTS
from core.problems.sidechain.metrics.baselines import LABELS, clamp
from core.problems.sidechain.metrics.rmsd import slot_rmsd, squared_errors
from core.problems.sidechain.reported.table_files import read_rows
from core.problems.sidechain.reported.tables import DATA
from core.problems.sidechain.versions.means import stored_means
from core.problems.sidechain.versions.version import Atoms, Version

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


def reference_of(version: Version | None = None) -> Reference:
    """Give the baselines of the atoms that a version predicts; of real residues for a table.

    The means are those of the training residues where a run kept them, else those of stored real
    residues of public structures.

    Args:
        version: What is judged; None for the real residues.
    """
    if version is None or version.atoms is None:
        return _of_table(TABLE)
    atoms = version.atoms
    means = stored_means() if version.means is None else version.means
    whose = "real residues of public structures" if version.means is None else "training residues"
    squared = {
        "origin": _squared(np.zeros_like(atoms.local_native), atoms),
        "slot_mean": _squared(np.broadcast_to(means.slot, atoms.local_native.shape), atoms),
        "type_mean": _squared(means.by_type[atoms.type], atoms),
        "clamped": _squared(clamp(atoms.local_native), atoms),
    }
    pooled = {name: slot_rmsd(squared[name]) for name in LABELS}
    return Reference(
        {name: one.rmsd for name, one in pooled.items()},
        pooled["origin"].count.astype(float),
        f"means fitted on {means.residues:,} {whose}, judged on the atoms of {version.title}",
    )


def _squared(
    pred: Float[np.ndarray, "residues 14 3"], atoms: Atoms
) -> Float[np.ndarray, "residues 14"]:
    """Square errors of the atoms that the version is judged by, and of no others."""
    squared = squared_errors(pred, atoms.local_native)
    return np.where(np.isfinite(atoms.squared), squared, np.nan)


@cache
def _of_table(path: Path) -> Reference:
    rmsd = {name: np.full(SLOTS, np.nan) for name in LABELS}
    count = np.zeros(SLOTS)
    for _, row in read_rows(path, COLUMNS):
        slot = int(row["slot"])
        count[slot] = float(row["count"])
        for name in LABELS:
            rmsd[name][slot] = float(row[name])
    return Reference(
        rmsd,
        count,
        f"of {int(count[0]):,} real residues of public structures, their means fitted on the same",
    )
