"""Gives every expression its id, and says what is known of it without evaluating it.

In goes a program, out the same program with ids. Expressions that are equal, and of one type,
share an id wherever they stand: what is known of a value, or assumed of a condition, then holds
for all of them. Ids follow from the declarations in order of their names, so that the order
they are written in, and layout, have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from mlpolicy.check.reads import body, named
from mlpolicy.core.program import (
    AggregateExpr,
    AnyRemains,
    ArithExpr,
    Bar,
    BarRef,
    ChoiceRef,
    Choose,
    Const,
    ConvertExpr,
    Define,
    DefRef,
    Expr,
    FirstRow,
    InputRef,
    Known,
    LatestRow,
    LeafNode,
    ParameterRef,
    PathRef,
    Program,
    RowRef,
    Typed,
    VariableRef,
)
from mlpolicy.core.terms import DeclaredAs, Over, Said, Scope, Strategy
from mlpolicy.core.types import FlagType
from mlpolicy.core.visit import Node, children, walk

#: The parts of a program in which expressions stand, in the order in which they are numbered.
_PARTS = (
    *("inputs", "bars", "catalogs", "records", "shortlists", "defines", "scores", "trees"),
    *("obligations", "rules"),
)


def number(program: Program) -> Program:
    """The program with the ids of its expressions, and what is known of each."""
    numbering = _Numbering()
    for part in _PARTS:
        declared: Mapping[str, Node] = getattr(program, part)
        for name in sorted(declared):
            numbering.give(declared[name])
    for test in program.tests:
        numbering.give(test)
    remaining = {e.shortlist: e for e in numbering.made if isinstance(e, AnyRemains)}
    facts = _Facts(program, remaining)
    plain = (e for e in numbering.made if isinstance(e, InputRef) and e.key is None)
    inputs = {e.name: e for e in plain}
    latest = tuple(sorted({(e.table, e.by) for e in numbering.made if isinstance(e, LatestRow)}))
    return replace(
        program,
        nodes=tuple(facts.known(expr) for expr in numbering.made),
        reads=replace(program.reads, remaining=remaining, inputs=inputs, latest=latest),
    )


class _Numbering:
    """The ids given so far: by what an expression is made of, with the ids of its parts."""

    def __init__(self) -> None:
        self.ids: dict[object, int] = {}
        self.made: list[Expr] = []

    def give(self, node: Node) -> object:
        """Numbers the expressions at and below a node, and gives what tells it from others."""
        below = tuple(self.give(child) for child in children(node))
        if not isinstance(node, Typed):
            return (type(node).__name__, self._plain(node), below)
        key = (type(node).__name__, node.type, self._plain(node), below)
        known = self.ids.get(key)
        if known is None:
            known = self.ids[key] = len(self.made)
            self.made.append(node)
        # A program is given its ids while it is being made; nothing else assigns to a node.
        type(node).id.__set__(node, known)  # type: ignore[attr-defined]
        return known

    @staticmethod
    def _plain(node: Node) -> tuple[object, ...]:
        """The fields that hold no nodes: names, numbers, and how many parts there are."""
        found: list[object] = []
        for each in fields(node):
            if not each.compare:
                continue
            value = getattr(node, each.name)
            if isinstance(value, tuple):
                found.append((len(value), tuple(v for v in value if isinstance(v, str))))
            elif isinstance(value, Mapping):
                found.append(tuple(value))
            elif value is None or not hasattr(value, "__dataclass_fields__"):
                found.append((type(value).__name__, value))
            else:
                found.append(type(value).__name__)
        return tuple(found)


class _Facts:
    """What is known of expressions, through the definitions that they name."""

    def __init__(self, program: Program, remaining: Mapping[str, AnyRemains]) -> None:
        self.program = program
        self.remaining = remaining
        self.done: dict[int, Known] = {}
        self.bodies: dict[tuple[DeclaredAs, str], tuple[int, bool]] = {}
        self.open: set[tuple[DeclaredAs, str]] = set()
        self.settings: dict[str, bool] | None = None

    def known(self, expr: Expr) -> Known:
        found = self.done.get(expr.id)
        if found is None:
            found = self.done[expr.id] = self._known(expr)
        return found

    def _known(self, expr: Expr) -> Known:
        below = [self.known(e) for e in _expressions(children(expr))]
        rows = {name for known in below for name in known.rows}
        names = {name for known in below for name in known.names}
        answering = any(known.answering for known in below)
        conditions = 1 << expr.id if isinstance(expr.type, FlagType) else 0
        safe = all(known.safe for known in below) and self._is_safe(expr)
        for known in below:
            conditions |= known.conditions
        for kind, name in named(expr, self.program):
            answering = answering or (kind, name) in self.program.reads.answering
            met, harmless = self._met(kind, name)
            conditions |= met
            safe = safe and harmless
        shared = False
        match expr:
            case RowRef(table=table):
                rows.add(table)
            case ParameterRef(name=name) | VariableRef(name=name):
                names.add(name)
            case PathRef(steps=steps):
                names |= {step[1:-1] for step in steps if step.startswith("{")}
            case ChoiceRef():
                answering = True
            case FirstRow(table=table) | LatestRow(table=table):
                rows.discard(table)
            case AggregateExpr(over=Over.SET, variable=variable):
                names.discard(variable)
            case AggregateExpr(over=over):
                rows &= set(self.program.catalogs)
                shared = over is Over.WORKLOADS and not rows and not names
            case DefRef(name=name, key=None, row=None) if name in self.program.defines:
                shared = self.program.defines[name].per is Scope.PROJECT
        bound = (tuple(sorted(rows)), tuple(sorted(names)))
        return Known(*bound, answering, shared, conditions, safe)

    def _met(self, kind: DeclaredAs, name: str) -> tuple[int, bool]:
        """The conditions that evaluating a declaration may meet; whether that is safe."""
        key = (kind, name)
        found = self.bodies.get(key)
        if found is None:
            if key in self.open:
                return 0, False
            self.open.add(key)
            conditions, safe = 0, not self._may_clash(kind, name)
            for expr in _expressions(body(kind, name, self.program)):
                known = self.known(expr)
                conditions |= known.conditions
                safe = safe and known.safe
            if kind is DeclaredAs.SHORTLIST:
                conditions |= self._asked(name)
            self.open.discard(key)
            found = self.bodies[key] = conditions, safe
        return found

    def _may_clash(self, kind: DeclaredAs, name: str) -> bool:
        """May two exceptions apply at once?"""
        parts: Mapping[str, Bar | Define]
        match kind:
            case DeclaredAs.BAR:
                parts = self.program.bars
            case DeclaredAs.DEFINITION:
                parts = self.program.defines
            case _:
                return False
        return name in parts and len(parts[name].exceptions) > 1

    def _is_safe(self, expr: Expr) -> bool:
        """Can an expression itself not fault, whatever its parts come to? A division may be by
        zero, and two rows of a unique table may match."""
        match expr:
            case ArithExpr(operator="/", right=divisor):
                return self._is_never_zero(divisor)
            case Choose(strategy=strategy):
                return strategy is not Strategy.UNIQUE
            case ChoiceRef(attribute=Said.BECAUSE):
                return False
            case ChoiceRef(attribute=attribute):
                return isinstance(attribute, Said) or self._sets_safely(attribute)
            case _:
                return True

    def _is_never_zero(self, expr: Expr) -> bool:
        """Is a number other than zero, whatever is stated? What cannot be seen at once may be."""
        match expr:
            case Const(value=found):
                return found != 0
            case BarRef(name=name):
                bar = self.program.bars[name]
                lines = [line.value for line in bar.lines]
                return all(map(self._is_never_zero, (*lines, *(e.value for e in bar.exceptions))))
            case ConvertExpr(operand=operand):
                return self._is_never_zero(operand)
            case _:
                return False

    def _sets_safely(self, attribute: str) -> bool:
        """Does every leaf that sets an attribute of the answer set it to something safe? It is
        worked out where the answer stands, of which it may not speak itself."""
        if self.settings is None:
            self.settings = {}
            for node in walk(*self.program.trees.values()):
                if isinstance(node, LeafNode):
                    for name, setting in node.settings:
                        known = self.known(setting).safe
                        self.settings[name] = self.settings.get(name, True) and known
        return self.settings.get(attribute, True)

    def _asked(self, shortlist: str) -> int:
        """The `any` of a shortlist and of those before it: what is assumed of one tells of
        another."""
        found = 0
        while shortlist:
            said = self.remaining.get(shortlist)
            if said is not None:
                found |= 1 << said.id
            shortlist = self.program.shortlists[shortlist].parent
        return found


def _expressions(nodes: Iterable[Node]) -> list[Expr]:
    """The outermost expressions at or below some nodes."""
    found: list[Expr] = []
    for node in nodes:
        if isinstance(node, Typed):
            found.append(node)
        else:
            found.extend(_expressions(children(node)))
    return found
