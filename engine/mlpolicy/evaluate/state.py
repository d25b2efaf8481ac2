"""What an evaluation carries: the run, the subject, the assumptions, the nodes it makes.

A `Run` is one manifest under one program at one date. A `Subject` is one workload (or the
project) and what was met while evaluating it. An `Env` is a set of assumptions about a
subject: which values unknowns are narrowed to and which conditions are taken as settled.
Environments are never changed; assuming something makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from mlpolicy.core.facts import Document, Workload
from mlpolicy.core.node import node
from mlpolicy.core.numbers import Poly, Range, bases
from mlpolicy.core.program import Expr, LeafNode, Program
from mlpolicy.core.trace import Basis, Detail, StepKind
from mlpolicy.core.types import Type
from mlpolicy.core.values import UNKNOWN, Members, Num, RowId, Value, is_known
from mlpolicy.source import Origin, Place


class FaultError(Exception):
    """An error of one workload: it is reported there and leaves the others decided."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One step of the evaluation: what was evaluated, to what, from what. Becomes a `Step`.

    `asks` are the manifest paths that would fill this very node, where it is unknown; `own`
    the unknowns that its value rests on besides those of its children.
    """

    kind: StepKind
    name: str
    value: Value
    type: Type
    origin: Origin | None = None
    children: tuple[Node, ...] = ()
    detail: Detail | None = None
    refs: tuple[str, ...] = ()
    place: Place | None = None
    asks: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    basis: Basis = Basis.COMPUTED
    taken: bool = False
    _needs: tuple[str, ...] | None = None
    _slots: frozenset[str] | None = None

    @property
    def slots(self) -> frozenset[str]:
        """The unknowns the value depends on: where none of them is narrowed, it stays."""
        if self._slots is None:
            found: set[str] = set(self.own)
            if isinstance(self.value, Num):
                found.update(bases(self.value.poly))
            for child in self.children:
                found |= child.slots
            self._slots = frozenset(found)
        return self._slots

    @property
    def needs(self) -> tuple[str, ...]:
        """The paths without which the value stays unknown; none where it is known."""
        if self._needs is None:
            found: dict[str, None] = {}
            if not is_known(self.value):
                found.update(dict.fromkeys(self.asks))
                for child in self.children:
                    found.update(dict.fromkeys(child.needs))
                    if _may_apply(child):
                        # Its value may be known: whether it applies is not.
                        found.update(dict.fromkeys(child.children[0].needs))
            self._needs = tuple(found)
        return self._needs


def _may_apply(case: Node) -> bool:
    """A case whose guard is unknown. One that stands for all others has no guard."""
    guarded = case.kind is StepKind.CASE and case.name == "when"
    return guarded and case.children[0].value is UNKNOWN


@node
class Slot:
    """An unknown that something could fill: a manifest field, or the policy's own `?`."""

    key: str
    path: str
    name: str
    ask: str
    type: Type
    within: Range
    whole: bool
    state: str  # absent, unknown, estimate, unmeasured, policy
    place: Place | None


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A leaf as reached: its reasons and duties along the path, and the assumptions there."""

    leaf: LeafNode | None
    hold: str | None
    outcome: str  # the outcome; "infeasible" and "held" where there is none
    because: tuple[str, ...]
    refs: tuple[str, ...]
    owes: tuple[str, ...]
    env: Env
    provisional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What `answer` or `choice` stands for: a reached leaf, or the outcomes still possible
    where none is shown (`reached` None)."""

    reached: Reached | None
    outcomes: frozenset[str]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Bindings:
    """What names stand for inside a definition: rows, parameters, variables, the answer."""

    rows: tuple[tuple[str, RowId], ...] = ()
    names: tuple[tuple[str, Value], ...] = ()
    answer: Answer | None = None
    choice: Answer | None = None

    def row(self, table: str) -> RowId:
        return next(row for name, row in self.rows if name == table)

    def named(self, name: str) -> Value:
        return next(value for known, value in self.names if known == name)

    def with_row(self, row: RowId) -> Bindings:
        rest = tuple(pair for pair in self.rows if pair[0] != row.table)
        return Bindings((*rest, (row.table, row)), self.names, self.answer, self.choice)

    def with_name(self, name: str, value: Value) -> Bindings:
        rest = tuple(pair for pair in self.names if pair[0] != name)
        return Bindings(self.rows, (*rest, (name, value)), self.answer, self.choice)

    def inner(self) -> Bindings:
        """For the body of a definition: only the answer goes along."""
        return Bindings(answer=self.answer, choice=self.choice)

    @property
    def plain(self) -> Bindings:
        """Without the answer: conditions of the tree are remembered under these."""
        if self.answer is None and self.choice is None:
            return self
        return Bindings(self.rows, self.names)

    def speaker(self, answering: bool) -> tuple[Answer | None, Answer | None]:
        """The part of a memory's key that tells answers apart, where they matter."""
        return (self.answer, self.choice) if answering else (None, None)

    @property
    def tag(self) -> str:
        """Part of the identity of what is unknown inside."""
        rows = "".join(f"@{row}" for _, row in self.rows)
        names = "".join(
            f"({'|'.join(sorted(value.options or ()))})"
            for _, value in self.names
            if isinstance(value, Members)
        )
        return rows + names


