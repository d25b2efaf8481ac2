"""Words and signs of other languages, and of everyday English, where this language writes another:
each with what to write here.

A word may mean several things. Which one is meant follows from where it stands, as `Place` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mlpolicy.core.currencies import OF_SIGN
from mlpolicy.pattern import pattern

SIGNS: Mapping[str, str] = {
    "===": "write `=` to compare numbers and dates, `is` to compare words",
    "==": "write `=` to compare numbers and dates, `is` to compare words",
    **dict.fromkeys(("!=", "<>", "≠"), "write `is not` of words, `not (a = b)` of numbers"),
    **dict.fromkeys(("=~", "~=", "~"), 'write `matches` and a pattern: `name matches "[a-z]+"`'),
    **dict.fromkeys(("**", "^"), "write `power(x, 2)`"),
    "≤": "write `<=`",
    "≥": "write `>=`",
    "×": "write `*`",
    "÷": "write `/`",
    **dict.fromkeys(("–", "—", "−"), "write `-`"),
    "→": "write `->`",
    "=>": "write `->`, or `>=` to compare",
    ":=": "write `=`",
    "&&": "write `and`",
    "&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "'": "write texts in double quotes",
    **dict.fromkeys("“”„", 'write texts in straight double quotes, `"`'),
    "//": "write `#` before a comment",
    ";": "take it out: a line ends where it ends",
    **{
        sign: f"write the code of the currency behind the amount, as in `5 {code}`"
        for sign, code in OF_SIGN.items()
    },
    "\u00a0": "write a plain space",
    "\t": "write a plain space",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a word stands: in a declaration that begins with `head`; first of its `line`, where a
    `value` is expected, where an `operator` could stand, between `brackets`, in a `cell`."""

    head: str
    line: bool = False
    value: bool = False
    operator: bool = False
    brackets: bool = False
    cell: bool = False

    def has(self, name: str) -> bool:
        """Is this the place of that name?"""
        kind = {"decision": "tree", "cost": "define", "param": "threshold"}.get(self.head)
        if name in ("line", "value", "operator", "brackets", "cell"):
            return bool(getattr(self, name))
        return name in (self.head, kind)


_CASES = "write one line below for each case: `when CONDITION : VALUE`, and `otherwise : VALUE`"
_STARTS, _ENDS = "write `starts with`", "write `ends with`"
_HOLDS = 'write `TEXT mentions {"WORD"}`, or `WORD in SET`'
_NO_ANSWER = 'write `infeasible "REASON"`, or `hold "WHAT IS TO BE DONE"`'
_OPTIONAL = "take it out: any field may be left out; `if absent` says what that means"
_NEWEST = "write `best NAME by COLUMN where CONDITION`"
_DIGITS = "write all digits, as in `1_000_000`"
_ARITHMETIC = {"plus": "+", "minus": "-", "times": "*", "divided": "/", "div": "/", "mod": ""}

