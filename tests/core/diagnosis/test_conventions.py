"""Level, noise, change, trend and confirmation against what is known of random numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from core.diagnosis.conventions import (
    least_change,
    level,
    noise,
    stretches,
    trend,
    wilson_interval,
)
from core.diagnosis.points import Points, block_medians, points_of, rolling_medians, settled_points
from core.diagnosis.regimes import active_terms, regimes, weighted_spans
from tests.core.diagnosis.planted import history_of, stage


def points(value: np.ndarray) -> Points:
    return Points(np.arange(len(value)), np.asarray(value, dtype=np.float64))


def test_noise_is_the_standard_deviation_whatever_the_trend() -> None:
    rng = np.random.default_rng(0)
    white = 0.3 * rng.standard_normal(20_000)
    assert noise(white) == pytest.approx(0.3, rel=0.05)
    assert noise(white + 7.0 * np.arange(20_000)) == pytest.approx(0.3, rel=0.05)
    assert noise(np.array([1.0, 2.0])) == 0.0


def test_a_level_is_the_median_of_the_newest_five() -> None:
    assert level(np.array([100.0, 1.0, 2.0, 3.0, 4.0, 99.0])) == 3.0
    assert np.isnan(level(np.array([])))


def test_equal_levels_hardly_ever_count_as_changed() -> None:
    rng = np.random.default_rng(1)
    draws = 10 + rng.standard_normal((2000, 40))
    changed = [
        abs(np.median(d[:5]) - np.median(d[-5:])) > least_change(10.0, noise(d)) for d in draws
    ]
    assert np.mean(changed) < 0.03
    assert least_change(10.0, 0.0) == pytest.approx(0.1)


def test_trends_of_known_series() -> None:
    rng = np.random.default_rng(2)
    x = np.arange(100)
    assert trend(points(1.0 * x), floor=1.0).direction == "rises"
    assert trend(points(-1.0 * x), floor=1.0).direction == "falls"
    assert trend(points(np.full(100, 5.0)), floor=0.0).direction == "flat"
    falling = trend(points(-0.02 * x + 0.1 * rng.standard_normal(100)), floor=0.1)
    assert falling.direction == "falls"
    assert falling.low < -0.02 * 99 < falling.high


def test_flat_needs_power_and_too_few_points_say_nothing() -> None:
    rng = np.random.default_rng(3)
    noisy = points(rng.standard_normal(12))
    assert trend(noisy, floor=0.05).direction == "undecided"
    assert trend(points(0.001 * rng.standard_normal(12)), floor=0.05).direction == "flat"
    assert trend(points(np.arange(7.0)), floor=0.0).direction == "undecided"


def test_a_long_series_is_thinned_without_losing_its_slope() -> None:
    rng = np.random.default_rng(4)
    x = np.arange(10_000)
    found = trend(points(-1e-4 * x + rng.standard_normal(10_000)), floor=0.01)
    assert found.direction == "falls"
    assert found.change == pytest.approx(-1.0, abs=0.15)


def test_blocks_and_windows_equal_a_plain_loop() -> None:
    value = np.random.default_rng(5).random(47)
    blocks = block_medians(points(value), 10)
    assert blocks.value.tolist() == [float(np.median(value[i : i + 10])) for i in range(0, 47, 10)]
    assert blocks.step.tolist() == [0, 10, 20, 30, 40]
    assert len(block_medians(points(value[:43]), 10)) == 4
    rolled = rolling_medians(points(value))
    assert rolled.value.tolist() == [float(np.median(value[i : i + 5])) for i in range(43)]
    assert rolled.step[0] == 4
    assert len(rolling_medians(points(value[:4]))) == 0


def test_a_stretch_needs_confirmation_and_closes_with_hysteresis() -> None:
    value = np.array([9, 1, 9, 9, 9, 6, 9, 6, 6, 1, 9, 1, 1, 1])
    found = stretches(value > 8, value < 5, confirm=3)
    assert [(s.first, s.last, s.is_open) for s in found] == [(2, 10, False)]
    assert stretches(value[:9] > 8, value[:9] < 5, confirm=3)[0].is_open
    assert stretches(value > 8, value < 5, confirm=4) == ()
    assert stretches(value > 8, value < 5, confirm=3, release=1)[0].last == 6


@pytest.mark.parametrize(("right", "count"), [(0, 30), (27, 30), (30, 30), (812, 1400)])
def test_wilson_equals_scipy(right: int, count: int) -> None:
    theirs = binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right / count, count) == pytest.approx(
        (theirs.low, theirs.high), abs=1e-7
    )


def test_values_that_are_no_numbers_are_left_out_and_counted() -> None:
    told = {"a": (np.arange(4), np.array([1.0, np.nan, np.inf, 4.0]))}
    found = points_of(history_of(told), "a")
    assert (found.step.tolist(), found.value.tolist(), found.absent) == ([0, 3], [1.0, 4.0], 2)
    assert len(points_of(history_of(told), "b")) == 0


def two_stages(**options):
    told = {"train/a/raw": (np.arange(200), np.ones(200))}
    begun = [stage("1", 0, 100, {"a": 1.0, "b": 0.0}), stage("2", 100, 400, {"a": 1.0, "b": 2.0})]
    return history_of(told, stages=begun, terms=("a", "b"), **options)


def test_regimes_begin_at_stages_and_resumes() -> None:
    found = regimes(two_stages(starts=(0, 150)))
    assert [(r.name, r.first_step, r.end_step, r.is_newest) for r in found] == [
        ("stage 1", 0, 100, False),
        ("stage 2", 100, 150, False),
        ("stage 2 from step 150", 150, 200, True),
    ]
    assert [r.planned_steps for r in found] == [100, 300, 300]
    assert [active_terms(two_stages(), r) for r in found[:2]] == [("a",), ("a", "b")]


def test_a_start_that_was_told_again_from_further_back_is_no_border() -> None:
    history = replace(two_stages(), starts=(0, 180, 120))
    assert [r.first_step for r in regimes(history)] == [0, 100, 120]


def test_without_stages_a_kept_change_of_a_weight_is_a_border_and_a_ramp_is_one() -> None:
    step = np.arange(100)
    weight = np.select([step < 40, step < 50], [0.0, (step - 39) / 10], 1.0)
    told = {"train/a/weight": (step, weight), "train/b/weight": (step, np.ones(100))}
    history = history_of(told, terms=("a", "b"), total=None)
    assert [(r.name, r.first_step) for r in regimes(history)] == [
        ("run", 0), ("run from step 49", 49)
    ]  # fmt: skip
    creeping = {"train/a/weight": (step, 1.001**step)}
    assert len(regimes(history_of(creeping, terms=("a",)))) == 1


def test_spans_follow_a_term_across_borders() -> None:
    spans = list(weighted_spans(two_stages(starts=(0, 150)), "b"))
    assert [[r.first_step for r in span] for span in spans] == [[100, 150]]
    assert [len(span) for span in weighted_spans(two_stages(), "a")] == [2]


def test_settled_points_leave_out_warm_up_and_the_first_five_behind_a_border() -> None:
    history = two_stages()
    first, second = regimes(history)
    assert settled_points(history, "train/a/raw", first).step[0] == 60  # 1 % of 6,000
    assert settled_points(history, "train/a/raw", second).step[0] == 105
