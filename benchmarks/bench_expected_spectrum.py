"""The expected spectrum against the naive Fourier form: a cumulative product under autograd."""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from benchmarks.measure import Row, against, cost, one_thread, random_peaks
from core.losses.expected_spectrum import expected_spectrum
from core.losses.fourier import choose_frequencies, peak_wave, wave
from core.losses.ladder import Ladder, ladder_mz
from core.losses.peaks import Peaks

BATCH, WIDTH, SIGMA = 64, 15, 0.1
# Twenty residues and four modified ones; the light end of the real table is 57, the heavy 186.
MASS_DA = torch.linspace(57.02146, 186.07931, 24, dtype=torch.float64)
LADDERS = (Ladder(False, 1.00728, 1), Ladder(True, 19.01784, 1))
SIZE = f"{BATCH} x {WIDTH} residues, sigma {SIGMA}, float32, forward + backward"


def rows() -> list[Row]:
    """Compare time and memory, value and gradient on the same frequencies."""
    probabilities, length, observed = _case()

    def mine() -> Tensor:
        loss = expected_spectrum(
            probabilities, MASS_DA, length, observed, ladders=LADDERS, sigma_da=SIGMA
        )
        return torch.cat([loss[:, None], _gradient(loss, probabilities)], 1)

    def naive() -> Tensor:
        loss = _naive(probabilities, observed)
        return torch.cat([loss[:, None], _gradient(loss, probabilities)], 1)

    with one_thread():
        name = f"Expected spectrum against cumulative product, {SIZE}"
        found = against(name, cost(mine), cost(naive, repeat=2), faster=2, smaller=2)
        worst = (mine() - naive()).abs().max().item()
    name = "Expected spectrum, largest difference of value and gradient to cumulative product"
    return [*found, Row(name, f"{worst:.1e}", "at most 1e-5", worst <= 1e-5)]


def _case() -> tuple[Tensor, Tensor, Peaks]:
    """Soft predictions of chains, and their exact fragments among noise, 100 peaks in all."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(len(MASS_DA), (BATCH, WIDTH), generator=generator)
    scores = torch.randn(BATCH, WIDTH, len(MASS_DA), generator=generator)
    length = torch.full((BATCH,), WIDTH)
    exact = ladder_mz(MASS_DA[tokens], length, LADDERS)
    noise = random_peaks(generator, BATCH, 100 - exact.mz.shape[1], torch.float64)
    observed = Peaks(
        torch.cat([exact.mz, noise.mz], 1),
        torch.cat([exact.intensity, noise.intensity], 1),
        torch.cat([exact.mask, noise.mask], 1),
    )
    sure = 4.0 * one_hot(tokens, len(MASS_DA))
    return (scores + sure).softmax(-1).requires_grad_(), length, observed


def _gradient(loss: Tensor, probabilities: Tensor) -> Tensor:
    return torch.autograd.grad(loss.sum(), probabilities)[0].flatten(1)


def _naive(probabilities: Tensor, observed: Peaks) -> Tensor:
    """The same loss for chains of one length; the observed side is computed as ours is."""
    heaviest = (WIDTH - 1) * MASS_DA.max().item() + LADDERS[1].offset_da
    axis = choose_frequencies(max(heaviest, observed.mz.max().item()), SIGMA, 4.0)
    waves = wave(axis, MASS_DA, torch.float32)
    seen = peak_wave(axis, observed, torch.float32)
    expected = torch.zeros_like(seen)
    for ladder in LADDERS:
        rows = probabilities.flip(1) if ladder.from_end else probabilities
        product = (rows.to(waves.dtype) @ waves).cumprod(1)[:, :-1].sum(1)
        expected = expected + product * wave(
            axis, MASS_DA.new_tensor([ladder.offset_da]), torch.float32
        )
    weight = axis.weight(seen.device).float()
    cross, own, other = (
        (weight * (a * b.conj()).real).sum(1)
        for a, b in ((expected, seen), (expected, expected), (seen, seen))
    )
    return 1.0 - cross / (own * other).sqrt()
