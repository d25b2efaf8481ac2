"""Expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlpolicy.source import Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.base import Base
from mlpolicy.syntax.fragments import (
    Children,
    Fragment,
    after,
    columns_of,
    fragment_of,
    name_of,
    number_of,
    path_of,
    place_of,
    span_of,
)


class Expressions(Base):
    """The rules of expressions, in the order of the grammar."""

    # ── Expressions ──────────────────────────────────────────────────────────────────────

    def number(self, c: Children) -> t.Number:
        """`85 %`, `12`"""
        return number_of(c[0], self.problem)

    def date(self, c: Children) -> t.DateLiteral:
        """`2026-01-31`"""
        return self._date(c[0])

    def time(self, c: Children) -> t.TimeLiteral:
        """`09:30`, `2026-01-31T09:30:00Z`"""
        return self._time(c[0])

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

    def path(self, c: Children) -> t.PathLiteral | t.Column | t.Var:
        """`person.birth` where an input reads one; elsewhere columns, `reader.tested.each`."""
        if self.reads:
            return path_of(c[0])
        if "{" in c[0]:
            path = path_of(c[0])
            self.problem(
                "MLP0112",
                f"`{path}` is a field of the manifest, which only an input may read",
                path.span,
                help="declare an `input … from` this field, and use the input's name here",
            )
        return columns_of(c[0])

    def var(self, c: Children) -> t.Var | t.YesNo:
        """A bare name. `true` and `false` are noted, and read as what they mean: the words here are
        `yes` and `no`."""
        name: t.Name = c[0]
        if name.text.casefold() in ("true", "false"):
            word = "yes" if name.text.casefold() == "true" else "no"
            self.problem(
                "MLP0111",
                f"`{name.text}` is not a word of the language",
                name.span,
                help=f"write `{word}`",
            )
            return t.YesNo(word == "yes", span=name.span)
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

    def list_literal(self, c: Children) -> t.ListLiteral:
        """`[a, b, b]`"""
        return t.ListLiteral(tuple(c[1:-1:2]), span=span_of(c))

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
