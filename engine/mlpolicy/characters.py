"""Which characters a text file may hold, and how one that cannot be seen is named.

A file that is read here is also read by people, in editors and in reviews of changes, and by
other programs. Where these do not agree on what a line is, or in which order letters stand, a
text can say one thing to a person and another to the engine. So every text file keeps one
rule, in all of its parts, remarks too:

- a line ends with LF or CR LF, and no other character looks like the end of a line to some;
- no control characters, none that change the direction of what follows, no tags, no fillers;
- a joiner or a space of no width stands beside a letter that may need it, never within ASCII.

Prose of any language keeps it. Names keep a stricter one, `unseen`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from mlpolicy.diagnostics import Diagnostic, about, at
from mlpolicy.pattern import pattern
from mlpolicy.source import Source, Span

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_LINES = "\x85\u2028\u2029"
_TURNS = "\u202a-\u202e\u2066-\u2069"
_HIDDEN = f"{_CONTROL}\x80-\x9f{_LINES}{_TURNS}\u2061-\u2065\u206a-\u206f\u3164\uffa0"
_HIDDEN += "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
#: A flag such as that of Scotland: a black flag with tags for its letters.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"

_IN_ASCII = pattern(f"[{_CONTROL}]|\r(?!\n)")


@cache
def _in_any() -> re.Pattern[str]:
    """Slow to compile, so only where a text is not ASCII."""
    mark = "(?<=[\\s\\S])\ufeff"  # where it is not the first character
    no_width = "(?<![^\x00-\x7f])[\u200b-\u200d](?![^\x00-\x7f])"
    return re.compile(f"{_FLAG}|(?P<bad>[{_HIDDEN}]|{mark}|\r(?!\n)|{no_width})")


def hidden(text: str) -> int | None:
    """The offset of the first character that no text file may hold, None where there is none."""
    if text.isascii():
        found = _IN_ASCII.search(text)
        return found.start() if found else None
    return next((each.start() for each in _in_any().finditer(text) if each["bad"]), None)


def spelled(text: str) -> str:
    """The text with what no text file may hold written as escapes."""
    while (offset := hidden(text)) is not None:
        text = f"{text[:offset]}{_escape(text[offset])}{text[offset + 1 :]}"
    return text


def hidden_in(source: Source) -> Diagnostic | None:
    """What is wrong with the first character that no text file may hold."""
    offset = hidden(source.text)
    if offset is None:
        return None
    char = source.text[offset]
    message = f"{code_point(char)} is not allowed in a text file"
    help = "delete this invisible character"
    if char == "\r":
        message = f"{code_point(char)} ends a line alone"
        help = "save the file with line ends LF or CRLF"
    elif re.match(f"[{_LINES}\x0b\x0c]", char):
        help = "delete it, or begin a new line there: some programs take it for the end of a line"
    elif re.match(f"[{_TURNS}]", char):
        help = "delete it: it changes the order in which the text behind it is shown"
    return at("MLP0611", message, source, Span(offset, offset + 1), help=help)


def decoded(data: bytes, file: str, code: str) -> tuple[Source, Diagnostic | None]:
    """The text of a file, in UTF-8 with or without a mark at its beginning, and what makes it
    unreadable as a whole. `code` is that of a file that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        message = "the file is not UTF-8 but UTF-16 or UTF-32"
        return Source(file, ""), about(code, message, file, help="save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        source = Source(file, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8"))
        source = Source(file, data.decode("utf-8", errors="replace"))
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02X} does not belong here"
        span = Span(offset, offset + 1)
        return source, at(code, message, source, span, help="save it as UTF-8")
    return source, hidden_in(source)


# -- single characters ---------------------------------------------------------------------

#: Unicode gives control characters no names; these are the aliases it lists.
_NAMES = {
    "\0": "NULL",
    "\x07": "ALERT",
    "\x08": "BACKSPACE",
    "\x0b": "LINE TABULATION",
    "\x0c": "FORM FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
}


def code_point(char: str) -> str:
    """`the character U+202E RIGHT-TO-LEFT OVERRIDE`: one that cannot be shown, by name."""
    import unicodedata

    kind = "control character" if unicodedata.category(char) == "Cc" else "character"
    name = _NAMES.get(char) or unicodedata.name(char, "")
    return f"the {kind} U+{ord(char):04X} {name}".rstrip()


#: What nobody sees, or sees as a space: none of it belongs into a name.
_NOT_SEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe"
    "\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = pattern(f"[\t\n{_NOT_SEEN}]")
_NOT_PRINTED = pattern(f"[{_NOT_SEEN}]")


def unseen(text: str) -> Iterator[tuple[int, str]]:
    """The characters of a text that a reader cannot see, with their offsets."""
    if _is_plain(text):
        return
    for found in _UNSEEN.finditer(text):
        yield found.start(), found.group()


def clean(text: str, most: int = 60) -> str:
    """A text of the user as it can stand in a message: one line, nothing invisible."""
    shown = one_line(text[: most + 1])
    return f"{shown[:most]}…" if len(text) > most else shown


def printed(text: str) -> str:
    """A text as it may be printed: what nobody can see is spelled out, ends of lines and tabs
    excepted. So no text can steer a terminal or say what its reader does not see."""
    return text if _is_plain(text.replace("\n", "")) else _NOT_PRINTED.sub(_spelled, text)


def one_line(text: str) -> str:
    """A name as it may be printed: ends of lines and tabs are spelled out too."""
    return text if _is_plain(text) else _UNSEEN.sub(_spelled, text)


def _is_plain(text: str) -> bool:
    """Can every reader see all of it? Compiling the patterns takes longer than most texts."""
    return text.isascii() and text.isprintable()


def _spelled(found: re.Match[str]) -> str:
    return _escape(found.group())


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
