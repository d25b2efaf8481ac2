"""Reads units, and finds the declared way from one to another.

A `convert` joins two single units of different dimensions: `1 month = 730 hour`. A quantity
of months per something then has a value in hours: each power of one dimension is replaced by
the same power of the other. Between equal dimensions the scale is exact and nothing is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.check.names import Names, References
from mlpolicy.check.report import Report
from mlpolicy.core import currencies
from mlpolicy.core.program import Conversion
from mlpolicy.core.types import BASE_UNITS, Unit, read_unit
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import nearest

Dims = tuple[tuple[str, int], ...]

#: What people write for a type or a unit, and what it is called here.
PLAIN_WORDS = {
    **dict.fromkeys(("percent", "percentage", "pct"), "%"),
    **dict.fromkeys(("bool", "boolean", "yesno"), "flag"),
    **dict.fromkeys(("string", "str", "char", "words"), "text"),
    **dict.fromkeys(("int", "integer", "float", "decimal", "num"), "number"),
    **dict.fromkeys(("millisecond", "milliseconds", "msec"), "ms"),
    "array": "set of",
    **dict.fromkeys(("datetime", "timestamp", "instant"), "date-time"),
    "sec": "s",
    "min": "minute",
}


def unknown_unit(word: str) -> object:
    """What causes all faults of a word that is no unit: as a type it is unknown too."""
    return "unknown unit", word


@dataclass(frozen=True, slots=True)
class Rate:
    """One base unit of `left` is `factor` base units of `right`."""

    left: str
    right: str
    factor: Fraction


class Units:
    """The units of one policy: the built-in ones, its countable ones and its conversions."""

    def __init__(self, names: Names, report: Report) -> None:
        self._names = names
        self._report = report
        self.countable = frozenset(names.units)
        self.currency = names.currency.node.name.text if names.currency is not None else ""
        self.used: set[str] = set()
        self._rates: list[Rate | None] = []
        self.conversions: tuple[Conversion, ...] = ()

    def read(self, text: str) -> Unit | str:
        """The unit that a text spells, or the first word in it that is no unit. Its words count as
        used."""
        self.used.update(text.split("/"))
        return read_unit(text, self.countable | {self.currency})

    def known(self) -> set[str]:
        """Every word that is a unit here."""
        return {*BASE_UNITS, *self.countable, *filter(None, (self.currency,))}

    def plain(self, word: str) -> str | None:
        """What is called here what people call `word`."""
        said = word.casefold()
        if said == "money" or said in currencies.written(self.currency):
            return self.currency or None
        return PLAIN_WORDS.get(said)

    def undeclared(self, word: str) -> str:
        """How to declare a word that is no unit."""
        if word not in currencies.CODES:
            return f"`unit {word}`"
        if not self.currency:
            return f"`currency {word}`"
        return f"`unit {word}`, as a second currency beside `{self.currency}`"

    def of(self, text: str, source: Source, span: Span) -> Unit | None:
        """The unit that a text spells; None where a word in it is unknown, which is reported."""
        unit = self.read(text)
        if isinstance(unit, Unit):
            return unit
        if unit in self._report.lost:
            return None
        plain, known = self.plain(unit), self.known()
        close = plain if plain in known else self._nearest(unit, known)
        if close is not None:
            help = f"did you mean `{close}`?"
        else:
            help = f"declare it: {self.undeclared(unit)}"
        cause = unknown_unit(unit)
        self._report.error("MLP0304", f"unknown unit `{unit}`", source, span, help, cause=cause)
        return None

    @staticmethod
    def _nearest(word: str, known: set[str]) -> str | None:
        """The unit that a word is probably meant for; a currency is not meant for another."""
        return None if word in currencies.CODES else nearest(word, known)

    def read_converts(self, references: References) -> None:
        """Checks the declared conversions and puts them into their fixed order. (docs/language.md,
        Units)"""
        read: list[tuple[Conversion, Rate | None]] = []
        for declared in self._names.converts:
            node, source = declared.node, declared.source
            refs = references.need(node.refs, "a `convert`", source, node.span)
            text = f"{plain(node.left.value)} {node.left.unit} = "
            text += f"{plain(node.right.value)} {node.right.unit}"
            left = self.of(node.left.unit, source, node.left.span)
            right = self.of(node.right.unit, source, node.right.span)
            rate: Rate | None = None
            if left is not None and right is not None:
                if not (_single(left.dims) and _single(right.dims)) or left.dims == right.dims:
                    self._report.error(
                        "MLP0312",
                        f"`{node.left.unit}` and `{node.right.unit}` cannot be joined",
                        source,
                        node.span,
                        "join two single units of different kinds, as in `1 month = 730 hour`",
                    )
                elif node.left.value <= 0 or node.right.value <= 0:
                    message = "a conversion needs two numbers above zero"
                    help = "write it as in `1 month = 730 hour`"
                    self._report.error("MLP0312", message, source, node.span, help)
                else:
                    factor = node.right.value * right.scale / (node.left.value * left.scale)
                    rate = Rate(left.dims[0][0], right.dims[0][0], factor)
            read.append((Conversion(text, refs, Origin(source, node.span)), rate))
        of = self._names.extension_of
        read.sort(key=lambda pair: (of(pair[0].origin.source), pair[0].text, pair[0].refs))
        self.conversions = tuple(conversion for conversion, _ in read)
        self._rates = [rate for _, rate in read]
        pairs: dict[frozenset[str], Conversion] = {}
        for conversion, rate in read:
            if rate is not None:
                pair = frozenset((rate.left, rate.right))
                if pair in pairs:
                    self._report.error(
                        "MLP0312",
                        f"`{rate.left}` and `{rate.right}` are joined twice",
                        conversion.origin.source,
                        conversion.origin.span,
                        "keep one `convert` for each pair of units",
                    )
                pairs[pair] = conversion

    def way(self, start: Dims, goal: Dims) -> tuple[Fraction, tuple[int, ...]] | None:
        """The factor from base units of `start` to those of `goal`, and the indices of the
        conversions used; None where no declared conversions lead there."""
        if start == goal:
            return Fraction(1), ()
        waiting: list[tuple[Dims, Fraction, tuple[int, ...]]] = [(start, Fraction(1), ())]
        seen = {start}
        while waiting:
            dims, factor, used = waiting.pop(0)
            for index, rate in enumerate(self._rates):
                if rate is None or index in used:
                    continue
                for one, other, by in (
                    (rate.left, rate.right, rate.factor),
                    (rate.right, rate.left, 1 / rate.factor),
                ):
                    power = dict(dims).get(one, 0)
                    if not power:
                        continue
                    there = _replace(dims, one, other, power)
                    step = (factor * by**power, (*used, index))
                    if there == goal:
                        return step
                    if there not in seen:
                        seen.add(there)
                        waiting.append((there, *step))
        return None

    def missing(self, start: Unit, goal: Unit) -> str:
        """Which `convert` would lead from one unit to the other, as an instruction."""
        here, there = dict(start.dims), dict(goal.dims)
        gone = {d: p for d, p in here.items() if there.get(d) != p}
        come = {d: p for d, p in there.items() if here.get(d) != p}
        if len(gone) == 1 and len(come) == 1:
            (one, power), (other, to) = next(iter(gone.items())), next(iter(come.items()))
            if power == to and self.currency not in (one, other):
                words = {"s": "hour"}
                left, right = words.get(one, one), words.get(other, other)
                return f"declare how they compare: `convert 1 {left} = … {right} ref …`"
        return "multiply or divide by a quantity that has the units which differ"


def _single(dims: Dims) -> bool:
    return len(dims) == 1 and dims[0][1] == 1


def _replace(dims: Dims, one: str, other: str, power: int) -> Dims:
    powers = dict(dims)
    del powers[one]
    powers[other] = powers.get(other, 0) + power
    return tuple(sorted((d, p) for d, p in powers.items() if p))


def plain(value: Fraction) -> str:
    """A number as people write it, whatever its spelling was."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled, digits = value, 0
    while scaled.denominator != 1 and digits < 40:
        scaled, digits = scaled * 10, digits + 1
    text = str(abs(scaled.numerator)).rjust(digits + 1, "0")
    return ("-" if value < 0 else "") + f"{text[:-digits]}.{text[-digits:]}"
