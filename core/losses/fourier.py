"""Spectra in Fourier space: the frequencies, and the waves of masses and of peaks."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from core.losses.peaks import Peaks, require_positive, widest


@dataclass(frozen=True)
class Frequencies:
    """Equally spaced angular frequencies 0, spacing, 2 spacing ... in radians per Da.

    Args:
        spacing: Distance of two neighbours.
        count: How many there are.
        sigma_da: Width of the Gaussian that smooths both spectra.
    """

    spacing: float
    count: int
    sigma_da: float

    def weight(self, device: torch.device) -> Float[Tensor, " freq"]:
        """Return what each frequency counts in an inner product of two real smoothed spectra."""
        omega = widest(torch.arange(self.count, device=device)) * self.spacing
        weight = torch.exp((self.sigma_da * omega).square().neg().clamp(min=-60.0))
        # Every frequency but 0 stands for its negative as well.
        weight[:1] *= 0.5
        return weight


def choose_frequencies(span_da: float, sigma_da: float, cut: float) -> Frequencies:
    """Choose frequencies that resolve a mass range.

    Equal spacing makes a spectrum periodic: the spacing is at most 2 pi / (span + 8 sigma), so
    that two peaks at opposite ends do not meet.

    Args:
        span_da: Largest distance of two peaks in Da.
        sigma_da: Width of a peak in Da.
        cut: Highest frequency in units of 1 / sigma; its weight is exp(-cut^2).

    Raises:
        InputError: If one of them is not a positive, finite number.
    """
    require_positive("sigma_da", sigma_da)
    require_positive("cut", cut)
    require_positive("range of the masses and peaks in Da", span_da + sigma_da)
    top = cut / sigma_da
    count = math.ceil(top * (span_da + 8.0 * sigma_da) / (2.0 * math.pi)) + 1
    return Frequencies(top / (count - 1), count, sigma_da)


def wave(
    axis: Frequencies, mz: Float[Tensor, " masses"], real: torch.dtype
) -> Complex[Tensor, "masses freq"]:
    """Return exp(-i w m) for each mass and frequency, with parts of the given real type."""
    index = torch.arange(axis.count, device=mz.device)
    return _turn(-axis.spacing * widest(mz)[:, None] * index, real)


def peak_wave(axis: Frequencies, peaks: Peaks, real: torch.dtype) -> Complex[Tensor, "batch freq"]:
    """Return sum_j I_j exp(-i w m_j) of each example's peaks, outside the graph.

    A frequency is a coarse step plus a fine step, so its wave is the product of two from short
    tables: about 2 sqrt(freq) exponentials a peak and one matrix product.
    """
    mz = torch.where(peaks.mask, widest(peaks.mz.detach()), 0.0) * -axis.spacing
    height = torch.where(peaks.mask, peaks.intensity.detach(), 0.0).to(real)
    side = math.isqrt(axis.count - 1) + 1
    fine = torch.arange(side, device=mz.device)
    coarse = _turn(mz[:, None, :] * (fine * side)[:, None], real)
    waves = torch.bmm(coarse, _turn(mz[:, :, None] * fine, real) * height[:, :, None])
    return waves.flatten(1)[:, : axis.count].contiguous()


def _turn(phase: Float[Tensor, "*shape"], real: torch.dtype) -> Complex[Tensor, "*shape"]:
    """Return exp(i phase); whole turns are taken off before a narrow type rounds the rest."""
    angle = torch.remainder(phase, 2.0 * math.pi).to(real)
    return torch.complex(angle.cos(), angle.sin())
