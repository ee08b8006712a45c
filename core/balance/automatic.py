"""Weights that follow the losses so that each term's share of the total stays in its band.

A stage begins with weights solved from the values of its first batch. From then on smoothed
values are watched, and weights move towards the nearest shares inside the bands: limited in rate
and range, and not for a term that is solved, whose weight would grow without end.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, log

from core.balance.shares import Band

SMOOTHING_STEPS = 20
MARGIN = 0.2
"""How far inside its band a share is steered, as a fraction of the band's half width."""
RATE = 1.1
"""Largest factor by which a weight changes within a hundredth of a stage."""
RANGE = 100.0
"""Largest factor between a weight and what was solved at the stage's start."""
WAKE = 1.5
"""A solved term counts again above this many times its floor."""
LEAST_SHARE = 1e-9
ROUNDING = 1e-12


@dataclass(frozen=True)
class BalancerState:
    """Where the weights of a stage stand.

    Args:
        weights: Factor of each term now; 0 for a term that the stage does not use.
        start: What the weights were at the stage's start.
        smoothed: Mean value of each term over the latest batches, of those that are in use.
        twice: The mean of these means: how far it lags behind them is how far they lag.
        seen: Batches of this stage so far.
        solved: Terms that lie below their floor; their weights rest.
    """

    weights: dict[str, float]
    start: dict[str, float]
    smoothed: dict[str, float]
    twice: dict[str, float]
    seen: int
    solved: tuple[str, ...] = ()


def can_meet(terms: Collection[str], targets: Mapping[str, Band]) -> bool:
    """Whether the bands of these terms can add up to 100 %; a term without band takes any share.

    Example:
        >>> bands = {"a": Band(60.0, 70.0), "b": Band(10.0, 20.0)}
        >>> can_meet(["a", "b"], bands), can_meet(["a", "b", "c"], bands)
        (False, True)
    """
    bands = [targets.get(term, Band(0.0, 100.0)) for term in terms]
    return sum(b.low_percent for b in bands) <= 100 <= sum(b.high_percent for b in bands)


def begin_stage(
    written: Mapping[str, float],
    raw: Mapping[str, float],
    targets: Mapping[str, Band],
    floors: Mapping[str, float],
) -> BalancerState:
    """Solve the weights of a stage from the newest values; that of the largest band stays.

    Args:
        written: Factor of each term in the schedule; 0 leaves a term out of the stage.
        raw: Newest value of each term that the stage uses, before its weight.
        targets: Wanted shares.
        floors: Value below which a term counts as solved; 0 where none is named.

    Returns:
        The state at the first step. Weights are as written where fewer than two terms are left
        to balance, or where the bands cannot add up to 100 %.

    Example:
        >>> bands = {"a": Band(60.0, 70.0), "b": Band(30.0, 40.0)}
        >>> state = begin_stage({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1000.0}, bands, {})
        >>> state.weights["a"], round(1000 * state.weights["b"], 3)
        (1.0, 0.639)
    """
    values = {term: raw[term] for term, weight in written.items() if weight > 0}
    solved = _solved(values, floors, ())
    weights = dict(written) | _aim(written, values, targets, solved)
    return BalancerState(weights, dict(weights), values, dict(values), 1, solved)


def follow(
    state: BalancerState,
    raw: Mapping[str, float],
    targets: Mapping[str, Band],
    floors: Mapping[str, float],
    *,
    stage_steps: int,
) -> BalancerState:
    """Let the weights of the next step follow the values of this one.

    Args:
        state: As it was at this step.
        raw: Value of each term in use, before its weight; one that is not finite changes nothing.
        targets: Wanted shares.
        floors: Value below which a term counts as solved.
        stage_steps: Length of the stage, which sets the limit of the rate.
    """
    if not all(isfinite(raw[term]) for term in state.smoothed):
        return state
    newest = 1 / min(state.seen + 1, SMOOTHING_STEPS)
    smoothed = {term: old + newest * (raw[term] - old) for term, old in state.smoothed.items()}
    twice = {term: old + newest * (smoothed[term] - old) for term, old in state.twice.items()}
    level = {term: _without_lag(smoothed[term], twice[term]) for term in smoothed}
    solved = _solved(level, floors, state.solved)
    aim = _aim(state.weights, level, targets, solved)
    step = 100 * log(RATE) / stage_steps
    moved = {term: _towards(state, term, wanted, step) for term, wanted in aim.items()}
    return replace(
        state,
        weights=state.weights | moved,
        smoothed=smoothed,
        twice=twice,
        seen=state.seen + 1,
        solved=solved,
    )


