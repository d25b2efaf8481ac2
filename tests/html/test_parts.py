"""The parts of a page that are worked out: number lines, places in a drawing, stretches of text."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.numbers import NEG, POS, Range, const, unknown
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.types import FLAG, DateType, EnumType, Quantity, SetOf, Type, Unit, read_unit
from mlpolicy.core.values import (
    NO,
    YES,
    Days,
    Members,
    Num,
    Truth,
    Unlimited,
    Value,
    known_set,
    truth,
)
from mlpolicy.render.html.layered import layered
from mlpolicy.render.html.scale import Scale, hundredths, margins, rounded_up
from mlpolicy.render.html.words import Refs, Span, spans
from tests.profiles import examples

Typed = tuple[Value, Type]


def quantity(low: int | None, unit: str, high: int | None = None, *, point: bool = True) -> Typed:
    """A number, or (not `point`) a range with an open end where None stands."""
    of = read_unit(unit, frozenset({"USD"}))
    assert isinstance(of, Unit)
    if point:
        assert low is not None
        return Num(const(low * of.scale)), Quantity(of)
    ends = (NEG if low is None else low * of.scale, POS if high is None else high * of.scale)
    return Num(unknown(InputSymbol(PROJECT_PLACE, "x", ""), Range(*ends))), Quantity(of)


def step(kind: StepKind, name: str, side: Typed) -> Step:
    value, of = side
    return Step(kind=kind, name=name, value=value, type=of)


def compared(left: Typed, operator: str, right: Typed, met: Truth = YES) -> Step:
    sides = (step(StepKind.INPUT, "value", left), step(StepKind.THRESHOLD, "bar", right))
    text = f"value {operator} bar"
    return Step(
        kind=StepKind.COMPARE, name=operator, value=met, type=FLAG, text=text, children=sides
    )


def scale(left: Typed, operator: str, right: Typed) -> Scale:
    (margin,) = margins([compared(left, operator, right)])
    assert margin.scale is not None
    return margin.scale


def test_a_part_of_a_hundred_stands_on_a_line_from_0_to_100() -> None:
    line = scale(quantity(88, "%"), ">=", quantity(85, "%"))
    assert (line.first, line.last) == ("0 %", "100 %")
    assert line.value is not None
    assert (line.value.start, line.bar.start) == ("88%", "85%")
    assert line.holds is not None
    assert (line.holds.start, line.holds.end) == ("85%", "100%")


def test_money_stands_on_a_line_that_ends_at_a_round_number() -> None:
    line = scale(quantity(50, "USD/month"), ">=", quantity(10000, "USD/month"))
    assert (line.first, line.last) == ("0 USD/month", "12,000 USD/month")
    assert line.bar.start == "83.33%"


def test_a_range_is_a_band_and_an_open_end_goes_on() -> None:
    line = scale(quantity(5, "ms", 7, point=False), "<", quantity(10, "ms"))
    assert line.value is not None
    assert not line.value.point
    open_ = scale(quantity(5, "ms", point=False), "<", quantity(10, "ms")).value
    assert open_ is not None
    assert open_.open_end
    assert open_.end == "100%"


def test_unlimited_lies_past_the_end() -> None:
    value = scale((Unlimited(), quantity(1, "ms")[1]), "<", quantity(100, "ms")).value
    assert value is not None
    assert (value.start, value.open_end) == ("100%", True)


def test_what_is_unknown_has_no_place_on_the_line() -> None:
    assert scale(quantity(None, "ms", point=False), "<", quantity(100, "ms")).value is None


LEVELS = EnumType("level", ("a", "b"))


@pytest.mark.parametrize(
    "side",
    [
        (Days(738000, 738000), DateType()),
        (truth(True), FLAG),
        (known_set(frozenset({"a"})), SetOf(LEVELS)),
        (Members(frozenset({"a", "b"})), LEVELS),
    ],
)
def test_what_is_no_number_is_not_measured(side: Typed) -> None:
    assert margins([compared(side, "<", side)]) == []


def test_other_units_are_told_but_not_drawn() -> None:
    (margin,) = margins([compared(quantity(5, "ms"), "<", quantity(1, "second"))])
    assert margin.scale is None


def test_a_bar_on_the_left_is_still_the_bar() -> None:
    turned = Step(
        kind=StepKind.COMPARE,
        name="<",
        value=NO,
        type=FLAG,
        text="bar < value",
        children=(
            step(StepKind.THRESHOLD, "bar", quantity(10, "ms")),
            step(StepKind.INPUT, "value", quantity(5, "ms")),
        ),
    )
    (margin,) = margins([turned])
    assert (margin.value.name, margin.must_be, margin.bar.name) == ("value", "above", "bar")
    assert margin.margin == "5 ms below"


@given(st.fractions(min_value=Fraction(1, 10**6), max_value=10**12))
def test_a_round_number_is_not_less_and_less_than_three_times_it(number: Fraction) -> None:
    assert number <= rounded_up(number) <= 3 * number


@given(st.fractions(min_value=-2, max_value=3))
def test_a_part_of_the_whole_stays_within_it(part: Fraction) -> None:
    text = hundredths(part)
    assert text.endswith("%")
    assert 0 <= Fraction(text[:-1]) <= 100
    if 0 <= part <= 1:
        assert abs(Fraction(text[:-1]) / 100 - part) <= Fraction(1, 20000)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Names with widths, and arrows without a circle; each name is reached from the first."""
    number = draw(st.integers(2, 14))
    arrows = {(draw(st.integers(0, i - 1)), i) for i in range(1, number)}
    for _ in range(draw(st.integers(0, 10))):
        target = draw(st.integers(1, number - 1))
        arrows.add((draw(st.integers(0, target - 1)), target))
    widths = {f"n{i}": 2 * draw(st.integers(20, 120)) for i in range(number)}
    return widths, [(f"n{a}", f"n{b}") for a, b in sorted(arrows)]


