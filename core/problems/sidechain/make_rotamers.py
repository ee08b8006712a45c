"""Count the rotamers of real residues: `python -m core.problems.sidechain.make_rotamers FOLDER`."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.metrics.angles import HAS_CHI, chi_angles
from core.problems.sidechain.real import read_real
from core.problems.sidechain.rotamers import COLUMNS, TABLE

LEAST_PERCENT: Final = 1.5
# The last chi of these turns a flat group: six bins, not three.
FLAT: Final = {"ASN": 1, "ASP": 1, "GLN": 2, "GLU": 2, "HIS": 1, "PHE": 1, "TRP": 1, "TYR": 1}


def count_rotamers(
    coord: Float[np.ndarray, "residues 14 3"], type: Int[np.ndarray, " residues"]
) -> Iterator[tuple[str, Float[np.ndarray, " angles"], float, int]]:
    """Find the frequent combinations of chi angles of each type, by bins around staggered angles.

    Args:
        coord: Complete residues in any frame, in angstrom.
        type: Index in RESIDUES.

    Yields:
        Residue name, mean angles in degrees, percent of the type and count. Proline is left out:
        its ring closes.
    """
    chi = np.degrees(chi_angles(coord, type))
    for number, name in enumerate(RESIDUES):
        angles = int(HAS_CHI[number].sum())
        if not angles or name == "PRO":
            continue
        own = chi[type == number][:, :angles]
        own = own[np.isfinite(own).all(axis=1)]
        width = np.where(np.arange(angles) == FLAT.get(name, -1), 60.0, 120.0)
        shift = np.where(width == 60.0, 30.0, 0.0)
        bins = np.floor((own + shift) % 360 / width).astype(int)
        _, of, count = np.unique(bins, axis=0, return_inverse=True, return_counts=True)
        for which in np.argsort(-count):
            percent = float(100 * count[which] / len(own))
            if percent >= LEAST_PERCENT:
                yield name, _circular_mean(own[of == which]), percent, int(count[which])


def _circular_mean(degrees: Float[np.ndarray, "some angles"]) -> Float[np.ndarray, " angles"]:
    turned = np.exp(1j * np.radians(degrees)).mean(axis=0)
    return np.degrees(np.angle(turned))


def main(folder: Path, table: Path = TABLE) -> None:
    """Read the structures of a folder and write the table."""
    found = read_real(folder)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, mean, percent, count in count_rotamers(found.coord, found.type):
            angles = [f"{angle:.0f}" for angle in mean] + [""] * (4 - len(mean))
            writer.writerow((name, *angles, f"{percent:.1f}", count))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
