"""Which rules of a policy some changes of it may touch.

What no change touches comes to the same in both versions, so that it need not be judged to learn
whether a manifest is decided otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlpolicy.check.reads import narrowed, reached
from mlpolicy.core.program import (
    AnyRemains,
    BarRef,
    BestRow,
    ChargeExpr,
    DefRef,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    InputRef,
    LookupRow,
    Program,
    RowRef,
    Typed,
)
from mlpolicy.core.visit import Node, walk
from mlpolicy.versions.constructs import Change

#: Parts of a program that are read by their names, and nowhere else.
_NAMED = frozenset(
    ("inputs", "bars", "catalogs", "records", "shortlists", "defines", "scores", "trees")
)
#: Those that no rule reads.
_BESIDE = frozenset(("obligations", "reports", "rules"))


def touched(program: Program, changes: Iterable[Change]) -> frozenset[str] | None:
    """The rules of a program that these changes may touch, themselves or by what they read, with
    those that speak of the answer where the tree may come to another one. None where that cannot be
    told: a change touches more than what has a name."""
    means = [change for change in changes if change.means]
    if any(change.construct.part not in _NAMED | _BESIDE for change in means):
        return None
    changed = {
        name
        for change in means
        if change.construct.part in _NAMED
        for name in (change.construct.name, change.before)
    }
    own = {
        name
        for change in means
        if change.construct.part == "rules"
        for name in (change.construct.name, change.before)
    }
    by_answer: frozenset[str] = frozenset()
    trees = {change.construct.part for change in means} & {"trees", "obligations"}
    if trees or changed & {*_names(_within(*program.trees.values()), program)}:
        by_answer = program.reads.answer_rules
    return frozenset(
        rule.name
        for rule in program.rules.values()
        if rule.name in own or rule.name in by_answer or changed & {*_names(_within(rule), program)}
    )


def _within(*nodes: Node) -> list[Expr]:
    """The expressions at and below some nodes."""
    return [each for each in walk(*nodes) if isinstance(each, Typed)]


def _names(start: Iterable[Expr], program: Program) -> Iterator[str]:
    """The names that expressions read, through what they name."""
    for expr in reached(start, program):
        match expr:
            case InputRef() | BarRef() | DefRef():
                yield expr.name
            case RowRef() | LookupRow() | HasRow() | FirstRow() | BestRow() | ChargeExpr():
                yield expr.table
            case AnyRemains() | FirstRemaining():
                yield expr.shortlist
                yield from narrowed(expr.shortlist, program)
            case _:
                pass
