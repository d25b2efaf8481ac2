"""One question put to a manifest that may leave fields open: has this workload that outcome, is
this rule silent? The answer is yes, no, or open, and it is meant as a proof.

A decision answers for what is stated. Here a field may be opened (stated as a range, or as
unknown), and the answer is to hold for every value it may be given. For an outcome that is what
the evaluation says of itself: what is not possible while a field is open is not possible with
any value of it. Two things of a rule are not so, and are taken apart here while a field is open:

- `answer` is the one answer shown, which another value of the field may replace: it is taken as
  no answer shown, unless one leaf is all there is;
- `is unknown` is yes of an open field and no of a stated one: it is taken as open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from mlpolicy.analyze.partition import (
    Settling,
    Solver,
    decided_for,
    excludes,
    questions,
    settling_of,
)
from mlpolicy.analyze.turns import Doubts, Turns
from mlpolicy.core.facts import Document
from mlpolicy.core.numbers import Poly
from mlpolicy.core.paths import Gap, Hindrance, Need
from mlpolicy.core.program import Expr, Program
from mlpolicy.core.symbols import Symbol, relevant
from mlpolicy.core.terms import FIRM, DutyState, Status
from mlpolicy.core.values import ANSWERLESS, NO, UNKNOWN, YES, Num, Truth
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import (
    NOTHING_BOUND,
    Bindings,
    Env,
    FaultError,
    Run,
)
from mlpolicy.evaluate.trees import (
    Branch,
    Leaf,
    Residual,
    arm_of,
    assumed,
    decide,
    shown_way,
)
from mlpolicy.evaluate.unknowns import needs
from mlpolicy.evaluate.values import result
from mlpolicy.judge.answers import answer_of, judged_answer, owed_on_the_way, status_of
from mlpolicy.judge.rules import duty, judge, owed_as_shown


class Tried(StrEnum):
    """Does it hold: yes or no whatever is open, or not told."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one question. `status` and `shown` are those of the workload in question
    (None where it is the project or could not be decided). `met` is what was compared on the
    way, `rests` the unknowns that the answer can still hang on (None: any). `blocked_by` is an
    unknown that is not open and keeps the outcome from being decided (`blocked`). `limited` says
    that not all was worked out, so that a no is not told. `may_show` says whether the outcome may
    be shown, decided or not, with some values of what is open; a no is sure."""

    holds: Tried
    status: Status | None
    shown: str | None
    met: Turns | None = None
    rests: frozenset[Symbol] | None = None
    blocked_by: Hindrance | None = None
    limited: bool = False
    may_show: bool = True

    def turns(self, slot: Symbol) -> frozenset[Fraction]:
        """The numbers, in base units, or the points of time at which a comparison of an unknown
        turns: exact ones, and the ends of narrow ranges that hold one."""
        if self.met is None or (self.rests is not None and slot not in self.rests):
            return frozenset()
        found = Solver(self.met).turns(slot)
        ends = (end for narrow in found.narrow for end in (narrow.lo, narrow.hi))
        dated = map(Fraction, self.met.dated.get(slot, ()))
        return frozenset((*found.exact, *dated, *(e for e in ends if isinstance(e, Fraction))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`outcome` of `workload`; or else that `rule` (a rule's or an obligation's name) does not
    speak up, of a workload or (None) of the project. `all_workloads` where it reads others,
    `speaks` where it reads the answer. Without `sure`, no is never more than "not told": it
    asks whether something is provisional."""

    outcome: str | None
    rule: str | None
    workload: str | None
    all_workloads: bool = False
    speaks: bool = True
    sure: bool = True


