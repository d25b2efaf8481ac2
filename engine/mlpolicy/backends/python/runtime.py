"""What compiled functions run in, and what they call.

A `Frame` is what is known of one workload (or of the project) with nothing assumed: the values of
declarations by the number of their slot, and of the expressions that the reference asked for. A
frame never says more than the reference would: what it does not know is `U`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from types import CodeType
from typing import Any

from mlpolicy.backends.python.plain import (
    KEPT_OUT,
    NO_LIMIT,
    NOTHING,
    PASSED,
    STANDS,
    N,
    Plain,
    StrangeError,
    U,
    abstract,
    stated,
    whole,
)
from mlpolicy.core.facts import DeclaredUnknown, Document, Estimate, Fact, Workload
from mlpolicy.core.numbers import const, operation
from mlpolicy.core.operators.amounts import add_months
from mlpolicy.core.operators.compare import matches, mentions  # noqa: F401 (what modules call)
from mlpolicy.core.operators.texts import chain, digits
from mlpolicy.core.program import (
    Const,
    Expr,
    Input,
    Known,
    LeafNode,
    Obligation,
    PathRef,
    Program,
    RecordField,
    Rule,
    UnknownConst,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.terms import DutyState, RuleState
from mlpolicy.core.types import EnumType, Quantity, Type
from mlpolicy.core.values import NO, YES, Value
from mlpolicy.core.visit import walk
from mlpolicy.evaluate.amounts import upstream
from mlpolicy.evaluate.env import (
    NO_SYMBOLS,
    NOTHING_OPEN,
    Answer,
    Bindings,
    End,
    Key,
    Result,
    Run,
    Spoken,
)
from mlpolicy.evaluate.memory import Memory
from mlpolicy.evaluate.rows import deepest
from mlpolicy.source import Place

#: Where a tree ends: the number of a leaf, or that of a `goto` with where the other tree ends; None
#: where that is not known.
Ended = int | tuple[int, "Ended"] | None


def _known(value: Value) -> Result:
    """A value of which nothing unknown is left."""
    return Result(value=value, reads=NO_SYMBOLS, open=NOTHING_OPEN, known=True)


_YES, _NO = _known(YES), _known(NO)


class Code:
    """The compiled form of one program: its functions, and what is the same for all manifests."""

    def __init__(self, program: Program, code: CodeType) -> None:
        self.program = program
        space: dict[str, Any] = {name: globals()[name] for name in _CALLED}
        exec(code, space)  # the text that `generate` wrote
        self.functions: dict[int, Callable[..., Plain]] = space["E"]
        #: What became of a rule, as a number; the end of a tree, and what is owed.
        self.rules: Mapping[str, Callable[[Frame], int]] = space["RULES"]
        self.duties: Mapping[str, Callable[[Frame, bool], int]] = space["DUTIES"]
        self.tree: Callable[[Frame], Ended] | None = space["TREE"]
        self.look_at_each: Callable[[Frame, Any], None] = space["look_at_each"]
        self.look_at_project: Callable[[Frame, Any], None] = space["look_at_project"]
        self.slots: int = space["SLOTS"]
        self.answering: tuple[int, ...] = space["ANSWERING"]
        self.input_slots: Mapping[str, int] = space["INPUTS"]
        self.inputs = {
            name: _Reader(declared, self.input_slots[name], self)
            for name, declared in program.inputs.items()
            if name in self.input_slots
        }
        self.plain_inputs = frozenset(name for name, each in self.inputs.items() if each.is_plain)
        self.paths: dict[int, Type] = {
            path.id: path.type
            for declared in program.inputs.values()
            for path in walk(*(source.value for source in declared.sources))
            if isinstance(path, PathRef)
        }
        self.overrides = tuple(
            (name, catalog.override)
            for name, catalog in program.catalogs.items()
            if catalog.override is not None
        )
        self.days: dict[int, Day] = {}
        #: Is there something that rests on the answer?
        self.speaks = any(known.answering for known in program.nodes)
        #: What who decides by it keeps for a day.
        self.sheets: dict[date, Any] = {}
        self._memories: dict[int, Memory] = {}
        self._asked: set[int] = set()

    @contextmanager
    def remembering(self, as_of: int) -> Iterator[Memory | None]:
        """While it lasts, the memory of what is open in the manifests of a day: none for the first
        of them, which may be the only one. Nobody else has it meanwhile."""
        memory = self._memories.pop(as_of, None)
        if memory is None and as_of in self._asked:
            memory = Memory(MOST_REMEMBERED)
        self._asked.add(as_of)
        yield memory
        if memory is not None and not memory.is_worn:
            self._memories[as_of] = memory
            if len(self._memories) > MOST_DAYS:
                del self._memories[next(iter(self._memories))]  # the one asked for longest ago

    def day(self, as_of: int) -> Day:
        """The tables as they are on a day."""
        found = self.days.get(as_of)
        if found is None:
            found = self.days[as_of] = Day(self.program, as_of)
        return found


class Day:
    """The catalogues of a program on one day."""

    def __init__(self, program: Program, as_of: int) -> None:
        self.program = program
        self.as_of = as_of
        self._rows: dict[str, tuple[int, ...]] = {}
        self._indexes: dict[tuple[str, int], dict[tuple[Plain, ...], list[int]] | None] = {}

    def rows(self, table: str) -> tuple[int, ...]:
        """The rows in force, in written order."""
        found = self._rows.get(table)
        if found is None:
            found = self._rows[table] = tuple(
                row.index
                for row in self.program.catalogs[table].rows
                if (row.since is None or row.since <= self.as_of)
                and (row.until is None or self.as_of < row.until)
            )
        return found

    def index(self, table: str, keys: int) -> dict[tuple[Plain, ...], list[int]] | None:
        """The rows in force by their first keys; None where one of these is no literal."""
        if (table, keys) not in self._indexes:
            self._indexes[table, keys] = self._indexed(table, keys)
        return self._indexes[table, keys]

    def _indexed(self, table: str, keys: int) -> dict[tuple[Plain, ...], list[int]] | None:
        catalog = self.program.catalogs[table]
        found: dict[tuple[Plain, ...], list[int]] = {}
        for row in self.rows(table):
            cells = [catalog.rows[row].cells.get(key) for key in catalog.keys[:keys]]
            words: list[Plain] = []
            for cell in cells:
                if not isinstance(cell, Const):
                    return None
                words.append(cell.value)
            found.setdefault(tuple(words), []).append(row)
        return found


class Chosen:
    """What `answer` or `choice` stands for: the leaf that was reached, None where none is shown;
    the frame of its workload, and whether it may still change. `because` gives its reasons, None
    where these are not known."""

    __slots__ = ("because", "frame", "leaf", "provisional")

    def __init__(
        self,
        leaf: LeafNode | None,
        frame: Frame | None,
        provisional: bool,
        because: Callable[[], Sequence[str] | None] = lambda: None,
    ) -> None:
        self.because = because
        self.leaf = leaf
        self.frame = frame
        self.provisional = provisional


class Whole:
    """One manifest, read by the compiled form: a frame for each workload, and one for the project
    (""). `answers` are those of the workloads, by their names. `strange` where something is stated
    that the reference has to tell of: then the compiled form is not used."""

    def __init__(self, code: Code, document: Document, as_of: int, opened: bool = False) -> None:
        self.code = code
        self.document = document
        self.as_of = as_of
        self.opened = opened
        self.day = code.day(as_of)
        self.answers: dict[str, Chosen] = {}
        self.strange = False
        project = Frame(self, None)
        self.frames = {each.name: Frame(self, each, project) for each in document.workloads}
        self.frames[""] = project
        try:
            for frame in self.frames.values():
                frame.look()
            for frame in self.frames.values() if code.program.reads.dated else ():
                frame.look_at_entries()
        except StrangeError:
            self.strange = True

    def answer_of(self, workload: str) -> Chosen | None:
        """The answer of a workload, as others judge by it."""
        return self.answers.get(workload)


#: So many results at the most are kept for the next manifests.
MOST_REMEMBERED = 20_000
#: Of so many days: a program that decides for years would keep one memory for each day else.
MOST_DAYS = 4

#: What part of the limit of a run may be spent with a compiled form. The reference spends more on
#: the same, since it evaluates what is known too: what comes nearer to the limit is left to it.
SHARE = 8


class Compiled(Whole):
    """The same at work beside the reference: made known to the subjects of a run. With a manifest
    that was read already (`whole`), its frames go on with what they found; nobody else has it any
    more."""

    def __init__(self, code: Code, run: Run, whole: Whole | None = None) -> None:
        if whole is None:
            super().__init__(code, run.document, run.as_of, run.opened)
        else:
            self._take_over(whole)
        self.run = run
        self._chosen: dict[tuple[str, int, bool], Chosen] = {}
        self._remembers = run.memory is not None
        if self.strange:
            run.memory = None  # what stands there may be what no other manifest states
        else:
            run.share = SHARE
            run.allow()
            for name, env in run.envs.items():
                env.subject.ahead = self.frames[name]

    def _take_over(self, whole: Whole) -> None:
        self.code, self.document, self.as_of = whole.code, whole.document, whole.as_of
        self.opened, self.day, self.frames = whole.opened, whole.day, whole.frames
        self.answers, self.strange = {}, whole.strange
        for frame in self.frames.values():
            frame.whole = self
            frame.others.clear()

    @property
    def unfinished(self) -> bool:
        """Was a limit reached?"""
        self.run.count()
        return bool(self.run.unfinished) or (self._remembers and self.run.far)

    def answer_of(self, workload: str) -> Chosen | None:
        """The answer of a workload, as the reference has it."""
        return self.chosen(self.run.answers.get(workload))

    def chosen(self, answer: Answer | None) -> Chosen | None:
        """An answer of the reference as compiled functions read it."""
        if answer is None:
            return None
        if answer.reached is None:
            return self._ended("", None, answer.provisional)
        workload = answer.reached.env.subject.name
        return self._ended(workload, answer.reached.leaf, answer.provisional)

    def ended(self, frame: Frame, end: End | None) -> Chosen | None:
        """What stands for an end of the tree of a workload; None where nothing does."""
        if end is None:
            return None
        name = frame.workload.name if frame.workload is not None and end[0] is not None else ""
        return self._ended(name, *end)

    def _ended(self, workload: str, leaf: LeafNode | None, provisional: bool) -> Chosen:
        """The answer of a workload whose tree ends in a leaf (None: in none that is told)."""
        key = (workload, id(leaf), provisional)
        found = self._chosen.get(key)
        if found is None:
            frame = None if leaf is None else self.frames[workload]
            found = self._chosen[key] = Chosen(leaf, frame, provisional)
        return found

    def passed(
        self, rules: Sequence[Rule], workload: str, answer: Answer | None, ends: Sequence[End]
    ) -> list[RuleState | None]:
        """What became of each of these rules that surely does not fire, one that is judged by the
        answer at whichever of these ends the tree comes out; None of one that may, or of which
        that is not known."""
        if self.strange:
            return [None] * len(rules)
        frame = self.frames[workload]
        by_answer = self.code.program.reads.answer_rules if ends else ()
        chosen = [self._ended(workload, *end) for end in ends]
        choices = [frame.answered(choice, choice) for choice in chosen]
        if answer is not None and self.code.answering:
            frame = frame.answered(self.chosen(answer), None)
        one = (frame,)
        return [
            self._passed(rule.name, choices if rule.name in by_answer else one) for rule in rules
        ]

    def _passed(self, rule: str, frames: Iterable[Frame]) -> RuleState | None:
        judge = self.code.rules.get(rule)
        if judge is None:
            return None
        became = RuleState.DOES_NOT_APPLY
        try:
            for frame in frames:
                state = judge(frame)
                if state == PASSED:
                    became = RuleState.PASSED
                elif state != KEPT_OUT:
                    return None
        except StrangeError:
            return None
        return became

    def standing(
        self, obligation: Obligation, owed: bool, workload: str, answer: Answer | None
    ) -> DutyState | None:
        """Where an obligation stands that is `owed` on the way shown, or is not; None where that is
        not known."""
        frame = self.frames[workload]
        try:
            if answer is not None and self.code.speaks:
                frame = frame.answered(self.chosen(answer), None)
            stands = self.code.duties[obligation.name](frame, owed)
        except StrangeError:
            return None
        return None if stands is None else STANDS[stands]


class Frame:
    """What is known of a subject with nothing assumed. `answer` and `choice` are those that its
    expressions speak of."""

    __slots__ = (
        *("answer", "as_of", "choice", "code", "day", "entries", "found", "kept", "opened"),
        *("others", "overridden", "project", "project_fact", "whole", "workload", "workload_fact"),
    )

    def __init__(
        self, whole: Whole, workload: Workload | None, project: Frame | None = None
    ) -> None:
        code = whole.code
        self.whole = whole
        self.code = code
        self.workload = workload
        self.day = whole.day
        self.as_of = whole.as_of
        self.opened = whole.opened
        self.answer: Chosen | None = None
        self.choice: Chosen | None = None
        self.project = self if project is None else project
        self.project_fact: Fact = whole.document.project
        self.workload_fact: Fact | None = None if workload is None else workload.fact
        self.kept: list[Plain] = [N] * code.slots
        self.entries: dict[tuple[str, int, str], Plain] = {}
        self.found: dict[Key, Result | None] = {}
        self.others: dict[tuple[Chosen | None, Chosen | None], Frame] = {}
        self.overridden: Collection[str] = ()
        if code.overrides:
            self.overridden = {
                table
                for table, path in code.overrides
                if (fact := self.fact(path.scope.is_each, path.steps)) is not None
                and isinstance(fact.value, tuple)
                and fact.value
            }

    # ── What the reference asks ──────────────────────────────────────────────────────────

    def known(
        self, key: Key, expr: Expr, known: Known, b: Bindings, spoken: Spoken = None
    ) -> Result | None:
        """The result of an expression where it is known whatever is assumed, else None. It is kept
        for the next one who asks (`found`)."""
        said: Result | None = None
        function = self.code.functions.get(expr.id)
        if function is not None:
            frame = self
            if known.answering:
                whole = self.whole
                assert isinstance(whole, Compiled)
                answer, choice = (whole.chosen(b.answer), whole.chosen(b.choice))
                if spoken is not None:
                    answer, choice = (whole.ended(self, end) for end in spoken)
                frame = self.answered(answer, choice)
            elif known.shared:
                frame = self.project
            bound = self._bound(known, b) if known.rows or known.names else ()
            if bound is not None:
                try:
                    value = function(frame, *bound)
                except StrangeError:
                    value = U  # the reference tells what is wrong, where it comes to it
                if value is True:
                    said = _YES
                elif value is False:
                    said = _NO
                elif value is not U:
                    said = _known(abstract(value, expr.type))
        self.found[key] = said
        return said

    @property
    def has_read(self) -> frozenset[str]:
        """The inputs of which what the manifest states was looked at. (Of what is strange, no frame
        makes itself known.)"""
        return self.code.plain_inputs

    def _bound(self, known: Known, b: Bindings) -> tuple[Plain, ...] | None:
        """What is bound, as plain values; None for a row that has none, or several words."""
        bound: list[Plain] = []
        for table in known.rows:
            row = b.row(table)
            if row.of_manifest or row.index < 0:
                return None
            bound.append(row if table in self.code.program.records else row.index)
        for name in known.names:
            options = b.named(name).options
            if options is None or len(options) != 1:
                return None
            bound.extend(options)
        return tuple(bound)

    def answered(self, answer: Chosen | None, choice: Chosen | None) -> Frame:
        """The frame in which an answer is spoken of."""
        found = self.others.get((answer, choice))
        if found is None:
            found = Frame.__new__(Frame)
            for name in _SHARED:
                setattr(found, name, getattr(self, name))
            found.answer, found.choice = answer, choice
            found.found = {}
            found.kept = self.kept.copy()
            for slot in self.code.answering:
                found.kept[slot] = N
            self.others[answer, choice] = found
            found.project = found if self.project is self else self.project.answered(answer, choice)
        return found

    # ── What is stated ───────────────────────────────────────────────────────────────────

    def fact(self, is_each: bool, steps: Sequence[str]) -> Fact | None:
        """The fact at a path, or None where it is absent."""
        root = self.workload_fact if is_each else self.project_fact
        return root.get(*steps) if root is not None else None

    def look(self) -> None:
        """Reads all stated fields that inputs are. Raises StrangeError: what is left out of account
        later can then meet no fault there."""
        if self.workload is None:
            self.code.look_at_project(self, self.project_fact.value)
        else:
            self.code.look_at_each(self, self.workload.fact.value)

    def look_at_entries(self) -> None:
        """Reads the words and the days of stated lists of which the best entry is asked for. Raises
        StrangeError."""
        for table, dated in self.code.program.reads.dated:
            self._look_at(table, dated)

    def _look_at(self, table: str, dated: tuple[str, ...]) -> None:
        records = self.code.program.records[table]
        if (records.path.scope.is_each) is not (self.workload is not None):
            return
        read = [
            name for name, column in records.columns.items() if isinstance(column.type, EnumType)
        ]
        for i, _ in enumerate(_entries(self, table)):
            for name in read:
                entry(self, RowId(table=table, index=i), name)
            for by in dated:
                day = entry(self, RowId(table=table, index=i), by)
                if day is not U and day > self.as_of:
                    raise StrangeError(by)

    def input(self, name: str) -> Plain:
        """An input without a key."""
        reader = self.code.inputs[name]
        found = self.kept[reader.slot] = reader.read(self, "")
        return found

    def keyed(self, name: str, key: Plain) -> Plain:
        """An input with a key."""
        if key is NOTHING:
            return U
        reader = self.code.inputs[name]
        kept = self.kept[reader.slot]
        if kept is N:
            kept = self.kept[reader.slot] = {}
        found = kept.get(key, N)
        if found is N:
            found = kept[key] = reader.read(self, key)
        return found

    # ── Other subjects ───────────────────────────────────────────────────────────────────

    def items(self, answering: bool) -> Iterator[Frame]:
        """All workloads in order; with their answers where what is asked rests on them."""
        whole = self.whole
        for workload in whole.document.workloads:
            frame = whole.frames[workload.name]
            yield frame.answered(whole.answer_of(workload.name), None) if answering else frame

    def upstream(self, answering: bool) -> Iterator[Frame]:
        """The same of those that this workload depends on."""
        names = upstream(self.whole.document, self.workload)
        for frame in self.items(answering):
            if frame.workload is not None and frame.workload.name in names:
                yield frame


#: What all frames of a subject share, whichever answer is spoken of in them.
_SHARED = tuple(
    name for name in Frame.__slots__ if name not in ("answer", "choice", "found", "kept", "project")
)


class _Reader:
    """Reads one input of a frame, as `evaluate/inputs` does."""

    __slots__ = ("_code", "_declared", "_fields", "is_plain", "slot")

    def __init__(self, declared: Input, slot: int, code: Code) -> None:
        self.slot = slot
        self._declared = declared
        self._code = code
        #: By a member of the key: the fields of each source, and whether they are a workload's.
        self._fields: dict[str, list[list[tuple[bool, tuple[str, ...]]]]] = {}
        #: Is it a field of the manifest, or one of several, and nothing that is worked out?
        self.is_plain = all(isinstance(each.value, PathRef) for each in declared.sources)

    def look(self, frame: Frame) -> None:
        """Takes what the frame's fields state. Raises StrangeError."""
        declared = self._declared
        if not self.is_plain:
            return
        if declared.key is None:
            found = self._given(frame, "")
            if found is not N:
                frame.kept[self.slot] = found
            return
        kept = frame.kept[self.slot] = {}
        for member in declared.key.members:
            found = self._given(frame, member)
            if found is not N:
                kept[member] = found

    def read(self, frame: Frame, key: str) -> Plain:
        """The value of the input, for one member of its key ("" where it has none). Raises
        StrangeError."""
        # What is a field was looked at before, but not kept where the answer is spoken of.
        looked = self.is_plain and self.slot not in self._code.answering
        found = N if looked else self._given(frame, key)
        return self._assumed(frame, key) if found is N else found

    def _given(self, frame: Frame, key: str) -> Plain:
        """What is stated; `N` where nothing is."""
        given: list[tuple[Fact | None, Plain]] = []
        refused = False
        fields = self._fields.get(key)
        if fields is None:
            fields = self._fields[key] = [
                [(path.scope.is_each, _filled(path.steps, key)) for path in source.paths]
                for source in self._declared.sources
            ]
        for source, paths in zip(self._declared.sources, fields, strict=True):
            facts: list[Fact] = []
            for is_each, steps in paths:
                fact = frame.fact(is_each, steps)
                if fact is None:
                    break
                facts.append(fact)
            if len(facts) < len(paths):
                continue
            if any(isinstance(fact.value, DeclaredUnknown) for fact in facts):
                refused = True
            elif isinstance(source.value, PathRef):
                given.append((facts[0], stated(facts[0], source.value.type)))
            else:
                found = self._worked_out(source.value, frame, key)
                if found is U:
                    return U
                given.append((None, found))
        if given:
            return self._checked(given)
        return U if refused else N

    def _checked(self, given: list[tuple[Fact | None, Plain]]) -> Plain:
        """The first of what is given. Raises StrangeError where the reference tells a fault."""
        declared = self._declared
        fact, first = given[0]
        for _, other in given[1:]:
            if first is not U and other is not U and first != other:
                raise StrangeError(declared.name)
        if isinstance(declared.type, Quantity):
            low, high = first, first
            if first is U and fact is not None and isinstance(fact.value, Estimate):
                scale = declared.type.unit.scale
                low, high = fact.value.low * scale, fact.value.high * scale
            if low is not U and not self._is_within(low, high):
                raise StrangeError(declared.name)
        elif isinstance(declared.type, EnumType) and first is not U:
            if first not in declared.type.members:
                raise StrangeError(declared.name)
        return first

    def _is_within(self, low: int | Fraction, high: int | Fraction) -> bool:
        declared = self._declared
        if declared.low is not None:
            if low < declared.low or (low == declared.low and declared.low_open):
                return False
        return declared.high is None or high <= declared.high

    def _assumed(self, frame: Frame, key: str) -> Plain:
        """What the policy takes an absent input for."""
        absent = self._declared.absent
        if absent is None:
            return U
        if absent.when is not None and self._worked_out(absent.when, frame, key) is not True:
            return U
        if absent.unlimited:
            return NO_LIMIT
        assert absent.value is not None
        return self._worked_out(absent.value, frame, key)

    def _worked_out(self, expr: Expr, frame: Frame, key: str) -> Plain:
        return worked_out(expr, frame, (key,) if self._code.program.nodes[expr.id].names else ())


