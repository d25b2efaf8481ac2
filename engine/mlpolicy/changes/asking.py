"""What a search for changes asks: the question, the editable fields that it rests on, and the
questions put to manifests of which some fields are restated or open, each once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mlpolicy.analyze.query import Question, Trial, ask, hindrance
from mlpolicy.changes.editable import (
    EditableField,
    Line,
    Options,
    Subset,
    differences,
    editables,
    leave_open,
    plain_of,
    state,
)
from mlpolicy.changes.told import Confirm
from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath, Hindrance
from mlpolicy.core.program import (
    AggregateExpr,
    ChoiceRef,
    Expr,
    IfNode,
    InputRef,
    IsUnknownExpr,
    LeafNode,
    Program,
)
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol, Symbol
from mlpolicy.core.terms import FIRM, Over, Per, RuleState, Said, Status
from mlpolicy.core.visit import walk
from mlpolicy.evaluate import Memory
from mlpolicy.manifest.overlay import Plain
from mlpolicy.schema import RANKS, Schema

#: The most evaluations in one search; what is left then is untold.
MOST_TRIALS = 160


def slots_of(editables_: Iterable[EditableField]) -> frozenset[Symbol]:
    """The symbols that stand for some fields while they are open."""
    return frozenset(slot for editable in editables_ for slot in editable.slots)


@dataclass(slots=True, kw_only=True)
class Search:
    """One question, the fields it rests on, and the trials made so far."""

    program: Program
    document: Document
    question: Question
    editables: tuple[EditableField, ...]
    as_of: date
    confirm: Confirm
    memory: Memory
    trials: int = 0
    limit: int = MOST_TRIALS
    #: The inputs of which the rule asks whether they are unknown.
    watched: frozenset[str] = frozenset()
    #: Of an input, those that say what it is taken for where it is absent.
    assumed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: The needs that may not be had; taking one on is no choice.
    needs: tuple[EditableField, ...] = ()
    #: The decision on the manifest as it is.
    today: Decision | None = None
    decided: bool = True  # or else, is it shown at all
    limited: bool = False  # was anything not worked out, so that nothing is proved
    provisional: list[tuple[tuple[EditableField, Plain], ...]] = field(default_factory=list)
    #: What was asked already, by how the document differs from today's and what is open in it.
    asked: dict[Hashable, Trial] = field(default_factory=dict)

    def ask(
        self, document: Document, opened: Sequence[EditableField] = (), *, turning: bool = False
    ) -> Trial:
        """Puts the question to a document in which some fields are open; once to each."""
        slots = slots_of(opened)
        what = (differences(self.document, document), bool(opened), slots, self.decided)
        known = self.asked.get((what, True)) or (None if turning else self.asked.get((what, False)))
        if known is None:
            known = self.asked[what, turning] = self._ask(document, opened, slots, turning)
        return known

    def _ask(
        self,
        document: Document,
        opened: Sequence[EditableField],
        slots: frozenset[Symbol],
        turning: bool,
    ) -> Trial:
        self.trials += 1
        trial = ask(
            self.program,
            document,
            self.question,
            as_of=self.as_of,
            open_=bool(opened),
            turning=turning,
            slots=slots,
            decided=self.decided,
            memory=self.memory,
        )
        self.limited = self.limited or trial.limited
        return trial

    def ask_open(self, opened: Sequence[EditableField]) -> Trial:
        """The same of today's manifest."""
        return self.ask(leave_open(self.document, opened), opened)

    def hindered(
        self, document: Document, opened: Sequence[EditableField], only: Hindrance | None = None
    ) -> Hindrance | None:
        """What keeps the outcome from being decided whatever these fields, which are open in
        the document, state; with `only`, is it that?"""
        name, wanted = self.question.workload, self.question.outcome
        if wanted is None or name is None:
            return None
        self.trials += 2
        place = document.place_of(name)
        slots = slots_of(opened).union(*(self.told_by(editable, place) for editable in opened))
        return hindrance(self.program, document, name, wanted, self.as_of, slots, only, self.memory)

    def told_by(self, editable: EditableField, workload: int) -> Iterator[Symbol]:
        """The unknowns that a value of this field may take away: inputs that are absent, and
        then taken for what it says."""
        names = inputs_behind(editable)
        for name, reads in self.assumed.items():
            if names.isdisjoint(reads):
                continue
            declared = self.program.inputs[name]
            owner = workload if declared.per is Per.EACH else PROJECT_PLACE
            for key in declared.key.members if declared.key is not None else ("",):
                yield InputSymbol(owner, name, key)

    @property
    def spent(self) -> bool:
        """Were as many questions put as the search may put?"""
        return self.trials >= self.limit


