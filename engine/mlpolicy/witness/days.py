"""The days on which something of a policy begins or ends: between two of them it means the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mlpolicy.check.reads import reached
from mlpolicy.core.program import (
    Apply,
    AsOf,
    CatalogRow,
    ColumnRef,
    Const,
    Dated,
    Expr,
    InputRef,
    Program,
)
from mlpolicy.core.types import DateType, FlagType, Grain
from mlpolicy.core.visit import walk_whole

#: No more days than these are looked at.
MOST_DAYS = 12


def days_of(program: Program) -> tuple[date, ...]:
    """The first days of the spans in which a policy means the same, from its first day on, the last
    one first."""
    first = program.effective
    found = {first}
    for node in walk_whole(program):
        match node:
            case Dated(since=since):
                found.add(since)
            case CatalogRow(since=since, until=until):
                found.update(day for day in (since, until) if day is not None)
            case Const(value=int() as day, type=DateType(Grain.DAY)):
                found.update((day, day + 1))
            case _:
                pass
    return tuple(date.fromordinal(day) for day in sorted(found, reverse=True) if day >= first)


def counts_days(start: Iterable[Expr], program: Program) -> bool:
    """Does it hang on the day in another way than by what begins or ends on one? Then what holds on
    the first day of a span need not hold on the next."""
    for expr in reached(start, program):
        operands = expr.operands if isinstance(expr, Apply) else ()
        inside = [each for each in operands if isinstance(each, AsOf)]
        if not inside:
            continue
        others = [each for each in operands if not isinstance(each, AsOf)]
        compares = isinstance(expr.type, FlagType)
        for other in others:
            stated = isinstance(other, InputRef | ColumnRef)
            if not stated and not (compares and isinstance(other, Const)):
                return True
    return any(isinstance(expr, AsOf) for expr in start) or _elsewhere(start, program)


def _elsewhere(start: Iterable[Expr], program: Program) -> bool:
    """Does the day stand anywhere but among the operands of an operator?"""
    below = {
        id(operand)
        for expr in reached(start, program)
        if isinstance(expr, Apply)
        for operand in expr.operands
    }
    return any(isinstance(e, AsOf) and id(e) not in below for e in reached(start, program))


__all__ = ["MOST_DAYS", "counts_days", "days_of"]