def _filled(steps: tuple[str, ...], key: str) -> tuple[str, ...]:
    return tuple(key if step.startswith("{") else step for step in steps) if key else steps


def worked_out(expr: Expr, frame: Frame, bound: tuple[Plain, ...] = ()) -> Plain:
    """The plain value of an expression of the program."""
    if isinstance(expr, Const):
        value = expr.value
        if isinstance(expr.type, Quantity):
            assert isinstance(value, Fraction)
            return whole(value)
        return value
    function = frame.code.functions.get(expr.id)
    return function(frame, *bound) if function is not None else U


# ── What compiled functions call ─────────────────────────────────────────────────────────


def field(s: Frame, is_each: bool, steps: tuple[str, ...], path: int) -> Plain:
    """A stated field, in its own unit."""
    fact = s.fact(is_each, steps)
    return U if fact is None else stated(fact, s.code.paths[path])


def below(fact: Fact | None) -> Mapping[str, Fact]:
    """What is stated below a field; nothing where it is absent or holds no fields."""
    found = None if fact is None else fact.value
    if found.__class__ is dict:
        return found
    return found if isinstance(found, Mapping) else _EMPTY


_EMPTY: Mapping[str, Fact] = {}


def ratio(above: int | Fraction, below: int) -> int | Fraction:
    """A number that was worked out as a multiple of itself."""
    if above.__class__ is int:
        whole_number, rest = divmod(above, below)
        return whole_number if not rest else Fraction(above, below)
    return whole(Fraction(above) / below)


