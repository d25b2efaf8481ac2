"""The days on which something of a policy begins or ends: between two of them it means the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from mlpolicy.core.program import (
    Apply,
    AsOf,
    CatalogRow,
    ColumnRef,
    Const,
    Dated,
    Expr,
    InputRef,
)
from mlpolicy.core.types import DateType, FlagType, Grain
from mlpolicy.core.visit import Node

#: No more days than these are looked at.
MOST_DAYS = 12


def days_of(nodes: Iterable[Node], first: int) -> tuple[date, ...]:
    """The first days of the spans in which a policy of these nodes means the same, from its first
    day on (an ordinal), the last one first."""
    found = {first}
    for node in nodes:
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


def counts_days(start: Collection[Expr], every: Collection[Expr]) -> bool:
    """Does what `start` comes to, for which `every` expression may be evaluated, hang on the day in
    another way than by what begins or ends on one? Then what holds on the first day of a span need
    not hold on the next."""
    if not any(isinstance(expr, AsOf) for expr in every):
        return False
    below: set[int] = set()
    for expr in every:
        operands = expr.operands if isinstance(expr, Apply) else ()
        below.update(map(id, operands))
        if not any(isinstance(each, AsOf) for each in operands):
            continue
        compares = isinstance(expr.type, FlagType)
        for other in operands:
            stated = isinstance(other, AsOf | InputRef | ColumnRef)
            if not stated and not (compares and isinstance(other, Const)):
                return True
    inside = any(isinstance(expr, AsOf) and id(expr) not in below for expr in every)
    return inside or any(isinstance(expr, AsOf) for expr in start)


__all__ = ["MOST_DAYS", "counts_days", "days_of"]
