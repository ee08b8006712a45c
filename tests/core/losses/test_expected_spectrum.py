import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from core.errors import InputError
from core.losses import expected_spectrum as module
from core.losses.expected_spectrum import expected_spectrum
from core.losses.gaussian import gaussian_cosine
from core.losses.ladder import ladder_mz
from core.losses.peaks import Peaks
from tests.core.losses.reference import (
    B2,
    Y2,
    B,
    Y,
    continuous_cosine,
    enumerated,
    lists,
    shift_and_add,
)

MASS = torch.tensor([57.02146, 71.03711, 99.06841, 113.08406, 186.07931], dtype=torch.float64)
ALL = [B, Y, B2, Y2]


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(5)


def soft(generator, batch, width):
    scores = torch.randn(batch, width, len(MASS), generator=generator, dtype=torch.float64)
    return (2 * scores).softmax(-1)


def chains(generator, lengths, width):
    tokens = torch.randint(len(MASS), (len(lengths), width), generator=generator)
    return tokens, one_hot(tokens, len(MASS)).double(), torch.tensor(lengths)


def with_noise(peaks, generator, count=6):
    noise = 100 + 500 * torch.rand(len(peaks.mz), count, generator=generator, dtype=torch.float64)
    height = 0.5 + torch.rand(
        len(peaks.mz), peaks.mz.shape[1] + count, generator=generator, dtype=torch.float64
    )
    mask = torch.cat([peaks.mask, torch.ones(noise.shape, dtype=torch.bool)], 1)
    return Peaks(torch.cat([peaks.mz, noise], 1), height, mask)


