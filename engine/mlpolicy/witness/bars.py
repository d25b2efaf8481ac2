"""Bars out of order: of steps that ask for the same one after the other, a later one asks for less
than an earlier one has left over, from some day on, by the values of the bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.program import (
    Apply,
    BarRef,
    Choose,
    Const,
    Expr,
    IfNode,
    Program,
    TreeNode,
)
from mlpolicy.core.terms import Strategy
from mlpolicy.core.visit import walk
from mlpolicy.evaluate.names import line_in_force
from mlpolicy.source import Origin
from mlpolicy.witness.findings import By, Finding, Kind, Proof

#: A comparison, and the one that says the same with its sides exchanged.
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@node(kw_only=True)
class _Step:
    """A step that compares something with a bar, or with a number."""

    asked: Expr
    operator: str
    bar: Expr
    name: str
    origin: Origin


def out_of_order(program: Program, days: Sequence[date]) -> Iterator[Finding]:
    """The steps that can never be taken because of how bars stand to one another, each with the
    first day on which that is so."""
    for name, steps in _chains(program):
        compared = [_compared(condition, name, origin) for condition, origin in steps]
        for number, later in enumerate(compared):
            if later is None:
                continue
            for earlier in compared[:number]:
                if earlier is None or not _alike(earlier, later):
                    continue
                day = next(
                    (d for d in sorted(days) if _takes_all(earlier, later, d, program)), None
                )
                if day is not None:
                    yield _finding(earlier, later, day, program)
                    break


def _chains(program: Program) -> Iterator[tuple[str, list[tuple[Expr, Origin]]]]:
    """Conditions of which each is asked only where those before it do not hold."""
    for tree in program.trees.values():
        yield from _in_tree(tree.name, tree.root)
    for define in program.defines.values():
        for found in walk(define.body):
            if isinstance(found, Choose) and found.strategy is Strategy.FIRST:
                yield define.name, [(case.guard, case.origin) for case in found.cases]


def _in_tree(name: str, root: TreeNode | None) -> Iterator[tuple[str, list[tuple[Expr, Origin]]]]:
    chain: list[tuple[Expr, Origin]] = []
    here = root
    while isinstance(here, IfNode):
        chain.append((here.condition, here.origin))
        yield from _in_tree(name, here.yes)
        yield from _in_tree(name, here.unknown_arm)
        here = here.no
    if chain:
        yield name, chain


def _compared(condition: Expr, name: str, origin: Origin) -> _Step | None:
    if not isinstance(condition, Apply) or condition.operator not in _TURNED:
        return None
    left, right = condition.operands
    if isinstance(right, BarRef | Const):
        return _Step(asked=left, operator=condition.operator, bar=right, name=name, origin=origin)
    if isinstance(left, BarRef | Const):
        turned = _TURNED[condition.operator]
        return _Step(asked=right, operator=turned, bar=left, name=name, origin=origin)
    return None


def _alike(one: _Step, other: _Step) -> bool:
    """Do both ask for the same, in one direction, and is one of them compared with a bar?"""
    barred = isinstance(one.bar, BarRef) or isinstance(other.bar, BarRef)
    return barred and one.asked == other.asked and one.operator[0] == other.operator[0]


def _takes_all(one: _Step, other: _Step, day: date, program: Program) -> bool:
    """Does the earlier step take all that the later one asks for?"""
    first, second = _value(one.bar, day, program), _value(other.bar, day, program)
    if first is None or second is None:
        return False
    if first == second:
        return one.operator == other.operator or one.operator.endswith("=")
    return first < second if one.operator[0] == ">" else first > second


def _value(bar: Expr, day: date, program: Program) -> Fraction | None:
    """The number of a bar on a day; None where that is not a plain one."""
    if isinstance(bar, BarRef):
        declared = program.bars[bar.name]
        line = line_in_force(declared, day.toordinal())
        if line is None or declared.exceptions:
            return None
        bar = line.value
    return bar.value if isinstance(bar, Const) and isinstance(bar.value, Fraction) else None


def _finding(one: _Step, other: _Step, day: date, program: Program) -> Finding:
    return Finding(
        kind=Kind.BARS,
        name=other.name,
        origin=other.origin,
        said=_text(other.bar, day, program),
        others=(_text(one.bar, day, program),),
        proof=Proof(by=By.VALUES, number=1),
        day=day,
    )


def _text(bar: Expr, day: date, program: Program) -> str:
    if isinstance(bar, BarRef):
        line = line_in_force(program.bars[bar.name], day.toordinal())
        assert line is not None
        return f"{bar.name} ({' '.join(line.value.origin.text.split())})"
    return " ".join(bar.origin.text.split())
