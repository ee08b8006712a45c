"""Frequent rotamers, as a table; how it was counted stands in `make_rotamers`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

TABLE: Final = Path(__file__).resolve().parents[3] / "sample_data" / "sidechain" / "rotamers.csv"
COLUMNS: Final = ("res_name", "chi1", "chi2", "chi3", "chi4", "percent", "count")
ANGLES: Final = COLUMNS[1:5]


@dataclass(frozen=True, eq=False)
class Rotamers:
    """Combinations of chi angles of a residue type.

    Args:
        chi_rad: Their angles in radians; as many as the type has.
        share: How often each occurs; they add up to 1.
    """

    chi_rad: Float[np.ndarray, "rotamers angles"]
    share: Float[np.ndarray, " rotamers"]


@cache
def load_rotamers() -> Mapping[str, Rotamers]:
    """Read the table: by residue name; types without a chi angle, and proline, are not in it.

    Source: complete residues of the real structures that the project is tested with (wwPDB
    entries), counted by `make_rotamers`; combinations below 1.5 % of a type are left out.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["res_name"], []).append(row)
    return {name: _rotamers(of) for name, of in rows.items()}


def _rotamers(rows: list[dict[str, str]]) -> Rotamers:
    degrees = [[float(row[angle]) for angle in ANGLES if row[angle]] for row in rows]
    percent = np.array([float(row["percent"]) for row in rows])
    return Rotamers(np.radians(degrees), percent / percent.sum())
