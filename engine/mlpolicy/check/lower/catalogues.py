"""Catalogues: their rows, dated and cited, and the manifest's list that goes before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlpolicy.check.declare import DATE_COLUMNS
from mlpolicy.check.inputs import FieldKind
from mlpolicy.check.lower.draft import Draft, days_of, here_in
from mlpolicy.check.typecheck.fit import expect
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.check.typecheck.names import field_at
from mlpolicy.core import program as core
from mlpolicy.core.types import RowType
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import listing
from mlpolicy.syntax import tree


def lower_catalog(draft: Draft, name: str, node: tree.CatalogDecl, source: Source) -> None:
    """Adds a catalogue with its rows; each row, or the catalogue as a whole, must cite a clause.
    (docs/language.md, Catalogues, records, shortlists)"""
    signature = draft.signatures.tables[name]
    refs = draft.references.check(node.refs, source)
    rows: list[core.CatalogRow] = []
    uncited: list[tree.Row] = []
    for index, row in enumerate(node.rows):
        if len(row.cells) != len(node.header):
            draft.report.mark_invalid()
            continue
        made = _row(draft, name, index, row, node, source)
        if not node.refs and (made is None or not made.refs):
            uncited.append(row)
        if made is not None:
            rows.append(made)
    if uncited and any(not any(isinstance(c, tuple) and c for c in r.cells) for r in uncited):
        draft.references.need((), "a `catalog`, or each of its rows,", source, node.name.span)
    override = _override(draft, name, node, source)
    if any(column is None for column in signature.columns.values()):
        return
    if len(rows) != len(node.rows):
        return
    is_of_prices = {"up_to", "each"} <= set(signature.columns)
    if is_of_prices or not _has_alternatives(draft, name):
        rows = _superseded(rows, tuple(signature.keys))
    if is_of_prices:
        _one_price_at_a_time(draft, rows, tuple(signature.keys), source)
    draft.parts.catalogs[name] = core.Catalog(
        name=name,
        keys=signature.keys,
        columns={c: t for c, t in signature.columns.items() if t is not None},
        rows=tuple(rows),
        override=override,
        refs=refs,
        origin=Origin(source, node.span),
    )


def _has_alternatives(draft: Draft, name: str) -> bool:
    """Does a shortlist go through the catalogue? Then rows of one key are alternatives."""
    nodes = (value.node for value in draft.names.values.values())
    return any(isinstance(node, tree.ShortlistDecl) and node.of.text == name for node in nodes)


def _superseded(rows: Sequence[core.CatalogRow], keys: Sequence[str]) -> list[core.CatalogRow]:
    """The rows, of which one without an end holds until a later one of the same key begins (of
    prices: for the same amount). A row whose key is not known is no other's history."""
    names = tuple(dict.fromkeys((*keys, "up_to")))
    begins: dict[tuple[core.Expr | None, ...], list[int]] = {}
    for row in rows:
        same = begins.setdefault(tuple(row.cells.get(name) for name in names), [])
        if row.since is not None:
            same.append(row.since)
    found: list[core.CatalogRow] = []
    for row in rows:
        key = tuple(row.cells.get(name) for name in names)
        if not keys or any(isinstance(cell, core.UnknownConst) for cell in key):
            found.append(row)
            continue
        later = begins[key]
        after = [day for day in later if row.since is None or day > row.since]
        ends = row.until is None and after
        found.append(replace(row, until=min(after)) if ends else row)
    return found


def _one_price_at_a_time(
    draft: Draft, rows: Sequence[core.CatalogRow], keys: Sequence[str], source: Source
) -> None:
    """Of two rows for the same amount of the same thing, one must end before the other begins,
    where it says when it ends. Otherwise the first one would count, and nothing would say so."""
    names = tuple(dict.fromkeys((*keys, "up_to")))
    seen: dict[tuple[core.Expr | None, ...], list[core.CatalogRow]] = {}
    for row in rows:
        same = seen.setdefault(tuple(row.cells.get(name) for name in names), [])
        for other in same:
            if meet(row, other):
                message = "this price and another hold for the same amount at the same time"
                help = "let one end with `until` where the other begins, or take one out"
                label = Label(other.origin, "the other price")
                draft.report.error("MLP0410", message, source, row.origin.span, help, (label,))
                break
        same.append(row)


