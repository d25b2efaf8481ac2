"""Refinement: what follows from assuming that a condition holds, or that it does not.

`assume` gives the environment in which a condition has the given value, or None where that
cannot be. It only ever narrows: every completion of the unknowns in which the condition has
that value lies in the environment it returns. In the terms of the field this is backward
abstract interpretation; one rule per construct:

- `and` refines by both sides, its opposite joins what each side gives; `or` the other way
  round; `not` swaps;
- definitions are looked through, case by case for those with cases;
- an input compared with a constant is refined;
- "some row remains" joins over the rows that may remain, each with its lines assumed;
- every assumed condition becomes part of the path condition, so that met again it has the
  value assumed.

The other direction, forgetting, is `join_envs`: what holds in both of two environments. How
far definitions are looked through is bounded (`MOST_LOOKS`): beyond it nothing is refined, which is
sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlpolicy.core.node import node
from mlpolicy.core.numbers import (
    Poly,
    Range,
    narrowings,
)
from mlpolicy.core.operators.row import Connects, Kept, Lies, Narrowed
from mlpolicy.core.program import (
    AnyRemains,
    Apply,
    Choose,
    DefRef,
    Expr,
    HasRow,
    InputRef,
    Score,
)
from mlpolicy.core.symbols import Bound, InputSymbol, Symbol
from mlpolicy.core.trace import Basis
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Members,
    Rows,
    Truth,
    Value,
    join,
    truth,
)
from mlpolicy.dataclass import field
from mlpolicy.evaluate.env import MOST_LOOKS, NO_NOTES, Bindings, Env, Key, Notes, Settled
from mlpolicy.evaluate.inputs import input_symbol, read_input
from mlpolicy.evaluate.rows import candidates, rows_in_force
from mlpolicy.evaluate.values import apart, applied, definition_bindings, result
from mlpolicy.typed import assert_never

Keep = Callable[[str], bool]


def assume(condition: Expr, holds: bool, env: Env, b: Bindings) -> Env | None:
    """The environment in which `condition` has the value `holds`; None where it cannot.
    (docs/language.md, Logic)"""
    found = result(condition, env, b)
    if found.value is not UNKNOWN:
        return env if found.value is truth(holds) else None
    run = env.subject.run
    known = run.program.nodes[condition.id]
    bound = b.bound(known.rows, known.names)
    answers = (b.answer, b.choice) if known.answering else ()
    key: Key = ("assume", holds, condition.id, bound, *answers)
    made = env.assumed.get(key)
    if made is None:
        made = _assumed(condition, holds, env, b, bound, key, found.reads)
        env.assumed[key] = made
    to, notes = made
    run.frame.note(notes)
    return to


def _assumed(
    condition: Expr,
    holds: bool,
    env: Env,
    b: Bindings,
    bound: Bound,
    key: Key,
    reads: frozenset[Symbol],
) -> tuple[Env | None, Notes]:
    """What follows from an assumption is the same wherever the same is assumed of all that the
    condition rests on. With it the notes that were taken to say so."""
    run = env.subject.run
    known, memory = run.program.nodes[condition.id], run.memory
    kept: _Change | None = env.kept(key, known.conditions)
    if kept is None:
        kept = memory.recall(key, known, env) if memory is not None else None
        if kept is None:
            # What was not worked out does not say all that it rests on: nothing follows from it.
            run.far = run.far or run.looks >= MOST_LOOKS
            enough = run.looks >= MOST_LOOKS or run.spent > run.budget or run.limited(reads)
            kept = _Change() if enough else _looked(condition, holds, env, b)
            if memory is not None and not enough:
                memory.keep(key, known, kept, reads, env)
        env.keep(key, kept, reads, known.conditions)
    if kept.impossible:
        return None, kept.notes
    settled = {**kept.settled, (condition.id, bound): Settled(holds, reads)}
    return env.with_all(kept.refined, settled), kept.notes


@node(eq=False)
class _Change:
    """What an assumption adds: refined symbols, and conditions that are settled with it; and the
    notes that were taken to say so."""

    refined: Mapping[Symbol, Value | Range] = field(default_factory=dict)
    settled: Mapping[tuple[int, Bound], Settled] = field(default_factory=dict)
    impossible: bool = False
    notes: Notes = NO_NOTES


def _looked(condition: Expr, holds: bool, env: Env, b: Bindings) -> _Change:
    run = env.subject.run
    run.looks += 1
    run.depth += 1
    try:
        to, notes = apart(env, lambda: _counted(_refine(condition, holds, env, b), env))
    finally:
        run.depth -= 1
        if not run.depth:
            run.looks = 0
    if to is None:
        return _Change(impossible=True, notes=notes)
    refined, settled = to.beyond(env)
    return _Change(refined, settled, notes=notes)


def _counted(to: Env | None, env: Env) -> Env | None:
    """Counts one look for the notes that are taken."""
    env.subject.run.frame.looks += 1
    return to


def join_envs(envs: list[Env | None], base: Env) -> Env | None:
    """What holds in all of the environments that can be, each made of `base`."""
    real = [e for e in envs if e is not None]
    if len(real) < 2:
        return real[0] if real else None
    refined = real[0].refined
    _, settled = real[0].beyond(base)
    for other in real[1:]:
        refined = {
            symbol: found if found is then else _either(symbol, found, then)
            for symbol, found in refined.items()
            if (then := other.refined.get(symbol)) is not None
        }
        settled = {
            k: s for k, s in settled.items() if (o := other.settled.get(k)) and o.holds == s.holds
        }
    refined = {s: found for s, found in refined.items() if base.refined.get(s) != found}
    return Env(base.subject, base, refined, settled, base.stated)


def _either(symbol: Symbol, a: Value | Range, c: Value | Range) -> Value | Range:
    if isinstance(a, Range):
        assert isinstance(c, Range)
        return a.hull(c)
    assert not isinstance(c, Range)
    return join([a, c], symbol)


def _refine(condition: Expr, holds: bool, env: Env, b: Bindings) -> Env | None:
    match condition:
        case Apply():
            return _applied(condition, holds, env, b)
        case InputRef():
            return _restrict(condition, env, b, lambda v: v == ("yes" if holds else "no"))
        case DefRef():
            return _definition(condition, holds, env, b)
        case Choose():
            return _cases(condition, env, b, lambda e, inside: assume(e, holds, inside, b))
        case AnyRemains():
            return _any_remains(condition, holds, env, b)
        case HasRow():
            return _has(condition, holds, env, b)
        case _:
            return env


def _applied(expr: Apply, holds: bool, env: Env, b: Bindings) -> Env | None:
    """What the row of an operator says of its operands: of a connective that they hold, of
    anything else what follows of each in turn."""
    run = env.subject.run
    row, _, shape, given = run.applied.get(expr.id) or applied(expr, run)
    match row.connects:
        case Connects.OPPOSITE:
            return _all(expr.operands, not holds, env, b)
        case Connects.EVERY:
            return (_all if holds else _one)(expr.operands, holds, env, b)
        case Connects.SOME:
            return (_one if holds else _all)(expr.operands, holds, env, b)
        case None:
            pass
        case _:
            assert_never(row.connects)
    here: Env | None = env
    for operand, follows in zip(expr.operands, shape.follows, strict=False):
        if here is None:
            return None
        values = [result(o, here, b).value for o in expr.operands]
        match follows(given, holds, *values):
            case Lies(number=number, within=within):
                here = narrow_number(number, within, here)
            case Kept(keep=keep):
                here = _restrict(operand, here, b, keep)
            case Narrowed(to=to):
                symbol = _input(operand, here, b)
                here = here if symbol is None else here.narrow(symbol, to)
            case Truth() as wanted:
                here = assume(operand, wanted is YES, here, b)
            case None:
                pass
            case consequence:
                assert_never(consequence)
    return here


def _all(operands: tuple[Expr, ...], holds: bool, env: Env, b: Bindings) -> Env | None:
    """Every operand has this value."""
    here: Env | None = env
    for operand in operands:
        here = assume(operand, holds, here, b) if here is not None else None
    return here


def _one(operands: tuple[Expr, ...], holds: bool, env: Env, b: Bindings) -> Env | None:
    """Some operand has this value."""
    return join_envs([assume(operand, holds, env, b) for operand in operands], env)


# ── Definitions ──────────────────────────────────────────────────────────────────────────


def _definition(expr: DefRef, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Looked through, where it stands for one body."""
    program = env.subject.run.program
    if expr.name in program.scores:
        return _score(program.scores[expr.name], holds, env, b)
    found = _single_body(expr, env, b)
    return assume(found[0], holds, env, found[1]) if found is not None else env


