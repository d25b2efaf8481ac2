"""Which numbers an expression may come to, whatever is stated; and which values lie outside.

A number that a policy writes beside one that a manifest states is reported where no manifest can
state such a one: an assumption outside of its input's range, a bar that nothing reaches or that
everything reaches. Ranges follow from the schema and from what is declared. Where these do not
tell, a number may be any, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.numbers import EVERYTHING, NEG, POS, Infinite, Range, point, range_of, unknown
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Given, Turns
from mlpolicy.core.show import show_range
from mlpolicy.core.symbols import PROJECT_PLACE, FieldSymbol
from mlpolicy.core.types import PERCENT, Quantity, RowType, Type, Unit
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, Truth
from mlpolicy.core.visit import walk_whole
from mlpolicy.diagnostics import Label
from mlpolicy.soundness.findings import Findings
from mlpolicy.source import Origin

#: How far ranges are looked for through definitions.
_DEPTH = 20


@node
class Number:
    """A number that the policy writes: what it may be, and where. `bar` is the bar in one of whose
    lines it stands, `excepts` where it is what an exception says instead."""

    range: Range
    origin: Origin
    bar: str = ""
    excepts: bool = False


class Ranges:
    """The ranges of expressions, from the schema and from what is declared."""

    def __init__(self, program: core.Program) -> None:
        self.program = program
        self._defines: dict[str, Range] = {}

    def of(self, expr: core.Expr, depth: int = 0) -> Range:
        """A range, in base units, in which every number lies that the expression may come to."""
        if depth > _DEPTH:
            return EVERYTHING
        match expr:
            case core.Const(value=Fraction() as value):
                return point(value)
            case core.BetweenExpr(low=low, high=high):
                most = POS if high is None else self.of(high, depth + 1).hi
                return Range(self.of(low, depth + 1).lo, most)
            case core.InputRef(name=name):
                return self._input(self.program.inputs[name])
            case core.BarRef():
                return _hull(number.range for number in self.numbers(expr))
            case core.ColumnRef(row=row, column=column):
                return self._column(row, column, depth)
            case core.DefRef(name=name) if name in self.program.defines:
                return self._define(self.program.defines[name], depth)
            case core.ConvertExpr(operand=operand, factor=factor):
                inner = self.of(operand, depth + 1)
                return _operated("*", (operand.type, operand.type), (inner, point(factor)))
            case core.Choose(cases=cases, otherwise=core.Typed() as otherwise):
                values = (*(case.value for case in cases), otherwise)
                return _hull(self.of(value, depth + 1) for value in values)
            case core.Apply(operator=operator, operands=operands) if _counts(expr):
                types = tuple(operand.type for operand in operands)
                inner_ranges = tuple(self.of(operand, depth + 1) for operand in operands)
                return _operated(operator, types, inner_ranges, expr.constants)
            case _:
                return EVERYTHING

    def _input(self, declared: core.Input) -> Range:
        unlimited = declared.absent is not None and declared.absent.unlimited
        low = NEG if declared.low is None else declared.low
        high = POS if declared.high is None or unlimited else declared.high
        return Range(low, high, declared.low_open)

    def _column(self, row: core.Expr, column: str, depth: int) -> Range:
        assert isinstance(row.type, RowType)
        table = row.type.table
        if table in self.program.records:
            found = self.program.records[table].columns.get(column)
            if found is None:
                return EVERYTHING
            low = NEG if found.low is None else found.low
            return Range(low, POS if found.high is None else found.high, found.low_open)
        catalog = self.program.catalogs.get(table)
        if catalog is None or catalog.override is not None:
            return EVERYTHING
        cells = [each.cells.get(column) for each in catalog.rows]
        return _hull(EVERYTHING if c is None else self.of(c, depth + 1) for c in cells)

    def _define(self, declared: core.Define, depth: int) -> Range:
        if declared.name not in self._defines:
            values = (declared.body, *(each.value for each in declared.exceptions))
            self._defines[declared.name] = _hull(self.of(value, depth + 1) for value in values)
        return self._defines[declared.name]

    def numbers(self, expr: core.Expr) -> Iterator[Number]:
        """The numbers that the policy writes for an expression: a literal, or all lines of a bar
        with what its exceptions say instead."""
        match expr:
            case core.Const(value=Fraction()) | core.BetweenExpr():
                yield Number(self.of(expr), expr.origin)
            case core.BarRef(name=name):
                bar = self.program.bars[name]
                for line in bar.lines:
                    yield Number(self.of(line.value), line.value.origin, name)
                for exception in bar.exceptions:
                    value = exception.value
                    yield Number(self.of(value), value.origin, name, excepts=True)
            case core.Choose(cases=cases, otherwise=otherwise) if not expr.strategy.gathers:
                for case in cases:
                    yield from self.numbers(case.value)
                if otherwise is not None:
                    yield from self.numbers(otherwise)
            case core.DefRef(name=name, key=None, row=None) if name in self.program.defines:
                declared = self.program.defines[name]
                yield from self.numbers(declared.body)
                for exception in declared.exceptions:
                    yield from self.numbers(exception.value)
            case _:
                pass


def out_of_range(program: core.Program, ranges: Ranges, findings: Findings) -> None:
    """Reports the numbers of a policy that lie outside of what they stand for, or outside of what
    they are compared with, and those that nothing or everything reaches."""
    _assumptions(program, ranges, findings)
    for comparison in _comparisons(program):
        left, right = comparison.operands
        turned = OPERATORS[comparison.operator].turned or comparison.operator
        for number in ranges.numbers(right):
            _compared(comparison, left, number, comparison.operator, ranges, findings)
        for number in ranges.numbers(left):
            _compared(comparison, right, number, turned, ranges, findings)


def _assumptions(program: core.Program, ranges: Ranges, findings: Findings) -> None:
    """What absence means is a value that could have been stated."""
    meant: list[tuple[str, Type, Range, core.Absent, Origin]] = []
    for name, declared in program.inputs.items():
        if declared.absent is not None:
            within = Range(
                NEG if declared.low is None else declared.low,
                POS if declared.high is None else declared.high,
                declared.low_open,
            )
            meant.append((name, declared.type, within, declared.absent, declared.origin))
    for records in program.records.values():
        for column, absent in records.absent.items():
            of = records.columns.get(column)
            if of is not None:
                low = NEG if of.low is None else of.low
                within = Range(low, POS if of.high is None else of.high, of.low_open)
                meant.append((column, of.type, within, absent, records.origin))
    for name, type, within, absent, origin in meant:
        if absent.value is None or not isinstance(type, Quantity):
            continue
        shown = _words(within, type.unit)
        for number in ranges.numbers(absent.value):
            if _inside(number.range, within):
                continue
            message = f"`{number.origin.text}` is out of range: `{name}`, where it is absent, "
            message += f"means this, and `{name}` is {shown}"
            label = (Label(origin, f"`{name}` is declared here"),)
            help = f"write a value of {shown}"
            findings.error("MLP0425", message, number.origin, help, label)


def _compared(
    comparison: core.Apply,
    other: core.Expr,
    number: Number,
    operator: str,
    ranges: Ranges,
    findings: Findings,
) -> None:
    """`other OPERATOR number`, as it stands in a policy one way or the other."""
    within = ranges.of(other)
    if within.is_point or within == EVERYTHING or not isinstance(other.type, Quantity):
        return
    place, written = number.origin, number.origin.text
    if place in findings.told:
        return
    verdict = _operated_truth(operator, other, within, number)
    outside = not _inside(number.range, within)
    if verdict is UNKNOWN or (verdict is YES and number.excepts and not outside):
        return
    shown = _words(within, other.type.unit)
    labels = (Label(comparison.origin, "compared here"),) if number.bar else ()
    help = f"compare with a value of {shown}, or take the comparison out"
    findings.told |= {place, comparison.origin}
    if outside and (number.bar or verdict is NO):
        message = f"`{written}` is out of range: `{other.origin.text}` is {shown}"
        findings.error("MLP0425", message, place, help, labels)
    elif verdict is NO:
        message = f"no `{other.origin.text}` is `{operator} {written}`: it is {shown}"
        findings.error("MLP0426", message, place, help, labels)
    else:
        message = f"every `{other.origin.text}` is `{operator} {written}`: it is {shown}"
        findings.warning("MLP0426", message, place, help, labels)


def small_shares(program: core.Program, ranges: Ranges, findings: Findings) -> None:
    """Reports bars in percent that must be reached and are below one percent: nearly everything
    reaches them, and most were meant as fractions."""
    told: set[Origin] = set()
    for comparison in _comparisons(program):
        left, right = comparison.operands
        operator = comparison.operator
        sides = ((right, operator), (left, OPERATORS[operator].turned or operator))
        for side, written in sides:
            if written != ">=":
                continue
            for number in _meant(side, ranges):
                share = number.range
                place = number.origin
                if number.bar == "" or place in told or not share.is_point:
                    continue
                if not (isinstance(side.type, Quantity) and side.type.unit == PERCENT):
                    continue
                assert isinstance(share.lo, Fraction)
                if 0 < share.lo < PERCENT.scale:
                    told.add(place)
                    whole = show_range(share.lo / PERCENT.scale, share.lo / PERCENT.scale, PERCENT)
                    message = f"`{place.text}` is less than one in a hundred, and is to be reached"
                    help = f"write `{whole}` if that is meant: a share is written in percent here"
                    findings.warning("MLP0427", message, place, help)


def _meant(side: core.Expr, ranges: Ranges) -> Iterator[Number]:
    """The numbers that the policy writes for one side of a comparison, or assumes for an input."""
    if isinstance(side, core.InputRef):
        absent = ranges.program.inputs[side.name].absent
        if absent is not None and absent.value is not None:
            yield from ranges.numbers(absent.value)
        return
    yield from ranges.numbers(side)


def _comparisons(program: core.Program) -> Iterator[core.Apply]:
    """The comparisons of two numbers in a policy, in the order of its declarations."""
    for found in walk_whole(program):
        if isinstance(found, core.Apply):
            shape = OPERATORS[found.operator].shape([each.type for each in found.operands])
            if shape is not None and shape.turns is Turns.DIFFERENCE:
                yield found


def _counts(expr: core.Apply) -> bool:
    """Is it an operation on numbers that gives a number?"""
    of_numbers = all(isinstance(operand.type, Quantity) for operand in expr.operands)
    return of_numbers and isinstance(expr.type, Quantity)


def _operated(
    operator: str,
    types: Sequence[Type],
    operands: Sequence[Range],
    constants: Sequence[Fraction] = (),
) -> Range:
    values = [
        Num(unknown(FieldSymbol(PROJECT_PLACE, (), str(i)), within))
        for i, within in enumerate(operands)
    ]
    try:
        found = OPERATORS[operator].apply(Given(types, constants), *values)
    except ZeroDivisionError:
        return EVERYTHING
    if isinstance(found, Range):
        return found
    return range_of(found.poly).range if isinstance(found, Num) else EVERYTHING


def _operated_truth(operator: str, other: core.Expr, within: Range, number: Number) -> Truth:
    sides = (within, number.range)
    values = [
        Num(unknown(FieldSymbol(PROJECT_PLACE, (), str(i)), each)) for i, each in enumerate(sides)
    ]
    found = OPERATORS[operator].apply(Given((other.type, other.type)), *values)
    assert isinstance(found, Truth)
    return found


def _words(within: Range, unit: Unit) -> str:
    if within.lo == 0 and isinstance(within.hi, Infinite):
        return "0 or more"
    return show_range(within.lo, within.hi, unit)


def _hull(ranges: Iterable[Range]) -> Range:
    whole: Range | None = None
    for each in ranges:
        whole = each if whole is None else whole.hull(each)
    return EVERYTHING if whole is None else whole


def _inside(one: Range, other: Range) -> bool:
    """Does some of a range lie in another, whose ends count?"""
    return not one.meet(Range(other.lo, other.hi)).empty
