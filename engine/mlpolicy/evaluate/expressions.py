"""The meaning of expressions: one match, strong Kleene logic, exact ranges.

`evaluate_expression` takes an expression, an environment and what its names stand for, and
gives a node: the abstract value together with the nodes it came from. Nothing here knows what
a tree or a rule is; nothing here reads a default.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import assert_never

from mlpolicy.core import show as shown
from mlpolicy.core.decision import Truth
from mlpolicy.core.facts import DECLARED_UNKNOWN, DeclaredUnknown, Estimate, Fact
from mlpolicy.core.numbers import (
    EVERYTHING,
    NEG,
    POS,
    ZERO,
    Infinite,
    Poly,
    Range,
    add,
    bases,
    const,
    may_divide_by_zero,
    mul,
    operation,
    point,
    range_of,
    scale,
    sub,
    unknown,
)
from mlpolicy.core.program import (
    AggregateExpr,
    AndExpr,
    AnyRemains,
    ArithExpr,
    AsOf,
    BarRef,
    BetweenExpr,
    CatalogRow,
    CeilExpr,
    ChargeExpr,
    ChoiceRef,
    Choose,
    ColumnRef,
    CompareExpr,
    Const,
    ConvertExpr,
    DefRef,
    EveryMember,
    ExceptionRule,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    InExpr,
    Input,
    InputRef,
    InputSource,
    IsExpr,
    IsUnknownExpr,
    LatestRow,
    LookupRow,
    MinMax,
    NotExpr,
    OrExpr,
    ParameterRef,
    PathRef,
    Program,
    RoundExpr,
    RowRef,
    SetExpr,
    Shortlist,
    UnknownConst,
    VariableRef,
    WithinExpr,
)
from mlpolicy.core.types import (
    FLAG,
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
    NO,
    UNKNOWN,
    YES,
    Days,
    Items,
    Members,
    Num,
    RowId,
    Rows,
    Unlimited,
    Value,
    anything,
    conjunction,
    disjunction,
    is_known,
    join,
    known_set,
    member,
    negate,
    truth,
)
from mlpolicy.evaluate.state import (
    Answer,
    Bindings,
    Candidate,
    Env,
    FaultError,
    Node,
    Slot,
    Subject,
)
from mlpolicy.source import Place

SECONDS_A_DAY = Fraction(86400)
STATUS = "status"
ASSUMED = "assumed: none is stated"
DECLARED = "declared unknown"
PROVISIONAL = "provisional"
#: Among the members that an answer may be: that there is none (it is infeasible).
NO_OUTCOME = ""


def evaluate_expression(expr: Expr, env: Env, b: Bindings) -> Node:
    """The abstract value of an expression, with the nodes it follows from."""
    if env.settled and isinstance(expr.type, FlagType):
        settled = env.settled.get((env.subject.run.same(expr), b.plain))
        if settled is not None:
            note = "as assumed on this path"
            value = truth(settled.holds)
            return Node("assumed", "", value, FLAG, expr.origin, note=note, own=settled.slots)
    match expr:
        case Const():
            return _node("constant", "", _constant(expr), expr)
        case UnknownConst():
            return _policy_unknown(expr, env, b)
        case EveryMember():
            return _node("constant", "any", Items(None, None), expr)
        case BetweenExpr():
            return _between(expr, env, b)
        case SetExpr():
            return _set(expr, env, b)
        case InputRef():
            return _input(expr, env, b)
        case PathRef():
            return _fact_node(expr, env, b)
        case BarRef():
            return _bar(expr, env, b)
        case DefRef():
            return _definition(expr, env, b)
        case ParameterRef() | VariableRef():
            return _node("parameter", expr.name, b.named(expr.name), expr)
        case RowRef():
            row = b.row(expr.table)
            return _node("row", expr.table, Rows((row,), row), expr)
        case ColumnRef():
            return _column(expr, env, b)
        case LookupRow():
            return _lookup(expr, env, b)
        case HasRow():
            return _has(expr, env, b)
        case FirstRow():
            return _first_row(expr, env, b)
        case LatestRow():
            return _latest(expr, env, b)
        case AnyRemains():
            return _any_remains(expr, env, b)
        case FirstRemaining():
            return _first_remaining(expr, env, b)
        case NotExpr():
            inner = evaluate_expression(expr.operand, env, b)
            return _node("not", "not", negate(_flag(inner)), expr, (inner,))
        case AndExpr():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            return _node("and", "and", conjunction([_flag(n) for n in nodes]), expr, nodes)
        case OrExpr():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            return _node("or", "or", disjunction([_flag(n) for n in nodes]), expr, nodes)
        case CompareExpr():
            return _compare(expr, env, b)
        case IsExpr():
            return _is(expr, env, b)
        case InExpr():
            element = evaluate_expression(expr.element, env, b)
            whole = evaluate_expression(expr.set, env, b)
            return _node("in", "in", _in(expr, element, whole, b), expr, (element, whole))
        case WithinExpr():
            part = evaluate_expression(expr.part, env, b)
            whole = evaluate_expression(expr.whole, env, b)
            return _node("within", "within", _within(part, whole), expr, (part, whole))
        case ArithExpr():
            return _arithmetic(expr, env, b)
        case MinMax():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            result = operation(expr.function, tuple(_poly(n, env) for n in nodes))
            return _node("arithmetic", expr.function, Num(result), expr, nodes)
        case CeilExpr() | RoundExpr():
            inner = evaluate_expression(expr.operand, env, b)
            name = "ceil" if isinstance(expr, CeilExpr) else "round"
            result = operation(name, (_poly(inner, env),), (expr.step,))
            return _node("arithmetic", name, Num(result), expr, (inner,))
        case ConvertExpr():
            inner = evaluate_expression(expr.operand, env, b)
            used = [env.subject.run.program.conversions[i] for i in expr.converts]
            return _node(
                "convert",
                "as",
                Num(scale(_poly(inner, env), expr.factor)),
                expr,
                (inner,),
                note="; ".join(c.text for c in used),
                refs=tuple(r for c in used for r in c.refs),
            )
        case ChargeExpr():
            return _charge(expr, env, b)
        case AggregateExpr():
            return _aggregate(expr, env, b)
        case AsOf():
            today = env.subject.run.as_of
            return _node("as_of", "as_of", Days(today, today), expr)
        case ChoiceRef():
            return _choice(expr, b)
        case IsUnknownExpr():
            inner = evaluate_expression(expr.operand, env, b)
            known = is_known(inner.value)
            name = "is known" if expr.known else "is unknown"
            return _node("is", name, truth(known is expr.known), expr, (inner,))
        case Choose():
            return choose(expr, env, b)
        case _:
            assert_never(expr)


def _node(
    kind: str,
    name: str,
    value: Value,
    expr: Expr,
    children: tuple[Node, ...] = (),
    *,
    note: str = "",
    refs: tuple[str, ...] = (),
    place: Place | None = None,
    asks: tuple[str, ...] = (),
    slot: str = "",
) -> Node:
    own = frozenset((slot,)) if slot else frozenset()
    return Node(kind, name, value, expr.type, expr.origin, children, note, refs, place, asks, own)


def _flag(node: Node) -> Truth:
    assert isinstance(node.value, Truth), node
    return node.value


def _poly(node: Node, env: Env) -> Poly:
    """The number of a node. An unlimited one never meets arithmetic (checked)."""
    assert isinstance(node.value, Num), node
    return node.value.poly


def _constant(expr: Const) -> Value:
    match expr.type:
        case FlagType():
            return truth(bool(expr.value))
        case Quantity():
            assert isinstance(expr.value, Fraction)
            return Num(const(expr.value))
        case DateType():
            assert isinstance(expr.value, int)
            return Days(expr.value, expr.value)
        case _:
            return member(str(expr.value))


# ── What is unknown ──────────────────────────────────────────────────────────────────────


def _narrowed(env: Env, slot: str, value: Value) -> Value:
    """`value`, met with what this environment assumes of the slot."""
    known = env.narrowed.get(slot)
    if known is None:
        return value
    if isinstance(known, Range):
        assert isinstance(value, Num)
        met = range_of(value.poly).range.meet(known)
        return Num(unknown(slot, known if met.empty else met))
    return known


def _watch(env: Env, slot: Slot) -> None:
    if env.subject.watching:
        env.subject.slots.setdefault(slot.key, slot)


def _policy_unknown(expr: UnknownConst, env: Env, b: Bindings) -> Node:
    slot = f"{env.subject.prefix}?{expr.label}{b.tag}"
    _watch(
        env,
        Slot(slot, "", expr.label, "", expr.type, EVERYTHING, False, "policy", expr.origin.place),
    )
    within = Range(ZERO, POS) if isinstance(expr.type, Quantity) else EVERYTHING
    value = _narrowed(env, slot, anything(expr.type, slot, within))
    return _node("constant", "?", value, expr, note="this policy does not know", slot=slot)


def _between(expr: BetweenExpr, env: Env, b: Bindings) -> Node:
    low = evaluate_expression(expr.low, env, b)
    high = evaluate_expression(expr.high, env, b) if expr.high else None
    lo, hi = range_of(_poly(low, env)).range.lo, POS
    within = Range(lo, range_of(_poly(high, env)).range.hi if high else hi)
    slot = f"{env.subject.prefix}?{expr.label}"
    _watch(
        env, Slot(slot, "", expr.label, "", expr.type, within, False, "policy", expr.origin.place)
    )
    value = _narrowed(env, slot, Num(unknown(slot, within)))
    return _node("constant", "", value, expr, note="estimate of the policy", slot=slot)


def _set(expr: SetExpr, env: Env, b: Bindings) -> Node:
    nodes = tuple(evaluate_expression(i, env, b) for i in expr.items)
    must: set[str] = set()
    may: set[str] | None = set()
    for node in nodes:
        assert isinstance(node.value, Members)
        options = node.value.options
        if options is not None and len(options) == 1:
            must |= options
        if may is not None:
            may = None if options is None else may | options
    value = Items(frozenset(must), None if expr.open or may is None else frozenset(may))
    kept = () if all(n.kind == "constant" for n in nodes) else nodes
    return _node("constant", "", value, expr, kept)


# ── Inputs ───────────────────────────────────────────────────────────────────────────────


def _members_of(node: Node) -> tuple[str, ...]:
    assert isinstance(node.value, Members), node
    options = node.value.options
    assert options is not None, node
    if isinstance(node.type, EnumType):
        return tuple(m for m in node.type.members if m in options)
    return tuple(sorted(options))


def _per_key(
    key: Node,
    label: str,
    env: Env,
    expr: Expr,
    one: Callable[[str], Node],
    kind: str,
    name: str,
) -> Node:
    """Something keyed, by a key that may be several members: joined over them."""
    members = tuple(m for m in _members_of(key) if m != NO_OUTCOME)
    if not members:
        slot = f"{env.subject.prefix}none:{label}"
        return _node(
            kind, name, anything(expr.type, slot), expr, (key,), note="no outcome, so no value"
        )
    nodes = tuple(one(m) for m in members)
    if isinstance(key.value, Members) and NO_OUTCOME in (key.value.options or ()):
        none = anything(expr.type, f"{env.subject.prefix}none:{label}")
        nodes = (*nodes, _node(kind, name, none, expr, note="no outcome, so no value"))
    if len(nodes) == 1:
        return nodes[0]
    value = joined([n.value for n in nodes], f"{label}({'|'.join(members)})", env, nodes)
    return _node(kind, name, value, expr, (key, *nodes))


def joined(values: list[Value], label: str, env: Env, nodes: tuple[Node, ...]) -> Value:
    """Values joined under a name of their own, which assumptions may narrow again."""
    slot = f"{env.subject.prefix}={label}"
    value = join(values, slot)
    if isinstance(value, Num) and env.subject.watching and slot in bases(value.poly):
        needs: dict[str, None] = {}
        for node in nodes:
            needs.update(dict.fromkeys(node.needs))
        env.subject.joined.setdefault(slot, tuple(needs))
    if slot in env.narrowed:
        return _narrowed(env, slot, value)
    return value


def _input(expr: InputRef, env: Env, b: Bindings) -> Node:
    declared = env.subject.run.program.inputs[expr.name]
    if expr.key is None:
        return input_node(declared, "", expr, env, b)
    key = evaluate_expression(expr.key, env, b)
    label = f"input:{expr.name}"
    where = _answer_env(expr.key, env, b)
    return _per_key(
        key,
        label,
        env,
        expr,
        lambda m: input_node(declared, m, expr, where, b),
        "input",
        expr.name,
    )


def _answer_env(key: Expr, env: Env, b: Bindings) -> Env:
    """What is keyed by the answer is asked with the answer's path assumed: `tco(answer)` is
    the cost of what is shown, where it is shown."""
    if isinstance(key, ChoiceRef) and not key.attribute:
        bound = b.choice if key.which == "choice" else b.answer
        if bound is not None and bound.reached is not None:
            return bound.reached.env
    return env


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
    for source in declared.sources:
        found = _given(source, env, inner)
        if isinstance(found, Node):
            given.append(found)
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
        return _stated(declared, name, path, within, first, expr, env)

    rests_on = frozenset((slot,))
    if refused is None and declared.absent is not None:
        assumed = _assumed(declared, name, path, expr, env, inner)
        if isinstance(assumed, Node):
            return assumed
        rests_on |= assumed

    missing = key and key in declared.missing_keys
    place = refused.place if refused else _nearest(declared, key, env)
    note = DECLARED if refused else "absent"
    asks = () if missing else (path,)
    if missing:
        note = "the manifest has no such field"
    else:
        state = "unknown" if refused else "absent"
        _watch(
            env,
            Slot(
                slot, path, name, declared.ask, declared.type, within, declared.whole, state, place
            ),
        )
    value = _narrowed(env, slot, anything(declared.type, slot, within))
    if slot in env.narrowed:
        note += ", taken so on this path"
    return Node(
        "input",
        name,
        value,
        declared.type,
        declared.origin,
        note=note,
        place=place,
        asks=asks,
        own=rests_on,
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


def _given(source: InputSource, env: Env, b: Bindings) -> Node | Fact | None:
    """The value of one written form where the manifest states all of it; the fact that says
    `unknown` where one does; None where something is absent."""
    for path in source.paths:
        fact = fact_at(path, env, b)
        if fact is None:
            return None
        if isinstance(fact.value, DeclaredUnknown):
            return fact
    node = evaluate_expression(source.value, env, b)
    if not source.paths and node.needs:
        return None
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
    path: str,
    within: Range,
    found: Node,
    expr: Expr,
    env: Env,
) -> Node:
    value = found.value
    note = ""
    asks: tuple[str, ...] = ()
    paths = tuple(p for source in declared.sources for p in source.paths if path_name(p) == path)
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
            note = "estimate"
            asks = (path,)
            keys = tuple(bases(value.poly))
            if len(keys) == 1 and len(paths) == 1:
                _watch(
                    env,
                    Slot(
                        keys[0],
                        path,
                        name,
                        declared.ask,
                        paths[0].type,
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
    kept = () if found.kind == "fact" else (found,)
    return Node(
        "input",
        name,
        value,
        declared.type,
        declared.origin,
        kept,
        note,
        place=found.place,
        asks=asks,
    )


def _assumed(
    declared: Input, name: str, path: str, expr: Expr, env: Env, b: Bindings
) -> Node | frozenset[str]:
    """What an absent input means, where the policy says so and its condition holds; else the
    unknowns that it hangs on whether it does."""
    absent = declared.absent
    assert absent is not None
    children: tuple[Node, ...] = ()
    if absent.when is not None:
        when = evaluate_expression(absent.when, env, b)
        if when.value is not YES:
            return when.slots
        children = (when,)
    if absent.unlimited:
        value: Value = Unlimited()
    else:
        assert absent.value is not None
        node = evaluate_expression(absent.value, env, b)
        value = node.value
        if not is_known(value) and not node.needs and not _is_bounded(value):
            return node.slots  # an assumption whose own value is unknown is simply unknown
        children = (*children, node)
    return Node(
        "input",
        name,
        value,
        declared.type,
        declared.origin,
        children,
        ASSUMED,
        absent.refs,
        _nearest(declared, "", env) if declared.key is None else None,
        () if is_known(value) else (path,),
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


def _fact_node(expr: PathRef, env: Env, b: Bindings) -> Node:
    fact = fact_at(expr, env, b)
    assert fact is not None
    slot = f"{env.subject.prefix if expr.scope == 'workload' else ''}path:{path_name(expr)}{b.tag}"
    value = _narrowed(env, slot, read_fact(fact, expr.type, slot))
    return _node("fact", path_name(expr), value, expr, place=fact.place)


# ── Bars and definitions ─────────────────────────────────────────────────────────────────


def _bar(expr: BarRef, env: Env, b: Bindings) -> Node:
    key = ("bar", expr.name)
    node = env.recall(key)
    if node is None:
        bar = env.subject.run.program.bars[expr.name]
        as_of = env.subject.run.as_of
        in_force = [line for line in bar.lines if line.since <= as_of]
        later = [line for line in bar.lines if line.since > as_of]
        note = f"changes on {shown.show_date(later[0].since)}" if later else ""
        if in_force:
            line = in_force[-1]
            inner = evaluate_expression(line.value, env, b.inner())
            base = Node(
                bar.kind, bar.name, inner.value, bar.type, line.origin, note=note, refs=line.refs
            )
        else:
            slot = f"?{bar.name}"
            base = Node(
                bar.kind,
                bar.name,
                anything(bar.type, slot),
                bar.type,
                bar.origin,
                note=f"no value before {shown.show_date(bar.lines[0].since)}",
            )
        node = _with_exceptions(base, bar.exceptions, bar.name, env, b)
        env.remember(key, node)
    return node


def _with_exceptions(
    base: Node, exceptions: tuple[ExceptionRule, ...], label: str, env: Env, b: Bindings
) -> Node:
    """A value, unless an exception applies. Two that surely apply are an error."""
    if not exceptions:
        return base
    applied: list[tuple[ExceptionRule, Node]] = []
    possible: list[tuple[ExceptionRule, Node]] = []
    nodes = []
    for exception in exceptions:
        guard = evaluate_expression(exception.guard, env, b)
        note = {YES: "applies", NO: "does not apply", UNKNOWN: "may apply"}[_flag(guard)]
        value = base.value
        children: tuple[Node, ...] = (guard,)
        if guard.value is not NO:
            inner = evaluate_expression(exception.value, env, b)
            value = inner.value
            children = (guard, inner)
            (applied if guard.value is YES else possible).append((exception, inner))
        nodes.append(
            Node(
                "exception",
                exception.name,
                value if guard.value is not NO else NO,
                base.type if guard.value is not NO else FLAG,
                exception.origin,
                children,
                note,
                exception.refs,
            )
        )
    if len(applied) > 1:
        names = " and ".join(f"`{e.name}`" for e, _ in applied)
        raise FaultError(
            f"{names} both apply to `{label}`, with "
            + " and ".join(shown.show(n.value, base.type) for _, n in applied),
            applied[1][0].origin.place,
        )
    if len(applied) + len(possible) > 1 and env.subject.doubting:
        names = " and ".join(f"`{e.name}`" for e, _ in (*applied, *possible))
        needs = tuple(dict.fromkeys(p for n in nodes for p in n.children[0].needs))
        env.subject.doubts.setdefault(
            f"exceptions:{label}",
            (
                f"{names} may both apply to `{label}`",
                needs,
                base.origin.place if base.origin else None,
            ),
        )
    values = [n.value for _, n in (*applied, *possible)]
    if not applied:
        values.insert(0, base.value)
    value = (
        values[0]
        if len(values) == 1
        else joined(values, f"exceptions:{label}{b.tag}", env, tuple(nodes))
    )
    return Node(
        base.kind,
        base.name,
        value,
        base.type,
        base.origin,
        (*base.children, *nodes),
        base.note,
        base.refs,
    )


def _definition(expr: DefRef, env: Env, b: Bindings) -> Node:
    program = env.subject.run.program
    if expr.name in program.scores:
        return _score(expr, env, b)
    define = program.defines[expr.name]
    kind = define.kind
    if expr.row is not None:
        rows = evaluate_expression(expr.row, env, b)
        assert isinstance(rows.value, Rows)
        nodes: list[Node] = []
        for row in _considered(rows.value, env):
            if row is None:
                slot = f"{env.subject.prefix}none:{expr.name}"
                nodes.append(
                    Node(
                        kind,
                        expr.name,
                        anything(expr.type, slot),
                        expr.type,
                        expr.origin,
                        note="no row",
                    )
                )
            else:
                nodes.append(_defined(expr, row, "", env, b))
        if len(nodes) == 1:
            return nodes[0]
        value = joined(
            [n.value for n in nodes], f"{expr.name}@{_rows_tag(rows.value)}", env, tuple(nodes)
        )
        return _node(kind, expr.name, value, expr, (rows, *nodes))
    if expr.key is not None:
        key = evaluate_expression(expr.key, env, b)
        where = _answer_env(expr.key, env, b)
        return _per_key(
            key, expr.name, env, expr, lambda m: _defined(expr, None, m, where, b), kind, expr.name
        )
    return _defined(expr, None, "", env, b)


def _considered(rows: Rows, env: Env) -> tuple[RowId | None, ...]:
    """The rows a column is read from: all, or the one preferred for showing."""
    if not env.prefer or len(rows.options) == 1:
        return rows.options
    if rows.sure is not None:
        return (rows.sure,)
    return (next((r for r in rows.options if r is not None), None),)


def _rows_tag(rows: Rows) -> str:
    return "|".join(str(r) for r in rows.options)


def _defined(expr: DefRef, row: RowId | None, key: str, env: Env, b: Bindings) -> Node:
    define = env.subject.run.program.defines[expr.name]
    answering = ("definition", expr.name) in env.subject.run.program.reads.answering
    remembered = ("define", expr.name, row, key, b.speaker(answering))
    node = env.recall(remembered)
    if node is not None:
        return node
    inner = bindings_of(expr, row, key, env, b)
    body = evaluate_expression(define.body, env, inner)
    label = f"{expr.name}{inner.tag}"
    name = f"{expr.name}({key})" if key else expr.name
    node = Node(define.kind, name, body.value, define.type, define.origin, (body,), "", define.refs)
    node = _with_exceptions(node, define.exceptions, label, env, inner)
    if row is not None:
        node.note = f"for {row_label(row, env.subject.run.program)}"
    env.remember(remembered, node)
    return node


def bindings_of(expr: DefRef, row: RowId | None, key: str, env: Env, b: Bindings) -> Bindings:
    """What names stand for inside a definition."""
    define = env.subject.run.program.defines[expr.name]
    inner = b.inner()
    if row is not None:
        inner = inner.with_row(row)
    if define.key is not None:
        inner = inner.with_name(define.parameter, member(key))
    return inner


def _score(expr: DefRef, env: Env, b: Bindings) -> Node:
    answering = ("definition", expr.name) in env.subject.run.program.reads.answering
    remembered = ("score", expr.name, b.speaker(answering))
    node = env.recall(remembered)
    if node is not None:
        return node
    score = env.subject.run.program.scores[expr.name]
    questions = []
    for question in score.questions:
        inner = evaluate_expression(question.condition, env, b.inner())
        text = fill(question.text.parts, env, b.inner())
        questions.append(
            Node(
                "question",
                question.name,
                inner.value,
                FLAG,
                question.origin,
                (inner,),
                text,
                question.refs,
            )
        )
    sure = sum(q.value is YES for q in questions)
    open_ = sum(q.value is UNKNOWN for q in questions)
    target = score.target
    value = YES if sure >= target else NO if sure + open_ < target else UNKNOWN
    note = f"{sure} yes, {open_} unknown, {len(questions) - sure - open_} no; needs {target}"
    if value is not YES and sure == target - 1:
        others = [q.name for q in questions if q.value is not YES]
        note += f"; one more of {{{', '.join(others)}}} would reach it"
    node = Node("score", score.name, value, FLAG, score.origin, tuple(questions), note, score.refs)
    env.remember(remembered, node)
    return node


def choose(expr: Choose, env: Env, b: Bindings) -> Node:
    """Guarded cases: the first that holds, the only one that may, or all that do. The value
    of a case that only may apply is evaluated with its guard assumed."""
    nodes: list[Node] = []
    reached: list[tuple[Truth, Node]] = []
    open_guards: list[Node] = []
    here: Env | None = env
    for case in expr.cases:
        assert here is not None
        guard = evaluate_expression(case.guard, here, b)
        verdict = _flag(guard)
        note = {YES: "matches", NO: "does not match", UNKNOWN: "may match"}[verdict]
        inside: Env | None = here
        if verdict is UNKNOWN:
            inside = None if env.prefer else _assuming(case.guard, True, here, b)
        if verdict is NO or inside is None:
            nodes.append(
                Node("case", "when", verdict, FLAG, case.origin, (guard,), note, case.refs)
            )
            continue
        value = evaluate_expression(case.value, inside, b)
        of = case.value.type
        children = (guard, value)
        nodes.append(Node("case", "when", value.value, of, case.origin, children, note, case.refs))
        reached.append((verdict, value))
        if verdict is UNKNOWN:
            open_guards.append(guard)
        if expr.strategy == "first":
            if verdict is UNKNOWN:
                here = _assuming(case.guard, False, here, b)
            if verdict is YES or here is None:
                break
    else:
        here = env if expr.strategy != "first" else here
    if expr.strategy == "collect":
        return _node("cases", "collect", _collected(reached), expr, tuple(nodes))
    certain = any(v is YES for v, _ in reached) or here is None
    if expr.strategy == "unique":
        reached = _unique(expr, reached, open_guards, env)
    if not certain:
        assert here is not None
        if expr.otherwise is None:
            slot = f"{env.subject.prefix}?{expr.label}{b.tag}"
            value = _node(
                "constant",
                "none",
                anything(expr.type, slot),
                expr,
                note="no case matches",
                slot=slot,
            )
        else:
            value = evaluate_expression(expr.otherwise, here, b)
            nodes.append(Node("case", "otherwise", value.value, expr.type, value.origin, (value,)))
        reached.append((UNKNOWN, value))
    if len(reached) == 1:
        return _node("cases", expr.strategy, reached[0][1].value, expr, tuple(nodes))
    label = f"{expr.label}{b.tag}"
    result = joined([v.value for _, v in reached], label, env, tuple(nodes))
    return _node("cases", expr.strategy, result, expr, tuple(nodes))


def _assuming(condition: Expr, holds: bool, env: Env, b: Bindings) -> Env | None:
    # Evaluating and assuming are one recursion in two modules.
    from mlpolicy.evaluate.assume import assume

    return assume(condition, holds, env, b)


def _unique(
    expr: Choose, reached: list[tuple[Truth, Node]], open_guards: list[Node], env: Env
) -> list[tuple[Truth, Node]]:
    """At most one case may apply: two that surely do are an error, two that may are told."""
    sure = [(v, n) for v, n in reached if v is YES]
    if len(sure) > 1:
        raise FaultError(
            "two rows of a unique table match: "
            + " and ".join(shown.show(n.value, expr.type) for _, n in sure),
            expr.origin.place,
        )
    if len(reached) > 1 and env.subject.doubting:
        needs = tuple(dict.fromkeys(p for g in open_guards for p in g.needs))
        env.subject.doubts.setdefault(
            f"unique:{expr.label}",
            ("two rows of a unique table may match", needs, expr.origin.place),
        )
    return reached


def _collected(reached: list[tuple[Truth, Node]]) -> Items:
    must: set[str] = set()
    may: set[str] = set()
    for verdict, value in reached:
        if isinstance(value.value, Members) and value.value.options is not None:
            may |= value.value.options
            if verdict is YES and len(value.value.options) == 1:
                must |= value.value.options
    return Items(frozenset(must), frozenset(may))


# ── Catalogues, records, shortlists ──────────────────────────────────────────────────────


def rows_in_force(table: str, env: Env) -> tuple[CatalogRow, ...]:
    """The rows of a catalogue that hold at the decision's date, in written order."""
    as_of = env.subject.run.as_of
    return tuple(
        row
        for row in env.subject.run.program.catalogs[table].rows
        if (row.since is None or row.since <= as_of) and (row.until is None or as_of < row.until)
    )


