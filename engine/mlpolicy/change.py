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

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import combinations

from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Decision, Split, Status, Trace, WorkloadDecision
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.program import (
    AggregateExpr,
    ChoiceRef,
    GotoNode,
    IfNode,
    InputRef,
    IsUnknownExpr,
    LeafNode,
    Program,
    TreeNode,
    Typed,
)
from mlpolicy.core.show import finite_places
from mlpolicy.editable import (
    FINEST,
    Knob,
    Line,
    Options,
    Subset,
    bound,
    knobs,
    leave_open,
    number_of,
    number_today,
    plain,
    plain_of,
    said,
    state,
    stretch_text,
    without,
)
from mlpolicy.evaluate.trial import Question, Trial, Tried, ask, hindrance, opened
from mlpolicy.manifest.restate import Plain, Restated, node_of
from mlpolicy.manifest.schema import Schema
from mlpolicy.partition import Piece, Stretch, partition
from mlpolicy.source import Place

#: The most fields that are changed together.
MOST_FIELDS = 3
#: The most changes that are told.
MOST_TOLD = 8
#: The most evaluations in one search; what is left then is untold.
MOST_TRIALS = 900
#: The most of them for one set of fields.
MOST_FOR_A_SET = 120
#: The same where it has several.
MOST_FOR_SEVERAL = 40
#: The most for one of which only something provisional can come.
MOST_IN_VAIN = 40


@node
class Setting:
    """One field of a change. `value` is the nearest that does it, `region` all that do with
    the other settings as they are, in words; `before` what is stated, in words. `exact` where
    the region's ends were proved: just outside it, it does not do."""

    path: str
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


@node
class Turn:
    """An `if` of the path at which the answer turned away: what was asked, what it came to,
    the margin; `at` the policy's line, `stated` the manifest's."""

    condition: str
    came_to: str
    values: tuple[str, ...]
    at: Place | None
    last: bool


class Proof(StrEnum):
    """How the search ended."""

    ALREADY = "already so"
    FOUND = "found"
    PROVISIONAL = "only provisional"
    IMPOSSIBLE = "impossible"  # whatever the editable fields state
    HINDERED = "never decided"  # while something is unknown, whatever the fields state
    MORE = "more than three fields"
    UNTOLD = "not told"


@node
class WhyNot:
    """The answer. `question` is `outcome` or `rule`; `stands` how it stands today. `asked` are
    the fields that were considered, `untold` the sets of which nothing could be told,
    `complete` whether all changes of the size are told but for those. `open_for` is what must
    become known before any change can make it decided; `evidence` what, known or measured,
    would give it: path, answer, question."""

    question: str
    wanted: str
    workload: str | None
    stands: str
    turns: tuple[Turn, ...]
    proof: Proof
    changes: tuple[Change, ...]
    complete: bool
    size: int
    untold: tuple[tuple[str, ...], ...]
    open_for: str | None
    asked: tuple[str, ...]
    evidence: tuple[tuple[str, str, str], ...]


#: The decision on the manifest with fields restated; None where its schema refuses them.
Confirm = Callable[[Sequence[Restated]], Decision | None]


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
    decide: Callable[[Document], Decision],
) -> WhyNot:
    """Why `wanted` (an outcome of the policy, or the silence of one of its rules) is not so
    for `workload` (None: the project), and the smallest changes by which it would be."""
    search = _search_of(program, schema, document, confirm, wanted, workload, as_of)
    is_outcome = wanted in program.outcome.members
    own = next((w for w in today.workloads if w.name == workload), None)
    turns = _turned(program, own, wanted) if is_outcome and own is not None else ()
    found = _smallest(search)
    evidence: tuple[tuple[str, str, str], ...] = ()
    if is_outcome and own is not None and found.proof is not Proof.ALREADY:
        evidence = _evidence(program, document, own, wanted, search, decide)
    shown = list(found.changes[:MOST_TOLD])
    return WhyNot(
        "outcome" if is_outcome else "rule",
        wanted,
        workload,
        _stands(today, own, wanted, is_outcome, workload),
        turns,
        found.proof,
        tuple(shown),
        found.complete and len(found.changes) == len(shown),
        found.size,
        tuple(found.untold),
        found.open_for,
        tuple(knob.path for knob in search.knobs),
        evidence,
    )


