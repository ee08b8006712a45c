"""Laws of shares, gradient shares and solved weights, for any values."""

from math import isclose

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from core.balance.gradients import gradient_shares
from core.balance.shares import Band, combine, shares
from core.balance.solver import solve_weights

often = settings(deadline=None, max_examples=60)

amounts = st.floats(1e-3, 1e3)
TERMS = ("a", "b", "c", "d")


@often
@given(st.lists(amounts | st.just(0.0), min_size=1, max_size=8), st.floats(1e-6, 1e6))
def test_shares_sum_to_100_and_do_not_see_a_common_factor(
    values: list[float], factor: float
) -> None:
    assume(any(values))
    plain = shares({str(i): v for i, v in enumerate(values)})
    scaled = shares({str(i): v * factor for i, v in enumerate(values)})
    assert isclose(sum(plain.values()), 100, rel_tol=1e-12)
    assert all(isclose(plain[k], scaled[k], rel_tol=1e-9) for k in plain)
    assert all(0 <= share <= 100 for share in plain.values())


@often
@given(st.lists(amounts, min_size=2, max_size=6), st.lists(amounts, min_size=6, max_size=6))
def test_the_total_is_the_sum_of_the_contributions(
    values: list[float], factors: list[float]
) -> None:
    names = [str(i) for i in range(len(values))]
    terms = {
        n: torch.tensor([v, 2 * v], dtype=torch.float64) for n, v in zip(names, values, strict=True)
    }
    both = combine(terms, dict(zip(names, factors, strict=False)))
    assert isclose(
        float(both.total),
        sum(1.5 * v * w for v, w in zip(values, factors, strict=False)),
        rel_tol=1e-12,
    )
    assert isclose(sum(both.shares.values()), 100, rel_tol=1e-12)


@often
@given(st.lists(amounts, min_size=3, max_size=3), amounts)
def test_gradient_shares_do_not_see_a_common_factor(factors: list[float], factor: float) -> None:
    x = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    terms = {"a": x.square().sum(), "b": x.sin().sum(), "c": (x[0] * x[1]).abs()}
    one = gradient_shares(terms, dict(zip("abc", factors, strict=True)), [x])
    two = gradient_shares(terms, dict(zip("abc", [f * factor for f in factors], strict=True)), [x])
    assert isclose(sum(one.shares.values()), 100, rel_tol=1e-12)
    assert all(isclose(one.shares[k], two.shares[k], rel_tol=1e-9) for k in "abc")
    assert all(-1 <= cosine <= 1 for cosine in one.conflicts.values())
    assert one.conflicts == two.conflicts


tables = st.integers(2, 4).flatmap(
    lambda n_terms: st.tuples(
        st.lists(st.lists(amounts, min_size=n_terms, max_size=n_terms), min_size=1, max_size=3),
        st.lists(amounts, min_size=n_terms, max_size=n_terms),
        st.lists(
            st.tuples(st.floats(0.1, 60), st.floats(0, 60)), min_size=n_terms, max_size=n_terms
        ),
        st.lists(st.booleans(), min_size=n_terms, max_size=n_terms),
    )
)


def feasible_by_programme(
    contribution: np.ndarray, bands: list[Band], held: list[bool], room: float
) -> bool:
    """Ask a linear programme in the contributions, with `room` (a fraction) beyond each band."""
    rows = []
    for i, band in enumerate(bands):
        unit = np.eye(len(bands))[i]
        rows += [band.low_percent / 100 - room - unit, unit - band.high_percent / 100 - room]
    rows.append(-np.ones(len(bands)))
    limits = np.append(np.zeros(2 * len(bands)), -1.0)
    scale = contribution[held].sum() if any(held) else 1.0
    bounds = [
        (c / scale, c / scale) if h else (0, None) for c, h in zip(contribution, held, strict=True)
    ]
    return linprog(np.zeros(len(bands)), A_ub=np.array(rows), b_ub=limits, bounds=bounds).success


