"""Every row of the table of operators against what it means of plain values.

`PLAIN` says what each operator makes of operands that are known: a few lines of Python, shape by
shape. The laws draw operands of which something is open, complete them in every way, and compare.
A row, or a shape of one, that stands in no table here fails the first test.
"""

from __future__ import annotations

import calendar
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise, product
from random import Random
from types import UnionType
from typing import cast

import pytest
from hypothesis import given, note

from mlpolicy.check.digest import _FIRST
from mlpolicy.core import numbers
from mlpolicy.core.numbers import (
    POS,
    Bound,
    Infinite,
    Operation,
    Poly,
    Range,
    add,
    const,
    range_of,
    scale,
    sub,
    unknown,
)
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import (
    Connects,
    Consequence,
    Given,
    Kept,
    Lies,
    Narrowed,
    Operator,
    Shape,
    Steps,
    Turns,
)
from mlpolicy.core.roots import crossings
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol, Symbol
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import (
    DATE,
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
    Unit,
)
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Days,
    Entry,
    Items,
    Members,
    Num,
    Rows,
    Series,
    Truth,
    Unlimited,
    Value,
    is_known,
    truth,
)
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax import tree
from mlpolicy.syntax.parse import parse
from mlpolicy.syntax.visit import walk
from tests.laws.examples import DRAWS, laws
from tests.laws.test_numbers import at, draw_range, lies_in, samples
from tests.profiles import lanes

Plain = bool | Bound | int | str | frozenset[str] | tuple[str, ...]
Kinds = tuple[str, ...]

#: A point of time, with its type.
Point = tuple[int, Type]
SIZES = ("small", "middle", "large")
#: Texts that are parts of these words, and the whole of one.
PIECES = ("", "s", "e", "m", "small", ".*l", "[lm].+")
SIZE = EnumType("size", SIZES, ordered=True)
NUMBER = Quantity(Unit((), Fraction(1), ""))
DAY = Quantity(Unit((("s", 1),), Fraction(86400), "day"))
MONTH = Quantity(Unit((("month", 1),), Fraction(1), "month"))
FIRST_DAY = date(2027, 12, 30).toordinal()

# ── What operators make of plain values ──────────────────────────────────────────────────


def half_away(value: Fraction) -> Fraction:
    """To halves, the step that is given here."""
    return Fraction(math.floor(abs(value) * 2 + Fraction(1, 2)), 2) * (1 if value >= 0 else -1)


def in_digits(value: Fraction) -> str:
    """The drawn numbers have few decimals, or are thirds."""
    shown = f"{float(value):.4f}".rstrip("0").rstrip(".")
    return shown if Fraction(shown) == value else str(value)


def moved(sign: int) -> Callable[[Point, tuple[Fraction, Type]], int]:
    def later(point: Point, time: tuple[Fraction, Type]) -> int:
        (day, grain), (amount, of) = point, time
        if grain == DateType(Grain.MOMENT):
            return day + sign * math.trunc(amount * 10**9)
        if of == DAY:
            return day + sign * int(amount / 86400)
        start = date.fromordinal(day)
        months = start.year * 12 + start.month - 1 + sign * int(amount)
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(start.day, calendar.monthrange(year, month)[1])).toordinal()

    return later


def apart(one: Point, other: Point) -> Fraction:
    step = Fraction(86400) if one[1] == DATE else Fraction(1, 10**9)
    return (one[0] - other[0]) * step


def ordered(compare: Callable[[int, int], bool]) -> Callable[[str, str], bool]:
    return lambda a, b: compare(SIZES.index(a), SIZES.index(b))


def comparison(compare: Callable[..., bool]) -> dict[Kinds, Callable[..., Plain]]:
    return {
        ("number", "number"): compare,
        ("date", "date"): lambda a, b: compare(a[0], b[0]),
        ("member", "member"): ordered(compare),
    }


