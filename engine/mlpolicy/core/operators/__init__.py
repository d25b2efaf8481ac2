"""The operators of the language: a row each.

Type checking, evaluation, refinement, the questions about what is open, and explanations look
an operator up here, so that none of them can have forgotten one. What a row holds is told in
`row`; the functions in it stand in `compare` and `amounts`, and the operations that no
polynomial can express in `core/numbers`. A test walks the table: each row has cases of its
meaning, and laws compare what it says with every value there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from mlpolicy.core.notices import DividesByZero
from mlpolicy.core.numbers import add, may_divide_by_zero, mul, sub
from mlpolicy.core.operators.amounts import (
    difference,
    moved,
    of_two,
    operated,
    powered,
    time_between,
    union,
)
from mlpolicy.core.operators.compare import (
    ABOVE,
    BELOW,
    SAME,
    contained,
    contained_in_list,
    dates,
    difference_lies,
    element_is_contained,
    element_is_in_list,
    matches,
    mentioned,
    numbers,
    ordered_members,
    part_is_within,
    same_flag,
    same_list,
    same_word,
    side_equals,
    side_lies,
    texts_are,
    within,
)
from mlpolicy.core.operators.row import (
    Connects,
    Fault,
    Meaning,
    Operator,
    Shape,
    Steps,
    Turns,
)
from mlpolicy.core.operators.texts import chained, number_as_text
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import (
    FLAG,
    NUMBER,
    TEXT,
    DateType,
    EnumType,
    FlagType,
    Grain,
    ListOf,
    Quantity,
    SetOf,
    TextType,
    Type,
    Unit,
    comparable,
)
from mlpolicy.core.values import conjunction, disjunction, negate
from mlpolicy.dataclass import replace

# ── The types of results ─────────────────────────────────────────────────────────────────


def _flag(*types: Type) -> Type:
    return FLAG


def _text(*_: Type) -> Type:
    return TEXT


def _first(*types: Type) -> Type:
    return types[0]


def _if_comparable(one: Type, other: Type) -> Type | None:
    return FLAG if comparable(one, other) else None


def _if_of_set(word: Type, whole: SetOf | ListOf) -> Type | None:
    return _if_comparable(word, whole.element)


def _if_one_order(one: EnumType, other: EnumType) -> Type | None:
    """Enums that have an order, and the same one for the members that they share."""
    mine = [m for m in one.members if m in other.members]
    theirs = [m for m in other.members if m in one.members]
    good = comparable(one, other) and one.ordered and other.ordered and mine == theirs
    return FLAG if good else None


def _beside(one: Quantity, other: Quantity) -> Unit:
    """The unit of a factor. A share takes no part in the unit of what it is a share of: 15 % of
    4,000 EUR are 600 EUR, and not 60,000 of a hundredth of one."""
    share = not one.unit.dims and one.unit.scale != 1
    return NUMBER if share and other.unit.dims else one.unit


def _product(one: Quantity, other: Quantity) -> Type:
    return Quantity(_beside(one, other).times(_beside(other, one)))


def _quotient(one: Quantity, other: Quantity) -> Type:
    return Quantity(_beside(one, other).times(_beside(other, one), -1))


def _wider_set(one: SetOf, other: SetOf) -> Type | None:
    mine, theirs = one.element, other.element
    if not comparable(mine, theirs):
        return None
    if isinstance(mine, EnumType) and isinstance(theirs, EnumType):
        return one if set(theirs.members) <= set(mine.members) else other
    return SetOf(TEXT)


def _if_less(one: SetOf, other: SetOf) -> Type | None:
    """What is left of the first set."""
    return one if comparable(one.element, other.element) else None


def _if_one_grain(one: DateType, other: DateType) -> Type | None:
    return FLAG if one == other else None


def _time(one: DateType, other: DateType) -> Type | None:
    if one != other:
        return None
    whole = one.grain is Grain.DAY
    return Quantity(Unit(_SECONDS, Fraction(86400 if whole else 3600), "day" if whole else "hour"))


def _if_time(point: DateType, time: Quantity) -> Type | None:
    """Months are those of a calendar: a moment has another day in each zone. A time of day has no
    day to go over to."""
    times: dict[Grain, tuple[tuple[tuple[str, int], ...], ...]]
    times = {Grain.DAY: (_SECONDS, (("month", 1),)), Grain.MOMENT: (_SECONDS,), Grain.TIME: ()}
    return point if time.unit.dims in times[point.grain] else None


_SECONDS = (("s", 1),)


# ── Rows that are alike ──────────────────────────────────────────────────────────────────


def _logic(
    name: str,
    written: str,
    step: StepKind,
    connects: Connects,
    meaning: Meaning,
    least: int = 2,
    most: int | None = None,
) -> Operator:
    """A condition made of conditions."""
    shape = Shape(operands=(FlagType,), result=_flag, meaning=meaning)
    return Operator(
        name=name,
        written=written,
        step=step,
        verb="join",
        shapes=(shape,),
        least=least,
        most=most,
        connects=connects,
    )


def _comparison(name: str, turned: str, *signs: int) -> Operator:
    """A comparison of things that have an order, by the signs that the left side less the right
    one may have."""
    wanted = frozenset(signs)
    lies, sides = (difference_lies(wanted),), (side_lies(wanted, 0), side_lies(wanted, 1))
    shapes = (
        Shape(
            operands=_NUMBERS,
            result=_flag,
            meaning=numbers(wanted),
            alike=True,
            turns=Turns.DIFFERENCE,
            follows=lies,
        ),
        Shape(
            operands=(DateType, DateType),
            result=_if_one_grain,
            meaning=dates(wanted),
            turns=Turns.DAYS,
        ),
        Shape(
            operands=(EnumType, EnumType),
            result=_if_one_order,
            meaning=ordered_members(wanted),
            alike=False,
            turns=Turns.WORDS,
            follows=sides,
        ),
    )
    return Operator(
        name=name,
        written=f"a {name} b",
        step=StepKind.COMPARE,
        verb="compare",
        shapes=shapes,
        turned=turned,
    )


def _words(name: str, step: StepKind, *shapes: Shape) -> Operator:
    """A comparison of words and sets."""
    return Operator(name=name, written=f"a {name} b", step=step, verb="compare", shapes=shapes)


def _of_texts(name: str, meets: Callable[[str, str], bool], turns: Turns) -> Operator:
    """A comparison of two texts."""
    meaning = texts_are(meets)
    shape = Shape(operands=(_WORD, TextType), result=_flag, meaning=meaning, turns=turns)
    return replace(_words(name, StepKind.TEXTS, shape), later=True)


def _arithmetic(name: str, verb: str, *shapes: Shape, fault: Fault | None = None) -> Operator:
    """Something worked out of two sides."""
    return Operator(
        name=name,
        written=f"a {name} b",
        step=StepKind.ARITHMETIC,
        verb=verb,
        shapes=shapes,
        fault=fault,
    )


def _function(
    written: str,
    least: int = 1,
    most: int | None = 1,
    verb: str = "compare",
    steps: Steps | None = None,
    later: bool = False,
) -> Operator:
    """A function of numbers, by the operation of that name: its result is in the unit of its
    first operand."""
    name = written.partition("(")[0]
    shapes = (Shape(operands=(Quantity,), result=_first, meaning=operated(name), alike=True),)
    return Operator(
        name=name,
        written=written,
        step=StepKind.ARITHMETIC,
        verb=verb,
        shapes=shapes,
        least=least,
        most=most,
        steps=steps,
        later=later,
    )


# ── The table ────────────────────────────────────────────────────────────────────────────

_NUMBERS = (Quantity, Quantity)
_WORD = EnumType | TextType
_EQUAL = (side_equals(0), side_equals(1))
_BY_ZERO = Fault(1, DividesByZero, may_divide_by_zero)

_ROWS = (
    _logic("not", "not a", StepKind.NOT, Connects.OPPOSITE, lambda _, a: negate(a), 1, 1),
    _logic("and", "a and b", StepKind.AND, Connects.EVERY, lambda _, *a: conjunction(a)),
    _logic("or", "a or b", StepKind.OR, Connects.SOME, lambda _, *a: disjunction(a)),
    _comparison("<", ">", BELOW),
    _comparison("<=", ">=", BELOW, SAME),
    _comparison(">", "<", ABOVE),
    _comparison(">=", "<=", SAME, ABOVE),
    _comparison("=", "=", SAME),
    _words(
        "is",
        StepKind.IS,
        Shape(
            operands=(_WORD, _WORD),
            result=_if_comparable,
            meaning=same_word,
            alike=False,
            turns=Turns.WORDS,
            follows=_EQUAL,
        ),
        Shape(operands=(FlagType, FlagType), result=_flag, meaning=same_flag, follows=_EQUAL),
        Shape(
            operands=(ListOf, ListOf), result=_if_comparable, meaning=same_list, turns=Turns.OPEN
        ),
    ),
    _words(
        "in",
        StepKind.IN,
        Shape(
            operands=(_WORD, SetOf),
            result=_if_of_set,
            meaning=contained,
            alike=False,
            turns=Turns.WORDS,
            follows=(element_is_contained,),
        ),
        Shape(
            operands=(_WORD, ListOf),
            result=_if_of_set,
            meaning=contained_in_list,
            turns=Turns.WORDS,
            follows=(element_is_in_list,),
        ),
    ),
    replace(
        _words(
            "mentions",
            StepKind.IN,
            Shape(
                operands=(TextType, SetOf), result=_if_of_set, meaning=mentioned, turns=Turns.TEXTS
            ),
        ),
        later=True,
    ),
    _of_texts("starts with", str.startswith, Turns.TEXTS),
    _of_texts("ends with", str.endswith, Turns.TEXTS),
    _of_texts("matches", matches, Turns.OPEN),
    _words(
        "within",
        StepKind.WITHIN,
        Shape(
            operands=(SetOf, SetOf),
            result=_if_comparable,
            meaning=within,
            alike=False,
            turns=Turns.WORDS,
            follows=(part_is_within,),
        ),
    ),
    _arithmetic(
        "+",
        "add",
        Shape(operands=_NUMBERS, result=_first, meaning=of_two(add), alike=True),
        Shape(operands=(SetOf, SetOf), result=_wider_set, meaning=union),
        Shape(operands=(TextType, TextType), result=_text, meaning=chained),
        Shape(operands=(DateType, Quantity), result=_if_time, meaning=moved(1)),
    ),
    _arithmetic(
        "-",
        "subtract",
        Shape(operands=_NUMBERS, result=_first, meaning=of_two(sub), alike=True),
        Shape(operands=(SetOf, SetOf), result=_if_less, meaning=difference),
        Shape(operands=(DateType, DateType), result=_time, meaning=time_between),
        Shape(operands=(DateType, Quantity), result=_if_time, meaning=moved(-1)),
    ),
    _arithmetic("*", "multiply", Shape(operands=_NUMBERS, result=_product, meaning=of_two(mul))),
    _arithmetic(
        "/",
        "divide",
        Shape(operands=_NUMBERS, result=_quotient, meaning=operated("div")),
        fault=_BY_ZERO,
    ),
    _function("min(a, b)", 2, None),
    _function("max(a, b)", 2, None),
    _function("abs(x)", later=True),
    replace(
        _function("power(x, 2)", verb="multiply", steps=Steps.EXPONENT, later=True),
        shapes=(Shape(operands=(Quantity,), result=_first, meaning=powered),),
    ),
    _function("ceil(x)", verb="round", steps=Steps.UNIT),
    _function("floor(x)", verb="round", steps=Steps.UNIT, later=True),
    replace(
        _function("text(x)", verb="write", later=True),
        shapes=(Shape(operands=(Quantity,), result=_text, meaning=number_as_text),),
    ),
    _function("round(x, 0.01 EUR)", verb="round", steps=Steps.GIVEN),
)

#: Every operator, by its name.
OPERATORS: Mapping[str, Operator] = {row.name: row for row in _ROWS}
