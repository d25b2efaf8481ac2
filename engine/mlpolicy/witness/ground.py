"""What a search for a witness begins with: a valid manifest that states as little as may be, and
the fields beside it that a policy reads, each with values to try.

An open field may have any of its values: it stands as a range, or as `unknown`. What holds of a
manifest of which all fields are open holds of every manifest with one workload.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product

from mlpolicy.changes.editable import (
    EditableField,
    Line,
    Options,
    Subset,
    editables,
    fact_at,
    field_at,
    leave_open,
    plain,
    state,
    without,
)
from mlpolicy.core import calendar
from mlpolicy.core.facts import DECLARED_UNKNOWN, Document, Estimate, Fact
from mlpolicy.core.fields import input_fields
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import (
    BestRow,
    ColumnRef,
    Const,
    GivenFact,
    GivenValue,
    PolicyTest,
    Program,
    Records,
    Typed,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.scopes import Scope
from mlpolicy.core.symbols import PROJECT_PLACE, EntrySymbol, Symbol, order
from mlpolicy.core.types import NUMBER, EnumType, Quantity, RowType
from mlpolicy.core.visit import Node, walk_whole
from mlpolicy.diagnostics import Severity
from mlpolicy.manifest import load
from mlpolicy.manifest.overlay import Plain
from mlpolicy.schema import Field, Kind, Schema
from mlpolicy.source import NOWHERE, Origin, Place, Source
from mlpolicy.testing import OWNER, manifest_of

#: Of one field no more values than these are tried.
MOST_VALUES = 60

#: A list of entries is made no longer than this.
MOST_ENTRIES = 3

#: A number where nothing in a policy turns.
_PLAIN = Fraction(1)

_HERE = Place("witness", 1, 1)
_NO_TEXT = Origin(Source("witness", ""), NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A field that may be stated, with `values` to try besides those at which something turns. Of a
    list of entries, `entries` are the records that are read from it, by name."""

    field: EditableField
    values: tuple[Plain, ...] = ()
    entries: Mapping[str, EntryForm] = dataclasses.field(default_factory=dict)

    def is_meant(self, symbols: Iterable[Symbol]) -> bool:
        """Does one of some symbols stand for it?"""
        return any(
            symbol in self.field.slots
            or (isinstance(symbol, EntrySymbol) and symbol.row.table in self.entries)
            for symbol in symbols
        )

    def tried(self, turns: Iterable[Fraction] = ()) -> tuple[Plain, ...]:
        """The values to try: those at which something turns, and just beside these, first."""
        domain = self.field.domain
        if not isinstance(domain, Line):
            return self.values
        line, found = domain.interval, dict[Plain, None]()
        for turn in sorted(turns):
            if len(found) >= MOST_VALUES:
                break
            number = turn / self.field.unit.scale if domain.grain is None else turn
            for near in _near(number, line.step):
                inside = line.between(near, near)
                if inside is not None:
                    found[plain(self.field, inside.low)] = None
        return (*found, *(value for value in self.values if value not in found))[:MOST_VALUES]

    def lengthened(
        self,
        document: Document,
        symbols: Iterable[Symbol],
        turns: Callable[[Symbol], Iterable[Fraction]],
    ) -> Iterator[Plain]:
        """Of a list of entries: what it states with one entry more, of those that are asked for."""
        stated = fact_at(document, self.field.workload, self.field.steps)
        now = stated.value if stated is not None and isinstance(stated.value, tuple) else ()
        if len(now) >= MOST_ENTRIES:
            return
        before: tuple[object, ...] = tuple(each.value for each in now)
        made: dict[_Entry, None] = {}
        asked = [s for s in sorted(set(symbols), key=order) if isinstance(s, EntrySymbol)]
        for symbol in asked:
            form = self.entries.get(symbol.row.table)
            if form is not None and len(made) < MOST_VALUES:
                made.update(dict.fromkeys(form.entries(symbol, turns(symbol))))
        for entry in list(made)[:MOST_VALUES]:
            inside = {name: Fact(value, _HERE) for name, value in entry}
            yield (*before, inside)  # type: ignore[arg-type]


