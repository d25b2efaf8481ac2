"""Rules and obligations.

A rule that speaks of the answer is judged once for every answer still possible, with that answer
assumed; it has fired, or passed, only if all agree: that one of them is shown meanwhile lets
nothing pass. A rule whose condition is unknown waits and names what it waits for, unless it says
what being unknown means. Where the policy has no answer (`undecided`), none will come: what needs
one to hold does not apply.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from mlpolicy.core.node import node
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.program import Apply, Expr, IfUnknown, Obligation, Rule
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.terms import DutyState, Level, RuleState
from mlpolicy.core.values import NO, UNDECIDED, UNKNOWN, YES, Truth
from mlpolicy.evaluate.env import (
    NO_SYMBOLS,
    NOTHING_OPEN,
    Answer,
    Bindings,
    Env,
    FaultError,
    Result,
)
from mlpolicy.evaluate.holes import ask
from mlpolicy.evaluate.trees import Residual, shown_way
from mlpolicy.evaluate.unknowns import are_of_answers, are_of_policy
from mlpolicy.evaluate.values import result
from mlpolicy.judge.answers import Possible, choices, owed_on_the_way
from mlpolicy.typed import assert_never


@node(kw_only=True, eq=False)
class Instance:
    """A condition as judged: for which outcome ("" where it speaks of none), to what it came,
    where, and what its names stand for. Of a rule also what its guard and what its line
    `if unknown` came to, None where it has none or it was not asked. Where a guard does not hold,
    it is the condition that was judged: what it keeps out was not asked. `unanswered` where it
    asks of an answer that the policy does not have, and can hold by nothing else."""

    expr: Expr
    outcome: str
    result: Result
    env: Env
    bindings: Bindings
    guard: Result | None = None
    counts: Result | None = None
    unanswered: bool = False

    @property
    def value(self) -> Truth:
        """Does the rule apply, and its condition hold?"""
        assert type(self.result.value) is Truth
        if self.unanswered:
            return NO
        if self.guard is None:
            return self.result.value
        both = (self.guard.value, self.result.value)
        return NO if NO in both else UNKNOWN if UNKNOWN in both else YES

    @property
    def is_kept_out(self) -> bool:
        """Does its guard, or a missing answer, say that the rule has nothing to do with it?"""
        return self.unanswered or (self.guard is not None and self.guard.value is NO)

    @property
    def open(self) -> Iterator[Symbol]:
        """What would tell its value, where that is unknown."""
        if self.value is UNKNOWN:
            for found in (self.guard, self.result):
                if found is not None and found.value is UNKNOWN:
                    yield from found.open


@node(kw_only=True, eq=False)
class Judged:
    """A rule's outcome for one subject, before waivers. `instances` are one for each answer
    that is possible, or one; `env` and `bindings` those that its texts speak of. `unjudged` is the
    line `if unknown` where it fires by that; `waits` is what it needs where its value is not
    known, what tells most about the answer first."""

    rule: Rule
    workload: str | None
    value: Truth
    instances: tuple[Instance, ...]
    env: Env
    bindings: Bindings
    waits: tuple[Symbol, ...] = ()
    unjudged: IfUnknown | None = None

    @property
    def open(self) -> tuple[Symbol, ...]:
        """What its conditions wait for, whatever the answer is."""
        found: dict[Symbol, None] = {}
        for each in self.instances:
            found.update(dict.fromkeys(each.open))
        return tuple(found)

    @property
    def state(self) -> RuleState:
        """What became of the rule."""
        match self.value:
            case Truth.YES:
                return RuleState.FIRED
            case Truth.NO:
                apart = all(each.is_kept_out for each in self.instances)
                return RuleState.DOES_NOT_APPLY if apart else RuleState.PASSED
            case Truth.UNKNOWN:
                return RuleState.WAITING if self.unjudged is None else RuleState.FIRED
            case _:
                assert_never(self.value)

    @property
    def level(self) -> Level:
        """How grave it is that it fired, or would be."""
        if self.unjudged is not None:
            return self.unjudged.level
        return self.rule.level_on(self.env.subject.run.as_of)


def judge(
    rule: Rule,
    workload: str | None,
    env: Env,
    answer: Answer | None,
    residual: Residual | None,
    possible: Sequence[Possible] | None = None,
) -> Judged:
    """Evaluates one rule for one subject; `possible` are the `choices` of the residual, if they are
    there already. Raises FaultError."""
    run = env.subject.run
    plain = Bindings(answer=answer)
    if residual is not None and rule.name in run.program.reads.answer_rules:
        answers = choices(residual) if possible is None else possible
        instances = [
            _instance(rule, outcome, inside, Bindings(answer=choice, choice=choice), answer)
            for outcome, choice, inside in answers
        ]
    else:
        instances = [_instance(rule, "", env, plain, answer)]
    found = [each.value for each in instances]
    values = set(found)
    value = found[0] if len(values) == 1 else UNKNOWN
    speaking = [each for each, v in zip(instances, found, strict=True) if v is not NO]
    speaking = speaking or instances[:1]
    speaks = next((each for each in speaking if _is_shown(each, answer)), speaking[0])
    waits: tuple[Symbol, ...] = ()
    unjudged = None
    if value is UNKNOWN:
        waits = _waits(instances, residual if len(values) > 1 else None)
        counts = any(each.counts is not None and each.counts.value is not NO for each in instances)
        if rule.if_unknown is not None and counts and not are_of_policy(waits, run):
            unjudged = rule.if_unknown
    return Judged(
        rule=rule,
        workload=workload,
        value=value,
        instances=tuple(instances),
        env=speaks.env,
        bindings=Bindings(answer=answer, choice=speaks.bindings.choice),
        waits=waits,
        unjudged=unjudged,
    )


def _is_shown(instance: Instance, answer: Answer | None) -> bool:
    choice = instance.bindings.choice
    if choice is None or answer is None or choice.reached is None or answer.reached is None:
        return False
    return choice.reached.leaf.outcome == answer.reached.leaf.outcome


def _instance(rule: Rule, outcome: str, env: Env, b: Bindings, shown: Answer | None) -> Instance:
    guard = None if rule.guard is None else result(rule.guard, env, b)
    if rule.guard is not None and guard is not None and guard.value is NO:
        told = ask(guard, env)
        return Instance(
            expr=rule.guard, outcome=outcome, result=told, env=env, bindings=b, guard=told
        )
    when = ask(result(rule.when, env, b), env, rule.guard)
    counts: Result | None = None
    if rule.if_unknown is not None:
        counts = _ALWAYS
        if rule.if_unknown.when is not None:
            beside = Bindings(answer=shown, choice=b.choice)
            counts = result(rule.if_unknown.when, env, beside)
    return Instance(
        expr=rule.when,
        outcome=outcome,
        result=when,
        env=env,
        bindings=b,
        guard=guard if guard is None else ask(guard, env),
        counts=counts,
        unanswered=_is_unanswered((rule.guard, rule.when), env, b),
    )


def _is_unanswered(conditions: Sequence[Expr | None], env: Env, b: Bindings) -> bool:
    """Can one of these conditions never come to hold, as the policy has no answer, to this or to
    what it asks of others?"""
    run = env.subject.run
    silent = {
        run.envs[name].subject.place
        for name, answer in run.answers.items()
        if answer.outcomes == _NO_ANSWER
    }
    here = b.choice or b.answer
    if here is not None:
        silent.discard(env.subject.place)
        if here.outcomes == _NO_ANSWER:
            silent.add(env.subject.place)
    if not silent:
        return False
    return any(each is not None and _never(each, silent, env, b) for each in conditions)


def _never(expr: Expr, silent: Container[int], env: Env, b: Bindings) -> bool:
    """Is a condition, or a part that it takes to hold, unknown by answers alone that the policy
    does not have?"""
    found = result(expr, env, b)
    if found.value is not UNKNOWN:
        return False
    if are_of_answers(found.open, silent, env.subject.run):
        return True
    if not isinstance(expr, Apply):
        return False
    match OPERATORS[expr.operator].connects:
        case Connects.EVERY:
            return any(_never(part, silent, env, b) for part in expr.operands)
        case Connects.SOME:
            parts = ((part, result(part, env, b).value) for part in expr.operands)
            return all(value is NO or _never(part, silent, env, b) for part, value in parts)
        case _:
            return False


#: Of an answer: the policy has none.
_NO_ANSWER = frozenset((UNDECIDED,))

_ALWAYS = Result(value=YES, reads=NO_SYMBOLS, open=NOTHING_OPEN, known=True)


def _waits(instances: Sequence[Instance], residual: Residual | None) -> tuple[Symbol, ...]:
    """What would tell the value of a rule: what its conditions are unknown by; and where they
    differ with the answer (whose residual is then given), what the answer hangs on, in the order
    in which the tree asks for it."""
    found: dict[Symbol, None] = {}
    for each in instances:
        found.update(dict.fromkeys(each.open))
    if residual is not None:
        found.update(dict.fromkeys(residual.settling))
    return tuple(found)


@node(eq=False, kw_only=True)
class Duty:
    """An obligation as judged: where it stands, and what its conditions came to, in order; of one
    of an extension also the fault that it ended in."""

    obligation: Obligation
    state: DutyState
    due: Truth
    conditions: tuple[Instance, ...]
    fault: FaultError | None = None

    @property
    def late(self) -> bool:
        """Is it overdue, or may it be?"""
        if self.fault is not None or self.state is DutyState.OVERDUE:
            return True
        return self.state is DutyState.OWED and self.due is UNKNOWN

    @property
    def open(self) -> tuple[Symbol, ...]:
        """What would tell where it stands, while it is owed or may be."""
        if self.state not in (DutyState.OWED, DutyState.MAYBE):
            return ()
        found: dict[Symbol, None] = {}
        for each in self.conditions:
            found.update(each.result.open)
        return tuple(found)


def owed_as_shown(residual: Residual) -> frozenset[str]:
    """The obligations that are owed on the way to the answer that is shown."""
    shown = residual.shown
    return frozenset(owed_on_the_way(shown, shown_way(residual))) if shown else frozenset()


def duty(obligation: Obligation, owed: bool, env: Env, answer: Answer | None) -> Duty:
    """Where an obligation stands that is `owed` on the way shown, or is not. Of one of an
    extension, a fault tells nothing but of itself: it may be owed. Raises FaultError for
    another."""
    conditions: list[Instance] = []
    fault: FaultError | None = None
    try:
        state, due = _standing(obligation, owed, env, Bindings(answer=answer), conditions)
    except FaultError as found:
        if not obligation.extension:
            raise
        state, due, fault = DutyState.MAYBE, NO, found
    return Duty(
        obligation=obligation, state=state, due=due, conditions=tuple(conditions), fault=fault
    )


def _standing(
    obligation: Obligation, owed: bool, env: Env, b: Bindings, conditions: list[Instance]
) -> tuple[DutyState, Truth]:
    """Where an obligation stands, and is it due? What its conditions came to is added to them.
    Raises FaultError."""

    def told(condition: Expr) -> Truth:
        found = ask(result(condition, env, b), env)
        conditions.append(Instance(expr=condition, outcome="", result=found, env=env, bindings=b))
        assert isinstance(found.value, Truth)
        return found.value

    state = DutyState.OWED if owed else DutyState.NOT_OWED
    if state is DutyState.NOT_OWED and obligation.when is not None:
        when = told(obligation.when)
        if not _is_unanswered((obligation.when,), env, b):
            state = {YES: DutyState.OWED, UNKNOWN: DutyState.MAYBE, NO: state}[when]
    if state is DutyState.NOT_OWED:
        return state, NO
    if obligation.met_when is not None and told(obligation.met_when) is YES:
        state = DutyState.MET
    due = NO
    if state is DutyState.OWED and obligation.due_when is not None:
        due = told(obligation.due_when)
        if due is YES:
            state = DutyState.OVERDUE
    return state, due
