"""Arrays of residues checked and brought to 14 slots: types, coordinates, values by atom."""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Int, Shaped

from core.errors import InputError
from core.problems.sidechain.atoms import (
    ATOM14_TO_37,
    ATOM37,
    EXISTS14,
    ONE_LETTER,
    RESIDUES,
    SLOTS,
    to_atom14,
)

UNKNOWN: Final = len(RESIDUES)  # the index of an unknown residue in AlphaFold's order
CA_SLOT: Final = 1
_LETTERS: Final = "".join(ONE_LETTER[name] for name in RESIDUES)
_CODES: Final = {**ONE_LETTER, **{letter: letter for letter in _LETTERS}}


def types_of_indices(where: str, values: np.ndarray) -> Int[np.ndarray, " residues"]:
    """Read indices in RESIDUES; -1 and 20 stand for unknown and become UNKNOWN.

    Raises:
        InputError: They are not whole numbers in one row, or out of range.
    """
    if values.ndim != 1 or values.dtype.kind not in "iuf" or (values != values.round()).any():
        raise _refused(where, "a whole number for each residue", values)
    types = values.astype(np.int64)
    types[types == -1] = UNKNOWN
    if len(types) and (types.min() < 0 or types.max() > UNKNOWN):
        raise InputError(
            where,
            expected=f"0 to {UNKNOWN - 1} in the order of {_LETTERS}, {UNKNOWN} where unknown",
            came=f"{values.min():g} to {values.max():g}",
            do="Translate the indices, or give letters as sequence",
        )
    return types


def types_of_letters(where: str, values: np.ndarray) -> Int[np.ndarray, " residues"]:
    """Read a text, or an array of letters or of three-letter codes; others become UNKNOWN.

    Raises:
        InputError: It is no text.

    Example:
        >>> types_of_letters("example", np.array("AVX")).tolist()
        [0, 19, 20]
    """
    if values.dtype.kind not in "US":
        raise _refused(where, "letters", values)
    items = values.astype(str).ravel().tolist()
    letters = list(items[0]) if len(items) == 1 else items
    return np.array(
        [_LETTERS.index(_CODES[item]) if item in _CODES else UNKNOWN for item in letters],
        dtype=np.int64,
    )


def coordinates_in_14(
    where: str,
    values: np.ndarray,
    known: Bool[np.ndarray, " all_residues"],
    type: Int[np.ndarray, " residues"],
) -> Float32[np.ndarray, "residues 14 3"]:
    """Bring coordinates, in angstrom, to 14 slots; NaN where a type has no atom or one is unknown.

    Args:
        where: Place for an error.
        values: (n, 14 or 37, 3) for all residues.
        known: Which of them have a type.
        type: Of those.

    Raises:
        InputError: Another shape, or no numbers.
    """
    slots = values.shape[1] if values.ndim == 3 else 0
    if values.shape != (len(known), slots, 3) or slots not in {SLOTS, len(ATOM37)}:
        raise _refused(where, f"({len(known)}, 14 or 37, 3), one row for each residue", values)
    if values.dtype.kind not in "iuf":
        raise _refused(where, "numbers", values)
    coord = values[known].astype(np.float32)
    coord[~np.isfinite(coord).all(axis=2)] = np.nan
    if slots == len(ATOM37):
        return to_atom14(coord, type)
    coord[~EXISTS14[type]] = np.nan
    return coord


def values_in_14(
    where: str,
    values: np.ndarray,
    known: Bool[np.ndarray, " all_residues"],
    type: Int[np.ndarray, " residues"],
) -> Shaped[np.ndarray, "residues 14"]:
    """Bring values for residues, for 14 or for 37 slots to 14 slots; see `coordinates_in_14`."""
    count = len(known)
    if values.shape not in {(count,), (count, SLOTS), (count, len(ATOM37))}:
        raise _refused(where, f"({count}), ({count}, 14) or ({count}, 37)", values)
    if values.dtype.kind not in "biuf":
        raise _refused(where, "numbers", values)
    chosen = values[known]
    if values.ndim == 1:
        return np.repeat(chosen[:, None], SLOTS, axis=1)
    if values.shape[1] == SLOTS:
        return chosen
    return np.take_along_axis(chosen, np.maximum(ATOM14_TO_37[type], 0), axis=1)


def without_zeros(
    coord: Float32[np.ndarray, "residues 14 3"],
) -> Float32[np.ndarray, "residues 14 3"]:
    """Take atoms at 0, 0, 0 for absent, as trainers write them; CA is there in its own frame."""
    zero = (coord == 0).all(axis=2)
    zero[:, CA_SLOT] = False
    return np.where(zero[:, :, None], np.float32(np.nan), coord)


def _refused(where: str, expected: str, came: np.ndarray) -> InputError:
    return InputError(
        where,
        expected=expected,
        came=f"{came.dtype} of shape {came.shape}",
        do="Write the array in this form",
    )
