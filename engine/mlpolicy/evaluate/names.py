"""Named values: thresholds and params with their exceptions, defines, scores, and
the guarded cases that all choosing of values lowers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlpolicy.core.node import node
from mlpolicy.core.notices import BothApply, Figure, RowsMatch
from mlpolicy.core.numbers import NEG, POS, ZERO, Range, const, range_of, unknown
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Given
from mlpolicy.core.program import (
    Bar,
    BarRef,
    Case,
    ChoiceRef,
    Choose,
    Dated,
    Define,
    DefRef,
    ExceptionRule,
    Expr,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import NameSymbol, NodeSymbol, Role
from mlpolicy.core.terms import Strategy, Which
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Items,
    Members,
    Num,
    Rows,
    Truth,
    Value,
    anything,
    is_known,
    listed,
)
from mlpolicy.evaluate.env import Bindings, Doubt, Env, FaultError
from mlpolicy.evaluate.refine import assume
from mlpolicy.evaluate.values import (
    definition_bindings,
    flag,
    joined,
    members,
    node_symbol,
    read,
    rests_on,
    result,
    value,
)

# ── Keys ─────────────────────────────────────────────────────────────────────────────────


def per_key(
    expr: Expr, key: Expr, env: Env, b: Bindings, one: Callable[[str, Env], Value]
) -> Value:
    """Something keyed, by a key that may be several members: one of the values for them. An
    infeasible answer has no outcome, and what is keyed by it no value. (docs/language.md, Inputs
    and Derived values)"""
    where = answer_env(key, env, b)
    symbol = node_symbol(expr, env, b, Role.NONE)
    values = [
        one(m, where) if m != NO_OUTCOME else read(env, symbol, anything(expr.type, symbol))
        for m in members(key, env, b)
    ]
    if not values:
        return read(env, symbol, anything(expr.type, symbol))
    return joined(values, node_symbol(expr, env, b, Role.JOIN), env, expr.type)


def answer_env(key: Expr, env: Env, b: Bindings) -> Env:
    """What is keyed by the answer is asked with the answer's path assumed: `tco(answer)` is
    the cost of what is shown, where it is shown."""
    if isinstance(key, ChoiceRef) and not key.attribute:
        bound = b.choice if key.which is Which.CHOICE else b.answer
        if bound is not None and bound.reached is not None:
            return bound.reached.env
    return env


# ── Bars ─────────────────────────────────────────────────────────────────────────────────


def line_in_force(bar: Bar, as_of: int) -> Dated | None:
    """The line of a bar that holds on a day; None before the first. (docs/language.md, Thresholds,
    params, exceptions)"""
    held = [line for line in bar.lines if line.since <= as_of]
    return held[-1] if held else None


def bar(expr: BarRef, env: Env, b: Bindings) -> Value:
    """A threshold or a param, in force on the day decided for, with its exceptions.
    (docs/language.md, Thresholds, params, exceptions)"""
    declared = env.subject.run.program.bars[expr.name]
    line = line_in_force(declared, env.subject.run.as_of)
    if line is not None:
        base = value(line.value, env, b.inner())
    else:
        symbol = NameSymbol(env.subject.place, expr.name, Role.GAP)
        base = read(env, symbol, anything(declared.type, symbol))
    return with_exceptions(base, declared, env, b.inner(), ())


def with_exceptions(
    base: Value, declared: Bar | Define, env: Env, b: Bindings, bound: tuple[object, ...]
) -> Value:
    """A value, unless an exception applies. Two that surely apply are an error. (docs/language.md,
    Thresholds, params, exceptions)"""
    if not declared.exceptions:
        return base
    applied: list[tuple[ExceptionRule, Value]] = []
    possible: list[tuple[ExceptionRule, Value]] = []
    for exception in declared.exceptions:
        guard = flag(exception.guard, env, b)
        if guard is not NO:
            found = value(exception.value, env, b)
            (applied if guard is YES else possible).append((exception, found))
    if len(applied) > 1:
        names = tuple(e.name for e, _ in applied)
        values = tuple(Figure(v, declared.type) for _, v in applied)
        fault = BothApply(names, declared.name, values, sure=True)
        raise FaultError(fault, applied[1][0].origin.place)
    if len(applied) + len(possible) > 1:
        names = tuple(e.name for e, _ in (*applied, *possible))
        open_ = [s for e in declared.exceptions for s in result(e.guard, env, b).open]
        env.subject.run.doubt(
            ("exceptions", env.subject.place, declared.name),
            Doubt(
                env.subject.place,
                BothApply(names, declared.name, (), sure=False),
                tuple(dict.fromkeys(open_)),
                declared.origin.place,
            ),
        )
    several = [v for _, v in (*applied, *possible)]
    if not applied:
        several.insert(0, base)
    symbol = NameSymbol(env.subject.place, declared.name, Role.EXCEPTIONS, bound)  # type: ignore[arg-type]
    return joined(several, symbol, env, declared.type)


# ── Definitions ──────────────────────────────────────────────────────────────────────────


def definition(expr: DefRef, env: Env, b: Bindings) -> Value:
    """A define, cost, table or score: of the row, or for the key, that it is asked for.
    (docs/language.md, Derived values)"""
    program = env.subject.run.program
    if expr.name in program.scores:
        return score(expr.name, env, b)
    if expr.row is not None:
        rows = value(expr.row, env, b)
        assert isinstance(rows, Rows)
        symbol = node_symbol(expr, env, b, Role.JOIN)
        values = [
            defined(expr, row, "", env, b)
            if row is not None
            else read(env, symbol, anything(expr.type, symbol))
            for row in rows.options
        ]
        return joined(values, symbol, env, expr.type)
    if expr.key is not None:
        return per_key(expr, expr.key, env, b, lambda m, where: defined(expr, None, m, where, b))
    return defined(expr, None, "", env, b)


def defined(expr: DefRef, row: RowId | None, key: str, env: Env, b: Bindings) -> Value:
    """A definition for one row, or one member of its key."""
    declared = env.subject.run.program.defines[expr.name]
    inner = definition_bindings(declared, row, key, b)
    base = value(declared.body, env, inner)
    if not declared.exceptions:
        return base
    bound = inner.bound(
        (declared.of,) if row is not None else (),
        (declared.parameter,) if declared.key is not None else (),
    )
    return with_exceptions(base, declared, env, inner, bound)


def score(name: str, env: Env, b: Bindings) -> Truth:
    """`score … at least k of`: yes when enough questions are, no when too few can be.
    (docs/language.md, Scores)"""
    declared = env.subject.run.program.scores[name]
    answers = [flag(q.condition, env, b.inner()) for q in declared.questions]
    sure = sum(a is YES for a in answers)
    open_ = sum(a is UNKNOWN for a in answers)
    if sure >= declared.target:
        return YES
    return NO if sure + open_ < declared.target else UNKNOWN


# ── Cases ────────────────────────────────────────────────────────────────────────────────


@node(eq=False)
class Met:
    """A case as met: whether its guard holds, where that was evaluated (`at`), and where its
    value is (`inside`), with the guard assumed (None: it cannot apply)."""

    case: Case | None
    guard: Truth
    at: Env
    inside: Env | None


def cases(expr: Choose, env: Env, b: Bindings) -> Iterator[Met]:
    """The cases that may apply or were looked at, in order, each with its guard assumed and,
    where the first counts, those before it denied; last, without a case, what is left where
    none applies."""
    here = env
    first = expr.strategy.in_order
    certain = some = False
    for case in expr.cases:
        guard = flag(case.guard, here, b)
        if guard is UNKNOWN and certain and expr.disjoint and expr.strategy is Strategy.UNIQUE:
            guard = NO
        inside: Env | None = here
        if guard is UNKNOWN:
            inside = assume(case.guard, True, here, b)
        elif guard is NO:
            inside = None
        yield Met(case, guard, here, inside)
        certain = certain or guard is YES
        some = some or inside is not None
        if inside is not None and (first or (expr.disjoint and not expr.strategy.gathers)):
            if guard is YES:
                if first:
                    return
                continue
            denied = assume(case.guard, False, here, b)
            if denied is None:
                return
            here = denied
    takes_none = expr.strategy.takes_none and expr.otherwise is None
    if not certain and not (some and expr.complete) and not takes_none:
        yield Met(None, UNKNOWN, here, here)


def choose(expr: Choose, env: Env, b: Bindings) -> Value:
    """Guarded cases: the first that holds, the only one that may, or all that do. The value of a
    case that only may apply is evaluated with its guard assumed. (docs/language.md, Derived
    values)"""
    symbol = node_symbol(expr, env, b, Role.CASE)
    chosen = env.refined.get(symbol)
    if isinstance(chosen, Rows):
        return _chosen(expr, chosen, symbol, env, b)
    reached: list[tuple[Truth, Value]] = []
    left: list[tuple[Truth, Value]] = []
    for met in cases(expr, env, b):
        if met.inside is not None:
            found = case_value(expr, met, b)
            (reached if met.case is not None else left).append((met.guard, found))
    if expr.strategy in (Strategy.UNIQUE, Strategy.ANY) and not expr.disjoint:
        _unique(expr, reached, env, b)
    if expr.strategy is Strategy.ANY and not expr.disjoint:
        # Where one surely matches, all that do say what it says. (Of disjoint rows each is sure
        # only where those before it do not match.)
        reached = [(t, v) for t, v in reached if t is YES][:1] or reached
    if expr.strategy.folds or expr.strategy.lists:
        whole = _gathered(expr, reached, env, b)
        values = [*([whole] if whole is not None else []), *(v for _, v in left)]
        return joined(values, node_symbol(expr, env, b, Role.JOIN), env, expr.type)
    reached += left
    if expr.strategy is Strategy.COLLECT:
        return _collected(reached)
    found = joined([v for _, v in reached], node_symbol(expr, env, b, Role.JOIN), env, expr.type)
    if len(reached) == 1:
        return found
    env.subject.run.frame.meet(symbol)
    return found


def case_value(expr: Choose, met: Met, b: Bindings) -> Value:
    """The value of a case, or of what is left where none applies."""
    assert met.inside is not None
    if met.case is not None:
        return value(met.case.value, met.inside, b)
    if expr.otherwise is not None:
        return value(expr.otherwise, met.inside, b)
    symbol = node_symbol(expr, met.inside, b, Role.GAP)
    return read(met.inside, symbol, anything(expr.type, symbol))


def _chosen(expr: Choose, chosen: Rows, symbol: NodeSymbol, env: Env, b: Bindings) -> Value:
    """The value of the case that is assumed to apply."""
    rests_on(env, (symbol,))
    (row,) = chosen.options
    assert row is not None
    case = expr.cases[row.index] if row.index < len(expr.cases) else None
    return case_value(expr, Met(case, YES, env, env), b)


def _gathered(
    expr: Choose, reached: list[tuple[Truth, Value]], env: Env, b: Bindings
) -> Value | None:
    """What the numbers of the cases that hold come to, or the list of what they give; None where
    that is what is left: where the greatest or least of none is asked for, or what is left stands
    in the place of an empty list."""
    if expr.strategy.lists:
        return listed(reached) if reached or expr.otherwise is None else None
    of = Given((expr.type, expr.type))
    if expr.strategy in (Strategy.SUM, Strategy.COUNT):
        total: Value = Num(const(ZERO))
        for i, (verdict, each) in enumerate(reached):
            if verdict is not YES:
                part = node_symbol(expr, env, b, Role.MEMBER, i)
                each = joined([each, Num(const(ZERO))], part, env, expr.type)
            total = _number(OPERATORS["+"].apply(of, total, each))
        return total
    name = "max" if expr.strategy is Strategy.MAX else "min"
    if not reached:
        return None
    values = [each for _, each in reached]
    if all(verdict is YES for verdict, _ in reached):
        found = values[0]
        for each in values[1:]:
            found = _number(OPERATORS[name].apply(of, found, each))
        return found
    # One that only may hold can move the end that the sure ones leave open, and no more.
    ranges = [(verdict, range_of(_number(each).poly).range) for verdict, each in reached]
    whole = ranges[0][1]
    for _, each_range in ranges[1:]:
        whole = whole.hull(each_range)
    for verdict, each_range in ranges:
        if verdict is YES:
            sure = Range(each_range.lo, POS) if name == "max" else Range(NEG, each_range.hi)
            whole = whole.meet(sure)
    symbol = node_symbol(expr, env, b, Role.COUNT)
    open_ = Num(unknown(symbol, whole))
    return open_ if is_known(open_) else read(env, symbol, open_)


def _number(found: object) -> Num:
    assert isinstance(found, Num)
    return found


def _unique(expr: Choose, reached: list[tuple[Truth, Value]], env: Env, b: Bindings) -> None:
    """At most one case may apply, or all that do say the same: where that is not so it is an error,
    and where it may not be, that is told."""
    sure = [v for t, v in reached if t is YES]
    same = expr.strategy is Strategy.ANY
    if len(sure) > 1 and not (same and all(v == sure[0] for v in sure)):
        if not same or all(map(is_known, sure)):
            values = tuple(Figure(v, expr.type) for v in sure)
            raise FaultError(RowsMatch(values, sure=True, any=same), expr.origin.place)
    if len(reached) > 1 and not (same and all(v == reached[0][1] for _, v in reached)):
        guards = [result(c.guard, env, b) for c in expr.cases]
        open_ = [s for g in guards if g.value is UNKNOWN for s in g.open]
        env.subject.run.doubt(
            ("unique", env.subject.place, expr.id),
            Doubt(
                env.subject.place,
                RowsMatch((), sure=False, any=same),
                tuple(dict.fromkeys(open_)),
                expr.origin.place,
            ),
        )


def _collected(reached: list[tuple[Truth, Value]]) -> Items:
    must: set[str] = set()
    may: set[str] = set()
    anything_else = False
    for verdict, found in reached:
        if not isinstance(found, Members):
            continue
        if found.options is None:
            anything_else = True
            continue
        may |= found.options
        if verdict is YES and len(found.options) == 1:
            must |= found.options
    return Items(frozenset(must), None if anything_else else frozenset(may))