def _stands(
    today: Decision,
    own: WorkloadDecision | None,
    wanted: str,
    is_outcome: bool,
    workload: str | None,
) -> str:
    """How it stands today, in a few words."""
    if is_outcome:
        assert own is not None
        if own.status is Status.ERROR:
            return f"error: {own.error}"
        shown = own.choice.outcome or "infeasible" if own.choice is not None else ""
        return " ".join(word for word in (own.status.value, shown) if word)
    states = [f.state for f in today.findings if f.rule == wanted and f.workload == workload]
    return states[0] if states else "passed"


# ── What the question rests on ───────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Search:
    """One question, the fields it rests on, and the trials made so far."""

    program: Program
    open_program: Program
    document: Document
    question: Question
    knobs: tuple[Knob, ...]
    as_of: date
    confirm: Confirm
    trials: int = 0
    limit: int = MOST_TRIALS
    provisional: list[tuple[tuple[Knob, Plain], ...]] = field(default_factory=list)
    kept: dict[object, Trial] = field(default_factory=dict)

    def ask(self, document: Document, *, open_: bool, turning: bool = False) -> Trial:
        self.trials += 1
        program = self.open_program if open_ else self.program
        return ask(program, document, self.question, as_of=self.as_of, open_=open_, turning=turning)

    def hindered(self, chosen: Sequence[Knob]) -> str | None:
        """What keeps the outcome from being decided whatever these fields state."""
        name, wanted = self.question.workload, self.question.outcome
        if wanted is None or name is None:
            return None
        self.trials += 5
        slots = frozenset(slot for knob in chosen for slot in knob.slots)
        document = leave_open(self.document, chosen)
        return hindrance(self.program, document, name, wanted, self.as_of, slots)

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
    start: list[Typed] = _conditions(program)
    if wanted in program.outcome.members:
        exprs = list(reached(start, program))
        question = Question(wanted, None, workload)
        whose = [workload] if workload is not None else names
        open_program = program
    else:
        own = _rule_parts(program, wanted)
        exprs = list(reached(own, program))
        others = any(isinstance(e, AggregateExpr) and e.over != "set" for e in exprs)
        speaks = wanted in program.obligations or any(isinstance(e, ChoiceRef) for e in exprs)
        if speaks:
            settings = [s for t in program.trees.values() for s in _settings(t.root)]
            exprs = [*exprs, *reached([*start, *settings], program)]
        open_program = opened(program)
        sure = not any(
            isinstance(e, IsUnknownExpr) or (isinstance(e, ChoiceRef) and e.attribute == "status")
            for e in reached(_rule_parts(open_program, wanted), open_program)
        )
        everywhere = workload is None or others
        question = Question(None, wanted, workload, everywhere, speaks, sure)
        whose = names if everywhere or workload is None else [workload]
    inputs = dict.fromkeys(e.name for e in exprs if isinstance(e, InputRef))
    found = knobs(program, document, schema, inputs, whose, exprs)
    return _Search(program, open_program, document, question, found, as_of, confirm)


def _rule_parts(program: Program, name: str) -> list[Typed]:
    if name in program.rules:
        return [program.rules[name].when]
    duty = program.obligations[name]
    return [e for e in (duty.when, duty.met_when, duty.due_when) if e is not None]


def _conditions(program: Program) -> list[Typed]:
    found: list[Typed] = []

    def walk(tree: TreeNode) -> None:
        if isinstance(tree, IfNode):
            found.append(tree.condition)
            walk(tree.yes)
            walk(tree.no)
            if tree.unknown_arm is not None:
                walk(tree.unknown_arm)

    for tree in program.trees.values():
        walk(tree.root)
    return found


def _settings(tree: TreeNode) -> Iterator[Typed]:
    match tree:
        case LeafNode():
            yield from (setting for _, setting in tree.settings)
        case IfNode():
            for below in (tree.yes, tree.no, tree.unknown_arm):
                if below is not None:
                    yield from _settings(below)
        case _:
            return


# ── The search ───────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Found:
    proof: Proof
    size: int = 0
    changes: list[Change] = field(default_factory=list)
    untold: list[tuple[str, ...]] = field(default_factory=list)
    open_for: str | None = None
    complete: bool = True


