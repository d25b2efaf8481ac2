"""What was worked out for one document, for the next that states the same of what it rests on.

A search for changes puts a hundred questions to documents that differ in a few fields. While
something is worked out, the facts of the manifest are noted that are read for it (`Frame.facts`).
So a result of one document is that of another where both state the same there, and the same is
assumed; so is what follows from an assumption, and what a tree comes to from some node on.

What is stated is told apart by how it differs from the first document that was asked about, of
which the next ones share all that they do not change.

The observer of the next run is told what the first one was told (`Frame.told`). A result is not
kept where it hangs on the answer or on other workloads, and where not all was worked out.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Mapping

from mlpolicy.core.facts import Fact, differing, statement
from mlpolicy.core.operators.row import Applied
from mlpolicy.core.program import CatalogRow, Expr, Known, PathRef, Program
from mlpolicy.core.symbols import Symbol
from mlpolicy.evaluate.env import (
    NOTHING_BOUND,
    OPENED,
    Env,
    Groups,
    Key,
    Notes,
    Result,
    Run,
    Subject,
)
from mlpolicy.evaluate.inputs import input_bindings, steps_of
from mlpolicy.typed import Any, Protocol

Steps = tuple[str, ...]

#: The id of an expression, or of a node of a tree, in this process: `("node", id(node))`.
Part = int | tuple[str, int]


class Noted(Protocol):
    """Something that was worked out, with its notes."""

    @property
    def notes(self) -> Notes:
        """The notes that were taken meanwhile."""


class Memory:
    """Results of runs of one program for one day. It lives as long as a search."""

    def __init__(self) -> None:
        #: What serves other programs too, and of which expressions, by their ids.
        self._shared: Memory | None = None
        self._alike: Container[Part] = ()
        self.kept: dict[object, dict[int, dict[object, Groups]]] = {}
        self.exprs: dict[int, Expr] = {}
        self.literals: dict[int, Result] = {}
        self.applied: dict[int, Applied] = {}
        self.trees: dict[int, Known] = {}
        self.rows: dict[str, tuple[CatalogRow, ...]] = {}
        self.indexes: dict[str, dict[str, list[int]] | None] = {}
        self.places: dict[str, int] = {}
        self._paths: dict[int, tuple[tuple[bool, Steps], ...]] = {}
        self._touched: dict[tuple[bool, Steps], int] = {}
        self._first: dict[str, tuple[Fact, Fact | None]] = {}
        self._ids: dict[Hashable, int] = {}
        #: How many results are kept.
        self.size = 0

    def of_variant(self, program: Program, alike: Container[Part]) -> Memory:
        """A memory for a program that differs in a declaration from the one of this memory. What
        is `alike` comes to the same in both: its results serve every such program, one after the
        other. All else is kept for this one alone."""
        self._place(program)
        made = Memory()
        if tuple(self.places) == (*program.reads.facts, OPENED):
            made._shared, made._alike = self, alike
            made.places, made._paths, made._touched = self.places, self._paths, self._touched
            made._first, made._ids = self._first, self._ids
            made.exprs = self.exprs  # one that has another id is put in anew where it is met
        return made

    def _place(self, program: Program) -> None:
        if not self.places:
            names = (*program.reads.facts, OPENED)
            self.places = {name: 1 << i for i, name in enumerate(names)}
            self._paths = {self.places[n]: _paths(n, program) for n in program.reads.facts}

    def _of(self, key: Key) -> Memory:
        """Where results under a key are kept."""
        shared = self._shared
        return shared if shared is not None and _part_of(key) in self._alike else self

    def serve(self, run: Run) -> None:
        """Gives a run what is the same for all documents."""
        self._place(run.program)
        run.places = self.places
        run.exprs, run.literals, run.applied = self.exprs, self.literals, self.applied
        run.trees, run.rows, run.indexes = self.trees, self.rows, self.indexes

    def recall(self, key: Key, known: Known, env: Env) -> Any:
        """What was kept under this key where the same was stated and assumed; else None."""
        if not known.repeats:
            return None
        for facts, stated in self._of(key).kept.get((env.subject.name, key), _NOTHING).items():
            groups = stated.get(self._stamp(facts, env))
            if groups is not None:
                found = env.among(groups, known.conditions)
                if found is not None:
                    env.subject.run.take(found.notes)
                    return found
        return None

    def keep(self, key: Key, known: Known, made: Noted, reads: frozenset[Symbol], env: Env) -> None:
        """Keeps for the next runs what was made, which rests on `reads`."""
        if known.repeats and not env.subject.run.unfinished:
            facts = made.notes.facts
            of = self._of(key)
            stated = of.kept.setdefault((env.subject.name, key), {}).setdefault(facts, {})
            groups = stated.setdefault(self._stamp(facts, env), {})
            env.put(groups, made, reads, known.conditions)
            of.size += 1

    def _stamp(self, facts: int, env: Env) -> object:
        """What tells apart what is stated of a set of facts (as bits)."""
        subject = env.subject
        differs = subject.differs
        if differs is None:
            differs = subject.differs = self._differing(env)
        found = subject.stamps.get(facts)
        if found is None:
            found = tuple([(bit, what) for bit, what in differs.items() if bit & facts])
            subject.stamps[facts] = found
        return found

    def _differing(self, env: Env) -> dict[int, int]:
        """The facts of which a subject states something else than in the first document, each with
        a number that tells apart what it states."""
        subject = env.subject
        run = subject.run
        found = {self.places[OPENED]: 1} if run.opened else {}
        project, workload = _roots(subject)
        first = self._first.setdefault(subject.name, (project, workload))
        touched = 0
        for is_each, before, now in (
            (False, first[0], project),
            (True, first[1], workload),
        ):
            for steps in differing(before, now):
                touched |= self._touching(is_each, steps)
        for bit in (1 << i for i in range(touched.bit_length()) if touched >> i & 1):
            before_said, now_said = (
                self._ids.setdefault((bit, self._stated(bit, roots)), len(self._ids))
                for roots in (first, (project, workload))
            )
            if before_said != now_said:
                found[bit] = now_said
        return found

    def _touching(self, is_each: bool, steps: Steps) -> int:
        """The facts, as bits, that are read from a field, from one above it or from one below."""
        found = self._touched.get((is_each, steps))
        if found is None:
            found = 0
            for bit, paths in self._paths.items():
                if any(where is is_each and _meets(path, steps) for where, path in paths):
                    found |= bit
            self._touched[is_each, steps] = found
        return found

    def _stated(self, bit: int, roots: tuple[Fact, Fact | None]) -> Hashable:
        """What a manifest states of an input, of a list, or of a catalogue's rows."""
        found: list[Hashable] = []
        for is_each, path in self._paths[bit]:
            root = roots[1] if is_each else roots[0]
            found.append(statement(root.get(*path) if root else None))
        return tuple(found)