PLAIN: dict[str, dict[Kinds, Callable[..., Plain]]] = {
    "not": {("flag",): operator.not_},
    "and": {("flag",): lambda *a: all(a)},
    "or": {("flag",): lambda *a: any(a)},
    "<": comparison(operator.lt),
    "<=": comparison(operator.le),
    ">": comparison(operator.gt),
    ">=": comparison(operator.ge),
    "=": comparison(operator.eq),
    "is": {
        ("word", "word"): operator.eq,
        ("flag", "flag"): operator.eq,
        ("list", "list"): operator.eq,
    },
    "in": {("word", "set"): lambda a, b: a in b, ("word", "list"): lambda a, b: a in b},
    "mentions": {("text", "set"): lambda a, b: bool(set(a.lower().split("-")) & b)},
    "starts with": {("word", "text"): str.startswith},
    "ends with": {("word", "text"): str.endswith},
    "matches": {("word", "text"): lambda a, b: re.fullmatch(b, a) is not None},
    "within": {("set", "set"): lambda a, b: a <= b},
    "+": {
        ("number", "number"): operator.add,
        ("set", "set"): operator.or_,
        ("text", "text"): operator.add,
        ("date", "time"): moved(1),
    },
    "-": {
        ("number", "number"): operator.sub,
        ("set", "set"): operator.sub,
        ("date", "date"): apart,
        ("date", "time"): moved(-1),
    },
    "*": {("number", "number"): operator.mul},
    "/": {("number", "number"): operator.truediv},
    "min": {("number",): min},
    "max": {("number",): max},
    "abs": {("number",): abs},
    "power": {("number",): lambda a: a * a * a},
    "ceil": {("number",): lambda a: Fraction(math.ceil(a))},
    "floor": {("number",): lambda a: Fraction(math.floor(a))},
    "round": {("number",): half_away},
    "text": {("number",): in_digits},
}

#: Where an assumption tells something of an operand: of the whole being yes, being no. In dates
#: nothing is refined.
_ORDERED: dict[tuple[str, Kinds], set[bool]] = {
    (name, kinds): {True, False}
    for name in ("<", "<=", ">", ">=")
    for kinds in (("number", "number"), ("member", "member"))
}
NARROWS: dict[tuple[str, Kinds], set[bool]] = {
    **_ORDERED,
    ("=", ("number", "number")): {True},
    ("=", ("member", "member")): {True, False},
    ("is", ("word", "word")): {True, False},
    ("is", ("flag", "flag")): {True, False},
    ("in", ("word", "set")): {True, False},
    ("in", ("word", "list")): {True, False},
    ("within", ("set", "set")): {True},
}

_WORD = EnumType | TextType
_KIND: dict[type | UnionType, str] = {
    FlagType: "flag",
    Quantity: "number",
    DateType: "date",
    EnumType: "member",
    _WORD: "word",
    TextType: "text",
    SetOf: "set",
    ListOf: "list",
}


def kinds_of(shape: Shape) -> Kinds:
    kinds = tuple(_KIND[kind] for kind in shape.operands)
    return ("date", "time") if kinds == ("date", "number") else kinds


SHAPES = [(row, shape) for row in OPERATORS.values() for shape in row.shapes]
COMPARES = (StepKind.COMPARE, StepKind.IS, StepKind.IN, StepKind.TEXTS, StepKind.WITHIN)


def named(row: Operator, shape: Shape) -> str:
    return f"{row.name} {' '.join(kinds_of(shape))}"


each_shape = pytest.mark.parametrize(
    ("row", "shape"), lanes(SHAPES, fast=8), ids=[named(row, shape) for row, shape in SHAPES]
)

# ── Operands of which something is open ──────────────────────────────────────────────────


@dataclass(frozen=True)
class Operand:
    """What is known of an operand, its type, and every value that it may be (some, of numbers). Two
    with one `symbol` have the same value."""

    value: Value
    type: Type
    options: tuple[Plain, ...]
    symbol: Symbol | None = None


