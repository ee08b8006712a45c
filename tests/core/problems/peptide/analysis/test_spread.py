import numpy as np
import pytest
from scipy.stats import rankdata

from core.problems.peptide.analysis.certainty import exact_spectrum, reference_peptides
from core.problems.peptide.analysis.discrimination import prepared
from core.problems.peptide.analysis.pull import PROBE_DA, PairValues, gradient_noise, pair_values
from core.problems.peptide.analysis.scoring import Belief, loss_named, score
from core.problems.peptide.analysis.spread import (
    CLEAN_SHARES,
    mix_set,
    spread_by_clean_share,
    spread_by_length,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.spectra import Spectrum

OPTIONS = SpectrumOptions()
PEPTIDES = reference_peptides()


@pytest.mark.parametrize("name", SPECTRUM_LOSSES)
def test_values_and_pulls_are_those_of_each_pair(name: str):
    peptides = [*PEPTIDES[:2], Peptide("LVNELTEFAK")]
    observed = [exact_spectrum(peptide, OPTIONS) for peptide in (*PEPTIDES[:2], PEPTIDES[2])]
    options = SpectrumOptions(sigma_da=0.1, bin_da=0.05)
    found = pair_values(peptides, observed, name, options)
    loss, step = loss_named(name), 1e-5
    np.testing.assert_allclose(found.value, score(loss, peptides, observed, options), atol=2e-3)
    high = score(loss, peptides, observed, options, Belief(offset_da=PROBE_DA + step))
    low = score(loss, peptides, observed, options, Belief(offset_da=PROBE_DA - step))
    np.testing.assert_allclose(found.gradient, (high - low) / (2 * step), rtol=1e-3, atol=1e-6)


def test_an_uncertain_expected_spectrum_has_a_pull_by_differences():
    observed = [exact_spectrum(peptide, OPTIONS) for peptide in PEPTIDES[:2]]
    options = SpectrumOptions(sigma_da=0.1)
    found = pair_values(
        PEPTIDES[:2], observed, "expected_spectrum", options, belief=Belief(p_right=0.999)
    )
    certain = pair_values(PEPTIDES[:2], observed, "expected_spectrum", options)
    np.testing.assert_allclose(found.gradient, certain.gradient, rtol=0.05)


def test_gradient_noise_is_spread_over_mean():
    assert gradient_noise(np.array([-1.0, -3.0])) == pytest.approx(np.sqrt(2) / 2)
    assert gradient_noise(np.array([2.0, 2.0])) == 0.0
    assert np.isnan(gradient_noise(np.array([1.0])))
    assert np.isnan(gradient_noise(np.array([1.0, -1.0])))


def test_lengths_are_grouped_and_correlated():
    peptides = [Peptide("G" * n) for n in (3, 4, 5, 9, 10, 30)]
    values = PairValues(np.array([1.0, 2.0, 4.0, 3.0, 5.0, 9.0]), np.arange(1.0, 7.0))
    found = spread_by_length(peptides, values, "matched_filter", edges=(2, 5, 9, 11, 201))
    assert found.groups == ("2–4", "5–8", "9–10", "11+")
    assert found.count.tolist() == [2, 1, 2, 1]
    np.testing.assert_allclose(found.mean, [1.5, 4.0, 4.0, 9.0])
    np.testing.assert_allclose(found.sd, [np.sqrt(0.5), np.nan, np.sqrt(2), np.nan])
    lengths, losses = rankdata([3, 4, 5, 9, 10, 30]), rankdata(values.value)
    assert found.rank_correlation == pytest.approx(np.corrcoef(lengths, losses)[0, 1])


def test_what_does_not_vary_has_no_correlation():
    peptides = [Peptide("GAK")] * 4
    values = PairValues(np.arange(4.0), np.ones(4))
    found = spread_by_length(peptides, values, "matched_filter")
    assert np.isnan(found.rank_correlation)
    assert found.count.sum() == 4
    assert np.isnan(found.mean[-1])
    empty = spread_by_length([], PairValues(np.empty(0), np.empty(0)), "matched_filter")
    assert empty.count.sum() == 0


def mixed(predicted: str, loss: str):
    mix = mix_set(PEPTIDES, OPTIONS, predicted=predicted)
    clean, noisy = (
        pair_values(mix.peptides, spectra, loss, OPTIONS) for spectra in (mix.clean, mix.noisy)
    )
    return mix, clean, noisy, spread_by_clean_share(mix.order, clean, noisy, loss)


def test_a_mix_goes_from_all_noisy_to_all_clean():
    mix, clean, noisy, found = mixed("right", "gaussian_cosine")
    assert found.groups == ("0 %", "25 %", "50 %", "75 %", "100 %")
    assert found.count.tolist() == [12] * 5
    assert found.mean[0] == pytest.approx(noisy.value.mean())
    assert found.mean[-1] == pytest.approx(clean.value.mean(), abs=1e-9)
    half = [clean.value[i] if k < 6 else noisy.value[i] for k, i in enumerate(mix.order)]
    assert found.mean[2] == pytest.approx(np.mean(half))
    assert found.sd[2] == pytest.approx(np.std(half, ddof=1))
    assert len(CLEAN_SHARES) == 5


def test_mixing_spreads_the_loss_of_a_good_model_and_not_of_an_untrained_one():
    """The losses note's cause of variance holds only once the prediction is right."""
    good = mixed("right", "gaussian_cosine")[3]
    assert good.sd[-1] < 1e-6
    assert good.sd[2] > good.sd[0] > 0
    assert good.mean[0] > 0.03
    untrained = mixed("random", "gaussian_cosine")[3]
    assert untrained.mean.min() > 0.9
    assert untrained.sd[2] == pytest.approx(untrained.sd[0], abs=0.02)


def test_a_mix_is_determined_by_the_seed_and_drops_peptides_without_a_decoy():
    one, other = mix_set(PEPTIDES, OPTIONS), mix_set(PEPTIDES, OPTIONS)
    assert all((a.mz == b.mz).all() for a, b in zip(one.noisy, other.noisy, strict=True))
    again = mix_set(PEPTIDES, SpectrumOptions(seed=1))
    assert any(len(a.mz) != len(b.mz) or (a.mz != b.mz).any()
               for a, b in zip(one.noisy, again.noisy, strict=True))  # fmt: skip
    swapped = mix_set([Peptide("GGGGK"), PEPTIDES[0]], OPTIONS, predicted="swap")
    assert len(swapped.peptides) == len(swapped.clean) == len(swapped.noisy) == 1


def test_length_matters_more_to_the_gaussian_than_to_the_nearest_peak(measured: list[Spectrum]):
    peptides = [s.peptide for s in measured if s.peptide is not None]
    observed = [prepared(s, OPTIONS) for s in measured]
    rho = {}
    for name in ("gaussian_cosine", "nearest_peak_huber"):
        values = pair_values(peptides, observed, name, OPTIONS)
        rho[name] = spread_by_length(peptides, values, name).rank_correlation
    assert rho["gaussian_cosine"] == pytest.approx(0.36, abs=0.1)
    assert rho["nearest_peak_huber"] == pytest.approx(0.115, abs=0.1)
