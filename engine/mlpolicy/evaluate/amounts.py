"""Amounts: arithmetic, dates, tiered prices, and sums and counts over workloads or a set."""

from __future__ import annotations

import calendar
from datetime import date
from fractions import Fraction
from itertools import pairwise

from mlpolicy.core import show as shown
from mlpolicy.core.numbers import (
    NEG,
    POS,
    ZERO,
    Infinite,
    Poly,
    Range,
    add,
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
    ArithExpr,
    ChargeExpr,
)
from mlpolicy.core.trace import Basis, Failed, LeftOut, StepKind
from mlpolicy.core.types import (
    FLAG,
    Quantity,
)
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Days,
    Items,
    Num,
    RowId,
    Truth,
    Value,
    anything,
    conjunction,
    disjunction,
    is_known,
    member,
    negate,
)
from mlpolicy.evaluate.nodes import (
    flag_of,
    joined,
    joined_slot,
    node_of,
    number_of,
    said_here,
    value_of,
)
from mlpolicy.evaluate.rows import first_key, key_rows, read_cell, row_label
from mlpolicy.evaluate.state import (
    Bindings,
    Env,
    FaultError,
    Node,
    Subject,
)

SECONDS_A_DAY = Fraction(86400)


def arithmetic(expr: ArithExpr, env: Env, b: Bindings) -> Node:
    left = value_of(expr.left, env, b)
    right = value_of(expr.right, env, b)
    children = (left, right)
    match left.value, right.value:
        case Items(), Items():
            a, c = left.value, right.value
            must = None if a.must is None or c.must is None else a.must | c.must
            may = None if a.may is None or c.may is None else a.may | c.may
            return node_of(StepKind.ARITHMETIC, "+", Items(must, may), expr, children)
        case Days(), Days():
            slot = f"{env.subject.prefix}days:{expr.origin.text}{b.tag}"
            return node_of(
                StepKind.ARITHMETIC,
                "-",
                _days_between(left.value, right.value, slot),
                expr,
                children,
            )
        case Days(), Num():
            return node_of(
                StepKind.ARITHMETIC,
                expr.operator,
                _shift(left, right, expr.operator),
                expr,
                children,
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
    return node_of(StepKind.ARITHMETIC, expr.operator, Num(result), expr, children)


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


def charge(expr: ChargeExpr, env: Env, b: Bindings) -> Node:
    """A quantity at tiered prices: each part of it at the price of its tier."""
    quantity = value_of(expr.quantity, env, b)
    found, keys = key_rows(expr.table, expr.keys, env, b)
    if not found:
        slot = f"{env.subject.prefix}none:{expr.origin.text}{b.tag}"
        value = Num(unknown(slot, Range(ZERO, POS)))
        kept = (quantity, *keys)
        return node_of(StepKind.CHARGE, expr.table, value, expr, kept, basis=Basis.NO_PRICE)
    if any(v is not YES for _, v in found):
        per: dict[str | None, list[RowId]] = {}
        for row, _ in found:
            per.setdefault(first_key(row, env), []).append(row)
        values: list[Value] = [Num(_tiers(rows, expr, quantity, env)[0]) for rows in per.values()]
        label = said_here(expr, b)
        value_ = joined(values, label, env, (quantity, *keys))
        slot = joined_slot(label, env)
        return node_of(StepKind.CHARGE, expr.table, value_, expr, (quantity, *keys), slot=slot)
    total, rows_nodes = _tiers([row for row, _ in found], expr, quantity, env)
    return node_of(StepKind.CHARGE, expr.table, Num(total), expr, (quantity, *keys, *rows_nodes))


def _tiers(
    rows: list[RowId], expr: ChargeExpr, quantity: Node, env: Env
) -> tuple[Poly, tuple[Node, ...]]:
    catalog = env.subject.run.program.catalogs[expr.table]
    up_to = next((c for c in catalog.columns if c == "up_to"), None)
    each = next(c for c in catalog.columns if c == "each")
    steps: list[tuple[Fraction | None, Poly, Node]] = []
    for row in rows:
        price = read_cell(row, each, catalog.columns[each], env, expr)
        upper: Fraction | None = None
        if up_to is not None:
            limit = read_cell(row, up_to, catalog.columns[up_to], env, expr)
            if is_known(limit.value):
                upper = number_of(limit, env).constant
        origin = price.origin
        steps.append(
            (
                upper,
                number_of(price, env),
                Node(
                    StepKind.PRICE,
                    row_label(row, env.subject.run.program),
                    price.value,
                    price.type,
                    origin,
                    (),
                    price.detail,
                    price.refs,
                    price.place,
                    price.asks,
                    price.slots,
                    price.basis,
                    price.taken,
                ),
            )
        )
    steps.sort(key=lambda s: (s[0] is None, s[0] or ZERO))
    amount = number_of(quantity, env)
    most = range_of(amount).range.hi
    for (below, _, _), (_, _, node) in pairwise(steps):
        if below is not None and most <= below:
            node.basis = Basis.NOT_REACHED
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


def aggregate(expr: AggregateExpr, env: Env, b: Bindings) -> Node:
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
    shared: frozenset[str] = frozenset()
    for name, other in members:
        other = env.seen(name, other)
        inner = Bindings(rows, b.names, env.subject.run.answers.get(name))
        try:
            where = value_of(expr.where, other, inner) if expr.where else None
            body = value_of(expr.body, other, inner)
        except FaultError as fault:
            if other.subject is env.subject:
                raise
            # The fault is told where it is; seen from here, the workload is unknown.
            where, body = None, _failed(expr, name, fault, b)
        verdict = flag_of(where) if where else YES
        children: tuple[Node, ...] = (where,) if where else ()
        if verdict is NO:
            left_out = LeftOut()
            nodes.append(Node(StepKind.WORKLOAD, name, NO, FLAG, expr.origin, children, left_out))
            continue
        group: str | None = None
        if expr.once_per is not None:
            key = value_of(expr.once_per, other, inner)
            shared |= key.slots
            if is_known(key.value):
                group = shown.show(key.value, key.type)
            elif key.basis is Basis.DECLARED_UNKNOWN and not key.taken:
                verdict = UNKNOWN  # it may share with another, and then not count
        nodes.append(
            Node(
                StepKind.WORKLOAD, name, body.value, expr.body.type, expr.origin, (*children, body)
            )
        )
        bodies.append(body)
        wheres.append(verdict)
        groups.append(group)
    value = _aggregated(expr, bodies, wheres, groups, env, b)
    node = node_of(StepKind.AGGREGATE, expr.kind, value, expr, tuple(nodes))
    node.own = shared
    return node


def _failed(expr: AggregateExpr, name: str, fault: FaultError, b: Bindings) -> Node:
    slot = f"{name}/failed:{expr.origin.text}{b.tag}"
    within = Range(NEG, POS)
    value = anything(expr.body.type, slot, within)
    return Node(
        StepKind.WORKLOAD,
        name,
        value,
        expr.body.type,
        expr.origin,
        detail=Failed(fault.message),
        own=frozenset((slot,)),
    )


def _over_set(expr: AggregateExpr, env: Env, b: Bindings) -> Node:
    assert expr.domain is not None
    domain = value_of(expr.domain, env, b)
    assert isinstance(domain.value, Items)
    must, may = domain.value.must or frozenset(), domain.value.may
    bodies, wheres, nodes = [], [], []
    for item in sorted(must | (may or frozenset())):
        inner = b.with_name(expr.variable, member(item))
        body = value_of(expr.body, env, inner)
        bodies.append(body)
        wheres.append(YES if item in must else UNKNOWN)
        nodes.append(Node(StepKind.ITEM, item, body.value, expr.body.type, expr.origin, (body,)))
    value = _aggregated(expr, bodies, wheres, [None] * len(bodies), env, b)
    if may is None:
        value = _open_ended(expr, value, env, b)
    return node_of(StepKind.AGGREGATE, expr.kind, value, expr, (domain, *nodes))


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
                [conjunction([flag_of(n), w]) for n, w in zip(bodies, wheres, strict=True)]
            )
        case "all":
            return conjunction(
                [disjunction([flag_of(n), negate(w)]) for n, w in zip(bodies, wheres, strict=True)]
            )
        case "count":
            held = [conjunction([flag_of(n), w]) for n, w in zip(bodies, wheres, strict=True)]
            low = Fraction(sum(v is YES for v in held))
            high = low + sum(v is UNKNOWN for v in held)
            return Num(
                unknown(f"{env.subject.prefix}count:{expr.origin.text}{b.tag}", Range(low, high))
            )
        case "sum":
            total = const(ZERO)
            grouped: dict[str, list[Poly]] = {}
            for i, (node, where, group) in enumerate(zip(bodies, wheres, groups, strict=True)):
                amount = number_of(node, env)
                if where is UNKNOWN:
                    extent = range_of(amount).range.hull(point(ZERO))
                    slot = f"{env.subject.prefix}sum:{expr.origin.text}[{i}]{b.tag}"
                    if env.subject.run.turns is not None:
                        env.subject.run.turns.join(slot, [amount, const(ZERO)])
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
