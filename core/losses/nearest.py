"""Losses that pull a peak towards the nearest peak of the other list.

All three measure a distance d by the plain Huber function: d^2 / 2 up to delta, then
delta (|d| - delta / 2). It is not divided by delta, so far away a loss is about delta x distance.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from core.errors import InputError
from core.losses.matching import nearest_distance, weighted_mean
from core.losses.peaks import Peaks, require_positive


def nearest_peak_huber(
    predicted: Peaks, observed: Peaks, *, delta_da: float = 0.2
) -> Float[Tensor, " batch"]:
    """Return the mean Huber distance of observed peaks to the nearest predicted one.

    The mean is weighted by observed intensity: sum(I h) / sum(I). Predicting more peaks never
    raises it, as each observed peak then finds a nearer one.

    Args:
        predicted: Peaks of the model; differentiable in position, intensity is not read.
        observed: Peaks of the measurement; their intensities are the weights.
        delta_da: Where the Huber function turns from square to line, in Da, above 0.

    Returns:
        0 (every observed peak is hit) or more, unbounded; 0 where a side has no peak, as there is
        no pair to measure.

    Raises:
        InputError: If `delta_da` is not positive.

    Example:
        >>> here = torch.ones(1, 1)
        >>> one, two = (Peaks(here * mz, here, here.bool()) for mz in (100.0, 101.0))
        >>> round(nearest_peak_huber(one, two).item(), 3)
        0.18
    """
    distance, found = nearest_distance(observed, predicted)
    value = weighted_mean(_huber(distance, delta_da), observed.intensity, found, empty=0.0)
    return value.to(predicted.intensity.dtype)


def matched_only(
    predicted: Peaks, observed: Peaks, *, tolerance_da: float = 0.5, delta_da: float = 0.2
) -> Float[Tensor, " batch"]:
    """Return the mean Huber distance of those predicted peaks that find an observed one.

    The training note's flawed loss, kept to be seen: a predicted peak that finds nothing within
    the tolerance is left out, so a prediction that matches nothing at all scores a perfect 0, and
    there is no gradient from any peak that is further away.

    Args:
        predicted: Peaks of the model; differentiable in position, intensity is not read.
        observed: Peaks of the measurement; intensity is not read.
        tolerance_da: Largest distance that counts as a match, in Da, above 0.
        delta_da: Where the Huber function turns from square to line, in Da, above 0.

    Returns:
        0 to the Huber value at the tolerance (0.08 at the defaults), each match counting alike;
        0 where nothing matches.

    Raises:
        InputError: If a distance is not positive.
    """
    require_positive("tolerance_da", tolerance_da)
    distance, found = nearest_distance(predicted, observed)
    # Not "at most": a distance that is NaN must not be left out.
    near = found & ~(distance.detach().abs() > tolerance_da)
    value = weighted_mean(_huber(distance, delta_da), torch.ones_like(distance), near, empty=0.0)
    return value.to(predicted.intensity.dtype)


def bidirectional_nearest(
    predicted: Peaks, observed: Peaks, *, delta_da: float = 0.2, mix: float = 0.5
) -> Float[Tensor, " batch"]:
    """Return the nearest-peak Huber distance in both directions, mixed.

    Args:
        predicted: Peaks of the model; differentiable in position and intensity, which weights
            the direction predicted to observed.
        observed: Peaks of the measurement; intensity weights the direction observed to predicted.
        delta_da: Where the Huber function turns from square to line, in Da, above 0.
        mix: Weight of the direction observed to predicted, 0 to 1; the other has 1 - mix.

    Returns:
        0 (same positions) or more, unbounded; 0 where a side has no peak.

    Raises:
        InputError: If `delta_da` is not positive or `mix` not within 0 and 1.
    """
    if not 0.0 <= mix <= 1.0:
        raise InputError(
            "mix", expected="0 to 1", came=f"{mix:g}", do="Choose a share between the two"
        )
    there = nearest_peak_huber(predicted, observed, delta_da=delta_da)
    distance, found = nearest_distance(predicted, observed)
    back = weighted_mean(_huber(distance, delta_da), predicted.intensity, found, empty=0.0)
    return mix * there + (1.0 - mix) * back.to(there.dtype)


def _huber(distance: Float[Tensor, "*shape"], delta_da: float) -> Float[Tensor, "*shape"]:
    """Return d^2 / 2 where |d| is at most delta, and delta (|d| - delta / 2) beyond.

    Args:
        distance: Signed distance in Da.
        delta_da: Where the square turns into a line, in Da, above 0.

    Raises:
        InputError: If `delta_da` is not positive.
    """
    require_positive("delta_da", delta_da)
    size = distance.abs()
    near = size.clamp(max=delta_da)
    return near * (size - 0.5 * near)
