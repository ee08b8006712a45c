"""Branch and bound over one stage: proves an answer the cheapest, or gives a better one.

A box of log shares and log total is bounded from below by dropping the equation "shares sum to 1"
at the price of its multiplier m. The price -m exp(p) is replaced by a line below it (the chord
where it is concave, a tangent where it is convex), which leaves a convex quadratic under bounds.
Its minimum is found without iteration: for a given total every share is a cut line, so the slope
over the total is piecewise linear. Any m gives a valid bound; the answer's own gives a tight one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from core.balance.solving.stage_problem import Point, StageProblem

TOLERANCE = 1e-6
"""Costs that differ by less count as the same answer: absolute up to a cost of 1, then relative."""
MOST_BOXES = 20_000
TRIED = np.array([0.0, 0.5, 1.0, 2.0])


@dataclass(frozen=True)
class Boxes:
    """Boxes of log shares (all columns but the last) and log total (the last)."""

    low: Float[np.ndarray, "boxes axes"]
    high: Float[np.ndarray, "boxes axes"]

    def pick(self, chosen: Bool[np.ndarray, " boxes"]) -> "Boxes":
        """Keep some of the boxes."""
        return Boxes(self.low[chosen], self.high[chosen])


@dataclass(frozen=True)
class Lines:
    """Lines that replace the exponentials over each box: value at the low end, and slope."""

    base: Float[np.ndarray, "boxes axes"]
    slope: Float[np.ndarray, "boxes axes"]


@dataclass(frozen=True)
class Search:
    """What a search gave.

    Args:
        better: A point that costs less; None where none was found.
        complete: Whether all feasible points were covered, so that "none" is proven.
    """

    better: Point | None
    complete: bool


def improve(problem: StageProblem, best: Point, multiplier: float) -> Search:
    """Search all feasible points for one that costs less.

    Args:
        problem: Feasible, with at least one free term.
        best: A feasible point.
        multiplier: An estimate of the price of "shares sum to 1" at `best`, of either sign.

    Returns:
        A point that costs less by more than `TOLERANCE`, or none. Gives up beyond `MOST_BOXES`
        boxes, which up to 8 terms do not need.
    """
    boxes, opened = _root(problem, best), 0
    center = np.append(best.log_share, best.log_total)
    target = best.cost - TOLERANCE * max(1.0, best.cost)
    while len(boxes.low) and opened < MOST_BOXES:
        opened += len(boxes.low)
        boxes = _tighten(problem, boxes)
        if not len(boxes.low):
            break
        bound, at = _bound(problem, boxes, center, multiplier)
        lowest = int(bound.argmin())
        found = problem.complete(at[lowest, :-1], float(at[lowest, -1]))
        if found.cost < target:
            return Search(found, complete=False)
        boxes = _halve(boxes.pick(bound < target), problem.held_sum)
    return Search(None, complete=not len(boxes.low))


def _root(problem: StageProblem, best: Point) -> Boxes:
    """Enclose every point as cheap as `best`: no log change is larger than the root of its cost."""
    reach = np.sqrt(best.cost) + 1e-6
    share = problem.log_free - problem.log_written_total
    with np.errstate(divide="ignore"):
        low, high = np.log(problem.bounds)
    first, last = problem.total_range
    total = problem.log_written_total
    return Boxes(
        np.append(np.maximum(low, share - 2 * reach), max(first, total - reach))[None],
        np.append(np.minimum(high, share + 2 * reach), min(last, total + reach))[None],
    )


def _tighten(problem: StageProblem, boxes: Boxes) -> Boxes:
    """Cut off what the sum of 1 excludes, and drop the boxes of which nothing is left."""
    least, most = np.exp(boxes.low), np.exp(boxes.high)
    least[:, -1] = problem.held_sum * np.exp(-boxes.high[:, -1])
    most[:, -1] = problem.held_sum * np.exp(-boxes.low[:, -1])
    new_least = np.maximum(least, 1 - (most.sum(axis=1, keepdims=True) - most))
    new_most = np.minimum(most, 1 - (least.sum(axis=1, keepdims=True) - least))
    possible = np.all(new_least <= new_most + 1e-14, axis=1)
    low, high = boxes.low.copy(), boxes.high.copy()
    low[:, :-1] = np.log(new_least[:, :-1])
    high[:, :-1] = np.log(np.maximum(new_most, new_least)[:, :-1])
    if problem.held_sum:
        low[:, -1] = np.log(problem.held_sum / np.maximum(new_most, new_least)[:, -1])
        high[:, -1] = np.log(problem.held_sum / new_least[:, -1])
    return Boxes(low, high).pick(possible)


def _bound(
    problem: StageProblem,
    boxes: Boxes,
    center: Float[np.ndarray, " axes"],
    multiplier: float,
) -> tuple[Float[np.ndarray, " boxes"], Float[np.ndarray, "boxes axes"]]:
    """Bound the cost over each box from below, and give the points that attain the bounds."""
    bound = np.full(len(boxes.low), -np.inf)
    at = np.zeros_like(boxes.low)
    lines = _lines(boxes, center, problem.held_sum, convex=multiplier > 0)
    for price in np.unique(-multiplier * TRIED):
        points = _relaxed(problem.log_free, boxes, price * lines.slope)
        change = points[:, :-1] + points[:, -1:] - problem.log_free
        sum_of_shares = (lines.base + lines.slope * (points - boxes.low)).sum(axis=1)
        value = (change**2).sum(axis=1) - price * (sum_of_shares - 1)
        better = value > bound
        bound[better], at[better] = value[better], points[better]
    return bound, at


def _lines(
    boxes: Boxes, center: Float[np.ndarray, " axes"], held_sum: float, *, convex: bool
) -> Lines:
    """Replace exp(p), and the held share over the total, by a tangent or a chord."""
    sign = np.append(np.ones(boxes.low.shape[1] - 1), -1.0)
    scale = np.append(np.ones(boxes.low.shape[1] - 1), held_sum)
    if convex:
        touch = np.clip(center, boxes.low, boxes.high)
        slope = sign * scale * np.exp(sign * touch)
        return Lines(scale * np.exp(sign * touch) - slope * (touch - boxes.low), slope)
    base = scale * np.exp(sign * boxes.low)
    width = boxes.high - boxes.low
    narrow = width < 1e-9  # the tangent at the end is the chord to rounding
    rise = scale * np.exp(sign * boxes.high) - base
    return Lines(base, np.where(narrow, sign * base, rise / np.where(narrow, 1.0, width)))


def _relaxed(
    log_free: Float[np.ndarray, " free"], boxes: Boxes, pull: Float[np.ndarray, "boxes axes"]
) -> Float[np.ndarray, "boxes axes"]:
    """Minimise the sum of (p + t - a)² - pull · (p, t) over each box."""
    wish = log_free + pull[:, :-1] / 2
    floor, roof = boxes.low[:, :-1], boxes.high[:, :-1]
    steps = np.sort(np.concatenate([wish - roof, wish - floor], axis=1), axis=1)
    half = np.clip(
        (pull[:, :-1] / 2)[:, None, :],
        (floor - log_free)[:, None, :] + steps[:, :, None],
        (roof - log_free)[:, None, :] + steps[:, :, None],
    )
    slope = 2 * half.sum(axis=2) - pull[:, -1:]
    total = np.clip(_zero(steps, slope, 2.0 * len(log_free)), boxes.low[:, -1], boxes.high[:, -1])
    share = np.clip(wish - total[:, None], floor, roof)
    return np.concatenate([share, total[:, None]], axis=1)


def _zero(
    x: Float[np.ndarray, "rows knots"], y: Float[np.ndarray, "rows knots"], end_slope: float
) -> Float[np.ndarray, " rows"]:
    """Find where a rising piecewise linear function is 0, by its values at the knots."""
    row = np.arange(len(x))
    after = (y <= 0).sum(axis=1)
    right = np.clip(after, 1, x.shape[1] - 1)
    left_y, right_y = y[row, right - 1], y[row, right]
    rise = np.where(right_y > left_y, right_y - left_y, 1.0)
    between = x[row, right - 1] - left_y * (x[row, right] - x[row, right - 1]) / rise
    ahead, behind = x[:, 0] - y[:, 0] / end_slope, x[:, -1] - y[:, -1] / end_slope
    return np.where(after == 0, ahead, np.where(after == x.shape[1], behind, between))


def _halve(boxes: Boxes, held_sum: float) -> Boxes:
    """Split each box where its line may be farthest from its exponential."""
    scale = np.exp(boxes.high)
    scale[:, -1] = held_sum * np.exp(-boxes.low[:, -1])
    side = ((boxes.high - boxes.low) ** 2 * scale).argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(end, side, axis=1) for end in (boxes.low, boxes.high))
    upper, lower = boxes.low.copy(), boxes.high.copy()
    np.put_along_axis(upper, side, (low + high) / 2, axis=1)
    np.put_along_axis(lower, side, (low + high) / 2, axis=1)
    return Boxes(np.concatenate([boxes.low, upper]), np.concatenate([lower, boxes.high]))
