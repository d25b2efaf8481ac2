"""Whether two versions of a policy decide any manifest otherwise: manifests that they do, or the
proof that there is none, or neither.

Where all that both versions read has few values that they can tell apart (words, flags, numbers
that are compared with literals and bars alone), every combination of them is decided by both:
stated, as an estimate, as `unknown`, and left out. Else what the tests state is tried, and values
at which a changed part turns: then a manifest may be found, and nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import prod

from mlpolicy.changes.editable import EditableField, Line, Options, Subset, field_at, state
from mlpolicy.changes.partition import Interval
from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document, Estimate
from mlpolicy.core.program import (
    AggregateExpr,
    Apply,
    Bar,
    BarRef,
    Const,
    Expr,
    InputRef,
    PathRef,
    PolicyTest,
    Program,
    Rule,
    Template,
    Typed,
)
from mlpolicy.core.terms import Over
from mlpolicy.core.types import RowType
from mlpolicy.core.visit import Node, children, walk, walk_whole
from mlpolicy.decide import Context, decide
from mlpolicy.manifest.overlay import Plain
from mlpolicy.testing import day_of
from mlpolicy.versions.constructs import Change, changes
from mlpolicy.versions.impact import Effect, What, effects
from mlpolicy.witness.days import MOST_DAYS, counts_days, days_of
from mlpolicy.witness.goals import Fires, Look, seen
from mlpolicy.witness.ground import Ground, Slot
from mlpolicy.witness.search import Witness

#: Every combination is decided where there are no more than so many, over all days.
MOST_CASES = 4_000

#: Else no more manifests are tried than these, with so many tests to begin with; fewer where a
#: policy has so many expressions that deciding by it takes long.
MOST_TRIED = 150
_MOST_SEEDS = 30
_LEAST_TRIED = 24
_WORK = 200_000

#: So many manifests are shown.
MOST_SHOWN = 5

_COMPARES = frozenset(("<", "<=", ">", ">=", "=", "is"))


class NotShown(StrEnum):
    """Why it is not shown that two versions decide alike. The values are those of the document."""

    CASES = "cases"  # there are too many
    NUMBERS = "numbers"  # something is reckoned with, or a text or a day is read
    LISTS = "lists"  # lists of entries, or rows that a manifest may bring
    WORKLOADS = "workloads"
    DAYS = "days"
    WAIVERS = "waivers"  # what may be waived differs
    FIELDS = "fields"  # what is read from a manifest, and how, differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A manifest that is decided otherwise, and in what: first what no manifest before it showed.
    `before` is what the older version decides."""

    witness: Witness
    effects: tuple[Effect, ...]
    before: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of it. `number` manifests were decided by both, `otherwise` of them otherwise;
    `why_not` is None where these are all there are to tell apart."""

    shown: tuple[Shown, ...]
    number: int
    otherwise: int
    why_not: NotShown | None


def compared(old: Ground, new: Ground) -> Compared:
    """Compares two versions whose manifests have one schema."""
    cases, why = _all_cases(old, new)
    told: dict[object, None] = {}
    shown: list[Shown] = []
    number = otherwise = 0
    for document, day in cases if cases is not None else _some_cases(old, new):
        number += 1
        before, after = _decide(old.program, document, day), _decide(new.program, document, day)
        found = effects(before, after)
        if not found:
            continue
        if all(_kind(each) in told for each in found) or len(shown) >= MOST_SHOWN:
            otherwise += 1
            continue
        one = _shown(old, new, document, day)
        if one is not None:
            otherwise += 1
            shown.append(
                replace(one, effects=tuple(sorted(one.effects, key=lambda e: _kind(e) in told)))
            )
            told.update(dict.fromkeys(map(_kind, one.effects)))
    shown.sort(key=_weight)
    return Compared(shown=tuple(shown), number=number, otherwise=otherwise, why_not=why)


def _weight(shown: Shown) -> int:
    """What is told first: another answer, then another finding that is not only one that waits."""
    answers = any(each.what is What.ANSWER for each in shown.effects)
    return 0 if answers else 1 if not all(each.is_quiet for each in shown.effects) else 2


#: A manifest, and the day for which it is decided.
Case = tuple[Document, date]


def _shown(old: Ground, new: Ground, document: Document, day: date) -> Shown | None:
    """The manifest of a document with what is decided otherwise; None where it is not valid, or,
    as it stands, decided alike."""
    given = new.given(document)
    loaded = new.loaded(given)
    if loaded is None:
        return None
    before, after = _decide(old.program, loaded, day), _decide(new.program, loaded, day)
    found = tuple(each for each in effects(before, after) if each.what is not What.VERDICT)
    if not found:
        return None
    return Shown(
        witness=Witness(given=given, day=day, document=loaded), effects=found, before=before
    )


def _kind(effect: Effect) -> object:
    """What is one difference: for an answer, from which outcome to which."""
    if effect.what in (What.ANSWER, What.POSSIBLE, What.FINDING):
        return effect.what, effect.name, effect.before, effect.after
    return effect.what, effect.name


def _decide(program: Program, document: Document, day: date) -> Decision:
    context = Context(as_of=day, today=day, explain=False, settle=False)
    return decide(program, document, context)


# ── Every case ───────────────────────────────────────────────────────────────────────────


def _all_cases(old: Ground, new: Ground) -> tuple[Iterator[Case] | None, NotShown | None]:
    """Every case that two versions can tell apart, and why that proves nothing; None where there
    are too many, or they cannot be told."""
    why = _barred(old, new)
    slots = {slot.field.key: slot for slot in (*old.slots, *new.slots)}
    domains: list[tuple[Slot, tuple[Plain | None, ...]]] = []
    for slot in slots.values():
        values = _values(slot, old, new)
        if values is None:
            return None, why or NotShown.NUMBERS
        domains.append((slot, values))
    days = sorted({*_days(old), *_days(new)})
    first = date.fromordinal(min(old.program.effective, new.program.effective))
    days = [day for day in days if day >= first]
    count = len(days) * prod(len(values) for _, values in domains)
    if count > MOST_CASES or len(days) > MOST_DAYS:
        return None, why or NotShown.CASES

    def every() -> Iterator[Case]:
        for day in days:
            for values in product(*(values for _, values in domains)):
                document = new.document
                for (slot, _), value in zip(domains, values, strict=True):
                    if isinstance(value, _Absent):
                        document = new.drop(document, (slot,))
                    else:
                        document = state(document, slot.field, value)
                yield document, day

    return every(), why


def _days(ground: Ground) -> tuple[date, ...]:
    return days_of(ground.nodes, ground.program.effective)


class _Absent:
    """The field is left out."""


_ABSENT = _Absent()


def _barred(old: Ground, new: Ground) -> NotShown | None:
    """Why nothing is proved of two versions, whatever they read; None where it may be."""
    for ground in (old, new):
        program = ground.program
        if program.records or any(each.override for each in program.catalogs.values()):
            return NotShown.LISTS
        exprs = [each for each in ground.nodes if isinstance(each, Typed)]
        for expr in exprs:
            if isinstance(expr, AggregateExpr) and expr.over is not Over.SET:
                return NotShown.WORKLOADS
        if counts_days(exprs, exprs):
            return NotShown.DAYS
        if any(len(each.sources) != 1 for each in program.inputs.values()):
            return NotShown.FIELDS
        for declared in program.inputs.values():
            if not isinstance(declared.sources[0].value, PathRef):
                return NotShown.FIELDS
    for change in changes(old.program, new.program):
        if change.means and change.construct.part == "inputs":
            return NotShown.FIELDS
        if change.means and _waived_otherwise(change, old.program, new.program):
            return NotShown.WAIVERS
    return None


def _waived_otherwise(change: Change, old: Program, new: Program) -> bool:
    """Does a waiver of a rule or an obligation count otherwise?"""
    if change.construct.part == "obligations":
        one, other = (each.obligations.get(change.construct.name) for each in (old, new))
        return (one and one.waivable) != (other and other.waivable)
    if change.construct.part != "rules":
        return False
    was = old.rules.get(change.before or change.construct.name)
    now = new.rules.get(change.construct.name)
    if was is None or now is None:
        return False
    return (was.name, was.was, was.waivable, was.bounds, was.per) != (
        now.name,
        now.was,
        now.waivable,
        now.bounds,
        now.per,
    )


def _values(slot: Slot, old: Ground, new: Ground) -> tuple[Plain | None, ...] | None:
    """Every value of a field that two versions can tell apart; None where that is not told."""
    editable = slot.field
    found = field_at(new.schema, editable.workload is not None, editable.steps)
    if found is None or slot.entries:
        return None
    values: list[Plain]
    match editable.domain:
        case Options(values=options, all_there_are=True):
            values = list(options)
        case Subset(members=members, all_there_are=True) if len(members) <= 5:
            values = []
            for count in range(len(members) + 1):
                values += combinations(members, count)
        case Line(grain=None):
            numbers = _numbers(editable, old, new)
            if numbers is None:
                return None
            values = list(numbers)
            if found.estimate:
                values += [Estimate(*pair) for pair in combinations(numbers, 2)]
        case _:
            return None
    if found.unknown:
        values.append(None)
    if editable.today is None:
        values.append(_ABSENT)  # type: ignore[arg-type]
    return tuple(values)


def _numbers(editable: EditableField, old: Ground, new: Ground) -> list[Fraction] | None:
    """A number for every part into which literals cut those of a field; None where it is compared
    with anything else, or reckoned with."""
    turns: set[Fraction] = set()
    for program in (old.program, new.program):
        names = {
            name
            for name, declared in program.inputs.items()
            if any(getattr(s, "name", None) == name for s in editable.slots)
            or any(p.steps == editable.steps for src in declared.sources for p in src.paths)
        }
        cut = _turns(program, names)
        if cut is None:
            return None
        turns |= cut
    domain = editable.domain
    assert isinstance(domain, Line)
    line = domain.interval
    at = sorted(turn / editable.unit.scale for turn in turns)
    ends = [line.low, *at, line.high]
    found: set[Fraction] = set()
    for turn in at:
        inside = line.between(turn, turn)
        if inside is not None:
            found.add(inside.low)
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        for number in (low + 1, middle, low + line.step, high - line.step, line.low, line.high):
            between = line.between(max(line.low, number - line.step), min(line.high, number))
            if between is not None and _is_between(between.high, low, high, line):
                found.add(between.high)
                break
    return sorted(found)


def _is_between(number: Fraction, low: Fraction, high: Fraction, line: Interval) -> bool:
    """Does a number lie between two turns? The ends of the line are no turns."""
    above = number > low or (number == low == line.low)
    return above and (number < high or (number == high == line.high))


def _turns(program: Program, names: set[str]) -> set[Fraction] | None:
    """The numbers with which inputs are compared, on whatever day; None where there is more."""
    turns: set[Fraction] = set()
    waiting: list[Node] = [*_declared(program)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Template):
            continue
        below = list(children(node))
        asked = [e for e in below if isinstance(e, InputRef) and e.name in names]
        if asked:
            if not isinstance(node, Apply) or node.operator not in _COMPARES:
                return None
            for other in below:
                if other in asked and len(asked) == 1:
                    continue
                numbers = _written(other, program)
                if numbers is None:
                    return None
                turns |= numbers
        waiting.extend(below)
    return turns


def _declared(program: Program) -> Iterator[Node]:
    yield from (
        each
        for part in (
            *(program.inputs, program.bars, program.catalogs, program.shortlists),
            *(program.defines, program.scores, program.trees, program.obligations),
            *(program.rules, program.reports),
        )
        for each in part.values()
    )


def _written(expr: Node, program: Program) -> set[Fraction] | None:
    """The numbers that a literal or a bar may be."""
    if isinstance(expr, Const) and isinstance(expr.value, Fraction):
        return {expr.value}
    if isinstance(expr, BarRef):
        bar: Bar = program.bars[expr.name]
        values = [line.value for line in bar.lines] + [each.value for each in bar.exceptions]
        found: set[Fraction] = set()
        for value in values:
            if not isinstance(value, Const) or not isinstance(value.value, Fraction):
                return None
            found.add(value.value)
        return found
    return None


# ── Some cases ───────────────────────────────────────────────────────────────────────────


def _some_cases(old: Ground, new: Ground) -> Iterator[Case]:
    """What tests state, and the same with one field otherwise that a changed part reads, at the
    values at which something turns in one of the versions."""
    differing = [each for each in changes(old.program, new.program) if each.means]
    slots, lists = _read(differing, old, new)
    steps = {*(slot.field.steps for slot in slots), *lists}
    days = _days(new)[:2]
    begins = {*_days(new)} - {*_days(old)}
    begun: list[Case] = [(new.document, day) for day in days]
    for ground in (new, old):
        seeds = sorted(ground.seeds, key=lambda test: -_stated(test, steps))
        for test in seeds[:_MOST_SEEDS]:
            document = new.loaded(test.given)
            if document is not None:
                day = day_of(test, document, ground.program)
                begun.append((document, max(begins) if begins else day))
    size = len(old.program.nodes) + len(new.program.nodes)
    left = min(MOST_TRIED, max(_LEAST_TRIED, _WORK // (size + 1)))
    begun = begun[: max(2, left // 2)]
    for case in begun:
        if left <= 0:
            return
        left -= 1
        yield case
    yield from _varied(old, new, begun, slots, left)


def varied(old: Ground, new: Ground, begun: Sequence[Case], most: int) -> Iterator[Case]:
    """Documents with one field otherwise that a changed part reads, at the values at which
    something turns in one of the versions: no more than `most`."""
    differing = [each for each in changes(old.program, new.program) if each.means]
    slots, _ = _read(differing, old, new)
    yield from _varied(old, new, begun, slots, most)


def _varied(
    old: Ground, new: Ground, begun: Sequence[Case], slots: Sequence[Slot], left: int
) -> Iterator[Case]:
    for document, day in begun:
        for slot in slots:
            if left <= 0:
                return
            left -= 2
            for value in _turning(slot, document, day, old, new):
                if left <= 0:
                    return
                left -= 1
                yield state(document, slot.field, value), day


def _read(
    differing: Sequence[Change], old: Ground, new: Ground
) -> tuple[list[Slot], set[tuple[str, ...]]]:
    """The fields that changed parts read, and the lists of entries."""
    names: set[str] = set()
    lists: set[tuple[str, ...]] = set()
    for ground in (old, new):
        program = ground.program
        for change in differing:
            own = [*_changed(change, program), *_compared_with(change.construct.name, program)]
            for expr in reached(own, program):
                if isinstance(expr, InputRef):
                    names.add(expr.name)
                elif isinstance(expr.type, RowType) and expr.type.table in program.records:
                    lists.add(program.records[expr.type.table].path.steps)
    slots = [
        slot
        for slot in new.slots
        if any(getattr(symbol, "name", None) in names for symbol in slot.field.slots)
    ]
    return slots, lists


def _changed(change: Change, program: Program) -> Iterator[Expr]:
    """The expressions of a construct that differs."""
    declared = getattr(program, change.construct.part, None)
    if isinstance(declared, Mapping):
        for name in (change.before, change.construct.name):
            found = declared.get(name)
            if found is not None:
                yield from (each for each in walk(found) if isinstance(each, Typed))


def _compared_with(bar: str, program: Program) -> Iterator[Expr]:
    """What is compared with a bar."""
    for node in walk_whole(program):
        if isinstance(node, Apply):
            if any(isinstance(each, BarRef) and each.name == bar for each in node.operands):
                yield from node.operands


def _stated(test: PolicyTest, steps: set[tuple[str, ...]]) -> int:
    """How many of some fields a test states."""
    return sum(fact.steps in steps for fact in test.given)


def _rules_reading(slot: Slot, program: Program) -> Iterator[Rule]:
    """The rules that read a field."""
    for rule in program.rules.values():
        names = {e.name for e in reached(rule.conditions, program) if isinstance(e, InputRef)}
        if any(getattr(symbol, "name", None) in names for symbol in slot.field.slots):
            yield rule


def _turning(
    slot: Slot, document: Document, day: date, old: Ground, new: Ground
) -> tuple[Plain, ...]:
    """Values of a field at which something turns in a document."""
    turns: list[Fraction] = []
    if isinstance(slot.field.domain, Line):
        opened = new.open(document, (slot,))
        for program in (old.program, new.program):
            look = Look(program, opened, day, opened=True)
            if look.residual is not None:
                for rule in _rules_reading(slot, program):
                    seen(Fires(rule), look)
                turns += look.turns(slot.field.slot)
            look.close()
    return slot.tried(turns)[:12]
