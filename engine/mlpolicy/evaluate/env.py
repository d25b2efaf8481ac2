"""What a value is evaluated in: the run, the subject, and what is assumed.

A `Run` is one manifest under one program at one date. A `Subject` is one workload, or the
project. An `Env` is what is assumed about a subject: to what its symbols are refined, and which
conditions are taken as settled (the path condition). An environment never changes; assuming
something makes a new one.

What was evaluated is kept. A result says on which symbols it rests (`Result.reads`), and the
program says which conditions an expression may meet (`Known.conditions`). So a result holds in
every environment that says the same of these, and is found again there; and what is known
stays known in every environment made of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from mlpolicy.core.facts import Document, Workload
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.numbers import Poly, Range
from mlpolicy.core.operators.row import Applied
from mlpolicy.core.program import CatalogRow, Define, Expr, Known, LeafNode, Program
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import PROJECT_PLACE, Bound, Symbol, is_limit
from mlpolicy.core.types import Type
from mlpolicy.core.values import Members, Value, is_known
from mlpolicy.dataclass import dataclass, field
from mlpolicy.source import Place
from mlpolicy.typed import Any, ClassVar, Protocol

#: How many expressions are evaluated for one workload at a time (deciding, judging, explaining)
#: before what is open is not worked out further; and how many more for each workload there is,
#: since a sum goes over all of them.
BUDGET = 400_000
BUDGET_OF_EACH = 2_000

#: So many conditions one assumption looks through.
MOST_LOOKS = 2_000

#: What stands among the facts of a manifest for whether fields of it were opened for a query.
OPENED = ""


class FaultError(Exception):
    """An error of one workload: it is reported there and leaves the others decided."""

    def __init__(self, fault: Fault, place: Place | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.place = place


#: Tells an observer again what it was told when something was worked out.
Told = Callable[["Observer"], None]


#: Questions that were put to a manifest, as numbers, in order.
Questions = tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True, caches=True)
class Notes:
    """What a memory has to know of something that was worked out, to give it to another run:
    what was `asked` of the manifest for it, in order (see `memory`); what an observer was `told`
    meanwhile, here and (as notes) for its parts, `doubted` where that was a doubt; and what
    was `spent` and looked through (`looks`) for it, without its parts. With these it was no more
    than `most_spent` and `most_looks`, in which what several parts share counts for each."""

    asked: Questions = ()
    told: tuple[Told | Notes, ...] = ()
    doubted: bool = False
    spent: int = 0
    looks: int = 0
    most_spent: int = 0
    most_looks: int = 0

    @cached_property
    def whole(self) -> tuple[int, int]:
        """What was spent and looked through for it, its parts included, each once."""
        spent = looks = 0
        seen = {self}
        waiting = [self]
        while waiting:
            here = waiting.pop()
            spent += here.spent
            looks += here.looks
            for each in here.told:
                if isinstance(each, Notes) and each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return spent, looks


NO_NOTES = Notes()

#: More than any limit: what is shared by many parts would be counted up to numbers of any length.
_MUCH = 1 << 40


@dataclass(eq=False, kw_only=True)
class Result:
    """A value, and on what it rests: `reads` are all symbols met while it was worked out,
    `open` those that can still change it, in the order they were met (none where it is known).
    `notes` are for a memory, where there is one."""

    value: Value
    reads: frozenset[Symbol]
    open: Mapping[Symbol, None]
    known: bool
    notes: Notes = NO_NOTES


class Frame:
    """Collects on what a value rests while it is worked out. Notes are taken of all that is
    evaluated meanwhile, whether or not the value turns out to rest on it. What the first part rests
    on is shared with it: most values rest on what one part of them does."""

    __slots__ = (
        *("_asked", "_first", "_is_own", "doubted", "looks", "most_looks", "most_spent", "open"),
        *("reads", "spent", "told"),
    )

    def __init__(self) -> None:
        self.reads = NO_SYMBOLS
        self.open: Mapping[Symbol, None] = NOTHING_OPEN
        self._first: Questions = ()
        self._asked: dict[int, None] | None = None
        self.spent = self.looks = self.most_spent = self.most_looks = 0
        self.told: tuple[Told | Notes, ...] = ()
        self.doubted = False
        self._is_own = False

    def add(self, result: Result) -> None:
        """Takes in what a part rests on."""
        reads = result.reads
        if reads:
            mine = self.reads
            if not mine:
                self.reads = reads
            elif mine is not reads:
                self.reads = mine | reads
            if result.open:
                self.wait_for(result.open)

    def rest_on(self, symbols: Iterable[Symbol]) -> None:
        """Takes in symbols that the value rests on, known or not."""
        self.reads = self.reads.union(symbols)

    def wait_for(self, symbols: Mapping[Symbol, None]) -> None:
        """Takes in symbols that can still change the value."""
        if not self.open:
            self.open = symbols
        elif self.open is not symbols:
            if not self._is_own:
                self.open = dict(self.open)
                self._is_own = True
            self.open.update(symbols)  # type: ignore[attr-defined] # it is our own

    def meet(self, symbol: Symbol) -> None:
        """Takes in a symbol that is read and can still change the value."""
        self.reads |= {symbol}
        self.wait_for({symbol: None})

    def drop(self, symbols: Iterable[Symbol]) -> None:
        """Takes out symbols that cannot change the value."""
        self.open = {symbol: None for symbol in self.open if symbol not in symbols}
        self._is_own = True

    def note(self, notes: Notes) -> None:
        """Takes in the notes of a part."""
        if notes is not NO_NOTES:
            self.ask(notes.asked)
            self.told += (notes,)
            self.most_spent += notes.most_spent
            self.most_looks += notes.most_looks
            self.doubted = self.doubted or notes.doubted

    def ask(self, questions: Questions) -> None:
        """Notes questions that are put to the manifest. Those of the first part are shared with it:
        often no part asks anything else."""
        if not self._first:
            self._first = questions
        elif self._first is not questions:
            if self._asked is None:
                self._asked = dict.fromkeys(self._first)
            self._asked.update(dict.fromkeys(questions))

    @property
    def asked(self) -> Questions:
        """What the manifest was asked, each thing once."""
        if self._asked is None or len(self._asked) == len(self._first):
            return self._first
        return tuple(self._asked)

    def notes(self) -> Notes:
        """The notes that were taken."""
        if self._first or self.told:
            return Notes(
                asked=self.asked,
                told=self.told,
                doubted=self.doubted,
                spent=self.spent,
                looks=self.looks,
                most_spent=min(self.spent + self.most_spent, _MUCH),
                most_looks=min(self.looks + self.most_looks, _MUCH),
            )
        return NO_NOTES

    def result(self, value: Value) -> Result:
        """The value with what it rests on: all symbols that its parts met, and the open ones where
        the value itself is open."""
        known = is_known(value)
        return Result(
            value=value,
            reads=self.reads,
            open=NOTHING_OPEN if known else self.open,
            known=known,
            notes=self.notes() if self._first or self.told else NO_NOTES,
        )


#: No symbols: on them rests what is known.
NO_SYMBOLS: frozenset[Symbol] = frozenset()
NOTHING_OPEN: Mapping[Symbol, None] = {}


@node
class Doubt:
    """A fault that could not be excluded: for what (the place of a workload, or of the project),
    what may happen, and where."""

    subject: int
    fault: Fault
    needs: tuple[Symbol, ...]
    place: Place | None


class Observer:
    """Is told what is met while something is evaluated. This one takes no notice. Only one that
    `compares` is told what is compared, and with what."""

    __slots__ = ()
    compares: ClassVar[bool] = False

    def compared(self, difference: Poly) -> None:
        """A difference, not known, is compared with zero."""

    def joined(self, symbol: Symbol, values: list[Poly], of: Type | None) -> None:
        """`symbol` is one of these numbers."""

    def words(self, symbols: frozenset[Symbol], words: frozenset[str] | None) -> None:
        """A text or set that rests on these symbols is compared with these words (None: with
        another unknown one)."""

    def days(self, symbols: frozenset[Symbol], days: list[int]) -> None:
        """A date that rests on these symbols is compared with these days (ordinals)."""

    def doubt(self, key: object, doubt: Doubt) -> None:
        """A fault cannot be excluded."""


@node(eq=False)
class Reached:
    """A leaf as reached: what was assumed on the way, and how the reasons told there read."""

    leaf: LeafNode
    env: Env
    because: Callable[[], tuple[str, ...]]


@node(kw_only=True, eq=False)
class Answer:
    """What `answer` or `choice` stands for: a reached leaf, or the outcomes still possible where
    none is shown (`reached` None); empty: nothing is known. `held` where the tree holds it
    back. `whole` where something is judged by it: of an attribute that is open, every value then
    counts, and not the one that is shown."""

    reached: Reached | None
    outcomes: frozenset[str]
    provisional: bool
    held: bool = False
    whole: bool = False


class Bindings:
    """What names stand for inside a definition: rows, parameters and variables, the answer."""

    __slots__ = ("answer", "choice", "names", "rows")

    def __init__(
        self,
        rows: tuple[tuple[str, RowId], ...] = (),
        names: tuple[tuple[str, Members], ...] = (),
        answer: Answer | None = None,
        choice: Answer | None = None,
    ) -> None:
        self.rows = rows
        self.names = names
        self.answer = answer
        self.choice = choice

    def row(self, table: str) -> RowId:
        """The row that stands for a table here. INVARIANT: the checker has seen that there is
        one."""
        for name, row in self.rows:
            if name == table:
                return row
        raise KeyError(table)

    def named(self, name: str) -> Members:
        """The members that a parameter or variable stands for here. INVARIANT: the checker has seen
        that it is bound."""
        for known, value in self.names:
            if known == name:
                return value
        raise KeyError(name)

    def with_row(self, row: RowId) -> Bindings:
        """These bindings, with a row for its table."""
        rest = [pair for pair in self.rows if pair[0] != row.table]
        return Bindings((*rest, (row.table, row)), self.names, self.answer, self.choice)

    def with_name(self, name: str, value: Members) -> Bindings:
        """These bindings, with members for a parameter or variable."""
        rest = [pair for pair in self.names if pair[0] != name]
        return Bindings(self.rows, (*rest, (name, value)), self.answer, self.choice)

    def inner(self) -> Bindings:
        """For the body of a definition: only the answer goes along."""
        return Bindings((), (), self.answer, self.choice) if self.rows or self.names else self

    def bound(self, rows: tuple[str, ...], names: tuple[str, ...]) -> Bound:
        """What these tables and names stand for, as a part of an identity."""
        if not rows and not names:
            return ()
        if not names and not rows[1:] and not self.rows[1:]:
            return self.rows  # there is one row, which is meant
        found: list[tuple[str, RowId | tuple[str, ...]]] = [(n, self.row(n)) for n in rows]
        for name in names:
            options = self.named(name).options or ()
            found.append((name, tuple(sorted(options) if len(options) > 1 else options)))
        return tuple(found)


NOTHING_BOUND = Bindings()

#: What tells the results of one expression apart: its id; with what its names stand for, and the
#: answers it may speak of, where it has such.
Key = object


#: Where a tree may end: the leaf, None where none is reached that gives an answer; and whether the
#: answer may still change.
End = tuple[LeafNode | None, bool]

#: The ends that `answer` and `choice` of an expression stand for, each None where nothing does.
Spoken = tuple[End | None, End | None] | None


class Ahead(Protocol):
    """Says what is known of a subject with nothing assumed, before it is worked out here: a
    compiled form. It must say just what would come out, and nothing of what is not known. `found`
    is what it has said so far, by the keys of results."""

    found: dict[Key, Result | None]

    def known(
        self, key: Key, expr: Expr, known: Known, b: Bindings, spoken: Spoken = None
    ) -> Result | None:
        """The result of an expression (`known` is what the program says of it), if it is known
        whatever is assumed; None where the reference has to work it out. With `spoken`, `answer`
        and `choice` stand for these ends of the tree, whatever is bound."""

    @property
    def has_read(self) -> frozenset[str]:
        """The inputs of which what the manifest states was read already, and no fault found."""


class Group:
    """What was made under one key of what rests on the same symbols, by what was assumed of these;
    and the symbols of which something was assumed each time."""

    __slots__ = ("made", "symbols")

    def __init__(self, symbols: frozenset[Symbol], made: dict[object, Any]) -> None:
        self.symbols = symbols
        self.made = made


#: What was made under one key, by the symbols that it rests on.
Groups = dict[frozenset[Symbol], Group]


@dataclass(eq=False, kw_only=True)
class Subject:
    """A workload, or the project (`workload` None). `place` is that of its
    symbols; `kept` is what was worked out for it; `differs` and `responses` tell apart what is
    stated of it (see `memory`). `ahead` is asked first, where there is one."""

    run: Run
    workload: Workload | None
    place: int
    kept: dict[Key, Groups] = field(default_factory=dict)
    differs: dict[int, int] | None = None
    responses: Any = None
    envs: list[Env] = field(default_factory=list)
    ahead: Ahead | None = None

    @property
    def name(self) -> str:
        """The workload's name; empty for the project."""
        return self.workload.name if self.workload else ""

    def forget(self) -> None:
        """Gives back the memory for what was worked out of it: it would be worked out again."""
        for env in self.envs:
            env.memo.clear()
            env.assumed.clear()
            env.seen_as.clear()
            env.of_reads.clear()
            env.of_conditions.clear()
        del self.envs[1:]  # the first one assumes nothing, and stays
        self.kept.clear()
        self.responses = None


