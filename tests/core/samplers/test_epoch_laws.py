"""What holds for the batches of any data and options."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch, part_of_rank
from core.samplers.layout import batch_sizes
from core.samplers.options import METHODS, BatchOptions, hard_slots
from tests.core.samplers.data import SHAPES, clustered, cosine, gaussian, pool_of

often = settings(deadline=None, max_examples=60)


@st.composite
def draws(draw):
    """A pool with options that fit it."""
    items = draw(st.integers(6, 90))
    k = draw(st.integers(1, items - 1))
    make = draw(st.sampled_from(sorted(SHAPES)))
    embeddings = SHAPES[make](items) if make != "clustered" else clustered(items, 3)
    is_labelled = draw(st.booleans())
    labels = draw(st.lists(st.integers(0, 30), min_size=items, max_size=items))
    positive = np.random.default_rng(items).uniform(-0.2, 1, items)
    hardness_k = draw(st.integers(1, k))
    options = BatchOptions(
        hard_ratio=draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])),
        hardness_k=hardness_k,
        batch_size=draw(st.integers(2, min(items, 20))),
        seed=draw(st.integers(0, 99)),
        drop_last=draw(st.booleans()),
        method=draw(st.sampled_from(METHODS)),
        max_similarity=draw(st.none() | st.floats(-0.5, 1)),
        relative_margin=draw(st.none() | st.floats(0, 0.5)),
        minimum_rank=draw(st.integers(0, hardness_k - 1)),
    )
    pool = pool_of(
        embeddings, k,
        labels=np.array(labels) if is_labelled else None,
        positive=positive if draw(st.booleans()) else None,
    )  # fmt: skip
    return pool, options, draw(st.integers(0, 5)), embeddings


@often
@given(draws())
def test_every_item_is_in_one_batch_or_left_out(drawn):
    pool, options, number, _ = drawn
    epoch = draw_epoch(pool, options, number)
    told = np.concatenate([*epoch.batches(), epoch.left_out])
    assert sorted(told.tolist()) == list(range(pool.items))
    sizes = batch_sizes(pool.items, options.batch_size, drop_last=options.drop_last)
    assert epoch.sizes.tolist() == sizes.tolist()
    assert epoch.sizes.min() >= 2
    over = pool.items % options.batch_size
    assert len(epoch.left_out) == (over if options.drop_last else 0)
    assert set(epoch.sizes[:-1].tolist()) <= {options.batch_size}
    assert epoch.sizes[-1] <= options.batch_size + 1


@often
@given(draws())
def test_origins_and_slots_say_what_is_in_the_batch(drawn):
    pool, options, number, _ = drawn
    epoch = draw_epoch(pool, options, number)
    assert ((epoch.origin == Origin.NOBODY) == (epoch.members < 0)).all()
    assert epoch.is_hard == (hard_slots(options.hard_ratio, options.batch_size) > 0)
    slots = [hard_slots(options.hard_ratio, size) for size in epoch.sizes.tolist()]
    assert epoch.asked.tolist() == [count if epoch.is_hard else 0 for count in slots]
    assert (epoch.filled <= epoch.asked).all()
    if epoch.is_hard:
        assert (epoch.pivots == epoch.members[:, 0]).all()
        assert ((epoch.origin == Origin.PIVOT).sum(axis=1) == 1).all()
    else:
        assert (epoch.pivots == -1).all()
        assert set(epoch.origin.ravel().tolist()) <= {Origin.RANDOM, Origin.NOBODY}
    # Hard members stand together behind the pivot.
    for row, filled in zip(epoch.is_hard_member, epoch.filled, strict=True):
        assert row[1 : 1 + filled].all()


@often
@given(draws())
def test_hard_members_are_where_their_origin_says_and_every_option_holds(drawn):
    pool, options, number, embeddings = drawn
    epoch = draw_epoch(pool, options, number)
    full, lists = cosine(embeddings), pool.neighbours.indices[:, : options.hardness_k].tolist()
    assert (np.isfinite(epoch.similarity) == epoch.is_hard_member).all()
    for members, origins, similar in zip(
        epoch.members, epoch.origin, epoch.similarity, strict=True
    ):
        pivot, is_hard = members[0], origins >= Origin.OWN_LIST
        np.testing.assert_allclose(similar[is_hard], full[pivot, members[is_hard]], atol=2e-6)
        own = lists[pivot]
        for item, origin, value in zip(
            members[is_hard], origins[is_hard], similar[is_hard], strict=True
        ):
            assert (item in own) == (origin == Origin.OWN_LIST)
            if origin == Origin.TWO_HOPS:
                assert any(item in lists[near] for near in own)
            assert item not in own[: options.minimum_rank]
            if options.max_similarity is not None:
                assert value <= options.max_similarity
            if options.relative_margin is not None:
                positive = 1 if pool.positive is None else pool.positive[pivot]
                assert value <= positive - abs(positive) * options.relative_margin
        if pool.labels is not None and is_hard.any():
            labels = pool.labels[[pivot, *members[is_hard]]]
            assert len(set(labels.tolist())) == len(labels)


@often
@given(draws())
def test_an_epoch_is_the_same_every_time_and_resumes_anywhere(drawn):
    pool, options, number, _ = drawn
    epoch, again = draw_epoch(pool, options, number), draw_epoch(pool, options, number)
    for name in ("members", "origin", "similarity", "asked", "left_out"):
        np.testing.assert_array_equal(getattr(epoch, name), getattr(again, name))
    whole = [batch.tolist() for batch in epoch.batches()]
    for start in range(len(whole) + 1):
        assert [b.tolist() for b in again.batches(start)] == whole[start:]


@often
@given(draws(), st.integers(1, 5))
def test_ranks_share_an_epoch_without_overlap(drawn, ranks):
    pool, options, number, _ = drawn
    epoch = draw_epoch(pool, options, number)
    batches = [batch.tolist() for batch in epoch.batches()]
    ranks = min(ranks, len(batches))
    parts = [[b.tolist() for b in part_of_rank(epoch, r, ranks)] for r in range(ranks)]
    assert {len(part) for part in parts} == {len(batches) // ranks}
    dealt = [batch for step in zip(*parts, strict=True) for batch in step]
    assert dealt == batches[: len(batches) // ranks * ranks]
    rest = [b.tolist() for b in part_of_rank(epoch, ranks - 1, ranks, start=1)]
    assert rest == parts[-1][1:]


@often
@given(draws())
def test_without_hardness_every_way_to_ask_gives_the_same_random_batches(drawn):
    pool, options, number, _ = drawn
    ways = [
        replace(options, hard_ratio=0.0),
        replace(options, hard_negatives=False),
        replace(options, curriculum_epoch=number + 1),
    ]
    first, *others = (draw_epoch(pool, way, number) for way in ways)
    assert not first.is_hard
    assert all((other.members == first.members).all() for other in others)


@often
@given(draws())
def test_planned_slots_stay_empty_only_where_nobody_may_fill_them(drawn):
    """Every random item that an option would have allowed was wanted by nobody with a gap."""
    pool, options, number, embeddings = drawn
    if pool.labels is not None:
        return
    epoch = draw_epoch(pool, replace(options, method="planned"), number)
    loose = np.concatenate([epoch.members[epoch.origin == Origin.RANDOM], epoch.left_out])
    full = cosine(embeddings)
    for row in np.flatnonzero(epoch.filled < epoch.asked):
        pivot = epoch.pivots[row]
        highest = np.inf if options.max_similarity is None else options.max_similarity
        if options.relative_margin is not None:
            positive = 1 if pool.positive is None else pool.positive[pivot]
            highest = min(highest, positive - abs(positive) * options.relative_margin)
        skipped = pool.neighbours.indices[pivot, : options.minimum_rank]
        allowed = loose[~np.isin(loose, skipped)]
        assert (full[pivot, allowed] > highest - 2e-6).all()


@pytest.mark.parametrize("method", METHODS)
def test_seeds_and_epochs_give_different_batches(method):
    pool = pool_of(gaussian(200), 20)
    options = BatchOptions(hardness_k=20, batch_size=16, method=method)
    one = draw_epoch(pool, options, 0)
    assert (draw_epoch(pool, options, 1).members != one.members).mean() > 0.9
    assert (draw_epoch(pool, replace(options, seed=1), 0).members != one.members).mean() > 0.9
