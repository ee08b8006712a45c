"""Printed numbers and what rounding leaves open, against plain rounding."""

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from math import sqrt

import pytest

from core.claims.reported.numbers import Span, read_number, written, written_span


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("0.34", "measured", "0.335", "0.345"),
        ("64", "measured", "63.5", "64.5"),
        ("−0.010", "measured", "-0.0105", "-0.0095"),
        ("+94.7", "measured", "94.65", "94.75"),
        (".5", "measured", "0.45", "0.55"),
        ("7.", "measured", "6.5", "7.5"),
        ("1.2e3", "measured", "1150", "1250"),
        ("~5.1", "about", "5.0", "5.2"),
        ("≈ 470", "about", "469", "471"),
        ("4 to 5", "measured", "3.5", "5.5"),
        ("1 (estimate)", "estimate", "0.5", "1.5"),
        ("~0.3 (est.)", "estimate", "0.2", "0.4"),
    ],
)
def test_a_number_stands_for_all_that_round_to_it(text, kind, low, high):
    found = read_number(text)
    assert found.kind == kind
    assert (found.span.low, found.span.high) == (Fraction(low), Fraction(high))
    assert found.text == text


def test_whatever_rounds_to_a_number_lies_in_its_span():
    draw = random.Random(0)
    for _ in range(300):
        true, decimals = Decimal(draw.uniform(-100, 100)), draw.randrange(4)
        text = str(true.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
        assert Fraction(true) in read_number(text).span


@pytest.mark.parametrize("text", ["", "-", "–", "N/A", " nan ", "not measured"])
def test_blanks_are_blank(text):
    assert read_number(text).kind == "blank"
    assert read_number(text).span is None


@pytest.mark.parametrize("text", ["< 0.5", "≤0.5", "> 95", "< 0.5 (estimate)"])
def test_a_bound_has_no_span(text):
    found = read_number(text)
    assert found.span is None
    assert found.kind == ("estimate" if "estimate" in text else "bound")


@pytest.mark.parametrize(
    "text",
    ["6,4", "1 670", "64 %", "0.34Å", "ten", "1e99999", "1e15", "1e-16", "5 to 4", "inf", "²", "٣"],
)
def test_anything_else_is_no_number(text):
    assert read_number(text) is None


def test_settings_and_counts_are_exact_unless_they_are_said_to_be_about():
    assert read_number("0.05", is_exact=True).span == Span.at(Fraction(1, 20))
    assert read_number("~0.05", is_exact=True).span == Span(Fraction(4, 100), Fraction(6, 100))


def test_arithmetic_holds_every_combination():
    draw = random.Random(1)
    for _ in range(50):
        ends = [sorted(Fraction(draw.randint(-20, 20), 4) for _ in "ab") for _ in "ab"]
        one, other = (Span(*pair) for pair in ends)
        for a, b in product((one.low, (one.low + one.high) / 2, one.high), (other.low, other.high)):
            assert a + b in one + other
            assert a - b in one - other
            assert a * b in one * other
            if 0 not in other:
                assert a / b in one / other


def test_a_divisor_that_may_be_zero_is_refused():
    with pytest.raises(ZeroDivisionError):
        Span.at(1) / Span(Fraction(-1), Fraction(1))


@pytest.mark.parametrize("value", ["0", "2", "1/3", "6.25", "1e10"])
def test_a_root_is_exact_or_rounded_outward(value):
    root = Span.at(Fraction(value)).root()
    assert root.low**2 <= Fraction(value) <= root.high**2
    assert float(root.low) == pytest.approx(sqrt(Fraction(value)), abs=1e-11)
    assert root.high - root.low <= Fraction(1, 10**12)
    assert Span.at(Fraction("6.25")).root() == Span.at(Fraction("2.5"))


def test_numbers_are_written_short():
    assert written(Fraction("-12345.6")) == "−12,346"
    assert written_span(Span(Fraction(-2, 100), Fraction(0))) == "−0.02 to 0"
    assert written_span(Span.at(3)) == "3"
