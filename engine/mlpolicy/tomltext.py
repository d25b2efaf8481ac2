"""The text of a TOML file in, its nodes with their places out; the one place that asks tomllib.

tomllib says what a text means, and keeps no places. So the text, once tomllib has accepted it, is
gone through again for the places of its keys and values alone. That needs to know only where a
key, a text in quotes, a list or a table in braces ends.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping as AnyMapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, at
from mlpolicy.schema.nodes import Entry, Listing, Mapping, Node, Scalar
from mlpolicy.source import Source, Span

Path: TypeAlias = "tuple[str | int, ...]"

#: Levels of brackets, and digits of a number: more is an attack or a slip.
MOST_DEPTH = 50
MOST_DIGITS = 1_000


def read(source: Source, code: str) -> Mapping | Diagnostic:
    """The table that a TOML text is, or the first thing that prevents it, under `code`.

    A date becomes its text, a number with a fraction a `Decimal`: nothing is rounded.
    """
    if (fault := _beyond_limits(source, code)) is not None:
        return fault
    try:
        values = tomllib.loads(source.text, parse_float=_exact)
    except tomllib.TOMLDecodeError as error:
        return _not_toml(source, str(error), code)
    except _TooLargeError as error:
        begin = source.text.index(error.written)
        span = Span(begin, begin + len(error.written))
        message = "a number whose power of ten is too large"
        return at(code, message, source, span, help="put it in quotes if it is text")
    node = _node(values, (), _Scanner(source.text).places(), source)
    assert isinstance(node, Mapping)
    return node


class _TooLargeError(Exception):
    """A number of which the power of ten is beyond what a `Decimal` holds."""

    def __init__(self, written: str) -> None:
        super().__init__(written)
        self.written = written


def _exact(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise _TooLargeError(written) from None


def _beyond_limits(source: Source, code: str) -> Diagnostic | None:
    """What would end the reader of TOML: brackets without end, or digits."""
    tokens = re.compile(
        r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''" + r'|"(?:\\[^\n]|[^"\\\n])*"'
        rf"|'[^'\n]*'|#[^\n]*|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<long>[0-9_]{{{MOST_DIGITS},}})",
        re.DOTALL,
    )
    depth = 0
    for token in tokens.finditer(source.text):
        span = Span(token.start(), token.end())
        if token["open"]:
            depth += 1
            if depth > MOST_DEPTH:
                message = f"nested more than {MOST_DEPTH} levels deep"
                return at(code, message, source, span, help="close the brackets before")
        elif token["close"]:
            depth = max(depth - 1, 0)
        elif token["long"]:
            message = f"a number of {len(token[0]):,} digits"
            return at(code, message, source, span, help="put it in quotes if it is text")
    return None


#: What tomllib says of what stands twice, in our words, and what helps.
_TWICE = (
    (r"Cannot overwrite a value", "this key has a value already", "keep one of the two"),
    (
        r"Cannot (?:declare|mutate immutable namespace|redefine namespace) \('(.*)',\)(?: twice)?",
        r"the table `\1` stands twice",
        "put all of its keys under one heading",
    ),
)


def _not_toml(source: Source, text: str, code: str) -> Diagnostic:
    """tomllib names the place only in its sentence: `… (at line 3, column 5)`."""
    found = re.search(r" \(at line (\d+), column (\d+)\)", text)
    said, help = text[: found.start()] if found else text.split(" (at ")[0], ""
    for words, instead, way_out in _TWICE:
        if twice := re.fullmatch(words, said):
            said, help = twice.expand(instead), way_out
    message = f"not valid TOML: {said}"
    offset = len(source.text.rstrip("\n"))  # "at end of document"
    if found is not None:
        before = source.text.splitlines(keepends=True)[: int(found[1]) - 1]
        offset = sum(map(len, before)) + int(found[2]) - 1
    return at(code, message, source, Span(offset, offset + 1), help=help)


# -- places --------------------------------------------------------------------------------


@node
class _Place:
    """Where a key stands, and its value; what has no key stands for itself."""

    key: Span
    value: Span


#: A text in quotes, on one line or on several.
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{1,2}(?!"))?|' + r"'''.*?'''(?:'{1,2}(?!'))?"
    r"|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]+")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")


class _Scanner:
    """Goes through a text that is valid TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.found: dict[Path, _Place] = {}
        self.items: dict[Path, int] = {}  # how many tables `[[…]]` a list has so far

    def places(self) -> AnyMapping[Path, _Place]:
        """The place of every key and value, by the keys and numbers that lead to it."""
        table: Path = ()
        self.blank()
        while self.offset < len(self.text):
            if self.text[self.offset] == "[":
                table = self.heading()
            else:
                self.entry(table)
            self.blank()
        return self.found

    def blank(self) -> None:
        """Passes over spaces, line ends and remarks."""
        found = _BLANK.match(self.text, self.offset)
        assert found is not None
        self.offset = found.end()

    def heading(self) -> Path:
        """`[a.b]` or `[[a.b]]`; returns where the entries below it go."""
        start = self.offset
        is_item = self.text.startswith("[[", start)
        self.offset += 2 if is_item else 1
        keys = self.keys()
        self.offset = self.text.index("]", self.offset) + (2 if is_item else 1)
        whole = Span(start, self.offset)
        path: Path = ()
        for number, (name, span) in enumerate(keys, start=1):
            path = (*path, name)
            self.found.setdefault(path, _Place(span, whole))
            if is_item and number == len(keys):
                self.items[path] = self.items.get(path, 0) + 1
            if path in self.items:
                path = (*path, self.items[path] - 1)
                self.found.setdefault(path, _Place(whole, whole))
        return path

    def keys(self) -> list[tuple[str, Span]]:
        """The parts of a key, `a."b c".d`, with their places."""
        parts: list[tuple[str, Span]] = []
        while True:
            self.blank()
            found = _TEXT.match(self.text, self.offset) or _BARE_KEY.match(self.text, self.offset)
            assert found is not None
            written = found[0]
            name = tomllib.loads(f"x = {written}")["x"] if written[0] in "\"'" else written
            parts.append((name, Span(found.start(), found.end())))
            self.offset = found.end()
            self.blank()
            if self.text[self.offset] != ".":
                return parts
            self.offset += 1

    def entry(self, table: Path) -> None:
        """`key = value` in a table."""
        keys = self.keys()
        self.offset += 1  # the equals sign
        self.blank()
        path = (*table, *(name for name, _ in keys))
        value = self.value(path)
        for length, (_, span) in enumerate(keys, start=len(table) + 1):
            self.found.setdefault(path[:length], _Place(span, value))

    def value(self, path: Path) -> Span:
        """Passes over a value; keeps the places of what is in it."""
        start = self.offset
        match self.text[start]:
            case "[":
                self.several("]", path)
            case "{":
                self.several("}", path)
            case _:
                found = _TEXT.match(self.text, start) or _BARE_VALUE.match(self.text, start)
                assert found is not None
                self.offset = start + len(found[0].rstrip())
        return Span(start, self.offset)

    def several(self, closing: str, path: Path) -> None:
        """The items of a list, or the entries of a table in braces."""
        self.offset += 1
        number = 0
        self.blank()
        while self.text[self.offset] != closing:
            if closing == "}":
                self.entry(path)
            else:
                here = (*path, number)
                span = self.value(here)
                self.found[here] = _Place(span, span)
                number += 1
            self.blank()
            if self.text[self.offset] == ",":
                self.offset += 1
                self.blank()
        self.offset += 1


# -- values with their places ---------------------------------------------------------------


def _node(value: Any, path: Path, places: AnyMapping[Path, _Place], source: Source) -> Node:
    span = places[path].value if path else Span(0, 0)
    match value:
        case dict():
            entries = tuple(
                Entry(
                    Scalar(name, name, places[*path, name].key),
                    _node(below, (*path, name), places, source),
                )
                for name, below in value.items()
            )
            return Mapping(entries, span)
        case list():
            items = (_node(each, (*path, n), places, source) for n, each in enumerate(value))
            return Listing(tuple(items), span)
        case str():
            return Scalar(value, value, span, True)
        case datetime.date() | datetime.time():
            return Scalar(value.isoformat(), source.text[span.start : span.end], span)
        case _:
            return Scalar(value, source.text[span.start : span.end], span)
