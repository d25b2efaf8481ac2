"""Checks one expression: a syntax tree goes in, a typed core expression comes out.

Types flow in both directions. An expression is checked with what is wanted of it: a type, or
ANY where nothing is known, or BROKEN where an error above has been reported already. A bare
word takes its meaning from that: in `task is sentiment` the left side is a value, and its type
makes the right side a member. Of two operands the one that stands by itself goes first.

None as a result means that the fault has been reported; whoever gets None keeps quiet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from mlpolicy.check.declare import STATUS, Signatures, Table, Value, find, unknown_field
from mlpolicy.check.inputs import Field, Missing, Schema
from mlpolicy.check.names import BUILT_IN_VALUES, FUNCTIONS, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.check.units import Units, plain
from mlpolicy.core import program as core
from mlpolicy.core.types import (
    DATE,
    FLAG,
    NUMBER,
    TEXT,
    DateType,
    EnumType,
    FlagType,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree


@dataclass(frozen=True, slots=True)
class NoType:
    """What is wanted where no type is."""

    reported: bool


#: Nothing is known about the type that is wanted.
ANY = NoType(False)
#: Something is known to be wrong already.
BROKEN = NoType(True)

Wanted = Type | NoType


@dataclass(frozen=True, slots=True)
class Here:
    """Where an expression stands, and what may be said there."""

    source: Source
    label: str
    parameter: str = ""
    key: EnumType | None = None
    variables: Mapping[str, Type] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    choice: bool = False  # may it say `choice`?
    unknown: str = ""  # may it say `is unknown`, or `is known`? "unknown", "known" or neither
    paths: bool = False  # may it name manifest fields?
    compared: bool = False  # is it an operand of a comparison?

    def at(self, label: str) -> Here:
        return replace(self, label=f"{self.label}/{label}" if label else self.label)


@dataclass(frozen=True, slots=True)
class _Group:
    """A field of an entry that has fields of its own: `measurement.confidence_interval`."""

    row: core.Expr
    table: str
    steps: tuple[str, ...]
    field: Field

    @property
    def fields(self) -> Mapping[str, Field]:
        return {n: f for n, f in self.field.columns.items() if f.kind in ("value", "group")}

    def __str__(self) -> str:
        return ".".join((self.table, *self.steps))


_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_COMPARISONS = ("<", "<=", ">", ">=", "=")


class Expressions:
    """The checker of expressions of one policy."""

    def __init__(
        self, signatures: Signatures, units: Units, schema: Schema | None, report: Report
    ) -> None:
        self.signatures, self.units, self.schema, self.report = signatures, units, schema, report
        self._labels: dict[str, int] = {}

    # -- what callers use ------------------------------------------------------------------

    def expect(self, node: tree.Expr, wanted: Type | None, here: Here) -> core.Expr | None:
        """The expression, which must be of the type `wanted` (None: that type is broken)."""
        found = self.expr(node, BROKEN if wanted is None else wanted, here)
        if found is None or wanted is None:
            return None
        if self.fits(found.type, wanted):
            return found if self.has_percent(node, found, wanted, here) else None
        if isinstance(node, tree.Var) and isinstance(wanted, TextType):
            message = f"{said(wanted)} is wanted here, and `{node.name}` is {said(found.type)}"
            help = f'write `"{node.name}"` if the word is meant'
            self.error("MLP0301", message, node.span, here, help)
            return None
        self.misfit(node.span, found.type, wanted, here)
        return None

    def template(self, text: tree.Text, here: Here) -> core.Template | None:
        """A text with its holes; a hole takes a value of any type."""
        parts: list[str | core.Expr] = []
        good = True
        for part in text.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            hole = self.expr(part, ANY, replace(here, compared=_is_reference(part)))
            if hole is None:
                good = False
            elif isinstance(hole.type, RowType):
                message = f"{said(hole.type)} cannot be printed"
                self.error("MLP0301", message, part.span, here, "name one of its columns")
                good = False
            else:
                parts.append(hole)
        return core.Template(tuple(parts)) if good else None

    def label(self, here: Here) -> str:
        """An identity for what has none: where it stands, numbered where that is not enough."""
        count = self._labels.get(here.label, 0) + 1
        self._labels[here.label] = count
        return here.label if count == 1 else f"{here.label}#{count}"

    # -- expressions -----------------------------------------------------------------------

    def expr(self, node: tree.Expr, want: Wanted, here: Here) -> core.Expr | None:
        origin = Origin(here.source, node.span)
        if here.compared and not _is_reference(node):
            here = replace(here, compared=False)
        match node:
            case tree.Number():
                unit = self.units.of(node.unit, here.source, node.span)
                if unit is None:
                    return None
                return core.Const(node.value * unit.scale, type=Quantity(unit), origin=origin)
            case tree.DateLiteral():
                return core.Const(ordinal(node), type=DATE, origin=origin)
            case tree.YesNo():
                return core.Const(node.value, type=FLAG, origin=origin)
            case tree.Text():
                return self.text(node, want, here)
            case tree.UnknownLiteral():
                known = self.literal(want, "`unknown`", node.span, here)
                if known is None:
                    return None
                return core.UnknownConst(self.label(here), type=known, origin=origin)
            case tree.AnyLiteral():
                known = self.literal(want, "`any`", node.span, here)
                if known is None:
                    return None
                if not isinstance(known, SetOf):
                    help = "name the value, or give the column the type of a set"
                    message = f"`any` is a set, and {said(known)} is wanted here"
                    self.error("MLP0301", message, node.span, here, help)
                    return None
                return core.EveryMember(type=known, origin=origin)
            case tree.Dash():
                help = "write it only alone in a cell of a table"
                self.error("MLP0301", "`-` is no value", node.span, here, help)
                return None
            case tree.Between():
                return self.between(node, want, here)
            case tree.SetLiteral():
                return self.set(node, want, here)
            case tree.PathLiteral():
                return self.path(node, here)
            case tree.Var():
                return self.var(node, want, here)
            case tree.Column():
                return self.column(node, here)
            case tree.Lookup():
                return self.lookup(node, here)
            case tree.Call():
                return self.call(node, want, here)
            case tree.Not():
                inner = replace(here, unknown="not" if here.unknown else "")
                operand = self.expect(node.operand, FLAG, inner)
                return operand and core.NotExpr(operand, type=FLAG, origin=origin)
            case tree.Negate():
                return self.negate(node, here)
            case tree.Binary():
                return self.binary(node, want, here)
            case tree.IsUnknown():
                return self.is_unknown(node, here)
            case tree.As():
                return self.conversion(node, here)
            case tree.AnyOf():
                if self.shortlist(node.shortlist, here) is None:
                    return None
                return core.AnyRemains(node.shortlist.text, type=FLAG, origin=origin)
            case tree.FirstOf():
                return self.first(node, here)
            case tree.LatestOf():
                return self.latest(node, here)
            case tree.Aggregate():
                return self.aggregate(node, here)

    def literal(self, want: Wanted, what: str, span: Span, here: Here) -> Type | None:
        """The type that the surroundings give to a literal without one of its own."""
        if not isinstance(want, NoType):
            return want
        if not want.reported:
            help = "give the value a name and a type: `define NAME : TYPE = …`"
            self.error("MLP0314", f"nothing here says what {what} is", span, here, help)
        return None

    def text(self, node: tree.Text, want: Wanted, here: Here) -> core.Expr | None:
        if any(not isinstance(part, str) for part in node.parts):
            help = "write the text without `{…}`: only reasons, messages and questions have holes"
            self.error("MLP0315", "a value has no holes", node.span, here, help)
            return None
        said = "".join(part for part in node.parts if isinstance(part, str))
        if isinstance(want, EnumType):
            return self.member(said, want, node.span, here)
        return core.Const(said, type=TEXT, origin=Origin(here.source, node.span))

    def member(self, name: str, enum: EnumType, span: Span, here: Here) -> core.Expr | None:
        if name in enum.members:
            return core.Const(name, type=enum, origin=Origin(here.source, span))
        self.unknown_member(name, enum, span, here)
        return None

    def unknown_member(self, name: str, enum: EnumType, span: Span, here: Here) -> None:
        close = nearest(name, enum.members)
        if close is not None:
            help = f"did you mean `{close}`?"
        else:
            help = f"members are: {listing(enum.members)}"
        message = f"`{name}` is no member of `{enum}`"
        self.error("MLP0207", message, span, here, help)

    def between(self, node: tree.Between, want: Wanted, here: Here) -> core.Expr | None:
        low = self.expr(node.low, want, here)
        high = None if node.high is None else self.expr(node.high, want, here)
        if low is None or (node.high is not None and high is None):
            return None
        for side, written in ((low, node.low), (high, node.high)):
            if side is not None and written is not None:
                if not isinstance(side.type, Quantity):
                    message = f"a range goes between numbers, and this is {said(side.type)}"
                    self.error("MLP0301", message, written.span, here, "write two quantities")
                    return None
        if high is not None and not self.same_dims("put in one range", low, high, node.span, here):
            return None
        if isinstance(low, core.Const) and isinstance(high, core.Const):
            assert isinstance(low.value, Fraction)
            assert isinstance(high.value, Fraction)
            if low.value > high.value:
                help = "write the smaller end first"
                self.error("MLP0313", "this range is empty", node.span, here, help)
                return None
        return core.BetweenExpr(
            low, high, self.label(here), type=low.type, origin=Origin(here.source, node.span)
        )

    def set(self, node: tree.SetLiteral, want: Wanted, here: Here) -> core.Expr | None:
        element: Wanted = ANY
        if isinstance(want, SetOf):
            element = want.element
        elif isinstance(want, NoType):
            element = want
        unknown = any(isinstance(item, tree.UnknownLiteral) for item in node.items)
        written = [item for item in node.items if not isinstance(item, tree.UnknownLiteral)]
        items: list[core.Expr | None] = []
        if isinstance(element, NoType):
            written.sort(key=lambda item: self.bare(item, here))
        for item in written:
            if isinstance(element, NoType):
                found = self.expr(item, element, here)
                items.append(found)
                if found is None:
                    element = BROKEN
                elif isinstance(found.type, EnumType | TextType):
                    element = found.type
                else:
                    message = f"there is no set of `{found.type}`"
                    help = "list members of an enum, or texts"
                    self.error("MLP0301", message, item.span, here, help)
                    return None
            else:
                items.append(self.expect(item, element, here))
        if isinstance(element, NoType):
            if not items:
                self.literal(element, "this set", node.span, here)
            return None
        good = [item for item in items if item is not None]
        if len(good) != len(items):
            return None
        assert isinstance(element, EnumType | TextType)
        return core.SetExpr(
            tuple(good), unknown, type=SetOf(element), origin=Origin(here.source, node.span)
        )

    # -- names -----------------------------------------------------------------------------

    def is_value(self, name: str, here: Here) -> bool:
        """Does a bare `name` stand for a value here, whatever is wanted?"""
        return (
            (name == here.parameter and bool(name))
            or name in here.variables
            or name in here.rows
            or name in self.signatures.values
            or name in BUILT_IN_VALUES
        )

    def bare(self, node: tree.Expr, here: Here) -> bool:
        """Does the other side have to say what this means?"""
        match node:
            case tree.Var():
                return not self.is_value(node.name, here)
            case tree.SetLiteral():
                return all(self.bare(item, here) for item in node.items)
            case tree.UnknownLiteral() | tree.AnyLiteral():
                return True
            case tree.Binary(operator="+"):
                return self.bare(node.left, here) and self.bare(node.right, here)
            case _:
                return False

    def pair(
        self, left: tree.Expr, right: tree.Expr, here: Here, want: Wanted = ANY
    ) -> tuple[core.Expr | None, core.Expr | None]:
        """Both sides of an operator, each telling the other what a bare word means."""
        first, second = left, right
        turned = self.bare(left, here) and not self.bare(right, here)
        if turned:
            first, second = right, left
        one = self.expr(first, want, here)
        other = self.expr(second, BROKEN if one is None else one.type, here)
        return (other, one) if turned else (one, other)

    def var(self, node: tree.Var, want: Wanted, here: Here) -> core.Expr | None:
        name, origin = node.name, Origin(here.source, node.span)
        if name == here.parameter and name:
            if here.key is None:
                return None
            return core.ParameterRef(name, type=here.key, origin=origin)
        if name in here.variables:
            return core.VariableRef(name, type=here.variables[name], origin=origin)
        if name in here.rows:
            return core.RowRef(name, type=RowType(name), origin=origin)
        value = name in self.signatures.values or name in BUILT_IN_VALUES
        if isinstance(want, EnumType) and name in want.members:
            if value:
                message = f"`{name}` may be a member of `{want}` or a value of that name"
                help = "give the value another name"
                self.error("MLP0208", message, node.span, here, help)
                return None
            return core.Const(name, type=want, origin=origin)
        if value:
            return self.value(name, None, origin, here)
        if name in self.signatures.tables or name in self.signatures.shortlists:
            message = f"`{name}` is a list of rows and no value"
            if name in self.signatures.shortlists:
                help = f"write `any {name}` or `first {name}`"
            else:
                help = f"look a row up: `{name}[KEY].COLUMN`"
            self.error("MLP0418", message, node.span, here, help)
            return None
        if isinstance(want, TextType):
            return core.Const(name, type=TEXT, origin=origin)
        if want == BROKEN:
            return None
        if isinstance(want, EnumType):
            self.unknown_member(name, want, node.span, here)
            return None
        known = {*self.signatures.values, *here.variables, *here.rows, *BUILT_IN_VALUES}
        unknown_name(self.report, "name", name, known, here.source, node.span)
        return None

    def value(
        self, name: str, argument: tree.Expr | None, origin: Origin, here: Here
    ) -> core.Expr | None:
        """A named value, with the argument it was called with."""
        if name in BUILT_IN_VALUES:
            return self.built_in(name, origin, here)
        signature = self.signatures.values[name]
        if signature.unlimited and not here.compared:
            message = f"`{name}` may be unlimited, so it has no number to work with"
            help = "compare it: `<`, `<=`, `>`, `>=`"
            self.error("MLP0309", message, origin.span, here, help)
            return None
        key: core.Expr | None = None
        if signature.keyed:
            if argument is None:
                sample = signature.key.members[0] if signature.key else signature.parameter
                message = f"`{name}` has a value for each `{signature.parameter}`"
                self.error("MLP0308", message, origin.span, here, f"say which: `{name}({sample})`")
                return None
            key = self.expect(argument, signature.key, replace(here, compared=False))
            if key is None:
                return None
        if signature.of:
            if signature.of != "?":
                message = f"`{name}` is a column of `{signature.of}`"
                help = f"say of which row: `{signature.of}.{name}`"
                self.error("MLP0308", message, origin.span, here, help)
            return None
        if signature.type is None:
            return None
        if signature.kind == "input":
            return core.InputRef(name, key, type=signature.type, origin=origin)
        if signature.kind == "bar":
            return core.BarRef(name, type=signature.type, origin=origin)
        return core.DefRef(name, key, type=signature.type, origin=origin)

    def built_in(self, name: str, origin: Origin, here: Here) -> core.Expr | None:
        if name == "as_of":
            return core.AsOf(type=DATE, origin=origin)
        if name == "choice" and not here.choice:
            message = "`choice` has a meaning only in a rule"
            help = "write `answer`, the choice that is shown, or move this into a rule"
            self.error("MLP0414", message, origin.span, here, help)
            return None
        outcome = self.signatures.outcome
        return None if outcome is None else core.ChoiceRef(name, type=outcome, origin=origin)

    def path(self, node: tree.PathLiteral, here: Here) -> core.Expr | None:
        if not here.paths:
            self.report.spoil()
            return None
        found = self.field(node, here)
        if found is None:
            return None
        if found.kind != "value":
            message = f"`{node}` has fields of its own and is no single value"
            self.error("MLP0205", message, node.span, here, "name one of its fields")
            return None
        origin = Origin(here.source, node.span)
        return core.PathRef(node.scope, node.steps, type=found.type, origin=origin)

    def field(self, node: tree.PathLiteral, here: Here) -> Field | None:
        """The field of a path; of a keyed path, the first of those that exist."""
        if self.schema is None:
            return None
        if all(step[:1] != "{" for step in node.steps):
            return find(self.schema, node, node.steps, here.source, self.report)
        for step in node.steps:
            if step[:1] == "{" and step[1:-1] != here.parameter:
                message = f"`{step}` is no key of this input"
                help = "write the key in brackets after the input's name, and `{KEY}` in the path"
                self.error("MLP0308", message, node.span, here, help)
                return None
        if here.key is None:
            return None
        fields = [self.schema.field(node.scope, s) for s in keyed_paths(node, here.key).values()]
        good = [f for f in fields if isinstance(f, Field)]
        if not good:
            message = f"the manifest schema has `{node}` for no member of `{here.key}`"
            steps, missing = max(
                zip(keyed_paths(node, here.key).values(), fields, strict=True),
                key=lambda pair: pair[1].depth if isinstance(pair[1], Missing) else 0,
            )
            assert isinstance(missing, Missing)
            if node.steps[missing.depth][:1] == "{":
                help = f"fields there: {listing(missing.known)}"
                self.error("MLP0215", message, node.span, here, help)
            else:
                unknown_field(self.report, self.schema, node, steps, missing, here.source)
            return None
        return good[0]

    # -- rows ------------------------------------------------------------------------------

    def column(self, node: tree.Column, here: Here) -> core.Expr | None:
        found = self.step(node, here)
        if not isinstance(found, _Group):
            return found
        message = f"`{found}` has fields of its own and is no single value"
        help = f"name one of its fields: {listing(found.fields)}"
        self.error("MLP0213", message, node.name.span, here, help)
        return None

    def step(self, node: tree.Column, here: Here) -> core.Expr | _Group | None:
        """The column, or the group of fields of an entry that a further step goes into."""
        origin = Origin(here.source, node.span)
        name = node.name.text
        if isinstance(node.of, tree.Var) and node.of.name in ("choice", "answer"):
            if node.of.name not in here.variables and node.of.name != here.parameter:
                return self.attribute(node.of.name, node.name, origin, here)
        row = (
            self.step(node.of, here)
            if isinstance(node.of, tree.Column)
            else self.expr(node.of, ANY, here)
        )
        if row is None:
            return None
        if isinstance(row, _Group):
            return self.field_of(row, node.name, origin, here)
        if not isinstance(row.type, RowType):
            message = f"{said(row.type)} has no columns"
            help = "only rows of catalogues and records have columns, and `answer` and `choice`"
            self.error("MLP0213", message, node.name.span, here, help)
            return None
        table = row.type.table
        columns = self.signatures.tables[table].columns
        if name in columns:
            column = columns[name]
            if column is None:
                return None
            return core.ColumnRef(row, name, type=column, origin=origin)
        derived = {n: v for n, v in self.signatures.values.items() if v.of == table}
        if name in derived:
            found = derived[name].type
            if found is None:
                return None
            return core.DefRef(name, None, row, type=found, origin=origin)
        if self.signatures.tables[table].open:
            return None
        groups = self.signatures.tables[table].groups
        if name in groups:
            return _Group(row, table, (name,), groups[name])
        known = (*columns, *groups, *derived)
        span = node.name.span
        unknown_name(self.report, "column", name, known, here.source, span, "MLP0213", table)
        return None

    def field_of(
        self, group: _Group, name: tree.Name, origin: Origin, here: Here
    ) -> core.Expr | _Group | None:
        """A field of a group within an entry."""
        steps = (*group.steps, name.text)
        found = group.fields.get(name.text)
        match found:
            case None:
                known, what = group.fields, str(group)
                unknown_name(
                    self.report, "field", name.text, known, here.source, name.span, "MLP0213", what
                )
                return None
            case Field(kind="group"):
                return _Group(group.row, group.table, steps, found)
        self.signatures.tables[group.table].read[".".join(steps)] = found
        return core.ColumnRef(group.row, ".".join(steps), type=found.type, origin=origin)

    def attribute(
        self, which: str, name: tree.Name, origin: Origin, here: Here
    ) -> core.Expr | None:
        if self.built_in(which, origin, here) is None:
            return None
        if name.text in ("status", "because"):
            kind: Type = STATUS if name.text == "status" else TEXT
            return core.ChoiceRef(which, name.text, type=kind, origin=origin)
        attributes = self.signatures.attributes
        if name.text not in attributes:
            known = (*attributes, "status", "because")
            what = "attribute"
            unknown_name(self.report, what, name.text, known, here.source, name.span, "MLP0213")
            return None
        found = attributes[name.text]
        if found is None:
            return None
        return core.ChoiceRef(which, name.text, type=found, origin=origin)

    def table(self, name: tree.Name, here: Here) -> Table | None:
        table = self.signatures.tables.get(name.text)
        if table is None:
            known = self.signatures.tables
            unknown_name(self.report, "catalogue", name.text, known, here.source, name.span)
        return table

    def shortlist(self, name: tree.Name, here: Here) -> str | None:
        if name.text in self.signatures.shortlists:
            return self.signatures.shortlists[name.text]
        if name.text in self.signatures.tables:
            message = f"`{name.text}` is a catalogue and no shortlist"
            help = f"declare `shortlist NAME of {name.text}`, or write `… where …`"
            self.error("MLP0418", message, name.span, here, help)
            return None
        known = self.signatures.shortlists
        unknown_name(self.report, "shortlist", name.text, known, here.source, name.span)
        return None

    def keys(
        self, table: Table, names: tuple[str, ...], node: tree.Lookup, here: Here
    ) -> tuple[core.Expr, ...] | None:
        """The key expressions of a lookup, one for each of the key columns `names`."""
        if len(node.keys) != len(names):
            title = node.catalog.text
            message = f"`{title}` is looked up by {_many(len(names), 'key')}: {listing(names)}"
            help = f"write `{title}[{', '.join(names)}]`"
            self.error("MLP0307", message, node.span, here, help)
            return None
        found = [
            self.key(key, table.columns.get(name), here)
            for key, name in zip(node.keys, names, strict=True)
        ]
        good = tuple(key for key in found if key is not None)
        return good if len(good) == len(found) else None

    def key(self, node: tree.Expr, column: Type | None, here: Here) -> core.Expr | None:
        """What is looked for in a key column: an enum's member may be written as text."""
        found = self.expr(node, BROKEN if column is None else column, here)
        if found is None or column is None:
            return None
        if self.comparable(found.type, column) or self.fits(found.type, column):
            return found
        self.misfit(node.span, found.type, column, here)
        return None

    def lookup(self, node: tree.Lookup, here: Here) -> core.Expr | None:
        table = self.table(node.catalog, here)
        if table is None:
            return None
        keys = self.keys(table, table.keys, node, here)
        if keys is None:
            return None
        name = node.catalog.text
        return core.LookupRow(name, keys, type=RowType(name), origin=Origin(here.source, node.span))

    def first(self, node: tree.FirstOf, here: Here) -> core.Expr | None:
        name, origin = node.rows.text, Origin(here.source, node.span)
        if name in self.signatures.tables:
            inner = replace(here, rows=here.rows | {name})
            where: core.Expr | None = core.Const(True, type=FLAG, origin=origin)
            if node.where is not None:
                where = self.expect(node.where, FLAG, inner)
            return where and core.FirstRow(name, where, type=RowType(name), origin=origin)
        root = self.shortlist(node.rows, here)
        if root is None:
            return None
        if node.where is not None:
            message = "a shortlist is narrowed by its lines"
            help = f"declare a further `shortlist NAME of {name}`"
            self.error("MLP0418", message, node.where.span, here, help)
            return None
        return core.FirstRemaining(name, type=RowType(root), origin=origin)

    def latest(self, node: tree.LatestOf, here: Here) -> core.Expr | None:
        table = self.table(node.records, here)
        if table is None:
            return None
        name = node.records.text
        by = table.columns.get(node.by.text)
        if node.by.text not in table.columns and not table.open:
            by_ = node.by
            known = table.columns
            unknown_name(
                self.report, "column", by_.text, known, here.source, by_.span, "MLP0213", name
            )
        elif by is not None and not isinstance(by, DateType):
            message = f"`{node.by.text}` is {said(by)}, and the latest goes by a date"
            self.error("MLP0301", message, node.by.span, here, "name a column of dates")
            by = None
        where: core.Expr | None = None
        if node.where is not None:
            inner = replace(here, rows=here.rows | {name})
            where = self.expect(node.where, FLAG, inner)
            if where is None:
                return None
        if by is None:
            return None
        return core.LatestRow(
            name,
            node.by.text,
            where,
            type=RowType(name),
            origin=Origin(here.source, node.span),
        )

    # -- functions -------------------------------------------------------------------------

    def call(self, node: tree.Call, want: Wanted, here: Here) -> core.Expr | None:
        name, origin = node.function.text, Origin(here.source, node.span)
        signature = self.signatures.values.get(name)
        if signature is not None:
            return self.call_value(signature, node, origin, here)
        inner = replace(here, compared=False)
        match name:
            case "min" | "max":
                return self.extreme(node, want, inner)
            case "ceil":
                return self.ceil(node, inner)
            case "round":
                return self.round(node, inner)
            case "charge":
                return self.charge(node, inner)
        known = {*(n for n, v in self.signatures.values.items() if v.keyed), *FUNCTIONS}
        span = node.function.span
        unknown_name(self.report, "function", name, known, here.source, span)
        return None

    def call_value(
        self, signature: Value, node: tree.Call, origin: Origin, here: Here
    ) -> core.Expr | None:
        name = node.function.text
        if not signature.keyed:
            message = f"`{name}` has one value and takes no key"
            self.error("MLP0308", message, node.span, here, f"write `{name}`")
            return None
        if not self.arity(node, 1, 1, here):
            return None
        return self.value(name, node.arguments[0], origin, here)

    def arity(self, node: tree.Call, least: int, most: int | None, here: Here) -> bool:
        count = len(node.arguments)
        if count >= least and (most is None or count <= most):
            return True
        many = f"{least} or more values" if most is None else _many(least, "value")
        message = f"`{node.function.text}` takes {many}, and here are {count}"
        help = {
            "min": "write `min(a, b)`",
            "max": "write `max(a, b)`",
            "ceil": "write `ceil(x)`",
            "round": "write `round(x, 0.01 USD)`",
            "charge": "write `charge(quantity, CATALOGUE[KEY])`",
        }.get(node.function.text, f"write `{node.function.text}(KEY)`")
        self.error("MLP0307", message, node.span, here, help)
        return False

    def quantity(self, node: tree.Expr, want: Wanted, here: Here) -> core.Expr | None:
        """An operand that must be a number with a unit, whichever."""
        found = self.expr(node, want, here)
        if found is None or isinstance(found.type, Quantity):
            return found
        message = f"a number is wanted here, and this is {said(found.type)}"
        self.error("MLP0301", message, node.span, here, "write a quantity")
        return None

    def extreme(self, node: tree.Call, want: Wanted, here: Here) -> core.Expr | None:
        if not self.arity(node, 2, None, here):
            return None
        found = [self.quantity(argument, want, here) for argument in node.arguments]
        operands = [operand for operand in found if operand is not None]
        if len(operands) != len(found):
            return None
        for other in operands[1:]:
            if not self.same_dims("compare", operands[0], other, node.span, here):
                return None
        return core.MinMax(
            node.function.text,
            tuple(operands),
            type=operands[0].type,
            origin=Origin(here.source, node.span),
        )

    def ceil(self, node: tree.Call, here: Here) -> core.Expr | None:
        if not self.arity(node, 1, 1, here):
            return None
        operand = self.quantity(node.arguments[0], ANY, here)
        if operand is None:
            return None
        assert isinstance(operand.type, Quantity)
        continuous = [d for d, _ in operand.type.unit.dims if d not in self.units.countable]
        if continuous:
            message = f"there is no whole number of `{operand.type}`"
            help = "divide by the step first, as in `ceil(x / 1 hour)`"
            self.error("MLP0310", message, node.span, here, help)
            return None
        return core.CeilExpr(
            operand, Fraction(1), type=operand.type, origin=Origin(here.source, node.span)
        )

    def round(self, node: tree.Call, here: Here) -> core.Expr | None:
        if not self.arity(node, 2, 2, here):
            return None
        operand = self.quantity(node.arguments[0], ANY, here)
        step = self.quantity(node.arguments[1], ANY, here)
        if operand is None or step is None:
            return None
        if not isinstance(step, core.Const) or step.value <= 0:  # type: ignore[operator]
            message = "a step of rounding is a number above zero"
            self.error("MLP0313", message, node.arguments[1].span, here, "write `0.01 USD`")
            return None
        assert isinstance(step.value, Fraction)
        if not self.same_dims("round", operand, step, node.span, here, "to steps of"):
            return None
        return core.RoundExpr(
            operand, step.value, type=operand.type, origin=Origin(here.source, node.span)
        )

    def charge(self, node: tree.Call, here: Here) -> core.Expr | None:
        if not self.arity(node, 2, 2, here):
            return None
        quantity = self.quantity(node.arguments[0], ANY, here)
        prices = node.arguments[1]
        if not isinstance(prices, tree.Lookup):
            message = "`charge` takes the rows of a price catalogue"
            help = "write `charge(quantity, CATALOGUE[KEY])`"
            self.error("MLP0313", message, prices.span, here, help)
            return None
        table = self.table(prices.catalog, here)
        if table is None:
            return None
        for column in ("up_to", "each"):
            if column not in table.columns:
                message = f"`{prices.catalog.text}` has no column `{column}`"
                help = "a price catalogue has the columns `up_to` and `each`"
                self.error("MLP0213", message, prices.span, here, help)
                return None
        names = tuple(key for key in table.keys if key != "up_to")
        keys = self.keys(table, names, prices, here)
        up_to, each = table.columns["up_to"], table.columns["each"]
        if quantity is None or keys is None or up_to is None or each is None:
            return None
        if not isinstance(up_to, Quantity) or not isinstance(each, Quantity):
            message = "`up_to` and `each` of a price catalogue are quantities"
            help = "give the columns units, as `request/month` and `USD/request`"
            self.error("MLP0301", message, prices.span, here, help)
            return None
        assert isinstance(quantity.type, Quantity)
        if quantity.type.unit.dims != up_to.unit.dims:
            self.misfit(node.arguments[0].span, quantity.type, up_to, here)
            return None
        return core.ChargeExpr(
            quantity,
            prices.catalog.text,
            keys,
            type=Quantity(quantity.type.unit.times(each.unit)),
            origin=Origin(here.source, node.span),
        )

    # -- operators -------------------------------------------------------------------------

    def negate(self, node: tree.Negate, here: Here) -> core.Expr | None:
        operand = self.quantity(node.operand, ANY, here)
        if operand is None:
            return None
        origin = Origin(here.source, node.span)
        if isinstance(operand, core.Const):
            assert isinstance(operand.value, Fraction)
            return core.Const(-operand.value, type=operand.type, origin=origin)
        zero = core.Const(Fraction(0), type=operand.type, origin=origin)
        return core.ArithExpr("-", zero, operand, type=operand.type, origin=origin)

    def binary(self, node: tree.Binary, want: Wanted, here: Here) -> core.Expr | None:
        match node.operator:
            case "and" | "or":
                return self.connective(node, here)
            case "has":
                return self.has(node, here)
            case "is":
                return self.equality(node, here)
            case "in":
                return self.element(node, here)
            case "within":
                return self.within(node, here)
            case operator if operator in _COMPARISONS:
                return self.comparison(node, here)
            case _:
                return self.arithmetic(node, want, here)

    def connective(self, node: tree.Binary, here: Here) -> core.Expr | None:
        found = [self.expect(part, FLAG, here) for part in _chain(node, node.operator)]
        operands = tuple(operand for operand in found if operand is not None)
        if len(operands) != len(found):
            return None
        origin = Origin(here.source, node.span)
        if node.operator == "and":
            return core.AndExpr(operands, type=FLAG, origin=origin)
        return core.OrExpr(operands, type=FLAG, origin=origin)

    def has(self, node: tree.Binary, here: Here) -> core.Expr | None:
        if not isinstance(node.left, tree.Var):
            message = "`has` asks a catalogue for a key"
            help = "write `CATALOGUE has KEY`"
            self.error("MLP0313", message, node.left.span, here, help)
            return None
        name = tree.Name(node.left.name, span=node.left.span)
        table = self.table(name, here)
        if table is None or not table.keys:
            return None
        key = self.key(node.right, table.columns.get(table.keys[0]), here)
        origin = Origin(here.source, node.span)
        return key and core.HasRow(name.text, (key,), type=FLAG, origin=origin)

    def equality(self, node: tree.Binary, here: Here) -> core.Expr | None:
        left, right = self.pair(node.left, node.right, here)
        if left is None or right is None:
            return None
        for side, written in ((left, node.left), (right, node.right)):
            if isinstance(side.type, Quantity | DateType):
                help = "compare numbers and dates with `=`"
                message = f"`is` compares words, and this is {said(side.type)}"
                self.error("MLP0313", message, written.span, here, help)
                return None
            if isinstance(side.type, SetOf | RowType):
                message = f"`is` compares words, and this is {said(side.type)}"
                help = "write `within`, or `in`" if isinstance(side.type, SetOf) else ""
                self.error("MLP0313", message, written.span, here, help or "name a column")
                return None
        if not self.comparable(left.type, right.type):
            self.incomparable(node, left.type, right.type, here)
            return None
        return core.IsExpr(left, right, type=FLAG, origin=Origin(here.source, node.span))

    def comparison(self, node: tree.Binary, here: Here) -> core.Expr | None:
        inner = replace(here, compared=True)
        left, right = self.pair(node.left, node.right, inner)
        if left is None or right is None:
            return None
        origin = Origin(here.source, node.span)
        made = core.CompareExpr(node.operator, left, right, type=FLAG, origin=origin)
        match left.type, right.type:
            case Quantity(), Quantity():
                if not self.same_dims("compare", left, right, node.span, here):
                    return None
                good = self.has_percent(node.right, right, left.type, here)
                return (
                    made if good and self.has_percent(node.left, left, right.type, here) else None
                )
            case DateType(), DateType():
                return made
            case EnumType() as one, EnumType() as other:
                if not self.comparable(one, other):
                    self.incomparable(node, one, other, here)
                    return None
                for enum in (one, other):
                    if not enum.ordered:
                        message = f"the members of `{enum}` have no order"
                        help = f"compare with `is`, or declare `enum {enum} : a < b < …`"
                        if node.operator == "=":
                            help = "compare words with `is`"
                        self.error("MLP0305", message, node.span, here, help)
                        return None
                if not _same_order(one, other):
                    self.incomparable(node, one, other, here)
                    return None
                return made
            case (
                (FlagType() | TextType() | SetOf() | EnumType()),
                (FlagType() | TextType() | SetOf() | EnumType()),
            ) if self.comparable(left.type, right.type) or isinstance(left.type, SetOf):
                message = f"`{node.operator}` does not compare `{left.type}` and `{right.type}`"
                help = "compare words with `is`, sets with `within`"
                self.error("MLP0313", message, node.span, here, help)
                return None
        self.incomparable(node, left.type, right.type, here)
        return None

    def element(self, node: tree.Binary, here: Here) -> core.Expr | None:
        origin = Origin(here.source, node.span)
        if self.bare(node.left, here) and not self.bare(node.right, here):
            whole = self.expr(node.right, ANY, here)
            part = self.expr(node.left, _element(whole), here)
        else:
            part = self.expr(node.left, ANY, here)
            want: Wanted = BROKEN
            if part is not None and isinstance(part.type, EnumType | TextType):
                want = SetOf(part.type)
            elif part is not None:
                message = f"{said(part.type)} is in no set"
                help = "ask it of a member of an enum, or of a text"
                self.error("MLP0313", message, node.left.span, here, help)
                part = None
            whole = self.expr(node.right, want, here)
        if part is None or whole is None:
            return None
        if not isinstance(whole.type, SetOf):
            message = f"`in` wants a set on its right, and this is {said(whole.type)}"
            self.error("MLP0313", message, node.right.span, here, "write `{a, b}`, or use `is`")
            return None
        if not self.comparable(part.type, whole.type.element):
            self.incomparable(node, part.type, whole.type, here)
            return None
        return core.InExpr(part, whole, type=FLAG, origin=origin)

    def within(self, node: tree.Binary, here: Here) -> core.Expr | None:
        part, whole = self.pair(node.left, node.right, here)
        if part is None or whole is None:
            return None
        for side, written in ((part, node.left), (whole, node.right)):
            if not isinstance(side.type, SetOf):
                message = f"`within` compares two sets, and this is {said(side.type)}"
                help = "write `{a}` for a set of one, or use `in`"
                self.error("MLP0313", message, written.span, here, help)
                return None
        if not self.comparable(part.type, whole.type):
            self.incomparable(node, part.type, whole.type, here)
            return None
        return core.WithinExpr(part, whole, type=FLAG, origin=Origin(here.source, node.span))

    def arithmetic(self, node: tree.Binary, want: Wanted, here: Here) -> core.Expr | None:
        sets = want if isinstance(want, SetOf) and node.operator == "+" else ANY
        if want == BROKEN:
            sets = BROKEN
        left, right = self.pair(node.left, node.right, here, sets)
        if left is None or right is None:
            return None
        origin = Origin(here.source, node.span)
        kind: Type | None = None
        match node.operator, left.type, right.type:
            case "+" | "-", Quantity(), Quantity():
                if not self.same_dims(_VERBS[node.operator], left, right, node.span, here):
                    return None
                kind = left.type
            case "*", Quantity(one), Quantity(other):
                kind = Quantity(one.times(other))
            case "/", Quantity(one), Quantity(other):
                kind = Quantity(one.times(other, -1))
            case "+", SetOf(one_of), SetOf(other_of) if self.comparable(one_of, other_of):
                kind = SetOf(_wider(one_of, other_of))
            case "-", DateType(), DateType():
                kind = Quantity(Unit((("s", 1),), Fraction(86400), "day"))
            case "+" | "-", DateType(), Quantity(unit) if unit.dims in (
                (("s", 1),),
                (("month", 1),),
            ):
                kind = DATE
        if kind is None:
            verb = _VERBS[node.operator]
            message = f"cannot {verb} `{left.type}` and `{right.type}`"
            help = "take operands of one kind: numbers, sets (only `+`), or a date and a time"
            self.error("MLP0302", message, node.span, here, help)
            return None
        if (
            node.operator == "/"
            and isinstance(right, core.Const)
            and isinstance(right.value, Fraction)
            and right.value == 0
        ):
            self.error("MLP0313", "division by zero", node.right.span, here, "divide by a number")
            return None
        return core.ArithExpr(node.operator, left, right, type=kind, origin=origin)

    def is_unknown(self, node: tree.IsUnknown, here: Here) -> core.Expr | None:
        wanted = "known" if node.negated else "unknown"
        if here.unknown != wanted:
            if node.negated:
                message = "`is known` stands only in `met when`, and not under `not`"
                help = "ask for the value itself, or write `is unknown` in a rule"
            elif here.unknown == "not":
                message = "`is unknown` may not stand under `not`"
                help = "ask for the value itself: leaving out a fact must not let a rule pass"
            else:
                message = "`is unknown` stands only in rules and obligations"
                help = "give a tree an `unknown:` arm, or move this into a rule"
            self.error("MLP0412", message, node.span, here, help)
            return None
        inner = replace(here, compared=_is_reference(node.operand))
        operand = self.expr(node.operand, ANY, inner)
        origin = Origin(here.source, node.span)
        return operand and core.IsUnknownExpr(operand, node.negated, type=FLAG, origin=origin)

    def conversion(self, node: tree.As, here: Here) -> core.Expr | None:
        operand = self.quantity(node.operand, ANY, here)
        unit = self.units.of(node.unit.text, here.source, node.unit.span)
        if operand is None or unit is None:
            return None
        assert isinstance(operand.type, Quantity)
        way = self.units.way(operand.type.unit.dims, unit.dims)
        if way is None:
            message = f"there is no way from `{operand.type}` to `{unit.text or 'number'}`"
            help = self.units.missing(operand.type.unit, unit)
            self.error("MLP0303", message, node.span, here, help)
            return None
        factor, used = way
        return core.ConvertExpr(
            operand,
            factor,
            used,
            type=Quantity(unit),
            origin=Origin(here.source, node.span),
        )

    def aggregate(self, node: tree.Aggregate, here: Here) -> core.Expr | None:
        over, origin = node.over.text, Origin(here.source, node.span)
        inner = here
        domain: core.Expr | None = None
        variable = ""
        if node.domain is not None:
            domain = self.expr(node.domain, ANY, here)
            if domain is None:
                return None
            if not isinstance(domain.type, SetOf):
                message = f"`over {over} in` wants a set, and this is {said(domain.type)}"
                self.error("MLP0301", message, node.domain.span, here, "name a set")
                return None
            variable = over
            if self.is_value(over, here):
                message = f"the variable `{over}` would hide the value `{over}`"
                help = "choose another name for the variable"
                self.error("MLP0208", message, node.over.span, here, help)
                return None
            inner = replace(here, variables={**here.variables, over: domain.type.element})
        elif over not in ("workloads", "upstream"):
            message = f"`over {over}` is nothing to go through"
            help = f"write `over workloads`, `over upstream` or `over {over} in SET`"
            self.error("MLP0313", message, node.over.span, here, help)
            return None
        where = None if node.where is None else self.expect(node.where, FLAG, inner)
        group: core.Expr | None = None
        if node.once_per is not None:
            named = tree.Var(node.once_per.text, span=node.once_per.span)
            group = self.expr(named, ANY, inner)
        if node.kind == "sum":
            body = self.quantity(node.body, ANY, inner)
        else:
            body = self.expect(node.body, FLAG, inner)
        if body is None or (node.where and where is None) or (node.once_per and group is None):
            return None
        kind: Type = body.type
        if node.kind == "count":
            kind = Quantity(NUMBER)
        return core.AggregateExpr(
            node.kind,
            body,
            where,
            group,
            "set" if domain is not None else over,
            variable,
            domain,
            type=kind,
            origin=origin,
        )

    # -- types -----------------------------------------------------------------------------

    def fits(self, found: Type, wanted: Type) -> bool:
        """May a value of type `found` stand where `wanted` is?"""
        match found, wanted:
            case Quantity(one), Quantity(other):
                return one.dims == other.dims
            case EnumType(), EnumType():
                return set(found.members) <= set(wanted.members)
            case EnumType(), TextType():
                return True
            case SetOf(one), SetOf(other):
                return self.fits(one, other)
            case _:
                return found == wanted

    def comparable(self, one: Type, other: Type) -> bool:
        """Can two values be equal, as `is`, `in` and `within` see it?"""
        match one, other:
            case EnumType(), EnumType():
                mine, theirs = set(one.members), set(other.members)
                return mine <= theirs or theirs <= mine
            case ((EnumType() | TextType()), (EnumType() | TextType())):
                return True
            case SetOf(mine_of), SetOf(theirs_of):
                return self.comparable(mine_of, theirs_of)
            case FlagType(), FlagType():
                return True
            case _:
                return False

    def same_dims(
        self,
        verb: str,
        left: core.Expr,
        right: core.Expr,
        span: Span,
        here: Here,
        joined: str = "and",
    ) -> bool:
        assert isinstance(left.type, Quantity)
        assert isinstance(right.type, Quantity)
        if left.type.unit.dims == right.type.unit.dims:
            return True
        help = self.bridge(left.type.unit, right.type.unit)
        message = f"cannot {verb} `{left.type}` {joined} `{right.type}`"
        labels = tuple(
            Label(side.origin, f"this is `{side.type}`")
            for side in (left, right)
            if side.origin.span != span
        )
        self.report.error("MLP0302", message, here.source, span, help, labels)
        return False

    def bridge(self, left: Unit, right: Unit) -> str:
        """How to bring two units together, as an instruction."""
        if self.units.way(left.dims, right.dims) is not None:
            target = left.text or "number"
            return f"convert one side, as in `… as {target}`"
        if not left.dims or not right.dims:
            return f"write the unit `{right.text or left.text}` after the number without one"
        return self.units.missing(left, right)

    def has_percent(self, node: tree.Expr, found: core.Expr, wanted: Type, here: Here) -> bool:
        """`85` where a percentage is wanted would be 8500 %: nobody means that."""
        if (
            isinstance(node, tree.Number)
            and isinstance(found.type, Quantity)
            and isinstance(wanted, Quantity)
            and (found.type.unit.text, wanted.unit.text) == ("", "%")
            and node.value > 1
        ):
            message = f"a number in `%` is wanted here, and `{plain(node.value)}` has no unit"
            help = f"write `{plain(node.value)} %`"
            self.error("MLP0302", message, node.span, here, help)
            return False
        return True

    def misfit(self, span: Span, found: Type, wanted: Type, here: Here) -> None:
        """A value of one type stands where another is wanted."""
        match found, wanted:
            case Quantity(one), Quantity(other):
                message = f"`{wanted}` is wanted here, and this is `{found}`"
                help = self.bridge(other, one)
                if self.units.way(one.dims, other.dims) is not None:
                    help = f"convert it: `… as {wanted}`"
                self.error("MLP0302", message, span, here, help)
            case ((EnumType() | SetOf()), (EnumType() | SetOf())) if self.both_closed(
                found, wanted
            ):
                self.enums_differ(span, found, wanted, here)
            case _:
                message = f"{said(wanted)} is wanted here, and this is {said(found)}"
                help = f"write a value of type `{wanted}`"
                self.error("MLP0301", message, span, here, help)

    def both_closed(self, one: Type, other: Type) -> bool:
        if isinstance(one, SetOf) and isinstance(other, SetOf):
            one, other = one.element, other.element
        return isinstance(one, EnumType) and isinstance(other, EnumType)

    def enums_differ(self, span: Span, one: Type, other: Type, here: Here) -> None:
        mine = one.element if isinstance(one, SetOf) else one
        theirs = other.element if isinstance(other, SetOf) else other
        assert isinstance(mine, EnumType)
        assert isinstance(theirs, EnumType)
        only = [member for member in mine.members if member not in theirs.members]
        message = f"`{mine}` and `{theirs}` are different enums"
        help = f"declare both with one enum; only `{mine}` has: {listing(only)}"
        self.error("MLP0306", message, span, here, help)

    def incomparable(self, node: tree.Binary, one: Type, other: Type, here: Here) -> None:
        bare_one = one.element if isinstance(one, SetOf) else one
        bare_other = other.element if isinstance(other, SetOf) else other
        if isinstance(bare_one, EnumType) and isinstance(bare_other, EnumType):
            self.enums_differ(node.span, bare_one, bare_other, here)
            return
        message = f"cannot compare `{one}` and `{other}`"
        help = "compare values of one kind"
        self.error("MLP0302", message, node.span, here, help)

    def error(self, code: str, message: str, span: Span, here: Here, help: str) -> None:
        self.report.error(code, message, here.source, span, help)


