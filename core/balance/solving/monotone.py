"""Weights that must not fall from stage to stage: the stages become one problem.

Whether it can be met is a linear programme in the weights: the bands say low T <= c <= high T for
contributions c with total T, and "not falling" is linear too. How cheaply is not convex; that is
descended from several starts, and each result is brought back into the linear constraints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from core.balance.shares import TOLERANCE_PERCENT
from core.balance.solving.optimise import Constraint, descend, programme
from core.balance.solving.stage_problem import StageProblem

VISIBLE = 1e-8
"""Smallest factor that counts as above 0, and smallest fall that counts as one."""


@dataclass(frozen=True)
class JointProblem:
    """Stages tied together by weights that must not fall.

    The variables are factors on `apart`, of every weight that may change.

    Args:
        problems: The stages that may change, by row.
        weights: As written.
        apart: Weights that solve each stage on its own; as written where a stage may not change.
        monotone: Columns whose weights must not fall.
    """

    problems: dict[int, StageProblem]
    weights: Float[np.ndarray, "stages terms"]
    apart: Float[np.ndarray, "stages terms"]
    monotone: tuple[int, ...]

    def free(self, row: int) -> Int[np.ndarray, " free"]:
        """Columns of the weights that a stage may change."""
        return np.flatnonzero(self.weights[row] > 0)[~self.problems[row].held]

    @cached_property
    def cells(self) -> tuple[Int[np.ndarray, " cells"], Int[np.ndarray, " cells"]]:
        """Rows and columns of the weights that may change."""
        pairs = [(row, int(column)) for row in self.problems for column in self.free(row)]
        return np.array([p[0] for p in pairs], int), np.array([p[1] for p in pairs], int)

    @cached_property
    def links(self) -> tuple[tuple[int, int], ...]:
        """Row and column of every active weight that must not exceed the next stage's."""
        rows = range(len(self.weights) - 1)
        return tuple((r, c) for c in self.monotone for r in rows if self.weights[r, c] > 0)

    @cached_property
    def linear(self) -> tuple[Float[np.ndarray, "rows cells"], Float[np.ndarray, " rows"]]:
        """Bands, then links, as matrix @ factors <= limit, each row of unit size."""
        rows = [*self._band_rows(), *self._link_rows()]
        matrix = np.array([row / np.abs(row).max() for row in rows])
        limit = -matrix.sum(axis=(1, 2)) + matrix[:, *self.cells].sum(axis=1)
        return matrix[:, *self.cells], limit

    def _band_rows(self) -> list[np.ndarray]:
        rows: list[np.ndarray] = []
        for stage, problem in self.problems.items():
            active = np.flatnonzero(self.weights[stage] > 0)
            part = problem.contribution * self.apart[stage, active] / self.weights[stage, active]
            for i in range(len(active)):
                for share, sign in ((problem.low[i], 1.0), (problem.high[i], -1.0)):
                    row = np.zeros_like(self.apart)
                    row[stage, active] = sign * share * part
                    row[stage, active[i]] -= sign * part[i]
                    rows.append(row)
        return rows

    def _link_rows(self) -> list[np.ndarray]:
        rows: list[np.ndarray] = []
        for stage, column in self.links:
            row = np.zeros_like(self.apart)
            row[stage, column] = self.apart[stage, column]
            row[stage + 1, column] = -self.apart[stage + 1, column]
            rows.append(row)
        return rows

    def place(self, factor: Float[np.ndarray, " cells"]) -> Float[np.ndarray, "stages terms"]:
        """Apply factors, then lift by rounding errors what would fall by one."""
        moved = self.apart.copy()
        moved[self.cells] *= factor
        for row, column in self.links:
            if moved[row + 1, column] < moved[row, column] <= moved[row + 1, column] * (1 + 1e-8):
                moved[row + 1, column] = moved[row, column]
        return moved

    def holds(self, weights: Float[np.ndarray, "stages terms"]) -> bool:
        """Check every band, within the rounding that a verdict forgives, and every link."""
        slack = TOLERANCE_PERCENT / 100
        for row, problem in self.problems.items():
            active = self.weights[row] > 0
            part = problem.contribution * weights[row, active] / self.weights[row, active]
            share = part / part.sum()
            if np.any(share < problem.low - slack) or np.any(share > problem.high + slack):
                return False
        return not falls(weights, self.monotone)


