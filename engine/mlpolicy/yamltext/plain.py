"""YAML as most files are written, read without PyYAML.

Read are files of one document: mappings and lists by indentation, or in brackets on one line; keys
that are words; values that are words and numbers on one line, or texts in quotes without escapes;
remarks. Of everything else nothing is said: then PyYAML reads the file. So this needs to know what
it reads, and nothing of what it does not.
"""

from __future__ import annotations

from mlpolicy.yamltext.written import Composed, Limits, Written


def composed(text: str, limits: Limits) -> Composed | None:
    """The document of a text; None where it is not written plainly, or passes a limit."""
    # No tabs, no line ends but LF, nothing that cannot be seen.
    if not text.replace("\n", "").isprintable():
        return None
    try:
        reader = _Reader(text, limits)
        root = reader.block(0, 0)
    except _NotPlainError:
        return None
    return Composed((root,)) if reader.at == len(reader.lines) else None


class _NotPlainError(Exception):
    """The text is not written plainly."""


#: What a value may begin with, besides letters and digits.
_FIRST = "_./"


class _Reader:
    """Goes through the lines that hold something: the column at which that begins, where in the
    text, and where the line ends."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.lines: list[tuple[int, int, int]] = []
        self.at = 0
        self.values = 0
        start = 0
        for line in text.split("\n"):
            held = line.lstrip(" ")
            if held and held[0] != "#":
                column = len(line) - len(held)
                if column == 0 and (held.startswith(("---", "...")) or held[0] == "%"):
                    raise _NotPlainError
                self.lines.append((column, start + column, start + len(line)))
            start += len(line) + 1

    def block(self, column: int, depth: int) -> Written:
        """The mapping or list that begins in the next line, in this column."""
        if self.at >= len(self.lines) or self.lines[self.at][0] != column:
            raise _NotPlainError
        if self.text[self.lines[self.at][1]] == "-":
            return self._list(column, depth)
        return self._mapping(column, depth)

    def _next(self, column: int) -> int:
        """The column of the next line; -1 behind the last. It may not lie deeper."""
        following = self.lines[self.at][0] if self.at < len(self.lines) else -1
        if following > column:
            raise _NotPlainError
        return following

    def _place(self) -> int:
        """Where what stands next begins."""
        return self.lines[self.at][1] if self.at < len(self.lines) else len(self.text)

    def _counted(self, depth: int, entries: int, values: int) -> None:
        """Leaves to PyYAML what is too deep, or too much."""
        self.values += values
        if (
            depth >= self.limits.depth
            or entries > self.limits.entries
            or self.values > self.limits.values
        ):
            raise _NotPlainError

    def _mapping(self, column: int, depth: int) -> Written:
        entries: list[tuple[Written, Written]] = []
        begin = self.lines[self.at][1]
        self._counted(depth, 0, 1)
        while True:
            _, start, end = self.lines[self.at]
            key, start = self._key(start, end)
            self.at += 1
            start, end = self._trimmed(start, end)
            if start < end:
                value = self._value(start, end, depth)
                following = self._next(column)
            else:
                value, following = self._below(column, key.stop + 1, depth, lists=True)
            entries.append((key, value))
            self._counted(depth, len(entries), 2)
            if following < column:
                break
            if self.text[self.lines[self.at][1]] == "-":
                raise _NotPlainError
        stop = self._place()
        return Written(start=begin, end=value.end, stop=stop, flow=False, entries=entries)

    def _list(self, column: int, depth: int, *, indented: bool = True) -> Written:
        items: list[Written] = []
        begin = self.lines[self.at][1]
        self._counted(depth, 0, 1)
        while True:
            _, start, end = self.lines[self.at]
            behind = start + 1
            if behind < end and self.text[behind] != " ":
                raise _NotPlainError
            start, end = self._trimmed(behind, end)
            if start == end:
                self.at += 1
                value, following = self._below(column, behind, depth, lists=False)
            elif (
                self.text[start] == "-" and self.text[start + 1 : start + 2] in ("", " ")
            ) or self._is_key(start, end):
                value, following = self._beside(column, start, depth)
            else:
                self.at += 1
                value = self._value(start, end, depth)
                following = self._next(column)
            items.append(value)
            self._counted(depth, len(items), 1)
            if following < column:
                break
            if self.text[self.lines[self.at][1]] != "-":
                if indented:
                    raise _NotPlainError
                break
        stop = self._place()
        return Written(start=begin, end=value.end, stop=stop, flow=False, items=items)

    def _beside(self, column: int, start: int, depth: int) -> tuple[Written, int]:
        """What begins behind a `-` in its line."""
        _, before, end = self.lines[self.at]
        inner = column + start - before
        self.lines[self.at] = (inner, start, end)
        return self.block(inner, depth + 1), self._next(column)

    def _below(self, column: int, place: int, depth: int, *, lists: bool) -> tuple[Written, int]:
        """What stands in the lines below a key or a `-`, or nothing, which is a value too. Below a
        key, a list may stand in the column of the key."""
        if self.at < len(self.lines):
            deeper = self.lines[self.at][0]
            if deeper > column:
                value = self.block(deeper, depth + 1)
                return value, self._next(column)
            if lists and deeper == column and self.text[self.lines[self.at][1]] == "-":
                value = self._list(column, depth + 1, indented=False)
                return value, self._next(column)
        return Written(start=place, end=place, stop=place), self._next(column)

    # -- lines -----------------------------------------------------------------------------

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The part of a line without blanks around it, and empty where a remark begins."""
        rest = self.text[start:end]
        held = rest.lstrip(" ")
        start += len(rest) - len(held)
        if held[:1] == "#":
            return start, start
        return start, start + len(held.rstrip(" "))

    def _is_key(self, start: int, end: int) -> bool:
        """Does a key begin here? What is neither a key nor a value is found out later."""
        word, colon, rest = self.text[start:end].partition(":")
        return bool(colon) and rest[:1] in ("", " ") and _is_word(word)

    def _key(self, start: int, end: int) -> tuple[Written, int]:
        """The key at the beginning of a line, and where the rest of it begins."""
        if not self._is_key(start, end):
            raise _NotPlainError
        stop = self.text.index(":", start)
        return Written(start=start, end=stop, stop=stop, text=self.text[start:stop]), stop + 1

    # -- values ----------------------------------------------------------------------------

    def _value(self, start: int, end: int, depth: int) -> Written:
        """The value that fills the rest of a line, but for a remark."""
        first = self.text[start]
        if first in "'\"[{":
            value = self._marked(start, end, depth)
            rest = self.text[value.stop : end]
            if rest and not (rest[0] == " " and rest.lstrip(" ")[0] == "#"):
                raise _NotPlainError
            return value
        held = self.text[start:end]
        remark = held.find(" #")
        if remark >= 0:
            held = held[:remark].rstrip(" ")
        if ": " in held or held[-1] == ":":
            raise _NotPlainError
        return _scalar(start, held)

    def _marked(self, start: int, end: int, depth: int) -> Written:
        """A text in quotes, or a list or mapping in brackets."""
        first = self.text[start]
        if first == "[" or first == "{":
            return self._flow(start, end, depth + 1)
        close = self.text.find(first, start + 1, end)
        held = self.text[start + 1 : close]
        if close < 0 or "\\" in held or self.text[close + 1 : close + 2] == first:
            raise _NotPlainError
        return Written(start=start, end=close + 1, stop=close + 1, text=held, style=first)

    def _flow(self, start: int, end: int, depth: int) -> Written:
        """What stands in brackets, on one line."""
        self._counted(depth, 0, 1)
        text, closing = self.text, "]" if self.text[start] == "[" else "}"
        made = Written(start=start, end=start, stop=start)
        items: list[Written] = []
        entries: list[tuple[Written, Written]] = []
        at = self._skip(start + 1, end)
        while text[at] != closing:
            if closing == "}":
                stop = text.find(":", at, end)
                word = text[at:stop] if stop > 0 else ""
                if not _is_word(word) or text[stop + 1 : stop + 2] != " ":
                    raise _NotPlainError
                key = Written(start=at, end=stop, stop=stop, text=word)
                value = self._inner(self._skip(stop + 1, end), end, depth)
                entries.append((key, value))
                self._counted(depth, len(entries), 2)
            else:
                value = self._inner(at, end, depth)
                items.append(value)
                self._counted(depth, len(items), 1)
            at = self._skip(value.stop, end)
            if text[at] == ",":
                at = self._skip(at + 1, end)
                if text[at] == closing:
                    raise _NotPlainError
            elif text[at] != closing:
                raise _NotPlainError
        made.end = made.stop = at + 1
        if closing == "}":
            made.entries = entries
        else:
            made.items = items
        return made

    def _skip(self, at: int, end: int) -> int:
        """Where the next character stands that is no blank; a line that ends before is not read."""
        while at < end and self.text[at] == " ":
            at += 1
        if at >= end:
            raise _NotPlainError
        return at

    def _inner(self, start: int, end: int, depth: int) -> Written:
        """A value in brackets."""
        if self.text[start] in "'\"[{":
            return self._marked(start, end, depth)
        at = start
        while at < end and self.text[at] not in ",[]{}":
            at += 1
        held = self.text[start:at].rstrip(" ")
        if not held or any(mark in held for mark in ":#?\"'&*!|>%@`"):
            raise _NotPlainError
        return _scalar(start, held)


def _is_word(text: str) -> bool:
    """Is it a key as they are in a schema?"""
    return text.isascii() and text.replace("-", "_").isidentifier() and text[0] != "-"


def _scalar(start: int, held: str) -> Written:
    first = held[0]
    if not (first.isalnum() or first in _FIRST or (first == "-" and held[1:2].isalnum())):
        raise _NotPlainError
    stop = start + len(held)
    return Written(start=start, end=stop, stop=stop, text=held)
