"""What is proved of steps and tariffs is so: over generated formulas, number by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core import roots
from mlpolicy.core.numbers import (
    POS,
    Poly,
    Range,
    add,
    const,
    operation,
    range_of,
    scale,
    unknown,
)
from mlpolicy.core.roots import crossings, edges, relaxed, sign_of, substitute
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol
from tests.laws.examples import laws
from tests.laws.test_numbers import at

pytestmark = pytest.mark.slow

X = InputSymbol(PROJECT_PLACE, "x", "")
LINE = Range(Fraction(0), POS)
PRICES = [Fraction(n, 20) for n in (0, 1, 2, 3, 5, 8)]
STEPS = [Fraction(n) for n in (1, 7, 40, 100)]


def amount(rng: Random, depth: int = 2) -> Poly:
    """What some number of requests costs: a price each, in steps, rounded, in tiers, with a
    least amount."""
    x = unknown(X, LINE)
    price = PRICES[rng.randrange(len(PRICES))]
    step = STEPS[rng.randrange(len(STEPS))]
    draw = rng.randrange(7 if depth else 4)
    if draw == 0:
        return scale(x, price)
    if draw == 1:
        return scale(operation("ceil", (x,), (step,)), price)
    if draw == 2:
        return operation("round", (scale(x, price),), (step,))
    if draw == 3:
        return const(Fraction(rng.randrange(200)))
    if draw == 4:
        inner = operation("ceil", (x,), (step,)) if rng.randrange(2) else x
        tiers = (price, Fraction(60), price / 2, Fraction(300), price / 4)
        return operation("charge", (inner,), tiers[: (1, 3, 4, 5)[rng.randrange(4)]])
    if draw == 5:
        return operation("max", (amount(rng, depth - 1), amount(rng, depth - 1)))
    return add(amount(rng, depth - 1), amount(rng, depth - 1))


def difference(seed: int) -> tuple[Random, Poly]:
    rng = Random(seed)
    return rng, add(amount(rng), scale(amount(rng), Fraction(-1)))


def sign(value: Fraction | None) -> int:
    assert value is not None
    return (value > 0) - (value < 0)


def numbers(rng: Random, low: int, high: int) -> list[Fraction]:
    return [Fraction(rng.randrange(low * 4, high * 4 + 1), 4) for _ in range(20)]


@given(st.integers(0, 2**64 - 1))
@laws(150)
def test_a_step_lies_within_its_argument_and_a_rest(seed: int) -> None:
    rng, poly = difference(seed)
    loose = relaxed(poly)
    for x in numbers(rng, 0, 900):
        within = range_of(substitute(loose, {X: const(x)})).range
        value = at(poly, {X: x})
        assert value is not None
        assert within.lo <= value <= within.hi, (poly, x)


@given(st.integers(0, 2**64 - 1))
@laws(150)
def test_a_sign_told_for_a_stretch_is_that_of_each_number_in_it(seed: int) -> None:
    rng, poly = difference(seed)
    low = rng.randrange(1200)
    far = rng.randrange(2)
    within = Range(Fraction(low), POS if far else Fraction(low + rng.randrange(1, 400)))
    told = sign_of(substitute(poly, {X: unknown(X, within)}))
    if told is None:
        return
    high = low + 5000 if far else int(str(within.hi))
    for x in (Fraction(low), *numbers(rng, low, high)):
        assert sign(at(poly, {X: x})) == told, (poly, within, x)


@given(st.integers(0, 2**64 - 1))
@laws(60)
def test_between_two_turns_the_sign_is_one_up_to_infinity(seed: int) -> None:
    """Brute force, where the whole line could be told: nothing turns but where it is said."""
    _, poly = difference(seed)
    found = crossings(poly, X, LINE)
    if not found.whole or found.between:
        return
    turns = sorted({Fraction(0), *found.points})
    for low, high in pairwise((*turns, turns[-1] + 5000)):
        inside = [low + (high - low) * Fraction(k, 7) for k in range(1, 7)]
        signs = {sign(at(poly, {X: x})) for x in inside}
        assert len(signs) == 1, (poly, low, high)


def within_each_other(seed: int) -> Poly:
    """Operations within each other, against a number: the unknown stands in one place alone."""
    rng = Random(seed)
    poly = scale(unknown(X, LINE), PRICES[rng.randrange(1, len(PRICES))])
    for _ in range(rng.randrange(1, 4)):
        step = STEPS[rng.randrange(len(STEPS))]
        match rng.randrange(5):
            case 0 | 1:
                poly = operation(("ceil", "round", "floor")[rng.randrange(3)], (poly,), (step,))
            case 2:
                prices = (Fraction(1, 5), Fraction(60), Fraction(1, 10), Fraction(300), Fraction(2))
                poly = operation("charge", (poly,), prices)
            case 3:
                name = ("max", "min")[rng.randrange(2)]
                poly = operation(name, (poly, const(Fraction(rng.randrange(300)))))
            case _:
                poly = add(poly, scale(poly, Fraction(-1, 3)))
    return add(poly, const(Fraction(-rng.randrange(200), rng.randrange(1, 3))))


def turns_missed(seed: int) -> list[str]:
    """Where the sign of such a formula changes, but for what is told."""
    poly = within_each_other(seed)
    found = crossings(poly, X, LINE)
    if not found.whole or found.between:
        return ["not all could be told"]
    turns = sorted({Fraction(0), *found.points})
    missed: list[str] = []
    for low, high in pairwise((*turns, turns[-1] + 5000)):
        inside = [low + (high - low) * Fraction(k, 20) for k in range(1, 20)]
        if len({sign(at(poly, {X: x})) for x in inside}) > 1:
            missed.append(f"between {low} and {high}")
    for turn in found.points:
        here = sign(at(poly, {X: turn}))
        beside = [turn + Fraction(d, 1000) for d in (-1, 1) if turn + Fraction(d, 1000) >= 0]
        if all(sign(at(poly, {X: x})) == here for x in beside):
            missed.append(f"none at {turn}")
    return missed


@given(st.integers(0, 2**64 - 1))
@laws(150)
def test_operations_within_each_other_turn_where_it_is_said(seed: int) -> None:
    assert not turns_missed(seed), within_each_other(seed)


def a_step_is_where_its_argument_is(monkeypatch: pytest.MonkeyPatch) -> None:
    original = roots._jumping

    def jumping(poly: Poly, key: InputSymbol) -> tuple[Poly, list[Fraction]] | None:
        found = original(poly, key)
        return None if found is None else (found[0], found[1][1:2])

    monkeypatch.setattr(roots, "_jumping", jumping)


def what_is_around_turns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    original = roots._Search._passes

    def passes(self: Any, poly: Poly, points: Iterable[Fraction], piece: Range) -> None:
        original(self, poly, sorted(points)[1:], piece)

    monkeypatch.setattr(roots._Search, "_passes", passes)


@pytest.mark.parametrize("fault", [a_step_is_where_its_argument_is, what_is_around_turns_once])
def test_a_planted_fault_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    assert any(turns_missed(seed) for seed in range(200))


def test_operations_within_each_other_are_solved_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tariff of a least number of started hundreds: their pieces do not multiply."""
    hundreds = operation("ceil", (scale(unknown(X, LINE), Fraction(1, 100)),), (Fraction(1),))
    most = operation("max", (const(Fraction(3)), hundreds))
    tiers = tuple(Fraction(*n) for n in ((1, 10_000), (10**7, 1), (1, 20_000), (5 * 10**7, 1)))
    poly = add(
        operation("charge", (scale(most, Fraction(5)),), (*tiers, Fraction(1, 40_000))),
        const(Fraction(-10_000)),
    )
    looks: list[Range] = []
    look = roots._Search.look

    def counted(self: Any, poly: Poly, piece: Range, depth: int) -> None:
        looks.append(piece)
        look(self, poly, piece, depth)

    monkeypatch.setattr(roots._Search, "look", counted)
    # A budget of 10,000: 330 million hundreds at five each cost just as much.
    assert crossings(poly, X, LINE).points == {Fraction(6_599_999_900), Fraction(6_600_000_000)}
    assert len(looks) < 40  # it was 1,700


def test_from_some_number_on_the_order_is_told_whatever_the_steps() -> None:
    """Steps of 100 at 10 against 0.1001 each: a thousand crossings, and none from 100,000 on."""
    x = unknown(X, LINE)
    steps = scale(operation("ceil", (x,), (Fraction(100),)), Fraction(1, 10))
    poly = add(steps, scale(x, Fraction(-1001, 10000)))
    last = max(edges(poly, X, LINE))
    assert last == 100_000
    assert sign_of(substitute(poly, {X: unknown(X, Range(last, POS, True))})) == -1
    assert sign_of(substitute(poly, {X: unknown(X, Range(Fraction(98_000), POS))})) is None
    assert sign(at(poly, {X: Fraction(98_001)})) == 1
