"""Gives every expression its id, and says what is known of it without evaluating it.

In goes a program, out the same program with ids. Expressions that are equal, and of one type,
share an id wherever they stand: what is known of a value, or assumed of a condition, then holds
for all of them. Ids follow from the declarations in order of their names, so that the order
they are written in, and layout, have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from mlpolicy.check.reads import body, named, narrowed, reached, reads_of, with_rule
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.program import (
    Absent,
    AggregateExpr,
    AnyRemains,
    Apply,
    Bar,
    BarRef,
    BestRow,
    ChargeExpr,
    ChoiceRef,
    Choose,
    ColumnRef,
    Const,
    ConvertExpr,
    Define,
    DefRef,
    Expr,
    FirstRow,
    HasRow,
    IfNode,
    InputRef,
    Known,
    LeafNode,
    LookupRow,
    Obligation,
    ParameterRef,
    PathRef,
    Program,
    RowRef,
    Rule,
    Typed,
    VariableRef,
)
from mlpolicy.core.scopes import Scope
from mlpolicy.core.terms import DeclaredAs, DefineKind, Over, Per, Said, Strategy
from mlpolicy.core.types import FLAG, DateType, EnumType, FlagType, RowType, Type
from mlpolicy.core.visit import Node, children, walk
from mlpolicy.soundness.tables import prove

#: The parts of a program in which expressions stand, in the order in which they are numbered.
_PARTS = (
    *("inputs", "bars", "catalogs", "records", "shortlists", "defines", "scores", "trees"),
    *("obligations", "rules", "reports"),
)


def number(program: Program) -> Program:
    """The program with the ids of its expressions, and what is known of each."""
    return Numbered(program).program


class Numbered:
    """A program with ids, and what is needed to give ids to another declaration of it: those of
    the others stay as they are, so that their nodes serve both."""

    def __init__(self, program: Program) -> None:
        self._numbering = _Numbering()
        for part in _PARTS:
            declared: Mapping[str, Node] = getattr(program, part)
            for name in sorted(declared):
                self._numbering.give(declared[name])
        for test in program.tests:
            self._numbering.give(test)
        self.program, self._facts = _told(program, self._numbering, self._numbering.made)

    @cached_property
    def _ids(self) -> Mapping[tuple[str, str], frozenset[int]]:
        """The ids in each declaration, by part and name; those of the tests under no name."""
        found: dict[tuple[str, str], frozenset[int]] = {}
        for part in _PARTS:
            declared: Mapping[str, Node] = getattr(self.program, part)
            for name, node in declared.items():
                found[part, name] = _ids_in((node,))
        found["tests", ""] = _ids_in(self.program.tests)
        return found

    @cached_property
    def _reached(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The names of all that evaluating a declaration may evaluate, by part and name."""
        program = self.program
        found: dict[tuple[str, str], frozenset[str]] = {}
        for part in _PARTS:
            declared: Mapping[str, Node] = getattr(program, part)
            for name, node in declared.items():
                below = [each for each in walk(node) if isinstance(each, Typed)]
                names: set[str] = set()
                for each in reached(below, program):
                    for kind, read in named(each, program):
                        names.add(read)
                        if kind is DeclaredAs.SHORTLIST:
                            names.update(narrowed(read, program))
                found[part, name] = frozenset(names)
        return found

    def alike(self, part: str, name: str) -> frozenset[int | tuple[str, int]]:
        """What comes to the same whatever the declaration of this part and name says: expressions,
        by their ids, and nodes of trees, by their identity (see `evaluate.memory`)."""
        keys = [
            key for key, names in self._reached.items() if key != (part, name) and name not in names
        ]
        trees = {key for key in keys if key[0] == "trees"}
        nodes = self._nodes if len(trees) == len(self.program.trees) else frozenset()
        return nodes.union(*(self._ids[key] for key in keys))

    @cached_property
    def _nodes(self) -> frozenset[int | tuple[str, int]]:
        trees = self.program.trees.values()
        return frozenset(("node", id(n)) for n in walk(*trees) if isinstance(n, IfNode))

    def with_declaration(self, part: str, name: str, declaration: Node) -> Program:
        """The program with another declaration in place of the one of this part and name: what
        rests on all of it is worked out anew. Its nodes are given ids."""
        declared = {**getattr(self.program, part), name: declaration}
        changed: dict[str, Any] = {part: declared}
        made = replace(self.program, **changed)
        facts = None
        match declaration:
            case Rule():
                made = replace(made, reads=with_rule(made.reads, declaration, made))
                facts = self._facts
            case Obligation():
                facts = self._facts
            case _:
                made = prove(replace(made, reads=reads_of(made)))
        numbering = self._numbering.copy()
        own: Node = getattr(made, part)[name]
        numbering.give(own)
        ids = _ids_in((own,)).union(*(i for key, i in self._ids.items() if key != (part, name)))
        return _told(made, numbering, [numbering.made[each] for each in sorted(ids)], facts)[0]


