"""How much of the observed intensity lies near a predicted peak."""

import torch
from jaxtyping import Float
from torch import Tensor

from core.losses.matching import nearest_distance, weighted_mean
from core.losses.peaks import Peaks, require_positive


def matched_filter(
    predicted: Peaks, observed: Peaks, *, sigma_da: float
) -> Float[Tensor, " batch"]:
    """Return 1 - the share of observed intensity that predicted peaks explain.

    Each observed peak counts with the Gaussian of its distance to the nearest predicted peak.
    Predicted intensities are not read, so predicting more peaks never costs anything.

    Args:
        predicted: Peaks of the model; differentiable in position.
        observed: Peaks of the measurement; their intensities, scaled to sum 1, are the weights.
        sigma_da: Width of the Gaussian in Da, above 0.

    Returns:
        0 (every observed peak is hit) to 1 (none is); 1 where a side has no peak.

    Raises:
        InputError: If the width is not positive.
    """
    require_positive("sigma_da", sigma_da)
    distance, found = nearest_distance(observed, predicted)
    # Clamped: exp is 50 times slower where it underflows.
    hit = torch.exp((distance.square() * (-0.5 / sigma_da**2)).clamp(min=-60.0))
    return weighted_mean(1.0 - hit, observed.intensity, found, empty=1.0).to(
        predicted.intensity.dtype
    )
