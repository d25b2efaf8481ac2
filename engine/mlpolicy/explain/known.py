"""What is known of the value of a step, in a form in which two steps can be compared.

Two values are the same here where a reader is told the same of them: a joined number has an
identity of its own in the evaluator, and yet says no more than the number that it came from.
"""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.numbers import ZERO, Bound, Infinite, range_of
from mlpolicy.core.show import is_money
from mlpolicy.core.trace import Basis, Step
from mlpolicy.core.types import NUMBER, Quantity, Type, Unit
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    Days,
    Items,
    Members,
    Num,
    Rows,
    Series,
    Truth,
    Unlimited,
    Value,
)


def is_open(value: Value | None) -> bool:
    """Is nothing known of it? A number of which no more is known than that it is not negative
    counts as such; a step without a value does not."""
    match value:
        case Truth():
            return value is UNKNOWN
        case Members():
            return value.options is None
        case Num():
            found = range_of(value.poly).range
            if not isinstance(found.hi, Infinite):
                return False
            return found.lo == ZERO or (isinstance(found.lo, Infinite) and found.lo < found.hi)
        case Days():
            return value.lo is None and value.hi is None
        case Items():
            return not value.must and value.must is not None and value.may is None
        case Series():
            return value.entries is None
        case Rows() | Unlimited() | None:
            return False


def is_condition(step: Step) -> bool:
    """Is it yes or no, or nothing known at all?"""
    if step.basis is Basis.NOT_SET:
        return False
    return isinstance(step.value, Truth) or is_open(step.value)


def content(step: Step) -> object:
    """What is known of its value, to be compared with that of another step."""
    value = step.value
    if step.basis is Basis.NOT_SET:
        return Basis.NOT_SET
    if is_open(value):
        return UNKNOWN
    match value:
        case Num():
            unit = unit_of(step.type)
            found = range_of(value.poly)
            lo, hi = found.range.lo, found.range.hi
            if isinstance(lo, Infinite) and lo == hi:
                return Unlimited()
            return (_scaled(lo, unit), _scaled(hi, unit), unit.text, found.wider)
        case Members():
            return value.options
        case Rows():
            return step.rows
        case _:
            return value


def same(one: Step, other: Step) -> bool:
    """Is the same known of both?"""
    return content(one) == content(other)


def unit_of(of: Type | None) -> Unit:
    """The unit of a type; a bare number where it has none."""
    return of.unit if isinstance(of, Quantity) else NUMBER


def _scaled(bound: Bound, unit: Unit) -> Bound:
    return bound if isinstance(bound, Infinite) else bound / unit.scale


@node
class Extent:
    """A number, in its unit. None at an end is an open end; `beyond` where it is past every
    number."""

    low: Fraction | None
    high: Fraction | None
    unit: Unit
    beyond: bool = False


def extent(step: Step) -> Extent | None:
    """From where to where a number lies; None where it is no number or nothing is known."""
    unit = unit_of(step.type)
    if isinstance(step.value, Unlimited):
        return Extent(None, None, unit, beyond=True)
    if not isinstance(step.value, Num) or is_open(step.value):
        return None
    found = range_of(step.value.poly).range
    low, high = _scaled(found.lo, unit), _scaled(found.hi, unit)
    if isinstance(low, Infinite) and isinstance(high, Infinite):
        return Extent(None, None, unit, beyond=True)
    return Extent(
        None if isinstance(low, Infinite) else low,
        None if isinstance(high, Infinite) else high,
        unit,
    )


def finds_a_row(step: Step) -> bool:
    """Is there, or may there be, a row that it looks for?"""
    if isinstance(step.value, Rows):
        return any(row is not None for row in step.value.options)
    return step.value is not NO


def may_be_free(value: Value, of: Type) -> bool:
    """Is it an amount of money, with a known upper end, that may be nothing?"""
    if not isinstance(value, Num) or not is_money(unit_of(of)):
        return False
    found = range_of(value.poly).range
    return found.lo == ZERO and not isinstance(found.hi, Infinite)
