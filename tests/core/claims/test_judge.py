"""From numbers to verdicts."""

from dataclasses import replace

import pytest

from core.claims.claim import Check, Claim, Recomputed, Tolerance, Value
from core.claims.judge import compare, judge

EXACT = Tolerance(0.1, "absolute")
CLAIM = Claim("X-01", "note", "L1", "a is 1", "1", "arithmetic", False, "", (), "", ())


def _claim(*checks: Check) -> Claim:
    return replace(CLAIM, checks=checks)


def _check(key: str, condition: str = "", reported: float = 1.0) -> Check:
    return Check(key, "equal", reported, EXACT, "1", condition)


def _found(**values: float) -> Recomputed:
    return Recomputed({key: Value(value) for key, value in values.items()}, "words")


@pytest.mark.parametrize(
    ("a", "b", "verdict", "under"),
    [
        (1.0, 1.05, "holds", ()),
        (1.0, 2.0, "holds if", ("warm",)),
        (2.0, 1.0, "holds if", ("cold",)),
        (2.0, 2.0, "does not hold", ()),
        (1.0, float("nan"), "holds if", ("warm",)),
        (2.0, float("nan"), "cannot tell", ()),
    ],
)
def test_conditions(a: float, b: float, verdict: str, under: tuple[str, ...]):
    judged = judge(_claim(_check("a", "warm"), _check("b", "cold")), _found(a=a, b=b))
    assert (judged.verdict, judged.holds_if) == (verdict, under)


def test_checks_without_a_condition_stand_or_fall_together():
    assert judge(_claim(_check("a"), _check("b")), _found(a=1, b=1)).verdict == "holds"
    assert judge(_claim(_check("a"), _check("b")), _found(a=1, b=2)).verdict == "does not hold"
    assert judge(_claim(_check("a"), _check("b")), _found(a=1)).verdict == "cannot tell"


def test_nothing_to_compare_is_not_checkable():
    assert judge(replace(CLAIM, needs="a GPU"), None).why == "a GPU"
    nothing = Recomputed({}, "words", needs="a run")
    judged = judge(_claim(_check("a")), nothing)
    assert (judged.verdict, judged.why) == ("not checkable here", "a run")


def test_units_that_differ_are_said():
    found = Recomputed({"a": Value(1.0, "ppm")}, "words")
    judged = judge(_claim(_check("a")), found)
    assert judged.verdict == "cannot tell"
    assert judged.why == "a is reported in 1 and recomputed in ppm"


@pytest.mark.parametrize(
    ("comparison", "reported", "agrees"),
    [
        ("at least", 0.5, True), ("at least", 2.5, False), ("at least", 1.5, None),
        ("at most", 2.5, True), ("at most", 0.5, False), ("at most", 1.5, None),
        ("equal", 1.5, True), ("equal", 2.5, False),
    ],
)  # fmt: skip
def test_an_interval_decides_where_it_can(comparison, reported: float, agrees: bool | None):
    check = Check("a", comparison, reported, Tolerance(0, "interval"), "1")
    assert compare(check, Value(1.4, "1", 1.0, 2.0, 3)).agrees is agrees
    assert compare(check, Value(1.4)).agrees is None


def test_a_factor_and_a_percentage_reach_both_ways():
    factor, percent = Tolerance(2, "factor"), Tolerance(10, "percent")
    for tolerance, good, bad in (
        (factor, (0.5, 2.0), (0.49, 2.01)),
        (percent, (0.9, 1.1), (1.11,)),
    ):
        check = replace(_check("a"), tolerance=tolerance)
        assert all(compare(check, Value(value)).agrees for value in good)
        assert not any(compare(check, Value(value)).agrees for value in bad)
