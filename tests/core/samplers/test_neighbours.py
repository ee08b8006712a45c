import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from core.errors import InputError
from core.samplers import neighbours as module
from core.samplers import top_k
from core.samplers.duplicates import group_rows
from core.samplers.neighbours import nearest_neighbours
from tests.core.samplers.data import clustered, cosine, gaussian, hub_heavy


def assert_exact(found, embeddings, tolerance=2e-6):
    """The lists are those of the full matrix, up to the order of what is equal in float32."""
    full = cosine(embeddings)
    own = np.take_along_axis(full, found.indices.astype(np.int64), axis=1)
    np.testing.assert_allclose(found.similarity, own, atol=tolerance)
    np.fill_diagonal(full, -2)
    best = -np.sort(-full, axis=1)[:, : found.k]
    np.testing.assert_allclose(own, best, atol=tolerance)
    assert all(len(set(row)) == found.k for row in found.indices.tolist())
    assert (found.indices != np.arange(found.items)[:, None]).all()
    drop = np.diff(found.similarity, axis=1)
    assert (drop <= 0).all()
    assert (np.diff(found.indices, axis=1)[drop == 0] > 0).all()


@pytest.fixture
def small_blocks(monkeypatch):
    """Many blocks and slices of a small matrix, so that every border is crossed."""
    monkeypatch.setattr(module, "_SIDES", (64,))
    monkeypatch.setattr(top_k, "SLICE_CELLS", 700)


@pytest.mark.parametrize("make", [gaussian, lambda n: clustered(n, 7), hub_heavy])
@pytest.mark.parametrize(("items", "k"), [(64, 10), (65, 64), (200, 100), (333, 5)])
@pytest.mark.usefixtures("small_blocks")
def test_lists_equal_the_full_matrix(make, items, k):
    embeddings = make(items)
    assert_exact(nearest_neighbours(embeddings, k), embeddings)


@pytest.mark.usefixtures("small_blocks")
def test_lists_equal_those_of_scikit_learn():
    embeddings = gaussian(300)
    found = nearest_neighbours(embeddings, 20)
    oracle = NearestNeighbors(n_neighbors=20, metric="cosine", algorithm="brute")
    distance, index = oracle.fit(embeddings.astype(np.float64)).kneighbors()
    np.testing.assert_array_equal(found.indices, index)
    np.testing.assert_allclose(found.similarity, 1 - distance, atol=2e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 90), st.integers(0, 2**32 - 1), st.data())
