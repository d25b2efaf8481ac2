"""What was worked out for one document, for the next that states the same of what it rests on.

A search for changes asks about documents that differ in a few fields, and who judges a thousand
manifests asks the same of each. While something is worked out, it is noted what the manifest is
asked for it (`Frame.asked`): what it states of an input, a list or a catalogue; and of an
expression that is known whatever is assumed, what it comes to. So a result of one document is that
of another that gives the same answers (`asked.Asked`), where the same is assumed; so is what
follows from an assumption, and what a tree comes to from some node on. That a number differs
matters no more than what the policy makes of it.

What is stated is told apart by how it differs from the first document that was asked about, of
which the next ones share all that they do not change.

The observer of the next run is told what the first one was told (`Frame.told`). A result is not
kept where it hangs on the answer or on other workloads, and where not all was worked out.
"""

from __future__ import annotations

from collections.abc import Container, Hashable
from functools import partial

from mlpolicy.core.facts import Fact, differing, statement
from mlpolicy.core.operators.row import Applied
from mlpolicy.core.program import (
    CatalogRow,
    Expr,
    Known,
    Obligation,
    PathRef,
    Program,
    Rule,
    Tree,
    Typed,
)
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.values import NO, YES
from mlpolicy.core.visit import walk
from mlpolicy.evaluate.asked import Asked, Responses
from mlpolicy.evaluate.env import (
    NOTHING_BOUND,
    OPENED,
    Bindings,
    End,
    Env,
    Key,
    Notes,
    Result,
    Run,
    Spoken,
    Subject,
)
from mlpolicy.evaluate.inputs import input_bindings, steps_of
from mlpolicy.evaluate.unknowns import looked_up
from mlpolicy.typed import Any, Protocol

Steps = tuple[str, ...]

#: The id of an expression, or of a node of a tree, in this process: `("node", id(node))`.
Part = int | tuple[str, int]


#: What took fewer evaluations is worked out again as quickly as it is found.
WORTH_KEEPING = 6


_ALONE = Known(alone=True)


class Noted(Protocol):
    """Something that was worked out, with its notes."""

    @property
    def notes(self) -> Notes:
        """The notes that were taken meanwhile."""