@pytest.mark.parametrize("sigma", [0.05, 0.5, 3.0])
def test_certain_predictions_cost_what_the_gaussian_cosine_costs(generator, sigma):
    tokens, sure, length = chains(generator, [6, 2, 4, 1, 0, 6], 6)
    observed = with_noise(ladder_mz(MASS[tokens], length, ALL), generator)
    mine = expected_spectrum(sure, MASS, length, observed, ladders=ALL, sigma_da=sigma)
    peaks = ladder_mz(MASS[tokens.flip(0)], length.flip(0), ALL)
    other = expected_spectrum(
        sure.flip(0), MASS, length.flip(0), observed, ladders=ALL, sigma_da=sigma
    )
    theirs = gaussian_cosine(ladder_mz(MASS[tokens], length, ALL), observed, sigma_da=sigma)
    torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=0)
    torch.testing.assert_close(
        other, gaussian_cosine(peaks, observed, sigma_da=sigma), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_a_perfect_prediction_on_its_exact_spectrum_costs_nothing(generator, sigma, dtype):
    tokens, sure, length = chains(generator, [9, 5, 2], 9)
    observed = ladder_mz(MASS[tokens], length, ALL)
    loss = expected_spectrum(sure.to(dtype), MASS, length, observed, ladders=ALL, sigma_da=sigma)
    assert loss.dtype == dtype
    assert loss.max() < 1e-6


def test_value_equals_the_mean_over_every_possible_chain(generator):
    probabilities, lengths = soft(generator, 3, 5), [5, 3, 2]
    _, sure, length = chains(generator, lengths, 5)
    observed = with_noise(ladder_mz(sure @ MASS, length, ALL), generator)
    mine = expected_spectrum(probabilities, MASS, length, observed, ladders=ALL, sigma_da=0.3)
    for row, size in enumerate(lengths):
        expected = enumerated(probabilities[row].numpy(), MASS.tolist(), size, ALL)
        # Equal fragments of different chains are one peak; the double loop stays small.
        at, inverse = np.unique(expected[0].round(6), return_inverse=True)
        merged = at, np.bincount(inverse, expected[1])
        exact = continuous_cosine(merged, lists(observed)[row], 0.3)
        assert mine[row].item() == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize(("sigma", "tolerance"), [(0.1, 1e-3), (0.5, 1e-3)])
def test_value_equals_shift_and_add_on_a_fine_grid(generator, sigma, tolerance):
    probabilities, lengths = soft(generator, 2, 6), [6, 4]
    _, sure, length = chains(generator, lengths, 6)
    observed = with_noise(ladder_mz(sure @ MASS, length, [B, Y2]), generator)
    mine = expected_spectrum(probabilities, MASS, length, observed, ladders=[B, Y2], sigma_da=sigma)
    for row, size in enumerate(lengths):
        axis, expected = shift_and_add(
            probabilities[row].numpy(), MASS.tolist(), size, [B, Y2], sigma, bin_da=0.002, top=1000
        )
        seen = sum(
            height * np.exp(-0.5 * ((axis - mz) / sigma) ** 2)
            for mz, height in zip(*lists(observed)[row], strict=True)
        )
        cosine = expected @ seen / np.sqrt((expected @ expected) * (seen @ seen))
        assert mine[row].item() == pytest.approx(1 - cosine, abs=tolerance)


@pytest.mark.parametrize("block", [1, 2**8, 2**18])
def test_gradient_is_exact_in_blocks_of_any_size(generator, monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    probabilities = soft(generator, 3, 3).requires_grad_()
    _, sure, length = chains(generator, [2, 3, 1], 3)
    observed = with_noise(ladder_mz(sure @ MASS, length, ALL), generator)
    assert torch.autograd.gradcheck(
        lambda p: expected_spectrum(p, MASS, length, observed, ladders=ALL, sigma_da=6.0),
        (probabilities,),
    )


def test_second_derivatives_are_refused(generator):
    probabilities = soft(generator, 1, 3).requires_grad_()
    _, sure, length = chains(generator, [3], 3)
    observed = ladder_mz(sure @ MASS, length, [B])
    loss = expected_spectrum(probabilities, MASS, length, observed, ladders=[B], sigma_da=2.0)
    (gradient,) = torch.autograd.grad(loss.square().sum(), probabilities, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_single_precision_keeps_value_and_gradient(generator):
    probabilities = soft(generator, 4, 9).float()
    _, sure, length = chains(generator, [9, 8, 5, 3], 9)
    observed = with_noise(ladder_mz(sure @ MASS, length, [B, Y]), generator, 20)
    results = []
    for dtype in (torch.float32, torch.float64):
        p = probabilities.to(dtype).requires_grad_()
        loss = expected_spectrum(p, MASS, length, observed, ladders=[B, Y], sigma_da=0.1)
        results.append((loss, torch.autograd.grad(loss.sum(), p)[0]))
    (value, gradient), (exact, exact_gradient) = results
    torch.testing.assert_close(value.double(), exact, atol=3e-6, rtol=0)
    torch.testing.assert_close(gradient.double(), exact_gradient, atol=1e-5, rtol=1e-4)


def test_padding_and_its_gradient_are_never_read(generator):
    probabilities = soft(generator, 2, 5)
    _, sure, length = chains(generator, [3, 1], 5)
    observed = with_noise(ladder_mz(sure @ MASS, length, [B, Y]), generator)
    options = {"ladders": [B, Y], "sigma_da": 0.5}
    padded = probabilities.clone()
    padded[0, 3:], padded[1, 1:] = torch.nan, torch.nan
    padded.requires_grad_()
    loss = expected_spectrum(padded, MASS, length, observed, **options)
    short = expected_spectrum(probabilities[:, :3], MASS, length, observed, **options)
    torch.testing.assert_close(loss, short, atol=1e-12, rtol=0)
    (gradient,) = torch.autograd.grad(loss.sum(), padded)
    assert gradient.isfinite().all()
    assert gradient[0, 3:].eq(0).all()
    assert gradient[1].eq(0).all()


def test_the_loss_falls_with_the_probability_of_the_right_chain(generator):
    tokens, sure, length = chains(generator, [10], 10)
    observed = ladder_mz(MASS[tokens], length, [B, Y])
    rest = (1 - sure) / (len(MASS) - 1)
    losses = [
        expected_spectrum(
            p * sure + (1 - p) * rest, MASS, length, observed, ladders=[B, Y], sigma_da=0.1
        ).item()
        for p in (0.3, 0.6, 0.9, 0.99, 1.0)
    ]
    assert losses == sorted(losses, reverse=True)
    assert losses[2] < 0.1


def test_without_fragments_or_ladders_or_peaks_the_loss_is_one(generator):
    probabilities = soft(generator, 2, 3).requires_grad_()
    _, sure, length = chains(generator, [3, 3], 3)
    observed = ladder_mz(sure @ MASS, length, [B])
    nothing = Peaks(observed.mz, observed.intensity, torch.zeros_like(observed.mask))
    for n, o, ladders in (
        (length * 0 + 1, observed, [B]),
        (length * 0, observed, [B]),
        (length, observed, []),
        (length, nothing, [B]),
    ):
        loss = expected_spectrum(probabilities, MASS, n, o, ladders=ladders, sigma_da=0.5)
        assert loss.tolist() == [1.0, 1.0]
        assert torch.autograd.grad(loss.sum(), probabilities)[0].eq(0).all()


def test_observed_positions_that_are_not_finite_are_not_hidden(generator):
    def loss(mz):
        observed = Peaks(torch.tensor([[mz], [200.0]]), torch.ones(2, 1), torch.ones(2, 1).bool())
        return expected_spectrum(
            soft(generator, 2, 3), MASS, torch.tensor([3, 3]), observed, ladders=[B], sigma_da=1.0
        )

    assert loss(torch.nan).isnan().tolist() == [True, False]
    with pytest.raises(InputError, match="range of the masses and peaks in Da"):
        loss(torch.inf)


def test_inputs_that_do_not_fit_are_errors(generator):
    probabilities = soft(generator, 1, 3)
    observed = Peaks(torch.ones(1, 1), torch.ones(1, 1), torch.ones(1, 1, dtype=torch.bool))
    for n, options in (
        (4, {"sigma_da": 1.0}),
        (3, {"sigma_da": 0.0}),
        (3, {"sigma_da": 1.0, "cut": 0.0}),
    ):
        with pytest.raises(InputError, match="expected"):
            expected_spectrum(
                probabilities, MASS, torch.tensor([n]), observed, ladders=[B], **options
            )
