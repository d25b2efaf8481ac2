"""What a person types for a field in, the value a manifest would hold out, or what was expected.

A manifest is strict: plain digits, `true` and `false`. People at a prompt type `1,000,000`,
`85 %` and `yes`. This is read where it can mean one thing only; where it can mean two, neither
is guessed. Whether the value is then right is for the schema to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mlpolicy.characters import clean
from mlpolicy.core import currencies
from mlpolicy.core.types import Grain
from mlpolicy.manifest.edit import Plain
from mlpolicy.schema import Field, Kind
from mlpolicy.schema.explain import (
    GROUPED,
    expected,
    meant,
    plain_signs,
    two_readings,
    ungrouped,
)
from mlpolicy.schema.nodes import exact


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a text is no value: what is expected, and perhaps what to write."""

    message: str
    help: str = ""


Number = int | Decimal

_YES = frozenset(("yes", "y", "true"))
_NO = frozenset(("no", "n", "false"))
_RANGE = re.compile(r"(?P<low>.+?)\s*(?:\.\.\.?|…|\bto\b)\s*(?P<high>.+)", re.I)
_BRACES = re.compile(r"\{\s*low:\s*(?P<low>[^,}]+),\s*high:\s*(?P<high>[^,}]+)\}")


def value_of(text: str, field: Field, *, today: date) -> Plain | Unread:
    """The value that `text` stands for in `field`."""
    text = " ".join(text.split())
    match field.kind:
        case Kind.FLAG:
            word = text.casefold()
            if word in _YES or word in _NO:
                return word in _YES
            return Unread("expected yes or no")
        case Kind.NUMBER | Kind.INTEGER:
            return _number_or_range(text, field)
        case Kind.LIST:
            return _list(text, field, today)
        case Kind.TEXT if field.grain is Grain.DAY:
            return today.isoformat() if text.casefold() == "today" else text
        case Kind.TEXT:
            return _word(text, field)
        case Kind.MAPPING:
            return Unread(f"expected {expected(field)}", "write it into the file")


