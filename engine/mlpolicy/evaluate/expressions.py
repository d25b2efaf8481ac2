"""The meaning of expressions: one match, strong Kleene logic, exact ranges.

`evaluate_expression` takes an expression, an environment and what its names stand for, and
gives a node: the abstract value together with the nodes it came from. Nothing here knows what
a tree or a rule is; nothing here reads a default.
"""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from mlpolicy.core.numbers import (
    EVERYTHING,
    POS,
    ZERO,
    Poly,
    Range,
    const,
    operation,
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
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    InExpr,
    InputRef,
    IsExpr,
    IsUnknownExpr,
    LatestRow,
    LookupRow,
    MinMax,
    NotExpr,
    OrExpr,
    ParameterRef,
    PathRef,
    RoundExpr,
    RowRef,
    SetExpr,
    UnknownConst,
    VariableRef,
    WithinExpr,
)
from mlpolicy.core.trace import Basis, Converted, StepKind, Wording
from mlpolicy.core.types import (
    FLAG,
    DateType,
    EnumType,
    FlagType,
    Quantity,
    SetOf,
    TextType,
)
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Days,
    Items,
    Members,
    Num,
    Rows,
    Truth,
    Value,
    anything,
    conjunction,
    disjunction,
    is_known,
    known_set,
    member,
    negate,
    truth,
)
from mlpolicy.evaluate.amounts import aggregate, arithmetic, charge
from mlpolicy.evaluate.definitions import bar, choose, definition
from mlpolicy.evaluate.inputs import keyed_input, stated_fact
from mlpolicy.evaluate.logic import (
    NO_OUTCOME,
    PROVISIONAL,
    STATUS,
    compare_values,
    equal,
    options_of,
    within,
)
from mlpolicy.evaluate.nodes import flag_of, narrowed_to, node_of, number_of, preferred, watch
from mlpolicy.evaluate.rows import (
    any_remains,
    column,
    first_remaining,
    first_row,
    has_row,
    latest,
    lookup,
)
from mlpolicy.evaluate.state import (
    Answer,
    Bindings,
    Env,
    Node,
    Slot,
)


def evaluate_expression(expr: Expr, env: Env, b: Bindings) -> Node:
    """The abstract value of an expression, with the nodes it follows from."""
    if env.settled and isinstance(expr.type, FlagType):
        settled = env.settled.get((env.subject.run.same(expr), b.plain))
        if settled is not None:
            return Node(
                StepKind.ASSUMED,
                "",
                truth(settled.holds),
                FLAG,
                expr.origin,
                own=settled.slots,
                basis=Basis.TAKEN,
            )
    # The kinds that a policy is mostly made of come first: they are tried in this order.
    match expr:
        case Const():
            return _literal(expr, env)
        case InputRef():
            return keyed_input(expr, env, b)
        case ColumnRef():
            return column(expr, env, b)
        case DefRef():
            return definition(expr, env, b)
        case RowRef():
            row = b.row(expr.table)
            return node_of(StepKind.ROW, expr.table, Rows((row,), row), expr)
        case CompareExpr():
            return _compare(expr, env, b)
        case IsExpr():
            return _is(expr, env, b)
        case NotExpr():
            inner = evaluate_expression(expr.operand, env, b)
            return node_of(StepKind.NOT, "not", negate(flag_of(inner)), expr, (inner,))
        case BarRef():
            return bar(expr, env, b)
        case OrExpr():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            return node_of(StepKind.OR, "or", disjunction([flag_of(n) for n in nodes]), expr, nodes)
        case ArithExpr():
            return arithmetic(expr, env, b)
        case AndExpr():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            return node_of(
                StepKind.AND, "and", conjunction([flag_of(n) for n in nodes]), expr, nodes
            )
        case InExpr():
            element = evaluate_expression(expr.element, env, b)
            whole = evaluate_expression(expr.set, env, b)
            _note_words(element, whole, env)
            return node_of(StepKind.IN, "in", _in(expr, element, whole, b), expr, (element, whole))
        case WithinExpr():
            part = evaluate_expression(expr.part, env, b)
            whole = evaluate_expression(expr.whole, env, b)
            _note_words(part, whole, env)
            return node_of(StepKind.WITHIN, "within", within(part, whole), expr, (part, whole))
        case LookupRow():
            return lookup(expr, env, b)
        case SetExpr():
            return _set(expr, env, b)
        case UnknownConst():
            return _policy_unknown(expr, env, b)
        case EveryMember():
            every = Items(None, None)
            if isinstance(expr.type, SetOf) and isinstance(expr.type.element, EnumType):
                every = known_set(frozenset(expr.type.element.members))
            return node_of(StepKind.CONSTANT, "any", every, expr)
        case BetweenExpr():
            return _between(expr, env, b)
        case PathRef():
            return stated_fact(expr, env, b)
        case ParameterRef() | VariableRef():
            return node_of(StepKind.PARAMETER, expr.name, b.named(expr.name), expr)
        case HasRow():
            return has_row(expr, env, b)
        case FirstRow():
            return first_row(expr, env, b)
        case LatestRow():
            return latest(expr, env, b)
        case AnyRemains():
            return any_remains(expr, env, b)
        case FirstRemaining():
            return first_remaining(expr, env, b)
        case MinMax():
            nodes = tuple(evaluate_expression(o, env, b) for o in expr.operands)
            result = operation(expr.function, tuple(number_of(n, env) for n in nodes))
            return node_of(StepKind.ARITHMETIC, expr.function, Num(result), expr, nodes)
        case CeilExpr() | RoundExpr():
            inner = evaluate_expression(expr.operand, env, b)
            name = "ceil" if isinstance(expr, CeilExpr) else "round"
            result = operation(name, (number_of(inner, env),), (expr.step,))
            return node_of(StepKind.ARITHMETIC, name, Num(result), expr, (inner,))
        case ConvertExpr():
            inner = evaluate_expression(expr.operand, env, b)
            used = [env.subject.run.program.conversions[i] for i in expr.converts]
            return node_of(
                StepKind.CONVERT,
                "as",
                Num(scale(number_of(inner, env), expr.factor)),
                expr,
                (inner,),
                detail=Converted(tuple(c.text for c in used)) if used else None,
                refs=tuple(r for c in used for r in c.refs),
            )
        case ChargeExpr():
            return charge(expr, env, b)
        case AggregateExpr():
            return aggregate(expr, env, b)
        case AsOf():
            today = env.subject.run.as_of
            return node_of(StepKind.AS_OF, "as_of", Days(today, today), expr)
        case ChoiceRef():
            return _choice(expr, b)
        case IsUnknownExpr():
            inner = evaluate_expression(expr.operand, env, b)
            known = is_known(inner.value)
            name = "is known" if expr.known else "is unknown"
            wording = Wording(" ".join(expr.operand.origin.text.split()))
            value = truth(known is expr.known)
            return node_of(StepKind.IS, name, value, expr, (inner,), detail=wording)
        case Choose():
            return choose(expr, env, b)
        case _:
            assert_never(expr)


