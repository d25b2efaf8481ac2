"""What a definition reads, through everything it names: which inputs the tree can read, which
rules speak of `choice`, what rests on the answer. It goes through the nodes; no values yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from mlpolicy.core.program import (
    AnyRemains,
    Bar,
    BarRef,
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
    LatestRow,
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
    seen: set[tuple[str, str]] = set()
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


def named(node: Node, program: Definitions) -> Iterator[tuple[str, str]]:
    """The definitions that a node names, as (kind, name)."""
    match node:
        case InputRef(name=name):
            yield "input", name
        case BarRef(name=name):
            yield "bar", name
        case DefRef(name=name):
            yield "definition", name
        case RowRef() | LookupRow() | HasRow() | FirstRow() | LatestRow() | ChargeExpr():
            if node.table in program.catalogs:
                yield "catalog", node.table
        case AnyRemains() | FirstRemaining():
            yield "shortlist", node.shortlist
        case _:
            pass


def body(kind: str, name: str, program: Definitions) -> Iterator[Node]:
    """What evaluating a definition evaluates."""
    match kind:
        case "input":
            declared = program.inputs[name]
            yield from (source.value for source in declared.sources)
            if declared.absent is not None:
                yield declared.absent
        case "bar":
            yield from program.bars[name].lines
            yield from program.bars[name].exceptions
        case "definition" if name in program.scores:
            yield from (question.condition for question in program.scores[name].questions)
        case "definition":
            yield program.defines[name].body
            yield from program.defines[name].exceptions
        case "catalog":
            yield from program.catalogs[name].rows
        case "shortlist":
            shortlist = program.shortlists[name]
            yield from shortlist.lines
            if shortlist.parent:
                yield from body("shortlist", shortlist.parent, program)
            yield from program.catalogs[shortlist.table].rows


def reads_of(program: Definitions) -> Reads:
    """What the parts of a program read, worked out once when it is checked."""
    return Reads(
        _tree_inputs(program),
        frozenset(
            rule.name
            for rule in program.rules.values()
            if any(
                isinstance(e, ChoiceRef) and e.which == "choice"
                for e in reached([rule.when], program)
            )
        ),
        frozenset(_answering(program)),
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


def _answering(program: Definitions) -> set[tuple[str, str]]:
    """Inputs, definitions and shortlists that read `choice` or `answer`, directly or through
    others: the direct readers first, then what names one of them, until nothing is added."""
    names = [
        *(("input", n) for n in program.inputs),
        *(("bar", n) for n in program.bars),
        *(("definition", n) for n in (*program.defines, *program.scores)),
        *(("shortlist", n) for n in program.shortlists),
    ]
    uses: dict[tuple[str, str], set[tuple[str, str]]] = {}
    found: set[tuple[str, str]] = set()
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
