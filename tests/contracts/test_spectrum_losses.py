"""What every spectrum loss of the peptide objective promises, whatever it computes."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core.losses.peaks import Peaks, pad_peaks
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import fragment_mz
from core.problems.peptide.objective import SPECTRUM_LOSSES, SpectrumLoss, one_hot_batch
from core.problems.peptide.peptides import Peptide, parse_peptide
from core.problems.peptide.predictions import ResidueBatch
from core.problems.peptide.residues import VOCABULARY

OPTIONS = SpectrumOptions()
PEPTIDES = [
    Peptide("NSLEILLGSIGR"),
    parse_peptide("[+42.01]-AC[+57.02]DEFM[+15.99]K"),
    Peptide("GK"),
    Peptide("WWWWWWWWWWWWWWK"),
]

every_loss = pytest.mark.parametrize("loss", SPECTRUM_LOSSES.values(), ids=SPECTRUM_LOSSES.keys())


def exact(peptides: list[Peptide], options: SpectrumOptions = OPTIONS) -> Peaks:
    mz = [np.sort(fragment_mz(peptide, options.ions).mz) for peptide in peptides]
    return pad_peaks(mz, [np.ones(len(values)) for values in mz])


def wrong_batch() -> tuple[ResidueBatch, Peaks]:
    return one_hot_batch(PEPTIDES, 0.8), exact([Peptide("SNLEILLGSIGR"), *PEPTIDES[1:]])


@every_loss
def test_one_value_per_example_within_the_stated_bound(loss: SpectrumLoss):
    batch, observed = wrong_batch()
    value = loss.evaluate(*batch, observed, OPTIONS)
    assert value.shape == (4,)
    assert bool(torch.isfinite(value).all())
    assert bool((value >= 0).all())
    if loss.upper is not None:
        assert bool((value <= loss.upper + 1e-9).all())


@every_loss
@pytest.mark.parametrize(
    "options",
    [
        OPTIONS,
        SpectrumOptions(sigma_da=0.5, ions=("b", "y", "b2+", "y2+")),
        SpectrumOptions(sigma_da=0.02, bin_da=0.02, ions=("y",)),
    ],
)
def test_a_perfect_prediction_on_its_exact_spectrum_costs_nothing(
    loss: SpectrumLoss, options: SpectrumOptions
):
    inside = PEPTIDES[:3]  # the last one leaves the range at its upper end
    value = loss.evaluate(*one_hot_batch(inside), exact(inside, options), options)
    assert (float(value.max()) < 1e-6) == loss.exact_zero


@every_loss
def test_an_ion_beyond_the_range_costs_a_perfect_prediction_nothing(loss: SpectrumLoss):
    value = loss.evaluate(*one_hot_batch(PEPTIDES), exact(PEPTIDES), OPTIONS)
    if loss.of_peaks is not None:
        assert float(value.max()) < 1e-6
    else:  # the predicted side of this loss has no range, as SpectrumOptions says
        assert float(value[:3].max()) < 1e-6 < float(value[3])


@every_loss
def test_padding_changes_nothing(loss: SpectrumLoss):
    batch, observed = wrong_batch()
    wanted = loss.evaluate(*batch, observed, OPTIONS)
    noise = torch.rand(4, 5, len(batch.mass_da), dtype=torch.float64)
    wide = torch.cat([batch.probabilities, noise / noise.sum(-1, keepdim=True)], 1)
    peaks = Peaks(
        torch.cat([observed.mz, torch.full((4, 3), 500.0, dtype=torch.float64)], 1),
        torch.cat([observed.intensity, torch.ones(4, 3, dtype=torch.float64)], 1),
        torch.cat([observed.mask, torch.zeros(4, 3, dtype=torch.bool)], 1),
    )
    found = loss.evaluate(wide, batch.mass_da, batch.length, peaks, OPTIONS)
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-6)


@every_loss
def test_an_example_does_not_depend_on_its_batch(loss: SpectrumLoss):
    batch, observed = wrong_batch()
    together = loss.evaluate(*batch, observed, OPTIONS)
    for row in range(4):
        one = slice(row, row + 1)
        alone = loss.evaluate(
            batch.probabilities[one],
            batch.mass_da,
            batch.length[one],
            Peaks(observed.mz[one], observed.intensity[one], observed.mask[one]),
            OPTIONS,
        )
        torch.testing.assert_close(alone, together[one], atol=1e-4, rtol=1e-4)


def with_special_tokens(batch: ResidueBatch, share: float) -> ResidueBatch:
    """Give four tokens without mass a share of the probability of every position."""
    shape = (*batch.probabilities.shape[:2], 4)
    special = torch.full(shape, share / 4, dtype=torch.float64)
    probabilities = torch.cat([special, batch.probabilities * (1 - share)], 2)
    return ResidueBatch(
        probabilities, torch.cat([torch.zeros(4, dtype=torch.float64), batch.mass_da]), batch.length
    )


@every_loss
def test_special_tokens_carry_no_mass(loss: SpectrumLoss):
    batch, observed = wrong_batch()
    wanted = loss.evaluate(*batch, observed, OPTIONS)
    special = with_special_tokens(batch, 0.3)
    found = loss.evaluate(*special, observed, OPTIONS)
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-6)
    raw = loss.evaluate(*special, observed, SpectrumOptions(special_tokens="keep"))
    assert float((raw - wanted).abs().max()) > 1e-5


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_reaches_the_logits(loss: SpectrumLoss, dtype: torch.dtype):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 12, len(VOCABULARY), generator=generator, dtype=dtype)
    logits.requires_grad_()
    mass_da = torch.tensor(VOCABULARY.mass_da, dtype=dtype)
    observed = exact([PEPTIDES[0], Peptide("LVNELTEFAK")])
    options = SpectrumOptions(sigma_da=2.0, tolerance_da=5.0)
    length = torch.tensor([12, 10])
    value = loss.evaluate(logits.softmax(-1), mass_da, length, observed, options)
    assert value.dtype == dtype
    (slope,) = torch.autograd.grad(value.sum(), logits)
    assert bool(torch.isfinite(slope).all())
    assert float(slope.abs().max()) > 0
    assert float(slope[1, 10:].abs().max()) == 0.0


@every_loss
def test_the_gradient_is_that_of_the_value(loss: SpectrumLoss):
    """A central difference along one direction; every loss is smooth at this point."""
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(1, 6, 20, generator=generator, dtype=torch.float64)
    direction = torch.randn(1, 6, 20, generator=generator, dtype=torch.float64)
    mass_da = torch.tensor(VOCABULARY.mass_da[4:24])
    observed = exact([Peptide("GASPVK")])
    options = SpectrumOptions(sigma_da=1.0, bin_da=0.5, tolerance_da=20.0)

    def at(step: float) -> Tensor:
        moved = (logits + step * direction).softmax(-1)
        return loss.evaluate(moved, mass_da, torch.tensor([6]), observed, options).sum()

    logits.requires_grad_()
    (slope,) = torch.autograd.grad(at(0.0), logits)
    with torch.no_grad():
        difference = (at(1e-5) - at(-1e-5)) / 2e-5
    assert float((slope * direction).sum()) == pytest.approx(float(difference), rel=1e-3, abs=1e-8)


@every_loss
def test_empty_batches_and_empty_sides_are_no_nan(loss: SpectrumLoss):
    none = one_hot_batch([])
    assert loss.evaluate(*none, pad_peaks([], []), OPTIONS).shape == (0,)
    batch = one_hot_batch([Peptide("GASPK"), Peptide("G")])
    observed = pad_peaks([np.empty(0), np.array([200.0])], [np.empty(0), np.ones(1)])
    value = loss.evaluate(*batch, observed, OPTIONS)
    assert value.shape == (2,)
    assert bool(torch.isfinite(value).all())


@every_loss
def test_the_order_of_observed_peaks_does_not_matter(loss: SpectrumLoss):
    batch, observed = wrong_batch()
    wanted = loss.evaluate(*batch, observed, OPTIONS)
    flipped = Peaks(observed.mz.flip(1), observed.intensity.flip(1), observed.mask.flip(1))
    torch.testing.assert_close(
        loss.evaluate(*batch, flipped, OPTIONS), wanted, atol=1e-6, rtol=1e-6
    )
