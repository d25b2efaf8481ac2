"""Numbers that are exact, or between two exact ones: bounds, sums, roots and logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import isqrt, lcm

#: What is not computed exactly is rounded to so many decimals, downwards and upwards.
DECIMALS = 40
_SCALE = 10**DECIMALS
#: So many bits may the common divisor of an exact sum have.
_MOST_BITS = 4096


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number, which lies from `low` to `high`. INVARIANT: where it is known, both are it."""

    low: Fraction
    high: Fraction

    def over(self, number: Fraction | int) -> Bounds:
        """The number, divided by a positive one."""
        return Bounds(self.low / number, self.high / number)


def exactly(number: Fraction | int) -> Bounds:
    """A number that is known."""
    return Bounds(Fraction(number), Fraction(number))


class Sum:
    """A sum of fractions, which does not depend on their order.

    It is exact while the least common divisor of all that was added is small enough; after
    that it lies between two sums of decimals, each term rounded downwards in one and upwards in the
    other.
    """

    def __init__(self) -> None:
        self._divisor = 1
        self._exact: Fraction | None = Fraction(0)
        self._low = 0
        self._high = 0

    def add(self, term: Bounds) -> None:
        """Adds a number."""
        self._low += (term.low.numerator * _SCALE) // term.low.denominator
        self._high -= (-term.high.numerator * _SCALE) // term.high.denominator
        if self._exact is None:
            return
        if term.low != term.high:
            self._exact = None
            return
        self._divisor = lcm(self._divisor, term.low.denominator)
        self._exact = None if self._divisor.bit_length() > _MOST_BITS else self._exact + term.low

    @property
    def total(self) -> Bounds:
        """The sum so far; its bounds are apart by 10⁻⁴⁰ for each term that is not exact."""
        if self._exact is not None:
            return exactly(self._exact)
        return Bounds(Fraction(self._low, _SCALE), Fraction(self._high, _SCALE))


def root(square: Fraction) -> Bounds:
    """The square root of a number that is not negative: itself where it is a fraction, else bounds
    that are 10⁻⁴⁰ apart. ⌊√⌊y⌋⌋ = ⌊√y⌋, so the lower one is √y·10⁴⁰ without its decimals."""
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    if above * above == square.numerator and below * below == square.denominator:
        return exactly(Fraction(above, below))
    low = isqrt(square.numerator * _SCALE * _SCALE // square.denominator)
    return Bounds(Fraction(low, _SCALE), Fraction(low + 1, _SCALE))


@cache
def discount(position: int) -> Bounds:
    """1 / log₂(position + 1), from position 1 on; 10⁻⁵⁰ apart at most.

    `Decimal.ln` is correctly rounded: with sixty digits, it is off by less than 10⁻⁵⁹ of itself.
    """
    count = position + 1
    power = count.bit_length() - 1
    if count == 1 << power:
        return exactly(Fraction(1, power))
    with localcontext() as context:
        context.prec = 60
        two, many = Fraction(Decimal(2).ln()), Fraction(Decimal(count).ln())
    off = Fraction(1, 10**59)
    low = two * (1 - off) / (many * (1 + off))
    high = two * (1 + off) / (many * (1 - off))
    scale = 10**52
    return Bounds(
        Fraction(low.numerator * scale // low.denominator, scale),
        Fraction(-(-high.numerator * scale // high.denominator), scale),
    )
