"""From reported and recomputed numbers to a verdict; the only place where the two meet."""

from collections.abc import Iterable
from math import isnan

from core.claims.claim import Check, Claim, Compared, Judged, Recomputed, Value


def judge(claim: Claim, recomputed: Recomputed | None) -> Judged:
    """Compare what a claim reports with what was recomputed.

    The checks of one condition stand or fall together. A claim holds where it does under all of
    its conditions, does not hold where it does under none, and holds if ... in between. What could
    not be told under one condition stands in `why`.

    Args:
        claim: With its checks.
        recomputed: None where there is nothing that recomputes it.
    """
    if recomputed is None:
        return Judged(claim, "not checkable here", why=claim.needs or "nothing recomputes it")
    compared = tuple(compare(check, recomputed.values.get(check.key)) for check in claim.checks)
    if not compared or all(one.value is None for one in compared):
        why = recomputed.needs or "none of its values was recomputed"
        return Judged(claim, "not checkable here", compared, why=why)
    told = {name: _together(c for c in compared if c.check.condition == name)
            for name in dict.fromkeys(check.condition for check in claim.checks)}  # fmt: skip
    why = "; ".join(dict.fromkeys(one.why for one in compared if one.why))
    met = tuple(name for name, agrees in told.items() if agrees)
    if len(met) == len(told):
        return Judged(claim, "holds", compared)
    if met:
        return Judged(claim, "holds if", compared, met, why)
    verdict = "cannot tell" if None in told.values() else "does not hold"
    return Judged(claim, verdict, compared, why=why)


def compare(check: Check, value: Value | None) -> Compared:
    """Compare one number with the recomputed one.

    Example:
        >>> from core.claims.claim import Tolerance
        >>> half = Check("share", "equal", 50.0, Tolerance(2, "percent"), "%")
        >>> compare(half, Value(51.0, "%")).agrees, compare(half, Value(51.5, "%")).agrees
        (True, False)
    """
    if value is None:
        return Compared(check, None, None, f"{check.key} was not recomputed")
    if value.unit != check.unit:
        why = f"{check.key} is reported in {check.unit} and recomputed in {value.unit}"
        return Compared(check, value, None, why)
    if isnan(value.value):
        return Compared(check, value, None, f"{check.key} is not a number")
    if check.tolerance.form == "interval":
        return _by_interval(check, value)
    low, high = check.tolerance.reach(check.reported)
    slack = 1e-9 * max(abs(low), abs(high))  # a value on the border agrees, whatever its rounding
    above, below = value.value >= low - slack, value.value <= high + slack
    agrees = {"equal": above and below, "at least": above, "at most": below}
    return Compared(check, value, agrees[check.comparison])


def _by_interval(check: Check, value: Value) -> Compared:
    """Agree where the whole interval does; an equal one need only lie inside."""
    if not value.has_interval:
        return Compared(check, value, None, f"{check.key} has no interval")
    low, high, said = value.low, value.high, check.reported
    if check.comparison == "equal":
        return Compared(check, value, low <= said <= high)
    agrees, differs = (low >= said, high < said) if check.comparison == "at least" else (
        high <= said, low > said)  # fmt: skip
    if agrees or differs:
        return Compared(check, value, agrees)
    return Compared(check, value, None, f"the interval of {check.key} holds the reported value")


def _together(compared: Iterable[Compared]) -> bool | None:
    """Join checks: one that fails decides, then one that cannot be told."""
    told = [one.agrees for one in compared]
    if False in told:
        return False
    return None if None in told else True
