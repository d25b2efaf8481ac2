"""The parts of a page that are worked out: number lines, places in a drawing, stretches of text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.decision import Trace
from mlpolicy.render.html.layered import layered
from mlpolicy.render.html.scale import Scale, hundredths, margins, rounded_up
from mlpolicy.render.html.words import Refs, Span, spans
from tests.profiles import examples


def compared(left: str, operator: str, right: str, truth: str = "yes", note: str = "") -> Trace:
    sides = (Trace("input", "value", left), Trace("threshold", "bar", right))
    return Trace("compare", operator, truth, f"value {operator} bar", note, children=sides)


def scale(left: str, operator: str, right: str) -> Scale:
    (margin,) = margins([compared(left, operator, right)])
    assert margin.scale is not None
    return margin.scale


def test_a_part_of_a_hundred_stands_on_a_line_from_0_to_100() -> None:
    line = scale("88 %", ">=", "85 %")
    assert (line.first, line.last) == ("0 %", "100 %")
    assert line.value is not None
    assert (line.value.start, line.bar.start) == ("88%", "85%")
    assert line.holds is not None
    assert (line.holds.start, line.holds.end) == ("85%", "100%")


def test_money_stands_on_a_line_that_ends_at_a_round_number() -> None:
    line = scale("50.00 USD/month", ">=", "10,000.00 USD/month")
    assert (line.first, line.last) == ("0 USD/month", "12,000 USD/month")
    assert line.bar.start == "83.33%"


def test_a_range_is_a_band_and_an_open_end_goes_on() -> None:
    line = scale("5 .. 7 ms", "<", "10 ms")
    assert line.value is not None
    assert not line.value.point
    open_ = scale("at least 5 ms", "<", "10 ms").value
    assert open_ is not None
    assert open_.open_end
    assert open_.end == "100%"


def test_unlimited_lies_past_the_end() -> None:
    value = scale("unlimited", "<", "100 ms").value
    assert value is not None
    assert (value.start, value.open_end) == ("100%", True)


def test_what_is_unknown_has_no_place_on_the_line() -> None:
    assert scale("unknown", "<", "100 ms").value is None


@pytest.mark.parametrize("shown", ["2026-11-22", "yes", "{en, de}", "one of a, b"])
def test_what_is_no_number_is_not_measured(shown: str) -> None:
    assert margins([compared(shown, "<", shown)]) == []


def test_other_units_are_told_but_not_drawn() -> None:
    (margin,) = margins([compared("5 ms", "<", "1 second")])
    assert margin.scale is None


def test_a_bar_on_the_left_is_still_the_bar() -> None:
    sides = (Trace("threshold", "bar", "10 ms"), Trace("input", "value", "5 ms"))
    turned = Trace("compare", "<", "no", "bar < value", "5 ms above", children=sides)
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
            apart = abs(x - to_x) >= (widths[name] + widths[other]) / 2 - 1
            assert apart or abs(y - to_y) >= height
    assert set(layout.arrows) == set(arrows)
    for (source, target), points in layout.arrows.items():
        assert (points[0], points[-1]) == (layout.boxes[source], layout.boxes[target])
        heights = [y for _, y in points]
        assert heights == sorted(heights)
        assert heights[0] < heights[-1]


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
