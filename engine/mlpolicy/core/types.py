"""The types of the language, and units.

A quantity's unit is a product of base dimensions with an exact scale: `EUR/year` is
EUR·month⁻¹ scaled by 1/12, `%` has no dimension and the scale 1/100, all times from `ms` to
`week` are seconds, and `year` is 12 `month`. Months and hours are different dimensions;
only a declared `convert` joins them. Values are always held in base units.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.dataclass import field


@node
class Unit:
    """Dimensions (sorted, exponents never 0), the exact factor to base units, and the spelling,
    which takes no part in equality: `EUR/month` equals `EUR/month` however it was made.
    (docs/language.md, Units)"""

    dims: tuple[tuple[str, int], ...]
    scale: Fraction
    text: str = field(compare=False, default="")

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """This unit multiplied by `other` (divided where `sign` is -1), with a spelling of its
        own."""
        powers = dict(self.dims)
        for dim, power in other.dims:
            powers[dim] = powers.get(dim, 0) + sign * power
        dims = tuple(sorted((d, p) for d, p in powers.items() if p))
        scale = self.scale * other.scale if sign > 0 else self.scale / other.scale
        return Unit(dims, scale, _spell(dims, scale, self, other, sign))


def _spell(
    dims: tuple[tuple[str, int], ...], scale: Fraction, left: Unit, right: Unit, sign: int
) -> str:
    """A readable spelling of a product. Scaled times keep the words of their factors."""
    if not dims:
        return "" if scale == 1 else ("%" if scale == Fraction(1, 100) else "")
    words: dict[str, str] = {}
    for unit in (left, right):
        for word in unit.text.replace("%", "").split("/"):
            known = BASE_UNITS.get(word)
            if known is not None and len(known[0]) == 1:
                words.setdefault(known[0][0][0], word)
    above = [_power(words.get(d, d), p) for d, p in dims if p > 0]
    below = [_power(words.get(d, d), -p) for d, p in dims if p < 0]
    top = "·".join(above) or "1"
    return "/".join([top, *below])


def _power(word: str, power: int) -> str:
    return word if power == 1 else f"{word}^{power}"


NUMBER = Unit((), Fraction(1), "")
PERCENT = Unit((), Fraction(1, 100), "%")

_S = (("s", 1),)
_MONTH = (("month", 1),)

#: Built-in units: word -> (dimensions, scale). Both `s` and `second` are accepted.
BASE_UNITS: dict[str, tuple[tuple[tuple[str, int], ...], Fraction]] = {
    "%": ((), Fraction(1, 100)),
    "number": ((), Fraction(1)),
    "ms": (_S, Fraction(1, 1000)),
    "s": (_S, Fraction(1)),
    "second": (_S, Fraction(1)),
    "minute": (_S, Fraction(60)),
    "hour": (_S, Fraction(3600)),
    "day": (_S, Fraction(86400)),
    "week": (_S, Fraction(604800)),
    "month": (_MONTH, Fraction(1)),
    "year": (_MONTH, Fraction(12)),
}


def read_unit(text: str, countable: frozenset[str]) -> Unit | str:
    """The unit that a text such as `EUR/person/month` spells, or the first word in it that is no
    unit. (docs/language.md, Units)

    `countable` are the words that a policy declared with `unit`, and its currency. An
    empty text is a bare number, without dimensions and with the scale 1.
    """
    if text in ("", "number"):
        return Unit((), Fraction(1), "")
    unit: Unit | None = None
    for word in text.split("/"):
        if word in BASE_UNITS:
            dims, scale = BASE_UNITS[word]
        elif word in countable:
            dims, scale = ((word, 1),), Fraction(1)
        else:
            return word
        part = Unit(dims, scale, word)
        unit = part if unit is None else unit.times(part, -1)
    assert unit is not None
    return Unit(unit.dims, unit.scale, text)


@node
class FlagType:
    """`flag`: yes or no."""

    def __str__(self) -> str:
        return "flag"


@node
class TextType:
    """`text`: an open vocabulary; only compared for equality."""

    def __str__(self) -> str:
        return "text"


class Grain(StrEnum):
    """What a point of time is told to: the day, a time of any day, or a day with its time."""

    DAY = "date"
    TIME = "time"
    MOMENT = "date-time"


@node
class DateType:
    """`date`, `time` or `date-time`: a point of the calendar or of the clock."""

    grain: Grain = field(default=Grain.DAY, metadata={"later": True})

    def __str__(self) -> str:
        return self.grain.value


@node
class Quantity:
    """A number with a unit; `number` where the unit is empty. Values are held in base units."""

    unit: Unit

    def __str__(self) -> str:
        return self.unit.text or "number"


@node
class EnumType:
    """A closed set of members; `ordered` ones can be compared with `<`."""

    name: str
    members: tuple[str, ...]
    ordered: bool = False

    def __str__(self) -> str:
        return self.name


@node
class SetOf:
    """`set of region`: a set of members of an enum, or of texts."""

    element: EnumType | TextType

    def __str__(self) -> str:
        return f"set of {self.element}"


@node
class ListOf:
    """`list of rate`: members of an enum, or texts, in their order; one may stand several times."""

    element: EnumType | TextType

    def __str__(self) -> str:
        return f"list of {self.element}"


@node
class RowType:
    """A row of a catalogue or an entry of records."""

    table: str

    def __str__(self) -> str:
        return f"row of {self.table}"


Type = FlagType | TextType | DateType | Quantity | EnumType | SetOf | ListOf | RowType

FLAG = FlagType()
TEXT = TextType()
DATE = DateType()
POINTS = {grain.value: DateType(grain) for grain in Grain}


def comparable(one: Type, other: Type) -> bool:
    """Can two values be equal, as `is`, `in` and `within` see it?"""
    match one, other:
        case EnumType(), EnumType():
            mine, theirs = set(one.members), set(other.members)
            return mine <= theirs or theirs <= mine
        case ((EnumType() | TextType()), (EnumType() | TextType())):
            return True
        case SetOf(mine_of), SetOf(theirs_of):
            return comparable(mine_of, theirs_of)
        case ListOf(mine_of), ListOf(theirs_of):
            return comparable(mine_of, theirs_of)
        case FlagType(), FlagType():
            return True
        case _:
            return False
