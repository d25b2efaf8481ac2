"""Points of the calendar and of the clock, as whole numbers and as texts.

A day is its proleptic Gregorian ordinal. A time of day is counted in nanoseconds from midnight, and
has no offset: it is what a clock shows where the thing is. A day with a time (a moment) is counted
in nanoseconds from 0001-01-01T00:00:00Z, and is written with its offset from UTC: without one it
would be another moment for each reader. Two moments are the same however they are written.
(docs/language.md, Inputs)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from mlpolicy.core.types import Grain
from mlpolicy.pattern import pattern

SECOND = 10**9
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
LAST_MOMENT = date.max.toordinal() * DAY - 1

#: A point of each grain, for examples.
SOME = {Grain.DAY: "2026-01-01", Grain.TIME: "09:30", Grain.MOMENT: "2026-01-01T09:30:00Z"}

_CLOCK = r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,9}))?)?"
_TIME = pattern(_CLOCK)
_MOMENT = pattern(rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})T{_CLOCK}(?P<offset>Z|[+-]\d{{2}}:\d{{2}})")
_DATE = pattern(r"\d{4}-\d{2}-\d{2}")


class NoPointError(ValueError):
    """A text that is no point of its grain. `formed`: it has the form of one, and there is none
    such, as 2026-02-30 or 25:00."""

    def __init__(self, formed: bool) -> None:
        super().__init__(formed)
        self.formed = formed


def steps(grain: Grain) -> int:
    """How many steps a day has."""
    return 1 if grain is Grain.DAY else DAY


def day_of(point: int, grain: Grain) -> int | None:
    """The day on which a point lies in UTC, as an ordinal; None of a time of day."""
    match grain:
        case Grain.DAY:
            return point
        case Grain.MOMENT:
            return point // DAY + 1
        case Grain.TIME:
            return None


def ends(grain: Grain) -> tuple[int | None, int | None]:
    """The first and the last point of a day, of a time of day; None where there is no end."""
    return (0, DAY - 1) if grain is Grain.TIME else (None, None)


def seconds(grain: Grain) -> Fraction:
    """How many seconds a step takes."""
    return Fraction(86_400, steps(grain))


def read(text: str, grain: Grain) -> int:
    """The point that a text stands for. Raises NoPointError."""
    match grain:
        case Grain.DAY:
            if not text.isascii() or _DATE.fullmatch(text) is None:
                raise NoPointError(False)
            return _ordinal(text)
        case Grain.TIME:
            found = _TIME.fullmatch(text) if text.isascii() else None
            if found is None:
                raise NoPointError(False)
            return _of_clock(found["hour"], found["minute"], found["second"], found["part"])
        case Grain.MOMENT:
            found = _MOMENT.fullmatch(text) if text.isascii() else None
            if found is None:
                raise NoPointError(False)
            time = _of_clock(found["hour"], found["minute"], found["second"], found["part"])
            point = (_ordinal(found["day"]) - 1) * DAY + time - _offset(found["offset"])
            if not 0 <= point <= LAST_MOMENT:
                raise NoPointError(True)
            return point


def is_point(text: str) -> bool:
    """Is the text a point of some grain, as a policy may write it?"""
    if not text[:2].isdigit():
        return False
    for grain in Grain:
        try:
            read(text, grain)
        except NoPointError:
            continue
        return True
    return False


def has_offset(text: str) -> bool:
    """Does the text of a moment end in its offset from UTC?"""
    return text[-1:] == "Z" or text[-6:-5] in ("+", "-")


def _ordinal(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise NoPointError(True) from None


def _of_clock(hour: str, minute: str, second: str | None, part: str | None) -> int:
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise NoPointError(True)
    whole = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    return whole * SECOND + int((part or "").ljust(9, "0"))


def _offset(text: str) -> int:
    if text == "Z":
        return 0
    away = _of_clock(text[1:3], text[4:6], None, None)
    return -away if text[0] == "-" else away


def write(point: int, grain: Grain) -> str:
    """A point as it is written: `2026-01-31`, `09:30`, `2026-01-31T09:30:00Z`. One beyond the years
    that can be written is the first or the last of them."""
    match grain:
        case Grain.DAY:
            return date.fromordinal(min(max(point, 1), date.max.toordinal())).isoformat()
        case Grain.TIME:
            return _clock(min(max(point, 0), DAY - 1), with_seconds=False)
        case Grain.MOMENT:
            day, time = divmod(min(max(point, 0), LAST_MOMENT), DAY)
            return f"{date.fromordinal(day + 1).isoformat()}T{_clock(time, with_seconds=True)}Z"


def _clock(point: int, with_seconds: bool) -> str:
    whole, part = divmod(point, SECOND)
    minutes, second = divmod(whole, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if second or part or with_seconds:
        text += f":{second:02}"
    return f"{text}.{str(part).zfill(9).rstrip('0')}" if part else text
