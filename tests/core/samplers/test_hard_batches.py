from dataclasses import replace

import numpy as np
import pytest
from torch.utils.data import DataLoader

from core.errors import InputError
from core.samplers import gaps, random_rest
from core.samplers.control import shuffled
from core.samplers.dealing import Lists, deal, ranked
from core.samplers.epoch import Origin
from core.samplers.hard_batches import HardNegativeBatches, draw_epoch, part_of_rank
from core.samplers.hubs import measure_hubness
from core.samplers.layout import empty_draft
from core.samplers.neighbours import nearest_neighbours
from core.samplers.options import METHODS, BatchOptions
from core.samplers.pool import Pool, limits, make_pool
from core.samplers.reading import alike_pairs, filled_by_tenth, summarise_filling
from tests.core.samplers.data import SHAPES, clustered, cosine, gaussian, hub_heavy, pool_of

OPTIONS = BatchOptions(hardness_k=100)


@pytest.fixture(scope="module")
def pools():
    return {name: pool_of(make(3000), 100) for name, make in SHAPES.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_planned_batches_are_as_hard_at_the_end_as_at_the_beginning(pools, name):
    filling = summarise_filling(draw_epoch(pools[name], OPTIONS, 0))
    assert min(filling.first, filling.middle, filling.last, filling.low) >= 0.95
    assert abs(filling.first - filling.last) <= 0.02
    assert filling.by_origin[Origin.OWN_LIST] >= 0.8
    assert filling.asked == 93 * 15 + 11


@pytest.mark.parametrize("name", SHAPES)
def test_sequential_batches_fade_and_their_hard_members_are_neighbours(pools, name):
    epoch = draw_epoch(pools[name], replace(OPTIONS, method="sequential"), 0)
    tenths = filled_by_tenth(epoch)
    assert tenths[0] == 1
    assert tenths[-1] < 0.6
    assert not (epoch.origin > Origin.OWN_LIST).any()


def test_a_sequential_batch_takes_the_nearest_free_ones():
    pool = pool_of(gaussian(300), 50)
    options = BatchOptions(hardness_k=50, batch_size=10, method="sequential")
    epoch = draw_epoch(pool, options, 3)
    free = np.ones(300, bool)
    for members, origin in zip(epoch.members, epoch.origin, strict=True):
        free[members[0]] = False
        near = [item for item in pool.neighbours.indices[members[0]] if free[item]][:4]
        assert members[origin == Origin.OWN_LIST].tolist() == near
        free[members] = False


def test_nothing_random_is_drawn_before_every_batch_has_its_hard_members():
    """No random member is nearer to a pivot than the last neighbour that pivot got, and listed."""
    pool = pool_of(gaussian(600), 60)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=60, batch_size=20, hard_ratio=0.4), 0)
    loose = set(epoch.members[epoch.origin == Origin.RANDOM].tolist())
    full = cosine(gaussian(600))
    for row, pivot in enumerate(epoch.pivots):
        hard = epoch.members[row][epoch.is_hard_member[row]]
        farthest = full[pivot, hard].min()
        listed = pool.neighbours.indices[pivot]
        assert not [i for i in listed if i in loose and full[pivot, i] > farthest + 1e-6]


def test_who_has_least_choice_gets_what_several_want():
    draft = empty_draft(12, BatchOptions(batch_size=4, hard_ratio=0.5), is_hard=True)
    draft.members[:, 0] = [0, 1, 2]
    nobody = draft.items
    items = np.array([[5, 6, 7], [5, 6, nobody], [5, nobody, nobody]], np.int32)
    lists = Lists(np.arange(3), items, np.ones((3, 3), np.float32))
    deal(draft, Pool(12), lists, Origin.OWN_LIST)
    assert draft.members[:, 1].tolist() == [7, 6, 5]
    assert draft.filled.tolist() == [1, 1, 1]


def test_a_round_gives_one_to_each_before_anybody_has_two():
    draft = empty_draft(12, BatchOptions(batch_size=6, hard_ratio=0.5), is_hard=True)
    draft.members[:, 0] = [0, 1]
    items = np.array([[5, 6, 12], [6, 5, 7]], np.int32)
    lists = Lists(np.arange(2), items, np.ones((2, 3), np.float32))
    deal(draft, Pool(12), lists, Origin.OWN_LIST)
    assert draft.members[:, 1:3].tolist() == [[5, -1], [6, 7]]


