"""Comparisons of abstract values, three-valued: yes only if it holds for everything the values
may be, no only if for nothing; and what follows from assuming one.

A comparison of things that have an order is the set of signs that the left side less the right
one may have: `<=` is below zero and zero. All else follows from that set.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    range_of,
    sub,
)
from mlpolicy.core.operators.row import Follows, Kept, Lies, Meaning, Narrowed, Types, Values
from mlpolicy.core.roots import signs
from mlpolicy.core.types import EnumType
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Days,
    Items,
    Members,
    Num,
    Truth,
    Unlimited,
    is_known,
    negate,
    truth,
)

#: Signs: -1 below zero, 0, 1 above.
Signs = frozenset[int]

BELOW, SAME, ABOVE = -1, 0, 1


def possible_signs(extent: Range) -> Signs:
    """The signs of the numbers in a range."""
    found = set()
    if extent.lo < ZERO:
        found.add(BELOW)
    if extent.hi > ZERO:
        found.add(ABOVE)
    above = extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open)
    below = extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open)
    if not above and not below:
        found.add(SAME)
    return frozenset(found)


def among(possible: Signs, wanted: Signs) -> Truth:
    """Is the sign, one of the possible ones, among those that are wanted?"""
    if possible <= wanted:
        return YES
    return NO if possible.isdisjoint(wanted) else UNKNOWN


def numbers(wanted: Signs) -> Meaning:
    """Two numbers, or no limit, which lies above every number and equals only no limit."""

    def meaning(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
        left, right = values
        if isinstance(left, Num) and isinstance(right, Num):
            return _sign_among(sub(left.poly, right.poly), wanted)
        apart = isinstance(left, Unlimited) - isinstance(right, Unlimited)
        return truth(apart in wanted)

    return meaning


def _sign_among(difference: Poly, wanted: Signs) -> Truth:
    """Where the range of a difference does not tell and only one unknown is left in it, the very
    points where its sign changes do."""
    verdict = among(possible_signs(range_of(difference).range), wanted)
    if verdict is not UNKNOWN or is_linear(difference):
        return verdict
    unknowns = bases(difference)
    if len(unknowns) != 1:
        return verdict
    ((symbol, atom),) = unknowns.items()
    found = signs(difference, symbol, atom.range)
    return among(found, wanted) if found else verdict


def dates(wanted: Signs) -> Meaning:
    """Two dates."""

    def meaning(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
        left, right = values
        assert isinstance(left, Days)
        assert isinstance(right, Days)
        return among(possible_signs(days_apart(left, right)), wanted)

    return meaning


def days_apart(a: Days, c: Days) -> Range:
    """How many days the first lies after the second."""
    return Range(
        NEG if a.lo is None or c.hi is None else Fraction(a.lo - c.hi),
        POS if a.hi is None or c.lo is None else Fraction(a.hi - c.lo),
    )


def ordered_members(wanted: Signs) -> Meaning:
    """Two members, by the order of their enum."""

    def meaning(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
        left, right = values
        assert isinstance(left, Members)
        assert isinstance(right, Members)
        assert left.options is not None
        assert right.options is not None
        order = _order(types)
        results = {
            member_is(wanted, one, other, order) for one in left.options for other in right.options
        }
        if not results:
            return NO
        return results.pop() if len(results) == 1 else UNKNOWN

    return meaning


def member_is(wanted: Signs, one: str, other: str, order: dict[str, int]) -> Truth:
    """Two members compared by their order; an infeasible answer is before and after nothing."""
    if NO_OUTCOME in (one, other):
        return NO
    apart = order[one] - order[other]
    return truth((apart > 0) - (apart < 0) in wanted)


def _order(types: Types) -> dict[str, int]:
    """The places of members by the enum that has them all."""
    enums = [of for of in types if isinstance(of, EnumType)]
    return _places(max(enums, key=lambda of: len(of.members)).members)


@cache
def _places(members: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(members)}


# ── What follows from an order ───────────────────────────────────────────────────────────


def difference_lies(wanted: Signs) -> Follows:
    """The left number less the right one lies below, at or above zero."""

    def follows(values: Values, types: Types, holds: bool) -> Lies | None:
        left, right = values
        within = _range_of_signs(wanted if holds else frozenset((-1, 0, 1)) - wanted)
        if within is None or not (isinstance(left, Num) and isinstance(right, Num)):
            return None
        return Lies(sub(left.poly, right.poly), within)

    return follows


def _range_of_signs(wanted: Signs) -> Range | None:
    """The numbers with these signs; None where they are no range, or all."""
    if {BELOW, ABOVE} <= wanted:
        return None
    low = NEG if BELOW in wanted else ZERO
    high = POS if ABOVE in wanted else ZERO
    at_zero = SAME in wanted
    return Range(low, high, low == ZERO and not at_zero, high == ZERO and not at_zero)


def side_lies(wanted: Signs, side: int) -> Follows:
    """The member on one side is one that may stand so to one on the other side."""

    def follows(values: Values, types: Types, holds: bool) -> Kept | None:
        others = values[1 - side]
        assert isinstance(others, Members)
        options, order = others.options, _order(types)
        if not options:
            return None

        def keep(one: str) -> bool:
            pairs = ((one, other) if side == 0 else (other, one) for other in options)
            return any((member_is(wanted, *pair, order) is YES) is holds for pair in pairs)

        return Kept(keep)

    return follows


# ── Equality and sets ────────────────────────────────────────────────────────────────────


def same_flag(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    """`is` of two flags."""
    left, right = values
    return UNKNOWN if UNKNOWN in (left, right) else truth(left is right)


def same_word(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    """`is` of two members or texts. An infeasible answer equals nothing."""
    left, right = values
    assert isinstance(left, Members)
    assert isinstance(right, Members)
    if left.options == frozenset() or right.options == frozenset():
        return NO
    return same_member(left.options, right.options)


def same_member(a: frozenset[str] | None, c: frozenset[str] | None) -> Truth:
    """Are two members the same? Sets of options: surely, surely not, or unknown."""
    if a is not None and c is not None:
        if not (a & c):
            return NO
        if len(a) == 1 and a == c:
            return YES
    return UNKNOWN


def side_equals(side: int) -> Follows:
    """The member or flag on one side, where the other side is known."""

    def follows(values: Values, types: Types, holds: bool) -> Kept | Truth | None:
        known = values[1 - side]
        if not is_known(known):
            return None
        if isinstance(known, Truth):
            return known if holds else negate(known)
        if isinstance(known, Members) and known.options:
            (name,) = known.options
            return Kept(lambda option: (option == name) is holds)
        return None

    return follows


def within(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    """`within`: is every member of the first a member of the second?"""
    part, whole = values
    assert isinstance(part, Items)
    assert isinstance(whole, Items)
    if whole.must is None or (part.may is not None and part.may <= whole.must):
        return YES
    # `must` None is every text there is: no closed set has them all.
    if whole.may is not None and (part.must is None or not (part.must <= whole.may)):
        return NO
    return UNKNOWN


def part_is_within(values: Values, types: Types, holds: bool) -> Narrowed | None:
    """The set on the left has no member that the one on the right cannot have."""
    part, whole = values
    assert isinstance(part, Items)
    assert isinstance(whole, Items)
    if not holds or whole.may is None:
        return None
    return Narrowed(Items(part.must, whole.may if part.may is None else part.may & whole.may))


def contained(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    """`in`: is the member, one of several (None: any text), in the set?"""
    element, whole = values
    assert isinstance(element, Members)
    assert isinstance(whole, Items)
    options, must, may = element.options, whole.must, whole.may
    if options == frozenset():
        return NO
    if must is None:
        return YES
    if options is None:
        return NO if may == frozenset() else UNKNOWN
    if options <= must:
        return YES
    return NO if may is not None and not (options & may) else UNKNOWN


def element_is_contained(values: Values, types: Types, holds: bool) -> Kept | None:
    """The member is one that the set may have; where it is not in it, one that it may lack."""
    whole = values[1]
    assert isinstance(whole, Items)
    may, must = whole.may, whole.must
    if holds:
        return None if may is None else Kept(lambda option: option in may)
    return None if must is None else Kept(lambda option: option not in must)
