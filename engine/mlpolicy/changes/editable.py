"""Which fields of a manifest a change may be proposed for, what values each can have, and the
document with some of them stated otherwise or left open.

A field is editable where its schema says so (`x-editable`): what a team can decide or arrange.
It takes part only where the policy reads it, and where no other spelling of the same fact is
stated already.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.changes.partition import Interval
from mlpolicy.core import calendar
from mlpolicy.core.facts import (
    DECLARED_UNKNOWN,
    DeclaredUnknown,
    Document,
    Estimate,
    Fact,
    Workload,
    differing,
    statement,
)
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Const, Input, PathRef, Program, Typed
from mlpolicy.core.show import decimal_text, finite_places, is_money, unit_after
from mlpolicy.core.symbols import PROJECT_PLACE, FieldSymbol, InputSymbol, Symbol
from mlpolicy.core.terms import Per
from mlpolicy.core.types import NUMBER, EnumType, Grain, Quantity, TextType, Type, Unit
from mlpolicy.manifest.overlay import Plain
from mlpolicy.schema import RANKS, Field, Kind, Schema

#: A manifest's numbers lie within this, with at most so many decimals.
LARGEST = Fraction(10**15)
FINEST = Fraction(1, 10**12)


@dataclass(frozen=True, slots=True)
class Options:
    """One of these values. `all_there_are` is no for free text, of which only the words that
    the policy knows are tried."""

    values: tuple[bool | str | Fraction, ...]
    all_there_are: bool = True


@dataclass(frozen=True, slots=True)
class Subset:
    """A list of some of these words. `all_there_are` as for `Options`."""

    members: tuple[str, ...]
    all_there_are: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A number in the field's own unit; a point of time where it has a `grain`, of which only whole
    seconds are proposed."""

    interval: Interval
    grain: Grain | None = None


Domain = Options | Subset | Line


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableField:
    """A field that may be changed. `workload` is None for one of the project. `slot` is what
    the evaluator calls its number while it is open, `slots` are all that may stand for it;
    `today` is what is stated (None: absent); `rank` what a change of it asks of a team, as an
    index of the schema's `RANKS`."""

    path: FieldPath
    workload: str | None
    steps: tuple[str, ...]
    domain: Domain
    unit: Unit
    slot: Symbol
    slots: frozenset[Symbol]
    today: Fact | None
    rank: int = 0

    @property
    def key(self) -> tuple[str, FieldPath]:
        """What tells this field from every other: the workload's name (empty for the project) and
        the path."""
        return (self.workload or "", self.path)


def editables(
    program: Program,
    document: Document,
    schema: Schema,
    reads: Iterable[str],
    workloads: Sequence[str],
    words: Iterable[Typed] = (),
    *,
    any_field: bool = False,
) -> tuple[EditableField, ...]:
    """The editable fields behind the inputs `reads`, of the project and of `workloads`, in the
    order of the policy. `words` are the expressions whose texts free text is tried with;
    `any_field` leaves aside whether the schema calls a field editable."""
    found: dict[tuple[str, FieldPath], EditableField] = {}
    barred: set[tuple[str, FieldPath]] = set()
    texts = _texts(words, program)
    wanted = set(reads)
    for name, declared in program.inputs.items():
        if name not in wanted:
            continue
        for workload in _subjects(declared, workloads):
            stated = [
                i for i, s in enumerate(declared.sources) if _is_stated(s.paths, document, workload)
            ]
            chosen = stated[0] if stated else 0
            for number, source in enumerate(declared.sources):
                for path, key in _paths(source.paths, declared):
                    owner = workload if path.scope.is_each else None
                    editable = _editable(
                        path, key, owner, document, schema, program, texts, any_field
                    )
                    if editable is None:
                        continue
                    if number != chosen:
                        barred.add(editable.key)
                    else:
                        found.setdefault(editable.key, editable)
    return tuple(editable for key, editable in found.items() if key not in barred)


def _subjects(declared: Input, workloads: Sequence[str]) -> Iterator[str | None]:
    paths = (path for source in declared.sources for path in source.paths)
    if any(path.scope.is_each for path in paths):
        yield from workloads
    else:
        yield None


