"""The cheapest weights of one stage, proven: descend, then let `branch` look for any cheaper."""

import numpy as np
from jaxtyping import Float

from core.balance.solving.branch import improve
from core.balance.solving.optimise import Constraint, descend
from core.balance.solving.stage_problem import Point, StageProblem

AT_BOUND = 1e-7
"""How close, relatively, a share counts as lying at its bound."""


def cheapest(problem: StageProblem) -> tuple[Point, bool]:
    """Find the smallest sum of squared log changes that puts every term inside its band.

    Args:
        problem: Feasible, with at least one free term.

    Returns:
        The minimum, and whether it is proven that no feasible point costs less by more than
        `branch.TOLERANCE`.
    """
    best = polish(problem, problem.start())
    while True:
        search = improve(problem, best, multiplier(problem, best))
        if search.better is None:
            return best, search.complete
        best = polish(problem, search.better)


def polish(problem: StageProblem, start: Point) -> Point:
    """Descend from a feasible point; never returns a worse one."""
    written, held_sum = problem.log_free, problem.held_sum

    def cost(z: np.ndarray) -> tuple[float, np.ndarray]:
        change = z[:-1] + z[-1] - written
        return float(change @ change), np.append(2 * change, 2 * change.sum())

    with np.errstate(divide="ignore"):
        low, high = np.log(problem.bounds)
    sum_is_one = Constraint(
        "eq",
        lambda z: np.array([np.exp(z[:-1]).sum() + held_sum * np.exp(-z[-1]) - 1]),
        lambda z: np.append(np.exp(z[:-1]), -held_sum * np.exp(-z[-1]))[None],
    )
    result = descend(
        cost,
        np.append(start.log_share, start.log_total),
        sum_is_one,
        low=np.append(low, problem.total_range[0]),
        high=np.append(high, problem.total_range[1]),
    )
    found = problem.complete(result[:-1], float(result[-1]))
    return min(found, start, key=lambda point: point.cost)


def multiplier(problem: StageProblem, point: Point) -> float:
    """Estimate the multiplier m of "shares sum to 1" by the conditions of Karush, Kuhn and Tucker.

    With cost x² the slope 2x + m s is 0 for a free share s, 0 or more at its lower bound, 0 or
    less at its upper; so each term gives m, a least m or a largest m. The total gives one more.

    Returns:
        0 where that satisfies all, else the middle. Above 0 the problem is convex: one would
        rather have larger shares than fit into 1.
    """
    share = np.exp(point.log_share)
    change = point.log_share + point.log_total - problem.log_free
    at_low, at_high = _at_bounds(share, *problem.bounds)
    least = [float(np.where(at_high, -np.inf, -2 * change / share).max())]
    most = [float(np.where(at_low, np.inf, -2 * change / share).min())]
    if problem.held.any():
        of_total = float(2 * change.sum() / (problem.held_sum * np.exp(-point.log_total)))
        first, last = problem.total_range
        least += [of_total] if point.log_total > first + AT_BOUND else []
        most += [of_total] if point.log_total < last - AT_BOUND else []
    ends = [end for end in (max(least), min(most)) if np.isfinite(end)]
    if not ends or max(least) <= 0 <= min(most):
        return 0.0
    return sum(ends) / len(ends)


def _at_bounds(
    share: Float[np.ndarray, " free"],
    low: Float[np.ndarray, " free"],
    high: Float[np.ndarray, " free"],
) -> tuple[np.ndarray, np.ndarray]:
    return share <= low * (1 + AT_BOUND), share >= high * (1 - AT_BOUND)
