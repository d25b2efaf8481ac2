"""Roots and changes of sign against sympy, which finds them by other means (isolation of real
roots over the integers, exact comparison of algebraic numbers)."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from mlpolicy.core.numbers import Poly, Range, add, const, mul, operation, scale, unknown
from mlpolicy.core.roots import crossings, roots
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol
from tests.laws.examples import laws

if TYPE_CHECKING:
    import sympy  # takes half a second: imported where it is used

pytestmark = pytest.mark.slow

#: The unknown as the evaluator has it.
OURS = InputSymbol(PROJECT_PLACE, "x", "")

fractions = st.builds(Fraction, st.integers(-30, 30), st.integers(1, 12))
#: A factor by its coefficients, lowest power first: with a root that is a fraction, with two
#: roots or none that mostly are not, with whatever roots it has.
factors = st.one_of(
    fractions.map(lambda root: [-root, Fraction(1)]),
    st.tuples(fractions, st.integers(1, 5).map(Fraction)).map(lambda p: [p[0], Fraction(0), p[1]]),
    st.lists(st.integers(-9, 9).map(Fraction), min_size=2, max_size=4),
)
#: Products of factors, the first of them up to three times.
polynomials = st.tuples(st.lists(factors, min_size=1, max_size=3), st.integers(1, 3)).map(
    lambda drawn: reduce(_times, [*drawn[0][:1] * drawn[1], *drawn[0][1:]])
)
ranges = st.tuples(fractions, fractions).filter(lambda e: e[0] < e[1]).map(lambda e: Range(*e))


def _times(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    product = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            product[i + j] += x * y
    return product


def rational(value: Fraction) -> sympy.Rational:
    import sympy

    return sympy.Rational(value.numerator, value.denominator)


def as_sympy(coefficients: list[Fraction]) -> sympy.Poly:
    import sympy

    x = sympy.Symbol("x")
    return sympy.Poly([rational(c) for c in reversed(coefficients)], x, domain="QQ")


def as_ours(coefficients: list[Fraction], within: Range) -> Poly:
    """The same polynomial made with the operations that the evaluator uses."""
    x, power, total = unknown(OURS, within), const(Fraction(1)), const(Fraction(0))
    for coefficient in coefficients:
        total = add(total, scale(power, coefficient))
        power = mul(power, x)
    return total


def fractions_among(poly: sympy.Poly, within: Range) -> set[Fraction]:
    found = (Fraction(int(r.p), int(r.q)) for r in poly.ground_roots())
    return {root for root in found if within.lo <= root <= within.hi}


def number_in(poly: sympy.Poly, lo: Fraction, hi: Fraction) -> int:
    """How many different roots lie strictly between."""
    at_ends = sum(bool(poly.eval(rational(end)) == 0) for end in (lo, hi))
    return int(poly.count_roots(rational(lo), rational(hi))) - at_ends


def ends(place: Range) -> tuple[Fraction, Fraction]:
    assert isinstance(place.lo, Fraction)
    assert isinstance(place.hi, Fraction)
    return place.lo, place.hi


@laws(300)
@given(polynomials, ranges)
def test_roots_are_those_of_sympy(coefficients: list[Fraction], within: Range) -> None:
    poly = as_sympy(coefficients)
    assume(poly.degree() > 0)
    exact, narrow = roots(coefficients, within)
    note(f"{poly} in {within}: {exact}, {narrow}")
    assert exact == sorted(fractions_among(poly, within))
    lo, hi = ends(within)
    assert len(exact) + len(narrow) == poly.count_roots(rational(lo), rational(hi))
    for place in narrow:
        assert place.lo_open
        assert place.hi_open
        assert number_in(poly, *ends(place)) == 1


@laws(150)
@given(polynomials)
def test_roots_anywhere_are_those_of_sympy(coefficients: list[Fraction]) -> None:
    poly = as_sympy(coefficients)
    assume(poly.degree() > 0)
    everywhere = Range(Fraction(-(10**6)), Fraction(10**6))
    exact, narrow = roots(coefficients, everywhere)
    assert len(exact) + len(narrow) == poly.count_roots()
    assert set(exact) == fractions_among(poly, everywhere)


@laws(200)
@given(polynomials, ranges)
def test_the_sign_changes_at_the_roots(coefficients: list[Fraction], within: Range) -> None:
    """Of a plain polynomial: at each root that is a fraction, and in a range around each other
    one; nowhere else."""
    poly = as_sympy(coefficients)
    assume(poly.degree() > 0)
    found = crossings(as_ours(coefficients, within), OURS, within)
    note(f"{poly} in {within}: {found}")
    assert found.whole
    assert found.points == fractions_among(poly, within)
    lo, hi = ends(within)
    roots_inside = poly.count_roots(rational(lo), rational(hi))
    assert len(found.points) + len(found.between) == roots_inside
    assert all(number_in(poly, *ends(place)) == 1 for place in found.between)


@laws(150)
@given(st.sampled_from(["min", "max"]), polynomials, polynomials, ranges)
def test_the_sign_of_the_less_and_of_the_greater(
    name: str, one: list[Fraction], other: list[Fraction], within: Range
) -> None:
    """`min` and `max` change their sign where the one that decides does: at its roots at which
    the other is not beyond zero."""
    import sympy

    polys = [as_sympy(one), as_sympy(other)]
    assume(all(poly.degree() in (1, 2) for poly in polys))
    found = crossings(operation(name, (as_ours(one, within), as_ours(other, within))), OURS, within)
    note(f"{name} of {polys} in {within}: {found}")
    assume(found.whole)
    sign = 1 if name == "min" else -1
    lo, hi = ends(within)
    for poly, beside in (polys, reversed(polys)):
        for root in set(sympy.real_roots(poly)):
            if not rational(lo) < root < rational(hi):
                continue
            value = sympy.simplify(beside.as_expr().subs(beside.gen, root)) * sign
            if value < 0:
                continue
            if root.is_Rational:
                assert Fraction(int(root.p), int(root.q)) in found.points
            else:
                around = [map(rational, ends(place)) for place in found.between]
                assert sum(bool(below < root < above) for below, above in around) == 1
    for point in found.points:
        values = [poly.eval(rational(point)) for poly in polys]
        assert (min(values) if name == "min" else max(values)) == 0
