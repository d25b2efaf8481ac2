"""Which characters a text file may hold, and how one that cannot be seen is named.

A file that is read here is also read by people, in editors and in reviews of changes, and by
other programs. Where these do not agree on what a line is, or in which order letters stand, a
text can say one thing to a person and another to the engine. So every text file keeps one
rule, in all of its parts, remarks too:

- a line ends with LF or CR LF, and no other character looks like the end of a line to some;
- no control characters, none that change the direction of what follows;
- no character that is not seen, but where the letter beside it needs it: a joiner in Persian,
  Indic and emoji, a place to break in Thai, a selector behind what it selects a form of, a mark
  of direction in a line that is written from right to left. A soft hyphen or a word joiner only
  says where a line may break, which nothing here asks, so that a word with one is another word.

Prose of any language keeps it. Names keep a stricter one, `unseen`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from mlpolicy.diagnostics import Diagnostic, Severity, about, at
from mlpolicy.pattern import pattern
from mlpolicy.source import Source, Span

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_LINES = "\x85\u2028\u2029"
_TURNS = "\u202a-\u202e\u2066-\u2069"
_CONTROLS = f"{_CONTROL}\x80-\x9f"
#: What nobody sees, or sees as a space: format characters, fillers, selectors, what is no
#: character. Spaces and prepended marks that are seen are not among them.
_NOT_SEEN = (
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NOT_SEEN += "".join(chr(0x10000 * n + 0xFFFE) + chr(0x10000 * n + 0xFFFF) for n in range(1, 17))
#: A flag such as that of Scotland: a black flag with tags for its letters.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_RIGHT_TO_LEFT = "\u0590-\u061b\u061d-\u070e\u0710-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe"
_RIGHT_TO_LEFT += "\U00010800-\U00010fff\U0001e800-\U0001efff"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u27ff\u2801-\u2bff\u3030\u303d\u3297\u3299"
_EMOJI += "\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_EAST = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1950-\u1aaf\u1b00-\u1bbf"
_EAST += "\ua980-\uaadf"
_INDIC = "\u0900-\u0dff\u0f00-\u0fff\u1c00-\u1c4f\ua840-\ua877\ua8e0-\ua8ff"
_INDIC += "\U00011000-\U00011fff"
_MONGOLIAN = "\u1820-\u18aa"

#: Who needs a character that is not seen: what stands before it, or behind it, as a class.
_NEEDED = (
    ("\u200c\u200d", f"{_RIGHT_TO_LEFT}{_INDIC}{_EAST}{_EMOJI}{_MONGOLIAN}", True),
    ("\u200b", f"{_EAST}{_IDEOGRAPHS}\u3040-\u30ff", True),
    ("\u180b-\u180f", _MONGOLIAN, False),
    ("\ufe00-\ufe0f", f"{_EMOJI}{_IDEOGRAPHS}\u1000-\u109f\ua840-\ua877", False),
    ("\U000e0100-\U000e01ef", _IDEOGRAPHS, False),
    ("\u2800", "\u2801-\u28ff", True),
)
#: What stands in a line with a letter that is written from right to left.
_DIRECTIONS = "\u061c\u070f\u200e\u200f"

_IN_ASCII = pattern(f"[{_CONTROL}]|\r(?!\n)")


@cache
def _in_any() -> re.Pattern[str]:
    """Slow to compile, so only where a text is not ASCII."""
    mark = "(?<![\\s\\S])\ufeff"  # of the order of bytes, at the very beginning
    fine = [mark, _FLAG, "(?:(?<=[#*0-9])\ufe0f(?=\u20e3))"]
    for chars, others, behind in _NEEDED:
        fine.append(f"(?<=[{others}])[{chars}]")
        if behind:
            fine.append(f"[{chars}](?=[{others}])")
    bad = f"[{_CONTROLS}{_LINES}{_NOT_SEEN}]|\r(?!\n)"
    return re.compile(f"{'|'.join(fine)}|(?P<turn>[{_DIRECTIONS}])|(?P<bad>{bad})")


@cache
def _right_to_left() -> re.Pattern[str]:
    return re.compile(f"[{_RIGHT_TO_LEFT}]")


def hidden(text: str) -> int | None:
    """The offset of the first character that no text file may hold, None where there is none."""
    if text.isascii():
        found = _IN_ASCII.search(text)
        return found.start() if found else None
    return next((each.start() for each in _in_any().finditer(text) if _is_hidden(each)), None)


def _is_hidden(found: re.Match[str]) -> bool:
    """Is it neither beside a letter that needs it, nor in a line that does?"""
    if found["turn"]:
        text, place = found.string, found.start()
        end = text.find("\n", place)
        begin = text.rfind("\n", 0, place) + 1
        return _right_to_left().search(text, begin, end if end >= 0 else len(text)) is None
    return found["bad"] is not None


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


def hidden_in_name(path: str) -> Diagnostic | None:
    """A warning that the name of a file holds what no text file may, an end of a line or a tab:
    its reader takes it for another file."""
    offset = hidden(path)
    if offset is None:
        offset = next((n for n, char in enumerate(path) if char in "\t\n"), None)
    if offset is None:
        return None
    message = f"the name of `{one_line(path)}` holds {code_point(path[offset])}"
    help = "give the file a name that shows all that is in it"
    return about("MLP0611", message, path, help=help, severity=Severity.WARNING)


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
    "\t": "CHARACTER TABULATION",
    "\n": "LINE FEED",
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


_NO_PART = f"{_CONTROLS}\r{_NOT_SEEN}"
_UNSEEN = pattern(f"[\t\n{_NO_PART}]")
#: A selector behind what it selects a form of is a part of that, and may be printed.
_PRINTED = f"(?<=[{_EMOJI}{_IDEOGRAPHS}])[\ufe00-\ufe0f]"
_NOT_PRINTED = pattern(f"(?!{_PRINTED})[{_NO_PART}]")
_NOT_IN_LINE = pattern(f"(?!{_PRINTED})[\t\n{_NO_PART}]")


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
    return text if _is_plain(text) else _NOT_IN_LINE.sub(_spelled, text)


def _is_plain(text: str) -> bool:
    """Can every reader see all of it? Compiling the patterns takes longer than most texts."""
    return text.isascii() and text.isprintable()


def _spelled(found: re.Match[str]) -> str:
    return _escape(found.group())


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