def row_label(row: RowId, program: Program) -> str:
    """A row by its keys and first word after them, as a person would name it."""
    if row.table in program.catalogs:
        catalog = program.catalogs[row.table]
        if row.tag == "!":
            return f"{row.table} of the project, row {row.index + 1}"
        cells = catalog.rows[row.index].cells
        names = []
        for column in catalog.columns:
            cell = cells.get(column)
            if (
                isinstance(cell, Const)
                and isinstance(cell.value, str)
                and not isinstance(cell.type, FlagType)
            ):
                names.append(cell.value)
            if len(names) == len(catalog.keys) + 1:
                break
        return f"{row.table} {' / '.join(names) or row.index + 1}"
    if row.index < 0:
        return f"{row.table} {row.tag}: none is stated"
    return f"{row.table} {row.index + 1}"


def _column(expr: ColumnRef, env: Env, b: Bindings) -> Node:
    rows = evaluate_expression(expr.row, env, b)
    assert isinstance(rows.value, Rows)
    nodes = tuple(
        _cell(row, expr, env) if row is not None else _no_row(expr, env)
        for row in _considered(rows.value, env)
    )
    kept = () if isinstance(expr.row, RowRef) else (rows,)
    if len(nodes) == 1:
        node = nodes[0]
        if not kept:
            return node
        return Node(
            "column",
            expr.column,
            node.value,
            node.type,
            expr.origin,
            (*kept, node),
            "",
            node.refs,
            node.place,
        )
    value = joined([n.value for n in nodes], f"{_rows_tag(rows.value)}.{expr.column}", env, nodes)
    return _node("column", expr.column, value, expr, (*kept, *nodes))