def test_many_identical_rows_are_ties_by_index(items, seed, data):
    k = data.draw(st.integers(1, items - 1))
    generator = np.random.default_rng(seed)
    kinds = generator.standard_normal((generator.integers(1, 8), 5))
    kind = generator.integers(len(kinds), size=items)
    found = nearest_neighbours(kinds[kind], k)
    assert_exact(found, kinds[kind])
    full = cosine(kinds)[kind][:, kind]
    np.fill_diagonal(full, -2)
    full[kind[:, None] == kind] = np.where(np.eye(items, dtype=bool), -2, 1)[kind[:, None] == kind]
    expected = np.argsort(-full, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(found.indices, expected)


def test_identical_embeddings_list_the_others_in_order():
    found = nearest_neighbours(np.ones((5, 3)), 3)
    assert found.indices.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
    assert (found.similarity == 1).all()


def test_no_cosine_is_beyond_one_where_rounding_would_take_it_there():
    scale = np.linspace(-2, 2, 8)[:, None]
    embeddings = (scale[:, None] * gaussian(40, 5)).reshape(-1, 5)
    found = nearest_neighbours(embeddings, 319)
    assert found.similarity.max() == 1
    assert found.similarity.min() == -1
    assert_exact(found, embeddings)


def test_zeros_of_either_sign_and_equal_hashes_are_told_apart(monkeypatch):
    assert group_rows(np.array([[0.0, 1.0], [-0.0, 1.0]])).of_item.tolist() == [0, 0]
    monkeypatch.setattr(
        "core.samplers.duplicates._hashes", lambda values: np.zeros(len(values), np.uint64)
    )
    groups = group_rows(np.array([[1.0], [2.0], [1.0], [3.0]]))
    assert groups.of_item.tolist() == [0, 1, 0, 2]
    assert groups.first.tolist() == [0, 1, 3]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_length_and_type_of_the_rows_do_not_matter(dtype):
    embeddings = np.random.default_rng(0).integers(1, 9, (60, 4)).astype(dtype)
    scale = np.where(dtype is np.int32, 3, 1)
    assert_exact(nearest_neighbours(embeddings * scale, 4), embeddings)
    huge = embeddings.astype(np.float64) * 1e100
    assert_exact(nearest_neighbours(huge, 4), embeddings)


@pytest.mark.parametrize("is_grouped", [False, True])
def test_memory_stays_under_its_setting_and_a_small_one_gives_the_same(is_grouped):
    embeddings = gaussian(3000, 48)
    if is_grouped:
        embeddings[1500:] = embeddings[:1500]
    found = {}
    for bound_mb in (8, 24, 60, 100):
        tracemalloc.start()
        found[bound_mb] = nearest_neighbours(embeddings, 50, memory_mb=bound_mb)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak <= bound_mb * 1e6
    assert all((f.indices == found[100].indices).mean() > 0.999 for f in found.values())


def test_memory_holds_where_the_lists_are_most_of_it():
    embeddings = np.tile(gaussian(1500), (2, 1))
    with pytest.raises(InputError, match=r"at least 4\d MB"):
        nearest_neighbours(embeddings, 1000, memory_mb=40)
    tracemalloc.start()
    nearest_neighbours(embeddings, 1000, memory_mb=43)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 43e6


def test_memory_holds_where_every_similarity_is_a_candidate():
    """Later columns are always better: the filter passes everything."""
    angle = np.linspace(0, 1.5, 2000)
    embeddings = np.column_stack([np.cos(angle), np.sin(angle)])
    tracemalloc.start()
    found = nearest_neighbours(embeddings, 30, memory_mb=30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 30e6
    assert_exact(found, embeddings)


def test_progress_counts_to_the_end(small_blocks):
    told = []
    nearest_neighbours(gaussian(200), 3, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 10) for done in range(1, 11)]


def bad(rows, value):
    embeddings = gaussian(12, 3)
    embeddings[rows] = value
    return embeddings


@pytest.mark.parametrize(
    ("embeddings", "k", "words"),
    [
        (gaussian(5), 5, "expected 1 to 4.*came 5 for 5 items.*smaller"),
        (gaussian(5), 0, "expected 1 to 4.*came 0.*at least 1"),
        (gaussian(1), 1, "expected at least two items, came 1"),
        (gaussian(0), 1, "expected at least two items, came 0"),
        (gaussian(5)[0], 1, "expected a table.*1 dimensions"),
        (gaussian(6).reshape(2, 3, 16), 1, "expected a table.*3 dimensions"),
        (np.array([["a"], ["b"]]), 1, "expected real numbers"),
        (bad([2, 4], np.nan), 1, r"finite.*2 of 12 rows \(2, 4, counted from 0\)"),
        (bad([3], -np.inf), 1, r"finite.*\(3, counted"),
        (bad([0, 1, 2, 3, 4, 5], 0), 1, r"zero.*6 of 12 rows \(0, 1, 2, 3, 4, \.\.\., counted"),
        (np.zeros((3, 0)), 1, "only zeros"),
    ],
)
def test_bad_input_is_refused_in_words(embeddings, k, words):
    with pytest.raises(InputError, match=words):
        nearest_neighbours(embeddings, k)


def test_too_little_memory_says_how_much_it_takes():
    with pytest.raises(InputError, match=r"at least 1 MB for 50 items, came 0\.1 MB"):
        nearest_neighbours(gaussian(50), 5, memory_mb=0.1)