def lookup(s: Frame, table: str, keys: tuple[Plain, ...]) -> Plain:
    """The first row of a key; None where there is none."""
    rows = _rows_of(s, table, keys)
    return U if rows is None else rows[0] if rows else None


def has_row(s: Frame, table: str, keys: tuple[Plain, ...]) -> Plain:
    """Is there a row of a key?"""
    rows = _rows_of(s, table, keys)
    return U if rows is None else bool(rows)


def _rows_of(s: Frame, table: str, keys: tuple[Plain, ...]) -> Sequence[int] | None:
    """The rows of a key; None where these are not known."""
    if table in s.overridden:
        return None
    index = s.day.index(table, len(keys))
    return None if index is None else index.get(keys, ())


def cell(s: Frame, table: str, row: int | None, column: str, cells: Sequence[Plain]) -> Plain:
    """A column of a row, some of whose cells have to be worked out."""
    if row is None:
        return U
    found = cells[row]
    return _cell(s, table, row, column) if found is N else found


def _cell(s: Frame, table: str, row: int, column: str) -> Plain:
    written = s.code.program.catalogs[table].rows[row].cells.get(column)
    return U if written is None else worked_out(written, s)


def charge(s: Frame, table: str, quantity: Plain, keys: tuple[Plain, ...]) -> Plain:
    """A quantity at tiered prices."""
    rows = _rows_of(s, table, keys)
    if not rows:
        return U
    catalog = s.code.program.catalogs[table]
    tiers: list[tuple[Plain, Plain]] = []
    for row in rows:
        price = _cell(s, table, row, "each")
        upper = None
        written = catalog.rows[row].cells.get("up_to") if "up_to" in catalog.columns else None
        if written is not None and not isinstance(written, UnknownConst):
            upper = worked_out(written, s)
        if price is U or upper is U:
            return U
        tiers.append((None if upper is NO_LIMIT else upper, price))
    tiers.sort(key=lambda tier: (tier[0] is None, tier[0] or 0))
    constants: list[Fraction] = []
    for upper, price in tiers:
        constants.append(Fraction(price))
        if upper is not None:
            constants.append(Fraction(upper))
    if len(constants) == 1:
        return quantity * constants[0]
    return operation("charge", (const(Fraction(quantity)),), tuple(constants)).constant