@dataclass(eq=False, kw_only=True, caches=True)
class Run:
    """One manifest, one program, one date.

    `meaning` is the match over all kinds of expression, which the parts of the meaning reach
    their inner expressions by. `answers` is filled once all workloads are decided; until then
    nothing may ask for them. `envs` are by the names of the subjects, `subjects` by their places.
    `opened` says that fields were opened for a query: then what is unknown may come to be known.
    `spent` counts evaluated expressions; past `budget`, which `allow` sets anew, what is open is
    not worked out further, and `unfinished` says where, by workload and expression. With a
    `share`, only such a part of it may be spent; `far` says that a limit was reached of which
    nothing else tells. `rows` are those of catalogues that are
    in force, `indexes` the same by their first key; `trees` what is known of the nodes of
    trees, by their `id`; `told` what the observer was told out of a memory; `taken` what came out
    of it of which it was not counted yet what it took, and `owed` the most that this can be.
    """

    program: Program
    document: Document
    as_of: int
    meaning: Callable[[Expr, Env, Bindings], Value]
    opened: bool = False
    share: int = 1
    budget: int = BUDGET
    spent: int = 0
    looks: int = 0
    far: bool = False
    depth: int = 0
    memory: Any = None
    observer: Observer = field(default_factory=Observer)
    frame: Frame = field(default_factory=Frame)
    envs: dict[str, Env] = field(default_factory=dict)
    subjects: list[Env] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    literals: dict[int, Result] = field(default_factory=dict)
    exprs: dict[int, Expr] = field(default_factory=dict)
    applied: dict[int, Applied] = field(default_factory=dict)
    rows: dict[str, tuple[CatalogRow, ...]] = field(default_factory=dict)
    indexes: dict[str, dict[str, list[int]] | None] = field(default_factory=dict)
    trees: dict[int, Known] = field(default_factory=dict)
    told: set[Notes] = field(default_factory=set)
    taken: list[Notes] = field(default_factory=list)
    owed: int = 0
    cells: dict[int, Place] | None = None
    looked_up: frozenset[int] | None = None
    tables: dict[int, Define] | None = None
    columns: dict[int, Expr] | None = None
    unfinished: dict[tuple[str, int], Place | None] = field(default_factory=dict)

    def doubt(self, key: object, doubt: Doubt) -> None:
        """Tells the observer that a fault cannot be excluded."""
        self.tell(lambda observer: observer.doubt(key, doubt))
        self.frame.doubted = True

    def tell(self, told: Told) -> None:
        """Tells the observer, and takes a note of it where a memory may want to tell another."""
        told(self.observer)
        if self.memory is not None:
            self.frame.told += (told,)

    def spend(self, much: int) -> None:
        """Counts what something takes besides the evaluation of its parts."""
        self.spent += much
        self.frame.spent += much

    @cached_property
    def is_single(self) -> bool:
        """Is there one workload, which names no other? Then all that is read over workloads is what
        this one states."""
        workloads = self.document.workloads
        return len(workloads) == 1 and workloads[0].fact.get("depends_on") is None

    @property
    def compares(self) -> bool:
        """Does anybody want to know what is compared?"""
        return self.observer.compares or self.memory is not None

    def limited(self, symbols: Iterable[Symbol]) -> bool:
        """Is one of the symbols something that was not worked out further? (What a memory keeps for
        other runs rests on none.)"""
        return bool(self.unfinished) and any(map(is_limit, symbols))

    def allow(self) -> None:
        """Lets the next subject be worked out, whatever those before it have taken."""
        self.count()
        self.taken, self.owed = [], 0
        whole = BUDGET + BUDGET_OF_EACH * len(self.document.workloads)
        self.budget = self.spent + whole // self.share

    def ask(self, name: str) -> None:
        """Notes that the manifest is asked for what it states of an input, a list or a catalogue,
        where a memory wants to know."""
        if self.memory is not None:
            self.frame.ask(self.memory.of_name(name))

    def take(self, notes: Notes) -> None:
        """Tells the observer what was told when something was made that comes out of a memory, each
        thing once. Where a run has but a share of what may be spent, what was spent on it then is
        counted too: it comes as near to the limit as if all of it was worked out. To count it
        takes time, so that it is only done where it may come to the limit (`count`)."""
        if self.observer.compares or notes.doubted:
            self._tell([notes])
        elif self.share > 1:
            if self.depth and self.looks + notes.most_looks >= MOST_LOOKS:
                self._tell([notes])
                return
            self.looks += notes.most_looks if self.depth else 0
            self.taken.append(notes)
            self.owed += notes.most_spent
            if self.spent + self.owed > self.budget:
                self.count()

    def count(self) -> None:
        """Counts what was spent on all that was taken, where that may be more than there is."""
        if self.spent + self.owed > self.budget:
            # First each by itself: only where that is too much, what several share is counted once.
            self.taken = list(dict.fromkeys(self.taken))
            self.owed = sum(notes.whole[0] for notes in self.taken)
            if self.spent + self.owed > self.budget:
                taken, self.taken, self.owed = self.taken, [], 0
                self._tell(taken)

    def _tell(self, taken: list[Notes]) -> None:
        observer = self.observer
        whole = observer.compares or self.share > 1
        seen, spent, looks = self.told, 0, 0
        waiting: list[Told | Notes] = [*reversed(taken)]
        while waiting:  # in the order in which it was told then
            here = waiting.pop()
            if not isinstance(here, Notes):
                here(observer)
            elif here not in seen and (whole or here.doubted):
                seen.add(here)
                spent += here.spent
                looks += here.looks
                tells = observer.compares or here.doubted
                waiting += [e for e in reversed(here.told) if tells or isinstance(e, Notes)]
        if self.share > 1:
            self.spent += spent
            self.looks += looks if self.depth else 0
            self.far = self.far or self.spent > self.budget

    def forget(self) -> None:
        """Lets go of all that is remembered, once nobody will ask any more. The environments and
        what is remembered in them refer to each other, so that without this they would wait for
        the search for garbage, which takes a third of the time of deciding many manifests."""
        for env in self.envs.values():
            env.subject.forget()
        self.envs.clear()
        self.subjects.clear()
        self.answers.clear()

    @contextmanager
    def observed(self, observer: Observer) -> Iterator[None]:
        """While it lasts, `observer` is told what is met."""
        before = self.observer, self.told
        self.observer, self.told = observer, set()
        try:
            yield
        finally:
            self.observer, self.told = before

    @property
    def project(self) -> Env:
        """The environment of the project, with nothing assumed."""
        return self.envs[""]

    def workloads(self) -> Iterator[tuple[str, Env]]:
        """The workloads in the order of the manifest, with nothing assumed."""
        for workload in self.document.workloads:
            yield workload.name, self.envs[workload.name]