def draw_operand(
    rng: Random, kind: str, unknowns: Sequence[tuple[Symbol, Range]], unlimited: bool = False
) -> Operand:
    match kind:
        case "flag":
            found = (YES, NO, UNKNOWN)[rng.randrange(3)]
            options = (True, False) if found is UNKNOWN else (found is YES,)
            return Operand(found, FLAG, options)
        case "number":
            if unlimited and rng.randrange(8) == 0:
                return Operand(Unlimited(), NUMBER, (POS,))
            if rng.randrange(4) == 0:
                value = Fraction(rng.randrange(-4, 5), 2)
                return Operand(Num(const(value)), NUMBER, (value,))
            symbol, within = unknowns[rng.randrange(len(unknowns))]
            amounts = tuple(dict.fromkeys(samples(rng, within)))[:7]
            return Operand(Num(unknown(symbol, within)), NUMBER, amounts, symbol)
        case "time":
            of = (DAY, MONTH)[rng.randrange(2)]
            size = Fraction(86400) if of == DAY else Fraction(1)
            low = rng.randrange(4)
            high = low + rng.randrange(3)
            time = unknown(InputSymbol(PROJECT_PLACE, "t", ""), Range(low * size, high * size))
            times = tuple(Fraction(v, 2) * size for v in range(2 * low, 2 * high + 1))
            return Operand(Num(time), of, times)
        case "date":
            low = FIRST_DAY + rng.randrange(5)
            high = low + rng.randrange(4)
            ends = rng.randrange(6)
            days = Days(None if ends == 0 else low, None if ends == 1 else high)
            return Operand(days, DATE, tuple(range(low, high + 1)))
        case "member" | "word":
            if kind == "word" and rng.randrange(4) == 0:
                return Operand(Members(None), TEXT, (*SIZES, "another"))
            words = tuple(w for w in SIZES if rng.randrange(2)) or SIZES[:1]
            return Operand(Members(frozenset(words)), SIZE, words)
        case "text":
            if rng.randrange(4) == 0:
                return Operand(Members(None), TEXT, (*SIZES, "another"))
            texts = tuple(
                f"{a}-{b}".title() for a in SIZES for b in ("", *SIZES) if rng.randrange(4) == 0
            )
            texts = texts or PIECES[rng.randrange(len(PIECES)) :][:1]
            return Operand(Members(frozenset(texts)), TEXT, texts)
        case "set":
            may = frozenset(w for w in SIZES if rng.randrange(3))
            must = frozenset(w for w in may if rng.randrange(2))
            whole = rng.randrange(5) == 0
            items = Items(must, None if whole else may)
            return Operand(items, SetOf(SIZE), tuple(_between(must, SIZES if whole else may)))
        case "list":
            if rng.randrange(8) == 0:
                lists = ((), SIZES[:1], (*SIZES, "another"))
                return Operand(Series(None), ListOf(TEXT), lists)
            drawn = [
                Entry(
                    frozenset(w for w in SIZES if rng.randrange(3) == 0) or None,
                    rng.randrange(3) > 0,
                )
                for _ in range(rng.randrange(4))
            ]
            entries = tuple(e if e.options else Entry(frozenset(SIZES[:1]), e.sure) for e in drawn)
            return Operand(Series(entries), ListOf(SIZE), tuple(_lists(entries)))
    raise AssertionError(kind)


def _lists(entries: tuple[Entry, ...]) -> Iterator[tuple[str, ...]]:
    """Every list that it may be."""
    choices = [
        [(word,) for word in sorted(e.options or ())] + ([] if e.sure else [()]) for e in entries
    ]
    for taken in product(*choices):
        yield tuple(word for there in taken for word in there)


def _between(must: frozenset[str], may: object) -> Iterator[frozenset[str]]:
    free = sorted(frozenset(cast("frozenset[str]", may)) - must)
    for taken in product((True, False), repeat=len(free)):
        yield must | {word for word, there in zip(free, taken, strict=True) if there}


def draw_operands(rng: Random, row: Operator, shape: Shape) -> list[Operand]:
    kinds = kinds_of(shape)
    count = row.least + rng.randrange(2) if row.most is None else row.least
    unknowns = [(InputSymbol(PROJECT_PLACE, name, ""), draw_range(rng)) for name in "xyz"]
    unlimited = row.step is StepKind.COMPARE
    grain = GRAINS[rng.randrange(len(GRAINS))] if "date" in kinds else Grain.DAY
    drawn = [
        draw_operand(rng, kinds[min(i, len(kinds) - 1)], unknowns, unlimited) for i in range(count)
    ]
    if "time" in kinds and (grain is Grain.TIME or drawn[1].type == MONTH):
        grain = Grain.DAY  # a time of day goes over to no other, and a moment has no month
    return [of_grain(each, grain) if each.type == DATE else each for each in drawn]


GRAINS = tuple(Grain)


