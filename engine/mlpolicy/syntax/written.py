"""An expression in its one written form, however it was typed: one space between words, none
inside brackets, parentheses where the reading order needs them and behind `not`, no remarks and
no line ends. What stands in an order keeps it, and a number keeps its digits.

This is how reasons and explanations quote a policy, so that its layout shows in none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from mlpolicy.syntax import tree as t

#: How tightly the parts of the grammar hold together, loosest first (`grammar/mlpolicy.lark`,
#: Expressions).
_EXPRESSION, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _UNARY, _AS, _POSTFIX = range(10)

#: The operators that are read from left to right, and how tightly they hold.
_CHAINED = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}


def written(node: t.Expr | t.CellTest) -> str:
    """The written form of an expression, or of the test in a cell of a table (`< 5`)."""
    if isinstance(node, t.CellTests):
        return f" {node.operator} ".join(map(written, node.tests))
    if isinstance(node, t.Comparison):
        return f"{node.operator} {_at(node.value, _SUM)}"
    return _form(node)[0]


def _at(node: t.Expr, level: int) -> str:
    """The same where something stands that holds at least as tightly as `level`."""
    text, own = _form(node)
    return text if own >= level else f"({text})"


def _form(node: t.Expr) -> tuple[str, int]:  # noqa: C901 - one match over all kinds
    """The written form, and how tightly it holds together."""
    match node:
        case t.Number():
            return _number(node), _POSTFIX
        case t.DateLiteral(text=text) | t.TimeLiteral(text=text):
            return text, _POSTFIX
        case t.Text():
            return f'"{"".join(map(_part, node.parts))}"', _POSTFIX
        case t.YesNo(value=value):
            return "yes" if value else "no", _POSTFIX
        case t.UnknownLiteral():
            return "unknown", _POSTFIX
        case t.AnyLiteral():
            return "any", _POSTFIX
        case t.Dash():
            return "-", _POSTFIX
        case t.Between(low=low, high=high, below=below):
            end = f" {_at(high, _SUM)}" if high is not None else ""
            return f"{_at(low, _SUM)} ..{'<' if below else ''}{end}", _EXPRESSION
        case t.SetLiteral(items=items):
            unknown = (t.UnknownLiteral,)
            shown = ("?" if isinstance(item, unknown) else written(item) for item in items)
            return f"{{{', '.join(shown)}}}", _POSTFIX
        case t.ListLiteral(items=items):
            return f"[{_listed(items)}]", _POSTFIX
        case t.PathLiteral():
            return str(node), _POSTFIX
        case t.Var(name=name):
            return name, _POSTFIX
        case t.Column():
            return f"{_at(node.of, _POSTFIX)}.{node.name.text}", _POSTFIX
        case t.Lookup():
            return f"{node.catalog.text}[{_listed(node.keys)}]", _POSTFIX
        case t.Call():
            return f"{node.function.text}({_listed(node.arguments)})", _POSTFIX
        case t.Not(operand=t.Binary(operator="is" | "in" as operator) as inner):
            word = "is not" if operator == "is" else "not in"
            return f"{_at(inner.left, _SUM)} {word} {_at(inner.right, _SUM)}", _COMPARISON
        case t.Not():
            # With parentheses around anything of several words: they are easier to read.
            return f"not {_at(node.operand, _POSTFIX)}", _NOT
        case t.Negate():
            return f"-{_at(node.operand, _UNARY)}", _UNARY
        case t.Binary():
            return _binary(node)
        case t.IsUnknown():
            word = "known" if node.negated else "unknown"
            return f"{_at(node.operand, _SUM)} is {word}", _COMPARISON
        case t.As():
            return f"{_at(node.operand, _AS)} as {node.unit.text}", _AS
        case t.AnyOf():
            return f"any {node.shortlist.text}", _POSTFIX
        case t.FirstOf(rows=rows, where=where):
            return _chosen(f"first {rows.text}", where)
        case t.BestOf(records=records, stating=stating, by=by, where=where):
            said = f" with {_words(stating)}" if stating else ""
            return _chosen(f"best {records.text}{said} by {_words(by)}", where)
        case t.Aggregate():
            return _aggregate(node), _POSTFIX
    assert_never(node)


def _chosen(rows: str, where: t.Expr | None) -> tuple[str, int]:
    """`first …` and `best …`, which go on as far as their condition does."""
    return (rows, _POSTFIX) if where is None else (f"{rows} where {written(where)}", _EXPRESSION)


def _words(names: Iterable[t.Name]) -> str:
    return ", ".join(name.text for name in names)


def _listed(nodes: Iterable[t.Expr]) -> str:
    return ", ".join(map(written, nodes))


def _binary(node: t.Binary) -> tuple[str, int]:
    """`a OPERATOR b`. A chain of one operator is as deep as it is long, so it is gone along."""
    level = _CHAINED.get(node.operator)
    if level is None:
        sides = f"{_at(node.left, _SUM)} {node.operator} {_at(node.right, _SUM)}"
        return sides, _COMPARISON
    pieces: list[str] = []
    left: t.Expr = node
    while isinstance(left, t.Binary) and _CHAINED.get(left.operator) == level:
        pieces.append(f"{left.operator} {_at(left.right, level + 1)}")
        left = left.left
    pieces.append(_at(left, level))
    return " ".join(reversed(pieces)), level


def _aggregate(node: t.Aggregate) -> str:
    inside = written(node.body)
    if node.where is not None:
        inside += f" where {written(node.where)}"
    if node.once_per is not None:
        inside += f" once per {node.once_per.text}"
    domain = f" in {_at(node.domain, _POSTFIX)}" if node.domain is not None else ""
    return f"{node.kind}({inside}) over {node.over.text}{domain}"


def _number(node: t.Number) -> str:
    """Its digits as they are written, one space, its unit."""
    digits = node.text.removesuffix(node.unit).rstrip()
    return f"{digits} {node.unit}" if node.unit else digits


def _part(part: str | t.Expr) -> str:
    """A part of a text: its words with what has a meaning of its own written out, or a hole."""
    if not isinstance(part, str):
        return f"{{{written(part)}}}"
    for sign, meant in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        part = part.replace(sign, meant)
    return part.replace("{", "{{").replace("}", "}}")
