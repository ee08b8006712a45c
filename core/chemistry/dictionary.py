"""The chemical component dictionary that biotite carries, as arrays: 49,000 real molecules.

biotite's `residue()` builds one component in 23 ms; from arrays one costs a fifth of a millisecond.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from biotite.structure.info import get_ccd
from jaxtyping import Bool, Float, Int, UInt8

BOND_ORDERS: Final = ("SING", "DOUB", "TRIP")
_IDEAL, _MODEL = "pdbx_model_Cartn_{}_ideal", "model_Cartn_{}"


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Atoms and bonds of all components, those of one behind one another.

    Args:
        names: Component names with atoms, in the dictionary's order.
        row: Position of each name.
        obsolete: Whether the dictionary withdrew the component, mostly for another one.
        start: First atom of each component, and the number of all atoms last.
        atom_name: ASCII.
        old_name: The name that files before 2008 use, ASCII.
        element: Upper case, ASCII.
        charge: Formal charge.
        ideal: Computed coordinates in angstrom, NaN where there are none.
        model: Coordinates of one structure in angstrom, NaN where there are none.
        bond_rows: First and last + 1 bond of each component that has bonds.
        bonds: Names of the two atoms of each bond, ASCII.
        order: Index in BOND_ORDERS.
    """

    names: tuple[str, ...]
    row: Mapping[str, int]
    obsolete: Bool[np.ndarray, " components"]
    start: Int[np.ndarray, " components_and_1"]
    atom_name: np.ndarray
    old_name: np.ndarray
    element: np.ndarray
    charge: Int[np.ndarray, " atoms"]
    ideal: Float[np.ndarray, "atoms 3"]
    model: Float[np.ndarray, "atoms 3"]
    bond_rows: Mapping[str, tuple[int, int]]
    bonds: np.ndarray
    order: UInt8[np.ndarray, " bonds"]

    def atoms_of(self, name: str) -> slice:
        """Give the atoms of a component that is there."""
        row = self.row[name]
        return slice(int(self.start[row]), int(self.start[row + 1]))

    def bonds_of(self, name: str, atom_names: Sequence[str]) -> list[tuple[int, int, int]]:
        """Give the bonds between some atoms of a component: two positions and the order."""
        index = {atom.encode(): number for number, atom in enumerate(atom_names)}
        rows = slice(*self.bond_rows.get(name, (0, 0)))
        pairs = zip(self.bonds[rows].tolist(), self.order[rows].tolist(), strict=True)
        return [(index[a], index[b], o) for (a, b), o in pairs if a in index and b in index]


@cache
def load_dictionary() -> Dictionary:
    """Read the dictionary: two seconds and 0.6 GB on the way, 0.1 GB of it stay."""
    # biotite keeps every column that was looked at as long as the process lives, at 16 bytes a
    # name; a block of our own is let go.
    block: Any = get_ccd.__wrapped__()
    component, atom, bond = (block[f"chem_comp{part}"] for part in ("", "_atom", "_bond"))
    names, start = _groups(atom["comp_id"].as_array())
    bond_names, bond_start = _groups(bond["comp_id"].as_array())
    status = component["pdbx_release_status"].as_array()
    withdrawn = component["id"].as_array()[status == "OBS"]
    order = bond["value_order"].as_array()
    return Dictionary(
        names,
        {name: row for row, name in enumerate(names)},
        np.isin(np.array(names), withdrawn),
        start,
        _ascii(atom["atom_id"]),
        _ascii(atom["alt_atom_id"]),
        _ascii(atom["type_symbol"]),
        atom["charge"].as_array(),
        _coord(atom, _IDEAL),
        _coord(atom, _MODEL),
        dict(zip(bond_names, pairwise(bond_start.tolist()), strict=True)),
        np.stack([_ascii(bond["atom_id_1"]), _ascii(bond["atom_id_2"])], axis=1),
        np.select([order == name for name in BOND_ORDERS], [0, 1, 2]).astype(np.uint8),
    )


@cache
def load_titles() -> Mapping[str, str]:
    """Read the chemical name of every component."""
    # As an array all names take the room of the longest, 841 letters; so they do not stay one.
    component: Any = get_ccd.__wrapped__()["chem_comp"]
    titles = component["name"].data.array.tolist()
    return dict(zip(component["id"].as_array().tolist(), titles, strict=True))


def _groups(names: np.ndarray) -> tuple[tuple[str, ...], Int[np.ndarray, " groups_and_1"]]:
    first = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    return tuple(names[first].tolist()), np.append(first, len(names))


def _ascii(column: Any) -> np.ndarray:
    """Give a column of short names as bytes; numpy's own cast takes twenty times as long."""
    wide = np.ascontiguousarray(column.as_array())
    return wide.view(np.uint32).astype(np.uint8).view(f"S{wide.dtype.itemsize // 4}")


def _coord(atom: Any, column: str) -> Float[np.ndarray, "atoms 3"]:
    axes = [atom[column.format(axis)].as_array(np.float32, masked_value=np.nan) for axis in "xyz"]
    return np.stack(axes, axis=1)
