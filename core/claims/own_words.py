"""One's own claims in words, the same on the screen and in a report."""

from math import isfinite, isnan

from core.claims.own import BEATS, OwnClaim, OwnVerdict
from core.metrics import read_key, shown


def statement(claim: OwnClaim) -> str:
    """Say what a claim says.

    Example:
        >>> statement(OwnClaim("bar", "val/mrr", "at least", 0.8, "last", 0, ("a", "b")))
        'val/mrr at least 0.8: last, of 2 runs'
    """
    at = f" {claim.at:,}" if claim.where in {"at step", "median of last"} else ""
    runs = claim.runs[0] if len(claim.runs) == 1 else f"{len(claim.runs)} runs"
    others = "another run" if len(claim.against) == 1 else f"{len(claim.against)} other runs"
    against = f"beats {others} by {claim.value:g} %"
    said = against if claim.comparison == BEATS else f"{claim.comparison} {claim.value:g}"
    return f"{claim.metric} {said}: {claim.where}{at}, of {runs}"


def written_value(claim: OwnClaim, value: float) -> str:
    """Write a value of a claim in its unit; a gain with its sign."""
    if claim.comparison == BEATS or not isfinite(value):
        return f"{value:+.1f} %" if claim.comparison == BEATS else f"{value:g}"
    return shown(value, read_key(claim.metric).spec)


def written_verdict(claim: OwnClaim, found: OwnVerdict) -> tuple[str, str, str]:
    """Write value, interval and how many they rest on; empty where there is no value."""
    if isnan(found.value):
        return "", "", ""
    low, high = (written_value(claim, limit) for limit in (found.low, found.high))
    return written_value(claim, found.value), f"{low} to {high}", f"{found.n}"


def written_reason(claim: OwnClaim, told: OwnClaim, found: OwnVerdict) -> str:
    """Say why; with the runs that are meant, where the claim names them by what they are."""
    return found.why if told == claim else f"{found.why}; of {', '.join(told.runs)}"
