"""What follows from assuming that a condition holds, or that it does not.

`assume` gives the environment in which a condition has the given value, or None where that
cannot be. It only ever narrows: every completion of the unknowns in which the condition has
that value lies in the environment it returns. So the rules, one per construct:

- `and` narrows both sides, its opposite joins what each side gives; `or` the other way round;
  `not` swaps;
- definitions are looked through, line by line for those with cases;
- an input compared with a constant is narrowed;
- "some row remains" joins over the rows that may remain, each with its lines assumed;
- every assumed condition is remembered, so that met again it has the value assumed.

The other direction, forgetting, is `join_envs`: what holds in both of two environments.
"""

from __future__ import annotations

from collections.abc import Callable

from mlpolicy.core.numbers import (
    NEG,
    POS,
    ZERO,
    Poly,
    Range,
    point,
    range_add,
    range_of,
    range_scale,
    sub,
)
from mlpolicy.core.program import (
    AndExpr,
    AnyRemains,
    ChoiceRef,
    Choose,
    CompareExpr,
    DefRef,
    Expr,
    HasRow,
    InExpr,
    Input,
    InputRef,
    IsExpr,
    NotExpr,
    OrExpr,
    Score,
    Shortlist,
    WithinExpr,
)
from mlpolicy.core.trace import Basis
from mlpolicy.core.types import EnumType
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Items,
    Members,
    Num,
    Rows,
    Truth,
    Value,
    is_known,
    join,
    truth,
)
from mlpolicy.evaluate.definitions import bindings_of
from mlpolicy.evaluate.inputs import slot_of
from mlpolicy.evaluate.logic import NO_OUTCOME, against_zero
from mlpolicy.evaluate.nodes import value_of
from mlpolicy.evaluate.rows import candidates, rows_in_force
from mlpolicy.evaluate.state import Bindings, Env


def assume(condition: Expr, holds: bool, env: Env, b: Bindings) -> Env | None:
    """The environment in which `condition` has the value `holds`; None where it cannot."""
    node = value_of(condition, env, b)
    if node.value is not UNKNOWN:
        return env if node.value is truth(holds) else None
    narrowed = _narrow(condition, holds, env, b)
    if narrowed is None:
        return None
    return narrowed.settle(condition, b, holds, node)


def join_envs(envs: list[Env | None], base: Env) -> Env | None:
    """What holds in all of the environments that can be, each made of `base`."""
    real = [e for e in envs if e is not None]
    if len(real) < 2:
        return real[0] if real else None
    narrowed, settled = real[0].narrowed, real[0].settled
    for other in real[1:]:
        narrowed = {
            slot: _either(slot, value, other.narrowed[slot])
            for slot, value in narrowed.items()
            if slot in other.narrowed
        }
        settled = {k: v for k, v in settled.items() if other.settled.get(k) == v}
    changed = {slot for slot, value in narrowed.items() if base.narrowed.get(slot) != value}
    for key, condition in settled.items():
        if key not in base.settled:
            changed |= condition.slots
    return Env(base.subject, narrowed, settled, base.prefer, base, frozenset(changed), base.stated)


def _either(slot: str, a: Value | Range, c: Value | Range) -> Value | Range:
    if isinstance(a, Range):
        assert isinstance(c, Range)
        return a.hull(c)
    assert not isinstance(c, Range)
    return join([a, c], slot)


def _narrow(condition: Expr, holds: bool, env: Env, b: Bindings) -> Env | None:
    match condition:
        case NotExpr(operand=operand):
            return assume(operand, not holds, env, b)
        case AndExpr(operands=operands):
            return _all_hold(operands, env, b) if holds else _one_fails(operands, env, b)
        case OrExpr(operands=operands):
            return _one_holds(operands, env, b) if holds else _none_holds(operands, env, b)
        case InputRef():
            return _restrict_members(condition, env, b, lambda v: v is truth(holds), truth(holds))
        case DefRef():
            return _definition(condition, holds, env, b)
        case Choose():
            return _cases(condition, env, b, lambda value, e: assume(value, holds, e, b))
        case CompareExpr():
            return _comparison(condition, holds, env, b)
        case IsExpr():
            return _is(condition, holds, env, b)
        case InExpr():
            return _in(condition, holds, env, b)
        case WithinExpr():
            return _within(condition, holds, env, b)
        case AnyRemains():
            return _any_remains(condition, holds, env, b)
        case HasRow():
            return _has(condition, holds, env, b)
        case _:
            return env


