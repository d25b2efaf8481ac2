"""Ranges against brute force: whatever the unknowns turn out to be, the number lies inside,
and what is not marked `wider` is as tight as can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import reduce
from random import Random

import pytest
from hypothesis import given, note

from mlpolicy.core import numbers
from mlpolicy.core.numbers import (
    NEG,
    POS,
    Atom,
    Infinite,
    Poly,
    Range,
    add,
    bases,
    const,
    mul,
    operation,
    range_of,
    scale,
    sub,
    unknown,
    within,
)
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Given
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol, Symbol
from mlpolicy.core.types import Quantity, Unit
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, Value
from tests.laws.examples import DRAWS, laws

NUMBER = Quantity(Unit((), Fraction(1), ""))
X, Y, Z = (InputSymbol(PROJECT_PLACE, name, "") for name in "xyz")
#: How far sampling goes where an end is open.
FAR = Fraction(10**6)
FEW = [Fraction(v) for v in (-3, -1, 0, 1, 2, 5)] + [Fraction(1, 3), Fraction(-5, 2)]
TIERS = (
    (Fraction(1), Fraction(10), Fraction(1, 2)),
    (Fraction(0), Fraction(2), Fraction(3), Fraction(4), Fraction(1, 10)),
)


def compared(operator: str, left: Num, right: Num) -> Value | Range:
    return OPERATORS[operator].apply(Given((NUMBER, NUMBER)), left, right)


def draw_range(rng: Random) -> Range:
    kind = rng.randrange(6)
    low, high = sorted((FEW[rng.randrange(len(FEW))], FEW[rng.randrange(len(FEW))]))
    if low == high:
        high += 1
    if kind == 0:
        return Range(low, POS)
    if kind == 1:
        return Range(NEG, high)
    if kind == 2:
        return Range(low, POS, True)
    if kind == 3:
        return Range(low, high, True, rng.randrange(2) == 1)
    return Range(low, high)


def draw_number(rng: Random, ranges: Mapping[Symbol, Range], depth: int) -> Poly:
    """A formula over the unknowns, made with the very operations the evaluator uses."""
    draw = rng.randrange(11 if depth > 0 else 3)
    symbols = list(ranges)

    def deeper() -> Poly:
        return draw_number(rng, ranges, depth - 1)

    if draw == 0:
        return const(FEW[rng.randrange(len(FEW))])
    if draw <= 2:
        symbol = symbols[rng.randrange(len(symbols))]
        return unknown(symbol, ranges[symbol])
    if draw <= 4:
        return (add, sub)[draw - 3](deeper(), deeper())
    if draw <= 6:
        return mul(deeper(), deeper())
    if draw == 7:
        return operation(("max", "min")[rng.randrange(2)], (deeper(), deeper()))
    if draw == 8:
        step = (Fraction(1), Fraction(1, 2), Fraction(3))[rng.randrange(3)]
        return operation(("ceil", "floor", "round")[rng.randrange(3)], (deeper(),), (step,))
    if draw == 9:
        return operation("abs", (deeper(),))
    if rng.randrange(2):
        return operation("charge", (deeper(),), TIERS[rng.randrange(2)])
    try:
        return operation("div", (deeper(), deeper()))
    except ZeroDivisionError:
        return const(Fraction(1))


def at(poly: Poly, point: Mapping[Symbol, Fraction]) -> Fraction | None:
    """The value at a point, worked out afresh; None where it divides by zero."""
    total = Fraction(0)
    for monomial, coefficient in poly.terms:
        product = coefficient
        for atom, power in monomial:
            value = _atom(atom, point)
            if value is None:
                return None
            product *= value**power
        total += product
    return total


def _atom(atom: Atom, point: Mapping[Symbol, Fraction]) -> Fraction | None:
    if not atom.operation:
        return point[atom.symbol]
    values = [at(a, point) for a in atom.arguments]
    if any(v is None for v in values):
        return None
    known = [v for v in values if v is not None]
    match atom.operation:
        case "max":
            return max(known)
        case "min":
            return min(known)
        case "div":
            return None if known[1] == 0 else known[0] / known[1]
        case "abs":
            return max(known[0], -known[0])
        case "floor":
            return (known[0] / atom.constants[0]).__floor__() * atom.constants[0]
        case "ceil":
            return -((-known[0] / atom.constants[0]).__floor__()) * atom.constants[0]
        case "round":
            half = (abs(known[0]) / atom.constants[0] + Fraction(1, 2)).__floor__()
            return half * atom.constants[0] * (1 if known[0] >= 0 else -1)
        case "charge":
            total, below = Fraction(0), Fraction(0)
            prices, uppers = atom.constants[::2], atom.constants[1::2]
            for i, price in enumerate(prices):
                upper = uppers[i] if i < len(uppers) else max(known[0], below)
                total += max(Fraction(0), min(known[0], upper) - below) * price
                below = upper
            return total
    raise AssertionError(atom.operation)


def samples(rng: Random, within: Range) -> list[Fraction]:
    """Ends that belong to the range, points just inside those that do not, and some between."""
    low = -FAR if isinstance(within.lo, Infinite) else within.lo
    high = FAR if isinstance(within.hi, Infinite) else within.hi
    near = (high - low) / 10**9
    points = [low + near if within.lo_open else low, high - near if within.hi_open else high]
    points += [low + (high - low) * Fraction(rng.randrange(1, 60), 60) for _ in range(4)]
    points += [p for p in FEW if low < p < high]
    return points


def lies_in(value: Fraction, within: Range) -> bool:
    if value < within.lo or value > within.hi:
        return False
    return not ((value == within.lo and within.lo_open) or (value == within.hi and within.hi_open))


def draw_formula(rng: Random) -> tuple[dict[Symbol, Range], Poly]:
    ranges: dict[Symbol, Range] = {s: draw_range(rng) for s in (X, Y, Z)[: rng.randrange(1, 4)]}
    return ranges, draw_number(rng, ranges, 3)


def places_of(
    rng: Random, ranges: Mapping[Symbol, Range], count: int
) -> Iterator[dict[Symbol, Fraction]]:
    options = {name: samples(rng, within) for name, within in ranges.items()}
    for _ in range(count):
        yield {n: o[rng.randrange(len(o))] for n, o in options.items()}


def values_of(
    rng: Random, ranges: Mapping[Symbol, Range], poly: Poly, count: int
) -> list[Fraction]:
    values = (at(poly, place) for place in places_of(rng, ranges, count))
    return [value for value in values if value is not None]


@pytest.mark.slow
@laws(400)
@given(DRAWS)
def test_every_value_lies_in_the_range(rng: Random) -> None:
    """Whatever the unknowns are, the number lies in its range; all of it exact."""
    ranges, poly = draw_formula(rng)
    note(f"{ranges} {poly}")
    extent = range_of(poly).range
    for end in (extent.lo, extent.hi):
        assert isinstance(end, Fraction | Infinite)
    for value in values_of(rng, ranges, poly, 25):
        assert isinstance(value, Fraction)
        assert lies_in(value, extent), (value, extent)


@laws(300)
@given(DRAWS)
def test_a_range_not_marked_wider_is_attained(rng: Random) -> None:
    """Some value comes to each end of a range that is not marked `wider`, or as near as the
    unknowns come to theirs."""
    ranges, poly = draw_formula(rng)
    note(f"{ranges} {poly}")
    ranged = range_of(poly)
    if ranged.wider or any(a.operation == "div" for a in _every(poly)):
        return
    inside = {n: r for n, r in ranges.items() if n in bases(poly)}
    closed = all(not isinstance(e, Infinite) for r in inside.values() for e in (r.lo, r.hi))
    if not closed:
        return
    corners: list[dict[Symbol, Fraction]] = [{}]
    for name, extent in inside.items():
        ends = [e for e in (extent.lo, extent.hi) if isinstance(e, Fraction)]
        corners = [{**c, name: e} for c in corners for e in ends]
    corners += [found for a in _every(poly) if (found := _nowhere(a, corners)) is not None]
    values = [v for v in (at(poly, c) for c in corners) if v is not None]
    assert min(values) == ranged.range.lo
    assert max(values) == ranged.range.hi


def _nowhere(atom: Atom, corners: list[dict[Symbol, Fraction]]) -> dict[Symbol, Fraction] | None:
    """Where a distance is nothing, on the straight way between two corners: its argument is
    linear, or its range would be marked `wider`."""
    if atom.operation != "abs":
        return None
    found = [(value, c) for c in corners if (value := at(atom.arguments[0], c)) is not None]
    (low, one), (high, other) = (pick(found, key=lambda pair: pair[0]) for pick in (min, max))
    if not low < 0 < high:
        return None
    part = low / (low - high)
    return {name: one[name] + (other[name] - one[name]) * part for name in one}


def _every(poly: Poly) -> list[Atom]:
    found: list[Atom] = []
    for monomial, _ in poly.terms:
        for atom, _n in monomial:
            found.append(atom)
            for argument in atom.arguments:
                found += _every(argument)
    return found


@laws(150)
@given(DRAWS)
def test_like_terms_cancel(rng: Random) -> None:
    """x - x is zero, and a formula less itself, whatever stands in it; adding and taking away
    gives back the same number."""
    _, one = draw_formula(rng)
    _, other = draw_formula(rng)
    assert sub(one, one).constant == 0
    assert sub(add(one, other), other) == one
    assert add(one, scale(one, Fraction(-1))) == const(Fraction(0))
    assert add(one, other).key == add(other, one).key
    assert mul(one, other).key == mul(other, one).key


def test_a_shared_unknown_does_not_blur_a_comparison() -> None:
    """a < b is judged on a - b: an unknown on both sides cancels."""
    volume = unknown(X, Range(Fraction(0), POS))
    high = Num(add(scale(volume, Fraction(2)), const(Fraction(1))))
    low = Num(scale(volume, Fraction(2)))
    assert compared("<", low, high) is YES
    assert compared(">=", low, high) is NO
    assert compared("<", Num(volume), low) is UNKNOWN


def test_equal_formulas_keep_ranges_of_their_own() -> None:
    """What is worked out of a formula is kept in the object: an equal one may have other ranges."""
    wide, narrow = (unknown(X, Range(Fraction(0), Fraction(high))) for high in (9, 3))
    assert wide == narrow
    for _ in range(2):
        assert range_of(wide).range.hi == 9
        assert range_of(narrow).range.hi == 3
        assert range_of(mul(wide, wide)).range.hi == 81
        assert range_of(mul(narrow, narrow)).range.hi == 9
        assert [bases(each)[X].range.hi for each in (wide, narrow)] == [9, 3]


def test_a_bent_formula_escapes_its_corners() -> None:
    """x(1 - x) on 0..1 is zero at both corners and a quarter between them."""
    x = unknown(X, Range(Fraction(0), Fraction(1)))
    ranged = range_of(mul(x, sub(const(Fraction(1)), x)))
    assert ranged.wider
    assert ranged.range.hi >= Fraction(1, 4)
    assert isinstance(ranged.range.lo, Fraction)
    assert ranged.range.lo <= 0


@laws(150)
@given(DRAWS)
def test_what_is_known_of_a_number_narrows_its_unknowns(rng: Random) -> None:
    """Every value that lies where the number is known to lie is still one of its values, and the
    number is the same."""
    ranges, poly = draw_formula(rng)
    wanted = draw_range(rng)
    note(f"{ranges} {poly} {wanted}")
    narrowed = within(poly, wanted)
    left = {} if narrowed is None else {s: atom.range for s, atom in bases(narrowed).items()}
    for place in places_of(rng, ranges, 25):
        value = at(poly, place)
        if value is None or not lies_in(value, wanted):
            continue
        assert narrowed is not None
        assert at(narrowed, place) == value
        assert all(lies_in(place[symbol], range) for symbol, range in left.items())


@pytest.mark.slow
@laws(300)
@given(DRAWS)
def test_comparisons_hold_at_every_point(rng: Random) -> None:
    """A comparison that is yes (or no) of ranges is so of every pair of values."""
    ranges: dict[Symbol, Range] = {symbol: draw_range(rng) for symbol in (X, Y)}
    left, right = draw_number(rng, ranges, 2), draw_number(rng, ranges, 2)
    note(f"{ranges} {left} {right}")
    options = {name: samples(rng, within) for name, within in ranges.items()}
    for operator in ("<", "<=", ">", ">=", "="):
        verdict = compared(operator, Num(left), Num(right))
        if verdict is UNKNOWN:
            continue
        for _ in range(12):
            point = {n: o[rng.randrange(len(o))] for n, o in options.items()}
            a, c = at(left, point), at(right, point)
            if a is None or c is None:
                continue
            true = {"<": a < c, "<=": a <= c, ">": a > c, ">=": a >= c, "=": a == c}[operator]
            assert true is (verdict is YES), (operator, point, a, c)


def product_of_sums(n: int) -> Poly:
    """A product of `n` sums of two unknowns each."""
    amounts = [
        unknown(InputSymbol(PROJECT_PLACE, f"x{i}", ""), Range(Fraction(1), POS))
        for i in range(2 * n)
    ]
    return reduce(mul, [add(a, b) for a, b in zip(amounts[::2], amounts[1::2], strict=True)])


def parts_of(key: object) -> int:
    """How many parts a key is made of: what it takes to compare or to hash it."""
    return sum(map(parts_of, key)) if isinstance(key, tuple) else 1


def test_a_product_of_sums_does_not_double_with_each_of_them() -> None:
    """What is not multiplied out stands in few terms of what it is multiplied with."""
    shorter, longer = (parts_of(product_of_sums(n).key) for n in (12, 24))
    assert longer <= 4 * shorter < 40_000
    assert range_of(product_of_sums(24)).range == Range(Fraction(2) ** 24, POS)


def test_a_product_that_is_written_anew_in_each_term_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "MOST_WRITTEN", 10**6)
    assert parts_of(product_of_sums(13).key) > 40_000