def of_grain(drawn: Operand, grain: Grain) -> Operand:
    """The days that were drawn, as points of a grain: of a day, the last times or the first."""
    if grain is Grain.DAY:
        return drawn
    of, days = DateType(grain), drawn.value
    assert isinstance(days, Days)
    start = 86_400 * 10**9 - 5 if grain is Grain.TIME else FIRST_DAY * 86_400 * 10**9 - 2
    low, high = (None if end is None else end - FIRST_DAY + start for end in (days.lo, days.hi))
    if grain is Grain.TIME:  # no time of day is after its last
        low, high = (None if end is None else min(end, 86_400 * 10**9 - 1) for end in (low, high))
    points = tuple(day - FIRST_DAY + start for day in drawn.options if isinstance(day, int))
    if grain is Grain.TIME:
        points = tuple(dict.fromkeys(min(point, 86_400 * 10**9 - 1) for point in points))
    return Operand(Days(low, high), of, points)


def completions(operands: list[Operand]) -> Iterator[tuple[list[Plain], dict[Symbol, Fraction]]]:
    """All the values of the operands together, and those of the unknowns."""
    symbols = {o.symbol: o.options for o in operands if o.symbol is not None}
    rest = [o.options if o.symbol is None else o.options[:1] for o in operands]
    for chosen in product(*symbols.values()):
        point = {s: cast("Fraction", v) for s, v in zip(symbols, chosen, strict=True)}
        for values in product(*rest):
            yield (
                [
                    v if o.symbol is None else point[o.symbol]
                    for o, v in zip(operands, values, strict=True)
                ],
                point,
            )


def constants_of(row: Operator) -> tuple[Fraction, ...]:
    match row.steps:
        case Steps.UNIT:
            return (Fraction(1),)
        case Steps.GIVEN:
            return (Fraction(1, 2),)
        case Steps.EXPONENT:
            return (Fraction(3),)
        case None:
            return ()


def plainly(row: Operator, shape: Shape, operands: list[Operand], values: list[Plain]) -> object:
    """What it comes to; None where it has no value."""
    told = [
        (value, o.type) if kind in ("time", "date") else value
        for value, o, kind in zip(
            values, operands, [*kinds_of(shape), *kinds_of(shape)[-1:] * 2], strict=False
        )
    ]
    try:
        return PLAIN[row.name][kinds_of(shape)](*told)
    except ZeroDivisionError:
        return None


def covers(found: Value | Range, plain: object, point: dict[Symbol, Fraction]) -> bool:
    """May what is known of a value be this one?"""
    match found:
        case Truth():
            return found in (UNKNOWN, truth(bool(plain)))
        case Num():
            assert isinstance(plain, Fraction)
            known = at(found.poly, point)
            return known == plain and lies_in(plain, range_of(found.poly).range)
        case Range():
            assert isinstance(plain, Fraction)
            return lies_in(plain, found)
        case Days():
            assert isinstance(plain, int)
            return (found.lo is None or found.lo <= plain) and (
                found.hi is None or plain <= found.hi
            )
        case Items():
            assert isinstance(plain, frozenset)
            return (found.must is not None and found.must <= plain) and (
                found.may is None or plain <= found.may
            )
        case Members():
            return found.options is None or plain in found.options
        case Unlimited() | Rows() | Series():
            raise AssertionError(found)


# ── The laws ─────────────────────────────────────────────────────────────────────────────


def meaning_breaks(row: Operator, shape: Shape, rng: Random) -> list[str]:
    """Whatever the operands turn out to be, the value is one that was possible; of known operands
    it is known; and a fault is told before it can happen."""
    operands = draw_operands(rng, row, shape)
    values, types = [o.value for o in operands], [o.type for o in operands]
    every = [(plainly(row, shape, operands, v), v, p) for v, p in completions(operands)]
    try:
        found = row.apply(Given(types, constants_of(row)), *values)
    except ZeroDivisionError:
        return [str(v) for plain, v, _ in every if plain is not None]
    wrong = [str(v) for plain, v, p in every if plain is not None and not covers(found, plain, p)]
    if all(is_known(v) for v in values):
        known = found.is_point if isinstance(found, Range) else is_known(found)
        wrong += [] if known else [f"{values} is known, and {found} is not"]
    faults = [str(v) for plain, v, _ in every if plain is None]
    if faults and not (row.fault and isinstance(found, Num) and row.fault.may(found.poly)):
        wrong += faults
    return wrong


def consequences(
    shape: Shape, operands: list[Operand], holds: bool
) -> list[tuple[int, Consequence]]:
    values, types = [o.value for o in operands], [o.type for o in operands]
    told = ((i, follows(Given(types), holds, *values)) for i, follows in enumerate(shape.follows))
    return [(i, found) for i, found in told if found is not None]


