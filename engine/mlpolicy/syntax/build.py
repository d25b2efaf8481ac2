"""Rules of the grammar in, nodes of `tree` out: a method for each rule that the parser found.

The parser keeps every token, so each method takes the children of its rule as the grammar
writes them.

What the grammar accepts and the language does not (a date that does not exist, a clause given
twice, a row with a cell too many) is noted in `problems`; the node is made where it can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from mlpolicy.diagnostics import Diagnostic, Label, at
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    ParseHole,
    after,
    date_of,
    fragment_of,
    name_of,
    number_of,
    only,
    path_of,
    place_of,
    plain_text,
    refs_of,
    span_of,
    text_of,
)


class Builder:
    """Makes the nodes of one declaration of a source, a method for each rule, in the order of
    the grammar. `parse_hole` parses the expression in a stretch of the source; `problems` is
    what was noted, `paths` the fields of the manifest that were named."""

    def __init__(self, source: Source, parse_hole: ParseHole) -> None:
        self.file = source
        self.parse_hole = parse_hole
        self.problems: list[Diagnostic] = []
        self.paths: list[t.PathLiteral] = []

    def problem(
        self, code: str, message: str, span: Span, help: str = "", labels: tuple[Label, ...] = ()
    ) -> None:
        """Notes a fault of the declaration. `span` is what is underlined, `help` an instruction."""
        self.problems.append(at(code, message, self.file, span, help=help, labels=labels))

    def _plain_text(self, token: Any) -> str:
        return plain_text(token, self.problem)

    def _text(self, token: Any) -> t.Text:
        return text_of(token, self.problem, self.parse_hole)

    def _date(self, token: Any) -> t.DateLiteral:
        return date_of(token, self.problem)

    # ── Small parts ──────────────────────────────────────────────────────────────────────

    def name(self, c: Children) -> t.Name:
        """`ai_service`: a name."""
        return name_of(c[0])

    def names(self, c: Children) -> Fragment:
        """`request, page`: names, as a fragment that holds a tuple."""
        return Fragment("names", tuple(c[::2]), span_of(c))

    def members(self, c: Children) -> Fragment:
        """`pretrained, customised`: the members of an enum without an order."""
        return Fragment("members", tuple(c[::2]), span_of(c))

    def ladder(self, c: Children) -> Fragment:
        """`none < ai_service < sagemaker`: the members of an ordered enum, the least first."""
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

    # ── Expressions ──────────────────────────────────────────────────────────────────────

    def number(self, c: Children) -> t.Number:
        """`85 %`, `12`"""
        return number_of(c[0], self.problem)

    def date(self, c: Children) -> t.DateLiteral:
        """`2026-01-31`"""
        return self._date(c[0])

    def text(self, c: Children) -> t.Text:
        """`"…"` with its holes."""
        return self._text(c[0])

    def flag_literal(self, c: Children) -> t.YesNo:
        """`yes`, `no`"""
        return t.YesNo(c[0] == "yes", span=place_of(c[0]))

    def open(self, c: Children) -> t.UnknownLiteral:
        """`unknown`, `?`"""
        return t.UnknownLiteral(span=place_of(c[0]))

    def dash(self, c: Children) -> t.Dash:
        """`-` in a cell."""
        return t.Dash(span=place_of(c[0]))

    def anything(self, c: Children) -> t.AnyLiteral:
        """`any` alone in a cell."""
        return t.AnyLiteral(span=place_of(c[0]))

    def path(self, c: Children) -> t.PathLiteral:
        """`workload.quality.required_pct`; noted in `paths`, since only an input may name one."""
        path = path_of(c[0])
        self.paths.append(path)
        return path

    def var(self, c: Children) -> t.Var:
        """A bare name. `true` and `false` are noted: the words here are `yes` and `no`."""
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
        """`tco(answer)`, `min(a, b)`"""
        arguments = c[2].value if type(c[2]) is Fragment else ()
        return t.Call(c[0], arguments, span=span_of(c))

    def arguments(self, c: Children) -> Fragment:
        """`a, b`: the arguments of a call, or the keys of a lookup."""
        return Fragment("arguments", tuple(c[::2]), span_of(c))

    def lookup(self, c: Children) -> t.Lookup:
        """`reach[service]`"""
        return t.Lookup(c[0], c[2].value, span=span_of(c))

    def set_literal(self, c: Children) -> t.SetLiteral:
        """`{a, b}`"""
        return t.SetLiteral(tuple(c[1:-1:2]), span=span_of(c))

    def group(self, c: Children) -> t.Expr:
        """`(a)`: the expression inside, with the place of the parentheses."""
        inner: t.Expr = c[1]
        return replace(inner, span=span_of(c))

    def member(self, c: Children) -> t.Column:
        """`row.column`"""
        return t.Column(c[0], name_of(c[2]), span=span_of(c))

    def conversion(self, c: Children) -> t.As:
        """`x as EUR/month`"""
        return t.As(c[0], c[2], span=span_of(c))

    def negative(self, c: Children) -> t.Negate:
        """`-x`"""
        return t.Negate(c[1], span=span_of(c))

    def negated(self, c: Children) -> t.Not:
        """`not x`"""
        return t.Not(c[1], span=span_of(c))

    def binary(self, c: Children) -> t.Expr:
        """An operator between two operands. `x is unknown` becomes `IsUnknown`; `x in a/b`, which
        is a conversion in other languages, is noted."""
        left, sign, right = c
        return self._compared(str(sign), left, right, sign, span_of(c))

    def _compared(
        self, operator: str, left: t.Expr, right: t.Expr, sign: Any, span: Span
    ) -> t.Binary | t.IsUnknown:
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

    def is_not(self, c: Children) -> t.Expr:
        """`x is not y`, which is `not (x is y)`; `x is not unknown`, which is `x is known`, and
        `x is not known`, which is `x is unknown`."""
        left, right, span = c[0], c[3], span_of(c)
        if isinstance(right, t.Var) and right.name == "known":
            return t.IsUnknown(left, False, span=span)
        found = self._compared("is", left, right, c[1], span)
        if isinstance(found, t.IsUnknown):
            return replace(found, negated=not found.negated)
        return t.Not(found, span=span)

    def not_in(self, c: Children) -> t.Not:
        """`x not in s`, which is `not (x in s)`."""
        span = span_of(c)
        return t.Not(self._compared("in", c[0], c[3], c[2], span), span=span)

    def at_end(self, c: Children) -> t.Binary:
        """`x starts with y`, `x ends with y`"""
        return t.Binary(f"{c[1]} {c[2]}", c[0], c[3], span=span_of(c))

    def is_known(self, c: Children) -> t.IsUnknown:
        """`x is known`"""
        return t.IsUnknown(c[0], True, span=span_of(c))

    def is_any(self, c: Children) -> t.Binary:
        """`x is any`"""
        return t.Binary("is", c[0], t.AnyLiteral(span=place_of(c[2])), span=span_of(c))

    def any_of(self, c: Children) -> t.AnyOf:
        """`any SHORTLIST`"""
        return t.AnyOf(c[1], span=span_of(c))

    def first_of(self, c: Children) -> t.FirstOf:
        """`first SHORTLIST`, `first CATALOGUE where …`"""
        return t.FirstOf(c[1], c[3] if len(c) > 2 else None, span=span_of(c))

    def best_of(self, c: Children) -> t.BestOf:
        """`best RECORDS with COLUMN by COLUMN, COLUMN where …`"""
        return t.BestOf(
            records=c[1],
            stating=fragment_of(c, "stating") or (),
            by=fragment_of(c, "names"),
            where=after(c, "where"),
            span=span_of(c),
        )

    def stating(self, c: Children) -> Fragment:
        """`with COLUMN, COLUMN`"""
        return Fragment("stating", c[1].value, span_of(c))

    def aggregate(self, c: Children) -> t.Aggregate:
        """`sum(x where c once per g) over workloads`, and `count`, `any`, `all`."""
        return t.Aggregate(
            kind=str(c[0]),
            body=c[2],
            where=fragment_of(c, "where"),
            once_per=fragment_of(c, "once"),
            over=after(c, "over"),
            domain=fragment_of(c, "over"),
            span=span_of(c),
        )

    def hole(self, c: Children) -> t.Expr:
        """The expression in a hole of a text."""
        inner: t.Expr = c[0]
        return inner

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

    # ── Declarations of one line ─────────────────────────────────────────────────────────

    def start(self, c: Children) -> t.Decl | None:
        """A declaration, once it is whole: paths outside the `from` of an input are noted."""
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
        """`policy NAME VERSION effective DATE`"""
        return t.PolicyDecl(c[1], str(c[2]), self._date(c[4]), span=span_of(c))

    def manifest(self, c: Children) -> t.ManifestDecl:
        """`manifest KIND schema "FILE"`"""
        return t.ManifestDecl(c[1], self._plain_text(c[3]), place_of(c[3]), span=span_of(c))

    def source(self, c: Children) -> t.SourceDecl:
        """`source NAME = "FILE"`"""
        return t.SourceDecl(c[1], self._plain_text(c[3]), place_of(c[3]), span=span_of(c))

    def unit(self, c: Children) -> t.UnitDecl:
        """`unit request, page`"""
        return t.UnitDecl(c[1].value, span=span_of(c))

    def report(self, c: Children) -> t.ReportDecl:
        """`report disposable, housing`"""
        return t.ReportDecl(c[1].value, span=span_of(c))

    def currency(self, c: Children) -> t.CurrencyDecl:
        """`currency EUR`"""
        return t.CurrencyDecl(c[1], span=span_of(c))

    def convert(self, c: Children) -> t.ConvertDecl:
        """`convert 1 month = 730 hour ref …`"""
        return t.ConvertDecl(
            number_of(c[1], self.problem),
            number_of(c[3], self.problem),
            refs_of(c),
            span=span_of(c),
        )

    def outcome(self, c: Children) -> t.OutcomeDecl:
        """`outcome NAME : a < b with …`"""
        return t.OutcomeDecl(
            name=c[1],
            members=c[3].value,
            attributes=fragment_of(c, "attributes") or (),
            title=fragment_of(c, "title"),
            statuses=fragment_of(c, "statuses") or (),
            called=tuple(only(c, t.Called)),
            span=span_of(c),
        )

    def enum(self, c: Children) -> t.EnumDecl:
        """`enum NAME : a, b`, `enum NAME from PATH`. Two or more members after `<` are ordered."""
        listed = c[3] if c[2] == ":" else None
        return t.EnumDecl(
            name=c[1],
            members=listed.value if listed else (),
            ordered=listed is not None and listed.kind == "ladder" and len(listed.value) > 1,
            path=None if listed else path_of(c[3]),
            title=fragment_of(c, "title"),
            called=tuple(only(c, t.Called)),
            span=span_of(c),
        )

    def sources(self, c: Children) -> Fragment:
        """`A or B`: the written forms of an input, the first one first."""
        return Fragment("sources", tuple(c[::2]), span_of(c))

    def if_absent(self, c: Children) -> Fragment:
        """`if absent VALUE when … ref …`, `if absent unlimited ref …`"""
        value: Any = c[2] if isinstance(c[2], t.Node) else None
        node = t.IfAbsent(value, fragment_of(c, "when"), refs_of(c), span=span_of(c))
        return Fragment("if_absent", node, node.span)

    def input(self, c: Children) -> t.InputDecl:
        """`input NAME : TYPE in RANGE from …` with its clauses, each of them once."""
        self._once(c, {"if_absent": "if absent", "ask": "ask", "title": "title"})
        return t.InputDecl(
            name=c[1],
            parameter=fragment_of(c, "parameter"),
            type=after(c, ":"),
            within=fragment_of(c, "domain"),
            sources=fragment_of(c, "sources"),
            if_absent=fragment_of(c, "if_absent"),
            ask=fragment_of(c, "ask") or "",
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

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

    def records(self, c: Children) -> t.RecordsDecl:
        """`records NAME from PATH by KEYS` with the lines about its columns."""
        columns = tuple(only(c, t.RecordColumn))
        ask = fragment_of(c, "question")
        return t.RecordsDecl(
            name=c[1],
            path=path_of(c[3]),
            keys=c[5].value,
            ask=ask,
            columns=columns,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def record_column(self, c: Children) -> t.RecordColumn:
        """`confidence_interval.low if absent 0 ref …`"""
        self._once(c, {"if_absent": "if absent", "question": "ask"})
        steps = (c[0], *(name_of(token) for token in c[1:] if getattr(token, "type", "") == "WORD"))
        return t.RecordColumn(
            steps, fragment_of(c, "if_absent"), fragment_of(c, "question"), span=span_of(c)
        )

    def question_of(self, c: Children) -> Fragment:
        """`ask "…"` of records: a text whose holes are keys."""
        return Fragment("question", self._text(c[1]), span_of(c))

    def exception(self, c: Children) -> t.ExceptionDecl:
        """`exception NAME to TARGET when … -> VALUE ref …`"""
        return t.ExceptionDecl(
            name=c[1],
            target=c[3],
            condition=c[5],
            value=c[7],
            force=next(iter(only(c, t.InForce)), None),
            refs=refs_of(c),
            span=span_of(c),
        )

    def in_force(self, c: Children) -> t.InForce:
        """`from DATE until DATE`, one of them or both."""
        days = {str(word): self._date(day) for word, day in zip(c[::2], c[1::2], strict=True)}
        return t.InForce(days.get("from"), days.get("until"), span=span_of(c))

    # ── Values with a history, tables of data ────────────────────────────────────────────

    def dated(self, c: Children) -> t.DatedLine:
        """`2026-01-01 = 85 % ref …`"""
        return t.DatedLine(self._date(c[0]), c[2], refs_of(c), span=span_of(c))

    def threshold(self, c: Children) -> t.ThresholdDecl:
        """`threshold NAME : TYPE`, `param NAME : TYPE`, with their dated lines."""
        lines = tuple(only(c, t.DatedLine))
        return t.ThresholdDecl(
            keyword=str(c[0]),
            name=c[1],
            type=c[3],
            lines=lines,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def column(self, c: Children) -> t.Header:
        """`service : service` in the first row of a catalogue. A column without a type is noted."""
        named = isinstance(c[0], t.Name)
        name = c[0] if named else name_of(c[0])
        if named and len(c) == 1:
            self.problem(
                "MLP0101",
                f"the column `{name.text}` has no type",
                name.span,
                help=f"write `{name.text} : ` and its type in the first row",
            )
        return t.Header(name, c[2] if len(c) == 3 else None, span=span_of(c))

    def header(self, c: Children) -> Fragment:
        """The first row of a catalogue."""
        return Fragment("header", tuple(only(c, t.Header)), span_of(c))

    def row(self, c: Children) -> t.Row:
        """A further row of a catalogue; the cell of a `ref` column is a tuple of references."""
        cells: tuple[Any, ...] = tuple(
            cell.value if type(cell) is Fragment else cell
            for cell in c
            if type(cell) is Fragment or (isinstance(cell, t.Node) and type(cell) is not t.InForce)
        )
        return t.Row(cells, next(iter(only(c, t.InForce)), None), span=span_of(c))

    def catalog(self, c: Children) -> t.CatalogDecl:
        """`catalog NAME by KEYS` with its rows. A row of another width is noted and left out."""
        header = next(child for child in c if type(child) is Fragment and child.kind == "header")
        rows = self._of_width(only(c, t.Row), len(header.value), header.span)
        return t.CatalogDecl(
            name=c[1],
            keys=c[3].value,
            override=fragment_of(c, "override"),
            refs=refs_of(c),
            header=header.value,
            rows=tuple(rows),
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def _of_width(self, rows: Iterable[Any], width: int, header: Span) -> list[Any]:
        """The rows with as many cells as there are columns; the others are noted."""
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
        """`NAME "…" : CONDITION ref …` of a shortlist."""
        title = None if c[1] == ":" else self._titled(c[1])
        return t.ShortlistLine(
            name=c[0], condition=after(c, ":"), refs=refs_of(c), title=title, span=span_of(c)
        )

    def shortlist(self, c: Children) -> t.ShortlistDecl:
        """`shortlist NAME of TABLE ref …` with its lines."""
        lines = tuple(only(c, t.ShortlistLine))
        return t.ShortlistDecl(
            name=c[1],
            of=c[3],
            refs=refs_of(c),
            lines=lines,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    # ── Derived values ───────────────────────────────────────────────────────────────────

    def case(self, c: Children) -> t.CaseLine:
        """`when CONDITION : VALUE ref …`, `otherwise : VALUE`"""
        condition = c[1] if c[0] == "when" else None
        return t.CaseLine(condition, after(c, ":"), refs_of(c), span=span_of(c))

    def define(self, c: Children) -> t.DefineDecl:
        """`define`, `formula` or `cost`, with a value or with cases. An `otherwise` that is not the
        last case is noted."""
        cases = tuple(only(c, t.CaseLine))
        for line in cases[:-1]:
            if line.condition is None:
                self.problem(
                    "MLP0114",
                    "`otherwise` is not the last case",
                    Span(line.span.start, line.span.start + len("otherwise")),
                    help="move it to the end; the cases after it would never be reached",
                )
        return t.DefineDecl(
            keyword=str(c[0]),
            name=c[1],
            parameter=fragment_of(c, "parameter"),
            of=fragment_of(c, "of"),
            type=after(c, ":"),
            over=fragment_of(c, "horizon"),
            value=None if cases else after(c, "="),
            cases=cases,
            refs=refs_of(c),
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def question(self, c: Children) -> t.Question:
        """`NAME "…" : CONDITION ref …` of a score."""
        return t.Question(
            name=c[0], text=self._text(c[1]), condition=c[3], refs=refs_of(c), span=span_of(c)
        )

    def score(self, c: Children) -> t.ScoreDecl:
        """`score NAME at least 2 of ref …`. A target that is not a whole number is noted."""
        target = number_of(c[4], self.problem)
        if target.unit or target.value.denominator != 1:
            self.problem(
                "MLP0101",
                f"`{target.text}` is not a count of answers",
                target.span,
                help="write a whole number, such as `at least 2 of`",
            )
        questions = tuple(only(c, t.Question))
        return t.ScoreDecl(
            name=c[1],
            target=int(target.value),
            refs=refs_of(c),
            questions=questions,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    # ── Trees ────────────────────────────────────────────────────────────────────────────

    def setting(self, c: Children) -> t.Setting:
        """`service = offer.service` in the `with` of a leaf."""
        return t.Setting(c[0], c[2], span=span_of(c))

    def settings(self, c: Children) -> Fragment:
        """`with service = …, …` of a leaf."""
        return Fragment("settings", tuple(c[1::2]), span_of(c))

    def because(self, c: Children) -> Fragment:
        """`because "…"`: the token, which the rule around it reads."""
        return Fragment("because", c[1], span_of(c))

    def owe(self, c: Children) -> Fragment:
        """`owe NAME, …`: the obligations of a path."""
        return Fragment("owe", c[1].value, span_of(c))

    _CLAUSES = {"settings": "with", "because": "because", "owe": "owe"}  # noqa: RUF012

    def _because(self, c: Children) -> t.Text | None:
        token = fragment_of(c, "because")
        return None if token is None else self._text(token)

    def leaf(self, c: Children) -> t.Leaf:
        """An outcome with its clauses, each of them once."""
        self._once(c, self._CLAUSES)
        status = c[1].text if len(c) > 1 and isinstance(c[1], t.Name) else ""
        return t.Leaf(
            outcome=c[0],
            status=status,
            settings=fragment_of(c, "settings") or (),
            because=self._because(c),
            owes=fragment_of(c, "owe") or (),
            refs=refs_of(c),
            span=span_of(c),
        )

    def _unfit(self, c: Children, kinds: tuple[str, ...], what: str) -> None:
        for child in c:
            if type(child) is Fragment and child.kind in kinds:
                word = self._CLAUSES[child.kind]
                self.problem(
                    "MLP0114",
                    f"`{word}` has no meaning after {what}",
                    Span(child.span.start, child.span.start + len(word)),
                    help="remove it",
                )

    def infeasible(self, c: Children) -> t.Leaf:
        """`infeasible "…"`: a leaf without an outcome."""
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings", "because"), "`infeasible`, which gives its reason itself")
        text = self._text(c[1])
        return t.Leaf(
            outcome=None,
            status="",
            settings=(),
            because=text,
            owes=fragment_of(c, "owe") or (),
            refs=refs_of(c),
            span=span_of(c),
        )

    def hold(self, c: Children) -> t.Hold:
        """`hold "…"`, `undecided "…"`"""
        self._once(c, self._CLAUSES)
        word = str(c[0])
        self._unfit(c, ("settings", "because"), f"`{word}`, which gives its reason itself")
        owes = fragment_of(c, "owe") or ()
        return t.Hold(
            word=word, reason=self._text(c[1]), owes=owes, refs=refs_of(c), span=span_of(c)
        )

    def goto(self, c: Children) -> t.Goto:
        """`goto TREE`"""
        self._once(c, self._CLAUSES)
        self._unfit(c, ("settings",), "`goto`: the other tree chooses")
        owes = fragment_of(c, "owe") or ()
        return t.Goto(
            tree=c[1], because=self._because(c), owes=owes, refs=refs_of(c), span=span_of(c)
        )

    @staticmethod
    def _act(c: Children) -> t.Action:
        action: t.Action = only(c, t.Leaf, t.Hold, t.Goto, t.Body)[-1]
        return action

    def flat(self, c: Children) -> t.FlatLine:
        """`if CONDITION : ACTION`, `unless …`, `otherwise : ACTION`"""
        condition = None if c[0] == "otherwise" else c[1]
        return t.FlatLine(str(c[0]), condition, self._act(c), span=span_of(c))

    def labels(self, c: Children) -> Fragment:
        """`no, unknown`: the labels of an arm, each of them once."""
        words: list[str] = []
        for token in c[::2]:
            if str(token) in words:
                self._twice(str(token), place_of(token), place_of(c[2 * words.index(str(token))]))
            else:
                words.append(str(token))
        return Fragment("labels", tuple(words), span_of(c))

    def arm(self, c: Children) -> t.Arm:
        """`yes: ACTION`"""
        return t.Arm(c[0].value, self._act(c), span=span_of(c))

    def block(self, c: Children) -> t.IfBlock:
        """`if CONDITION` with its arms below it, each label once."""
        arms = tuple(only(c, t.Arm))
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
        return t.IfBlock(c[1], arms, span=span_of(c))

    def body(self, c: Children) -> t.Body:
        """The lines of a tree. A line that nothing can reach is noted."""
        for line, following in pairwise(c):
            if isinstance(line, t.IfBlock):
                self._unreached("an `if` with its arms below it", line, following)
            elif line.keyword == "otherwise":
                self._unreached("`otherwise`", line, following)
        return t.Body(tuple(c), span=span_of(c))

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
        """`decision tree NAME : OUTCOME`, `tree NAME : OUTCOME`"""
        decision = c[0] == "decision"
        at_name = 2 if decision else 1
        body = only(c, t.Body)[0]
        return t.TreeDecl(
            decision=decision,
            name=c[at_name],
            type=c[at_name + 2],
            body=body,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    # ── Tables, duties, rules ────────────────────────────────────────────────────────────

    def outputs(self, c: Children) -> Fragment:
        """`(rate : %, decision : approval)`: the outputs of a decision table."""
        return Fragment("outputs", tuple(only(c, t.Attribute)), span_of(c))

    def strategy(self, c: Children) -> Fragment:
        """`first`, `collect sum`: which rows of a decision table count."""
        return Fragment("strategy", " ".join(map(str, c)), span_of(c))

    def headed(self, c: Children) -> t.Heading:
        """`NAME : VALUE` in the heading of a decision table."""
        return t.Heading(c[0], c[2], span=span_of(c))

    def test_of_cell(self, c: Children) -> t.Comparison:
        """`>= 10 ms` in a cell of a decision table."""
        return t.Comparison(str(c[0]), c[1], span=span_of(c))

    def outcome_of_row(self, c: Children) -> Fragment:
        """`-> VALUE, VALUE ref …` at the end of a row."""
        return Fragment("outcome", (tuple(only(c, t.Node)), refs_of(c)), span_of(c))

    def table_row(self, c: Children) -> Fragment:
        """A row of a decision table: its cells, and its result where it has one. The row of what is
        left, `otherwise`, has no cells."""
        cells = tuple(only(c, t.Node))
        return Fragment("row", (cells, fragment_of(c, "outcome")), span_of(c))

    def table(self, c: Children) -> t.TableDecl:
        """`table NAME : TYPE first`, its heading, its rows. A row without a result is noted."""
        parts = [child for child in c if type(child) is Fragment and child.kind == "row"]
        header = self._heading(parts[0])
        rows: list[t.TableRow] = []
        left: t.TableRow | None = None
        for index, part in enumerate(parts):
            cells, outcome = part.value
            headed = [cell for cell in cells if isinstance(cell, t.Heading)]
            if outcome is None:
                if index:
                    self.problem(
                        "MLP0108",
                        "this row gives no result",
                        part.span,
                        help="end it with `->` and the value of the table",
                    )
            elif headed:
                self.problem(
                    "MLP0108",
                    "a name of a column stands in the heading",
                    headed[0].span,
                    help="write only what the cell compares with",
                )
            elif cells:
                rows.append(t.TableRow(cells, *outcome, span=part.span))
            else:
                left = t.TableRow((), *outcome, span=part.span)
                if index < len(parts) - 1:
                    self.problem(
                        "MLP0108",
                        "`otherwise` is what is left after all rows",
                        part.span,
                        help="write it as the last row",
                    )
        if header:
            rows = self._of_width(rows, len(header), parts[0].span)
        outputs = fragment_of(c, "outputs") or ()
        wanted = len(outputs) or 1
        for row in (*rows, *((left,) if left is not None else ())):
            if len(row.values) != wanted:
                self.problem(
                    "MLP0108",
                    f"this row gives {_count(len(row.values), 'value')}, the table has"
                    f" {_count(wanted, 'output')}",
                    row.span,
                    help="write one value for each output, with commas between them",
                )
        rows = [row for row in rows if len(row.values) == wanted]
        return t.TableDecl(
            name=c[1],
            parameter=fragment_of(c, "parameter"),
            type=None if outputs else after(c, ":"),
            outputs=outputs,
            strategy=str(fragment_of(c, "strategy")),
            header=header,
            rows=tuple(rows),
            otherwise=left,
            refs=refs_of(c),
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def _heading(self, row: Fragment) -> tuple[t.Heading, ...]:
        """The columns that the first row of a decision table names; none where it is no heading."""
        cells, outcome = row.value
        named = tuple(
            c if isinstance(c, t.Heading) else t.Heading(None, c, span=c.span) for c in cells
        )
        strange = (t.Dash, t.Comparison, t.Between, t.SetLiteral)
        if outcome is None and not any(isinstance(cell.asked, strange) for cell in named):
            return named
        self.problem(
            "MLP0108",
            "a table begins with its heading: what each column asks",
            row.span,
            help="write a first row such as `| age | kind |`, without `->`",
        )
        return ()

    def level(self, c: Children) -> Fragment:
        """`block`, `warn not waivable`: the level, and whether a waiver may be granted."""
        return Fragment("level", (str(c[0]), len(c) == 1), span_of(c))

    def duty(self, c: Children) -> Fragment:
        """`when …`, `met when …`, `due when …` of an obligation."""
        kind = f"{c[0]} when" if c[0] != "when" else "when"
        return Fragment(kind, (after(c, "when"), refs_of(c)), span_of(c))

    def obligation(self, c: Children) -> t.ObligationDecl:
        """`obligation NAME LEVEL "…"` with its conditions, each of them once."""
        duties = [x for x in c if type(x) is Fragment and x.kind.endswith("when")]
        self._once(c, {"when": "when", "met when": "met when", "due when": "due when"})
        found = {part.kind: part.value[0] for part in duties}
        refs = refs_of(c) + tuple(ref for part in duties for ref in part.value[1])
        level, waivable = c[2].value
        return t.ObligationDecl(
            name=c[1],
            level=level,
            waivable=waivable,
            text=self._text(c[3]),
            when=found.get("when"),
            met_when=found.get("met when"),
            due_when=found.get("due when"),
            refs=refs,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    def rule_line(self, c: Children) -> Fragment:
        """`for …`, `when …`, `say …`, `fix …`, `bounds …` or `if unknown …` of a rule."""
        if type(c[0]) is Fragment:
            return c[0]
        value = self._text(c[1]) if c[0] in ("say", "fix") else c[1]
        return Fragment(str(c[0]), (value, refs_of(c)), span_of(c))

    def said(self, c: Children) -> Fragment:
        """`say …`, `fix …` below `if unknown`."""
        return self.rule_line(c)

    def if_unknown(self, c: Children) -> Fragment:
        """`if unknown LEVEL when …` of a rule, with what it says."""
        words = {word: word for word in ("say", "fix")}
        lines = [x for x in c if type(x) is Fragment and x.kind in words]
        self._once(c, words)
        found = {part.kind: part.value[0] for part in lines}
        refs = refs_of(c) + tuple(ref for part in lines for ref in part.value[1])
        made = t.IfUnknown(
            level=str(c[2]),
            when=fragment_of(c, "when"),
            say=found.get("say"),
            fix=found.get("fix"),
            span=span_of(c),
        )
        return Fragment("if unknown", (made, refs), span_of(c))

    def was(self, c: Children) -> Fragment:
        """`was NAME, NAME`: what a rule was called before."""
        return Fragment("was", c[1].value, span_of(c))

    def rule(self, c: Children) -> t.RuleDecl | None:
        """`rule NAME LEVEL` with its lines. None where it lacks `when` or `say`, which is noted."""
        words = {word: word for word in ("for", "when", "if unknown", "say", "fix", "bounds")}
        lines = [x for x in c if type(x) is Fragment and x.kind in words]
        self._once(c, words)
        found = {part.kind: part.value[0] for part in lines}
        refs = refs_of(c) + tuple(ref for part in lines for ref in part.value[1])
        level, waivable = next(x.value for x in c if type(x) is Fragment and x.kind == "level")
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
            name=c[1],
            was=fragment_of(c, "was") or (),
            level=level,
            waivable=waivable,
            guard=found.get("for"),
            when=found["when"],
            if_unknown=found.get("if unknown"),
            say=found["say"],
            fix=found.get("fix"),
            bounds=found.get("bounds"),
            refs=refs,
            title=fragment_of(c, "title"),
            span=span_of(c),
        )

    # ── Tests ────────────────────────────────────────────────────────────────────────────

    def like(self, c: Children) -> Fragment:
        """`like "…"`: the test whose facts come first."""
        return Fragment("like", self._plain_text(c[1]), span_of(c))

    def as_of(self, c: Children) -> Fragment:
        """`as_of 2026-01-31` of a test."""
        return Fragment("as_of", self._date(c[1]), span_of(c))

    def given(self, c: Children) -> Fragment:
        """`given` with its facts."""
        return Fragment("given", tuple(only(c, t.Given)), span_of(c))

    def fact(self, c: Children) -> t.Given:
        """`workload.task = sentiment` of a test."""
        return t.Given(path_of(c[0]), c[2], span=span_of(c))

    def plain(self, c: Children) -> t.Plain:
        """A value as in a manifest: a number without a unit, a text, a date, a word, `yes`."""
        token = c[-1]
        span = span_of(c)
        value: bool | Fraction | str
        match token.type:
            case "NUMBER":
                number = number_of(token, self.problem)
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
        """`[a, b]`"""
        return t.PlainList(tuple(c[1:-1:2]), span=span_of(c))

    def plain_entry(self, c: Children) -> Fragment:
        """`low: 1` of a mapping."""
        return Fragment("entry", (str(c[0]), c[2]), span_of(c))

    def plain_map(self, c: Children) -> t.PlainMap:
        """`{low: 1, high: 3}`, each key once."""
        seen: dict[str, Span] = {}
        for entry in c[1:-1:2]:
            key = entry.value[0]
            if key in seen:
                self._twice(key, entry.span, seen[key])
            seen[key] = entry.span
        return t.PlainMap(tuple(entry.value for entry in c[1:-1:2]), span=span_of(c))

    def word(self, c: Children) -> t.Name:
        """A word of an expectation, as a name."""
        return name_of(c[0])

    def expect_setting(self, c: Children) -> Fragment:
        """`service = comprehend` in the `with` of an expected answer."""
        return Fragment("setting", (c[0], c[2]), span_of(c))

    def expect_settings(self, c: Children) -> Fragment:
        """`with service = …, …` of an expected answer."""
        return Fragment("settings", tuple(part.value for part in c[1::2]), span_of(c))

    def expect_answer(self, c: Children) -> t.ExpectAnswer:
        """`expect answer = OUTCOME …`"""
        outcome, *words = only(c, t.Name)
        because = fragment_of(c, "because")
        return t.ExpectAnswer(
            outcome=outcome,
            words=tuple(words),
            settings=fragment_of(c, "settings") or (),
            because=None if because is None else self._plain_text(because),
            span=span_of(c),
        )

    def expect_possible(self, c: Children) -> t.ExpectPossible:
        """`expect possible = {a, b}`"""
        return t.ExpectPossible(tuple(only(c, t.Name)), span=span_of(c))

    def expect_input(self, c: Children) -> t.ExpectInput:
        """`expect irrelevant NAME`, `expect settled_by PATH`, `expect assumed NAME`"""
        return t.ExpectInput(str(c[0]), name_of(c[1]), span=span_of(c))

    def expect_status(self, c: Children) -> t.ExpectStatus:
        """`expect undecided`"""
        return t.ExpectStatus(c[0], span=span_of(c))

    def expect_state(self, c: Children) -> t.ExpectState:
        """`expect RULE fired`, `expect OBLIGATION owed`"""
        return t.ExpectState(c[0], c[1], span=span_of(c))

    def expect_value(self, c: Children) -> t.ExpectValue:
        """`expect EXPRESSION = EXPRESSION`"""
        return t.ExpectValue(c[0], c[2], span=span_of(c))

    def expect(self, c: Children) -> Fragment:
        """`expect …`: one expectation of a test."""
        return Fragment("expect", c[1], span_of(c))

    def test(self, c: Children) -> t.TestDecl:
        """`test "…"` with its facts and expectations; `like` and `as_of` once each."""
        self._once(c, {"like": "like", "as_of": "as_of"})
        parts = only(c, Fragment)
        return t.TestDecl(
            title=self._plain_text(c[1]),
            like=fragment_of(c, "like"),
            as_of=fragment_of(c, "as_of"),
            given=tuple(fact for part in parts if part.kind == "given" for fact in part.value),
            expect=tuple(part.value for part in parts if part.kind == "expect"),
            span=span_of(c),
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