def _entries(s: Frame, table: str) -> tuple[Fact, ...]:
    path = s.code.program.records[table].path
    fact = s.fact(path.scope.is_each, path.steps)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def entry(s: Frame, row: RowId | None, column: str) -> Plain:
    """A column of an entry. Raises StrangeError, which `Frame.look` meets first."""
    if row is None:
        return U
    key = (row.table, row.index, column)
    found = s.entries.get(key, N)
    if found is N:
        found = s.entries[key] = _entry(s, row, column)
    return found


def _entry(s: Frame, row: RowId, column: str) -> Plain:
    records = s.code.program.records[row.table]
    declared = records.columns[column]
    fact = deepest(_entries(s, row.table)[row.index], declared.steps)
    if isinstance(fact, Place):
        absent = records.absent.get(column)
        if absent is None or absent.value is None:
            return U
        return worked_out(absent.value, s)
    return stated(fact, declared.type)


def _states(fact: Fact, columns: Sequence[RecordField]) -> Plain:
    """1 where an entry states all of the columns, 0 where it lacks one."""
    found = [deepest(fact, each.steps) for each in columns]
    if any(isinstance(each, Place) for each in found):
        return 0
    is_open = any(isinstance(f, Fact) and isinstance(f.value, DeclaredUnknown) for f in found)
    return U if is_open else 1