def _no_row(expr: ColumnRef, env: Env) -> Node:
    slot = f"{env.subject.prefix}none:{expr.column}"
    within = Range(ZERO, POS) if isinstance(expr.type, Quantity) else EVERYTHING
    return _node("column", expr.column, anything(expr.type, slot, within), expr, note="no row")


def _cell(row: RowId, expr: ColumnRef, env: Env) -> Node:
    key = ("cell", row, expr.column)
    node = env.recall(key)
    if node is None:
        node = _read_cell(row, expr.column, expr.type, env, expr)
        env.remember(key, node)
    return node


def _read_cell(row: RowId, column: str, of: Type, env: Env, expr: Expr) -> Node:
    program = env.subject.run.program
    if row.table in program.records:
        return _record_field(row, column, env, expr)
    name = f"{row.table}.{column}"
    if row.tag == "!":
        return _override_cell(row, column, of, env, expr)
    written = program.catalogs[row.table].rows[row.index]
    cell = written.cells.get(column)
    if cell is None:
        slot = f"{env.subject.prefix}none:{row}.{column}"
        return Node(
            "cell",
            name,
            anything(of, slot),
            of,
            written.origin,
            note="does not apply",
            refs=written.refs,
        )
    inner = evaluate_expression(cell, env, Bindings())
    # What the policy itself leaves open is asked of the policy, by its place.
    asks = () if is_known(inner.value) else (str(cell.origin.place),)
    return Node(
        "cell",
        name,
        inner.value,
        of,
        cell.origin,
        note=inner.note,
        refs=written.refs,
        asks=asks,
        own=inner.slots,
    )


