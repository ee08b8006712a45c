"""Every compared atom of a version as a table for other programs."""

import csv
import io

import numpy as np

from core.problems.sidechain.atoms import ATOM14, RESIDUES
from core.problems.sidechain.versions.version import Version

COLUMNS = ("residue", "type", "slot", "atom", "distance_angstrom",
           "pred_x", "pred_y", "pred_z", "native_x", "native_y", "native_z")  # fmt: skip


def atoms_csv(version: Version) -> str:
    """Write each compared atom as a row; only the header where no atoms are known.

    Example:
        >>> from core.problems.sidechain.reported.tables import note_tables
        >>> from core.problems.sidechain.versions.version import reported_version
        >>> atoms_csv(reported_version(note_tables()[0])).count(",")
        10
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    if version.atoms is not None:
        atoms = version.atoms
        for row, slot in np.argwhere(np.isfinite(atoms.squared)).tolist():
            residue = RESIDUES[atoms.type[row]]
            places = (*atoms.pred[row, slot].tolist(), *atoms.native[row, slot].tolist())
            distance = float(np.sqrt(atoms.squared[row, slot]))
            writer.writerow((atoms.name[row], residue, slot, ATOM14[residue][slot],
                             f"{distance:.4f}", *(f"{x:.4f}" for x in places)))  # fmt: skip
    return stream.getvalue()
