"""Decision tables: each row becomes a case, each cell a condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlpolicy.check.lower.draft import Draft, here_in
from mlpolicy.check.typecheck.context import ANY, Here, origin_of
from mlpolicy.check.typecheck.fit import expect, in_words, typed
from mlpolicy.core import program as core
from mlpolicy.core.terms import DefineKind, Scope, Strategy
from mlpolicy.core.types import FLAG, DateType, Quantity, RowType, SetOf, Type
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
    """Adds a decision table as guarded cases, one for each row. (docs/language.md, Tables)"""
    kind = draft.signatures.values[name].type
    here = here_in(source, name)
    refs = draft.references.check(node.refs, source)
    wanted = kind
    if Strategy(node.strategy) is Strategy.COLLECT and kind is not None:
        if isinstance(kind, SetOf):
            wanted = kind.element
        else:
            message = f"`collect` makes a set, and `{kind}` is none"
            help = f"declare `set of {kind}`"
            draft.report.error("MLP0301", message, source, node.type.span, help)
            kind = wanted = None
    label = draft.expressions.label(here)
    columns = [
        _column_of_table(draft, column, here.at(f"column{i}"))
        for i, column in enumerate(node.columns, 1)
    ]
    _table_header(draft, node, source)
    cases: list[core.Case] = []
    good = all(column is not None for column in columns)
    for number, row in enumerate(node.rows, 1):
        cited = draft.references.check(row.refs, source)
        if not node.refs and not row.refs:
            draft.references.need((), "a row of a `table`", source, row.span)
        place = here_in(source, f"{name}[{number}]")
        if len(row.cells) != len(node.columns):
            draft.report.mark_invalid()
            good = False
            continue
        value = expect(draft.expressions, row.value, wanted, place)
        guards: list[core.Expr | None] = []
        for i, (cell, column) in enumerate(zip(row.cells, columns, strict=True), 1):
            if column is None or isinstance(cell, tree.Dash):
                continue
            at = place.at(f"column{i}")
            guards.append(_cell(draft, cell, node.columns[i - 1], column.type, at))
        held = [guard for guard in guards if guard is not None]
        if value is None or len(held) != len(guards):
            good = False
            continue
        origin = Origin(source, row.span, " | ".join(map(written, row.cells)))
        cases.append(core.Case(_all(held, origin), value, cited, origin))
    otherwise: core.Expr | None = None
    if node.otherwise is not None:
        draft.references.check(node.otherwise.refs, source)
        if not node.refs and not node.otherwise.refs:
            draft.references.need((), "a row of a `table`", source, node.otherwise.span)
        here = here_in(source, f"{name}[otherwise]")
        otherwise = expect(draft.expressions, node.otherwise.value, wanted, here)
        good = good and otherwise is not None
        if Strategy(node.strategy) is Strategy.COLLECT:
            message = "`collect` takes all rows that match, and needs none for what is left"
            span = node.otherwise.span
            draft.report.error("MLP0407", message, source, span, "take this row out")
            good = False
    if not good or kind is None:
        return
    origin = Origin(source, node.span)
    strategy = Strategy(node.strategy)
    draft.parts.defines[name] = core.Define(
        kind=DefineKind.TABLE,
        name=name,
        type=kind,
        parameter="",
        key=None,
        of="",
        over=None,
        body=core.Choose(
            strategy=strategy,
            cases=tuple(cases),
            otherwise=otherwise,
            label=label,
            type=kind,
            origin=origin,
        ),
        refs=refs,
        exceptions=exceptions,
        per=Scope.PROJECT,
        origin=origin,
    )


def _column_of_table(draft: Draft, column: tree.Expr, here: Here) -> core.Expr | None:
    found = typed(draft.expressions, column, ANY, replace(here, compared=_is_var(column)))
    if found is not None and isinstance(found.type, SetOf | RowType):
        message = f"a column of a table has one value, and this is {in_words(found.type)}"
        help = "define a flag or a number, and ask for that"
        draft.report.error("MLP0301", message, here.source, column.span, help)
        return None
    return found


def _table_header(draft: Draft, node: tree.TableDecl, source: Source) -> None:
    if not node.header:
        return
    if len(node.header) != len(node.columns):
        draft.report.mark_invalid()
        return
    for name, column in zip(node.header, node.columns, strict=True):
        if isinstance(column, tree.Var) and column.name != name.text:
            message = f"this column is `{column.name}`, and the heading says `{name.text}`"
            help = "write the columns in the order of the `on` line"
            draft.report.error("MLP0415", message, source, name.span, help)


def _cell(
    draft: Draft,
    cell: tree.Expr | tree.Comparison,
    column: tree.Expr,
    kind: Type,
    here: Here,
) -> core.Expr | None:
    """The condition of one cell, quoted as what stands in it."""
    found = expect(draft.expressions, _test(draft, cell, column, kind), FLAG, here)
    return found and replace(found, origin=origin_of(cell, here.source))


def _test(
    draft: Draft, cell: tree.Expr | tree.Comparison, column: tree.Expr, kind: Type
) -> tree.Expr:
    """What a cell asks of its column: to compare, to lie in a range or a set, to equal."""
    span = cell.span
    match cell:
        case tree.Comparison():
            return tree.Binary(cell.operator, column, cell.value, span=span)
        case tree.Not():
            return tree.Not(_test(draft, cell.operand, column, kind), span=span)
        case tree.Between():
            low = tree.Binary(">=", column, cell.low, span=span)
            if cell.high is None:
                return low
            high = tree.Binary("<" if cell.below else "<=", column, cell.high, span=span)
            return tree.Binary("and", low, high, span=span)
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


def _all(guards: Sequence[core.Expr], origin: Origin) -> core.Expr:
    if len(guards) == 1:
        return guards[0]
    if not guards:
        return core.Const(True, type=FLAG, origin=origin)
    return core.Apply(operator="and", operands=tuple(guards), type=FLAG, origin=origin)


def _is_var(node: tree.Expr) -> bool:
    return isinstance(node, tree.Var)
