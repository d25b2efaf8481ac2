"""A break-even is where it is said to be: every number around it, one by one, against arithmetic
of our own; with steps, minimums, tariffs, several crossings, and none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import ceil

import pytest

from mlpolicy.changes.breakeven import EQUAL, Pair, break_even, number_field
from mlpolicy.core.facts import Estimate
from tests.changes.test_change_laws import SCHEMA
from tests.laws.examples import program_of
from tests.laws.manifests import Manifest, Plain, document
from tests.paths import path

HEAD = """\
policy laws 1.0.0 effective 2026-01-01
manifest MLProject schema "laws.schema.json" of project, workload in workloads
source guide = "sources/guide.yaml"
unit request, person
currency USD
outcome tier : none < service < platform < custom
input volume : request/month in 0 request/month .. from workload.per_month
input horizon : month from project.budget.horizon_months
input fixed(tier) : USD/month in 0 USD/month .. from workload.costs.{tier}.monthly_usd
input dev(tier) : USD in 0 USD .. from workload.costs.{tier}.dev_usd
decision tree choose : tier
  if volume > 5 request/month
    yes: service ref guide#C1
    no: none ref guide#C1
cost total(tier) : USD over horizon = monthly(tier) * horizon ref guide#C1
"""
Money = Callable[[int], Fraction]


def monthly(service: str, platform: str) -> str:
    return f"""\
define monthly(tier) : USD/month
  when tier is service  : {service} ref guide#C1
  when tier is platform : {platform} ref guide#C1
  otherwise : 1 USD/month ref guide#C1