def is_so(found: Consequence, value: Plain, point: dict[Symbol, Fraction]) -> bool:
    match found:
        case Lies():
            number = at(found.number, point)
            assert number is not None
            return lies_in(number, found.within)
        case Kept():
            return found.keep(str(value))
        case Narrowed():
            return covers(found.to, value, point)
        case Truth():
            return found is truth(bool(value))


def refinement_breaks(row: Operator, shape: Shape, rng: Random) -> list[str]:
    """What an assumption says of an operand holds wherever the assumption does."""
    operands = draw_operands(rng, row, shape)
    return [
        f"{values} when {holds}: {found}"
        for holds in (True, False)
        for i, found in consequences(shape, operands, holds)
        for values, point in completions(operands)
        if plainly(row, shape, operands, values) is holds and not is_so(found, values[i], point)
    ]


CONNECTS: dict[Connects, Callable[[list[Plain]], bool]] = {
    Connects.EVERY: all,
    Connects.SOME: any,
    Connects.OPPOSITE: lambda values: not values[0],
}


def connection_breaks(row: Operator, shape: Shape, rng: Random) -> list[str]:
    """A connective is what it says of its parts, and no more."""
    if row.connects is None:
        return []
    operands = draw_operands(rng, row, shape)
    return [
        str(values)
        for values, _ in completions(operands)
        if plainly(row, shape, operands, values) is not CONNECTS[row.connects](values)
    ]


def draw_along(rng: Random, x: Poly) -> Poly:
    """A straight line along one unknown, or a number."""
    steepness = Fraction(rng.randrange(-3, 4), 2)
    return add(scale(x, steepness), const(Fraction(rng.randrange(-4, 5))))


def breakpoints_break(row: Operator, shape: Shape, rng: Random) -> list[str]:
    """Between the points that are told, nothing turns."""
    if set(kinds_of(shape)) == {"number"}:
        made = shape.result(*[NUMBER] * row.least)
        return [] if made == TEXT else _turns_of_numbers(row, shape, rng)
    match shape.turns:
        case Turns.DAYS:
            return _turns_of_days(row, rng)
        case Turns.WORDS:
            return _turns_of_words(row, shape, rng)
        case _:
            return []


LINE = InputSymbol(PROJECT_PLACE, "line", "")


def _turns_of_numbers(row: Operator, shape: Shape, rng: Random) -> list[str]:
    within = Range(Fraction(-4), Fraction(4))
    x = unknown(LINE, within)
    operands = [draw_along(rng, x) for _ in range(row.least)]
    values, types = [Num(o) for o in operands], [NUMBER] * len(operands)
    level = Fraction(rng.randrange(-3, 4), 2)
    if shape.turns is Turns.DIFFERENCE:
        left, right = operands
        difference, level = sub(left, right), Fraction(0)
    else:
        try:
            found = row.apply(Given(types, constants_of(row)), *values)
        except ZeroDivisionError:
            return []
        assert isinstance(found, Num)
        difference = sub(found.poly, const(level))
    turns = crossings(difference, LINE, within)
    if not turns.whole:
        return ["not all turns are told"]
    ends = sorted({Fraction(-4), Fraction(4), *turns.points, *_ends(turns.between)})
    wrong = []
    for low, high in pairwise(ends):
        if any(r.lo == low and r.hi == high for r in turns.between):
            continue
        seen: set[int] = set()
        for k in range(1, 24):
            point: dict[Symbol, Fraction] = {LINE: low + (high - low) * Fraction(k, 24)}
            plain = PLAIN[row.name][kinds_of(shape)]
            try:
                told = plain(*(at(o, point) for o in operands))
            except ZeroDivisionError:
                continue
            if isinstance(told, bool):
                seen.add(told)
            else:
                assert isinstance(told, Fraction)
                seen.add((told > level) - (told < level))
        wrong += [f"{seen} between {low} and {high}: {operands}"] if len(seen) > 1 else []
    return wrong


def _ends(narrow: list[Range]) -> list[Fraction]:
    return [e for r in narrow for e in (r.lo, r.hi) if not isinstance(e, Infinite)]