def _ids_in(nodes: Iterable[Node]) -> frozenset[int]:
    return frozenset(each.id for each in walk(*nodes) if isinstance(each, Typed))


def _told(
    program: Program, numbering: _Numbering, made: Sequence[Expr], before: _Facts | None = None
) -> tuple[Program, _Facts]:
    """The program with what is known of each of its expressions, and that. `made` are those that
    stand in it, one for each id. `before` is known of a program that differs from this one in
    nothing that an expression reads."""
    remaining = {e.shortlist: e for e in made if isinstance(e, AnyRemains)}
    facts = _Facts(program, remaining)
    if before is not None:
        facts.done, facts.missing = dict(before.done), dict(before.missing)
        facts.bodies = dict(before.bodies)
    told: dict[Known, Known] = {}
    plain = (e for e in made if isinstance(e, InputRef) and e.key is None)
    inputs = {e.name: e for e in plain}
    dated = _dated(program, [e for e in made if isinstance(e, BestRow)])
    nodes = tuple([told.setdefault(one, one) for one in map(facts.known, numbering.made)])
    whole = replace(
        program,
        nodes=nodes,
        reads=replace(
            program.reads,
            remaining=remaining,
            inputs=inputs,
            facts=facts_of(program),
            fields=frozenset(_fields(program, made)),
            dated=dated,
            looked_up=dict(_looked_up(program, facts, numbering.made)),
            columns=tuple(e for e in made if isinstance(e, ColumnRef | ChargeExpr)),
        ),
    )
    return whole, facts


