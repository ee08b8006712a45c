"""A printed number and what it should be: stated by a check, judged in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from core.claims.reported.numbers import Printed, Span, written, written_span
from core.claims.reported.table import Place, ReportedTable

Verdict = Literal["holds", "does not hold", "cannot tell"]
WORST_FIRST: Final[tuple[Verdict, ...]] = ("does not hold", "cannot tell", "holds")


@dataclass(frozen=True)
class Checked:
    """What one check found of one number.

    Args:
        check: Name of the check.
        about: Which number, by row and column.
        verdict: "cannot tell" where something lacks.
        printed: As printed; "must be 100" where it is always the same.
        recomputed: What the other numbers give, and what their rounding leaves open.
        why: How it was worked out, and what is wrong or lacks.
        places: The cells that it is about.
    """

    check: str
    about: str
    verdict: Verdict
    printed: str
    recomputed: str
    why: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Equation:
    """What has to be the same.

    Args:
        check: Name of the check.
        about: Which number, in words.
        printed: Its place, or a number that is always meant, such as 100.
        inputs: Where the numbers stand that it follows from.
        formula: Makes it of them; may divide by zero.
        words: How.
        obstacle: Why it cannot be told whatever the numbers are; empty where nothing is in the way.
    """

    check: str
    about: str
    printed: Place | int
    inputs: tuple[Place, ...]
    formula: Callable[[Sequence[Span]], Span]
    words: str
    obstacle: str = ""


def judge(table: ReportedTable, equation: Equation) -> Checked:
    """Compare a printed number with what the others give, as far as rounding allows.

    It holds where some true values round to all the printed ones. An estimate among the others
    takes no one down: where only that disagrees, it cannot be told.
    """
    printed = _printed(table, equation)
    places = equation.inputs if isinstance(equation.printed, int) else (equation.printed,)

    def checked(verdict: Verdict, recomputed: str, why: str) -> Checked:
        return Checked(equation.check, equation.about, verdict, printed.text, recomputed, why,
                       places)  # fmt: skip

    cells = [table.cell(place) for place in equation.inputs]
    lacking = [f"{table.called(place)} is {_lack(table.cell(place))}" for place in equation.inputs
               if table.cell(place).span is None]  # fmt: skip
    if printed.span is None:
        lacking.append(f"{equation.about} is {_lack(printed)}")
    if equation.obstacle or lacking:
        return checked("cannot tell", "", equation.obstacle or "; ".join(lacking))
    try:
        found, middle = _found(equation, cells)
    except ZeroDivisionError as error:
        return checked("cannot tell", "", f"{equation.words}: {error}")
    recomputed = _in_words(middle, found)
    assert printed.span is not None
    if printed.span.meets(found):
        return checked("holds", recomputed, equation.words)
    estimates = [place for place in equation.inputs if table.cell(place).kind == "estimate"]
    if estimates:
        names = ", ".join(map(table.called, estimates))
        return checked("cannot tell", recomputed, f"{equation.words}; an estimate: {names}")
    return checked("does not hold", recomputed, f"{equation.words}{_gap(printed.span, found)}")


def _printed(table: ReportedTable, equation: Equation) -> Printed:
    if isinstance(equation.printed, int):
        value = Fraction(equation.printed)
        return Printed(f"must be {written(value)}", "measured", value, Span.at(value))
    return table.cell(equation.printed)


def _lack(cell: Printed) -> str:
    kinds = {"blank": "blank", "text": "text", "bound": f"only a bound ({cell.text})",
             "estimate": f"an estimated bound ({cell.text})"}  # fmt: skip
    return kinds.get(cell.kind, "no number")


def _found(equation: Equation, cells: Sequence[Printed]) -> tuple[Span, Span]:
    """Evaluate the formula on what rounding leaves open, and on the numbers as printed."""
    open_spans = [cell.span for cell in cells if cell.span is not None]
    middles = [Span.at(cell.value) for cell in cells if cell.value is not None]
    return equation.formula(open_spans), equation.formula(middles)


def _in_words(middle: Span, found: Span) -> str:
    value = written((middle.low + middle.high) / 2)
    return value if found.low == found.high else f"{value} ({written_span(found)})"


def _gap(printed: Span, found: Span) -> str:
    """Say by how much the two miss one another, rounding already granted."""
    gap = max(printed.low - found.high, found.low - printed.high)
    return f"; off by at least {written(gap)}"