def _turns_of_days(row: Operator, rng: Random) -> list[str]:
    other = draw_operand(rng, "date", ()).value
    assert isinstance(other, Days)

    def verdict(day: int, turned: bool) -> Value | Range:
        sides = (Days(day, day), other)
        return row.apply(Given((DATE, DATE)), *(sides[::-1] if turned else sides))

    told = {other.lo, other.hi}
    return [
        f"between {day} and {day + 1} of {other}"
        for turned in (False, True)
        for day in range(FIRST_DAY - 3, FIRST_DAY + 12)
        if day not in told
        and day + 1 not in told
        and verdict(day, turned) != verdict(day + 1, turned)
    ]


def _turns_of_words(row: Operator, shape: Shape, rng: Random) -> list[str]:
    """Two words that the other side does not have are alike. Members that have an order are not:
    they are few, and each is tried."""
    if kinds_of(shape) == ("member", "member"):
        return []
    kinds = kinds_of(shape)
    other = draw_operand(rng, kinds[1], ())
    sides: list[Value] = []
    for word in ("one", "two"):
        options = frozenset((word,))
        sides.append(Items(options, options) if kinds[0] == "set" else Members(options))
    one, two = (shape.meaning(Given((TEXT, other.type)), side, other.value) for side in sides)
    return [] if one == two else [f"{one} and {two} of {other}"]


Law = Callable[[Operator, Shape, Random], list[str]]
LAWS: tuple[Law, ...] = (meaning_breaks, refinement_breaks, connection_breaks, breakpoints_break)


@pytest.mark.parametrize("law", LAWS, ids=[law.__name__ for law in LAWS])
@each_shape
def test_a_row_agrees_with_plain_values(row: Operator, shape: Shape, law: Law) -> None:
    @laws(60)
    @given(DRAWS)
    def holds(rng: Random) -> None:
        wrong = law(row, shape, rng)
        note(f"{row.name}: {wrong}")
        assert not wrong

    holds()


# ── That nothing is left out ─────────────────────────────────────────────────────────────


def test_every_shape_of_every_row_has_a_plain_meaning() -> None:
    written = {(name, kinds) for name, shapes in PLAIN.items() for kinds in shapes}
    assert written == {(row.name, kinds_of(shape)) for row, shape in SHAPES}


@each_shape
def test_an_assumption_tells_what_it_can(row: Operator, shape: Shape) -> None:
    """Somewhere it excludes a value that was possible, where the table above says so."""
    tells: set[bool] = set()
    for seed in range(300):
        operands = draw_operands(Random(seed), row, shape)
        for holds in {True, False} - tells:
            for i, found in consequences(shape, operands, holds):
                if not all(is_so(found, v[i], p) for v, p in completions(operands)):
                    tells.add(holds)
    assert tells == NARROWS.get((row.name, kinds_of(shape)), set())


@each_shape
def test_every_comparison_says_where_it_turns(row: Operator, shape: Shape) -> None:
    flags = set(kinds_of(shape)) == {"flag"}
    assert (shape.turns is not None) == (row.step in COMPARES and not flags)


def test_a_row_takes_no_other_operands() -> None:
    row_of_table = RowType("offering")
    for row in OPERATORS.values():
        assert row.shape([row_of_table] * row.least) is None, row.name


def test_turned_comparisons_say_the_same() -> None:
    for row in OPERATORS.values():
        assert bool(row.turned) == (row.step is StepKind.COMPARE)
        if row.turned:
            for a, b in product(range(3), repeat=2):
                plain = PLAIN[row.name]["number", "number"]
                assert plain(a, b) == PLAIN[row.turned]["number", "number"](b, a)


@pytest.mark.parametrize("row", OPERATORS.values(), ids=list(OPERATORS))
def test_an_operator_is_written_as_the_grammar_reads_it(row: Operator) -> None:
    file, faults = parse(Source("p.mlp", f"define q : number = {row.written}\n"))
    assert not faults
    (read,) = [n for n in walk(file) if isinstance(n, tree.Binary | tree.Call | tree.Not)]
    match read:
        case tree.Binary():
            assert (read.operator, row.is_function) == (row.name, False)
        case tree.Call():
            assert (read.function.text, row.is_function) == (row.name, True)
        case tree.Not():
            assert row.name == "not"


@pytest.mark.parametrize("name", OPERATORS)
def test_the_language_page_names_every_operator(name: str) -> None:
    page = (resource_root() / "docs" / "language.md").read_text("utf-8")
    section = page.split("## Reading order of operators")[1].split("\n## ")[0]
    words = section.replace("`", " ").replace(",", " ").split()
    assert set(name.split()) <= set(words)