def _all_hold(operands: tuple[Expr, ...], env: Env, b: Bindings) -> Env | None:
    here: Env | None = env
    for operand in operands:
        if here is None:
            return None
        here = assume(operand, True, here, b)
    return here


def _none_holds(operands: tuple[Expr, ...], env: Env, b: Bindings) -> Env | None:
    here: Env | None = env
    for operand in operands:
        if here is None:
            return None
        here = assume(operand, False, here, b)
    return here


def _one_fails(operands: tuple[Expr, ...], env: Env, b: Bindings) -> Env | None:
    return join_envs([assume(operand, False, env, b) for operand in operands], env)


def _one_holds(operands: tuple[Expr, ...], env: Env, b: Bindings) -> Env | None:
    return join_envs([assume(operand, True, env, b) for operand in operands], env)


def _definition(expr: DefRef, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Looked through, where it stands for one body."""
    program = env.subject.run.program
    if expr.name in program.scores:
        return _score(program.scores[expr.name], holds, env, b)
    found = _single_body(expr, env, b)
    if found is None:
        return env
    body, inner = found
    return assume(body, holds, env, inner)


def _single_body(expr: DefRef, env: Env, b: Bindings) -> tuple[Expr, Bindings] | None:
    define = env.subject.run.program.defines[expr.name]
    if define.exceptions:
        return None
    row, key = None, ""
    if expr.row is not None:
        rows = value_of(expr.row, env, b).value
        if not isinstance(rows, Rows) or len(rows.options) != 1 or rows.options[0] is None:
            return None
        row = rows.options[0]
    if expr.key is not None:
        value = value_of(expr.key, env, b).value
        if not isinstance(value, Members) or not value.options or len(value.options) != 1:
            return None
        key = next(iter(value.options))
    return define.body, bindings_of(expr, row, key, env, b)


def _score(score: Score, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Where the count is on the edge, every open question must be answered one way."""
    inner = b.inner()
    values = [value_of(q.condition, env, inner).value for q in score.questions]
    sure = sum(v is YES for v in values)
    open_ = [q.condition for q, v in zip(score.questions, values, strict=True) if v is UNKNOWN]
    here: Env | None = env
    if holds and sure + len(open_) == score.target:
        for question in open_:
            here = assume(question, True, here, inner) if here else None
    elif not holds and sure == score.target - 1:
        for question in open_:
            here = assume(question, False, here, inner) if here else None
    elif holds and sure == score.target - 1:
        here = join_envs([assume(q, True, env, inner) for q in open_], env)
    return here


def _cases(
    expr: Choose, env: Env, b: Bindings, take: Callable[[Expr, Env], Env | None]
) -> Env | None:
    """A value with cases: each case that may apply, with its guard assumed and those before
    it denied, joined."""
    if expr.strategy != "first":
        return env
    results: list[Env | None] = []
    before: Env | None = env
    for case in expr.cases:
        if before is None:
            break
        here = assume(case.guard, True, before, b)
        if here is not None:
            results.append(take(case.value, here))
        before = assume(case.guard, False, before, b)
    if before is not None:
        results.append(before if expr.otherwise is None else take(expr.otherwise, before))
    return join_envs(results, env)


# ── Inputs ───────────────────────────────────────────────────────────────────────────────


def _input_slot(expr: Expr, env: Env, b: Bindings) -> tuple[str, Input] | None:
    """The slot of an input that stands for one unknown, if the expression is one."""
    if not isinstance(expr, InputRef):
        return None
    declared: Input = env.subject.run.program.inputs[expr.name]
    key = ""
    if expr.key is not None:
        value = value_of(expr.key, env, b).value
        if not isinstance(value, Members) or not value.options or len(value.options) != 1:
            return None
        key = next(iter(value.options))
    slot = slot_of(declared, key, env)
    if value_of(expr, env, b).basis is Basis.ASSUMED:
        return None
    return slot, declared


def _restrict_members(
    expr: Expr, env: Env, b: Bindings, keep: Callable[[object], bool], flag: Truth | None = None
) -> Env | None:
    """Narrows an input (or what a definition stands for) to the members that `keep` accepts."""
    found = _input_slot(expr, env, b)
    if found is not None:
        value = value_of(expr, env, b).value
        if isinstance(value, Truth):
            assert flag is not None
            return env.narrow(found[0], flag) if value is UNKNOWN else env
        if isinstance(value, Members) and value.options is not None:
            options = frozenset(o for o in value.options if keep(o))
            if not options:
                return None
            return env.narrow(found[0], Members(options))
        return env
    if isinstance(expr, DefRef) and expr.name in env.subject.run.program.defines:
        single = _single_body(expr, env, b)
        if single is not None:
            return _restrict_members(single[0], env, single[1], keep, flag)
    if isinstance(expr, Choose):
        return _cases(expr, env, b, lambda v, e: _restrict_members(v, e, b, keep, flag))
    value = value_of(expr, env, b).value
    if isinstance(value, Members) and value.options is not None and value.options:
        if not any(keep(o) for o in value.options):
            return None
    return env


def _is(expr: IsExpr, holds: bool, env: Env, b: Bindings) -> Env | None:
    here: Env | None = env
    for side, other in ((expr.left, expr.right), (expr.right, expr.left)):
        if here is None or isinstance(side, ChoiceRef):
            return here
        known = value_of(other, here, b).value
        if not is_known(known):
            continue
        if isinstance(known, Members) and known.options:
            name = next(iter(known.options))
            here = _restrict_members(side, here, b, lambda o, n=name: (o == n) is holds)  # type: ignore[misc]
        elif isinstance(known, Truth):
            wanted = known if holds else (NO if known is YES else YES)
            here = assume(side, wanted is YES, here, b)
    return here


def _in(expr: InExpr, holds: bool, env: Env, b: Bindings) -> Env | None:
    whole = value_of(expr.set, env, b).value
    assert isinstance(whole, Items)
    if holds:
        may = whole.may
        if may is not None:
            return _restrict_members(expr.element, env, b, lambda o: o in may)
        return env
    must = whole.must
    here: Env | None = env
    if must is not None:
        here = _restrict_members(expr.element, env, b, lambda o: o not in must)
    return here


def _within(expr: WithinExpr, holds: bool, env: Env, b: Bindings) -> Env | None:
    if not holds:
        return env
    found = _input_slot(expr.part, env, b)
    whole = value_of(expr.whole, env, b).value
    part = value_of(expr.part, env, b).value
    assert isinstance(whole, Items)
    assert isinstance(part, Items)
    if found is None or whole.may is None:
        return env
    may = whole.may if part.may is None else part.may & whole.may
    return env.narrow(found[0], Items(part.must, may))


def _has(expr: HasRow, holds: bool, env: Env, b: Bindings) -> Env | None:
    """A lookup by one key: the key is one that has a row, or one that has none."""
    if len(expr.keys) != 1:
        return env
    catalog = env.subject.run.program.catalogs[expr.table]
    if catalog.override is not None:
        return env
    keys: set[str] = set()
    for row in rows_in_force(expr.table, env):
        cell = row.cells.get(catalog.keys[0])
        value = value_of(cell, env, Bindings()).value if cell is not None else None
        if not isinstance(value, Members) or value.options is None or len(value.options) != 1:
            return env
        keys |= value.options
    return _restrict_members(expr.keys[0], env, b, lambda o: (o in keys) is holds)


def _any_remains(expr: AnyRemains, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Some row remains: joined over those that may, each with all its lines assumed. None
    remains: every row that may remain fails at some line."""
    program = env.subject.run.program
    chain: list[Shortlist] = []
    name = expr.shortlist
    while name:
        chain.insert(0, program.shortlists[name])
        name = program.shortlists[name].parent
    lines = tuple(line.condition for shortlist in chain for line in shortlist.lines)
    open_rows = [c for c in candidates(expr.shortlist, env, b) if c.node.value is not NO]
    if holds:
        ways = [_all_hold(lines, env, b.inner().with_row(c.row)) for c in open_rows]
        return join_envs(ways, env)
    here: Env | None = env
    for candidate in open_rows:
        if here is None:
            return None
        here = _one_fails(lines, here, b.inner().with_row(candidate.row))
    return here


# ── Numbers ──────────────────────────────────────────────────────────────────────────────

_WANTED = {
    "<": Range(NEG, ZERO, False, True),
    "<=": Range(NEG, ZERO),
    ">": Range(ZERO, POS, True, False),
    ">=": Range(ZERO, POS),
    "=": point(ZERO),
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _comparison(expr: CompareExpr, holds: bool, env: Env, b: Bindings) -> Env | None:
    left = value_of(expr.left, env, b)
    right = value_of(expr.right, env, b)
    match left.value, right.value:
        case Num(), Num():
            operator = expr.operator if holds else _OPPOSITE.get(expr.operator, "")
            if not operator:
                return env
            return narrow_number(sub(left.value.poly, right.value.poly), _WANTED[operator], env)
        case Members(), Members():
            return _ordered(expr, holds, env, b)
        case _:
            return env


def _ordered(expr: CompareExpr, holds: bool, env: Env, b: Bindings) -> Env | None:
    left = value_of(expr.left, env, b)
    right = value_of(expr.right, env, b)
    of = left.type if isinstance(left.type, EnumType) else right.type
    assert isinstance(of, EnumType)
    order = {name: i for i, name in enumerate(of.members)}

    def keep(one: str, others: frozenset[str], swapped: bool) -> bool:
        for other in others:
            if NO_OUTCOME in (one, other):
                if not holds:
                    return True
                continue
            difference = order[other] - order[one] if swapped else order[one] - order[other]
            if (against_zero(expr.operator, point(ZERO + difference)) is YES) is holds:
                return True
        return False

    here: Env | None = env
    for side, other, swapped in ((expr.left, right, False), (expr.right, left, True)):
        assert isinstance(other.value, Members)
        others = other.value.options
        if here is None or not others:
            return here
        here = _restrict_members(side, here, b, lambda o, s=swapped, v=others: keep(str(o), v, s))  # type: ignore[misc]
    return here


def narrow_number(poly: Poly, wanted: Range, env: Env) -> Env | None:
    """Assumes that a number lies in `wanted`: each plain unknown it is linear in is narrowed
    by what the other terms leave."""
    here = env
    for monomial, coefficient in poly.terms:
        if len(monomial) != 1 or monomial[0][1] != 1 or monomial[0][0].operation:
            continue
        atom = monomial[0][0]
        rest = Poly(tuple(t for t in poly.terms if t[0] != monomial))
        if any(a == atom for m, _ in rest.terms for a, _n in m):
            continue
        rest_range = range_of(rest).range
        opposite = range_scale(rest_range, ZERO - 1)
        allowed = range_scale(range_add(wanted, opposite), 1 / coefficient)
        met = atom.range.meet(allowed)
        if met.empty:
            return None
        known = here.narrowed.get(atom.key)
        if isinstance(known, Range):
            met = met.meet(known)
            if met.empty:
                return None
        here = here.narrow(atom.key, met)
    return here


__all__ = ["assume", "join_envs", "narrow_number"]