class Memory:
    """Results of runs of one program for one day. It lives as long as a search, or as a run over
    many manifests."""

    def __init__(self, most: int | None = None) -> None:
        #: So many results are kept at the most, where that is said.
        self.most = most
        #: What serves other programs too, and of which expressions, by their ids.
        self._shared: Memory | None = None
        self._alike: Container[Part] = ()
        self.kept: dict[object, Asked] = {}
        self.exprs: dict[int, Expr] = {}
        self.literals: dict[int, Result] = {}
        self.applied: dict[int, Applied] = {}
        self.trees: dict[int, Known] = {}
        self.looked_up: frozenset[int] | None = None
        self.rules: dict[tuple[type, str], tuple[Known, bool]] = {}
        self.rows: dict[str, tuple[CatalogRow, ...]] = {}
        self.indexes: dict[str, dict[str, list[int]] | None] = {}
        #: The numbers of questions: what is stated of a name, of several (as the program has them,
        #: in bits), and to what an expression comes.
        self.places: dict[str, tuple[int]] = {}
        self._facts: dict[int, tuple[int, ...]] = {}
        self._values: dict[Key, tuple[int, ...]] = {}
        self._valued: list[tuple[Key, Expr, Known, Bindings, Spoken]] = []
        self._entries: Container[str] = ()
        self._paths: tuple[tuple[tuple[bool, Steps], ...], ...] = ()
        self._touched: dict[tuple[bool, Steps], tuple[int, ...]] = {}
        self._first: dict[int, tuple[Fact, Fact | None]] = {}
        self._said: dict[tuple[int, int], int] = {}
        self._ids: dict[Hashable, int] = {}
        #: How many results are kept; and of how many there was no room any more.
        self.size = self.refused = 0

    @property
    def is_worn(self) -> bool:
        """Was as much refused as is kept? Then what is asked by now is no longer what was asked
        when it was filled, and it is time to begin anew."""
        return self.most is not None and self.refused >= self.most

    def of_variant(self, program: Program, alike: Container[Part]) -> Memory:
        """A memory for a program that differs in a declaration from the one of this memory. What
        is `alike` comes to the same in both: its results serve every such program, one after the
        other. All else is kept for this one alone."""
        self._place(program)
        made = Memory()
        if tuple(self.places) == (*program.reads.facts, OPENED):
            made._shared, made._alike = self, alike
            made.places, made._paths, made._touched = self.places, self._paths, self._touched
            made._entries = self._entries
            made._facts, made._values, made._valued = self._facts, self._values, self._valued
            made._first, made._said, made._ids = self._first, self._said, self._ids
            made.exprs = self.exprs  # one that has another id is put in anew where it is met
        return made

    def _place(self, program: Program) -> None:
        if not self.places:
            names = (*program.reads.facts, OPENED)
            self.places = {name: (i,) for i, name in enumerate(names)}
            self._entries = frozenset(program.records)
            self._paths = tuple(_paths(name, program) for name in program.reads.facts)

    def _of(self, key: Key) -> Memory:
        """Where results under a key are kept."""
        shared = self._shared
        return shared if shared is not None and _part_of(key) in self._alike else self

    def serve(self, run: Run) -> None:
        """Gives a run what is the same for all documents."""
        self._place(run.program)
        run.exprs, run.literals, run.applied = self.exprs, self.literals, self.applied
        run.trees, run.rows, run.indexes = self.trees, self.rows, self.indexes
        if self.looked_up is None:
            self.looked_up = looked_up(run.program)
        run.looked_up = self.looked_up

    def recall(self, key: Key, known: Known, env: Env) -> Any:
        """What was kept under this key where the same was stated and assumed; else None."""
        if not known.repeats:
            return None
        asked = self._of(key).kept.get((env.subject.place, key))
        if asked is not None:
            for groups in asked.found(self._responses(env)):
                found = env.among(groups, known.conditions)
                if found is not None:
                    env.subject.run.take(found.notes)
                    return found
        return None

    def keep(
        self,
        key: Key,
        known: Known,
        made: Noted,
        reads: frozenset[Symbol],
        env: Env,
        worth: int = WORTH_KEEPING,
    ) -> None:
        """Keeps for the next runs what was made, which rests on `reads`, unless it took fewer
        evaluations than it is `worth`."""
        if known.repeats and made.notes.most_spent >= worth and not env.subject.run.unfinished:
            of = self._of(key)
            if of.most is not None and of.size >= of.most:
                of.refused += 1
                return
            asked = of.kept.get((env.subject.place, key))
            if asked is None:
                asked = of.kept[env.subject.place, key] = Asked()
            groups = asked.place(made.notes.asked, self._responses(env))
            env.put(groups, made, reads, known.conditions)
            of.size += 1

    def of_rule(self, rule: Rule | Obligation | Tree, env: Env) -> tuple[Known, bool]:
        """What is known of all that a rule, an obligation or a tree reads, its texts among it, the
        answer apart; and whether it reads that. Where there is but one workload, what is read over
        workloads is the same for the same answer."""
        run = env.subject.run
        name = rule.__class__, rule.name
        found = self.rules.get(name)
        if found is None:
            nodes = run.program.nodes
            parts = [nodes[e.id] for e in walk(rule) if isinstance(e, Typed) and e.id >= 0]
            alone = Known(alone=all(part.alone for part in parts))
            found = self.rules[name] = alone, any(part.answering for part in parts)
        if not found[0].alone and env.subject.workload is not None and run.is_single:
            return _ALONE, True
        return found

    def of_trees(self, env: Env) -> Known:
        """What is known of all that the trees read."""
        trees = env.subject.run.program.trees.values()
        return _ALONE if all(self.of_rule(tree, env)[0].alone for tree in trees) else Known()

    # ── What a manifest is asked ─────────────────────────────────────────────────────────

    def of_name(self, name: str) -> tuple[int, ...]:
        """The question what is stated of an input, a list or a catalogue; none where nothing can
        be."""
        return self.places.get(name, ())

    def of_facts(self, facts: int) -> tuple[int, ...]:
        """The same of several, as the program has them (`Known.facts`)."""
        found = self._facts.get(facts)
        if found is None:
            found = self._facts[facts] = tuple(i for i in range(len(self._paths)) if facts >> i & 1)
        return found

    def question(
        self, key: Key, expr: Expr, known: Known, b: Bindings, subject: Subject
    ) -> tuple[int, ...]:
        """The question to what an expression comes, which is known whatever is assumed; of one that
        reads the answer, to what it comes for this leaf of the tree. Of one that rests on an
        entry, which another manifest may not have, it is asked what is stated of all that it
        reads."""
        spoken: Spoken = None
        if known.answering:
            spoken = _ends_spoken_of(b, subject)
            if spoken is None:
                return self.of_facts(known.facts)
            key = (expr.id, b.bound(known.rows, known.names), *map(_named, spoken))
        found = self._values.get(key)
        if found is None:
            if any(row.of_manifest for _, row in b.rows):
                return self.of_facts(known.facts)
            found = self.of_facts(known.facts)
            if found and not any(name in self._entries for name in known.rows):
                found = (len(self.places) + len(self._valued),)
                self._valued.append((key, expr, known, Bindings(b.rows, b.names), spoken))
            self._values[key] = found
        return found

    def _responses(self, env: Env) -> Responses:
        """What the manifest of a subject answers to questions."""
        found: Responses | None = env.subject.responses
        if found is None:
            found = env.subject.responses = Responses(partial(self._response, env))
        return found

    def _response(self, env: Env, question: int) -> int:
        """What it answers to one, as a number that tells it from other answers."""
        subject = env.subject
        if question < len(self.places):
            differs = subject.differs
            if differs is None:
                differs = subject.differs = self._differing(env)
            return differs.get(question, 0)
        key, expr, known, b, spoken = self._valued[question - len(self.places)]
        ahead = subject.ahead
        if ahead is None:
            return -1
        said = ahead.found[key] if key in ahead.found else ahead.known(key, expr, known, b, spoken)
        if said is None:
            return -1
        value = said.value
        if value is YES or value is NO:  # most are conditions
            return -2 if value is YES else -3
        return self._ids.setdefault(value, len(self._ids))

    def _differing(self, env: Env) -> dict[int, int]:
        """The questions of which a subject states something else than in the first document, each
        with a number that tells apart what it states."""
        subject = env.subject
        run = subject.run
        found = {self.places[OPENED][0]: 1} if run.opened else {}
        project, workload = _roots(subject)
        first = self._first.setdefault(subject.place, (project, workload))
        touched: set[int] = set()
        for is_each, one, other in (
            (False, first[0], project),
            (True, first[1], workload),
        ):
            for steps in differing(one, other):
                touched.update(self._touching(is_each, steps))
        for place in touched:
            before = self._said.get((subject.place, place))
            if before is None:
                before = self._said[subject.place, place] = self._number(place, first)
            now = self._number(place, (project, workload))
            if before != now:
                found[place] = now
        return found

    def _number(self, place: int, roots: tuple[Fact, Fact | None]) -> int:
        """A number that tells apart what a manifest states at a place."""
        return self._ids.setdefault((place, self._stated(place, roots)), len(self._ids))

    def _touching(self, is_each: bool, steps: Steps) -> tuple[int, ...]:
        """What is read from a field, from one above it or from one below."""
        found = self._touched.get((is_each, steps))
        if found is None:
            found = self._touched[is_each, steps] = tuple(
                place
                for place, paths in enumerate(self._paths)
                if any(where is is_each and _meets(path, steps) for where, path in paths)
            )
        return found

    def _stated(self, place: int, roots: tuple[Fact, Fact | None]) -> Hashable:
        """What a manifest states of an input, of a list, or of a catalogue's rows."""
        found: list[Hashable] = []
        for is_each, path in self._paths[place]:
            root = roots[1] if is_each else roots[0]
            found.append(statement(root.get(*path) if root else None))
        return tuple(found)


def _ends_spoken_of(b: Bindings, subject: Subject) -> Spoken:
    """Where the tree ends by the answer and by the choice that an expression speaks of; None where
    one is the answer of another workload."""
    found: list[End | None] = []
    for answer in (b.answer, b.choice):
        if answer is None:
            found.append(None)
            continue
        reached = answer.reached
        if reached is not None and reached.env.subject is not subject:
            return None
        found.append((reached.leaf if reached is not None else None, answer.provisional))
    return found[0], found[1]


def _named(end: End | None) -> object:
    """What tells an end from others in this process."""
    return None if end is None else (id(end[0]), end[1])


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