def _override_rows(table: str, env: Env) -> tuple[Fact, ...]:
    path = env.subject.run.program.catalogs[table].override
    if path is None:
        return ()
    fact = fact_at(path, env, NOTHING)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


NOTHING = Bindings()


def _override_cell(row: RowId, column: str, of: Type, env: Env, expr: Expr) -> Node:
    fact = _override_rows(row.table, env)[row.index]
    found = _override_field(fact, column)
    slot = f"{env.subject.prefix}{row}.{column}"
    if found is None:
        return Node(
            "cell",
            f"{row.table}.{column}",
            anything(of, slot),
            of,
            expr.origin,
            note="does not apply",
        )
    return Node(
        "cell",
        f"{row.table}.{column}",
        read_fact(found, of, slot),
        of,
        expr.origin,
        place=found.place,
    )


def _override_field(fact: Fact, column: str) -> Fact | None:
    """A column of a row the manifest states: the key of that name, or that name with its
    unit appended (`each_usd` for `each`)."""
    if not isinstance(fact.value, Mapping):
        return None
    for key in sorted(fact.value):
        if key == column or key.startswith(f"{column}_"):
            return fact.value[key]
    return None


def _record_field(row: RowId, column: str, env: Env, expr: Expr) -> Node:
    records = env.subject.run.program.records[row.table]
    declared = records.columns[column]
    name = f"{row.table}.{column}"
    within = Range(
        NEG if declared.low is None else declared.low,
        POS if declared.high is None else declared.high,
        declared.low_open,
    )
    prefix = env.subject.prefix if records.path.scope == "workload" else ""
    if row.index < 0:
        slot = f"{prefix}record:{row.table}[{row.tag}].{column}"
        path = f"{path_name(records.path)}[{row.tag}]" if row.tag else path_name(records.path)
        place = _list_place(records.path, env)
        _watch(env, Slot(slot, path, name, "", declared.type, within, False, "unmeasured", place))
        value = _narrowed(env, slot, anything(declared.type, slot, within))
        return Node(
            "entry",
            name,
            value,
            declared.type,
            records.origin,
            note="not measured",
            place=place,
            asks=(path,),
            own=frozenset((slot,)),
        )
    fact = _entries(row.table, env)[row.index]
    found = fact.get(column)
    slot = f"{prefix}record:{row.table}[{row.index}].{column}"
    path = f"{path_name(records.path)}[{row.index}].{column}"
    if found is None or isinstance(found.value, DeclaredUnknown):
        place = (found or fact).place
        _watch(env, Slot(slot, path, name, "", declared.type, within, False, "absent", place))
        value = _narrowed(env, slot, anything(declared.type, slot, within))
        note = "absent" if found is None else "declared unknown"
        return Node(
            "entry",
            name,
            value,
            declared.type,
            records.origin,
            note=note,
            place=place,
            asks=(path,),
            own=frozenset((slot,)),
        )
    value = read_fact(found, declared.type, slot)
    asks: tuple[str, ...] = ()
    if isinstance(value, Num) and not is_known(value):
        asks = (path,)
        extent = range_of(value.poly).range
        _watch(
            env, Slot(slot, path, name, "", declared.type, extent, False, "estimate", found.place)
        )
        value = _narrowed(env, slot, value)
    return Node("entry", name, value, declared.type, records.origin, place=found.place, asks=asks)