def test_candidates_given_one_by_one_are_listed_nearest_first():
    draft = empty_draft(12, BatchOptions(batch_size=6), is_hard=True)
    row, item = np.array([1, 0, 1, 1]), np.array([9, 4, 7, 8])
    similarity = np.array([0.2, 0.1, 0.5, 0.2])
    lists = ranked(draft, np.array([0, 1]), row, item, similarity)
    assert lists.items.tolist() == [[4, 12, 12, 12], [7, 8, 9, 12]]
    np.testing.assert_allclose(lists.similarity[1, :3], [0.5, 0.2, 0.2])


def test_the_margin_is_measured_from_the_size_of_a_negative_positive_too():
    positive = np.array([0.8, -0.5, 0.0])
    pool, options = Pool(3, positive=positive), BatchOptions(relative_margin=0.1)
    np.testing.assert_allclose(limits(pool, options, np.arange(3)), [0.72, -0.55, 0.0])
    both = replace(options, max_similarity=0.5)
    np.testing.assert_allclose(limits(pool, both, np.arange(3)), [0.5, -0.55, 0.0])
    np.testing.assert_allclose(limits(Pool(3), options, np.arange(3)), 0.9)


def test_ratio_one_is_all_hard_where_it_can_be_filled():
    pool = pool_of(clustered(400, 8), 100)
    epoch = draw_epoch(pool, replace(OPTIONS, hard_ratio=1.0, batch_size=20), 0)
    assert (epoch.filled == 19).all()
    assert not (epoch.origin == Origin.RANDOM).any()


def test_the_test_of_the_guide_puts_clusters_together():
    """100 embeddings in 5 clusters, batch of 10: half of a batch from one cluster."""
    embeddings = clustered(100, 5)
    pool = pool_of(embeddings, 19)
    options = BatchOptions(hardness_k=19, batch_size=10)
    hard, plain = [], []
    for number in range(20):
        for kept, epoch in (
            (hard, draw_epoch(pool, options, number)),
            (plain, draw_epoch(pool, replace(options, hard_negatives=False), number)),
        ):
            kept += [np.bincount(batch % 5).max() for batch in epoch.batches()]
    assert np.mean(hard) > 5.3
    assert np.mean(plain) < 4.2


