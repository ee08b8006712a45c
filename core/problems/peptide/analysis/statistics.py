"""How well a loss orders right and wrong: win rate, AUC, d', with what they mean for ties."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

# Two losses nearer than this are equal but for rounding.
TIE = 1e-9
Z_95 = 1.959964


@dataclass(frozen=True)
class WinRate:
    """How often the right peptide costs less than its own decoy.

    Args:
        rate: Wins and half of the ties, over all pairs; NaN without a pair.
        low: Lower end of the 95 % Wilson interval.
        high: Upper end.
        pairs: Number of pairs.
        ties: Pairs of equal loss.
    """

    rate: float
    low: float
    high: float
    pairs: int
    ties: int


def win_rate(right: Float[np.ndarray, " pairs"], wrong: Float[np.ndarray, " pairs"]) -> WinRate:
    """Count pairs in which the right one is lower; a tie counts half, a NaN pair not at all."""
    difference = wrong - right
    difference = difference[np.isfinite(difference)]
    pairs = len(difference)
    if pairs == 0:
        return WinRate(np.nan, np.nan, np.nan, 0, 0)
    ties = int((np.abs(difference) <= TIE).sum())
    rate = (int((difference > TIE).sum()) + 0.5 * ties) / pairs
    low, high = wilson(rate, pairs)
    return WinRate(rate, low, high, pairs, ties)


def wilson(rate: float, count: int) -> tuple[float, float]:
    """Give the 95 % Wilson score interval of a proportion.

    Args:
        rate: Observed proportion, 0 to 1.
        count: Number of trials, 1 or more.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Example:
        >>> [round(v, 3) for v in wilson(1.0, 10)]
        [0.722, 1.0]
    """
    shrink = 1.0 + Z_95**2 / count
    centre = (rate + Z_95**2 / (2 * count)) / shrink
    half = Z_95 / shrink * np.sqrt(rate * (1 - rate) / count + Z_95**2 / (4 * count**2))
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def auc(right: Float[np.ndarray, " right"], wrong: Float[np.ndarray, " wrong"]) -> float:
    """Give the chance that a random right example costs less than a random wrong one.

    Ties count half. NaN values are left out; NaN where a side is empty.

    Source: the rank-sum form, Mann & Whitney, Ann. Math. Stat. 18 (1947) 50.

    Example:
        >>> auc(np.array([0.1, 0.2]), np.array([0.2, 0.3]))
        0.875
    """
    right, wrong = right[np.isfinite(right)], wrong[np.isfinite(wrong)]
    if not len(right) or not len(wrong):
        return float("nan")
    # Ties by rounding must not be decided by it.
    values = np.round(np.concatenate([right, wrong]) / TIE) * TIE
    ranks = rankdata(values)[len(right) :]
    above = ranks.sum() - len(wrong) * (len(wrong) + 1) / 2
    return float(above / (len(right) * len(wrong)))


def d_prime(right: Float[np.ndarray, " right"], wrong: Float[np.ndarray, " wrong"]) -> float:
    """Give the distance of the two means in units of their pooled standard deviation.

    NaN with fewer than two values on a side, or where neither side varies.
    """
    right, wrong = right[np.isfinite(right)], wrong[np.isfinite(wrong)]
    if min(len(right), len(wrong)) < 2:
        return float("nan")
    pooled = np.sqrt((right.var(ddof=1) + wrong.var(ddof=1)) / 2)
    # Equal values vary in their last bit: that is no spread to measure a distance in.
    rounding = 1e-12 * max(np.abs(right).max(), np.abs(wrong).max())
    return float((wrong.mean() - right.mean()) / pooled) if pooled > rounding else float("nan")
