"""Number lines: a value, or the range it lies in, beside the bar it is compared with.

In go comparisons of the trace, out come positions in hundredths of the line's width. What a
reader is told stands in the texts, which are the trace's own; the positions are for the eye.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.core.decision import Trace
from mlpolicy.core.show import decimal_text, several
from mlpolicy.render.path import comparisons

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_QUANTITY = re.compile(
    rf"(?P<open>at least |at most )?(?P<low>{_NUMBER})(?: \.\. (?P<high>{_NUMBER}))?"
    r"(?: (?P<unit>(?!\(may)[^\d\s]\S*))?(?: \(may be wider\))?"
)
#: How the ends of a scale may begin.
_ROUND = tuple(Fraction(tenths, 10) for tenths in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100))
_BARS = frozenset({"threshold", "param", "constant"})
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_UNLIMITED = "unlimited"
_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "exactly"}


@dataclass(frozen=True, slots=True)
class Extent:
    """A quantity read back from how it is shown. None at an end is an open end."""

    low: Fraction | None
    high: Fraction | None
    unit: str
    beyond: bool = False  # past every number


@dataclass(frozen=True, slots=True)
class Band:
    """From where to where on the line; open where the quantity goes on past the end."""

    start: str
    end: str
    width: str
    open_start: bool
    open_end: bool

    @property
    def point(self) -> bool:
        return self.start == self.end


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Margin:
    """A comparison with a bar: what must be (`at least`), what came of it, by how much."""

    value: Side
    bar: Side
    must_be: str
    truth: str
    margin: str
    scale: Scale | None
    refs: tuple[str, ...]


def margins(conditions: Iterable[Trace]) -> list[Margin]:
    """The comparisons of numbers that these conditions follow from, each once."""
    found: dict[tuple[str, ...], Margin] = {}
    for condition in conditions:
        for compared in comparisons(condition):
            margin = _margin(compared)
            if margin is not None:
                key = (margin.value.name, margin.must_be, margin.bar.name, margin.value.shown)
                found.setdefault(key, margin)
    return list(found.values())


def _margin(compared: Trace) -> Margin | None:
    if compared.kind != "compare" or compared.name not in _TURNED:
        return None
    left, right = compared.children
    operator, note = compared.name, compared.note
    if left.kind in _BARS and right.kind not in _BARS:
        left, right, operator = right, left, _TURNED[operator]
        note = _turned(note)
    bar, value = _extent(right.value), _extent(left.value)
    if bar is not None and left.value == _UNLIMITED:
        value = Extent(None, None, bar.unit, beyond=True)
    if bar is None and value is None:
        return None  # nothing to measure: not a number, or nothing known of either
    refs = dict.fromkeys(ref for node in (compared, left, right) for ref in node.refs)
    scale = _scale(value, bar, operator) if bar is not None else None
    return Margin(
        _side(left),
        _side(right),
        _WORDS[operator],
        compared.value,
        note,
        scale,
        tuple(refs),
    )


def _turned(note: str) -> str:
    """The same margin, seen from the other side."""
    if note.endswith(" above"):
        return note.removesuffix("above") + "below"
    if note.endswith(" below"):
        return note.removesuffix("below") + "above"
    return note


def _side(node: Trace) -> Side:
    written = " ".join(node.text.split())
    name = node.name if node.kind not in ("arithmetic", "convert") and node.name else written
    note = node.note if node.note.startswith(("assumed", "absent")) else ""
    return Side("" if node.kind == "constant" else name, node.value, note)


def _extent(shown: str) -> Extent | None:
    """`88 %`, `5 .. 7 USD`, `at least 5`: a quantity; anything else is none."""
    found = _QUANTITY.fullmatch(shown)
    if found is None:
        return None
    low = Fraction(found["low"].replace(",", ""))
    high = Fraction(found["high"].replace(",", "")) if found["high"] else low
    unit = several(found["unit"] or "")
    match found["open"]:
        case "at least ":
            return Extent(low, None, unit)
        case "at most ":
            return Extent(None, low, unit)
        case _:
            return Extent(low, high, unit)


def _scale(value: Extent | None, bar: Extent, operator: str) -> Scale | None:
    if value is not None and value.unit != bar.unit:
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
    unit = f" {bar.unit}" if bar.unit else ""
    return Scale(
        f"{decimal_text(first)}{unit}",
        f"{decimal_text(last)}{unit}",
        band(value) if value is not None else None,
        band(bar),
        holds,
    )


def _band(
    start: Fraction, end: Fraction, first: Fraction, last: Fraction, low: bool, high: bool
) -> Band:
    at, to = (start - first) / (last - first), (end - first) / (last - first)
    return Band(hundredths(at), hundredths(to), hundredths(to - at), low, high)


def _ends(ends: list[Fraction], unit: str) -> tuple[Fraction, Fraction]:
    """Where the line begins and ends: from zero, and to a round number past all there is."""
    if unit == "%" and all(0 <= end <= 100 for end in ends):
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


def conditions(trace: Trace) -> Iterator[Trace]:
    """The conditions on the path below a `tree` node, in the order they were met."""
    for child in trace.children:
        if child.kind == "if" and child.children:
            yield child.children[0]
            yield from conditions(child)
        elif child.kind in ("tree", "goto"):
            yield from conditions(child)
