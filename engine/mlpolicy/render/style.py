"""Colour, width and safety of text for a terminal.

Colours travel as marks inside the text (`bold("x")`), take no width, and become escape
sequences, or nothing, at the very end. Any other control character comes from a manifest or
a policy and is spelled out, so that no file can speak to the reader's terminal. The same holds for
what a CI system would take for a command of its own: GitHub reads a line that begins with `::`,
and `##[` anywhere; others read `##vso[` and `##teamcity[`. So no line of ours begins with `::`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mlpolicy.characters import printed
from mlpolicy.core.node import node
from mlpolicy.pattern import pattern

_CODES = {"b": "1", "d": "2", "r": "31;1", "g": "32", "y": "33", "c": "36"}
_MARK = pattern("\x01[bdrgyc]|\x02")
#: A colour may stand anywhere in it.
_ANY = r"(?:\x1b\[[0-9;]*m)*"
_COMMAND = pattern(
    rf"^(?P<before>(?:[^\S\n]|\x1b\[[0-9;]*m)*):(?={_ANY}:)|#(?={_ANY}#(?:{_ANY}[A-Za-z])*{_ANY}\[)",
    re.M,
)


def bold(text: str) -> str:
    """The text between marks that `finish` turns into bold type, or takes away."""
    return f"\x01b{text}\x02"


def dim(text: str) -> str:
    """The text between marks that `finish` turns into faint type, or takes away."""
    return f"\x01d{text}\x02"


def red(text: str) -> str:
    """The text between marks that `finish` turns into red, or takes away."""
    return f"\x01r{text}\x02"


def green(text: str) -> str:
    """The text between marks that `finish` turns into green, or takes away."""
    return f"\x01g{text}\x02"


def yellow(text: str) -> str:
    """The text between marks that `finish` turns into yellow, or takes away."""
    return f"\x01y{text}\x02"


def cyan(text: str) -> str:
    """The text between marks that `finish` turns into cyan, or takes away."""
    return f"\x01c{text}\x02"


def finish(text: str, *, color: bool) -> str:
    """The text as it is written: marks resolved, control characters spelled out."""
    pieces = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces.append(printed(text[end : mark.start()]))
        if color:
            sign = mark[0]
            pieces.append("\x1b[0m" if sign == "\x02" else f"\x1b[{_CODES[sign[1]]}m")
        end = mark.end()
    pieces.append(printed(text[end:]))
    return no_command("".join(pieces))


def no_command(text: str) -> str:
    """The text with what would be a command of a CI system spelled out."""
    return _COMMAND.sub(
        lambda found: r"\u0023" if found[0] == "#" else rf"{found['before']}\u003a", text
    )


def plain(text: str) -> str:
    """The text without its marks, control characters spelled out."""
    return finish(text, color=False)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    plain = _MARK.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(_columns_of(char) for char in plain)


def pad(text: str, width: int) -> str:
    """The text and spaces up to a width."""
    return text + " " * max(0, width - columns(text))


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Lines no wider than `width`, the first begun with `first`, the others with `rest`
    (as many spaces, unless given). Words longer than a line stay whole, and so does a number
    with its `%`."""
    rest = " " * columns(first) if rest is None else rest
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = first if not lines else rest
        room = False
        for word in _words(paragraph):
            if columns(line) + room + columns(word) > width and (room or _in_the_way(line, rest)):
                lines.append(line.rstrip(" "))
                line, room = rest, False
            if word or room:
                line = f"{line} {word}" if room else line + word
                room = True
        lines.append(line.rstrip(" "))
    return lines


@node
class Cell:
    """What stands in a table: a text without marks, and how each of its lines is painted."""

    text: str
    paint: Callable[[str], str] = str


#: No column of a table is made narrower than this.
_NARROWEST = 8
#: Nor the one that is folded first than this, before others are folded too.
_FOLDED = 20


def table(
    rows: Sequence[Sequence[Cell]], width: int, margin: str = "", fold: int | None = None
) -> list[str]:
    """Rows in columns, two spaces between them. Where they are too wide the column `fold`, and
    then the widest ones, are folded within themselves, so that every line is as wide as `width` at
    most and a column stays a column. All rows have the same number of cells."""
    if not rows:
        return []
    wide = [max(columns(row[n].text) for row in rows) for n in range(len(rows[0]))]
    room = width - columns(margin) - 2 * (len(wide) - 1)
    if fold is not None and sum(wide) > room:
        wide[fold] = min(wide[fold], max(_FOLDED, room - sum(wide) + wide[fold]))
    while sum(wide) > room and max(wide) > _NARROWEST:
        wide[wide.index(max(wide))] -= 1
    lines = []
    for row in rows:
        cells = [_folded(cell.text, size) for cell, size in zip(row, wide, strict=True)]
        for n in range(max(map(len, cells))):
            parts = [
                cell.paint(each[n]) + " " * (size - columns(each[n]))
                if n < len(each)
                else " " * size
                for cell, each, size in zip(row, cells, wide, strict=True)
            ]
            lines.append((margin + "  ".join(parts)).rstrip(" "))
    return lines


def _folded(text: str, width: int) -> list[str]:
    """A text in lines of a width; a word that is longer is cut."""
    lines = []
    for line in wrap(text, width):
        while columns(line) > width:
            cut = len(line)
            while columns(line[:cut]) > width:
                cut -= 1
            lines.append(line[: max(1, cut)])
            line = line[max(1, cut) :]
        lines.append(line)
    return lines


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split(" "):
        if words and word.startswith("%"):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _in_the_way(line: str, rest: str) -> bool:
    """Would a word that does not fit behind this beginning stand better on the next line?"""
    return bool(line.strip(" ")) and columns(rest) < columns(line)


def _columns_of(char: str) -> int:
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
