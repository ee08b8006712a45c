import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from core.problems.peptide.analysis.statistics import auc, d_prime, wilson, win_rate

VALUES = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=20).map(np.array)


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES)
def test_auc_is_that_of_scikit_learn(right: np.ndarray, wrong: np.ndarray):
    label = np.concatenate([np.zeros(len(right)), np.ones(len(wrong))])
    wanted = roc_auc_score(label, np.concatenate([right, wrong]))
    assert auc(right, wrong) == pytest.approx(wanted)
    assert auc(right, wrong) + auc(wrong, right) == pytest.approx(1.0)


def test_auc_leaves_out_what_is_missing():
    nan = float("nan")
    assert auc(np.array([0.1, nan]), np.array([nan, 0.2])) == 1.0
    assert np.isnan(auc(np.array([nan]), np.array([0.2])))


def test_rounding_decides_no_tie():
    assert auc(np.array([0.1 + 0.2]), np.array([0.3])) == 0.5
    assert win_rate(np.array([0.1 + 0.2]), np.array([0.3])).ties == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 40), st.integers(1, 40))
def test_wilson_is_that_of_scipy(wins: int, more: int):
    count = wins + more
    wanted = binomtest(wins, count).proportion_ci(method="wilson")
    low, high = wilson(wins / count, count)
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


def test_win_rate_counts_ties_half_and_missing_pairs_not():
    right = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    wrong = np.array([0.2, 0.2, 0.2, np.nan, 0.5])
    found = win_rate(right, wrong)
    assert (found.rate, found.pairs, found.ties) == (0.5, 3, 1)
    assert found.low < 0.5 < found.high
    assert win_rate(np.array([np.nan]), np.array([1.0])).pairs == 0


def test_d_prime_is_the_distance_in_pooled_deviations():
    generator = np.random.default_rng(0)
    right, wrong = generator.normal(0, 1, 5000), generator.normal(2, 1, 5000)
    assert d_prime(right, wrong) == pytest.approx(2.0, abs=0.05)
    assert d_prime(right + 7, wrong + 7) == pytest.approx(d_prime(right, wrong))
    assert np.isnan(d_prime(np.ones(3), np.ones(3)))
    assert np.isnan(d_prime(np.ones(1), np.zeros(3)))


def test_values_that_vary_by_rounding_only_have_no_d_prime():
    right = np.array([0.1, 0.1, 0.1 + 1e-17, np.nextafter(0.1, 1)])
    assert np.isnan(d_prime(right, right + 0.5))
