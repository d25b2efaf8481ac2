"""Operators: logic, comparisons, sets, arithmetic, conversions and `is unknown`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

from mlpolicy.check.typecheck.context import (
    ANY,
    BROKEN,
    Expressions,
    Here,
    Wanted,
    is_reference,
    origin_of,
)
from mlpolicy.check.typecheck.fit import (
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
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Operator
from mlpolicy.core.terms import Said
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import (
    FLAG,
    TEXT,
    DateType,
    EnumType,
    FlagType,
    Grain,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
    comparable,
)
from mlpolicy.schema.patterns import refusal
from mlpolicy.source import Origin
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


def typed_negation(env: Expressions, node: tree.Negate, here: Here) -> core.Expr | None:
    """`-x` of a quantity."""
    operand = typed_number(env, node.operand, ANY, here)
    if operand is None:
        return None
    origin = origin_of(node, here.source)
    if isinstance(operand, core.Const):
        assert isinstance(operand.value, Fraction)
        return core.Const(-operand.value, type=operand.type, origin=origin)
    zero = core.Const(Fraction(0), type=operand.type, origin=origin)
    return core.Apply(operator="-", operands=(zero, operand), type=operand.type, origin=origin)


def typed_operator(
    env: Expressions, node: tree.Binary, want: Wanted, here: Here
) -> core.Expr | None:
    """`x OPERATOR y`: logic, comparison, membership or arithmetic, by the row of the operator.
    (docs/language.md, Logic and Reading order of operators)"""
    if node.operator == "has":
        return _has(env, node, here)
    if node.operator == "is" and _asks_whether_empty(env, node, here):
        return _is_empty(env, node, here)
    row = OPERATORS[node.operator]
    found = _operands(env, row, node, want, here)
    operands = tuple(operand for operand in found if operand is not None)
    if len(operands) != len(found):
        return None
    kind = _result(env, row, node, operands, here)
    if kind is None or not _is_sensible(env, row, node, operands, here):
        return None
    origin = origin_of(node, here.source)
    return _of_mark(core.Apply(operator=row.name, operands=operands, type=kind, origin=origin))


def _asks_whether_empty(env: Expressions, node: tree.Binary, here: Here) -> bool:
    """`x is empty`, where `empty` is no value of the policy."""
    right = node.right
    named = isinstance(right, tree.Var) and right.name == "empty" and is_bare(env, right, here)
    return named and not is_bare(env, node.left, here)


def _is_empty(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    """`SET is empty`; of a word, whether it is the member `empty`."""
    left = typed(env, node.left, ANY, here)
    if left is None:
        return None
    origin = origin_of(node, here.source)
    if isinstance(left.type, SetOf):
        none = core.SetExpr(items=(), open=False, label="", type=left.type, origin=origin)
        return core.Apply(operator="within", operands=(left, none), type=FLAG, origin=origin)
    if isinstance(left.type, ListOf):
        nothing = core.ListExpr(items=(), type=left.type, origin=origin)
        return core.Apply(operator="is", operands=(left, nothing), type=FLAG, origin=origin)
    if not isinstance(left.type, EnumType) or "empty" not in left.type.members:
        message = f"`is empty` asks of a set or a list, and this is {in_words(left.type)}"
        env.error(
            "MLP0313", message, node.left.span, here, "ask it of a set, or whether it `is unknown`"
        )
        return None
    member = core.Const("empty", type=left.type, origin=Origin(here.source, node.right.span))
    return _of_mark(core.Apply(operator="is", operands=(left, member), type=FLAG, origin=origin))


def _operands(
    env: Expressions, row: Operator, node: tree.Binary, want: Wanted, here: Here
) -> Sequence[core.Expr | None]:
    """The operands, None for one whose fault has been reported. What is wanted of them gives
    bare words their meaning."""
    match row.step:
        case StepKind.AND | StepKind.OR:
            return [expect(env, part, FLAG, here) for part in _chain(node, node.operator)]
        case StepKind.IN:
            return _element_and_set(env, node, here)
        case StepKind.TEXTS:
            return [expect(env, side, TEXT, here) for side in (node.left, node.right)]
        case StepKind.COMPARE:
            return both_sides(env, node.left, node.right, replace(here, compared=True))
        case StepKind.ARITHMETIC if want == BROKEN or _is_of_sets(row, want):
            return both_sides(env, node.left, node.right, here, want)
        case _:
            return both_sides(env, node.left, node.right, here)


def _is_of_sets(row: Operator, want: Wanted) -> bool:
    return isinstance(want, SetOf) and row.shape((want, want)) is not None


def _result(
    env: Expressions,
    row: Operator,
    node: tree.Binary,
    operands: tuple[core.Expr, ...],
    here: Here,
) -> Type | None:
    """The type of the whole. Operands that the row does not take are a type error, which is
    reported."""
    types = tuple(operand.type for operand in operands)
    shape = row.shape(types)
    if shape is not None and shape.alike:
        left, right = operands
        if not same_dims(env, row.verb, left, right, node.span, here):
            return None
    kind = shape.result(*types) if shape is not None else None
    if kind is None:
        left_type, right_type = types
        _type_error(env, row, node, left_type, right_type, here)
    return kind


def _is_sensible(
    env: Expressions,
    row: Operator,
    node: tree.Binary,
    operands: tuple[core.Expr, ...],
    here: Here,
) -> bool:
    """What fits by its type and is surely not meant is reported: `quality > 85` of a share, and
    a division by zero."""
    if row.step is StepKind.COMPARE:
        left, right = operands
        good = has_percent(env, node.right, right, left.type, here)
        return good and has_percent(env, node.left, left, right.type, here)
    if row.name == "matches":
        return _is_pattern(env, node, operands[1], here)
    if row.fault is not None:
        divisor = operands[row.fault.operand]
        if isinstance(divisor, core.Const) and divisor.value == 0:
            env.error("MLP0313", "division by zero", node.right.span, here, "divide by a number")
            return False
    return True


def _is_pattern(env: Expressions, node: tree.Binary, pattern: core.Expr, here: Here) -> bool:
    """What is matched is a regular expression that is written there and cannot take long."""
    if not isinstance(pattern, core.Const) or not isinstance(pattern.value, str):
        message, help = "`matches` wants its pattern written here", 'write it as a text: `"[a-z]+"`'
        env.error("MLP0313", message, node.right.span, here, help)
        return False
    if said := refusal(pattern.value):
        help = "write a simpler one, or ask `starts with` or `ends with`"
        message = f"this pattern cannot be used: {said}"
        env.error("MLP0313", message, node.right.span, here, help)
        return False
    return True


def _type_error(
    env: Expressions, row: Operator, node: tree.Binary, left: Type, right: Type, here: Here
) -> None:
    """Reports that an operator does not take operands of these types."""
    match row.step:
        case StepKind.COMPARE:
            _no_order(env, node, left, right, here)
        case StepKind.IS:
            _no_words(env, node, left, right, here)
        case StepKind.IN if not isinstance(right, SetOf | ListOf):
            _no_set(env, node, right, here)
        case StepKind.WITHIN if not (isinstance(left, SetOf) and isinstance(right, SetOf)):
            wrong = right if isinstance(left, SetOf) else left
            written = node.right if isinstance(left, SetOf) else node.left
            message = f"`within` compares two sets, and this is {in_words(wrong)}"
            help = "write `{a}` for a set of one, or use `in`"
            if isinstance(wrong, ListOf):
                help = "compare lists with `is`, or ask for one word with `in`"
            env.error("MLP0313", message, written.span, here, help)
        case StepKind.ARITHMETIC:
            message = f"cannot {row.verb} `{left}` and `{right}`"
            help = "take operands of one kind: numbers, sets (`+` and `-`), or a date and a time"
            if isinstance(left, TextType) or isinstance(right, TextType):
                help = "put a text behind a text by `+`; `text(x)` is a number in digits"
            elif isinstance(left, DateType) and left.grain is Grain.TIME:
                help = "compare a time of day, or take one from another: no day follows it"
            elif isinstance(left, DateType) and left.grain is Grain.MOMENT:
                help = "add hours or days to a day with its time; months have no fixed length"
            env.error("MLP0302", message, node.span, here, help)
        case _:
            incomparable(env, node, left, right, here)


def _no_set(env: Expressions, node: tree.Binary, right: Type, here: Here) -> None:
    message = f"`{node.operator}` wants a set on its right, and this is {in_words(right)}"
    env.error("MLP0313", message, node.right.span, here, "write `{a, b}`, or use `is`")


def _no_words(env: Expressions, node: tree.Binary, left: Type, right: Type, here: Here) -> None:
    lists = isinstance(left, ListOf) or isinstance(right, ListOf)
    for kind, said in ((left, node.left), (right, node.right)):
        if lists and isinstance(kind, SetOf):
            message = f"`is` compares a list with a list, and this is {in_words(kind)}"
            env.error("MLP0313", message, said.span, here, "write a list, as `[a, b]`")
            return
        if isinstance(kind, Quantity | DateType | SetOf | RowType):
            message = f"`is` compares words, and this is {in_words(kind)}"
            help = "compare numbers and dates with `=`"
            if isinstance(kind, DateType) and kind.grain is not Grain.DAY:
                help = "compare times with `=`"
            if isinstance(kind, SetOf | RowType):
                help = "write `within`, or `in`" if isinstance(kind, SetOf) else "name a column"
            env.error("MLP0313", message, said.span, here, help)
            return
    incomparable(env, node, left, right, here)


def _no_order(env: Expressions, node: tree.Binary, left: Type, right: Type, here: Here) -> None:
    without = FlagType | TextType | SetOf | ListOf | EnumType
    if isinstance(left, EnumType) and isinstance(right, EnumType):
        for enum in (left, right):
            if comparable(left, right) and not enum.ordered:
                message = f"the members of `{enum}` have no order"
                help = f"compare with `is`, or declare `enum {enum} : a < b < …`"
                if node.operator == "=":
                    help = "compare words with `is`"
                env.error("MLP0305", message, node.span, here, help)
                return
    elif isinstance(left, without) and isinstance(right, without):
        if comparable(left, right) or isinstance(left, SetOf | ListOf):
            message = f"`{node.operator}` does not compare `{left}` and `{right}`"
            help = "compare words and lists with `is`, sets with `within`"
            env.error("MLP0313", message, node.span, here, help)
            return
    incomparable(env, node, left, right, here)


def _of_mark(made: core.Apply) -> core.Expr:
    """`provisional` is no status of a leaf, but a mark beside it: it is asked for by itself."""
    step = OPERATORS[made.operator].step
    for side, other in permutations(made.operands, 2):
        if step in (StepKind.IS, StepKind.IN) and _is_status(side) and _says_provisional(other):
            marked = core.IsProvisional(side, type=FLAG, origin=made.origin)
            both = core.Apply(operator="or", operands=(made, marked), type=FLAG, origin=made.origin)
            return marked if step is StepKind.IS else both
    return made


def _has(env: Expressions, node: tree.Binary, here: Here) -> core.Expr | None:
    if not isinstance(node.left, tree.Var):
        message = "`has` asks a catalogue for a key"
        help = "write `CATALOGUE has KEY`"
        env.error("MLP0313", message, node.left.span, here, help)
        return None
    name = tree.Name(node.left.name, span=node.left.span)
    named = env.signatures.values.get(node.left.name)
    if named is not None and isinstance(named.type, SetOf | ListOf):
        message = f"`has` asks a catalogue for a key, and `{name.text}` is {in_words(named.type)}"
        help = f"write `{written(node.right)} in {name.text}`"
        env.error("MLP0313", message, node.span, here, help)
        return None
    table = table_named(env, name, here)
    if table is None or not table.keys:
        return None
    key = typed_key(env, node.right, table.columns.get(table.keys[0]), here)
    origin = origin_of(node, here.source)
    return key and core.HasRow(table=name.text, keys=(key,), type=FLAG, origin=origin)


def _is_status(expr: core.Expr) -> bool:
    """`answer.status`, `choice.status`"""
    return isinstance(expr, core.ChoiceRef) and expr.attribute is Said.STATUS


def _says_provisional(expr: core.Expr) -> bool:
    """`provisional`, or a set that has it."""
    if isinstance(expr, core.SetExpr):
        return any(map(_says_provisional, expr.items))
    return isinstance(expr, core.Const) and expr.value == "provisional"


def _element_and_set(
    env: Expressions, node: tree.Binary, here: Here
) -> tuple[core.Expr | None, core.Expr | None]:
    # A name on the right can only be that of a set: where it is of nothing, that is the fault.
    named = isinstance(node.right, tree.Var) or not is_bare(env, node.right, here)
    if isinstance(node.right, tree.Var) and is_bare(env, node.right, here):
        one = typed(env, node.left, ANY, here) if not is_bare(env, node.left, here) else None
        if one is not None and isinstance(one.type, EnumType):
            word = node.right.name
            if word in one.type.members:
                message = f"`{node.operator}` wants a set on its right, and `{word}` is one word"
                help = f"write `is {word}`, or `{node.operator} {{{word}, …}}` for several"
                env.error("MLP0313", message, node.right.span, here, help)
                return one, None
    if is_bare(env, node.left, here) and named:
        whole = typed(env, node.right, ANY, here)
        if whole is not None and not isinstance(whole.type, SetOf | ListOf):
            _no_set(env, node, whole.type, here)
            return None, None
        return typed(env, node.left, _element(whole), here), whole
    part = typed(env, node.left, ANY, here)
    want: Wanted = BROKEN
    if part is not None and isinstance(part.type, EnumType | TextType):
        want = ListOf(part.type) if isinstance(node.right, tree.ListLiteral) else SetOf(part.type)
    elif part is not None:
        message = f"{in_words(part.type)} is in no set"
        help = "ask it of a member of an enum, or of a text"
        if isinstance(node.right, tree.Var) and node.right.name in env.units.known():
            help = f"write `as {node.right.name}` to convert it"
        env.error("MLP0313", message, node.left.span, here, help)
        part = None
    return part, typed(env, node.right, want, here)


def typed_is_unknown(env: Expressions, node: tree.IsUnknown, here: Here) -> core.Expr | None:
    """`x is unknown` and `x is known`, which may stand only in rules and obligations.
    (docs/language.md, Obligations and rules)"""
    wanted = "known" if node.negated else "unknown"
    if here.unknown not in (wanted, "both"):
        if node.negated:
            message = "`is known` stands only in `met when` and `if unknown`, and not under `not`"
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
    origin = origin_of(node, here.source)
    return operand and core.IsUnknownExpr(
        operand=operand, known=node.negated, type=FLAG, origin=origin
    )


def typed_conversion(env: Expressions, node: tree.As, here: Here) -> core.Expr | None:
    """`x as UNIT`, by the conversions that the policy declares. (docs/language.md, Units)"""
    operand = typed_number(env, node.operand, ANY, here)
    unit = env.units.of(node.unit.text, here.source, node.unit.span)
    if operand is None or unit is None:
        return None
    assert isinstance(operand.type, Quantity)
    way = env.units.way(operand.type.unit.dims, unit.dims)
    if way is None and "convert" in env.report.lost:
        return None
    if way is None:
        message = f"there is no way from `{operand.type}` to `{unit.text or 'number'}`"
        help = env.units.missing(operand.type.unit, unit)
        env.error("MLP0303", message, node.span, here, help)
        return None
    factor, used = way
    return core.ConvertExpr(
        operand=operand,
        factor=factor,
        converts=used,
        type=Quantity(unit),
        origin=origin_of(node, here.source),
    )


def _chain(node: tree.Expr, operator: str) -> Iterable[tree.Expr]:
    """The operands of `a and b and c`, in order."""
    if isinstance(node, tree.Binary) and node.operator == operator:
        return (*_chain(node.left, operator), *_chain(node.right, operator))
    return (node,)


def _element(whole: core.Expr | None) -> Wanted:
    if whole is None:
        return BROKEN
    return whole.type.element if isinstance(whole.type, SetOf | ListOf) else BROKEN
