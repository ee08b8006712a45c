"""What the tests of claims share: quick recomputations made once, and the mutation itself."""

from dataclasses import replace
from functools import cache
from math import isnan

import pytest

from core.claims.claim import Check, Claim, Recomputed, Value
from core.claims.inputs import DEFAULT
from core.claims.judge import judge
from core.claims.registry import RECOMPUTE


@cache
def _recomputed(claim_id: str) -> Recomputed:
    return RECOMPUTE[claim_id].function(DEFAULT)


@pytest.fixture(scope="session")
def recomputed():
    """Give what a claim's function finds with the default inputs."""
    return _recomputed


def _beyond(check: Check, value: Value) -> Check:
    """Report a value from which the recomputed one is farther away than is tolerated."""
    size = check.tolerance.size
    away = 1.0 if check.comparison != "at most" else -1.0
    if check.tolerance.form == "interval":
        ends = abs(value.high - value.low) + 1
        return replace(check, reported=value.value + away * ends)
    if check.tolerance.form == "factor" and value.value != 0:
        grows = (away > 0) == (value.value > 0)
        return replace(check, reported=value.value * size ** (2 if grows else -2))
    if check.tolerance.form == "percent":
        # Of the reported value, so a little more where that is the larger one.
        off = abs(value.value) * 3 * size / 100 / max(1 - size / 100, 0.1) + 1e-3
        return replace(check, reported=value.value + away * off)
    return replace(check, reported=value.value + away * (2 * size + 1e-3 * (1 + abs(value.value))))


def _same(check: Check, value: Value) -> Check:
    if check.tolerance.form == "interval":
        ends = {"at least": value.low, "at most": value.high, "equal": value.value}
        return replace(check, reported=ends[check.comparison])
    return replace(check, reported=value.value)


def _assert_follows(claim: Claim, found: Recomputed) -> None:
    usable = [c for c in claim.checks if c.key in found.values]
    usable = [c for c in usable if not isnan(found.values[c.key].value)]
    assert usable, f"{claim.claim_id} recomputes none of its values"
    met = replace(claim, checks=tuple(_same(c, found.values[c.key]) for c in usable))
    assert judge(met, found).verdict == "holds"
    missed = replace(claim, checks=tuple(_beyond(c, found.values[c.key]) for c in usable))
    assert judge(missed, found).verdict == "does not hold"


@pytest.fixture(scope="session")
def assert_follows():
    """Set reported values to the recomputed ones, then beyond: the verdict has to follow."""
    return _assert_follows
