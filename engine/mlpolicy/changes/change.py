"""The smallest change: what would have to be stated otherwise for an outcome, or for a rule to
be silent.

Fewest fields first. Of the editable fields that the question rests on, every set of one, then
of two, then of three is asked (`trial`) with its fields open: a no is a proof that no values of
them do it. What is left is searched for values: members are tried, numbers are cut exactly
where something turns (`partition`), the nearest to what is stated is taken. The search ends
with the first size for which something is found. Nothing is reported that has not been
evaluated as a manifest of its own, and every proper part of it too.

Never claimed: that something is impossible for want of having found it. A set that is neither
proved impossible nor has values found for it is told as such (`untold`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import combinations

from mlpolicy.analyze.query import Question, Trial, Tried, ask, hindrance
from mlpolicy.analyze.questions import settling_of_one
from mlpolicy.changes.editable import (
    FINEST,
    EditableField,
    Line,
    Options,
    Subset,
    bound,
    differences,
    editables,
    field_at,
    interval_text,
    leave_open,
    number_of,
    number_today,
    plain,
    plain_of,
    said,
    state,
    without,
)
from mlpolicy.changes.partition import Interval, Piece, partition
from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Decision, OpenCell, Settle, Split, WorkloadDecision
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.paths import FieldPath, Hindrance
from mlpolicy.core.program import (
    AggregateExpr,
    ChoiceRef,
    Expr,
    GotoNode,
    IfNode,
    InputRef,
    IsUnknownExpr,
    LeafNode,
    Program,
    TreeNode,
)
from mlpolicy.core.replies import Reply
from mlpolicy.core.show import finite_places
from mlpolicy.core.symbols import InputSymbol, Symbol
from mlpolicy.core.terms import FIRM, Over, RuleState, Said, Scope, Status
from mlpolicy.core.trace import Basis, Step
from mlpolicy.core.trace import walk as steps_below
from mlpolicy.core.values import NO, UNKNOWN, YES, Truth
from mlpolicy.core.visit import walk
from mlpolicy.evaluate import Memory
from mlpolicy.explain.deciding import stated_in
from mlpolicy.explain.ways import walked
from mlpolicy.manifest.overlay import Overlay, Plain, node_of
from mlpolicy.schema import RANKS, Schema
from mlpolicy.source import Place

#: The most fields that are changed together.
MOST_FIELDS = 3
#: The most changes that are told.
MOST_TOLD = 8
#: The most evaluations in one search; what is left then is untold.
MOST_TRIALS = 160
#: The most of them for a set of one field; half of it for two, a third for three.
MOST_FOR_A_SET = 60
#: Where so many were made, no further set of several fields is asked about.
MOST_FOR_SEVERAL = 100
#: The most to widen a set that is ruled out.
MOST_TO_WIDEN = 12
#: Of a list of no more words than this every subset is tried.
MOST_WORDS = 5
#: The most to find something provisional, where nothing else was found, and for one field.
MOST_IN_VAIN = 60


#: What, known or measured, would give an outcome: the field, the reply, the question.
Evidence = tuple[FieldPath, tuple[Reply, ...], str | OpenCell]


@node(kw_only=True)
class Setting:
    """One field of a change. `value` is the nearest that does it, `region` all that do with
    the other settings as they are, in words; `before` what is stated, in words. `exact` where
    the region's ends were proved: just outside it, it does not do."""

    path: FieldPath
    workload: str | None
    before: str
    value: Plain
    shown: str
    region: str
    exact: bool


@node
class Change:
    """Settings that together do it, and the decision they lead to."""

    settings: tuple[Setting, ...]
    after: Decision


@node(kw_only=True)
class Turn:
    """An `if` of the path at which the answer turned away: what was asked, what it came to, and
    the comparisons and inputs that made it so; `at` the policy's line. `last` where no further
    one leads to it. `facts` are the fields behind the one value that turned it away, where nobody
    can choose them."""

    condition: str
    came_to: Truth
    values: tuple[Step, ...]
    at: Place | None
    last: bool
    facts: tuple[FieldPath, ...] = ()


class Proof(StrEnum):
    """How the search ended."""

    ALREADY = "already so"
    FOUND = "found"
    PROVISIONAL = "only provisional"
    IMPOSSIBLE = "impossible"  # whatever the editable fields state
    HINDERED = "never decided"  # while something is unknown, whatever the fields state
    MORE = "more than three fields"
    UNTOLD = "not told"


class Wanted(StrEnum):
    """What a change is looked for: an outcome, or that a rule is silent."""

    OUTCOME = "outcome"
    SILENCE = "rule"


@node
class Stands:
    """How what is asked for stands today: of an outcome, the workload's status and what is
    shown ("" where nothing is), or the error; of a rule, what became of it."""

    status: Status | None = None
    shown: str = ""
    error: Fault | None = None
    rule: RuleState | None = None