def falls(weights: Float[np.ndarray, "stages terms"], columns: Sequence[int]) -> bool:
    """Whether any of these columns falls from a stage to the next."""
    return bool((np.diff(weights[:, list(columns)], axis=0) < 0).any())


def joint_weights(joint: JointProblem) -> Float[np.ndarray, "stages terms"] | None:
    """Find cheap weights inside all bands of which the chosen ones never fall.

    Returns:
        The weights: a local minimum of the sum of squared log changes, the best of two starts.
        None where there are none, decided by the linear programme.
    """
    start = _feasible_factors(joint)
    if start is None:
        return None
    found = [start]
    for guess in (np.ones_like(start), start):
        nearest = _nearest_factors(joint, _descend(joint, guess))
        if nearest is not None:
            found.append(nearest)
    tables = [joint.place(factor) for factor in found]
    return min(filter(joint.holds, tables), key=lambda table: _cost(joint, table), default=None)


def needed_falls(joint: JointProblem) -> dict[tuple[int, int], float]:
    """Find where weights must fall, by the least sum of relative falls that the bands allow.

    Returns:
        The fall, as a fraction of the larger weight, by row and column of the lower stage.
    """
    matrix, limit = joint.linear
    n_links, n_cells = len(joint.links), matrix.shape[1]
    slack = np.zeros((len(matrix), n_links))
    slack[len(matrix) - n_links :] = -np.eye(n_links)
    result = programme(
        np.append(np.zeros(n_cells), np.ones(n_links)), np.hstack([matrix, slack]), limit
    )
    fall = np.zeros(n_links) if result is None else result[n_cells:]
    return {
        (row + 1, column): float(size)
        for (row, column), size in zip(joint.links, fall, strict=True)
        if size > VISIBLE
    }


def _feasible_factors(joint: JointProblem) -> Float[np.ndarray, " cells"] | None:
    """Maximise the smallest factor, up to 1: the strict "above 0" as a linear programme."""
    matrix, limit = joint.linear
    n_cells = matrix.shape[1]
    least = np.hstack([-np.eye(n_cells), np.ones((n_cells, 1))])  # least factor - factor <= 0
    above = np.vstack([np.hstack([matrix, np.zeros((len(matrix), 1))]), least])
    result = programme(
        np.append(np.zeros(n_cells), -1.0), above, np.append(limit, np.zeros(n_cells)), most=1.0
    )
    return None if result is None or result[-1] <= VISIBLE else result[:-1]


def _nearest_factors(
    joint: JointProblem, guess: Float[np.ndarray, " cells"]
) -> Float[np.ndarray, " cells"] | None:
    """Bring a guess into the linear constraints with the smallest largest relative move."""
    matrix, limit = joint.linear
    n_cells = matrix.shape[1]
    ones, eye = np.ones((n_cells, 1)), np.eye(n_cells)
    rows = matrix * guess
    size = np.maximum(np.abs(rows).max(axis=1), np.abs(limit))
    size[size == 0] = 1.0  # a link between two weights that may not change
    inside = np.hstack([rows / size[:, None], np.zeros((len(rows), 1))])
    near = np.vstack([inside, np.hstack([eye, -ones]), np.hstack([-eye, -ones])])
    result = programme(
        np.append(np.zeros(n_cells), 1.0),
        near,
        np.concatenate([limit / size, ones[:, 0], -ones[:, 0]]),
    )
    if result is None or (result[:-1] <= 0).any():
        return None
    return guess * result[:-1]


def _descend(
    joint: JointProblem, guess: Float[np.ndarray, " cells"]
) -> Float[np.ndarray, " cells"]:
    """Minimise the sum of squared log changes under the same constraints, in log factors."""
    matrix, limit = joint.linear
    already = np.log(joint.apart[joint.cells] / joint.weights[joint.cells])

    def cost(x: np.ndarray) -> tuple[float, np.ndarray]:
        change = x + already
        return float(change @ change), 2 * change

    inside = Constraint("ineq", lambda x: limit - matrix @ np.exp(x), lambda x: -matrix * np.exp(x))
    return np.exp(
        np.clip(descend(cost, np.log(guess), inside, tolerance=1e-9, rounds=40), -50.0, 50.0)
    )


def _cost(joint: JointProblem, table: Float[np.ndarray, "stages terms"]) -> float:
    return float((np.log(table[joint.cells] / joint.weights[joint.cells]) ** 2).sum())
