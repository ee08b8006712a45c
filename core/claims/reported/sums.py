"""Checks of shares, parts and totals."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Final

from core.claims.reported.equations import Equation
from core.claims.reported.numbers import Span, total
from core.claims.reported.reading import SHARE_UNITS
from core.claims.reported.table import Place, ReportedTable

SHARES: Final = "sum of shares"
OF_PARTS: Final = "shares of parts"
TOTALS: Final = "totals"


def check_shares(table: ReportedTable) -> Iterator[Equation]:
    """Add up every group of shares."""
    for about, group in _groups(table, "share"):
        whole = SHARE_UNITS[table.columns[group[0][1]].unit]
        yield Equation(SHARES, about, whole, group, total, f"sum of {len(group)} shares",
                       _other_units(table, group))  # fmt: skip


def check_shares_of_parts(table: ReportedTable) -> Iterator[Equation]:
    """Divide each part by all parts: the nth group of parts belongs to the nth of shares."""
    shares, parts = (list(_groups(table, role)) for role in ("share", "part"))
    for (_, said), (_, group) in zip(shares, parts, strict=False):
        if len(said) != len(group):
            continue
        whole = SHARE_UNITS[table.columns[said[0][1]].unit]
        for at, place in enumerate(said):
            words = f"{table.columns[group[at][1]].name} over the sum of the parts"
            yield Equation(OF_PARTS, table.called(place), place, group,
                           partial(_share, at, whole), words, _other_units(table, group)
                           )  # fmt: skip


def check_totals(table: ReportedTable) -> Iterator[Equation]:
    """Add up parts and shares, or average them, where a total is printed."""
    for place, group, obstacle in _totals_of_rows(table):
        yield Equation(TOTALS, table.called(place), place, group, total,
                       f"sum of {len(group)} parts", obstacle)  # fmt: skip
    if (row := table.total_row) is None:
        return
    for role in ("part", "share") if table.adds_up == "down" else ():
        for column in table.having(role):
            if table.cell((row, column)).kind != "blank":
                group = tuple((one, column) for one in table.body)
                yield Equation(TOTALS, table.called((row, column)), (row, column), group, total,
                               f"sum of {len(group)} {role}s")  # fmt: skip
    for role, power in (("mean", 1), ("rms", 2)):
        for column in table.having(role):
            if table.cell((row, column)).kind != "blank":
                yield _mean_of(table, (row, column), power)


def _groups(table: ReportedTable, role: str) -> Iterator[tuple[str, tuple[Place, ...]]]:
    """Give the cells that belong together: a column each, or a row each."""
    columns = table.having(role)
    if table.adds_up == "down":
        for column in columns:
            yield table.columns[column].name, tuple((row, column) for row in table.body)
    elif columns:
        for row in table.body:
            yield table.names[row], tuple((row, column) for column in columns)


def _totals_of_rows(
    table: ReportedTable,
) -> Iterator[tuple[Place, tuple[Place, ...], str]]:
    parts = table.having("part")
    for column in table.having("total") if parts else ():
        for row in range(len(table.names)):
            group = tuple((row, part) for part in parts)
            if table.cell((row, column)).kind != "blank":
                yield (row, column), group, _other_units(table, ((row, column), *group))


def _other_units(table: ReportedTable, group: Sequence[Place]) -> str:
    units = list(dict.fromkeys(table.columns[column].unit or "no unit" for _, column in group))
    return f"units differ: {', '.join(units)}" if len(units) > 1 else ""


def _share(at: int, whole: int, parts: Sequence[Span]) -> Span:
    """Divide a part by all: each end is reached where the others are at their other end."""
    one, others = parts[at], total(part for i, part in enumerate(parts) if i != at)
    if 0 in one + others:
        raise ZeroDivisionError("the parts may add up to 0")
    ends = [a / (a + b) for a in (one.low, one.high) for b in (others.low, others.high)]
    return Span(whole * min(ends), whole * max(ends))


def _mean_of(table: ReportedTable, place: Place, power: int) -> Equation:
    column = place[1]
    counts = table.having("count")[:1]
    group = tuple((row, column) for row in table.body)
    weights = tuple((row, count) for count in counts for row in table.body)
    said = "root mean square" if power == 2 else "mean"
    by = f"weighted by {table.columns[counts[0]].name}" if counts else "each row once"
    return Equation(TOTALS, table.called(place), place, (*group, *weights),
                    partial(_mean, len(group), power), f"{said} of {len(group)} rows, {by}"
                    )  # fmt: skip


def _mean(count: int, power: int, spans: Sequence[Span]) -> Span:
    """Average values with weights, both as far as rounding leaves them open."""
    values = [_square(value) if power == 2 else value for value in spans[:count]]
    weights = spans[count:] or [Span.at(1)] * count
    weights = [Span(max(Fraction(0), w.low), max(Fraction(0), w.high)) for w in weights]
    found = Span(
        -_most([-value.low for value in values], weights),
        _most([value.high for value in values], weights),
    )
    return found.root() if power == 2 else found


def _square(span: Span) -> Span:
    ends = span.low**2, span.high**2
    return Span(Fraction(0) if 0 in span else min(ends), max(ends))


def _most(values: Sequence[Fraction], weights: Sequence[Span]) -> Fraction:
    """Give the largest weighted mean: the highest values weigh most, all others least."""
    ranked = sorted(zip(values, weights, strict=True), key=lambda pair: -pair[0])
    above, weight = (sum((w.low * v for v, w in ranked), Fraction(0)),
                     sum((w.low for _, w in ranked), Fraction(0)))  # fmt: skip
    best = [above / weight] if weight else []
    for value, of in ranked:
        above, weight = above + (of.high - of.low) * value, weight + of.high - of.low
        best += [above / weight] if weight else []
    if not best:
        raise ZeroDivisionError("the counts add up to 0")
    return max(best)
