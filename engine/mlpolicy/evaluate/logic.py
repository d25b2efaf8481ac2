"""Comparisons of abstract values, three-valued: yes only if it holds for everything the
values may be, no only if for nothing. No expression is evaluated here.
"""

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
from mlpolicy.core.types import (
    EnumType,
)
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
    conjunction,
    negate,
    truth,
)
from mlpolicy.evaluate.state import (
    Node,
)

STATUS = "status"
PROVISIONAL = "provisional"
NO_OUTCOME = ""


def compare_values(operator: str, left: Node, right: Node) -> Truth:
    """`<  <=  >  >=  =`, three-valued."""
    a, c = left.value, right.value
    if isinstance(a, Unlimited) or isinstance(c, Unlimited):
        return _compare_unlimited(operator, isinstance(a, Unlimited), isinstance(c, Unlimited))
    match a, c:
        case Num(), Num():
            return _compare_numbers(operator, sub(a.poly, c.poly))
        case Days(), Days():
            extent = Range(
                NEG if a.lo is None or c.hi is None else Fraction(a.lo - c.hi),
                POS if a.hi is None or c.lo is None else Fraction(a.hi - c.lo),
            )
        case Members(), Members():
            return _compare_members(operator, left, right)
        case _:
            raise AssertionError((a, c))
    return against_zero(operator, extent)


def _compare_numbers(operator: str, difference: Poly) -> Truth:
    """A difference compared with zero. Where its range does not tell and only one unknown is
    left in it, the very points where its sign changes do."""
    ranged = range_of(difference)
    verdict = against_zero(operator, ranged.range)
    if verdict is not UNKNOWN or is_linear(difference):
        return verdict
    unknowns = bases(difference)
    if len(unknowns) != 1:
        return verdict
    ((key, atom),) = unknowns.items()
    found = signs(difference, key, atom.range)
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


def _compare_unlimited(operator: str, left: bool, right: bool) -> Truth:
    """No limit lies above every number, and equals only no limit."""
    if left and right:
        return truth(operator in ("<=", ">=", "="))
    if operator == "=":
        return NO
    return truth(operator in (">", ">=") if left else operator in ("<", "<="))


def _compare_members(operator: str, left: Node, right: Node) -> Truth:
    of = left.type if isinstance(left.type, EnumType) else right.type
    assert isinstance(of, EnumType)
    a, c = options_of(left), options_of(right)
    if a == frozenset() or c == frozenset():
        return NO
    assert a is not None
    assert c is not None
    order = _places(of.members)
    results = {
        NO if NO_OUTCOME in (x, y) else against_zero(operator, point(Fraction(order[x] - order[y])))
        for x in a
        for y in c
    }
    return results.pop() if len(results) == 1 else UNKNOWN


@cache
def _places(members: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(members)}


def equal(left: Node, right: Node) -> Truth:
    a, c = left.value, right.value
    match a, c:
        case Truth(), Truth():
            return UNKNOWN if UNKNOWN in (a, c) else truth(a is c)
        case Members(), Members():
            if a.options == frozenset() or c.options == frozenset():
                return NO
            return same_member(a.options, c.options)
        case Num(), Num():
            return compare_values("=", left, right)
        case Days(), Days():
            return compare_values("=", left, right)
        case Items(), Items():
            return conjunction([within(left, right), within(right, left)])
        case _:
            return _compare_unlimited("=", isinstance(a, Unlimited), isinstance(c, Unlimited))


def within(part: Node, whole: Node) -> Truth:
    assert isinstance(part.value, Items)
    assert isinstance(whole.value, Items)
    a, c = part.value, whole.value
    if c.must is None or (a.may is not None and a.may <= c.must):
        return YES
    # `must` None is every text there is: no closed set has them all.
    if c.may is not None and (a.must is None or not (a.must <= c.may)):
        return NO
    return UNKNOWN


def options_of(node: Node) -> frozenset[str] | None:
    assert isinstance(node.value, Members), node
    return node.value.options


def same_member(a: frozenset[str] | None, c: frozenset[str] | None) -> Truth:
    """Are two members the same? Sets of options: surely, surely not, or unknown."""
    if a is not None and c is not None:
        if not (a & c):
            return NO
        if len(a) == 1 and a == c:
            return YES
    return UNKNOWN
