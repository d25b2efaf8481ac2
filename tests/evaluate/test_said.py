"""How numbers, dates and conditions are told in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mlpolicy.core.numbers import const
from mlpolicy.core.show import several, show_range, unit_after
from mlpolicy.core.types import PERCENT, Quantity, Unit, read_unit
from mlpolicy.core.values import Days, Num
from mlpolicy.evaluate.logic import days_apart, margin
from mlpolicy.evaluate.rules import _bare
from mlpolicy.evaluate.state import Node

_COUNTED = frozenset({"person", "text", "query", "batch", "billed", "series", "GB"})


def unit(text: str) -> Unit:
    found = read_unit(text, _COUNTED)
    assert isinstance(found, Unit)
    return found


@pytest.mark.parametrize(
    ("number", "text", "told"),
    [
        (1, "person", " person"),
        (0, "person", " persons"),
        (5, "person", " persons"),
        (2, "text/month", " texts/month"),
        (1, "text/month", " text/month"),
        (2, "query", " queries"),
        (2, "batch", " batches"),
        (2, "billed/text", " billed/text"),
        (2, "series", " series"),
        (2, "GB", " GB"),
        (2, "ms", " ms"),
        (2, "%", " %"),
        (2, "USD/month", " USD/month"),
        (2, "number", ""),
    ],
)
def test_a_unit_stands_behind_its_number_as_one_says_it(number: int, text: str, told: str) -> None:
    of = unit(text)
    assert told == unit_after(number * of.scale, of)


def test_what_stands_for_several_stays_as_it_is() -> None:
    for text in ("person", "text/month", "query", "batch", "billed/text", "GB", "ms"):
        assert several(text) == several(several(text))


def test_a_range_takes_the_unit_of_its_end() -> None:
    assert show_range(Fraction(2), Fraction(3), unit("text")) == "2 .. 3 texts"


def _number(value: str, of: Unit) -> Node:
    return Node("constant", "", Num(const(Fraction(value) * of.scale)), Quantity(of), None)


@pytest.mark.parametrize(
    ("left", "right", "of", "told"),
    [
        ("88", "85", PERCENT, "3 percentage points above"),
        ("84", "85", PERCENT, "1 percentage point below"),
        ("84.5", "85", PERCENT, "0.5 percentage points below"),
        ("85", "85", PERCENT, "exactly equal"),
        ("1", "5", unit("person"), "4 persons below"),
        ("5", "4", unit("person"), "1 person above"),
    ],
)
def test_a_margin_says_how_far_and_which_way(left: str, right: str, of: Unit, told: str) -> None:
    assert told == margin(_number(left, of), _number(right, of))


@pytest.mark.parametrize(
    ("days", "told"), [(283, "283 days later"), (-1, "1 day earlier"), (0, "exactly equal")]
)
def test_dates_lie_days_apart(days: int, told: str) -> None:
    assert told == days_apart(Days(739000 + days, 739000 + days), Days(739000, 739000))


@pytest.mark.parametrize(
    ("text", "bare"),
    [("(a or b)", "a or b"), ("(a) or (b)", "(a) or (b)"), ("(any(a) over b)", "any(a) over b")],
)
def test_only_parentheses_around_all_of_it_fall_away(text: str, bare: str) -> None:
    assert bare == _bare(text)
