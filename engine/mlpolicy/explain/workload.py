"""What a decision says of one workload: the answer, what else it may be, what is owed, what it
costs and what is reported of it; with an explanation, all that this follows from."""

from __future__ import annotations

from mlpolicy.analyze.turns import Turns
from mlpolicy.core.decision import (
    Assumption,
    Cost,
    Duty,
    Premise,
    Reported,
    Settle,
    WorkloadDecision,
)
from mlpolicy.core.facts import Fact, Workload
from mlpolicy.core.notices import Fault, Figure
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.terms import DutyState, Per, Status
from mlpolicy.core.trace import OfWorkload, Step, StepKind
from mlpolicy.evaluate.env import Answer, Bindings, Doubt, Env, FaultError, Observer
from mlpolicy.evaluate.unknowns import asked_first
from mlpolicy.evaluate.values import result
from mlpolicy.explain.choices import Answers, answers_kept
from mlpolicy.explain.findings import Findings, Owed, late, owing
from mlpolicy.explain.total import total
from mlpolicy.judge.answers import Decided, status_of


class Doubted(Observer):
    """Notes faults that could not be excluded."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: dict[object, Doubt] = {}

    def doubt(self, key: object, doubt: Doubt) -> None:
        """A fault cannot be excluded."""
        self.found.setdefault(key, doubt)


class Deciding(Turns):
    """Notes where answers may turn, and the same."""

    __slots__ = ("doubts",)

    def __init__(self, doubts: Doubted) -> None:
        super().__init__()
        self.doubts = doubts

    def doubt(self, key: object, doubt: Doubt) -> None:
        """A fault cannot be excluded."""
        self.doubts.doubt(key, doubt)


#: Of a policy without a tree.
_NO_ANSWERS = Answers(choice=None, hold=None, possible=())


def workload_decision(state: Decided, found: Findings, met: Deciding) -> WorkloadDecision:
    """What is told of a workload, once all rules are judged. What became of its obligations is
    added to what was found; an error takes back all that was."""
    decision = _told(state, found, met)
    found.let_go(state, last=True)
    return decision


def _told(state: Decided, found: Findings, met: Deciding) -> WorkloadDecision:
    try:
        if state.error is None:
            return _decided(state, found, met)
    except FaultError as fault:
        state.fail(fault)
    found.findings[:] = [f for f in found.findings if f.workload != state.name]
    assert state.error is not None
    at = state.place or state.workload.fact.place
    return WorkloadDecision(
        name=state.name,
        status=Status.ERROR,
        hold=None,
        choice=None,
        possible=(),
        settled_by=(),
        irrelevant=(),
        assumed=(),
        obligations=(),
        costs=(),
        plan=plan_of(state.workload),
        error=state.error,
        at=at,
        trace=Step(
            kind=StepKind.WORKLOAD,
            name=state.name,
            detail=OfWorkload(Status.ERROR, state.error),
            from_=at,
        ),
    )


def _decided(state: Decided, found: Findings, met: Deciding) -> WorkloadDecision:
    env, residual, run = state.env, state.residual, found.run
    assert residual is not None
    run.allow()
    status = status_of(residual)
    told = answers_kept(residual, env) if run.program.decision else _NO_ANSWERS
    reports = reported(env, state.answer, found)
    with run.observed(met.doubts):
        owed = owing(state, found)
    for each in owed:
        if each.late:
            late(each, state, found)
    settled: tuple[Settle, ...] = ()
    beside: tuple[FieldPath, ...] = ()
    ledger: tuple[Cost, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    rests_on: tuple[Premise, ...] = ()
    steps: tuple[Step, ...] = ()
    if found.explain and found.settle:
        # Of this room `check`, which explains nothing, would load the most in vain.
        from mlpolicy.analyze.questions import irrelevant, settling, settling_how

        settled = settling(residual, env, met)
        if residual.firm and len(told.possible) > 1:
            settled = settling_how(residual, env)
        beside = irrelevant(residual, env, settled)
    if found.explain:
        from mlpolicy.explain.ledger import costs
        from mlpolicy.explain.steps import founded, workload_steps

        ledger = costs(env, state.answer)
        assumed, rests_on = founded(state, ledger, told.choice)
        if found.steps:
            concluded = found.judged.get(state.name, ())
            judged = [each.judging() for each in owed if each.judging is not None]
            steps = workload_steps(state, judged, ledger, concluded)
    else:
        ledger = total(env, state.answer)
    return WorkloadDecision(
        name=state.name,
        status=status,
        hold=told.hold,
        choice=told.choice,
        possible=told.possible,
        settled_by=settled,
        irrelevant=beside,
        assumed=assumed,
        rests_on=rests_on,
        obligations=tuple(_duty(e, run.as_of) for e in owed if e.state is not DutyState.NOT_OWED),
        costs=ledger,
        plan=plan_of(state.workload),
        error=None,
        at=state.workload.fact.place,
        trace=Step(
            kind=StepKind.WORKLOAD,
            name=state.name,
            detail=OfWorkload(status),
            from_=state.workload.fact.place,
            children=steps,
        ),
        reports=reports,
        untried=any(name == state.name for name, _ in run.unfinished),
    )


def reported(env: Env, answer: Answer | None, found: Findings) -> tuple[Reported, ...]:
    """The values that the policy reports of a workload, or of the whole. Raises FaultError for a
    workload, but for what an extension reports."""
    run = env.subject.run
    scope = Per.EACH if env.subject.workload is not None else Per.SHARED
    made: list[Reported] = []
    for report in run.program.reports.values():
        if report.per is not scope:
            continue
        figure: Figure | None = None
        needs: tuple[Need, ...] = ()
        error: Fault | None = None
        try:
            value = result(report.value, env, Bindings(answer=answer))
            figure = Figure(value.value, report.value.type)
            needs = asked_first(tuple(value.open), run)
        except FaultError as fault:
            if scope is Per.EACH and not report.extension:
                raise
            error = fault.fault
        declared = run.program.defines.get(report.name) or run.program.scores.get(report.name)
        made.append(
            Reported(
                name=report.name,
                figure=figure,
                needs=needs,
                refs=declared.refs if declared is not None else (),
                error=error,
            )
        )
    return tuple(made)


def _duty(each: Owed, as_of: int) -> Duty:
    obligation = each.obligation
    return Duty(
        id=obligation.name,
        level=obligation.level_on(as_of),
        text=each.text,
        state=each.state,
        refs=obligation.refs,
        needs=each.needs,
    )


def plan_of(workload: Workload) -> dict[str, str] | None:
    """The plan that a workload states, as it is written."""
    fact = workload.fact.get("plan")
    if fact is None or not hasattr(fact.value, "items"):
        return None
    return {key: _plain(value) for key, value in fact.value.items()}


def _plain(fact: Fact) -> str:
    if isinstance(fact.value, str):
        return fact.value
    return "unknown" if not isinstance(fact.value, bool) else ("yes" if fact.value else "no")