def said(kind: Type) -> str:
    """A value of a type, in words."""
    match kind:
        case Quantity():
            return f"a number in `{kind}`" if kind.unit.text not in ("", "number") else "a number"
        case EnumType():
            return f"a member of `{kind}`"
        case _:
            return f"a `{kind}`"


def ordinal(node: tree.DateLiteral) -> int:
    """A date as a proleptic Gregorian ordinal. What is no day the parser has reported."""
    try:
        return date.fromisoformat(node.text).toordinal()
    except ValueError:
        return date.min.toordinal()


def keyed_paths(node: tree.PathLiteral, key: EnumType) -> dict[str, tuple[str, ...]]:
    """The path of each member of the key of a keyed input."""
    return {
        member: tuple(member if step[:1] == "{" else step for step in node.steps)
        for member in key.members
    }


def _is_reference(node: tree.Expr) -> bool:
    return isinstance(node, tree.Var | tree.Call)


def _chain(node: tree.Expr, operator: str) -> Iterable[tree.Expr]:
    """The operands of `a and b and c`, in order."""
    if isinstance(node, tree.Binary) and node.operator == operator:
        return (*_chain(node.left, operator), *_chain(node.right, operator))
    return (node,)


def _element(whole: core.Expr | None) -> Wanted:
    if whole is None:
        return BROKEN
    return whole.type.element if isinstance(whole.type, SetOf) else BROKEN


def _wider(one: EnumType | TextType, other: EnumType | TextType) -> EnumType | TextType:
    if isinstance(one, EnumType) and isinstance(other, EnumType):
        return one if set(other.members) <= set(one.members) else other
    return TEXT


def _same_order(one: EnumType, other: EnumType) -> bool:
    common = [m for m in one.members if m in other.members]
    return common == [m for m in other.members if m in one.members]


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
