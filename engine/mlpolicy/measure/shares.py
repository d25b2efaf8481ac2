"""Shares of rows: exact, with Wilson's interval, and how a bar compares with one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from mlpolicy.measure.metrics import Metric

#: The two-sided 95 % quantile of the normal distribution, to forty digits: the x with
#: erf(x / √2) = 0.95.
Z = Fraction("1.959963984540054235524594430520551527956")
LEVEL_PCT = 95
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a share may lie; both ends are from 0 to 1. INVARIANT: the share itself lies in it."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, both counts of rows, with its interval. Where `whole` is 0 there is
    neither value nor interval."""

    part: int
    whole: int

    @property
    def value(self) -> Fraction | None:
        """The share, from 0 to 1; None of an empty whole."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def interval(self) -> Interval | None:
        """Its Wilson interval at 95 %; None of an empty whole."""
        return wilson(self.part, self.whole) if self.whole else None


def wilson(part: int, whole: int) -> Interval:
    """The 95 % score interval of a share (E. B. Wilson, Probable inference, the law of
    succession, and statistical inference, JASA 22, 1927):

        (k + z²/2 ± z·√(k(n-k)/n + z²/4)) / (n + z²)

    The ends are within 10⁻³⁰ of the true ones. Of none or of all, one end is 0 or 1 itself.
    """
    assert 0 <= part <= whole
    assert whole
    z2 = Z * Z
    middle = part + z2 / 2
    reach = Z * _root(Fraction(part * (whole - part), whole) + z2 / 4)
    low = Fraction(0) if part == 0 else (middle - reach) / (whole + z2)
    high = Fraction(1) if part == whole else (middle + reach) / (whole + z2)
    return Interval(low, high)


def _root(square: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = _DIGITS
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A metric compared with a bar, in the unit of both (a share: 1 is 100 %).

    `met` is None where the figure is not known exactly enough to say. Of a share, `straddled`
    says whether its interval holds the bar, and `needed` is the least sample size at which the same
    share would be distinguished from the bar; None where no sample would be enough, because they
    are equal. Of a figure without an interval both are None.
    """

    metric: Metric
    bar: Fraction
    met: bool | None
    straddled: bool | None
    needed: int | None


def against(metric: Metric, share: Share, bar: Fraction) -> Bar:
    """Does the interval leave open on which side of the bar the truth lies?

    An end of Wilson's interval is where |p - b| = z·√(b(1-b)/n): the interval holds exactly those b
    that the score test does not reject. So both questions have answers without a root: b is inside
    where n·(p-b)² < z²·b(1-b), and distinguished from p from n = z²·b(1-b)/(p-b)² on.
    """
    value = share.value
    assert value is not None
    spread = Z * Z * bar * (1 - bar)
    apart = (value - bar) ** 2
    if not apart:
        return Bar(metric=metric, bar=bar, met=True, straddled=True, needed=None)
    needed = max(1, -(-spread // apart))
    return Bar(
        metric=metric,
        bar=bar,
        met=value >= bar,
        straddled=share.whole * apart < spread,
        needed=needed,
    )


def in_percent(interval: Interval) -> Interval:
    """The interval in percent with two decimals, rounded outwards, so that it is never narrower
    than the true one."""
    return Interval(down(interval.low * 100, 2), -down(-interval.high * 100, 2))


def down(number: Fraction, places: int) -> Fraction:
    """The greatest decimal with so many places that is not above the number: a figure must not be
    rounded up over a bar that it misses, nor an interval be made narrower."""
    scale = 10**places
    return Fraction(number.numerator * scale // number.denominator, scale)
