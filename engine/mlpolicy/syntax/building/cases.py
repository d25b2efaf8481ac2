"""Tests."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, assert_never

from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.base import Base, count
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    fragment_of,
    grain_of,
    name_of,
    number_of,
    only,
    path_of,
    place_of,
    span_of,
)


class Cases(Base):
    """The rules of a policy's tests."""

    def like(self, c: Children) -> Fragment:
        """`like "…"`: the test whose facts come first."""
        return Fragment("like", self._plain_text(c[1]), span_of(c))

    def as_of(self, c: Children) -> Fragment:
        """`as_of 2026-01-31` of a test."""
        return Fragment("as_of", self._date(c[1]), span_of(c))

    def given(self, c: Children) -> Fragment:
        """`given` with its facts, `given for NAME` with those of one workload."""
        of = fragment_of(c, "for")
        facts = tuple(replace(fact, of=of) for fact in only(c, t.Given, t.GivenBar))
        return Fragment("given", facts, span_of(c))

    def for_workload(self, c: Children) -> Fragment:
        """`for NAME`, `for "NAME"`: the workload that facts or an expectation are of."""
        name = c[1]
        if not isinstance(name, t.Name):
            name = t.Name(self._plain_text(name), span=place_of(name))
        return Fragment("for", name, span_of(c))

    def fact(self, c: Children) -> t.Given:
        """`workload.task = sentiment` of a test."""
        self._without_units(c[2])
        return t.Given(path_of(c[0]), c[2], span=span_of(c))

    def bar_fact(self, c: Children) -> t.GivenBar:
        """`accuracy_bar = 88 %` of a test."""
        return t.GivenBar(c[0], c[2], span=span_of(c))

    def _without_units(self, value: t.PlainValue) -> None:
        """Notes the numbers of a manifest's value that have a unit."""
        match value:
            case t.Plain(unit=unit) if unit:
                self.problem(
                    "MLP0115",
                    "a value of the manifest is written without its unit",
                    value.span,
                    help="write the number alone, as in a manifest: the schema knows the unit",
                )
            case t.Plain():
                pass
            case t.PlainList():
                for item in value.items:
                    self._without_units(item)
            case t.PlainMap():
                for _, item in value.items:
                    self._without_units(item)
            case _:
                assert_never(value)

    def plain(self, c: Children) -> t.Plain:
        """A value as in a manifest: a number without a unit, a text, a date, a word, `yes`."""
        token = c[-1]
        span = span_of(c)
        value: bool | Fraction | str
        unit = ""
        match token.type:
            case "NUMBER":
                number = number_of(token, self.problem)
                value = -number.value if len(c) == 2 else number.value
                unit = number.unit
            case "STRING":
                value = self._plain_text(token)
            case "DATE":
                value = self._date(token).text
            case "TIME" | "MOMENT":
                value = self._time(token).text
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
        return t.Plain(value, unit, span=span)

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
        """`expect RULE fired as block`, `expect RULE.KEY fired`, `expect OBLIGATION owed`"""
        name = c[0] if isinstance(c[0], t.Name) else t.Name(str(c[0]), span=place_of(c[0]))
        level = t.Name(str(c[3]), span=place_of(c[3])) if len(c) > 2 else None
        return t.ExpectState(name=name, state=c[1], level=level, span=span_of(c))

    def expect_value(self, c: Children) -> t.ExpectValue:
        """`expect EXPRESSION = EXPRESSION`"""
        return t.ExpectValue(c[0], c[2], span=span_of(c))

    def expect(self, c: Children) -> Fragment:
        """`expect …`, `expect … for NAME`: one expectation of a test."""
        return Fragment("expect", replace(c[1], of=fragment_of(c, "for")), span_of(c))

    # ── Examples ─────────────────────────────────────────────────────────────────────────

    def given_column(self, c: Children) -> t.GivenColumn:
        """`workload.task`, `accuracy_bar` in the heading of examples."""
        target = c[0] if isinstance(c[0], t.Name) else path_of(c[0])
        return t.GivenColumn(target, fragment_of(c, "for"), span=span_of(c))

    def expected_column(self, c: Children) -> t.ExpectedColumn:
        """`answer`, `over_budget`, `total(ai_service)` in the heading of examples."""
        return t.ExpectedColumn(c[0], fragment_of(c, "for"), span=span_of(c))

    def examples_heading(self, c: Children) -> Fragment:
        """`| FIELD | … | -> EXPECTED | … |`"""
        columns = (tuple(only(c, t.GivenColumn)), tuple(only(c, t.ExpectedColumn)))
        return Fragment("heading", columns, span_of(c))

    def impossible(self, c: Children) -> t.Name:
        """`infeasible` that begins the cell of an answer."""
        return name_of(c[0])

    def answer_cell(self, c: Children) -> t.AnswerCell:
        """`by_hand decided because "…"` in a row of examples."""
        because = fragment_of(c, "because")
        reason = None if because is None else self._plain_text(because)
        return t.AnswerCell(tuple(only(c, t.Name)), reason, span=span_of(c))

    def example(self, c: Children) -> Fragment:
        """`| 85 | … | -> by_hand decided | fired |`"""
        arrow = next(n for n, child in enumerate(c) if child == "->")
        cells = (tuple(only(c[:arrow], t.Node)), tuple(only(c[arrow:], t.Node)))
        return Fragment("row", cells, span_of(c))

    def examples(self, c: Children) -> t.Examples:
        """`examples` with its heading and rows. A row of another width is noted and left out."""
        heading, *rows = only(c, Fragment)
        given, expected = heading.value
        made = []
        for row in rows:
            cells, wanted = row.value
            if (len(cells), len(wanted)) != (len(given), len(expected)):
                self.problem(
                    "MLP0108",
                    f"this row has {count(len(cells), 'cell')} before `->` and {len(wanted)} behind"
                    f" it, the heading has {len(given)} and {len(expected)}",
                    row.span,
                    help="write one cell for each column; `-` where nothing is given or asked",
                    labels=(Label(Origin(self.file, heading.span), "the columns"),),
                )
                continue
            facts = tuple(self._cell(cell, of) for cell, of in zip(cells, given, strict=True))
            made.append(t.Example(facts, wanted, span=row.span))
        return t.Examples(given, expected, tuple(made), span=span_of(c))

    def _cell(self, cell: Any, column: t.GivenColumn) -> t.PlainValue | t.Expr:
        """What a row gives: a value of the manifest, or of a bar's column an expression."""
        if isinstance(cell, t.Dash):
            return cell
        plain: t.PlainValue = cell
        if isinstance(column.target, t.Name):
            return self._expression(plain)
        self._without_units(plain)
        return plain

    def _expression(self, plain: t.PlainValue) -> t.Expr:
        """A plain value as an expression."""
        written, span = self.file.slice(plain.span), plain.span
        match plain:
            case t.Plain(value=bool() as value):
                return t.YesNo(value, span=span)
            case t.Plain(value=Fraction() as value, unit=unit):
                number = t.Number(abs(value), unit, written.lstrip("- "), span=span)
                return t.Negate(number, span=span) if value < 0 else number
            case t.Plain(value=str() as value) if written.startswith('"'):
                return t.Text((value,), span=span)
            case t.Plain(value=str() as value) if ":" in written:
                return t.TimeLiteral(value, grain_of(value), span=span)
            case t.Plain(value=str() as value) if written[:1].isdigit():
                return t.DateLiteral(value, span=span)
            case t.Plain(value="unknown"):
                return t.UnknownLiteral(span=span)
            case t.Plain():
                return t.Var(written, span=span)
            case t.PlainList() | t.PlainMap():
                self.problem(
                    "MLP0101",
                    "a threshold or param has one value",
                    span,
                    help="write a value of its type",
                )
                return t.UnknownLiteral(span=span)
            case _:
                assert_never(plain)

    def test(self, c: Children) -> t.TestDecl:
        """`test "…"` with its facts and expectations; `like`, `as_of` and `examples` once each."""
        self._once(c, {"like": "like", "as_of": "as_of"})
        examples = only(c, t.Examples)
        for more in examples[1:]:
            self._twice("examples", more.span, examples[0].span)
        parts = only(c, Fragment)
        return t.TestDecl(
            title=self._plain_text(c[1]),
            like=fragment_of(c, "like"),
            as_of=fragment_of(c, "as_of"),
            given=tuple(fact for part in parts if part.kind == "given" for fact in part.value),
            expect=tuple(part.value for part in parts if part.kind == "expect"),
            examples=examples[0] if examples else None,
            span=span_of(c),
        )
