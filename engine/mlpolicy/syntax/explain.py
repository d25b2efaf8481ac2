"""The place where the parser stopped goes in, a message in the author's words comes out.

The parser says what it found and which terminals could have stood there. The message is made
from these, from the text around the place and from the form of the declaration. It is the first
that applies: a habit from another language (`==`, `else`, `true`), a missing reference, colon or
block, and last "expected …, found …".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlpolicy.diagnostics import Diagnostic, at
from mlpolicy.pattern import pattern
from mlpolicy.source import Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax.states import help_for

#: The words that start a declaration, and the form of its first line.
FORMS = {
    "policy": "policy NAME 1.0.0 effective 2026-01-31",
    "manifest": 'manifest KIND schema "FILE" of SHARED, EACH in LIST',
    "source": 'source NAME = "FILE"',
    "unit": "unit NAME, NAME",
    "currency": "currency CODE",
    "convert": "convert 1 UNIT = NUMBER UNIT ref SOURCE#CLAUSE",
    "outcome": "outcome NAME : SIMPLEST < NEXT with ATTRIBUTE : TYPE",
    "enum": "enum NAME : MEMBER, MEMBER",
    "input": "input NAME : TYPE from SCOPE.FIELD",
    "records": "records NAME from SCOPE.FIELD by COLUMN, COLUMN",
    "threshold": "threshold NAME : TYPE",
    "param": "param NAME : TYPE",
    "catalog": "catalog NAME by COLUMN, COLUMN",
    "shortlist": "shortlist NAME of NAME ref SOURCE#CLAUSE",
    "define": "define NAME : TYPE = VALUE",
    "cost": "cost NAME(OPTION) : TYPE over SPAN = VALUE",
    "score": "score NAME at least 2 of",
    "decision": "decision tree NAME : TYPE",
    "tree": "tree NAME : TYPE",
    "table": "table NAME : TYPE first",
    "exception": "exception NAME to NAME when CONDITION -> VALUE ref SOURCE#CLAUSE",
    "obligation": 'obligation NAME warn "TEXT"',
    "rule": "rule NAME warn",
    "report": "report NAME, NAME",
    "test": 'test "TITLE"',
}
DECLARATIONS = tuple(FORMS)

#: Words that are never names. (`infeasible` is one only where a leaf may begin.)
RESERVED = frozenset({
    "and", "or", "not", "is", "in", "within", "has", "mentions", "as", "yes", "no", "unknown",
    "any", "all", "first", "best", "where", "when", "otherwise", "if", "unless", "goto", "hold",
    "because", "owe", "with", "ref", "of", "over",
})  # fmt: skip

#: What starts lines inside a declaration.
_INNER = frozenset(
    {"|", "->", "say", "fix", "bounds", "met", "due", "given", "expect", "like", "examples"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the parser stopped, on which terminal ("" for a sign that is none), and which
    terminals could have stood there."""

    place: int
    found: str
    expected: frozenset[str]


_TOKEN = pattern(
    r"""(?P<text>"(?:\\[^\r\n]|[^"\\\r\n])*"?)
    |(?P<clause>[A-Za-z][\w-]*\#[A-Za-z]\w*(?:\.\w+)*)
    |(?P<comment>\#[^\r\n]*)
    |(?P<number>\d[\w.]*(?:[ ]?%|(?<=\d)[ ]
        (?!(?:and|or|of|is|in|as|ref|when|where|if|over|effective|ask|from|for)\b)
        [A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)?)
    |(?P<word>[A-Za-z_]\w*(?:-\w+)*(?:\.(?:\{\w+\}|[A-Za-z_]\w*(?:-\w+)*))*)
    |(?P<sign>===?|!=|<>|<=|>=|=>|&&|\|\||->|\.\.|\S)""",
    re.VERBOSE,
)

