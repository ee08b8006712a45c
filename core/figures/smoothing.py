"""Exponential smoothing that knows how far apart points lie, and that begins anew where asked."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from jaxtyping import Float


def exponential(
    x: Float[np.ndarray, " points"],
    value: Float[np.ndarray, " points"],
    *,
    half_life: float,
    restarts: Sequence[int] = (),
    log: bool = False,
) -> Float[np.ndarray, " points"]:
    """Average each value with those before it, which count half as much a half-life further back.

    The weights sum to one from the first point on, so the line does not start at 0. NaN and inf
    are left out of the mean and stay where they are.

    Args:
        x: Positions, never falling.
        value: At each position.
        half_life: In units of x; 0 returns the values.
        restarts: Indices of the points at which the mean begins anew, as at a change of weights.
        log: Average the logarithms; values of 0 or less count as the smallest positive number.

    Example:
        >>> exponential(np.array([0.0, 1.0]), np.array([4.0, 1.0]), half_life=1.0)
        array([4., 2.])
    """
    if half_life <= 0 or not len(x):
        return value
    finite = np.isfinite(value)
    level = np.where(finite, value, 0.0)
    if log:
        level = np.where(finite, np.log(np.maximum(level, np.finfo(float).tiny)), 0.0)
    kept = np.exp2(-np.diff(x, prepend=x[0]) / half_life)
    kept[[0, *(at for at in restarts if at < len(x))]] = 0.0
    total, weight = decaying_sums(kept, np.stack([level, finite.astype(float)]))
    mean = total / np.where(weight > 0, weight, 1.0)
    return np.where(finite, np.exp(mean) if log else mean, value)


def decaying_sums(
    kept: Float[np.ndarray, " points"], value: Float[np.ndarray, "rows points"]
) -> Float[np.ndarray, "rows points"]:
    """Compute s[i] = kept[i] s[i - 1] + value[i] along each row, from s = 0.

    The points are cut into as many stretches as each has points: all stretches advance together,
    then what one leaves behind is carried into the next. So a million points take two thousand
    steps of numpy.

    Args:
        kept: What is left of the sum before, 0 to 1.
        value: What is added, in rows that are summed alike.

    Example:
        >>> decaying_sums(np.array([0.0, 0.5, 0.5]), np.array([[4.0, 2.0, 1.0]]))
        array([[4., 4., 3.]])
    """
    rows, count = value.shape
    width = isqrt(max(count - 1, 0)) + 1
    padding = -count % width
    factor = np.pad(kept, (0, padding)).reshape(-1, width).T.copy()  # step of a stretch x stretch
    added = np.pad(value, ((0, 0), (0, padding))).reshape(rows, -1, width).transpose(2, 0, 1).copy()
    for k in range(1, width):
        added[k] += factor[k] * added[k - 1]
        factor[k] *= factor[k - 1]
    carried = np.zeros_like(added[0])
    for stretch in range(1, carried.shape[1]):
        before = stretch - 1
        carried[:, stretch] = added[-1, :, before] + factor[-1, before] * carried[:, before]
    added += factor[:, None] * carried
    return added.transpose(1, 2, 0).reshape(rows, -1)[:, :count]
