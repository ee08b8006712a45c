"""Weights that follow the losses: shares against bands, over made-up losses and a real descent."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.balance.automatic import (
    RANGE,
    RATE,
    BalancerState,
    begin_stage,
    can_meet,
    follow,
    nearest_shares,
)
from core.balance.shares import Band, shares
from core.balance.solver import solve_weights

BANDS = {"ce": Band(60.0, 70.0), "spectrum": Band(10.0, 20.0), "precursor": Band(10.0, 30.0)}
TWO = {"large": Band(60.0, 70.0), "small": Band(30.0, 40.0)}
WRITTEN = {"ce": 1.0, "spectrum": 0.05, "precursor": 0.01}


def inside(percent: dict[str, float], bands: dict[str, Band], slack: float = 1e-6) -> bool:
    return all(
        bands[term].low_percent - slack <= share <= bands[term].high_percent + slack
        for term, share in percent.items()
    )


def shares_of(state: BalancerState, raw: dict[str, float]) -> dict[str, float]:
    return shares({term: state.weights[term] * raw[term] for term in raw})


def test_a_stage_begins_with_every_share_inside_whatever_the_values_are() -> None:
    raw = {"ce": 3.26, "spectrum": 1.79, "precursor": 733.0}
    state = begin_stage(WRITTEN, raw, BANDS, {})
    assert inside(shares_of(state, raw), BANDS)
    assert state.weights["ce"] == pytest.approx(1.0, rel=1e-12)
    # The slow solver agrees that this can be met with the cross-entropy held.
    table = np.array([[raw[t] for t in BANDS]]), np.array([[WRITTEN[t] for t in BANDS]])
    assert solve_weights(
        *table, list(BANDS.values()), terms=tuple(BANDS), stages=("2",), held=("ce",)
    ).feasible


def test_terms_that_the_stage_does_not_use_stay_at_0() -> None:
    state = begin_stage(WRITTEN | {"precursor": 0.0}, {"ce": 1.0, "spectrum": 9.0}, BANDS, {})
    # 70 and 20 % make 90: these bands cannot be met, and the weights stay as written.
    assert state.weights == WRITTEN | {"precursor": 0.0}
    wide = BANDS | {"spectrum": Band(10.0, 40.0)}
    state = begin_stage(WRITTEN | {"precursor": 0.0}, {"ce": 1.0, "spectrum": 9.0}, wide, {})
    assert state.weights["precursor"] == 0.0
    assert shares_of(state, {"ce": 1.0, "spectrum": 9.0})["ce"] == pytest.approx(65, abs=5)


def test_shares_inside_their_bands_change_nothing() -> None:
    raw = {"ce": 1.0, "spectrum": 1.0, "precursor": 1.0}
    written = {"ce": 0.65, "spectrum": 0.15, "precursor": 0.2}
    state = begin_stage(written, raw, BANDS, {})
    assert state.weights == pytest.approx(written, rel=1e-12)
    assert follow(state, raw, BANDS, {}, stage_steps=100).weights == pytest.approx(written)


def test_weights_change_no_faster_and_no_further_than_the_limits() -> None:
    state = begin_stage(WRITTEN, {"ce": 1.0, "spectrum": 1.0, "precursor": 1.0}, BANDS, {})
    start = state.weights["spectrum"]
    for _ in range(1000):
        before = state.weights
        state = follow(
            state, {"ce": 1.0, "spectrum": 1e-9, "precursor": 1.0}, BANDS, {}, stage_steps=500
        )
        for term, weight in state.weights.items():
            assert abs(math.log(weight / before[term])) <= math.log(RATE) / 5 + 1e-12
    assert state.weights["spectrum"] == pytest.approx(start * RANGE)


def test_a_solved_term_rests_until_it_clearly_rises_again() -> None:
    floors = {"spectrum": 0.1}
    raw = {"ce": 1.0, "spectrum": 1.0, "precursor": 1.0}
    state = begin_stage(WRITTEN, raw, BANDS, floors)

    def after(value: float, state: BalancerState) -> BalancerState:
        for _ in range(200):
            state = follow(state, raw | {"spectrum": value}, BANDS, floors, stage_steps=10_000)
        return state

    low = after(0.05, state)
    assert low.solved == ("spectrum",)
    weight = low.weights["spectrum"]
    assert after(0.01, low).weights["spectrum"] == weight
    assert after(0.12, low).solved == ("spectrum",)
    assert after(0.3, low).solved == ()
    # A term that is 0 to begin with, or NaN, has no weight that could help it.
    for value in (0.0, math.nan, math.inf):
        begun = begin_stage(WRITTEN, raw | {"spectrum": value}, BANDS, {})
        assert "spectrum" in begun.solved
        assert all(math.isfinite(w) and w > 0 for w in begun.weights.values())


def test_a_value_that_is_not_finite_changes_nothing() -> None:
    raw = {"ce": 1.0, "spectrum": 1.0, "precursor": 1.0}
    state = begin_stage(WRITTEN, raw, BANDS, {})
    assert follow(state, raw | {"ce": math.nan}, BANDS, {}, stage_steps=10) == state


def test_bands_that_cannot_be_met_leave_the_weights_as_written() -> None:
    narrow = {"ce": Band(0.0, 30.0), "spectrum": Band(0.0, 30.0)}
    assert not can_meet(narrow, narrow)
    assert can_meet(["ce", "other"], narrow)
    state = begin_stage({"ce": 1.0, "spectrum": 3.0}, {"ce": 1.0, "spectrum": 1.0}, narrow, {})
    assert state.weights == {"ce": 1.0, "spectrum": 3.0}


CONTRIBUTION = st.floats(1e-9, 1e9)


@given(
    st.lists(st.tuples(CONTRIBUTION, st.floats(1e-3, 1), st.floats(0, 1)), min_size=2, max_size=6)
)
def test_nearest_shares_lie_inside_and_keep_ratios_of_those_that_are_free(entries) -> None:
    scale = sum(middle for _, middle, _ in entries)
    values = {str(i): value for i, (value, _, _) in enumerate(entries)}
    bands = {
        str(i): (middle / scale * (1 - width), middle / scale * (1 + width))
        for i, (_, middle, width) in enumerate(entries)
    }
    found = nearest_shares(values, bands)
    assert sum(found.values()) == pytest.approx(1)
    free = {t: s for t, s in found.items() if bands[t][0] * 1.001 < s < bands[t][1] * 0.999}
    assert all(bands[t][0] * 0.999 <= s <= bands[t][1] * 1.001 for t, s in found.items())
    factors = [found[t] / values[t] for t in free]
    assert factors == pytest.approx(factors[:1] * len(factors), rel=1e-6)


def descend(overlap: int, steps: int = 600) -> tuple[np.ndarray, BalancerState]:
    """Train one vector by two pulls on its halves, which share `overlap` numbers of 8.

    Returns the share of the first term at each step, in percent, and the last state.
    """
    generator = torch.Generator().manual_seed(0)
    first, second = slice(0, 4 + overlap // 2), slice(4 - overlap // 2, 8)
    ends = torch.randn(2, 8, generator=generator)
    point = torch.zeros(8, requires_grad=True)
    optimiser = torch.optim.Adam([point], lr=0.01)
    percent: list[float] = []
    state = None
    for _ in range(steps):
        away = (point - ends + 0.1 * torch.randn(64, 2, 8, generator=generator)).pow(2)
        large, small = 1000 * away[:, 0, first].mean(), away[:, 1, second].mean()
        raw = {"large": large.item(), "small": small.item()}
        state = state or begin_stage({"large": 1.0, "small": 1.0}, raw, TWO, {})
        percent.append(shares_of(state, raw)["large"])
        optimiser.zero_grad()
        (state.weights["large"] * large + state.weights["small"] * small).backward()
        optimiser.step()
        state = follow(state, raw, TWO, {}, stage_steps=steps)
    assert state is not None
    return np.array(percent), state


@pytest.mark.parametrize("overlap", [0, 4])
def test_two_terms_a_thousand_times_apart_enter_their_bands_and_stay(overlap: int) -> None:
    percent, _ = descend(overlap)
    means = np.convolve(percent, np.ones(20) / 20, "valid")
    held = (means >= 60) & (means <= 70)
    assert held[-120:].all()
    assert overlap or held.all()


def test_terms_that_exclude_each_other_end_at_the_limit_of_the_range() -> None:
    """More weight lowers the value of its own term more than it adds: no weight holds the share."""
    _, state = descend(overlap=8)
    change = {term: state.weights[term] / state.start[term] for term in TWO}
    assert max(change.values()) <= RANGE
    assert min(change.values()) >= 1 / RANGE


@pytest.mark.parametrize("seed", range(3))
def test_shares_stay_inside_while_the_losses_fall_by_orders_of_magnitude(seed: int) -> None:
    """The bar of a stage: after a fifth of it, 20-step means inside for 90 % of the steps."""
    generator, steps = np.random.default_rng(seed), 600
    falls = {"ce": 3.0, "spectrum": 0.7, "precursor": 6.0}  # in powers of e over the stage
    sizes = {"ce": 3.0, "spectrum": 2.5, "precursor": 500.0}
    state, percent = None, []
    for step in range(steps):
        raw = {
            term: sizes[term] * math.exp(-falls[term] * step / steps + 0.15 * generator.normal())
            for term in falls
        }
        state = state or begin_stage(WRITTEN, raw, BANDS, {})
        percent.append(shares_of(state, raw))
        state = follow(state, raw, BANDS, {}, stage_steps=steps)
    for term, band in BANDS.items():
        means = np.convolve([p[term] for p in percent], np.ones(20) / 20, "valid")[steps // 5 :]
        held = ((means >= band.low_percent) & (means <= band.high_percent)).mean()
        assert held >= 0.9, (term, held)


def test_a_state_is_a_value() -> None:
    state = begin_stage(WRITTEN, {"ce": 1.0, "spectrum": 1.0, "precursor": 1.0}, BANDS, {})
    again = replace(state)
    follow(state, {"ce": 2.0, "spectrum": 1.0, "precursor": 1.0}, BANDS, {}, stage_steps=10)
    assert state == again
