"""All checks of a reported table; adding one is a function and its entry here."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from core.claims.reported.equations import WORST_FIRST, Checked, Equation, Verdict, judge
from core.claims.reported.rows import (
    check_beyond_rounding,
    check_changes,
    check_estimates,
    check_products,
    check_winners,
)
from core.claims.reported.sums import check_shares, check_shares_of_parts, check_totals
from core.claims.reported.table import Place, ReportedTable

Check = Callable[[ReportedTable], Iterator[Checked | Equation]]
CHECKS: Final[tuple[Check, ...]] = (
    check_shares, check_totals, check_shares_of_parts, check_products, check_changes,
    check_beyond_rounding, check_estimates, check_winners,
)  # fmt: skip


@lru_cache(maxsize=64)
def check_table(table: ReportedTable) -> tuple[Checked, ...]:
    """Ask every check that the roles of the columns call for; what does not hold comes first.

    Returns:
        Nothing where no check applies.
    """
    checks = CHECKS if table.body else ()
    asked = (one for check in checks for one in check(table))
    found = [judge(table, one) if isinstance(one, Equation) else one for one in asked]
    return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.verdict)))


def marked_cells(found: Sequence[Checked]) -> dict[Place, Verdict]:
    """Give the cells that something is the matter with, each with its worst verdict."""
    marks: dict[Place, Verdict] = {}
    for one in found:
        for place in one.places if one.verdict != "holds" else ():
            both = {one.verdict, marks.get(place, one.verdict)}
            marks[place] = next(verdict for verdict in WORST_FIRST if verdict in both)
    return marks


def count_verdicts(found: Sequence[Checked]) -> dict[Verdict, int]:
    """Count the verdicts.

    Example:
        >>> count_verdicts(())
        {'does not hold': 0, 'cannot tell': 0, 'holds': 0}
    """
    counts = Counter(one.verdict for one in found)
    return {verdict: counts[verdict] for verdict in WORST_FIRST}
