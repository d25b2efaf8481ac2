"""Which tests of a policy can notice a fault, and whether one of them does.

A test can notice a fault in a declaration where the steps of its decision come to it, or where what
it expects is worked out from it. The others are not run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mlpolicy.check.reads import named, reached
from mlpolicy.check.whole import whole
from mlpolicy.core.node import node
from mlpolicy.core.program import (
    ExpectedAnswer,
    ExpectedState,
    ExpectedStatus,
    ExpectedValue,
    PolicyTest,
    Program,
)
from mlpolicy.core.trace import walk
from mlpolicy.mutate.mutants import PARTS, Mutant
from mlpolicy.schema import Schema
from mlpolicy.source import Origin, Place
from mlpolicy.testing import TestResult, run_test
from mlpolicy.versions.mixed import PARTS as DECLARED_IN

#: A declaration, by the part of the program in which it stands and its name.
Key = tuple[str, str]


class End(StrEnum):
    """What became of a fault. The values are those of the JSON document."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNREACHED = "unreached"  # no test comes to it


@node(kw_only=True)
class Trial:
    """A fault and what became of it: `by` is the test that noticed it, `tried` how many tests were
    run, `near` is one that comes to it, or of whose examples a row does."""

    mutant: Mutant
    end: End
    by: str = ""
    tried: int = 0
    near: str = ""


# ── Which tests ──────────────────────────────────────────────────────────────────────────


class Map:
    """Where the declarations of a program stand, so that a place can be told to be in one."""

    def __init__(self, program: Program) -> None:
        self._starts: dict[str, list[tuple[int, int, Key]]] = {}
        for part in PARTS:
            for name, declared in getattr(program, part).items():
                origin: Origin = declared.origin
                last, _ = origin.source.position(max(origin.span.start, origin.span.end - 1))
                entry = (origin.place.line, last, (part, name))
                self._starts.setdefault(origin.source.name, []).append(entry)
        for entries in self._starts.values():
            entries.sort()

    def at(self, place: Place) -> Key | None:
        """The declaration in which a place lies."""
        entries = self._starts.get(place.file, [])
        found = bisect_right(entries, place.line, key=lambda entry: entry[0]) - 1
        if found < 0 or entries[found][1] < place.line:
            return None
        return entries[found][2]


@node
class Touches:
    """What a test can notice a fault in, and the lines (by file) that its steps come to."""

    declared: frozenset[Key]
    lines: frozenset[tuple[str, int]]


def touched(test: PolicyTest, result: TestResult, program: Program, places: Map) -> Touches:
    """What a test can notice a fault in. `result` is its own, traced."""
    found: set[Key] = set()
    lines: set[tuple[str, int]] = set()
    states = {each.name for each in test.expected if isinstance(each, ExpectedState)}
    if result.decision is not None:
        for step in walk(result.decision.trace):
            key = places.at(step.at) if step.at is not None else None
            if step.at is not None:
                lines.add((step.at.file, step.at.line))
            # What a rule comes to is seen by the tests that ask for it alone.
            if key is not None and (key[0] not in ("rules", "obligations") or key[1] in states):
                found.add(key)
    for name in states:
        found.update({("rules", name), ("obligations", name)})
    for expected in test.expected:
        if isinstance(expected, ExpectedValue):
            for expr in reached((expected.value, expected.expected), program):
                for kind, name in named(expr, program):
                    found.update((part, name) for part in DECLARED_IN[kind])
    return Touches(frozenset(found), frozenset(lines))


def weight(test: PolicyTest) -> int:
    """How much a test expects: those that ask for the answer notice most."""
    answers = (ExpectedAnswer, ExpectedStatus)
    return sum(2 if isinstance(each, answers) else 1 for each in test.expected)


# ── Trying them ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What is the same for all faults of a policy: its program with its tests, the schema of its
    manifests, for each declaration the numbers of the tests that can notice a fault in it, and for
    each test the lines that it comes to."""

    program: Program
    schema: Schema
    tests: Mapping[Key, tuple[int, ...]]
    lines: Sequence[frozenset[tuple[str, int]]]


def prepared(program: Program, schema: Schema, touches: Sequence[Touches]) -> Tried:
    """The same, from what each test touches, in the order of `program.tests`."""
    found: dict[Key, list[int]] = {}
    for number, each in enumerate(touches):
        for key in each.declared:
            found.setdefault(key, []).append(number)
    order = {
        key: tuple(sorted(numbers, key=lambda n: (-weight(program.tests[n]), n)))
        for key, numbers in found.items()
    }
    return Tried(
        program=program, schema=schema, tests=order, lines=[each.lines for each in touches]
    )


def tried(mutant: Mutant, all_: Tried) -> Trial:
    """Runs the tests that can notice a fault until one does."""
    numbers = all_.tests.get((mutant.part, mutant.name), ())
    if not numbers:
        return Trial(mutant=mutant, end=End.UNREACHED)
    # Those whose steps come to the very line are the likeliest to notice.
    line = mutant.at.file, mutant.at.line
    numbers = tuple(sorted(numbers, key=lambda number: line not in all_.lines[number]))
    tests = all_.program.tests
    near = tests[numbers[0]].whole
    declared = {**getattr(all_.program, mutant.part), mutant.name: mutant.declaration}
    changed: dict[str, Any] = {mutant.part: declared}
    program = whole(replace(all_.program, tests=tuple(tests[n] for n in numbers), **changed))
    for count, test in enumerate(program.tests, 1):
        if not run_test(test, program, all_.schema).passed:
            return Trial(mutant=mutant, end=End.NOTICED, by=test.title, tried=count, near=near)
    return Trial(mutant=mutant, end=End.SURVIVED, tried=len(numbers), near=near)


def spread(mutants: Iterable[Mutant], most: int) -> tuple[tuple[Mutant, ...], int]:
    """At most so many of them, spread evenly over all; and how many there are."""
    every = tuple(mutants)
    if len(every) <= most:
        return every, len(every)
    return tuple(every[i * len(every) // most] for i in range(most)), len(every)
