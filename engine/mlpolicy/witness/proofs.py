"""What no manifest comes to, shown by evaluating one of which every field is open.

It is a proof for manifests with one workload, on every day from the first of the policy on. Where
more than that plays a part, nothing is proved, and `Why` says what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import product

from mlpolicy.check.reads import reached
from mlpolicy.core.facts import Document
from mlpolicy.core.program import AggregateExpr, Expr, InputRef, IsProvisional, Program
from mlpolicy.core.terms import Over
from mlpolicy.core.values import NO, YES, Truth
from mlpolicy.witness.days import MOST_DAYS, counts_days
from mlpolicy.witness.goals import Goal, Look, seen
from mlpolicy.witness.ground import Ground

#: Of so many inputs that may be without limit every combination is looked at.
_MOST_UNLIMITED = 3


class Why(StrEnum):
    """Why something is not settled. The values are those of the JSON document."""

    SEARCHED = "searched"  # no witness was found, and no proof
    WORKLOADS = "workloads"  # it reads other workloads
    OVERRIDES = "overrides"  # it reads rows that a manifest may bring
    DAYS = "days"  # it counts days, or there are too many spans
    LIMIT = "limit"  # not all could be worked out
    CASES = "cases"  # a table has too many cases
    LINES = "lines"  # a table or a definition has too many rows or lines
    ANSWER = "answer"  # it asks for the answer, a row or an entry
    KEYS = "keys"  # a row is looked up by more than words of enums
    SHOWN = "shown"  # it is asked only while something is unknown


@dataclass(kw_only=True)
class Proofs:
    """Whether goals can be come to at all."""

    ground: Ground
    days: Sequence[date]
    _looks: dict[tuple[date, frozenset[str]], list[Look]] = field(default_factory=dict)
    _known: dict[frozenset[int], tuple[frozenset[str], Why | None]] = field(default_factory=dict)

    def never(self, goal: Goal, reads: Iterable[Expr]) -> bool | Why:
        """Is it proved that no manifest comes to a goal? Else why not; False where one may."""
        return self._all(goal, tuple(reads), NO)

    def always(self, goal: Goal, reads: Iterable[Expr]) -> bool | Why:
        """Is it proved that every manifest comes to a goal?"""
        return self._all(goal, tuple(reads), YES)

    def _all(self, goal: Goal, reads: tuple[Expr, ...], wanted: Truth) -> bool | Why:
        unlimited, why = self._barred(reads)
        for day in self.days[:MOST_DAYS]:
            for look in self._at(day, unlimited):
                if seen(goal, look).truth is not wanted:
                    return False
                if not look.whole:
                    return Why.LIMIT
        return True if why is None else why

    def _barred(self, reads: tuple[Expr, ...]) -> tuple[frozenset[str], Why | None]:
        """The unlimited inputs that these expressions read, and why nothing is proved of them."""
        key = frozenset(map(id, reads))
        if key not in self._known:
            program = self.ground.program
            every = tuple(reached(reads, program))
            unlimited = _unlimited(every, program)
            self._known[key] = unlimited, _barred(reads, every, len(unlimited), program, self.days)
        return self._known[key]

    def why_not(self, reads: Iterable[Expr]) -> Why | None:
        """Why nothing can be proved of what these expressions come to; None where it can."""
        return self._barred(tuple(reads))[1]

    def _at(self, day: date, unlimited: frozenset[str]) -> list[Look]:
        few = unlimited if len(unlimited) <= _MOST_UNLIMITED else frozenset[str]()
        key = (day, few)
        if key not in self._looks:
            documents = self._documents(sorted(few))
            program = self.ground.program
            self._looks[key] = [Look(program, each, day, opened=True) for each in documents]
        return self._looks[key]

    def _documents(self, unlimited: Sequence[str]) -> list[Document]:
        """The manifest with nothing known; and with each combination of these inputs left out."""
        found = []
        for left_out in product((False, True), repeat=len(unlimited)):
            gone = {name for name, out in zip(unlimited, left_out, strict=True) if out}
            found.append(self.ground.unstated(gone))
        return found


def barred(reads: tuple[Expr, ...], program: Program, days: Sequence[date]) -> Why | None:
    """Why nothing can be proved of what these expressions come to; None where it can."""
    every = tuple(reached(reads, program))
    return _barred(reads, every, len(_unlimited(every, program)), program, days)


def _barred(
    reads: tuple[Expr, ...],
    every: tuple[Expr, ...],
    unlimited: int,
    program: Program,
    days: Sequence[date],
) -> Why | None:
    """The same, of all that is evaluated for them and the number of unlimited inputs among it."""
    tables = set()
    for expr in every:
        if isinstance(expr, AggregateExpr) and expr.over is not Over.SET:
            return Why.WORKLOADS
        if isinstance(expr, IsProvisional):  # with all fields open every answer may still change
            return Why.SHOWN
        table = getattr(expr, "table", None)
        if isinstance(table, str):
            tables.add(table)
    if any(t in program.catalogs and program.catalogs[t].override is not None for t in tables):
        return Why.OVERRIDES
    if len(days) > MOST_DAYS or counts_days(reads, every):
        return Why.DAYS
    if unlimited > _MOST_UNLIMITED:
        return Why.LIMIT
    return None


def unlimited_of(reads: Iterable[Expr], program: Program) -> frozenset[str]:
    """The inputs whose absence means that there is no limit: more than any number."""
    return _unlimited(reached(reads, program), program)


def _unlimited(every: Iterable[Expr], program: Program) -> frozenset[str]:
    found = set()
    for name in {expr.name for expr in every if isinstance(expr, InputRef)}:
        absent = program.inputs[name].absent
        if absent is not None and absent.unlimited:
            found.add(name)
    return frozenset(found)