_OPERATORS = frozenset({
    "AND", "OR", "NOT", "IS", "IN", "WITHIN", "HAS", "MENTIONS", "MATCHES", "STARTS", "ENDS", "AS",
    "EQUAL", "LESSTHAN", "MORETHAN",
    "AT_MOST", "AT_LEAST", "PLUS", "MINUS", "STAR", "SLASH", "DOT", "LPAR", "LSQB", "RANGE",
    "WHERE", "COMMA",
})  # fmt: skip
_COMPARISONS = (
    "<", "<=", ">", ">=", "=", "is", "in", "within", "has", "mentions", "matches", "starts", "ends",
)  # fmt: skip
_CONDITION_AFTER = frozenset({"if", "unless", "when", "where", "and", "or", "not"})
_PHRASES = {
    "CLAUSE": "a clause such as `guide#G6.1`",
    "STRING": "a text in double quotes",
    "DATE": "a date such as `2026-01-31`",
    "TIME": "a time of day such as `09:30`",
    "MOMENT": "a day with its time such as `2026-01-31T09:30:00Z`",
    "VERSION": "a version such as `1.0.0`",
    "PATH": "a manifest field such as `person.birth`",
    "UNIT": "a type",
    "WORD": "a name",
    "NAME": "a name",
    "NUMBER": "a number",
    "CELL": "`|`",
    "_INDENT": "indented lines below",
    "_NL": "the end of the line",
}
_SIGNS = {
    "COLON": ":", "EQUAL": "=", "COMMA": ",", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
    "LBRACE": "{", "RBRACE": "}", "ARROW": "->", "RANGE": "..", "CELL": "|", "QMARK": "?",
    "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "DOT": ".", "LESSTHAN": "<",
    "MORETHAN": ">", "AT_MOST": "<=", "AT_LEAST": ">=", "BELOW": "..<",
}  # fmt: skip
_FOREIGN_SIGNS = {
    "==": ("=", "write `=` to compare"),
    "===": ("=", "write `=` to compare"),
    "!=": ("is not", "write `is not` of words, `not (a = b)` of numbers"),
    "<>": ("is not", "write `is not` of words, `not (a = b)` of numbers"),
    "≠": ("is not", "write `is not` of words, `not (a = b)` of numbers"),
    "≤": ("<=", "write `<=`"),
    "≥": (">=", "write `>=`"),
    "×": ("*", "write `*`"),
    "–": ("-", "write `-`"),
    "—": ("-", "write `-`"),
    "−": ("-", "write `-`"),
    "→": ("->", "write `->`"),
    "=>": ("->", "write `->`, or `>=` to compare"),
    "&&": ("and", "write `and`"),
    "&": ("and", "write `and`"),
    "||": ("or", "write `or`"),
    "!": ("not", "write `not`"),
    "'": ('"', "write texts in double quotes"),
    "“": ('"', 'write texts in straight double quotes, `"`'),
    "”": ('"', 'write texts in straight double quotes, `"`'),
    "„": ('"', 'write texts in straight double quotes, `"`'),
    "//": ("#", "write `#` before a comment"),
    "\u00a0": (" ", "write a plain space"),
    "\t": (" ", "write a plain space"),
}
_FOREIGN_WORDS = {
    "true": "write `yes`",
    "false": "write `no`",
    "else": "write `otherwise :`",
    "elif": "write `if` at the same indentation, each line with its own `:`",
    "elsif": "write `if` at the same indentation, each line with its own `:`",
    "elseif": "write `if` at the same indentation, each line with its own `:`",
    "then": "write `:` after the condition",
    "null": "write `unknown`, or leave the line out",
}


