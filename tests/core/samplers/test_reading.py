import numpy as np
import pytest

from core.samplers.epoch import Epoch, Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.hubs import measure_hubness
from core.samplers.neighbours import Neighbours, nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.reading import (
    alike_pairs,
    filled_by_batch,
    filled_by_tenth,
    summarise_filling,
)
from tests.core.samplers.data import cosine, gaussian, pool_of


def record(filled, asked):
    """Batches of which only the filled slots matter."""
    width = 1 + max(asked)
    origin = np.zeros((len(filled), width), np.int8)
    origin[:, 0] = Origin.PIVOT
    for row, count in enumerate(filled):
        origin[row, 1 : 1 + count] = Origin.OWN_LIST
    members = np.arange(origin.size, dtype=np.int32).reshape(origin.shape)
    similarity = np.full(origin.shape, np.nan, np.float32)
    return Epoch(0, True, members, origin, similarity, np.array(asked), np.zeros(0, np.int32))


def test_filled_slots_by_tenth_batch_and_percentile():
    epoch = record(filled=[4] * 10 + [2] * 9 + [0], asked=[4] * 20)
    assert filled_by_tenth(epoch).tolist() == [1] * 5 + [0.5] * 4 + [0.25]
    assert filled_by_batch(epoch).tolist() == [1] * 10 + [0.5] * 9 + [0]
    filling = summarise_filling(epoch)
    assert (filling.first, filling.middle, filling.last) == (1, 0.75, 0.25)
    assert filling.low == pytest.approx(np.percentile([1] * 10 + [0.5] * 9 + [0], 5))
    assert (filling.asked, filling.filled) == (80, 58)
    assert filling.by_origin == {Origin.OWN_LIST: 1, Origin.TWO_HOPS: 0, Origin.TOP_UP: 0}


def test_an_epoch_that_asks_nothing_has_no_shares():
    pool = pool_of(gaussian(50), 5)
    filling = summarise_filling(draw_epoch(pool, BatchOptions(hard_negatives=False), 0))
    assert np.isnan([filling.first, filling.middle, filling.last, filling.low]).all()
    assert np.isnan(list(filling.by_origin.values())).all()


def test_alike_pairs_are_those_of_a_plain_loop():
    embeddings = gaussian(83, dim=5)
    pool = pool_of(embeddings, 20)
    epoch = draw_epoch(pool, BatchOptions(hardness_k=20, batch_size=9), 0)
    found = alike_pairs(epoch, pool.embeddings, 0.6)
    full, expected, pairs = cosine(embeddings), [], 0
    for number, batch in enumerate(epoch.batches()):
        for i, one in enumerate(batch):
            for other in batch[i + 1 :]:
                pairs += 1
                if full[one, other] > 0.6:
                    expected.append((number, one, other))
    told = zip(found.batch, found.one, found.other, strict=True)
    assert [tuple(pair) for pair in told] == expected
    assert len(expected) > 10
    np.testing.assert_allclose(found.similarity, full[found.one, found.other], atol=2e-6)
    assert found.pairs == pairs
    assert found.share == len(expected) / pairs


def test_hubs_are_counted_and_their_skewness_is_the_third_moment():
    indices = np.array([[1, 2], [0, 2], [1, 0], [2, 1], [2, 0]], np.int32)
    hubness = measure_hubness(Neighbours(indices, np.zeros((5, 2), np.float32)))
    assert hubness.in_degree.tolist() == [3, 3, 4, 0, 0]
    assert hubness.nobodys_share == 0.4
    centred = np.array([1, 1, 2, -2, -2])
    assert hubness.skewness == pytest.approx((centred**3).mean() / (centred**2).mean() ** 1.5)


def test_where_all_serve_alike_there_is_no_skewness():
    hubness = measure_hubness(nearest_neighbours(gaussian(20), 19))
    assert hubness.skewness == 0
    assert hubness.nobodys_share == 0
