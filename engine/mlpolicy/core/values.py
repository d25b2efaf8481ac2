"""Abstract values: what is known of a value, for every type of the language.

A flag is a `Truth`; an enum value (or text) a set of members; a number a polynomial whose
unknowns have ranges; a date a range of days; a set what it surely has and
may have, a list what may stand in it, in order; a row the rows it may be. A known value is the
case of one element. `join` is what is known when it is one or the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.numbers import EVERYTHING, Poly, Range, const, range_of, unknown
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.types import (
    DateType,
    EnumType,
    FlagType,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
)
from mlpolicy.dataclass import dataclass


class Truth(StrEnum):
    """The three values of a condition."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN

#: The outcome of an infeasible answer: it equals nothing.
NO_OUTCOME = ""
#: What an answer without an outcome is called among those that are possible.
HELD, UNDECIDED, INFEASIBLE, JUDGED = "held", "undecided", "infeasible", "judged"

#: What stands in place of an outcome where a leaf gives no answer.
ANSWERLESS = frozenset((HELD, UNDECIDED, JUDGED))


def truth(value: bool) -> Truth:
    """A Python bool as a truth value."""
    return YES if value else NO


def negate(value: Truth) -> Truth:
    """Strong Kleene `not`: unknown stays unknown. (docs/language.md, Logic)"""
    return NO if value is YES else YES if value is NO else UNKNOWN


def conjunction(values: Iterable[Truth]) -> Truth:
    """Strong Kleene `and`: no if any is no, else unknown if any is unknown; yes of an empty list.
    (docs/language.md, Logic)"""
    found = set(values)
    if NO in found:
        return NO
    return UNKNOWN if UNKNOWN in found else YES


def disjunction(values: Iterable[Truth]) -> Truth:
    """Strong Kleene `or`: yes if any is yes, else unknown if any is unknown; no of an empty list.
    (docs/language.md, Logic)"""
    found = set(values)
    if YES in found:
        return YES
    return UNKNOWN if UNKNOWN in found else NO


@dataclass(frozen=True)
class Members:
    """An enum member or text: one of `options`. None: any text at all. The empty set is the
    outcome of an infeasible answer: it equals nothing."""

    options: frozenset[str] | None


@node
class Num:
    """A number with a unit (in base units)."""

    poly: Poly


@node
class Unlimited:
    """No limit was stated: every number is within it."""


@node
class Days:
    """A date between two ordinals; None is open."""

    lo: int | None
    hi: int | None


@node
class Items:
    """A set: `must` are surely in it, `may` possibly. None stands for every member there is."""

    must: frozenset[str] | None
    may: frozenset[str] | None


@node
class Entry:
    """What may stand in a list: one of `options` (None: any text), and whether it surely does."""

    options: frozenset[str] | None
    sure: bool = True


@node
class Series:
    """A list: what may stand in it, in order. None: any list at all."""

    entries: tuple[Entry, ...] | None


@dataclass(frozen=True)
class Rows:
    """One of these rows, in written order; None among them: no row. `sure` is the one that
    is surely there (its predecessors may come before it), if any."""

    options: tuple[RowId | None, ...]
    sure: RowId | None = None


Value = Truth | Members | Num | Unlimited | Days | Items | Series | Rows


def number(value: Fraction) -> Num:
    """A known number, in base units."""
    return Num(const(value))


def member(name: str) -> Members:
    """A known member of an enum, or a known text."""
    return Members(frozenset((name,)))


def known_set(items: frozenset[str]) -> Items:
    """A set with these members and no others."""
    return Items(items, items)


def listed(found: Iterable[tuple[Truth, Value]]) -> Series:
    """A list of words or texts, each with whether it stands in it. (docs/language.md, Tables)"""
    entries: list[Entry] = []
    for verdict, each in found:
        assert isinstance(each, Members)
        entries.append(Entry(each.options, verdict is YES))
    return Series(tuple(entries))


