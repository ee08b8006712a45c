"""The nearest-peak losses against the full distance matrix."""

import torch
from torch import Tensor
from torch.nn.functional import huber_loss

from benchmarks.measure import Row, against, cost, one_thread, random_peaks
from core.losses.nearest import nearest_peak_huber
from core.losses.peaks import Peaks

SIZE = "64 x 500 peaks, float64, forward + backward"


def rows() -> list[Row]:
    """Compare time, memory, and value and gradient."""
    generator = torch.Generator().manual_seed(0)
    predicted = random_peaks(generator, 64, 500, torch.float64, tracked=True)
    observed = random_peaks(generator, 64, 500, torch.float64)

    def mine() -> Tensor:
        loss = nearest_peak_huber(predicted, observed)
        return torch.autograd.grad(loss.sum(), predicted.mz)[0]

    def matrix() -> Tensor:
        return torch.autograd.grad(_matrix(predicted, observed).sum(), predicted.mz)[0]

    with one_thread():
        name = f"Nearest-peak Huber against the full matrix, {SIZE}"
        found = against(name, cost(mine, repeat=20), cost(matrix, repeat=5), faster=20, smaller=20)
        value = nearest_peak_huber(predicted, observed) - _matrix(predicted, observed)
        worst = max(value.abs().max().item(), (mine() - matrix()).abs().max().item())
    name = "Nearest-peak Huber, largest difference of value and gradient to the full matrix"
    return [*found, Row(name, f"{worst:.1e}", "at most 1e-12", worst <= 1e-12)]


def _matrix(predicted: Peaks, observed: Peaks) -> Tensor:
    distance = (observed.mz[:, :, None] - predicted.mz[:, None, :]).abs().min(2).values
    huber = huber_loss(distance, torch.zeros_like(distance), reduction="none", delta=0.2)
    return (observed.intensity * huber).sum(1) / observed.intensity.sum(1)
