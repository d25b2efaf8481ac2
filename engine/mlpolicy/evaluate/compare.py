"""Comparisons of abstract values, three-valued: yes only if it holds for everything the values
may be, no only if for nothing. No expression is evaluated here."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from mlpolicy.core.numbers import (
    NEG,
    POS,
    ZERO,
    Poly,
    Range,
    bases,
    is_linear,
    point,
    range_of,
    sub,
)
from mlpolicy.core.roots import signs
from mlpolicy.core.types import EnumType, Type
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Days,
    Items,
    Members,
    Num,
    Truth,
    Unlimited,
    Value,
    conjunction,
    negate,
    truth,
)

#: The outcome of an infeasible answer: it equals nothing.
NO_OUTCOME = ""
#: What an answer without an outcome is called among those that are possible.
HELD, INFEASIBLE = "held", "infeasible"


def compare(operator: str, a: Value, c: Value, of: Type) -> Truth:
    """`<  <=  >  >=  =` of two values; `of` is their type where it orders its members."""
    match a, c:
        case (Unlimited(), _) | (_, Unlimited()):
            return _unlimited(operator, isinstance(a, Unlimited), isinstance(c, Unlimited))
        case Num(), Num():
            return _numbers(operator, sub(a.poly, c.poly))
        case Days(), Days():
            return against_zero(operator, days_apart(a, c))
        case Members(), Members():
            assert isinstance(of, EnumType)
            return _members(operator, a.options, c.options, of)
        case _:
            raise AssertionError((a, c))


def days_apart(a: Days, c: Days) -> Range:
    """How many days the first lies after the second."""
    return Range(
        NEG if a.lo is None or c.hi is None else Fraction(a.lo - c.hi),
        POS if a.hi is None or c.lo is None else Fraction(a.hi - c.lo),
    )


def _numbers(operator: str, difference: Poly) -> Truth:
    """A difference compared with zero. Where its range does not tell and only one unknown is
    left in it, the very points where its sign changes do."""
    verdict = against_zero(operator, range_of(difference).range)
    if verdict is not UNKNOWN or is_linear(difference):
        return verdict
    unknowns = bases(difference)
    if len(unknowns) != 1:
        return verdict
    ((symbol, atom),) = unknowns.items()
    found = signs(difference, symbol, atom.range)
    if not found:
        return verdict
    each = {against_zero(operator, point(Fraction(sign))) for sign in found}
    return each.pop() if len(each) == 1 else UNKNOWN


def against_zero(operator: str, extent: Range) -> Truth:
    """A range compared with zero."""
    match operator:
        case "<":
            if extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open):
                return YES
            return NO if extent.lo >= ZERO else UNKNOWN
        case "<=":
            if extent.hi <= ZERO:
                return YES
            return NO if extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open) else UNKNOWN
        case ">":
            return negate(against_zero("<=", extent))
        case ">=":
            return negate(against_zero("<", extent))
        case "=":
            if extent.lo == ZERO == extent.hi:
                return YES
            below = extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open)
            above = extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open)
            return NO if below or above else UNKNOWN
        case _:
            raise AssertionError(operator)


def _unlimited(operator: str, left: bool, right: bool) -> Truth:
    """No limit lies above every number, and equals only no limit."""
    if left and right:
        return truth(operator in ("<=", ">=", "="))
    if operator == "=":
        return NO
    return truth(operator in (">", ">=") if left else operator in ("<", "<="))


def _members(
    operator: str, a: frozenset[str] | None, c: frozenset[str] | None, of: EnumType
) -> Truth:
    if a == frozenset() or c == frozenset():
        return NO
    assert a is not None
    assert c is not None
    results = {member_is(operator, x, y, of) for x in a for y in c}
    return results.pop() if len(results) == 1 else UNKNOWN


def member_is(operator: str, one: str, other: str, of: EnumType) -> Truth:
    """Two members compared by their order; an infeasible answer is before and after nothing."""
    if NO_OUTCOME in (one, other):
        return NO
    order = _places(of.members)
    return against_zero(operator, point(Fraction(order[one] - order[other])))


@cache
def _places(members: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(members)}


def equal(a: Value, c: Value, of: Type) -> Truth:
    """`is`: equality of flags, members, numbers, dates and sets."""
    match a, c:
        case Truth(), Truth():
            return UNKNOWN if UNKNOWN in (a, c) else truth(a is c)
        case Members(), Members():
            if a.options == frozenset() or c.options == frozenset():
                return NO
            return same_member(a.options, c.options)
        case Items(), Items():
            return conjunction([within(a, c), within(c, a)])
        case _:
            return compare("=", a, c, of)


def within(a: Items, c: Items) -> Truth:
    """Is every member of the first a member of the second?"""
    if c.must is None or (a.may is not None and a.may <= c.must):
        return YES
    # `must` None is every text there is: no closed set has them all.
    if c.may is not None and (a.must is None or not (a.must <= c.may)):
        return NO
    return UNKNOWN


def contained(element: frozenset[str] | None, whole: Items) -> Truth:
    """`in`: is the member, one of `element` (None: any text), in the set?"""
    if element == frozenset():
        return NO
    must, may = whole.must, whole.may
    if must is None:
        return YES
    if element is None:
        return NO if may == frozenset() else UNKNOWN
    if element <= must:
        return YES
    return NO if may is not None and not (element & may) else UNKNOWN


def same_member(a: frozenset[str] | None, c: frozenset[str] | None) -> Truth:
    """Are two members the same? Sets of options: surely, surely not, or unknown."""
    if a is not None and c is not None:
        if not (a & c):
            return NO
        if len(a) == 1 and a == c:
            return YES
    return UNKNOWN
