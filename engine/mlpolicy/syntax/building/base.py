"""What every part of the builder needs: faults that are noted, texts and dates, clauses that may
stand once; and the small parts and titles, which stand in all declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlpolicy.diagnostics import Diagnostic, Label, at
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    ParseHole,
    date_of,
    joined,
    name_of,
    path_of,
    place_of,
    plain_text,
    span_of,
    text_of,
    time_of,
)


class Base:
    """A source, what was noted of it, and the small parts of its declarations. `parse_hole` parses
    the expression in a stretch of the source; `problems` is what was noted, and `reads` whether
    the `from` of an input is gone through, where a path is a field of the manifest."""

    def __init__(self, source: Source, parse_hole: ParseHole) -> None:
        self.file = source
        self.parse_hole = parse_hole
        self.problems: list[Diagnostic] = []
        self.reads = False

    def problem(
        self, code: str, message: str, span: Span, help: str = "", labels: tuple[Label, ...] = ()
    ) -> None:
        """Notes a fault of the declaration. `span` is what is underlined, `help` an instruction."""
        self.problems.append(at(code, message, self.file, span, help=help, labels=labels))

    def _plain_text(self, text: Any) -> str:
        """What a text says, or a sentence, without holes."""
        tokens = text.value if type(text) is Fragment else (text,)
        return " ".join(plain_text(token, self.problem) for token in tokens)

    def _text(self, text: Any) -> t.Text:
        """What a text says, or a sentence, with its holes."""
        if type(text) is not Fragment:
            return text_of(text, self.problem, self.parse_hole)
        lines = [text_of(token, self.problem, self.parse_hole) for token in text.value]
        return lines[0] if len(lines) == 1 else joined(lines, text.span)

    def _date(self, token: Any) -> t.DateLiteral:
        return date_of(token, self.problem)

    def _time(self, token: Any) -> t.TimeLiteral:
        return time_of(token, self.problem)

    def _once(self, c: Children, words: dict[str, str]) -> None:
        """At most one clause of each of these kinds."""
        seen: dict[str, Fragment] = {}
        for child in c:
            if type(child) is Fragment and child.kind in words:
                if child.kind in seen:
                    self._twice(words[child.kind], child.span, seen[child.kind].span)
                seen[child.kind] = child

    def _twice(self, word: str, span: Span, earlier: Span) -> None:
        width = len(word)
        first = Label(Origin(self.file, Span(earlier.start, earlier.start + width)), "first here")
        self.problem(
            "MLP0113",
            f"`{word}` stands here twice",
            Span(span.start, span.start + width),
            help="keep one of them",
            labels=(first,),
        )

    def _of_width(self, rows: Iterable[Any], width: int, header: Span) -> list[Any]:
        """The rows with as many cells as there are columns; the others are noted."""
        kept = []
        for row in rows:
            cells = len(row.cells)
            if cells == width:
                kept.append(row)
                continue
            self.problem(
                "MLP0108",
                f"this row has {count(cells, 'cell')}, the table has {count(width, 'column')}",
                row.span,
                help=_cells_help(row),
                labels=(Label(Origin(self.file, header), "the columns"),),
            )
        return kept

    # ── Small parts ──────────────────────────────────────────────────────────────────────

    def name(self, c: Children) -> t.Name:
        """`ai_service`: a name."""
        return name_of(c[0])

    def quoted(self, c: Children) -> t.Name:
        """`"in range"`: a word of an enum that is no name."""
        text = self._plain_text(c[0])
        if not text:
            message = "a word of an enum has something in it"
            self.problem("MLP0110", message, span_of(c), help='write one, as in `"in range"`')
        return t.Name(text, span=span_of(c))

    def sentence(self, c: Children) -> Fragment:
        """`"measure first,"` and `"then build"` below it: a text on one line or more, as a fragment
        that holds its tokens. A space stands between two lines, so that a line neither begins nor
        ends with one."""
        tokens = tuple(token for token in c if token.type == "STRING")
        for token in tokens if len(tokens) > 1 else ():
            inside = plain_text(token, lambda *_, **__: None)
            if inside.strip() != inside or not inside:
                message = "one space stands between the lines of a text"
                help = "let no line begin or end with a space, and none be empty"
                self.problem("MLP0110", message, place_of(token), help=help)
                break
        return Fragment("sentence", tokens, span_of(c))

    def sentences(self, c: Children) -> t.Text:
        """A text on several lines in a cell."""
        return self._text(self.sentence(c))

    def names(self, c: Children) -> Fragment:
        """`request, page`: names, as a fragment that holds a tuple."""
        return Fragment("names", tuple(c[::2]), span_of(c))

    def members(self, c: Children) -> Fragment:
        """`pretrained, customised`: the members of an enum without an order."""
        return Fragment("members", tuple(c[::2]), span_of(c))

    def ladder(self, c: Children) -> Fragment:
        """`none < ai_service < sagemaker`: the members of an outcome, the least first."""
        return Fragment("ladder", tuple(c[::2]), span_of(c))

    def ordered(self, c: Children) -> Fragment:
        """`idea < poc < "in use"`: the members of an enum with an order, the least first."""
        return Fragment("ladder", tuple(c[::2]), span_of(c))

    def refs(self, c: Children) -> Fragment:
        """`ref guide#G1, guide#G2`: the clauses that a construct cites."""
        return Fragment("refs", self._clauses(c), span_of(c))

    def clauses(self, c: Children) -> Fragment:
        """`guide#G1, guide#G2` in a cell: the clauses that a row cites."""
        return Fragment("clauses", self._clauses(c), span_of(c))

    @staticmethod
    def _clauses(c: Children) -> tuple[t.Ref, ...]:
        refs = []
        for token in c:
            if token.type == "CLAUSE":
                source, _, clause = str(token).partition("#")
                refs.append(t.Ref(source, clause, span=Span(token.start_pos, token.end_pos)))
        return tuple(refs)

    def type(self, c: Children) -> t.TypeName:
        """`flag`, `EUR/month`: a type or a unit, by its word."""
        return t.TypeName(str(c[0]), span=place_of(c[0]))

    def set_type(self, c: Children) -> t.SetType:
        """`set of region`"""
        return t.SetType(c[2], span=span_of(c))

    def list_type(self, c: Children) -> t.ListType:
        """`list of rate`"""
        return t.ListType(c[2], span=span_of(c))

    def between(self, c: Children) -> t.Between:
        """`1 week .. 4 week`, `0 EUR ..`"""
        return t.Between(c[0], c[2] if len(c) == 3 else None, span=span_of(c))

    def below(self, c: Children) -> t.Between:
        """`1 week ..< 4 week`, in a cell of a decision table"""
        return t.Between(c[0], c[2], True, span=span_of(c))

    def parameter(self, c: Children) -> Fragment:
        """`(tier)`: the parameter of a keyed declaration."""
        return Fragment("parameter", c[1], span_of(c))

    def attribute(self, c: Children) -> t.Attribute:
        """`service : service`: an attribute of the outcome."""
        return t.Attribute(c[0], c[2], span=span_of(c))

    def attributes(self, c: Children) -> Fragment:
        """`with service : service, …`: the attributes of the outcome."""
        return Fragment("attributes", tuple(c[1::2]), span_of(c))

    def when(self, c: Children) -> Fragment:
        """`when CONDITION`"""
        return Fragment("when", c[1], span_of(c))

    def where(self, c: Children) -> Fragment:
        """`where CONDITION`"""
        return Fragment("where", c[1], span_of(c))

    def once(self, c: Children) -> Fragment:
        """`once per COLUMN` in an aggregate."""
        return Fragment("once", c[2], span_of(c))

    def over(self, c: Children) -> Fragment:
        """`over SET` in an aggregate: what its variable goes through."""
        return Fragment("over", c[1], span_of(c))

    def domain(self, c: Children) -> Fragment:
        """`in 0 % .. 100 %`: the range of an input."""
        return Fragment("domain", c[1], span_of(c))

    def horizon(self, c: Children) -> Fragment:
        """`over SPAN`: the span of time a cost is for."""
        return Fragment("horizon", c[1], span_of(c))

    def derived_of(self, c: Children) -> Fragment:
        """`of CATALOGUE`: the catalogue whose rows a definition is a column of."""
        return Fragment("of", c[1], span_of(c))

    def ask(self, c: Children) -> Fragment:
        """`ask "…"` of an input: a text without holes."""
        return Fragment("ask", self._plain_text(c[1]), span_of(c))

    def override(self, c: Children) -> Fragment:
        """`or project.prices`: the manifest list whose rows come first."""
        return Fragment("override", path_of(c[1]), span_of(c))

    # ── Titles ───────────────────────────────────────────────────────────────────────────

    def title(self, c: Children) -> Fragment:
        """`title "…"`: how people call what is declared."""
        return Fragment("title", self._titled(c[1]), span_of(c))

    def _titled(self, token: Any) -> t.Title:
        span = Span(token.start_pos, token.end_pos)
        text = self._plain_text(token)
        if not text.strip() or "\n" in text:
            message = "a title stands on one line" if text.strip() else "this title says nothing"
            help = "write how people call it, in a few words"
            self.problem("MLP0110", message, span, help=help)
        return t.Title(text, span=span)

    def member_called(self, c: Children) -> t.Called:
        """`comprehend "Amazon Comprehend"` below an outcome or an enum."""
        return t.Called(c[0], self._titled(c[1]), span=span_of(c))

    def statuses(self, c: Children) -> Fragment:
        """`status unmet, conditional` below an outcome: how its leaves may be called."""
        return Fragment("statuses", c[1].value, span_of(c))


def count(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cells_help(row: Any) -> str:
    """How a row is written that has not as many cells as there are columns."""
    first = row.cells[0] if row.cells else None
    if isinstance(first, t.Var) and first.name in ("else", "default", "all"):
        return "write `| otherwise | -> VALUE` for what is left"
    return "write one cell for each column; `-` where nothing applies"
