"""What an expression is checked against: where it stands, what is wanted of it, and what is known
of the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.check.declare import Signatures
from mlpolicy.check.inputs import Schema
from mlpolicy.check.report import Report
from mlpolicy.check.units import Units
from mlpolicy.core import program as core
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.types import EnumType, Type
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


@dataclass(frozen=True, slots=True)
class NoType:
    """What is wanted of an expression where it is not a type: ANY or BROKEN."""

    reported: bool


#: Nothing is known about the type that is wanted.
ANY = NoType(False)
#: Something is known to be wrong already.
BROKEN = NoType(True)

Wanted = Type | NoType


@dataclass(frozen=True, slots=True)
class Variable:
    """What a name stands for that an aggregate gives to the members of a set: its name in the
    program, and its type."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where an expression stands, and what may be said there."""

    source: Source
    label: str
    parameter: str = ""
    key: EnumType | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    choice: bool = False  # may it say `choice`?
    unknown: str = ""  # may it say `is unknown` or `is known`? "unknown", "known", "both"
    paths: bool = False  # may it name manifest fields?
    compared: bool = False  # is it an operand of a comparison?

    def at(self, label: str) -> Here:
        """The same place, one label further in."""
        return replace(self, label=f"{self.label}/{label}" if label else self.label)


@dataclass(slots=True, kw_only=True)
class Expressions:
    """What the checking of expressions knows of one policy. `check` is the match over all of
    them, through which the parts reach the expressions within theirs."""

    signatures: Signatures
    units: Units
    schema: Schema | None
    scopes: Scopes | None
    report: Report
    check: Callable[[Expressions, tree.Expr, Wanted, Here], core.Expr | None]
    labels: dict[str, int] = field(default_factory=dict)

    def label(self, here: Here) -> str:
        """An identity for an expression without a name: the label of its place, with a number where
        several have that label."""
        count = self.labels.get(here.label, 0) + 1
        self.labels[here.label] = count
        return here.label if count == 1 else f"{here.label}#{count}"

    def error(self, code: str, message: str, span: Span, here: Here, help: str) -> None:
        """Reports an error in the source of `here`; `help` is an instruction."""
        self.report.error(code, message, here.source, span, help)


def origin_of(node: tree.Expr | tree.CellTest, source: Source) -> Origin:
    """Where an expression, or the test in a cell of a table, stands, and how it is quoted."""
    form = written(node)
    return Origin(source, node.span, None if form == source.slice(node.span) else form)


def is_reference(node: tree.Expr) -> bool:
    """Is it a name or a call, which may stand for something unlimited?"""
    return isinstance(node, tree.Var | tree.Call)


def how_many(count: int, what: str) -> str:
    """`1 key`, `2 keys`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
