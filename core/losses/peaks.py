"""Padded peak lists of a batch, and what every loss on them shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from core.errors import InputError


@dataclass(frozen=True)
class Peaks:
    """The peak lists of a batch, padded to one width.

    Args:
        mz: Positions in Da per charge, in any order; float64 where it matters, as float32 rounds
            1,500 Da to 1e-4.
        intensity: Heights, 0 or more; only their ratios within an example count.
        mask: True where a peak is, False where padding is; what padding holds is never read.
    """

    mz: Float[Tensor, "batch peaks"]
    intensity: Float[Tensor, "batch peaks"]
    mask: Bool[Tensor, "batch peaks"]


def pad_peaks(
    mz: Sequence[np.ndarray],
    intensity: Sequence[np.ndarray],
    *,
    dtype: torch.dtype = torch.float64,
) -> Peaks:
    """Put peak lists of different lengths into one padded batch.

    Args:
        mz: One array of positions for each example, in Da per charge.
        intensity: The heights that belong to them.
        dtype: Floating type of both tensors.

    Returns:
        The batch; its width is that of the longest list.

    Raises:
        InputError: If the two sequences do not fit together.

    Example:
        >>> peaks = pad_peaks([np.array([100.0, 200.0]), np.array([150.0])],
        ...                   [np.array([1.0, 0.5]), np.array([1.0])])
        >>> peaks.mask.tolist()
        [[True, True], [True, False]]
    """
    sizes = [len(values) for values in mz]
    if sizes != [len(values) for values in intensity]:
        raise InputError(
            "peak lists",
            expected="as many intensities as positions in every example",
            came=f"{sizes} positions and {[len(values) for values in intensity]} intensities",
            do="Give both arrays of an example the same length",
        )
    shape = (len(sizes), max(sizes, default=0))
    padded_mz, padded_intensity = np.zeros(shape), np.zeros(shape)
    for row, size in enumerate(sizes):
        padded_mz[row, :size] = mz[row]
        padded_intensity[row, :size] = intensity[row]
    mask = np.arange(shape[1])[None, :] < np.array(sizes, dtype=np.int64)[:, None]
    return Peaks(
        torch.tensor(padded_mz, dtype=dtype),
        torch.tensor(padded_intensity, dtype=dtype),
        torch.tensor(mask),
    )


def widest_type(device: torch.device) -> torch.dtype:
    """Return the widest floating type that a device has: MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def widest(tensor: Tensor) -> Tensor:
    """Return the tensor in the widest floating type that its device has.

    Positions are subtracted in float64 whatever the model computes in: in float32 the difference
    of two masses near 1,500 Da is off by 1e-4, and the gradient of a narrow Gaussian by 1e-3.
    """
    return tensor.to(widest_type(tensor.device))


def nan_guard(peaks: Peaks) -> Float[Tensor, " batch"]:
    """Return 0 for each example, or NaN if a position is not finite.

    A position that is NaN is near to nothing. Without this a model that has diverged would look
    like one that is merely wrong.
    """
    return 0.0 * torch.where(peaks.mask, widest(peaks.mz.detach()), 0.0).sum(1)


def require_positive(where: str, value: float) -> None:
    """Raise if a width or tolerance is not a positive, finite number.

    Raises:
        InputError: If it is not.
    """
    if not 0.0 < value < float("inf"):
        raise InputError(
            where,
            expected="a positive, finite number",
            came=f"{value:g}",
            do="Choose a value above 0",
        )


def cosine_loss(
    cross: Float[Tensor, " batch"], first: Float[Tensor, " batch"], second: Float[Tensor, " batch"]
) -> Float[Tensor, " batch"]:
    """Return 1 - cosine from three inner products; 1 where one of the two sides is empty.

    Args:
        cross: Inner product of the two sides.
        first: Squared norm of the one side.
        second: Squared norm of the other side.
    """
    absent = (first <= 0) | (second <= 0)
    # The square root is taken of 1 where a side is empty: a NaN of the branch that is not taken
    # would still reach the gradient.
    norm = torch.where(absent, 1.0, first).sqrt() * torch.where(absent, 1.0, second).sqrt()
    # Rounding and, in Fourier space, the cut leave the range by a little.
    return torch.where(absent, 1.0, 1.0 - cross / norm).clamp(0.0, 1.0)


def cosine_slope(
    cross: Float[Tensor, " batch"],
    mine: Float[Tensor, " batch"],
    other: Float[Tensor, " batch"],
) -> tuple[Float[Tensor, "batch 1"], Float[Tensor, "batch 1"]]:
    """Return how 1 - cosine changes with one side: factors of that side and of the other.

    The derivative by the vector `x` of the one side is `own * x + foreign * y`; both factors are
    0 where a side is empty.

    Args:
        cross: Inner product of x and y.
        mine: Squared norm of x.
        other: Squared norm of y.
    """
    absent = (mine <= 0) | (other <= 0)
    mine, other = torch.where(absent, 1.0, mine), torch.where(absent, 1.0, other)
    foreign = torch.where(absent, 0.0, -1.0 / (mine.sqrt() * other.sqrt()))
    return (-foreign * cross / mine)[:, None], foreign[:, None]
