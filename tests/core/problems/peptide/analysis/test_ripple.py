import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.analysis.ripple import CONTINUOUS, ripple


def dense_cost(ratio: float, place: float, shift: float) -> float:
    """Two Gaussians sampled at the centres of bins of width 1, and their cosine."""
    centres = np.arange(-30, 60) + 0.5
    one = np.exp(-((centres - place) ** 2) / (2 * ratio**2))
    other = np.exp(-((centres - place - shift) ** 2) / (2 * ratio**2))
    return 1 - float(one @ other / np.sqrt((one @ one) * (other @ other)))


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.8, 1.0, 2.0])
def test_it_equals_dense_sampling(ratio: float):
    found = ripple([ratio], places=32)
    costs = [dense_cost(ratio, k / 32, ratio) for k in range(32)]
    assert found.low[0] == pytest.approx(min(costs), abs=1e-9)
    assert found.high[0] == pytest.approx(max(costs), abs=1e-9)
    step = 1e-5
    slopes = [
        (dense_cost(ratio, k / 32, ratio + step) - dense_cost(ratio, k / 32, ratio - step))
        / (2 * step)
        for k in range(32)
    ]
    scale = 0.5 * np.exp(-0.25) / ratio
    assert found.gradient_low[0] == pytest.approx(min(slopes) / scale, abs=1e-5)
    assert found.gradient_high[0] == pytest.approx(max(slopes) / scale, abs=1e-5)


def test_the_note_s_setting_ripples_and_sigma_of_one_bin_does_not():
    found = ripple([0.5, 1.0])
    assert pytest.approx(0.2212, abs=1e-4) == CONTINUOUS
    assert (found.low[0], found.high[0]) == pytest.approx((0.089, 0.353), abs=0.001)
    errors = (found.gradient_low[0] - 1, found.gradient_high[0] - 1)
    assert errors == pytest.approx((-0.63, 0.68), abs=0.01)
    assert found.high[1] - found.low[1] < 4e-4
    assert found.error[1] < 1e-3


def test_the_ripple_fades_as_sigma_grows():
    found = ripple()
    assert found.sigma_over_bin[[0, -1]] == pytest.approx([0.25, 2.0])
    assert (found.low <= found.continuous + 1e-9).all()
    assert (found.high >= found.continuous - 1e-9).all()
    spread = found.high - found.low
    above_half = found.sigma_over_bin > 0.45
    assert (np.diff(spread[above_half]) <= 1e-9).all()


@pytest.mark.parametrize(("ratios", "places"), [([0.0], 64), ([float("inf")], 64), ([0.5], 1)])
def test_impossible_settings_are_refused(ratios: list[float], places: int):
    with pytest.raises(InputError, match="ratios above 0"):
        ripple(ratios, places=places)