def best(
    s: Frame,
    table: str,
    stating: tuple[str, ...],
    by: tuple[str, ...],
    test: Callable[[RowId], Plain] | None,
) -> Plain:
    """The best entry that meets a condition, where of every entry it is known whether it does and
    how it ranks, and one does."""
    columns = s.code.program.records[table].columns
    wanted = [columns[name] for name in stating]
    first: list[RowId] = []
    top: list[Plain] | None = None
    for i, fact in enumerate(_entries(s, table)):
        row = RowId(table=table, index=i)
        holds = True if test is None else test(row)
        if holds is U:
            return U
        if holds:
            rank = [_states(fact, wanted), *(entry(s, row, column) for column in by)]
            if U in rank:
                return U
            if top is None or rank > top:
                first, top = [row], rank
            elif rank == top:
                first.append(row)
    return first[0] if len(first) == 1 else U


def choice(bound: Chosen | None, attribute: str, words: bool) -> Plain:
    """`answer` or `choice`, or an attribute of it. `words` where what it does not have equals
    nothing."""
    if bound is None or bound.leaf is None:
        return U
    leaf = bound.leaf
    match attribute:
        case "":
            return leaf.outcome or NOTHING
        case "status":
            return leaf.status
        case "because":
            reasons = bound.because()
            return U if reasons is None else "; ".join(reasons)
        case _:
            for name, setting in leaf.settings:
                if name == attribute:
                    assert bound.frame is not None
                    return worked_out(setting, bound.frame)
            return NOTHING if words else U


