"""Operators: logic, comparisons, sets, arithmetic, conversions and `is unknown`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from mlpolicy.check.typecheck.context import ANY, BROKEN, Expressions, Here, Wanted, is_reference
from mlpolicy.check.typecheck.fit import (
    comparable,
    expect,
    has_percent,
    in_words,
    incomparable,
    same_dims,
    typed,
    typed_number,
)
from mlpolicy.check.typecheck.names import both_sides, is_bare
from mlpolicy.check.typecheck.rows import table_named, typed_key
from mlpolicy.core import program as core
from mlpolicy.core.terms import Said
from mlpolicy.core.types import (
    DATE,
    FLAG,
    TEXT,
    DateType,
    EnumType,
    FlagType,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.source import Origin
from mlpolicy.syntax import tree

_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_COMPARISONS = ("<", "<=", ">", ">=", "=")


def typed_negation(env: Expressions, node: tree.Negate, here: Here) -> core.Expr | None:
    """`-x` of a quantity."""
    operand = typed_number(env, node.operand, ANY, here)
    if operand is None:
        return None
    origin = Origin(here.source, node.span)
    if isinstance(operand, core.Const):
        assert isinstance(operand.value, Fraction)
        return core.Const(-operand.value, type=operand.type, origin=origin)
    zero = core.Const(Fraction(0), type=operand.type, origin=origin)
    return core.ArithExpr("-", zero, operand, type=operand.type, origin=origin)


def typed_operator(
    env: Expressions, node: tree.Binary, want: Wanted, here: Here
) -> core.Expr | None:
    """`x OPERATOR y`: logic, comparison, membership or arithmetic. (docs/language.md, Logic and
    Reading order of operators)"""
    match node.operator:
        case "and" | "or":
            return _connective(env, node, here)
        case "has":
            return _has(env, node, here)
        case "is":
            return _equality(env, node, here)
        case "in":
            return _element_of(env, node, here)
        case "within":
            return _within(env, node, here)
        case operator if operator in _COMPARISONS:
            return _comparison(env, node, here)
        case _:
            return _arithmetic(env, node, want, here)


def _connective(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    found = [expect(env, part, FLAG, here) for part in _chain(node, node.operator)]
    operands = tuple(operand for operand in found if operand is not None)
    if len(operands) != len(found):
        return None
    origin = Origin(here.source, node.span)
    if node.operator == "and":
        return core.AndExpr(operands, type=FLAG, origin=origin)
    return core.OrExpr(operands, type=FLAG, origin=origin)


def _has(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    if not isinstance(node.left, tree.Var):
        message = "`has` asks a catalogue for a key"
        help = "write `CATALOGUE has KEY`"
        env.error("MLP0313", message, node.left.span, here, help)
        return None
    name = tree.Name(node.left.name, span=node.left.span)
    table = table_named(env, name, here)
    if table is None or not table.keys:
        return None
    key = typed_key(env, node.right, table.columns.get(table.keys[0]), here)
    origin = Origin(here.source, node.span)
    return key and core.HasRow(name.text, (key,), type=FLAG, origin=origin)


def _equality(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    left, right = both_sides(env, node.left, node.right, here)
    if left is None or right is None:
        return None
    for side, written in ((left, node.left), (right, node.right)):
        if isinstance(side.type, Quantity | DateType):
            help = "compare numbers and dates with `=`"
            message = f"`is` compares words, and this is {in_words(side.type)}"
            env.error("MLP0313", message, written.span, here, help)
            return None
        if isinstance(side.type, SetOf | RowType):
            message = f"`is` compares words, and this is {in_words(side.type)}"
            help = "write `within`, or `in`" if isinstance(side.type, SetOf) else ""
            env.error("MLP0313", message, written.span, here, help or "name a column")
            return None
    if not comparable(env, left.type, right.type):
        incomparable(env, node, left.type, right.type, here)
        return None
    origin = Origin(here.source, node.span)
    for side, other in ((left, right), (right, left)):
        if _is_status(side) and _says_provisional(other):
            return core.IsProvisional(side, type=FLAG, origin=origin)
    return core.IsExpr(left, right, type=FLAG, origin=origin)


def _is_status(expr: core.Expr) -> bool:
    """`answer.status`, `choice.status`"""
    return isinstance(expr, core.ChoiceRef) and expr.attribute is Said.STATUS


def _says_provisional(expr: core.Expr) -> bool:
    """`provisional`: no status of a leaf, but a mark beside it."""
    return isinstance(expr, core.Const) and expr.value == "provisional"


def _comparison(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    inner = replace(here, compared=True)
    left, right = both_sides(env, node.left, node.right, inner)
    if left is None or right is None:
        return None
    origin = Origin(here.source, node.span)
    made = core.CompareExpr(node.operator, left, right, type=FLAG, origin=origin)
    match left.type, right.type:
        case Quantity(), Quantity():
            if not same_dims(env, "compare", left, right, node.span, here):
                return None
            good = has_percent(env, node.right, right, left.type, here)
            return made if good and has_percent(env, node.left, left, right.type, here) else None
        case DateType(), DateType():
            return made
        case EnumType() as one, EnumType() as other:
            if not comparable(env, one, other):
                incomparable(env, node, one, other, here)
                return None
            for enum in (one, other):
                if not enum.ordered:
                    message = f"the members of `{enum}` have no order"
                    help = f"compare with `is`, or declare `enum {enum} : a < b < …`"
                    if node.operator == "=":
                        help = "compare words with `is`"
                    env.error("MLP0305", message, node.span, here, help)
                    return None
            if not _same_order(one, other):
                incomparable(env, node, one, other, here)
                return None
            return made
        case (
            (FlagType() | TextType() | SetOf() | EnumType()),
            (FlagType() | TextType() | SetOf() | EnumType()),
        ) if comparable(env, left.type, right.type) or isinstance(left.type, SetOf):
            message = f"`{node.operator}` does not compare `{left.type}` and `{right.type}`"
            help = "compare words with `is`, sets with `within`"
            env.error("MLP0313", message, node.span, here, help)
            return None
    incomparable(env, node, left.type, right.type, here)
    return None


def _element_of(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    origin = Origin(here.source, node.span)
    # A name on the right can only be that of a set: where it is of nothing, that is the fault.
    named = isinstance(node.right, tree.Var) or not is_bare(env, node.right, here)
    if is_bare(env, node.left, here) and named:
        whole = typed(env, node.right, ANY, here)
        part = typed(env, node.left, _element(whole), here)
    else:
        part = typed(env, node.left, ANY, here)
        want: Wanted = BROKEN
        if part is not None and isinstance(part.type, EnumType | TextType):
            want = SetOf(part.type)
        elif part is not None:
            message = f"{in_words(part.type)} is in no set"
            help = "ask it of a member of an enum, or of a text"
            env.error("MLP0313", message, node.left.span, here, help)
            part = None
        whole = typed(env, node.right, want, here)
    if part is None or whole is None:
        return None
    if not isinstance(whole.type, SetOf):
        message = f"`in` wants a set on its right, and this is {in_words(whole.type)}"
        env.error("MLP0313", message, node.right.span, here, "write `{a, b}`, or use `is`")
        return None
    if not comparable(env, part.type, whole.type.element):
        incomparable(env, node, part.type, whole.type, here)
        return None
    found = core.InExpr(part, whole, type=FLAG, origin=origin)
    if (
        _is_status(part)
        and isinstance(whole, core.SetExpr)
        and any(map(_says_provisional, whole.items))
    ):
        marked = core.IsProvisional(part, type=FLAG, origin=origin)
        return core.OrExpr((found, marked), type=FLAG, origin=origin)
    return found


def _within(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    part, whole = both_sides(env, node.left, node.right, here)
    if part is None or whole is None:
        return None
    for side, written in ((part, node.left), (whole, node.right)):
        if not isinstance(side.type, SetOf):
            message = f"`within` compares two sets, and this is {in_words(side.type)}"
            help = "write `{a}` for a set of one, or use `in`"
            env.error("MLP0313", message, written.span, here, help)
            return None
    if not comparable(env, part.type, whole.type):
        incomparable(env, node, part.type, whole.type, here)
        return None
    return core.WithinExpr(part, whole, type=FLAG, origin=Origin(here.source, node.span))


def _arithmetic(env: Expressions, node: tree.Binary, want: Wanted, here: Here) -> core.Expr | None:
    sets = want if isinstance(want, SetOf) and node.operator == "+" else ANY
    if want == BROKEN:
        sets = BROKEN
    left, right = both_sides(env, node.left, node.right, here, sets)
    if left is None or right is None:
        return None
    origin = Origin(here.source, node.span)
    kind: Type | None = None
    match node.operator, left.type, right.type:
        case "+" | "-", Quantity(), Quantity():
            if not same_dims(env, _VERBS[node.operator], left, right, node.span, here):
                return None
            kind = left.type
        case "*", Quantity(one), Quantity(other):
            kind = Quantity(one.times(other))
        case "/", Quantity(one), Quantity(other):
            kind = Quantity(one.times(other, -1))
        case "+", SetOf(one_of), SetOf(other_of) if comparable(env, one_of, other_of):
            kind = SetOf(_wider(one_of, other_of))
        case "-", DateType(), DateType():
            kind = Quantity(Unit((("s", 1),), Fraction(86400), "day"))
        case "+" | "-", DateType(), Quantity(unit) if unit.dims in (
            (("s", 1),),
            (("month", 1),),
        ):
            kind = DATE
    if kind is None:
        verb = _VERBS[node.operator]
        message = f"cannot {verb} `{left.type}` and `{right.type}`"
        help = "take operands of one kind: numbers, sets (only `+`), or a date and a time"
        env.error("MLP0302", message, node.span, here, help)
        return None
    if (
        node.operator == "/"
        and isinstance(right, core.Const)
        and isinstance(right.value, Fraction)
        and right.value == 0
    ):
        env.error("MLP0313", "division by zero", node.right.span, here, "divide by a number")
        return None
    return core.ArithExpr(node.operator, left, right, type=kind, origin=origin)


def typed_is_unknown(env: Expressions, node: tree.IsUnknown, here: Here) -> core.Expr | None:
    """`x is unknown` and `x is known`, which may stand only in rules and obligations.
    (docs/language.md, Obligations and rules)"""
    wanted = "known" if node.negated else "unknown"
    if here.unknown != wanted:
        if node.negated:
            message = "`is known` stands only in `met when`, and not under `not`"
            help = "ask for the value itself, or write `is unknown` in a rule"
        elif here.unknown == "not":
            message = "`is unknown` may not stand under `not`"
            help = "ask for the value itself: leaving out a fact must not let a rule pass"
        else:
            message = "`is unknown` stands only in rules and obligations"
            help = "give a tree an `unknown:` arm, or move this into a rule"
        env.error("MLP0412", message, node.span, here, help)
        return None
    inner = replace(here, compared=is_reference(node.operand))
    operand = typed(env, node.operand, ANY, inner)
    origin = Origin(here.source, node.span)
    return operand and core.IsUnknownExpr(operand, node.negated, type=FLAG, origin=origin)


def typed_conversion(env: Expressions, node: tree.As, here: Here) -> core.Expr | None:
    """`x as UNIT`, by the conversions that the policy declares. (docs/language.md, Units)"""
    operand = typed_number(env, node.operand, ANY, here)
    unit = env.units.of(node.unit.text, here.source, node.unit.span)
    if operand is None or unit is None:
        return None
    assert isinstance(operand.type, Quantity)
    way = env.units.way(operand.type.unit.dims, unit.dims)
    if way is None:
        message = f"there is no way from `{operand.type}` to `{unit.text or 'number'}`"
        help = env.units.missing(operand.type.unit, unit)
        env.error("MLP0303", message, node.span, here, help)
        return None
    factor, used = way
    return core.ConvertExpr(
        operand,
        factor,
        used,
        type=Quantity(unit),
        origin=Origin(here.source, node.span),
    )


def _chain(node: tree.Expr, operator: str) -> Iterable[tree.Expr]:
    """The operands of `a and b and c`, in order."""
    if isinstance(node, tree.Binary) and node.operator == operator:
        return (*_chain(node.left, operator), *_chain(node.right, operator))
    return (node,)


def _element(whole: core.Expr | None) -> Wanted:
    if whole is None:
        return BROKEN
    return whole.type.element if isinstance(whole.type, SetOf) else BROKEN


def _wider(one: EnumType | TextType, other: EnumType | TextType) -> EnumType | TextType:
    if isinstance(one, EnumType) and isinstance(other, EnumType):
        return one if set(other.members) <= set(one.members) else other
    return TEXT


def _same_order(one: EnumType, other: EnumType) -> bool:
    common = [m for m in one.members if m in other.members]
    return common == [m for m in other.members if m in one.members]
