"""Rows of catalogues and records: their columns, how they are looked up and chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlpolicy.check.declare import Table
from mlpolicy.check.inputs import Field, FieldKind
from mlpolicy.check.names import unknown_name
from mlpolicy.check.typecheck.context import (
    ANY,
    BROKEN,
    Expressions,
    Here,
    how_many,
    origin_of,
)
from mlpolicy.check.typecheck.fit import expect, fits, in_words, misfit, typed
from mlpolicy.check.typecheck.names import built_in, is_value, typed_value
from mlpolicy.core import program as core
from mlpolicy.core.terms import Said, Which
from mlpolicy.core.types import FLAG, TEXT, DateType, Quantity, RowType, Type, comparable
from mlpolicy.source import Origin
from mlpolicy.suggest import listing
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


@dataclass(frozen=True, slots=True)
class _Group:
    """A field of an entry that has fields of its own: `measurement.confidence_interval`."""

    row: core.Expr
    table: str
    steps: tuple[str, ...]
    field: Field

    @property
    def fields(self) -> Mapping[str, Field]:
        return {
            n: f
            for n, f in self.field.columns.items()
            if f.kind in (FieldKind.VALUE, FieldKind.GROUP)
        }

    def __str__(self) -> str:
        return ".".join((self.table, *self.steps))


def typed_column(env: Expressions, node: tree.Column, here: Here) -> core.Expr | None:
    """`ROW.COLUMN`, or a field within an entry."""
    if _is_field(env, node, here):
        message = f"`{written(node)}` is a field of the manifest, which only an input may read"
        help = "declare an `input … from` this field, and use the input's name here"
        env.error("MLP0112", message, node.span, here, help)
        return None
    found = _step(env, node, here)
    if not isinstance(found, _Group):
        return found
    message = f"`{found}` has fields of its own and is no single value"
    help = f"name one of its fields: {listing(found.fields)}"
    env.error("MLP0213", message, node.name.span, here, help)
    return None


def _is_field(env: Expressions, node: tree.Column, here: Here) -> bool:
    """Is it the path of a field, which begins with a scope and not with a row?"""
    first: tree.Expr = node
    while isinstance(first, tree.Column):
        first = first.of
    return (
        isinstance(first, tree.Var)
        and env.scopes is not None
        and first.name in env.scopes.words
        and not is_value(env, first.name, here)
        and first.name not in env.signatures.tables
    )


def _step(env: Expressions, node: tree.Column, here: Here) -> core.Expr | _Group | None:
    """The column, or the group of fields of an entry that a further step goes into."""
    origin = origin_of(node, here.source)
    name = node.name.text
    if isinstance(node.of, tree.Var) and node.of.name in ("choice", "answer"):
        if node.of.name not in here.variables and node.of.name != here.parameter:
            return _attribute(env, node.of.name, node.name, origin, here)
    output = _output(env, node, origin, here)
    if output is not None:
        return output[0]
    row = (
        _step(env, node.of, here)
        if isinstance(node.of, tree.Column)
        else typed(env, node.of, ANY, here)
    )
    if row is None:
        return None
    if isinstance(row, _Group):
        return _field_of(env, row, node.name, origin, here)
    if not isinstance(row.type, RowType):
        message = f"{in_words(row.type)} has no columns"
        help = "only rows of catalogues and records have columns, and `answer` and `choice`"
        env.error("MLP0213", message, node.name.span, here, help)
        return None
    table = row.type.table
    columns = env.signatures.tables[table].columns
    if name in columns:
        column = columns[name]
        if column is None:
            return None
        return core.ColumnRef(row=row, column=name, type=column, origin=origin)
    derived = {n: v for n, v in env.signatures.values.items() if v.of == table}
    if name in derived:
        found = derived[name].type
        if found is None:
            return None
        return core.DefRef(name=name, key=None, row=row, type=found, origin=origin)
    if env.signatures.tables[table].open:
        return None
    groups = env.signatures.tables[table].groups
    if name in groups:
        return _Group(row, table, (name,), groups[name])
    known = (*columns, *groups, *derived)
    span = node.name.span
    unknown_name(env.report, "column", name, known, here.source, span, "MLP0213", table)
    return None


def _output(
    env: Expressions, node: tree.Column, origin: Origin, here: Here
) -> tuple[core.Expr | None] | None:
    """`NAME.OUTPUT` of a table with several outputs; None where it is something else."""
    argument: tree.Expr | None = None
    match node.of:
        case tree.Var(name=name):
            pass
        case tree.Call(function=function, arguments=(only,)):
            name, argument = function.text, only
        case _:
            return None
    called = f"{name}.{node.name.text}"
    if called in env.signatures.values:
        return (typed_value(env, called, argument, origin, here),)
    known = env.signatures.outputs.get(name, ())
    if not known:
        return None
    span = node.name.span
    unknown_name(env.report, "output", node.name.text, known, here.source, span, "MLP0213", name)
    return (None,)


def _field_of(
    env: Expressions, group: _Group, name: tree.Name, origin: Origin, here: Here
) -> core.Expr | _Group | None:
    """A field of a group within an entry."""
    steps = (*group.steps, name.text)
    found = group.fields.get(name.text)
    match found:
        case None:
            known, what = group.fields, str(group)
            unknown_name(
                env.report, "field", name.text, known, here.source, name.span, "MLP0213", what
            )
            return None
        case Field(kind=FieldKind.GROUP):
            return _Group(group.row, group.table, steps, found)
    column = ".".join(steps)
    env.signatures.tables[group.table].read[column] = steps, found
    return core.ColumnRef(row=group.row, column=column, type=found.type, origin=origin)


def _attribute(
    env: Expressions, which: str, name: tree.Name, origin: Origin, here: Here
) -> core.Expr | None:
    if built_in(env, which, origin, here) is None:
        return None
    if name.text in ("status", "because"):
        kind: Type = env.signatures.status if name.text == "status" else TEXT
        return core.ChoiceRef(
            which=Which(which), attribute=Said(name.text), type=kind, origin=origin
        )
    attributes = env.signatures.attributes
    if name.text not in attributes:
        known = (*attributes, "status", "because")
        what = "attribute"
        unknown_name(env.report, what, name.text, known, here.source, name.span, "MLP0213")
        return None
    found = attributes[name.text]
    if found is None:
        return None
    return core.ChoiceRef(which=Which(which), attribute=name.text, type=found, origin=origin)


def table_named(env: Expressions, name: tree.Name, here: Here) -> Table | None:
    """The catalogue or the records of that name; None where there are none, which is reported."""
    table = env.signatures.tables.get(name.text)
    if table is None:
        known = env.signatures.tables
        unknown_name(env.report, "catalogue", name.text, known, here.source, name.span)
    return table


def shortlist_named(env: Expressions, name: tree.Name, here: Here) -> str | None:
    """The catalogue or the records whose rows a shortlist goes through; None where there is no such
    shortlist, which is reported."""
    if name.text in env.signatures.shortlists:
        return env.signatures.shortlists[name.text]
    if name.text in env.signatures.tables:
        message = f"`{name.text}` is a catalogue and no shortlist"
        help = f"declare `shortlist NAME of {name.text}`, or write `… where …`"
        env.error("MLP0418", message, name.span, here, help)
        return None
    known = env.signatures.shortlists
    unknown_name(env.report, "shortlist", name.text, known, here.source, name.span)
    return None


def typed_keys(
    env: Expressions, table: Table, names: tuple[str, ...], node: tree.Lookup, here: Here
) -> tuple[core.Expr, ...] | None:
    """The key expressions of a lookup, one for each of the key columns `names`."""
    if len(node.keys) != len(names):
        title = node.catalog.text
        message = f"`{title}` is looked up by {how_many(len(names), 'key')}: {listing(names)}"
        help = f"write `{title}[{', '.join(names)}]`"
        env.error("MLP0307", message, node.span, here, help)
        return None
    found = [
        typed_key(env, key, table.columns.get(name), here)
        for key, name in zip(node.keys, names, strict=True)
    ]
    good = tuple(key for key in found if key is not None)
    return good if len(good) == len(found) else None


def typed_key(
    env: Expressions, node: tree.Expr, column: Type | None, here: Here
) -> core.Expr | None:
    """What is looked for in a key column. A member of an enum may be written as a text."""
    found = typed(env, node, BROKEN if column is None else column, here)
    if found is None or column is None:
        return None
    if comparable(found.type, column) or fits(env, found.type, column):
        return found
    misfit(env, node.span, found.type, column, here)
    return None


def typed_lookup(env: Expressions, node: tree.Lookup, here: Here) -> core.Expr | None:
    """`CATALOGUE[KEY]`, the row with these keys."""
    value = env.signatures.values.get(node.catalog.text)
    if value is not None and value.keyed:
        given = ", ".join(map(written, node.keys))
        message = f"`{node.catalog.text}` has a key and is no catalogue"
        help = f"write `{node.catalog.text}({given})`"
        env.error("MLP0202", message, node.catalog.span, here, help)
        return None
    table = table_named(env, node.catalog, here)
    if table is None:
        return None
    keys = typed_keys(env, table, table.keys, node, here)
    if keys is None:
        return None
    name = node.catalog.text
    return core.LookupRow(
        table=name, keys=keys, type=RowType(name), origin=origin_of(node, here.source)
    )


def typed_first(env: Expressions, node: tree.FirstOf, here: Here) -> core.Expr | None:
    """`first SHORTLIST`, or `first CATALOGUE where …`."""
    name, origin = node.rows.text, origin_of(node, here.source)
    if name in env.signatures.tables:
        inner = replace(here, rows=here.rows | {name})
        where: core.Expr | None = core.Const(True, type=FLAG, origin=origin)
        if node.where is not None:
            where = expect(env, node.where, FLAG, inner)
        return where and core.FirstRow(table=name, where=where, type=RowType(name), origin=origin)
    root = shortlist_named(env, node.rows, here)
    if root is None:
        return None
    if node.where is not None:
        message = "a shortlist is narrowed by its lines"
        help = f"declare a further `shortlist NAME of {name}`"
        env.error("MLP0418", message, node.where.span, here, help)
        return None
    return core.FirstRemaining(name, type=RowType(root), origin=origin)


def typed_best(env: Expressions, node: tree.BestOf, here: Here) -> core.Expr | None:
    """`best RECORDS with COLUMN by COLUMN, …`, with a condition or without."""
    table = table_named(env, node.records, here)
    if table is None:
        return None
    name = node.records.text
    good = True
    for column in (*node.stating, *node.by):
        of = table.columns.get(column.text)
        if column.text not in table.columns and not table.open:
            unknown_name(
                *(env.report, "column", column.text, table.columns),
                *(here.source, column.span, "MLP0213", name),
            )
        elif of is not None and column in node.by and not isinstance(of, (DateType, Quantity)):
            message = f"`{column.text}` is {in_words(of)}, and the best goes by a number or a date"
            env.error("MLP0301", message, column.span, here, "name columns of numbers or dates")
            of = None
        good = good and of is not None
    where: core.Expr | None = None
    if node.where is not None:
        inner = replace(here, rows=here.rows | {name})
        where = expect(env, node.where, FLAG, inner)
        if where is None:
            return None
    if not good:
        return None
    return core.BestRow(
        table=name,
        stating=tuple(each.text for each in node.stating),
        by=tuple(each.text for each in node.by),
        where=where,
        type=RowType(name),
        origin=origin_of(node, here.source),
    )
