"""Weights that must not fall: grids, pairs of stages, and what is reported."""

from itertools import product

import numpy as np
import pytest

from core.balance.shares import Band
from core.balance.solver import Solution, solve_weights

BANDS: list[Band | None] = [Band(60.0, 70.0), Band(30.0, 40.0)]


def solve(raw: list[list[float]], **options: object) -> Solution:
    values = np.array(raw)
    stages = tuple(str(i + 1) for i in range(len(values)))
    weights = np.ones_like(values)
    return solve_weights(values, weights, BANDS, terms=("a", "b"), stages=stages, **options)


def shares_of(raw: list[list[float]], weights: np.ndarray) -> np.ndarray:
    parts = np.array(raw) * weights
    return 100 * parts / parts.sum(axis=1, keepdims=True)


def grid_minimum(raw: np.ndarray, points: int) -> float:
    """Walk both stages' shares and totals; keep what does not fall."""
    best = np.inf
    logs = np.linspace(-1.5, 1.5, points)
    for first, second in product(np.linspace(0.6, 0.7, 11), repeat=2):
        share = np.array([[first, 1 - first], [second, 1 - second]])
        base = np.log(share / raw)
        base = base - base.mean(axis=1, keepdims=True)
        early = base[0] + logs[:, None]
        late = base[1] + logs[:, None]
        rises = early[:, None, 1] <= late[None, :, 1] + 1e-12
        cost = (early**2).sum(axis=1)[:, None] + (late**2).sum(axis=1)[None, :]
        best = min(best, float(np.where(rises, cost, np.inf).min()))
    return best


@pytest.mark.parametrize("seed", range(5))
def test_two_free_stages_are_not_beaten_by_a_grid(seed: int) -> None:
    generator = np.random.default_rng(seed)
    raw = np.exp(generator.normal(0, 0.6, (2, 2)) + np.array([[0, 0], [0, 1.5]]))
    found = solve(raw.tolist(), monotone=("b",))
    assert found.feasible
    assert found.weights[1, 1] >= found.weights[0, 1]
    assert found.objective <= grid_minimum(raw, 241) + 1e-9
    assert found.objective >= solve(raw.tolist()).objective - 1e-9


def test_where_the_bands_alone_do_not_fall_the_answer_stays_proven() -> None:
    raw = [[1.0, 1.0], [1.0, 0.5]]
    alone, tied = solve(raw), solve(raw, monotone=("b",))
    assert tied.proven
    assert (tied.weights == alone.weights).all()


def test_a_tied_answer_is_inside_never_falls_and_says_that_it_is_not_proven() -> None:
    raw = [[1.0, 0.2], [1.0, 0.3], [1.0, 0.25], [1.0, 0.9]]
    found = solve(raw, monotone=("a", "b"))
    assert found.feasible
    assert not found.proven
    assert (np.diff(found.weights, axis=0) >= 0).all()
    shares = shares_of(raw, found.weights)
    assert (shares >= [60 - 1e-6, 30 - 1e-6]).all()
    assert (shares <= [70 + 1e-6, 40 + 1e-6]).all()
    again = solve(raw, monotone=("a", "b"))
    assert (again.weights == found.weights).all()


def test_a_tied_answer_solved_again_stays() -> None:
    raw = np.array([[1.0, 0.2], [1.0, 0.3], [1.0, 0.9]])
    options = {"terms": ("a", "b"), "stages": ("1", "2", "3"), "monotone": ("a", "b")}
    once = solve_weights(raw, np.ones_like(raw), BANDS, **options)
    twice = solve_weights(raw, once.weights, BANDS, **options)
    assert (twice.weights == once.weights).all()
    assert twice.objective == 0


def test_with_a_held_term_a_fall_is_named_with_both_stages_and_nothing_is_changed() -> None:
    # a is held at weight 1: b's weight is a share ratio times raw a / raw b.
    found = solve([[1.0, 1.0], [0.3, 1.0], [1.0, 1.0]], held=("a",), monotone=("b",))
    assert not found.feasible
    assert (found.weights == 1).all()
    assert found.objective == 0
    assert {s.state for s in found.by_stage} == {"kept"}
    (unmet,) = found.unmet
    assert (unmet.stage, unmet.term, unmet.reason) == ("2", "b", "monotone")
    least, most = 30 / 70, 0.3 * 40 / 60
    assert f"at least {least:.3g} in stage 1, at most {most:.3g} in stage 2" in unmet.text


@pytest.mark.parametrize("monotone", [("b",), ("a", "b")])
def test_with_a_held_term_a_small_fall_is_met_inside_the_bands(monotone: tuple[str, ...]) -> None:
    found = solve([[1.0, 1.0], [0.9, 1.0]], held=("a",), monotone=monotone)
    assert found.feasible
    assert found.weights[:, 0].tolist() == [1.0, 1.0]
    assert found.weights[1, 1] >= found.weights[0, 1]


def test_an_exempt_stage_counts_with_its_written_weight() -> None:
    raw, weights = np.ones((3, 2)), np.array([[1.0, 5.0], [1.0, 1.0], [1.0, 1.0]])
    options = {"terms": ("a", "b"), "stages": ("1", "2", "3"), "exempt": ("1",), "held": ("a",)}
    found = solve_weights(raw, weights, BANDS, monotone=("b",), **options)
    assert [u.stage for u in found.unmet] == ["2", "3"]
    assert "at least 5 in stage 1, at most 0.667 in stage 2" in found.unmet[0].text
    free = solve_weights(raw, weights, BANDS, monotone=("b",), **(options | {"held": ()}))
    assert free.feasible
    assert (free.weights[0] == weights[0]).all()
    assert (np.diff(free.weights[:, 1]) >= 0).all()


def test_a_weight_switched_off_later_has_fallen() -> None:
    raw, weights = np.ones((2, 2)), np.array([[1.0, 1.0], [1.0, 0.0]])
    found = solve_weights(raw, weights, BANDS, terms=("a", "b"), stages=("1", "2"), monotone=("b",))
    assert [(u.stage, u.term) for u in found.unmet] == [("2", "b")]
    assert "above 0 in stage 1 and 0 in stage 2" in found.unmet[0].text


def test_a_fall_that_no_pair_of_stages_shows_is_still_named() -> None:
    """Both weights are caught between equal ends, but the middle stage needs another ratio."""
    raw = np.array([[1.0, 1.0], [1.0, 9.0], [1.0, 1.0]])
    weights = np.array([[2.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
    found = solve_weights(
        raw,
        weights,
        BANDS,
        terms=("a", "b"),
        stages=("1", "2", "3"),
        exempt=("1", "3"),
        monotone=("a", "b"),
    )
    assert not found.feasible
    assert (found.weights == weights).all()
    assert all(u.reason == "monotone" and "at the least" in u.text for u in found.unmet)
    assert found.unmet
