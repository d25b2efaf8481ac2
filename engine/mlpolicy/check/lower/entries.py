"""Records of the manifest and what their absent columns mean; shortlists and their lines."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.inputs import Field, FieldKind
from mlpolicy.check.lower.draft import Draft, here_in, once
from mlpolicy.check.names import unknown_name
from mlpolicy.check.typecheck.context import Here
from mlpolicy.check.typecheck.fit import expect
from mlpolicy.core import program as core
from mlpolicy.core.types import FLAG, RowType
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree


def lower_records(draft: Draft, name: str, node: tree.RecordsDecl, source: Source) -> None:
    """Adds a list of the manifest as rows: what to ask for its columns, and what their absence
    means. (docs/language.md, Catalogues, records, shortlists)"""
    signature = draft.signatures.tables[name]
    origin = Origin(source, node.path.span)
    path = core.PathRef(
        scope=draft.scope(node.path), steps=node.path.steps, type=RowType(name), origin=origin
    )
    asks: dict[str, tuple[str | core.KeyHole, ...]] = {}
    absent: dict[str, core.Absent] = {}
    seen: dict[str, Span] = {}
    for line in node.columns:
        steps = tuple(step.text for step in line.steps)
        if (field_ := _record_field(draft, name, line, source)) is None:
            continue
        column = ".".join(steps)
        place = Span(line.steps[0].span.start, line.steps[-1].span.end)
        if column in seen:
            label = Label(Origin(source, seen[column]), "the first one")
            message = f"`{column}` has two lines"
            help = "say it in one line"
            draft.report.error("MLP0201", message, source, place, help, (label,))
        seen.setdefault(column, place)
        if line.ask is not None and (ask := _key_question(draft, name, line.ask, source)):
            asks[column] = ask
        if line.if_absent is not None and (
            meant := _absent_column(
                draft, line.if_absent, field_, Here(source=source, label=f"{name}/{column}")
            )
        ):
            absent[column] = meant
    ask = () if node.ask is None else _key_question(draft, name, node.ask, source)
    draft.parts.records[name] = core.Records(
        name=name,
        path=path,
        keys=signature.keys,
        columns={},
        origin=Origin(source, node.span),
        ask=ask,
        asks=asks,
        absent=absent,
    )


def _record_field(draft: Draft, name: str, line: tree.RecordColumn, source: Source) -> Field | None:
    """The column that a line of records is about."""
    signature = draft.signatures.tables[name]
    if signature.open:
        return None
    found = Field(kind=FieldKind.GROUP, columns={**signature.fields, **signature.groups})
    for depth, step in enumerate(line.steps):
        if step.text not in found.columns:
            of = ".".join((name, *(s.text for s in line.steps[:depth])))
            known = found.columns
            unknown_name(draft.report, "column", step.text, known, source, step.span, "MLP0213", of)
            return None
        found = found.columns[step.text]
    if found.kind is not FieldKind.VALUE:
        column = ".".join((name, *(s.text for s in line.steps)))
        message = f"`{column}` has fields of its own and is no single value"
        help = f"name one of its fields: {listing(found.columns)}"
        draft.report.error("MLP0213", message, source, line.steps[-1].span, help)
        return None
    return found


def _key_question(
    draft: Draft, name: str, text: tree.Text, source: Source
) -> tuple[str | core.KeyHole, ...]:
    """The question for what an entry lacks. Only its keys are known before it is there."""
    signature = draft.signatures.tables[name]
    parts: list[str | core.KeyHole] = []
    for part in text.parts:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, tree.Var) and part.name in signature.keys:
            parts.append(core.KeyHole(part.name))
        else:
            message = f"a question of `{name}` can name its keys alone"
            words = [f"{{{key}}}" for key in signature.keys]
            close = nearest(part.name, signature.keys) if isinstance(part, tree.Var) else None
            help = f"did you mean `{close}`?" if close else f"write {listing(words)}"
            draft.report.error("MLP0315", message, source, part.span, help)
    return tuple(parts)


def _absent_column(
    draft: Draft, node: tree.IfAbsent, found: Field, here: Here
) -> core.Absent | None:
    """What it means that an entry leaves a column out: a value that is written down."""
    span = node.span
    refs = draft.references.need(node.refs, "an `if absent`", here.source, span)
    if node.value is None or node.when is not None:
        what = "be unlimited" if node.value is None else "depend on a condition"
        message = f"what an absent column means cannot {what}"
        help = "write one value: `if absent 100 ref SOURCE#CLAUSE`"
        draft.report.error("MLP0313", message, here.source, span, help)
        return None
    value = expect(draft.expressions, node.value, found.type, here.at("absent"))
    if value is None:
        return None
    if not isinstance(value, core.Const):
        message = "what an absent column means is one value, written out"
        help = "write a number with its unit, a word, a day, `yes` or `no`"
        draft.report.error("MLP0313", message, here.source, node.value.span, help)
        return None
    return core.Absent(False, value, None, refs)


def lower_shortlist(draft: Draft, name: str, node: tree.ShortlistDecl, source: Source) -> None:
    """Adds a shortlist: the rows that every one of its lines accepts. (docs/language.md,
    Catalogues, records, shortlists)"""
    parent = node.of.text
    if parent not in draft.signatures.shortlists and parent not in draft.signatures.tables:
        known = {*draft.signatures.shortlists, *draft.signatures.tables}
        what = "catalogue or shortlist"
        unknown_name(draft.report, what, parent, known, source, node.of.span)
    root = draft.signatures.shortlists[name]
    refs = draft.references.check(node.refs, source)
    seen: dict[str, tree.Name] = {}
    lines: list[core.Line] = []
    for line in node.lines:
        once(draft, line.name, seen, source)
        cited = draft.references.check(line.refs, source)
        if not node.refs and not line.refs:
            draft.references.need((), "a line of a `shortlist`", source, line.name.span)
        if root is None:
            continue
        here = replace(here_in(source, f"{name}/{line.name.text}"), rows=frozenset({root}))
        condition = expect(draft.expressions, line.condition, FLAG, here)
        if condition is not None:
            origin = Origin(source, line.span)
            lines.append(core.Line(line.name.text, condition, cited, origin))
    if root is not None and len(lines) == len(node.lines):
        above = "" if parent in draft.signatures.tables else parent
        draft.parts.shortlists[name] = core.Shortlist(
            name=name,
            table=root,
            parent=above,
            lines=tuple(lines),
            refs=refs,
            origin=Origin(source, node.span),
        )
