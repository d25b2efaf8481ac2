"""What is said of a step: margins, reasons, notes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mlpolicy.core.calendar import MINUTE
from mlpolicy.core.numbers import const
from mlpolicy.core.trace import Basis, Step, StepKind, Target
from mlpolicy.core.types import FLAG, PERCENT, DateType, Grain, Quantity, Type, Unit
from mlpolicy.core.values import NO, UNKNOWN, YES, Days, Num, Value
from mlpolicy.explain.margins import margin
from mlpolicy.render import words

PERSON = Unit((("person", 1),), Fraction(1), "person")


def compared(left: Value, right: Value, of: Type) -> Step:
    sides = tuple(Step(kind=StepKind.INPUT, name="x", value=v, type=of) for v in (left, right))
    return Step(kind=StepKind.COMPARE, name="<", value=NO, type=FLAG, children=sides)


@pytest.mark.parametrize(
    ("left", "right", "of", "told"),
    [
        ("88", "85", PERCENT, "3 percentage points above"),
        ("84", "85", PERCENT, "1 percentage point below"),
        ("84.5", "85", PERCENT, "0.5 percentage points below"),
        ("85", "85", PERCENT, "exactly equal"),
        ("1", "5", PERSON, "4 persons below"),
        ("5", "4", PERSON, "1 person above"),
    ],
)
def test_a_margin_says_how_far_and_which_way(left: str, right: str, of: Unit, told: str) -> None:
    sides = [Num(const(Fraction(side) * of.scale)) for side in (left, right)]
    found = margin(compared(sides[0], sides[1], Quantity(of)))
    assert found is not None
    assert found.amount == Fraction(left) - Fraction(right)
    assert words.margin_text(found) == told


@pytest.mark.parametrize(
    ("days", "told"), [(283, "283 days later"), (-1, "1 day earlier"), (0, "exactly equal")]
)
def test_dates_lie_days_apart(days: int, told: str) -> None:
    found = margin(compared(Days(739000 + days, 739000 + days), Days(739000, 739000), DateType()))
    assert found is not None
    assert (found.amount, found.unit.text, words.margin_text(found)) == (days, "day", told)


def test_times_lie_hours_apart() -> None:
    nine, ten = 9 * 60 * MINUTE, 10 * 60 * MINUTE + MINUTE // 2
    for grain in (Grain.TIME, Grain.MOMENT):
        found = margin(compared(Days(nine, nine), Days(ten, ten), DateType(grain)))
        assert found is not None
        assert words.margin_text(found) == "1.008 hours earlier"
        assert found.amount == Fraction(-121, 120)


def test_what_is_not_known_has_no_margin() -> None:
    assert margin(compared(Days(None, None), Days(739000, 739000), DateType())) is None


def test_a_score_is_added_up_though_it_was_shown_before() -> None:
    answers = (("a", YES), ("b", UNKNOWN), ("c", NO))
    score = Step(
        kind=StepKind.SCORE,
        name="ready",
        value=UNKNOWN,
        type=FLAG,
        detail=Target(2, answers),
        again=True,
    )
    told = "1 yes, 1 unknown, 1 no; needs 2; one more of {b, c} would reach it; as above"
    assert words.note(score) == told


def test_what_is_taken_for_granted_says_so_behind_its_basis() -> None:
    own = Step(kind=StepKind.INPUT, name="x", value=YES, type=FLAG, basis=Basis.ABSENT, taken=True)
    assert words.note(own) == "absent, taken so on this path"
