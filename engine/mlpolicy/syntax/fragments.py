"""Parse helpers: from tokens to texts, dates, numbers and names, and what is looked for among
the children of a rule.

What a rule of the grammar gives that is not a node of the tree (`with …`, `ref …`) is a
`Fragment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from mlpolicy.core import calendar
from mlpolicy.core.types import Grain
from mlpolicy.pattern import pattern
from mlpolicy.source import Span
from mlpolicy.syntax import tree as t

Children = list[Any]

#: What the indenter adds; takes no part in places.
STRUCTURE = frozenset({"_NL", "_INDENT", "_DEDENT"})
#: What parts two lines of a sentence.
GOES_ON = "_GOES_ON"

#: Parses the expression in a stretch of the source.
ParseHole = Callable[[int, int], t.Expr | None]


class Problem(Protocol):
    """Notes what is wrong, where."""

    def __call__(self, code: str, message: str, span: Span, help: str = "") -> None:
        """Notes a fault: its code in `diagnostics.CODES`, what is wrong, where, how to fix it."""


@dataclass(slots=True)
class Fragment:
    """What a rule of the grammar gives that is not a node of the tree: `with …`, `ref …`."""

    kind: str
    value: Any
    span: Span


def place_of(child: Any) -> Span:
    """Where a child stands: a token, a node or a fragment."""
    span = getattr(child, "span", None)
    return span if isinstance(span, Span) else Span(child.start_pos, child.end_pos)


def span_of(children: Children) -> Span:
    """From the first child to the last one that is text. INVARIANT: no rule of the grammar is
    empty."""
    for last in reversed(children):
        if isinstance(last, t.Node | Fragment) or last.type not in STRUCTURE:
            return Span(place_of(children[0]).start, place_of(last).end)
    raise AssertionError("a rule without text")


def only(children: Children, *kinds: type) -> list[Any]:
    """The children that are of these kinds, in order."""
    return [child for child in children if isinstance(child, kinds)]


def fragment_of(children: Children, kind: str) -> Any:
    """The value of the first fragment of a kind; None where there is none."""
    for child in children:
        if type(child) is Fragment and child.kind == kind:
            return child.value
    return None


def refs_of(children: Children) -> tuple[t.Ref, ...]:
    """All references that stand directly among the children, in order."""
    found: list[t.Ref] = []
    for child in children:
        if type(child) is Fragment and child.kind == "refs":
            found.extend(child.value)
    return tuple(found)


def after(children: Children, sign: str) -> Any:
    """The child that follows a token, or None where there is no such token."""
    for index, child in enumerate(children):
        if isinstance(child, str) and child == sign:
            return children[index + 1]
    return None


def name_of(token: Any) -> t.Name:
    """A token as a name, with its place."""
    return t.Name(str(token), span=Span(token.start_pos, token.end_pos))


def plain_text(token: Any, problem: Problem) -> str:
    """The text of a token without holes: braces stand for themselves. An unknown escape is
    noted."""
    inside = str(token)[1:-1]
    if "\\" not in inside:
        return inside
    return re.sub(
        r"\\(.)", lambda m: _escape(m[1], token.start_pos + 1 + m.start(), problem), inside
    )


def _escape(char: str, at_offset: int, problem: Problem) -> str:
    if char == "n":
        return "\n"
    if char not in '"\\':
        problem(
            "MLP0110",
            f"`\\{char}` means nothing in a text",
            Span(at_offset, at_offset + 2),
            help='write `\\"`, `\\\\` or `\\n`; a backslash by itself is `\\\\`',
        )
    return char


def text_of(token: Any, problem: Problem, parse_hole: ParseHole) -> t.Text:
    """The text of a token with its holes parsed. Braces that do not match, empty holes and unknown
    escapes are noted. (docs/language.md, Reading order of operators)"""
    start: int = token.start_pos
    span = Span(start, token.end_pos)
    inside = str(token)[1:-1]
    if not inside:
        return t.Text((), span=span)
    if "{" not in inside and "}" not in inside and "\\" not in inside:
        return t.Text((inside,), span=span)
    parts: list[str | t.Expr] = []
    words: list[str] = []
    index = 0
    while index < len(inside):
        char = inside[index]
        here = start + 1 + index
        if char == "\\":
            words.append(_escape(inside[index + 1], here, problem))
            index += 2
        elif char in "{}" and inside[index + 1 : index + 2] == char:
            words.append(char)
            index += 2
        elif char == "}":
            problem(
                "MLP0110",
                "`}` closes nothing in this text",
                Span(here, here + 1),
                help="write `}}` for a brace that is meant as text",
            )
            index += 1
        elif char == "{":
            close = _closing(inside, index)
            if close is None:
                problem(
                    "MLP0110",
                    "`{` is not closed in this text",
                    Span(here, span.end - 1),
                    help="close it with `}`, or write `{{` for a brace that is meant as text",
                )
                break
            if words:
                parts.append("".join(words))
                words.clear()
            if not inside[index + 1 : close].strip():
                problem(
                    "MLP0110",
                    "nothing stands between these braces",
                    Span(here, start + 2 + close),
                    help="name the value to show, or write `{{}}` for the braces themselves",
                )
            else:
                value = parse_hole(here + 1, start + 1 + close)
                if value is not None:
                    parts.append(value)
            index = close + 1
        else:
            words.append(char)
            index += 1
    if words:
        parts.append("".join(words))
    return t.Text(tuple(parts), span=span)


def joined(lines: Sequence[t.Text], span: Span) -> t.Text:
    """The lines of a sentence as one text, a space between two of them."""
    parts: list[str | t.Expr] = []
    for line in lines:
        for part in (*((" ",) if parts else ()), *line.parts):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
    return t.Text(tuple(parts), span=span)


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for index in range(start, len(text)):
        if text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return None


def date_of(token: Any, problem: Problem) -> t.DateLiteral:
    """A date; a day that does not exist is noted."""
    span = Span(token.start_pos, token.end_pos)
    try:
        date.fromisoformat(token)
    except ValueError:
        problem(
            "MLP0109",
            f"`{token}` is no day of the calendar",
            span,
            help="write a date as year-month-day, such as `2026-01-31`",
        )
    return t.DateLiteral(str(token), span=span)


#: An offset without its colon, or in hours alone; behind a time, so that it is no part of a day.
_SHORT_OFFSET = pattern(r"(?<=:\d\d)(?P<hour>[+-]\d{2})(?P<minute>\d{2})?$")


def grain_of(text: str) -> Grain:
    """Of a time of day, or of a day with its time."""
    return Grain.MOMENT if "T" in text else Grain.TIME


def time_of(token: Any, problem: Problem) -> t.TimeLiteral:
    """A time of day, or a day with its time and its offset; one that does not exist is noted."""
    span, text = Span(token.start_pos, token.end_pos), str(token)
    grain = grain_of(text)
    try:
        calendar.read(text, grain)
    except calendar.NoPointError:
        if grain is Grain.TIME:
            message, help = "no time of the clock", "write 00:00 to 23:59, such as `09:30`"
        elif (short := _SHORT_OFFSET.search(text)) is not None:
            message = "a day and a time with a short offset from UTC"
            help = f"write `{text[: short.start()]}{short['hour']}:{short['minute'] or '00'}`"
        elif calendar.has_offset(text):
            message = "no day and time of the calendar"
            help = "write it as `2026-01-31T09:30:00+01:00`"
        else:
            message = "a day and a time without an offset from UTC: not the same moment everywhere"
            help = f"write `{text}Z` for UTC, or the offset, as in `{text}+01:00`"
        problem("MLP0109", f"`{text}` is {message}", span, help=help)
    return t.TimeLiteral(text, grain, span=span)


#: Digits of a number; nobody writes so many, and arithmetic takes long with them.
_DIGITS = 40


#: The digits of a number, and its power of ten: `1_000_000`, `2.5e25`.
_WRITTEN = pattern(r"([\d_.]+)(?:e(\d+))?")


#: `1.000` and `2.500`: a point between thousands, or decimals with a zero that says nothing.
_EITHER = pattern(r"[1-9][0-9]{0,2}\.[0-9]{2}0")


def number_of(token: Any, problem: Problem) -> t.Number:
    """A number, exact, with the unit behind it as written. One with too many digits is noted."""
    text = str(token)
    written = _WRITTEN.match(text)
    assert written is not None, text
    unit = text[written.end() :].strip()
    span = Span(token.start_pos, token.end_pos)
    plain = written[1].replace("_", "")
    digits = sum(map(str.isdigit, plain)) + int(written[2] or 0)
    if digits > _DIGITS:
        message = f"the number has {digits:,} digits; at most {_DIGITS} are read"
        problem("MLP0118", message, span, help="round it, or write it in a larger unit")
        return t.Number(Fraction(0), unit, text, span=span)
    if _EITHER.fullmatch(written[1]) and not written[2]:
        whole, fine = plain.replace(".", ""), plain.rstrip("0").rstrip(".")
        message = f"`{plain}` can be read in two ways"
        problem("MLP0118", message, span, help=f"write `{whole}`, or `{fine}`")
    value = Fraction(plain) * 10 ** int(written[2] or 0)
    return t.Number(value, unit, text, span=span)


def path_of(token: Any) -> t.PathLiteral:
    """A path of the manifest, in its steps."""
    scope, *steps = str(token).split(".")
    return t.PathLiteral(scope, tuple(steps), span=Span(token.start_pos, token.end_pos))


def columns_of(token: Any) -> t.Column | t.Var:
    """A path as columns of what its first name says: `reader.tested.each`."""
    first, *steps = str(token).split(".")
    end = token.start_pos + len(first)
    found: t.Column | t.Var = t.Var(first, span=Span(token.start_pos, end))
    for step in steps:
        name = t.Name(step, span=Span(end + 1, end + 1 + len(step)))
        end = name.span.end
        found = t.Column(found, name, span=Span(token.start_pos, end))
    return found
