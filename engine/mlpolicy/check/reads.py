"""What a definition reads, through everything it names: which inputs the tree can read, which
rules speak of the answer, what rests on the answer. It goes through the nodes; no values yet."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from mlpolicy.core.fields import input_fields
from mlpolicy.core.paths import FieldPath, order
from mlpolicy.core.program import (
    AnyRemains,
    Bar,
    BarRef,
    BestRow,
    Catalog,
    ChargeExpr,
    ChoiceRef,
    Define,
    DefRef,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    IfNode,
    Input,
    InputRef,
    LeafNode,
    LookupRow,
    Obligation,
    Reads,
    RowRef,
    Rule,
    Score,
    Shortlist,
    Tree,
    Typed,
)
from mlpolicy.core.terms import DeclaredAs
from mlpolicy.core.visit import Node, children, walk


class Definitions(Protocol):
    """Where names are looked up: a program, or the parts of one in the making."""

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name."""

    @property
    def bars(self) -> Mapping[str, Bar]:
        """The thresholds and params by name."""

    @property
    def catalogs(self) -> Mapping[str, Catalog]:
        """The catalogues by name."""

    @property
    def shortlists(self) -> Mapping[str, Shortlist]:
        """The shortlists by name."""

    @property
    def defines(self) -> Mapping[str, Define]:
        """The defines, costs and tables by name."""

    @property
    def scores(self) -> Mapping[str, Score]:
        """The scores by name."""

    @property
    def trees(self) -> Mapping[str, Tree]:
        """The trees by name."""

    @property
    def obligations(self) -> Mapping[str, Obligation]:
        """The obligations by name."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules by name."""


def reached(start: Iterable[Expr], program: Definitions) -> Iterator[Expr]:
    """Every expression that evaluating `start` may evaluate, through the definitions that it names;
    each definition once."""
    seen: set[tuple[DeclaredAs, str]] = set()
    waiting: list[Node] = [*start]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Typed):
            yield node
        waiting.extend(children(node))
        for kind, name in named(node, program):
            if (kind, name) not in seen:
                seen.add((kind, name))
                waiting.extend(body(kind, name, program))


def named(node: Node, program: Definitions) -> Iterator[tuple[DeclaredAs, str]]:
    """The definitions that a node names, as (kind, name)."""
    match node:
        case InputRef(name=name):
            yield DeclaredAs.INPUT, name
        case BarRef(name=name):
            yield DeclaredAs.BAR, name
        case DefRef(name=name):
            yield DeclaredAs.DEFINITION, name
        case RowRef() | LookupRow() | HasRow() | FirstRow() | BestRow() | ChargeExpr():
            if node.table in program.catalogs:
                yield DeclaredAs.CATALOG, node.table
        case AnyRemains() | FirstRemaining():
            yield DeclaredAs.SHORTLIST, node.shortlist
        case _:
            pass


def body(kind: DeclaredAs, name: str, program: Definitions) -> Iterator[Node]:
    """What evaluating a definition evaluates."""
    match kind:
        case DeclaredAs.INPUT:
            declared = program.inputs[name]
            yield from (source.value for source in declared.sources)
            if declared.absent is not None:
                yield declared.absent
        case DeclaredAs.BAR:
            yield from program.bars[name].lines
            yield from program.bars[name].exceptions
        case DeclaredAs.DEFINITION if name in program.scores:
            yield from (question.condition for question in program.scores[name].questions)
        case DeclaredAs.DEFINITION:
            yield program.defines[name].body
            yield from program.defines[name].exceptions
        case DeclaredAs.CATALOG:
            yield from program.catalogs[name].rows
        case DeclaredAs.SHORTLIST:
            shortlist = program.shortlists[name]
            yield from shortlist.lines
            if shortlist.parent:
                yield from body(DeclaredAs.SHORTLIST, shortlist.parent, program)
            yield from program.catalogs[shortlist.table].rows
        case _:
            assert_never(kind)


def narrowed(name: str, program: Definitions) -> Iterator[str]:
    """The shortlists that one narrows, and the catalogue that all of them are of."""
    found = program.shortlists[name]
    yield found.table
    if found.parent:
        yield found.parent
        yield from narrowed(found.parent, program)