def _single_body(expr: DefRef, env: Env, b: Bindings) -> tuple[Expr, Bindings] | None:
    """The body that a definition stands for, where it is but one."""
    declared = env.subject.run.program.defines[expr.name]
    if declared.exceptions:
        return None
    row, key = None, ""
    if expr.row is not None:
        rows = result(expr.row, env, b).value
        if not isinstance(rows, Rows) or len(rows.options) != 1 or rows.options[0] is None:
            return None
        row = rows.options[0]
    if expr.key is not None:
        name = _member(expr.key, env, b)
        if name is None:
            return None
        key = name
    return declared.body, definition_bindings(declared, row, key, b)


def _member(expr: Expr, env: Env, b: Bindings) -> str | None:
    found = result(expr, env, b).value
    if isinstance(found, Members) and found.options and len(found.options) == 1:
        return next(iter(found.options))
    return None


def _score(score: Score, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Where the count is on the edge, every open question must be answered one way."""
    inner = b.inner()
    values = [result(q.condition, env, inner).value for q in score.questions]
    sure = sum(v is YES for v in values)
    open_ = tuple(q.condition for q, v in zip(score.questions, values, strict=True) if v is UNKNOWN)
    if holds and sure + len(open_) == score.target:
        return _all(open_, True, env, inner)
    if not holds and sure == score.target - 1:
        return _all(open_, False, env, inner)
    if holds and sure == score.target - 1:
        return _one(open_, True, env, inner)
    return env


def _cases(
    expr: Choose, env: Env, b: Bindings, take: Callable[[Expr, Env], Env | None]
) -> Env | None:
    """A value with cases: each case that may apply, with its guard assumed and those before
    it denied, joined."""
    if expr.strategy.gathers or not (expr.strategy.in_order or expr.disjoint):
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
    if before is not None and not (expr.complete and results):
        results.append(before if expr.otherwise is None else take(expr.otherwise, before))
    return join_envs(results, env)


# ── Members and flags ────────────────────────────────────────────────────────────────────


def _input(expr: Expr, env: Env, b: Bindings) -> InputSymbol | None:
    """The symbol of an input that stands for one unknown, if the expression is one."""
    if not isinstance(expr, InputRef):
        return None
    declared = env.subject.run.program.inputs[expr.name]
    key = ""
    if expr.key is not None:
        name = _member(expr.key, env, b)
        if name is None:
            return None
        key = name
    if _is_assumed(expr, key, env, b):
        return None
    return input_symbol(declared, key, env)


def _is_assumed(expr: InputRef, key: str, env: Env, b: Bindings) -> bool:
    """Does the value come of what the policy assumes of an absent input?"""
    declared = env.subject.run.program.inputs[expr.name]
    if declared.absent is None:
        return False
    reading, _ = apart(env, lambda: read_input(declared, key, env, b))
    return reading.basis is Basis.ASSUMED


def _restrict(expr: Expr, env: Env, b: Bindings, keep: Keep) -> Env | None:
    """Refines an input (or what a definition stands for) to the members that `keep` accepts;
    of a flag these are `yes` and `no`."""
    symbol = _input(expr, env, b)
    found = result(expr, env, b).value
    if symbol is not None:
        if isinstance(found, Truth):
            if found is not UNKNOWN:
                return env
            kept = [t for t in (YES, NO) if keep(t.value)]
            return env.narrow(symbol, kept[0]) if len(kept) == 1 else env if kept else None
        if isinstance(found, Members) and found.options is not None:
            options = frozenset(o for o in found.options if keep(o))
            return env.narrow(symbol, Members(options)) if options else None
        return env
    if isinstance(expr, DefRef) and expr.name in env.subject.run.program.defines:
        single = _single_body(expr, env, b)
        if single is not None:
            body, inner = single
            return _restrict_below(body, env, inner, keep)
    if isinstance(expr, Choose):
        return _cases(expr, env, b, lambda e, inside: _restrict(e, inside, b, keep))
    if isinstance(found, Members) and found.options and not any(map(keep, found.options)):
        return None
    return env


def _restrict_below(expr: Expr, env: Env, b: Bindings, keep: Keep) -> Env | None:
    """The same, as far as definitions are looked through."""
    run = env.subject.run
    if run.looks >= MOST_LOOKS:
        run.far = True
        return env
    run.looks += 1
    run.frame.looks += 1
    return _restrict(expr, env, b, keep)


def _has(expr: HasRow, holds: bool, env: Env, b: Bindings) -> Env | None:
    """A lookup by one key: the key is one that has a row, or one that has none."""
    if len(expr.keys) != 1:
        return env
    catalog = env.subject.run.program.catalogs[expr.table]
    if catalog.override is not None:
        return env
    keys: set[str] = set()
    for row in rows_in_force(expr.table, env):
        written = row.cells.get(catalog.keys[0])
        name = _member(written, env, Bindings()) if written is not None else None
        if name is None:
            return env
        keys.add(name)
    return _restrict(expr.keys[0], env, b, lambda o: (o in keys) is holds)


def _any_remains(expr: AnyRemains, holds: bool, env: Env, b: Bindings) -> Env | None:
    """Some row remains: joined over those that may, each with all its lines assumed. None
    remains: every row that may remain fails at some line."""
    program = env.subject.run.program
    lines: list[Expr] = []
    name = expr.shortlist
    while name:
        declared = program.shortlists[name]
        lines[:0] = [line.condition for line in declared.lines]
        name = declared.parent
    rows, _ = apart(env, lambda: list(candidates(expr.shortlist, env, b)))
    open_rows = [c.row for c in rows if c.remains is not NO]
    inner = b.inner()
    if holds:
        return join_envs([_all(tuple(lines), True, env, inner.with_row(r)) for r in open_rows], env)
    here: Env | None = env
    for row in open_rows:
        here = _one(tuple(lines), False, here, inner.with_row(row)) if here is not None else None
    return here


# ── Numbers ──────────────────────────────────────────────────────────────────────────────


def narrow_number(poly: Poly, wanted: Range, env: Env) -> Env | None:
    """Assumes that a number lies in `wanted`: each plain unknown it is linear in is refined
    by what the other terms leave."""
    here = env
    for atom, met in narrowings(poly, wanted):
        if met.empty:
            return None
        known = here.refined.get(atom.symbol)
        if isinstance(known, Range):
            met = met.meet(known)
            if met.empty:
                return None
        here = here.narrow(atom.symbol, met)
    return here