def _smallest(search: _Search) -> _Found:
    """Every smallest change: all sets of the least number of fields that do it."""
    if search.ask(search.document, open_=False).holds is Tried.YES:
        return _Found(Proof.ALREADY)
    everything = search.ask(leave_open(search.document, search.knobs), open_=True)
    if not search.knobs or everything.holds is Tried.NO:
        return _Found(Proof.IMPOSSIBLE)
    search.knobs = tuple(knob for knob in search.knobs if _matters(knob, everything))
    needed = {knob.key for knob in search.knobs if _open_all_but(search, knob).holds is Tried.NO}
    result = _Found(Proof.MORE)
    if len(needed) > MOST_FIELDS:
        return result
    result.open_for = search.hindered(search.knobs)
    for size in range(1, MOST_FIELDS + 1 if result.open_for is None else 2):
        for chosen in combinations(search.knobs, size):
            if not needed <= {knob.key for knob in chosen}:
                continue
            if size > 1 and len(result.changes) >= MOST_TOLD:
                result.complete = False
                break
            if search.spent:
                result.untold.append(tuple(knob.path for knob in chosen))
                continue
            trial = search.ask(leave_open(search.document, chosen), open_=True)
            # A field that does not matter with these open adds nothing to the others.
            if trial.holds is Tried.NO or not all(_matters(knob, trial) for knob in chosen):
                continue
            hindered = search.hindered(chosen)
            if hindered is not None and size > 1:
                continue
            most = MOST_FOR_A_SET if size == 1 else MOST_FOR_SEVERAL
            if hindered is not None:
                most = MOST_IN_VAIN
            search.limit = min(MOST_TRIALS, search.trials + most)
            change, told = _solve(search, chosen)
            search.limit = MOST_TRIALS
            told = told or hindered is not None
            if change is not None:
                result.changes.append(change)
            elif not told:
                result.untold.append(tuple(knob.path for knob in chosen))
        if result.changes:
            result.proof, result.size = Proof.FOUND, size
            result.changes.sort(key=_nearness)
            return result
    provisional = _provisional(search)
    if provisional is not None:
        result.proof, result.size = Proof.PROVISIONAL, len(provisional.settings)
        result.changes = [provisional]
    elif result.open_for is not None:
        result.proof = Proof.HINDERED
    elif result.untold:
        result.proof = Proof.UNTOLD
    return result


def _matters(knob: Knob, trial: Trial) -> bool:
    """Can the answer still hang on this field? A no is proved."""
    days = isinstance(knob.domain, Line) and knob.domain.days
    return days or trial.rests is None or not knob.slots.isdisjoint(trial.rests)


def _open_all_but(search: _Search, knob: Knob) -> Trial:
    rest = [other for other in search.knobs if other.key != knob.key]
    return search.ask(leave_open(search.document, rest), open_=True)


def _nearness(change: Change) -> tuple[bool, ...]:
    """Fields that state something else before fields that are newly stated."""
    return tuple(setting.before == "" for setting in change.settings)


Values = tuple[tuple[Knob, Plain], ...]


def _solve(search: _Search, chosen: Sequence[Knob]) -> tuple[Change | None, bool]:
    """Values of exactly these fields that do it, nearest first; and whether, where there are
    none, that is sure."""
    rank = {Options: 0, Subset: 1, Line: 2}
    order = sorted(chosen, key=lambda knob: rank[type(knob.domain)])
    sure = True
    for values, told in _tried(search, search.document, order):
        sure = sure and told
        if values is None:
            continue
        change = _change(search, chosen, {knob.key: value for knob, value in values})
        if change is not None:
            return change, True
    return None, sure


def _tried(
    search: _Search, document: Document, rest: Sequence[Knob]
) -> Iterator[tuple[Values | None, bool]]:
    """Values of the fields in `rest` that do it, as they are found; None with whether a part
    that was searched in vain is surely empty."""
    knob, others = rest[0], rest[1:]
    if isinstance(knob.domain, Line):
        yield from _tried_line(search, document, knob, others)
        return
    for value in _candidates(knob):
        stated = state(document, knob, value)
        if others:
            if search.ask(leave_open(stated, others), open_=True).holds is Tried.NO:
                continue
            for found, told in _tried(search, stated, others):
                yield (((knob, value), *found), told) if found is not None else (None, told)
        else:
            trial = search.ask(stated, open_=False)
            if trial.holds is Tried.YES:
                yield ((knob, value),), True
            else:
                _note_provisional(search, trial, stated, ((knob, value),))
        if search.spent:
            yield None, False
            return
    if isinstance(knob.domain, Subset) or not knob.domain.all_there_are:
        yield None, False


