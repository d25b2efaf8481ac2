"""How values are written for people: exact where a decimal is, rounded only for show."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core import calendar, currencies
from mlpolicy.core.numbers import Bound, Infinite, range_of
from mlpolicy.core.titles import Titles
from mlpolicy.core.types import (
    DateType,
    EnumType,
    Grain,
    ListOf,
    Quantity,
    SetOf,
    Type,
    Unit,
)
from mlpolicy.core.values import (
    Days,
    Entry,
    Items,
    Members,
    Num,
    Rows,
    Series,
    Truth,
    Unlimited,
    Value,
)
from mlpolicy.pattern import pattern

_NO_TITLES = Titles()


def show(value: Value, of: Type, titles: Titles = _NO_TITLES) -> str:
    """A value as a person reads it: `88 %`, `2,400.00 .. 7,200.00 EUR`, `{en, es}`, `yes`. The
    words of an enum are told by their `titles`; without any, as they are written."""
    match value:
        case Truth():
            return value.value
        case Members():
            if value.options is None:
                return "unknown"
            options = called(sorted(o or "infeasible" for o in value.options), of, titles)
            if not options:
                return "infeasible"
            return options[0] if len(options) == 1 else "one of " + ", ".join(options)
        case Unlimited():
            return "unlimited"
        case Num():
            unit = of.unit if isinstance(of, Quantity) else Unit((), Fraction(1))
            found = range_of(value.poly)
            text = show_range(found.range.lo, found.range.hi, unit)
            return f"{text} (may be wider)" if found.wider and text != "unknown" else text
        case Days():
            if value.lo is None and value.hi is None:
                return "unknown"
            grain = of.grain if isinstance(of, DateType) else Grain.DAY
            if value.lo == value.hi:
                assert value.lo is not None
                return calendar.write(value.lo, grain)
            low = "" if value.lo is None else calendar.write(value.lo, grain)
            high = "" if value.hi is None else calendar.write(value.hi, grain)
            return f"{low} .. {high}".strip()
        case Items():
            return _set(value, of, titles)
        case Series():
            if value.entries is None:
                return "unknown"
            return f"[{', '.join(_entry(each, of, titles) for each in value.entries)}]"
        case Rows():
            rows = [str(r) if r else "none" for r in value.options]
            return rows[0] if len(rows) == 1 else "one of " + ", ".join(rows)


def _set(value: Items, of: Type, titles: Titles) -> str:
    if value.must is None:
        return "any"
    shown = "{" + ", ".join(called(sorted(value.must), of, titles)) + "}"
    if value.may is None:
        return f"{shown} and perhaps others" if value.must else "unknown"
    extra = value.may - value.must
    if extra:
        perhaps = "perhaps " + ", ".join(called(sorted(extra), of, titles))
        return f"{shown} and {perhaps}" if value.must else perhaps
    return shown


def _entry(each: Entry, of: Type, titles: Titles) -> str:
    """What stands, or perhaps stands, in a list."""
    shown = show(Members(each.options), of, titles)
    return shown if each.sure else f"perhaps {shown}"


def called(words: list[str], of: Type, titles: Titles) -> list[str]:
    """Words as a person reads them: those of an enum, or of a set of its words, by their titles."""
    kind = of.element if isinstance(of, SetOf | ListOf) else of
    if not isinstance(kind, EnumType):
        return words
    return [titles.member(kind.name, word) for word in words]


def show_range(lo: Bound, hi: Bound, unit: Unit) -> str:
    """`5 EUR`, `5 .. 7 EUR`, `at least 5 EUR`, `at most 7 EUR`, `unknown`."""

    def amount(number: Bound, before: str = "") -> str:
        assert isinstance(number, Fraction)
        return f"{before}{show_number(number, unit)}{unit_after(number, unit)}"

    if isinstance(lo, Infinite) and isinstance(hi, Infinite):
        return "unknown" if lo.sign < hi.sign else "unlimited"
    if isinstance(lo, Infinite):
        return amount(hi, "at most ")
    if isinstance(hi, Infinite):
        return "unknown" if lo == 0 else amount(lo, "at least ")
    if lo == hi:
        return amount(lo)
    return amount(hi, f"{show_number(lo, unit)} .. ")


#: A unit whose word is that of a thing that is counted. Signs (`%`, `EUR`, `GB`, `ms`) and the
#: participle of what is done to a thing (`billed`) have no plural.
_COUNTED = pattern(r"(?P<word>[a-z_]{3,}(?<!s)(?<!ed))(?P<rest>(?:/.*)?)")


def unit_after(number: Fraction, unit: Unit) -> str:
    """The unit as it stands behind a number: ` month` behind 1, ` months` behind any other,
    ` requests/second`, ` %`; nothing for a bare number."""
    word = unit.text
    if not word or word == "number":
        return ""
    return f" {word if number == unit.scale else several(word)}"


def several(word: str) -> str:
    """A unit of several: `months` for `month`, `texts/month` for `text/month`; one that stands
    for several already, or that has no plural, as it is."""
    counted = _COUNTED.fullmatch(word)
    if counted is None:
        return word
    one = counted["word"]
    if one.endswith(("ch", "sh", "x")):
        many = f"{one}es"
    elif one.endswith("y") and one[-2] not in "aeiou":
        many = f"{one[:-1]}ies"
    else:
        many = f"{one}s"
    return f"{many}{counted['rest']}"


def is_money(unit: Unit) -> bool:
    """Is it an amount of money, or money per something?"""
    return any(dim in currencies.CODES for dim, _ in unit.dims)


def money(amount: Fraction, currency: str) -> str:
    """An amount with two decimals at least, and its currency where there is one."""
    return f"{decimal_text(amount, 2)} {currency}".rstrip()


def show_number(value: Fraction, unit: Unit) -> str:
    """A number in base units, written in `unit` and without the unit's name. Money has two decimals
    at least."""
    return decimal_text(value / unit.scale, 2 if is_money(unit) else 0)


def decimal_text(value: Fraction, least: int = 0, grouped: bool = True) -> str:
    """A fraction in decimal, with at least `least` decimals, and thousands in groups if `grouped`.
    A fraction without a decimal form of twelve places or fewer is rounded, for display only, half
    away from zero: to two decimals, or to four significant digits where it is small."""
    places = finite_places(value)
    if places is None or places > 12:
        places = 2
        small = abs(value)
        while small and small * 10**places < 1000 and places < 8:
            places += 1
    places = max(places, least)
    scaled = abs(value) * 10**places
    whole = (scaled + Fraction(1, 2)).__floor__()
    digits = str(whole).rjust(places + 1, "0")
    head, tail = (digits[:-places], digits[-places:]) if places else (digits, "")
    if grouped and len(head) > 3:
        head = f"{int(head):,}"
    sign = "-" if value < 0 and whole else ""
    return sign + head + (f".{tail}" if tail else "")


def finite_places(value: Fraction) -> int | None:
    """The number of decimals that write the fraction exactly; None where no number of them does."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def show_date(ordinal: int) -> str:
    """`2026-01-31`: a day, given as a proleptic Gregorian ordinal."""
    return calendar.write(ordinal, Grain.DAY)


__all__ = [
    "decimal_text",
    "finite_places",
    "is_money",
    "money",
    "several",
    "show",
    "show_date",
    "show_number",
    "show_range",
    "unit_after",
]
