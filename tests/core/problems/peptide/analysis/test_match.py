import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.problems.peptide.analysis.match import match_peptide
from core.problems.peptide.analysis.scoring import Belief, Prepared
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.peptides import Peptide

PEPTIDE = Peptide("NSLEILLGSIGR")
OPTIONS = SpectrumOptions()


def loop_match(
    peptide: Peptide, observed: Prepared, tolerance_ppm: float
) -> list[tuple[int, float]]:
    """Search every observed peak for every ion."""
    found = []
    for mz in fragment_mz(peptide).mz:
        best = (-1, float("nan"))
        for index, (seen, height) in enumerate(zip(observed.mz, observed.intensity, strict=True)):
            error = (seen - mz) / mz * 1e6
            nearer = best[0] < 0 or abs(error) < abs(best[1])
            as_near = abs(error) == abs(best[1]) and height > observed.intensity[best[0]]
            if abs(error) <= tolerance_ppm and (nearer or as_near):
                best = (index, error)
        found.append(best)
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([5.0, 100.0, 5000.0]))
def test_it_equals_a_search_over_all_pairs(seed: int, tolerance_ppm: float):
    generator = np.random.default_rng(seed)
    near = fragment_mz(PEPTIDE).mz * (1 + 1e-6 * generator.normal(0, 60, 22))
    mz = np.sort(np.concatenate([near[:15], generator.uniform(100, 1300, 30)]))
    observed = Prepared(mz, generator.uniform(0.01, 1, len(mz)))
    match = match_peptide(PEPTIDE, observed, SpectrumOptions(tolerance_ppm=tolerance_ppm))
    wanted = loop_match(PEPTIDE, observed, tolerance_ppm)
    assert match.observed_index.tolist() == [index for index, _ in wanted]
    np.testing.assert_allclose(match.error_ppm, [error for _, error in wanted], rtol=1e-9)
    partners = {index for index, _ in wanted if index >= 0}
    assert set(np.flatnonzero(match.observed_matched).tolist()) == partners
    share = sum(observed.intensity[i] for i in partners) / observed.intensity.sum()
    assert match.explained == pytest.approx(share)


def test_ions_are_named_and_their_errors_signed():
    mz = fragment_mz(PEPTIDE).mz[2] * (1 + 10e-6)
    match = match_peptide(PEPTIDE, Prepared(np.array([mz]), np.ones(1)), OPTIONS)
    (found,) = np.flatnonzero(match.observed_index >= 0)
    assert (match.names[found], match.ion_types[found]) == ("b3", "b")
    assert match.error_ppm[found] == pytest.approx(10.0)
    assert (match.matched, match.predicted, match.explained) == (1, 22, 1.0)
    assert match.median_ppm == pytest.approx(10.0)


@pytest.mark.parametrize("mz", [np.array([50.0]), np.empty(0)])
def test_no_matched_peak_is_a_state_of_its_own(mz: np.ndarray):
    match = match_peptide(PEPTIDE, Prepared(mz, np.ones(len(mz))), OPTIONS)
    assert (match.matched, match.explained, match.median_ppm) == (0, 0.0, None)
    assert np.isnan(match.error_ppm).all()
    assert np.isnan(match.intensity).all()


@pytest.mark.parametrize("heights", [(0.2, 1.0), (1.0, 0.2)])
def test_of_two_equally_near_peaks_the_more_intense_is_taken(heights: tuple[float, float]):
    middle, gap = fragment_mz(PEPTIDE).mz[3], 2.0**-10  # both sums are exact
    observed = Prepared(np.array([middle - gap, middle + gap]), np.array(heights))
    match = match_peptide(PEPTIDE, observed, OPTIONS)
    assert match.intensity[3] == 1.0


def test_ions_outside_the_range_are_not_predicted():
    observed = Prepared(np.array([400.0]), np.ones(1))
    match = match_peptide(PEPTIDE, observed, SpectrumOptions(mz_min=300.0, mz_max=800.0))
    assert 0 < match.predicted == len(match.names) == len(match.ion_types) < 22
    assert match.mz.min() >= 300
    assert match.mz.max() <= 800


def test_offset_and_doubt_move_the_ions():
    exact = np.sort(fragment_mz(PEPTIDE).mz)
    observed = Prepared(exact, np.ones(22))
    assert match_peptide(PEPTIDE, observed, OPTIONS).matched == 22
    moved = match_peptide(PEPTIDE, observed, OPTIONS, Belief(offset_da=0.001))
    assert moved.matched == 22
    assert (moved.error_ppm < 0).all()
    assert match_peptide(PEPTIDE, observed, OPTIONS, Belief(offset_da=0.5)).matched == 0
    assert match_peptide(PEPTIDE, observed, OPTIONS, Belief(p_right=0.9)).matched <= 2
