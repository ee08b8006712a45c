import numpy as np
import pytest

from core.errors import InputError
from core.losses.gaussian import gaussian_cosine
from core.losses.peaks import pad_peaks
from core.problems.peptide.analysis import scoring
from core.problems.peptide.analysis.certainty import exact_spectrum
from core.problems.peptide.analysis.scoring import Belief, Prepared, loss_named, score
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.peptides import Peptide

PEPTIDE = Peptide("NSLEILLGSIGR")
OTHER = Peptide("LVNELTEFAK")
OPTIONS = SpectrumOptions()


def test_a_score_is_the_loss_of_theoretical_and_observed_peaks():
    observed = exact_spectrum(OTHER, OPTIONS)
    found = score(loss_named("gaussian_cosine"), [PEPTIDE, OTHER], [observed] * 2, OPTIONS)
    for value, peptide in zip(found, (PEPTIDE, OTHER), strict=True):
        predicted = fragment_mz(peptide).mz
        wanted = gaussian_cosine(
            pad_peaks([predicted], [np.ones(len(predicted))]),
            pad_peaks([observed.mz], [observed.intensity]),
            sigma_da=OPTIONS.sigma_da,
        )
        assert value == pytest.approx(float(wanted), abs=1e-9)


@pytest.mark.parametrize("name", SPECTRUM_LOSSES)
def test_chunks_change_nothing_and_progress_is_told(name: str, monkeypatch: pytest.MonkeyPatch):
    pairs = [PEPTIDE, OTHER, PEPTIDE], [exact_spectrum(p, OPTIONS) for p in (OTHER, OTHER, PEPTIDE)]
    whole = score(loss_named(name), *pairs, OPTIONS)
    told: list[float] = []
    monkeypatch.setattr(scoring, "CHUNK", 2)
    parts = score(loss_named(name), *pairs, OPTIONS, progress=told.append)
    np.testing.assert_allclose(parts, whole, atol=1e-4)
    assert told == pytest.approx([2 / 3, 1.0])


def test_progress_that_raises_cancels():
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(
            loss_named("matched_filter"),
            [PEPTIDE],
            [exact_spectrum(OTHER, OPTIONS)],
            OPTIONS,
            progress=stop,
        )


@pytest.mark.parametrize("name", SPECTRUM_LOSSES)
def test_an_offset_moves_the_predicted_peaks(name: str):
    """Predicted +0.03 on the spectrum costs what the peptide costs on the spectrum -0.03."""
    observed = exact_spectrum(PEPTIDE, OPTIONS)
    mirrored = Prepared(observed.mz - 0.03, observed.intensity)
    options = SpectrumOptions(sigma_da=0.1, bin_da=0.01)
    moved = score(loss_named(name), [PEPTIDE], [observed], options, Belief(offset_da=0.03))
    wanted = score(loss_named(name), [PEPTIDE], [mirrored], options)
    assert moved[0] > 1e-5
    assert moved[0] == pytest.approx(wanted[0], rel=1e-4)


@pytest.mark.parametrize("name", SPECTRUM_LOSSES)
def test_the_right_offset_brings_an_uncertain_prediction_home(name: str):
    """Also where the spectrum is moved instead of the prediction."""
    exact = exact_spectrum(PEPTIDE, OPTIONS)
    shifted = Prepared(exact.mz + 0.1, exact.intensity)
    values = [
        score(
            loss_named(name), [PEPTIDE], [shifted], OPTIONS, Belief(0.9999, offset_da=offset)
        ).item()
        for offset in (0.1, 0.0, -0.1)
    ]
    assert values[0] < values[1] < values[2]


def test_an_offset_pushes_no_observed_peak_out_of_the_range():
    observed = Prepared(np.array([300.0, 800.0]), np.ones(2))
    options = SpectrumOptions(mz_min=300.0, mz_max=800.0, sigma_da=1.0)
    for name in ("gaussian_cosine", "expected_spectrum"):
        value = score(loss_named(name), [PEPTIDE], [observed], options, Belief(offset_da=0.01))
        near = score(loss_named(name), [PEPTIDE], [observed], options)
        assert value[0] == pytest.approx(near[0], abs=0.02)


def test_a_certain_expected_spectrum_needs_no_fourier_form():
    """Also on a range that cuts some of its fragments."""
    observed = exact_spectrum(OTHER, OPTIONS)
    loss = SPECTRUM_LOSSES["expected_spectrum"]
    for options in (OPTIONS, SpectrumOptions(mz_max=600.0, sigma_da=0.3)):
        found = score(loss, [PEPTIDE, OTHER], [observed] * 2, options)
        fourier = score(loss, [PEPTIDE, OTHER], [observed] * 2, options, Belief(1 - 1e-12))
        np.testing.assert_allclose(found, fourier, atol=5e-4)


def test_an_unknown_loss_is_named():
    with pytest.raises(InputError, match="spectrum loss: expected one of gaussian_cosine"):
        loss_named("mse")