"""


def usd(text: str) -> Fraction:
    return Fraction(text)


def cents(amount: Fraction) -> Fraction:
    return Fraction((amount * 100 + Fraction(1, 2)).__floor__(), 100)


#: The two formulas in the policy's words, and the same in Python; the numbers to go through.
CASES: dict[str, tuple[str, str, Money, Money, range]] = {
    "two lines that cross at a whole number": (
        "0.1 USD/request * volume",
        "fixed(tier)",  # 1000 USD/month
        lambda v: usd("0.1") * v,
        lambda v: usd("1000"),
        range(9_990, 10_010),
    ),
    "two lines that cross at a fraction": (
        "0.3 USD/request * volume",
        "0.1 USD/request * volume + 25.5 USD/month",
        lambda v: usd("0.3") * v,
        lambda v: usd("0.1") * v + usd("25.5"),
        range(120, 135),
    ),
    "the guide's size: far out, and exact": (
        "0.000025 USD/request * volume",
        "0.000005 USD/request * volume + 1167.16 USD/month",
        lambda v: usd("0.000025") * v,
        lambda v: usd("0.000005") * v + usd("1167.16"),
        range(58_357_995, 58_358_006),
    ),
    "a step": (
        "10 USD/month * ceil(volume / 100 request/month)",
        "fixed(tier)",  # 45 USD/month
        lambda v: Fraction(10 * ceil(Fraction(v, 100))),
        lambda v: usd("45"),
        range(700),
    ),
    "equal over a whole step": (
        "10 USD/month * ceil(volume / 100 request/month)",
        "fixed(tier)",  # 30 USD/month
        lambda v: Fraction(10 * ceil(Fraction(v, 100))),
        lambda v: usd("30"),
        range(500),
    ),
    "steps against a line, back and forth": (
        "10 USD/month * ceil(volume / 100 request/month)",
        "0.11 USD/request * volume",
        lambda v: Fraction(10 * ceil(Fraction(v, 100))),
        lambda v: usd("0.11") * v,
        range(1_300),
    ),
    "steps of two sizes": (
        "7 USD/month * ceil(volume / 60 request/month)",
        "11 USD/month * ceil(volume / 100 request/month) + 5 USD/month",
        lambda v: Fraction(7 * ceil(Fraction(v, 60))),
        lambda v: Fraction(11 * ceil(Fraction(v, 100)) + 5),
        range(900),
    ),
    "a least amount that is billed": (
        "max(5 USD/month, 0.02 USD/request * volume)",
        "fixed(tier)",  # 8 USD/month
        lambda v: max(usd("5"), usd("0.02") * v),
        lambda v: usd("8"),
        range(600),
    ),
    "the guide's own first year: 142.5 million texts a month": (
        "12 * 0.0001 USD/request * volume + 5000 USD/month",
        "12 * (500 USD/month + 10000 USD/month) + 50000 USD/month",
        lambda v: 12 * usd("0.0001") * v + 5000,
        lambda v: Fraction(12 * (500 + 10000) + 50000),
        range(142_499_990, 142_500_010),
    ),
    "steps against a steeper line": (
        "0.05 USD/request * 100 request/month * ceil(volume / 100 request/month) + 20 USD/month",
        "0.06 USD/request * volume",
        lambda v: usd("0.05") * 100 * ceil(Fraction(v, 100)) + 20,
        lambda v: usd("0.06") * v,
        range(3_000),
    ),
    "steps, a minimum and a line": (
        "max(10 USD/month * ceil(volume / 100 request/month), 500 USD/month) "
        "+ 0.001 USD/request * volume",
        "0.1 USD/request * volume + 11 USD/month",
        lambda v: max(Fraction(10 * ceil(Fraction(v, 100))), usd("500")) + usd("0.001") * v,
        lambda v: usd("0.1") * v + 11,
        range(4_000, 12_000, 3),
    ),
    "rounded to the cent": (
        "round(0.0187 USD/request * volume, 0.01 USD/month)",
        "0.018 USD/request * volume + 0.137 USD/month",
        lambda v: cents(usd("0.0187") * v),
        lambda v: usd("0.018") * v + usd("0.137"),
        range(400),
    ),
    "never": (
        "0.01 USD/request * volume",
        "0.01 USD/request * volume + 1 USD/month",
        lambda v: usd("0.01") * v,
        lambda v: usd("0.01") * v + 1,
        range(50),
    ),
}


def pair(declarations: str, fixed: Fraction) -> Pair:
    program = program_of([HEAD + declarations])
    costs: dict[str, Plain] = {"platform": {"monthly_usd": fixed}}
    workload: dict[str, Plain] = {
        "name": "w",
        "task": "ta",
        "per_month": Fraction(7),
        "costs": costs,
    }
    manifest = Manifest({"budget": {"horizon_months": Fraction(3)}}, [workload])
    of = document(manifest)
    editable = number_field(program, of, SCHEMA, "w", path("workload.per_month"))
    assert editable is not None
    outcomes = ("service", "platform")
    on = date(2026, 6, 1)
    (found,) = break_even(program, of, editable, "w", as_of=on, between=outcomes).pairs
    stated = break_even(program, of, editable, "w", as_of=on).pairs
    assert [p for p in stated if (p.first, p.second) == outcomes] in ([found], [])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_each_number_is_on_the_side_that_is_told(name: str) -> None:
    service, platform, first, second, numbers = CASES[name]
    told = pair(monthly(service, platform), second(0))
    assert told.needs == ()
    for low, high in zip(told.sides, told.sides[1:], strict=False):
        assert low.high + 1 == high.low, "without gap, and nothing twice"
    assert told.sides[0].low == 0
    assert told.sides[-1].high >= 10**12
    for number in numbers:
        side = next(s for s in told.sides if s.low <= number <= s.high)
        if side.cheaper is None:
            continue
        a, b = first(number), second(number)
        assert side.cheaper == ("service" if a < b else "platform" if b < a else EQUAL), number
        assert (number in told.even) <= (a == b)
    assert all(side.cheaper is not None for side in told.sides), "up to the greatest number"


def test_a_crossing_between_two_whole_numbers_is_told_as_the_fraction() -> None:
    service, platform, *_ = CASES["two lines that cross at a fraction"]
    told = pair(monthly(service, platform), Fraction(0))
    assert [(s.cheaper, s.low, s.high) for s in told.sides[:1]] == [("service", 0, 127)]
    assert told.even == (Fraction("127.5"),)


def test_where_it_always_is_cheaper_it_says_so() -> None:
    service, platform, *_ = CASES["never"]
    assert [side.cheaper for side in pair(monthly(service, platform), Fraction(0)).sides] == [
        "service"
    ]


def test_what_else_is_unknown_is_named_and_what_is_sure_all_the_same_is_told() -> None:
    told = pair(
        monthly("0.01 USD/request * volume + dev(tier) / 1 month", "fixed(tier)"), Fraction(8)
    )
    assert [side.cheaper for side in told.sides] == [None, "platform"]
    assert told.sides[1].low > 800, "whatever development costs, it costs no less than nothing"
    assert told.even == ()


@pytest.mark.slow
def test_steps_that_cross_a_line_too_often_are_told_at_both_ends() -> None:
    """Of a thousand crossings the first are told, and from where on it is always so: proved with
    the step as its argument and a rest, and here tried just there."""
    told = pair(
        monthly("10 USD/month * ceil(volume / 100 request/month)", "0.1001 USD/request * volume"),
        Fraction(0),
    )
    *_, untold, last = told.sides
    assert untold.cheaper is None
    assert (last.cheaper, last.low) == ("service", 100_000)
    for number in (*range(100_000, 100_300), 10**9 + 1, 10**12 + 7):
        assert 10 * ceil(Fraction(number, 100)) < usd("0.1001") * number
    for number in range(99_001, 99_900):
        assert untold.low <= number <= untold.high
    for side in told.sides[:-2]:
        for number in {side.low, side.high}:
            a, b = Fraction(10 * ceil(number / 100)), usd("0.1001") * number
            assert side.cheaper == ("service" if a < b else "platform" if b < a else EQUAL)


def test_what_hangs_on_an_estimate_is_told_outside_of_it() -> None:
    """The other unknown is a range: both ends of it are tried, and between them it is named."""
    declared = monthly("0.01 USD/request * volume + dev(tier) / 1 month", "fixed(tier)")
    program = program_of([HEAD + declared])
    costs: dict[str, Plain] = {
        "service": {"dev_usd": Estimate(Fraction(100), Fraction(300))},
        "platform": {"monthly_usd": Fraction(1000)},
    }
    workload: dict[str, Plain] = {
        "name": "w",
        "task": "ta",
        "per_month": Fraction(7),
        "costs": costs,
    }
    of = document(Manifest({"budget": {"horizon_months": Fraction(3)}}, [workload]))
    editable = number_field(program, of, SCHEMA, "w", path("workload.per_month"))
    assert editable is not None
    (found,) = break_even(
        program, of, editable, "w", as_of=date(2026, 6, 1), between=("service", "platform")
    ).pairs
    assert [(s.cheaper, s.low, s.high) for s in found.sides[:2]] == [
        ("service", 0, 69_999),
        (None, 70_000, 90_000),
    ]
    assert found.sides[2].cheaper == "platform"
    assert found.needs == (path("workload.costs.service.dev_usd"),)
