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

from mlpolicy.core.currencies import OF_SIGN
from mlpolicy.diagnostics import Diagnostic, at
from mlpolicy.pattern import pattern
from mlpolicy.source import Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import foreign
from mlpolicy.syntax.foreign import Place
from mlpolicy.syntax.forms import FORMS, form_of
from mlpolicy.syntax.states import help_for

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
#: So far around a place is looked for what may be meant: no line that people write is longer.
_NEAR = 200
#: Declarations whose name is followed by a type.
_TYPED = frozenset({"define", "cost", "threshold", "param", "input", "table", "tree", "decision"})
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
    "MORETHAN": ">", "THROUGH": "over", "AT_MOST": "<=", "AT_LEAST": ">=", "BELOW": "..<",
}  # fmt: skip


#: With which of our words a declaration begins that other languages begin otherwise.
_FOREIGN_DECLARATIONS = {
    **dict.fromkeys(("formula", "let", "def", "var", "const", "variable"), "define"),
    **dict.fromkeys(("import", "package"), "source"),
    **dict.fromkeys(("allow", "deny", "permit", "forbid", "check"), "rule"),
    **dict.fromkeys(("field", "attribute", "fact"), "input"),
    **dict.fromkeys(("limit", "bar", "bound", "maximum", "minimum"), "threshold"),
    **dict.fromkeys(("constant", "value", "parameter"), "param"),
    **dict.fromkeys(("function", "calculate", "compute"), "define"),
    **dict.fromkeys(("decide", "decisions"), "decision tree"),
    **dict.fromkeys(("given", "scenario", "case"), "test"),
    **dict.fromkeys(("print", "output", "show"), "report"),
    **dict.fromkeys(("duty", "todo", "require"), "obligation"),
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
    return (
        make.expectation()
        or make.sign_of_a_line()
        or make.foreign()
        or make.missing()
        or make.expected()
    )


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
                if sign in foreign.SIGNS and (width > 1 or self.fault.found == ""):
                    shown = {"\u00a0": "this space", "\t": "a tab"}.get(sign, f"`{sign}`")
                    message = f"{shown} is not a sign of the language"
                    help = self._amount(start) or foreign.SIGNS[sign]
                    return self.at("MLP0111", message, help, Span(start, start + width))
        if (found := self.found) is None:
            return None
        return (
            self._foreign_word(found)
            or (self.previous and self._foreign_word(self.previous))
            or self._conversion()
            or self._number()
            or self._comparison(found)
        )

    def _amount(self, start: int) -> str:
        """How an amount is written whose currency's sign stands before it."""
        found = pattern(r"([€£¥$])[ ]?(\d[\d_,']*(?:\.\d+)?)").match(self.source.text, start)
        if found is None:
            return ""
        code = OF_SIGN[found[1]]
        digits = re.sub("[_,']", "", found[2])
        return f"write `{digits} {code}`, with the code of the currency"

    def _foreign_word(self, piece: _Piece) -> Diagnostic | None:
        """A word that stands here in other languages, or here in capital letters."""
        if piece.kind != "word" or (piece is self.found and self._declares()):
            return None
        word = piece.text
        ours = word in RESERVED or word in self.words.values()
        if not ours and word.isupper() and (word.casefold() in RESERVED or word == "OTHERWISE"):
            message = f"`{word}` is not a word of the language"
            return self.at("MLP0111", message, f"write `{word.casefold()}`", piece.span)
        is_found = piece is self.found
        expected = self.fault.expected
        cell = self.line[:1] != [] and self.line[0].text == "|"
        line = (self.line[0].span if self.line else piece.span) == piece.span or (
            is_found and "\n" in self.source.text[self._before_end() : piece.span.start]
        )
        place = Place(
            head=self.head,
            line=line,
            value=is_found and self._value_expected(),
            operator="PLUS" in expected if is_found else not ours,
            brackets="RPAR" in expected,
            cell=cell,
        )
        if word.casefold() == "between":
            text = self.source.text
            begin = self.line[0].span.start if self.line else piece.span.start
            if cell:
                begin = text.rfind("|", 0, piece.span.start) + 1
            stop = text.find("\n", piece.span.end, piece.span.end + _NEAR)
            stop = stop if stop >= 0 else piece.span.end + _NEAR
            whole = text[max(begin, piece.span.start - _NEAR) : stop]
            help = foreign.between_help(whole, cell=cell)
        else:
            help = foreign.word_help(word, place)
        if not help:
            return None
        message = f"`{word}` is not a word of the language"
        if ours:
            message = f"`{word}` does not stand here"
        return self.at("MLP0111", message, help, piece.span)

    def _before_end(self) -> int:
        return self.previous.span.end if self.previous is not None else self.fault.place

    # ── One sign for another ─────────────────────────────────────────────────────────────

    def sign_of_a_line(self) -> Diagnostic | None:
        """`=` where `:` stands, `->` where `=` stands, and what else is confused in a line."""
        text, place, expected = self.source.text, self.fault.place, self.fault.expected
        stop = text.find("\n", place)
        rest = text[place : stop if stop >= 0 else len(text)]
        sign = next(
            (s for s in (":=", "->", "=>", "=", ":", "|", ",", ">") if rest.startswith(s)), ""
        )
        if not sign or rest.startswith("=="):
            return None
        span, first = Span(place, place + len(sign)), self.line[0].text if self.line else ""
        inner = self._in_block() or "\n" in text[self._before_end() : place]
        if self.head in ("threshold", "param") and sign in ("=", ":") and "EQUAL" not in expected:
            below = form_of(self.head, "", inner=True)
            help = f"write the value below, with the day from which it holds: `{below}`"
            if inner:
                help = f"begin the line with the day from which the value holds: `{below}`"
            if "COLON" not in expected:
                return self.at("MLP0101", "a value without the day from which it holds", help, span)
        if "COLON" in expected and sign in (":=", "->", "=>", "="):
            if sign == "=" and ":" in rest:
                return None  # a comparison that goes on behind it
            help = "write `:`"
            if self.head in _TYPED and not inner:
                help = f"write `:` and a type, as in `{FORMS[self.head]}`"
            elif sign in ("->", "=>") and not self._in_block() and self.head not in ("tree",):
                return None
            return self.at("MLP0101", f"`{sign}` stands where `:` is expected", help, span)
        if "EQUAL" in expected and "PLUS" not in expected and sign in (":=", "->", "=>", ":"):
            message = f"`{sign}` stands where `=` is expected"
            return self.at("MLP0101", message, "write `=`", span)
        if (
            "ARROW" in expected
            and sign in ("=", ":", "=>")
            and "LESSTHAN" not in expected - _OPERATORS
        ):
            if self.head == "exception" or first == "|":
                message = f"`{sign}` stands where `->` is expected"
                return self.at("MLP0101", message, "write `->`", span)
        if self.head == "outcome" and "LESSTHAN" in expected and sign in (",", ">", "|"):
            message = f"`{sign}` stands between two answers"
            return self.at("MLP0101", message, "write `<`, and the simplest answer first", span)
        if self.head == "enum" and "COMMA" in expected and sign in ("|", ">"):
            message = f"`{sign}` stands between two words"
            help = "write `,`, or `<` where the words have an order, the least first"
            return self.at("MLP0101", message, help, span)
        return None

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
            help = foreign.glued_help(glued[1], glued[2])
            message = f"in `{glued[0]}` the unit is glued to the number"
            return self.at("MLP0101", message, help, Span(*glued.span()))
        comment = re.compile(r"\d[\w.]*(#)").match(text, place)
        if comment and self.fault.found == "":
            sign = Span(comment.start(1), comment.end(1))
            message = "`#` is glued to the number before it"
            return self.at("MLP0101", message, "write a space before a comment", sign)
        if "DATE" in self.fault.expected and (day := foreign.day_help(text, place)):
            found, help = day
            message = f"`{found[0]}` is not a date of the language"
            return self.at("MLP0101", message, help, Span(*found.span()))
        if (other := self._written_otherwise()) is not None:
            return other
        previous = self.previous
        if previous is None or self.found is None:
            return None
        if self.found.text == "%" and "PLUS" in self.fault.expected:
            message, help = "`%` is a unit here", "there is no remainder of a division"
            return self.at("MLP0111", message, help)
        if self.found.text == "/" and previous.text == "matches":
            message = "a pattern is written as a text"
            return self.at("MLP0101", message, 'write it in double quotes: `matches "[a-z]+"`')
        gap = text[previous.span.end : place].strip(" ")
        if (
            self.found.kind == "number"
            and not gap
            and not pattern(r"\d{4}-").match(text, place)
            and pattern(r"[A-Z]{3}|%").fullmatch(previous.text)
        ):
            message = f"the unit `{previous.text}` stands before its number"
            help = f"write `{self.found.text} {previous.text}`"
            return self.at("MLP0101", message, help, previous.span)
        if previous.kind != "number":
            return None
        return self._after_number(previous, self.found)

    def _written_otherwise(self) -> Diagnostic | None:
        """A time of day without its zero, or a number in groups of other marks, around the
        place."""
        text, place = self.source.text, self.fault.place
        line = text.rfind("\n", 0, place) + 1
        for clock in re.finditer(
            r"(?<![\d:.-])\d:[0-5]\d(?::[0-5]\d)?(?![\w:])", text[line : place + 12]
        ):
            span = Span(line + clock.start(), line + clock.end())
            if span.start <= place <= span.end:
                message = f"`{clock[0]}` is not a time of day of the language"
                return self.at("MLP0101", message, f"write `0{clock[0]}`", span)
            if span.start > place:
                break
        if (day := foreign.day_help(text, text.rfind(" ", 0, place) + 1)) is not None:
            if day[0].start() <= place < day[0].end() and "-" not in day[0][0]:
                message = f"`{day[0][0]}` is not a date of the language"
                return self.at("MLP0101", message, day[1], Span(*day[0].span()))
        grouped = r"(?<![\w.,])\d{1,3}(?:[,_.]\d{3})+(?![\w.,])"
        for parts in re.finditer(grouped, text[line : place + 12]):
            span = Span(line + parts.start(), line + parts.end())
            if span.start <= place <= span.end:
                plain = re.sub("[,_.]", "", parts[0])
                message = f"`{parts[0]}` is not a number of the language"
                return self.at("MLP0101", message, f"write `{plain}`", span)
        return None

    def _after_number(self, previous: _Piece, found: _Piece) -> Diagnostic | None:
        """What follows a number and is no unit of it."""
        word = previous.text.partition(" ")[2]
        if (help := foreign.word_help(word, Place(head=self.head))) and found.kind == "word":
            message = f"`{word}` is not a word of the language"
            span = Span(previous.span.end - len(word), previous.span.end)
            return self.at("MLP0111", message, help, span)
        gap = self.source.text[previous.span.end : self.fault.place]
        if found.kind != "word" or self.fault.found != "NAME" or not gap.isspace():
            return None
        if previous.text[-1].isdigit() and "\n" not in gap and found.text not in RESERVED:
            message = f"`{found.text}` stands too far from its number"
            help = f"write one space between them: `{previous.text} {found.text}`"
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
                "write `given` above the facts"
                if self.head == "test"
                else "give it the indentation of the line above",
            )
        if "_INDENT" in expected:
            return self._no_block()
        if found is not None and found.text == "|" and self._value_expected() and self._cell():
            help = "write `-` where nothing applies, `?` where it is not known"
            return self.at("MLP0101", "this cell is empty", help)
        if help := self._instead():
            return self.at("MLP0101", self.expected().message, help)
        if (row := self._row()) is not None:
            return row
        if found is not None and found.text in RESERVED and self._declares():
            message = f"`{found.text}` is a word of the language and cannot be a name"
            return self.at("MLP0101", message, "choose another name")
        return None

    def _instead(self) -> str:
        """What to write where one thing is taken for another; empty where that is not known."""
        found, previous = self.found, self.previous
        if self.hole and found is not None and found.text == ":":
            return "take the format out, or round the value: `{round(x, 0.01 EUR)}`"
        if found is None and previous is not None and previous.text in ("and", "or"):
            return f"begin the line below with `{previous.text}`, and end this one before it"
        if found is not None:
            before = previous.text if previous is not None else ""
            place = Place(head=self.head)
            if help := foreign.spot_help(place, found.text, self.fault.expected, before):
                return help
        return self._text_or_name() or self._of_rows() or self._of_a_tree()

    def _text_or_name(self) -> str:
        """How to write what stands without its quotes, or in quotes that it has not, and a name of
        several words."""
        expected, found = self.fault.expected, self.found
        if found is None:
            return ""
        text, place = self.source.text, found.span.start
        if "CLAUSE" in expected and found.kind in ("word", "text"):
            written = pattern(r'"?([A-Za-z][\w-]*)[.#/: ]+([A-Za-z]\w*(?:\.\w+)*)"?').match(
                text, place
            )
            return f"write `{written[1]}#{written[2]}`" if written else ""
        if "VERSION" in expected:
            parts = pattern(r'"?v?(\d+)(?:\.(\d+))?(?:\.(\d+))?"?').match(text, place)
            return f"write `{parts[1]}.{parts[2] or 0}.{parts[3] or 0}`" if parts else ""
        if found.kind == "text":
            if "NAME" in expected and not {"NUMBER", "STRING", "BECAUSE"} & expected:
                return f"write a name without quotes: `{found.text[1:-1].replace(' ', '_')}`"
            return ""
        if expected == {"STRING"} and text.startswith('"', found.span.end):
            return f"take `{found.text}` out: every text may have values in braces, as `{{price}}`"
        if expected == {"STRING"} and found.kind in ("word", "number"):
            prose = pattern(r"[^\n#]*?(?=[ ]*(?:\bref\b|\bowe\b|\bask\b|\bif\b|\n|#|$))").match(
                text[place : place + _NEAR]
            )
            if prose and found.text not in RESERVED:
                return f'write it in double quotes: `"{_short(prose[0])}"`'
            return "write a text in double quotes" if found.text not in RESERVED else ""
        if (
            found.kind == "word"
            and self.previous is not None
            and self.previous.kind == "word"
            and text[self.previous.span.end : place] == " "
            and (len(self.line) == 2 or self.head in ("enum", "unit", "outcome"))
            and not self._in_block()
            and not {"PLUS", "NAME"} & expected
            and not {found.text, self.previous.text} & {*self.words.values()}
            and len(self.line) > 1
            and self._goes_on(found.span.end)
        ):
            return f"a name is one word: `{self.previous.text}_{found.text}`"
        return ""

    def _goes_on(self, place: int) -> bool:
        """Does something that is expected stand at a place?"""
        next = _piece_at(self.source.text, place + 1, len(self.source.text)).text.strip()
        if not next or self.source.text[place : place + 1] in ("", "\n"):
            return "_NL" in self.fault.expected
        return any(
            next == (self.words.get(name) or _SIGNS.get(name)) for name in self.fault.expected
        )

    def _of_rows(self) -> str:
        """What is written like a function and is none: `first(x)`, `sum(x)` over nothing."""
        text, previous = self.source.text, self.previous
        if previous is None:
            return ""
        word = previous.text if previous.text in ("first", "best", "any") else ""
        inside = pattern(r"\(\s*([A-Za-z_][\w-]*)\s*\)").match(text, previous.span.end)
        if word and inside:
            return f"write `{word} {inside[1]}`"
        if self.found is not None and self.found.text == "where":
            begin = text.rfind("(", 0, previous.span.end)
            called = pattern(r"([A-Za-z_]\w*)$").search(text[max(begin - 40, 0) : max(begin, 0)])
            if called and (help := foreign.FUNCTIONS.get(called[1].casefold())):
                return help
        if "OVER" in self.fault.expected and previous.text == ")":
            begin = text.rfind("(", 0, previous.span.start)
            called = pattern(r"(any|all|sum|count)$").search(text[max(begin - 40, 0) : begin])
            inside = pattern(r"\(\s*([A-Za-z_][\w-]*)\s*\)").match(text, begin)
            if called and called[1] == "any" and inside:
                return f"write `any {inside[1]}` of a shortlist, or `over LIST` behind the bracket"
            return "write what it goes through behind the bracket: `over LIST`"
        return ""

    def _of_a_tree(self) -> str:
        """What goes wrong between an `if` that answers and one with arms."""
        found = self.found
        if self.head not in ("tree", "decision") or found is None:
            return ""
        if found.text in ("yes", "no", "unknown"):
            if "NAME" in self.fault.expected and self.line and self.line[0].text == "if":
                return "take the `:` behind the condition out, and write the arms indented below it"
            if "IF" in self.fault.expected:
                return (
                    "write the arms indented below their `if`, whose line ends without `:`; "
                    "an `if` that answers has none"
                )
        return ""

    def _row(self) -> Diagnostic | None:
        """A row whose cells end where they do not, or that gives nothing."""
        text, place, found = self.source.text, self.fault.place, self.found
        begin = text.rfind("\n", 0, place) + 1
        stop = text.find("\n", place)
        if found is None and begin and self.previous is not None:
            begin = text.rfind("\n", 0, self.previous.span.end) + 1
            stop = text.find("\n", begin)
        line = text[begin : stop if stop >= 0 else None].partition(" # ")[0].rstrip()
        if not line.lstrip().startswith("|") or self.head not in ("table", "catalog", "test"):
            return None
        whole = Span(begin + len(line) - len(line.lstrip()), begin + len(line))
        if set(line.strip()) <= set("|-: "):
            message = "this row has no values"
            return self.at("MLP0101", message, "take it out: the first row is the heading", whole)
        above = text[text.rfind("\n", 0, max(begin - 1, 0)) + 1 : begin]
        rows = above.lstrip().startswith("|")
        if "->" not in line and (self.head == "test" or (self.head == "table" and rows)):
            if self.head == "test":
                message, help = "this row expects nothing", "write `->` before what is expected"
            else:
                message = "this row gives nothing"
                help = "write `->` and what the row gives behind its last `|`"
            return self.at("MLP0101", message, help, whole)
        if self.head == "table" and found is not None and self.previous is not None:
            arrow = line.find("->")
            if found.text == "|" and begin + arrow < place:
                message = "a `|` stands behind what the row gives"
                return self.at("MLP0101", message, "take it out: the row ends with its value")
            if text.startswith("->", self.previous.span.start) and self.previous.text == "-":
                span = Span(self.previous.span.start, self.previous.span.start + 2)
                message = "`->` stands within a cell"
                return self.at("MLP0101", message, "close the cell before it with `|`", span)
            if found.text == "," and begin + arrow > place:
                message = "a cell has one value"
                return self.at("MLP0101", message, "write several as a set: `{a, b}`")
            asked = found.text == "*" or self.previous.text in ("any", "all")
            if asked and "|" in (self.previous.text, found.text):
                word = found if found.text == "*" else self.previous
                message = f"`{word.text}` is no cell"
                return self.at("MLP0101", message, "write `-` where nothing is asked", word.span)
        return None

    def _declares(self) -> bool:
        """Is a name expected that is given here?"""
        return self._name_expected() and len(self.line) == 1 and not self._in_block()

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
        if "BLOCK" in expected:
            expected -= {"PATH"}  # a word is what a level mostly is, and seldom a column of a row
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
        expected -= {"_DEDENT", "$END", "_GOES_ON"}
        operators = _OPERATORS if "PLUS" in expected else frozenset()
        if "LESSTHAN" not in expected:
            operators -= {"EQUAL"}
        rest = expected - operators
        if self.hole:
            rest -= {"_NL"}
        if rest > {"OR"}:
            rest -= {"OR"}
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
        if {"BLOCK", "PATH"} <= self.fault.expected:
            return (
                "write it as in `rule NAME warn`; of a rule for each row of a catalogue, a column "
                "may say the level: `rule NAME CATALOGUE.COLUMN`"
            )
        if found is not None and found.kind == "text" and "BECAUSE" in self.fault.expected:
            return "write `because` before the reason"
        if found is not None and "COLON" in self.fault.expected and self._in_block():
            if found.kind == "word" or found.text in ("goto", "hold"):
                return f"write `:` before `{_short(found.text)}`"
        if found is not None and found.kind == "text" and "ASK" in self.fault.expected:
            return "write `ask` before the question"
        if found is not None and found.kind == "text" and "_GOES_ON" in self.fault.expected:
            return "write it on a line of its own, or both as one text"
        if found is not None and self.previous is not None:
            if found.kind == self.previous.kind == "text" and "COMMA" in self.fault.expected:
                return "write `,` between them, or both as one text"
            between = self.source.text[self.previous.span.end : self.fault.place]
            if found.text == "|" and "\n" in between:
                return "begin it below the `|` of the row above: a line further in goes on with it"
        return self._form()

    def _form(self) -> str:
        """The form of the line."""
        if self.hole:
            return ""
        text, place = self.source.text, self.fault.place
        fresh = found_at = self.found is not None and (
            not self.line or "\n" in text[self._before_end() : place]
        )
        inner = self._in_block() or (fresh and self.previous is not None)
        first = self.found.text if fresh and found_at and self.found else ""
        if not fresh and self.line:
            first = self.line[0].text
        form = form_of(self.head, first, inner=inner)
        return f"write it as in `{form}`" if form else ""


def _either(phrases: Iterable[str]) -> str:
    *rest, last = phrases
    return f"{', '.join(rest)} or {last}" if rest else last


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
