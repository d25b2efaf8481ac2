"""What a definition reads, through everything it names: which inputs the tree can read, which
rules speak of the answer, what rests on the answer. It goes through the nodes; no values yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, assert_never

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
        """The defines, formulas, costs and tables by name."""

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


def reads_of(program: Definitions) -> Reads:
    """What the parts of a program read, worked out once when it is checked."""
    return Reads(
        tree_inputs=_tree_inputs(program),
        answer_rules=frozenset(
            rule.name
            for rule in program.rules.values()
            if any(isinstance(e, ChoiceRef) for e in reached(rule.conditions, program))
        ),
        answering=frozenset(_answering(program)),
    )


def _tree_inputs(program: Definitions) -> frozenset[str]:
    start: list[Expr] = []
    for node in walk(*program.trees.values()):
        match node:
            case IfNode():
                start.append(node.condition)
            case LeafNode():
                start.extend(setting for _, setting in node.settings)
            case _:
                pass
    return frozenset(e.name for e in reached(start, program) if isinstance(e, InputRef))


def _answering(program: Definitions) -> set[tuple[DeclaredAs, str]]:
    """Inputs, definitions and shortlists that read `choice` or `answer`, directly or through
    others: the direct readers first, then what names one of them, until nothing is added."""
    names = [
        *((DeclaredAs.INPUT, n) for n in program.inputs),
        *((DeclaredAs.BAR, n) for n in program.bars),
        *((DeclaredAs.DEFINITION, n) for n in (*program.defines, *program.scores)),
        *((DeclaredAs.SHORTLIST, n) for n in program.shortlists),
    ]
    uses: dict[tuple[DeclaredAs, str], set[tuple[DeclaredAs, str]]] = {}
    found: set[tuple[DeclaredAs, str]] = set()
    for each in names:
        uses[each] = set()
        for node in walk(*body(*each, program)):
            if isinstance(node, ChoiceRef):
                found.add(each)
            uses[each].update(named(node, program))
    grown = True
    while grown:
        more = {each for each in names if each not in found and uses[each] & found}
        grown = bool(more)
        found |= more
    return found
