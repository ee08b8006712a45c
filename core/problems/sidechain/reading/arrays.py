"""Predictions, and native residues beside them, from the arrays of an NPZ or HDF5 file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32, Int

from core.errors import InputError
from core.problems.sidechain.atoms import SLOTS
from core.problems.sidechain.reading.array_files import read_named
from core.problems.sidechain.reading.array_values import (
    UNKNOWN,
    coordinates_in_14,
    types_of_indices,
    types_of_letters,
    values_in_14,
    without_zeros,
)
from core.problems.sidechain.reading.structures import Residues

COORD, NATIVE, TYPE, SEQUENCE, MASK, PLDDT = (
    "coord", "native_coord", "type", "sequence", "mask", "plddt"
)  # fmt: skip
# The first name of each is the one to use; the others occur in AlphaFold, OpenFold and their kin.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    COORD: ("coord", "coords", "pred_coord", "pred_coords", "pred", "positions", "atom_positions",
            "final_atom_positions", "pred_positions", "atom14", "atom37", "xyz"),
    NATIVE: ("native_coord", "native_coords", "native", "true_coord", "true_coords", "target",
             "all_atom_positions", "atom14_gt_positions", "gt"),
    TYPE: ("type", "aatype", "res_type", "restype", "residue_type"),
    SEQUENCE: ("sequence", "seq"),
    MASK: ("mask", "native_mask", "atom_mask", "atom14_mask", "atom37_mask", "all_atom_mask",
           "atom14_gt_exists"),
    PLDDT: ("plddt", "b_factor", "b_factors", "confidence"),
}  # fmt: skip
_ROLE: Final = {name: role for role, names in NAMES.items() for name in names}
NAMED: Final = 8  # names in a note


@dataclass(frozen=True, eq=False)
class ArrayResidues:
    """Residues of a file of arrays; those of unknown type are left out.

    Args:
        predicted: Of one chain without a name, numbered by the rows of the file from 1; pLDDT
            stands in `b_factor`. A backbone need not be there.
        native: The same residues in truth; None where the file has none.
    """

    predicted: Residues
    native: Residues | None


def read_arrays(path: Path) -> ArrayResidues:
    """Read predicted coordinates, and native ones where they are there.

    Args:
        path: NPZ or HDF5 with `coord` (n, 14 or 37, 3) in angstrom and `type` (n, in the order of
            ARNDCQEGHILKMFPSTWYV) or `sequence` (letters); where there are, `native_coord`, `mask`
            (n, 14 or 37: which atoms are known, of the native ones if there are any) and `plddt`
            (n, or n with slots). See NAMES for other names of them.

    Raises:
        InputError: The file cannot be read, holds pickled objects, an array is missing or has
            another shape, values are no numbers, or a type is out of range.
    """
    found, others = read_named(path, lambda name: name.lower() in _ROLE)
    arrays = _by_role(path.name, found)
    where = {role: f"{path.name}, {role}" for role in arrays}
    types = (
        types_of_indices(where[TYPE], arrays[TYPE])
        if TYPE in arrays
        else types_of_letters(where[SEQUENCE], arrays[SEQUENCE])
    )
    known = types < UNKNOWN
    if not known.any():
        raise InputError(path.name, expected="residues of known type", came="none",
                         do="Check type or sequence")  # fmt: skip
    type = types[known]
    coord = {
        role: coordinates_in_14(where[role], arrays[role], known, type)
        for role in (COORD, NATIVE)
        if role in arrays
    }
    if MASK in arrays:
        mask = values_in_14(where[MASK], arrays[MASK], known, type)
        coord[NATIVE if NATIVE in coord else COORD][~(mask > 0)] = np.nan
    unsaid = np.full((len(type), SLOTS), np.nan, dtype=np.float32)
    plddt = (
        values_in_14(where[PLDDT], arrays[PLDDT], known, type).astype(np.float32)
        if PLDDT in arrays
        else unsaid
    )
    number = np.flatnonzero(known) + 1
    notes = _notes(len(types) - len(type), others)
    predicted = _residues(path.name, coord[COORD], type, number, plddt, notes)
    if NATIVE not in coord:
        return ArrayResidues(predicted, None)
    truth = without_zeros(coord[NATIVE])
    return ArrayResidues(predicted, _residues(path.name, truth, type, number, unsaid, notes))


def _by_role(where: str, found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sort arrays by what they are; two for one role are one too many."""
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, str] = {}
    for name, array in found.items():
        role = _ROLE[name.lower()]
        if role in arrays:
            raise InputError(
                where,
                expected=f"one array of {role}",
                came=f"{names[role]} and {name}",
                do="Leave out one of them",
            )
        arrays[role], names[role] = array, name
    if COORD not in arrays or not {TYPE, SEQUENCE} & set(arrays):
        raise InputError(
            where,
            expected=f"arrays {COORD} and {TYPE} or {SEQUENCE}",
            came=", ".join(names.values()) or "none of these names",
            do=f"Call coordinates {COORD}, residue types {TYPE}, letters {SEQUENCE}",
        )
    return arrays


def _residues(
    name: str,
    coord: Float32[np.ndarray, "residues 14 3"],
    type: Int[np.ndarray, " residues"],
    number: Int[np.ndarray, " residues"],
    b_factor: Float32[np.ndarray, "residues 14"],
    notes: tuple[str, ...],
) -> Residues:
    empty = np.full(len(type), "")
    one = np.ones(len(type), dtype=np.int64)
    return Residues(coord, type, empty, number, empty, one, b_factor, name, notes)


def _notes(unknown: int, others: Sequence[str]) -> tuple[str, ...]:
    notes = [f"residues of unknown type left out: {unknown}"] if unknown else []
    if others:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        notes.append(f"arrays not used: {', '.join(others[:NAMED])}{more}")
    return tuple(notes)