def _without_lag(smoothed: float, twice: float) -> float:
    """Take the lag of a mean of falling values off it; noise must not turn it over."""
    return min(max(2 * smoothed - twice, smoothed / 2), 2 * smoothed)


def _solved(
    values: Mapping[str, float], floors: Mapping[str, float], before: Collection[str]
) -> tuple[str, ...]:
    """Name the terms at or below their floors; one that was solved must rise clearly above it."""
    return tuple(
        term
        for term, value in values.items()
        if not floors.get(term, 0.0) * (WAKE if term in before else 1.0) < value < inf
    )


def _aim(
    weights: Mapping[str, float],
    values: Mapping[str, float],
    targets: Mapping[str, Band],
    solved: Collection[str],
) -> dict[str, float]:
    """Weights that lead to the nearest wanted shares; none where there is nothing to balance."""
    active = [term for term in values if term not in solved]
    contributions = {term: weights[term] * value for term, value in values.items() if value > 0}
    total = sum(contributions.values())
    if len(active) < 2 or not isfinite(total):
        return {}

    def bands(margin: float) -> dict[str, tuple[float, float]]:
        # What rests keeps the share that it has; the others fill what is left.
        resting = {term: (value / total, value / total) for term, value in contributions.items()}
        return resting | {term: _inner(targets.get(term), margin) for term in active}

    narrow, whole = bands(MARGIN), bands(0.0)
    if not _fit(whole):
        return {}
    wanted = nearest_shares(contributions, narrow if _fit(narrow) else whole)
    # Adam does not see a common factor, so one weight may stay: that of the largest band.
    anchor = max(active, key=lambda term: whole[term])
    factor = contributions[anchor] / wanted[anchor]
    return {term: wanted[term] * factor / values[term] for term in active}


def nearest_shares(
    contributions: Mapping[str, float], bands: Mapping[str, tuple[float, float]]
) -> dict[str, float]:
    """Find the shares inside the bands that change the fewest ratios.

    One common factor scales all contributions, and what leaves its band is held at its end: the
    factor at which they add up to 1 is found by bisection.

    Args:
        contributions: Weight times value of each term, above 0.
        bands: Lowest and highest share of each as fractions, which can add up to 1.

    Returns:
        Shares as fractions that add up to 1; unchanged where all lie inside.

    Example:
        >>> bands = {"a": (0.6, 0.7), "b": (0.1, 0.2), "c": (0.1, 0.3)}
        >>> found = nearest_shares({"a": 3.0, "b": 0.1, "c": 7.0}, bands)
        >>> {term: round(share, 3) for term, share in found.items()}
        {'a': 0.6, 'b': 0.1, 'c': 0.3}
    """
    total = sum(contributions.values())
    parts = {term: value / total for term, value in contributions.items()}

    def scaled(factor: float) -> dict[str, float]:
        return {
            term: min(max(factor * part, bands[term][0]), bands[term][1])
            for term, part in parts.items()
        }

    if abs(sum(scaled(1.0).values()) - 1) < ROUNDING:
        return scaled(1.0)
    low = log(min(max(bands[term][0], LEAST_SHARE) / part for term, part in parts.items()))
    high = log(max(bands[term][1] / part for term, part in parts.items()))
    for _ in range(60):
        middle = (low + high) / 2
        if sum(scaled(exp(middle)).values()) < 1:
            low = middle
        else:
            high = middle
    found = scaled(exp(high))
    rounding = sum(found.values())
    return {term: share / rounding for term, share in found.items()}


def _inner(band: Band | None, margin: float) -> tuple[float, float]:
    if band is None:
        return LEAST_SHARE, 1.0
    inset = margin * (band.high_percent - band.low_percent) / 2
    low, high = band.low_percent + inset, band.high_percent - inset
    return max(low / 100, LEAST_SHARE), max(high / 100, LEAST_SHARE)


def _fit(bands: Mapping[str, tuple[float, float]]) -> bool:
    low, high = (sum(ends) for ends in zip(*bands.values(), strict=True))
    return low <= 1 + ROUNDING and high >= 1 - ROUNDING


def _towards(state: BalancerState, term: str, wanted: float, step: float) -> float:
    now, start = state.weights[term], state.start[term]
    change = min(max(log(wanted / now), -step), step)
    return min(max(now * exp(change), start / RANGE), start * RANGE)
