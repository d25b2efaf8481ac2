"""Reduced rules in, nodes of `tree` out: what the parser calls for each rule it completes.

The parser keeps every token, so each method takes the children of its rule as the grammar
writes them. A part that is no node of its own (`with …`, `ref …`) travels as a `_Part`.

What the grammar lets through and no reader would (a date that does not exist, a clause given
twice, a row with a cell too many) is noted in `problems`; the node is still made where it can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from mlpolicy.diagnostics import Diagnostic, Label, at
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree as t

Children = list[Any]

#: What the indenter adds; takes no part in places.
STRUCTURE = frozenset({"_NL", "_INDENT", "_DEDENT"})


@dataclass(slots=True)
class _Part:
    kind: str
    value: Any
    span: Span


def _place(child: Any) -> Span:
    """Where a child stands, be it a token, a node or a part."""
    span = getattr(child, "span", None)
    return span if isinstance(span, Span) else Span(child.start_pos, child.end_pos)


def _span(children: Children) -> Span:
    """From the first child to the last one that is text."""
    for last in reversed(children):
        if isinstance(last, t.Node | _Part) or last.type not in STRUCTURE:
            return Span(_place(children[0]).start, _place(last).end)
    raise AssertionError("a rule without text")


def _only(children: Children, *kinds: type) -> list[Any]:
    return [child for child in children if isinstance(child, kinds)]


def _part(children: Children, kind: str) -> Any:
    """The value of the first part of a kind, or None."""
    for child in children:
        if type(child) is _Part and child.kind == kind:
            return child.value
    return None


def _refs(children: Children) -> tuple[t.Ref, ...]:
    """All references that stand directly among the children, in order."""
    found: list[t.Ref] = []
    for child in children:
        if type(child) is _Part and child.kind == "refs":
            found.extend(child.value)
    return tuple(found)


def _after(children: Children, sign: str) -> Any:
    """The child that follows a token, or None where there is no such token."""
    for index, child in enumerate(children):
        if isinstance(child, str) and child == sign:
            return children[index + 1]
    return None


def _name(token: Any) -> t.Name:
    return t.Name(str(token), span=Span(token.start_pos, token.end_pos))


class Builder:
    """Makes the nodes of one source. `hole` parses the expression in a stretch of it."""

    def __init__(self) -> None:
        self.file = Source("", "")
        self.problems: list[Diagnostic] = []
        self.paths: list[t.PathLiteral] = []
        self.parse_hole: Callable[[int, int], t.Expr | None] = lambda start, end: None

    def problem(
        self, code: str, message: str, span: Span, help: str = "", labels: tuple[Label, ...] = ()
    ) -> None:
        self.problems.append(at(code, message, self.file, span, help=help, labels=labels))

    # ── Texts, dates, numbers ────────────────────────────────────────────────────────────

    def _plain_text(self, token: Any) -> str:
        """A text without holes: braces stand for themselves."""
        inside = str(token)[1:-1]
        if "\\" not in inside:
            return inside
        return re.sub(
            r"\\(.)", lambda m: self._escape(m[1], token.start_pos + 1 + m.start()), inside
        )

    def _escape(self, char: str, at_offset: int) -> str:
        if char == "n":
            return "\n"
        if char not in '"\\':
            self.problem(
                "MLP0110",
                f"`\\{char}` means nothing in a text",
                Span(at_offset, at_offset + 2),
                help='write `\\"`, `\\\\` or `\\n`; a backslash by itself is `\\\\`',
            )
        return char

    def _text(self, token: Any) -> t.Text:
        """A text with holes."""
        start: int = token.start_pos
        span = Span(start, token.end_pos)
        inside = str(token)[1:-1]
        if not inside:
            return t.Text((), span=span)
        if "{" not in inside and "}" not in inside and "\\" not in inside:
            return t.Text((inside,), span=span)
        parts: list[str | t.Expr] = []
        words: list[str] = []
        index = 0
        while index < len(inside):
            char = inside[index]
            here = start + 1 + index
            if char == "\\":
                words.append(self._escape(inside[index + 1], here))
                index += 2
            elif char in "{}" and inside[index + 1 : index + 2] == char:
                words.append(char)
                index += 2
            elif char == "}":
                self.problem(
                    "MLP0110",
                    "`}` closes nothing in this text",
                    Span(here, here + 1),
                    help="write `}}` for a brace that is meant as text",
                )
                index += 1
            elif char == "{":
                close = self._closing(inside, index)
                if close is None:
                    self.problem(
                        "MLP0110",
                        "`{` is not closed in this text",
                        Span(here, span.end - 1),
                        help="close it with `}`, or write `{{` for a brace that is meant as text",
                    )
                    break
                if words:
                    parts.append("".join(words))
                    words.clear()
                if not inside[index + 1 : close].strip():
                    self.problem(
                        "MLP0110",
                        "nothing stands between these braces",
                        Span(here, start + 2 + close),
                        help="name the value to show, or write `{{}}` for the braces themselves",
                    )
                else:
                    value = self.parse_hole(here + 1, start + 1 + close)
                    if value is not None:
                        parts.append(value)
                index = close + 1
            else:
                words.append(char)
                index += 1
        if words:
            parts.append("".join(words))
        return t.Text(tuple(parts), span=span)

    @staticmethod
    def _closing(text: str, start: int) -> int | None:
        depth = 0
        for index in range(start, len(text)):
            if text[index] == "{":
                depth += 1
            elif text[index] == "}":
                depth -= 1
                if depth == 0:
                    return index
        return None

    def _date(self, token: Any) -> t.DateLiteral:
        span = Span(token.start_pos, token.end_pos)
        try:
            date.fromisoformat(token)
        except ValueError:
            self.problem(
                "MLP0109",
                f"`{token}` is no day of the calendar",
                span,
                help="write a date as year-month-day, such as `2026-01-31`",
            )
        return t.DateLiteral(str(token), span=span)

    @staticmethod
    def _number(token: Any) -> t.Number:
        text = str(token)
        end = 0
        while end < len(text) and (text[end].isdigit() or text[end] == "."):
            end += 1
        unit = text[end:].strip()
        span = Span(token.start_pos, token.end_pos)
        return t.Number(Fraction(text[:end]), unit, text, span=span)

    def _path(self, token: Any) -> t.PathLiteral:
        scope, *steps = str(token).split(".")
        return t.PathLiteral(scope, tuple(steps), span=Span(token.start_pos, token.end_pos))

    # ── Small parts ──────────────────────────────────────────────────────────────────────

    def name(self, c: Children) -> t.Name:
        return _name(c[0])

    def names(self, c: Children) -> _Part:
        return _Part("names", tuple(c[::2]), _span(c))

    def members(self, c: Children) -> _Part:
        return _Part("members", tuple(c[::2]), _span(c))

    def ladder(self, c: Children) -> _Part:
        return _Part("ladder", tuple(c[::2]), _span(c))

    def refs(self, c: Children) -> _Part:
        return _Part("refs", self._clauses(c), _span(c))

    def clauses(self, c: Children) -> _Part:
        return _Part("clauses", self._clauses(c), _span(c))

    @staticmethod
    def _clauses(c: Children) -> tuple[t.Ref, ...]:
        refs = []
        for token in c:
            if token.type == "CLAUSE":
                source, _, clause = str(token).partition("#")
                refs.append(t.Ref(source, clause, span=Span(token.start_pos, token.end_pos)))
        return tuple(refs)

    def type(self, c: Children) -> t.TypeName:
        return t.TypeName(str(c[0]), span=_place(c[0]))

    def set_type(self, c: Children) -> t.SetType:
        return t.SetType(c[2], span=_span(c))

    def between(self, c: Children) -> t.Between:
        return t.Between(c[0], c[2] if len(c) == 3 else None, span=_span(c))

    def parameter(self, c: Children) -> _Part:
        return _Part("parameter", c[1], _span(c))

    def attribute(self, c: Children) -> t.Attribute:
        return t.Attribute(c[0], c[2], span=_span(c))

    def attributes(self, c: Children) -> _Part:
        return _Part("attributes", tuple(c[1::2]), _span(c))

    def when(self, c: Children) -> _Part:
        return _Part("when", c[1], _span(c))

    def where(self, c: Children) -> _Part:
        return _Part("where", c[1], _span(c))

    def once(self, c: Children) -> _Part:
        return _Part("once", c[2], _span(c))

    def over(self, c: Children) -> _Part:
        return _Part("over", c[1], _span(c))

    def domain(self, c: Children) -> _Part:
        return _Part("domain", c[1], _span(c))

    def horizon(self, c: Children) -> _Part:
        return _Part("horizon", c[1], _span(c))

    def derived_of(self, c: Children) -> _Part:
        return _Part("of", c[1], _span(c))

    def ask(self, c: Children) -> _Part:
        return _Part("ask", self._plain_text(c[1]), _span(c))

    def override(self, c: Children) -> _Part:
        return _Part("override", self._path(c[1]), _span(c))

    # ── Expressions ──────────────────────────────────────────────────────────────────────

    def number(self, c: Children) -> t.Number:
        return self._number(c[0])

    def date(self, c: Children) -> t.DateLiteral:
        return self._date(c[0])

    def text(self, c: Children) -> t.Text:
        return self._text(c[0])

    def flag_literal(self, c: Children) -> t.YesNo:
        return t.YesNo(c[0] == "yes", span=_place(c[0]))

    def open(self, c: Children) -> t.UnknownLiteral:
        return t.UnknownLiteral(span=_place(c[0]))

    def dash(self, c: Children) -> t.Dash:
        return t.Dash(span=_place(c[0]))

    def anything(self, c: Children) -> t.AnyLiteral:
        return t.AnyLiteral(span=_place(c[0]))

    def path(self, c: Children) -> t.PathLiteral:
        path = self._path(c[0])
        self.paths.append(path)
        return path

    def var(self, c: Children) -> t.Var:
        name: t.Name = c[0]
        if name.text in ("true", "false"):
            word = "yes" if name.text == "true" else "no"
            self.problem(
                "MLP0111",
                f"`{name.text}` is not a word of the language",
                name.span,
                help=f"write `{word}`",
            )
        return t.Var(name.text, span=name.span)

    def call(self, c: Children) -> t.Call:
        arguments = c[2].value if type(c[2]) is _Part else ()
        return t.Call(c[0], arguments, span=_span(c))

    def arguments(self, c: Children) -> _Part:
        return _Part("arguments", tuple(c[::2]), _span(c))

    def lookup(self, c: Children) -> t.Lookup:
        return t.Lookup(c[0], c[2].value, span=_span(c))

    def set_literal(self, c: Children) -> t.SetLiteral:
        return t.SetLiteral(tuple(c[1:-1:2]), span=_span(c))

    def group(self, c: Children) -> t.Expr:
        inner: t.Expr = c[1]
        return replace(inner, span=_span(c))

    def member(self, c: Children) -> t.Column:
        return t.Column(c[0], _name(c[2]), span=_span(c))

    def conversion(self, c: Children) -> t.As:
        return t.As(c[0], c[2], span=_span(c))

    def negative(self, c: Children) -> t.Negate:
        return t.Negate(c[1], span=_span(c))

    def negated(self, c: Children) -> t.Not:
        return t.Not(c[1], span=_span(c))

    def binary(self, c: Children) -> t.Expr:
        left, sign, right = c
        operator = str(sign)
        span = _span(c)
        if operator == "is" and isinstance(right, t.UnknownLiteral):
            return t.IsUnknown(left, False, span=span)
        if operator == "in" and isinstance(right, t.Binary) and right.operator == "/":
            text = self.file.slice(right.span)
            self.problem(
                "MLP0111",
                f"`in {text}` asks for a set, and `{text}` is none",
                Span(sign.start_pos, right.span.end),
                help=f"write `as {text}` to convert a quantity",
            )
        return t.Binary(operator, left, right, span=span)

    def is_known(self, c: Children) -> t.IsUnknown:
        return t.IsUnknown(c[0], True, span=_span(c))

    def is_any(self, c: Children) -> t.Binary:
        return t.Binary("is", c[0], t.AnyLiteral(span=_place(c[2])), span=_span(c))

    def any_of(self, c: Children) -> t.AnyOf:
        return t.AnyOf(c[1], span=_span(c))

    def first_of(self, c: Children) -> t.FirstOf:
        return t.FirstOf(c[1], c[3] if len(c) > 2 else None, span=_span(c))

    def latest_of(self, c: Children) -> t.LatestOf:
        return t.LatestOf(c[1], c[3], c[5] if len(c) > 4 else None, span=_span(c))

    def aggregate(self, c: Children) -> t.Aggregate:
        return t.Aggregate(
            str(c[0]),
            c[2],
            _part(c, "where"),
            _part(c, "once"),
            _after(c, "over"),
            _part(c, "over"),
            span=_span(c),
        )

    def hole(self, c: Children) -> t.Expr:
        inner: t.Expr = c[0]
        return inner

    # ── Declarations of one line ─────────────────────────────────────────────────────────

    def start(self, c: Children) -> t.Decl | None:
        declaration: t.Decl | None = c[0]
        allowed: tuple[t.Expr, ...] = ()
        if isinstance(declaration, t.InputDecl):
            allowed = declaration.sources
        for path in self.paths:
            if not any(s.span.start <= path.span.start < s.span.end for s in allowed):
                self.problem(
                    "MLP0112",
                    f"`{path}` is a field of the manifest, which only an input may read",
                    path.span,
                    help="declare an `input … from` this field, and use the input's name here",
                )
        return declaration

    def policy(self, c: Children) -> t.PolicyDecl:
        return t.PolicyDecl(c[1], str(c[2]), self._date(c[4]), span=_span(c))

    def manifest(self, c: Children) -> t.ManifestDecl:
        return t.ManifestDecl(c[1], self._plain_text(c[3]), _place(c[3]), span=_span(c))

    def source(self, c: Children) -> t.SourceDecl:
        return t.SourceDecl(c[1], self._plain_text(c[3]), _place(c[3]), span=_span(c))

    def unit(self, c: Children) -> t.UnitDecl:
        return t.UnitDecl(c[1].value, span=_span(c))

    def convert(self, c: Children) -> t.ConvertDecl:
        return t.ConvertDecl(self._number(c[1]), self._number(c[3]), _refs(c), span=_span(c))

    def outcome(self, c: Children) -> t.OutcomeDecl:
        return t.OutcomeDecl(c[1], c[3].value, _part(c, "attributes") or (), span=_span(c))

    def enum(self, c: Children) -> t.EnumDecl:
        if c[2] == "from":
            return t.EnumDecl(c[1], (), False, self._path(c[3]), span=_span(c))
        members = c[3]
        ordered = members.kind == "ladder" and len(members.value) > 1
        return t.EnumDecl(c[1], members.value, ordered, None, span=_span(c))

    def sources(self, c: Children) -> _Part:
        return _Part("sources", tuple(c[::2]), _span(c))

    def if_absent(self, c: Children) -> _Part:
        value: Any = c[2] if isinstance(c[2], t.Node) else None
        node = t.IfAbsent(value, _part(c, "when"), _refs(c), span=_span(c))
        return _Part("if_absent", node, node.span)

    def input(self, c: Children) -> t.InputDecl:
        self._once(c, {"if_absent": "if absent", "ask": "ask"})
        return t.InputDecl(
            c[1],
            _part(c, "parameter"),
            _after(c, ":"),
            _part(c, "domain"),
            _part(c, "sources"),
            _part(c, "if_absent"),
            _part(c, "ask") or "",
            span=_span(c),
        )

    def _once(self, c: Children, words: dict[str, str]) -> None:
        """At most one clause of each of these kinds."""
        seen: dict[str, _Part] = {}
        for child in c:
            if type(child) is _Part and child.kind in words:
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

    def records(self, c: Children) -> t.RecordsDecl:
        columns = tuple(_only(c, t.RecordColumn))
        ask = _part(c, "question")
        return t.RecordsDecl(c[1], self._path(c[3]), c[5].value, ask, columns, span=_span(c))

    def record_column(self, c: Children) -> t.RecordColumn:
        self._once(c, {"if_absent": "if absent", "question": "ask"})
        steps = (c[0], *(_name(token) for token in c[1:] if getattr(token, "type", "") == "WORD"))
        return t.RecordColumn(steps, _part(c, "if_absent"), _part(c, "question"), span=_span(c))

    def question_of(self, c: Children) -> _Part:
        return _Part("question", self._text(c[1]), _span(c))

    def exception(self, c: Children) -> t.ExceptionDecl:
        return t.ExceptionDecl(c[1], c[3], c[5], c[7], _refs(c), span=_span(c))

    # ── Values with a history, tables of data ────────────────────────────────────────────

    def dated(self, c: Children) -> t.DatedLine:
        return t.DatedLine(self._date(c[0]), c[2], _refs(c), span=_span(c))

    def threshold(self, c: Children) -> t.ThresholdDecl:
        lines = tuple(_only(c, t.DatedLine))
        return t.ThresholdDecl(str(c[0]), c[1], c[3], lines, span=_span(c))

    def column(self, c: Children) -> t.Header:
        named = isinstance(c[0], t.Name)
        name = c[0] if named else _name(c[0])
        if named and len(c) == 1:
            self.problem(
                "MLP0101",
                f"the column `{name.text}` has no type",
                name.span,
                help=f"write `{name.text} : ` and its type in the first row",
            )
        return t.Header(name, c[2] if len(c) == 3 else None, span=_span(c))

    def header(self, c: Children) -> _Part:
        return _Part("header", tuple(_only(c, t.Header)), _span(c))

    def row(self, c: Children) -> t.Row:
        cells: tuple[Any, ...] = tuple(
            cell.value if type(cell) is _Part else cell
            for cell in c
            if type(cell) is _Part or isinstance(cell, t.Node)
        )
        return t.Row(cells, span=_span(c))

    def catalog(self, c: Children) -> t.CatalogDecl:
        header = next(child for child in c if type(child) is _Part and child.kind == "header")
        rows = self._of_width(_only(c, t.Row), len(header.value), header.span)
        return t.CatalogDecl(
            c[1],
            c[3].value,
            _part(c, "override"),
            _refs(c),
            header.value,
            tuple(rows),
            span=_span(c),
        )

    def _of_width(self, rows: Iterable[Any], width: int, header: Span) -> list[Any]:
        """The rows with as many cells as there are columns; the others are told."""
        kept = []
        for row in rows:
            count = len(row.cells)
            if count == width:
                kept.append(row)
                continue
            self.problem(
                "MLP0108",
                f"this row has {_count(count, 'cell')}, the table has {_count(width, 'column')}",
                row.span,
                help="write one cell for each column; `-` where nothing applies",
                labels=(Label(Origin(self.file, header), "the columns"),),
            )
        return kept

    def shortlist_line(self, c: Children) -> t.ShortlistLine:
        return t.ShortlistLine(c[0], c[2], _refs(c), span=_span(c))

    def shortlist(self, c: Children) -> t.ShortlistDecl:
        lines = tuple(_only(c, t.ShortlistLine))
        return t.ShortlistDecl(c[1], c[3], _refs(c), lines, span=_span(c))

    # ── Derived values ───────────────────────────────────────────────────────────────────

    def case(self, c: Children) -> t.CaseLine:
        condition = c[1] if c[0] == "when" else None
        return t.CaseLine(condition, _after(c, ":"), _refs(c), span=_span(c))

    def define(self, c: Children) -> t.DefineDecl:
        cases = tuple(_only(c, t.CaseLine))
        for line in cases[:-1]:
            if line.condition is None:
                self.problem(
                    "MLP0114",
                    "`otherwise` is not the last case",
                    Span(line.span.start, line.span.start + len("otherwise")),
                    help="move it to the end; the cases after it would never be reached",
                )
        return t.DefineDecl(
            str(c[0]),
            c[1],
            _part(c, "parameter"),
            _part(c, "of"),
            _after(c, ":"),
            _part(c, "horizon"),
            None if cases else _after(c, "="),
            cases,
            _refs(c),
            span=_span(c),
        )

    def question(self, c: Children) -> t.Question:
        return t.Question(c[0], self._text(c[1]), c[3], _refs(c), span=_span(c))

    def score(self, c: Children) -> t.ScoreDecl:
        target = self._number(c[4])
        if target.unit or target.value.denominator != 1:
            self.problem(
                "MLP0101",
                f"`{target.text}` is not a count of answers",
                target.span,
                help="write a whole number, such as `at least 2 of`",
            )
        questions = tuple(_only(c, t.Question))
        return t.ScoreDecl(c[1], int(target.value), _refs(c), questions, span=_span(c))

    # ── Trees ────────────────────────────────────────────────────────────────────────────

    def setting(self, c: Children) -> t.Setting:
        return t.Setting(c[0], c[2], span=_span(c))

    def settings(self, c: Children) -> _Part:
        return _Part("settings", tuple(c[1::2]), _span(c))

    def because(self, c: Children) -> _Part:
        return _Part("because", c[1], _span(c))

    def owe(self, c: Children) -> _Part:
        return _Part("owe", c[1].value, _span(c))

    _CLAUSES = {"settings": "with", "because": "because", "owe": "owe"}  # noqa: RUF012

    def _because(self, c: Children) -> t.Text | None:
        token = _part(c, "because")
        return None if token is None else self._text(token)

    def leaf(self, c: Children) -> t.Leaf:
        self._once(c, self._CLAUSES)
        status = c[1].text if len(c) > 1 and isinstance(c[1], t.Name) else ""
        return t.Leaf(
            c[0],
            status,
            _part(c, "settings") or (),
            self._because(c),
            _part(c, "owe") or (),
            _refs(c),
            span=_span(c),
        )

    def _unfit(self, c: Children, kinds: tuple[str, ...], what: str) -> None:
        for child in c:
            if type(child) is _Part and child.kind in kinds:
                word = self._CLAUSES[child.kind]
                self.problem(
                    "MLP0114",
                    f"`{word}` has no meaning after {what}",
                    Span(child.span.start, child.span.start + len(word)),
                    help="remove it",
                )

    def infeasible(self, c: Children) -> t.Leaf:
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings", "because"), "`infeasible`, which gives its reason itself")
        text = self._text(c[1])
        return t.Leaf(None, "", (), text, _part(c, "owe") or (), _refs(c), span=_span(c))

    def hold(self, c: Children) -> t.Hold:
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings", "because"), "`hold`, which gives its reason itself")
        return t.Hold(self._text(c[1]), _part(c, "owe") or (), _refs(c), span=_span(c))

    def goto(self, c: Children) -> t.Goto:
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings",), "`goto`: the other tree chooses")
        owes = _part(c, "owe") or ()
        return t.Goto(c[1], self._because(c), owes, _refs(c), span=_span(c))

    @staticmethod
    def _act(c: Children) -> t.Action:
        action: t.Action = _only(c, t.Leaf, t.Hold, t.Goto, t.Body)[-1]
        return action

    def flat(self, c: Children) -> t.FlatLine:
        condition = None if c[0] == "otherwise" else c[1]
        return t.FlatLine(str(c[0]), condition, self._act(c), span=_span(c))

    def labels(self, c: Children) -> _Part:
        words: list[str] = []
        for token in c[::2]:
            if str(token) in words:
                self._twice(str(token), _place(token), _place(c[2 * words.index(str(token))]))
            else:
                words.append(str(token))
        return _Part("labels", tuple(words), _span(c))

    def arm(self, c: Children) -> t.Arm:
        return t.Arm(c[0].value, self._act(c), span=_span(c))

    def block(self, c: Children) -> t.IfBlock:
        arms = tuple(_only(c, t.Arm))
        seen: dict[str, Span] = {}
        for arm in arms:
            for label in arm.labels:
                start = arm.span.start
                while self.file.text[start : start + len(label)] != label:
                    start += 1
                here = Span(start, start + len(label))
                if label in seen:
                    self._twice(label, here, seen[label])
                seen[label] = here
        return t.IfBlock(c[1], arms, span=_span(c))

    def body(self, c: Children) -> t.Body:
        for line, following in pairwise(c):
            if isinstance(line, t.IfBlock):
                self._unreached("an `if` with its arms below it", line, following)
            elif line.keyword == "otherwise":
                self._unreached("`otherwise`", line, following)
        return t.Body(tuple(c), span=_span(c))

    def _unreached(self, what: str, line: t.Node, following: t.Node) -> None:
        word = self.file.text[following.span.start : following.span.end].split(maxsplit=1)[0]
        label = Label(Origin(self.file, Span(line.span.start, line.span.start + 2)), "this line")
        self.problem(
            "MLP0114",
            f"nothing may follow {what}",
            Span(following.span.start, following.span.start + len(word)),
            help="move the line before it, or into one of its arms",
            labels=(label,),
        )

    def tree(self, c: Children) -> t.TreeDecl:
        decision = c[0] == "decision"
        at_name = 2 if decision else 1
        body = _only(c, t.Body)[0]
        return t.TreeDecl(decision, c[at_name], c[at_name + 2], body, span=_span(c))

    # ── Tables, duties, rules ────────────────────────────────────────────────────────────

    def columns(self, c: Children) -> _Part:
        return _Part("columns", tuple(c[::2]), _span(c))

    def test_of_cell(self, c: Children) -> t.Comparison:
        return t.Comparison(str(c[0]), c[1], span=_span(c))

    def outcome_of_row(self, c: Children) -> _Part:
        return _Part("outcome", (c[1], _refs(c)), _span(c))

    def table_row(self, c: Children) -> _Part:
        cells = tuple(_only(c, t.Node))
        return _Part("row", (cells, _part(c, "outcome")), _span(c))

    def table(self, c: Children) -> t.TableDecl:
        columns = next(child for child in c if type(child) is _Part and child.kind == "columns")
        parts = [child for child in c if type(child) is _Part and child.kind == "row"]
        header: tuple[t.Name, ...] = ()
        rows: list[t.TableRow] = []
        for index, part in enumerate(parts):
            cells, outcome = part.value
            if outcome is not None:
                rows.append(t.TableRow(cells, *outcome, span=part.span))
            elif index == 0:
                header = tuple(t.Name(self.file.slice(cell.span), span=cell.span) for cell in cells)
                if len(header) != len(columns.value):
                    self._of_width([t.Row(cells, span=part.span)], len(columns.value), columns.span)
            else:
                self.problem(
                    "MLP0108",
                    "this row gives no result",
                    part.span,
                    help="end it with `->` and the value of the table",
                )
        rows = self._of_width(rows, len(columns.value), columns.span)
        strategy = next(str(x) for x in c if x in ("unique", "first", "collect"))
        return t.TableDecl(
            c[1], c[3], strategy, columns.value, header, tuple(rows), _refs(c), span=_span(c)
        )

    def level(self, c: Children) -> _Part:
        return _Part("level", (str(c[0]), len(c) == 1), _span(c))

    def duty(self, c: Children) -> _Part:
        kind = f"{c[0]} when" if c[0] != "when" else "when"
        return _Part(kind, (_after(c, "when"), _refs(c)), _span(c))

    def obligation(self, c: Children) -> t.ObligationDecl:
        duties = [x for x in c if type(x) is _Part and x.kind.endswith("when")]
        self._once(c, {"when": "when", "met when": "met when", "due when": "due when"})
        found = {part.kind: part.value[0] for part in duties}
        refs = _refs(c) + tuple(ref for part in duties for ref in part.value[1])
        level, waivable = c[2].value
        return t.ObligationDecl(
            c[1],
            level,
            waivable,
            self._text(c[3]),
            found.get("when"),
            found.get("met when"),
            found.get("due when"),
            refs,
            span=_span(c),
        )

    def rule_line(self, c: Children) -> _Part:
        value = self._text(c[1]) if c[0] in ("say", "fix") else c[1]
        return _Part(str(c[0]), (value, _refs(c)), _span(c))

    def rule(self, c: Children) -> t.RuleDecl | None:
        words = {word: word for word in ("when", "say", "fix", "bounds")}
        lines = [x for x in c if type(x) is _Part and x.kind in words]
        self._once(c, words)
        found = {part.kind: part.value[0] for part in lines}
        refs = _refs(c) + tuple(ref for part in lines for ref in part.value[1])
        level, waivable = c[2].value
        for word, why in (("when", "and its condition"), ("say", "and the text of the finding")):
            if word not in found:
                self.problem(
                    "MLP0113",
                    f"the rule `{c[1].text}` has no `{word}`",
                    c[1].span,
                    help=f"add a line with `{word}` {why}",
                )
        if "when" not in found or "say" not in found:
            return None
        return t.RuleDecl(
            c[1],
            level,
            waivable,
            found["when"],
            found["say"],
            found.get("fix"),
            found.get("bounds"),
            refs,
            span=_span(c),
        )

    # ── Tests ────────────────────────────────────────────────────────────────────────────

    def like(self, c: Children) -> _Part:
        return _Part("like", self._plain_text(c[1]), _span(c))

    def as_of(self, c: Children) -> _Part:
        return _Part("as_of", self._date(c[1]), _span(c))

    def given(self, c: Children) -> _Part:
        return _Part("given", tuple(_only(c, t.Given)), _span(c))

    def fact(self, c: Children) -> t.Given:
        return t.Given(self._path(c[0]), c[2], span=_span(c))

    def plain(self, c: Children) -> t.Plain:
        token = c[-1]
        span = _span(c)
        value: bool | Fraction | str
        match token.type:
            case "NUMBER":
                number = self._number(token)
                value = -number.value if len(c) == 2 else number.value
                if number.unit:
                    self.problem(
                        "MLP0115",
                        "a value of the manifest is written without its unit",
                        number.span,
                        help="write the number alone, as in a manifest: the schema knows the unit",
                    )
            case "STRING":
                value = self._plain_text(token)
            case "DATE":
                value = self._date(token).text
            case "YES" | "NO":
                value = token == "yes"
            case _:
                value = str(token)
                if value in ("true", "false"):
                    word = "yes" if value == "true" else "no"
                    self.problem(
                        "MLP0111",
                        f"`{value}` is not a word of the language",
                        span,
                        help=f"write `{word}`",
                    )
        return t.Plain(value, span=span)

    def plain_list(self, c: Children) -> t.PlainList:
        return t.PlainList(tuple(c[1:-1:2]), span=_span(c))

    def plain_entry(self, c: Children) -> _Part:
        return _Part("entry", (str(c[0]), c[2]), _span(c))

    def plain_map(self, c: Children) -> t.PlainMap:
        seen: dict[str, Span] = {}
        for entry in c[1:-1:2]:
            key = entry.value[0]
            if key in seen:
                self._twice(key, entry.span, seen[key])
            seen[key] = entry.span
        return t.PlainMap(tuple(entry.value for entry in c[1:-1:2]), span=_span(c))

    def word(self, c: Children) -> t.Name:
        return _name(c[0])

    def expect_setting(self, c: Children) -> _Part:
        return _Part("setting", (c[0], c[2]), _span(c))

    def expect_settings(self, c: Children) -> _Part:
        return _Part("settings", tuple(part.value for part in c[1::2]), _span(c))

    def expect_answer(self, c: Children) -> t.ExpectAnswer:
        outcome, *words = _only(c, t.Name)
        because = _part(c, "because")
        return t.ExpectAnswer(
            outcome,
            tuple(words),
            _part(c, "settings") or (),
            None if because is None else self._plain_text(because),
            span=_span(c),
        )

    def expect_possible(self, c: Children) -> t.ExpectPossible:
        return t.ExpectPossible(tuple(_only(c, t.Name)), span=_span(c))

    def expect_input(self, c: Children) -> t.ExpectInput:
        return t.ExpectInput(str(c[0]), _name(c[1]), span=_span(c))

    def expect_status(self, c: Children) -> t.ExpectStatus:
        return t.ExpectStatus(c[0], span=_span(c))

    def expect_state(self, c: Children) -> t.ExpectState:
        return t.ExpectState(c[0], c[1], span=_span(c))

    def expect_value(self, c: Children) -> t.ExpectValue:
        return t.ExpectValue(c[0], c[2], span=_span(c))

    def expect(self, c: Children) -> _Part:
        return _Part("expect", c[1], _span(c))

    def test(self, c: Children) -> t.TestDecl:
        self._once(c, {"like": "like", "as_of": "as_of"})
        parts = _only(c, _Part)
        return t.TestDecl(
            self._plain_text(c[1]),
            _part(c, "like"),
            _part(c, "as_of"),
            tuple(fact for part in parts if part.kind == "given" for fact in part.value),
            tuple(part.value for part in parts if part.kind == "expect"),
            span=_span(c),
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
