"""Inputs: what the manifest states, and what it means that it does not.

An input is known, an estimate, assumed (absent, where the policy gives absence a meaning) or
unknown (absent, or said to be `unknown`). Nothing here applies a default of its own.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from mlpolicy.core import show as shown
from mlpolicy.core.facts import DECLARED_UNKNOWN, DeclaredUnknown, Estimate, Fact
from mlpolicy.core.numbers import (
    NEG,
    POS,
    Infinite,
    Range,
    bases,
    const,
    range_of,
    unknown,
)
from mlpolicy.core.program import (
    Expr,
    Input,
    InputRef,
    InputSource,
    PathRef,
)
from mlpolicy.core.trace import Basis, StepKind
from mlpolicy.core.types import (
    DateType,
    EnumType,
    FlagType,
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
from mlpolicy.evaluate.nodes import (
    answer_env,
    narrowed_to,
    node_of,
    per_key,
    said_here,
    value_of,
    watch,
)
from mlpolicy.evaluate.state import (
    Bindings,
    Env,
    FaultError,
    Node,
    Slot,
)
from mlpolicy.source import Place


def keyed_input(expr: InputRef, env: Env, b: Bindings) -> Node:
    declared = env.subject.run.program.inputs[expr.name]
    if expr.key is None:
        return input_node(declared, "", expr, env, b)
    key = value_of(expr.key, env, b)
    where = answer_env(expr.key, env, b)
    return per_key(
        key,
        said_here(expr, b),
        env,
        expr,
        lambda m: input_node(declared, m, expr, where, b),
        StepKind.INPUT,
        expr.name,
    )


def input_node(declared: Input, key: str, expr: Expr, env: Env, b: Bindings) -> Node:
    """An input: known, an estimate, assumed, or unknown; and which of these, and why."""
    answering = ("input", declared.name) in env.subject.run.program.reads.answering
    remembered = ("input", declared.name, key, b.speaker(answering))
    node = env.recall(remembered)
    if node is None:
        node = _read_input(declared, key, expr, env, b)
        env.remember(remembered, node)
    return node


def slot_of(declared: Input, key: str, env: Env) -> str:
    prefix = env.subject.prefix if declared.per == "workload" else ""
    return f"{prefix}input:{declared.name}" + (f"({key})" if key else "")


def _read_input(declared: Input, key: str, expr: Expr, env: Env, b: Bindings) -> Node:
    name = f"{declared.name}({key})" if key else declared.name
    slot = slot_of(declared, key, env)
    inner = b.inner()
    if declared.key is not None:
        inner = inner.with_name(declared.key.name, member(key))
    path = path_text(declared, key)
    within = Range(
        NEG if declared.low is None else declared.low,
        POS if declared.high is None else declared.high,
        declared.low_open,
    )

    given: list[Node] = []
    refused: Fact | None = None
    rests_on = frozenset((slot,))
    for source in declared.sources:
        found = _given(source, env, inner)
        if isinstance(found, Node):
            given.append(found)
        elif isinstance(found, frozenset):
            rests_on |= found
        elif found is not None:
            refused = refused or found
    if given:
        first = given[0]
        for other in given[1:]:
            if is_known(first.value) and is_known(other.value) and other.value != first.value:
                raise FaultError(
                    f"`{name}` is stated twice and differs: "
                    f"{shown.show(first.value, declared.type)} and "
                    f"{shown.show(other.value, declared.type)}",
                    other.place,
                )
        return _stated(declared, name, key, within, first, env)

    if refused is None and declared.absent is not None:
        assumed = _assumed(declared, name, path, expr, env, inner)
        if isinstance(assumed, Node):
            return assumed
        rests_on |= assumed

    missing = key and key in declared.missing_keys
    place = refused.place if refused else _nearest(declared, key, env)
    basis = Basis.DECLARED_UNKNOWN if refused else Basis.ABSENT
    asks = () if missing else (path,)
    if missing:
        basis = Basis.NO_FIELD
    else:
        state = "unknown" if refused else "absent"
        watch(
            env,
            Slot(
                slot, path, name, declared.ask, declared.type, within, declared.whole, state, place
            ),
        )
    value = narrowed_to(env, slot, anything(declared.type, slot, within))
    return Node(
        StepKind.INPUT,
        name,
        value,
        declared.type,
        declared.origin,
        place=place,
        asks=asks,
        own=rests_on,
        basis=basis,
        taken=slot in env.narrowed,
    )


def path_text(declared: Input, key: str) -> str:
    """The manifest path an input is read from, as a person would write it."""
    for source in declared.sources:
        for path in source.paths:
            return path_name(path, key)
    return ""


def path_name(path: PathRef, key: str = "") -> str:
    steps = [key if step.startswith("{") else step for step in path.steps]
    return ".".join((path.scope, *steps))


def _given(source: InputSource, env: Env, b: Bindings) -> Node | Fact | frozenset[str] | None:
    """The value of one written form where the manifest states all of it; the fact that says
    `unknown` where one does; None where something is absent; the unknowns that it hangs on
    where it is a form that other inputs give."""
    for path in source.paths:
        fact = fact_at(path, env, b)
        if fact is None:
            return None
        if isinstance(fact.value, DeclaredUnknown):
            return fact
    node = value_of(source.value, env, b)
    if not source.paths and node.needs:
        return node.slots
    return node


def fact_at(path: PathRef, env: Env, b: Bindings) -> Fact | None:
    """The fact at a path, its `{key}` step filled in."""
    subject = env.subject
    if path.scope == "project":
        root: Fact | None = subject.run.document.project
    else:
        root = subject.workload.fact if subject.workload else None
    steps = []
    for step in path.steps:
        if step.startswith("{"):
            value = b.named(step[1:-1])
            assert isinstance(value, Members)
            assert value.options
            step = next(iter(value.options))
        steps.append(step)
    return root.get(*steps) if root else None


def _nearest(declared: Input, key: str, env: Env) -> Place | None:
    """Where an absent field would stand: the deepest mapping of its path that is there."""
    for source in declared.sources:
        for path in source.paths:
            subject = env.subject
            here: Fact | None = (
                subject.run.document.project
                if path.scope == "project"
                else (subject.workload.fact if subject.workload else None)
            )
            place = here.place if here else None
            for step in path.steps[:-1]:
                here = here.get(key if step.startswith("{") else step) if here else None
                if here is None:
                    break
                place = here.key_place or here.place
            return place
    return None


def _stated(
    declared: Input,
    name: str,
    key: str,
    within: Range,
    found: Node,
    env: Env,
) -> Node:
    value = found.value
    path = path_text(declared, key)
    basis = Basis.STATED
    asks: tuple[str, ...] = ()
    if isinstance(value, Num):
        extent = range_of(value.poly).range
        low_ok = extent.lo > within.lo or (extent.lo == within.lo and not within.lo_open)
        if not (low_ok and extent.hi <= within.hi):
            assert isinstance(declared.type, Quantity)
            unit = declared.type.unit
            raise FaultError(
                f"`{name}` is {shown.show(value, declared.type)}, outside "
                f"{shown.show_range(within.lo, within.hi, unit)}",
                found.place,
            )
        if not is_known(value):
            basis = Basis.ESTIMATE
            asks = (path,)
            keys = tuple(bases(value.poly))
            field = _field_of(keys[0], declared) if len(keys) == 1 else None
            if field is not None:
                watch(
                    env,
                    Slot(
                        keys[0],
                        path_name(field, key),
                        name,
                        declared.ask,
                        field.type,
                        bases(value.poly)[keys[0]].range,
                        declared.whole,
                        "estimate",
                        found.place,
                    ),
                )
    elif isinstance(value, Members) and isinstance(declared.type, EnumType):
        # The manifest's schema may know more outcomes than a policy does.
        strange = sorted((value.options or frozenset()) - frozenset(declared.type.members))
        if strange and is_known(value):
            raise FaultError(
                f"`{name}` is `{strange[0]}`, which this policy does not know: it has "
                f"{', '.join(declared.type.members)}",
                found.place,
            )
        asks = () if is_known(value) else (path,)
    elif not is_known(value):
        asks = (path,)
    kept = () if found.kind is StepKind.FACT else (found,)
    return Node(
        StepKind.INPUT,
        name,
        value,
        declared.type,
        declared.origin,
        kept,
        place=found.place,
        asks=asks,
        own=found.slots,
        basis=basis,
    )


def _field_of(slot: str, declared: Input) -> PathRef | None:
    """The field among those of an input that an estimate's slot stands for."""
    name = slot.partition("path:")[2].partition("(")[0]
    fields = (path for source in declared.sources for path in source.paths)
    return next((path for path in fields if path_name(path) == name), None)


