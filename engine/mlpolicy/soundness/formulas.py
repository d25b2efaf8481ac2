"""Conditions, taken apart at `and`, `or` and `not`, through the definitions that they name, down to
what is compared with words, flags and numbers.

What is left are atoms: a comparison, or anything else that may hold or not. Equal ones share a bit.
"""

from __future__ import annotations

from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.dataclass import dataclass, field

#: How far a condition is taken apart: what is left is one that may hold or not.
MOST_PARTS = 200


@node
class Atom:
    """A comparison, or anything else that is not taken apart: its bit."""

    bit: int


@node
class Joined:
    """All of these hold, or, with `any`, some one does; `negated` where the opposite is meant."""

    parts: tuple[Formula, ...]
    any: bool = False
    negated: bool = False


Formula = Atom | Joined

#: What always holds, and what never does.
ALWAYS, NEVER = Joined(()), Joined((), any=True)


@dataclass(kw_only=True)
class Formulas:
    """Takes conditions apart; equal parts of them share a bit."""

    program: core.Program
    atoms: dict[core.Expr, int] = field(default_factory=dict)
    size: int = 0

    def of(self, expr: core.Expr) -> Formula:
        """An expression that is a flag, taken apart."""
        self.size += 1
        match expr:
            case _ if self.size > MOST_PARTS:
                pass
            case core.Const(value=bool() as value):
                return ALWAYS if value else NEVER
            case core.Apply(operator=operator, operands=operands):
                connects = OPERATORS[operator].connects
                if connects is Connects.OPPOSITE:
                    return opposite(self.of(operands[0]))
                if connects is not None:
                    parts = tuple(self.of(operand) for operand in operands)
                    return Joined(parts, any=connects is Connects.SOME)
            case core.DefRef(name=name, key=None, row=None):
                declared = self.program.defines.get(name)
                if declared is not None and not declared.exceptions:
                    if declared.kind is not DefineKind.TABLE:
                        return self.of(declared.body)
            case core.Choose(strategy=Strategy.FIRST, otherwise=core.Typed() as otherwise):
                rest = self.of(otherwise)
                for case in reversed(expr.cases):
                    rest = chosen(self.of(case.guard), self.of(case.value), rest)
                return rest
            case _:
                pass
        return self.atom(expr)

    def atom(self, expr: core.Expr) -> Formula:
        """An expression that is not taken apart."""
        return Atom(self.atoms.setdefault(expr, 1 << len(self.atoms)))


def opposite(formula: Formula) -> Formula:
    """What holds where this does not."""
    return Joined((formula,), negated=True)


def chosen(guard: Formula, value: Formula, rest: Formula) -> Formula:
    """The value where the guard holds, else the rest."""
    return Joined((Joined((guard, value)), Joined((opposite(guard), rest))), any=True)


def holds_with(formula: Formula, held: int) -> bool:
    """Does it hold where these atoms do, as bits, and no others?"""
    if isinstance(formula, Atom):
        return bool(formula.bit & held)
    parts = (holds_with(part, held) for part in formula.parts)
    return (any(parts) if formula.any else all(parts)) is not formula.negated


def holds_as_far(formula: Formula, held: int, not_held: int) -> bool | None:
    """Does it hold where of some atoms, as bits, it is known that they do, and of others that they
    do not? None where that hangs on the rest."""
    if isinstance(formula, Atom):
        return True if formula.bit & held else False if formula.bit & not_held else None
    decisive = formula.any
    found: bool | None = not decisive
    for part in formula.parts:
        here = holds_as_far(part, held, not_held)
        if here is decisive:
            return decisive is not formula.negated
        if here is None:
            found = None
    return None if found is None else found is not formula.negated


def bits_of(formula: Formula) -> int:
    """The atoms that it is made of, as bits."""
    if isinstance(formula, Atom):
        return formula.bit
    found = 0
    for part in formula.parts:
        found |= bits_of(part)
    return found