@node(kw_only=True)
class WhyNot:
    """The answer. `question` is what was wanted; `stands` how it stands today. `asked` are
    the fields that were considered, `untold` the sets of which nothing could be told,
    `complete` whether all changes of the size are told but for those. `open_for` is what must
    become known before any change can make it decided; `evidence` what, known or measured,
    would give it: path, answer, question. `facts` are needs of which each alone would give it if
    the task had it: nobody can choose them, so that they are no changes."""

    question: Wanted
    wanted: str
    workload: str | None
    stands: Stands
    turns: tuple[Turn, ...]
    proof: Proof
    changes: tuple[Change, ...]
    complete: bool
    size: int
    untold: tuple[tuple[FieldPath, ...], ...]
    open_for: Hindrance | None
    asked: tuple[FieldPath, ...]
    evidence: tuple[Evidence, ...]
    facts: tuple[Setting, ...] = ()


#: The decision on the manifest with fields restated; None where its schema refuses them.
Confirm = Callable[[Sequence[Overlay]], Decision | None]


def why_not(
    program: Program,
    schema: Schema,
    document: Document,
    today: Decision,
    confirm: Confirm,
    *,
    wanted: str,
    workload: str | None,
    as_of: date,
) -> WhyNot:
    """Why `wanted` (an outcome of the policy, or the silence of one of its rules) is not so
    for `workload` (None: the project), and the smallest changes by which it would be."""
    search = _search_of(program, schema, document, confirm, wanted, workload, as_of)
    is_outcome = wanted in program.outcome.members
    own = next((w for w in today.workloads if w.name == workload), None)
    turns = _turned(program, schema, own, wanted) if is_outcome and own is not None else ()
    found = _smallest(search)
    facts = _facts(search) if found.proof is not Proof.ALREADY else ()
    evidence: tuple[Evidence, ...] = ()
    if is_outcome and own is not None and found.proof is not Proof.ALREADY:
        evidence = _evidence(program, document, own, wanted, search)
    shown = list(found.changes[:MOST_TOLD])
    return WhyNot(
        question=Wanted.OUTCOME if is_outcome else Wanted.SILENCE,
        wanted=wanted,
        workload=workload,
        stands=_stands(today, own, wanted, is_outcome, workload),
        turns=turns,
        proof=found.proof,
        changes=tuple(shown),
        complete=found.complete and len(found.changes) == len(shown),
        size=found.size,
        untold=tuple(found.untold),
        open_for=found.open_for,
        asked=tuple(editable.path for editable in search.editables),
        evidence=evidence,
        facts=facts,
    )


def _stands(
    today: Decision,
    own: WorkloadDecision | None,
    wanted: str,
    is_outcome: bool,
    workload: str | None,
) -> Stands:
    """How it stands today."""
    if own is not None and own.status is Status.ERROR:
        return Stands(own.status, error=own.error)
    if is_outcome:
        assert own is not None
        shown = own.choice.outcome or "infeasible" if own.choice is not None else ""
        return Stands(own.status, shown)
    states = [f.state for f in today.findings if f.rule == wanted and f.workload == workload]
    return Stands(rule=states[0] if states else RuleState.PASSED)


def _slots(editables_: Iterable[EditableField]) -> frozenset[Symbol]:
    return frozenset(slot for editable in editables_ for slot in editable.slots)


# ── What the question rests on ───────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class _Search:
    """One question, the fields it rests on, and the trials made so far."""

    program: Program
    document: Document
    question: Question
    editables: tuple[EditableField, ...]
    as_of: date
    confirm: Confirm
    memory: Memory = field(default_factory=Memory)
    trials: int = 0
    limit: int = MOST_TRIALS
    #: The inputs of which the rule asks whether they are unknown.
    watched: frozenset[str] = frozenset()
    #: Of an input, those that say what it is taken for where it is absent.
    assumed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: The needs that may not be had; taking one on is no choice.
    needs: tuple[EditableField, ...] = ()
    decided: bool = True  # or else, is it shown at all
    limited: bool = False  # was anything not worked out, so that nothing is proved
    provisional: list[tuple[tuple[EditableField, Plain], ...]] = field(default_factory=list)
    #: What was asked already, by how the document differs from today's and what is open in it.
    asked: dict[Hashable, Trial] = field(default_factory=dict)

    def ask(
        self, document: Document, opened: Sequence[EditableField] = (), *, turning: bool = False
    ) -> Trial:
        """Puts the question to a document in which some fields are open; once to each."""
        slots = _slots(opened)
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
        slots = _slots(opened).union(*(self.told_by(editable, name) for editable in opened))
        return hindrance(self.program, document, name, wanted, self.as_of, slots, only, self.memory)

    def told_by(self, editable: EditableField, workload: str) -> Iterator[Symbol]:
        """The unknowns that a value of this field may take away: inputs that are absent, and
        then taken for what it says."""
        names = _inputs(editable)
        for name, reads in self.assumed.items():
            if names.isdisjoint(reads):
                continue
            declared = self.program.inputs[name]
            owner = workload if declared.per is Scope.WORKLOAD else ""
            for key in declared.key.members if declared.key is not None else ("",):
                yield InputSymbol(owner, name, key)

    @property
    def spent(self) -> bool:
        return self.trials >= self.limit


