"""The operators of the language: a row each.

Type checking, evaluation, refinement, the questions about what is open, and explanations look
an operator up here, so that none of them can have forgotten one. What a row holds is told in
`row`; the functions in it stand in `compare` and `amounts`, and the operations that no
polynomial can express in `core/numbers`. A test walks the table: each row has cases of its
meaning, and laws compare what it says with every value there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from mlpolicy.core.numbers import add, may_divide_by_zero, mul, sub
from mlpolicy.core.operators.amounts import moved, of_two, operated, time_between, union
from mlpolicy.core.operators.compare import (
    ABOVE,
    BELOW,
    SAME,
    contained,
    dates,
    difference_lies,
    element_is_contained,
    numbers,
    ordered_members,
    part_is_within,
    same_flag,
    same_word,
    side_equals,
    side_lies,
    within,
)
from mlpolicy.core.operators.row import (
    Connects,
    Fault,
    Operator,
    Shape,
    Steps,
    Turns,
    Types,
    Values,
)
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import (
    DATE,
    FLAG,
    TEXT,
    DateType,
    EnumType,
    FlagType,
    Quantity,
    SetOf,
    TextType,
    Type,
    Unit,
    comparable,
)
from mlpolicy.core.values import Truth, conjunction, disjunction, negate

# ── The types of results ─────────────────────────────────────────────────────────────────


def _flag(types: Types) -> Type:
    return FLAG


def _first(types: Types) -> Type:
    return types[0]


def _if_comparable(types: Types) -> Type | None:
    return FLAG if comparable(types[0], types[1]) else None


def _if_of_set(types: Types) -> Type | None:
    whole = types[1]
    assert isinstance(whole, SetOf)
    return FLAG if comparable(types[0], whole.element) else None


def _if_one_order(types: Types) -> Type | None:
    """Enums that have an order, and the same one for the members that they share."""
    one, other = types
    assert isinstance(one, EnumType)
    assert isinstance(other, EnumType)
    mine = [m for m in one.members if m in other.members]
    theirs = [m for m in other.members if m in one.members]
    good = comparable(one, other) and one.ordered and other.ordered and mine == theirs
    return FLAG if good else None


def _multiplied(sign: int) -> Callable[[Types], Type]:
    def result(types: Types) -> Type:
        one, other = types
        assert isinstance(one, Quantity)
        assert isinstance(other, Quantity)
        return Quantity(one.unit.times(other.unit, sign))

    return result


def _wider_set(types: Types) -> Type | None:
    one, other = types
    assert isinstance(one, SetOf)
    assert isinstance(other, SetOf)
    if not comparable(one, other):
        return None
    if isinstance(one.element, EnumType) and isinstance(other.element, EnumType):
        return one if set(other.element.members) <= set(one.element.members) else other
    return SetOf(TEXT)


def _days(types: Types) -> Type:
    return Quantity(Unit((("s", 1),), Fraction(86400), "day"))


def _if_time(types: Types) -> Type | None:
    time = types[1]
    assert isinstance(time, Quantity)
    return DATE if time.unit.dims in ((("s", 1),), (("month", 1),)) else None


# ── Logic ────────────────────────────────────────────────────────────────────────────────


def _truths(values: Values) -> list[Truth]:
    found = [v for v in values if isinstance(v, Truth)]
    assert len(found) == len(values), values
    return found


def _not(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    return negate(*_truths(values))


def _and(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    return conjunction(_truths(values))


def _or(values: Values, types: Types, constants: Sequence[Fraction]) -> Truth:
    return disjunction(_truths(values))


# ── Rows that are alike ──────────────────────────────────────────────────────────────────

_WORD = EnumType | TextType


def _comparison(name: str, turned: str, *signs: int) -> Operator:
    """A comparison of things that have an order, by the signs that the left side less the right
    one may have."""
    wanted = frozenset(signs)
    return Operator(
        name,
        f"a {name} b",
        StepKind.COMPARE,
        "compare",
        (
            Shape(
                (Quantity, Quantity),
                _flag,
                numbers(wanted),
                alike=True,
                turns=Turns.DIFFERENCE,
                follows=(difference_lies(wanted),),
            ),
            Shape((DateType, DateType), _flag, dates(wanted), turns=Turns.DAYS),
            Shape(
                (EnumType, EnumType),
                _if_one_order,
                ordered_members(wanted),
                turns=Turns.WORDS,
                follows=(side_lies(wanted, 0), side_lies(wanted, 1)),
            ),
        ),
        turned=turned,
    )


def _function(
    name: str,
    written: str,
    verb: str,
    least: int = 1,
    most: int | None = 1,
    steps: Steps | None = None,
    later: bool = False,
) -> Operator:
    """A function of numbers, by the operation of that name: its result is in the unit of its
    first operand."""
    return Operator(
        name,
        written,
        StepKind.ARITHMETIC,
        verb,
        (Shape((Quantity,), _first, operated(name), alike=True),),
        least,
        most,
        steps=steps,
        later=later,
    )


# ── The table ────────────────────────────────────────────────────────────────────────────

_ROWS = (
    Operator(
        "not",
        "not a",
        StepKind.NOT,
        "negate",
        (Shape((FlagType,), _flag, _not),),
        1,
        1,
        Connects.OPPOSITE,
    ),
    Operator(
        "and",
        "a and b",
        StepKind.AND,
        "join",
        (Shape((FlagType,), _flag, _and),),
        most=None,
        connects=Connects.EVERY,
    ),
    Operator(
        "or",
        "a or b",
        StepKind.OR,
        "join",
        (Shape((FlagType,), _flag, _or),),
        most=None,
        connects=Connects.SOME,
    ),
    _comparison("<", ">", BELOW),
    _comparison("<=", ">=", BELOW, SAME),
    _comparison(">", "<", ABOVE),
    _comparison(">=", "<=", SAME, ABOVE),
    _comparison("=", "=", SAME),
    Operator(
        "is",
        "a is b",
        StepKind.IS,
        "compare",
        (
            Shape(
                (_WORD, _WORD),
                _if_comparable,
                same_word,
                turns=Turns.WORDS,
                follows=(side_equals(0), side_equals(1)),
            ),
            Shape(
                (FlagType, FlagType),
                _flag,
                same_flag,
                follows=(side_equals(0), side_equals(1)),
            ),
        ),
    ),
    Operator(
        "in",
        "a in b",
        StepKind.IN,
        "compare",
        (
            Shape(
                (_WORD, SetOf),
                _if_of_set,
                contained,
                turns=Turns.WORDS,
                follows=(element_is_contained,),
            ),
        ),
    ),
    Operator(
        "within",
        "a within b",
        StepKind.WITHIN,
        "compare",
        (
            Shape(
                (SetOf, SetOf),
                _if_comparable,
                within,
                turns=Turns.WORDS,
                follows=(part_is_within,),
            ),
        ),
    ),
    Operator(
        "+",
        "a + b",
        StepKind.ARITHMETIC,
        "add",
        (
            Shape((Quantity, Quantity), _first, of_two(add), alike=True),
            Shape((SetOf, SetOf), _wider_set, union),
            Shape((DateType, Quantity), _if_time, moved(1)),
        ),
    ),
    Operator(
        "-",
        "a - b",
        StepKind.ARITHMETIC,
        "subtract",
        (
            Shape((Quantity, Quantity), _first, of_two(sub), alike=True),
            Shape((DateType, DateType), _days, time_between),
            Shape((DateType, Quantity), _if_time, moved(-1)),
        ),
    ),
    Operator(
        "*",
        "a * b",
        StepKind.ARITHMETIC,
        "multiply",
        (Shape((Quantity, Quantity), _multiplied(1), of_two(mul)),),
    ),
    Operator(
        "/",
        "a / b",
        StepKind.ARITHMETIC,
        "divide",
        (Shape((Quantity, Quantity), _multiplied(-1), operated("div")),),
        fault=Fault(1, "divides by zero", "may divide by zero", may_divide_by_zero),
    ),
    _function("min", "min(a, b)", "compare", 2, None),
    _function("max", "max(a, b)", "compare", 2, None),
    _function("abs", "abs(x)", "measure", later=True),
    _function("ceil", "ceil(x)", "round", steps=Steps.UNIT),
    _function("floor", "floor(x)", "round", steps=Steps.UNIT, later=True),
    _function("round", "round(x, 0.01 USD)", "round", steps=Steps.GIVEN),
)

#: Every operator, by its name.
OPERATORS: Mapping[str, Operator] = {row.name: row for row in _ROWS}
