"""Known values as plain Python, and what they are as values of the reference.

A flag is a `bool`, a member of an enum or a text a `str`, a number an `int` or a `Fraction` in base
units, a point of time an `int` in the steps of its grain, a set a `frozenset`,
a list a `tuple`, a row of a catalogue its index, an entry of
records its `RowId`, and no row `None`. A value that is not known with nothing assumed is `U`: of
it the compiled form says nothing, and the reference is asked.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, assert_never

from mlpolicy.core import calendar
from mlpolicy.core.facts import DeclaredUnknown, Estimate, Fact
from mlpolicy.core.numbers import const
from mlpolicy.core.program import GotoNode, HoldNode, IfNode, LeafNode, Program, TreeNode
from mlpolicy.core.rows import RowId
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import DutyState
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
from mlpolicy.core.values import (
    Days,
    Entry,
    Members,
    Num,
    Rows,
    Series,
    Unlimited,
    Value,
    known_set,
    member,
    truth,
)

#: A plain value: see above.
Plain = Any


class _Mark:
    """A value that is told by its identity."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


#: Not known here.
U = _Mark("U")
#: Not worked out yet.
N = _Mark("N")


class _Nothing:
    """The outcome of an infeasible answer: it equals nothing, not even itself."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


class _NoLimit:
    """No limit: it lies above every number, and equals only itself."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __le__(self, other: object) -> bool:
        return other is self

    def __gt__(self, other: object) -> bool:
        return other is not self

    def __ge__(self, other: object) -> bool:
        return True

    def __mul__(self, other: object) -> _NoLimit:
        return self


NOTHING = _Nothing()
NO_LIMIT = _NoLimit()


#: What became of a rule: its condition does not hold; its guard does not; it fired; not known.
PASSED, KEPT_OUT, FIRED, NOT_KNOWN = range(4)
#: Where an obligation stands.
NOT_OWED, OWED, MET, OVERDUE = range(4)
STANDS = (DutyState.NOT_OWED, DutyState.OWED, DutyState.MET, DutyState.OVERDUE)


def ends(program: Program) -> list[LeafNode | HoldNode | GotoNode]:
    """The places where a tree ends, or goes on to another one. Their place in this list is their
    number."""
    found: list[LeafNode | HoldNode | GotoNode] = []
    for name in sorted(program.trees):
        waiting: list[TreeNode] = [program.trees[name].root]
        while waiting:
            here = waiting.pop()
            if isinstance(here, IfNode):
                waiting.extend((here.no, here.yes))
            else:
                found.append(here)
    return found


class StrangeError(Exception):
    """A stated value that the policy does not know: the reference tells what is wrong."""


def whole(value: Fraction) -> int | Fraction:
    """A number as it is held: an `int` where it is whole."""
    return value.numerator if value.denominator == 1 else value


def abstract(value: Plain, of: Type) -> Value:
    """A known plain value of a type as a value of the reference. Never for `U`."""
    match of:
        case FlagType():
            return truth(value)
        case Quantity() | DateType() if value is NO_LIMIT:
            return Unlimited()
        case Quantity():
            return Num(const(Fraction(value)))
        case DateType():
            return Days(value, value)
        case EnumType() | TextType():
            return Members(frozenset()) if value is NOTHING else member(value)
        case SetOf():
            return known_set(value)
        case ListOf():
            return Series(tuple(Entry(frozenset((word,))) for word in value))
        case RowType(table=table):
            if value is None:
                return Rows((None,))
            row = value if isinstance(value, RowId) else RowId(table=table, index=value)
            return Rows((row,), row)
        case _:
            assert_never(of)


def stated(fact: Fact, of: Type) -> Plain:
    """A stated field as a plain value, `U` where it says `unknown` or a range. Raises StrangeError
    where the policy's enum does not have the word."""
    value = fact.value
    if isinstance(value, DeclaredUnknown | Estimate):
        return U
    match of:
        case FlagType():
            return value
        case Quantity(unit):
            assert isinstance(value, Fraction)
            return whole(value * unit.scale)
        case DateType(grain):
            assert isinstance(value, str)
            return calendar.read(value, grain)
        case EnumType() | TextType():
            text = decimal_text(value, 0, False) if isinstance(value, Fraction) else str(value)
            if isinstance(of, EnumType) and text not in of.members:
                raise StrangeError(text)
            return text
        case SetOf():
            if not isinstance(value, tuple):
                return frozenset((str(value),))
            return frozenset(str(item.value) for item in value)
        case ListOf() | RowType():
            raise AssertionError(of)
        case _:
            assert_never(of)
