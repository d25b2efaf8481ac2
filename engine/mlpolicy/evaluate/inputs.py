"""Inputs: what the manifest states, and what it means that it does not.

An input is known, an estimate, assumed (absent, where the policy gives absence a meaning) or
unknown (absent, or said to be `unknown`). Nothing here applies a default of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from fractions import Fraction

from mlpolicy.core import calendar
from mlpolicy.core import show as shown
from mlpolicy.core.facts import DECLARED_UNKNOWN, DeclaredUnknown, Estimate, Fact
from mlpolicy.core.node import node
from mlpolicy.core.notices import Figure, OutOfRange, StatedTwice, StrangeMember
from mlpolicy.core.numbers import NEG, POS, Infinite, Range, const, range_of, unknown
from mlpolicy.core.program import ConvertExpr, Expr, Input, InputRef, InputSource, PathRef
from mlpolicy.core.symbols import PROJECT_PLACE, AssumedSymbol, FieldSymbol, InputSymbol, Symbol
from mlpolicy.core.terms import Per
from mlpolicy.core.trace import Basis
from mlpolicy.core.types import (
    DateType,
    EnumType,
    FlagType,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
)
from mlpolicy.core.values import (
    YES,
    Days,
    Members,
    Num,
    Unlimited,
    Value,
    anything,
    is_known,
    known_set,
    member,
    truth,
)
from mlpolicy.evaluate.env import Bindings, Env, FaultError
from mlpolicy.evaluate.values import hangs_on, read, result, tracked, value
from mlpolicy.source import Place


@node(kw_only=True, eq=False)
class Reading:
    """An input as read: its value, on what that rests, and where it stands. `source` is the
    written form that gave it, `when` and `assumed` the parts of the policy that say what its
    absence means. `taken` where it was refined by what is assumed here."""

    value: Value
    basis: Basis
    place: Place | None
    source: Expr | None = None
    when: Expr | None = None
    assumed: Expr | None = None
    refs: tuple[str, ...] = ()
    taken: bool = False


def input_value(expr: InputRef, key: str, env: Env, b: Bindings) -> Value:
    """An input, for one member of its key ("" where it has none). (docs/language.md, Inputs)"""
    declared = env.subject.run.program.inputs[expr.name]
    return read_input(declared, key, env, b).value


def input_symbol(declared: Input, key: str, env: Env) -> InputSymbol:
    """The symbol of an input that is not stated."""
    return InputSymbol(
        env.subject.place if declared.per is Per.EACH else PROJECT_PLACE, declared.name, key
    )


def input_range(declared: Input) -> Range:
    """The range that the policy declares for an input. (docs/language.md, Inputs)"""
    low = NEG if declared.low is None else declared.low
    high = POS if declared.high is None else declared.high
    return Range(low, high, declared.low_open)


def input_bindings(declared: Input, key: str, b: Bindings) -> Bindings:
    """What names stand for inside an input."""
    inner = b.inner()
    return inner if declared.key is None else inner.with_name(declared.key.name, member(key))


def read_input(declared: Input, key: str, env: Env, b: Bindings) -> Reading:
    """Reads an input: what is stated, else what the policy assumes, else its symbol. Raises
    FaultError where two written forms differ, or a value lies outside the declared range. It costs
    no more than the manifest is long, so that there is no limit to it. (docs/language.md,
    Inputs)"""
    run = env.subject.run
    run.ask(declared.name)
    spent, budget = run.spent, run.budget
    run.budget = sys.maxsize
    try:
        return _read(declared, key, env, b)
    finally:
        run.spent, run.budget = spent, budget


def _read(declared: Input, key: str, env: Env, b: Bindings) -> Reading:
    inner = input_bindings(declared, key, b)
    given: list[tuple[InputSource, Value, Place | None]] = []
    refused: Fact | None = None
    for source in declared.sources:
        fact = _not_stated(source, env, inner)
        if fact is None:
            found = tracked(env, lambda s=source: value(s.value, env, inner))  # type: ignore[misc]
            if not source.paths and _told(found.open):
                # A form that other inputs give, and they do not: it is not stated.
                hangs_on(env, found)
                continue
            env.subject.run.frame.add(found)
            given.append((source, found.value, _place(source, env, inner)))
        elif isinstance(fact, Fact):
            refused = refused or fact
    if given:
        return _stated(declared, key, given, env)
    if refused is None and declared.absent is not None:
        reading = _assumed(declared, key, env, inner)
        if reading is not None:
            return reading
    symbol = input_symbol(declared, key, env)
    if key and key in declared.missing_keys:
        basis = Basis.NO_FIELD
    else:
        basis = Basis.DECLARED_UNKNOWN if refused else Basis.ABSENT
    place = refused.place if refused else nearest(declared, key, env)
    found_value = read(env, symbol, anything(declared.type, symbol, input_range(declared)))
    return Reading(value=found_value, basis=basis, place=place, taken=symbol in env.refined)


class _Missing:
    """A written form of which a part is absent."""


_MISSING = _Missing()


def _not_stated(source: InputSource, env: Env, b: Bindings) -> Fact | _Missing | None:
    """Why a written form does not give the input: the fact that says `unknown`, or that one is
    missing; None where all it needs is stated."""
    for path in source.paths:
        fact = fact_at(path, env, b)
        if fact is None:
            return _MISSING
        if isinstance(fact.value, DeclaredUnknown):
            return fact
    return None


def _place(source: InputSource, env: Env, b: Bindings) -> Place | None:
    """Where a written form stands, if it is one field, perhaps in another unit."""
    path = source.value.operand if isinstance(source.value, ConvertExpr) else source.value
    if isinstance(path, PathRef):
        fact = fact_at(path, env, b)
        return fact.place if fact is not None else None
    return None


#: The days of the shortest month and of the longest.
_SHORTEST, _LONGEST = 28, 31


def _within_a_month(one: Expr, first: Value, two: Expr, other: Value) -> bool:
    """Do an amount a month and one a day (or an hour) say the same of some month?"""
    days = _days_of_month(one), _days_of_month(two)
    if not (isinstance(first, Num) and isinstance(other, Num)):
        return False
    a, b = first.poly.constant, other.poly.constant
    if a is None or b is None or (days[0] is None) is (days[1] is None):
        return False
    by_month, by_day = (a, b) if days[0] is None else (b, a)
    length = days[0] or days[1]
    assert length is not None
    return by_day * _SHORTEST / length <= by_month <= by_day * _LONGEST / length


def _days_of_month(expr: Expr) -> Fraction | None:
    """How many days the policy counts for a month, where an expression converts an amount for a
    time (a day, an hour) to one a month."""
    if not isinstance(expr, ConvertExpr) or not expr.converts:
        return None
    before, after = expr.operand.type, expr.type
    if not (isinstance(before, Quantity) and isinstance(after, Quantity)):
        return None
    is_rate = ("s", -1) in before.unit.dims and ("month", -1) in after.unit.dims
    return expr.factor / 86400 if is_rate else None


def _stated(
    declared: Input, key: str, given: list[tuple[InputSource, Value, Place | None]], env: Env
) -> Reading:
    source, first, place = given[0]
    for form, other, at in given[1:]:
        if is_known(first) and is_known(other) and other != first:
            if _within_a_month(source.value, first, form.value, other):
                continue
            twice = StatedTwice(
                input=declared.name,
                key=key,
                first=Figure(first, declared.type),
                other=Figure(other, declared.type),
                first_at=place,
                other_at=at,
            )
            raise FaultError(twice, at)
    if isinstance(first, Num):
        within, extent = input_range(declared), range_of(first.poly).range
        low_ok = extent.lo > within.lo or (extent.lo == within.lo and not within.lo_open)
        if not (low_ok and extent.hi <= within.hi):
            stated = Figure(first, declared.type)
            raise FaultError(OutOfRange(declared.name, key, stated, within), place)
    elif isinstance(first, Members) and isinstance(declared.type, EnumType) and is_known(first):
        # The manifest's schema may know more outcomes than a policy does.
        strange = sorted((first.options or frozenset()) - frozenset(declared.type.members))
        if strange:
            members = declared.type.members
            raise FaultError(StrangeMember(declared.name, key, strange[0], members), place)
    known = is_known(first)
    basis = Basis.ESTIMATE if isinstance(first, Num) and not known else Basis.STATED
    return Reading(value=first, basis=basis, place=place, source=source.value)


def _assumed(declared: Input, key: str, env: Env, b: Bindings) -> Reading | None:
    """What an absent input means, where the policy says so and its condition holds."""
    absent = declared.absent
    assert absent is not None
    if absent.when is not None:
        when = result(absent.when, env.stated, b)
        hangs_on(env, when)
        if when.value is not YES:
            return None
    place = nearest(declared, "", env) if declared.key is None else None
    if absent.unlimited:
        return Reading(
            value=Unlimited(), basis=Basis.ASSUMED, place=place, when=absent.when, refs=absent.refs
        )
    assert absent.value is not None
    found = result(absent.value, env, b)
    if not found.known and not _told(found.open) and not _is_bounded(found.value):
        hangs_on(env, found)
        return None  # an assumption whose own value is unknown is simply unknown
    if not found.known:
        owner = env.subject.place if declared.per is Per.EACH else PROJECT_PLACE
        env.subject.run.frame.wait_for({AssumedSymbol(owner, declared.name, key): None})
    env.subject.run.frame.add(found)
    return Reading(
        value=found.value,
        basis=Basis.ASSUMED,
        place=place,
        source=None,
        when=absent.when,
        assumed=absent.value,
        refs=absent.refs,
    )


def _told(symbols: Iterable[Symbol]) -> bool:
    """Is there a field of the manifest that would tell one of these?"""
    return any(s.rank <= 2 for s in symbols)


def _is_bounded(found: Value) -> bool:
    """Does the value say anything: is it a number with an upper end?"""
    return isinstance(found, Num) and not isinstance(range_of(found.poly).range.hi, Infinite)


# ── Fields of the manifest ───────────────────────────────────────────────────────────────


def root(path: PathRef, env: Env) -> Fact | None:
    """The mapping that a path begins in."""
    subject = env.subject
    if not path.scope.is_each:
        return subject.run.document.project
    return subject.workload.fact if subject.workload else None


def steps_of(path: PathRef, b: Bindings) -> tuple[str, ...]:
    """The steps of a path, its `{key}` filled in."""
    if not b.names:
        return path.steps
    found = []
    for step in path.steps:
        if step.startswith("{"):
            options = b.named(step[1:-1]).options
            assert options
            step = next(iter(options))
        found.append(step)
    return tuple(found)


def fact_at(path: PathRef, env: Env, b: Bindings) -> Fact | None:
    """The fact at a path, or None where it is absent."""
    here = root(path, env)
    return here.get(*steps_of(path, b)) if here else None


def nearest(declared: Input, key: str, env: Env) -> Place | None:
    """Where an absent field would stand: the deepest mapping of its path that is there."""
    for source in declared.sources:
        for path in source.paths:
            here = root(path, env)
            place = here.place if here else None
            for step in path.steps[:-1]:
                here = here.get(key if step.startswith("{") else step) if here else None
                if here is None:
                    break
                place = here.key_place or here.place
            return place
    return None


def field_value(expr: PathRef, env: Env, b: Bindings) -> Value:
    """A stated field, in its own unit: a range of it is a symbol. (docs/language.md, Inputs)"""
    run = env.subject.run
    if run.memory is not None:
        run.frame.ask(run.memory.of_facts(run.program.nodes[expr.id].facts))
    fact = fact_at(expr, env, b)
    assert fact is not None
    subject = env.subject.place if expr.scope.is_each else PROJECT_PLACE
    steps = steps_of(expr, b)
    key = next((s for s, w in zip(steps, expr.steps, strict=True) if w.startswith("{")), "")
    symbol = FieldSymbol(subject, (expr.scope.word, *expr.steps), key)
    found = read_fact(fact, expr.type, symbol)
    return found if is_known(found) else read(env, symbol, found)


def read_fact(fact: Fact, of: Type, symbol: Symbol) -> Value:
    """A stated value as an abstract one. The schema has been checked; what a policy's enum does not
    know is an error of the workload (FaultError). (docs/language.md, Values)"""
    stated = fact.value
    if stated is DECLARED_UNKNOWN:
        return anything(of, symbol)
    match of:
        case FlagType():
            assert isinstance(stated, bool)
            return truth(stated)
        case Quantity(unit):
            if isinstance(stated, Estimate):
                within = Range(stated.low * unit.scale, stated.high * unit.scale)
                return Num(unknown(symbol, within))
            assert isinstance(stated, Fraction)
            return Num(const(stated * unit.scale))
        case DateType(grain):
            if isinstance(stated, Estimate):  # no manifest says it so; a query of one does
                return Days(int(stated.low), int(stated.high))
            assert isinstance(stated, str)
            day = calendar.read(stated, grain)
            return Days(day, day)
        case EnumType() | TextType():
            text = (
                shown.decimal_text(stated, 0, False)
                if isinstance(stated, Fraction)
                else str(stated)
            )
            if isinstance(of, EnumType) and text not in of.members:
                raise FaultError(StrangeMember("", "", text, of.members), fact.place)
            return member(text)
        case SetOf():
            if not isinstance(stated, tuple):
                return known_set(frozenset((str(stated),)))
            return known_set(frozenset(str(f.value) for f in stated))
        case ListOf() | RowType():
            raise AssertionError(of)
