"""Colour, width and safety of text for a terminal.

Colours travel as marks inside the text (`bold("x")`), take no width, and become escape
sequences, or nothing, at the very end. Any other control character comes from a manifest or
a policy and is spelled out, so that no file can speak to the reader's terminal. The same holds for
what a CI system would take for a command of its own: GitHub reads a line that begins with `::`,
and `##[` anywhere; others read `##vso[` and `##teamcity[`. So no line of ours begins with `::`.
"""

from __future__ import annotations

import re
import unicodedata

from mlpolicy.characters import printed

_CODES = {"b": "1", "d": "2", "r": "31;1", "g": "32", "y": "33", "c": "36"}
_MARK = re.compile("\x01[bdrgyc]|\x02")
#: A colour may stand anywhere in it.
_ANY = r"(?:\x1b\[[0-9;]*m)*"
_COMMAND = re.compile(
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
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