@pytest.mark.parametrize("method", METHODS)
def test_equal_labels_are_kept_apart_in_the_whole_batch(method):
    embeddings = np.repeat(gaussian(100), 3, axis=0)
    pool = pool_of(embeddings, 50, labels=np.arange(300) // 3)
    for ratio in (0.0, 0.5):
        options = BatchOptions(hardness_k=50, batch_size=12, hard_ratio=ratio, method=method)
        epoch = draw_epoch(pool, options, 0)
        assert all(len(set((batch // 3).tolist())) == len(batch) for batch in epoch.batches())


@pytest.mark.parametrize("method", METHODS)
def test_labels_that_all_differ_change_nothing(method):
    pool = pool_of(gaussian(25), 10)
    options = BatchOptions(hardness_k=10, batch_size=10, method=method)
    for number in range(20):
        plain = draw_epoch(pool, options, number)
        labelled = draw_epoch(replace(pool, labels=np.arange(25)[::-1].copy()), options, number)
        np.testing.assert_array_equal(plain.members, labelled.members)


def test_an_exchange_of_labels_never_makes_it_worse(monkeypatch):
    monkeypatch.setattr(random_rest, "_TRIES", 1)
    labels = np.arange(120) % 15
    fewer = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        draft = empty_draft(120, BatchOptions(batch_size=12), is_hard=False)
        random_rest.draw_rest(draft, generator)
        before = equal_pairs(labels[draft.members])
        random_rest.separate_labels(draft, labels, generator)
        after = equal_pairs(labels[draft.members])
        assert sorted(draft.members.ravel().tolist()) == list(range(120))
        assert after <= before
        fewer += after < before
    assert fewer > 15


def equal_pairs(labels):
    return sum(n * (n - 1) // 2 for row in labels for n in np.bincount(row))


def test_labels_that_cannot_be_kept_apart_do_no_harm():
    labels = np.zeros(60, int)
    pool = pool_of(gaussian(60), 20, labels=labels)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=20, batch_size=8), 0)
    assert epoch.filled.sum() == 0
    assert sorted(np.concatenate(epoch.batches()).tolist()) == list(range(60))


def test_a_limit_below_everything_leaves_the_slots_to_the_random_rest():
    pool = pool_of(gaussian(60), 20)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=20, batch_size=8, max_similarity=-1.0), 0)
    assert epoch.asked.sum() > 0
    assert epoch.filled.sum() == 0


def test_two_hops_and_top_up_both_serve_where_lists_run_out():
    pool = pool_of(hub_heavy(1500, dim=200), 30)
    epoch = draw_epoch(pool, replace(OPTIONS, hardness_k=30), 0)
    by_origin = summarise_filling(epoch).by_origin
    assert min(by_origin.values()) > 0.01
    assert (epoch.filled == epoch.asked).all()


def test_nearest_ones_that_are_skipped_do_not_come_back_by_the_top_up():
    pool = pool_of(gaussian(60), 30)
    options = BatchOptions(hardness_k=30, minimum_rank=29, batch_size=12, hard_ratio=1.0)
    topped_up = 0
    for epoch in (draw_epoch(pool, options, number) for number in range(10)):
        topped_up += (epoch.origin == Origin.TOP_UP).sum()
        for members, is_hard in zip(epoch.members, epoch.is_hard_member, strict=True):
            skipped = pool.neighbours.indices[members[0], :29]
            assert not np.isin(members[is_hard], skipped).any()
    assert topped_up > 0


def test_top_up_in_small_groups_leaves_no_batch_behind(monkeypatch):
    monkeypatch.setattr(gaps, "_SLOTS", 8)
    monkeypatch.setattr(gaps, "_TOPPED_ROWS", 3)
    pool = pool_of(hub_heavy(640, dim=200), 10)
    options = BatchOptions(hardness_k=10, batch_size=16, hard_ratio=1.0)
    epoch = draw_epoch(pool, options, 0)
    assert (epoch.origin == Origin.TOP_UP).mean() > 0.1
    assert (epoch.filled == 15).all()


def test_identical_embeddings_give_batches_all_the_same():
    pool = pool_of(np.ones((50, 4)), 20)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=20, batch_size=8), 0)
    assert sorted(np.concatenate(epoch.batches()).tolist()) == list(range(50))
    assert (epoch.filled == epoch.asked).all()


def test_one_item_over_joins_the_last_batch_and_is_never_alone():
    pool = Pool(items=21)
    options = BatchOptions(hard_negatives=False, batch_size=10)
    assert draw_epoch(pool, options, 0).sizes.tolist() == [10, 11]
    dropped = draw_epoch(pool, replace(options, drop_last=True), 0)
    assert dropped.sizes.tolist() == [10, 10]
    assert len(dropped.left_out) == 1
    lost = {
        int(draw_epoch(pool, replace(options, drop_last=True), e).left_out[0]) for e in range(9)
    }
    assert len(lost) > 3


def test_the_incomplete_batch_stays_the_last_and_has_its_own_hard_part():
    pool = pool_of(gaussian(100), 40)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=40, batch_size=32), 0)
    assert epoch.sizes.tolist() == [32, 32, 32, 4]
    assert epoch.asked.tolist() == [15, 15, 15, 1]
    assert epoch.pivots[-1] >= 0


def test_planned_batches_are_shuffled_after_they_are_filled(pools):
    """The place of a batch does not tell how early it chose."""
    epoch = draw_epoch(pools["hub-heavy"], OPTIONS, 3)
    drawn = np.random.default_rng([OPTIONS.seed, 3]).permutation(3000)[: len(epoch.pivots)]
    assert sorted(epoch.pivots.tolist()) == sorted(drawn.tolist())
    assert (epoch.pivots[:-1] == drawn[:-1]).mean() < 0.1