def _near(number: Fraction, step: Fraction) -> tuple[Fraction, ...]:
    """A number, and one just beside it on each side."""
    beside = max(step, Fraction(1, 100) if number.denominator > 1 else _PLAIN)
    return (number, number + beside, number - beside)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A policy, the schema of its manifests, a valid manifest that states little, and the fields
    that may be stated in it."""

    program: Program
    schema: Schema
    document: Document
    slots: tuple[Slot, ...]
    seeds: tuple[PolicyTest, ...] = dataclasses.field(default=(), repr=False)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all that the policy declares."""
        return tuple(walk_whole(self.program))

    @cached_property
    def opened(self) -> Document:
        """The manifest with every field open."""
        return self.open(self.document, self.slots)

    def unstated(self, left_out: Container[str] = ()) -> Document:
        """A document in which nothing is known that any input may be read from: each may be
        whatever it may be, in whichever form it is stated. Some inputs are left out."""
        project, workload = self.document.project, self.document.workloads[0]
        fact = workload.fact
        for records in self.program.records.values():
            if records.path.scope.is_each:
                fact = _drop(fact, records.path.steps)
            else:
                project = _drop(project, records.path.steps)
        for name, declared in self.program.inputs.items():
            for path in sorted(input_fields(declared), key=str):
                value = None if name in left_out else Fact(DECLARED_UNKNOWN, _HERE)
                steps = tuple(map(str, path.steps))
                if path.scope.is_each:
                    fact = _with(fact, steps, value)
                else:
                    project = _with(project, steps, value)
        one = replace(workload, fact=fact)
        return replace(self.document, project=project, workloads=(one,))

    def open(self, document: Document, slots: Iterable[Slot]) -> Document:
        """A document with some fields open. A list of entries is open where it is not stated."""
        fields = (slot.field for slot in slots if not slot.entries)
        return leave_open(document, fields)

    def drop(self, document: Document, slots: Iterable[Slot]) -> Document:
        """A document in which some fields say what they say in the manifest that states little."""
        for slot in slots:
            if slot.entries and self._is_longer(document, slot):
                continue
            value = slot.field.today
            if value is not None:
                document = _put(document, slot.field, value)
            else:
                document = _dropped(document, slot.field)
        return document

    def _is_longer(self, document: Document, slot: Slot) -> bool:
        now = fact_at(document, slot.field.workload, slot.field.steps)
        return now is not None and bool(now.value)

    def given(self, document: Document) -> tuple[GivenFact, ...]:
        """What a document states, as the facts of a test."""
        scopes = document.scopes
        found = [*_facts(scopes.shared, document.project)] if scopes.items else []
        for workload in document.workloads:
            found += _facts(scopes.each, workload.fact)
        return tuple(found)

    def manifest(self, given: tuple[GivenFact, ...]) -> str:
        """The text of the manifest that these facts make."""
        return manifest_of(
            replace(_NOTHING, given=given, workloads=(self.program.scopes.each.word,)), self.schema
        )

    def loaded(self, given: tuple[GivenFact, ...]) -> Document | None:
        """The document that these facts make; None where it is not valid."""
        documents, said = load(self.manifest(given).encode(), "witness", self.schema)
        if len(documents) != 1 or any(each.severity is Severity.ERROR for each in said):
            return None
        return documents[0]


_NOTHING = PolicyTest(
    title="",
    whole="",
    as_of=None,
    given=(),
    bars=(),
    workloads=(),
    expected=(),
    origin=_NO_TEXT,
    block=_NO_TEXT,
)


def prepared(program: Program, schema: Schema, begin: str) -> Ground | None:
    """What a search begins with. `begin` is the text of a manifest that is valid as it stands.
    None where the tests of a policy can make no manifest of it."""
    documents, _ = load(begin.encode(), "witness", schema)
    if len(documents) != 1 or len(documents[0].workloads) != 1:
        return None
    bare = Ground(program=program, schema=schema, document=documents[0], slots=())
    document = bare.loaded(bare.given(documents[0]))
    if document is None:
        return None
    one = program.scopes.each.word
    words = [found for found in bare.nodes if isinstance(found, Typed)]
    fields = editables(program, document, schema, program.inputs, (one,), words, any_field=True)
    slots = [Slot(field=each, values=_values(each)) for each in fields]
    slots += _lists(program, bare.nodes, schema)
    return Ground(
        program=program,
        schema=schema,
        document=document,
        slots=tuple(slots),
        seeds=tuple(
            sorted(
                (each for each in program.tests if each.workloads == (one,) and not each.bars),
                key=lambda test: test.origin.place,
            )
        ),
    )


