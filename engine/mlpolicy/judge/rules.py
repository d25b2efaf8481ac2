"""Rules and obligations.

A rule that speaks of `choice` is judged once for every choice still possible, with that choice
assumed; it has fired, or passed, only if all agree. A rule whose condition is unknown is
waiting and names what it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlpolicy.core.program import Expr, Obligation, Rule
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.terms import DutyState
from mlpolicy.core.values import NO, UNKNOWN, YES, Truth
from mlpolicy.evaluate.env import Answer, Bindings, Env, Result
from mlpolicy.evaluate.trees import Residual, shown_way
from mlpolicy.evaluate.values import result
from mlpolicy.judge.answers import choices, owed_on_the_way


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Instance:
    """A condition as judged: for which outcome ("" where it speaks of none), to what it came,
    where, and what its names stand for."""

    expr: Expr
    outcome: str
    result: Result
    env: Env
    bindings: Bindings


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judged:
    """A rule's outcome for one subject, before waivers. `instances` are one for each choice
    that is possible, or one; `env` and `bindings` those that its texts speak of."""

    rule: Rule
    workload: str | None
    value: Truth
    instances: tuple[Instance, ...]
    env: Env
    bindings: Bindings

    @property
    def open(self) -> tuple[Symbol, ...]:
        """What the rule waits for."""
        found: dict[Symbol, None] = {}
        for each in self.instances:
            found.update(dict.fromkeys(each.result.open))
        return tuple(found)


def judge(
    rule: Rule, workload: str | None, env: Env, answer: Answer | None, residual: Residual | None
) -> Judged:
    """Evaluates one rule for one subject. Raises FaultError."""
    plain = Bindings(answer=answer)
    if residual is not None and rule.name in env.subject.run.program.reads.choice_rules:
        instances = []
        for outcome, choice, inside in choices(residual):
            b = Bindings(answer=answer, choice=choice)
            instances.append(
                Instance(
                    expr=rule.when,
                    outcome=outcome,
                    result=result(rule.when, inside, b),
                    env=inside,
                    bindings=b,
                )
            )
    else:
        instances = [
            Instance(
                expr=rule.when,
                outcome="",
                result=result(rule.when, env, plain),
                env=env,
                bindings=plain,
            )
        ]
    values = {each.result.value for each in instances}
    found = values.pop() if len(values) == 1 else UNKNOWN
    assert isinstance(found, Truth)
    speaks = next((each for each in instances if each.result.value is not NO), instances[0])
    return Judged(
        rule=rule,
        workload=workload,
        value=found,
        instances=tuple(instances),
        env=speaks.env,
        bindings=speaks.bindings,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """An obligation as judged: where it stands, and what its conditions came to, in order."""

    obligation: Obligation
    state: DutyState
    due: Truth
    conditions: tuple[Instance, ...]

    @property
    def late(self) -> bool:
        """Is it overdue, or may it be?"""
        return self.state is DutyState.OVERDUE or (
            self.state is DutyState.OWED and self.due is UNKNOWN
        )

    @property
    def open(self) -> tuple[Symbol, ...]:
        """What would tell where it stands, while it is owed or may be."""
        if self.state not in (DutyState.OWED, DutyState.MAYBE):
            return ()
        found: dict[Symbol, None] = {}
        for each in self.conditions:
            found.update(dict.fromkeys(each.result.open))
        return tuple(found)


def duties(env: Env, answer: Answer | None, residual: Residual) -> list[Duty]:
    """Every obligation that has a condition or is owed on the way shown. Raises FaultError."""
    shown = residual.shown
    owed = frozenset(owed_on_the_way(shown, shown_way(residual))) if shown else frozenset()
    b = Bindings(answer=answer)
    found: list[Duty] = []
    for obligation in env.subject.run.program.obligations.values():
        conditions: list[Instance] = []

        def ask(condition: Expr, seen: list[Instance] = conditions) -> Truth:
            made = Instance(
                expr=condition, outcome="", result=result(condition, env, b), env=env, bindings=b
            )
            seen.append(made)
            assert isinstance(made.result.value, Truth)
            return made.result.value

        state = DutyState.OWED if obligation.name in owed else DutyState.NOT_OWED
        if state is DutyState.NOT_OWED and obligation.when is not None:
            when = ask(obligation.when)
            state = {YES: DutyState.OWED, UNKNOWN: DutyState.MAYBE, NO: state}[when]
        if state is DutyState.NOT_OWED:
            if conditions:
                found.append(Duty(obligation, state, NO, tuple(conditions)))
            continue
        if obligation.met_when is not None and ask(obligation.met_when) is YES:
            state = DutyState.MET
        due = NO
        if state is DutyState.OWED and obligation.due_when is not None:
            due = ask(obligation.due_when)
            if due is YES:
                state = DutyState.OVERDUE
        found.append(Duty(obligation, state, due, tuple(conditions)))
    return found
