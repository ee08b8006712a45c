from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.samplers import top_k

similarities = st.floats(-1, 1, width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 0.5])


@given(arrays(np.float32, 20, elements=similarities), st.integers(0, 2**31 - 21))
def test_packed_integers_sort_as_similarity_and_then_the_lower_column(similarity, first):
    column = first + np.arange(20)
    keys = top_k.pack(similarity, column)
    expected = sorted(range(20), key=lambda i: (-similarity[i], i))
    assert np.argsort(-keys).tolist() == expected
    value, back = top_k.unpack(keys)
    np.testing.assert_array_equal(value, similarity)
    np.testing.assert_array_equal(back, column)


@settings(deadline=None)
@given(
    arrays(np.float32, (4, 17), elements=similarities | st.just(-np.inf)),
    st.integers(1, 17),
    st.lists(st.integers(1, 16), max_size=3),
)
def test_columns_in_parts_give_the_k_best_of_all(similarity, k, cuts):
    keys = np.full((4, k), top_k.EMPTY)
    bounds = [0, *sorted(cuts), 17]
    for left, right in pairwise(bounds):
        top_k.offer_slices(keys, similarity[:, left:right], left)
    for row in range(4):
        known = [j for j in range(17) if similarity[row, j] > -np.inf]
        best = sorted(known, key=lambda j: (-similarity[row, j], j))[:k]
        kept = np.sort(keys[row])[::-1]
        assert top_k.unpack(kept[kept != top_k.EMPTY])[1].tolist() == best


def test_separating_shares_the_memory_of_the_keys():
    similarity = np.float32([[0.1, 0.9, -0.5], [0.2, 0.2, 0.3]])
    keys = top_k.pack(similarity, np.tile(np.arange(3), (2, 1)))
    column, value = top_k.separate(keys, 1)
    assert column.tolist() == [[1, 0, 2], [2, 0, 1]]
    np.testing.assert_array_equal(value, np.float32([[0.9, 0.1, -0.5], [0.3, 0.2, 0.2]]))
    assert np.shares_memory(column, keys)
    assert np.shares_memory(value, keys)