def _dated(program: Program, asked: Iterable[BestRow]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lists of which the best entry is asked for, with the columns of days in its order."""
    found: dict[str, set[str]] = {}
    for each in asked:
        days = found.setdefault(each.table, set())
        columns = program.records[each.table].columns
        days.update(name for name in each.by if isinstance(columns[name].type, DateType))
    return tuple((table, tuple(sorted(days))) for table, days in sorted(found.items()))


def _looked_up(
    program: Program, facts: _Facts, made: Sequence[Expr]
) -> Iterator[tuple[str, tuple[HasRow, ...]]]:
    """By rule, the rows that its conditions may look up in vain. Without a rule that may end in a
    fault otherwise, or that looks up by more than what the manifest states. (A text tells what it
    holds as it is, and a row that is missing in it is no fault.)"""
    rows: dict[_Hole, HasRow] = {}
    for rule in program.rules.values():
        silent = rule.if_unknown
        said = [rule.say, rule.fix, *((silent.say, silent.fix) if silent is not None else ())]
        texts = [text for text in said if text is not None]
        holes = facts.missing[rule.when.id]
        if rule.guard is not None:
            holes = facts.missing[rule.guard.id] | (holes - _asked_for(rule.guard))
        keys = [facts.done[key] for _, of in holes for key in of]
        if (
            all(
                facts.done[each.id].safe_in_force
                for each in _expressions([*rule.conditions, *texts])
            )
            and not any(key.rows or key.names or key.answering for key in keys)
            and not holes & _ANY_HOLE
        ):
            for hole in holes - {*rows}:
                of = tuple(made[key] for key in hole[1])
                rows[hole] = HasRow(type=FLAG, origin=rule.origin, table=hole[0], keys=of)
            yield rule.name, tuple(rows[hole] for hole in sorted(holes))


def _fields(program: Program, made: Iterable[Expr]) -> Iterator[tuple[Scope, tuple[str, ...]]]:
    """The fields of a manifest that the expressions of a program read."""
    inputs = {each.name for each in made if isinstance(each, InputRef)}
    for declared in (program.inputs[name] for name in inputs):
        keys = declared.key.members if declared.key is not None else ("",)
        for path in (path for source in declared.sources for path in source.paths):
            for key in keys:
                steps = (key if step.startswith("{") else step for step in path.steps)
                yield path.scope, tuple(steps)
    for records in program.records.values():
        columns = {
            name
            for each in made
            if isinstance(each, BestRow) and each.table == records.name
            for name in (*each.stating, *each.by)
        }
        columns |= {
            each.column
            for each in made
            if isinstance(each, ColumnRef) and each.row.type == RowType(records.name)
        }
        for column in (*records.keys, *columns):
            yield records.path.scope, (*records.path.steps, *records.columns[column].steps)
    for catalog in program.catalogs.values():
        if catalog.override is not None:
            yield catalog.override.scope, catalog.override.steps


class _Numbering:
    """The ids given so far: by what an expression is made of, with the ids of its parts."""

    def __init__(self) -> None:
        self.ids: dict[object, int] = {}
        self.made: list[Expr] = []
        self.types: dict[Type, Type] = {}

    def copy(self) -> _Numbering:
        """The same, to which others may be added."""
        made = _Numbering()
        made.ids, made.made, made.types = dict(self.ids), [*self.made], dict(self.types)
        return made

    def give(self, node: Node) -> object:
        """Numbers the expressions at and below a node, and gives what tells it from others."""
        below = tuple([self.give(child) for child in children(node)])
        if not isinstance(node, Typed):
            return (type(node).__name__, self._plain(node), below)
        key = (type(node).__name__, node.type, self._plain(node), below)
        known = self.ids.get(key)
        if known is None:
            known = self.ids[key] = len(self.made)
            self.made.append(node)
        # A program is given its ids while it is being made; nothing else assigns to a node. Equal
        # types become one, so that a kept program has fewer values to load.
        slots: Any = type(node)
        slots.id.__set__(node, known)
        slots.type.__set__(node, self.types.setdefault(node.type, node.type))
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
                found.append((len(value), tuple(v for v in value if isinstance(v, str | Fraction))))
            elif isinstance(value, Mapping):
                found.append(tuple(value))
            elif value is None or not hasattr(value, "__dataclass_fields__"):
                found.append((type(value).__name__, value))
            else:
                found.append(type(value).__name__)
        return tuple(found)


#: A row that may be missing: the catalogue, and the ids of the keys that it is asked for by. One
#: without a catalogue is a hole of another kind.
_Hole = tuple[str, tuple[int, ...]]
_NO_HOLE: frozenset[_Hole] = frozenset()
_ANY_HOLE: frozenset[_Hole] = frozenset({("", ())})


class _Met(NamedTuple):
    """The same of a declaration as `Known` says of an expression."""

    conditions: int
    safe: bool
    safe_in_force: bool
    missing: frozenset[_Hole]
    facts: int
    alone: bool


def facts_of(program: Program) -> tuple[str, ...]:
    """The names of all that a manifest may state something of, in one order."""
    overridden = (c.name for c in program.catalogs.values() if c.override is not None)
    return tuple(sorted({*program.inputs, *program.records, *overridden}))


class _Facts:
    """What is known of expressions, through the definitions that they name."""

    def __init__(self, program: Program, remaining: Mapping[str, AnyRemains]) -> None:
        self.program = program
        self.remaining = remaining
        self.done: dict[int, Known] = {}
        self.missing: dict[int, frozenset[_Hole]] = {}
        self.bodies: dict[tuple[DeclaredAs, str], _Met] = {}
        self.places = {name: i for i, name in enumerate(facts_of(program))}
        self.paths: dict[tuple[Scope, tuple[str, ...]], int] = {}
        for declared in program.inputs.values():
            for path in (path for source in declared.sources for path in source.paths):
                at = (path.scope, path.steps)
                self.paths[at] = self.paths.get(at, 0) | 1 << self.places[declared.name]
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
        safe = self._is_safe(expr)
        safe_in_force = safe or self._is_safe(expr, self.program.effective)
        missing = self._missing(expr)
        facts = 0
        alone = not isinstance(expr, AggregateExpr) or expr.over is Over.SET
        if isinstance(expr, PathRef):
            facts = self.paths.get((expr.scope, expr.steps), 0)
            alone = facts != 0
        elif isinstance(expr, RowRef | BestRow):
            facts = self._stated(expr.table)
        declared = list(named(expr, self.program))
        missing |= self._unguarded(expr)
        parts: list[Known | _Met] = [*below, *(self._met(*each) for each in declared)]
        for part in parts:
            conditions |= part.conditions
            facts |= part.facts
            safe = safe and part.safe
            safe_in_force = safe_in_force and part.safe_in_force
            if isinstance(part, _Met):
                missing |= part.missing
            alone = alone and part.alone
        self.missing[expr.id] = missing
        answering = answering or any(each in self.program.reads.answering for each in declared)
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
            case FirstRow(table=table) | BestRow(table=table):
                rows.discard(table)
            case AggregateExpr(over=Over.SET, variable=variable):
                names.discard(variable)
            case AggregateExpr(over=over):
                rows &= set(self.program.catalogs)
                shared = over is Over.ITEMS and not rows and not names
            case DefRef(name=name, key=None, row=None) if name in self.program.defines:
                shared = self.program.defines[name].per is Per.SHARED
        return Known(
            rows=tuple(sorted(rows)),
            names=tuple(sorted(names)),
            answering=answering,
            shared=shared,
            conditions=conditions,
            safe=safe,
            safe_in_force=safe_in_force,
            facts=facts,
            alone=alone,
        )

    def _met(self, kind: DeclaredAs, name: str) -> _Met:
        """What evaluating a declaration may meet. Of one that is asked for while it is being
        worked out, nothing is promised."""
        key = (kind, name)
        found = self.bodies.get(key)
        if found is None:
            if key in self.open:
                return _Met(0, False, False, _ANY_HOLE, 0, False)
            self.open.add(key)
            parts = [self.known(expr) for expr in _expressions(body(kind, name, self.program))]
            conditions, facts = 0, self._stated(name)
            for part in parts:
                conditions |= part.conditions
                facts |= part.facts
            if kind is DeclaredAs.SHORTLIST:
                facts |= self._stated(self.program.shortlists[name].table)
                conditions |= self._asked(name)
            clashes = self._may_clash(kind, name)
            missing = _NO_HOLE if self._is_found(kind, name) else _ANY_HOLE
            for node in body(kind, name, self.program):
                here = _NO_HOLE.union(*(self.missing[expr.id] for expr in _expressions([node])))
                if isinstance(node, Absent) and node.when is not None:
                    here -= _asked_for(node.when)
                missing |= here
            found = _Met(
                conditions,
                not clashes and all(part.safe for part in parts),
                not clashes and all(part.safe_in_force for part in parts),
                missing,
                facts,
                all(part.alone for part in parts),
            )
            self.open.discard(key)
            self.bodies[key] = found
        return found

    def _stated(self, name: str) -> int:
        """What a manifest may state of an input, a list or a catalogue, as a bit."""
        return 1 << self.places[name] if name in self.places else 0

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

    def _is_found(self, kind: DeclaredAs, name: str) -> bool:
        """Does a declaration say something for every case and day? A table has a row, and a bar
        has begun."""
        if kind is DeclaredAs.BAR:
            lines = self.program.bars[name].lines
            return bool(lines) and lines[0].since <= self.program.effective
        if kind is DeclaredAs.DEFINITION and name in self.program.defines:
            declared = self.program.defines[name]
            if declared.kind is DefineKind.TABLE:
                assert isinstance(declared.body, Choose)
                table = declared.body
                return table.complete or table.otherwise is not None or table.strategy.takes_none
        return True

    def _missing(self, expr: Expr) -> frozenset[_Hole]:
        """The row that an expression itself may lack: none where a catalogue has one for every word
        that it is asked for, from the policy's first day on."""
        match expr:
            case LookupRow(table=table, keys=keys) | ChargeExpr(table=table, keys=keys):
                pass
            case _:
                return _NO_HOLE
        catalog = self.program.catalogs[table]
        kind = keys[0].type
        if len(keys) == 1 and isinstance(kind, EnumType):
            begun = self.program.effective
            always = (
                row
                for row in catalog.rows
                if (row.since is None or row.since <= begun) and row.until is None
            )
            cells = [row.cells.get(catalog.keys[0]) for row in always]
            if {*kind.members} <= {cell.value for cell in cells if isinstance(cell, Const)}:
                return _NO_HOLE
        return frozenset({(table, tuple(key.id for key in keys))})

    def _unguarded(self, expr: Expr) -> frozenset[_Hole]:
        """The rows that the parts of an expression may lack, but for those that it asks for first:
        `machine has instance and machine[instance].hourly > 1`. INVARIANT: what is known of the
        parts has been worked out."""
        match expr:
            case Apply(operator="and", operands=operands):
                whole = frozenset().union(*(self.missing[e.id] for e in operands))
                return whole - _asked_for(*operands)
            case Choose(cases=cases, otherwise=otherwise):
                found: frozenset[_Hole] = _NO_HOLE
                for case in cases:
                    found |= self.missing[case.guard.id]
                    found |= self.missing[case.value.id] - _asked_for(case.guard)
                left = _NO_HOLE if otherwise is None else self.missing[otherwise.id]
                return found | left
            case _:
                below = _expressions(children(expr))
                return frozenset().union(*(self.missing[e.id] for e in below))

    def _is_safe(self, expr: Expr, since: int = 0) -> bool:
        """Can an expression itself not fault from a day on, whatever its parts come to? A division
        may be by zero, and two rows of a unique table may match."""
        match expr:
            case Apply(operator=operator, operands=operands):
                fault = OPERATORS[operator].fault
                return fault is None or self._is_never_zero(operands[fault.operand], since)
            case Choose(strategy=strategy, disjoint=disjoint):
                return strategy not in (Strategy.UNIQUE, Strategy.ANY) or disjoint
            case ChoiceRef(attribute=Said.BECAUSE):
                return False
            case ChoiceRef(attribute=attribute):
                return isinstance(attribute, Said) or self._sets_safely(attribute)
            case _:
                return True

    def _is_never_zero(self, expr: Expr, since: int) -> bool:
        """Is a number other than zero from a day on, whatever is stated? What cannot be seen at
        once may be."""
        match expr:
            case Const(value=found):
                return found != 0
            case BarRef(name=name):
                bar = self.program.bars[name]
                lines = [line.value for line in bar.lines]
                # Before its first line, it is unknown.
                always = bool(bar.lines) and bar.lines[0].since <= since
                each = (*lines, *(e.value for e in bar.exceptions))
                return always and all(self._is_never_zero(value, since) for value in each)
            case ConvertExpr(operand=operand):
                return self._is_never_zero(operand, since)
            case Apply(operator="max", operands=operands):
                return any(isinstance(e, Const) and _is_above_zero(e.value) for e in operands)
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


def _asked_for(*conditions: Expr) -> frozenset[_Hole]:
    """The rows that are there where all of some conditions hold."""
    found: set[_Hole] = set()
    for condition in conditions:
        match condition:
            case HasRow(table=table, keys=keys):
                found.add((table, tuple(key.id for key in keys)))
            case Apply(operator="and", operands=operands):
                found |= _asked_for(*operands)
            case _:
                pass
    return frozenset(found)


def _is_above_zero(value: object) -> bool:
    return isinstance(value, Fraction) and value > 0
