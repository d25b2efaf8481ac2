"""Symbols: the unknowns of an evaluation, as values.

A symbol stands for one thing that is not known: a field of the manifest, an entry that nobody
has stated, a cell that the policy leaves open, a value that may be one of several. Two symbols
are the same unknown exactly where they are equal. What they are made of are names of the
program, ids of its nodes and rows, never the text of a policy and never a place in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from fractions import Fraction

from mlpolicy.core.rows import RowId
from mlpolicy.typed import NamedTuple

#: What the names in an expression stand for, as far as it uses them: a row, or the members that
#: a parameter may be. In order of the names.
Bound = tuple[tuple[str, RowId | tuple[str, ...]], ...]


#: The place of the project among the subjects of a manifest. Its workloads follow in their order,
#: from 1. What a workload is called tells nothing of it: what is worked out for one manifest
#: serves another, in which it is called differently.
PROJECT_PLACE = 0


class Role(IntEnum):
    """What a node of the program is unknown for."""

    GAP = 0  # the policy's own `?`, `..` or unknown
    JOIN = 1  # one of several values
    EXCEPTIONS = 2  # the value of a declaration, unless an exception applies
    COUNT = 3
    MEMBER = 4  # the part of a member that may not count in a sum
    MORE = 5  # what further members of an open set would add
    DAYS = 6  # the days between two dates
    FAILED = 7  # a value of a workload that could not be evaluated
    NONE = 8  # a value that does not exist
    ROWS = 9  # which row it is
    CASE = 10  # which case applies
    KNOWN = 11  # whether a thing is known, while it may be opened
    LIMIT = 12  # not worked out further
    MISSING = 13  # no row of a catalogue has what is looked up


class InputSymbol(NamedTuple):
    """An input that is absent or said to be unknown, of a workload or of the project, by its
    place (`subject`); `key` for a keyed one."""

    subject: int
    name: str
    key: str
    rank: int = 0


class FieldSymbol(NamedTuple):
    """A field of the manifest that is stated as a range."""

    subject: int
    path: tuple[str, ...]
    key: str
    rank: int = 1


class EntrySymbol(NamedTuple):
    """A column of an entry: one that is stated, or one that the list lacks (`row.index` -1)."""

    subject: int
    row: RowId
    column: str
    rank: int = 2


class CellSymbol(NamedTuple):
    """A column of a row of a catalogue that has no value there."""

    subject: int
    row: RowId
    column: str
    rank: int = 3


class NodeSymbol(NamedTuple):
    """A node of the program, for what its names stand for; `part` tells several apart."""

    subject: int
    node: int
    role: Role
    bound: Bound = ()
    part: int = 0
    rank: int = 4


class NameSymbol(NamedTuple):
    """A declaration of the program (a bar, a definition) for what its names stand for."""

    subject: int
    name: str
    role: Role
    bound: Bound = ()
    rank: int = 5


class AssumedSymbol(NamedTuple):
    """An input that is not stated, and whose value the policy assumes but does not know exactly:
    stating it would tell."""

    subject: int
    name: str
    key: str
    rank: int = 8


class ConditionSymbol(NamedTuple):
    """A symbol on which it hangs whether something is assumed, or counts: it can change a value,
    but stating it is not what the value waits for."""

    of: tuple[int, Symbol]
    rank: int = 9


class OperationSymbol(NamedTuple):
    """An operation on numbers that no polynomial can express, by its arguments' canonical form."""

    name: str
    arguments: tuple[tuple[object, ...], ...]
    constants: tuple[Fraction, ...]
    rank: int = 6


class RestSymbol(NamedTuple):
    """What a bound on an operation leaves open."""

    of: tuple[int, Symbol]
    rank: int = 7


Symbol = (
    InputSymbol
    | FieldSymbol
    | EntrySymbol
    | CellSymbol
    | NodeSymbol
    | NameSymbol
    | AssumedSymbol
    | ConditionSymbol
    | OperationSymbol
    | RestSymbol
)


def order(symbol: Symbol) -> tuple[int, Symbol]:
    """A sort key: symbols of one kind beside one another, then by what they are made of."""
    return (symbol.rank, symbol)


def relevant(symbols: Iterable[Symbol]) -> frozenset[Symbol]:
    """The symbols that can change a value, with those on which it hangs whether it counts."""
    return frozenset(s.of[1] if isinstance(s, ConditionSymbol) else s for s in symbols)


def is_limit(symbol: Symbol) -> bool:
    """Does it stand for what was not worked out further?"""
    return isinstance(symbol, NodeSymbol) and symbol.role is Role.LIMIT