#: What each word is to be, by where it stands: the first line counts whose places are all those of
#: the word. A line without places counts everywhere.
_WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "true": (("", "write `yes`"),),
    "false": (("", "write `no`"),),
    **dict.fromkeys(
        ("null", "nil", "undefined"), (("", "write `unknown`, or leave the line out"),)
    ),
    "then": (("", "write `:` after the condition"),),
    "else": (
        ("table", "write it as the last row: `| otherwise | -> VALUE`"),
        ("", "write `otherwise :`"),
    ),
    "default": (
        ("input", "write `if absent VALUE ref SOURCE#CLAUSE`"),
        ("table", "write it as the last row: `| otherwise | -> VALUE`"),
        ("line", "write `otherwise :`"),
    ),
    "otherwise": (("table line", "write it as the last row: `| otherwise | -> VALUE`"),),
    **dict.fromkeys(
        ("elif", "elsif", "elseif"),
        (
            ("define", "write `when`, each line with its own `:`"),
            ("", "write `if` at the same indentation, each line with its own `:`"),
        ),
    ),
    "if": (
        ("define line", "write `when`"),
        ("rule line", "write `for` and to what the rule applies, or `when` and what is wrong"),
        ("obligation", "write `when`"),
        ("exception", "write `when`"),
        ("define brackets", "write `where`"),
        ("value define", _CASES),
        ("value", "name the value by a `define`, with one line for each case"),
        ("operator", "write `where`"),
    ),
    "when": (
        ("tree line", "write `if`"),
        ("operator", "write `where`"),
        ("define", "write `where`"),
    ),
    "unless": (
        ("define line", "write `when not (CONDITION)`"),
        ("rule line", "write `when not (CONDITION)`"),
    ),
    **dict.fromkeys(
        ("case", "switch", "match"),
        (
            ("define", "write `when CONDITION : VALUE`"),
            ("tree", "write `if CONDITION`, with its arms `yes:` and `no:` below"),
        ),
    ),
    "return": (("", "take it out: what is given stands behind the `:`"),),
    **dict.fromkeys(
        ("startswith", "starts_with", "begins", "beginning", "prefix"), (("operator", _STARTS),)
    ),
    **dict.fromkeys(("endswith", "ends_with", "suffix"), (("operator", _ENDS),)),
    **dict.fromkeys(
        ("contains", "contain", "includes", "include", "containing"), (("operator", _HOLDS),)
    ),
    **dict.fromkeys(
        ("like", "regex", "regexp", "rlike", "match_regex"),
        (("operator", 'write `matches "PATTERN"`, `starts with`, `ends with` or `mentions`'),),
    ),
    **dict.fromkeys(
        ("equals", "equal", "eq"), (("operator", "write `=` of numbers, `is` of words"),)
    ),
    **dict.fromkeys(("greater", "more", "above", "exceeds", "gt"), (("operator", "write `>`"),)),
    **dict.fromkeys(("less", "fewer", "below", "under", "lt"), (("operator", "write `<`"),)),
    "to": (("operator", "write `as UNIT` to convert a quantity"), ("convert", "write `=`")),
    **{
        word: (("operator", f"write `{sign}`" if sign else "there is no remainder of a division"),)
        for word, sign in _ARITHMETIC.items()
    },
    "for": (
        ("brackets", "write `where CONDITION` in the brackets, and `over LIST` behind them"),
        ("tree", "write `if`"),
    ),
    **dict.fromkeys(("latest", "newest", "last"), (("operator", _NEWEST), ("define", _NEWEST))),
    "exists": (("", "write `any SHORTLIST`, `WORD in SET` or `CATALOGUE has KEY`"),),
    **dict.fromkeys(("reject", "refuse", "deny", "forbid", "stop"), (("tree", _NO_ANSWER),)),
    **dict.fromkeys(
        ("question", "prompt", "description", "help"), (("input", "write `ask` or `title`"),)
    ),
    **dict.fromkeys(("optional", "required", "mandatory"), (("input", _OPTIONAL),)),
    "missing": (("input", "write `absent`"),),
    "let": (("line", "declare it with `define`, outside of this"),),
    **dict.fromkeys(("million", "thousand", "billion"), (("", _DIGITS),)),
    "percent": (("", "write `%`"),),
    **dict.fromkeys(
        ("error", "fail", "critical", "must"),
        (("rule", "write `block`"), ("obligation", "write `block`")),
    ),
    "warning": (("rule", "write `warn`"), ("obligation", "write `warn`")),
    **dict.fromkeys(
        ("info", "note", "hint", "should"),
        (("rule", "write `advise`"), ("obligation", "write `advise`")),
    ),
    **dict.fromkeys(("message", "msg", "text", "print"), (("rule line", "write `say`"),)),
    **dict.fromkeys(("remedy", "remediation", "solution"), (("rule line", "write `fix`"),)),
    **dict.fromkeys(("unwaivable", "nonwaivable", "waivable"), (("rule", "write `not waivable`"),)),
    **dict.fromkeys(("foreach", "forall"), (("rule", "write `for each row of CATALOGUE`"),)),
    "each": (("rule", "write `for each row of CATALOGUE`"),),
    **dict.fromkeys(("after", "starting", "as"), (("rule", "write `from`"),)),
    "overdue": (("obligation line", "write `due when CONDITION`"),),
    "fulfilled": (("obligation line", "write `met when CONDITION`"),),
    **dict.fromkeys(("assert", "expected", "should_be"), (("test", "write `expect`"),)),
    **dict.fromkeys(("inputs", "facts"), (("test", "write `given`"),)),
    "from": (("threshold line", "take it out: the line begins with the day"),),
    "since": (("threshold line", "take it out: the line begins with the day"),),
}