def search_of(
    program: Program,
    schema: Schema,
    document: Document,
    confirm: Confirm,
    wanted: str,
    workload: str | None,
    as_of: date,
    memory: Memory,
) -> Search:
    """The search for what would give an outcome, or silence a rule, with nothing asked yet."""
    names = [w.name for w in document.workloads]
    start: list[Expr] = _conditions(program)
    if wanted in program.outcome.members:
        exprs = list(reached(start, program))
        question, watched = Question(outcome=wanted, rule=None, workload=workload), frozenset[str]()
        # A condition that reads other workloads may turn on what is changed in them.
        others = any(isinstance(e, AggregateExpr) and e.over is not Over.SET for e in exprs)
        whose = [workload] if workload is not None and not others else names
    else:
        own = _rule_parts(program, wanted)
        exprs = list(reached(own, program))
        others = any(isinstance(e, AggregateExpr) and e.over is not Over.SET for e in exprs)
        speaks = wanted in program.obligations or any(isinstance(e, ChoiceRef) for e in exprs)
        if speaks:
            exprs = [*exprs, *reached([*start, *_settings(program)], program)]
        sure = not any(
            isinstance(e, ChoiceRef) and e.attribute is Said.STATUS
            for e in reached(_rule_parts(program, wanted), program)
        )
        asked: list[Expr] = [e.operand for e in exprs if isinstance(e, IsUnknownExpr)]
        watched = frozenset(e.name for e in reached(asked, program) if isinstance(e, InputRef))
        everywhere = workload is None or others
        question = Question(
            outcome=None,
            rule=wanted,
            workload=workload,
            all_workloads=everywhere,
            speaks=speaks,
            sure=sure,
        )
        whose = names if everywhere or workload is None else [workload]
    inputs = dict.fromkeys(e.name for e in exprs if isinstance(e, InputRef))
    found = editables(program, document, schema, inputs, whose, exprs)
    search = Search(
        program=program,
        document=document,
        question=question,
        editables=tuple(choice for each in found if (choice := _choice(each)) is not None),
        as_of=as_of,
        confirm=confirm,
        memory=memory,
    )
    search.needs = tuple(each for each in found if _is_need(each))
    search.watched = watched
    search.assumed = _assuming(program, inputs)
    return search


def _is_need(editable: EditableField) -> bool:
    return editable.rank < len(RANKS) and RANKS[editable.rank] == "need"


def _choice(editable: EditableField) -> EditableField | None:
    """The field with what a team may choose of it: of a need, to do without it. Whether the task
    has one that is not stated is a fact, which nobody can choose: then None."""
    if not _is_need(editable):
        return editable
    today = plain_of(editable.today)
    if isinstance(today, tuple) and today and isinstance(editable.domain, Subset):
        return replace(editable, domain=Subset(tuple(map(str, today))))
    if today is True:
        return replace(editable, domain=Options((False,)))
    return None


def _assuming(program: Program, inputs: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each input whose absence has a meaning, the inputs that this meaning is made of."""
    found: dict[str, frozenset[str]] = {}
    for name in inputs:
        absent = program.inputs[name].absent
        said = [e for e in (absent.when, absent.value) if e is not None] if absent else []
        start: list[Expr] = list(said)
        if start:
            reads = (e.name for e in reached(start, program) if isinstance(e, InputRef))
            found[name] = frozenset(reads)
    return found


def _rule_parts(program: Program, name: str) -> list[Expr]:
    if name in program.rules:
        return [*program.rules[name].conditions]
    duty = program.obligations[name]
    return [e for e in (duty.when, duty.met_when, duty.due_when) if e is not None]


def _conditions(program: Program) -> list[Expr]:
    return [n.condition for n in walk(*program.trees.values()) if isinstance(n, IfNode)]


def _settings(program: Program) -> list[Expr]:
    leaves = (n for n in walk(*program.trees.values()) if isinstance(n, LeafNode))
    return [setting for leaf in leaves for _, setting in leaf.settings]


def matters(search: Search, editable: EditableField, trial: Trial) -> bool:
    """Can the answer still hang on this field? A no is proved."""
    names = inputs_behind(editable)
    if not names.isdisjoint(search.watched):
        return True
    if isinstance(editable.domain, Line) and editable.domain.grain is not None:
        return True
    if trial.rests is None or not editable.slots.isdisjoint(trial.rests):
        return True
    # What is absent may stay so, and hang on this field by what it is then taken for. While it
    # is open this is not seen: there it is any of its values.
    for other in search.editables:
        if other.today is None and not other.slots.isdisjoint(trial.rests):
            if any(not names.isdisjoint(search.assumed.get(n, ())) for n in inputs_behind(other)):
                return True
    return False


def inputs_behind(editable: EditableField) -> frozenset[str]:
    """The inputs that read a field."""
    return frozenset(slot.name for slot in editable.slots if isinstance(slot, InputSymbol))


def restated(
    search: Search, part: Iterable[EditableField], values: dict[tuple[str, FieldPath], Plain]
) -> Document:
    """Today's document with some fields stated so."""
    document = search.document
    for editable in part:
        document = state(document, editable, values[editable.key])
    return document


def goes_round(search: Search, changed: Iterable[EditableField], after: Decision) -> bool:
    """Does a rule only no longer apply, or is only another thing planned, while another finding
    comes in its place? Then nothing was put right: the same is told elsewhere, or the policy is no
    longer asked."""
    question, today = search.question, search.today
    if question.rule is None or today is None:
        return False
    whose = question.workload
    left_out = any(
        each.rule == question.rule and each.workload == whose
        for each in after.results
        if each.state is RuleState.DOES_NOT_APPLY
    )
    planned = all(editable.rank == RANKS.index("plan") for editable in changed)
    fired, before = (set(_fired(each, whose)) for each in (after, today))
    return (left_out or planned) and not fired & search.program.rules.keys() <= before


def _fired(decision: Decision, workload: str | None) -> Iterator[str]:
    for each in decision.findings:
        if each.state is RuleState.FIRED and each.workload == workload:
            yield each.rule


def does_it(question: Question, after: Decision) -> bool:
    """Is what is asked for so in a decision?"""
    if question.outcome is not None:
        own = next(w for w in after.workloads if w.name == question.workload)
        shown = own.choice.outcome if own.choice is not None else None
        return own.status in FIRM and shown == question.outcome
    if question.workload is not None:
        own = next(w for w in after.workloads if w.name == question.workload)
        if own.status is Status.ERROR:
            return False
    return not any(
        f.rule == question.rule and f.workload == question.workload for f in after.findings
    )