def words_of(whole: Series) -> Items:
    """What surely stands in a list, and what may."""
    if whole.entries is None:
        return Items(frozenset(), None)
    must: set[str] = set()
    may: set[str] | None = set()
    for each in whole.entries:
        may = None if may is None or each.options is None else may | each.options
        if each.sure and each.options is not None and len(each.options) == 1:
            must |= each.options
    return Items(frozenset(must), None if may is None else frozenset(may))


def is_known(value: Value) -> bool:
    """Is the value certain: one truth value, one member, one number, one day, one set, one row?"""
    match value:
        case Truth():
            return value is not UNKNOWN
        case Members():
            return value.options is not None and len(value.options) <= 1
        case Num():
            return value.poly.constant is not None
        case Unlimited():
            return True
        case Days():
            return value.lo is not None and value.lo == value.hi
        case Items():
            return value.must == value.may
        case Series():
            return value.entries is not None and all(
                each.sure and each.options is not None and len(each.options) <= 1
                for each in value.entries
            )
        case Rows():
            return len(value.options) == 1


def anything(of: Type, symbol: Symbol, within: Range = EVERYTHING) -> Value:
    """What is known of a value of which nothing is known. `symbol` is its identity."""
    match of:
        case FlagType():
            return UNKNOWN
        case EnumType():
            return Members(frozenset(of.members))
        case TextType():
            return Members(None)
        case Quantity():
            return Num(unknown(symbol, within))
        case DateType():
            return Days(None, None)
        case SetOf():
            return Items(frozenset(), None)
        case ListOf():
            return Series(None)
        case RowType():
            return Rows((None,))


def join(values: list[Value], symbol: Symbol, within: Range = EVERYTHING) -> Value:
    """What is known when it is one of `values` (at least one). A joined number is an unknown
    of its own, `symbol`, unless all are the same polynomial."""
    first = values[0]
    if all(v == first for v in values[1:]):
        return first
    match first:
        case Truth():
            return UNKNOWN
        case Members():
            options: frozenset[str] = frozenset()
            for value in values:
                assert isinstance(value, Members)
                if value.options is None:
                    return Members(None)
                options |= value.options
            return Members(options)
        case Items():
            must, may = first.must, first.may
            for value in values[1:]:
                assert isinstance(value, Items)
                must = _both(must, value.must)
                may = _either(may, value.may)
            return Items(must, may)
        case Series():
            return _one_of_lists([value for value in values if isinstance(value, Series)])
        case Days():
            lo, hi = first.lo, first.hi
            for value in values[1:]:
                assert isinstance(value, Days)
                lo = None if lo is None or value.lo is None else min(lo, value.lo)
                hi = None if hi is None or value.hi is None else max(hi, value.hi)
            return Days(lo, hi)
        case Rows():
            options_: dict[RowId | None, None] = {}
            for value in values:
                assert isinstance(value, Rows)
                options_.update(dict.fromkeys(value.options))
            sure = (
                first.sure
                if all(isinstance(v, Rows) and v.sure == first.sure for v in values)
                else None
            )
            return Rows(tuple(options_), sure)
        case Num() | Unlimited():
            return _one_of_numbers(values, symbol, within)


def _one_of_numbers(values: list[Value], symbol: Symbol, within: Range) -> Num:
    hull: Range | None = None
    for value in values:
        if isinstance(value, Unlimited):
            part = Range(EVERYTHING.hi, EVERYTHING.hi)
        else:
            assert isinstance(value, Num)
            part = range_of(value.poly).range
        hull = part if hull is None else hull.hull(part)
    assert hull is not None
    met = hull.meet(within)
    return Num(unknown(symbol, hull if met.empty else met))


def _one_of_lists(lists: list[Series]) -> Series:
    """What is known of a list that is one of these: entry by entry where all are as long."""
    told = [each.entries for each in lists if each.entries is not None]
    if len(told) != len(lists) or len({len(entries) for entries in told}) > 1:
        return Series(None)
    return Series(
        tuple(
            Entry(
                None
                if any(one.options is None for one in at)
                else frozenset().union(*(one.options or () for one in at)),
                all(one.sure for one in at),
            )
            for at in zip(*told, strict=True)
        )
    )


def _both(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    if a is None:
        return b
    return a if b is None else a & b


def _either(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return None if a is None or b is None else a | b
