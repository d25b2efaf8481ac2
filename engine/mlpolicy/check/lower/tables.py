"""Decision tables: each row becomes a case, each cell a condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlpolicy.check.lower.draft import Draft, here_in
from mlpolicy.check.lower.history import Dated, Value, by_day, counting, on_days
from mlpolicy.check.typecheck.context import ANY, Here, origin_of
from mlpolicy.check.typecheck.fit import expect, in_words, typed
from mlpolicy.core import program as core
from mlpolicy.core.terms import DefineKind, Per, Strategy
from mlpolicy.core.types import (
    FLAG,
    DateType,
    EnumType,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
)
from mlpolicy.core.visit import Node, map_children
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


def lower_table(
    draft: Draft,
    name: str,
    node: tree.TableDecl,
    source: Source,
    exceptions: tuple[core.ExceptionRule, ...],
) -> None:
    """Adds a decision table as guarded cases, one for each row; with several outputs, one such
    value for each. (docs/language.md, Tables)"""
    strategy = Strategy(node.strategy)
    called = [f"{name}.{each.name.text}" for each in node.outputs] or [name]
    places: list[tree.Type] = [each.type for each in node.outputs]
    if node.type is not None:
        places.append(node.type)
    signatures = [draft.signatures.values[each] for each in called]
    here = here_in(source, name, signatures[0])
    refs = draft.references.check(node.refs, source)
    wanted = [
        _of_a_row(draft, signature.type, strategy, source, place)
        for signature, place in zip(signatures, places, strict=True)
    ]
    label = draft.expressions.label(here)
    columns = [
        _column_of_table(draft, heading.asked, here.at(f"column{i}"))
        for i, heading in enumerate(node.header, 1)
    ]
    if not node.header:
        draft.report.mark_invalid()
        return
    rows: list[_Row] = []
    # What all rows make together, another row that asks the same adds to.
    dated = [
        Dated(i if strategy.gathers else row.cells, row.force, row.span)
        for i, row in enumerate(node.rows)
    ]
    days = counting(draft, dated, "this row", source)
    good = all(column is not None for column in columns)
    for number, row in enumerate(node.rows, 1):
        cited = draft.references.check(row.refs, source)
        if not node.refs and not row.refs:
            draft.references.need((), "a row of a `table`", source, row.span)
        place = replace(here, label=f"{name}[{number}]")
        values = [
            _value(draft, value, kind, strategy, place)
            for value, kind in zip(row.values, wanted, strict=True)
        ]
        guards: list[core.Expr | None] = []
        headings = zip(row.cells, node.header, columns, strict=True)
        for i, (cell, heading, column) in enumerate(headings, 1):
            if column is None or isinstance(cell, tree.Dash):
                continue
            guards.append(_cell(draft, cell, heading, column, place.at(f"column{i}")))
        held = [guard for guard in guards if guard is not None]
        found = [value for value in values if value is not None]
        if len(found) != len(values) or len(held) != len(guards):
            good = False
            continue
        origin = Origin(source, row.span, " | ".join(map(written, row.cells)))
        guard = on_days(days[number - 1], held, origin, origin)
        rows.append(_Row(guard, found, cited, origin))
    otherwise = _otherwise(draft, node, wanted, source, replace(here, label=f"{name}[otherwise]"))
    if not good or otherwise is None or len(rows) != len(node.rows):
        return
    if strategy.ranks:
        ranked = _ranked(draft, rows, wanted, source, node)
        if ranked is None:
            return
        rows = ranked
    origin = Origin(source, node.span)
    for i, (one, signature) in enumerate(zip(called, signatures, strict=True)):
        if signature.type is None or wanted[i] is None:
            continue
        draft.parts.defines[one] = core.Define(
            kind=DefineKind.TABLE,
            name=one,
            type=signature.type,
            parameter=signature.parameter,
            key=signature.key,
            of="",
            over=None,
            body=core.Choose(
                strategy=strategy,
                cases=tuple(core.Case(r.guard, r.values[i], r.refs, r.origin) for r in rows),
                otherwise=otherwise[i] if otherwise else None,
                label=label,
                type=signature.type,
                origin=origin,
            ),
            refs=refs,
            exceptions=exceptions,
            per=Per.SHARED,
            origin=origin,
            table=name,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as lowered: when it matches, and what it gives."""

    guard: core.Expr
    values: list[core.Expr]
    refs: tuple[str, ...]
    origin: Origin


