"""The steps of a decision: of rules, obligations, costs, figures and whole workloads. Loaded where
somebody wants to see them, or where a finding points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.decision import Assumption, Choice, Cost, Premise
from mlpolicy.core.program import Expr
from mlpolicy.core.terms import DutyState, Per, RuleState
from mlpolicy.core.trace import Judged as JudgedAs
from mlpolicy.core.trace import Owed, Step, StepKind
from mlpolicy.core.types import FLAG
from mlpolicy.core.values import NO, UNKNOWN, YES
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env, FaultError, Result, Run
from mlpolicy.evaluate.trees import Residual
from mlpolicy.explain.total import cost_bindings, cost_env
from mlpolicy.explain.tracer import Tracer
from mlpolicy.judge.answers import Decided, answering
from mlpolicy.judge.rules import Duty as JudgedDuty
from mlpolicy.judge.rules import Instance, Judged

#: Rules as they were judged, what became of each, and the waiver that accepts it ("" for none).
Concluded = Sequence[tuple[Judged, RuleState, str]]


def project_steps(run: Run, concluded: Concluded) -> tuple[Step, ...]:
    """The steps of the whole: what is reported of it, and its rules."""
    tracer = Tracer(run.program)
    rules = [_rule_step(judged, state, waiver, tracer) for judged, state, waiver in concluded]
    return (*_figure_steps(Per.SHARED, run.project, NOTHING_BOUND, tracer), *rules)


def _figure_steps(per: Per, env: Env, b: Bindings, tracer: Tracer) -> Iterator[Step]:
    """The steps of what is reported of the whole or of a workload. One that ends in a fault has
    none. (A workload that it ends in an error has no steps at all.)"""
    for report in tracer.program.reports.values():
        if report.per is per:
            try:
                yield tracer.step(report.value, env, b)
            except FaultError:
                continue


def _condition(judged: Judged, tracer: Tracer) -> Step | None:
    """The step of a rule's condition: one, or one for each answer that is possible. None where its
    guard keeps it out for all of them."""
    asked = [each for each in judged.instances if not each.is_kept_out]
    told = [(each, each.result) for each in asked]
    return _judged(judged, judged.rule.when, told, tracer) if told else None


def _guard(judged: Judged, guard: Expr, tracer: Tracer) -> Step:
    """The step of a rule's guard, in the same way."""
    told = [(each, each.guard) for each in judged.instances if each.guard is not None]
    return _judged(judged, guard, told, tracer)


def _judged(
    judged: Judged, expr: Expr, told: Sequence[tuple[Instance, Result]], tracer: Tracer
) -> Step:
    steps = [tracer.step(expr, each.env, each.bindings) for each, _ in told]
    if len(judged.instances) == 1:
        return steps[0]
    origin = judged.rule.origin
    below = [
        tracer.make(StepKind.CHOICE, each.outcome, found.value, FLAG, origin, (step,))
        for (each, found), step in zip(told, steps, strict=True)
    ]
    values = {found.value for _, found in told}
    value = values.pop() if len(values) == 1 else UNKNOWN
    return tracer.make(StepKind.CHOICES, "choice", value, FLAG, origin, _told_once(below))


def _told_once(choices: Sequence[Step]) -> tuple[Step, ...]:
    """Without what was said of an outcome already: it may be reached in several ways."""
    found: list[Step] = []
    for each in choices:
        if each not in found:
            found.append(each)
    return tuple(found)


def _rule_step(judged: Judged, state: RuleState, waiver: str, tracer: Tracer) -> Step:
    rule = judged.rule
    guard = _guard(judged, rule.guard, tracer) if rule.guard is not None else None
    conditions = [each for each in (guard, _condition(judged, tracer)) if each is not None]
    return tracer.make(
        StepKind.RULE,
        rule.name,
        judged.value,
        FLAG,
        rule.origin,
        conditions,
        detail=JudgedAs(state, waiver),
        refs=rule.refs,
    )


def duty_step(each: JudgedDuty, tracer: Tracer) -> Step:
    """The step of an obligation, with what its conditions came to."""
    obligation = each.obligation
    value = {DutyState.MAYBE: UNKNOWN, DutyState.NOT_OWED: NO}.get(each.state, YES)
    below = [tracer.step(c.expr, c.env, c.bindings) for c in each.conditions]
    return tracer.make(
        StepKind.OBLIGATION,
        obligation.name,
        value,
        FLAG,
        obligation.origin,
        below,
        detail=Owed(each.state),
        refs=obligation.refs,
    )


def workload_steps(
    state: Decided, judged: list[JudgedDuty], ledger: tuple[Cost, ...], concluded: Concluded
) -> tuple[Step, ...]:
    """All steps of a workload."""
    from mlpolicy.explain.walked import tree_step

    program = state.env.subject.run.program
    tracer = Tracer(program)
    tree = [tree_step(_residual(state), tracer)] if program.decision else []
    figures = _figure_steps(Per.EACH, state.env, answering(state), tracer)
    duty_steps = [duty_step(each, tracer) for each in judged]
    costs = [_cost_step(cost, state, tracer) for cost in ledger] if program.decision else []
    rules = [_rule_step(j, s, w, tracer) for j, s, w in concluded]
    return (*tree, *figures, *duty_steps, *costs, *rules)


def founded(
    state: Decided, ledger: tuple[Cost, ...], choice: Choice | None
) -> tuple[tuple[Assumption, ...], tuple[Premise, ...]]:
    """What the answer of a workload and the answer's cost assume, and what the answer rests on;
    where nothing is answered, the same of what is reported."""
    from mlpolicy.explain.resting import assumptions, premises
    from mlpolicy.explain.walked import tree_step

    run = state.env.subject.run
    program = run.program
    full = Tracer(program, full=True)
    beside: list[Step] = []
    if program.decision:
        whole = tree_step(_residual(state), full)
        outcome = choice.outcome if choice else None
        beside = [_cost_step(cost, state, full) for cost in ledger if cost.outcome == outcome]
    else:
        told = _figure_steps(Per.EACH, state.env, answering(state), full)
        whole = Step(kind=StepKind.WORKLOAD, name=state.name, children=tuple(told))
    return assumptions([whole, *beside]), premises(whole, run.document, state.workload)


def _residual(state: Decided) -> Residual:
    assert state.residual is not None
    return state.residual


def _cost_step(cost: Cost, state: Decided, tracer: Tracer) -> Step:
    """The step of an evaluated cost formula."""
    define = tracer.program.defines[cost.formula]
    b = cost_bindings(define, cost.outcome, state.answer)
    body = tracer.step(define.body, cost_env(cost.outcome, state.env, state.answer), b)
    assert body.value is not None
    label = f"{cost.formula}({cost.outcome})" if cost.outcome else cost.formula
    return tracer.make(
        StepKind.COST, label, body.value, define.type, define.origin, (body,), refs=define.refs
    )
