"""Working out values: `value` is the recursion, `tracked` what makes it keep account.

`value(expr, env, b)` is the abstract value of an expression. Every value that is worked out
while another one is adds what it rests on to that one (`Frame`), so that nothing says by hand
what it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlpolicy.core.numbers import (
    EVERYTHING,
    MOST_NESTED,
    POS,
    ZERO,
    Poly,
    Range,
    nested,
    range_of,
    unknown,
    within,
)
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Applied, Given
from mlpolicy.core.program import Apply, Const, Define, Expr, Known
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import (
    Bound,
    ConditionSymbol,
    NodeSymbol,
    Role,
    Symbol,
    order,
)
from mlpolicy.core.types import EnumType, Quantity, RowType, Type
from mlpolicy.core.values import (
    NO_OUTCOME,
    UNKNOWN,
    Members,
    Num,
    Rows,
    Truth,
    Value,
    anything,
    is_known,
    join,
    member,
    truth,
)
from mlpolicy.evaluate.env import (
    NO_NOTES,
    NO_SYMBOLS,
    NOTHING_OPEN,
    Bindings,
    Env,
    Frame,
    Key,
    Notes,
    Result,
    Run,
)
from mlpolicy.typed import TypeVar

T = TypeVar("T")


def value(expr: Expr, env: Env, b: Bindings) -> Value:
    """The abstract value of an expression. What it rests on is added to the open frame.

    Raises FaultError where it cannot be worked out for the workload.
    """
    found = result(expr, env, b)
    env.subject.run.frame.add(found)
    return found.value


def result(expr: Expr, env: Env, b: Bindings) -> Result:
    """The same with what it rests on, without adding that to the open frame."""
    run = env.subject.run
    if expr.id < 0:
        found = _tracked(expr, env, b)
        run.frame.note(found.notes)
        return found
    if expr.__class__ is Const:
        literal = run.literals.get(expr.id)
        if literal is None:
            literal = run.literals[expr.id] = Frame().result(run.meaning(expr, env, b))
        return literal
    known = run.program.nodes[expr.id]
    bound = b.bound(known.rows, known.names) if known.rows or known.names else ()
    key: Key = (expr.id, bound) if bound else expr.id
    if known.answering:
        key = (key, b.answer, b.choice)
    subject = env.subject
    ahead = subject.ahead
    if ahead is not None:
        said = ahead.found.get(key, _NOT_ASKED)
        if said is _NOT_ASKED:
            said = ahead.known(key, expr, known, b)
        if said is not None:
            if run.memory is not None:
                run.frame.ask(run.memory.question(key, expr, known, b, subject))
            return said
    if known.shared and subject.workload is not None:
        env = env.seen("", run.project)
        subject = env.subject
    if env.settled_ids >> expr.id & 1:
        settled = env.settled.get((expr.id, bound))
        if settled is not None:
            value_ = truth(settled.holds)
            return Result(value=value_, reads=settled.reads, open=NOTHING_OPEN, known=True)
    kept = env.memo.get(key)
    if kept is None and key in subject.kept:
        kept = env.recall(key, known.conditions)
    if kept is None:
        kept = _anew(key, expr, known, env, b, bound)
    if kept.notes is not NO_NOTES:
        run.frame.note(kept.notes)
    return kept


def _anew(key: Key, expr: Expr, known: Known, env: Env, b: Bindings, bound: Bound) -> Result:
    """What an earlier run has worked out, where there is a memory; else it is worked out here."""
    memory = env.subject.run.memory
    made: Result | None = memory.recall(key, known, env) if memory is not None else None
    if made is None:
        made = _worked_out(expr, env, b, bound)
        if memory is not None:
            memory.keep(key, known, made, made.reads, env)
    env.remember(key, made, known.conditions)
    return made


#: Stands where the compiled form was not asked yet.
_NOT_ASKED = Result(value=UNKNOWN, reads=NO_SYMBOLS, open=NOTHING_OPEN, known=False)


def known_of(expr: Expr, env: Env) -> Known:
    """What is known of an expression without evaluating it. One that a caller has made, which is
    no part of the program, has no id and is not remembered."""
    return env.subject.run.program.nodes[expr.id] if expr.id >= 0 else _NOTHING_KNOWN


_NOTHING_KNOWN = Known()


def _worked_out(expr: Expr, env: Env, b: Bindings, bound: Bound) -> Result:
    run = env.subject.run
    run.exprs[expr.id] = expr
    run.spent += 1
    if run.spent > run.budget:
        return _not_worked_out(expr, env, bound)
    found = _tracked(expr, env, b)
    if found.value.__class__ is Num and nested(found.value.poly) > MOST_NESTED:
        return _not_worked_out(expr, env, bound)
    return found


def _tracked(expr: Expr, env: Env, b: Bindings) -> Result:
    run = env.subject.run
    outer = run.frame
    frame = run.frame = Frame()
    frame.spent = 1
    try:
        return frame.result(run.meaning(expr, env, b))
    finally:
        run.frame = outer


def _not_worked_out(expr: Expr, env: Env, bound: Bound) -> Result:
    """Past a limit: anything its type allows, which is always sound."""
    run = env.subject.run
    run.unfinished.setdefault((env.subject.name, expr.id), expr.origin.place)
    symbol = NodeSymbol(env.subject.place, expr.id, Role.LIMIT, bound)
    wide = anything(expr.type, symbol)
    if isinstance(wide, Rows):
        assert isinstance(expr.type, RowType)
        wide = Rows((*_rows(expr.type.table, env), None))
    return Result(value=wide, reads=frozenset((symbol,)), open={symbol: None}, known=False)


def _rows(table: str, env: Env) -> tuple[RowId, ...]:
    """Every row of a catalogue, whatever its dates."""
    catalog = env.subject.run.program.catalogs.get(table)
    return tuple(RowId(table=table, index=row.index) for row in catalog.rows) if catalog else ()


def tracked(env: Env, work: Callable[[], Value]) -> Result:
    """What `work` gives, with what it rests on. The open frame takes its notes."""
    run = env.subject.run
    outer = run.frame
    frame = run.frame = Frame()
    try:
        found = frame.result(work())
    finally:
        run.frame = outer
    outer.note(found.notes)
    return found


def apart(env: Env, work: Callable[[], T]) -> tuple[T, Notes]:
    """What `work` gives, and the notes of it. The open frame takes these, and nothing else."""
    run = env.subject.run
    outer = run.frame
    frame = run.frame = Frame()
    try:
        made = work()
    finally:
        run.frame = outer
    notes = frame.notes()
    outer.note(notes)
    return made, notes


def kept(env: Env, key: Key, conditions: int, work: Callable[[], Value]) -> Value:
    """The same for a part of the meaning that is no expression (a row of a shortlist, a line),
    remembered under a key of its own; `conditions` are those it may meet."""
    found = env.memo.get(key) or env.recall(key, conditions)
    if found is None:
        found = tracked(env, work)
        env.remember(key, found, conditions)
    frame = env.subject.run.frame
    frame.note(found.notes)
    frame.add(found)
    return found.value


# ── Operators ────────────────────────────────────────────────────────────────────────────


def applied(expr: Apply, run: Run) -> Applied:
    """What the table of operators says of an application; it is kept for one with an id."""
    row = OPERATORS[expr.operator]
    types = [operand.type for operand in expr.operands]
    shape = row.shape(types)
    assert shape is not None, expr
    found = Applied(row, row.decisive, shape, Given(types, expr.constants))
    if expr.id >= 0:
        run.applied[expr.id] = found
    return found


# ── Symbols ──────────────────────────────────────────────────────────────────────────────


def read(env: Env, symbol: Symbol, unrefined: Value) -> Value:
    """The value of a symbol: what is known of it, met with what is assumed here."""
    env.subject.run.frame.meet(symbol)
    refined = env.refined.get(symbol)
    if refined is None:
        return unrefined
    if isinstance(refined, Range):
        assert isinstance(unrefined, Num)
        met = range_of(unrefined.poly).range.meet(refined)
        return Num(unknown(symbol, refined if met.empty else met))
    return refined


def rests_on(env: Env, symbols: Iterable[Symbol]) -> None:
    """Says that the value being worked out also rests on these symbols, known or not."""
    env.subject.run.frame.rest_on(symbols)


def hangs_on(env: Env, found: Result) -> None:
    """Says that it hangs on a result whether something is assumed, or counts."""
    frame = env.subject.run.frame
    frame.rest_on(found.reads)
    if found.open:
        frame.wait_for(
            {
                s if isinstance(s, ConditionSymbol) else ConditionSymbol(order(s)): None
                for s in found.open
            }
        )


def joined(values: list[Value], symbol: Symbol, env: Env, of: Type | None) -> Value:
    """One of several values (at least one), as a symbol that assumptions may refine again. Where
    an assumption has left but one of them, it is what was assumed of the symbol."""
    if len(values) == 1:
        return _left(values[0], symbol, env)
    found = join(values, symbol)
    if isinstance(found, Num) and any(
        a.symbol == symbol for m, _ in found.poly.terms for a, _n in m
    ):
        polys = [v.poly for v in values if isinstance(v, Num)]
        number_type = of if isinstance(of, Quantity) else None
        env.subject.run.tell(lambda observer: observer.joined(symbol, polys, number_type))
    rests_on(env, (symbol,))
    if symbol in env.refined or not is_known(found):
        return read(env, symbol, found)
    return found


def _left(found: Value, symbol: Symbol, env: Env) -> Value:
    """The only value left of several that were `symbol`. A number is still the number that it is,
    but what is unknown in it lies where it must for what was assumed of the symbol. Where it
    cannot, no completion comes here, and what was assumed goes on to hold."""
    refined = env.refined.get(symbol)
    if refined is not None or not is_known(found):
        rests_on(env, (symbol,))
    if isinstance(found, Num) and isinstance(refined, Range):
        return Num(within(found.poly, refined) or unknown(symbol, refined))
    return found


def node_symbol(expr: Expr, env: Env, b: Bindings, role: Role, part: int = 0) -> NodeSymbol:
    """The symbol of an expression, for what its names stand for here."""
    known = known_of(expr, env)
    bound = b.bound(known.rows, known.names)
    return NodeSymbol(env.subject.place, expr.id, role, bound, part)


def gap(of: Type) -> Range:
    """The range of a number that the policy leaves open."""
    return Range(ZERO, POS) if isinstance(of, Quantity) else EVERYTHING


# ── Taking values apart ──────────────────────────────────────────────────────────────────


def flag(expr: Expr, env: Env, b: Bindings) -> Truth:
    """The value of a condition."""
    found = value(expr, env, b)
    assert type(found) is Truth, expr
    return found


def number(expr: Expr, env: Env, b: Bindings) -> Poly:
    """The value of a quantity. An unlimited one never meets arithmetic (checked)."""
    found = value(expr, env, b)
    assert isinstance(found, Num), expr
    return found.poly


def members(expr: Expr, env: Env, b: Bindings) -> tuple[str, ...]:
    """What an enum value may be, in the order of its type."""
    found = value(expr, env, b)
    assert isinstance(found, Members), expr
    assert found.options is not None, expr
    if isinstance(expr.type, EnumType):
        names = [m for m in expr.type.members if m in found.options]
        return (*names, *((NO_OUTCOME,) if NO_OUTCOME in found.options else ()))
    return tuple(sorted(found.options))


def the_member(expr: Expr, env: Env, b: Bindings) -> str | None:
    """The one member that a value is; None where it may be several, or none."""
    found = value(expr, env, b)
    if isinstance(found, Members) and found.options and len(found.options) == 1:
        (name,) = found.options
        return name
    return None


def the_row(expr: Expr, env: Env, b: Bindings) -> RowId | None:
    """The one row that a value is; None where it may be several, or none."""
    found = value(expr, env, b)
    if isinstance(found, Rows) and len(found.options) == 1:
        return found.options[0]
    return None


def definition_bindings(declared: Define, row: RowId | None, key: str, b: Bindings) -> Bindings:
    """What names stand for inside a definition."""
    inner = b.inner()
    if row is not None:
        inner = inner.with_row(row)
    if declared.key is not None:
        inner = inner.with_name(declared.parameter, member(key))
    return inner