def _search_of(
    program: Program,
    schema: Schema,
    document: Document,
    confirm: Confirm,
    wanted: str,
    workload: str | None,
    as_of: date,
) -> _Search:
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
    search = _Search(
        program=program,
        document=document,
        question=question,
        editables=tuple(choice for each in found if (choice := _choice(each)) is not None),
        as_of=as_of,
        confirm=confirm,
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


def _facts(search: _Search) -> tuple[Setting, ...]:
    """Needs of which each alone would give what is asked for, if the task had it."""
    if not search.needs:
        return ()
    alone = replace(search, editables=search.needs, trials=0, limited=False, provisional=[])
    if alone.ask(alone.document).holds is Tried.YES:
        return ()
    found = _Found(proof=Proof.MORE)
    _of_size(alone, _Ruled(search=alone), 1, found)
    by_path = {(each.workload, each.path): each for each in search.needs}
    return tuple(
        setting
        for change in found.changes
        for setting in change.settings
        if _idle(by_path[setting.workload, setting.path], setting.value)
    )


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


# ── The search ───────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class _Found:
    proof: Proof
    size: int = 0
    changes: list[Change] = field(default_factory=list)
    untold: list[tuple[FieldPath, ...]] = field(default_factory=list)
    open_for: Hindrance | None = None
    complete: bool = True


def _smallest(search: _Search) -> _Found:
    """Every smallest change: all sets of the least number of fields that do it. Where not all
    could be worked out, nothing is told of the fields that do not."""
    fields: list[tuple[FieldPath, ...]] = [(editable.path,) for editable in search.editables]
    found = _searched(search)
    if not search.limited or found.proof is Proof.ALREADY:
        return found
    if found.proof is Proof.FOUND:
        return replace(found, untold=fields, complete=False)
    return _Found(proof=Proof.UNTOLD, untold=fields)


def _searched(search: _Search) -> _Found:
    stated = search.ask(search.document)
    if stated.holds is Tried.YES or stated.status is Status.ERROR:
        today = search.confirm([])
        if today is not None and _does(search.question, today):
            return _Found(proof=Proof.ALREADY)
        # An error in the workload takes the answer back: nothing is told of any field.
        return _Found(
            proof=Proof.UNTOLD, untold=[(editable.path,) for editable in search.editables]
        )
    everything = search.ask_open(search.editables)
    if not search.editables or (everything.holds is Tried.NO and everything.blocked_by is None):
        return _Found(proof=Proof.IMPOSSIBLE)
    result = _Found(proof=Proof.MORE)
    ruled = _Ruled(search=search)
    matter, result.open_for = ruled.whole(everything)
    if result.open_for is not None:
        result.proof = Proof.HINDERED
    else:
        # What does not matter with all of them open matters in no set of them.
        search.editables = tuple(ruled.of(matter))
        ruled = _Ruled(search=search)
        for size in range(1, MOST_FIELDS + 1):
            _of_size(search, ruled, size, result)
            result.untold = [tuple(k.path for k in ruled.of(mask)) for mask in ruled.untold]
            if result.changes:
                result.proof, result.size = Proof.FOUND, size
                result.changes.sort(key=lambda change: _burden(change, search))
                return result
        if result.untold:
            result.proof = Proof.UNTOLD
    provisional = _provisional(search)
    if provisional is not None:
        result.proof, result.size = Proof.PROVISIONAL, len(provisional.settings)
        result.changes = [provisional]
    return result


def _of_size(search: _Search, ruled: _Ruled, size: int, result: _Found) -> None:
    """Adds every change of so many fields, and what could not be told."""
    order = sorted(range(len(search.editables)), key=lambda i: (_weight(search.editables[i]), i))
    by_weight = sorted(combinations(order, size), key=lambda p: _weights(search, p))
    if size == 1:  # all of them are told, so those first that are quick to try
        by_weight.sort(key=lambda p: isinstance(search.editables[p[0]].domain, Line))
    for places in by_weight:
        mask = sum(1 << place for place in places)
        chosen = [search.editables[place] for place in sorted(places)]
        if ruled.out(mask) or any(not part & ~mask for part in ruled.untold):
            continue
        if size > 1 and len(result.changes) >= MOST_TOLD:
            result.complete = False
            return
        if search.spent or (size > 1 and search.trials >= MOST_FOR_SEVERAL):
            ruled.untold.append(mask)
            continue
        if ruled.learn(mask):
            continue
        search.limit = min(MOST_TRIALS, search.trials + MOST_FOR_A_SET // size)
        change, told = _solve(search, chosen)
        search.limit = MOST_TRIALS
        if change is not None:
            result.changes.append(change)
        elif not told:
            ruled.untold.append(mask)


@dataclass(slots=True, kw_only=True)
class _Ruled:
    """Which sets of fields are proved to be no smallest change. Sets are bits over the editables.

    A fact is two sets: of the sets within the first, none does it that has a field outside of
    the second, or else it does so without that field too. Where nothing within the first does
    it, the second is empty. So one evaluation with many fields open speaks of all their subsets,
    and a set that is ruled out is first widened as far as the same holds. What could not be told
    of a set is not looked for with further fields either: it is `untold` with all that hold it.
    """

    search: _Search
    facts: list[tuple[int, int]] = field(default_factory=list)
    untold: list[int] = field(default_factory=list)
    asked: dict[int, Trial] = field(default_factory=dict)
    mattering: dict[int, int] = field(default_factory=dict)

    def of(self, mask: int) -> list[EditableField]:
        return [
            editable for place, editable in enumerate(self.search.editables) if mask >> place & 1
        ]

    def ask(self, mask: int) -> Trial:
        if mask not in self.asked:
            self.asked[mask] = self.search.ask_open(self.of(mask))
        return self.asked[mask]

    def matter(self, mask: int) -> int:
        """The fields of a set on which it can still hang whether any part of it does it."""
        found = self.mattering.get(mask)
        if found is None:
            found = self.mattering[mask] = self._matter(mask, self.ask(mask))
            if mask & ~found:  # whatever it was asked for, it speaks of all its parts
                self.facts.append((mask, found))
        return found

    def _matter(self, mask: int, trial: Trial) -> int:
        if trial.holds is Tried.NO:
            return 0
        editables_ = enumerate(self.search.editables)
        return mask & sum(
            1 << place for place, editable in editables_ if _matters(self.search, editable, trial)
        )

    def whole(self, trial: Trial) -> tuple[int, Hindrance | None]:
        """The same of all of them; and what keeps them all from doing it."""
        mask = (1 << len(self.search.editables)) - 1
        self.asked[mask] = trial
        if trial.blocked_by is not None:
            return 0, trial.blocked_by
        return self.matter(mask), self.hindered(mask)

    def hindered(self, mask: int, only: Hindrance | None = None) -> Hindrance | None:
        opened = self.of(mask)
        return self.search.hindered(leave_open(self.search.document, opened), opened, only)

    def out(self, mask: int) -> bool:
        """Is this set ruled out by what is known?"""
        return any(not mask & ~within and mask & ~matter for within, matter in self.facts)

    def learn(self, mask: int) -> bool:
        """Asks about a set. Where it is ruled out, so are others for the same reason."""
        if mask & ~self.matter(mask):
            only = None
        else:
            only = self.hindered(mask)
            if only is None:
                return False
        everything = [1 << place for place in range(len(self.search.editables))]
        self.search.limit = min(MOST_TRIALS, self.search.trials + MOST_TO_WIDEN)
        widest = self._widened(mask, mask, everything, only)
        self.search.limit = MOST_TRIALS
        if only is not None:
            self.facts.append((widest, 0))
        else:
            self.matter(widest)
        return True

    def _widened(
        self, mask: int, within: int, further: Sequence[int], only: Hindrance | None
    ) -> int:
        """`within` and as much of `further` as leaves `mask` ruled out."""
        further = [bit for bit in further if not within & bit]
        if not further or self.search.spent:
            return within
        wider = within | sum(further)
        out = self.hindered(wider, only) is not None if only else mask & ~self.matter(wider)
        if out:
            return wider
        if len(further) == 1:
            return within
        half = len(further) // 2
        within = self._widened(mask, within, further[:half], only)
        return self._widened(mask, within, further[half:], only)


def _matters(search: _Search, editable: EditableField, trial: Trial) -> bool:
    """Can the answer still hang on this field? A no is proved."""
    names = _inputs(editable)
    if not names.isdisjoint(search.watched):
        return True
    if isinstance(editable.domain, Line) and editable.domain.days:
        return True
    if trial.rests is None or not editable.slots.isdisjoint(trial.rests):
        return True
    # What is absent may stay so, and hang on this field by what it is then taken for. While it
    # is open this is not seen: there it is any of its values.
    for other in search.editables:
        if other.today is None and not other.slots.isdisjoint(trial.rests):
            if any(not names.isdisjoint(search.assumed.get(n, ())) for n in _inputs(other)):
                return True
    return False


def _inputs(editable: EditableField) -> frozenset[str]:
    """The inputs that read a field."""
    return frozenset(slot.name for slot in editable.slots if isinstance(slot, InputSymbol))


# ── Which to tell first ──────────────────────────────────────────────────────────────────


def _weight(editable: EditableField) -> tuple[bool, int]:
    """What changing a field asks of a team: to state what is not stated yet before what
    contradicts the manifest, then by its rank in the schema."""
    return (plain_of(editable.today) is not None, editable.rank)


def _weights(search: _Search, places: Iterable[int]) -> tuple[tuple[bool, int], ...]:
    return tuple(sorted((_weight(search.editables[place]) for place in places), reverse=True))


def _burden(
    change: Change, search: _Search
) -> tuple[int, tuple[tuple[bool, int], ...], tuple[int, ...]]:
    """The order in which changes of one size are told: last what no team would do for it, which
    is to do with less of what it has, to take on a need that the task does not have, or, plainer
    still to see through, to make up a number that nobody asked for."""
    keys = [(editable.workload, editable.path) for editable in search.editables]
    places = tuple(keys.index((s.workload, s.path)) for s in change.settings)
    idle = max(
        _idle(search.editables[place], setting.value)
        for place, setting in zip(places, change.settings, strict=True)
    )
    return idle, _weights(search, places), places


def _idle(editable: EditableField, value: Plain) -> int:
    rank = RANKS[editable.rank] if editable.rank < len(RANKS) else ""
    now = plain_of(editable.today)
    line = isinstance(editable.domain, Line)
    match rank:
        case "demand" | "need" if now is None and line:
            return 2
        case "need" if isinstance(value, tuple):
            return int(any(word not in (now if isinstance(now, tuple) else ()) for word in value))
        case "need":
            return int(value is True)
        case "effort" if now is not None and line:
            return int(number_of(value, editable) < number_of(now, editable))
        case "effort" if isinstance(editable.domain, Options):
            values = editable.domain.values
            known = value in values and now in values
            return int(known and values.index(value) < values.index(now))
        case _:
            return 0


Values = tuple[tuple[EditableField, Plain], ...]


def _solve(search: _Search, chosen: Sequence[EditableField]) -> tuple[Change | None, bool]:
    """Values of exactly these fields that do it, nearest first; and whether, where there are
    none, that is sure."""
    rank = {Options: 0, Subset: 1, Line: 2}
    order = sorted(chosen, key=lambda editable: rank[type(editable.domain)])
    sure = True
    for values, told in _tried(search, search.document, order):
        sure = sure and told
        if values is None:
            continue
        change = _change(search, chosen, {editable.key: value for editable, value in values})
        if change is not None:
            return change, True
        sure = False  # something else, such as an error in another rule, took it back
    return None, sure


def _tried(
    search: _Search,
    document: Document,
    rest: Sequence[EditableField],
    left: Mapping[tuple[str, FieldPath], Sequence[Plain]] = {},
) -> Iterator[tuple[Values | None, bool]]:
    """Values of the fields in `rest` that do it, as they are found; None with whether a part
    that was searched in vain is surely empty. `left` are the values that are not ruled out yet, of
    the fields of which some are."""
    editable, others = rest[0], rest[1:]
    if isinstance(editable.domain, Line):
        yield from _tried_line(search, document, editable, others)
        return
    few = _fewest(rest)
    if few is not editable and few.key not in left:
        left = {**left, few.key: _left(search, document, few, rest)}
    if not left.get(few.key, (None,)):
        yield from () if _is_told_whole(few) else ((None, False),)
        return
    for value in left.get(editable.key) or _candidates(editable):
        if search.spent:
            yield None, False
            return
        stated = state(document, editable, value)
        if others:
            if search.ask(leave_open(stated, others), others).holds is Tried.NO:
                continue
            for found, told in _tried(search, stated, others, left):
                yield (((editable, value), *found), told) if found is not None else (None, told)
        else:
            trial = search.ask(stated)
            if trial.holds is Tried.YES:
                yield ((editable, value),), True
            else:
                _note_provisional(search, trial, stated, ((editable, value),))
    if not _is_told_whole(editable):
        yield None, False


def _fewest(rest: Sequence[EditableField]) -> EditableField:
    """The field with the fewest values to try; the first of several, and of numbers."""
    return min(
        (each for each in rest if not isinstance(each.domain, Line)),
        key=lambda each: sum(1 for _ in _candidates(each)),
    )


def _left(
    search: _Search, document: Document, editable: EditableField, rest: Sequence[EditableField]
) -> list[Plain]:
    """The values of a field with which the others of `rest`, being open, may still do it: where
    those have many values, asking so costs less than trying each of them."""
    others = [other for other in rest if other is not editable]
    found: list[Plain] = []
    for value in _candidates(editable):
        there = leave_open(state(document, editable, value), others)
        if search.spent or search.ask(there, others).holds is not Tried.NO:
            found.append(value)
    return found


def _tried_line(
    search: _Search, document: Document, editable: EditableField, others: Sequence[EditableField]
) -> Iterator[tuple[Values | None, bool]]:
    pieces = _pieces(search, document, editable, others)
    here = number_today(editable)
    for piece in sorted(pieces, key=lambda p: (_apart(p.interval, here), p.interval.is_point)):
        if piece.holds is Tried.NO:
            continue
        if not others:
            if piece.holds is Tried.YES:
                number = _pick(editable, piece.interval, here)
                yield ((editable, plain(editable, number)),), True
            else:
                number = _pick(editable, piece.interval, here)
                stated = state(document, editable, plain(editable, number))
                trial = search.ask(stated)
                if trial.holds is Tried.YES:
                    yield ((editable, plain(editable, number)),), True
                _note_provisional(search, trial, stated, ((editable, plain(editable, number)),))
                yield None, _in_vain(search, document, editable, piece)
            continue
        interval = piece.interval
        tries = dict.fromkeys((_pick(editable, interval, here), interval.low, interval.high))
        for number in tries:
            if search.spent:
                break
            stated = state(document, editable, plain(editable, number))
            for found, _ in _tried(search, stated, others):
                if found is not None:
                    yield ((editable, plain(editable, number)), *found), True
        yield None, interval.is_point


def _in_vain(
    search: _Search, document: Document, editable: EditableField, piece: Piece[Tried]
) -> bool:
    """Is it sure that no number of an interval does it, the only one that is open there?"""
    if piece.interval.is_point:
        return piece.holds is not None
    if search.spent:
        return False
    return search.hindered(bound(document, editable, piece.interval), (editable,)) is not None


def _pieces(
    search: _Search, document: Document, editable: EditableField, others: Sequence[EditableField]
) -> tuple[Piece[Tried], ...]:
    """The line of one number, with the other fields open: where it does it, where not, where
    that is open."""
    assert isinstance(editable.domain, Line)
    whole = editable.domain.interval

    def look(interval: Interval) -> tuple[Tried | None, Iterable[Fraction]]:
        there = leave_open(bound(document, editable, interval), others)
        opened = others if interval.is_point else (editable, *others)
        trial = search.ask(there, opened, turning=bool(opened))
        if trial.holds is not Tried.OPEN or interval.is_point or search.spent:
            return trial.holds, ()
        if not _matters(search, editable, trial):
            return Tried.OPEN, ()  # proved not to hang on this field here
        turns = [turn / editable.unit.scale for turn in trial.turns(editable.slot)]
        inside = [turn for turn in turns if interval.is_cut_by(turn, whole)]
        if inside:
            return None, inside
        # Nothing is known to turn in here. Halving helps only where the ends differ.
        ends = {at(number) for number in (interval.low, interval.middle, interval.high)}
        return (Tried.OPEN if ends == {Tried.OPEN} else None), ()

    def at(number: Fraction) -> Tried:
        there = bound(document, editable, Interval(number, number, number))
        return search.ask(leave_open(there, others), others).holds

    return partition(whole, look, 60 if others else 150)


def _apart(interval: Interval, here: Fraction | None) -> Fraction:
    return Fraction(0) if here is None else abs(interval.nearest(here) - here)


def _pick(editable: EditableField, interval: Interval, here: Fraction | None) -> Fraction:
    """The number of an interval that is nearest to what is stated. Where the finest step is all
    that keeps it from a bar, the nearest with as many decimals as the bar and today's number;
    where nothing is stated, the end at a bar."""
    assert isinstance(editable.domain, Line)
    whole = editable.domain.interval
    if here is None:
        near = interval.low if interval.low > whole.low else interval.high
        if interval.low == whole.low and interval.high == whole.high:
            near = interval.nearest(Fraction(1) if 0 < whole.low < 1 else Fraction(0))
    else:
        near = interval.nearest(here)
    if interval.step != FINEST or near in (whole.low, whole.high):
        return near
    places = finite_places(here) if here is not None else 0
    least = max(
        places or 0,
        *(
            finite_places(near + d) or 0
            for d in (-FINEST, FINEST)
            if (finite_places(near + d) or 0) < 12
        ),
        0,
    )
    if (finite_places(near) or 0) <= least:
        return near
    for decimals in range(least, 12):
        step = Fraction(1, 10**decimals)
        part = interval.between(interval.low, interval.high)
        assert part is not None
        coarse = Interval(-whole.high - 1, whole.high + 1, step).between(
            interval.low, interval.high
        )
        if coarse is not None:
            return coarse.nearest(near)
    return near


def _is_told_whole(editable: EditableField) -> bool:
    """Are the candidates all values that the field can have?"""
    match editable.domain:
        case Options(all_there_are=whole):
            return whole
        case Subset(members=members, all_there_are=whole):
            return whole and len({*members, *(_words(editable) or ())}) <= MOST_WORDS
        case _:
            return False


def _words(editable: EditableField) -> tuple[str, ...] | None:
    now = plain_of(editable.today)
    return now if isinstance(now, tuple) else None


def _candidates(editable: EditableField) -> Iterator[Plain]:
    """The values of a field that has no line, other than today's, nearest first."""
    now = plain_of(editable.today)
    match editable.domain:
        case Options(values=values):
            place = values.index(now) if now in values else 0
            ordered = sorted(values, key=lambda v: abs(values.index(v) - place))
            yield from (value for value in ordered if value != now)
        case Subset(members=members):
            yield from _subsets(members, _words(editable))
        case _:
            return


def _subsets(members: tuple[str, ...], now: tuple[str, ...] | None) -> Iterator[Plain]:
    """Lists that differ from today's by one word, then by two; by any number where the words
    are few; without one, the empty list."""
    base = now or ()
    if now is None or now:
        yield ()
    toggles = tuple(dict.fromkeys((*base, *members)))
    few = len(toggles) <= MOST_WORDS
    for count in range(1, (len(toggles) if few else 2) + 1):
        for chosen in combinations(toggles, count):
            kept = tuple(m for m in base if m not in chosen)
            added = tuple(m for m in chosen if m not in base)
            if len(toggles) > 20 and count == 2:
                return
            if kept or added:
                yield (*kept, *added)


# ── From values to a change ──────────────────────────────────────────────────────────────


def _change(
    search: _Search, chosen: Sequence[EditableField], values: dict[tuple[str, FieldPath], Plain]
) -> Change | None:
    """The change, evaluated as a manifest, without fields that it does not need; None where
    the schema refuses it or it does not do it after all."""
    needed = list(chosen)
    for size in range(1, len(needed)):
        for part in combinations(chosen, size):
            trial = search.ask(_stated(search, part, values))
            if trial.holds is Tried.YES:
                return None  # a smaller one, told among its own size
    search.limit = search.trials + MOST_FOR_A_SET
    if len(needed) > 1:
        for editable in needed:
            _draw_near(search, editable, needed, values)
    search.limit = max(search.limit, search.trials + MOST_FOR_A_SET)
    after = search.confirm([Overlay(k.workload, k.steps, node_of(values[k.key])) for k in needed])
    if after is None or not _does(search.question, after):
        return None
    settings = tuple(_setting(search, editable, needed, values) for editable in needed)
    return Change(settings, after)


def _stated(
    search: _Search, part: Iterable[EditableField], values: dict[tuple[str, FieldPath], Plain]
) -> Document:
    document = search.document
    for editable in part:
        document = state(document, editable, values[editable.key])
    return document


def _does(question: Question, after: Decision) -> bool:
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


def _draw_near(
    search: _Search,
    editable: EditableField,
    needed: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> None:
    """Moves one number as near to what is stated as the other settings allow."""
    if not isinstance(editable.domain, Line):
        return
    others = [other for other in needed if other.key != editable.key]
    pieces = _pieces(search, _stated(search, others, values), editable, ())
    here = number_today(editable)
    good = [piece.interval for piece in pieces if piece.holds is Tried.YES]
    if good:
        nearest = min(good, key=lambda interval: _apart(interval, here))
        values[editable.key] = plain(editable, _pick(editable, nearest, here))


def _setting(
    search: _Search,
    editable: EditableField,
    needed: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> Setting:
    value = values[editable.key]
    others = [other for other in needed if other.key != editable.key]
    document = _stated(search, others, values)
    region, exact = _region(search, document, editable, value)
    before = "" if editable.today is None else said(plain_of(editable.today), editable)
    return Setting(
        path=editable.path,
        workload=editable.workload,
        before=before,
        value=value,
        shown=said(value, editable),
        region=region,
        exact=exact,
    )


def _region(
    search: _Search, document: Document, editable: EditableField, value: Plain
) -> tuple[str, bool]:
    """All values of one field that do it with the others as they are, in words; and whether
    its ends are proved."""
    if isinstance(editable.domain, Line):
        pieces = _pieces(search, document, editable, ())
        number = number_of(value, editable)
        good = [piece.interval for piece in pieces if piece.holds is Tried.YES]
        mine = next((s for s in good if number in s), Interval(number, number, Fraction(1)))
        whole = editable.domain.interval
        outside = [n for n in (mine.low - mine.step, mine.high + mine.step) if n in whole]
        exact = all(
            search.ask(state(document, editable, plain(editable, n))).holds is not Tried.YES
            for n in outside
        )
        return interval_text(mine, editable), exact
    if isinstance(editable.domain, Options):
        does = [
            v
            for v in editable.domain.values
            if v == value or search.ask(state(document, editable, v)).holds is Tried.YES
        ]
        words = [said(v, editable) for v in does]
        return " or ".join(words), editable.domain.all_there_are
    return said(value, editable), False


# ── Only provisional ─────────────────────────────────────────────────────────────────────


def _note_provisional(search: _Search, trial: Trial, document: Document, values: Values) -> None:
    """Keeps a change after which the wanted outcome is shown, though not decided."""
    if search.question.outcome is None or trial.shown != search.question.outcome:
        return
    if trial.status is Status.PROVISIONAL:
        search.provisional.append(values)


def _provisional(search: _Search) -> Change | None:
    """A change of one field after which the outcome is shown as provisional."""
    base = search.ask(search.document)
    if search.question.outcome is None or base.shown == search.question.outcome:
        return None
    end, search.decided = search.trials + MOST_IN_VAIN, False
    search.provisional.clear()  # what the search met by the way is not what is plainest
    for editable in sorted(
        search.editables, key=lambda editable: (_many(editable), _weight(editable))
    ):
        if search.trials >= end:
            break
        trial = search.ask_open((editable,))
        if trial.holds is Tried.NO or not trial.may_show:
            continue
        search.limit = min(end, search.trials + MOST_IN_VAIN // 2)
        _solve(search, (editable,))
        for values in search.provisional:
            change = _shown_so(search, values)
            if change is not None:
                return change
        search.provisional.clear()
    return None


def _many(editable: EditableField) -> int:
    """How long it takes to go through a field's values: few, many, a line of numbers."""
    match editable.domain:
        case Options(values=values):
            return int(len(values) > MOST_WORDS)
        case Subset(members=members):
            return int(len(members) > MOST_WORDS)
        case _:
            return 2


def _shown_so(search: _Search, values: Values) -> Change | None:
    """The change as a manifest of its own, where the outcome is shown by it."""
    after = search.confirm([Overlay(k.workload, k.steps, node_of(v)) for k, v in values])
    if after is None:
        return None
    own = next(w for w in after.workloads if w.name == search.question.workload)
    if own.choice is None or own.choice.outcome != search.question.outcome:
        return None
    return Change(tuple(_stated_so(editable, value) for editable, value in values), after)


def _stated_so(editable: EditableField, value: Plain) -> Setting:
    before = "" if editable.today is None else said(plain_of(editable.today), editable)
    shown = said(value, editable)
    return Setting(
        path=editable.path,
        workload=editable.workload,
        before=before,
        value=value,
        shown=shown,
        region=shown,
        exact=False,
    )


# ── Where the path turned away ───────────────────────────────────────────────────────────


def _turned(
    program: Program, schema: Schema, own: WorkloadDecision, wanted: str
) -> tuple[Turn, ...]:
    """The `if`s of the path whose other arm leads to the wanted outcome; the last of them is
    the one after which nothing on the path does."""
    nodes: dict[Place, IfNode] = {}

    def index(tree: TreeNode) -> None:
        if isinstance(tree, IfNode):
            nodes[tree.origin.place] = tree
            for below in (tree.yes, tree.no, tree.unknown_arm):
                if below is not None:
                    index(below)

    for tree in program.trees.values():
        index(tree.root)
    turns: list[Turn] = []
    for step in walked(own.trace):
        found = nodes.get(step.at) if step.at is not None else None
        if found is None:
            continue
        if step.value is UNKNOWN:
            if any(_leads_to(arm, wanted, program, set()) for arm in (found.yes, found.no)):
                condition = step.children[0]
                text = condition.text or condition.name
                turns.append(
                    Turn(condition=text, came_to=UNKNOWN, values=(), at=step.at, last=False)
                )
            continue
        taken, other = (found.yes, found.no) if step.value is YES else (found.no, found.yes)
        if not _leads_to(other, wanted, program, set()):
            continue
        condition = step.children[0]
        last = not _leads_to(taken, wanted, program, set())
        text = condition.text or condition.name
        values = stated_in(condition)
        turns.append(
            Turn(
                condition=text,
                came_to=YES if step.value is YES else NO,
                values=values,
                at=step.at,
                last=last,
                facts=tuple(_unchosen(values, schema)) if last and len(values) == 1 else (),
            )
        )
        if last:
            break
    return tuple(turns)


def _unchosen(values: Iterable[Step], schema: Schema) -> Iterator[FieldPath]:
    """The fields stated behind some steps that a team can neither decide nor arrange."""
    found: dict[FieldPath, None] = {}
    for step in (below for value in values for below in steps_below(value)):
        path, stated = step.path, step.basis in (Basis.STATED, Basis.ESTIMATE)
        if path is None or not stated or not all(isinstance(key, str) for key in path.steps):
            continue
        field = field_at(schema, not path.of_project, tuple(map(str, path.steps)))
        if field is not None and not field.editable:
            found[path] = None
    return iter(found)


def _leads_to(tree: TreeNode, wanted: str, program: Program, seen: set[str]) -> bool:
    match tree:
        case LeafNode():
            return tree.outcome == wanted
        case GotoNode():
            if tree.tree in seen:
                return False
            seen.add(tree.tree)
            return _leads_to(program.trees[tree.tree].root, wanted, program, seen)
        case IfNode():
            arms = (tree.yes, tree.no)
            return any(_leads_to(arm, wanted, program, seen) for arm in arms)
        case _:
            return False


# ── What measuring would give ────────────────────────────────────────────────────────────


def _evidence(
    program: Program,
    document: Document,
    own: WorkloadDecision,
    wanted: str,
    search: _Search,
) -> tuple[Evidence, ...]:
    """Answers about the world that would make it the outcome: (path, answer, question). What
    is open today; and where records stand in the way, what newer ones would have to say."""
    offered = {editable.path for editable in search.editables}
    found: dict[tuple[FieldPath, tuple[Reply, ...]], str | OpenCell] = {}

    def add(asked: Iterable[Settle]) -> None:
        for settle in asked:
            if settle.path is None or settle.path in offered:
                continue
            for split in settle.when:
                if _gives(split, wanted):
                    found.setdefault((settle.path, split.answer), settle.ask)

    add(own.settled_by)
    paths = [records.path for records in program.records.values()]
    bare = without(document, paths, own.name)
    if bare != document:
        add(settling_of_one(program, bare, search.as_of, own.name))
    return tuple((path, answer, ask_) for (path, answer), ask_ in found.items())[:MOST_TOLD]


def _gives(split: Split, wanted: str) -> bool:
    return split.possible == (wanted,)


__all__ = ["Change", "Proof", "Setting", "Stands", "Turn", "WhyNot", "why_not"]