def meet(one: core.CatalogRow, other: core.CatalogRow) -> bool:
    """Is there a day on which both rows are in force?"""
    begins = one.since is None or other.until is None or one.since < other.until
    return begins and (other.since is None or one.until is None or other.since < one.until)


def _row(
    draft: Draft, name: str, index: int, row: tree.Row, node: tree.CatalogDecl, source: Source
) -> core.CatalogRow | None:
    cells: dict[str, core.Expr] = {}
    dates: dict[str, int] = {}
    refs: tuple[str, ...] = ()
    columns = draft.signatures.tables[name].columns
    keys = draft.signatures.tables[name].keys
    good = True
    for header, cell in zip(node.header, row.cells, strict=True):
        column = header.name.text
        if isinstance(cell, tuple):
            if column == "ref":
                refs = draft.references.check(cell, source)
            else:
                message = "references stand in the column `ref`"
                help = "head this column `ref`"
                draft.report.error("MLP0301", message, source, row.span, help)
                good = False
        elif isinstance(cell, tree.Dash):
            if column in keys and column != "up_to":
                message = f"a row needs its key `{column}`"
                help = "write a key, or `?` where it is not known"
                draft.report.error("MLP0301", message, source, cell.span, help)
                good = False
        elif column == "ref":
            message = "the column `ref` holds references"
            help = "write `SOURCE#CLAUSE`, or `-`"
            draft.report.error("MLP0301", message, source, cell.span, help)
            good = False
        elif column in DATE_COLUMNS:
            if isinstance(cell, tree.DateLiteral):
                dates[column] = ordinal(cell)
            else:
                message = f"the column `{column}` holds dates"
                help = "write a date as `2026-01-01`, or `-` for no end"
                draft.report.error("MLP0301", message, source, cell.span, help)
                good = False
        elif column in columns:
            here = here_in(source, f"{name}[{index + 1}].{column}")
            value = expect(draft.expressions, cell, columns[column], here)
            if value is None:
                good = False
            else:
                cells[column] = value
    since, until = dates.get("from"), dates.get("until")
    if row.force is not None:
        if since is not None or until is not None:
            message = "this row says twice from when on it holds"
            help = "keep the columns `from` and `until`, or what stands behind the row"
            draft.report.error("MLP0410", message, source, row.force.span, help)
        since, until = days_of(draft, row.force, "this row", source)
        dates = {}
    if dates and since is not None and until is not None and until <= since:
        message = "this row ends before it begins"
        help = "correct `from` or `until`: the first day counts, the last does not"
        draft.report.error("MLP0410", message, source, row.span, help)
    if not good:
        return None
    ordered = {column: cells[column] for column in sorted(cells)}
    return core.CatalogRow(
        index=index,
        cells=ordered,
        since=since,
        until=until,
        refs=refs,
        origin=Origin(source, row.span),
    )


def _override(
    draft: Draft, name: str, node: tree.CatalogDecl, source: Source
) -> core.PathRef | None:
    """The manifest list whose rows come first. Each column must have a field there, called
    as the column, with a unit's suffix or without (`each_usd`)."""
    if node.override is None or draft.schema is None:
        return None
    here = replace(here_in(source, f"{name}/override"), paths=True)
    found = field_at(draft.expressions, node.override, here)
    if found is None:
        return None
    if found.kind is not FieldKind.RECORDS:
        message = f"`{node.override}` is no list of entries"
        help = "name a list of the manifest whose entries have fields"
        draft.report.error("MLP0205", message, source, node.override.span, help)
        return None
    for column in draft.signatures.tables[name].columns:
        fitting = [f for f in found.columns if f == column or f.startswith(f"{column}_")]
        if not fitting:
            message = f"the entries of `{node.override}` have no field `{column}`"
            help = f"fields there: {listing(found.columns)}"
            draft.report.error("MLP0205", message, source, node.override.span, help)
    return core.PathRef(
        scope=draft.scope(node.override),
        steps=node.override.steps,
        type=RowType(name),
        origin=Origin(source, node.override.span),
    )
