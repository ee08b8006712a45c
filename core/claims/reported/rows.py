"""Checks of one row each: products, changes, estimates, and which column wins."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Final

from core.claims.reported.equations import Checked, Equation, Verdict
from core.claims.reported.numbers import Span, written, written_span
from core.claims.reported.table import Place, ReportedTable

PRODUCTS: Final = "products"
CHANGES: Final = "changes"
BEYOND: Final = "beyond rounding"
ESTIMATES: Final = "estimates"
WINNERS: Final = "winners"


def check_products(table: ReportedTable) -> Iterator[Equation]:
    """Multiply the factors and weights of each row."""
    factors = (*table.having("factor"), *table.having("weight"))
    names = " × ".join(table.columns[factor].name for factor in factors)
    for column in table.having("product") if factors else ():
        for row in table.body:
            if table.cell((row, column)).kind != "blank":
                yield Equation(PRODUCTS, table.called((row, column)), (row, column),
                               tuple((row, factor) for factor in factors), _product, names
                               )  # fmt: skip


def check_changes(table: ReportedTable) -> Iterator[Equation]:
    """Compare before and after as the printed change, gain or ratio does."""
    for column, role in ((c, r) for r in FORMULAS for c in table.having(r)):
        for row, (before, after) in _pairs(table):
            if table.cell((row, column)).kind != "blank":
                formula, words = FORMULAS[role]
                yield Equation(CHANGES, table.called((row, column)), (row, column),
                               (before, after), formula,
                               words.format(table.called(after), table.called(before)),
                               _obstacle(table, role, column, before, after))  # fmt: skip


def check_beyond_rounding(table: ReportedTable) -> Iterator[Checked]:
    """Ask whether two values that are printed apart need be apart at all."""
    changes = [column for role in FORMULAS for column in table.having(role)]
    for row, (before, after) in _pairs(table):
        one, other = table.cell(before), table.cell(after)
        if one.span is None or other.span is None or one.value == other.value:
            continue
        change = other.span - one.span
        verdict: Verdict = "cannot tell" if 0 in change else "holds"
        why = "rounding alone may make such a change" if 0 in change else "more than rounding"
        places = tuple((row, column) for column in changes) or (after,)
        yield Checked(BEYOND, table.called(after), verdict, f"{one.text} → {other.text}",
                      f"{written(_middle(change))} ({written_span(change)})", why, places
                      )  # fmt: skip


def check_estimates(table: ReportedTable) -> Iterator[Equation]:
    """Set the nth column of estimates against the nth of measurements."""
    pairs = zip(table.having("estimate"), table.having("measured"), strict=False)
    for estimate, measured in pairs if not table.having("better") else ():
        units = {table.columns[column].unit for column in (estimate, measured)}
        obstacle = f"units differ: {', '.join(sorted(units))}" if len(units) > 1 else ""
        for row in table.body:
            if table.cell((row, estimate)).kind != "blank":
                yield Equation(ESTIMATES, table.called((row, estimate)), (row, estimate),
                               ((row, measured),), _same, table.columns[measured].name,
                               obstacle)  # fmt: skip


def check_winners(table: ReportedTable) -> Iterator[Checked]:
    """Ask of each row that names a winner whether both sides were measured, and who is ahead."""
    rivals = (*table.having("measured"), *table.having("estimate"))
    for column in table.having("better"):
        for row in table.body:
            said = table.cell((row, column)).text
            if said.strip(" -–—"):
                yield _winner(table, (row, column), [(row, rival) for rival in rivals])


def _winner(table: ReportedTable, place: Place, rivals: Sequence[Place]) -> Checked:
    said, unit = table.cell(place).text, table.columns[place[1]].unit

    def checked(verdict: Verdict, why: str, found: str = "") -> Checked:
        return Checked(WINNERS, table.names[place[0]], verdict, said, found, why, (place,))

    unfit = [why for rival in rivals if (why := _unfit(table, rival))]
    spans = {table.columns[rival[1]].name: table.cell(rival).span for rival in rivals}
    known = {name: span for name, span in spans.items() if span is not None}
    if said not in spans or len(spans) < 2:
        return checked("cannot tell", f"{said} is none of {', '.join(spans) or 'the columns'}")
    if unfit:
        return checked("cannot tell", "; ".join(unfit))
    if unit not in {"lower", "higher"}:
        return checked("cannot tell", "whether lower or higher is better stands in no unit")
    sign = 1 if unit == "higher" else -1
    others = [span for name, span in known.items() if name != said]
    ahead = [sign * (_middle(known[said]) - _middle(span)) > 0 for span in others]
    if any(known[said].meets(span) for span in others):
        return checked("cannot tell", "rounding alone may make such a difference")
    best = max(known, key=lambda name: sign * _middle(known[name]))
    return checked("holds" if all(ahead) else "does not hold", f"{unit} is better", best)


def _unfit(table: ReportedTable, place: Place) -> str:
    cell, name = table.cell(place), table.columns[place[1]].name
    if cell.kind == "estimate" or "estimate" in table.columns[place[1]].roles:
        return f"{name} is an estimate"
    if cell.kind == "blank":
        return f"{name} was not measured"
    return f"{name} is only a bound" if cell.span is None else ""


def _pairs(table: ReportedTable) -> Iterator[tuple[int, tuple[Place, Place]]]:
    """Give the places before and after of each row; without a before the first row is it."""
    before, after = (table.having(role)[:1] for role in ("before", "after"))
    first = table.body[0] if table.body else 0
    for column in after:
        for row in range(len(table.names)) if before else table.body:
            if before:
                yield row, ((row, before[0]), (row, column))
            elif row != first:
                yield row, ((first, column), (row, column))


def _obstacle(table: ReportedTable, role: str, column: int, before: Place, after: Place) -> str:
    units = [table.columns[at].unit for at in (before[1], after[1])]
    units += [table.columns[column].unit] if role == "change" else []
    if len(set(units)) > 1:
        return f"units differ: {', '.join(unit or 'none' for unit in dict.fromkeys(units))}"
    if role == "gain" and table.columns[column].unit != "%":
        return "a gain is in %, and the unit of its column is another"
    return ""


def _product(spans: Sequence[Span]) -> Span:
    return reduce(mul, spans)


def _same(spans: Sequence[Span]) -> Span:
    return spans[0]


def _middle(span: Span) -> Fraction:
    return (span.low + span.high) / 2


def _change(spans: Sequence[Span]) -> Span:
    before, after = spans
    return after - before


def _gain(spans: Sequence[Span]) -> Span:
    before, after = spans
    return (after / before - Span.at(1)) * Span.at(100)


def _ratio(spans: Sequence[Span]) -> Span:
    before, after = spans
    return after / before


FORMULAS: Final = {
    "change": (_change, "{0} less {1}"),
    "gain": (_gain, "{0} over {1}, less 1, in percent"),
    "ratio": (_ratio, "{0} over {1}"),
}
