"""How hard batches are, against plain loops, chance by drawing, and torch's gradient."""

from itertools import combinations

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.losses.contrastive import info_nce
from core.samplers.composition import BATCH, CLUSTERS, SIZE, largest_by_chance, run_quick_test
from core.samplers.difficulty import (
    drawn_difficulty,
    effective_count,
    hardness_by_origin,
    pull_shares,
    similarity_to_first,
    uniform_difficulty,
)
from core.samplers.embeddings import check_embeddings
from core.samplers.hard_batches import draw_epoch
from core.samplers.neighbours import nearest_neighbours
from core.samplers.options import BatchOptions, hard_slots
from core.samplers.pool import make_pool
from tests.core.samplers.data import clustered, cosine, gaussian, pool_of


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_similarity_to_the_first_is_that_of_a_plain_loop(ratio):
    vectors = gaussian(43)
    pool = pool_of(vectors, 12)
    epoch = draw_epoch(pool, BatchOptions(hard_ratio=ratio, hardness_k=12, batch_size=10), 1)
    found, exact = similarity_to_first(epoch, pool.embeddings), cosine(vectors)
    for row, members in enumerate(epoch.members):
        for column, item in enumerate(members):
            if item < 0:
                assert np.isnan(found[row, column])
            else:
                assert found[row, column] == pytest.approx(exact[members[0], item], abs=1e-5)


def test_what_is_drawn_is_measured():
    vectors = clustered(60, 6)
    pool, exact = pool_of(vectors, 20), cosine(vectors)
    options = BatchOptions(batch_size=10, seed=3)
    table = drawn_difficulty(pool, options, 2, (0.0, 0.6), (5, 20))
    for row, ratio in enumerate((0.0, 0.6)):
        for column, k in enumerate((5, 20)):
            changed = BatchOptions(batch_size=10, seed=3, hard_ratio=ratio, hardness_k=k)
            batches = draw_epoch(pool, changed, 2).batches()
            near = [[exact[b[0], other] for other in b[1:]] for b in batches]
            assert table.mean[row, column] == pytest.approx(
                np.mean([np.mean(values) for values in near]), abs=1e-5
            )
            assert table.hardest[row, column] == pytest.approx(
                np.mean([max(values) for values in near]), abs=1e-5
            )
    assert (table.mean[1] > table.mean[0] + 0.1).all()


def test_uniform_draws_are_those_of_a_long_experiment():
    vectors = gaussian(30, dim=4)
    exact = cosine(vectors)
    table = uniform_difficulty(check_embeddings(vectors), 8, (0.0, 0.5, 1.0), (4, 12))
    generator = np.random.default_rng(5)
    for row, ratio in enumerate((0.0, 0.5, 1.0)):
        for column, k in enumerate((4, 12)):
            means, hardest = [], []
            for _ in range(150):
                for pivot in range(30):
                    near = np.sort(np.delete(exact[pivot], pivot))[::-1]
                    hard = min(hard_slots(ratio, 8), k)
                    taken = generator.choice(near[:k], hard, replace=False)
                    rest = generator.choice(near, 7 - hard)
                    values = [*taken, *rest]
                    means.append(np.mean(values))
                    hardest.append(max(values))
            assert table.mean[row, column] == pytest.approx(np.mean(means), abs=0.015)
            assert table.hardest[row, column] == pytest.approx(np.mean(hardest), abs=0.015)


def test_uniform_draws_without_a_rest_are_exact():
    """All 3 of the hard slots from the 5 nearest: the mean of the largest over all choices."""
    vectors = gaussian(12, dim=3, seed=4)
    exact = cosine(vectors)
    found = uniform_difficulty(check_embeddings(vectors), 4, (1.0,), (5,)).hardest[0, 0]
    near = [np.sort(np.delete(exact[pivot], pivot))[::-1][:5] for pivot in range(12)]
    wanted = np.mean([max(three) for row in near for three in combinations(row, 3)])
    assert found == pytest.approx(wanted, abs=1e-5)


def test_a_smaller_k_is_harder_where_draws_are_uniform():
    """Claim S3-04, on embeddings whose lists are as long as the slots."""
    table = uniform_difficulty(check_embeddings(gaussian(300)), 16, (0.5,), (10, 30, 100, 299))
    assert (np.diff(table.mean[0]) < 0).all()


