"""Slow, plain references for the losses: loops, dense arrays and closed forms in numpy."""

import itertools

import numpy as np
import torch

from core.losses.ladder import Ladder
from core.losses.peaks import Peaks

PROTON_DA, WATER_DA = 1.00727646688, 18.0105646863
B, Y = Ladder(False, PROTON_DA, 1), Ladder(True, WATER_DA + PROTON_DA, 1)
B2, Y2 = Ladder(False, 2 * PROTON_DA, 2), Ladder(True, WATER_DA + 2 * PROTON_DA, 2)


def random_peaks(generator, batch=3, peaks=12, *, low=100.0, high=900.0, dtype=torch.float64):
    """Random peaks with random padding, which holds what must never be read."""
    mz = low + (high - low) * torch.rand(batch, peaks, generator=generator, dtype=torch.float64)
    intensity = 0.05 + torch.rand(batch, peaks, generator=generator, dtype=torch.float64)
    mask = torch.rand(batch, peaks, generator=generator) < 0.8
    mask[:, 0] = True
    mz[~mask] = torch.nan
    intensity[~mask] = torch.inf
    return Peaks(mz.to(dtype), intensity.to(dtype), mask)


def near(peaks, generator, spread):
    """The same peaks, each moved by up to `spread`."""
    shift = (torch.rand(peaks.mz.shape, generator=generator, dtype=torch.float64) - 0.5) * 2
    return Peaks(peaks.mz + (shift * spread).to(peaks.mz.dtype), peaks.intensity, peaks.mask)


def one(mz, intensity=None):
    """A batch of one peak list without padding."""
    at = torch.as_tensor(mz, dtype=torch.float64)[None]
    height = torch.ones_like(at) if intensity is None else torch.as_tensor(intensity)[None].to(at)
    return Peaks(at, height, torch.ones(at.shape, dtype=torch.bool))


def lists(peaks):
    """The real peaks of each example as numpy arrays."""
    return [
        (mz[mask].detach().double().numpy(), intensity[mask].detach().double().numpy())
        for mz, intensity, mask in zip(peaks.mz, peaks.intensity, peaks.mask, strict=True)
    ]


def continuous_cosine(p, o, sigma):
    """1 - cosine by double loops over all pairs of peaks."""

    def inner(a, b):
        return sum(
            i * j * np.exp(-((m - n) ** 2) / (4 * sigma**2))
            for m, i in zip(*a, strict=True)
            for n, j in zip(*b, strict=True)
        )

    return 1 - inner(p, o) / np.sqrt(inner(p, p) * inner(o, o))


def dense_cosine(p, o, sigma, *, bin_da=0.1, mz_min=0.0, mz_max=2000.0):
    """1 - cosine of two dense renderings at the bin centres, differentiable by torch."""
    centre = mz_min + (np.arange(round((mz_max - mz_min) / bin_da)) + 0.5) * bin_da
    first, second = (
        (
            side[1][:, None]
            * torch.exp(-0.5 * ((torch.from_numpy(centre) - side[0][:, None]) / sigma) ** 2)
        ).sum(0)
        for side in (p, o)
    )
    return 1 - first @ second / (first.norm() * second.norm())


def shift_and_add(probabilities, mass, length, ladders, sigma, *, bin_da, top):
    """The smoothed expected spectrum of one example on a fine grid, and its positions."""
    axis = np.arange(round(top / bin_da)) * bin_da
    total = np.zeros(len(axis))
    for ladder in ladders:
        rows = probabilities[:length]
        rows = rows[::-1] if ladder.from_end else rows
        # The offset is where the walk starts, so that it is rounded once and not at every step.
        density = np.zeros(len(axis))
        density[round(ladder.offset_da / ladder.charge / bin_da)] = 1.0
        for row in rows[:-1]:
            moved = np.zeros(len(axis))
            for p, m in zip(row, mass, strict=True):
                bins = round(m / ladder.charge / bin_da)
                moved[bins:] += p * density[: len(axis) - bins]
            density = moved
            total += density
    reach = np.arange(-round(8 * sigma / bin_da), round(8 * sigma / bin_da) + 1) * bin_da
    return axis, np.convolve(total, np.exp(-0.5 * (reach / sigma) ** 2), mode="same")


def enumerated(probabilities, mass, length, ladders):
    """Every fragment of every possible chain, weighted by its probability."""
    at, weight = [], []
    for ladder in ladders:
        rows = probabilities[:length]
        rows = rows[::-1] if ladder.from_end else rows
        for k in range(1, length):
            for tokens in itertools.product(range(len(mass)), repeat=k):
                at.append((sum(mass[t] for t in tokens) + ladder.offset_da) / ladder.charge)
                weight.append(np.prod([row[t] for row, t in zip(rows, tokens, strict=False)]))
    return np.array(at), np.array(weight)