def _literal(expr: Const, env: Env) -> Node:
    """A constant is the same wherever it is read: its node is made once for a run."""
    literals = env.subject.run.literals
    known = literals.get(id(expr))
    if known is None:
        known = (expr, node_of(StepKind.CONSTANT, "", _constant(expr), expr))
        literals[id(expr)] = known
    return known[1]


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


def _policy_unknown(expr: UnknownConst, env: Env, b: Bindings) -> Node:
    slot = f"{env.subject.prefix}?{expr.label}{b.tag}"
    watch(
        env,
        Slot(slot, "", expr.label, "", expr.type, EVERYTHING, False, "policy", expr.origin.place),
    )
    within = Range(ZERO, POS) if isinstance(expr.type, Quantity) else EVERYTHING
    value = narrowed_to(env, slot, anything(expr.type, slot, within))
    return node_of(StepKind.CONSTANT, "?", value, expr, basis=Basis.POLICY_UNKNOWN, slot=slot)


def _between(expr: BetweenExpr, env: Env, b: Bindings) -> Node:
    low = evaluate_expression(expr.low, env, b)
    high = evaluate_expression(expr.high, env, b) if expr.high else None
    lo, hi = range_of(number_of(low, env)).range.lo, POS
    within = Range(lo, range_of(number_of(high, env)).range.hi if high else hi)
    slot = f"{env.subject.prefix}?{expr.label}"
    watch(
        env, Slot(slot, "", expr.label, "", expr.type, within, False, "policy", expr.origin.place)
    )
    value = narrowed_to(env, slot, Num(unknown(slot, within)))
    return node_of(StepKind.CONSTANT, "", value, expr, basis=Basis.POLICY_ESTIMATE, slot=slot)


def _set(expr: SetExpr, env: Env, b: Bindings) -> Node:
    """A set. What the policy leaves open in it (`?`) is an unknown like any other."""
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
    kept = () if all(n.kind is StepKind.CONSTANT for n in nodes) else nodes
    slot = f"{env.subject.prefix}?{expr.origin.place}{b.tag}" if expr.open else ""
    return node_of(StepKind.CONSTANT, "", value, expr, kept, slot=slot)


def _compare(expr: CompareExpr, env: Env, b: Bindings) -> Node:
    left = evaluate_expression(expr.left, env, b)
    right = evaluate_expression(expr.right, env, b)
    value = compare_values(expr.operator, left, right)
    if isinstance(left.value, Num) and isinstance(right.value, Num):
        _note_turn(sub(left.value.poly, right.value.poly), env)
    elif isinstance(left.value, Days) and isinstance(right.value, Days):
        _note_days(left, right, env)
    return node_of(StepKind.COMPARE, expr.operator, value, expr, (left, right))