_BRACKETS = "take the brackets out"
_OF_SET = "write `set of NAME`"
_RANGE = "write a range with its two ends: `0 % .. 100 %`"

#: What is confused in one declaration: it, what is found ("" for anything), a terminal that is
#: expected, what stands before ("" for anything), and what to write.
_SPOTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("enum outcome unit", "[", "NAME", "", _BRACKETS),
    ("enum outcome unit", "{", "NAME", "", _BRACKETS),
    ("input", "<", "OF", "set", _OF_SET),
    ("input define threshold", "[", "FROM", "", _OF_SET),
    ("input", "[", "COLON", "", "write the key in round brackets: `NAME(KEY)`"),
    ("define", "[", "COLON", "", "write the key in round brackets: `NAME(KEY)`"),
    ("input", "[", "WORD", ".", "write the key in braces: `{KEY}`"),
    ("input", "[", "NAME", ".", "write the key in braces: `{KEY}`"),
    ("input", "=", "FROM", "", "write `from`, and the field of the manifest"),
    ("input", "=", "IF", "", "write `if absent VALUE ref SOURCE#CLAUSE`"),
    ("input", "from", "RANGE", "", _RANGE),
    ("tree", "because", "STRING", "infeasible", "take `because` out"),
    ("tree", "because", "STRING", "hold", "take `because` out"),
    ("tree", "", "NAME", "goto", "name the tree behind `goto`"),
    ("tree", "(", "WITH", "", "write what stands beside the answer behind `with`"),
    ("tree", "=", "BECAUSE", "answer", "take `answer =` out: an answer stands alone"),
    ("table", "..", "RSQB", "", "write the range without brackets: `1 .. 2`"),
    ("table", "in", "", "not", "write the set behind `not`: `not {a, b}`"),
    ("table", "in", "CELL", "|", "write the set alone: `{a, b}`"),
    ("test", "is", "EQUAL", "", "write `=`"),
    ("test", ",", "COLON", "", "write a list in square brackets: `[a, b]`"),
    ("rule obligation test", ":", "", "", "take the `:` out"),
    ("rule", "if", "_NL", "", "write `when` and the condition on a line below"),
    ("rule", "block", "COMMA", "", "write `,` between two levels"),
    ("rule", ",", "_NL", "", "write `until DATE` behind the last level"),
)


def spot_help(place: Place, found: str, expected: frozenset[str], before: str) -> str:
    """What to write where one thing is taken for another; empty where none of that is known."""
    for heads, sign, wanted, previous, help in _SPOTS:
        if not any(map(place.has, heads.split())) or (wanted and wanted not in expected):
            continue
        if (not sign or sign == found) and (not previous or previous == before):
            return help
    return ""