def test_hardness_k_is_a_part_of_a_longer_search():
    embeddings = gaussian(300)
    long, short = pool_of(embeddings, 60), pool_of(embeddings, 25)
    options = BatchOptions(hardness_k=25, batch_size=12)
    one, other = draw_epoch(long, options, 2), draw_epoch(short, options, 2)
    np.testing.assert_array_equal(one.members, other.members)
    np.testing.assert_array_equal(one.origin, other.origin)


def test_the_control_keeps_the_lists_shape_and_loses_their_meaning(pools):
    pool = pools["clustered"]
    control = shuffled(pool.neighbours, 7)
    assert (control.indices != np.arange(3000)[:, None]).all()
    assert (np.sort(measure_hubness(control).in_degree)
            == np.sort(measure_hubness(pool.neighbours).in_degree)).all()  # fmt: skip
    assert (shuffled(pool.neighbours, 7).indices == control.indices).all()
    assert (shuffled(pool.neighbours, 8).indices != control.indices).mean() > 0.9
    real = draw_epoch(pool, OPTIONS, 0)
    epoch = draw_epoch(replace(pool, neighbours=control), OPTIONS, 0)
    assert epoch.filled.tolist() == real.filled.tolist()
    assert np.nanmean(real.similarity) > 0.8
    assert abs(np.nanmean(epoch.similarity)) < 0.05
    above = pool.embeddings, 0.7
    assert alike_pairs(epoch, *above).share < 0.1 * alike_pairs(real, *above).share
    limited = replace(OPTIONS, max_similarity=0.3)
    epoch = draw_epoch(replace(pool, neighbours=control), limited, 0)
    assert np.nanmax(epoch.similarity) <= 0.3
    with pytest.raises(InputError, match="seed"):
        shuffled(pool.neighbours, -1)


def test_torch_loads_the_batches_and_resumes(pools):
    batches = HardNegativeBatches(pools["gaussian"], OPTIONS)
    batches.set_epoch(3)
    whole = [batch.tolist() for batch in DataLoader(range(3000), batch_sampler=batches)]
    assert whole == [
        batch.tolist() for batch in draw_epoch(pools["gaussian"], OPTIONS, 3).batches()
    ]
    assert len(batches) == len(whole) == 94
    batches.set_epoch(3, start=60)
    assert list(batches) == whole[60:]
    parts = [HardNegativeBatches(pools["gaussian"], OPTIONS, rank=r, ranks=3) for r in range(3)]
    assert {len(part) for part in parts} == {31}
    seen = [item for part in parts for batch in part for item in batch]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda p: draw_epoch(p, BatchOptions(hardness_k=9, batch_size=41), 0),
            "at most the 40 items",
        ),
        (lambda p: draw_epoch(p, BatchOptions(batch_size=8), 0), "at most the 9 neighbours.*100"),
        (lambda p: draw_epoch(p, BatchOptions(), -1), "epoch: expected 0 or more"),
        (lambda _: draw_epoch(Pool(50), BatchOptions(), 0), "Search neighbours, or switch"),
        (lambda p: make_pool(gaussian(39), p.neighbours), "neighbours: expected 39 items, came 40"),
        (lambda _: Pool(40, labels=np.zeros(3, int)), "labels: expected 40 items, came 3"),
        (lambda _: Pool(40, positive=np.zeros(3)), "positive: expected 40 items, came 3"),
        (lambda p: part_of_rank(random_four(p), 4, 4), "rank: expected 0 to 3, came 4"),
        (lambda p: part_of_rank(random_four(p), 0, 5), "at most the 4 batches.*came 5"),
        (lambda p: alike_pairs(random_four(p), p.embeddings, 1.5), "expected -1 to 1, came 1\\.5"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(InputError, match=words):
        call(pool_of(gaussian(40), 9))


def random_four(pool):
    return draw_epoch(pool, BatchOptions(hard_negatives=False, batch_size=10), 0)


def test_empty_labels_and_neighbours_of_other_items_are_refused():
    neighbours = nearest_neighbours(gaussian(40), 9)
    with pytest.raises(InputError, match="labels: expected 40 items, came 0"):
        make_pool(gaussian(40), neighbours, labels=np.zeros(0, int))
