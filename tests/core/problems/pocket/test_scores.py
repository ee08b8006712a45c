from math import sqrt

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from core.problems.pocket.scores import held_out, score_by_example, summarise
from core.retrieval import chance_mrr

LIGAND = np.array([4, 9, 4, 2, 7, 9, 4])


@pytest.fixture
def example():
    random = np.random.default_rng(0)
    by_ligand = dict(zip([2, 4, 7, 9], random.standard_normal((4, 6)), strict=True))
    target = np.stack([by_ligand[number] for number in LIGAND.tolist()])
    pred = target + random.standard_normal(target.shape)
    training = 3 * random.standard_normal((11, 6)) + 0.5
    return pred, held_out(target, LIGAND, training), training


def dot(a, b) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def plain_cosine(a, b) -> float:
    return dot(a, b) / sqrt(dot(a, a) * dot(b, b))


def test_scores_agree_with_plain_loops(example):
    pred, of, _ = example
    found = score_by_example(pred, of)
    candidates = {number: of.target[LIGAND.tolist().index(number)] for number in set(LIGAND)}
    for i, (p, t) in enumerate(zip(pred, of.target, strict=True)):
        assert found["cosine"][i] == pytest.approx(plain_cosine(p, t))
        assert found["mse"][i] == pytest.approx(sum((p - t) ** 2) / 6)
        assert found["pred_norm"][i] == pytest.approx(sqrt(dot(p, p)))
        assert found["target_norm"][i] == pytest.approx(sqrt(dot(t, t)))
        own = plain_cosine(p, t)
        better = [n for n, key in candidates.items() if plain_cosine(p, key) > own + 1e-12]
        assert found["rank"][i] == 1 + len(better)
    told = cosine_similarity(torch.from_numpy(pred), torch.from_numpy(of.target))
    assert np.allclose(found["cosine"], told.numpy())


def test_pockets_of_one_ligand_share_a_key(example):
    _, of, _ = example
    assert len(of.keys) == 4
    for i, j in ((0, 2), (2, 6), (1, 5)):
        assert of.right[i] == of.right[j]
    assert len(set(of.right.tolist())) == 4
    assert np.array_equal(of.keys[of.right], of.target)


def test_a_perfect_prediction_of_any_length_is_found_first(example):
    _, of, _ = example
    found = score_by_example(7.0 * of.target, of)
    told = summarise(found, of)
    assert found["rank"].tolist() == [1.0] * len(LIGAND)
    assert told["avg_cosine_similarity"] == pytest.approx(1.0)
    assert told["norm_ratio"] == pytest.approx(7.0)
    assert (told["mrr"], told["recall_at_1"], told["recall_at_10"]) == (1.0, 1.0, 1.0)


def test_the_cosine_of_a_zero_prediction_counts_as_0(example):
    pred, of, _ = example
    pred[2] = 0.0
    found = score_by_example(pred, of)
    assert found["cosine"][2] == 0.0
    assert found["pred_norm"][2] == 0.0
    assert found["rank"][2] == 2.5  # all four keys are equally far
    assert all(np.isfinite(values).all() for values in found.values())


def test_the_cosine_is_that_to_the_own_target_where_pockets_of_one_ligand_have_one_each():
    target = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    of = held_out(target, np.array([5, 5, 6]), target)
    found = score_by_example(target, of)
    assert found["cosine"].tolist() == [1.0, 1.0, 1.0]
    assert found["mse"].tolist() == [0.0, 0.0, 0.0]


def test_the_summary_is_the_mean_and_says_what_a_constant_and_guessing_reach(example):
    pred, of, training = example
    found = score_by_example(pred, of)
    told = summarise(found, of)
    assert told["cosine_loss"] + told["avg_cosine_similarity"] == pytest.approx(1.0, abs=1e-12)
    assert told["avg_cosine_similarity"] == pytest.approx(sum(found["cosine"]) / len(LIGAND))
    assert told["mse_loss"] == pytest.approx(((pred - of.target) ** 2).mean())
    ratios = [sqrt(dot(p, p) / dot(t, t)) for p, t in zip(pred, of.target, strict=True)]
    assert told["norm_ratio"] == pytest.approx(sum(ratios) / len(ratios))
    assert told["mrr"] == pytest.approx(sum(1 / r for r in found["rank"]) / len(LIGAND))
    assert told["recall_at_1"] == sum(r == 1 for r in found["rank"].tolist()) / len(LIGAND)
    assert told["recall_at_10"] == 1.0
    assert told["chance_mrr"] == chance_mrr(4)
    mean = sum(row / sqrt(dot(row, row)) for row in training)
    constant = [plain_cosine(mean, t) for t in of.target]
    assert told["constant_cosine_similarity"] == pytest.approx(sum(constant) / len(constant))


def test_no_constant_answer_is_better_than_the_mean_direction():
    random = np.random.default_rng(3)
    training = random.standard_normal((50, 4)) + np.array([1.0, 0.5, 0.0, -1.0])
    of = held_out(training, np.arange(50), training)
    best = summarise(score_by_example(training, of), of)["constant_cosine_similarity"]
    for answer in [*random.standard_normal((200, 4)), np.ones(4)]:
        assert np.mean([plain_cosine(answer, t) for t in training]) <= best + 1e-12
