"""What arithmetic does to abstract values: numbers, sets, and dates with times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from mlpolicy.core import calendar
from mlpolicy.core.numbers import Infinite, Poly, Range, mul, operation, range_of, range_scale
from mlpolicy.core.operators.compare import apart
from mlpolicy.core.operators.row import Given, Meaning
from mlpolicy.core.types import DateType, Grain, Quantity
from mlpolicy.core.values import Days, Items, Num


def of_two(calculated: Callable[[Poly, Poly], Poly]) -> Meaning:
    """Something worked out of two numbers."""
    return lambda _, left, right: Num(calculated(left.poly, right.poly))


def operated(name: str) -> Meaning:
    """An operation of `core/numbers` on all the operands."""

    def meaning(given: Given, *values: Num) -> Num:
        return Num(operation(name, tuple(v.poly for v in values), tuple(given.constants)))

    return meaning


def union(_: Given, left: Items, right: Items) -> Items:
    """`+` of two sets."""
    must = None if left.must is None or right.must is None else left.must | right.must
    may = None if left.may is None or right.may is None else left.may | right.may
    return Items(must, may)


def difference(_: Given, left: Items, right: Items) -> Items:
    """`-` of two sets: what is in the first and not in the second."""
    if right.must is None or left.may == frozenset():
        return Items(frozenset(), frozenset())
    sure = frozenset() if left.must is None or right.may is None else left.must - right.may
    return Items(sure, None if left.may is None else left.may - right.must)


def powered(given: Given, base: Num) -> Num:
    """`power` of a number, by a whole exponent that is given."""
    (exponent,) = given.constants
    found = base.poly
    for bit in f"{int(exponent):b}"[1:]:
        found = mul(found, found)
        if bit == "1":
            found = mul(found, base.poly)
    return Num(found)


def time_between(given: Given, left: Days, right: Days) -> Range:
    """`-` of two points of time, in seconds."""
    of = given.types[0]
    assert isinstance(of, DateType)
    return range_scale(apart(given, left, right), calendar.seconds(of.grain))


def moved(sign: int) -> Meaning:
    """A point some time later, or earlier where `sign` is -1. Months go by the calendar, clamped to
    the month's end; other times by whole steps: of a date, days."""

    def meaning(given: Given, day: Days, time: Num) -> Days:
        extent, (point, of) = range_of(time.poly).range, given.types
        assert isinstance(point, DateType)
        months = isinstance(of, Quantity) and ("month", 1) in of.unit.dims
        low, high = (extent.lo, extent.hi) if sign > 0 else (extent.hi, extent.lo)
        return Days(
            _moved(day.lo, low, sign, months, point.grain),
            _moved(day.hi, high, sign, months, point.grain),
        )

    return meaning


def _moved(
    day: int | None, amount: Fraction | Infinite, sign: int, months: bool, grain: Grain
) -> int | None:
    if day is None or isinstance(amount, Infinite):
        return None
    if months:
        return add_months(day, sign * int(amount))
    return day + sign * whole_steps(amount, grain)


def whole_steps(amount: Fraction, grain: Grain) -> int:
    """A time, in seconds, in whole steps of a grain, the rest cut off."""
    return int(amount / calendar.seconds(grain))


def add_months(ordinal: int, months: int) -> int:
    """A day (an ordinal) some months later or earlier, clamped to the month's end."""
    start = date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    year = min(max(year, 1), 9999)
    first = date(year, month + 1, 1)
    many = 31 if month == 11 else (date(year, month + 2, 1) - first).days
    day = min(start.day, many)
    return date(year, month + 1, day).toordinal()
