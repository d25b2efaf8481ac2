"""What a manifest may come to, as goals: an arm that is taken, a rule that fires, two exceptions
that both hold. A goal is looked at in one document for one day; the answer is yes, no or open.

In a document with open fields, no is sure: with no values of them does it come to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import assert_never

from mlpolicy.analyze.partition import Solver
from mlpolicy.analyze.turns import Doubts, Turns
from mlpolicy.core.facts import Document
from mlpolicy.core.program import (
    Bar,
    Choose,
    Define,
    ExceptionRule,
    Expr,
    IfNode,
    Obligation,
    Program,
    Rule,
)
from mlpolicy.core.symbols import Symbol, relevant
from mlpolicy.core.terms import Per
from mlpolicy.core.values import NO, UNKNOWN, YES, Members, Truth, conjunction, member, negate
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env, FaultError
from mlpolicy.evaluate.refine import assume
from mlpolicy.evaluate.trees import Branch, Leaf, Residual, decide, shown_way
from mlpolicy.evaluate.values import result
from mlpolicy.judge.answers import judged_answer, owed_on_the_way
from mlpolicy.judge.rules import judge


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """The arm of an `if` of a tree is taken: for yes, or for no."""

    node: IfNode
    holds: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A leaf with an outcome is reached."""

    outcome: str


