"""What the remedies are predicted to change, against batches as they are drawn."""

import numpy as np
import pytest

from core.diagnosis.remedies import (
    Remedy,
    curve_difficulty,
    drawn_difficulty,
    measured_difficulty,
    order_remedies,
)
from core.samplers.hard_batches import draw_epoch
from core.samplers.neighbours import nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool, make_pool

RNG = np.random.default_rng(0)
CENTRES = RNG.standard_normal((40, 16))
ROWS = (CENTRES[np.repeat(np.arange(40), 30)] + 0.6 * RNG.standard_normal((1200, 16))).astype(
    np.float32
)
UNIT = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
NEIGHBOURS = nearest_neighbours(ROWS, 100)
POOL = make_pool(ROWS, NEIGHBOURS)
COSINE = UNIT @ UNIT.T
RANDOM = float(COSINE[~np.eye(1200, dtype=bool)].mean())
CURVE = NEIGHBOURS.similarity.mean(axis=0)
OPTIONS = BatchOptions(hard_ratio=0.6, hardness_k=50, curriculum_epoch=5)


def plain(options: BatchOptions) -> float:
    """Look at every pivot and every other member, one by one."""
    epoch = draw_epoch(POOL, options, options.curriculum_epoch)
    told = [
        float(COSINE[row[0], other])
        for row in epoch.members.tolist()
        for other in row[1:]
        if other >= 0
    ]
    return float(np.mean(told))


@pytest.mark.parametrize("method", ["planned", "sequential"])
def test_what_is_drawn_is_measured_as_a_plain_loop_does(method) -> None:
    options = BatchOptions(hard_ratio=0.5, hardness_k=30, method=method)
    assert drawn_difficulty(POOL)(options) == pytest.approx(plain(options), abs=1e-5)


def test_random_batches_have_no_pivot_and_no_difficulty() -> None:
    easy = BatchOptions(hard_ratio=0.0)
    assert np.isnan(measured_difficulty(POOL, draw_epoch(POOL, easy, 0)))
    assert np.isnan(drawn_difficulty(Pool(100))(OPTIONS))


def test_a_list_longer_than_was_searched_is_not_predicted() -> None:
    longer = BatchOptions(hardness_k=101)
    assert np.isnan(drawn_difficulty(POOL)(longer))
    assert np.isnan(curve_difficulty(CURVE, RANDOM)(longer))


@pytest.mark.parametrize("ratio", [0.2, 0.4, 0.6])
def test_the_curve_bounds_what_is_drawn_and_orders_ratios_alike(ratio) -> None:
    options = BatchOptions(hard_ratio=ratio, hardness_k=50)
    bound, drawn = curve_difficulty(CURVE, RANDOM)(options), plain(options)
    assert drawn <= bound + 0.01
    assert bound - drawn < 0.15
    more = BatchOptions(hard_ratio=ratio + 0.2, hardness_k=50)
    assert curve_difficulty(CURVE, RANDOM)(more) > bound
    assert plain(more) > drawn


def test_skipping_the_nearest_and_a_ceiling_make_the_curve_easier() -> None:
    predict = curve_difficulty(CURVE, RANDOM)
    now = predict(OPTIONS)
    assert predict(BatchOptions(hard_ratio=0.6, hardness_k=50, minimum_rank=15)) < now
    ceiling = float(CURVE[5])
    assert predict(BatchOptions(hard_ratio=0.6, hardness_k=50, max_similarity=ceiling)) < now


def ordered(predict, options: BatchOptions = OPTIONS, epochs: int = 20) -> dict[str, Remedy]:
    told = order_remedies(
        options, predict, random_similarity=RANDOM, learning_rate=3e-4, epochs=epochs
    )
    return {one.option: one for one in told}


@pytest.mark.parametrize("predict", [drawn_difficulty(POOL), curve_difficulty(CURVE, RANDOM)])
def test_the_ratio_comes_first_and_the_learning_rate_behind_all_that_helps(predict) -> None:
    told = ordered(predict)
    names = list(told)
    assert names[:2] == ["hard_ratio", "curriculum_epoch"]
    assert len(names) == 4
    behind = names[names.index("learning_rate") + 1 :]
    assert all(told[name].batch_change > 0 for name in behind)
    changes = [one.batch_change for one in told.values()]
    assert changes == sorted(changes)
    assert told["hard_ratio"].batch_change < -0.05
    assert (told["hard_ratio"].after, told["hardness_k"].after) == (pytest.approx(0.4), 100)
    assert told["learning_rate"].after == pytest.approx(1e-4)
    assert told["learning_rate"].batch_change == told["learning_rate"].run_change == 0


def test_the_predicted_changes_are_those_of_batches_drawn_with_the_change() -> None:
    told = ordered(drawn_difficulty(POOL))
    first = BatchOptions(hard_ratio=0.6, hardness_k=50)
    for option, changed in {
        "hard_ratio": BatchOptions(hard_ratio=0.4, hardness_k=50),
        "hardness_k": BatchOptions(hard_ratio=0.6, hardness_k=100),
    }.items():
        expected = plain(changed) - plain(first)
        assert told[option].batch_change == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("method", ["planned", "sequential"])
def test_a_longer_list_makes_no_batch_easier_and_skipping_the_nearest_does(method) -> None:
    options = BatchOptions(hard_ratio=0.6, hardness_k=50, method=method)
    told = ordered(drawn_difficulty(POOL), options)
    assert -0.001 < told["hardness_k"].batch_change < 0.05
    skipping = BatchOptions(hard_ratio=0.6, hardness_k=50, minimum_rank=20, method=method)
    assert plain(skipping) < plain(options) - 0.02


def test_a_later_switch_changes_the_run_and_not_the_batch() -> None:
    later = ordered(drawn_difficulty(POOL))["curriculum_epoch"]
    assert (later.before, later.after, later.batch_change) == (5, 10, 0)
    hard = plain(BatchOptions(hard_ratio=0.6, hardness_k=50))
    # Hard epochs are 15 of 20 now and 10 of 20 then.
    assert later.run_change == pytest.approx((hard - RANDOM) * (10 - 15) / 20, abs=1e-4)


def test_a_switch_is_not_put_behind_the_end() -> None:
    predict = curve_difficulty(CURVE, RANDOM)
    assert ordered(predict, epochs=9)["curriculum_epoch"].after == 7
    assert "curriculum_epoch" not in ordered(predict, epochs=6)
    begun = BatchOptions(hard_ratio=0.6, hardness_k=50)
    assert ordered(predict, begun)["curriculum_epoch"].after == 5


def test_what_cannot_be_predicted_stands_last() -> None:
    told = ordered(curve_difficulty(CURVE[:60], RANDOM))
    assert list(told)[-1] == "hardness_k"
    assert np.isnan(told["hardness_k"].batch_change)
