"""Losses of the precursor's mass error, in parts per million."""

import torch
from jaxtyping import Float
from torch import Tensor

from core.losses.peaks import require_positive


def clamped(
    error_ppm: Float[Tensor, " batch"], *, limit_ppm: float = 100.0
) -> Float[Tensor, " batch"]:
    """Return the error, cut at a limit: min(e, limit).

    Args:
        error_ppm: Size of the error in ppm, 0 or more.
        limit_ppm: The cut in ppm, above 0.

    Returns:
        0 to the limit. The gradient is 1 below the limit and 0 above it: an error that is larger
        teaches nothing.

    Raises:
        InputError: If the limit is not positive.

    Example:
        >>> clamped(torch.tensor([10.0, 25_000.0])).tolist()
        [10.0, 100.0]
    """
    require_positive("limit_ppm", limit_ppm)
    return error_ppm.clamp(max=limit_ppm)


def log_scaled(
    error_ppm: Float[Tensor, " batch"], *, scale_ppm: float = 100.0
) -> Float[Tensor, " batch"]:
    """Return s log(1 + e / s).

    Args:
        error_ppm: Size of the error in ppm, 0 or more.
        scale_ppm: The scale s in ppm, above 0: linear well below it, logarithmic well above.

    Returns:
        0 or more, unbounded. The gradient is s / (s + e): 1 at zero, 0.00398 at 25,000 ppm.

    Raises:
        InputError: If the scale is not positive.

    Example:
        >>> [round(v, 1) for v in log_scaled(torch.tensor([100.0, 25_000.0])).tolist()]
        [69.3, 552.5]
    """
    require_positive("scale_ppm", scale_ppm)
    return scale_ppm * torch.log1p(error_ppm / scale_ppm)


def log_ratio(
    error_ppm: Float[Tensor, " batch"], *, divisor_ppm: float = 100_000.0
) -> Float[Tensor, " batch"]:
    """Return log(1 + e / d).

    Args:
        error_ppm: Size of the error in ppm, 0 or more.
        divisor_ppm: The divisor d in ppm, above 0.

    Returns:
        0 or more, unbounded. The gradient is 1 / (d + e): at most 1e-5 for d = 100,000.

    Raises:
        InputError: If the divisor is not positive.

    Example:
        >>> round(log_ratio(torch.tensor([25_000.0])).item(), 4)
        0.2231
    """
    require_positive("divisor_ppm", divisor_ppm)
    return torch.log1p(error_ppm / divisor_ppm)
