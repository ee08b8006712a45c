"""The solver against brute-force grids, linear programmes and hand-computed answers."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from core.balance.shares import TOLERANCE_PERCENT, Band
from core.balance.solver import Solution, solve_weights
from core.balance.solving.stage_problem import StageProblem
from core.errors import InputError

NOTE_BANDS = [Band(60.0, 70.0), Band(10.0, 20.0), Band(10.0, 30.0)]
NOTE_TERMS = ("ce", "spectrum", "precursor")


def stage_names(count: int) -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(count))


def solve_stage(
    raw: list[float],
    weights: list[float],
    bands: list[Band | None],
    held: tuple[str, ...] = (),
) -> Solution:
    terms = tuple("abcdefgh"[: len(raw)])
    return solve_weights(
        np.array([raw]), np.array([weights]), bands, terms=terms, stages=("1",), held=held
    )


def inside_all(raw: np.ndarray, weights: np.ndarray, bands: list[Band | None]) -> bool:
    """Check every stage with two or more active terms by a plain loop."""
    for values, factors in zip(raw, weights, strict=True):
        parts = [r * w for r, w in zip(values, factors, strict=True) if w > 0]
        if len(parts) < 2:
            continue
        active = [band for band, w in zip(bands, factors, strict=True) if w > 0]
        for part, band in zip(parts, active, strict=True):
            share = 100 * part / sum(parts)
            if band and not (
                band.low_percent - TOLERANCE_PERCENT
                <= share
                <= band.high_percent + TOLERANCE_PERCENT
            ):
                return False
    return True


def grid_minimum(
    contribution: np.ndarray, bands: list[Band], held: int | None, points: int
) -> float:
    """Walk a grid over the shares of all terms but the last; the last takes what is left."""
    axes = [np.linspace(b.low_percent, b.high_percent, points) / 100 for b in bands[:-1]]
    shares = np.array(list(product(*axes)))
    last = 1 - shares.sum(axis=1, keepdims=True)
    shares = np.hstack([shares, last])
    low, high = bands[-1].low_percent / 100, bands[-1].high_percent / 100
    shares = shares[(last[:, 0] >= low) & (last[:, 0] <= high)]
    change = np.log(shares / contribution)
    if held is None:
        change = change - change.mean(axis=1, keepdims=True)
    else:
        change = change - change[:, [held]]
    return float((change**2).sum(axis=1).min())


def test_stage_two_of_the_note_by_hand() -> None:
    held = solve_weights(
        np.array([[3.26, 1.79, 733.0]]),
        np.array([[1.0, 0.05, 0.01]]),
        NOTE_BANDS,
        terms=NOTE_TERMS,
        stages=("2",),
        held=("ce",),
    )
    # Cross-entropy fixes the total; the largest total (60 %) is nearest to what is written,
    # and the precursor takes all it may (30 %).
    total = 3.26 / 0.6
    expected = [1.0, 0.1 * total / 1.79, 0.3 * total / 733]
    assert held.weights[0] == pytest.approx(expected, rel=1e-9)
    cost = np.log(expected[1] / 0.05) ** 2 + np.log(expected[2] / 0.01) ** 2
    assert held.objective == pytest.approx(cost, rel=1e-9)
    assert held.proven
    assert held.feasible


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("held", [None, 0, 1])
def test_three_terms_are_never_beaten_by_a_grid(seed: int, held: int | None) -> None:
    generator = np.random.default_rng(seed)
    contribution = np.exp(generator.normal(0, 2, 3))
    low = generator.uniform(5, 30, 3)
    bands = [
        Band(float(a), float(a + w)) for a, w in zip(low, generator.uniform(30, 60, 3), strict=True)
    ]
    weights = np.exp(generator.normal(0, 1, 3))
    names = () if held is None else ("abc"[held],)
    found = solve_stage((contribution / weights).tolist(), weights.tolist(), bands, names)
    grid = grid_minimum(contribution, bands, held, 241)
    assert found.proven
    assert found.objective <= grid + 2e-6 * max(1, grid)
    assert found.objective >= grid - 0.15 * max(1, grid)  # the grid is that fine
    assert inside_all((contribution / weights)[None], found.weights, bands)
    change = np.log(found.weights[0] / weights)
    assert change @ change == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("held", [None, 2])
def test_four_terms_are_never_beaten_by_a_grid(seed: int, held: int | None) -> None:
    generator = np.random.default_rng(100 + seed)
    contribution = np.exp(generator.normal(0, 2.5, 4))
    low = generator.uniform(2, 20, 4)
    bands = [
        Band(float(a), float(a + w)) for a, w in zip(low, generator.uniform(15, 60, 4), strict=True)
    ]
    names = () if held is None else ("abcd"[held],)
    found = solve_stage(contribution.tolist(), [1.0] * 4, bands, names)
    grid = grid_minimum(contribution, bands, held, 61)
    assert found.feasible
    assert found.objective <= grid + 2e-6 * max(1, grid)
    assert inside_all(contribution[None], found.weights, bands)


def test_the_nearest_local_minimum_is_not_the_cheapest() -> None:
    """Two equal small terms must grow: raising one a lot costs less than raising both half way."""
    contribution = np.array([8.0, 1.0, 1.0])
    bands = [Band(5.0, 20.0), Band(10.0, 90.0), Band(10.0, 90.0)]
    found = solve_stage(contribution.tolist(), [1.0] * 3, bands)
    both = np.log(np.array([0.2, 0.4, 0.4]) / contribution)
    even = float(((both - both.mean()) ** 2).sum())
    assert found.objective <= min(even, grid_minimum(contribution, bands, None, 241)) + 1e-6


@pytest.mark.parametrize("seed", range(40))
def test_feasibility_agrees_with_a_linear_programme(seed: int) -> None:
    generator = np.random.default_rng(200 + seed)
    n_terms = int(generator.integers(2, 6))
    contribution = np.exp(generator.normal(0, 1.5, n_terms))
    low = generator.uniform(0.01, 1.4 / n_terms, n_terms)
    high = np.minimum(low + generator.uniform(0, 0.5, n_terms), 1)
    held = generator.random(n_terms) < 0.4
    rows, limits = [], []
    for i, (least, most) in enumerate(zip(low, high, strict=True)):
        unit = np.eye(n_terms)[i]
        rows += [least - unit, unit - most]
        limits += [0, 0]
    fixed = [(c, c) if h else (1e-9, None) for c, h in zip(contribution, held, strict=True)]
    rows.append(-np.ones(n_terms))
    limits.append(-1e-3)  # some total above 0
    programme = linprog(np.ones(n_terms), A_ub=np.array(rows), b_ub=limits, bounds=fixed)
    problem = StageProblem(contribution, low, high, held)
    assert problem.is_feasible == programme.success
    if problem.is_feasible and not held.all():
        least, most = problem.free_range()
        for k, i in enumerate(np.flatnonzero(~held)):
            for sign, end in ((1, least[k]), (-1, most[k])):
                cost = sign * np.eye(n_terms)[i]
                result = linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=fixed)
                if held.any():
                    assert end == pytest.approx(result.x[i], rel=1e-5)


def test_weights_already_inside_come_back_unchanged() -> None:
    raw, weights = np.array([[3.0, 0.7, 1.1]]), np.array([[1.3, 1.0, 0.9]])
    found = solve_weights(raw, weights, NOTE_BANDS, terms=NOTE_TERMS, stages=("1",))
    shares = 100 * (raw * weights)[0] / (raw * weights).sum()
    assert inside_all(raw, weights, NOTE_BANDS), shares
    assert (found.weights == weights).all()
    assert found.objective == 0
    assert found.by_stage[0].state == "inside"


def test_solving_twice_changes_nothing() -> None:
    raw, weights = np.array([[0.2, 0.8, 240.0]] * 2), np.array([[1.0, 0.1, 0.05]] * 2)
    options = {"terms": NOTE_TERMS, "stages": ("1", "2")}
    once = solve_weights(raw, weights, NOTE_BANDS, **options)
    twice = solve_weights(raw, once.weights, NOTE_BANDS, **options)
    assert (twice.weights == once.weights).all()
    assert twice.objective == 0
    again = solve_weights(raw, weights, NOTE_BANDS, **options)
    assert (again.weights == once.weights).all()


def test_a_margin_is_kept_where_there_is_room() -> None:
    raw, weights = np.array([[0.2, 0.8, 240.0]]), np.array([[1.0, 0.1, 0.05]])
    options = {"terms": NOTE_TERMS, "stages": ("1",)}
    found = solve_weights(raw, weights, NOTE_BANDS, margin_percent=2.0, **options)
    shares = 100 * raw * found.weights / (raw * found.weights).sum()
    assert shares[0] == pytest.approx([62, 12, 26], abs=1e-6) or inside_all(
        raw, found.weights, [Band(62.0, 68.0), Band(12.0, 18.0), Band(12.0, 28.0)]
    )
    tight = [Band(60.0, 60.0), Band(10.0, 10.0), Band(30.0, 30.0)]
    assert solve_weights(raw, weights, tight, margin_percent=2.0, **options).feasible


def test_a_weight_of_zero_stays_zero_and_two_bands_that_cannot_hold_are_reported() -> None:
    raw, weights = np.array([[3.0, 1.0, 9.0], [3.0, 1.0, 9.0]]), np.array([[1.0, 1, 0], [1, 1, 1]])
    found = solve_weights(raw, weights, NOTE_BANDS, terms=NOTE_TERMS, stages=("1", "2"))
    assert not found.feasible
    assert found.weights[0].tolist() == [1.0, 1.0, 0.0]
    assert [(u.stage, u.term, u.reason) for u in found.unmet] == [("1", None, "bands")]
    assert "ce 60–70 %, spectrum 10–20 %" in found.unmet[0].text
    assert "at most 90 %" in found.unmet[0].text
    assert [s.state for s in found.by_stage] == ["kept", "solved"]
    assert inside_all(raw[1:], found.weights[1:], NOTE_BANDS)


def test_stages_that_are_exempt_or_have_one_term_stay_as_written() -> None:
    raw, weights = np.full((3, 3), 2.0), np.array([[1.0, 0, 0], [1, 1, 1], [0, 0, 0]])
    found = solve_weights(
        raw, weights, NOTE_BANDS, terms=NOTE_TERMS, stages=("1", "2", "3"), exempt=("2",)
    )
    assert [s.state for s in found.by_stage] == ["alone", "exempt", "alone"]
    assert found.feasible
    assert (found.weights == weights).all()


@pytest.mark.parametrize(("raw", "word"), [(np.nan, "is missing"), (0.0, "is 0"), (-2.0, "is -2")])
def test_an_unusable_raw_value_of_an_active_term_is_reported(raw: float, word: str) -> None:
    found = solve_weights(
        np.array([[1.0, raw, 1.0]]), np.ones((1, 3)), NOTE_BANDS, terms=NOTE_TERMS, stages=("7",)
    )
    (unmet,) = found.unmet
    assert (unmet.stage, unmet.term, unmet.reason) == ("7", "spectrum", "raw")
    assert word in unmet.text
    assert (found.weights == 1).all()
    sleeping = solve_weights(
        np.array([[1.0, raw, 1.0]]),
        np.array([[1.0, 0.0, 1.0]]),
        [Band(60.0, 70.0), Band(10.0, 20.0), Band(30.0, 40.0)],
        terms=NOTE_TERMS,
        stages=("7",),
    )
    assert sleeping.feasible


def test_held_weights_that_fix_shares_outside_are_reported() -> None:
    raw, weights = np.array([[3.0, 1.0, 9.0]]), np.ones((1, 3))
    options = {"terms": NOTE_TERMS, "stages": ("1",)}
    two = solve_weights(raw, weights, NOTE_BANDS, held=("ce", "precursor"), **options)
    assert two.unmet[0].reason == "held"
    assert "ce 3, precursor 9" in two.unmet[0].text
    assert (two.weights == weights).all()
    fine = solve_weights(
        raw, np.array([[1.0, 1, 0.1]]), NOTE_BANDS, held=("ce", "precursor"), **options
    )
    assert fine.feasible
    assert fine.weights[0, [0, 2]].tolist() == [1.0, 0.1]
    all_held = solve_weights(raw, weights, NOTE_BANDS, held=NOTE_TERMS, **options)
    assert all_held.unmet[0].reason == "held"
    inside = np.array([[1.0, 1.0, 0.1]])
    assert solve_weights(
        raw, inside, NOTE_BANDS, held=NOTE_TERMS, **options
    ).feasible == inside_all(raw, inside, NOTE_BANDS)


def test_a_band_that_ends_at_zero_cannot_hold_an_active_term() -> None:
    found = solve_stage([1.0, 1.0], [1.0, 1.0], [Band(0.0, 0.0), None])
    assert found.unmet[0].term == "a"
    assert "ends at 0 %" in found.unmet[0].text
    squeezed = solve_stage([1.0, 1.0, 1.0], [1.0] * 3, [Band(60.0, 70.0), Band(40.0, 50.0), None])
    assert not squeezed.feasible
    assert "has no share" in squeezed.unmet[0].text


def test_terms_without_a_band_may_take_any_share() -> None:
    found = solve_stage([1.0, 100.0, 1e-6], [1.0] * 3, [Band(50.0, 60.0), None, None])
    assert found.feasible
    assert inside_all(np.array([[1.0, 100.0, 1e-6]]), found.weights, [Band(50.0, 60.0), None, None])


def test_bands_by_stage() -> None:
    raw, weights = np.ones((2, 2)), np.ones((2, 2))
    bands = [[Band(60.0, 80.0), None], [None, Band(90.0, 95.0)]]
    found = solve_weights(raw, weights, bands, terms=("a", "b"), stages=("1", "2"))
    shares = found.weights / found.weights.sum(axis=1, keepdims=True)
    assert shares[0] == pytest.approx([0.6, 0.4])
    assert shares[1] == pytest.approx([0.1, 0.9])


def test_ten_terms_are_solved_and_proven() -> None:
    generator = np.random.default_rng(5)
    raw = np.exp(generator.normal(0, 2, (1, 10)))
    bands: list[Band | None] = [Band(5.0, 15.0)] * 10
    found = solve_weights(raw, np.ones((1, 10)), bands, terms=tuple("abcdefghij"), stages=("1",))
    assert found.proven
    assert inside_all(raw, found.weights, bands)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"held": ("x",)}, "held"),
        ({"monotone": ("x",)}, "monotone"),
        ({"exempt": ("9",)}, "exempt"),
        ({"raw": np.ones((1, 2)), "weights": np.ones((1, 2))}, "1 stages × 3 terms, came 1 × 2"),
        ({"weights": np.array([[1.0, -1.0, 1.0]])}, "weight of spectrum"),
    ],
)
def test_wrong_names_and_shapes_are_refused(changed: dict, where: str) -> None:
    arguments = {"raw": np.ones((1, 3)), "weights": np.ones((1, 3)), "bands": NOTE_BANDS}
    with pytest.raises(InputError, match=where):
        solve_weights(**(arguments | {"terms": NOTE_TERMS, "stages": ("1",)} | changed))