def provisional(bound: Chosen | None) -> Plain:
    """May the answer still change?"""
    return U if bound is None or bound.leaf is None else bound.provisional


def ordered(operator: str, one: Plain, other: Plain, places: Mapping[Plain, int]) -> Plain:
    """Two members compared by their order; what is no member is before and after nothing."""
    if one is NOTHING or other is NOTHING:
        return False
    a, c = places[one], places[other]
    match operator:
        case "<":
            return a < c
        case "<=":
            return a <= c
        case ">":
            return a > c
        case ">=":
            return a >= c
        case _:
            return a == c


def divided(above: int | Fraction, below: int | Fraction) -> Plain:
    """A quotient; the reference tells that the divisor is zero."""
    return U if below == 0 else whole(Fraction(above) / Fraction(below))


def rounded(value: int | Fraction, step: int | Fraction) -> int | Fraction:
    """The nearest multiple of a step, a half away from zero."""
    if value < 0:
        return -rounded(-value, step)
    return (2 * value + step) // (2 * step) * step


def whole_part(value: int | Fraction, step: int | Fraction | None) -> int:
    """A time in whole steps of so many seconds, or in whole months, the rest cut off."""
    return int(value) if step is None else int(Fraction(value) / step)


def moved(day: int, amount: int, months: bool) -> int:
    """A point of time some months or steps later."""
    return add_months(day, amount) if months else day + amount


