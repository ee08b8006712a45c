"""Exponential smoothing and thinning against plain loops."""

import numpy as np
import pytest

from core.figures.smoothing import decaying_sums, exponential
from core.figures.thinning import FEWEST, fair_shares, thinned


def plain_loop(x, value, half_life, restarts=(), log=False):
    out = np.array(value, dtype=float)
    for i in range(len(x)):
        begin = max((r for r in restarts if r <= i), default=0)
        known = [j for j in range(begin, i + 1) if np.isfinite(value[j])]
        if np.isfinite(value[i]):
            weight = [2.0 ** (-(x[i] - x[j]) / half_life) for j in known]
            level = [np.log(value[j]) if log else value[j] for j in known]
            mean = np.average(level, weights=weight)
            out[i] = np.exp(mean) if log else mean
    return out


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("half_life", [0.3, 4.0, 500.0])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 257])
def test_smoothing_equals_a_plain_loop_on_uneven_points(count, half_life, log):
    generator = np.random.default_rng(count)
    x = np.cumsum(generator.exponential(size=count) ** 2)
    value = np.exp(generator.normal(size=count))
    value[generator.random(count) < 0.2] = np.nan
    restarts = [count // 3, count // 2]
    ours = exponential(x, value, half_life=half_life, restarts=restarts, log=log)
    wanted = plain_loop(x, value, half_life, restarts, log)
    assert ours == pytest.approx(wanted, rel=1e-10, nan_ok=True)


def test_twice_as_many_points_of_the_same_line_give_the_same_mean():
    """What counts is the distance, not how often was measured."""
    x = np.arange(0.0, 400.0, 1.0)
    dense = np.arange(0.0, 400.0, 0.5)
    ours, other = (
        exponential(at, np.sin(at / 50), half_life=20.0)[at == 399.0] for at in (x, dense)
    )
    assert ours == pytest.approx(other, abs=0.01)


def test_a_long_gap_forgets_everything_and_nothing_overflows():
    x = np.array([0.0, 1.0, 1e9, 1e9 + 1])
    ours = exponential(x, np.array([1e300, 1e300, 2.0, 2.0]), half_life=0.001)
    assert ours.tolist() == [1e300, 1e300, 2.0, 2.0]


def test_nothing_is_smoothed_without_a_half_life_or_points():
    value = np.array([1.0, 5.0])
    assert exponential(np.arange(2.0), value, half_life=0.0) is value
    assert len(exponential(np.zeros(0), np.zeros(0), half_life=1.0)) == 0


def test_decaying_sums_equal_a_loop():
    generator = np.random.default_rng(0)
    kept, value = generator.random(50), generator.normal(size=(2, 50))
    wanted, total = [], np.zeros(2)
    for k, v in zip(kept, value.T, strict=True):
        total = k * total + v
        wanted.append(total)
    assert decaying_sums(kept, value) == pytest.approx(np.array(wanted).T)


@pytest.mark.parametrize("x_log", [False, True])
@pytest.mark.parametrize("lost", [0.0, 0.3, 1.0])
def test_what_stands_out_is_never_thinned_away(lost, x_log):
    generator = np.random.default_rng(1)
    for _ in range(200):
        count = int(generator.integers(1, 500))
        x = np.sort(generator.choice([1.0, 2.0, 5.0], count)) if generator.random() < 0.3 else (
            1.0 + np.cumsum(generator.exponential(size=count) ** 3))  # fmt: skip
        y = generator.normal(size=count)
        y[generator.random(count) < lost] = generator.choice([np.nan, np.inf])
        most = int(generator.integers(1, 120))
        kept = thinned(x, y, most, x_log=x_log)
        finite, now = y[np.isfinite(y)], y[kept][np.isfinite(y[kept])]
        assert len(kept) <= max(most, FEWEST)
        assert (np.diff(kept) > 0).all()
        if len(finite):
            assert (now.min(), now.max()) == (finite.min(), finite.max())
            assert (now[0], now[-1]) == (finite[0], finite[-1])
        assert np.isfinite(y).all() == np.isfinite(y[kept]).all()


def test_every_stretch_keeps_its_lowest_and_highest_as_displayed():
    """On a log axis the few points at the left keep as much room as the many at the right."""
    x = np.arange(1.0, 100_001.0)
    y = np.random.default_rng(2).normal(size=len(x))
    kept = thinned(x, y, 200, x_log=True)
    assert (x[kept] < 100).sum() > 40
    assert (x[thinned(x, y, 200)] < 100).sum() < 5


def test_points_are_shared_fairly_and_all_of_them():
    lengths = [10, 30_000, 5, 8_000, 100]
    shares = fair_shares(lengths, 1_000)
    assert sum(shares) == 1_000
    assert [shares[i] for i in (0, 2, 4)] == [10, 5, 100]
    assert abs(shares[1] - shares[3]) <= 1
    assert fair_shares([3, 4], 100) == [3, 4]
