"""Similarities against RDKit's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import DataStructs

from core.chemistry.similarity import BLOCK_ROWS, most_alike

BITS = 24
prints = st.lists(st.sets(st.integers(0, BITS - 1)), min_size=1, max_size=12)


def vector(on: set[int]) -> DataStructs.ExplicitBitVect:
    made = DataStructs.ExplicitBitVect(BITS)
    made.SetBitsFromList(sorted(on))
    return made


@given(prints, prints)
def test_the_first_of_the_most_alike_is_that_of_rdkit(some, others):
    own, theirs = [vector(on) for on in some], [vector(on) for on in others]
    index, similarity = most_alike(own, theirs)
    for i, one in enumerate(own):
        found = DataStructs.BulkTanimotoSimilarity(one, theirs)
        if one.GetNumOnBits():  # RDKit calls two empty ones equal
            assert (index[i], similarity[i]) == (int(np.argmax(found)), max(found))


def test_more_rows_than_a_block_keep_their_places():
    generator = np.random.default_rng(0)
    own = [vector(set(generator.integers(0, BITS, 8).tolist())) for _ in range(BLOCK_ROWS + 9)]
    index, similarity = most_alike(own, own)
    assert similarity == pytest.approx(1.0)
    assert all(own[i] == own[j] for i, j in enumerate(index.tolist()))