def test_the_digest_keeps_the_form_of_the_first_operators() -> None:
    assert set(_FIRST) == {row.name for row in OPERATORS.values() if not row.later}


# ── Planted faults ───────────────────────────────────────────────────────────────────────


def shape_of(name: str, *kinds: str) -> tuple[Operator, Shape]:
    return next(
        (row, shape) for row, shape in SHAPES if row.name == name and kinds_of(shape) == kinds
    )


def _at_zero(name: str, **changes: object) -> Operation:
    return replace(numbers.OPERATIONS[name], **changes)  # type: ignore[arg-type]


PLANTED: dict[str, tuple[Law, str, Kinds, Callable[[Shape], Shape]]] = {
    "`<` is `<=` of numbers": (
        meaning_breaks,
        "<",
        ("number", "number"),
        lambda shape: replace(shape, meaning=shape_of("<=", "number", "number")[1].meaning),
    ),
    "`<` is `<=` of members": (
        meaning_breaks,
        "<",
        ("member", "member"),
        lambda shape: replace(shape, meaning=shape_of("<=", "member", "member")[1].meaning),
    ),
    "an unknown is no in `or`": (
        meaning_breaks,
        "or",
        ("flag",),
        lambda shape: replace(shape, meaning=lambda _, *values: truth(YES in values)),
    ),
    "`>` implies what `<` does": (
        refinement_breaks,
        ">",
        ("number", "number"),
        lambda shape: replace(shape, follows=shape_of("<", "number", "number")[1].follows),
    ),
    "`<` excludes zero when it is no": (
        refinement_breaks,
        "<",
        ("number", "number"),
        lambda shape: replace(shape, follows=shape_of("<=", "number", "number")[1].follows),
    ),
    "the sides of `<` are exchanged": (
        refinement_breaks,
        "<",
        ("member", "member"),
        lambda shape: replace(shape, follows=shape.follows[::-1]),
    ),
    "`in` implies the same when it is no": (
        refinement_breaks,
        "in",
        ("word", "set"),
        lambda shape: replace(
            shape, follows=(lambda given, _, *sides: shape.follows[0](given, True, *sides),)
        ),
    ),
}


def breaks(law: Law, row: Operator, shape: Shape) -> bool:
    return any(law(row, shape, Random(seed)) for seed in range(60))


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_row_is_caught(name: str) -> None:
    law, operator_name, kinds, plant = PLANTED[name]
    row, shape = shape_of(operator_name, *kinds)
    wrong = plant(shape)
    faulty = replace(row, shapes=tuple(wrong if s is shape else s for s in row.shapes))
    assert not breaks(law, row, shape)
    assert breaks(law, faulty, wrong)


PLANTED_OPERATIONS: dict[str, tuple[Law, str, Mapping[str, object]]] = {
    "`abs` does not bend": (
        breakpoints_break,
        "abs",
        {"turns": numbers.Bends(lambda a, _: [], lambda a, _, v: a[0])},
    ),
    "`abs` is no less than its ends": (
        meaning_breaks,
        "abs",
        {"within": lambda ranges: Range(Fraction(1), POS)},
    ),
    "`floor` jumps in the middle": (
        breakpoints_break,
        "floor",
        {"turns": numbers.Jumps(Fraction(1, 2))},
    ),
    "`floor` is `ceil`": (meaning_breaks, "floor", {"at": numbers.OPERATIONS["ceil"].at}),
    "`max` bends nowhere": (
        breakpoints_break,
        "max",
        {"turns": numbers.Bends(lambda a, _: [], lambda a, _, v: a[0])},
    ),
    "`/` falls with its divisor": (
        breakpoints_break,
        "/",
        {"turns": numbers.Bends(lambda a, _: [], lambda a, _, v: a[0])},
    ),
}


@pytest.mark.parametrize("name", PLANTED_OPERATIONS)
def test_a_wrong_operation_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    law, operator_name, changes = PLANTED_OPERATIONS[name]
    row = OPERATORS[operator_name]
    assert not breaks(law, row, row.shapes[0])
    operation = "div" if operator_name == "/" else operator_name
    rows = cast("dict[str, Operation]", numbers.OPERATIONS)
    monkeypatch.setitem(rows, operation, _at_zero(operation, **changes))
    assert breaks(law, row, row.shapes[0])
