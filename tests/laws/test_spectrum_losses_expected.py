"""Laws of the loss on the expectation of the spectrum."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot, pad

from core.losses.expected_spectrum import expected_spectrum
from core.losses.gaussian import gaussian_cosine
from core.losses.ladder import ladder_mz
from core.losses.peaks import Peaks
from tests.core.losses.reference import B2, Y2, B, Y

MASS = torch.tensor([57.02146, 71.03711, 99.06841, 113.08406, 186.07931], dtype=torch.float64)
LADDERS = [B, Y, B2, Y2]
quick = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
sigmas = st.floats(0.1, 3.0)


def case(seed, width=6, batch=3):
    """Soft predictions, lengths, and an observed spectrum of another chain with noise."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(batch, width, len(MASS), generator=generator, dtype=torch.float64)
    length = torch.randint(2, width + 1, (batch,), generator=generator)
    tokens = torch.randint(len(MASS), (batch, width), generator=generator)
    peaks = ladder_mz(MASS[tokens], length, LADDERS)
    noise = 900 * torch.rand(batch, 5, generator=generator, dtype=torch.float64)
    mz = torch.cat([peaks.mz, noise], 1)
    height = torch.rand(mz.shape, generator=generator, dtype=torch.float64)
    return (
        (3 * scores).softmax(-1),
        tokens,
        length,
        Peaks(mz, height, pad(peaks.mask, (0, 5), value=True)),
    )


def loss(probabilities, length, observed, sigma, mass=MASS):
    return expected_spectrum(probabilities, mass, length, observed, ladders=LADDERS, sigma_da=sigma)


def close(mine, theirs, tolerance=1e-9):
    assert mine.tolist() == pytest.approx(theirs.tolist(), abs=tolerance)


@given(seed=seeds, sigma=sigmas)
@quick
def test_the_loss_lies_between_0_and_1(seed, sigma):
    probabilities, _, length, observed = case(seed)
    values = loss(probabilities, length, observed, sigma)
    assert values.min() >= 0.0
    assert values.max() <= 1.0


@given(seed=seeds, sigma=sigmas)
@quick
def test_a_certain_prediction_costs_its_gaussian_cosine(seed, sigma):
    _, tokens, length, observed = case(seed)
    sure = one_hot(tokens.flip(1), len(MASS)).double()
    theirs = gaussian_cosine(
        ladder_mz(MASS[tokens.flip(1)], length, LADDERS), observed, sigma_da=sigma
    )
    close(loss(sure, length, observed, sigma), theirs, 1e-6)


@given(seed=seeds, sigma=sigmas)
@quick
def test_a_perfect_prediction_costs_nothing(seed, sigma):
    _, tokens, length, _ = case(seed)
    exact = ladder_mz(MASS[tokens], length, LADDERS)
    values = loss(one_hot(tokens, len(MASS)).double(), length, exact, sigma)
    assert values.max() < 1e-9


@given(seed=seeds, sigma=sigmas, extra=st.integers(1, 4))
@quick
def test_padding_of_positions_and_peaks_does_not_count(seed, sigma, extra):
    probabilities, _, length, observed = case(seed)
    wider = pad(probabilities, (0, 0, 0, extra), value=torch.nan)
    more = Peaks(
        pad(observed.mz, (0, extra), value=5e3),
        pad(observed.intensity, (0, extra), value=torch.inf),
        pad(observed.mask, (0, extra), value=False),
    )
    close(loss(wider, length, more, sigma), loss(probabilities, length, observed, sigma))


@given(seed=seeds, sigma=sigmas)
@quick
def test_the_order_of_peaks_tokens_and_examples_does_not_count(seed, sigma):
    probabilities, _, length, observed = case(seed)
    turned = Peaks(observed.mz.flip(0, 1), observed.intensity.flip(0, 1), observed.mask.flip(0, 1))
    mine = loss(probabilities.flip(0, 2), length.flip(0), turned, sigma, MASS.flip(0))
    close(mine.flip(0), loss(probabilities, length, observed, sigma))


@given(seed=seeds, sigma=sigmas, factor=st.floats(1e-3, 1e3))
@quick
def test_the_scale_of_the_intensities_does_not_count(seed, sigma, factor):
    probabilities, _, length, observed = case(seed)
    louder = Peaks(observed.mz, factor * observed.intensity, observed.mask)
    close(loss(probabilities, length, louder, sigma), loss(probabilities, length, observed, sigma))


@given(seed=seeds, sigma=sigmas)
@quick
def test_an_example_does_not_see_its_neighbours(seed, sigma):
    """To 1e-6: the longest example of a batch sets the frequencies of all."""
    probabilities, _, length, observed = case(seed)
    alone = [
        loss(
            probabilities[row : row + 1],
            length[row : row + 1],
            Peaks(*(t[row : row + 1] for t in (observed.mz, observed.intensity, observed.mask))),
            sigma,
        ).item()
        for row in range(3)
    ]
    assert loss(probabilities, length, observed, sigma).tolist() == pytest.approx(alone, abs=1e-6)
