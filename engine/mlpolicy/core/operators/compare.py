"""Comparisons of abstract values, three-valued: yes only if it holds for everything the values
may be, no only if for nothing; and what follows from assuming one.

A comparison of things that have an order is the set of signs that the left side less the right
one may have: `<=` is below zero and zero. All else follows from that set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product

from mlpolicy.core import calendar
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
from mlpolicy.core.operators.row import Follows, Given, Kept, Lies, Meaning, Narrowed
from mlpolicy.core.roots import signs, value_at
from mlpolicy.core.types import DateType, EnumType
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Days,
    Entry,
    Items,
    Members,
    Num,
    Series,
    Truth,
    Unlimited,
    is_known,
    negate,
    truth,
    words_of,
)

#: Signs: -1 below zero, 0, 1 above.
Signs = frozenset[int]

BELOW, SAME, ABOVE = -1, 0, 1
EVERY_SIGN: Signs = frozenset((BELOW, SAME, ABOVE))


def possible_signs(extent: Range) -> Signs:
    """The signs of the numbers in a range."""
    above = extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open)
    below = extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open)
    there = {BELOW: extent.lo < ZERO, SAME: not above and not below, ABOVE: extent.hi > ZERO}
    return frozenset(sign for sign in there if there[sign])


def among(possible: Signs, wanted: Signs) -> Truth:
    """Is the sign, one of the possible ones, among those that are wanted?"""
    if possible <= wanted:
        return YES
    return NO if possible.isdisjoint(wanted) else UNKNOWN


def numbers(wanted: Signs) -> Meaning:
    """Two numbers, or no limit, which lies above every number and equals only no limit."""

    def meaning(_: Given, left: Num | Unlimited, right: Num | Unlimited) -> Truth:
        if isinstance(left, Num) and isinstance(right, Num):
            return _sign_among(sub(left.poly, right.poly), wanted)
        return truth(isinstance(left, Unlimited) - isinstance(right, Unlimited) in wanted)

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
    # Two values that the unknown may take and that turn out differently say as much as all do.
    tried = {
        among(possible_signs(point(value)), wanted)
        for value in (value_at(difference, symbol, at) for at in _samples(atom.range))
        if value is not None
    }
    if len(tried) > 1:
        return UNKNOWN
    found = signs(difference, symbol, atom.range)
    return among(found, wanted) if found else verdict


def _samples(within: Range) -> Iterator[Fraction]:
    """Some values within a range: its ends, and some between them or beyond the one there is."""
    low, high = within.lo, within.hi
    if isinstance(low, Fraction) and not within.lo_open:
        yield low
    if isinstance(high, Fraction) and not within.hi_open:
        yield high
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        if low < high:
            yield (low + high) / 2
        return
    start = low if isinstance(low, Fraction) else high if isinstance(high, Fraction) else ZERO
    for distance in _DISTANCES:
        if not isinstance(low, Fraction):
            yield start - distance
        if not isinstance(high, Fraction):
            yield start + distance


_DISTANCES = (Fraction(1), Fraction(10**3), Fraction(10**9))


def dates(wanted: Signs) -> Meaning:
    """Two points of time of one grain, or no limit, which lies after every one of them."""

    def meaning(given: Given, left: Days | Unlimited, right: Days | Unlimited) -> Truth:
        if isinstance(left, Days) and isinstance(right, Days):
            return among(possible_signs(apart(given, left, right)), wanted)
        return truth(isinstance(left, Unlimited) - isinstance(right, Unlimited) in wanted)

    return meaning


def apart(given: Given, a: Days, c: Days) -> Range:
    """How many steps of their grain the first lies after the second."""
    of = given.types[0]
    assert isinstance(of, DateType)
    first, last = calendar.ends(of.grain)
    a_low, c_low = (first if each.lo is None else each.lo for each in (a, c))
    a_high, c_high = (last if each.hi is None else each.hi for each in (a, c))
    return Range(
        NEG if a_low is None or c_high is None else Fraction(a_low - c_high),
        POS if a_high is None or c_low is None else Fraction(a_high - c_low),
    )


def ordered_members(wanted: Signs) -> Meaning:
    """Two members, by the order of their enum."""

    def meaning(given: Given, left: Members, right: Members) -> Truth:
        order, pairs = _order(given), product(left.options or (), right.options or ())
        results = {member_is(wanted, one, other, order) for one, other in pairs}
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


def _order(given: Given) -> dict[str, int]:
    """The places of members by the enum that has them all."""
    enums = (of for of in given.types if isinstance(of, EnumType))
    return _places(max((of.members for of in enums), key=len))


@cache
def _places(members: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(members)}


# ── What follows from an order ───────────────────────────────────────────────────────────


def difference_lies(wanted: Signs) -> Follows:
    """The left number less the right one lies below, at or above zero."""

    def follows(
        _: Given, holds: bool, left: Num | Unlimited, right: Num | Unlimited
    ) -> Lies | None:
        within = _range_of_signs(wanted if holds else EVERY_SIGN - wanted)
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

    def follows(given: Given, holds: bool, *sides: Members) -> Kept | None:
        options, order = sides[1 - side].options, _order(given)

        def keep(one: str) -> bool:
            pairs = ((one, other) if side == 0 else (other, one) for other in options or ())
            return any((member_is(wanted, *pair, order) is YES) is holds for pair in pairs)

        return Kept(keep) if options else None

    return follows


# ── Equality and sets ────────────────────────────────────────────────────────────────────


def same_flag(_: Given, left: Truth, right: Truth) -> Truth:
    """`is` of two flags."""
    return UNKNOWN if UNKNOWN in (left, right) else truth(left is right)


def same_word(_: Given, left: Members, right: Members) -> Truth:
    """`is` of two members or texts. An infeasible answer equals nothing."""
    if frozenset() in (left.options, right.options):
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

    def follows(_: Given, holds: bool, *sides: Members | Truth) -> Kept | Truth | None:
        known = sides[1 - side]
        if not is_known(known):
            return None
        if isinstance(known, Truth):
            return known if holds else negate(known)
        names = known.options
        return Kept(lambda option: (option in names) is holds) if names else None

    return follows


def within(_: Given, part: Items, whole: Items) -> Truth:
    """`within`: is every member of the first a member of the second? (docs/language.md, Logic)"""
    if whole.must is None or (part.may is not None and part.may <= whole.must):
        return YES
    # `must` None is every text there is: no closed set has them all.
    if whole.may is not None and (part.must is None or not (part.must <= whole.may)):
        return NO
    return UNKNOWN


def part_is_within(_: Given, holds: bool, part: Items, whole: Items) -> Narrowed | None:
    """The set on the left has no member that the one on the right cannot have."""
    if not holds or whole.may is None:
        return None
    return Narrowed(Items(part.must, whole.may if part.may is None else part.may & whole.may))


def contained(_: Given, element: Members, whole: Items) -> Truth:
    """`in`: is the member, one of several (None: any text), in the set? (docs/language.md,
    Logic)"""
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


def same_list(_: Given, left: Series, right: Series) -> Truth:
    """`is` of two lists: the same in the same order. (docs/language.md, Tables)"""
    if left.entries is None or right.entries is None:
        return UNKNOWN
    one, other = left.entries, right.entries
    if not _may_be_same(one, other):
        return NO
    sure = len(one) == len(other) and all(each.sure for each in (*one, *other))
    return truth(sure) if sure and all(map(_surely_same, one, other)) else UNKNOWN


def _surely_same(one: Entry, other: Entry) -> bool:
    return same_member(one.options, other.options) is YES


def _may_be_same(one: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """May two lists be the same, where each entry that is not sure is there or not? `ways` holds,
    for each place of the other list, whether what stands before both may be the same."""
    ways = [True]
    for each in other:
        ways.append(ways[-1] and not each.sure)
    for mine in one:
        row = [ways[0] and not mine.sure]
        for i, theirs in enumerate(other):
            met = frozenset() not in (mine.options, theirs.options) and (
                same_member(mine.options, theirs.options) is not NO
            )
            row.append(
                (ways[i] and met) or (ways[i + 1] and not mine.sure) or (row[i] and not theirs.sure)
            )
        ways = row
    return ways[-1]


def contained_in_list(given: Given, element: Members, whole: Series) -> Truth:
    """`in` of a list: does the member stand in it? (docs/language.md, Logic)"""
    return contained(given, element, words_of(whole))


def element_is_in_list(given: Given, holds: bool, element: Members, whole: Series) -> Kept | None:
    """The same as of a set."""
    return element_is_contained(given, holds, element, words_of(whole))


def element_is_contained(_: Given, holds: bool, element: Members, whole: Items) -> Kept | None:
    """The member is one that the set may have; where it is not in it, one that it may lack."""
    among = whole.may if holds else whole.must
    return None if among is None else Kept(lambda option: (option in among) is holds)


def texts_are(meets: Callable[[str, str], bool]) -> Meaning:
    """Two texts, each one of several (None: any text), by what `meets` says of a first and a
    second one."""

    def meaning(_: Given, left: Members, right: Members) -> Truth:
        if left.options is None or right.options is None:
            return UNKNOWN
        found = {meets(one, other) for one, other in product(left.options, right.options)}
        return UNKNOWN if len(found) > 1 else truth(found == {True})

    return meaning


#: A text that is held against a pattern has at most so many characters, so that it takes no time.
LONGEST = 2_000


def matches(text: str, pattern: str) -> bool:
    """`matches`: is the text, as a whole, one that the regular expression describes? A text of
    over 2,000 characters is none."""
    return len(text) <= LONGEST and re.fullmatch(pattern, text) is not None


def mentioned(_: Given, text: Members, words: Items) -> Truth:
    """`mentions`: does the text, one of several (None: any text), hold one of the words?
    (docs/language.md, Logic)"""
    options, must, may = text.options, words.must, words.may
    if options == frozenset() or may == frozenset():
        return NO
    if options is None or must is None:
        return UNKNOWN
    if all(mentions(option, must) for option in options):
        return YES
    return NO if may is not None and not any(mentions(o, may) for o in options) else UNKNOWN


def mentions(text: str, words: frozenset[str]) -> bool:
    """Does one of the words stand in the text by itself? Several words, in their order; small and
    capital letters, and what stands between words, are alike. A word without a letter or a digit
    stands nowhere."""
    found = f" {_plain(text)} "
    return any(f" {plain} " in found for plain in map(_plain, words) if plain)


def _plain(text: str) -> str:
    """The words of a text, with a space between each two."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