def reads_of(program: Definitions) -> Reads:
    """What the parts of a program read, worked out once when it is checked. Every definition is
    gone through once."""
    graph = _Graph(program)
    answering = graph.answering()
    rules = {rule.name for rule in program.rules.values() if graph.answers(rule, answering)}
    return Reads(
        tree_inputs=_tree_inputs(program, graph),
        answer_rules=frozenset(rules),
        answering=frozenset(each for each in answering if each[0] is not DeclaredAs.CATALOG),
        grants=_grants(program),
    )


def with_rule(reads: Reads, rule: Rule, program: Definitions) -> Reads:
    """The same with another rule of this name, which nothing reads."""
    others = reads.answer_rules - {rule.name}
    answers = _Graph(program).answers(rule, reads.answering)
    return replace(reads, answer_rules=others | {rule.name} if answers else others)


_Name = tuple[DeclaredAs, str]


@dataclass(frozen=True, slots=True)
class _Direct:
    """What some nodes name, and whether they speak of the answer themselves."""

    names: frozenset[_Name]
    says: bool


class _Graph:
    """What definitions name, each gone through once."""

    def __init__(self, program: Definitions) -> None:
        self.program = program
        self.uses: dict[_Name, _Direct] = {}

    def of(self, nodes: Iterable[Node]) -> _Direct:
        """What these nodes name and say, without what is named."""
        names: set[_Name] = set()
        says = False
        for node in walk(*nodes):
            says = says or isinstance(node, ChoiceRef)
            names.update(named(node, self.program))
        return _Direct(frozenset(names), says)

    def used(self, name: _Name) -> _Direct:
        """The same of a definition."""
        found = self.uses.get(name)
        if found is None:
            found = self.uses[name] = self.of(body(*name, self.program))
        return found

    def reached(self, names: Iterable[_Name]) -> set[_Name]:
        """All that is named, directly or through others."""
        found = set(names)
        waiting = [*found]
        while waiting:
            more = self.used(waiting.pop()).names - found
            found |= more
            waiting.extend(more)
        return found

    def answers(self, rule: Rule, answering: Container[_Name]) -> bool:
        """Does a rule speak of the answer?"""
        direct = self.of(rule.conditions)
        return direct.says or any(each in answering for each in self.reached(direct.names))

    def answering(self) -> set[_Name]:
        """The definitions that speak of the answer, directly or through others: those that do so
        themselves first, then what names one of them, until nothing is added."""
        program = self.program
        every = self.reached(
            [
                *((DeclaredAs.INPUT, n) for n in program.inputs),
                *((DeclaredAs.BAR, n) for n in program.bars),
                *((DeclaredAs.DEFINITION, n) for n in (*program.defines, *program.scores)),
                *((DeclaredAs.SHORTLIST, n) for n in program.shortlists),
            ]
        )
        named_by: dict[_Name, list[_Name]] = {}
        for each in every:
            for other in self.used(each).names:
                named_by.setdefault(other, []).append(each)
        found = {each for each in every if self.used(each).says}
        waiting = [*found]
        while waiting:
            more = [each for each in named_by.get(waiting.pop(), ()) if each not in found]
            found.update(more)
            waiting.extend(more)
        return found


def _tree_inputs(program: Definitions, graph: _Graph) -> frozenset[str]:
    start: list[Expr] = []
    for node in walk(*program.trees.values()):
        match node:
            case IfNode():
                start.append(node.condition)
            case LeafNode():
                start.extend(setting for _, setting in node.settings)
            case _:
                pass
    reached_ = graph.reached(graph.of(start).names)
    return frozenset(name for kind, name in reached_ if kind is DeclaredAs.INPUT)


def _grants(program: Definitions) -> dict[FieldPath, frozenset[FieldPath]]:
    by_name: dict[str, frozenset[FieldPath]] = {}
    for declared in program.inputs.values():
        absent = declared.absent
        if absent is not None and isinstance(absent.when, InputRef):
            name = absent.when.name
            by_name[name] = by_name.get(name, frozenset()) | input_fields(declared)
    found: dict[FieldPath, frozenset[FieldPath]] = {}
    for name, others in by_name.items():
        for path in sorted(input_fields(program.inputs[name]), key=order):
            found[path] = found.get(path, frozenset()) | others
    return found
