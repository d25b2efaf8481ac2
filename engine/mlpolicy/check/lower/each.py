"""A rule for each row of a catalogue: one rule for each key that the catalogue has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from operator import is_

from mlpolicy.check.lower.catalogues import meet
from mlpolicy.check.lower.draft import Draft
from mlpolicy.check.typecheck.context import ANY, Here
from mlpolicy.check.typecheck.fit import typed
from mlpolicy.core import program as core
from mlpolicy.core.terms import Level
from mlpolicy.core.types import FLAG, EnumType, RowType, TextType
from mlpolicy.core.visit import Node, map_children
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree
from mlpolicy.typed import NamedTuple

_WORDS = tuple(level.value for level in Level)
_LEVELS = f"{', '.join(f'`{word}`' for word in _WORDS[:-1])} or `{_WORDS[-1]}`"
#: What can stand behind the point in the name of a rule.
_NAME = re.compile(r"[A-Za-z_]\w*(?:-\w+)*")


def is_of_rows(draft: Draft, node: tree.RuleDecl, source: Source) -> bool:
    """Is the rule one for each row of a catalogue? Where it names none, that is reported."""
    if node.each is None:
        return False
    name = node.each.text
    found = draft.names.table(name)
    if found is not None and isinstance(found.node, tree.CatalogDecl):
        return True
    message = f"`{name}` is no catalogue"
    help = "name a catalogue: `for each row of CATALOGUE`"
    if found is not None:
        message = f"`{name}` are records, and a list of a manifest may lack an entry"
        help = "take a catalogue, and ask for the entry of each row with `best`"
    draft.report.error("MLP0204", message, source, node.each.span, help)
    return False


class LevelsOfRows(NamedTuple):
    """The columns that say the level of the rule of a row, and its level where it cannot be judged;
    empty where a word of the rule says it."""

    level: str = ""
    if_unknown: str = ""


def column_of_level(
    draft: Draft, level: tree.Expr, each: tree.Name | None, here: Here, source: Source
) -> str:
    """The column of the catalogue that says the level of each row; empty where there is none, which
    is reported. (docs/language.md, Obligations and rules)"""
    help = f"write {_LEVELS}"
    if each is None:
        message = "only a rule for each row takes its level from a row"
        draft.report.error("MLP0204", message, source, level.span, help)
        return ""
    value = typed(draft.expressions, level, ANY, here)
    match value:
        case None:
            return ""
        case core.ColumnRef(row=core.RowRef(table=table), column=column, type=EnumType()):
            catalog = draft.parts.catalogs.get(table)
            if catalog is None or column in catalog.columns:
                return column
    message = f"`{value.origin.text}` is no level that a row of `{each.text}` states"
    help = f"name a column of an enum, whose cells are {_LEVELS}"
    draft.report.error("MLP0301", message, source, level.span, help)
    return ""


def rule_of_each_row(
    draft: Draft, rule: core.Rule, node: tree.RuleDecl, levels: LevelsOfRows, source: Source
) -> Iterator[core.Rule]:
    """The rule for each row: with the row looked up by its key, where the row is in force. It is
    called after the key, as `lacks.frameworks`. (docs/language.md, Obligations and rules)"""
    table = node.each
    assert table is not None
    catalog = draft.parts.catalogs.get(table.text)
    if catalog is None:  # it has errors of its own
        return
    if catalog.override is not None:
        message = f"rows of `{catalog.name}` may come from the manifest too"
        help = "take a catalogue whose rows all stand in the policy"
        draft.report.error("MLP0301", message, source, table.span, help)
        return
    rows: dict[tuple[str, ...], list[core.CatalogRow]] = {}
    for row in catalog.rows:
        key = _key(row, catalog.keys)
        if key is None:
            message = "the key of this row cannot be part of the name of a rule"
            help = 'let a word of an enum be the key, or a text such as `"frameworks"`'
            label = Label(Origin(source, table.span), "a rule for each row")
            draft.report.error(
                "MLP0301", message, row.origin.source, row.origin.span, help, (label,)
            )
            return
        rows.setdefault(key, []).append(row)
    keys = [".".join(key) for key in rows]
    for old in node.was:
        if old.row is not None and old.row.text not in keys:
            message = f"`{catalog.name}` has no row `{old.row.text}`"
            near = nearest(old.row.text, keys)
            help = f"did you mean `{near}`?" if near else f"write one of {listing(keys, 20)}"
            draft.report.error("MLP0204", message, source, old.row.span, help)
    for key, same in rows.items():
        if not _is_one_at_a_time(draft, same, table, source):
            continue
        if (level := _level(draft, same, levels.level, rule.level)) is None:
            return  # the other rows say no level either, or will once this one does
        if (beside := rule.if_unknown) is not None:
            unknown = _level(draft, same, levels.if_unknown, beside.level)
            if unknown is None:
                return
            beside = replace(beside, level=unknown)
        was = tuple(o.name.text for o in node.was if o.row and o.row.text == ".".join(key))
        of_level = replace(rule, level=level, if_unknown=beside)
        yield _of_row(of_level, catalog, key, same, was)


def _level(draft: Draft, rows: Sequence[core.CatalogRow], column: str, said: Level) -> Level | None:
    """The level that all rows of a key state in a column; where none is named, the one that the
    rule says. None where a row states none or another, which is reported."""
    if not column:
        return said
    found: list[Level] = []
    for row in rows:
        cell = row.cells.get(column)
        word = str(cell.value) if isinstance(cell, core.Const) else ""
        if word not in _WORDS:
            message = f"`{column}` of this row says no level"
            help = f"write {_LEVELS}"
            draft.report.error("MLP0301", message, row.origin.source, row.origin.span, help)
            return None
        found.append(Level(word))
        if found[-1] is not found[0]:
            message = f"two rows of one key say {found[0].value} and {found[-1].value}"
            help = "let them say one level, or give each a key of its own"
            label = Label(rows[0].origin, "the first row")
            origin = row.origin
            draft.report.error("MLP0410", message, origin.source, origin.span, help, (label,))
            return None
    return found[0]


def _key(row: core.CatalogRow, keys: Sequence[str]) -> tuple[str, ...] | None:
    found: list[str] = []
    for key in keys:
        cell = row.cells.get(key)
        if not isinstance(cell, core.Const) or not isinstance(cell.type, EnumType | TextType):
            return None
        if _NAME.fullmatch(str(cell.value)) is None:
            return None
        found.append(str(cell.value))
    return tuple(found)


def _is_one_at_a_time(
    draft: Draft, rows: Sequence[core.CatalogRow], table: tree.Name, source: Source
) -> bool:
    """Is no more than one row of a key in force on any day?"""
    for one, other in combinations(rows, 2):
        if meet(one, other):
            message = f"two rows of `{table.text}` have this key, so that it names no one row"
            help = "name a further key that tells them apart: `catalog NAME by KEY, KEY`"
            labels = (
                Label(one.origin, "the first row"),
                Label(Origin(source, table.span), "a rule for each row"),
            )
            origin = other.origin
            draft.report.error("MLP0410", message, origin.source, origin.span, help, labels)
            return False
    return True


def _of_row(
    rule: core.Rule,
    catalog: core.Catalog,
    key: tuple[str, ...],
    rows: Sequence[core.CatalogRow],
    was: tuple[str, ...],
) -> core.Rule:
    cells = tuple(rows[0].cells[name] for name in catalog.keys)
    row = core.LookupRow(
        table=catalog.name, keys=cells, type=RowType(catalog.name), origin=rule.origin
    )

    def at_the_row(node: Node) -> Node:
        match node:
            case core.RowRef(table=table) if table == catalog.name:
                return replace(row, origin=node.origin)
            case core.FirstRow(table=table) if table == catalog.name:
                return node  # which has a row of its own
            case _:
                return map_children(node, at_the_row)

    made = map_children(
        _of_key(rule, catalog.name, dict(zip(catalog.keys, key, strict=True))), at_the_row
    )
    assert isinstance(made, core.Rule)
    guard = made.guard
    if len(rows) > 1 or rows[0].since is not None or rows[0].until is not None:
        asked = Origin(rule.origin.source, rule.origin.span, f"{catalog.name} has {', '.join(key)}")
        there = core.HasRow(table=catalog.name, keys=cells, type=FLAG, origin=asked)
        if guard is not None:
            both = (there, guard)
            guard = core.Apply(operator="and", operands=both, type=FLAG, origin=guard.origin)
        else:
            guard = there
    suffix = ".".join(key)
    return replace(
        made,
        name=f"{rule.name}.{suffix}",
        family=rule.name,
        was=(*(f"{old}.{suffix}" for old in rule.was), *was),
        guard=guard,
        refs=tuple(dict.fromkeys((*rule.refs, *(ref for each in rows for ref in each.refs)))),
    )


def _of_key(rule: core.Rule, table: str, key: Mapping[str, str]) -> core.Rule:
    """The rule without what its conditions ask of rows with another key: of `row.way is post and a
    or row.way is courier and b` the rule of `post` asks `a`, so that it reads no more, and no more
    is told of it. A condition of which nothing else is left stays as it is written."""
    guard, beside = rule.guard, rule.if_unknown
    if guard is not None:
        left = _left(guard, table, key)
        guard = None if left is True else left or guard
    if beside is not None and beside.when is not None:
        left = _left(beside.when, table, key)
        beside = replace(beside, when=None if left is True else left) if left else None
    left = _left(rule.when, table, key)
    when = rule.when if isinstance(left, bool) else left
    return replace(rule, guard=guard, when=when, if_unknown=beside)


def _left(expr: core.Expr, table: str, key: Mapping[str, str]) -> core.Expr | bool:
    """What is left of a condition where the key of the row is known: a flag where it is settled."""
    match expr:
        case core.Apply(
            operator="is",
            operands=(
                core.ColumnRef(row=core.RowRef(table=of), column=column),
                core.Const(value=asked),
            ),
        ) if of == table and column in key:
            return key[column] == asked
        case core.Apply(operator="not", operands=(operand,)):
            left = _left(operand, table, key)
            if isinstance(left, bool):
                return not left
            return expr if left is operand else _with(expr, (left,), f"not ({left.origin.text})")
        case core.Apply(operator="and" | "or" as operator, operands=operands):
            settles = operator == "or"
            parts = [_left(operand, table, key) for operand in operands]
            if any(part is settles for part in parts):
                return settles
            rest = tuple(part for part in parts if not isinstance(part, bool))
            if len(rest) < 2:
                return rest[0] if rest else not settles
            if len(rest) == len(operands) and all(map(is_, rest, operands)):
                return expr
            return _with(expr, rest, f" {operator} ".join(_in_brackets(part) for part in rest))
        case _:
            return expr


def _with(expr: core.Apply, operands: tuple[core.Expr, ...], written: str) -> core.Apply:
    return replace(expr, operands=operands, origin=expr.origin._replace(form=written))


def _in_brackets(expr: core.Expr) -> str:
    text = expr.origin.text
    return f"({text})" if isinstance(expr, core.Apply) and expr.operator in ("and", "or") else text
