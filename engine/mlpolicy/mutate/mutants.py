"""The small faults that people make in a policy: a bar a little too high, a limit that counts the
bar itself or not, a clause too few, `or` for `and`, arms the wrong way round, one yes too few, a
week for a day.

Each mutant is the program with one node replaced. What stands in texts for people is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from mlpolicy.core.node import node
from mlpolicy.core.program import (
    AggregateExpr,
    Apply,
    Bar,
    Const,
    Define,
    IfNode,
    Program,
    Score,
    Template,
)
from mlpolicy.core.show import finite_places, show_number
from mlpolicy.core.terms import DefineKind, Fold
from mlpolicy.core.types import BASE_UNITS, Quantity, Unit
from mlpolicy.core.visit import Node, children, map_children
from mlpolicy.source import Origin, Place
from mlpolicy.versions.constructs import NAMED

#: The parts of a program in which faults are made.
PARTS = (
    *("bars", "catalogs", "shortlists", "defines", "scores", "trees", "obligations", "rules"),
    "inputs",
)


class Fault(StrEnum):
    """What kind of fault a mutant has. The values are those of the JSON document."""

    NUMBER = "number"  # a number one step higher or lower
    UNIT = "unit"  # a time in the next unit: a week for a day
    BORDER = "border"  # `<` for `<=`, and the like
    CONNECTIVE = "connective"  # `or` for `and`
    OPERATOR = "operator"  # `-` for `+`, `max` for `min`, `all` for `any`
    CLAUSE = "clause"  # one condition of several left out
    NEGATION = "negation"  # a `not` left out
    ARMS = "arms"  # yes and no the wrong way round
    COUNT = "count"  # one yes more or less


@node(kw_only=True)
class Mutant:
    """One fault: in which declaration (`part` of the program, what the policy calls the `kind`, and
    its `name`), what fault, where, and how
    it reads before and after; `nth` tells it from others of its declaration that read so.
    `declaration` is the declaration with the fault in it."""

    part: str
    kind: str
    name: str
    fault: Fault
    before: str
    after: str
    nth: int = 1
    at: Place
    declaration: Any


#: A comparison, and what it is without its border or with it.
_BORDERS: Mapping[str, str] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_CONNECTIVES: Mapping[str, str] = {"and": "or", "or": "and"}
#: Operators and folds that are taken for one another.
_OTHERS: Mapping[str, str] = {"+": "-", "-": "+", "min": "max", "max": "min"}
_FOLDS: Mapping[Fold, Fold] = {Fold.ANY: Fold.ALL, Fold.ALL: Fold.ANY}
#: Units of time, each with the one that is taken for it.
_NEXT: Mapping[str, str] = {
    "ms": "s",
    "s": "minute",
    "second": "minute",
    "minute": "hour",
    "hour": "day",
    "day": "week",
    "week": "day",
    "month": "year",
    "year": "month",
}


def mutants(
    program: Program, wanted: Callable[[str, str], bool] = lambda part, name: True
) -> Iterator[Mutant]:
    """Every mutant of the declarations that are wanted, by part and name, in a fixed order."""
    for part in PARTS:
        declared: Mapping[str, Node] = getattr(program, part)
        for name in sorted(declared):
            if wanted(part, name):
                yield from _of(part, name, declared[name])


def _of(part: str, name: str, declaration: Node) -> Iterator[Mutant]:
    waiting: list[Node] = [declaration]
    met: Counter[tuple[str, str]] = Counter()
    while waiting:
        here = waiting.pop(0)
        if isinstance(here, Template):
            continue
        for fault, after, made in _faults(here):
            if fault is Fault.CONNECTIVE and _is_table(declaration):
                continue  # nobody writes `or` between the cells of a row
            origin = getattr(here, "origin", None)
            assert isinstance(origin, Origin)
            before = _before(here)
            met[before, after] += 1
            yield Mutant(
                part=part,
                kind=_kind(part, declaration),
                name=name,
                fault=fault,
                before=before,
                after=after,
                nth=met[before, after],
                at=origin.place,
                declaration=_with(declaration, here, made),
            )
        waiting.extend(children(here))


def _kind(part: str, declaration: Node) -> str:
    match declaration:
        case Bar() | Define():
            return declaration.kind.value
        case _:
            return NAMED[part]


def _is_table(declaration: Node) -> bool:
    return isinstance(declaration, Define) and declaration.kind is DefineKind.TABLE


def _faults(here: Node) -> Iterator[tuple[Fault, str, Node]]:
    """The faults that can be made in a node: of what kind, how it reads then, what it becomes."""
    match here:
        case Const(value=Fraction() as value, type=Quantity(unit=unit)) if value:
            step = _step(value / unit.scale) * unit.scale
            for other in (value + step, value - step):
                shown = f"{show_number(other, unit)} {unit.text}".rstrip()
                yield Fault.NUMBER, shown, replace(here, value=other)
            found = _other_unit(unit)
            if found is not None:
                scaled = value / unit.scale * found.scale
                shown = f"{show_number(scaled, found)} {found.text}"
                yield Fault.UNIT, shown, replace(here, value=scaled)
        case Apply(operator=operator) if operator in _BORDERS:
            other_way = _BORDERS[operator]
            yield Fault.BORDER, f"with `{other_way}`", replace(here, operator=other_way)
        case Apply(operator=operator, operands=operands) if operator in _CONNECTIVES:
            other_way = _CONNECTIVES[operator]
            yield Fault.CONNECTIVE, f"with `{other_way}`", replace(here, operator=other_way)
            for number, gone in enumerate(operands):
                kept = (*operands[:number], *operands[number + 1 :])
                made = kept[0] if len(kept) == 1 else replace(here, operands=kept)
                yield Fault.CLAUSE, f"without `{_text(gone)}`", made
        case Apply(operator=operator, operands=(one, _, *_)) if operator in _OTHERS:
            other_way = _OTHERS[operator]
            # Two sets, and two points of time, are put together in one way only.
            if isinstance(one.type, Quantity):
                yield Fault.OPERATOR, f"with `{other_way}`", replace(here, operator=other_way)
        case AggregateExpr(kind=kind) if kind in _FOLDS:
            fold = _FOLDS[kind]
            yield Fault.OPERATOR, f"with `{fold.value}`", replace(here, kind=fold)
        case Apply(operator="not", operands=(operand,)):
            yield Fault.NEGATION, f"`{_text(operand)}`", operand
        case IfNode(yes=yes, no=no) if yes != no:
            yield Fault.ARMS, "yes and no the wrong way round", replace(here, yes=no, no=yes)
        case Score(target=target, questions=questions):
            for count in (target - 1, target + 1):
                if 0 < count <= len(questions):
                    yield Fault.COUNT, f"at least {count}", replace(here, target=count)
        case _:
            pass


def _other_unit(unit: Unit) -> Unit | None:
    """The unit that is taken for one in which a time stands: `USD/year` for `USD/month`."""
    words = unit.text.split("/")
    for at, word in enumerate(words):
        if word in _NEXT:
            other = Fraction(BASE_UNITS[_NEXT[word]][1]) / BASE_UNITS[word][1]
            text = "/".join((*words[:at], _NEXT[word], *words[at + 1 :]))
            return Unit(unit.dims, unit.scale * (other if at == 0 else 1 / other), text)
    return None


def _step(value: Fraction) -> Fraction:
    """The smallest step of a number as it is written: 1 of 85, 0.01 of 0.25."""
    return Fraction(1, 10 ** (finite_places(value) or 0))


def _with(declaration: Node, found: Node, made: Node) -> Node:
    """The declaration with one node replaced: that very one, not what equals it."""
    if declaration is found:
        return made
    return map_children(declaration, lambda child: _with(child, found, made))


def _before(here: Node) -> str:
    match here:
        case Score():
            return f"at least {here.target}"
        case IfNode():
            return _text(here.condition)
        case _:
            return _text(here)


def _text(here: Node) -> str:
    origin = getattr(here, "origin", None)
    assert isinstance(origin, Origin)
    return " ".join(origin.text.split())