@examples(60)
@given(drawings())
def test_boxes_never_lie_on_each_other_and_arrows_go_down(
    drawing: tuple[dict[str, int], list[tuple[str, str]]],
) -> None:
    widths, arrows = drawing
    height = 34
    layout = layered(widths, arrows, height)
    assert layout == layered(widths, arrows, height)
    boxes = list(layout.boxes.items())
    for number, (name, (x, y)) in enumerate(boxes):
        assert x - widths[name] / 2 + 1 >= 0
        assert x + widths[name] / 2 <= layout.width + 1
        assert height / 2 <= y <= layout.height - height / 2
        for other, (to_x, to_y) in boxes[:number]:
            apart = abs(x - to_x) >= (widths[name] + widths[other]) / 2
            assert apart or abs(y - to_y) >= height
    assert set(layout.arrows) == set(arrows)
    for (source, target), points in layout.arrows.items():
        assert (points[0], points[-1]) == (layout.boxes[source], layout.boxes[target])
        heights = [y for _, y in points]
        assert heights == sorted(heights)
        assert heights[0] < heights[-1]
        assert all(0 <= x <= layout.width for x, _ in points)


@examples(60)
@given(drawings())
def test_arrows_run_beside_boxes(drawing: tuple[dict[str, int], list[tuple[str, str]]]) -> None:
    """An arrow goes sideways only between the layers; through a layer it goes straight down."""
    widths, arrows = drawing
    height = 34
    layout = layered(widths, arrows, height)
    for points in layout.arrows.values():
        (first_x, first_y), *between, (last_x, last_y) = points
        line = [(first_x, first_y + height // 2), *between, (last_x, last_y - height // 2)]
        for (x, y), (to_x, to_y) in pairwise(line):
            for name, (middle, row) in layout.boxes.items():
                level = y < row + height // 2 and row - height // 2 < to_y
                beside = x == to_x and abs(x - middle) >= widths[name] / 2 + 5
                assert beside or not level


def test_nine_boxes_that_once_lay_on_each_other_stand_apart() -> None:
    ways = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 3), (1, 6), (3, 4), (3, 7), (3, 8)]
    layout = layered({str(i): 40 for i in range(9)}, [(str(a), str(b)) for a, b in ways], 34)
    assert len(set(layout.boxes.values())) == 9
    for x, y in layout.boxes.values():
        assert all(abs(x - a) >= 40 for a, b in layout.boxes.values() if b == y and a != x)


def test_marks_become_looks_and_the_text_stays() -> None:
    marked = "a \x01d(b \x01bc\x02 d)\x02 e"
    assert spans(marked) == (
        Span("a ", ""),
        Span("(b ", "quiet"),
        Span("c", "strong"),
        Span(" d)", "quiet"),
        Span(" e", ""),
    )


def test_clauses_are_listed_in_the_order_of_their_source() -> None:
    refs = Refs({f"g#G2.{number}": str(number) for number in (10, 9, 1)}, "c1")
    refs(["g#G2.10", "g#G2.1", "g#G2.9", "other#1"])
    assert [text for _, text in refs.cited()] == ["1", "9", "10"]
    (unknown,) = refs(["other#1"])
    assert unknown.anchor == ""
