"""Amounts: arithmetic, dates, tiered prices, and sums and counts over workloads or a set."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from mlpolicy.core import show as shown
from mlpolicy.core.facts import Document, Workload
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.numbers import (
    NEG,
    POS,
    ZERO,
    Poly,
    Range,
    add,
    const,
    mul,
    operation,
    point,
    range_of,
    scale,
    unknown,
)
from mlpolicy.core.program import AggregateExpr, Apply, ChargeExpr, InputRef
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import NodeSymbol, Role
from mlpolicy.core.terms import Fold, Over
from mlpolicy.core.trace import Basis
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Items,
    Num,
    Truth,
    Value,
    anything,
    conjunction,
    disjunction,
    is_known,
    member,
    negate,
)
from mlpolicy.evaluate.env import Bindings, Env, FaultError
from mlpolicy.evaluate.inputs import read_input
from mlpolicy.evaluate.rows import cell, first_key, has_rows, key_rows, missing
from mlpolicy.evaluate.values import (
    apart,
    flag,
    hangs_on,
    joined,
    node_symbol,
    number,
    read,
    result,
    value,
)


def read_number(
    expr: Apply | AggregateExpr, env: Env, b: Bindings, role: Role, within: Range
) -> Num:
    """A number of which only its range is known: a symbol, unless the range is one point."""
    symbol = node_symbol(expr, env, b, role)
    found = Num(unknown(symbol, within))
    if is_known(found):
        return found
    refined = read(env, symbol, found)
    assert isinstance(refined, Num)
    return refined


# ── Tiered prices ────────────────────────────────────────────────────────────────────────


def charge(expr: ChargeExpr, env: Env, b: Bindings) -> Num:
    """A quantity at tiered prices: each part of it at the price of its tier. (docs/language.md,
    Reading order of operators)"""
    quantity = number(expr.quantity, env, b)
    found = key_rows(expr.table, expr.keys, env, b)
    per: dict[str | None, list[RowId]] = {}
    sure = all(v is YES for _, v in found)
    for row, _ in found:
        per.setdefault(None if sure else first_key(row, env), []).append(row)
    values: list[Value] = [Num(_tiered(tiers(rows, expr, env), quantity)) for rows in per.values()]
    keys = [value(key, env, b) for key in expr.keys]
    if not found or (not sure and not has_rows(keys, {*per})):
        missing(expr, keys, env, b)
        symbol = node_symbol(expr, env, b, Role.NONE)
        values.append(read(env, symbol, Num(unknown(symbol, Range(ZERO, POS)))))
    one = joined(values, node_symbol(expr, env, b, Role.JOIN), env, expr.type)
    assert isinstance(one, Num)
    return one


@node(eq=False)
class Tier:
    """A tier of a tariff: up to which quantity (None: no end), at which price."""

    row: RowId
    upper: Fraction | None
    price: Poly


def tiers(rows: list[RowId], expr: ChargeExpr, env: Env) -> list[Tier]:
    """The tiers of some rows, from the lowest to the highest."""
    columns = env.subject.run.program.catalogs[expr.table].columns
    found: list[Tier] = []
    for row in rows:
        price = cell(row, "each", columns["each"], env)
        upper: Fraction | None = None
        if "up_to" in columns:
            limit = cell(row, "up_to", columns["up_to"], env)
            if isinstance(limit, Num):
                upper = limit.poly.constant
        assert isinstance(price, Num)
        found.append(Tier(row, upper, price.poly))
    return sorted(found, key=lambda t: (t.upper is None, t.upper or ZERO))


def _tiered(steps: list[Tier], amount: Poly) -> Poly:
    if all(step.price.constant is not None for step in steps):
        constants: list[Fraction] = []
        for step in steps:
            constants.append(step.price.constant or ZERO)
            if step.upper is not None:
                constants.append(step.upper)
        if len(constants) == 1:
            return scale(amount, constants[0])
        return operation("charge", (amount,), tuple(constants))
    total = const(ZERO)
    for i, step in enumerate(steps):
        unit: list[Fraction] = []
        for j, other in enumerate(steps):
            unit.append(Fraction(int(i == j)))
            if other.upper is not None:
                unit.append(other.upper)
        part = amount if len(unit) == 1 else operation("charge", (amount,), tuple(unit))
        total = add(total, mul(step.price, part))
    return total


# ── Aggregates ───────────────────────────────────────────────────────────────────────────


@node(kw_only=True, eq=False)
class Member:
    """A member of an aggregate: its value, whether it counts, and with which others it shares
    (`group`). `env` and `bindings` are where it is evaluated, `fault` why it could not be."""

    name: str
    value: Value | None
    counts: Truth
    group: str | None
    env: Env
    bindings: Bindings
    fault: Fault | None = None


def aggregate(expr: AggregateExpr, env: Env, b: Bindings) -> Value:
    """`any all count sum` over `workloads`, `upstream` or a set. (docs/language.md, Derived
    values)"""
    found = list(aggregated(expr, env, b))
    total = _total(expr, [m for m in found if m.value is not None], env, b)
    if expr.over is Over.SET:
        assert expr.domain is not None
        domain = result(expr.domain, env, b).value
        assert isinstance(domain, Items)
        return _open_ended(expr, total, env, b) if domain.may is None else total
    return total


def aggregated(expr: AggregateExpr, env: Env, b: Bindings) -> Iterator[Member]:
    """The members of an aggregate, in order; those left out have no value."""
    if expr.over is Over.SET:
        yield from _of_set(expr, env, b)
        return
    run = env.subject.run
    others = list(run.workloads())
    if expr.over is Over.UPSTREAM:
        names = upstream(env.subject.run.document, env.subject.workload)
        others = [(n, e) for n, e in others if n in names]
    # Rows of a catalogue mean the same for every workload; an entry of records does not.
    rows = tuple(row for row in b.rows if row[0] in run.program.catalogs)
    for name, base in others:
        other = env.seen(name, base)
        inner = Bindings(rows, b.names, run.answers.get(name))
        yield _of_workload(expr, name, other, inner, env, b)


def _of_workload(
    expr: AggregateExpr, name: str, other: Env, inner: Bindings, env: Env, b: Bindings
) -> Member:
    try:
        counts = flag(expr.where, other, inner) if expr.where else YES
        if counts is NO:
            value(expr.body, other, inner)
            return Member(name=name, value=None, counts=NO, group=None, env=other, bindings=inner)
        body = value(expr.body, other, inner)
    except FaultError as fault:
        if other.subject is env.subject:
            raise
        # The fault is told where it is; seen from here, the workload is unknown.
        part = [n for n, _ in env.subject.run.workloads()].index(name)
        symbol = node_symbol(expr, env, b, Role.FAILED, part)
        lost = read(env, symbol, anything(expr.body.type, symbol, Range(NEG, POS)))
        return Member(
            name=name,
            value=lost,
            counts=YES,
            group=None,
            env=other,
            bindings=inner,
            fault=fault.fault,
        )
    group: str | None = None
    if expr.once_per is not None:
        key = result(expr.once_per, other, inner)
        hangs_on(env, key)
        if key.known:
            group = shown.show(key.value, expr.once_per.type)
        elif _is_declared_unknown(expr.once_per, other, inner):
            counts = UNKNOWN  # it may share with another, and then not count
    return Member(name=name, value=body, counts=counts, group=group, env=other, bindings=inner)


def _is_declared_unknown(key: object, env: Env, b: Bindings) -> bool:
    """Does the manifest say `unknown` of a workload's group, rather than nothing?"""
    if not isinstance(key, InputRef) or key.key is not None:
        return False
    declared = env.subject.run.program.inputs[key.name]
    reading, _ = apart(env, lambda: read_input(declared, "", env, b))
    return reading.basis is Basis.DECLARED_UNKNOWN and not reading.taken


