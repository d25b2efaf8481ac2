"""A calculation as it is written for those who do it again: names, figures, tiers.

In go the calculations of a ledger's line, out come the policy's wording, the same with figures in
place of names, and for a tariff a sum for each tier that is reached. Words are made here and read
nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from mlpolicy.core.decision import How, Reckoned, Reckoning, Tier
from mlpolicy.core.numbers import NEG, POS
from mlpolicy.core.show import decimal_text, several, show, show_range
from mlpolicy.core.types import Unit
from mlpolicy.render.places import asked
from mlpolicy.source import Place

_SIGNS = {"*": "×", "/": "÷"}
#: How tightly an operator holds its operands; what holds less tightly stands in brackets.
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A step of a calculation: `text` says it with figures; where it stands, and its clauses."""

    text: str
    place: Place | None
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A calculation: what it is of, what comes out (empty where its one sum says so), the
    policy's wording, and the sums."""

    name: str
    value: str
    text: str
    place: Place | None
    refs: tuple[str, ...]
    sums: tuple[Sum, ...]


def worked(each: Reckoning) -> Worked:
    """One calculation, ready to be placed on a page."""
    figure = each.figure
    if figure.how is How.CHARGED and each.units is not None:
        quantity, price, amount = each.units
        sums = [_tier(tier, quantity, price, amount) for tier in each.tiers]
    else:
        sums = [Sum(text=spelled(figure), place=None, refs=())]
    return Worked(
        name=name_of(figure),
        value="" if each.units is not None and len(sums) == 1 else show(figure.value, figure.of),
        text=each.text,
        place=each.place,
        refs=each.refs,
        sums=tuple(sums),
    )


def name_of(figure: Reckoned) -> str:
    """What the manifest or the policy calls a figure."""
    return figure.name if isinstance(figure.name, str) else asked(figure.name)


def spelled(figure: Reckoned) -> str:
    """A calculation with figures in place of names: `10,000 texts/month × max(3, 50)`."""
    match figure.how:
        case How.GIVEN | How.CHARGED:
            value = show(figure.value, figure.of)
            return f"({value})" if " .. " in value else value
        case How.ARITHMETIC:
            return _arithmetic(figure)
        case How.CONVERTED:
            (inner,) = figure.parts
            by = f" by {', '.join(figure.factors)}" if figure.factors else ""
            return f"({spelled(inner)}, which is {show(figure.value, figure.of)}{by})"
        case How.SUM:
            return " + ".join(_within(part, 1) for part in figure.parts)
        case How.ONE_OF:
            return f"(one of {'; '.join(map(spelled, figure.parts))})"
        case _:
            assert_never(figure.how)


def _arithmetic(figure: Reckoned) -> str:
    binds = _BINDS.get(figure.operator)
    if binds is None or len(figure.parts) != 2:
        return f"{figure.operator}({', '.join(map(spelled, figure.parts))})"
    left, right = figure.parts
    # `a - (b - c)` and `a / (b * c)` keep their brackets.
    tight = binds + (figure.operator in ("-", "/"))
    sign = _SIGNS.get(figure.operator, figure.operator)
    return f"{_within(left, binds)} {sign} {_within(right, tight)}"


def _within(figure: Reckoned, binds: int) -> str:
    """A part of an expression, in brackets where it would fall apart."""
    text = spelled(figure)
    match figure.how:
        case How.ARITHMETIC:
            loose = _BINDS.get(figure.operator, 3) < binds
        case How.SUM:
            loose = binds > 1
        case How.GIVEN | How.CHARGED | How.CONVERTED | How.ONE_OF:
            loose = False
        case _:
            assert_never(figure.how)
    return f"({text})" if loose else text


def _tier(tier: Tier, quantity: Unit, price: Unit, amount: Unit) -> Sum:
    """`the first 10,000,000 billed/month: 10,000,000 × 0.0001 EUR/billed = 1,000.00 EUR/month`"""
    if tier.up_to is None:
        whole = tier.above == 0
        where = "" if whole else f"above {decimal_text(tier.above)}: "
    elif tier.above == 0:
        where = f"up to {decimal_text(tier.up_to)}: "
    else:
        where = f"above {decimal_text(tier.above)} up to {decimal_text(tier.up_to)}: "
    units = _bare(tier.low, tier.high)
    at = _ranged(tier.price_low, tier.price_high, price)
    comes = _ranged(tier.amount_low, tier.amount_high, amount)
    word = several(quantity.text)
    return Sum(text=f"{where}{units} {word} × {at} = {comes}", place=tier.place, refs=tier.refs)


def _bare(low: Fraction, high: Fraction | None) -> str:
    if high is None:
        return f"at least {decimal_text(low)}" if low else "an unknown number of"
    return decimal_text(low) if low == high else f"({decimal_text(low)} .. {decimal_text(high)})"


def _ranged(low: Fraction | None, high: Fraction | None, unit: Unit) -> str:
    lo = NEG if low is None else low * unit.scale
    hi = POS if high is None else high * unit.scale
    text = show_range(lo, hi, unit)
    return f"({text})" if " .. " in text else text