def _note_turn(difference: Poly, env: Env) -> None:
    """Notes a difference that is compared with zero, where it is not known; and the turn
    itself, for an unknown that it is linear in and that is its only one."""
    if difference.constant is not None:
        return
    turns = env.subject.run.turns
    if turns is not None:
        turns.compare(difference)
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


def _note_days(left: Node, right: Node, env: Env) -> None:
    turns = env.subject.run.turns
    if turns is None:
        return
    for side, other in ((left, right), (right, left)):
        assert isinstance(other.value, Days)
        days = [d for d in (other.value.lo, other.value.hi) if d is not None]
        for slot in side.slots:
            turns.days.setdefault(slot, {}).update(dict.fromkeys(days))


def _note_words(left: Node, right: Node, env: Env) -> None:
    """Notes the words that an unknown text, or a set of texts, is compared with."""
    turns = env.subject.run.turns
    if turns is None:
        return
    for side, other in ((left, right), (right, left)):
        match other.value:
            case Members(options=options):
                words = options
            case Items(must=must, may=may):
                words = None if must is None or may is None else must | may
            case _:
                return
        for slot in side.own:
            if words is None:
                turns.open_words.add(slot)
            else:
                turns.words.setdefault(slot, {}).update(dict.fromkeys(sorted(words)))


def _is(expr: IsExpr, env: Env, b: Bindings) -> Node:
    left = evaluate_expression(expr.left, env, b)
    right = evaluate_expression(expr.right, env, b)
    marked = _marked_provisional(expr.left, right, b) or _marked_provisional(expr.right, left, b)
    value = marked if marked is not None else equal(left, right)
    match left.value, right.value:
        case Num(), Num():
            _note_turn(sub(left.value.poly, right.value.poly), env)
        case Days(), Days():
            _note_days(left, right, env)
        case ((Members() | Items()), (Members() | Items())):
            _note_words(left, right, env)
    return node_of(StepKind.IS, "is", value, expr, (left, right))


def _marked_provisional(side: Expr, other: Node, b: Bindings) -> Truth | None:
    """`answer.status is provisional` asks for the mark of the path, which stands beside the
    leaf's own status."""
    if not (isinstance(side, ChoiceRef) and side.attribute == STATUS):
        return None
    if options_of(other) != frozenset((PROVISIONAL,)):
        return None
    bound = b.choice if side.which == "choice" else b.answer
    if bound is None or bound.reached is None:
        return UNKNOWN
    return truth(bound.provisional)


def _in(expr: InExpr, element: Node, whole: Node, b: Bindings) -> Truth:
    assert isinstance(whole.value, Items)
    options = options_of(element)
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


def _no_answer(expr: ChoiceRef, name: str) -> Value:
    """An answer that is not known may also turn out to be infeasible, or to set nothing."""
    if isinstance(expr.type, EnumType):
        return Members(frozenset((*expr.type.members, NO_OUTCOME)))
    return anything(expr.type, f"none:{name}")


def _choice(expr: ChoiceRef, b: Bindings) -> Node:
    bound: Answer | None = b.choice if expr.which == "choice" else b.answer
    kind = StepKind(expr.which)
    name = f"{expr.which}.{expr.attribute}" if expr.attribute else expr.which
    if bound is None or bound.reached is None:
        value = _no_answer(expr, name)
        if bound is not None and bound.outcomes and not expr.attribute:
            if "held" not in bound.outcomes:
                names = {NO_OUTCOME if o == "infeasible" else o for o in bound.outcomes}
                value = Members(frozenset(names))
        return node_of(kind, name, value, expr, basis=Basis.NO_ANSWER)
    reached = bound.reached
    if reached.leaf is None:
        return node_of(kind, name, _no_answer(expr, name), expr, basis=Basis.HELD)
    if not expr.attribute:
        outcome = reached.leaf.outcome
        return node_of(kind, name, Members(frozenset((outcome,)) if outcome else frozenset()), expr)
    if expr.attribute == STATUS:
        return node_of(kind, name, member(reached.leaf.status), expr)
    if expr.attribute == "because":
        return node_of(kind, name, member("; ".join(reached.because)), expr)
    for attribute, setting in reached.leaf.settings:
        if attribute == expr.attribute:
            # What is shown is one row of several; a choice is every one of them.
            if expr.which == "answer":
                inner = preferred(setting, reached.env, traced=True)
            else:
                inner = evaluate_expression(setting, reached.env, Bindings())
            return node_of(kind, name, inner.value, expr, (inner,))
    if isinstance(expr.type, EnumType | TextType):
        return node_of(kind, name, Members(frozenset()), expr, basis=Basis.NOT_SET)
    return node_of(kind, name, anything(expr.type, f"none:{name}"), expr, basis=Basis.NOT_SET)