@node(eq=False)
class Settled:
    """A condition taken as settled: what it is assumed to be, and on what it rests."""

    holds: bool
    reads: frozenset[Symbol]


#: What is assumed of symbols, and of which.
_Refined = tuple[frozenset[tuple[Symbol, Value | Range]], frozenset[Symbol]]


#: What is assumed of conditions, by their ids and what their names stand for.
_Conditions = Mapping[tuple[int, Bound], Settled]

#: So many links of a chain are asked for what they remember. What was left behind further up is
#: found by what is assumed, or worked out again.
_MOST_LINKS = 128

#: So many settled conditions are copied, rather than looked up in layers.
_FEW = 16


class _Path:
    """The conditions that are settled on a path. It never changes: a longer one shares what a
    shorter one holds. It is in layers, each more than twice as large as the one laid upon it, so
    that making one longer and looking one up cost the logarithm of its length."""

    __slots__ = ("_layers",)

    def __init__(self, layers: tuple[_Conditions, ...] = ()) -> None:
        self._layers = layers

    def get(self, key: tuple[int, Bound]) -> Settled | None:
        """What a condition is taken as; None where it is not settled."""
        for layer in self._layers:
            found = layer.get(key)
            if found is not None:
                return found
        return None

    def with_all(self, settled: _Conditions) -> _Path:
        """The same with more conditions settled."""
        layers = self._layers
        below = 0
        most = _FEW
        while below < len(layers) and len(layers[below]) <= most:
            settled = {**layers[below], **settled}
            below += 1
            most = 2 * len(settled) if len(settled) > _FEW else _FEW
        return _Path((settled, *layers[below:]))


