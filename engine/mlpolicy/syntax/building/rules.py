"""Decision tables, obligations, rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from mlpolicy.source import Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.base import Base, count
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    after,
    columns_of,
    fragment_of,
    only,
    refs_of,
    span_of,
)


class Rules(Base):
    """The rules of decision tables and of what is found."""

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

    def comparison_of_cell(self, c: Children) -> t.Comparison:
        """`>= 10 ms` in a cell of a decision table."""
        return t.Comparison(str(c[0]), c[1], span=span_of(c))

    def both_of_cell(self, c: Children) -> t.CellTests:
        """`> 5 and < 9` in a cell of a decision table."""
        return t.CellTests("and", tuple(c[::2]), span=span_of(c))

    def any_of_tests(self, c: Children) -> t.CellTests:
        """`< 18 or >= 60` in a cell of a decision table."""
        return t.CellTests("or", tuple(c[::2]), span=span_of(c))

    def outcome_of_row(self, c: Children) -> Fragment:
        """`-> VALUE, VALUE from DATE ref …` at the end of a row."""
        values = tuple(part for part in only(c, t.Node) if not isinstance(part, t.InForce))
        force = next(iter(only(c, t.InForce)), None)
        return Fragment("outcome", (values, refs_of(c), force), span_of(c))

    def table_row(self, c: Children) -> Fragment:
        """A row of a decision table: its cells, and its result where it has one. The row of what is
        left, `otherwise`, has no cells."""
        cells = tuple(only(c, t.Node))
        return Fragment("row", (cells, fragment_of(c, "outcome")), span_of(c))

    @staticmethod
    def _row(cells: tuple[Any, ...], outcome: tuple[Any, ...], span: Span) -> t.TableRow:
        values, refs, force = outcome
        return t.TableRow(cells=cells, values=values, refs=refs, force=force, span=span)

    def table(self, c: Children) -> t.TableDecl:
        """`table NAME : TYPE first`, its heading, its rows. A row without a result is noted."""
        parts = [child for child in c if type(child) is Fragment and child.kind == "row"]
        header = self._heading(parts[0])
        rows: list[t.TableRow] = []
        left: list[t.TableRow] = []
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
                rows.append(self._row(cells, outcome, part.span))
            else:
                left.append(self._row((), outcome, part.span))
                if any(cells for cells, _ in (each.value for each in parts[index + 1 :])):
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
        for row in (*rows, *left):
            if len(row.values) != wanted:
                self.problem(
                    "MLP0108",
                    f"this row gives {count(len(row.values), 'value')}, the table has"
                    f" {count(wanted, 'output')}",
                    row.span,
                    help="write one value for each output, with commas between them",
                )
        rows = [row for row in rows if len(row.values) == wanted]
        left = [row for row in left if len(row.values) == wanted]
        return t.TableDecl(
            name=c[1],
            parameter=fragment_of(c, "parameter"),
            type=None if outputs else after(c, ":"),
            outputs=outputs,
            strategy=str(fragment_of(c, "strategy")),
            header=header,
            rows=tuple(rows),
            otherwise=tuple(left),
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
        strange = (t.Dash, t.Comparison, t.CellTests, t.Between, t.SetLiteral)
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
        """`block`, `advise, block from 2027-01-01 not waivable`: the level, those of later days,
        when it holds at all, and whether a waiver may be granted. Days that do not follow each
        other are noted."""
        later = tuple(only(c, t.LaterLevel))
        since, until = (
            None if (found := after(c, word)) is None else self._date(found)
            for word in ("from", "until")
        )
        days = [day for day in (since, *(each.since for each in later), until) if day is not None]
        for day, following in pairwise(days if later else ()):
            if following.text <= day.text:
                self.problem(
                    "MLP0410",
                    f"{following.text} is not after {day.text}",
                    following.span,
                    help="write the levels in the order of their days, and the end last",
                )
        force = None
        if since is not None or until is not None:
            first, last = (since or until), (until or since)
            assert first is not None
            assert last is not None
            force = t.InForce(since, until, span=Span(first.span.start, last.span.end))
        waivable = after(c, "not") is None
        return Fragment("level", (str(c[0]), later, force, waivable), span_of(c))

    def level_of_row(self, c: Children) -> Fragment:
        """`care.level`, `care.level not waivable`: the column of each row that says its level."""
        return Fragment("level", (columns_of(c[0]), (), None, len(c) == 1), span_of(c))

    def later_level(self, c: Children) -> t.LaterLevel:
        """`block from 2027-01-01` behind a level."""
        return t.LaterLevel(str(c[0]), self._date(c[2]), span=span_of(c))

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
        level, later, force, waivable = c[2].value
        return t.ObligationDecl(
            name=c[1],
            level=level,
            later=later,
            force=force,
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

    def each_row(self, c: Children) -> Fragment:
        """`for each row of NAME` of a rule."""
        return Fragment("for each row of", (c[4], ()), span_of(c))

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
            level=columns_of(c[2]) if "." in c[2] else str(c[2]),
            when=fragment_of(c, "when"),
            say=found.get("say"),
            fix=found.get("fix"),
            span=span_of(c),
        )
        return Fragment("if unknown", (made, refs), span_of(c))

    def was(self, c: Children) -> Fragment:
        """`was NAME, NAME for ROW`: what a rule was called before, or that for a row."""
        return Fragment("was", tuple(only(c, t.Former)), span_of(c))

    def former(self, c: Children) -> t.Former:
        """`NAME`, `NAME for ROW`"""
        return t.Former(c[0], c[2] if len(c) == 3 else None, span=span_of(c))

    def rule(self, c: Children) -> t.RuleDecl | None:
        """`rule NAME LEVEL` with its lines. None where it lacks `when` or `say`, which is noted."""
        kinds = ("for each row of", "for", "when", "if unknown", "say", "fix", "bounds")
        words = {word: word for word in kinds}
        lines = [x for x in c if type(x) is Fragment and x.kind in words]
        self._once(c, words)
        found = {part.kind: part.value[0] for part in lines}
        refs = refs_of(c) + tuple(ref for part in lines for ref in part.value[1])
        level, later, force, waivable = next(
            x.value for x in c if type(x) is Fragment and x.kind == "level"
        )
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
            later=later,
            force=force,
            waivable=waivable,
            each=found.get("for each row of"),
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