def _values(editable: EditableField) -> tuple[Plain, ...]:
    """Values of a field, the plainest first."""
    match editable.domain:
        case Options(values=values, all_there_are=whole):
            return values[:MOST_VALUES] if whole else (*values[:MOST_VALUES], "other")
        case Subset(members=members):
            some: list[Plain] = [(), *((word,) for word in members)]
            if len(members) <= 5:
                for count in range(2, len(members) + 1):
                    some += combinations(members, count)
            else:
                some.append(members)
            return tuple(some[:MOST_VALUES])
        case Line(interval=line, grain=grain):
            point = _PLAIN
            if grain is not None:
                point = Fraction(calendar.read(calendar.SOME[grain], grain))
            ends = (line.low, line.high)
            numbers = dict.fromkeys((line.nearest(point), *(() if grain is not None else ends)))
            return tuple(plain(editable, number) for number in numbers)
        case _:
            return ()


# ── Lists of entries ─────────────────────────────────────────────────────────────────────

_Entry = tuple[tuple[str, bool | Fraction | str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForm:
    """How an entry of some records may look: what its keys may be, what its other columns are at
    their plainest, of those that are required or that the policy reads, and what they may be."""

    keys: Mapping[str, tuple[str, ...]]
    plainest: Mapping[str, bool | Fraction | str]
    scales: Mapping[str, Fraction]
    others: Mapping[str, tuple[bool | Fraction | str, ...]]

    def entries(self, symbol: EntrySymbol, turns: Iterable[Fraction]) -> Iterator[_Entry]:
        """Entries that state a column that is asked for, each with another value of it."""
        known = dict(symbol.row.keys)
        options = [(known[k],) if k in known else words for k, words in self.keys.items()]
        column = symbol.column
        values: list[bool | Fraction | str] = []
        if column in self.scales:
            for turn in sorted(turns):
                values += _near(turn / self.scales[column], _PLAIN)
        values += self.others.get(column, ())
        for words in product(*options):
            entry = {**self.plainest, **dict(zip(self.keys, words, strict=True))}
            for value in dict.fromkeys(values):
                yield tuple({**entry, column: value}.items())
            if not values:
                yield tuple(entry.items())


def _lists(program: Program, nodes: Sequence[Node], schema: Schema) -> Iterator[Slot]:
    """The lists of entries that a policy reads."""
    by_path: dict[tuple[Scope, tuple[str, ...]], list[Records]] = {}
    for records in program.records.values():
        by_path.setdefault((records.path.scope, records.path.steps), []).append(records)
    for (scope, steps), several in by_path.items():
        workload = scope.word if scope.is_each else None
        found = field_at(schema, workload is not None, steps)
        if found is None or found.items is None:
            continue
        item = found.items
        symbol = EntrySymbol(
            PROJECT_PLACE + 1 if scope.is_each else PROJECT_PLACE,
            RowId(table=several[0].name, index=-1),
            "",
        )
        yield Slot(
            field=EditableField(
                path=FieldPath(scope, steps),
                workload=workload,
                steps=steps,
                domain=Options((), False),
                unit=NUMBER,
                slot=symbol,
                slots=frozenset(),
                today=None,
            ),
            entries={each.name: _form(each, item, nodes) for each in several},
        )


def _form(records: Records, item: Field, nodes: Sequence[Node]) -> EntryForm:
    read = _columns_read(records, nodes)
    plainest = {
        name: _plainest(below)
        for name, below in item.children.items()
        if (name in item.required or name in read) and below.kind is not Kind.MAPPING
    }
    return EntryForm(
        keys={
            key: _words(records, key, item, nodes) for key in records.keys if key in item.children
        },
        plainest=plainest,
        scales={
            name: column.type.unit.scale
            for name, column in records.columns.items()
            if isinstance(column.type, Quantity)
        },
        others={
            name: _others(item.children[name])
            for name in records.columns
            if name in item.children and name not in records.keys
        },
    )


def _columns_read(records: Records, nodes: Sequence[Node]) -> set[str]:
    found: set[str] = set()
    for expr in nodes:
        if isinstance(expr, ColumnRef):
            of = expr.row.type
            if isinstance(of, RowType) and of.table == records.name:
                found.add(expr.column.partition(".")[0])
        elif isinstance(expr, BestRow) and expr.table == records.name:
            found.update(name.partition(".")[0] for name in (*expr.by, *expr.stating))
    return found


def _words(records: Records, key: str, item: Field, nodes: Sequence[Node]) -> tuple[str, ...]:
    """What a key may be: the words of its type, or those that the policy names anywhere."""
    declared = item.children[key].members
    of = records.columns[key].type if key in records.columns else None
    if isinstance(of, EnumType):
        return tuple(word for word in of.members if not declared or word in declared)
    said = {expr.value for expr in nodes if isinstance(expr, Const) and isinstance(expr.value, str)}
    return tuple(sorted(said))[:MOST_VALUES] or ("a",)


def _others(of: Field) -> tuple[bool | Fraction | str, ...]:
    """What a column may be, besides where something turns."""
    if of.members:
        return tuple(m if isinstance(m, str) else Fraction(m) for m in of.members)[:MOST_VALUES]
    match of.kind:
        case Kind.FLAG:
            return (False, True)
        case Kind.NUMBER | Kind.INTEGER:
            ends = [Fraction(end) for end in (of.least, of.most) if end is not None]
            return (_plainest(of), *ends)
        case _:
            return (_plainest(of),)


def _plainest(of: Field) -> bool | Fraction | str:
    if of.members:
        first = of.members[0]
        return first if isinstance(first, str) else Fraction(first)
    match of.kind:
        case Kind.FLAG:
            return False
        case Kind.NUMBER | Kind.INTEGER:
            return Fraction(of.least) if of.least is not None and of.least > 1 else _PLAIN
        case _:
            return "a" if of.grain is None else calendar.SOME[of.grain]


# ── Documents and facts ──────────────────────────────────────────────────────────────────


def _put(document: Document, editable: EditableField, fact: Fact) -> Document:
    value = fact.value
    if isinstance(value, tuple):
        inside = tuple(each.value for each in value)
        return state(document, editable, inside)  # type: ignore[arg-type]
    if value is DECLARED_UNKNOWN:
        return state(document, editable, None)
    return state(document, editable, value)  # type: ignore[arg-type]


def _dropped(document: Document, editable: EditableField) -> Document:
    path = _AsPath(editable.path.scope, editable.steps)
    if editable.workload is not None:
        return without(document, (path,), editable.workload)  # type: ignore[arg-type]
    return replace(document, project=_drop(document.project, editable.steps))


@dataclass(frozen=True, slots=True)
class _AsPath:
    scope: Scope
    steps: tuple[str, ...]


def _drop(fact: Fact, steps: tuple[str, ...]) -> Fact:
    if not isinstance(fact.value, Mapping) or steps[0] not in fact.value:
        return fact
    inside = dict(fact.value)
    if len(steps) > 1:
        inside[steps[0]] = _drop(inside[steps[0]], steps[1:])
        if not inside[steps[0]].value:
            del inside[steps[0]]
    else:
        del inside[steps[0]]
    return replace(fact, value=inside)


def _with(fact: Fact, steps: tuple[str, ...], value: Fact | None) -> Fact:
    """The mapping with something at a path below it, or, for None, without it."""
    if value is None:
        return _drop(fact, steps)
    inside = dict(fact.value) if isinstance(fact.value, Mapping) else {}
    below = inside.get(steps[0], Fact({}, _HERE))
    inside[steps[0]] = _with(below, steps[1:], value) if len(steps) > 1 else value
    return replace(fact, value=inside)


def _facts(scope: Scope, fact: Fact, steps: tuple[str, ...] = ()) -> Iterator[GivenFact]:
    if isinstance(fact.value, Mapping):
        for name, below in fact.value.items():
            if not steps and (scope.is_each, name) in _FILLED_IN:
                continue
            yield from _facts(scope, below, (*steps, name))
        return
    yield GivenFact(scope=scope, steps=steps, value=_given(fact), origin=_NO_TEXT)


#: What every test has without stating it.
_FILLED_IN = frozenset({(True, "name"), (False, "owner")})


def _given(fact: Fact) -> GivenValue:
    match fact.value:
        case Estimate(low=low, high=high):
            return {"low": low, "high": high}
        case Mapping():
            return {name: _given(below) for name, below in fact.value.items()}
        case tuple():
            return tuple(_given(below) for below in fact.value)
        case bool() | Fraction() | str():
            return fact.value
        case _:
            return "unknown"


__all__ = ["OWNER", "Ground", "Slot", "prepared"]