def _assumed(
    declared: Input, name: str, path: str, expr: Expr, env: Env, b: Bindings
) -> Node | frozenset[str]:
    """What an absent input means, where the policy says so and its condition holds; else the
    unknowns that it hangs on whether it does."""
    absent = declared.absent
    assert absent is not None
    children: tuple[Node, ...] = ()
    if absent.when is not None:
        when = value_of(absent.when, env.stated, b)
        if when.value is not YES:
            return when.slots
        children = (when,)
    if absent.unlimited:
        value: Value = Unlimited()
    else:
        assert absent.value is not None
        node = value_of(absent.value, env, b)
        value = node.value
        if not is_known(value) and not node.needs and not _is_bounded(value):
            return node.slots  # an assumption whose own value is unknown is simply unknown
        children = (*children, node)
    return Node(
        StepKind.INPUT,
        name,
        value,
        declared.type,
        declared.origin,
        children,
        None,
        absent.refs,
        _nearest(declared, "", env) if declared.key is None else None,
        () if is_known(value) else (path,),
        basis=Basis.ASSUMED,
    )


def _is_bounded(value: Value) -> bool:
    """Does the value say anything: is it a number with an upper end?"""
    return isinstance(value, Num) and not isinstance(range_of(value.poly).range.hi, Infinite)


