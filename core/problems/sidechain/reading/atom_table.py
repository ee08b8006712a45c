"""Atoms of a structure file as columns, and how they fall into residues."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped


class AtomTable(NamedTuple):
    """Atoms in the order of the file.

    Args:
        model: Number of the model.
        chain: The author's chain identifier, "" where there is none.
        number: The author's residue number.
        insertion: Insertion code, "" where there is none.
        res_name: Residue name.
        atom_name: Atom name.
        location: Label of the alternate location, "" where there is none.
        polymer: Whether the file takes the atom for a part of a chain.
        occupancy: 0 to 1, 1 where the file does not say.
        b_factor: Square angstrom, or what the program stores in its place; NaN where it is unsaid.
        coord: In angstrom, NaN where it is unknown.
    """

    model: Int[np.ndarray, " atoms"]
    chain: Shaped[np.ndarray, " atoms"]
    number: Int[np.ndarray, " atoms"]
    insertion: Shaped[np.ndarray, " atoms"]
    res_name: Shaped[np.ndarray, " atoms"]
    atom_name: Shaped[np.ndarray, " atoms"]
    location: Shaped[np.ndarray, " atoms"]
    polymer: Bool[np.ndarray, " atoms"]
    occupancy: Float[np.ndarray, " atoms"]
    b_factor: Float[np.ndarray, " atoms"]
    coord: Float[np.ndarray, "atoms 3"]


def rows_of(table: AtomTable, rows: slice | np.ndarray) -> AtomTable:
    """Take some rows of a table."""
    return AtomTable(*(column[rows] for column in table))


def join_tables(tables: Sequence[AtomTable]) -> AtomTable:
    """Put tables, at least one, behind one another."""
    return AtomTable(*(np.concatenate(columns) for columns in zip(*tables, strict=True)))


def place_starts(table: AtomTable) -> Int[np.ndarray, " places"]:
    """Find the first row of each place: neighbours of one model, chain, number and insertion code.

    Two residues that share a place as each other's alternative, a point mutation in some of the
    crystal's cells, are one place; a change of name without alternate locations begins another.
    """
    new = np.zeros(len(table.model), dtype=bool)
    new[:1] = True
    for column in (table.model, table.chain, table.number, table.insertion):
        new[1:] |= column[1:] != column[:-1]
    alone = table.location == ""
    new[1:] |= (table.res_name[1:] != table.res_name[:-1]) & (alone[1:] | alone[:-1])
    return np.flatnonzero(new)


def whole_places(tables: Iterable[AtomTable]) -> Iterator[AtomTable]:
    """Cut a stream of tables between places, so that no residue is torn."""
    rest: AtomTable | None = None
    for table in tables:
        joined = table if rest is None else join_tables([rest, table])
        cut = int(place_starts(joined)[-1]) if len(joined.model) else 0
        if cut:
            yield rows_of(joined, slice(0, cut))
        rest = rows_of(joined, slice(cut, None))
    if rest is not None and len(rest.model):
        yield rest