NOTHING_BOUND = Bindings()


@dataclass(slots=True, eq=False, repr=False)
class Subject:
    """A workload, or the project (`workload` None), and what evaluating it met.

    While `watching` (the tree is being decided), the unknowns that are met are noted; while
    `doubting` (nothing is merely tried out), so are faults that cannot be excluded.
    """

    run: Run
    workload: Workload | None
    slots: dict[str, Slot] = field(default_factory=dict)
    splits: dict[str, dict[Fraction, None]] = field(default_factory=dict)
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: dict[str, tuple[str, tuple[str, ...], Place | None]] = field(default_factory=dict)
    watching: bool = True
    doubting: bool = True

    @property
    def prefix(self) -> str:
        return f"{self.workload.name}/" if self.workload else ""


@dataclass(slots=True, eq=False, repr=False)
class Turns:
    """What was met while evaluating that tells where an answer may turn: differences that were
    compared with zero, what a joined number may be, and words and days that something unknown
    was compared with. `open_words` are unknowns that were compared with another unknown."""

    compared: dict[object, Poly] = field(default_factory=dict)
    made: dict[str, dict[Poly, None]] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    words: dict[str, dict[str, None]] = field(default_factory=dict)
    open_words: set[str] = field(default_factory=set)
    days: dict[str, dict[int, None]] = field(default_factory=dict)

    def compare(self, difference: Poly) -> None:
        """A difference that was compared with zero, over the ranges its unknowns had there."""
        ranges = tuple(atom.range for atom in bases(difference).values())
        self.compared.setdefault((difference, ranges), difference)

    def join(self, slot: str, values: list[Poly], of: Type | None = None) -> None:
        """An unknown of its own that is one of these."""
        self.made.setdefault(slot, {}).update(dict.fromkeys(values))
        if of is not None:
            self.types.setdefault(slot, of)


@dataclass(slots=True, eq=False, repr=False)
class Run:
    """One manifest, one program, one date; and the two recursions, of evaluating an expression
    and of assuming a condition, so that the modules of their parts need not know them.
    `answers` is filled once all workloads are
    decided; until then nothing may ask for them. `turns` notes where answers may turn, while
    somebody wants to know; `met` holds what deciding the workloads noted."""

    program: Program
    document: Document
    as_of: int
    evaluate: Callable[[Expr, Env, Bindings], Node]
    assume: Callable[[Expr, bool, Env, Bindings], Env | None]
    explain: bool = True
    turns: Turns | None = None
    met: Turns = field(default_factory=Turns)
    subjects: dict[str, Subject] = field(default_factory=dict)
    envs: dict[str, Env] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    numbers: dict[int, tuple[Expr, int]] = field(default_factory=dict)
    classes: dict[Expr, int] = field(default_factory=dict)
    literals: dict[int, tuple[Expr, Node]] = field(default_factory=dict)
    indexes: dict[str, dict[str, list[int]] | None] = field(default_factory=dict)

    def same(self, expr: Expr) -> int:
        """A number that equal expressions share, worked out once for each. (An expression is
        kept along with its number, so that no other can come to have its `id`.)"""
        known = self.numbers.get(id(expr))
        if known is None:
            known = (expr, self.classes.setdefault(expr, len(self.classes)))
            self.numbers[id(expr)] = known
        return known[1]

    def workloads(self) -> Iterator[tuple[str, Env]]:
        for workload in self.document.workloads:
            yield workload.name, self.envs[workload.name]


@node
class Settled:
    """A condition taken as settled: what it was assumed to be, and what it rests on."""

    holds: bool
    slots: frozenset[str]


