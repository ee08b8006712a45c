"""The Gaussian cosine against its dense form: a (batch, peaks, bins) tensor under autograd."""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.measure import Row, against, cost, one_thread, random_peaks
from core.losses.gaussian import gaussian_cosine, gaussian_cosine_grid
from core.losses.peaks import Peaks

SIGMA, BIN, BINS = 0.05, 0.1, 20_000
SIZE = f"64 x 100 peaks, {BINS:,} bins, float32, forward + backward"


def rows() -> list[Row]:
    """Compare time and memory in float32, value and gradient in float64."""
    with one_thread():
        return [*_speed(), _equality()]


def _speed() -> list[Row]:
    generator = torch.Generator().manual_seed(0)
    predicted = random_peaks(generator, 64, 100, torch.float32, tracked=True)
    observed = random_peaks(generator, 64, 100, torch.float32)
    dense = cost(lambda: _gradient(_dense, predicted, observed), repeat=2)
    found: list[Row] = []
    for name, form in (("continuous", _continuous), ("grid", _grid)):
        mine = cost(lambda form=form: _gradient(form, predicted, observed), repeat=20)
        title = f"Gaussian cosine, {name}, against dense, {SIZE}"
        found += against(title, mine, dense, faster=500, smaller=200)
    return found


def _equality() -> Row:
    """Half of the predicted peaks lie near an observed one, as they would in training."""
    generator = torch.Generator().manual_seed(1)
    observed = random_peaks(generator, 8, 100, torch.float64)
    predicted = random_peaks(generator, 8, 100, torch.float64, tracked=True)
    with torch.no_grad():
        near = 0.1 * (torch.rand(8, 50, generator=generator, dtype=torch.float64) - 0.5)
        predicted.mz[:, :50] = observed.mz[:, :50] + near
    value = _grid(predicted, observed) - _dense(predicted, observed)
    gradients = (_gradient(form, predicted, observed) for form in (_grid, _dense))
    worst = max((a - b).abs().max().item() for a, b in zip(*gradients, strict=True))
    worst = max(worst, value.abs().max().item())
    name = "Gaussian cosine, grid, largest difference of value and gradient to dense, float64"
    return Row(name, f"{worst:.1e}", "at most 1e-6", worst <= 1e-6)


def _gradient(
    form: Callable[[Peaks, Peaks], Tensor], predicted: Peaks, observed: Peaks
) -> tuple[Tensor, ...]:
    return torch.autograd.grad(form(predicted, observed).sum(), (predicted.mz, predicted.intensity))


def _continuous(predicted: Peaks, observed: Peaks) -> Tensor:
    return gaussian_cosine(predicted, observed, sigma_da=SIGMA)


def _grid(predicted: Peaks, observed: Peaks) -> Tensor:
    return gaussian_cosine_grid(predicted, observed, sigma_da=SIGMA, bin_da=BIN, mz_max=BIN * BINS)


def _dense(predicted: Peaks, observed: Peaks) -> Tensor:
    """The dense form, with the exponent clamped, which makes float32 faster than without."""
    wide = torch.float64
    centre = ((torch.arange(BINS, dtype=wide) + 0.5) * BIN).to(predicted.mz.dtype)
    first, second = (
        (
            torch.exp((-0.5 * ((centre - side.mz[..., None]) / SIGMA) ** 2).clamp(min=-60.0))
            * side.intensity[..., None]
        ).sum(1)
        for side in (predicted, observed)
    )
    return 1.0 - torch.cosine_similarity(first, second)
