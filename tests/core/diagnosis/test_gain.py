"""A gain is told only from runs with their controls, by seed, at a step chosen beforehand."""

import numpy as np
import pytest
from scipy import stats

from core.diagnosis.finding import CannotTell
from core.diagnosis.gain import Gain, measure_gain, student_interval
from core.history import History
from tests.core.diagnosis.contrastive import EPOCHS, LENGTH, healthy

# By seed, of ChEBI-20: hard from the start, and with shuffled neighbours; random is 0.406.
RANDOM = (0.403, 0.407, 0.408)


def runs(values, seeds=(0, 1, 2), **config) -> list[History]:
    made = []
    for seed, value in zip(seeds, values, strict=False):
        run = healthy(seed, **config)
        run.val["val/mrr"][-1] = value
        run.val["val/mrr"][-2] = 0.9  # the best epoch, chosen on the data it is judged by
        made.append(run.history())
    return made


def gain(*args, **options) -> Gain:
    told = measure_gain(*args, **options)
    assert isinstance(told, Gain)
    return told


def test_the_interval_is_that_of_a_paired_t_test() -> None:
    one, other = np.array([0.41, 0.42, 0.421]), np.array([0.40, 0.405, 0.41])
    told = gain(runs(one), runs(other, shuffle_neighbours=True)).over_control
    percent = 100 * (one / other - 1)
    expected = stats.ttest_1samp(percent, 0).confidence_interval(0.95)
    assert (told.low, told.high) == pytest.approx((expected.low, expected.high))
    assert told.mean == pytest.approx(percent.mean())
    assert told.by_seed == pytest.approx(dict(enumerate(percent.tolist())))


def test_a_gain_over_the_control_is_one() -> None:
    told = gain(runs([0.450, 0.455, 0.460]), runs([0.404, 0.409, 0.411]), runs(RANDOM))
    assert told.verdict == "gain"
    assert told.step == EPOCHS * LENGTH
    assert told.over_random is not None
    assert told.over_random.verdict == "gain"
    assert "is a gain" in told.text
    worse = gain(runs([0.404, 0.409, 0.411]), runs([0.450, 0.455, 0.460]))
    assert worse.verdict == "loss"


def test_a_gain_over_random_that_the_sampler_alone_has_too_is_none() -> None:
    hard = [v * g for v, g in zip(RANDOM, (1.018, 1.032, 1.032), strict=True)]
    control = [v * g for v, g in zip(RANDOM, (1.020, 1.029, 1.033), strict=True)]
    told = gain(runs(hard), runs(control), runs(RANDOM))
    assert told.over_random is not None
    assert told.over_random.verdict == "gain"
    assert told.verdict == "not told apart"


def test_the_measured_spread_of_three_seeds_is_no_gain() -> None:
    hard = [v * g for v, g in zip(RANDOM, (1.018, 1.032, 1.032), strict=True)]
    control = [v * g for v, g in zip(RANDOM, (0.977, 1.009, 1.009), strict=True)]
    # +2.7 % against -0.2 %: clear at these three seeds, because they are paired.
    assert gain(runs(hard), runs(control)).verdict == "gain"
    # The same numbers with the seeds mixed up are what an unpaired comparison would see.
    mixed = gain(runs(hard), runs([control[2], control[0], control[1]]))
    assert mixed.verdict == "not told apart"


def test_runs_are_paired_by_seed_and_not_by_place() -> None:
    hard, control = runs([0.41, 0.45, 0.49]), runs([0.40, 0.44, 0.48])
    assert gain(hard, control[::-1]) == gain(hard, control)
    more = gain(hard, control + runs([0.1], (9,)))
    assert set(more.over_control.by_seed) == {0, 1, 2}


def test_a_step_chosen_beforehand_serves_runs_of_different_length() -> None:
    hard, control = runs([0.45, 0.46]), runs([0.40, 0.41])
    short = healthy(1).history(10 * LENGTH)
    assert isinstance(measure_gain(hard, [control[0], short]), CannotTell)
    told = gain(hard, [control[0], short], step=9 * LENGTH)
    assert told.step == 9 * LENGTH
    assert isinstance(measure_gain(hard, control, step=7), CannotTell)


def test_without_controls_or_with_one_seed_it_cannot_tell() -> None:
    hard, control = runs([0.45, 0.46, 0.44]), runs([0.40, 0.41, 0.39])
    assert "control" in missing(measure_gain(hard, []))
    assert "2 seeds" in missing(measure_gain(hard[:1], control))
    assert "2 seeds" in missing(measure_gain(hard, runs([0.4, 0.4], (7, 8))))
    assert gain(hard, control, runs([0.4], (0,))).over_random is None


def missing(told) -> str:
    assert isinstance(told, CannotTell)
    assert told.rule == "R-40"
    return told.missing[0]


def test_runs_that_differ_in_more_than_their_batches_are_named_unfair() -> None:
    hard = runs([0.45, 0.46], (0, 1))
    fair = gain(hard, runs([0.4, 0.41], (0, 1), shuffle_neighbours=True, hardness_k=30))
    assert fair.differing == ()
    unfair = gain(hard, runs([0.4, 0.41], (0, 1), learning_rate=1e-3, epochs=19))
    assert unfair.differing == ("epochs", "learning_rate")
    assert "learning_rate" in unfair.text


def test_one_value_has_no_interval() -> None:
    assert student_interval(np.array([3.0])) == (-np.inf, np.inf)