def ask(
    program: Program,
    document: Document,
    question: Question,
    *,
    as_of: date,
    open_: bool,
    turning: bool = False,
    slots: frozenset[Symbol] = frozenset(),
    decided: bool = True,
    memory: Memory | None = None,
) -> Trial:
    """Puts the question. `open_` says that fields were opened for it: then yes and no hold for
    every value of them. With `turning` it is noted where comparisons turn. `slots` are those of
    the open fields: with them, no is also told of what is possible but never `decided`, unless
    that is not asked for. `memory` holds what earlier questions had worked out, for the same
    program and day."""
    run = begin(program, document, as_of.toordinal(), opened=open_, memory=memory)
    met = Turns() if turning else Doubts()
    with run.observed(met):
        found = _asked(run, question, open_, slots, decided)
    if run.unfinished:
        # What was not worked out may hang on anything, and may turn a no into a yes.
        holds = Tried.OPEN if found.holds is Tried.NO else found.holds
        found = replace(
            found, holds=holds, rests=None, blocked_by=None, limited=True, may_show=True
        )
    run.forget()
    rests = None if found.rests is None else found.rests | relevant(tuple(met.doubted))
    return replace(found, rests=rests, met=met if isinstance(met, Turns) else None)


def _asked(
    run: Run, question: Question, open_: bool, slots: frozenset[Symbol], decided: bool
) -> Trial:
    found: dict[str, Residual] = {}
    failed = False
    for workload in run.document.workloads:
        name = workload.name
        if name != question.workload and not question.all_workloads:
            continue
        run.allow()
        try:
            tree = decide(run.envs[name])
        except FaultError:
            failed = failed or name == question.workload
            continue
        found[name] = tree
        run.answers[name] = judged_answer(tree)
    own = found.get(question.workload or "")
    status, shown = (None, None) if own is None else _standing(own)
    if failed:
        return Trial(holds=Tried.OPEN if open_ else Tried.NO, status=Status.ERROR, shown=None)
    rests: frozenset[Symbol] | None = None
    why: Hindrance | None = None
    shows = True
    try:
        if question.outcome is not None:
            assert own is not None
            holds = _has_outcome(question.outcome, own, open_)
            # A leaf that its author marked provisional may give way to another of its outcome.
            rests = None if any(r.provisional for r in own.possible) else own.relevant
            if open_ and slots and not decided:
                shows = may_show(own, question.outcome, slots)
            elif open_ and slots and holds is Tried.OPEN:
                why = blocked(own, question.outcome, slots, run)
                holds = Tried.OPEN if why is None else Tried.NO
        else:
            holds, rests = _is_silent(question, run, own, open_)
            if rests is not None and question.speaks:
                rests = rests.union(*(_answering(tree) for tree in found.values()))
    except FaultError:
        holds = Tried.OPEN if open_ else Tried.NO
    if open_ and not question.sure and holds is Tried.NO:
        holds = Tried.OPEN
    return Trial(
        holds=holds, status=status, shown=shown, rests=rests, blocked_by=why, may_show=shows
    )


def _answering(found: Residual) -> frozenset[Symbol]:
    """The symbols on which it hangs which leaf is reached, and what is set there."""
    if len(found.possible) == 1:
        return frozenset()
    slots = set(found.reads)
    for leaf, env in assumed(found).items():
        for _, setting in getattr(leaf.node, "settings", ()):
            slots |= result(setting, env, NOTHING_BOUND).reads
    return frozenset(slots)


def blocked(found: Residual, wanted: str, open_: frozenset[Symbol], run: Run) -> Hindrance | None:
    """The unknown for which `wanted` is decided with no values of the open fields,
    whose symbols these are; None where that is not proved.

    At a condition that has nothing to do with the open fields, both arms stay possible whatever
    they are given: something else in one of them is enough. At one that may hang on them, both
    arms must hold something else. What hangs on them and refines another unknown may settle a
    condition on that one further on, so from there on it is taken to hang on them too.
    """
    if wanted not in found.outcomes:
        return Gap.NEVER
    if len(found.outcomes) == 1:
        return None
    at = found.at
    if not isinstance(at, Branch) or not at.open:
        (only,) = found.arms
        return blocked(only, wanted, open_, run)
    slots = at.condition.reads
    hangs = not open_.isdisjoint(slots)
    below = open_ | slots if hangs else open_
    arms = [blocked(arm, wanted, below, run) for arm in found.arms]
    told = [arm for arm in arms if arm is not None]
    if hangs or len(arms) < 2:
        if len(told) != len(arms):
            return None
        return next((arm for arm in told if arm is not Gap.NEVER), Gap.NEVER)
    if Gap.NEVER not in told:
        return told[0] if told else None
    paths = needs(at.condition.open, run)
    return paths[0] if paths else Gap.POLICY


