"""Printed numbers: how far rounding may have moved them, in exact arithmetic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Final, Literal

Kind = Literal["measured", "about", "estimate", "bound", "blank", "text"]

BLANKS: Final = ("", "-", "–", "—", "n/a", "na", "nan", "not measured")
MOST_DIGITS: Final = 15  # before or behind the decimal point
ROOT_DIGITS: Final = 12
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?"
_CELL: Final = re.compile(
    rf"(?P<sign>[~<>]?)\s*(?P<low>{_NUMBER})(?:\s+to\s+(?P<high>{_NUMBER}))?"
    r"(?P<estimate>\s*\((?:estimated?|est\.)\))?",
    re.ASCII,
)
_SIGNS: Final = str.maketrans("−≈≤≥", "-~<>")


@dataclass(frozen=True)
class Span:
    """All values from the lowest to the highest, both among them."""

    low: Fraction
    high: Fraction

    @classmethod
    def at(cls, value: int | Fraction) -> "Span":
        """Give the span of an exact value."""
        return cls(Fraction(value), Fraction(value))

    def __add__(self, other: "Span") -> "Span":
        """Add every value of one to every value of the other."""
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Span") -> "Span":
        """Subtract every value of the other."""
        return Span(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Span") -> "Span":
        """Multiply every value by every value of the other."""
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(corners), max(corners))

    def __truediv__(self, other: "Span") -> "Span":
        """Divide by every value of the other.

        Raises:
            ZeroDivisionError: The other holds 0.
        """
        if 0 in other:
            raise ZeroDivisionError("a divisor may be 0")
        return self * Span(1 / other.high, 1 / other.low)

    def __contains__(self, value: int | Fraction) -> bool:
        """Whether a value lies in it."""
        return self.low <= value <= self.high

    def meets(self, other: "Span") -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high

    def root(self) -> "Span":
        """Give the square roots of values of 0 or more, outward to twelve decimals."""
        unit = 10**ROOT_DIGITS
        ends = [isqrt(max(0, int(end * unit**2))) for end in (self.low, self.high)]
        is_whole = Fraction(ends[1], unit) ** 2 == self.high
        return Span(Fraction(ends[0], unit), Fraction(ends[1] + (not is_whole), unit))


def total(spans: Iterable[Span]) -> Span:
    """Add up spans."""
    return sum(spans, Span.at(0))


@dataclass(frozen=True)
class Printed:
    """A cell as it is printed, and what it stands for.

    Args:
        text: As printed.
        kind: How it is known: "about" by a ~, "estimate" by the word, "bound" by < or >.
        value: The number itself, the middle of a range; None where there is none.
        span: What rounding leaves open; None of a bound, too.
    """

    text: str
    kind: Kind = "text"
    value: Fraction | None = None
    span: Span | None = None


def read_number(text: str, *, is_exact: bool = False) -> Printed | None:
    """Read a printed number: "0.34", "~5.1", "< 0.5 (estimate)", "4 to 5", or a blank.

    It stands for half a unit of its last digit either way; after a ~ for a whole one.

    Args:
        text: The cell.
        is_exact: Whether it is a setting or a count, which is not rounded; a ~ still counts.

    Returns:
        None where it is no number, or has more than 15 digits on a side of the point.

    Example:
        >>> read_number("0.34").span
        Span(low=Fraction(67, 200), high=Fraction(69, 200))
        >>> read_number("6,4") is None, read_number("N/A").kind
        (True, 'blank')
    """
    if text.strip().lower() in BLANKS:
        return Printed(text, "blank")
    found = _CELL.fullmatch(text.strip().lower().translate(_SIGNS))
    if not found:
        return None
    ends = [Decimal(found[name]) for name in ("low", "high") if found[name]]
    if any(_is_too_long(end) for end in ends) or ends[0] > ends[-1]:
        return None
    value = sum(map(Fraction, ends)) / Fraction(len(ends))
    if found["sign"] in {"<", ">"}:
        return Printed(text, "estimate" if found["estimate"] else "bound", value)
    rounding = _half_unit(ends) * (2 if found["sign"] else not is_exact)
    span = Span(Fraction(ends[0]) - rounding, Fraction(ends[-1]) + rounding)
    kind = "estimate" if found["estimate"] else "about" if found["sign"] else "measured"
    return Printed(text, kind, value, span)


def _half_unit(ends: list[Decimal]) -> Fraction:
    return max(Fraction(10) ** _exponent(end) for end in ends) / 2


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


def _is_too_long(number: Decimal) -> bool:
    return number.adjusted() >= MOST_DIGITS or _exponent(number) < -MOST_DIGITS


def written(value: Fraction) -> str:
    """Write a number with four digits that count.

    Example:
        >>> written(Fraction(2, 3)), written(Fraction(-250000)), written(Fraction(5))
        ('0.6667', '−250,000', '5')
    """
    number = float(value)
    text = f"{number:,.0f}" if abs(number) >= 10_000 else f"{number:.4g}"
    return text.replace("-", "−")


def written_span(span: Span) -> str:
    """Write what rounding leaves open."""
    if span.low == span.high:
        return written(span.low)
    return f"{written(span.low)} to {written(span.high)}"
