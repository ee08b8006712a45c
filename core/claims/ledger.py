"""The ledger of claims, read from its two tables."""

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NoReturn, cast, get_args

from core.claims.claim import Check, Claim, Comparison, Kind, Tolerance
from core.errors import InputError, UnavailableError

FOLDER: Final = Path(__file__).resolve().parents[2] / "sample_data" / "claims"
CLAIM_COLUMNS: Final = ("claim_id", "note", "line", "kind", "star", "page", "contradicts",
                        "claim", "reported", "needs")  # fmt: skip
CHECK_COLUMNS: Final = ("claim_id", "key", "comparison", "reported", "tolerance", "unit",
                        "condition")  # fmt: skip
_NUMBER = r"(\d+(?:\.\d*)?(?:e-?\d+)?)"
_TOLERANCE = re.compile(rf"{_NUMBER}( %)?|x{_NUMBER}|(interval)")

Row = dict[str, str]


@cache
def note_claims() -> tuple[Claim, ...]:
    """Give the claims of the five notes, in the order of the ledger.

    Raises:
        UnavailableError: `core` was installed without the repository around it.
        InputError: A table is damaged; file and line say where.
    """
    return read_claims(FOLDER / "claims.csv", FOLDER / "checks.csv")


def find_claim(claim_id: str) -> Claim:
    """Find a claim of the notes.

    Raises:
        InputError: There is none of this id.
    """
    for claim in note_claims():
        if claim.claim_id == claim_id:
            return claim
    raise InputError("claim", expected="an id of the ledger, S0-01 to S4-26", came=claim_id,
                     do="Choose among the ledger's")  # fmt: skip


def contradictions() -> tuple[tuple[Claim, Claim], ...]:
    """Give each pair of claims that cannot hold together once, whichever of them names the other.

    Raises:
        UnavailableError: `core` was installed without the repository around it.
        InputError: A table is damaged; file and line say where.
    """
    named = ((claim.claim_id, other) for claim in note_claims() for other in claim.contradicts)
    pairs = dict.fromkeys((min(pair), max(pair)) for pair in named)
    return tuple((find_claim(one), find_claim(other)) for one, other in sorted(pairs))


def read_claims(claims: Path, checks: Path) -> tuple[Claim, ...]:
    """Read claims and their checks.

    Args:
        claims: CSV with a row for each claim.
        checks: CSV with a row for each number, under its claim's id.

    Raises:
        UnavailableError: A file is not there.
        InputError: A row is damaged, an id occurs twice, or a check belongs to no claim.
    """
    told = _rows(claims, CLAIM_COLUMNS)
    named = {row["claim_id"] for _, row in told}
    by_claim: dict[str, list[Check]] = {name: [] for name in named}
    for where, row in _rows(checks, CHECK_COLUMNS):
        if row["claim_id"] not in named:
            _refuse(where, "the id of a claim", row["claim_id"])
        by_claim[row["claim_id"]].append(_check(where, row))
    seen: set[str] = set()
    read = []
    for where, row in told:
        if row["claim_id"] in seen:
            _refuse(where, "each id once", row["claim_id"])
        seen.add(row["claim_id"])
        read.append(_claim(where, row, by_claim[row["claim_id"]], named))
    return tuple(read)


def read_tolerance(where: str, text: str) -> Tolerance:
    """Read "0.05", "2 %", "x2" for a factor of two, or "interval".

    Raises:
        InputError: It is none of them.

    Example:
        >>> read_tolerance("row 1", "2 %")
        Tolerance(size=2.0, form='percent')
    """
    found = _TOLERANCE.fullmatch(text)
    if not found:
        _refuse(where, 'a tolerance: "0.05", "2 %", "x2" or "interval"', repr(text))
    number, percent, factor, _ = found.groups()
    if number:
        return Tolerance(float(number), "percent" if percent else "absolute")
    if factor and float(factor) < 1:
        _refuse(where, "a factor of 1 or more", factor)
    return Tolerance(float(factor), "factor") if factor else Tolerance(0.0, "interval")


def _check(where: str, row: Row) -> Check:
    if row["comparison"] not in get_args(Comparison):
        _refuse(where, "one of " + ", ".join(get_args(Comparison)), row["comparison"])
    try:
        reported = float(row["reported"])
    except ValueError:
        _refuse(where, "a number as the reported value", repr(row["reported"]))
    return Check(
        row["key"],
        cast("Comparison", row["comparison"]),
        reported,
        read_tolerance(where, row["tolerance"]),
        row["unit"],
        row["condition"],
    )


def _claim(where: str, row: Row, checks: Sequence[Check], named: set[str]) -> Claim:
    if row["kind"] not in get_args(Kind):
        _refuse(where, "one of " + ", ".join(get_args(Kind)), row["kind"])
    others = tuple(row["contradicts"].split())
    if unknown := [name for name in others if name not in named]:
        _refuse(where, "ids of claims under contradicts", " ".join(unknown))
    if not checks and not row["needs"]:
        _refuse(where, "a number to compare, or what is missing", "neither")
    keys = [check.key for check in checks]
    if len({(check.key, check.condition) for check in checks}) < len(keys):
        _refuse(where, "each key once under a condition", ", ".join(keys))
    if len({bool(check.condition) for check in checks}) > 1:
        _refuse(where, "a condition for each check, or for none", "a mixture")
    return Claim(
        row["claim_id"], row["note"], row["line"], row["claim"], row["reported"],
        cast("Kind", row["kind"]), row["star"] == "yes", row["page"], others, row["needs"],
        tuple(checks),
    )  # fmt: skip


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, Row]]:
    if not path.is_file():
        raise UnavailableError(f"{path} is not there: the ledger lies beside `core`.")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restval="")
        if tuple(reader.fieldnames or ()) != columns:
            _refuse(f"{path.name}, line 1", ", ".join(columns), ", ".join(reader.fieldnames or ()))
        return [(f"{path.name}, line {reader.line_num}", row) for row in reader]


def _refuse(where: str, expected: str, came: str) -> NoReturn:
    raise InputError(where, expected=expected, came=came, do="Correct the row")