@often
@given(tables)
def test_solved_weights(table: tuple) -> None:
    """Inside all bands wherever a linear programme says so; cheap; and nothing to do twice."""
    raw, weights = np.array(table[0]), np.array([table[1]] * len(table[0]))
    bands = [Band(low, min(low + width, 100.0)) for low, width in table[2]]
    terms, stages = TERMS[: raw.shape[1]], tuple(str(i) for i in range(len(raw)))
    held = [term for term, keep in zip(terms, table[3], strict=True) if keep]
    options = {"terms": terms, "stages": stages, "held": held}
    found = solve_weights(raw, weights, bands, **options)
    failed = {unmet.stage for unmet in found.unmet}
    assert found.feasible == (not failed)
    assert found.proven
    low = np.array([band.low_percent for band in bands])
    high = np.array([band.high_percent for band in bands])
    for row, stage in enumerate(stages):
        written, solved = raw[row] * weights[row], raw[row] * found.weights[row]
        # A hair of room either way: at the very edge two roundings may disagree.
        if stage in failed:
            assert not feasible_by_programme(written, bands, table[3], -1e-7)
            assert (found.weights[row] == weights[row]).all()
            continue
        assert feasible_by_programme(written, bands, table[3], 1e-7)
        share = 100 * solved / solved.sum()
        assert (share >= low - 1e-6).all()
        assert (share <= high + 1e-6).all()
        assert all(
            found.weights[row, i] == weights[row, i] for i, keep in enumerate(table[3]) if keep
        )
        if not any(table[3]):
            assert found.by_stage[row].objective <= naive_cost(written, low, high) + 1e-5
    again = solve_weights(raw, found.weights, bands, **options)
    assert (again.weights == found.weights).all()
    assert again.objective == 0
    assert all((unmet.stage in failed) for unmet in again.unmet)


def naive_cost(written: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Take the same fraction of every band, and the total as written."""
    room = high.sum() - low.sum()
    part = (100 - low.sum()) / room if room > 0 else 0.0
    share = (low + part * (high - low)) / 100
    return float((np.log(share * written.sum() / written) ** 2).sum())


@often
@given(tables, st.floats(0.1, 10))
def test_a_common_factor_of_all_weights_changes_no_share(table: tuple, factor: float) -> None:
    """With nothing held, the solution of scaled weights is the scaled solution, or as cheap."""
    raw, weights = np.array(table[0]), np.array([table[1]] * len(table[0]))
    bands = [Band(low, min(low + width, 100.0)) for low, width in table[2]]
    options = {"terms": TERMS[: raw.shape[1]], "stages": tuple(str(i) for i in range(len(raw)))}
    one = solve_weights(raw, weights, bands, **options)
    two = solve_weights(raw, weights * factor, bands, **options)
    assert one.feasible == two.feasible
    assert isclose(one.objective, two.objective, rel_tol=1e-5, abs_tol=1e-5)


@often
@given(tables)
def test_weights_that_must_not_fall_never_do_or_it_is_said(table: tuple) -> None:
    raw, weights = np.array(table[0]), np.array([table[1]] * len(table[0]))
    bands = [Band(low, min(low + width, 100.0)) for low, width in table[2]]
    terms, stages = TERMS[: raw.shape[1]], tuple(str(i) for i in range(len(raw)))
    options = {"terms": terms, "stages": stages, "held": terms[:1]}
    alone = solve_weights(raw, weights, bands, **options)
    tied = solve_weights(raw, weights, bands, monotone=terms[1:], **options)
    if not tied.feasible:
        assert tied.unmet
        assert {u.reason for u in tied.unmet} <= {"bands", "held", "monotone"}
        return
    assert (np.diff(tied.weights[:, 1:], axis=0) >= 0).all()
    assert tied.objective >= alone.objective - 1e-5 * max(1, alone.objective)
    parts = raw * tied.weights
    share = 100 * parts / parts.sum(axis=1, keepdims=True)
    assert (share >= np.array([b.low_percent for b in bands]) - 1e-6).all()
    assert (share <= np.array([b.high_percent for b in bands]) + 1e-6).all()
