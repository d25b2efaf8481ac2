"""Gives every declared name its type, before any expression is looked at.

All types are written down, so nothing is inferred: in go the names and the manifest's schema,
out comes `Signatures`. A name whose type could not be read keeps its place with the type None,
so that what uses it is not reported as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.check.inputs import Field, FieldKind, Missing, Schema
from mlpolicy.check.names import BUILT_IN_TYPES, Declared, Names, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.check.units import Units, unknown_unit
from mlpolicy.core import currencies
from mlpolicy.core.terms import ChoiceStatus, DeclaredAs, Status
from mlpolicy.core.types import (
    FLAG,
    POINTS,
    TEXT,
    EnumType,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
)
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree

#: The words of `answer.status`, as a type.
STATUS = "answer.status"
#: Words that tell how an answer stands, which no policy may declare for a status of its own.
_STANDS = frozenset({*ChoiceStatus, *Status})

DATE_COLUMNS = ("from", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What may be said about a named value: its type, and how it must be written. `kind` is an
    input, a bar or a definition (scores and tables too)."""

    kind: DeclaredAs
    type: Type | None
    parameter: str = ""
    key: EnumType | None = None
    keyed: bool = False
    of: str = ""
    unlimited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A catalogue or records: `columns` without `from`, `until` and `ref`. `open` where they could
    not be read, so that no column is reported as missing. Of records, `fields` are what the schema
    says of the columns, `groups` the fields that have fields of their own; those of them that an
    expression reads are noted in `read`, by their name, with the steps that lead to them."""

    records: bool
    keys: tuple[str, ...]
    columns: Mapping[str, Type | None]
    open: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)
    groups: Mapping[str, Field] = field(default_factory=dict)
    read: dict[str, tuple[tuple[str, ...], Field]] = field(default_factory=dict, compare=False)


@dataclass(slots=True, kw_only=True)
class Signatures:
    """Types of everything that has a name. `outputs` are those of decision tables with several."""

    enums: dict[str, EnumType | None] = field(default_factory=dict)
    outcome: EnumType | None = None
    attributes: dict[str, Type | None] = field(default_factory=dict)
    statuses: tuple[str, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)
    outputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    shortlists: dict[str, str | None] = field(default_factory=dict)

    @property
    def status(self) -> EnumType:
        """What `answer.status` can be compared with: a leaf's own status, or the mark of its
        path."""
        return EnumType(STATUS, (*self.own_statuses, "provisional", "infeasible"))

    @property
    def own_statuses(self) -> tuple[str, ...]:
        """What a leaf may say of its outcome: nothing, which is `final`, or a declared status."""
        return ("final", *self.statuses)


def sign(names: Names, schema: Schema | None, units: Units, report: Report) -> Signatures:
    """The signatures of all declarations. A type that cannot be read is reported, and is None."""
    return _Signer(names, schema, units, report).run()


def find(
    schema: Schema,
    path: tree.PathLiteral,
    steps: tuple[str, ...],
    source: Source,
    report: Report,
    *,
    entries: bool = False,
) -> Field | None:
    """The field at `steps`; None where the schema has none there, which is reported at the first
    wrong step. With `entries` the steps may lead on into the entries of a list."""
    if not is_scope(schema, path, source, report):
        return None
    found = schema.field(path.scope, steps, entries=entries)
    if isinstance(found, Field):
        return found
    unknown_field(report, schema, path, steps, found, source)
    return None


def is_scope(schema: Schema, path: tree.PathLiteral, source: Source, report: Report) -> bool:
    """Does a path begin with a word of the `manifest` line? What does not is reported."""
    words = schema.scopes.words
    if path.scope in words:
        return True
    span = Span(path.span.start, path.span.start + len(path.scope))
    close = nearest(path.scope, words)
    begin = " or ".join(f"`{word}.`" for word in words)
    help = f"did you mean `{close}`? " if close else ""
    help += f"a field begins with {begin}, as the `manifest` line says"
    report.error("MLP0218", f"unknown scope `{path.scope}`", source, span, help)
    return False


def unknown_field(
    report: Report,
    schema: Schema,
    path: tree.PathLiteral,
    steps: tuple[str, ...],
    missing: Missing,
    source: Source,
) -> None:
    """Reports that the schema has no such field: the first `missing.depth` steps of the path are
    right and the next one is not."""
    if path.scope in report.lost:
        report.mark_invalid()
        return
    right = (path.scope, *path.steps[: missing.depth])
    wrong = ".".join((*right, path.steps[missing.depth]))
    span = Span(path.span.start, min(path.span.start + len(wrong), path.span.end))
    under = ".".join(right)
    close = nearest(steps[missing.depth], missing.known)
    if not missing.known:
        help = f"`{under}` has no fields of its own: take the rest away"
    elif close is None:
        help = f"fields there: {listing(missing.known)}"
    else:
        rest = path.steps[missing.depth + 1 :]
        better = (*path.steps[: missing.depth], close, *rest)
        offered = ".".join((path.scope, *better))
        if isinstance(schema.field(path.scope, better), Missing):
            offered = ".".join((*right, close))
        help = f"did you mean `{offered}`? fields there: {listing(missing.known)}"
    message = f"the manifest schema has no field `{path}`"
    report.error("MLP0203", message, source, span, help)


def leaves(columns: Mapping[str, Field]) -> Iterator[Field]:
    """The values among the fields of an entry, those within groups too."""
    for found in columns.values():
        if found.kind is FieldKind.VALUE:
            yield found
        elif found.kind is FieldKind.GROUP:
            yield from leaves(found.columns)


class _Signer:
    def __init__(self, names: Names, schema: Schema | None, units: Units, report: Report) -> None:
        self.names, self.schema, self.units, self.report = names, schema, units, report
        self.out = Signatures()

    def run(self) -> Signatures:
        for name, declared in sorted(self.names.types.items()):
            self.out.enums[name] = self.enum(declared.node, declared.source)
        if self.names.outcome is not None:
            self.outcome(self.names.outcome.node, self.names.outcome.source)
        for name, value in sorted(self.names.values.items()):
            self.table_or_value(name, value.node, value.source)
        for name in sorted(self.names.values):
            if isinstance(self.names.values[name].node, tree.ShortlistDecl):
                self.out.shortlists[name] = self.root(name)
        return self.out

    # -- types -----------------------------------------------------------------------------

    def enum(self, node: tree.OutcomeDecl | tree.EnumDecl, source: Source) -> EnumType | None:
        if isinstance(node, tree.EnumDecl) and node.path is not None:
            return self.enum_from(node, node.path, source)
        seen: dict[str, tree.Name] = {}
        for member in node.members:
            if member.text in seen:
                label = Label(Origin(source, seen[member.text].span), "listed here first")
                self.report.error(
                    "MLP0201",
                    f"`{member.text}` is listed twice",
                    source,
                    member.span,
                    "take one of them out",
                    (label,),
                )
            seen.setdefault(member.text, member)
        ordered = isinstance(node, tree.OutcomeDecl) or node.ordered
        return EnumType(node.name.text, tuple(seen), ordered)

    def enum_from(
        self, node: tree.EnumDecl, path: tree.PathLiteral, source: Source
    ) -> EnumType | None:
        if self.schema is None:
            return None
        found = find(self.schema, path, path.steps, source, self.report)
        if found is None:
            return None
        stated = found.type.element if isinstance(found.type, SetOf) else found.type
        if found.kind is FieldKind.VALUE and isinstance(stated, EnumType):
            return EnumType(node.name.text, stated.members)
        message = f"`{path}` has no fixed list of members in the manifest schema"
        help = "write the members out, or use `text` instead of an enum"
        self.report.error("MLP0205", message, source, path.span, help)
        return None

    def outcome(self, node: tree.OutcomeDecl, source: Source) -> None:
        self.out.outcome = self.out.enums.get(node.name.text)
        for attribute in node.attributes:
            if attribute.name.text in self.out.attributes or attribute.name.text in (
                "status",
                "because",
                "title",
                "titles",
            ):
                message = f"an answer has `{attribute.name.text}` already"
                help = "choose another name for the attribute"
                self.report.error("MLP0201", message, source, attribute.name.span, help)
                continue
            self.out.attributes[attribute.name.text] = self.type(attribute.type, source)
        self.out.statuses = self.statuses(node, source)

    def statuses(self, node: tree.OutcomeDecl, source: Source) -> tuple[str, ...]:
        seen: dict[str, tree.Name] = {}
        for status in node.statuses:
            word = status.text
            first = next((m for m in node.members if m.text == word), None) or seen.get(word)
            if word in _STANDS:
                message = f"`{word}` is a word of the language"
                help = "choose another word for the status"
                self.report.error("MLP0209", message, source, status.span, help)
            elif first is not None:
                label = Label(Origin(source, first.span), "listed here first")
                message, help = f"`{word}` is listed twice", "give one of them another name"
                self.report.error("MLP0201", message, source, status.span, help, (label,))
            seen.setdefault(word, status)
        return tuple(seen)

    def type(self, node: tree.Type, source: Source) -> Type | None:
        """The type that is written."""
        if isinstance(node, tree.TypeName):
            return self.named(node, source)
        element = self.named(node.element, source)
        lists = isinstance(node, tree.ListType)
        if element is None or isinstance(element, EnumType | TextType):
            return element and (ListOf(element) if lists else SetOf(element))
        kind = "list" if lists else "set"
        message = f"there is no {kind} of `{element}`"
        help = f"make it a {kind} of an enum, or of `text`"
        self.report.error("MLP0204", message, source, node.span, help)
        return None

    def named(self, node: tree.TypeName, source: Source) -> Type | None:
        match node.text:
            case "flag":
                return FLAG
            case "text":
                return TEXT
            case "date" | "time" | "date-time" as point:
                return POINTS[point]
            case text if text in self.names.types:
                return self.out.enums.get(text)
            case text if self.names.table(text) is not None:
                return RowType(text)
        if "/" in node.text or "%" in node.text:
            unit = self.units.of(node.text, source, node.span)
            return None if unit is None else Quantity(unit)
        read = self.units.read(node.text)
        if not isinstance(read, str):
            return Quantity(read)
        if node.text in self.report.lost:
            return None
        known = {*BUILT_IN_TYPES, *self.names.types, *self.names.tables()}
        known |= self.units.known()
        money = node.text in currencies.CODES
        close = self.units.plain(node.text) or (None if money else nearest(node.text, known))
        if close is not None:
            help = f"did you mean `{close}`?"
        elif money:
            help = f"declare it: {self.units.undeclared(node.text)}"
        else:
            help = f"declare `enum {node.text} : …`, or `unit {node.text}`"
        message = f"unknown type `{node.text}`"
        cause = unknown_unit(node.text)  # as one it is unknown too
        self.report.error("MLP0204", message, source, node.span, help, cause=cause)
        return None

    # -- values ----------------------------------------------------------------------------

    def table_or_value(self, name: str, node: tree.Node, source: Source) -> None:
        values = self.out.values
        match node:
            case tree.InputDecl():
                value = Value(kind=DeclaredAs.INPUT, type=self.type(node.type, source))
                absent = node.if_absent
                unlimited = absent is not None and absent.value is None
                value = replace(value, unlimited=unlimited)
                values[name] = self.keyed(value, node.parameter, source)
            case tree.ThresholdDecl():
                values[name] = Value(kind=DeclaredAs.BAR, type=self.type(node.type, source))
            case tree.DefineDecl():
                value = Value(kind=DeclaredAs.DEFINITION, type=self.type(node.type, source))
                if node.of is not None:
                    value = replace(value, of=self.of(node.of, source))
                    if node.parameter is not None:
                        self.report.error(
                            "MLP0308",
                            f"`{name}` has a key and belongs to a catalogue",
                            source,
                            node.parameter.span,
                            "keep one: a key in brackets, or `of` a catalogue",
                        )
                values[name] = self.keyed(value, node.parameter, source)
            case tree.TableDecl():
                seen: dict[str, tree.Name] = {}
                for each in node.outputs:
                    if each.name.text in seen:
                        label = Label(Origin(source, seen[each.name.text].span), "the first one")
                        message = f"two outputs are called `{each.name.text}`"
                        help = "give one of them another name"
                        self.report.error(
                            "MLP0416", message, source, each.name.span, help, (label,)
                        )
                    seen[each.name.text] = each.name
                outputs = {f"{name}.{each.name.text}": each.type for each in node.outputs}
                if outputs:
                    self.out.outputs[name] = tuple(seen)
                for called, kind in outputs.items() if node.type is None else ((name, node.type),):
                    value = Value(kind=DeclaredAs.DEFINITION, type=self.type(kind, source))
                    values[called] = self.keyed(value, node.parameter, source)
            case tree.ScoreDecl():
                values[name] = Value(kind=DeclaredAs.DEFINITION, type=FLAG)
            case tree.CatalogDecl():
                self.out.tables[name] = self.catalog(node, source)
            case tree.RecordsDecl():
                self.out.tables[name] = self.records(node, source)

    def keyed(self, value: Value, parameter: tree.Name | None, source: Source) -> Value:
        if parameter is None:
            return value
        name = parameter.text
        if name in self.names.values:
            hidden = self.names.values[name]
            label = Label(Origin(hidden.source, hidden.node.name.span), "the value")
            message = f"the key `{name}` would hide the value `{name}`"
            help = "give the value another name"
            self.report.error("MLP0208", message, source, parameter.span, help, (label,))
        if name not in self.names.types:
            unknown_name(
                self.report,
                "outcome or enum",
                name,
                self.names.types,
                source,
                parameter.span,
                "MLP0204",
            )
        return replace(value, parameter=name, key=self.out.enums.get(name), keyed=True)

    def of(self, name: tree.Name, source: Source) -> str:
        if self.names.table(name.text) is None:
            known = self.names.tables()
            unknown_name(self.report, "catalogue", name.text, known, source, name.span)
            return "?"
        return name.text

    def catalog(self, node: tree.CatalogDecl, source: Source) -> Table:
        columns: dict[str, Type | None] = {}
        seen: dict[str, tree.Name] = {}
        for header in node.header:
            name = header.name.text
            if name in seen:
                label = Label(Origin(source, seen[name].span), "the first one")
                self.report.error(
                    "MLP0416",
                    f"two columns are called `{name}`",
                    source,
                    header.name.span,
                    "give one of them another name",
                    (label,),
                )
                continue
            seen[name] = header.name
            if name in (*DATE_COLUMNS, "ref") and header.type is None:
                continue
            if header.type is None:  # which the parser has reported
                self.report.mark_invalid()
                columns[name] = None
            elif name in (*DATE_COLUMNS, "ref"):
                message = f"column `{name}` has a meaning of its own and takes no type"
                help = f"write `{name}` alone, or choose another name"
                self.report.error("MLP0209", message, source, header.name.span, help)
            else:
                columns[name] = self.type(header.type, source)
        for key in node.keys:
            if key.text not in columns:
                of, span = node.name.text, key.span
                unknown_name(self.report, "column", key.text, columns, source, span, "MLP0213", of)
        return Table(records=False, keys=tuple(key.text for key in node.keys), columns=columns)

    def records(self, node: tree.RecordsDecl, source: Source) -> Table:
        keys = tuple(key.text for key in node.keys)
        if self.schema is None:
            return Table(records=True, keys=keys, columns=dict.fromkeys(keys), open=True)
        found = find(self.schema, node.path, node.path.steps, source, self.report)
        if found is None:
            return Table(records=True, keys=keys, columns=dict.fromkeys(keys), open=True)
        if found.kind is not FieldKind.RECORDS:
            message = f"`{node.path}` is no list of entries"
            help = "name a list of the manifest whose entries have fields"
            self.report.error("MLP0205", message, source, node.path.span, help)
            return Table(records=True, keys=keys, columns=dict.fromkeys(keys), open=True)
        fields = {n: f for n, f in found.columns.items() if f.kind is FieldKind.VALUE}
        groups = {n: f for n, f in found.columns.items() if f.kind is FieldKind.GROUP}
        for key in node.keys:
            if key.text not in fields:
                of, span = node.name.text, key.span
                unknown_name(self.report, "column", key.text, fields, source, span, "MLP0213", of)
        for field_ in leaves(found.columns):
            if isinstance(field_.type, Quantity):
                self.units.used.update(field_.type.unit.text.split("/"))
        types = {n: f.type for n, f in fields.items()}
        return Table(records=True, keys=keys, columns=types, fields=fields, groups=groups)

    def root(self, name: str) -> str | None:
        """The catalogue whose rows a shortlist goes through, or None where that is unclear."""
        seen = {name}
        here: Declared[tree.Node] | None = self.names.values.get(name)
        while here is not None and isinstance(here.node, tree.ShortlistDecl):
            parent = here.node.of.text
            if parent in seen:
                return None
            seen.add(parent)
            if self.names.table(parent) is not None:
                return parent
            here = self.names.values.get(parent)
        return None
