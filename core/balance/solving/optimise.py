# pyright: basic
# SciPy publishes no types: this module is the one door to it, so that strict checking holds behind.
"""Two optimisers of SciPy, with types: local descent under constraints, and linear programmes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog, minimize

Vector = np.ndarray

EXACT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class Constraint:
    """A function of the variables that is to be 0 ("eq") or not negative ("ineq"), with its slope.

    Args:
        kind: "eq" or "ineq".
        value: The function, of one or several components.
        slope: Its derivatives, one row for each component.
    """

    kind: Literal["eq", "ineq"]
    value: Callable[[Vector], Vector]
    slope: Callable[[Vector], Vector]


def descend(
    cost: Callable[[Vector], tuple[float, Vector]],
    start: Float[np.ndarray, " n"],
    constraint: Constraint,
    *,
    low: Float[np.ndarray, " n"] | None = None,
    high: Float[np.ndarray, " n"] | None = None,
    tolerance: float = 1e-14,
    rounds: int = 200,
) -> Float[np.ndarray, " n"]:
    """Find a local minimum by sequential quadratic programming; may miss constraints slightly.

    Args:
        cost: Value and slope.
        start: Where to begin; it may violate the constraint.
        constraint: To be met.
        low: Smallest value of each variable, -inf where there is none.
        high: Largest value of each variable.
        tolerance: Change of the cost below which the descent ends.
        rounds: Most iterations; tied constraints can make the last digits rock for long.

    Returns:
        The minimum, or `start` where the descent lost itself.
    """
    with np.errstate(all="ignore"):  # a bold trial step may overflow; the descent steps back
        result = minimize(
            cost,
            start,
            jac=True,
            method="SLSQP",
            bounds=None if low is None or high is None else np.transpose([low, high]),
            constraints={"type": constraint.kind, "fun": constraint.value, "jac": constraint.slope},
            options={"ftol": tolerance, "maxiter": rounds},
        )
    return result.x if np.isfinite(result.x).all() else start


def programme(
    cost: Float[np.ndarray, " n"],
    matrix: Float[np.ndarray, "rows n"],
    limit: Float[np.ndarray, " rows"],
    *,
    most: float | None = None,
) -> Float[np.ndarray, " n"] | None:
    """Minimise cost @ x under matrix @ x <= limit and x >= 0, exact to 1e-10.

    Args:
        cost: Price of each variable.
        matrix: One row for each constraint, best of unit size.
        limit: Right-hand sides.
        most: Largest value of the last variable.

    Returns:
        A solution at a corner; None where there is none.
    """
    bounds = [(0.0, None)] * (len(cost) - 1) + [(0.0, most)]
    result = linprog(cost, A_ub=matrix, b_ub=limit, bounds=bounds, method="highs", options=EXACT)
    return result.x if result.success else None