def _tried_line(
    search: _Search, document: Document, knob: Knob, others: Sequence[Knob]
) -> Iterator[tuple[Values | None, bool]]:
    pieces = _pieces(search, document, knob, others)
    here = number_today(knob)
    for piece in sorted(pieces, key=lambda piece: _apart(piece.stretch, here)):
        if piece.holds is Tried.NO:
            continue
        if not others:
            if piece.holds is Tried.YES:
                number = _pick(knob, piece.stretch, here)
                yield ((knob, plain(knob, number)),), True
            else:
                number = _pick(knob, piece.stretch, here)
                stated = state(document, knob, plain(knob, number))
                trial = search.ask(stated, open_=False)
                _note_provisional(search, trial, stated, ((knob, plain(knob, number)),))
                yield None, piece.stretch.is_point
            continue
        stretch = piece.stretch
        tries = dict.fromkeys((_pick(knob, stretch, here), stretch.low, stretch.high))
        for number in tries:
            if search.spent:
                break
            stated = state(document, knob, plain(knob, number))
            for found, _ in _tried(search, stated, others):
                if found is not None:
                    yield ((knob, plain(knob, number)), *found), True
        yield None, stretch.is_point


def _pieces(
    search: _Search, document: Document, knob: Knob, others: Sequence[Knob]
) -> tuple[Piece[Tried], ...]:
    """The line of one number, with the other fields open: where it does it, where not, where
    that is open."""
    assert isinstance(knob.domain, Line)

    def look(stretch: Stretch) -> tuple[Tried | None, Iterable[Fraction]]:
        there = leave_open(bound(document, knob, stretch), others)
        alone = stretch.is_point and not others
        trial = search.ask(there, open_=not alone, turning=not alone)
        if trial.holds is not Tried.OPEN or stretch.is_point or search.spent:
            return trial.holds, ()
        if not _matters(knob, trial):
            return Tried.OPEN, ()  # proved not to hang on this field here
        turns = [turn / knob.unit.scale for turn in trial.turns(knob.slot)]
        inside = [turn for turn in turns if turn in stretch]
        if inside:
            return None, inside
        # Nothing is known to turn in here. Halving helps only where the ends differ.
        ends = {at(number) for number in (stretch.low, _middle(stretch), stretch.high)}
        return (Tried.OPEN if ends == {Tried.OPEN} else None), ()

    def at(number: Fraction) -> Tried:
        there = bound(document, knob, Stretch(number, number, number))
        return search.ask(leave_open(there, others), open_=bool(others)).holds

    return partition(knob.domain.stretch, look, 60 if others else 150)


