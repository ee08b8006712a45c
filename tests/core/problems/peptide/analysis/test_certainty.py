import numpy as np
import pytest

from core.errors import InputError
from core.problems.peptide.analysis.certainty import (
    P_RIGHT,
    CertaintyCurve,
    certainty_curve,
    exact_spectrum,
    reference_peptides,
)
from core.problems.peptide.analysis.scoring import Belief, Prepared, loss_named, score
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.decoys import make_decoys
from core.problems.peptide.peptides import Peptide

SIGMA_01 = SpectrumOptions(sigma_da=0.1)
PEPTIDES = reference_peptides()
LEVELS = (0.05, 0.3, 0.6, 0.9, 0.99, 0.999, 1.0)


def at(curve: CertaintyCurve, p: float) -> int:
    return int(np.argmin(np.abs(curve.p_right - p)))


def test_reference_peptides_are_twelve_of_8_to_15_residues():
    assert len(set(PEPTIDES)) == 12
    assert all(8 <= len(peptide) <= 15 for peptide in PEPTIDES)


@pytest.mark.parametrize("rest", ["random", "uniform"])
def test_the_expected_spectrum_falls_with_certainty_and_tells_right_from_shuffled(rest):
    curve = certainty_curve(PEPTIDES, "expected_spectrum", SIGMA_01, p_right=LEVELS, rest=rest)
    assert curve.falls
    for p in (0.6, 0.9):
        assert curve.auc[at(curve, p)] >= 0.95
    assert curve.right[-1] < 1e-6


@pytest.mark.parametrize("rest", ["random", "uniform"])
def test_the_gaussian_of_expected_masses_does_not_while_it_is_unsure(rest):
    curve = certainty_curve(PEPTIDES, "gaussian_cosine", SIGMA_01, p_right=LEVELS, rest=rest)
    for p in (0.6, 0.9):
        assert curve.auc[at(curve, p)] <= 0.65
        assert curve.right[at(curve, p)] > 0.95
    assert curve.right[at(curve, 0.99)] > 0.7
    assert curve.auc[-1] == 1.0


def test_a_curve_is_the_mean_of_the_scores():
    peptides = PEPTIDES[:3]
    curve = certainty_curve(peptides, "matched_filter", SIGMA_01, p_right=(0.9, 1.0))
    wrong = [make_decoys(p)["shuffled"].peptide for p in peptides]
    for column, p in enumerate((0.9, 1.0)):
        values = {"right": [], "shuffled": []}
        for peptide, decoy in zip(peptides, wrong, strict=True):
            assert decoy is not None
            observed = exact_spectrum(peptide, SIGMA_01)
            for name, believed in (("right", peptide), ("shuffled", decoy)):
                loss = loss_named("matched_filter")
                values[name] += score(loss, [believed], [observed], SIGMA_01, Belief(p)).tolist()
        assert curve.right[column] == pytest.approx(np.mean(values["right"]))
        assert curve.shuffled[column] == pytest.approx(np.mean(values["shuffled"]))
    assert curve.peptides == 3


def test_it_takes_a_measured_spectrum_and_misses_no_shuffled_peptide():
    peptide = Peptide("GGGGK")
    observed = Prepared(np.array([147.11, 204.13]), np.array([1.0, 0.5]))
    curve = certainty_curve([peptide], "gaussian_cosine", SIGMA_01, observed=[observed])
    assert curve.p_right.tolist() == list(P_RIGHT)
    assert np.isnan(curve.shuffled).all()
    assert np.isnan(curve.auc).all()
    assert 0 < curve.right[-1] < 1


def test_progress_is_told_and_nothing_to_do_is_refused():
    told: list[float] = []
    certainty_curve(
        PEPTIDES[:1], "gaussian_cosine", SIGMA_01, p_right=(0.5, 1.0), progress=told.append
    )
    assert told == [0.5, 1.0]
    with pytest.raises(InputError, match="one or more peptides"):
        certainty_curve([], "gaussian_cosine", SIGMA_01)


def test_an_exact_spectrum_stays_in_the_range():
    spectrum = exact_spectrum(PEPTIDES[0], SpectrumOptions(mz_min=200.0, mz_max=600.0))
    assert (np.diff(spectrum.mz) >= 0).all()
    assert spectrum.mz.min() >= 200
    assert spectrum.mz.max() <= 600