_NO_PATH = _Path()


class Env:
    """What is assumed about a subject: a chain, each link of which says what it assumes beyond its
    `parent`. `narrows` are the symbols that it refines, also as a set (`changed`), `settles` the
    conditions that it settles, also as bits (`met`). Of one that refines none, `narrowing`
    is the nearest above that does, or the first of the chain: row after row of a long table settles
    conditions, and refines nothing."""

    __slots__ = (
        *("_narrowed", "assumed", "base", "changed", "memo", "met", "narrowing", "narrows"),
        *("of_conditions", "of_reads", "parent", "refined", "seen_as", "settled", "settled_ids"),
        *("settles", "subject"),
    )

    def __init__(
        self,
        subject: Subject,
        parent: Env | None = None,
        refined: Mapping[Symbol, Value | Range] | None = None,
        settled: _Conditions | None = None,
        base: Env | None = None,
    ) -> None:
        self.subject = subject
        self.parent = parent
        self.base = base
        self.refined: Mapping[Symbol, Value | Range] = parent.refined if parent is not None else {}
        self.settled: _Path = parent.settled if parent is not None else _NO_PATH
        self.settled_ids: int = parent.settled_ids if parent is not None else 0
        self.changed: frozenset[Symbol] = NO_SYMBOLS
        self.narrows: Mapping[Symbol, Value | Range] = refined or {}
        self.settles: _Conditions = settled or {}
        self.met = 0
        self.narrowing: Env | None = None  # never this one itself: a circle would be garbage
        if parent is not None and not refined:
            self.narrowing = parent.narrowing or parent
        if refined:
            self.refined = {**self.refined, **refined}
            self.changed = frozenset(refined)
        if settled:
            self.settled = self.settled.with_all(settled)
            for number, _ in settled:
                self.met |= 1 << number
            self.settled_ids |= self.met
        self._narrowed: frozenset[Symbol] | None = None
        self.memo: dict[Key, Result] = {}
        self.assumed: dict[Key, tuple[Env | None, Notes]] = {}
        self.seen_as: dict[str, Env] = {}
        self.of_conditions: dict[int, frozenset[tuple[object, bool]]] = {}
        self.of_reads: dict[frozenset[Symbol], _Refined] = {}
        subject.envs.append(self)

    @property
    def narrowed(self) -> frozenset[Symbol]:
        """The symbols that are refined."""
        env = self.narrowing or self
        if env._narrowed is None:
            env._narrowed = frozenset(env.refined)
        return env._narrowed

    # ── Assuming ─────────────────────────────────────────────────────────────────────────

    @property
    def stated(self) -> Env:
        """The environment of what the manifest states, with nothing assumed: whether an absent
        input is assumed hangs on statements, never on what an arm takes for granted."""
        return self.base or self

    def narrow(self, symbol: Symbol, value: Value | Range) -> Env:
        """The same with a symbol refined."""
        return Env(self.subject, self, {symbol: value}, None, self.stated)

    def state(self, values: Mapping[Symbol, Value | Range], stated: Env | None = None) -> Env:
        """As if the manifest stated these values; on a path, with the environment of what is
        `stated`."""
        return Env(self.subject, self, values, None, stated)

    def with_all(self, refined: Mapping[Symbol, Value | Range], settled: _Conditions) -> Env:
        """The same with symbols refined, and with conditions taken as settled: by their ids and
        what their names stand for."""
        return Env(self.subject, self, refined, settled, self.stated)

    def beyond(
        self, other: Env
    ) -> tuple[Mapping[Symbol, Value | Range], Mapping[tuple[int, Bound], Settled]]:
        """What is assumed here and not in an environment that this one is made of: symbols as they
        are refined, and conditions. INVARIANT: `other` is above this one, or is it."""
        if self.parent is other:
            return self.narrows, self.settles
        links: list[Env] = []
        env: Env | None = self
        while env is not other:
            assert env is not None
            links.append(env)
            env = env.parent
        refined: dict[Symbol, Value | Range] = {}
        settled: dict[tuple[int, Bound], Settled] = {}
        for link in reversed(links):
            refined.update(link.narrows)
            settled.update(link.settles)
        return refined, settled

    def seen(self, name: str, other: Env) -> Env:
        """The environment of another workload (or of the project, "") as it is from here: what
        is assumed here of its symbols, or of the project's, holds there too."""
        if other.subject is self.subject:
            return self
        if not self.refined:
            return other
        found = self.seen_as.get(name)
        if found is None:
            # What is the same for every workload may rest on all of them.
            place = other.subject.place
            stated = {k: v for k, v in self.stated.refined.items() if _belongs(k, place)}
            here = {k: v for k, v in self.refined.items() if _belongs(k, place)}
            found = other.state(stated) if stated else other
            if here != stated:
                found = found.state(here, found.stated)
            self.seen_as[name] = found
        return found

    # ── Remembering ──────────────────────────────────────────────────────────────────────

    def recall(self, key: Key, conditions: int) -> Result | None:
        """What was evaluated under this key where the same was assumed, if not just here (`memo`
        says that)."""
        groups = self.subject.kept.get(key)
        if groups is None:
            return None  # nor does any environment above remember it
        found = self._inherited(key, conditions) if self.parent is not None else None
        if found is None:
            found = self.among(groups, conditions)
        if found is not None:
            self.memo[key] = found
        return found

    def _inherited(self, key: Key, conditions: int) -> Result | None:
        env = self.parent
        changed, met = self.changed, self.met
        left = _MOST_LINKS
        while env is not None and left:
            left -= 1
            found = env.memo.get(key)
            if found is not None:
                same = not (met & conditions) and changed.isdisjoint(found.reads)
                return found if found.known or same else None
            changed |= env.changed
            met |= env.met
            env = env.parent
        return None

    def remember(self, key: Key, found: Result, conditions: int) -> None:
        """Keeps a result for this environment, and for those that agree with it."""
        self.memo[key] = found
        self.keep(key, found, found.reads, conditions)

    def kept(self, key: Key, conditions: int) -> Any:
        """What was made under this key where the same was assumed of all that it rests on."""
        return self.among(self.subject.kept.get(key), conditions)

    def among(self, groups: Groups | None, conditions: int) -> Any:
        """Of what was made under one key, what was made where the same was assumed."""
        if groups:
            narrowed = self.narrowed
            for reads, group in groups.items():
                if group.symbols <= narrowed:
                    found = group.made.get(self._here(reads, conditions))
                    if found is not None:
                        return found
        return None

    def keep(self, key: Key, made: object, reads: frozenset[Symbol], conditions: int) -> None:
        """Keeps what was made, with what is assumed here of all that it rests on: the symbols
        `reads`, and the `conditions` that it may have met."""
        kept = self.subject.kept
        groups = kept.get(key)
        if groups is None:
            groups = kept[key] = {}
        self.put(groups, made, reads, conditions)

    def put(self, groups: Groups, made: object, reads: frozenset[Symbol], conditions: int) -> None:
        """Adds what was made here to what was made under one key."""
        here = self._here(reads, conditions)
        symbols = self._refined(reads)[1]
        group = groups.get(reads)
        if group is None:
            groups[reads] = Group(symbols, {here: made})
            return
        group.made[here] = made
        if not group.symbols <= symbols:
            group.symbols &= symbols

    def _here(self, reads: frozenset[Symbol], conditions: int) -> object:
        """What is assumed here of some symbols, and of the conditions that may be met; and what the
        manifest is taken to state of the symbols: whether an absent input is assumed hangs on this
        alone."""
        common = self.settled_ids & conditions
        if not reads or not self.refined:
            return (*_NOTHING_REFINED, self._settled(common)) if common else _NOTHING_HERE
        settled = self._settled(common) if common else _NOTHING
        here = self._refined(reads)[0]
        base = self.base
        return (here, here if base is None else base._refined(reads)[0], settled)

    def _refined(self, reads: frozenset[Symbol]) -> _Refined:
        """What is assumed here of some symbols, and of which of them that is."""
        refined = self.refined
        if not refined or not reads:
            return _NO_REFINED
        env = here = self.narrowing or self
        found = env.of_reads.get(reads)
        if found is None:
            while env.parent is not None and env.changed.isdisjoint(reads):
                env = env.parent.narrowing or env.parent
                found = env.of_reads.get(reads)
                if found is not None:
                    break
            else:
                symbols = reads & env.narrowed
                found = frozenset([(s, env.refined[s]) for s in symbols]), symbols
                env.of_reads[reads] = found
            here.of_reads[reads] = found
        return found

    def _settled(self, common: int) -> frozenset[tuple[object, bool]]:
        """What these conditions are taken as here. What is found is left with every link that says
        something of them, so that a longer chain begins from there."""
        links: list[Env] = []
        env: Env | None = self
        found: frozenset[tuple[object, bool]] | None = None
        while env is not None and found is None:
            found = env.of_conditions.get(common)
            if found is None:
                links.append(env)
                env = env.parent
        found = found or _NOTHING
        for link in reversed(links):
            if link.met & common:
                more = [(key, s.holds) for key, s in link.settles.items() if common >> key[0] & 1]
                found = found.union(more)
                link.of_conditions[common] = found
        self.of_conditions[common] = found
        return found


_NO_REFINED: _Refined = (frozenset(), frozenset())
_NOTHING: frozenset[tuple[object, bool]] = frozenset()
_NOTHING_REFINED = (_NO_REFINED[0], _NO_REFINED[0])
_NOTHING_HERE = (*_NOTHING_REFINED, _NOTHING)


def _belongs(symbol: Symbol, place: int) -> bool:
    """Is a symbol one of this workload, or of the project? Of the project's view all are."""
    return place == PROJECT_PLACE or getattr(symbol, "subject", None) in (PROJECT_PLACE, place)
