"""Which residues of two chains are the same: by sequence, and by number where that agrees."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from biotite.sequence import ProteinSequence
from biotite.sequence.align import (
    SubstitutionMatrix,
    align_banded,  # pyright: ignore[reportAttributeAccessIssue] - compiled, without types
    align_optimal,  # pyright: ignore[reportAttributeAccessIssue]
)
from jaxtyping import Int

from core.problems.sidechain.reading.structures import Residues

GAP: Final = (-10, -1)  # to open and to extend, in units of BLOSUM62
MOST_CELLS: Final = 30_000_000  # of the full alignment, five bytes each
BAND: Final = 500  # residues by which longer chains may shift


class Pairing(NamedTuple):
    """Residues of two chains that belong together.

    Args:
        predicted: Rows of the one chain, ascending.
        native: Rows of the other.
        identical: Pairs of one type.
        by_number: Whether their numbers decided, up to a constant offset, or the alignment alone.
    """

    predicted: Int[np.ndarray, " pairs"]
    native: Int[np.ndarray, " pairs"]
    identical: int
    by_number: bool


def pair_chains(predicted: Residues, native: Residues) -> Pairing:
    """Pair the residues of two chains of any length.

    They are aligned by sequence. Where a part is missing the alignment is often ambiguous (in GGG
    against GG, which one?); so the most frequent difference of the aligned residues' numbers is
    tried as an offset, and where the numbers then bring together at least as many residues of one
    type, they decide.

    Args:
        predicted: One chain.
        native: Another one.

    Source: Gotoh 1982, J. Mol. Biol. 162:705, without penalty for gaps at the ends; BLOSUM62.
    """
    first, second = align_letters(predicted.sequence, native.sequence)
    aligned = _paired(predicted, native, first, second, by_number=False)
    if not len(first):
        return aligned
    offsets, counts = np.unique(native.number[second] - predicted.number[first], return_counts=True)
    numbered = _by_number(predicted, native, int(offsets[counts.argmax()]))
    return numbered if numbered.identical >= aligned.identical else aligned


def pair_by_number(predicted: Residues, native: Residues) -> Pairing:
    """Pair the residues of one number and insertion code, whatever their types."""
    return _by_number(predicted, native, 0)


@lru_cache(maxsize=256)  # chains of an assembly repeat one sequence
def align_letters(
    first: str, second: str
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    """Align two sequences of one-letter codes; give the places that stand together in each."""
    if first == second:
        return np.arange(len(first)), np.arange(len(second))
    sequences = ProteinSequence(first), ProteinSequence(second)
    matrix = SubstitutionMatrix.std_protein_matrix()
    if len(first) * len(second) <= MOST_CELLS:
        found = align_optimal(*sequences, matrix, GAP, terminal_penalty=False, max_number=1)
    else:
        shift = len(second) - len(first)
        band = (min(shift, 0) - BAND, max(shift, 0) + BAND)
        found = align_banded(*sequences, matrix, band, GAP, max_number=1)
    trace = found[0].trace if found else np.empty((0, 2), dtype=np.int64)
    pairs = trace[(trace >= 0).all(axis=1)]
    return pairs[:, 0], pairs[:, 1]


def _by_number(predicted: Residues, native: Residues, offset: int) -> Pairing:
    """Pair by number and insertion code; of doubles the first."""
    rows: dict[tuple[int, str], int] = {}
    for row, key in enumerate(zip(native.number.tolist(), native.insertion.tolist(), strict=True)):
        rows.setdefault(key, row)
    pairs = [
        (row, rows.pop((number + offset, insertion)))
        for row, (number, insertion) in enumerate(
            zip(predicted.number.tolist(), predicted.insertion.tolist(), strict=True)
        )
        if (number + offset, insertion) in rows
    ]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return _paired(predicted, native, first, second, by_number=True)


def _paired(
    predicted: Residues,
    native: Residues,
    first: Int[np.ndarray, " pairs"],
    second: Int[np.ndarray, " pairs"],
    *,
    by_number: bool,
) -> Pairing:
    identical = int((predicted.type[first] == native.type[second]).sum())
    return Pairing(first, second, identical, by_number)