def _of_set(expr: AggregateExpr, env: Env, b: Bindings) -> Iterator[Member]:
    assert expr.domain is not None
    domain = value(expr.domain, env, b)
    assert isinstance(domain, Items)
    must = domain.must or frozenset()
    for item in sorted(must | (domain.may or frozenset())):
        inner = b.with_name(expr.variable, member(item))
        counts = YES if item in must else UNKNOWN
        yield Member(
            name=item,
            value=value(expr.body, env, inner),
            counts=counts,
            group=None,
            env=env,
            bindings=inner,
        )


def _open_ended(expr: AggregateExpr, found: Value, env: Env, b: Bindings) -> Value:
    """Over a set that may have further members, nothing but a yes of `any`, a no of `all` is
    sure."""
    if expr.kind is Fold.ANY:
        return found if found is YES else UNKNOWN
    if expr.kind is Fold.ALL:
        return found if found is NO else UNKNOWN
    assert isinstance(found, Num)
    return read_number(expr, env, b, Role.MORE, Range(range_of(found.poly).range.lo, POS))


def _total(expr: AggregateExpr, found: list[Member], env: Env, b: Bindings) -> Value:
    match expr.kind:
        case Fold.ANY:
            return disjunction([conjunction([_flag(m), m.counts]) for m in found])
        case Fold.ALL:
            return conjunction([disjunction([_flag(m), negate(m.counts)]) for m in found])
        case Fold.COUNT:
            held = [conjunction([_flag(m), m.counts]) for m in found]
            low = Fraction(sum(v is YES for v in held))
            high = low + sum(v is UNKNOWN for v in held)
            return read_number(expr, env, b, Role.COUNT, Range(low, high))
        case Fold.SUM:
            return Num(_sum(expr, found, env, b))
        case _:
            raise AssertionError(expr.kind)


