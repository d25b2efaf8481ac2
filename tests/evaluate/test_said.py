"""How numbers and their units are told in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mlpolicy.core.show import several, show_range, unit_after
from mlpolicy.core.types import Unit, read_unit

_COUNTED = frozenset({"person", "text", "query", "batch", "billed", "series", "GB", "USD"})


def unit(text: str) -> Unit:
    found = read_unit(text, _COUNTED)
    assert isinstance(found, Unit)
    return found


@pytest.mark.parametrize(
    ("number", "text", "told"),
    [
        (1, "person", " person"),
        (0, "person", " persons"),
        (5, "person", " persons"),
        (2, "text/month", " texts/month"),
        (1, "text/month", " text/month"),
        (2, "query", " queries"),
        (2, "batch", " batches"),
        (2, "billed/text", " billed/text"),
        (2, "series", " series"),
        (2, "GB", " GB"),
        (2, "ms", " ms"),
        (2, "%", " %"),
        (2, "USD/month", " USD/month"),
        (2, "number", ""),
    ],
)
def test_a_unit_stands_behind_its_number_as_one_says_it(number: int, text: str, told: str) -> None:
    of = unit(text)
    assert told == unit_after(number * of.scale, of)


def test_what_stands_for_several_stays_as_it_is() -> None:
    for text in ("person", "text/month", "query", "batch", "billed/text", "GB", "ms"):
        assert several(text) == several(several(text))


def test_a_range_takes_the_unit_of_its_end() -> None:
    assert show_range(Fraction(2), Fraction(3), unit("text")) == "2 .. 3 texts"
