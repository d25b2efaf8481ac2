"""A program as it stands on one day: of what has a history, only what is in force then."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from mlpolicy.check.whole import whole
from mlpolicy.core.program import (
    Apply,
    AsOf,
    Bar,
    Catalog,
    Choose,
    Const,
    ExceptionRule,
    Expr,
    Obligation,
    Program,
    Rule,
)
from mlpolicy.core.terms import Strategy
from mlpolicy.core.visit import Node, map_children, walk

_COMPARES: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def in_force(program: Program, day: int) -> Program:
    """The program with those values, rows, exceptions and levels that are in force on a day (its
    ordinal), as if they had always held. It decides for that day as the program does. A bar that
    has no value yet keeps its history, and so does an obligation that does not hold."""
    return whole(
        replace(
            program,
            bars={name: _bar(bar, day) for name, bar in program.bars.items()},
            catalogs={name: _catalog(table, day) for name, table in program.catalogs.items()},
            rules={name: _rule(rule, day) for name, rule in program.rules.items()},
            obligations={
                name: _obligation(owed, day) for name, owed in program.obligations.items()
            },
            defines={
                name: replace(
                    each,
                    body=cast("Expr", _on(each.body, day)),
                    exceptions=_exceptions(each.exceptions, day),
                )
                for name, each in program.defines.items()
            },
        )
    )


def _bar(bar: Bar, day: int) -> Bar:
    begun = [line for line in bar.lines if line.since <= day]
    lines = (replace(begun[-1], since=0),) if begun else bar.lines
    return replace(bar, lines=lines, exceptions=_exceptions(bar.exceptions, day))


def _rule(rule: Rule, day: int) -> Rule:
    guard = None if rule.guard is None else cast("Expr", _on(rule.guard, day))
    return replace(rule, level=rule.level_on(day), later=(), guard=guard)


def _obligation(owed: Obligation, day: int) -> Obligation:
    now = replace(owed, level=owed.level_on(day), later=())
    return replace(now, since=None, until=None) if owed.holds_on(day) else now


def _catalog(catalog: Catalog, day: int) -> Catalog:
    rows = [
        row
        for row in catalog.rows
        if (row.since is None or row.since <= day) and (row.until is None or day < row.until)
    ]
    now = (replace(row, index=n, since=None, until=None) for n, row in enumerate(rows))
    return replace(catalog, rows=tuple(now))


def _exceptions(exceptions: tuple[ExceptionRule, ...], day: int) -> tuple[ExceptionRule, ...]:
    """The same with what they ask of the day decided for answered: `from` and `until` of an
    exception are conditions on it."""
    return tuple(replace(each, guard=cast("Expr", _on(each.guard, day))) for each in exceptions)


def _on(node: Node, day: int) -> Node:
    match node:
        case Apply(operator=name, operands=(AsOf(), Const(value=int() as edge))) if (
            name in _COMPARES
        ):
            held = _COMPARES[name](day, edge)
            return Const(value=held, type=node.type, origin=node.origin)
        case Apply(operator=("and" | "or") as name, operands=operands) if any(
            _asks_the_day(each) for each in operands
        ):
            return _connected(name, [cast("Expr", _on(each, day)) for each in operands], node)
        case Choose(strategy=Strategy.FIRST):
            return _chosen(map_children(node, lambda child: _on(child, day)))
        case _:
            return map_children(node, lambda child: _on(child, day))


def _asks_the_day(expr: Expr) -> bool:
    return any(isinstance(part, AsOf) for part in walk(expr))


def _connected(name: str, parts: list[Expr], node: Apply) -> Expr:
    """`and` or `or` of what is left, once the day is known."""
    settles = name == "or"
    if any(_is(part, settles) for part in parts):
        return Const(value=settles, type=node.type, origin=node.origin)
    left = tuple(part for part in parts if not _is(part, not settles))
    if len(left) > 1:
        return replace(node, operands=left)
    return left[0] if left else Const(value=not settles, type=node.type, origin=node.origin)


def _is(expr: Expr, value: bool) -> bool:
    return isinstance(expr, Const) and expr.value is value


def _chosen(node: Choose) -> Expr:
    """The lines that hold on the day: without those that do not, up to one that always does."""
    cases = [case for case in node.cases if not _is(case.guard, value=False)]
    for i, case in enumerate(cases):
        if _is(case.guard, value=True):
            node, cases = replace(node, otherwise=case.value), cases[:i]
            break
    if cases:
        return replace(node, cases=tuple(cases))
    return node if node.otherwise is None else node.otherwise
