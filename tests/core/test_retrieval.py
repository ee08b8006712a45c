import itertools
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

from core.errors import InputError
from core.retrieval import chance_mrr, mean_reciprocal_rank, ranks, recall_at


@st.composite
def tables(draw):
    """Similarities with many ties, and the right key of each query."""
    queries, keys = draw(st.integers(0, 6)), draw(st.integers(1, 6))
    cells = st.lists(st.sampled_from([-1.0, 0.0, 0.25, 1.0]), min_size=keys, max_size=keys)
    rows = draw(st.lists(cells, min_size=queries, max_size=queries))
    right = draw(st.lists(st.integers(0, keys - 1), min_size=queries, max_size=queries))
    return np.array(rows, dtype=float).reshape(queries, keys), np.array(right, dtype=int)


def distinct(queries=40, keys=12):
    random = np.random.default_rng(0)
    return random.standard_normal((queries, keys)), random.integers(0, keys, queries)


@given(tables())
def test_ranks_agree_with_a_plain_loop_and_with_scipy(table):
    similarity, right = table
    found = ranks(similarity, right)
    for row, answer, rank in zip(similarity.tolist(), right.tolist(), found.tolist(), strict=True):
        places = [place for place, value in enumerate(sorted(row, reverse=True), 1)
                  if value == row[answer]]  # fmt: skip
        assert rank == mean(places)
        assert rank == rankdata([-value for value in row])[answer]
        assert 1 <= rank <= len(row)


def test_without_ties_the_measures_are_those_of_scikit_learn():
    similarity, right = distinct()
    found = ranks(similarity, right)
    wanted = np.zeros(similarity.shape, dtype=int)
    wanted[np.arange(len(right)), right] = 1
    expected = label_ranking_average_precision_score(wanted, similarity)
    assert mean_reciprocal_rank(found) == pytest.approx(expected)
    labels = np.arange(similarity.shape[1])
    for k in (1, 3, 10, 11):
        expected = top_k_accuracy_score(right, similarity, k=k, labels=labels)
        assert recall_at(found, k) == pytest.approx(expected)
    assert recall_at(found, 12) == 1.0


def test_neither_the_order_of_keys_nor_a_rising_function_changes_a_rank():
    similarity, right = distinct()
    order = np.random.default_rng(1).permutation(12)
    place = np.argsort(order)
    assert np.array_equal(ranks(similarity[:, order], place[right]), ranks(similarity, right))
    assert np.array_equal(ranks(np.exp(3 * similarity) - 7, right), ranks(similarity, right))


def test_what_does_not_tell_keys_apart_finds_nothing():
    found = ranks(np.full((5, 9), 0.3), np.arange(5))
    assert found.tolist() == [5.0] * 5
    assert recall_at(found, 1) == 0.0
    assert mean_reciprocal_rank(found) <= chance_mrr(9)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_has_no_rank(broken):
    similarity, right = distinct()
    similarity[3, 4] = broken
    with pytest.raises(InputError, match="finite numbers"):
        ranks(similarity, right)


def test_of_nothing_there_is_no_measure():
    found = ranks(np.zeros((0, 4)), np.zeros(0, dtype=int))
    assert len(found) == 0
    assert np.isnan(mean_reciprocal_rank(found))
    assert np.isnan(recall_at(found, 1))


@pytest.mark.parametrize("keys", range(1, 6))
def test_chance_is_the_mean_over_every_order_of_the_keys(keys):
    orders = list(itertools.permutations(range(keys)))
    assert chance_mrr(keys) == pytest.approx(mean(1 / (o.index(0) + 1) for o in orders))
