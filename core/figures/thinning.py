"""Fewer points on a chart without losing what stands out: extremes, ends, NaN and inf."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from tsdownsample import MinMaxDownsampler

FEWEST = 8  # points of a curve that is thinned
MARKS_SHARE = 8  # one point in so many may mark NaN and inf


def thinned(
    x: Float[np.ndarray, " points"],
    y: Float[np.ndarray, " points"],
    most: int,
    *,
    x_log: bool = False,
) -> Int[np.ndarray, " kept"]:
    """Choose points so that the line looks the same: lowest and highest of each stretch of x.

    The stretches are equal as displayed. The first and last finite point are kept, and of points
    without a finite value the first of each stretch.

    Args:
        x: Ascending; above 0 on a logarithmic axis.
        y: May hold NaN and inf.
        most: How many points are kept at most; at least 8 are.
        x_log: Whether the horizontal axis is logarithmic.

    Returns:
        Indices, ascending.

    Example:
        >>> y = np.zeros(1_000)
        >>> y[123] = 9.0
        >>> 123 in thinned(np.arange(1_000.0), y, 20)
        True
    """
    most = max(most, FEWEST)
    if len(x) <= most:
        return np.arange(len(x))
    finite = np.isfinite(y)
    shown_x = np.log(x) if x_log else x
    lost = np.flatnonzero(~finite)
    marks = _firsts(shown_x, lost, most // MARKS_SHARE)
    known = np.flatnonzero(finite) if len(lost) else None
    room = (most - len(marks) - 2) // 2 * 2  # pairs: a lowest and a highest
    inner = _extremes(shown_x, y, room) if known is None else known[
        _extremes(shown_x[known], y[known], room)]  # fmt: skip
    ends = [0, len(x) - 1] if known is None else known[[0, -1]] if len(known) else []
    return np.unique(np.concatenate([inner, marks, ends]).astype(np.int64))


def _extremes(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    if len(x) <= most:
        return np.arange(len(x))
    # Without a width, stretches of x are none: then those of equal count.
    columns = (y,) if x[0] == x[-1] else (x, y)
    columns = (np.ascontiguousarray(column, dtype=np.float64) for column in columns)
    return MinMaxDownsampler().downsample(*columns, n_out=most).astype(np.int64)


def _firsts(x: np.ndarray, at: np.ndarray, most: int) -> np.ndarray:
    """Keep one of some points in each stretch of x."""
    if len(at) <= most:
        return at
    stretch = np.floor(most * (x[at] - x[0]) / (x[-1] - x[0] or 1.0))
    return at[np.unique(np.minimum(stretch, most - 1), return_index=True)[1]]


def fair_shares(lengths: Sequence[int], total: int) -> list[int]:
    """Share points among curves: short ones keep theirs, long ones get equal parts of the rest.

    Example:
        >>> fair_shares([10, 1_000, 5_000], 1_000)
        [10, 495, 495]
    """
    shares = [0] * len(lengths)
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    for done, i in enumerate(order):
        shares[i] = min(lengths[i], total // (len(order) - done))
        total -= shares[i]
    return shares