def chained(one: Plain, other: Plain) -> Plain:
    """One text behind another; what equals nothing makes nothing."""
    if one is NOTHING or other is NOTHING:
        return NOTHING
    found = chain(one, other)
    return U if found is None else found


def number_as_text(value: int | Fraction, scale: int | Fraction) -> Plain:
    """A number in digits, in a unit of this size."""
    found = digits(Fraction(value) / Fraction(scale))
    return U if found is None else found


def set_of(values: Iterable[Plain]) -> frozenset[str]:
    """A set of words; what equals nothing is no word."""
    return frozenset(value for value in values if value is not NOTHING)


def list_of(values: Iterable[Plain]) -> Plain:
    """A list of words; what equals nothing is left to the reference."""
    found = tuple(values)
    return U if any(value is NOTHING for value in found) else found


def any_of(rows: Plain) -> Plain:
    """Does a row of a shortlist remain?"""
    if rows is U:
        return U
    remains = [found for _, found in rows]
    if any(found is True for found in remains):
        return True
    return U if remains else False


def first_of(rows: Plain) -> Plain:
    """The first row that remains; None where none does."""
    if rows is U:
        return U
    if not rows:
        return None
    row, remains = rows[0]
    return row if remains is True else U


#: The names that the text of a module may use.
_CALLED = (
    *("N", "U", "NOTHING", "Fraction", "field", "lookup", "has_row", "cell", "charge", "entry"),
    *("best", "choice", "provisional", "ordered", "divided", "rounded", "whole_part", "moved"),
    *("set_of", "list_of", "any_of", "first_of", "mentions", "matches", "chained"),
    *("number_as_text", "below", "ratio"),
)
