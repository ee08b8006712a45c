"""Weights that hold target shares in every stage, with the smallest change of what is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from core.balance.shares import TOLERANCE_PERCENT, Band
from core.balance.solving.monotone import JointProblem, falls, joint_weights, needed_falls
from core.balance.solving.stage_optimum import cheapest
from core.balance.solving.stage_problem import StageProblem
from core.balance.solving.unmet import (
    Unmet,
    band_faults,
    fall_faults,
    joint_fall_faults,
    raw_faults,
)
from core.balance.stages import bands_by_stage, check_weights
from core.errors import InputError

State = Literal["solved", "inside", "exempt", "alone", "kept"]

LEAST_SHARE = 1e-9
"""Smallest share, as a fraction, of an active term whose band begins at 0 %, or that has none."""


@dataclass(frozen=True)
class StageSolution:
    """What became of one stage.

    Args:
        stage: Its name.
        state: "solved"; "inside" as written, so unchanged; "exempt" by name; "alone" with fewer
            than two active terms, so without shares to aim at; "kept" as written because a
            constraint cannot be met.
        objective: Sum of squared log changes of its weights.
    """

    stage: str
    state: State
    objective: float


@dataclass(frozen=True)
class Solution:
    """Solved weights and what they cost.

    Args:
        feasible: Whether every constraint holds.
        weights: The cheapest that hold all constraints; as written in a stage that is "kept".
        objective: Sum of squared log changes, over all stages.
        by_stage: One entry for each stage.
        unmet: Every constraint that cannot be met; empty where feasible.
        proven: Whether no other feasible weights cost less by more than a millionth. Where
            weights must not fall the stages depend on each other, and the answer may be a local
            minimum only; false too where nothing was found, or a search was given up (`branch`).
    """

    feasible: bool
    weights: Float[np.ndarray, "stages terms"]
    objective: float
    by_stage: tuple[StageSolution, ...]
    unmet: tuple[Unmet, ...]
    proven: bool


def solve_weights(
    raw: Float[np.ndarray, "stages terms"],
    weights: Float[np.ndarray, "stages terms"],
    bands: Sequence[Band | None] | Sequence[Sequence[Band | None]],
    *,
    terms: Sequence[str],
    stages: Sequence[str],
    held: Sequence[str] = (),
    monotone: Sequence[str] = (),
    exempt: Sequence[str] = (),
    margin_percent: float = 0.0,
) -> Solution:
    """Change weights as little as possible so that every active term lies in its band.

    Little means the smallest sum of squared log changes, log(w / written)², so that halving and
    doubling cost the same. A weight of 0 means inactive and stays 0. A stage with fewer than two
    active terms has no shares to aim at. Does not break a constraint silently: what cannot be met
    is in `unmet`, and the stage (for `monotone`, the whole table) stays as written.

    Args:
        raw: Unweighted values; NaN where none is known.
        weights: As written, finite, 0 or more.
        bands: Target of each term (None: no target), or one such row for each stage.
        terms: Names of the columns.
        stages: Names of the rows, in their order.
        held: Terms that keep their weights. Adam does not see a common factor of all weights, so
            holding one term loses nothing where only the shares matter.
        monotone: Terms whose weight must not fall from a stage to the next; a stage that is
            exempt or has fewer than two active terms counts with its written weight.
        exempt: Stages that stay as written.
        margin_percent: How far inside its band a share should lie, in points; less where the
            bands leave no such room.

    Returns:
        The solution; deterministic. Weights already inside come back unchanged, at objective 0.

    Raises:
        InputError: A weight is negative or missing, a name is unknown, or shapes differ.

    Example:
        >>> solution = solve_weights(
        ...     np.array([[3.26, 1.79, 733.0]]), np.array([[1.0, 0.05, 0.01]]),
        ...     [Band(60.0, 70.0), Band(10.0, 20.0), Band(10.0, 30.0)],
        ...     terms=("ce", "spectrum", "precursor"), stages=("2",), held=("ce",))
        >>> solution.weights.round(4).tolist(), round(solution.objective, 2)
        ([[1.0, 0.3035, 0.0022]], 5.51)
    """
    _check(raw, weights, terms, stages, {"held": held, "monotone": monotone, "exempt": exempt})
    is_held = np.array([term in held for term in terms], bool)
    problems: dict[int, StageProblem] = {}
    unmet: list[Unmet] = []
    for row, wanted in enumerate(bands_by_stage(bands, len(stages), len(terms))):
        active: list[int] = np.flatnonzero(weights[row] > 0).tolist()
        if stages[row] in exempt or len(active) < 2:
            continue
        faults = raw_faults(stages[row], terms, raw[row], weights[row])
        if not faults:
            written, own = (weights[row] * raw[row])[active], [wanted[i] for i in active]
            problem = _problem(written, own, is_held[active], margin_percent)
            faults = band_faults(stages[row], [terms[i] for i in active], own, problem)
            problems |= {} if faults else {row: problem}
        unmet += faults
    columns = tuple(column for column, term in enumerate(terms) if term in monotone)
    solved, proven, fallen = _solve(problems, weights, columns, stages, terms)
    unmet += fallen
    return Solution(
        feasible=not unmet,
        weights=solved,
        objective=float(_costs(weights, solved).sum()),
        by_stage=_by_stage(stages, exempt, weights, solved, set(problems) if not fallen else set()),
        unmet=tuple(unmet),
        proven=proven,
    )


def _solve(
    problems: dict[int, StageProblem],
    weights: Float[np.ndarray, "stages terms"],
    monotone: tuple[int, ...],
    stages: Sequence[str],
    terms: Sequence[str],
) -> tuple[Float[np.ndarray, "stages terms"], bool, list[Unmet]]:
    """Solve the stages apart; together only where a weight then falls that must not."""
    apart, proven = weights.copy(), True
    for row, problem in problems.items():
        if problem.held.all() or problem.inside(TOLERANCE_PERCENT / 100):
            continue
        point, is_least = cheapest(problem)
        proven &= is_least
        change = np.zeros(len(problem.held))
        change[~problem.held] = point.log_share + point.log_total - problem.log_free
        apart[row, weights[row] > 0] *= np.exp(change)
    if not falls(apart, monotone):
        return apart, proven, []
    joint = JointProblem(problems, weights, apart, monotone)
    together = joint_weights(joint)
    if together is not None:
        return together, False, []
    return weights.copy(), False, _explain_falls(joint, stages, terms)


def _explain_falls(joint: JointProblem, stages: Sequence[str], terms: Sequence[str]) -> list[Unmet]:
    least, most = joint.weights.copy(), joint.weights.copy()
    for row, problem in joint.problems.items():
        free = joint.free(row)
        raw = np.exp(problem.log_free) / joint.weights[row, free]
        ends = problem.free_range()
        least[row, free], most[row, free] = ends[0] / raw, ends[1] / raw
    faults = [
        fault
        for column in joint.monotone
        for fault in fall_faults(
            terms[column],
            stages,
            joint.weights[:, column] > 0,
            least[:, column],
            most[:, column],
        )
    ]
    return faults or joint_fall_faults(needed_falls(joint), stages, terms)


def _problem(
    contribution: Float[np.ndarray, " active"],
    bands: Sequence[Band | None],
    held: Bool[np.ndarray, " active"],
    margin_percent: float,
) -> StageProblem:
    """Turn bands into fractions; with the margin where that can be met, else without."""
    low = np.array([band.low_percent if band else 0.0 for band in bands]) / 100
    high = np.array([band.high_percent if band else 100.0 for band in bands]) / 100
    margin = np.minimum(margin_percent / 100, (high - low) / 2)
    margin = np.where([band is None for band in bands], 0.0, margin)
    problem = StageProblem(contribution, np.maximum(low, LEAST_SHARE), high, held)
    narrow = StageProblem(contribution, np.maximum(low + margin, LEAST_SHARE), high - margin, held)
    return narrow if narrow.is_feasible else problem


def _costs(
    written: Float[np.ndarray, "stages terms"], solved: Float[np.ndarray, "stages terms"]
) -> Float[np.ndarray, " stages"]:
    ratio = np.divide(solved, written, out=np.ones_like(written), where=written > 0)
    return (np.log(ratio) ** 2).sum(axis=1)


def _by_stage(
    stages: Sequence[str],
    exempt: Sequence[str],
    written: Float[np.ndarray, "stages terms"],
    solved: Float[np.ndarray, "stages terms"],
    solvable: set[int],
) -> tuple[StageSolution, ...]:
    entries: list[StageSolution] = []
    for row, (stage, cost) in enumerate(zip(stages, _costs(written, solved), strict=True)):
        state: State = "kept"
        if stage in exempt:
            state = "exempt"
        elif (written[row] > 0).sum() < 2:
            state = "alone"
        elif row in solvable:
            state = "solved" if cost else "inside"
        entries.append(StageSolution(stage, state, float(cost)))
    return tuple(entries)


def _check(
    raw: Float[np.ndarray, "..."],
    weights: Float[np.ndarray, "..."],
    terms: Sequence[str],
    stages: Sequence[str],
    chosen: dict[str, Sequence[str]],
) -> None:
    check_weights(weights, stages=stages, terms=terms)
    if raw.shape != weights.shape:
        raise InputError(
            "raw values",
            expected=f"{len(stages)} stages × {len(terms)} terms, as the weights",
            came=" × ".join(str(size) for size in raw.shape),
            do="Give NaN where no raw value is known",
        )
    for option, names in chosen.items():
        known = stages if option == "exempt" else terms
        if strangers := [name for name in names if name not in known]:
            raise InputError(
                option,
                expected="some of " + ", ".join(known),
                came=", ".join(strangers),
                do="Correct the name",
            )