def _of_a_row(
    draft: Draft, kind: Type | None, strategy: Strategy, source: Source, place: tree.Type
) -> Type | None:
    """The type of what a row gives, where the table gives `kind`."""
    if kind is None:
        return None
    if strategy is Strategy.COLLECT:
        if isinstance(kind, SetOf):
            return kind.element
        message, help = f"`collect` makes a set, and `{kind}` is none", f"declare `set of {kind}`"
        if isinstance(kind, ListOf):
            help = "write `collect list`"
    elif strategy.lists:
        if isinstance(kind, ListOf):
            return kind.element
        message, help = f"`{strategy}` makes a list, and `{kind}` is none", _as_list(kind)
    elif strategy.gathers:
        if isinstance(kind, Quantity):
            return kind
        message = f"`{strategy}` makes a number, and this is {in_words(kind)}"
        help = "declare the table in a unit, or as `number`"
    else:
        return kind
    draft.report.error("MLP0301", message, source, place.span, help)
    return None


def _as_list(kind: Type) -> str:
    element = kind.element if isinstance(kind, SetOf) else kind
    if isinstance(element, EnumType | TextType):
        return f"declare `list of {element}`"
    return "declare a `list of` an enum or of `text`"


def _value(
    draft: Draft, value: tree.Expr, kind: Type | None, strategy: Strategy, here: Here
) -> core.Expr | None:
    """What a row gives. What is only counted may be anything."""
    if strategy is not Strategy.COUNT or not isinstance(kind, Quantity):
        return expect(draft.expressions, value, kind, here)
    if typed(draft.expressions, value, ANY, here) is None:
        return None
    origin = Origin(here.source, value.span)
    return core.Const(kind.unit.scale, type=kind, origin=origin)


def _otherwise(
    draft: Draft, node: tree.TableDecl, wanted: Sequence[Type | None], source: Source, here: Here
) -> list[core.Expr] | None:
    """What the row of what is left gives, for each output; empty where there is none, None where
    something is wrong with it."""
    strategy = Strategy(node.strategy)
    if not node.otherwise:
        return []
    left: list[list[Value]] = [[] for _ in wanted]
    kinds: list[Type] = []
    for row in node.otherwise:
        refs = draft.references.check(row.refs, source)
        if not node.refs and not row.refs:
            draft.references.need((), "a row of a `table`", source, row.span)
        if strategy.takes_none and not strategy.lists:
            message = f"`{strategy}` takes all rows that match, and needs none for what is left"
            draft.report.error("MLP0407", message, source, row.span, "take this row out")
            return None
        for lines, value, kind in zip(left, row.values, wanted, strict=True):
            found = expect(draft.expressions, value, kind, here)
            if found is None:
                return None
            given = _alone(found) if strategy.lists else found
            lines.append(Value(given, row.force, refs, row.span))
            kinds.append(given.type if strategy.lists or kind is None else kind)
    label = draft.expressions.label(here)
    made = [
        by_day(draft, lines, kind, label, source) for lines, kind in zip(left, kinds, strict=False)
    ]
    return [each for each in made if each is not None]


def _alone(value: core.Expr) -> core.Expr:
    """A list of this one."""
    assert isinstance(value.type, EnumType | TextType)
    return core.ListExpr(items=(value,), type=ListOf(value.type), origin=value.origin)


def _ranked(
    draft: Draft,
    rows: Sequence[_Row],
    wanted: Sequence[Type | None],
    source: Source,
    node: tree.TableDecl,
) -> list[_Row] | None:
    """The rows in order of priority: by the place that the words they give have in their enums,
    those of the first output first. Rows that give the same stay in written order."""
    ranks: list[tuple[int, ...]] = []
    for row in rows:
        rank: list[int] = []
        for value, kind in zip(row.values, wanted, strict=True):
            if isinstance(kind, EnumType):
                if not isinstance(value, core.Const):
                    message = "what comes first by `priority` is told by the words that rows give"
                    help = f"write a word of the enum, or make it a {_unranked(node)}"
                    draft.report.error("MLP0301", message, source, value.origin.span, help)
                    return None
                rank.append(kind.members.index(str(value.value)))
        ranks.append(tuple(rank))
    if not any(isinstance(kind, EnumType) for kind in wanted):
        message = "`priority` goes by the order of words, and this table gives none"
        help = f"declare an output that is an enum, or make it a {_unranked(node)}"
        draft.report.error("MLP0301", message, source, node.name.span, help)
        return None
    return [row for _, row in sorted(zip(ranks, rows, strict=True), key=lambda pair: pair[0])]


def _unranked(node: tree.TableDecl) -> str:
    lists = Strategy(node.strategy).lists
    return "`collect list` without `by priority`" if lists else "`first` table"


def _column_of_table(draft: Draft, column: tree.Expr, here: Here) -> core.Expr | None:
    found = typed(draft.expressions, column, ANY, replace(here, compared=_is_var(column)))
    if found is not None and isinstance(found.type, RowType):
        message = f"a column of a table has one value, and this is {in_words(found.type)}"
        help = "name a column of the row, or define a flag or a number, and ask for that"
        draft.report.error("MLP0301", message, here.source, column.span, help)
        return None
    return found