@dataclass(frozen=True, slots=True, eq=False)
class Fires:
    """A rule fires; without `fires`, it does not."""

    rule: Rule
    fires: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Owed:
    """An obligation is owed."""

    duty: Obligation


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """Two exceptions to one declaration hold at once; of a keyed one for a member (`key`)."""

    declared: Bar | Define
    one: ExceptionRule
    other: ExceptionRule
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Applies:
    """An exception applies; of a keyed declaration for a member (`key`)."""

    declared: Bar | Define
    exception: ExceptionRule
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matches:
    """Of the rows of a table these match, and these do not; of a keyed one for a member (`key`)."""

    table: Define
    body: Choose
    yes: tuple[int, ...] = ()
    no: tuple[int, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Each of these expressions is this word of its enum."""

    asked: tuple[tuple[Expr, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """One of several goals: what is declared for each word of a key is met for one of them."""

    goals: tuple[Goal, ...]


Goal = Arm | Outcome | Fires | Owed | Both | Applies | Matches | Words | Some


@dataclass(frozen=True, slots=True)
class Seen:
    """Does a document come to a goal, and on which unknowns does that hang?"""

    truth: Truth
    hangs_on: frozenset[Symbol] = frozenset()


_NOT = Seen(NO)
_SURE = Seen(YES)


class Look:
    """A document on a day, evaluated as far as goals ask for. `opened` says that its fields were
    opened; `memory` holds what was worked out when it was looked at before."""

    def __init__(
        self,
        program: Program,
        document: Document,
        day: date,
        *,
        opened: bool,
        memory: Memory | None = None,
    ) -> None:
        self.program, self.opened = program, opened
        self.met = Turns() if opened else Doubts()
        self.run = begin(program, document, day.toordinal(), opened=opened, memory=memory)
        self.one = program.scopes.each.word
        self.env = self.run.envs[self.one]
        self._solver: Solver | None = None

    @cached_property
    def residual(self) -> Residual | None:
        """What the tree comes to; None where that ends in an error."""
        self.run.allow()
        try:
            with self.run.observed(self.met):
                found = decide(self.env)
        except FaultError:
            return None
        self.run.answers[self.one] = judged_answer(found)
        return found

    @cached_property
    def taken(self) -> Mapping[tuple[int, bool], Seen]:
        """Every arm that may be taken, and whether it surely is."""
        arms: dict[tuple[int, bool], Seen] = {}
        seen: set[tuple[int, bool]] = set()

        def visit(here: Residual, sure: bool, asked: frozenset[Symbol]) -> None:
            if (id(here), sure) in seen:
                return
            seen.add((id(here), sure))
            at = here.at
            if not isinstance(at, Branch):
                for arm in here.arms:
                    visit(arm, sure, asked)
                return
            open_ = at.open and at.impossible is None
            if open_ and not asked:
                asked = relevant((*at.condition.open, *at.condition.reads))
            for follows, holds in ((at.yes, True), (at.no, False)):
                if follows is None:
                    continue
                key = (id(at.node), holds)
                mine = _SURE if sure and not at.open else Seen(UNKNOWN, asked)
                if key not in arms or mine.truth is YES:
                    arms[key] = mine
                visit(follows, sure and not at.open, asked)

        if self.residual is not None:
            visit(self.residual, True, frozenset())
        return arms

    @property
    def whole(self) -> bool:
        """Was all worked out that was asked for?"""
        return not self.run.unfinished

    def turns(self, symbol: Symbol) -> Iterator[Fraction]:
        """The numbers, in base units, or the points of time at which a comparison turns."""
        if not isinstance(self.met, Turns):
            return
        self._solver = self._solver or Solver(self.met)
        found = self._solver.turns(symbol)
        yield from found.exact
        for narrow in found.narrow:
            yield from (end for end in (narrow.lo, narrow.hi) if isinstance(end, Fraction))
        yield from map(Fraction, self.met.dated.get(symbol, ()))

    def close(self) -> None:
        """Lets go of what was worked out."""
        self.run.forget()


def seen(goal: Goal, look: Look) -> Seen:
    """Does the document come to a goal?"""
    try:
        return _seen(goal, look)
    except FaultError:
        return Seen(UNKNOWN)


def _seen(goal: Goal, look: Look) -> Seen:
    match goal:
        case Arm(node=node, holds=holds):
            if look.residual is None:
                return Seen(UNKNOWN)
            return look.taken.get((id(node), holds), _NOT)
        case Outcome(outcome=outcome):
            return _reached(outcome, look)
        case Fires(rule=rule, fires=fires):
            return _fires(rule, fires, look)
        case Owed(duty=duty):
            return _owed(duty, look)
        case Both(declared=declared, one=one, other=other, key=key):
            return _all(look, _inside(declared, key), one.guard, other.guard)
        case Applies(declared=declared, exception=exception, key=key):
            return _all(look, _inside(declared, key), exception.guard)
        case Matches():
            return _matches(goal, look)
        case Words(asked=asked):
            return _each([_is_word(expr, word, look) for expr, word in asked])
        case Some(goals=goals):
            return _some([seen(each, look) for each in goals])
        case _:
            assert_never(goal)


def _each(parts: list[Seen]) -> Seen:
    """All of these hold."""
    truth = conjunction([part.truth for part in parts])
    if truth is not UNKNOWN:
        return Seen(truth)
    open_ = [part.hangs_on for part in parts if part.truth is UNKNOWN]
    return Seen(UNKNOWN, next((each for each in open_ if each), frozenset()))


def _some(parts: list[Seen]) -> Seen:
    """One of these holds."""
    truth = negate(conjunction([negate(part.truth) for part in parts]))
    if truth is not UNKNOWN:
        return Seen(truth)
    open_ = [part.hangs_on for part in parts if part.truth is UNKNOWN]
    return Seen(UNKNOWN, next((each for each in open_ if each), frozenset()))


def _reached(outcome: str, look: Look) -> Seen:
    found = look.residual
    if found is None:
        return Seen(UNKNOWN)
    if outcome not in found.outcomes:
        return _NOT
    if len(found.outcomes) == 1:
        return _SURE
    return Seen(UNKNOWN, found.relevant)


def _fires(rule: Rule, fires: bool, look: Look) -> Seen:
    name = look.one if rule.per is Per.EACH else None
    found: Residual | None = None
    if name is None or rule.name in look.program.reads.answer_rules:
        found = look.residual
        if found is None:
            return Seen(UNKNOWN)
    env = look.run.envs[name or ""]
    look.run.allow()
    residual = found if name is not None else None
    with look.run.observed(look.met):
        judged = judge(rule, name, env, None, residual)
    value = judged.value
    if judged.unjudged is not None:
        # It fires because it is not known, which depends on what nobody has stated.
        return Seen(UNKNOWN, relevant(judged.waits))
    if value is UNKNOWN and look.opened and residual is None:
        value = _assumed(rule, env, look)
    return Seen(value if fires else negate(value), relevant(judged.waits))


def _assumed(rule: Rule, env: Env, look: Look) -> Truth:
    """What a rule comes to that is unknown, where no values of what is open go the other way."""
    inside = env if rule.guard is None else assume(rule.guard, True, env, NOTHING_BOUND)
    if inside is None:
        return UNKNOWN
    return _settled(rule.when, inside, NOTHING_BOUND, only_no=rule.guard is not None)


def _settled(expr: Expr, env: Env, b: Bindings, *, only_no: bool = False) -> Truth:
    """A condition that is unknown, taken the one way that is left where the other cannot be."""
    yes, no = assume(expr, True, env, b), assume(expr, False, env, b)
    if (yes is None) == (no is None):
        return UNKNOWN
    return NO if yes is None else UNKNOWN if only_no else YES


def _owed(duty: Obligation, look: Look) -> Seen:
    found = look.residual
    if found is None:
        return Seen(UNKNOWN)
    shown = found.shown
    if len(found.possible) == 1 and shown is not None:
        if duty.name in owed_on_the_way(shown, shown_way(found)):
            return _SURE
    hangs: frozenset[Symbol] = frozenset()
    if duty.when is not None:
        when = _all(look, Bindings(answer=look.run.answers.get(look.one)), duty.when)
        if when.truth is YES:
            return when
        if when.truth is UNKNOWN:
            hangs |= when.hangs_on
    if _may_owe(duty.name, found) and len(found.possible) > 1:
        hangs |= found.telling
    return Seen(UNKNOWN, hangs) if hangs else _NOT


def _may_owe(duty: str, found: Residual) -> bool:
    """Does a step owe it, of those that may still come?"""
    seen: set[int] = set()
    waiting = [found]
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        at = here.at
        node = at.node if not isinstance(at, Branch) else None
        if node is not None and duty in node.owes:
            return True
        waiting.extend(here.arms)
        if isinstance(at, Branch) and at.arm is not None:
            waiting.append(at.arm)
        if isinstance(at, Leaf):
            continue
    return False


def _inside(declared: Bar | Define, key: str) -> Bindings:
    if key and isinstance(declared, Define):
        return NOTHING_BOUND.with_name(declared.parameter, member(key))
    return NOTHING_BOUND


def _truth(expr: Expr, look: Look, b: Bindings, env: Env | None = None) -> Seen:
    with look.run.observed(look.met):
        found = result(expr, env or look.env, b)
    assert isinstance(found.value, Truth)
    truth = found.value
    if truth is UNKNOWN and look.opened:
        truth = _settled(expr, env or look.env, b)
    return Seen(truth, relevant((*found.open, *found.reads)))


def _all(look: Look, b: Bindings, *exprs: Expr) -> Seen:
    look.run.allow()
    parts = [_truth(expr, look, b) for expr in exprs]
    return _together(parts)


def _together(parts: list[Seen]) -> Seen:
    """All of these hold."""
    truth = conjunction([part.truth for part in parts])
    if truth is not UNKNOWN:
        return Seen(truth)
    open_ = [part.hangs_on for part in parts if part.truth is UNKNOWN]
    # One after the other: what the first hangs on is settled first.
    return Seen(UNKNOWN, next((each for each in open_ if each), frozenset()))


def _matches(goal: Matches, look: Look) -> Seen:
    b = _inside(goal.table, goal.key)
    look.run.allow()
    parts = []
    for row in goal.yes:
        parts.append(_truth(goal.body.cases[row].guard, look, b))
        if parts[-1].truth is NO:
            return _NOT
    for row in goal.no:
        part = _truth(goal.body.cases[row].guard, look, b)
        parts.append(Seen(negate(part.truth), part.hangs_on))
        if part.truth is YES:
            return _NOT
    return _together(parts) if parts else _SURE


def _is_word(expr: Expr, word: str, look: Look) -> Seen:
    look.run.allow()
    with look.run.observed(look.met):
        found = result(expr, look.env, NOTHING_BOUND)
    assert isinstance(found.value, Members)
    options = found.value.options
    if options is not None and word not in options:
        return _NOT
    if options == frozenset((word,)):
        return _SURE
    return Seen(UNKNOWN, relevant((*found.open, *found.reads)))