def _middle(stretch: Stretch) -> Fraction:
    return ((stretch.low + stretch.high) / 2 // stretch.step) * stretch.step


def _apart(stretch: Stretch, here: Fraction | None) -> Fraction:
    return Fraction(0) if here is None else abs(stretch.nearest(here) - here)


def _pick(knob: Knob, stretch: Stretch, here: Fraction | None) -> Fraction:
    """The number of a stretch that is nearest to what is stated. Where the finest step is all
    that keeps it from a bar, the nearest with as many decimals as the bar and today's number;
    where nothing is stated, the end at a bar."""
    assert isinstance(knob.domain, Line)
    whole = knob.domain.stretch
    if here is None:
        near = stretch.low if stretch.low > whole.low else stretch.high
        if stretch.low == whole.low and stretch.high == whole.high:
            near = stretch.nearest(Fraction(0))
    else:
        near = stretch.nearest(here)
    if stretch.step != FINEST or near in (whole.low, whole.high):
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
        part = stretch.between(stretch.low, stretch.high)
        assert part is not None
        coarse = Stretch(-whole.high - 1, whole.high + 1, step).between(stretch.low, stretch.high)
        if coarse is not None:
            return coarse.nearest(near)
    return near


def _candidates(knob: Knob) -> Iterator[Plain]:
    """The values of a field that has no line, other than today's, nearest first."""
    now = plain_of(knob.today)
    match knob.domain:
        case Options(values=values):
            place = values.index(now) if now in values else 0
            ordered = sorted(values, key=lambda v: abs(values.index(v) - place))
            yield from (value for value in ordered if value != now)
        case Subset(members=members):
            yield from _subsets(members, now if isinstance(now, tuple) else None)
        case _:
            return


def _subsets(members: tuple[str, ...], now: tuple[str, ...] | None) -> Iterator[Plain]:
    """Lists that differ from today's by one word, then by two; without one, the empty list."""
    base = now or ()
    if now is None or now:
        yield ()
    toggles = tuple(dict.fromkeys((*base, *members)))
    for count in (1, 2):
        for chosen in combinations(toggles, count):
            kept = tuple(m for m in base if m not in chosen)
            added = tuple(m for m in chosen if m not in base)
            if len(toggles) > 20 and count == 2:
                return
            if (kept or added) and (*kept, *added) != base:
                yield (*kept, *added)


# ── From values to a change ──────────────────────────────────────────────────────────────


def _change(
    search: _Search, chosen: Sequence[Knob], values: dict[tuple[str, str], Plain]
) -> Change | None:
    """The change, evaluated as a manifest, without fields that it does not need; None where
    the schema refuses it or it does not do it after all."""
    needed = list(chosen)
    for size in range(1, len(needed)):
        for part in combinations(chosen, size):
            trial = search.ask(_stated(search, part, values), open_=False)
            if trial.holds is Tried.YES:
                return None  # a smaller one, told among its own size
    search.limit = search.trials + MOST_FOR_A_SET
    if len(needed) > 1:
        for knob in needed:
            _draw_near(search, knob, needed, values)
    search.limit = max(search.limit, search.trials + MOST_FOR_A_SET)
    after = search.confirm([Restated(k.workload, k.steps, node_of(values[k.key])) for k in needed])
    if after is None or not _does(search.question, after):
        return None
    settings = tuple(_setting(search, knob, needed, values) for knob in needed)
    return Change(settings, after)


def _stated(
    search: _Search, part: Iterable[Knob], values: dict[tuple[str, str], Plain]
) -> Document:
    document = search.document
    for knob in part:
        document = state(document, knob, values[knob.key])
    return document


def _does(question: Question, after: Decision) -> bool:
    if question.outcome is not None:
        own = next(w for w in after.workloads if w.name == question.workload)
        shown = own.choice.outcome if own.choice is not None else None
        return own.status is Status.DECIDED and shown == question.outcome
    if question.workload is not None:
        own = next(w for w in after.workloads if w.name == question.workload)
        if own.status is Status.ERROR:
            return False
    return not any(
        f.rule == question.rule and f.workload == question.workload for f in after.findings
    )


def _draw_near(
    search: _Search, knob: Knob, needed: Sequence[Knob], values: dict[tuple[str, str], Plain]
) -> None:
    """Moves one number as near to what is stated as the other settings allow."""
    if not isinstance(knob.domain, Line):
        return
    others = [other for other in needed if other.key != knob.key]
    pieces = _pieces(search, _stated(search, others, values), knob, ())
    here = number_today(knob)
    good = [piece.stretch for piece in pieces if piece.holds is Tried.YES]
    if good:
        nearest = min(good, key=lambda stretch: _apart(stretch, here))
        values[knob.key] = plain(knob, _pick(knob, nearest, here))


def _setting(
    search: _Search, knob: Knob, needed: Sequence[Knob], values: dict[tuple[str, str], Plain]
) -> Setting:
    value = values[knob.key]
    others = [other for other in needed if other.key != knob.key]
    document = _stated(search, others, values)
    region, exact = _region(search, document, knob, value)
    before = "" if knob.today is None else said(plain_of(knob.today), knob)
    return Setting(knob.path, knob.workload, before, value, said(value, knob), region, exact)


def _region(search: _Search, document: Document, knob: Knob, value: Plain) -> tuple[str, bool]:
    """All values of one field that do it with the others as they are, in words; and whether
    its ends are proved."""
    if isinstance(knob.domain, Line):
        pieces = _pieces(search, document, knob, ())
        number = number_of(value, knob)
        good = [piece.stretch for piece in pieces if piece.holds is Tried.YES]
        mine = next((s for s in good if number in s), Stretch(number, number, Fraction(1)))
        whole = knob.domain.stretch
        outside = [n for n in (mine.low - mine.step, mine.high + mine.step) if n in whole]
        exact = all(
            search.ask(state(document, knob, plain(knob, n)), open_=False).holds is not Tried.YES
            for n in outside
        )
        return stretch_text(mine, knob), exact
    if isinstance(knob.domain, Options):
        does = [
            v
            for v in knob.domain.values
            if v == value or search.ask(state(document, knob, v), open_=False).holds is Tried.YES
        ]
        words = [said(v, knob) for v in does]
        return " or ".join(words), knob.domain.all_there_are
    return said(value, knob), False


# ── Only provisional ─────────────────────────────────────────────────────────────────────


def _note_provisional(search: _Search, trial: Trial, document: Document, values: Values) -> None:
    """Keeps a change after which the wanted outcome is shown, though not decided."""
    if search.question.outcome is None or trial.shown != search.question.outcome:
        return
    if trial.status is Status.PROVISIONAL:
        search.provisional.append(values)


def _provisional(search: _Search) -> Change | None:
    """The first change of one field after which the outcome is shown as provisional."""
    base = search.ask(search.document, open_=False)
    if base.shown == search.question.outcome:
        return None
    for values in search.provisional:
        chosen = [knob for knob, _ in values]
        stated = {knob.key: value for knob, value in values}
        after = search.confirm(
            [Restated(k.workload, k.steps, node_of(stated[k.key])) for k in chosen]
        )
        if after is None:
            continue
        own = next(w for w in after.workloads if w.name == search.question.workload)
        if own.choice is None or own.choice.outcome != search.question.outcome:
            continue
        settings = tuple(_stated_so(knob, value) for knob, value in values)
        return Change(settings, after)
    return None


def _stated_so(knob: Knob, value: Plain) -> Setting:
    before = "" if knob.today is None else said(plain_of(knob.today), knob)
    shown = said(value, knob)
    return Setting(knob.path, knob.workload, before, value, shown, shown, False)


# ── Where the path turned away ───────────────────────────────────────────────────────────


def _turned(program: Program, own: WorkloadDecision, wanted: str) -> tuple[Turn, ...]:
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
    for step in _path(own.trace):
        found = nodes.get(step.at) if step.at is not None else None
        if found is None:
            continue
        if step.value not in ("yes", "no"):
            if any(_leads_to(arm, wanted, program, set()) for arm in (found.yes, found.no)):
                condition = step.children[0]
                text = condition.text or condition.name
                turns.append(Turn(text, "unknown", (), step.at, False))
            continue
        taken, other = (found.yes, found.no) if step.value == "yes" else (found.no, found.yes)
        if not _leads_to(other, wanted, program, set()):
            continue
        condition = step.children[0]
        last = not _leads_to(taken, wanted, program, set())
        text = condition.text or condition.name
        turns.append(Turn(text, step.value, tuple(_values(condition)), step.at, last))
        if last:
            break
    return tuple(turns)


def _path(trace: Trace) -> Iterator[Trace]:
    """The `if`s of the tree that was walked, in order."""
    for child in trace.children:
        if child.kind in ("tree", "goto"):
            yield from _path(child)
        elif child.kind == "if":
            yield child
            yield from _path(child)
            return


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


def _values(condition: Trace) -> Iterator[str]:
    """What a condition came to, in its parts: comparisons with both sides and the margin,
    inputs with what is stated."""
    told: dict[str, None] = {}

    def visit(here: Trace, depth: int) -> None:
        if depth > 6 or len(told) >= 4:
            return
        if here.kind in ("compare", "is", "in", "within") and len(here.children) == 2:
            left, right = here.children
            note = f" ({here.note})" if here.note else ""
            told[f"{here.text}: {left.value} against {right.value}{note}"] = None
            return
        if here.kind == "input":
            where = f", {here.from_}" if here.from_ is not None else ""
            note = f" ({here.note}{where})" if here.note else where.replace(", ", " at ", 1)
            told[f"{here.name} is {here.value}{note}"] = None
            return
        for child in here.children:
            visit(child, depth + 1)

    visit(condition, 0)
    yield from told


# ── What measuring would give ────────────────────────────────────────────────────────────


def _evidence(
    program: Program,
    document: Document,
    own: WorkloadDecision,
    wanted: str,
    search: _Search,
    decide: Callable[[Document], Decision],
) -> tuple[tuple[str, str, str], ...]:
    """Answers about the world that would make it the outcome: (path, answer, question). What
    is open today; and where records stand in the way, what newer ones would have to say."""
    editable = {knob.path for knob in search.knobs}
    found: dict[tuple[str, str], str] = {}

    def add(workload: WorkloadDecision) -> None:
        for settle in workload.settled_by:
            if settle.path is None or settle.path in editable:
                continue
            for split in settle.when:
                if _gives(split, wanted):
                    found.setdefault((settle.path, split.answer), settle.ask)

    add(own)
    paths = [records.path for records in program.records.values()]
    bare = without(document, paths, own.name)
    if bare != document:
        add(next(w for w in decide(bare).workloads if w.name == own.name))
    return tuple((path, answer, ask_) for (path, answer), ask_ in found.items())[:MOST_TOLD]


def _gives(split: Split, wanted: str) -> bool:
    return split.possible == (wanted,)


__all__ = ["Change", "Proof", "Setting", "Turn", "WhyNot", "why_not"]
