"""Batches as a reader sees them, against plain loops."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.problems.molecule.batch_view import cluster_counts, find_risk, view_batch
from core.problems.molecule.explore import Explored
from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions
from tests.core.samplers.data import cosine


@pytest.mark.parametrize("method", ["planned", "sequential"])
def test_a_batch_is_told_as_it_was_drawn(sample, pool, method):
    options = BatchOptions(batch_size=16, hardness_k=30, method=method)
    epoch, exact = draw_epoch(pool, options, 0), cosine(sample.vectors)
    for number in (1, 7, len(epoch.members)):
        view = view_batch(sample, pool.embeddings, epoch, number)
        drawn = epoch.members[number - 1]
        pivot = int(drawn[0])
        assert view.has_pivot
        assert view.first.name == sample.names[pivot]
        assert sorted(m.item for m in view.members) == sorted(i for i in drawn.tolist() if i >= 0)
        assert len(view.hard) == epoch.filled[number - 1]
        for member in view.members:
            assert member.similarity == pytest.approx(exact[pivot, member.item], abs=1e-5)
            assert member.text == sample.texts[member.item]
            column = drawn.tolist().index(member.item)
            assert member.origin == Origin(epoch.origin[number - 1, column])
        for group in (view.hard, view.random):
            values = [member.similarity for member in group]
            assert values == sorted(values, reverse=True)


def test_a_random_batch_has_no_pivot_and_shared_labels_are_counted(pool, sample):
    epoch = draw_epoch(pool, BatchOptions(hard_ratio=0.0, batch_size=10), 0)
    items = epoch.members[0]
    label = sample.label.copy()
    label[items[:3]], label[items[3:5]] = -1, -2  # three of one text, two of another
    marked = Explored(
        sample.names, sample.smiles, sample.texts, sample.vectors, label, sample.cluster, ""
    )
    view = view_batch(marked, pool.embeddings, epoch, 1)
    assert not view.has_pivot
    assert view.hard == ()
    assert len(view.random) == 9
    assert view.same_pairs == 3 + 1
    assert view.pairs == 45


def test_a_batch_that_is_not_there_is_refused(pool, sample):
    epoch = draw_epoch(pool, BatchOptions(), 0)
    for number in (0, 14):
        with pytest.raises(InputError, match=f"expected 1 to 13.*came {number}"):
            view_batch(sample, pool.embeddings, epoch, number)


def test_risk_is_every_pair_above_the_bound_the_most_alike_first(pool, sample):
    epoch, exact = draw_epoch(pool, BatchOptions(), 0), cosine(sample.vectors)
    wanted = sorted(
        (exact[a, b] for batch in epoch.batches() for n, a in enumerate(batch) for b in batch[:n]
         if exact[a, b] > 0.9), reverse=True,
    )  # fmt: skip
    risk = find_risk(epoch, pool.embeddings, 0.9, 10)
    assert risk.found == len(wanted) > 10
    assert risk.pairs == sum(len(b) * (len(b) - 1) // 2 for b in epoch.batches())
    assert [row[3] for row in risk.rows] == pytest.approx(wanted[:10], abs=1e-5)
    for number, one, other, near in risk.rows:
        assert {one, other} <= set(epoch.batches()[number - 1].tolist())
        assert near == pytest.approx(exact[one, other], abs=1e-5)
    assert find_risk(epoch, pool.embeddings, 1.0, 10).rows == ()


def test_clusters_are_counted_the_most_frequent_first(sample):
    some = replace(sample.taken(np.arange(12)), cluster=np.arange(12) % 4)
    assert cluster_counts(some, [0, 4, 8, 1, 5, 2, 3]) == [(0, 3), (1, 2), (2, 1), (3, 1)]
