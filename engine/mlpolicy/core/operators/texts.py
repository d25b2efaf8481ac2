"""What is made of texts: put one behind another, and a number written as one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from mlpolicy.core.operators.row import Given
from mlpolicy.core.types import Quantity
from mlpolicy.core.values import Members, Num, member

#: A text that is put together has at most so many characters, and is one of at most so many; what
#: goes beyond is not known. So a policy cannot make texts without end.
LONGEST, MOST = 2_000, 100


def chained(_: Given, left: Members, right: Members) -> Members:
    """`+` of two texts, each one of several (None: any text). (docs/language.md, Reading order of
    operators)"""
    if left.options is None or right.options is None:
        return Members(None)
    if len(left.options) * len(right.options) > MOST:
        return Members(None)
    found = frozenset(map(chain, *zip(*product(left.options, right.options), strict=True)))
    return Members(None if None in found else frozenset(text for text in found if text is not None))


def chain(left: str, right: str) -> str | None:
    """One text behind another; None where that is too long."""
    return left + right if len(left) + len(right) <= LONGEST else None


def number_as_text(given: Given, number: Num) -> Members:
    """`text` of a number, in its unit. (docs/language.md, Reading order of operators)"""
    value = number.poly.constant
    if value is None:
        return Members(None)
    (of,) = given.types
    assert isinstance(of, Quantity)
    found = digits(value / of.unit.scale)
    return member(found) if found is not None else Members(None)


def digits(value: Fraction) -> str | None:
    """A number in digits, with the decimals that it has: `1200`, `-0.5`. Where they do not end, the
    fraction, `1/3`. None where that is too long."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if max(abs(value.numerator), value.denominator) >= 10**LONGEST or places > LONGEST:
        return None
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    text = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"
