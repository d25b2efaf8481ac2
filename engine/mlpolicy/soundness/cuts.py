"""The values of what conditions ask for, cut into parts within which the conditions turn out alike.

In go conditions, each with a bit; out come, for every thing that they ask for, its parts with the
conditions that hold there, as bits. A combination of parts is a case. What is compared with more
than literals is told as far as one number alone is compared with: below it, at it, above it. Any
other condition may hold or not, whatever the others do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from mlpolicy.core import calendar
from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.numbers import NEG, POS, Bound, Range, point, range_of, unknown
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects, Given
from mlpolicy.core.symbols import PROJECT_PLACE, FieldSymbol
from mlpolicy.core.terms import Fold
from mlpolicy.core.types import DateType, EnumType, FlagType, Quantity, TextType, Unit
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    Days,
    Num,
    Truth,
    Value,
    conjunction,
    disjunction,
    known_set,
    member,
    negate,
    truth,
)
from mlpolicy.core.visit import walk
from mlpolicy.dataclass import dataclass, field, replace
from mlpolicy.soundness.ranges import Ranges

#: How often it is asked whether a condition holds for a value, for one policy.
MOST_TRIED = 300_000

#: A text that no policy names.
_OTHER_TEXT = "\0"

#: The value of what is asked for.
_HERE = FieldSymbol(PROJECT_PLACE, (), "")


@node(kw_only=True)
class Cell:
    """A condition on a column: that it compares so with `other`, or, without one, that it is yes,
    or what `connects` makes of several such. `negated` where the opposite is asked. `bit` is its
    own, or that of the row it stands in."""

    bit: int
    condition: core.Expr
    operator: str = ""
    other: core.Expr | None = None
    negated: bool = False
    connects: Connects | None = None
    several: tuple[Cell, ...] = ()

    def holds(self, asked: core.Expr, value: Value, other: Value | None) -> Truth:
        """Does it hold for a value of the column?"""
        found: object = value
        if self.several:
            each = (one.holds(asked, value, _compared(one.other)) for one in self.several)
            found = disjunction(each) if self.connects is Connects.SOME else conjunction(each)
        elif self.other is not None and other is not None:
            given = Given((asked.type, self.other.type))
            found = OPERATORS[self.operator].apply(given, value, other)
        assert isinstance(found, Truth)
        return negate(found) if self.negated else found

    def compared(self) -> Iterator[Cell]:
        """The comparisons that it is made of."""
        if not self.several:
            yield self
        for one in self.several:
            yield from one.compared()


@node
class Part:
    """Values of a column for which all its cells turn out alike, and how these are written. `rows`
    are the conditions that it does not rule out, or the rows in which they stand, as bits; `value`
    is one of the values, or all of a range, where they are known."""

    written: str
    rows: int
    value: Value | None = field(default=None, compare=False)


@dataclass
class Column:
    """What is asked, and the cells that ask it."""

    asked: core.Expr
    cells: list[Cell] = field(default_factory=list)


@dataclass
class Cuts:
    """Cuts the values of what a policy asks for. `tried` counts how often it was asked so far
    whether a condition holds for a value: past `MOST_TRIED` each may hold or not."""

    ranges: Ranges
    tried: int = 0

    def parts(self, columns: Sequence[Column], every: int) -> tuple[list[list[Part]], bool]:
        """The parts of all columns, of which every combination is a case; and whether each of the
        cases can be, as far as one column goes: not where a condition may hold or not. `every` has
        the bits of all conditions."""
        exact, found = True, []
        for column in map(self._plain, columns):
            values = self._values(column)
            cut = None if values is None else self._cut(column, values, every)
            exact = exact and cut is not None
            found.extend([cut] if cut is not None else _either_way(column, every))
        return found, exact

    def at(self, condition: core.Expr, value: Value | None = None) -> bool | None:
        """Does a condition hold where what it asks for has a value, or is the literal that it is?
        None where that is not told by it."""
        asked, cell = asks(0, condition)
        cell = self._plain_cell(cell)
        value = _literal(asked) if value is None else value
        others = [each.other for each in cell.compared()]
        if value is None or any(each is not None and _literal(each) is None for each in others):
            return None
        holds = cell.holds(asked, value, _compared(cell.other))
        return None if holds is UNKNOWN else holds is not NO

    def is_of_literals(self, column: Column) -> bool:
        """Is a column compared with literals alone?"""
        cells = [each for cell in self._plain(column).cells for each in cell.compared()]
        return all(cell.other is None or _literal(cell.other) is not None for cell in cells)

    def _plain(self, column: Column) -> Column:
        """The column with the sets that have a name written out."""
        return Column(column.asked, [self._plain_cell(cell) for cell in column.cells])

    def _plain_cell(self, cell: Cell) -> Cell:
        several = tuple(map(self._plain_cell, cell.several))
        return replace(cell, other=self._written_out(cell.other), several=several)

    def _written_out(self, other: core.Expr | None) -> core.Expr | None:
        if isinstance(other, core.DefRef) and other.key is None and other.row is None:
            found = self.ranges.program.defines.get(other.name)
            if found is not None and not found.exceptions and isinstance(found.body, core.SetExpr):
                return found.body
        return other

    def _values(self, column: Column) -> Sequence[tuple[Value, str]] | None:
        """A value for every part of a column, with how the part is written. None where its cells
        are compared with more than literals."""
        cells = [each for cell in column.cells for each in cell.compared()]
        others = [cell.other for cell in cells if cell.other is not None]
        of, name = column.asked.type, column.asked.origin.text
        if any(_literal(other) is None for other in others):
            # With one bar alone, a number is below it, at it or above it.
            if isinstance(of, Quantity) and len(others) == len(cells) and len({*others}) == 1:
                bar = others[0].origin.text
                around = (
                    ("<", Range(NEG, _ZERO, hi_open=True)),
                    ("=", point(_ZERO)),
                    (">", Range(_ZERO, POS, lo_open=True)),
                )
                return [(_number(each), f"{name} {sign} {bar}") for sign, each in around]
            return None
        match of:
            case FlagType():
                return [(truth(held), f"{name} = {truth(held)}") for held in (True, False)]
            case EnumType():
                words = [(member(word), f"{name} = {word}") for word in of.members]
                if self._is_answer(column.asked):
                    words.append((member(NO_OUTCOME), f"{name} = infeasible"))
                return words
            case TextType():
                if any(cell.operator not in _BY_TEXT for cell in cells if cell.other):
                    return None  # what a text holds or begins with is not told by which it is
                texts = sorted({word for other in others for word in _words(other)})
                known = [(member(text), f'{name} = "{text}"') for text in texts]
                return [*known, (member(_OTHER_TEXT), f"{name} = another text")]
            case Quantity():
                return list(self._numbers(column.asked, of.unit, others))
            case DateType():
                first, last = calendar.ends(of.grain)
                if isinstance(column.asked, core.AsOf):
                    first = self.ranges.program.effective
                return list(_points(name, others, of, first, last))
            case _:
                return None

    def _numbers(
        self, asked: core.Expr, unit: Unit, others: Sequence[core.Expr]
    ) -> Iterator[tuple[Value, str]]:
        """The numbers that are named, and those between them, as far as there are any."""
        within, name = self.ranges.of(asked), asked.origin.text
        step = unit.scale if self._is_whole(asked) else None
        texts: dict[Fraction, str] = {}
        for other in others:
            assert isinstance(other, core.Const)
            assert isinstance(other.value, Fraction)
            texts.setdefault(other.value, other.origin.text)
        ends: list[Bound] = [NEG, *sorted(texts), POS]
        for low, high in pairwise(ends):
            if isinstance(low, Fraction) and _holds_any(point(low).meet(within), step):
                yield _number(point(low)), f"{name} = {texts[low]}"
            between = Range(low, high, lo_open=True, hi_open=True).meet(within)
            if not _holds_any(between, step):
                continue
            if not isinstance(high, Fraction):
                words = f"{name} > {texts[low]}" if isinstance(low, Fraction) else f"any {name}"
            elif isinstance(low, Fraction):
                words = f"{texts[low]} < {name} < {texts[high]}"
            else:
                words = f"{name} < {texts[high]}"
            yield _number(between), words

    def _is_whole(self, expr: core.Expr) -> bool:
        """Is it a whole number of its unit, whatever is stated?"""
        match expr:
            case core.InputRef(name=name):
                return self.ranges.program.inputs[name].whole
            case core.AggregateExpr(kind=kind):
                return kind is Fold.COUNT
            case core.DefRef(name=name) if name in self.ranges.program.defines:
                found = self.ranges.program.defines[name]
                return not found.exceptions and self._is_whole(found.body)
            case _:
                return False

    def _is_answer(self, expr: core.Expr) -> bool:
        """Is it the answer, which may be that none will do?"""
        if isinstance(expr, core.DefRef) and expr.name in self.ranges.program.defines:
            return self._is_answer(self.ranges.program.defines[expr.name].body)
        return any(isinstance(part, core.ChoiceRef) for part in walk(expr))

    def _cut(
        self, column: Column, values: Sequence[tuple[Value, str]], every: int
    ) -> list[Part] | None:
        """The parts of a column, of those in which the same holds the first one. None where it
        cannot be told for each cell and value whether it holds."""
        in_order = _bounds(column, values, every)
        if in_order is not None:
            return _first_of_each(zip(values, in_order, strict=True))
        self.tried += len(values) * len(column.cells)
        if self.tried > MOST_TRIED:
            return None
        held: list[int] = []
        others = [_compared(cell.other) for cell in column.cells]
        for value, _ in values:
            rows = every
            for cell, other in zip(column.cells, others, strict=True):
                holds = cell.holds(column.asked, value, other)
                if holds is UNKNOWN:
                    return None
                if holds is NO:
                    rows &= ~cell.bit
            held.append(rows)
        return _first_of_each(zip(values, held, strict=True))


def _first_of_each(found: Iterable[tuple[tuple[Value, str], int]]) -> list[Part]:
    """A part for each set of rows, the first one of which it is so."""
    parts: dict[int, Part] = {}
    for (value, written), rows in found:
        parts.setdefault(rows, Part(written, rows, value))
    return list(parts.values())


#: What is told of a text by which of the named ones it is, or that it is another one.
_BY_TEXT = frozenset(("is", "in"))
#: A bound, and the one that holds where it does not.
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _bounds(column: Column, values: Sequence[tuple[Value, str]], every: int) -> list[int] | None:
    """The rows of each value of a column of numbers whose cells are all bounds: one of them rules
    out all numbers on one side, so that thousands of cells cost no more than they are. None of any
    other column."""
    keys = [_place(value) for value, _ in values]
    out_below, out_from = [0] * (len(keys) + 1), [0] * (len(keys) + 1)
    if not isinstance(column.asked.type, Quantity) or None in keys:
        return None
    places = [key for key in keys if key is not None]
    for cell in column.cells:
        operator = _OPPOSITE.get(cell.operator, "") if cell.negated else cell.operator
        other = cell.other
        if not isinstance(other, core.Const) or not isinstance(other.value, Fraction):
            return None
        at = (True, other.value, 0)
        match operator:
            case "<":
                out_from[bisect_left(places, at)] |= cell.bit
            case "<=":
                out_from[bisect_right(places, at)] |= cell.bit
            case ">":
                out_below[bisect_right(places, at)] |= cell.bit
            case ">=":
                out_below[bisect_left(places, at)] |= cell.bit
            case _:
                return None
    ruled_out = [0] * len(places)
    so_far = 0
    for number in range(len(places)):
        so_far |= out_from[number]
        ruled_out[number] |= so_far
    so_far = 0
    for number in reversed(range(len(places))):
        so_far |= out_below[number + 1]
        ruled_out[number] |= so_far
    return [every & ~out for out in ruled_out]


def _place(value: Value) -> tuple[bool, Fraction, int] | None:
    """Where a number, or all between two that are named, stands among them: whether it has a lower
    end, that, and whether it lies above it. None of what is no number."""
    if not isinstance(value, Num):
        return None
    within = range_of(value.poly).range
    if not isinstance(within.lo, Fraction):
        return (False, _ZERO, 0)
    return (True, within.lo, int(within.lo != within.hi))


def add(columns: list[Column], bit: int, condition: core.Expr) -> None:
    """Adds a condition to the column that asks for the same, or as a new one."""
    asked, cell = asks(bit, condition)
    for column in columns:
        if column.asked == asked and column.asked.type == asked.type:
            column.cells.append(cell)
            return
    columns.append(Column(asked, [cell]))


def asks(bit: int, condition: core.Expr) -> tuple[core.Expr, Cell]:
    """What a condition asks for, and how."""
    inner, negated = condition, False
    while isinstance(inner, core.Apply) and OPERATORS[inner.operator].connects is Connects.OPPOSITE:
        inner, negated = inner.operands[0], not negated
    if isinstance(inner, core.Apply) and OPERATORS[inner.operator].connects is None:
        if len(inner.operands) == 2:
            left, right = inner.operands
            turned = OPERATORS[inner.operator].turned
            if turned and _literal(left) is not None and _literal(right) is None:
                return right, Cell(
                    bit=bit, condition=condition, operator=turned, other=left, negated=negated
                )
            return left, Cell(
                bit=bit, condition=condition, operator=inner.operator, other=right, negated=negated
            )
    several = _several(inner)
    if several is not None:
        asked, cell = several
        return asked, replace(cell, bit=bit, condition=condition, negated=negated)
    return inner, Cell(bit=bit, condition=condition, negated=negated)


def _several(condition: core.Expr) -> tuple[core.Expr, Cell] | None:
    """Comparisons of one thing with `or` or `and` between them; None of anything else."""
    if not isinstance(condition, core.Apply):
        return None
    connects = OPERATORS[condition.operator].connects
    if connects not in (Connects.SOME, Connects.EVERY):
        return None
    (asked, first), *rest = (asks(0, part) for part in condition.operands)
    of_one = all(other == asked and other.type == asked.type for other, _ in rest)
    cells = (first, *(cell for _, cell in rest))
    if not of_one or any(not cell.several and cell.other is None for cell in cells):
        return None
    return asked, Cell(bit=0, condition=condition, connects=connects, several=cells)


def _either_way(column: Column, every: int) -> list[list[Part]]:
    """Every condition on a column may hold or not, whatever the others do; but not where its
    opposite is asked for too."""
    asking: dict[tuple[str, core.Expr | None, tuple[Cell, ...]], list[int]] = {}
    for cell in column.cells:
        bits = asking.setdefault((cell.operator, cell.other, cell.several), [0, 0])
        bits[cell.negated] |= cell.bit
    return [
        [Part("", every & ~opposite), Part("", every & ~holds)]
        for holds, opposite in asking.values()
    ]


# ── Values ───────────────────────────────────────────────────────────────────────────────

_ZERO = Fraction(0)


def _number(within: Range) -> Num:
    return Num(unknown(_HERE, within))


def _holds_any(within: Range, step: Fraction | None) -> bool:
    """Is there a number in a range, or a whole number of steps?"""
    if within.empty:
        return False
    low, high = within.lo, within.hi
    if step is None or not (isinstance(low, Fraction) and isinstance(high, Fraction)):
        return True
    first, last = ceil(low / step), floor(high / step)
    first += within.lo_open and first * step == low
    last -= within.hi_open and last * step == high
    return first <= last


def _literal(expr: core.Expr) -> Value | None:
    """The value of a literal, or of a set of literals; None for any other expression."""
    match expr:
        case core.Const(value=bool() as value):
            return truth(value)
        case core.Const(value=Fraction() as value):
            return _number(point(value))
        case core.Const(value=int() as value):
            return Days(value, value)
        case core.Const(value=str() as value):
            return member(value)
        case core.SetExpr(items=items, open=False):
            words = frozenset(_words(expr))
            return known_set(words) if len(words) == len({*items}) else None
        case _:
            return None


def _compared(other: core.Expr | None) -> Value | None:
    """What a cell is compared with; a bar that is no literal stands at zero."""
    if other is None:
        return None
    value = _literal(other)
    return _number(point(_ZERO)) if value is None else value


def _words(expr: core.Expr) -> Iterator[str]:
    items = expr.items if isinstance(expr, core.SetExpr) else (expr,)
    for item in items:
        if isinstance(item, core.Const) and isinstance(item.value, str):
            yield item.value


def _points(
    name: str,
    others: Sequence[core.Expr],
    of: DateType,
    earliest: int | None,
    latest: int | None,
) -> Iterator[tuple[Value, str]]:
    """The points that are named, and those between them, as far as none is before the earliest and
    none after the latest."""
    points = sorted({other.value for other in others if isinstance(other, core.Const)})
    named = [point for point in points if isinstance(point, int)]
    for low, high in pairwise([None, *named, None]):
        if low is not None and (earliest is None or low >= earliest):
            yield Days(low, low), f"{name} = {calendar.write(low, of.grain)}"
        first = earliest if low is None else low + 1
        if first is not None and earliest is not None:
            first = max(first, earliest)
        last = latest if high is None else high - 1
        if first is not None and last is not None and first > last:
            continue
        begin = "" if low is None else calendar.write(low, of.grain)
        end = "" if high is None else calendar.write(high, of.grain)
        if begin and end:
            words = f"{begin} < {name} < {end}"
        elif begin or end:
            words = f"{name} > {begin}" if begin else f"{name} < {end}"
        else:
            words = f"any {name}"
        yield Days(first, last), words
