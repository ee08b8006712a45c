from math import exp, isnan

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.problems.sidechain.metrics.sequences import (
    UNIFORM_PERPLEXITY,
    accuracy,
    calibration,
    cross_entropies,
    cross_entropy,
    log_probabilities,
    mean_batch_perplexity,
    perplexity,
)


def _logits(residues: int = 500, seed: int = 0, sharp: float = 3.0):
    random = np.random.default_rng(seed)
    return sharp * random.normal(size=(residues, 20)), random.integers(0, 20, residues)


def test_cross_entropy_and_accuracy_are_those_of_torch():
    logits, target = _logits()
    oracle = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(target))
    nats = cross_entropies(logits, target)
    assert cross_entropy(nats) == pytest.approx(oracle.item())
    assert perplexity(nats) == pytest.approx(oracle.exp().item())
    right = (torch.tensor(logits).argmax(dim=1) == torch.tensor(target)).float().mean()
    assert accuracy(logits, target) == pytest.approx(right.item())


def test_adding_to_all_logits_changes_nothing_and_log_probabilities_stay():
    logits, target = _logits()
    nats = cross_entropies(logits, target)
    assert cross_entropies(logits + 1_000.0, target) == pytest.approx(nats)
    assert log_probabilities(log_probabilities(logits)) == pytest.approx(log_probabilities(logits))


def test_knowing_nothing_is_20_and_being_sure_and_wrong_is_more():
    target = np.arange(20)
    assert perplexity(cross_entropies(np.zeros((20, 20)), target)) == pytest.approx(20.0)
    assert UNIFORM_PERPLEXITY == 20.0
    sure = np.zeros((100, 20))
    sure[:, 0] = 11.7
    target = np.where(np.arange(100) < 61, 0, 1)
    assert accuracy(sure, target) == 0.61
    assert perplexity(cross_entropies(sure, target)) > 90


@settings(max_examples=60, deadline=None)
@given(
    nats=st.lists(st.floats(0.0, 30.0), min_size=1, max_size=40),
    batches=st.integers(1, 8),
    seed=st.integers(0, 99),
)
def test_a_mean_over_batches_is_never_below_the_pooled_perplexity(nats, batches, seed):
    values = np.array(nats)
    batch = np.random.default_rng(seed).integers(0, batches, len(nats))
    found = mean_batch_perplexity(values, batch)
    by_hand = sum(
        (batch == b).sum() * exp(values[batch == b].mean()) for b in set(batch.tolist())
    ) / len(nats)
    assert found == pytest.approx(by_hand)
    assert found >= perplexity(values) * (1 - 1e-12)
    assert mean_batch_perplexity(values, np.zeros(len(nats))) == pytest.approx(perplexity(values))


def test_one_bad_batch_makes_the_mean_explode():
    nats = np.concatenate([np.full(990, 0.05), np.full(10, 9.0)])
    batch = np.arange(1_000) // 10
    assert perplexity(nats) < 1.2
    assert mean_batch_perplexity(nats, batch) > 80
    assert perplexity(np.full(3, 1_000.0)) == float("inf")


def test_what_cannot_be_scored_is_refused():
    logits, target = _logits(5)
    with pytest.raises(InputError, match="0 to 19"):
        cross_entropies(logits, np.array([0, 1, 2, 3, 20]))
    with pytest.raises(InputError, match="0 to 19"):
        cross_entropies(logits, np.array([0, 1, 2, 3, -1]))
    logits[2, 3] = np.nan
    with pytest.raises(InputError, match="not finite"):
        cross_entropies(logits, target)
    logits[2, 3] = -np.inf
    assert np.isfinite(cross_entropies(logits, np.array([0, 0, 0, 0, 0]))).all()


def test_calibration_is_a_loop_over_bins():
    logits, target = _logits(2_000)
    probability = torch.softmax(torch.tensor(logits), dim=1).numpy()
    found = calibration(logits, target)
    error = 0.0
    for k in range(10):
        low, high = k / 10, (k + 1) / 10
        sure = probability.max(axis=1)
        own = (sure > low) & (sure <= high)
        assert found.count[k] == own.sum()
        if not own.any():
            assert isnan(found.confidence[k])
            continue
        right = (probability.argmax(axis=1) == target)[own].mean()
        assert found.confidence[k] == pytest.approx(sure[own].mean())
        assert found.accuracy[k] == pytest.approx(right)
        error += own.sum() / 2_000 * abs(right - sure[own].mean())
    assert found.error == pytest.approx(error)
    assert found.error > 0.5  # sure of itself, and right by chance only


def test_confidence_that_is_earned_has_no_calibration_error():
    random = np.random.default_rng(0)
    logits = 2 * random.normal(size=(50_000, 20))
    probability = np.exp(log_probabilities(logits))
    target = (probability.cumsum(axis=1) > random.random((50_000, 1))).argmax(axis=1)
    assert calibration(logits, target).error < 0.01
    assert calibration(3 * logits, target).error > 0.1
    certain = np.where(np.arange(20) == 4, 0.0, -np.inf)[None]
    assert calibration(certain, np.array([4])).error == 0.0


def test_nothing_to_score_is_nan():
    logits, target = np.zeros((0, 20)), np.zeros(0, dtype=int)
    assert isnan(accuracy(logits, target))
    assert isnan(perplexity(np.zeros(0)))
    assert isnan(mean_batch_perplexity(np.zeros(0), np.zeros(0)))
    assert isnan(cross_entropy(cross_entropies(logits, target)))
    assert isnan(calibration(logits, target).error)