def _is_stated(paths: tuple[PathRef, ...], document: Document, workload: str | None) -> bool:
    if not paths or any(step.startswith("{") for path in paths for step in path.steps):
        return False
    return all(
        fact_at(document, workload if path.scope.is_each else None, path.steps) is not None
        for path in paths
    )


def _paths(paths: tuple[PathRef, ...], declared: Input) -> Iterator[tuple[PathRef, str]]:
    """Each path, once for each member where it is keyed."""
    for path in paths:
        if not any(step.startswith("{") for step in path.steps):
            yield path, ""
        elif declared.key is not None:
            for member in declared.key.members:
                if member not in declared.missing_keys:
                    yield path, member


def _editable(
    path: PathRef,
    key: str,
    workload: str | None,
    document: Document,
    schema: Schema,
    program: Program,
    texts: tuple[str, ...],
    any_field: bool,
) -> EditableField | None:
    steps = tuple(key if step.startswith("{") else step for step in path.steps)
    field = field_at(schema, workload is not None, steps)
    if field is None or not (field.editable or any_field):
        return None
    slot = FieldSymbol(document.place_of(workload), (path.scope.word, *path.steps), key)
    unit = path.type.unit if isinstance(path.type, Quantity) else NUMBER
    texts = (*texts, *_elsewhere(document, workload, steps))
    domain = _domain(field, path, program, tuple(dict.fromkeys(texts)))
    if domain is None:
        return None
    at = FieldPath(path.scope, steps)
    today = fact_at(document, workload, steps)
    # An input of each workload may read a field of the project.
    owners = (
        range(PROJECT_PLACE + 1, len(document.workloads) + 1)
        if workload is None
        else [slot.subject]
    )
    slots: frozenset[Symbol] = frozenset((slot, *_inputs_of(path, key, owners, program)))
    rank = RANKS.index(field.editable) if field.editable in RANKS else len(RANKS)
    return EditableField(
        path=at,
        workload=workload,
        steps=steps,
        domain=domain,
        unit=unit,
        slot=slot,
        slots=slots,
        today=today,
        rank=rank,
    )


def _elsewhere(document: Document, workload: str | None, steps: tuple[str, ...]) -> Iterator[str]:
    """The words that other workloads state there."""
    for other in document.workloads if workload is not None else ():
        fact = other.fact.get(*steps) if other.name != workload else None
        if fact is not None and isinstance(fact.value, str):
            yield fact.value


def _inputs_of(
    path: PathRef, key: str, workloads: Iterable[int], program: Program
) -> Iterator[InputSymbol]:
    """The symbols of the inputs that read a field, where they are unknown."""
    for name, declared in program.inputs.items():
        if any(path in source.paths for source in declared.sources):
            owners = workloads if declared.per is Per.EACH else (PROJECT_PLACE,)
            yield from (InputSymbol(owner, name, key) for owner in owners)


def field_at(schema: Schema, of_workload: bool, steps: tuple[str, ...]) -> Field | None:
    """What the schema says about a field of the project, or of a workload."""
    return schema.root.at(*(schema.scopes.home if of_workload else ("spec",)), *steps)


def _domain(field: Field, path: PathRef, program: Program, texts: tuple[str, ...]) -> Domain | None:
    if field.kind is Kind.FLAG:
        return Options((False, True))
    if field.kind is Kind.LIST:
        items = field.items
        members = tuple(str(m) for m in items.members) if items is not None else ()
        return Subset(members or texts, bool(members))
    if field.kind in (Kind.NUMBER, Kind.INTEGER):
        if field.members:
            return Options(tuple(Fraction(m) for m in field.members))
        return _line(field, path, program)
    if field.grain is not None:
        first, last = (Fraction(calendar.read(end, field.grain)) for end in _ENDS[field.grain])
        step = Fraction(1 if field.grain is Grain.DAY else calendar.SECOND)
        return Line(Interval(first, last, step), field.grain)
    if field.members:
        return Options(tuple(str(m) for m in field.members))
    return Options(texts, all_there_are=False)


#: The first and the last point that is proposed.
_ENDS = {
    Grain.DAY: ("1900-01-01", "2999-12-31"),
    Grain.TIME: ("00:00", "23:59:59"),
    Grain.MOMENT: ("1900-01-01T00:00:00Z", "2999-12-31T23:59:59Z"),
}