def _flag(found: Member) -> Truth:
    assert isinstance(found.value, Truth)
    return found.value


def _sum(expr: AggregateExpr, found: list[Member], env: Env, b: Bindings) -> Poly:
    total: list[Poly] = []
    grouped: dict[str, list[Poly]] = {}
    for i, each in enumerate(found):
        assert isinstance(each.value, Num)
        amount = each.value.poly
        if each.counts is UNKNOWN:
            symbol = node_symbol(expr, env, b, Role.MEMBER, i)
            extent = range_of(amount).range.hull(point(ZERO))
            either = [amount, const(ZERO)]
            env.subject.run.tell(lambda o, s=symbol, e=either: o.joined(s, e, None))  # type: ignore[misc]
            amount = _part(symbol, extent, env)
        if each.group is None:
            total.append(amount)
        else:
            grouped.setdefault(each.group, []).append(amount)
    total.extend(operation("max", tuple(amounts)) for amounts in grouped.values())
    return _added(total)


def _part(symbol: NodeSymbol, extent: Range, env: Env) -> Poly:
    found = Num(unknown(symbol, extent))
    if is_known(found):
        return found.poly
    refined = read(env, symbol, found)
    assert isinstance(refined, Num)
    return refined.poly


def _added(parts: list[Poly]) -> Poly:
    """The sum of many, added pairwise, so that no partial sum is gone through again and again."""
    if not parts:
        return const(ZERO)
    while len(parts) > 1:
        parts = [
            add(parts[i], parts[i + 1]) if i + 1 < len(parts) else parts[i]
            for i in range(0, len(parts), 2)
        ]
    return parts[0]


def upstream(document: Document, start: Workload | None) -> frozenset[str]:
    """All workloads that this one depends on, directly or through others."""
    found: set[str] = set()
    by_name = {w.name: w for w in document.workloads}
    waiting = [start.name] if start is not None else []
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
