"""Atoms of a file become residues of 14 slots: one location a residue, the rest counted by name."""

from collections import Counter
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int, Shaped

from core.problems.sidechain.atoms import EXISTS14, RESIDUES, SLOTS
from core.problems.sidechain.names import (
    MODIFIED,
    NUCLEOTIDES,
    PARENT,
    PROTONATION,
    WATERS,
    slot_of,
)
from core.problems.sidechain.reading.atom_table import AtomTable, place_starts, rows_of

# What is counted: a kind and the name of a residue, or "" where names do not matter.
WATER: Final = "water"
NUCLEIC: Final = "nucleic acid"
LIGAND: Final = "ligand"
UNLIKE: Final = "none of the twenty"
BROKEN: Final = "without N, CA and C"
TAKEN: Final = "taken for its parent"
PROTONATED: Final = "protonation"
ALTERNATE: Final = "alternate locations"
MISSING_ATOMS: Final = "missing atoms"
MISSING_IN: Final = "residues with missing atoms"
Tally = Counter[tuple[str, str]]
_RESIDUE_INDEX: Final = {name: RESIDUES.index(parent) for name, parent in PARENT.items()}


class ResidueArrays(NamedTuple):
    """Residues with N, CA and C, in the order of the file; see `structures.Residues`."""

    coord: Float32[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    chain: Shaped[np.ndarray, " residues"]
    number: Int[np.ndarray, " residues"]
    insertion: Shaped[np.ndarray, " residues"]
    model: Int[np.ndarray, " residues"]
    b_factor: Float32[np.ndarray, "residues 14"]


def assemble(table: AtomTable) -> tuple[ResidueArrays, Tally]:
    """Put the atoms of whole residues, at least one, into their slots.

    Of the alternate locations of a residue the one whose atoms have the highest mean occupancy
    stays, of equal ones the first label; an atom that this location lacks is taken from the next
    one of the same residue name.

    Returns:
        The residues, and how many of each kind and name were left out, mapped or are incomplete.
    """
    place = np.zeros(len(table.model), dtype=np.int64)
    place[place_starts(table)[1:]] = 1
    place = np.cumsum(place)
    order = _best_first(table, place)
    table, place = rows_of(table, order), place[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    names = table.res_name[first]
    chosen = table.res_name == names[place]
    coord, b_factor = _slotted(table, place, chosen, len(first))
    kinds = np.array([_RESIDUE_INDEX.get(name, -1) for name in names.tolist()])
    is_residue = (kinds >= 0) & table.polymer[first]
    keep = is_residue & np.isfinite(coord[:, :3]).all(axis=(1, 2))
    head = rows_of(table, first[keep])
    arrays = ResidueArrays(
        coord[keep], kinds[keep], head.chain, head.number, head.insertion, head.model,
        b_factor[keep],
    )  # fmt: skip
    peptide_like = _has_backbone(table, place, chosen, len(first))
    tally = _left_out(names, is_residue, peptide_like, keep)
    tally[ALTERNATE, ""] += int(_choices(table, place, len(first))[keep].sum())
    return arrays, tally + _mapped(head.res_name) + _missing(arrays)


def _best_first(table: AtomTable, place: Int[np.ndarray, " atoms"]) -> Int[np.ndarray, " atoms"]:
    """Order atoms by place, and within a place by location, the fullest first."""
    labels, label = np.unique(table.location, return_inverse=True)
    key = place * len(labels) + label
    count = np.bincount(key)
    mean = np.bincount(key, weights=table.occupancy) / np.maximum(count, 1)
    return np.lexsort((label, -mean[key].round(4), place))


def _slotted(
    table: AtomTable,
    place: Int[np.ndarray, " atoms"],
    chosen: Bool[np.ndarray, " atoms"],
    places: int,
) -> tuple[Float32[np.ndarray, "places 14 3"], Float32[np.ndarray, "places 14"]]:
    """Put the first atom of each place and slot where it belongs; NaN elsewhere."""
    slot = _slots(table)
    rows = np.flatnonzero((slot >= 0) & chosen & np.isfinite(table.coord).all(axis=1))
    target, at = np.unique(place[rows] * SLOTS + slot[rows], return_index=True)
    coord = np.full((places * SLOTS, 3), np.nan, dtype=np.float32)
    b_factor = np.full(places * SLOTS, np.nan, dtype=np.float32)
    coord[target], b_factor[target] = table.coord[rows[at]], table.b_factor[rows[at]]
    return coord.reshape(places, SLOTS, 3), b_factor.reshape(places, SLOTS)


def _slots(table: AtomTable) -> Int[np.ndarray, " atoms"]:
    """Find the slot of every atom; each pair of names is looked up once."""
    residues, residue = np.unique(table.res_name, return_inverse=True)
    atoms, atom = np.unique(table.atom_name, return_inverse=True)
    pairs, pair = np.unique(residue * len(atoms) + atom, return_inverse=True)
    names = [divmod(value, len(atoms)) for value in pairs.tolist()]
    return np.array([slot_of(str(residues[r]), str(atoms[a])) for r, a in names])[pair]


def _has_backbone(
    table: AtomTable,
    place: Int[np.ndarray, " atoms"],
    chosen: Bool[np.ndarray, " atoms"],
    places: int,
) -> Bool[np.ndarray, " places"]:
    found = [
        np.bincount(place[chosen & (table.atom_name == name)], minlength=places) > 0
        for name in ("N", "CA", "C")
    ]
    return np.logical_and.reduce(found)


def _choices(
    table: AtomTable, place: Int[np.ndarray, " atoms"], places: int
) -> Bool[np.ndarray, " places"]:
    """Say which places have more than one labelled location."""
    labels, label = np.unique(table.location, return_inverse=True)
    there = np.unique(place * len(labels) + label)
    labelled = there[labels[there % len(labels)] != ""]
    return np.bincount(labelled // len(labels), minlength=places) > 1


def _left_out(
    names: Shaped[np.ndarray, " places"],
    is_residue: Bool[np.ndarray, " places"],
    peptide_like: Bool[np.ndarray, " places"],
    keep: Bool[np.ndarray, " places"],
) -> Tally:
    tally: Tally = Counter()
    for row in np.flatnonzero(~keep).tolist():
        name = str(names[row])
        if is_residue[row]:
            kind = BROKEN
        elif name in WATERS:
            kind = WATER
        elif name in NUCLEOTIDES:
            kind = NUCLEIC
        else:
            kind = UNLIKE if peptide_like[row] and name not in PARENT else LIGAND
        tally[kind, name] += 1
    return tally


def _mapped(names: Shaped[np.ndarray, " residues"]) -> Tally:
    counts = Counter(names.tolist())
    modified = {(TAKEN, name): count for name, count in counts.items() if name in MODIFIED}
    states = {(PROTONATED, name): count for name, count in counts.items() if name in PROTONATION}
    return Counter({**modified, **states})


def _missing(arrays: ResidueArrays) -> Tally:
    absent = (EXISTS14[arrays.type] & np.isnan(arrays.coord).any(axis=2)).sum(axis=1)
    return Counter(
        {
            (MISSING_ATOMS, ""): int(absent.sum()),
            (MISSING_IN, ""): int((absent > 0).sum()),
        }
    )
