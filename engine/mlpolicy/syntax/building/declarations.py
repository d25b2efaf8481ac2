"""Declarations of one line, values with a history, tables of data, derived values."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from mlpolicy.source import Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.base import Base
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    after,
    fragment_of,
    name_of,
    number_of,
    only,
    path_of,
    place_of,
    refs_of,
    span_of,
)


class Declarations(Base):
    """The rules of what a policy reads, holds and works out."""

    def policy(self, c: Children) -> t.PolicyDecl:
        """`policy NAME VERSION effective DATE`, and for an extension what it extends"""
        return t.PolicyDecl(
            name=c[1],
            version=str(c[2]),
            effective=self._date(c[4]),
            extends=next(iter(only(c, t.Extends)), None),
            span=span_of(c),
        )

    def extends(self, c: Children) -> t.Extends:
        """`extends NAME VERSION`"""
        return t.Extends(c[1], str(c[2]), span=span_of(c))

    def manifest(self, c: Children) -> t.ManifestDecl:
        """`manifest KIND schema "FILE" of SHARED, EACH in LIST`, and the lines below it."""
        self._once(c, {"files": "files", "api": "api"})
        named = c[5].value
        return t.ManifestDecl(
            kind=c[1],
            schema=self._plain_text(c[3]),
            shared=named[0],
            each=named[1] if len(named) > 1 else None,
            items=named[2] if len(named) > 1 else None,
            files=fragment_of(c, "files") or (),
            api=(fragment_of(c, "api") or (None,))[0],
            schema_span=place_of(c[3]),
            span=span_of(c),
        )

    def scopes(self, c: Children) -> Fragment:
        """`household, person in persons`"""
        return Fragment("scopes", tuple(only(c, t.Name)), span_of(c))

    def manifest_line(self, c: Children) -> Fragment:
        """`files "FILE", …` or `api "VERSION"`"""
        quoted = tuple(
            t.Quoted(self._plain_text(token), span=place_of(token))
            for token in c
            if token.type == "STRING"
        )
        return Fragment(str(c[0]), quoted, span_of(c))

    def reading(self, c: Children) -> Fragment:
        """The `from` of an input: what follows are fields of the manifest."""
        self.reads = True
        return Fragment("reading", None, span_of(c))

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
        self.reads = False
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

    def dated_value(self, c: Children) -> t.DatedLine:
        """`2026-01-01 = EXPRESSION ref …` of a definition"""
        return self.dated(c)

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
        """`when CONDITION : VALUE from DATE ref …`, `otherwise : VALUE from DATE`"""
        condition = c[1] if c[0] == "when" else None
        force = next(iter(only(c, t.InForce)), None)
        return t.CaseLine(
            condition=condition,
            value=after(c, ":"),
            refs=refs_of(c),
            force=force,
            span=span_of(c),
        )

    def define(self, c: Children) -> t.DefineDecl:
        """`define` or `cost`, with a value, with one from each day on, or with cases. An
        `otherwise` before other cases is noted."""
        cases, lines = tuple(only(c, t.CaseLine)), tuple(only(c, t.DatedLine))
        for line, after_it in pairwise(cases):
            if line.condition is None and after_it.condition is not None:
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
            value=None if cases or lines else after(c, "="),
            cases=cases,
            lines=lines,
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
