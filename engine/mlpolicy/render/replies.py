"""The words for replies to questions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mlpolicy.core.calendar import SECOND, write
from mlpolicy.core.decision import OpenCell
from mlpolicy.core.numbers import Bound
from mlpolicy.core.replies import (
    AnyReply,
    DayReply,
    Given,
    NumberReply,
    Reply,
    Span,
    Take,
    WordReply,
)
from mlpolicy.core.show import decimal_text, finite_places, show_number, unit_after
from mlpolicy.core.types import Grain
from mlpolicy.typed import assert_never

_SHOWN = 12  # decimal places that are shown in full
_BILLION = 10**9
_NAMED = 6  # so many replies that leave the same are named


def replies_text(several: Sequence[Reply]) -> str:
    """Replies that leave the same outcomes, in one."""
    texts = list(map(reply_text, several))
    if len(texts) <= _NAMED:
        return ", ".join(texts)
    first = texts[: _NAMED - 1]
    return f"{', '.join(first)} or {len(texts) - len(first)} others"


def ask_text(ask: str | OpenCell) -> str:
    """What is asked: in the policy's words, or of its owner."""
    if isinstance(ask, str):
        return ask
    refs = f" ({' '.join(ask.refs)})" if ask.refs else ""
    return (
        f"For the owner of the policy to look up: `{ask.column}` of {', '.join(ask.row)} "
        f"in the catalogue `{ask.catalog}`{refs}."
    )


def given_text(given: Given) -> str:
    """What is taken of other columns of an entry: `sample_size from 200`."""
    return ", ".join(f"{name} {reply_text(reply)}" for name, reply in given)


def reply_text(reply: Reply) -> str:
    """`below 85 %`, `yes`, `with eu`, `before 2026-05-01`."""
    match reply:
        case WordReply():
            return _word(reply)
        case NumberReply():
            return f"{reply.name} {_number(reply)}" if reply.name else _number(reply)
        case DayReply():
            return _days(reply)
        case AnyReply():
            return "any value"
        case _:
            assert_never(reply)


def _word(reply: WordReply) -> str:
    match reply.take:
        case Take.IS:
            return reply.word
        case Take.TEXT:
            return f'"{reply.word}"'
        case Take.WITH | Take.WITHOUT:
            return f"{reply.take.value} {reply.word}"
        case Take.NOTHING:
            return "none at all"
        case Take.OTHER:
            return "anything else"
        case _:
            assert_never(reply.take)


def _number(reply: NumberReply) -> str:
    """`below 85 %`, `from 85 %`, `above 3 and up to 5 kg`, `exactly 7`. A fraction that no
    decimal tells is told as "about"."""
    part = reply.part
    if part.is_point:
        return f"exactly {_end(part.lo, reply)}{_tail(part.lo, reply)}"
    if reply.narrow:
        low, high = _end(part.lo, reply), _end(part.hi, reply)
        return f"between {low} and {high}{_tail(part.hi, reply)}"
    low = "" if reply.lowest else f"{'above' if part.lo_open else 'from'} {_end(part.lo, reply)}"
    high = "" if reply.highest else f"{'below' if part.hi_open else 'up to'} {_end(part.hi, reply)}"
    if not low and not high:
        return "any value"
    last = part.hi if high else part.lo
    return f"{' and '.join(side for side in (low, high) if side)}{_tail(last, reply)}"


def _end(end: Bound, reply: NumberReply) -> str:
    assert isinstance(end, Fraction)
    places = finite_places(end / reply.unit.scale)
    number = end / reply.unit.scale
    if abs(number) >= _BILLION and number % 1 != 0:
        return f"about {decimal_text(number / _BILLION, 1)} billion"
    about = "about " if places is None or places > _SHOWN else ""
    return f"{about}{show_number(end, reply.unit)}"


def _tail(end: Bound, reply: NumberReply) -> str:
    assert isinstance(end, Fraction)
    return unit_after(end, reply.unit)


def _days(reply: DayReply) -> str:
    first, last, grain = reply.first, reply.last, reply.grain
    match reply.span:
        case Span.ON:
            assert first is not None
            at = "on" if grain is Grain.DAY else "at"
            return f"{at} {write(first, grain)}"
        case Span.BETWEEN:
            low = f"after {write(first - 1, grain)}" if first is not None else ""
            high = f"before {write(last + 1, grain)}" if last is not None else ""
            return " and ".join(part for part in (low, high) if part)
        case Span.FROM_TO:
            low, high = _from(first, grain), _up_to(last, grain)
            return " ".join(part for part in (low, high) if part) or _ANY[grain]
        case _:
            assert_never(reply.span)


_ANY = {Grain.DAY: "any day", Grain.TIME: "any time", Grain.MOMENT: "any day and time"}


def _from(first: int | None, grain: Grain) -> str:
    """`from 2026-05-01`, `after 09:30`: in whole seconds at least, as people tell the time."""
    if first is None:
        return ""
    is_told = grain is Grain.DAY or first % SECOND == 0
    return f"from {write(first, grain)}" if is_told else f"after {write(first - 1, grain)}"


def _up_to(last: int | None, grain: Grain) -> str:
    if last is None:
        return ""
    is_told = grain is Grain.DAY or last % SECOND == 0
    return f"up to {write(last, grain)}" if is_told else f"before {write(last + 1, grain)}"
