import numpy as np
import pytest

from core.problems.peptide.analysis.certainty import exact_spectrum
from core.problems.peptide.analysis.offset import (
    local_minima,
    offset_curve,
    offsets,
)
from core.problems.peptide.analysis.scoring import Belief, Prepared, loss_named, score
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.residues import ISOTOPE_DA

PEPTIDE = Peptide("NSLEILLGSIGR")
OPTIONS = SpectrumOptions()
EXACT = exact_spectrum(PEPTIDE, OPTIONS)


def with_isotopes(share: float) -> Prepared:
    mz = np.concatenate([EXACT.mz, EXACT.mz + ISOTOPE_DA])
    order = np.argsort(mz)
    height = np.concatenate([EXACT.intensity, share * EXACT.intensity])
    return Prepared(mz[order], height[order])


def test_offsets_hold_zero_itself():
    grid = offsets()
    assert len(grid) == 241
    assert (grid[0], grid[120], grid[-1]) == (-1.5, 0.0, 1.5)


@pytest.mark.parametrize("name", SPECTRUM_LOSSES)
def test_a_curve_is_the_score_at_each_offset(name: str):
    grid = np.array([-1.0, -0.02, 0.0, 0.02, 1.0])
    curve = offset_curve(PEPTIDE, with_isotopes(0.3), name, OPTIONS, offset_da=grid)
    for at, value in zip(grid, curve.value, strict=True):
        belief = Belief(offset_da=float(at))
        wanted = score(loss_named(name), [PEPTIDE], [with_isotopes(0.3)], OPTIONS, belief)
        assert value == pytest.approx(wanted[0], abs=1e-9)


@pytest.mark.parametrize("name", ["gaussian_cosine", "matched_filter", "nearest_peak_huber"])
def test_the_gradient_is_that_of_the_curve(name: str):
    grid = np.linspace(0.02, 0.10, 81)
    curve = offset_curve(PEPTIDE, EXACT, name, OPTIONS, offset_da=grid)
    numeric = np.gradient(curve.value, grid)
    np.testing.assert_allclose(curve.gradient[1:-1], numeric[1:-1], rtol=0.01, atol=1e-3)


def test_gradient_of_a_narrow_gaussian_is_blind_beyond_a_third_of_a_dalton():
    """The norms measured for one common offset of exact spectra at sigma 0.05."""
    grid = np.array([0.01, 0.05, 0.1, 0.2, 0.3])
    curve = offset_curve(PEPTIDE, EXACT, "gaussian_cosine", OPTIONS, offset_da=grid)
    wide = offset_curve(PEPTIDE, EXACT, "nearest_peak_huber", OPTIONS, offset_da=grid)
    # One isolated peak: d / 2 sigma^2 exp(-d^2 / 4 sigma^2) per peak, all peaks alike.
    single = grid / (2 * 0.05**2) * np.exp(-(grid**2) / (4 * 0.05**2))
    np.testing.assert_allclose(curve.gradient[:3], single[:3], rtol=0.05)
    assert curve.gradient[-1] < 0.05 < wide.gradient[-1]


def test_the_isotope_is_named_only_where_it_is_a_local_minimum():
    for share, expected in ((0.0, False), (0.5, True)):
        curve = offset_curve(PEPTIDE, with_isotopes(share), "gaussian_cosine", OPTIONS)
        assert (curve.isotope_da is not None) == expected
        assert curve.minima_da[np.argmin(np.abs(curve.minima_da))] == pytest.approx(0.0, abs=0.013)
    assert curve.isotope_da == pytest.approx(ISOTOPE_DA, abs=0.013)
    reversed_curve = offset_curve(
        PEPTIDE, with_isotopes(0.5), "gaussian_cosine", OPTIONS, offset_da=offsets(-1.5, 0.9)
    )
    assert reversed_curve.isotope_da is None


def test_minima_stand_out_and_ends_are_none():
    x = np.linspace(0, 4 * np.pi, 200)
    assert local_minima(x, np.cos(x)) == pytest.approx((np.pi, 3 * np.pi), abs=0.05)
    assert local_minima(x, np.cos(x) + 0.5 * x) != ()
    assert local_minima(x, x) == ()
    assert local_minima(x, np.ones(200)) == ()
    ripples = (x - 6) ** 2 + 0.05 * np.cos(20 * x)
    assert local_minima(x, ripples) == pytest.approx((6.0,), abs=0.2)


def test_curves_of_several_losses_stand_on_the_same_offsets():
    names = ["expected_spectrum", "gaussian_cosine"]
    belief = Belief(offset_da=0.7)  # not read
    one, other = (offset_curve(PEPTIDE, EXACT, name, OPTIONS, belief=belief) for name in names)
    assert [one.loss, other.loss] == names
    np.testing.assert_array_equal(one.offset_da, other.offset_da)
    np.testing.assert_allclose(one.value, other.value, atol=1e-9)
    assert one.value[120] == pytest.approx(0.0, abs=1e-9)


def test_an_uncertain_expected_spectrum_pulls_home():
    grid = np.linspace(-0.3, 0.3, 13)
    options = SpectrumOptions(sigma_da=0.2)
    curve = offset_curve(
        PEPTIDE, EXACT, "expected_spectrum", options, offset_da=grid, belief=Belief(0.8)
    )
    assert curve.value.argmin() == 6
    assert (curve.gradient[:5] < 0).all()
    assert (curve.gradient[8:] > 0).all()