def _word(text: str, field: Field) -> str:
    """A member of a closed list however it is written; any other text as it is."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    words = {str(member): str(member) for member in field.members} | dict(field.aliases)
    if text in words or not field.members:
        return words.get(text, text)
    flat = {_flat(word): member for word, member in words.items()}
    return flat.get(_flat(text), text)


def _flat(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.casefold())


def _list(text: str, field: Field, today: date) -> Plain | Unread:
    of = field.items
    if of is None or of.kind in (Kind.MAPPING, Kind.LIST):
        return Unread(f"expected {expected(field)}", "write it into the file")
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1].strip()
        if not bare:
            return []
    if bare.casefold() == "none" and "none" not in of.members:
        return []
    parts = bare.split(",") if "," in bare else bare.split() if of.members else [bare]
    if of.members and len(parts) > 1 and "," not in bare and _word(bare, of) in of.members:
        parts = [bare]
    items: list[Plain] = []
    for part in parts:
        if not part.strip():
            return Unread("an item between two commas is empty", "write words and commas: `a, b`")
        item = value_of(part.strip(), of, today=today)
        if isinstance(item, Unread):
            return item
        items.append(item)
    return items


def _number_or_range(text: str, field: Field) -> Plain | Unread:
    found = _BRACES.fullmatch(text) or _RANGE.fullmatch(text)
    if not found:
        dashed = re.fullmatch(r"([0-9][0-9.,]*)\s*[-–—]\s*([0-9][0-9.,]*)(.*)", text)
        if dashed and field.estimate:
            return Unread("a range is written with two dots", f"write `{dashed[1]}..{dashed[2]}`")
        return number(text, field)
    if not field.estimate:
        return Unread(f"a range cannot stand here; expected {wanted(field)}")
    low, high = number(found["low"], field), number(found["high"], field)
    if isinstance(low, Unread):
        return low
    if isinstance(high, Unread):
        return high
    if low > high:
        return Unread("the range is upside down", f"write `{high}..{low}`")
    return {"low": low, "high": high}


_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_DIGITS = re.compile(r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE]\+?[0-9]+)?")


def number(text: str, field: Field) -> Number | Unread:
    """The number that a text stands for: in the field's unit, with marks between thousands only
    where they cannot be taken for a decimal point."""
    unit = field.unit or ""
    bare, strange = _without_unit(plain_signs(text), unit)
    found = re.fullmatch(r"(?P<sign>[-+]?)\s*(?P<digits>.*)", bare)
    assert found is not None
    digits, sign = found["digits"], found["sign"].replace("+", "")
    if strange or not re.fullmatch(r"[0-9.,_' eE+]+", digits):
        plain = meant(text, unit or None) if re.search("[0-9]", text) else None
        return Unread(
            f"expected {wanted(field)}", f"write plain digits: `{plain}`" if plain else ""
        )
    if _EITHER.fullmatch(digits):
        return _either(sign, digits, field)
    if GROUPED.fullmatch(digits):
        return _exact(sign + ungrouped(digits), field)
    if _DIGITS.fullmatch(digits):
        return _exact(sign + digits.replace(",", "."), field)
    return Unread(f"expected {wanted(field)}", "write plain digits")


def _either(sign: str, digits: str, field: Field) -> Number | Unread:
    """`1.500` and `1,500` may be 1500 and 1.5: taken only where one of them cannot be."""
    if field.kind is Kind.INTEGER and "," in digits:
        return _exact(sign + digits.replace(",", ""), field)
    both = two_readings(digits, field.most)
    if both is None:
        return _exact(sign + digits.replace(",", "."), field)
    return Unread(f"`{digits}` can be read in two ways", f"write `{both[0]}` or `{both[1]}`")


def _without_unit(text: str, unit: str) -> tuple[str, bool]:
    """The text without the field's own unit, and whether another word stands there."""
    words = unit.casefold().split("/")
    bare = text.strip()
    money = currencies.written(unit.partition("/")[0])
    if money:
        bare = re.sub(f"^({'|'.join(map(re.escape, money))})\\s*", "", bare, flags=re.I)
    tail = re.search(r"(?<=[0-9.\s])\s*([^\s\d.,'_+-][^\d]*)$", bare)
    if tail is None:
        return bare, False
    said = tail[1].casefold().strip()
    per = re.sub(r"\s*(/|\bper\b|\ba\b|\bevery\b)\s*", "/", said).split("/")
    called = [words[0] if word in money else "%" if word == "percent" else word for word in per]
    singular = [word.removesuffix("s") for word in called]
    own = [word.removesuffix("s") for word in words]
    if unit and singular == own[: len(singular)]:
        return bare[: tail.start()].strip(), False
    return bare, True


def _exact(text: str, field: Field) -> Number | Unread:
    found = exact(text)
    if found is None:
        message = f"`{clean(text)}` is too large or too fine"
        return Unread(message, "keep within 10^15 and 12 decimals")
    return found


# -- what to expect, in words ---------------------------------------------------------------


def wanted(field: Field) -> str:
    """What may be typed for a field, as a phrase."""
    match field.kind:
        case Kind.FLAG:
            return "yes or no"
        case Kind.LIST if field.items is not None:
            each = wanted(field.items)
            none = field.fewest_items == 0 and "none" not in field.items.members
            return f"one or more, with commas between: {each}{'; or none' if none else ''}"
        case Kind.NUMBER | Kind.INTEGER:
            return _wanted_number(field)
        case Kind.TEXT if field.members:
            return _either_of(field)
        case Kind.TEXT if field.grain is not None:
            return _POINTS[field.grain]
        case _:
            return field.says or "text"


_POINTS = {
    Grain.DAY: "a date as 2026-11-22",
    Grain.TIME: "a time of day as 09:30",
    Grain.MOMENT: "a day and a time as 2026-11-22T09:30:00+01:00",
}


def _wanted_number(field: Field) -> str:
    if field.members:
        return _either_of(field)
    unit = f" ({field.unit})" if field.unit not in (None, "number", "%") else ""
    what = "a percentage" if field.unit == "%" else f"{field.kind}{unit}"
    low, high = field.least, field.most
    limits = f", {low} to {high}" if high is not None and low is not None and high < 10**9 else ""
    return f"{what}{limits}{', or a range as 10..20' if field.estimate else ''}"


def _either_of(field: Field) -> str:
    words = [str(member) for member in field.members]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