def _cell(
    draft: Draft,
    cell: tree.Expr | tree.CellTest,
    heading: tree.Heading,
    column: core.Expr,
    here: Here,
) -> core.Expr | None:
    """The condition of one cell, quoted as what stands in it; what it asks is called as in the
    heading."""
    inner = cell.operand if isinstance(cell, tree.Not) else cell
    if (help := _as_set(draft, inner, column.type)) is not None:
        message = "a cell that names several words is a set"
        draft.report.error("MLP0301", message, here.source, inner.span, help)
        return None
    if isinstance(inner, tree.Binary) and inner.operator in _COMPARISONS:
        if inner.left == heading.asked:
            message = "a cell does not repeat what its column asks"
            help = f"write `{inner.operator} {written(inner.right)}`"
            draft.report.error("MLP0301", message, here.source, inner.span, help)
            return None
    if isinstance(column.type, SetOf):
        if isinstance(inner, tree.CellTest | tree.Between | tree.SetLiteral):
            message = "this column is a set, and a cell of it asks whether one word is in it"
            help = "write a word, or `not` and a word; take another column for a second one"
            draft.report.error("MLP0301", message, here.source, cell.span, help)
            return None
    test = _test(draft, cell, heading.asked, column.type)
    found = expect(draft.expressions, test, FLAG, here)
    if found is not None and heading.name is not None:
        origin = Origin(here.source, heading.asked.span, heading.name.text)
        found = _called(found, column, origin)
    return found and replace(found, origin=origin_of(cell, here.source))


_COMPARISONS = ("<", "<=", ">", ">=")


def _as_set(draft: Draft, cell: tree.Expr | tree.CellTest, kind: Type) -> str | None:
    """How a cell of words is written that are listed otherwise: `a or b`, `[a, b]`. None where it
    is no such cell."""
    if not isinstance(kind, EnumType):
        return None
    words = list(cell.items) if isinstance(cell, tree.ListLiteral) else _either(cell)
    if len(words) < (1 if isinstance(cell, tree.ListLiteral) else 2):
        return None
    if all(isinstance(word, tree.Var) and word.name in kind.members for word in words):
        return f"write `{{{', '.join(map(written, words))}}}`"
    return None


def _either(cell: tree.Expr | tree.CellTest) -> list[tree.Expr]:
    """The parts of `a or b or c`."""
    if isinstance(cell, tree.Binary) and cell.operator == "or":
        return [*_either(cell.left), cell.right]
    return [cell] if not isinstance(cell, tree.CellTest) else []


def _called(expr: core.Expr, column: core.Expr, origin: Origin) -> core.Expr:
    """The expression, in which the column has the given origin."""

    def inside(node: Node) -> Node:
        assert isinstance(node, core.Typed)
        return _called(node, column, origin)

    if expr == column:
        return replace(expr, origin=origin)
    return map_children(expr, inside) if isinstance(expr, core.Apply) else expr


def _test(
    draft: Draft, cell: tree.Expr | tree.CellTest, column: tree.Expr, kind: Type
) -> tree.Expr:
    """What a cell asks of its column: to compare, to lie in a range or a set, to equal."""
    span = cell.span
    match cell:
        case tree.Comparison():
            return tree.Binary(cell.operator, column, cell.value, span=span)
        case tree.CellTests():
            first, *others = (_test(draft, test, column, kind) for test in cell.tests)
            for other in others:
                first = tree.Binary(cell.operator, first, other, span=span)
            return first
        case tree.Not():
            return tree.Not(_test(draft, cell.operand, column, kind), span=span)
        case tree.Between():
            low = tree.Binary(">=", column, cell.low, span=span)
            if cell.high is None:
                return low
            high = tree.Binary("<" if cell.below else "<=", column, cell.high, span=span)
            return tree.Binary("and", low, high, span=span)
        case _ if isinstance(kind, SetOf):
            assert not isinstance(cell, tree.CellTest)
            return tree.Binary("in", cell, column, span=span)
        case tree.SetLiteral():
            return tree.Binary("in", column, cell, span=span)
        case tree.Var() if _is_set(draft, cell.name):
            return tree.Binary("in", column, cell, span=span)
        case _:
            equal = "=" if isinstance(kind, Quantity | DateType) else "is"
            return tree.Binary(equal, column, cell, span=span)


def _is_set(draft: Draft, name: str) -> bool:
    named = draft.signatures.values.get(name)
    return named is not None and isinstance(named.type, SetOf)


def _is_var(node: tree.Expr) -> bool:
    return isinstance(node, tree.Var)