def _entries(table: str, env: Env) -> tuple[Fact, ...]:
    fact = fact_at(env.subject.run.program.records[table].path, env, NOTHING)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def _list_place(path: PathRef, env: Env) -> Place | None:
    fact = fact_at(path, env, NOTHING)
    if fact is not None:
        return fact.key_place or fact.place
    subject = env.subject
    if path.scope == "workload" and subject.workload:
        return subject.workload.fact.place
    return subject.run.document.project.place


def _key_rows(
    table: str, keys: tuple[Expr, ...], env: Env, b: Bindings
) -> tuple[list[tuple[RowId, Truth]], tuple[Node, ...]]:
    """The rows whose first key columns may equal the given keys, and how surely."""
    catalog = env.subject.run.program.catalogs[table]
    nodes = tuple(evaluate_expression(k, env, b) for k in keys)
    found: list[tuple[RowId, Truth]] = []
    for i, fact in enumerate(_override_rows(table, env)):
        row = RowId(table, i, "!")
        verdict = conjunction(
            [
                _stated_is(fact, k, catalog.columns[k], node)
                for k, node in zip(catalog.keys, nodes, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((row, verdict))
    if any(v is YES for _, v in found):
        return found, nodes
    index = _index(table, env)
    if index is not None and len(nodes) == 1 and isinstance(nodes[0].value, Members):
        options = nodes[0].value.options
        if options is not None:
            sure = YES if len(options) == 1 else UNKNOWN
            rows = sorted(i for option in options for i in index.get(option, ()))
            return [*found, *((RowId(table, i), sure) for i in rows)], nodes
    for written in rows_in_force(table, env):
        verdict = conjunction(
            [
                _cell_is(RowId(table, written.index), k, catalog.columns[k], node, env)
                for k, node in zip(catalog.keys, nodes, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((RowId(table, written.index), verdict))
    return found, nodes


def _index(table: str, env: Env) -> dict[str, list[int]] | None:
    """The rows in force by their first key, where all of these are plain words."""
    run = env.subject.run
    if table not in run.indexes:
        first = run.program.catalogs[table].keys[0]
        index: dict[str, list[int]] | None = {}
        for row in rows_in_force(table, env):
            cell = row.cells.get(first)
            if index is None or not (isinstance(cell, Const) and isinstance(cell.value, str)):
                index = None
                break
            index.setdefault(cell.value, []).append(row.index)
        run.indexes[table] = index
    return run.indexes[table]


def _stated_is(fact: Fact, column: str, of: Type, key: Node) -> Truth:
    cell = _override_field(fact, column)
    if cell is None:
        return NO
    value = read_fact(cell, of, "")
    assert isinstance(value, Members)
    return _same(value.options, _options(key))


def _cell_is(row: RowId, column: str, of: Type, key: Node, env: Env) -> Truth:
    cell = _read_cell(row, column, of, env, _anchor(row, env))
    if isinstance(cell.value, Truth):
        assert isinstance(key.value, Truth)
        return UNKNOWN if UNKNOWN in (cell.value, key.value) else truth(cell.value is key.value)
    return _same(_options(cell), _options(key))


def _anchor(row: RowId, env: Env) -> Expr:
    written = env.subject.run.program.catalogs[row.table].rows[row.index]
    return AsOf(type=FLAG, origin=written.origin)


def _options(node: Node) -> frozenset[str] | None:
    assert isinstance(node.value, Members), node
    return node.value.options


def _same(a: frozenset[str] | None, c: frozenset[str] | None) -> Truth:
    """Are two members the same? Sets of options: surely, surely not, or unknown."""
    if a is not None and c is not None:
        if not (a & c):
            return NO
        if len(a) == 1 and a == c:
            return YES
    return UNKNOWN


def _lookup(expr: LookupRow, env: Env, b: Bindings) -> Node:
    found, nodes = _key_rows(expr.table, expr.keys, env, b)
    return _node("lookup", expr.table, _firsts(found, may_be_none=True), expr, nodes)


def _firsts(found: list[tuple[RowId, Truth]], may_be_none: bool) -> Rows:
    """The rows that may be the first: up to the first sure one, and none where no row is sure."""
    options: list[RowId | None] = []
    sure: RowId | None = None
    for row, verdict in found:
        options.append(row)
        if verdict is YES:
            sure = row
            break
    if sure is None and may_be_none:
        options.append(None)
    return Rows(tuple(options), sure)


def _has(expr: HasRow, env: Env, b: Bindings) -> Node:
    found, nodes = _key_rows(expr.table, expr.keys, env, b)
    value = disjunction([v for _, v in found])
    if value is UNKNOWN and len(nodes) == 1 and isinstance(nodes[0].value, Members):
        options = nodes[0].value.options
        if options is not None:
            keys = {_first_key(row, env) for row, _ in found}
            if options <= keys:
                value = YES
    return _node("has", expr.table, value, expr, nodes)


def _first_key(row: RowId, env: Env) -> str | None:
    if row.tag == "!":
        return None
    catalog = env.subject.run.program.catalogs[row.table]
    cell = catalog.rows[row.index].cells.get(catalog.keys[0])
    return cell.value if isinstance(cell, Const) and isinstance(cell.value, str) else None


def _first_row(expr: FirstRow, env: Env, b: Bindings) -> Node:
    found: list[tuple[RowId, Truth]] = []
    nodes = []
    for written in rows_in_force(expr.table, env):
        row = RowId(expr.table, written.index)
        node = evaluate_expression(expr.where, env, b.with_row(row))
        nodes.append(
            Node(
                "row",
                row_label(row, env.subject.run.program),
                node.value,
                FLAG,
                written.origin,
                (node,),
                "",
                written.refs,
            )
        )
        if node.value is not NO:
            found.append((row, _flag(node)))
        if node.value is YES:
            break
    return _node("first", expr.table, _firsts(found, may_be_none=True), expr, tuple(nodes))


def _latest(expr: LatestRow, env: Env, b: Bindings) -> Node:
    """The newest entry that meets the condition. Records are open: where no entry surely
    meets it, there may be one nobody has stated, so the answer may be that one."""
    subject = env.subject
    as_of = subject.run.as_of
    candidates: list[tuple[RowId, Truth, Days]] = []
    nodes: list[Node] = []
    for i, fact in enumerate(_entries(expr.table, env)):
        row = RowId(expr.table, i)
        met = evaluate_expression(expr.where, env, b.with_row(row)) if expr.where else None
        verdict = _flag(met) if met else YES
        day = _record_field(row, expr.by, env, expr).value
        assert isinstance(day, Days)
        if day.lo is not None and day.lo > as_of:
            raise FaultError(
                f"`{expr.by}` of entry {i + 1} is {shown.show_date(day.lo)}, after "
                f"{shown.show_date(as_of)}",
                fact.place,
            )
        nodes.append(
            Node(
                "entry",
                f"{expr.table} {i + 1}",
                verdict,
                FLAG,
                expr.origin,
                (met,) if met else (),
                place=fact.place,
            )
        )
        if verdict is not NO:
            candidates.append((row, verdict, day))
    sure_days = [d.lo for _, v, d in candidates if v is YES and d.lo is not None and d.lo == d.hi]
    newest = max(sure_days, default=None)
    options: list[RowId | None] = [
        row for row, _, d in candidates if newest is None or d.hi is None or d.hi >= newest
    ]
    sure = None
    if len(options) == 1 and any(v is YES for r, v, _ in candidates if r == options[0]):
        sure = options[0]
    if not any(v is YES for _, v, _ in candidates):
        options.append(RowId(expr.table, -1, _entry_tag(expr, env, b)))
    return _node("latest", expr.table, Rows(tuple(options), sure), expr, tuple(nodes))


def _entry_tag(expr: LatestRow, env: Env, b: Bindings) -> str:
    """Which entry is missing, by its keys: `system = comprehend, metric = accuracy`."""
    records = env.subject.run.program.records[expr.table]
    wanted: dict[str, str] = {}

    def visit(condition: Expr) -> None:
        match condition:
            case AndExpr(operands=operands):
                for operand in operands:
                    visit(operand)
            case IsExpr(left=ColumnRef(row=RowRef(table=table), column=column), right=right) if (
                table == expr.table
            ):
                node = evaluate_expression(right, env, b)
                if is_known(node.value):
                    wanted[column] = shown.show(node.value, node.type)

    if expr.where is not None:
        visit(expr.where)
    return ", ".join(f"{k} = {wanted[k]}" for k in records.keys if k in wanted)


def candidates(shortlist: str, env: Env, b: Bindings) -> tuple[Candidate, ...]:
    """The rows that come to a shortlist (all of a catalogue's in force, or those its parent
    does not surely drop), with how far down its lines each comes."""
    program = env.subject.run.program
    declared = program.shortlists[shortlist]
    key = (shortlist, b.speaker(("shortlist", shortlist) in program.reads.answering))
    found = env.rows.get(key)
    if found is None:
        before: list[tuple[RowId, Candidate | None]]
        if declared.parent:
            earlier = candidates(declared.parent, env, b)
            before = [(c.row, c) for c in earlier if c.node.value is not NO]
        else:
            rows = rows_in_force(declared.table, env)
            before = [(RowId(declared.table, w.index), None) for w in rows]
        found = tuple(_candidate(declared, row, c, env, b) for row, c in before)
        env.rows[key] = found
    return found


def _candidate(
    shortlist: Shortlist, row: RowId, earlier: Candidate | None, env: Env, b: Bindings
) -> Candidate:
    answering = ("shortlist", shortlist.name) in env.subject.run.program.reads.answering
    key = (shortlist.name, row, b.speaker(answering))
    found = env.recall_candidate(key)
    if found is not None:
        return found
    lines: list[Node] = []
    dropped = ""
    inner = b.inner().with_row(row)
    for line in shortlist.lines:
        condition = evaluate_expression(line.condition, env, inner)
        value = condition.value
        lines.append(Node("line", line.name, value, FLAG, line.origin, (condition,), "", line.refs))
        if value is NO:
            dropped = line.name
            break
    values = [_flag(n) for n in lines]
    if earlier is not None:
        values.insert(0, _flag(earlier.node))
    verdict = conjunction(values)
    nodes = (*((earlier.node,) if earlier else ()), *lines)
    note = {YES: "remains", UNKNOWN: "may remain", NO: f"drops out at {dropped}"}[verdict]
    origin = env.subject.run.program.catalogs[row.table].rows[row.index].origin
    node = Node("row", row_label(row, env.subject.run.program), verdict, FLAG, origin, nodes, note)
    found = Candidate(row, node, earlier.node if earlier else None, tuple(lines), dropped)
    env.remember_candidate(key, found)
    return found


def _any_remains(expr: AnyRemains, env: Env, b: Bindings) -> Node:
    answering = ("shortlist", expr.shortlist) in env.subject.run.program.reads.answering
    key = ("any", expr.shortlist, b.speaker(answering))
    node = env.recall(key)
    if node is None:
        shortlist = env.subject.run.program.shortlists[expr.shortlist]
        rows = candidates(expr.shortlist, env, b)
        value = disjunction([_flag(c.node) for c in rows])
        if value is UNKNOWN and shortlist.parent and _lines_are_sure(rows):
            parent = AnyRemains(type=FLAG, origin=expr.origin, shortlist=shortlist.parent)
            value = _flag(evaluate_expression(parent, env, b))
        close = [c for c in rows if c.node.value is not NO or _came_far(c)]
        node = _node(
            "any",
            expr.shortlist,
            value,
            expr,
            tuple(c.node for c in close),
            note=_others_dropped([c for c in rows if c not in close]),
            refs=shortlist.refs,
        )
        env.remember(key, node)
    return node


def _others_dropped(rows: list[Candidate]) -> str:
    """The rows not worth a line of their own, in one: where they dropped out."""
    if not rows:
        return ""
    at = ", ".join(dict.fromkeys(c.dropped_at for c in rows))
    return f"{len(rows)} other {'row drops' if len(rows) == 1 else 'rows drop'} out at {at}"


def _came_far(candidate: Candidate) -> bool:
    """Worth telling: it passed at least one line before it dropped out."""
    return candidate.parent is not None or any(n.value is not NO for n in candidate.lines)


def _lines_are_sure(rows: tuple[Candidate, ...]) -> bool:
    """Does every row that came this far surely meet the shortlist's own lines?"""
    return all(
        all(line.value is YES for line in c.lines)
        for c in rows
        if c.parent is not None and c.parent.value is not NO
    )


def _first_remaining(expr: FirstRemaining, env: Env, b: Bindings) -> Node:
    rows = candidates(expr.shortlist, env, b)
    found = [(c.row, _flag(c.node)) for c in rows if c.node.value is not NO]
    some = AnyRemains(type=FLAG, origin=expr.origin, shortlist=expr.shortlist)
    remains = evaluate_expression(some, env, b.inner())
    value = _firsts(found, may_be_none=remains.value is not YES)
    if not value.options:
        value = Rows((None,))
    if len(value.options) == 1 and value.options[0] is not None and value.sure is None:
        value = Rows(value.options, value.options[0])
    return _node(
        "first", expr.shortlist, value, expr, tuple(c.node for c in rows if c.node.value is not NO)
    )


# ── Comparisons ──────────────────────────────────────────────────────────────────────────


def _compare(expr: CompareExpr, env: Env, b: Bindings) -> Node:
    left = evaluate_expression(expr.left, env, b)
    right = evaluate_expression(expr.right, env, b)
    value = compare_values(expr.operator, left, right)
    note = ""
    if isinstance(left.value, Num) and isinstance(right.value, Num):
        difference = sub(left.value.poly, right.value.poly)
        _note_split(difference, env)
        note = _margin(left, right)
    elif isinstance(left.value, Days) and isinstance(right.value, Days):
        note = _days_apart(left.value, right.value)
    return _node("compare", expr.operator, value, expr, (left, right), note=note)


def _note_split(difference: Poly, env: Env) -> None:
    """Remembers where a comparison turns, for an unknown that it is linear in."""
    if not env.subject.watching:
        return
    unknowns = [(m, c) for m, c in difference.terms if m]
    if len(unknowns) != 1:
        return
    monomial, coefficient = unknowns[0]
    if len(monomial) != 1 or monomial[0][1] != 1 or monomial[0][0].operation:
        return
    constant = next((c for m, c in difference.terms if not m), ZERO)
    env.subject.splits.setdefault(monomial[0][0].key, {})[-constant / coefficient] = None


def _margin(left: Node, right: Node) -> str:
    """How far apart two known numbers are, in the left one's unit."""
    assert isinstance(left.value, Num)
    assert isinstance(right.value, Num)
    difference = sub(left.value.poly, right.value.poly).constant
    if difference is None or not (is_known(left.value) and is_known(right.value)):
        return ""
    if difference == 0:
        return "exactly equal"
    of = left.type
    assert isinstance(of, Quantity)
    amount = shown.show(Num(const(abs(difference))), of)
    return f"{amount} {'above' if difference > 0 else 'below'}"


def _days_apart(left: Days, right: Days) -> str:
    """The same for two known dates: the later one lies above."""
    if left.lo is None or left.lo != left.hi or right.lo is None or right.lo != right.hi:
        return ""
    days = left.lo - right.lo
    if days == 0:
        return "exactly equal"
    return f"{abs(days)} day {'above' if days > 0 else 'below'}"


def compare_values(operator: str, left: Node, right: Node) -> Truth:
    """`<  <=  >  >=  =`, three-valued."""
    a, c = left.value, right.value
    if isinstance(a, Unlimited) or isinstance(c, Unlimited):
        return _compare_unlimited(operator, isinstance(a, Unlimited), isinstance(c, Unlimited))
    match a, c:
        case Num(), Num():
            extent = range_of(sub(a.poly, c.poly)).range
        case Days(), Days():
            extent = Range(
                NEG if a.lo is None or c.hi is None else Fraction(a.lo - c.hi),
                POS if a.hi is None or c.lo is None else Fraction(a.hi - c.lo),
            )
        case Members(), Members():
            return _compare_members(operator, left, right)
        case _:
            raise AssertionError((a, c))
    return against_zero(operator, extent)


def against_zero(operator: str, extent: Range) -> Truth:
    """A range compared with zero."""
    match operator:
        case "<":
            if extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open):
                return YES
            return NO if extent.lo >= ZERO else UNKNOWN
        case "<=":
            if extent.hi <= ZERO:
                return YES
            return NO if extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open) else UNKNOWN
        case ">":
            return negate(against_zero("<=", extent))
        case ">=":
            return negate(against_zero("<", extent))
        case "=":
            if extent.lo == ZERO == extent.hi:
                return YES
            below = extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open)
            above = extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open)
            return NO if below or above else UNKNOWN
        case _:
            raise AssertionError(operator)


def _compare_unlimited(operator: str, left: bool, right: bool) -> Truth:
    """No limit lies above every number, and equals only no limit."""
    if left and right:
        return truth(operator in ("<=", ">=", "="))
    if operator == "=":
        return NO
    return truth(operator in (">", ">=") if left else operator in ("<", "<="))


def _compare_members(operator: str, left: Node, right: Node) -> Truth:
    of = left.type if isinstance(left.type, EnumType) else right.type
    assert isinstance(of, EnumType)
    a, c = _options(left), _options(right)
    if a == frozenset() or c == frozenset():
        return NO
    assert a is not None
    assert c is not None
    order = {name: i for i, name in enumerate(of.members)}
    results = {
        NO if NO_OUTCOME in (x, y) else against_zero(operator, point(Fraction(order[x] - order[y])))
        for x in a
        for y in c
    }
    return results.pop() if len(results) == 1 else UNKNOWN


def _is(expr: IsExpr, env: Env, b: Bindings) -> Node:
    left = evaluate_expression(expr.left, env, b)
    right = evaluate_expression(expr.right, env, b)
    marked = _marked_provisional(expr.left, right, b) or _marked_provisional(expr.right, left, b)
    value = marked if marked is not None else _equal(left, right)
    return _node("is", "is", value, expr, (left, right))


def _marked_provisional(side: Expr, other: Node, b: Bindings) -> Truth | None:
    """`answer.status is provisional` asks for the mark of the path, which stands beside the
    leaf's own status."""
    if not (isinstance(side, ChoiceRef) and side.attribute == STATUS):
        return None
    if _options(other) != frozenset((PROVISIONAL,)):
        return None
    bound = b.choice if side.which == "choice" else b.answer
    if bound is None or bound.reached is None:
        return UNKNOWN
    return truth(bound.provisional)


def _equal(left: Node, right: Node) -> Truth:
    a, c = left.value, right.value
    match a, c:
        case Truth(), Truth():
            return UNKNOWN if UNKNOWN in (a, c) else truth(a is c)
        case Members(), Members():
            if a.options == frozenset() or c.options == frozenset():
                return NO
            return _same(a.options, c.options)
        case Num(), Num():
            return compare_values("=", left, right)
        case Days(), Days():
            return compare_values("=", left, right)
        case Items(), Items():
            return conjunction([_within(left, right), _within(right, left)])
        case _:
            return _compare_unlimited("=", isinstance(a, Unlimited), isinstance(c, Unlimited))


def _in(expr: InExpr, element: Node, whole: Node, b: Bindings) -> Truth:
    assert isinstance(whole.value, Items)
    options = _options(element)
    if (
        isinstance(expr.element, ChoiceRef)
        and expr.element.attribute == STATUS
        and whole.value.must is not None
        and PROVISIONAL in whole.value.must
    ):
        bound = b.choice if expr.element.which == "choice" else b.answer
        if bound is not None and bound.reached is not None and bound.provisional:
            return YES
    if options == frozenset():
        return NO
    must, may = whole.value.must, whole.value.may
    if must is None:
        return YES
    if options is None:
        return NO if may == frozenset() else UNKNOWN
    if options <= must:
        return YES
    if may is not None and not (options & may):
        return NO
    return UNKNOWN


def _within(part: Node, whole: Node) -> Truth:
    assert isinstance(part.value, Items)
    assert isinstance(whole.value, Items)
    a, c = part.value, whole.value
    if c.must is None or (a.may is not None and a.may <= c.must):
        return YES
    if a.must is not None and c.may is not None and not (a.must <= c.may):
        return NO
    return UNKNOWN


# ── Arithmetic ───────────────────────────────────────────────────────────────────────────


def _arithmetic(expr: ArithExpr, env: Env, b: Bindings) -> Node:
    left = evaluate_expression(expr.left, env, b)
    right = evaluate_expression(expr.right, env, b)
    children = (left, right)
    match left.value, right.value:
        case Items(), Items():
            a, c = left.value, right.value
            must = None if a.must is None or c.must is None else a.must | c.must
            may = None if a.may is None or c.may is None else a.may | c.may
            return _node("arithmetic", "+", Items(must, may), expr, children)
        case Days(), Days():
            slot = f"{env.subject.prefix}days:{expr.origin.text}{b.tag}"
            return _node(
                "arithmetic", "-", _days_between(left.value, right.value, slot), expr, children
            )
        case Days(), Num():
            return _node(
                "arithmetic", expr.operator, _shift(left, right, expr.operator), expr, children
            )
        case Num(), Num():
            a_, c_ = left.value.poly, right.value.poly
        case _:
            raise AssertionError((left.value, right.value))
    match expr.operator:
        case "+":
            result = add(a_, c_)
        case "-":
            result = sub(a_, c_)
        case "*":
            result = mul(a_, c_)
        case "/":
            try:
                result = operation("div", (a_, c_))
            except ZeroDivisionError:
                raise FaultError(
                    f"`{expr.origin.text}` divides by zero", expr.origin.place
                ) from None
            if may_divide_by_zero(result) and env.subject.doubting:
                env.subject.doubts.setdefault(
                    f"zero:{expr.origin.text}",
                    (f"`{expr.origin.text}` may divide by zero", right.needs, expr.origin.place),
                )
        case _:
            raise AssertionError(expr.operator)
    return _node("arithmetic", expr.operator, Num(result), expr, children)


def _days_between(a: Days, c: Days, slot: str) -> Num:
    lo = NEG if a.lo is None or c.hi is None else (a.lo - c.hi) * SECONDS_A_DAY
    hi = POS if a.hi is None or c.lo is None else (a.hi - c.lo) * SECONDS_A_DAY
    return Num(unknown(slot, Range(lo, hi)))


def _shift(left: Node, right: Node, operator: str) -> Days:
    """A date some time later or earlier. Months go by the calendar, clamped to the month's
    end; other times by whole days."""
    assert isinstance(left.value, Days)
    assert isinstance(right.value, Num)
    assert isinstance(right.type, Quantity)
    extent = range_of(right.value.poly).range
    sign = 1 if operator == "+" else -1
    months = ("month", 1) in right.type.unit.dims

    def moved(day: int | None, amount: Fraction | Infinite) -> int | None:
        if day is None or isinstance(amount, Infinite):
            return None
        if months:
            return _add_months(day, sign * int(amount))
        return day + sign * int(amount / SECONDS_A_DAY)

    if sign > 0:
        return Days(moved(left.value.lo, extent.lo), moved(left.value.hi, extent.hi))
    return Days(moved(left.value.lo, extent.hi), moved(left.value.hi, extent.lo))


def _add_months(ordinal: int, months: int) -> int:
    start = date.fromordinal(ordinal)
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    year = min(max(year, 1), 9999)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day).toordinal()


def _charge(expr: ChargeExpr, env: Env, b: Bindings) -> Node:
    """A quantity at tiered prices: each part of it at the price of its tier."""
    quantity = evaluate_expression(expr.quantity, env, b)
    found, keys = _key_rows(expr.table, expr.keys, env, b)
    if not found:
        slot = f"{env.subject.prefix}none:{expr.origin.text}{b.tag}"
        value = Num(unknown(slot, Range(ZERO, POS)))
        return _node("charge", expr.table, value, expr, (quantity, *keys), note="no price")
    if any(v is not YES for _, v in found):
        per: dict[str | None, list[RowId]] = {}
        for row, _ in found:
            per.setdefault(_first_key(row, env), []).append(row)
        values: list[Value] = [Num(_tiers(rows, expr, quantity, env)[0]) for rows in per.values()]
        value_ = joined(values, f"charge:{expr.table}{b.tag}", env, (quantity, *keys))
        return _node("charge", expr.table, value_, expr, (quantity, *keys))
    total, rows_nodes = _tiers([row for row, _ in found], expr, quantity, env)
    return _node("charge", expr.table, Num(total), expr, (quantity, *keys, *rows_nodes))


def _tiers(
    rows: list[RowId], expr: ChargeExpr, quantity: Node, env: Env
) -> tuple[Poly, tuple[Node, ...]]:
    catalog = env.subject.run.program.catalogs[expr.table]
    up_to = next((c for c in catalog.columns if c == "up_to"), None)
    each = next(c for c in catalog.columns if c == "each")
    steps: list[tuple[Fraction | None, Poly, Node]] = []
    for row in rows:
        price = _read_cell(row, each, catalog.columns[each], env, expr)
        upper: Fraction | None = None
        if up_to is not None:
            limit = _read_cell(row, up_to, catalog.columns[up_to], env, expr)
            if is_known(limit.value):
                upper = _poly(limit, env).constant
        origin = price.origin
        steps.append(
            (
                upper,
                _poly(price, env),
                Node(
                    "price",
                    row_label(row, env.subject.run.program),
                    price.value,
                    price.type,
                    origin,
                    (),
                    price.note,
                    price.refs,
                    price.place,
                    price.asks,
                    price.slots,
                ),
            )
        )
    steps.sort(key=lambda s: (s[0] is None, s[0] or ZERO))
    amount = _poly(quantity, env)
    if all(p.constant is not None for _, p, _ in steps):
        tiers: list[Fraction] = []
        for upper, price_, _ in steps:
            tiers.append(price_.constant or ZERO)
            if upper is not None:
                tiers.append(upper)
        if len(tiers) == 1:
            return scale(amount, tiers[0]), tuple(n for _, _, n in steps)
        return operation("charge", (amount,), tuple(tiers)), tuple(n for _, _, n in steps)
    total = const(ZERO)
    for i, (_, price_, _) in enumerate(steps):
        unit: list[Fraction] = []
        for j, (upper, _, _) in enumerate(steps):
            unit.append(Fraction(int(i == j)))
            if upper is not None:
                unit.append(upper)
        part = amount if len(unit) == 1 else operation("charge", (amount,), tuple(unit))
        total = add(total, mul(price_, part))
    return total, tuple(n for _, _, n in steps)


# ── Over workloads ───────────────────────────────────────────────────────────────────────


def _aggregate(expr: AggregateExpr, env: Env, b: Bindings) -> Node:
    if expr.over == "set":
        return _over_set(expr, env, b)
    members = list(env.subject.run.workloads())
    if expr.over == "upstream":
        names = upstream(env.subject)
        members = [(n, e) for n, e in members if n in names]
    # Rows of a catalogue mean the same for every workload; an entry of records does not.
    rows = tuple(row for row in b.rows if row[0] in env.subject.run.program.catalogs)
    nodes: list[Node] = []
    bodies: list[Node] = []
    wheres: list[Truth] = []
    groups: list[str | None] = []
    for name, other in members:
        inner = Bindings(rows, b.names, env.subject.run.answers.get(name))
        where = evaluate_expression(expr.where, other, inner) if expr.where else None
        verdict = _flag(where) if where else YES
        children: tuple[Node, ...] = (where,) if where else ()
        if verdict is NO:
            nodes.append(Node("workload", name, NO, FLAG, expr.origin, children, "left out"))
            continue
        body = evaluate_expression(expr.body, other, inner)
        group: str | None = None
        if expr.once_per is not None:
            key = evaluate_expression(expr.once_per, other, inner)
            if is_known(key.value):
                group = shown.show(key.value, key.type)
            elif key.note == DECLARED:
                verdict = UNKNOWN  # it may share with another, and then not count
        nodes.append(
            Node("workload", name, body.value, expr.body.type, expr.origin, (*children, body))
        )
        bodies.append(body)
        wheres.append(verdict)
        groups.append(group)
    return _node(
        "aggregate",
        expr.kind,
        _aggregated(expr, bodies, wheres, groups, env, b),
        expr,
        tuple(nodes),
    )


def _over_set(expr: AggregateExpr, env: Env, b: Bindings) -> Node:
    assert expr.domain is not None
    domain = evaluate_expression(expr.domain, env, b)
    assert isinstance(domain.value, Items)
    must, may = domain.value.must or frozenset(), domain.value.may
    bodies, wheres, nodes = [], [], []
    for item in sorted(must | (may or frozenset())):
        inner = b.with_name(expr.variable, member(item))
        body = evaluate_expression(expr.body, env, inner)
        bodies.append(body)
        wheres.append(YES if item in must else UNKNOWN)
        nodes.append(Node("item", item, body.value, expr.body.type, expr.origin, (body,)))
    value = _aggregated(expr, bodies, wheres, [None] * len(bodies), env, b)
    if may is None:
        value = _open_ended(expr, value, env, b)
    return _node("aggregate", expr.kind, value, expr, (domain, *nodes))


def _open_ended(expr: AggregateExpr, value: Value, env: Env, b: Bindings) -> Value:
    """Over a set that may have further members, nothing but a yes of `any`, a no of `all` is
    sure."""
    if expr.kind == "any":
        return value if value is YES else UNKNOWN
    if expr.kind == "all":
        return value if value is NO else UNKNOWN
    assert isinstance(value, Num)
    slot = f"{env.subject.prefix}open:{expr.origin.text}{b.tag}"
    lowest = range_of(value.poly).range.lo
    return Num(unknown(slot, Range(lowest, POS)))


def _aggregated(
    expr: AggregateExpr,
    bodies: list[Node],
    wheres: list[Truth],
    groups: list[str | None],
    env: Env,
    b: Bindings,
) -> Value:
    match expr.kind:
        case "any":
            return disjunction(
                [conjunction([_flag(n), w]) for n, w in zip(bodies, wheres, strict=True)]
            )
        case "all":
            return conjunction(
                [disjunction([_flag(n), negate(w)]) for n, w in zip(bodies, wheres, strict=True)]
            )
        case "count":
            held = [conjunction([_flag(n), w]) for n, w in zip(bodies, wheres, strict=True)]
            low = Fraction(sum(v is YES for v in held))
            high = low + sum(v is UNKNOWN for v in held)
            return Num(
                unknown(f"{env.subject.prefix}count:{expr.origin.text}{b.tag}", Range(low, high))
            )
        case "sum":
            total = const(ZERO)
            grouped: dict[str, list[Poly]] = {}
            for i, (node, where, group) in enumerate(zip(bodies, wheres, groups, strict=True)):
                amount = _poly(node, env)
                if where is UNKNOWN:
                    extent = range_of(amount).range.hull(point(ZERO))
                    slot = f"{env.subject.prefix}sum:{expr.origin.text}[{i}]{b.tag}"
                    amount = unknown(slot, extent)
                if group is None:
                    total = add(total, amount)
                else:
                    grouped.setdefault(group, []).append(amount)
            for amounts in grouped.values():
                total = add(total, operation("max", tuple(amounts)))
            return Num(total)
        case _:
            raise AssertionError(expr.kind)


def upstream(subject: Subject) -> frozenset[str]:
    """All workloads that this one depends on, directly or through others."""
    found: set[str] = set()
    by_name = {w.name: w for w in subject.run.document.workloads}
    waiting = [subject.workload.name] if subject.workload else []
    while waiting:
        workload = by_name.get(waiting.pop())
        fact = workload.fact.get("depends_on") if workload else None
        if fact is None or not isinstance(fact.value, tuple):
            continue
        for item in fact.value:
            name = str(item.value)
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


# ── Answers, and text with holes ─────────────────────────────────────────────────────────


def _no_answer(expr: ChoiceRef, name: str) -> Value:
    """An answer that is not known may also turn out to be infeasible, or to set nothing."""
    if isinstance(expr.type, EnumType):
        return Members(frozenset((*expr.type.members, NO_OUTCOME)))
    return anything(expr.type, f"none:{name}")


def _choice(expr: ChoiceRef, b: Bindings) -> Node:
    bound: Answer | None = b.choice if expr.which == "choice" else b.answer
    name = f"{expr.which}.{expr.attribute}" if expr.attribute else expr.which
    if bound is None or bound.reached is None:
        value = _no_answer(expr, name)
        if bound is not None and bound.outcomes and not expr.attribute:
            if "held" not in bound.outcomes:
                names = {NO_OUTCOME if o == "infeasible" else o for o in bound.outcomes}
                value = Members(frozenset(names))
        return _node(expr.which, name, value, expr, note="no answer is shown")
    reached = bound.reached
    if reached.leaf is None:
        return _node(expr.which, name, _no_answer(expr, name), expr, note="held")
    if not expr.attribute:
        outcome = reached.leaf.outcome
        return _node(
            expr.which, name, Members(frozenset((outcome,)) if outcome else frozenset()), expr
        )
    if expr.attribute == STATUS:
        return _node(expr.which, name, member(reached.leaf.status), expr)
    if expr.attribute == "because":
        return _node(expr.which, name, member("; ".join(reached.because)), expr)
    for attribute, setting in reached.leaf.settings:
        if attribute == expr.attribute:
            # What is shown is one row of several; a choice is every one of them.
            where = reached.env.preferring() if expr.which == "answer" else reached.env
            inner = evaluate_expression(setting, where, Bindings())
            return _node(expr.which, name, inner.value, expr, (inner,))
    if isinstance(expr.type, EnumType | TextType):
        return _node(expr.which, name, Members(frozenset()), expr, note="the answer sets none")
    return _node(
        expr.which, name, anything(expr.type, f"none:{name}"), expr, note="the answer sets none"
    )


def fill(parts: tuple[str | Expr, ...], env: Env, b: Bindings) -> str:
    """Text with its holes filled; what is open in it is shown as preferred."""
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    words = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        else:
            node = evaluate_expression(part, env, b)
            words.append(shown.show(node.value, node.type))
    return "".join(words)