_NOTHING: Mapping[int, Mapping[object, Groups]] = {}


def _part_of(key: Any) -> Part:
    """The part of a program that a key is of."""
    while isinstance(key, tuple):
        if key[0] == "node":
            return key
        key = key[2] if key[0] == "assume" else key[0]
    found: int = key
    return found


def _roots(subject: Subject) -> tuple[Fact, Fact | None]:
    """What a subject's document states of the project, and of the workload."""
    workload = subject.workload
    return subject.run.document.project, workload.fact if workload else None


def _paths(name: str, program: Program) -> tuple[tuple[bool, Steps], ...]:
    """The fields that an input, a list or a catalogue is read from, one for each key."""
    declared = program.inputs.get(name)
    found: list[tuple[PathRef, Steps]] = []
    if declared is not None:
        for key in declared.key.members if declared.key is not None else ("",):
            b = input_bindings(declared, key, NOTHING_BOUND)
            paths = (path for source in declared.sources for path in source.paths)
            found.extend((path, steps_of(path, b)) for path in paths)
    if name in program.records:
        path = program.records[name].path
        found.append((path, path.steps))
    override = program.catalogs[name].override if name in program.catalogs else None
    if override is not None:
        found.append((override, override.steps))
    return tuple([(path.scope.is_each, steps) for path, steps in found])


def _meets(path: Steps, other: Steps) -> bool:
    """Is one of two fields the other, or below it?"""
    return all(a == b for a, b in zip(path, other, strict=False))
