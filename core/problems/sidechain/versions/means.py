"""Mean places of atoms in real residues: constants that have not seen what they are judged on."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from core.problems.sidechain.atoms import ATOM14, RESIDUES, SLOTS
from core.problems.sidechain.metrics.baselines import Means, join_types
from core.problems.sidechain.reported.table_files import read_rows
from core.problems.sidechain.reported.tables import DATA

TABLE: Final = DATA / "means.csv"
COLUMNS: Final = ("res_name", "slot", "atom", "count", "x", "y", "z")


@cache
def stored_means(table: Path = TABLE) -> Means:
    """Read the mean places that were fitted on real residues of public structures.

    Example:
        >>> stored_means().slot[1].tolist()
        [0.0, 0.0, 0.0]
    """
    total, count = np.zeros((len(RESIDUES), SLOTS, 3)), np.zeros((len(RESIDUES), SLOTS), dtype=int)
    for _, row in read_rows(table, COLUMNS):
        at = RESIDUES.index(row["res_name"]), int(row["slot"])
        count[at] = int(row["count"])
        total[at] = count[at] * np.array([float(row[axis]) for axis in "xyz"])
    return join_types(total, count)


def table_rows(means: Means) -> list[tuple[object, ...]]:
    """Give the rows of a table of means, below `COLUMNS`; atoms that were never seen have none."""
    return [
        (name, slot, atom, means.count[kind, slot],
         *(f"{x + 0.0:.4f}" for x in means.by_type[kind, slot].round(4).tolist()))
        for kind, name in enumerate(RESIDUES)
        for slot, atom in enumerate(ATOM14[name])
        if means.count[kind, slot]
    ]  # fmt: skip