#: Words that are read as a name, and cannot be one of the policy.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("true", "false"), ""),
    **dict.fromkeys(("null", "nil", "undefined", "nan"), "write `unknown`, or leave the line out"),
    **dict.fromkeys(("today", "now", "date"), "write `as_of`, the day for which it is decided"),
}
#: Functions of other languages.
FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(
        ("len", "length", "size"),
        "write `count(CONDITION) over NAME in SET`; whether there is any asks `SET is empty`",
    ),
    **dict.fromkeys(
        ("avg", "average", "mean"), "write `sum(…) over LIST`, and divide by `count(yes) over LIST`"
    ),
    "ceiling": "write `ceil`",
    **dict.fromkeys(("int", "trunc"), "write `floor`"),
    **dict.fromkeys(("pow", "sqr", "square"), "write `power(x, 2)`"),
    **dict.fromkeys(("str", "string", "format"), "write `text(x)`"),
    **dict.fromkeys(("concat", "join"), "put one text behind another with `+`"),
    **dict.fromkeys(("if", "iif", "ifelse", "case", "switch"), _CASES),
    **dict.fromkeys(("startswith", "starts_with"), _STARTS),
    **dict.fromkeys(("endswith", "ends_with"), _ENDS),
    "contains": _HOLDS,
    **dict.fromkeys(("match", "matches", "regex"), 'write `text matches "PATTERN"`'),
    **dict.fromkeys(("today", "now"), "write `as_of`, the day for which it is decided"),
    **dict.fromkeys(("exists", "isnull", "is_null"), "write `x is unknown`, in a rule"),
}

#: What people put behind a number without a space, and the unit of the language.
_SHORT = {
    **dict.fromkeys(("ms", "msec"), "ms"),
    **dict.fromkeys(("s", "sec", "secs"), "second"),
    **dict.fromkeys(("min", "mins"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs"), "hour"),
    "d": "day",
    "w": "week",
    **dict.fromkeys(("y", "yr", "yrs"), "year"),
}
_TIMES = {"k": 1_000, "K": 1_000, "m": 1_000_000, "M": 1_000_000, "bn": 1_000_000_000}


def word_help(word: str, place: Place) -> str:
    """What to write for a word that does not stand where the grammar has it; empty where that is
    not known. A word of the language in capital letters is one of its own."""
    for places, help in _WORDS.get(word.casefold(), ()):
        if all(map(place.has, places.split())):
            return help
    return ""


def glued_help(number: str, unit: str) -> str:
    """How to write a number with `unit` right behind it: `4h`, `1M`, `11pm`, `5USD`."""
    if unit in ("am", "pm") and number.isdigit() and 1 <= int(number) <= 12:
        hour = int(number) % 12 + (12 if unit == "pm" else 0)
        return f"write the time of day `{hour:02}:00`"
    if unit in _TIMES and number.isdigit():
        return f"write all digits: `{int(number) * _TIMES[unit]:_}`"
    return f"write a space between them: `{number} {_SHORT.get(unit, unit)}`"


_BETWEEN = pattern(
    r"(?P<of>[\w.\[\](){}-]+)?[ ]+between[ ]+(?P<low>[^|\n]+?)[ ]+and[ ]+"
    r"(?P<high>[\w.:%-]+(?:[ ](?!ref\b|and\b|or\b|then\b)[A-Za-z%][\w/%]*)?)"
)


def between_help(line: str, *, cell: bool) -> str:
    """What to write for `x between LOW and HIGH`, in the words of its line."""
    found = _BETWEEN.search(f" {line}" if cell else line)
    if cell:
        low, high = (found["low"], found["high"]) if found else ("LOW", "HIGH")
        return f"write the range `{low} .. {high}`"
    if found is None or not found["of"]:
        return "write `x >= LOW and x <= HIGH`"
    return "write `{of} >= {low} and {of} <= {high}`".format(**found.groupdict())


_DAY = pattern(r"(?P<one>\d{1,2})(?P<sign>[./-])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4})\b")
_ISO = pattern(r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})\b")


def day_help(text: str, place: int) -> tuple[re.Match[str], str] | None:
    """A day that is written in another order or with other signs, and how to write it; None where
    there is none at `place`. Which number is the month is not guessed of `01/02/2026`."""
    if found := _ISO.match(text, place):
        return found, f"write `{found['year']}-{found['month']:0>2}-{found['day']:0>2}`"
    if found := _DAY.match(text, place):
        one, two = int(found["one"]), int(found["two"])
        if found["sign"] == "." or one > 12 or one == two:
            return found, f"write `{found['year']}-{two:02}-{one:02}`"
        if two > 12:
            return found, f"write `{found['year']}-{one:02}-{two:02}`"
        return found, "write year, month and day, in this order: `2026-01-31`"
    return None
