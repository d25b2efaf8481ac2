"""Number lines: a value, or the range it lies in, beside the bar it is compared with.

In go comparisons of the trace, out come positions in hundredths of the line's width. What a
reader is told stands in the texts; the positions are for the eye.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.show import decimal_text, several
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.core.types import PERCENT, Unit
from mlpolicy.explain.deciding import comparisons
from mlpolicy.explain.kinds import BARS
from mlpolicy.explain.known import Extent, content, extent
from mlpolicy.explain.margins import margin
from mlpolicy.explain.ways import branches
from mlpolicy.render import words

#: How the ends of a scale may begin.
_ROUND = tuple(Fraction(tenths, 10) for tenths in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100))
_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "exactly"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From where to where on the line; open where the quantity goes on past the end."""

    start: str
    end: str
    width: str
    open_start: bool
    open_end: bool

    @property
    def point(self) -> bool:
        """Does it stand at one place of the line?"""
        return self.start == self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A number line: its ends as text, the value, the bar, and the part where it holds."""

    first: str
    last: str
    value: Band | None
    bar: Band
    holds: Band | None


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: its name, its value as shown, and where that comes from."""

    name: str
    shown: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """A comparison with a bar: what must be (`at least`), what came of it, by how much."""

    value: Side
    bar: Side
    must_be: str
    truth: str
    margin: str
    scale: Scale | None
    refs: tuple[str, ...]


def margins(conditions: Iterable[Step]) -> list[Margin]:
    """The comparisons of numbers that these conditions follow from, each once."""
    found: dict[tuple[object, ...], Margin] = {}
    for condition in conditions:
        for compared in comparisons(condition):
            told = _margin(compared)
            if told is not None:
                left, right, operator = _turned(compared)
                key = (_name(left), content(left), operator, _name(right))
                found.setdefault(key, told)
    return list(found.values())


def _margin(compared: Step) -> Margin | None:
    if compared.kind is not StepKind.COMPARE or compared.name not in _WORDS:
        return None
    left, right, operator = _turned(compared)
    apart = margin(compared)
    if apart is not None and left is not compared.children[0]:
        apart = apart.turned()
    value, bar = extent(left), extent(right)
    if bar is not None and bar.beyond:
        bar = None  # every number is within it
    if value is not None and value.beyond:
        value = replace(value, unit=bar.unit) if bar is not None else None
    if bar is None and value is None:
        return None  # nothing to measure: not a number, or nothing known of either
    refs = dict.fromkeys(ref for node in (compared, left, right) for ref in node.refs)
    scale = _scale(value, bar, operator) if bar is not None else None
    return Margin(
        value=_side(left),
        bar=_side(right),
        must_be=_WORDS[operator],
        truth=words.value(compared),
        margin=words.margin_text(apart) if apart is not None else "",
        scale=scale,
        refs=tuple(refs),
    )


def _turned(compared: Step) -> tuple[Step, Step, str]:
    """The value, the bar and the operator between them; turned where the bar stands first."""
    left, right = compared.children
    if left.kind in BARS and right.kind not in BARS:
        return right, left, OPERATORS[compared.name].turned
    return left, right, compared.name


def _name(node: Step) -> str:
    if node.kind is StepKind.CONSTANT:
        return ""
    worked_out = node.kind in (StepKind.ARITHMETIC, StepKind.CONVERT)
    return node.name if not worked_out and node.name else node.text


def _side(node: Step) -> Side:
    note = words.note(node) if node.basis in (Basis.ASSUMED, Basis.ABSENT) else ""
    return Side(_name(node), words.value(node), note)


def _scale(value: Extent | None, bar: Extent, operator: str) -> Scale | None:
    if value is not None and value.unit.text != bar.unit.text:
        return None
    ends = [
        end for each in (value, bar) if each for end in (each.low, each.high) if end is not None
    ]
    first, last = _ends(ends, bar.unit)

    def band(extent: Extent) -> Band:
        if extent.beyond:
            return _band(last, last, first, last, False, True)
        start = first if extent.low is None else extent.low
        end = last if extent.high is None else extent.high
        return _band(start, end, first, last, extent.low is None, extent.high is None)

    holds: Band | None = None
    if operator in (">", ">=") and bar.high is not None:
        holds = _band(bar.high, last, first, last, False, True)
    elif operator in ("<", "<=") and bar.low is not None:
        holds = _band(first, bar.low, first, last, True, False)
    shown = bar.unit.text if bar.unit.text != "number" else ""
    unit = f" {several(shown)}" if shown else ""
    return Scale(
        first=f"{decimal_text(first)}{unit}",
        last=f"{decimal_text(last)}{unit}",
        value=band(value) if value is not None else None,
        bar=band(bar),
        holds=holds,
    )


def _band(
    start: Fraction, end: Fraction, first: Fraction, last: Fraction, low: bool, high: bool
) -> Band:
    at, to = (start - first) / (last - first), (end - first) / (last - first)
    return Band(
        start=hundredths(at),
        end=hundredths(to),
        width=hundredths(to - at),
        open_start=low,
        open_end=high,
    )


def _ends(ends: list[Fraction], unit: Unit) -> tuple[Fraction, Fraction]:
    """Where the line begins and ends: from zero, and to a round number past all there is."""
    if unit.text == PERCENT.text and all(0 <= end <= 100 for end in ends):
        return Fraction(0), Fraction(100)
    low, high = min(ends), max(ends)
    first = -rounded_up(-low * Fraction(6, 5)) if low < 0 else Fraction(0)
    last = rounded_up(high * Fraction(6, 5)) if high > 0 else Fraction(0)
    return (first, last) if first != last else (Fraction(0), Fraction(1))


def rounded_up(number: Fraction) -> Fraction:
    """The next round number from a positive one: 93,400 gives 100,000."""
    power = Fraction(1)
    while power * 10 < number:
        power *= 10
    while power > number:
        power /= 10
    return next(step * power for step in _ROUND if step * power >= number)


def hundredths(part: Fraction) -> str:
    """A part of the whole as `12.34%`, kept between nothing and everything."""
    kept = min(max(part, Fraction(0)), Fraction(1))
    scaled = (kept * 10000 + Fraction(1, 2)).__floor__()
    whole, rest = divmod(scaled, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"


def conditions(tree: Step) -> Iterator[Step]:
    """The conditions on the path below a `tree` step, in the order they were met."""
    return (step.children[0] for step in branches(tree))