def _line(field: Field, path: PathRef, program: Program) -> Line | None:
    """The numbers that the schema allows and no input read from the field refuses."""
    step = Fraction(1) if field.kind is Kind.INTEGER else FINEST
    if field.decimals is not None and field.kind is Kind.NUMBER:
        step = Fraction(1, 10**field.decimals)
    low = Fraction(field.least) if field.least is not None else -LARGEST
    if field.above is not None:
        low = max(low, Fraction(field.above) + step)
    high = Fraction(field.most) if field.most is not None else LARGEST
    for declared in program.inputs.values():
        for source in declared.sources:
            if source.value != path or not isinstance(path.type, Quantity):
                continue
            scale = path.type.unit.scale
            if declared.low is not None:
                low = max(low, declared.low / scale + (step if declared.low_open else 0))
            if declared.high is not None:
                high = min(high, declared.high / scale)
    interval = Interval(-LARGEST, LARGEST, step).between(low, high)
    return Line(interval) if interval is not None else None


def _texts(words: Iterable[Typed], program: Program) -> tuple[str, ...]:
    """The words of free text that a policy can tell apart from any other."""
    found: dict[str, None] = {}
    for expr in words:
        if isinstance(expr, Const) and isinstance(expr.value, str):
            found[expr.value] = None
        of: Type = expr.type
        if isinstance(of, EnumType) and len(of.members) <= 40:
            found.update(dict.fromkeys(of.members))
    if any(isinstance(declared.type, TextType) for declared in program.inputs.values()):
        return tuple(found)
    return ()


# ── Documents with fields stated otherwise ───────────────────────────────────────────────


def fact_at(document: Document, workload: str | None, steps: tuple[str, ...]) -> Fact | None:
    """What is stated at a place, None where nothing is."""
    return _root(document, workload).get(*steps)


def _root(document: Document, workload: str | None) -> Fact:
    if workload is None:
        return document.project
    return next(w.fact for w in document.workloads if w.name == workload)


def differences(before: Document, now: Document) -> Hashable:
    """How a document differs from the one that it was made from: the same where the same is stated
    instead."""
    pairs = [("", before.project, now.project)]
    for one, other in zip(before.workloads, now.workloads, strict=True):
        if one is not other:
            pairs.append((other.name, one.fact, other.fact))
    return tuple(
        sorted(
            (name, steps, statement(fact.get(*steps)))
            for name, was, fact in pairs
            for steps in differing(was, fact)
        )
    )


def state(document: Document, editable: EditableField, value: Plain) -> Document:
    """The document with one field stated so."""
    return _put(document, editable, _fact_value(value, editable.today))


def leave_open(document: Document, opened: Iterable[EditableField]) -> Document:
    """The document with fields that may have any of their values."""
    for editable in opened:
        if isinstance(editable.domain, Line):
            document = bound(document, editable, editable.domain.interval)
        else:
            document = _put(document, editable, DECLARED_UNKNOWN)
    return document


def bound(document: Document, editable: EditableField, interval: Interval) -> Document:
    """The document with a number anywhere in an interval."""
    assert isinstance(editable.domain, Line)
    if not interval.is_point:
        return _put(document, editable, Estimate(interval.low, interval.high))
    return state(document, editable, plain(editable, interval.low))


def plain(editable: EditableField, number: Fraction) -> Plain:
    """A number of a line as the manifest would state it."""
    if isinstance(editable.domain, Line) and editable.domain.grain is not None:
        return calendar.write(int(number), editable.domain.grain)
    return number


def number_today(editable: EditableField) -> Fraction | None:
    """The number stated today, where it is one."""
    value = editable.today.value if editable.today is not None else None
    if isinstance(value, str) and _is_dated(editable):
        return number_of(value, editable)
    return value if isinstance(value, Fraction) else None


def _is_dated(editable: EditableField) -> bool:
    return isinstance(editable.domain, Line) and editable.domain.grain is not None


def _fact_value(value: Plain, today: Fact | None) -> object:
    if value is None:
        return DECLARED_UNKNOWN
    if isinstance(value, tuple):
        return tuple(Fact(item, today.place if today else None) for item in value)  # type: ignore[arg-type]
    return value


def _put(document: Document, editable: EditableField, value: object) -> Document:
    if editable.workload is None:
        project = _set(document.project, editable.steps, value)
        return _replace(document, project, document.workloads)
    workloads = tuple(
        Workload(w.name, _set(w.fact, editable.steps, value)) if w.name == editable.workload else w
        for w in document.workloads
    )
    return _replace(document, document.project, workloads)


