"""A share of cases with its interval."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from core.diagnosis.conventions import wilson_interval


@dataclass(frozen=True)
class Share:
    """A share of cases with its 95 % Wilson interval.

    Args:
        value: 0 to 1; NaN of nothing, as are its limits.
        low: Lower end.
        high: Upper end.
        count: Number of cases. Those of one protein are not independent, so the interval is
            rather too narrow.
    """

    value: float
    low: float
    high: float
    count: int


def share_of(holds: Bool[np.ndarray, " cases"]) -> Share:
    """Count a share.

    Example:
        >>> share = share_of(np.array([True, True, False, True]))
        >>> share.value, round(share.low, 2), round(share.high, 2), share.count
        (0.75, 0.3, 0.95, 4)
    """
    count = len(holds)
    if not count:
        return Share(float("nan"), float("nan"), float("nan"), 0)
    value = float(holds.mean())
    low, high = wilson_interval(value, count)
    return Share(value, min(low, value), max(high, value), count)  # by rounding, at 0 and 1
