"""A claim, what its recomputation gave, and the verdict: data, and nothing that computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

Kind = Literal["arithmetic", "experiment", "history", "not checkable here"]
Comparison = Literal["equal", "at least", "at most"]
Verdict = Literal["holds", "does not hold", "holds if", "not checkable here", "cannot tell"]
Cell = str | float


@dataclass(frozen=True)
class Tolerance:
    """How far a recomputed value may lie from the reported one.

    Args:
        size: Absolute, in percent of the reported value, or a factor of 1 or more.
        form: "interval" has no size: the recomputed value's own interval decides.
    """

    size: float
    form: Literal["absolute", "percent", "factor", "interval"]

    def reach(self, reported: float) -> tuple[float, float]:
        """Give the lowest and the highest value that still agree with a reported one.

        Example:
            >>> Tolerance(2, "percent").reach(50.0), Tolerance(2, "factor").reach(4.0)
            ((49.0, 51.0), (2.0, 8.0))
        """
        if self.form == "factor":
            ends = reported / self.size, reported * self.size
            return min(ends), max(ends)
        off = abs(reported) * self.size / 100 if self.form == "percent" else self.size
        return reported - off, reported + off


@dataclass(frozen=True)
class Check:
    """One number of a claim, and how it is compared with what is recomputed.

    Args:
        key: Name of the recomputed value.
        comparison: What the recomputed value has to be, beside the reported one.
        reported: In `unit`.
        tolerance: How far it may lie off.
        unit: "1" for pure numbers, "yes" for 1 as yes and 0 as no.
        condition: Where the claim holds under conditions: the one that this check belongs to.
    """

    key: str
    comparison: Comparison
    reported: float
    tolerance: Tolerance
    unit: str
    condition: str = ""


@dataclass(frozen=True)
class Claim:
    """A statement of a note.

    Args:
        claim_id: "S1-04": the note's number and the row.
        note: File name of the note, without its end.
        line: Where it stands, as "L123" or "L50, L113".
        text: What it says, in our words.
        reported: Its values as it gives them.
        kind: What recomputing it takes.
        starred: One of the most instructive.
        page: Address of the page to play with it, with its query; empty where there is none.
        contradicts: Claims that cannot hold together with it.
        needs: What is missing, where it cannot be checked here.
        checks: Its numbers.
    """

    claim_id: str
    note: str
    line: str
    text: str
    reported: str
    kind: Kind
    starred: bool
    page: str
    contradicts: tuple[str, ...]
    needs: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Value:
    """A recomputed number.

    Args:
        value: In `unit`; NaN where it could not be computed.
        unit: As in `Check`.
        low: Lower end of its 95 % interval, or of the seeds; NaN where it has none.
        high: Upper end.
        n: How many examples, seeds or draws it rests on; 0 where it is exact.
    """

    value: float
    unit: str = "1"
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return isfinite(self.low) and isfinite(self.high)


@dataclass(frozen=True)
class Curve:
    """A line of the evidence.

    Args:
        name: In the legend.
        x: Along the horizontal axis.
        y: One for each x.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Recomputed:
    """What a function found; it knows nothing of what was reported.

    Args:
        values: By the keys of the claim's checks; further ones are evidence.
        words: What was done and what came out, a sentence or two.
        rows: Evidence as a table, the same columns in each row.
        curves: Evidence as a figure.
        axes: Names of its axes, with units.
        source: What it was computed from: "formula", "synthetic spectra", a folder's name ...
        needs: What is missing, where some values could not be computed.
    """

    values: Mapping[str, Value]
    words: str
    rows: tuple[Mapping[str, Cell], ...] = ()
    curves: tuple[Curve, ...] = ()
    axes: tuple[str, str] = ("", "")
    source: str = "formula"
    needs: str = ""


@dataclass(frozen=True)
class Compared:
    """One check beside its recomputed value.

    Args:
        check: The claim's number.
        value: The recomputed one; None where there is none.
        agrees: None where it cannot be told.
        why: Why not; empty otherwise.
    """

    check: Check
    value: Value | None
    agrees: bool | None
    why: str = ""


@dataclass(frozen=True)
class Judged:
    """A claim's verdict.

    Args:
        claim: The claim.
        verdict: What follows from the comparisons.
        compared: One for each check.
        holds_if: Conditions under which it holds, where it does not under all of them.
        why: Why it cannot be told or checked; empty otherwise.
    """

    claim: Claim
    verdict: Verdict
    compared: tuple[Compared, ...] = ()
    holds_if: tuple[str, ...] = field(default=())
    why: str = ""