def may_show(found: Residual, wanted: str, open_: frozenset[Symbol]) -> bool:
    """May `wanted` be shown with some values of the open fields, whose symbols these are? A no is
    sure.

    At a condition that may hang on them, each arm may be the one that is shown. Any other stays
    unknown, so that the author's arm for it is shown, or what both arms have in common.
    """
    seen: dict[tuple[int, frozenset[Symbol]], bool] = {}

    def shows(here: Residual, open_: frozenset[Symbol]) -> bool:
        if wanted not in here.outcomes:
            return False
        at = here.at
        if isinstance(at, Leaf):
            return True
        if not isinstance(at, Branch) or len(here.arms) < 2:
            return any(shows(arm, open_) for arm in here.arms)
        key = (id(here), open_)
        known = seen.get(key)
        if known is None:
            slots = at.condition.reads
            if open_.isdisjoint(slots):
                said = arm_of(at.node.unknown, at.yes, at.no, at.arm)
                known = all(wanted in arm.outcomes for arm in here.arms)
                known = known or (said is not None and shows(said, open_))
            else:
                arms = here.arms if at.arm is None else (*here.arms, at.arm)
                known = any(shows(arm, open_ | slots) for arm in arms)
            seen[key] = known
        return known

    return shows(found, open_)


def hindrance(
    program: Program,
    document: Document,
    workload: str,
    wanted: str,
    as_of: date,
    but: frozenset[Symbol],
    only: Hindrance | None = None,
    memory: Memory | None = None,
) -> Hindrance | None:
    """An unknown that keeps `wanted` from being decided whatever the open fields
    (whose slots are `but`) are given; None where none was found. With `only`, no other is tried.

    What is decided holds for every completion of what is unknown. So one completion with which
    the outcome is not possible, while the fields are open, proves that no value of them makes
    it decided. Answers are tried only of those unknowns of which the residual says that one might.
    """
    opened = decided_for(program, document, as_of, workload, memory)
    if opened is None:
        return None
    found, env, met = opened
    settling: Settling | None = None
    for (_, path), asked in questions(found, env).items():
        for way in asked if only in (None, path) else ():
            told = frozenset((*way.keys, *(slot.symbol for slot in way.beside)))
            if but.isdisjoint(way.keys) and may_avoid(found, wanted, told):
                settling = settling or settling_of(found, env, met)
                if excludes(way, settling, wanted):
                    return path
    return None