@pytest.mark.parametrize("temperature", [0.02, 0.07, 0.5])
def test_shares_are_those_of_the_gradient_of_the_loss(temperature):
    generator = torch.Generator().manual_seed(1)
    query = torch.randn(1, 6, dtype=torch.float64, generator=generator)
    keys = torch.randn(9, 6, dtype=torch.float64, generator=generator)
    keys = keys / keys.norm(dim=1, keepdim=True)
    # The gradient by a similarity: only the first query counts, and each key stands alone.
    similarity = (query / query.norm() @ keys.T).squeeze().requires_grad_()
    loss = -torch.log_softmax(similarity / temperature, 0)[0]
    whole = info_nce(query.expand(9, 6), keys, temperature=temperature)[0]
    assert loss.item() == pytest.approx(whole.item())
    loss.backward()
    push = similarity.grad[1:].numpy()
    wanted = np.sort(push / push.sum())[::-1]
    negatives = similarity.detach().numpy()[1:]
    assert pull_shares(negatives, temperature) == pytest.approx(wanted, rel=1e-9)


def test_one_negative_counts_when_it_is_cold_and_all_when_it_is_hot():
    values = np.linspace(-0.2, 0.9, 31)
    assert effective_count(pull_shares(values, 0.001)) == pytest.approx(1)
    assert effective_count(pull_shares(values, 1000.0)) == pytest.approx(31, rel=1e-3)


def test_chance_is_that_of_random_batches():
    """Claim S3-21: six or more of one cluster come in 2.0 % of random batches, five in 12.7 %."""
    exact = largest_by_chance()
    assert exact.sum() == pytest.approx(1)
    assert exact[6:].sum() == pytest.approx(0.020, abs=5e-4)
    assert exact[5:].sum() == pytest.approx(0.127, abs=5e-4)
    generator, cluster = np.random.default_rng(0), np.repeat(np.arange(CLUSTERS), SIZE)
    drawn = [np.bincount(cluster[generator.permutation(100)[:BATCH]]).max() for _ in range(20_000)]
    share = np.bincount(drawn, minlength=BATCH + 1) / len(drawn)
    assert share == pytest.approx(exact, abs=0.012)


def test_the_quick_test_counts_ten_members_a_batch_and_says_what_k_it_had():
    test = run_quick_test(100, 0)
    assert test.k == 99
    assert test.composition.shape == (100, CLUSTERS)
    assert (test.composition.sum(axis=1) == BATCH).all()
    assert test.composition.sum(axis=0).tolist() == [200] * 5  # each item once in ten epochs
    assert test.largest.sum() == 100
    assert [int((test.composition.max(axis=1) == n).sum()) for n in range(11)] == [
        *test.largest.tolist()
    ]
    assert (run_quick_test(100, 0).composition == test.composition).all()
    assert (run_quick_test(100, 1).composition != test.composition).any()


def test_the_quick_test_finds_hard_batches_and_random_ones():
    hard, random = run_quick_test(19, 0), run_quick_test(19, 0, hard_ratio=0.0)
    chance = largest_by_chance()[5:].sum()
    assert hard.largest[5:].sum() >= 90
    assert abs(random.largest[5:].sum() / 100 - chance) < 0.12
    with pytest.raises(InputError, match="seed"):
        run_quick_test(19, -1)


def test_the_hardness_of_each_origin_equals_a_plain_loop():
    rows = np.random.default_rng(3).normal(size=(90, 6)) + 4 * np.eye(6)[np.arange(90) % 6]
    pool = make_pool(rows, nearest_neighbours(rows, 5))
    epoch = draw_epoch(pool, BatchOptions(hard_ratio=0.8, hardness_k=5, batch_size=16), 0)
    assert pool.embeddings is not None
    told = hardness_by_origin(epoch, pool.embeddings)
    unit = rows / np.linalg.norm(rows, axis=1)[:, None]
    for origin, found in told.items():
        near = [
            float(unit[batch[0]] @ unit[member])
            for batch, kinds in zip(epoch.members, epoch.origin, strict=True)
            for place, (member, kind) in enumerate(zip(batch, kinds, strict=True))
            if place and kind == origin
        ]
        assert found.members == len(near)
        if near:
            assert found.mean == pytest.approx(np.mean(near), abs=1e-5)
            assert found.sd == pytest.approx(np.std(near), abs=1e-5)
    assert sum(found.members for found in told.values()) == (epoch.members[:, 1:] >= 0).sum()
