"""Which tests of a policy can notice a fault, and whether one of them does.

A test can notice a fault where the faulty part comes to something else in it (`apart`). The others
are not run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mlpolicy.check.number import Numbered
from mlpolicy.core.node import node
from mlpolicy.core.program import ExpectedAnswer, ExpectedStatus, PolicyTest, Program
from mlpolicy.evaluate import Memory
from mlpolicy.mutate.apart import Met
from mlpolicy.mutate.mutants import Mutant
from mlpolicy.schema import Schema
from mlpolicy.testing import Facts, How, facts_of, run_facts

#: So many results are kept from fault to fault; then it begins anew.
MOST_RESULTS = 100_000


class End(StrEnum):
    """What became of a fault. The values are those of the JSON document."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNREACHED = "unreached"  # no test comes to it


@node(kw_only=True)
class Trial:
    """A fault and what became of it: `by` is the test that noticed it, `tried` how many tests were
    run, `come` how many come to it, and `near` one of those, or of whose examples a row does."""

    mutant: Mutant
    end: End
    by: str = ""
    tried: int = 0
    come: int = 0
    near: str = ""


def weight(test: PolicyTest) -> int:
    """How much a test expects: those that ask for the answer notice most."""
    answers = (ExpectedAnswer, ExpectedStatus)
    return sum(2 if isinstance(each, answers) else 1 for each in test.expected)


class Kept:
    """What is kept from one fault to the next: what the facts of each test make, and what they come
    to where no fault touches it."""

    def __init__(self, base: Numbered, schema: Schema) -> None:
        self._base, self._schema = base, schema
        self._facts: dict[int, Facts] = {}
        self._days: dict[date, Memory] = {}

    def facts(self, number: int) -> Facts:
        """What the facts of the test of this number make."""
        found = self._facts.get(number)
        if found is None:
            found = facts_of(self._base.program.tests[number], self._schema)
            self._facts[number] = found
        return found

    def of(self, mutant: Mutant, program: Program) -> Callable[[date], Memory]:
        """The memory of a day for the program with a fault."""
        if sum(memory.size for memory in self._days.values()) > MOST_RESULTS:
            self._days.clear()
        alike = self._base.alike(mutant.part, mutant.name)
        made: dict[date, Memory] = {}

        def of(day: date) -> Memory:
            if day not in made:
                shared = self._days.setdefault(day, Memory())
                made[day] = shared.of_variant(program, alike)
            return made[day]

        return of


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What is the same for all faults of a policy: its program with its tests, the schema of its
    manifests, and by number of a fault the numbers of the tests that come to it, and of those that
    can notice it, the likeliest first. `kept` is kept from fault to fault."""

    base: Numbered
    schema: Schema
    kept: Kept
    reached: Mapping[int, Sequence[int]]
    apart: Mapping[int, Sequence[int]]

    @property
    def program(self) -> Program:
        """The program as it stands."""
        return self.base.program


def base_of(program: Program) -> Numbered:
    """A program with its tests, of which faulty ones can be made. It is given its ids anew."""
    return Numbered(program)


def prepared(base: Numbered, schema: Schema, met: Sequence[Met]) -> Tried:
    """The same, from what each test comes to, in the order of the tests of the program."""
    program = base.program

    def by_fault(of: Sequence[frozenset[int]]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for test, numbers in enumerate(of):
            for number in numbers:
                found.setdefault(number, []).append(test)
        # A test in which few faults show is likely to be about one of them.
        for tests in found.values():
            tests.sort(key=lambda t: (-min(weight(program.tests[t]), 2), len(of[t]), t))
        return found

    return Tried(
        base=base,
        schema=schema,
        kept=Kept(base, schema),
        reached=by_fault([each.reached for each in met]),
        apart=by_fault([each.apart for each in met]),
    )


def tried(number: int, mutant: Mutant, all_: Tried) -> Trial:
    """Runs the tests that can notice a fault until one does; the fault has this number."""
    reached = all_.reached.get(number, ())
    if not reached:
        return Trial(mutant=mutant, end=End.UNREACHED)
    numbers = all_.apart.get(number, ())
    tests = all_.program.tests
    near = tests[(numbers or reached)[0]].whole
    if numbers:
        program = all_.base.with_declaration(mutant.part, mutant.name, mutant.declaration)
        memory = all_.kept.of(mutant, program)
        for count, n in enumerate(numbers, 1):
            test = tests[n]
            if not run_facts(test, program, all_.kept.facts(n), How(memory=memory)).passed:
                return Trial(
                    mutant=mutant,
                    end=End.NOTICED,
                    by=test.title,
                    tried=count,
                    come=len(reached),
                    near=near,
                )
    return Trial(mutant=mutant, end=End.SURVIVED, tried=len(numbers), come=len(reached), near=near)


def spread(mutants: Sequence[Mutant], most: int) -> Sequence[Mutant]:
    """At most so many of them, spread evenly over all."""
    if len(mutants) <= most:
        return mutants
    return [mutants[i * len(mutants) // most] for i in range(most)]