def may_avoid(found: Residual, wanted: str, of: frozenset[Symbol]) -> bool:
    """May an answer about the unknowns `of` alone rule `wanted` out? A no is sure.

    A condition that may hang on them may go either way, so that one arm without it is enough. At
    any other, both arms stay possible. What such a condition refines may settle another one further
    on, so from there on that is taken to hang on them too.
    """
    seen: dict[tuple[int, frozenset[Symbol]], bool] = {}

    def avoids(here: Residual, of: frozenset[Symbol]) -> bool:
        if wanted not in here.outcomes:
            return True
        if here.firm:
            return False
        key = (id(here), of)
        known = seen.get(key)
        if known is None:
            at = here.at
            slots = at.condition.reads if isinstance(at, Branch) and at.open else frozenset()
            hangs = not of.isdisjoint(slots)
            below = of | slots if hangs else of
            known = (any if hangs else all)(avoids(arm, below) for arm in here.arms)
            seen[key] = known
        return known

    return avoids(found, of)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as a formula in what is open, None where it has no limit; and the
    paths that it is unknown without."""

    poly: Poly | None
    needs: tuple[Need, ...]


def amounts(
    program: Program,
    document: Document,
    workload: str,
    exprs: Sequence[Expr],
    as_of: date,
    *,
    others: bool = False,
) -> tuple[tuple[Amount, ...], Callable[[Symbol], frozenset[Fraction]]] | None:
    """What some expressions come to for a workload, and where what they hang on turns. None
    where they cannot be evaluated. `others` says that they read other workloads."""
    run = begin(program, document, as_of.toordinal())
    env = run.envs[workload]
    met = Turns()
    try:
        with run.observed(met):
            for name in [w.name for w in document.workloads] if others else [workload]:
                run.allow()
                found = decide(run.envs[name])
                run.answers[name] = judged_answer(found)
            b = Bindings(answer=run.answers[workload])
            made = tuple(_amount(expr, env, b) for expr in exprs)
    except FaultError:
        return None

    def turns(slot: Symbol) -> frozenset[Fraction]:
        return Trial(holds=Tried.OPEN, status=None, shown=None, met=met).turns(slot)

    return made, turns


def _amount(expr: Expr, env: Env, b: Bindings) -> Amount:
    found = result(expr, env, b)
    poly = found.value.poly if isinstance(found.value, Num) else None
    return Amount(poly, needs(found.open, env.subject.run))


def _standing(found: Residual) -> tuple[Status, str | None]:
    """How firm the answer is, and what is shown."""
    status = status_of(found)
    shown = found.shown
    told = shown.outcome if shown is not None and shown.outcome not in ANSWERLESS else None
    return status, told


def _has_outcome(wanted: str, found: Residual, open_: bool) -> Tried:
    if wanted not in found.outcomes:
        return Tried.NO
    status, shown = _standing(found)
    marked = open_ and any(reached.provisional for reached in found.possible)
    if status in FIRM and shown == wanted and not marked:
        return Tried.YES
    return Tried.OPEN


def _is_silent(
    question: Question, run: Run, found: Residual | None, open_: bool
) -> tuple[Tried, frozenset[Symbol] | None]:
    program = run.program
    assert question.rule is not None
    name = question.workload
    if question.rule in program.rules:
        rule = program.rules[question.rule]
        env = run.envs[name or ""]
        judged = judge(rule, name, env, None, found)
        holds = {YES: Tried.NO, NO: Tried.YES, UNKNOWN: Tried.OPEN}[judged.value]
        if judged.unjudged is not None and not open_:
            holds = Tried.NO
        return holds, relevant(judged.waits)
    assert name is not None
    assert found is not None
    if open_ and len(found.possible) > 1:
        return Tried.OPEN, None
    if open_:
        return _may_be_late(question.rule, run, name, found), None
    owed, answer = owed_as_shown(found), answer_of(found)
    # All of them, since a fault of any one ends the workload in an error.
    stand = {
        each.name: duty(each, each.name in owed, run.envs[name], answer)
        for each in program.obligations.values()
        if each.holds_on(run.as_of)
    }
    asked = stand.get(question.rule)
    if asked is None or not asked.late:
        return Tried.YES, None
    return (Tried.NO if asked.state is DutyState.OVERDUE else Tried.OPEN), None


def _may_be_late(rule: str, run: Run, workload: str, found: Residual) -> Tried:
    """Is an obligation silent whatever is open? What is not known to be met may come to be, and
    what may be owed may come to be overdue, so neither is told of it here."""
    obligation = run.program.obligations[rule]
    env, b = run.envs[workload], Bindings(answer=answer_of(found))

    def truth(when: Expr | None) -> Truth:
        if when is None:
            return NO
        value = result(when, env, b).value
        assert isinstance(value, Truth)
        return value

    shown = found.shown
    owed = shown is not None and rule in owed_on_the_way(shown, shown_way(found))
    needed = YES if owed else truth(obligation.when)
    met, due = truth(obligation.met_when), truth(obligation.due_when)
    if needed is NO or met is YES or due is NO:
        return Tried.YES
    sure = needed is YES and met is NO and due is YES
    return Tried.NO if sure else Tried.OPEN


__all__ = [
    "Amount",
    "Question",
    "Trial",
    "Tried",
    "amounts",
    "ask",
    "hindrance",
]
