"""The meaning of expressions: one match, strong Kleene logic, exact ranges.

`meaning` takes an expression, an environment and what its names stand for, and gives the
abstract value: all that the value may be, as far as the unknowns allow. Each row says what its
construct means in terms of the values of its parts (`value`), or names the function of its
family: `inputs`, `rows`, `names`, `amounts`. The rules are those of docs/language.md,
from "Values" on. Nothing here knows what a tree or a rule is; nothing here reads a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mlpolicy.core.notices import Grows
from mlpolicy.core.numbers import POS, Poly, Range, const, grows, range_of, scale, sub, unknown
from mlpolicy.core.operators.row import Turns
from mlpolicy.core.program import (
    AggregateExpr,
    AnyRemains,
    Apply,
    AsOf,
    BarRef,
    BestRow,
    BetweenExpr,
    ChargeExpr,
    ChoiceRef,
    Choose,
    ColumnRef,
    Const,
    ConvertExpr,
    DefRef,
    EveryMember,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    InputRef,
    IsProvisional,
    IsUnknownExpr,
    ListExpr,
    LookupRow,
    ParameterRef,
    PathRef,
    RowRef,
    SetExpr,
    UnknownConst,
    VariableRef,
)
from mlpolicy.core.symbols import EntrySymbol, InputSymbol, NodeSymbol, Role, Symbol
from mlpolicy.core.terms import Said, Which
from mlpolicy.core.types import DateType, EnumType, FlagType, Quantity, SetOf, TextType
from mlpolicy.core.values import (
    ANSWERLESS,
    INFEASIBLE,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Days,
    Items,
    Members,
    Num,
    Rows,
    Series,
    Truth,
    Value,
    anything,
    is_known,
    known_set,
    listed,
    member,
    truth,
    words_of,
)
from mlpolicy.evaluate import amounts, inputs, names, rows
from mlpolicy.evaluate.env import OPENED, Bindings, Doubt, Env, FaultError, Observer, Run
from mlpolicy.evaluate.representative import preferred
from mlpolicy.evaluate.values import (
    applied,
    gap,
    known_of,
    node_symbol,
    number,
    read,
    result,
    value,
)
from mlpolicy.typed import assert_never


def meaning(expr: Expr, env: Env, b: Bindings) -> Value:  # noqa: C901 - one match over all kinds
    """The abstract value of an expression. Raises FaultError. (docs/language.md, Values and
    Logic)"""
    match expr:
        case Const():
            return _constant(expr)
        case UnknownConst():
            symbol = node_symbol(expr, env, b, Role.GAP)
            return read(env, symbol, anything(expr.type, symbol, gap(expr.type)))
        case BetweenExpr():
            return _between(expr, env, b)
        case EveryMember():
            of = expr.type.element if isinstance(expr.type, SetOf) else None
            return (
                known_set(frozenset(of.members)) if isinstance(of, EnumType) else Items(None, None)
            )
        case ListExpr():
            return listed([(YES, value(item, env, b)) for item in expr.items])
        case SetExpr():
            return _set(expr, env, b)
        case InputRef(key=None):
            return inputs.input_value(expr, "", env, b)
        case InputRef(key=key):
            assert key is not None
            return names.per_key(
                expr, key, env, b, lambda m, where: inputs.input_value(expr, m, where, b)
            )
        case PathRef():
            return inputs.field_value(expr, env, b)
        case BarRef():
            return names.bar(expr, env, b)
        case DefRef():
            return names.definition(expr, env, b)
        case ParameterRef() | VariableRef():
            return b.named(expr.name)
        case RowRef():
            row = b.row(expr.table)
            return Rows((row,), row)
        case ColumnRef():
            return rows.column(expr, env, b)
        case LookupRow():
            return rows.lookup(expr, env, b)
        case HasRow():
            return rows.has_row(expr, env, b)
        case FirstRow():
            return rows.first_row(expr, env, b)
        case BestRow():
            return rows.best(expr, env, b)
        case AnyRemains():
            return rows.any_remains(expr.shortlist, env, b)
        case FirstRemaining():
            return rows.first_remaining(expr, env, b)
        case Apply():
            return _applied(expr, env, b)
        case IsUnknownExpr():
            return _is_unknown(expr, env, b)
        case ConvertExpr():
            return Num(scale(number(expr.operand, env, b), expr.factor))
        case ChargeExpr():
            return amounts.charge(expr, env, b)
        case AggregateExpr():
            return amounts.aggregate(expr, env, b)
        case Choose():
            return names.choose(expr, env, b)
        case AsOf():
            today = env.subject.run.as_of
            return Days(today, today)
        case ChoiceRef():
            return _choice(expr, env, b)
        case IsProvisional():
            return _is_provisional(expr, env, b)
        case _:
            assert_never(expr)


# ── Constants, and what the policy leaves open ───────────────────────────────────────────


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


def _between(expr: BetweenExpr, env: Env, b: Bindings) -> Value:
    """An estimate of the policy: a symbol within its range."""
    low = range_of(number(expr.low, env, b)).range.lo
    high = range_of(number(expr.high, env, b)).range.hi if expr.high else POS
    symbol = node_symbol(expr, env, b, Role.GAP)
    found = Num(unknown(symbol, Range(low, high)))
    return found if is_known(found) else read(env, symbol, found)


def _set(expr: SetExpr, env: Env, b: Bindings) -> Value:
    """A set: what is surely in it, and what may be. A `?` in it is a symbol."""
    must: set[str] = set()
    may: set[str] | None = set()
    for item in expr.items:
        found = value(item, env, b)
        assert isinstance(found, Members)
        options = found.options
        if options is not None and len(options) == 1:
            must |= options
        may = None if may is None or options is None else may | options
    whole = Items(frozenset(must), None if expr.open or may is None else frozenset(may))
    if expr.open:
        return read(env, node_symbol(expr, env, b, Role.GAP), whole)
    return whole


def _is_unknown(expr: IsUnknownExpr, env: Env, b: Bindings) -> Truth:
    """`x is unknown`: of what is stated, whatever is assumed here. What is unknown in a query may
    come to be known, and what was not worked out may be known."""
    env = env.stated
    known = result(expr.operand, env, b)
    value(expr.operand, env, b)
    run = env.subject.run
    limited = not known.known and run.limited(known.reads)
    run.ask(OPENED)
    if run.opened or limited:
        found = read(env, node_symbol(expr, env, b, Role.KNOWN), UNKNOWN)
        assert isinstance(found, Truth)
        return found
    return truth(known.known is expr.known)


# ── The answer ───────────────────────────────────────────────────────────────────────────


def _choice(expr: ChoiceRef, env: Env, b: Bindings) -> Value:
    """`answer`, `choice`, or an attribute of it."""
    bound = b.choice if expr.which is Which.CHOICE else b.answer
    if bound is None or bound.reached is None:
        if bound is not None and bound.outcomes and not expr.attribute and not bound.held:
            if not ANSWERLESS & bound.outcomes:
                found = Members(
                    frozenset(NO_OUTCOME if o == INFEASIBLE else o for o in bound.outcomes)
                )
                if is_known(found):
                    return found
                return read(env, node_symbol(expr, env, b, Role.NONE), found)
        return _no_answer(expr, env, b)
    leaf = bound.reached.leaf
    match expr.attribute:
        case Said.OUTCOME:
            return Members(frozenset((leaf.outcome,)) if leaf.outcome else frozenset())
        case Said.STATUS:
            return member(leaf.status)
        case Said.BECAUSE:
            return member("; ".join(bound.reached.because()))
        case _:
            for attribute, setting in leaf.settings:
                if attribute == expr.attribute:
                    # What is shown is one row of several; what is judged is every one of them.
                    if expr.which is Which.ANSWER and not bound.whole:
                        return preferred(setting, bound.reached.env)
                    return value(setting, bound.reached.env, Bindings())
    if isinstance(expr.type, EnumType | TextType):
        return Members(frozenset())
    return _no_answer(expr, env, b)


def _is_provisional(expr: IsProvisional, env: Env, b: Bindings) -> Value:
    assert isinstance(expr.answer, ChoiceRef)
    bound = b.choice if expr.answer.which is Which.CHOICE else b.answer
    if bound is None or bound.reached is None:
        return read(env, node_symbol(expr, env, b, Role.NONE), UNKNOWN)
    return truth(bound.provisional)


def _no_answer(expr: ChoiceRef, env: Env, b: Bindings) -> Value:
    """An answer that is not known may also turn out to be infeasible, or to set nothing."""
    symbol = node_symbol(expr, env, b, Role.NONE)
    if isinstance(expr.type, EnumType):
        return read(env, symbol, Members(frozenset((*expr.type.members, NO_OUTCOME))))
    return read(env, symbol, anything(expr.type, symbol))


# ── Operators ────────────────────────────────────────────────────────────────────────────


def _applied(expr: Apply, env: Env, b: Bindings) -> Value:
    """What the row of an operator makes of its operands. Raises FaultError where that is none."""
    run = env.subject.run
    row, decisive, shape, given = run.applied.get(expr.id) or applied(expr, run)
    values = _operands(expr, decisive, env, b)
    if shape.turns is not None:
        _observe(shape.turns, expr.operands, values, env, b)
    try:
        found = shape.meaning(given, *values)
    except ZeroDivisionError:
        assert row.fault is not None
        text, place = expr.origin.text, expr.origin.place
        raise FaultError(row.fault.told(text, True), place) from None
    if found.__class__ is Truth:
        if found is UNKNOWN and row.connects is not None:
            _guarded(expr, values, env)
        return found
    if isinstance(found, Range):
        return amounts.read_number(expr, env, b, Role.DAYS, found)
    if isinstance(found, Num) and grows(found.poly):
        raise FaultError(Grows(expr.origin.text), expr.origin.place)
    if row.fault is not None and isinstance(found, Num) and row.fault.may(found.poly):
        open_ = tuple(result(expr.operands[row.fault.operand], env, b).open)
        subject, told = env.subject.place, row.fault.told(expr.origin.text, False)
        doubt = Doubt(subject, told, open_, expr.origin.place)
        run.doubt(("zero", subject, expr.id), doubt)
    return found


def _guarded(expr: Apply, values: Sequence[Value], env: Env) -> None:
    """Where `reach has service` is unknown, and `reach[service]` is asked for only beside it, the
    row is there wherever it matters."""
    run = env.subject.run
    absent = [s for s in run.frame.open if isinstance(s, NodeSymbol) and s.role is Role.MISSING]
    if not absent:
        return
    for operand, found in zip(expr.operands, values, strict=False):
        if found is not UNKNOWN:
            continue
        if expr.operator == "or":
            if not isinstance(operand, Apply) or operand.operator != "not":
                continue
            (operand,) = operand.operands
        there = rows.there(operand, run.program)
        run.frame.drop(
            {s for s in absent if rows.missed(run.exprs.get(s.node), run.program) in there}
        )


def _operands(expr: Apply, decisive: Truth | None, env: Env, b: Bindings) -> list[Value]:
    """The values of the operands, in order. After one that is `decisive` the value of the whole
    stands, so that of the rest only those are evaluated that may end in a fault."""
    if decisive is None:
        return [value(operand, env, b) for operand in expr.operands]
    found: list[Value] = []
    for operand in expr.operands:
        if decisive not in found or not known_of(operand, env).safe:
            found.append(value(operand, env, b))
    return found


def _observe(
    turns: Turns, operands: Sequence[Expr], values: Sequence[Value], env: Env, b: Bindings
) -> None:
    """Tells the observer what is compared: where a number is compared with zero, with which
    days a date, with which words a text or a set."""
    run = env.subject.run
    left, right = values
    pairs = ((operands[0], right), (operands[1], left))
    match turns:
        case Turns.DIFFERENCE:
            if not (type(left) is Num and type(right) is Num):
                return
            # Finding the range of a long difference costs by the square of its length.
            terms = len(left.poly.terms) + len(right.poly.terms)
            run.spend(terms * terms // 16)
            if run.compares:
                two = left.poly, right.poly
                run.tell(lambda observer: _compared(*two, observer))
        case _ if not run.compares:
            return
        case Turns.DAYS:
            for side, other in pairs:
                if not isinstance(other, Days):  # no limit
                    continue
                days = [d for d in (other.lo, other.hi) if d is not None]
                symbols = _open(side, env, b)
                run.tell(lambda o, s=symbols, d=days: o.days(s, d))  # type: ignore[misc]
        case Turns.WORDS:
            for side, other in pairs:
                assert isinstance(other, Members | Items | Series)
                plain = _plain(side, env, b)
                _tell_words(plain, _words(other), run)
                if not plain and isinstance(side.type, TextType):
                    # A text that is made of others turns at no word of theirs that is known here.
                    _tell_words(_open(side, env, b), None, run)
        case Turns.TEXTS | Turns.OPEN:
            for side in operands:
                _tell_words(_plain(side, env, b) or _open(side, env, b), None, run)
            if turns is Turns.TEXTS:
                assert isinstance(right, Members | Items)
                _tell_words(_plain(operands[0], env, b), _words(right), run)
        case _:
            assert_never(turns)


def _compared(left: Poly, right: Poly, observer: Observer) -> None:
    """Tells an observer the difference of two numbers, where it is not known."""
    if observer.compares:
        difference = sub(left, right)
        if difference.constant is None:
            observer.compared(difference)


def _tell_words(symbols: frozenset[Symbol], words: frozenset[str] | None, run: Run) -> None:
    run.tell(lambda observer: observer.words(symbols, words))


def _open(expr: Expr, env: Env, b: Bindings) -> frozenset[Symbol]:
    return result(expr, env, b).reads


def _plain(expr: Expr, env: Env, b: Bindings) -> frozenset[Symbol]:
    """The symbols that a text or a set is, where it is an input or a column itself."""
    match expr:
        case InputRef(name=name):
            return frozenset(
                s for s in _open(expr, env, b) if isinstance(s, InputSymbol) and s.name == name
            )
        case ColumnRef(column=column):
            return frozenset(
                s for s in _open(expr, env, b) if isinstance(s, EntrySymbol) and s.column == column
            )
        case _:
            return frozenset()


def _words(found: Members | Items | Series) -> frozenset[str] | None:
    if isinstance(found, Series):
        found = words_of(found)
    if isinstance(found, Members):
        return found.options
    return None if found.must is None or found.may is None else found.must | found.may