#: With which of our words a declaration begins that other languages begin otherwise.
_FOREIGN_DECLARATIONS = {
    **dict.fromkeys(("formula", "let", "def", "var", "const", "variable"), "define"),
    **dict.fromkeys(("import", "package"), "source"),
    **dict.fromkeys(("allow", "deny", "permit", "forbid", "check"), "rule"),
    **dict.fromkeys(("field", "attribute", "fact"), "input"),
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word or sign of the text, as a person sees it."""

    kind: str
    text: str
    span: Span


def belongs_above(source: Source, start: int, end: int) -> bool:
    """Does this line look like a part of the declaration above it?"""
    text = _piece_at(source.text, start, end).text
    return text in _INNER or text in RESERVED


def unknown_declaration(source: Source, start: int, end: int) -> Diagnostic | None:
    """What is wrong with the first word of a declaration; None where a declaration begins with
    it."""
    piece = _piece_at(source.text, start, end)
    if piece.text in FORMS:
        return None
    if belongs_above(source, start, end):
        help = "indent the line, so that it belongs to the declaration above"
    elif (known := _FOREIGN_DECLARATIONS.get(piece.text)) is not None:
        help = f"write `{known}`"
    elif near := nearest(piece.text, DECLARATIONS):
        help = f"did you mean `{near}`?"
    else:
        help = f"begin with one of {listing(DECLARATIONS, 40)}; lines that go on are indented"
    return at("MLP0102", f"`{piece.text}` starts no declaration", source, piece.span, help=help)


def explain(
    source: Source, start: int, end: int, fault: Fault, words: Mapping[str, str], *, hole: bool
) -> Diagnostic:
    """One message for a fault in the declaration (or the hole) from `start` to `end`, with its
    place and help. `words` spells the terminals that are words of the language."""
    text = source.text
    before = _pieces(text, start, fault.place)
    found = _found(text, fault, before, end)
    previous = before[-1] if before else None
    line = _line(before, text, fault.place)
    head = text[start:end].split(maxsplit=1)[0] if not hole else ""
    make = _Message(
        source=source,
        fault=fault,
        found=found,
        previous=previous,
        line=line,
        head=head,
        hole=hole,
        words=words,
    )
    return make.expectation() or make.foreign() or make.missing() or make.expected()


def _pieces(text: str, start: int, end: int) -> list[_Piece]:
    found = []
    for match in _TOKEN.finditer(text, start, end):
        if match.lastgroup != "comment":
            found.append(_Piece(match.lastgroup or "", match[0], Span(*match.span())))
    return found


def _piece_at(text: str, place: int, end: int) -> _Piece:
    match = _TOKEN.match(text, place, end)
    if match is None:
        stop = min(place + 1, end)
        return _Piece("sign", text[place:stop], Span(place, stop))
    return _Piece(match.lastgroup or "", match[0], Span(*match.span()))


def _found(text: str, fault: Fault, before: list[_Piece], end: int) -> _Piece | None:
    """What stands at the fault; None at the end of a line or of everything."""
    place = fault.place
    if fault.found == "_INDENT":
        match = re.compile(r"\s*(?:#[^\n]*\n\s*)*").match(text, place, end)
        place = match.end() if match else place
    elif fault.found in ("_NL", "_DEDENT", "$END") or place >= end:
        return None
    # A reference is cut where the grammar takes none: show it whole.
    if before and before[-1].span.end == place and text[place] == "#":
        whole = _piece_at(text, before[-1].span.start, end)
        if whole.kind == "clause":
            before.pop()
            return whole
    return _piece_at(text, place, end)


def _line(before: list[_Piece], text: str, place: int) -> list[_Piece]:
    """The pieces before the fault that stand on its line, or on the last line before it."""
    if not before:
        return []
    last = place if "\n" not in text[before[-1].span.end : place] else before[-1].span.end
    first = text.rfind("\n", 0, last) + 1
    return [piece for piece in before if piece.span.start >= first]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    source: Source
    fault: Fault
    found: _Piece | None
    previous: _Piece | None
    line: list[_Piece]
    head: str
    hole: bool
    words: Mapping[str, str]

    @property
    def span(self) -> Span:
        if self.found is not None:
            return self.found.span
        if self.previous is not None:
            return self.previous.span
        return Span(self.fault.place, self.fault.place)

    def at(self, code: str, message: str, help: str, span: Span | None = None) -> Diagnostic:
        return at(code, message, self.source, span or self.span, help=help)

    # ── What a test expects ──────────────────────────────────────────────────────────────

    def expectation(self) -> Diagnostic | None:
        """A state in several words, as `does not apply`, or `is` where a test has `=`."""
        if self.head != "test" or not self.line:
            return None
        first, text = self.line[0], self.source.text
        stop = text.find("\n", self.fault.place)
        end = len(text) if stop < 0 else stop
        if first.text == "|":
            begin = text.rfind("|", first.span.start, self.fault.place) + 1
            cell = text.find("|", self.fault.place, end)
            return self._state(begin, end if cell < 0 else cell)
        if first.text != "expect" or len(self.line) < 2:
            return None
        name = self.line[1]
        if name.text in ("answer", "possible") and self.found and self.found.text == "is":
            message = f"a test gives `{name.text}` with `=`"
            return self.at("MLP0101", message, f"write `expect {name.text} = …`")
        if len(self.line) > 2 and self.line[2].text == "=":
            meant = nearest(name.text, ("answer", "possible"))
            if meant not in (None, name.text) and abs(len(meant) - len(name.text)) < 3:
                message = f"only an answer has a status, and `{_short(name.text)}` is none"
                return self.at("MLP0101", message, f"did you mean `{meant}`?", name.span)
        return self._state(name.span.end, end)

    def _state(self, begin: int, end: int) -> Diagnostic | None:
        phrase = pattern(r"\s*(?:->\s*)?(.*?)\s*(?:#.*|\bfor\b.*)?").fullmatch(
            self.source.text, begin, end
        )
        if (
            phrase is None
            or len(re.split(r"\s+", phrase[1])) < 2
            or not (help := help_for(phrase[1]))
        ):
            return None
        message = f"a state is one word, and `{_short(phrase[1])}` is none"
        return self.at("MLP0101", message, help, Span(*phrase.span(1)))

    # ── Mistakes from elsewhere ──────────────────────────────────────────────────────────

    def foreign(self) -> Diagnostic | None:
        text, place = self.source.text, self.fault.place
        for width in (3, 2, 1):
            for start in range(place, place - width, -1):
                sign = text[start : start + width] if start >= 0 else ""
                if sign == "||" and self.line and self.line[0].text == "|":
                    continue
                if sign in _FOREIGN_SIGNS and (width > 1 or self.fault.found == ""):
                    _, help = _FOREIGN_SIGNS[sign]
                    shown = {"\u00a0": "this space", "\t": "a tab"}.get(sign, f"`{sign}`")
                    message = f"{shown} is not a sign of the language"
                    return self.at("MLP0111", message, help, Span(start, start + width))
        found = self.found
        if found is None:
            return None
        for piece in (found, self.previous):
            if piece and piece.kind == "word" and piece.text in _FOREIGN_WORDS:
                message = f"`{piece.text}` is not a word of the language"
                return self.at("MLP0111", message, _FOREIGN_WORDS[piece.text], piece.span)
        return self._conversion() or self._number() or self._comparison(found)

    def _conversion(self) -> Diagnostic | None:
        """`x in EUR/month`, where a unit is no set."""
        first = self.line[0].span.start if self.line else self.span.start
        text = self.source.text
        stop = text.find("\n", self.span.end)
        for match in re.finditer(
            r"\bin[ ]+([A-Za-z_]\w*(?:/[A-Za-z_]\w*)+)", text[first : stop if stop >= 0 else None]
        ):
            begin, end = first + match.start(), first + match.end()
            if begin <= self.fault.place <= end + 20:
                message = f"`in` asks for a set, and `{match[1]}` is none"
                help = f"write `as {match[1]}` to convert a quantity"
                return self.at("MLP0111", message, help, Span(begin, end))
        return None

    def _number(self) -> Diagnostic | None:
        text, place = self.source.text, self.fault.place
        marks = re.compile(r"\d+(?:_\d+)+(?![\w'])|\d{1,3}(?:'\d{3})+(?![\w'])").match(text, place)
        if marks and self.fault.found == "":
            plain = re.sub("[^0-9]", "", marks[0])
            help = f"write plain digits: `{plain}`; or groups of three: `{int(plain):_}`"
            message = f"`{marks[0]}` has other marks between its digits"
            return self.at("MLP0101", message, help, Span(*marks.span()))
        glued = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z_][\w/]*)").match(text, place)
        if glued and self.fault.found == "":
            help = f"write a space between them: `{glued[1]} {glued[2]}`"
            message = f"in `{glued[0]}` the unit is glued to the number"
            return self.at("MLP0101", message, help, Span(*glued.span()))
        comment = re.compile(r"\d[\w.]*(#)").match(text, place)
        if comment and self.fault.found == "":
            sign = Span(comment.start(1), comment.end(1))
            message = "`#` is glued to the number before it"
            return self.at("MLP0101", message, "write a space before a comment", sign)
        short = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\b").match(text, place)
        if short and "DATE" in self.fault.expected:
            help = f"write `{short[1]}-{short[2]:0>2}-{short[3]:0>2}`"
            message = f"`{short[0]}` is not a date of the language"
            return self.at("MLP0101", message, help, Span(*short.span()))
        previous = self.previous
        if previous is None or previous.kind != "number":
            return None
        clock = re.compile(r"\d:[0-5]\d(?::[0-5]\d)?(?![\w:])").match(text, previous.span.start)
        if clock:
            message = f"`{clock[0]}` is not a time of day of the language"
            return self.at("MLP0101", message, f"write `0{clock[0]}`", Span(*clock.span()))
        parts = re.compile(r"\d{1,3}(?:[,_]\d{3})+").match(text, previous.span.start)
        if parts and parts.end() > place:
            plain = re.sub("[,_]", "", parts[0])
            message = f"`{parts[0]}` is not a number of the language"
            return self.at("MLP0101", message, f"write `{plain}`", Span(*parts.span()))
        gap = text[previous.span.end : place]
        if (
            self.found
            and self.found.kind == "word"
            and self.fault.found == "NAME"
            and gap.isspace()
        ):
            if previous.text[-1].isdigit() and "\n" not in gap and self.found.text not in RESERVED:
                message = f"`{self.found.text}` stands too far from its number"
                help = f"write one space between them: `{previous.text} {self.found.text}`"
                return self.at("MLP0101", message, help)
        return None

    def _comparison(self, found: _Piece) -> Diagnostic | None:
        previous = self.previous.text if self.previous else ""
        if previous == "not" and self.fault.expected == {"IN"} and self.previous is not None:
            help = f"write `not` before the comparison: `not (a {found.text} b)`"
            message = "`not` stands after the value it denies"
            return self.at("MLP0101", message, help, self.previous.span)
        if found.text in _COMPARISONS and "AND" in self.fault.expected:
            if any(piece.text in _COMPARISONS for piece in self.line):
                return self.at(
                    "MLP0101",
                    f"`{found.text}` follows a comparison, and comparisons do not chain",
                    "join two comparisons with `and`, or put one of them in brackets",
                )
        return None

    # ── What is missing ──────────────────────────────────────────────────────────────────

    def missing(self) -> Diagnostic | None:
        expected, found = self.fault.expected, self.found
        if found is not None and found.kind == "clause" and "CLAUSE" not in expected:
            if self.previous is not None and self.previous.kind == "clause":
                message = f"`{found.text}` follows another reference without a comma"
                return self.at("MLP0107", message, "write a comma between two references")
            message = f"`{found.text}` stands without `ref`"
            return self.at("MLP0107", message, "write `ref` before it")
        if found is None and "REF" in expected and "_NL" not in expected:
            what = f"a line of this `{self.head}`" if self._in_block() else f"this `{self.head}`"
            if any(piece.text == "absent" for piece in self.line):
                what = "`if absent`"
            help = "end the line with `ref`, a source and a clause, such as `ref guide#G6.1`"
            return self.at("MLP0107", f"{what} gives no reference", help)
        if self.fault.found == "_INDENT":
            return self.at(
                "MLP0106",
                "this line is indented deeper than the line above, which opens no block",
                "give it the indentation of the line above",
            )
        if "_INDENT" in expected:
            return self._no_block()
        if found is not None and found.text == "|" and self._value_expected() and self._cell():
            help = "write `-` where nothing applies, `?` where it is not known"
            return self.at("MLP0101", "this cell is empty", help)
        if found is not None and found.text in RESERVED and self._name_expected():
            message = f"`{found.text}` is a word of the language and cannot be a name"
            return self.at("MLP0101", message, "choose another name")
        return None

    def _in_block(self) -> bool:
        return bool(self.line) and self.line[0].text != self.head

    def _cell(self) -> bool:
        return self.previous is not None and self.previous.text == "|"

    def _value_expected(self) -> bool:
        return {"NAME", "NUMBER", "LBRACE"} <= self.fault.expected

    def _name_expected(self) -> bool:
        return "NAME" in self.fault.expected and "NUMBER" not in self.fault.expected

    def _no_block(self) -> Diagnostic:
        first = self.line[0].text if self.line else self.head
        needs = {
            "if": "its arms, `yes:` and `no:`",
            "catalog": "a table",
            "table": "a table",
            "rule": "`when` and `say`",
            "threshold": "dated lines",
            "param": "dated lines",
            "shortlist": "its lines",
            "score": "its questions",
            "define": "cases with `when`",
            "cost": "cases with `when`",
            "given": "lines with facts",
        }.get(first, "indented lines")
        span = self.line[0].span if self.line else self.span
        if first in FORMS or first in ("if", "given"):
            message = f"below this `{first}` nothing is indented, expected {needs}"
        else:
            message = f"below `{first}` nothing is indented, expected {needs}"
        if first == "if":
            help = "indent the arms below it, or go on with `:` and what to do"
        elif first in ("define", "cost"):
            help = "go on with `=` and a value, or indent the cases below it"
        else:
            help = "indent the lines that belong to it"
        return self.at("MLP0106", message, help, span)

    # ── Expected and found ───────────────────────────────────────────────────────────────

    def expected(self) -> Diagnostic:
        phrases = self._phrases()
        after = ""
        if self.previous is not None and self.line and self.line[-1] is self.previous:
            fresh = "\n" in self.source.text[self.previous.span.end : self.fault.place]
            if self.found is None or not fresh:
                after = f" after `{_short(self.previous.text)}`"
        if self.found is not None:
            found = f"found `{_short(self.found.text)}`"
        elif self.hole:
            found = "found the closing `}`"
        else:
            found = "found the end of the line"
        message = f"expected {_either(phrases)}{after}, {found}" if phrases else found
        return self.at("MLP0101", message, self._help())

    def _phrases(self) -> list[str]:
        expected = set(self.fault.expected)
        phrases: list[str] = []
        first = self.line[0].text if self.line else ""
        if "COLON" in expected:
            expected -= {"COLON"}
            phrases.append(self._colon(first))
        if self._value_expected():
            if "LPAR" in expected:
                expected -= {"LSQB"}
            expected -= {
                "NAME",
                "NUMBER",
                "LBRACE",
                "LPAR",
                "MINUS",
                "NOT",
                "ANY",
                "FIRST",
                "BEST",
            }
            expected -= {"YES", "NO", "UNKNOWN", "PATH", "STRING", "AGGREGATE", "QMARK"}
            expected -= {"DATE", "TIME", "MOMENT"}
            expected -= {"CLAUSE"}
            condition = self.previous is not None and self.previous.text in _CONDITION_AFTER
            phrases.append("a condition" if condition else "a value")
        elif "NAME" in expected and "PATH" in expected and "PLUS" not in expected:
            expected -= {"NAME"}
        expected -= {"_DEDENT", "$END"}
        operators = _OPERATORS if "PLUS" in expected else frozenset()
        if "LESSTHAN" not in expected:
            operators -= {"EQUAL"}
        rest = expected - operators
        if self.hole:
            rest -= {"_NL"}
        if not phrases and not rest:
            rest = expected - ({"_NL"} if self.hole else set())
        if self.hole and not phrases and rest <= _OPERATORS:
            return ["an operator or the closing `}`"]
        if phrases and "_NL" in rest:
            rest -= {"_NL"}
        ordered = sorted(rest, key=lambda name: (name == "_NL", name not in _PHRASES, name))
        phrases.extend(self._phrase(name) for name in ordered)
        unique = list(dict.fromkeys(phrases))
        return unique if len(unique) <= 6 else [*unique[:5], "another clause"]

    def _phrase(self, name: str) -> str:
        if name == "UNIT" and self.previous is not None and self.previous.text == "as":
            return "a unit"
        if name in _PHRASES:
            return _PHRASES[name]
        return f"`{self.words.get(name) or _SIGNS.get(name, name.lower())}`"

    def _colon(self, first: str) -> str:
        if first in ("if", "unless", "otherwise", "yes", "no", "unknown") and self.head in (
            "tree",
            "decision",
        ):
            return "`:` and what to do"
        if first in ("when", "otherwise"):
            return "`:` and a value"
        if first in FORMS or first == "|":
            return "`:` and a type"
        if self.head in ("shortlist", "score"):
            return "`:` and a condition"
        return "`:`"

    def _help(self) -> str:
        found = self.found
        if found is not None and found.kind == "word" and not self._value_expected():
            words = [self.words[name] for name in self.fault.expected if name in self.words]
            near = nearest(found.text, words)
            if near:
                return f"did you mean `{near}`?"
        if found is not None and found.kind == "text" and "BECAUSE" in self.fault.expected:
            return "write `because` before the reason"
        if self.head in FORMS and not self._in_block():
            return f"write it as in `{FORMS[self.head]}`"
        return ""


def _either(phrases: Iterable[str]) -> str:
    *rest, last = phrases
    return f"{', '.join(rest)} or {last}" if rest else last


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