def read_fact(fact: Fact, of: Type, slot: str) -> Value:
    """A stated value as an abstract one. The schema has been checked; what a policy's enum
    does not know is an error of the workload."""
    value = fact.value
    if value is DECLARED_UNKNOWN:
        return anything(of, slot)
    match of:
        case FlagType():
            assert isinstance(value, bool)
            return truth(value)
        case Quantity(unit):
            if isinstance(value, Estimate):
                return Num(unknown(slot, Range(value.low * unit.scale, value.high * unit.scale)))
            assert isinstance(value, Fraction)
            return Num(const(value * unit.scale))
        case DateType():
            if isinstance(value, Estimate):  # no manifest says it so; a trial of one does
                return Days(int(value.low), int(value.high))
            assert isinstance(value, str)
            day = date.fromisoformat(value).toordinal()
            return Days(day, day)
        case EnumType() | TextType():
            text = (
                str(value)
                if not isinstance(value, Fraction)
                else shown.decimal_text(value, 0, False)
            )
            if isinstance(of, EnumType) and text not in of.members:
                raise FaultError(f"`{text}` is not one of {', '.join(of.members)}", fact.place)
            return member(text)
        case SetOf():
            if not isinstance(value, tuple):
                return known_set(frozenset((str(value),)))
            return known_set(frozenset(str(f.value) for f in value))
        case RowType():
            raise AssertionError(of)


def stated_fact(expr: PathRef, env: Env, b: Bindings) -> Node:
    fact = fact_at(expr, env, b)
    assert fact is not None
    slot = f"{env.subject.prefix if expr.scope == 'workload' else ''}path:{path_name(expr)}{b.tag}"
    value = read_fact(fact, expr.type, slot)
    # It rests on its unknown even where an assumption has made that known.
    open_ = "" if is_known(value) else slot
    basis = Basis.ESTIMATE if isinstance(value, Num) and open_ else Basis.STATED
    value = narrowed_to(env, slot, value)
    name = path_name(expr)
    return node_of(StepKind.FACT, name, value, expr, basis=basis, place=fact.place, slot=open_)
