"""A rule for each row of a catalogue: one rule for each key that the catalogue has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from mlpolicy.check.lower.catalogues import meet
from mlpolicy.check.lower.draft import Draft
from mlpolicy.core import program as core
from mlpolicy.core.types import FLAG, EnumType, RowType, TextType
from mlpolicy.core.visit import Node, map_children
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree

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


def rule_of_each_row(
    draft: Draft, rule: core.Rule, node: tree.RuleDecl, source: Source
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
        was = tuple(o.name.text for o in node.was if o.row and o.row.text == ".".join(key))
        yield _of_row(rule, catalog, key, same, was)


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

    made = map_children(rule, at_the_row)
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
