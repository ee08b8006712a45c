"""One stage as the solver sees it: shares of the free terms, and the total of all.

With p = log share and t = log total, the log change of a free weight is p + t - a, where a is the
log of its written contribution. In these variables the cost is a convex quadratic, the bands are
bounds, and one equation is left that is not linear: the shares sum to 1. A held term keeps its
contribution, so its share is that over the total.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

ROUNDING = 1e-12
"""Relative room for bands that meet exactly: 0.6 + 0.3 + 0.1 need not be 1 in binary."""


@dataclass(frozen=True)
class Point:
    """A feasible answer for one stage.

    Args:
        log_share: Of the free terms.
        log_total: Of the whole stage.
        cost: Sum of squared log changes of the free weights.
    """

    log_share: Float[np.ndarray, " free"]
    log_total: float
    cost: float


@dataclass(frozen=True)
class StageProblem:
    """The active terms of a stage with their bands.

    Args:
        contribution: As written, above 0.
        low: Smallest allowed share of each term, as a fraction.
        high: Largest allowed share; below `low` where the band leaves an active term nothing.
        held: Whether the term keeps its weight.
    """

    contribution: Float[np.ndarray, " active"]
    low: Float[np.ndarray, " active"]
    high: Float[np.ndarray, " active"]
    held: Bool[np.ndarray, " active"]

    @cached_property
    def log_free(self) -> Float[np.ndarray, " free"]:
        """Log of the written contributions of the free terms."""
        return np.log(self.contribution[~self.held])

    @cached_property
    def bounds(self) -> tuple[Float[np.ndarray, " free"], Float[np.ndarray, " free"]]:
        """Smallest and largest share of the free terms, as fractions."""
        return self.low[~self.held], self.high[~self.held]

    @cached_property
    def held_sum(self) -> float:
        """Contributions of the held terms together."""
        return float(self.contribution[self.held].sum())

    @cached_property
    def log_written_total(self) -> float:
        """Log of the total as written."""
        return float(np.log(self.contribution.sum()))

    @cached_property
    def total_range(self) -> tuple[float, float]:
        """Log totals at which the bands can hold: empty (first > second) where none can.

        Each held term bounds the total by its own band, the free bands bound what is left for
        the held terms together. Without a held term any total will do.
        """
        if (self.low > self.high).any():
            return np.inf, -np.inf
        low, high = self.bounds[0].sum(), self.bounds[1].sum()
        if not self.held.any():
            possible = low <= 1 + ROUNDING and high >= 1 - ROUNDING
            return (-np.inf, np.inf) if possible else (np.inf, -np.inf)
        own = self.contribution[self.held]
        least = max(float((own / self.high[self.held]).max()), _ratio(self.held_sum, 1 - low))
        most = min(
            float(np.min([_ratio(c, x) for c, x in zip(own, self.low[self.held], strict=True)])),
            _ratio(self.held_sum, 1 - high),
        )
        if least > most * (1 + ROUNDING) or not np.isfinite(least):
            return np.inf, -np.inf
        return float(np.log(min(least, most))), float(np.log(most))

    @property
    def is_feasible(self) -> bool:
        """Whether some weights of the free terms put every term inside its band."""
        return self.total_range[0] <= self.total_range[1]

    def inside(self, slack: float) -> bool:
        """Whether the stage as written lies in all bands, within `slack` (a fraction)."""
        share = self.contribution / self.contribution.sum()
        return bool(np.all((share >= self.low - slack) & (share <= self.high + slack)))

    def complete(self, log_share: Float[np.ndarray, " free"], log_total: float) -> Point:
        """Move a guess to a feasible point near it: bounds and the sum hold to rounding."""
        total = float(np.clip(log_total, *self.total_range))
        share = fill(log_share, *self.bounds, 1 - self.held_sum * np.exp(-total))
        exact = np.log(share)
        if not self.held.any():
            total = float(np.mean(self.log_free - exact))  # the total that costs least
        change = exact + total - self.log_free
        return Point(exact, total, float(change @ change))

    def start(self) -> Point:
        """Give the written shares, scaled by one factor and cut at the bands."""
        return self.complete(self.log_free, self.log_written_total)

    def free_range(self) -> tuple[Float[np.ndarray, " free"], Float[np.ndarray, " free"]]:
        """Smallest and largest contribution each free term can have inside the bands.

        Both are piecewise linear in the total (the smallest convex, the largest concave), so
        they lie at an end of the totals or at the kink. Without a held term: 0 and infinity.
        """
        n_free = len(self.log_free)
        if not self.held.any():
            return np.zeros(n_free), np.full(n_free, np.inf)
        low, high = self.bounds
        rest_low, rest_high = 1 - (low.sum() - low), 1 - (high.sum() - high)
        ends = np.exp(np.array(self.total_range))
        with np.errstate(divide="ignore", invalid="ignore"):
            kinks = self.held_sum / np.array([rest_high - low, rest_low - high])
        totals = np.concatenate([np.broadcast_to(ends[:, None], (2, n_free)), kinks])
        totals = np.clip(np.where(np.isfinite(totals), totals, ends[0]), *ends)
        least = np.maximum(low * totals, rest_high * totals - self.held_sum).min(axis=0)
        most = np.minimum(high * totals, rest_low * totals - self.held_sum).max(axis=0)
        return least, most


def fill(
    log_size: Float[np.ndarray, " free"],
    low: Float[np.ndarray, " free"],
    high: Float[np.ndarray, " free"],
    total: float,
) -> Float[np.ndarray, " free"]:
    """Scale sizes by one factor and cut them at their bounds so that they sum to `total`.

    Args:
        log_size: Log of the sizes.
        low: Lower bounds, summing to at most `total`.
        high: Upper bounds, summing to at least `total`.
        total: The wanted sum.

    Example:
        >>> fill(np.log([8.0, 1.0, 1.0]), np.array([0.1] * 3), np.array([0.6] * 3), 1.0).tolist()
        [0.6, 0.2, 0.2]
    """
    with np.errstate(divide="ignore"):
        steps = np.concatenate([np.log(low) - log_size, np.log(high) - log_size])
    steps = np.unique(steps[np.isfinite(steps)])
    sums = np.clip(np.exp(log_size + steps[:, None]), low, high).sum(axis=1)
    after = int(np.searchsorted(sums, total))
    if after == len(steps):
        return high.copy()
    # Between two steps the same terms are cut, so the factor of the others follows directly.
    factor = steps[0] - 1 if after == 0 else (steps[after - 1] + steps[after]) / 2
    size = np.exp(log_size + factor)
    moving = (size > low) & (size < high)
    share = np.clip(size, low, high)
    if moving.any():
        share[moving] *= (total - share[~moving].sum()) / share[moving].sum()
    return np.clip(share, low, high)


def _ratio(part: float, share: float) -> float:
    """Give the total of which `part` is `share`; infinite where the share is 0 or less."""
    return part / share if share > ROUNDING else np.inf