def _replace(document: Document, project: Fact, workloads: tuple[Workload, ...]) -> Document:
    return dataclasses.replace(document, project=project, workloads=workloads)


def _set(fact: Fact, steps: tuple[str, ...], value: object) -> Fact:
    inside = dict(fact.value) if isinstance(fact.value, Mapping) else {}
    there = inside.get(steps[0], Fact({}, fact.place, fact.key_place))
    if len(steps) > 1:
        inside[steps[0]] = _set(there, steps[1:], value)
    else:
        inside[steps[0]] = Fact(value, there.place, there.key_place)  # type: ignore[arg-type]
    return Fact(inside, fact.place, fact.key_place)


def without(document: Document, paths: Iterable[PathRef], workload: str) -> Document:
    """The document with some lists of a workload left out."""
    for path in paths:
        if path.scope.is_each:
            workloads = tuple(
                Workload(w.name, _drop(w.fact, path.steps)) if w.name == workload else w
                for w in document.workloads
            )
            document = _replace(document, document.project, workloads)
    return document


def _drop(fact: Fact, steps: tuple[str, ...]) -> Fact:
    if not isinstance(fact.value, Mapping) or steps[0] not in fact.value:
        return fact
    inside = dict(fact.value)
    if len(steps) > 1:
        inside[steps[0]] = _drop(inside[steps[0]], steps[1:])
    else:
        del inside[steps[0]]
    return Fact(inside, fact.place, fact.key_place)


def plain_of(fact: Fact | None) -> Plain:
    """What is stated, as a plain value; None where nothing or `unknown` is."""
    if fact is None or isinstance(fact.value, DeclaredUnknown | Mapping):
        return None
    if isinstance(fact.value, tuple):
        return tuple(str(item.value) for item in fact.value)
    return fact.value


# ── In words ─────────────────────────────────────────────────────────────────────────────


def number_of(value: Plain, editable: EditableField) -> Fraction:
    """A stated value as a number of its line."""
    if isinstance(value, str):
        assert isinstance(editable.domain, Line)
        assert editable.domain.grain is not None
        return Fraction(calendar.read(value, editable.domain.grain))
    assert isinstance(value, Fraction)
    return value


def said(value: Plain, editable: EditableField) -> str:
    """A stated value in words, with its unit."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case Fraction():
            least = 2 if is_money(editable.unit) and value.denominator != 1 else 0
            places = finite_places(value) or 0
            text = decimal_text(value, max(least, min(places, 12)))
            return f"{text}{_tail(value, editable)}"
        case Estimate():
            low, high = decimal_text(value.low), decimal_text(value.high)
            return f"{low} .. {high}{_tail(value.high, editable)}"
        case tuple():
            return f"[{', '.join(value)}]"
        case str():
            return value


def _tail(number: Fraction, editable: EditableField) -> str:
    return unit_after(number * editable.unit.scale, editable.unit)


def interval_text(interval: Interval, editable: EditableField) -> str:
    """An interval of a field's line: `from 85 %`, `below 85 %`, `10 .. 20`."""
    assert isinstance(editable.domain, Line)
    whole = editable.domain.interval

    def end(number: Fraction) -> str:
        return said(plain(editable, number), editable)

    low = high = ""
    if interval.is_point:
        return f"exactly {end(interval.low)}"
    if interval.low > whole.low:
        bar = interval.low - interval.step
        finest = interval.step == FINEST and (finite_places(bar) or 0) < 12
        low = f"above {end(bar)}" if finest else f"from {end(interval.low)}"
    if interval.high < whole.high:
        bar = interval.high + interval.step
        finest = interval.step == FINEST and (finite_places(bar) or 0) < 12
        high = f"below {end(bar)}" if finest else f"up to {end(interval.high)}"
    return " and ".join(part for part in (low, high) if part) or "any number"


__all__ = [
    "EditableField",
    "Line",
    "Options",
    "Subset",
    "bound",
    "differences",
    "editables",
    "fact_at",
    "field_at",
    "interval_text",
    "leave_open",
    "number_of",
    "number_today",
    "plain",
    "plain_of",
    "said",
    "state",
    "without",
]
