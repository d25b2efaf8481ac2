"""What a definition reads, through everything it names: which inputs the tree can read, which
rules speak of `choice`, what rests on the answer. A walk over the program, no values."""

from __future__ import annotations

from collections.abc import Iterator

from mlpolicy.core.program import (
    BarRef,
    Case,
    ChoiceRef,
    DefRef,
    IfNode,
    InputRef,
    LeafNode,
    Program,
    Reads,
    TreeNode,
    Typed,
)

_FIELDS: dict[str, tuple[str, ...]] = {}


def _fields(expr: Typed) -> tuple[str, ...]:
    """The names of a node's fields, looked up once per kind of node."""
    kind = type(expr)
    fields = _FIELDS.get(kind.__name__)
    if fields is None:
        fields = tuple(slot for k in kind.__mro__ for slot in getattr(k, "__slots__", ()))
        _FIELDS[kind.__name__] = fields
    return fields


def parts(expr: Typed) -> Iterator[Typed]:
    """The expressions directly inside an expression."""
    for slot in _fields(expr):
        value = getattr(expr, slot)
        if isinstance(value, Typed):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Typed):
                    yield item
                elif isinstance(item, Case):
                    yield item.guard
                    yield item.value


def reached(start: list[Typed], program: Program) -> Iterator[Typed]:
    """Every expression that evaluating `start` may evaluate, each definition once."""
    seen: set[tuple[str, str]] = set()
    waiting = list(start)
    while waiting:
        expr = waiting.pop()
        yield expr
        waiting.extend(parts(expr))
        for kind, name in _names(expr, program):
            if (kind, name) not in seen:
                seen.add((kind, name))
                waiting.extend(_body(kind, name, program))


def _names(expr: Typed, program: Program) -> Iterator[tuple[str, str]]:
    match expr:
        case InputRef(name=name):
            yield "input", name
        case BarRef(name=name):
            yield "bar", name
        case DefRef(name=name):
            yield "definition", name
    table = getattr(expr, "table", None)
    if isinstance(table, str) and table in program.catalogs:
        yield "catalog", table
    shortlist = getattr(expr, "shortlist", None)
    if isinstance(shortlist, str):
        yield "shortlist", shortlist


def _body(kind: str, name: str, program: Program) -> Iterator[Typed]:
    match kind:
        case "input":
            declared = program.inputs[name]
            for source in declared.sources:
                yield source.value
            if declared.absent is not None:
                if declared.absent.value is not None:
                    yield declared.absent.value
                if declared.absent.when is not None:
                    yield declared.absent.when
        case "bar":
            bar = program.bars[name]
            for line in bar.lines:
                yield line.value
            for exception in bar.exceptions:
                yield exception.guard
                yield exception.value
        case "definition" if name in program.scores:
            for question in program.scores[name].questions:
                yield question.condition
        case "definition":
            define = program.defines[name]
            yield define.body
            for exception in define.exceptions:
                yield exception.guard
                yield exception.value
        case "catalog":
            for row in program.catalogs[name].rows:
                yield from row.cells.values()
        case "shortlist":
            shortlist = program.shortlists[name]
            for own in shortlist.lines:
                yield own.condition
            if shortlist.parent:
                yield from _body("shortlist", shortlist.parent, program)
            for row in program.catalogs[shortlist.table].rows:
                yield from row.cells.values()


def reads_of(program: Program) -> Reads:
    """What a program's parts read, worked out once when it is checked."""
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


def _tree_inputs(program: Program) -> frozenset[str]:
    start: list[Typed] = []

    def walk(node: TreeNode) -> None:
        match node:
            case IfNode():
                start.append(node.condition)
                walk(node.yes)
                walk(node.no)
                if node.unknown_arm is not None:
                    walk(node.unknown_arm)
            case LeafNode():
                start.extend(setting for _, setting in node.settings)
            case _:
                pass

    for tree in program.trees.values():
        walk(tree.root)
    return frozenset(e.name for e in reached(start, program) if isinstance(e, InputRef))


def _answering(program: Program) -> set[tuple[str, str]]:
    """Inputs, definitions and shortlists that read `choice` or `answer`, directly or through
    others: direct readers first, then whoever names one, until nothing is added."""
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
        waiting = list(_body(*each, program))
        while waiting:
            expr = waiting.pop()
            if isinstance(expr, ChoiceRef):
                found.add(each)
            uses[each].update(_names(expr, program))
            waiting.extend(parts(expr))
    grown = True
    while grown:
        more = {each for each in names if each not in found and uses[each] & found}
        grown = bool(more)
        found |= more
    return found