@dataclass(slots=True, eq=False, repr=False)
class Env:
    """Assumptions about one subject. `prefer` makes a choice among possible rows and cases:
    the sure one, else the first (for what is shown, never for what is firm).

    What was evaluated is remembered here, and carried over from the environment this one was
    made of where it cannot have changed: it was known already, or rests on no unknown that
    was narrowed since (`changed`).
    """

    subject: Subject
    narrowed: dict[str, Value | Range] = field(default_factory=dict)
    settled: dict[tuple[int, Bindings], Settled] = field(default_factory=dict)
    prefer: bool = False
    parent: Env | None = None
    changed: frozenset[str] = frozenset()
    base: Env | None = None
    memo: dict[object, Node] = field(default_factory=dict)
    candidates: dict[object, Candidate] = field(default_factory=dict)
    rows: dict[object, tuple[Candidate, ...]] = field(default_factory=dict)
    others: dict[str, Env] = field(default_factory=dict)
    shown: Env | None = None

    def narrow(self, slot: str, value: Value | Range) -> Env:
        narrowed = {**self.narrowed, slot: value}
        changed = frozenset((slot,))
        return Env(self.subject, narrowed, self.settled, self.prefer, self, changed, self.stated)

    def state(self, slot: str, value: Value | Range) -> Env:
        """As if the manifest stated it: what hangs on a statement hangs on this one too."""
        narrowed = {**self.narrowed, slot: value}
        return Env(self.subject, narrowed, self.settled, self.prefer, self, frozenset((slot,)))

    def state_all(self, values: Mapping[str, Value | Range], stated: Env | None = None) -> Env:
        """The same for several at once; on a path, with the environment of what is `stated`."""
        narrowed = {**self.narrowed, **values}
        changed = frozenset(values)
        return Env(self.subject, narrowed, self.settled, self.prefer, self, changed, stated)

    def seen(self, name: str, other: Env) -> Env:
        """The environment of another workload as it is from here: what is assumed here of its
        unknowns, or of the project's, holds there too."""
        if other.subject is self.subject:
            return self
        if not self.narrowed:
            return other
        found = self.others.get(name)
        if found is None:
            names = [f"{w.name}/" for w in self.subject.run.document.workloads]
            strange = tuple(n for n in names if n != f"{name}/")
            stated = {k: v for k, v in self.stated.narrowed.items() if not k.startswith(strange)}
            here = {k: v for k, v in self.narrowed.items() if not k.startswith(strange)}
            found = other.state_all(stated) if stated else other
            if here != stated:
                found = found.state_all(here, found.stated)
            self.others[name] = found
        return found

    @property
    def stated(self) -> Env:
        """The environment of what the manifest states, with nothing assumed: whether an
        absent input is assumed hangs on statements, never on what an arm takes for granted."""
        return self.base or self

    def settle(self, condition: Expr, bindings: Bindings, holds: bool, node: Node) -> Env:
        """The same with a condition taken as settled. That it is settled is an unknown of its
        own: what was evaluated from it holds only where it is, whatever else it rests on."""
        key = (self.subject.run.same(condition), bindings.plain)
        slots = node.slots | {f"{self.subject.prefix}settled:{key[0]}{key[1].tag}"}
        settled = {**self.settled, key: Settled(holds, slots)}
        return Env(self.subject, self.narrowed, settled, self.prefer, self, slots, self.stated)

    def preferring(self) -> Env:
        return Env(self.subject, self.narrowed, self.settled, True, base=self.stated)

    def for_text(self) -> Env:
        """The same, made once: what only a text shows is evaluated once. (A trace tells what is
        shared once, so what it shows as preferred is evaluated where it stands.)"""
        if self.shown is None:
            self.shown = self.preferring()
        return self.shown

    def remember(self, key: object, node: Node) -> None:
        """Remembers a node here, and further up as far as it is the same: in every
        environment between which nothing that it rests on was narrowed."""
        self.memo[key] = node
        env = self
        while env.parent is not None and env.changed.isdisjoint(node.slots):
            env = env.parent
            env.memo.setdefault(key, node)

    def remember_candidate(self, key: object, candidate: Candidate) -> None:
        """The same for a row of a shortlist."""
        self.candidates[key] = candidate
        env = self
        while env.parent is not None and env.changed.isdisjoint(candidate.node.slots):
            env = env.parent
            env.candidates.setdefault(key, candidate)

    def recall(self, key: object) -> Node | None:
        """What was evaluated under this key here, or before and is still so."""
        node = self.memo.get(key)
        if node is not None or self.parent is None:
            return node
        changed = self.changed
        env: Env | None = self.parent
        while env is not None:
            node = env.memo.get(key)
            if node is not None:
                if is_known(node.value) or changed.isdisjoint(node.slots):
                    self.memo[key] = node
                    return node
                return None
            changed |= env.changed
            env = env.parent
        return None

    def recall_same(self, key: object) -> Node | None:
        """What was evaluated under this key and follows from nothing that was narrowed since:
        not only the value is the same, but also what it came from."""
        changed: frozenset[str] = frozenset()
        env: Env | None = self
        while env is not None:
            node = env.memo.get(key)
            if node is not None:
                if not changed.isdisjoint(node.slots):
                    return None
                self.memo[key] = node
                return node
            changed |= env.changed
            env = env.parent
        return None

    def recall_candidate(self, key: object) -> Candidate | None:
        """The same for a row of a shortlist."""
        found = self.candidates.get(key)
        if found is not None or self.parent is None:
            return found
        changed = self.changed
        env: Env | None = self.parent
        while env is not None:
            found = env.candidates.get(key)
            if found is not None:
                if is_known(found.node.value) or changed.isdisjoint(found.node.slots):
                    self.candidates[key] = found
                    return found
                return None
            changed |= env.changed
            env = env.parent
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A row of a shortlist: does it remain, and at which line it drops out."""

    row: RowId
    node: Node
    parent: Node | None
    lines: tuple[Node, ...]
    dropped_at: str
