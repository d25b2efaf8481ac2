"""A decision on one manifest: `decide_document(program, document, …) -> Decision`.

In order: every workload is decided; then obligations and rules, which may speak of all
workloads; then waivers; then the verdict; and what an explanation shows besides: the steps, the
costs, what would settle an open answer. Each part comes from the room it belongs to; here they
are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date

from mlpolicy.analyze.turns import Turns
from mlpolicy.core.decision import (
    Assumption,
    Choice,
    Cost,
    Counts,
    Decision,
    Duty,
    Finding,
    Premise,
    Reported,
    RuleResult,
    Settle,
    Verdict,
    WaiverUse,
    WorkloadDecision,
    identity,
)
from mlpolicy.core.facts import Document, Fact, Required, Waiver, Workload
from mlpolicy.core.later import later
from mlpolicy.core.notices import (
    Fault,
    Figure,
    NotJudged,
    NotWaived,
    Owing,
    Possible,
    Unfinished,
    Unproved,
)
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import Expr, HasRow, HoldNode, LeafNode, Program, Rule
from mlpolicy.core.show import show
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.terms import DutyState, Level, Per, RuleState, Status, WaitsFor
from mlpolicy.core.trace import Judged as JudgedAs
from mlpolicy.core.trace import OfPolicy, OfWorkload, Owed, Step, StepKind
from mlpolicy.core.types import FLAG
from mlpolicy.core.values import INFEASIBLE, NO, UNKNOWN, YES, Members, is_known
from mlpolicy.dataclass import dataclass, field
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import (
    NOTHING_BOUND,
    Answer,
    Bindings,
    Doubt,
    Env,
    FaultError,
    Observer,
    Result,
    Run,
)
from mlpolicy.evaluate.representative import preferred
from mlpolicy.evaluate.texts import fill, fill_preferred
from mlpolicy.evaluate.trees import Leaf, Residual, Way, shown_way, ways
from mlpolicy.evaluate.unknowns import are_of_policy, asked_first, needs, policy_places
from mlpolicy.evaluate.values import result
from mlpolicy.explain.ledger import cost_bindings, cost_env, costs, total
from mlpolicy.explain.misspelt import misspelt
from mlpolicy.explain.places import Places, field_place, manifest_place
from mlpolicy.explain.replaced import replaced
from mlpolicy.explain.tracer import Tracer
from mlpolicy.explain.unread import unread
from mlpolicy.judge.answers import Decided, because, choices, decide_workload, references, status_of
from mlpolicy.judge.requiring import lacking
from mlpolicy.judge.rules import Duty as JudgedDuty
from mlpolicy.judge.rules import Instance, Judged, duties, judge
from mlpolicy.judge.waiving import (
    Beside,
    WaiverState,
    by_their_names,
    date_findings,
    waiver_findings,
)
from mlpolicy.source import Place
from mlpolicy.typed import Protocol

LEVELS = tuple(Level)
_STATES = (RuleState.FIRED, RuleState.WAITING, RuleState.WAIVED)


class _Doubts(Observer):
    """Notes faults that could not be excluded."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: dict[object, Doubt] = {}

    def doubt(self, key: object, doubt: Doubt) -> None:
        self.found.setdefault(key, doubt)


class _Deciding(Turns):
    """Notes where answers may turn, and the same."""

    __slots__ = ("doubts",)

    def __init__(self, doubts: _Doubts) -> None:
        super().__init__()
        self.doubts = doubts

    def doubt(self, key: object, doubt: Doubt) -> None:
        self.doubts.doubt(key, doubt)


#: Of so many workloads, what was worked out to answer them is kept until they are judged. Of more,
#: memory would run out before time does: it is worked out again.
MOST_KEPT = 20


class Early(Protocol):
    """What a compiled form knows of rules, before they are judged."""

    def passed(
        self, rule: Rule, workload: str, answer: Answer | None, choices: Iterable[Answer] | None
    ) -> RuleState | None:
        """What became of a rule that surely does not fire, whichever of `choices` the answer is
        (None: it is not judged by that); None where it may fire, or where that is not known."""


@dataclass(kw_only=True)
class _Findings:
    """What has been found so far, of all subjects."""

    run: Run
    state: WaiverState
    explain: bool
    settle: bool
    places: Places
    early: Early | None = None
    findings: list[Finding] = field(default_factory=list)
    results: list[RuleResult] = field(default_factory=list)
    judged: dict[str, list[tuple[Judged, RuleState, str]]] = field(default_factory=dict)

    def forget(self, workload: str) -> None:
        """An error takes back what was found of a workload before."""
        self.findings[:] = [f for f in self.findings if f.workload != workload]
        self.results[:] = [r for r in self.results if r.workload != workload]

    def let_go(self, state: Decided, *, last: bool = False) -> None:
        """Gives back the memory of a workload that has been judged, unless an explanation needs
        it; after its `last` word, that of its answer too."""
        if len(self.run.document.workloads) <= MOST_KEPT:
            return
        self.places.settle()
        if not self.explain:
            state.env.subject.forget()
            state.choices = None
            if last:
                state.residual = None


def decide_document(
    program: Program,
    document: Document,
    *,
    as_of: date,
    today: date,
    waivers: Sequence[Waiver] = (),
    allow_manifest_waivers: bool = True,
    dated: bool = False,
    require: Sequence[Required] = (),
    explain: bool = True,
    settle: bool = True,
    rules: Collection[str] | None = None,
    ahead: Callable[[Run], Early] | None = None,
    memory: Memory | None = None,
) -> Decision:
    """Applies a checked policy to a validated manifest.

    `as_of` is the one clock; `today` only tells whether it lies in the future or long past.
    `waivers` come from a waiver file; those of the manifest are added unless
    `allow_manifest_waivers` is off. `dated` says that `as_of` is the manifest's own day; a field of
    `require` that is not stated blocks. Without `explain` the answers, findings and verdict are the
    same, but what only an explanation needs is left empty: the steps, of the costs all but the
    total of the answer, what is assumed, what would settle an open answer and what is irrelevant;
    without `settle`, the last two alone are. Where in the manifest a finding points is worked out
    when it is read (`Places`). With `rules`, only these are judged, and those that may end in an
    error. `ahead` may tell the run what is known beforehand (`env.Ahead`); `memory` holds what was
    worked out for other documents of the program and the day. Raises nothing that depends on the
    manifest: an error in a workload is part of its result.
    """
    run = begin(program, document, as_of.toordinal(), memory=memory)
    early = ahead(run) if ahead is not None else None
    doubts = _Doubts()
    met = _Deciding(doubts)
    # Where answers may turn is only asked for an explanation.
    with run.observed(met if explain else doubts):
        workloads = []
        for workload in document.workloads:
            workloads.append(decide_workload(workload, run))
            if not explain and len(document.workloads) > MOST_KEPT:
                run.envs[workload.name].subject.forget()
    with run.observed(doubts):
        all_waivers = [*waivers, *(document.waivers if allow_manifest_waivers else ())]
        state = WaiverState(by_their_names(all_waivers, program), run.as_of, {})
        found = _Findings(
            run=run,
            state=state,
            explain=explain,
            settle=settle,
            places=Places(run),
            early=None if explain else early,
        )
        every = program.rules.values()
        judged = [*(every if rules is None else _asked(rules, workloads, run))]
        _judge_all(judged, workloads, found)
    unfinished = _unfinished(run)
    decided = tuple(_workload(w, found, met) for w in workloads)
    failed = {w.name for w in workloads if w.error is not None}
    found.findings.extend(_doubts(doubts, failed, run))
    found.findings.extend(finding for finding in unfinished if finding.workload not in failed)
    stated = document.project.get("decision_date")
    owner = document.project.get("owner")
    beside = Beside(
        today=today.toordinal(),
        stated=_day(document.decision_date),
        dated=dated,
        owner=owner.value if owner is not None and isinstance(owner.value, str) else "",
        uncounted=() if allow_manifest_waivers else document.waivers,
    )
    names = [w.name for w in document.workloads]
    uses, about_waivers = waiver_findings(state, program, names, beside)
    found.findings.extend(about_waivers)
    found.findings.extend(lacking(document, require))
    place = stated.place if stated else None
    reports = _reported(found.run.project, None, found)
    found.findings.extend(date_findings(run.as_of, today.toordinal(), place))
    ordered = tuple(sorted(found.findings, key=finding_order))
    whole = _whole(program, document, decided, found)
    rows = replaced(run) if explain else ()
    if memory is not None or len(document.workloads) > MOST_KEPT:
        found.places.settle()  # the memory will serve another document; or keeping takes too much
    found.places.leave()
    return Decision(
        policy=identity(program),
        manifest_path=document.file,
        manifest_digest=document.digest,
        manifest_name=document.name,
        as_of=as_of.isoformat(),
        currency=program.currency,
        scopes=program.scopes,
        verdict=verdict_of(decided, ordered),
        workloads=decided,
        outcomes=outcomes_of(program, decided),
        project_costs=project_costs_of(decided),
        findings=ordered,
        results=tuple(sorted(found.results, key=lambda r: (r.rule, r.workload or ""))),
        waivers=tuple(uses),
        trace=whole,
        counts=counts_of(found.results, ordered, len(document.workloads), program),
        reports=reports,
        titles=program.titles,
        unread=unread(program, document) if explain else (),
        replaced=rows,
        clauses=dict(sorted(program.clauses.items())),
        sources=tuple(program.sources.values()),
    )


def outcomes_of(program: Program, decided: tuple[WorkloadDecision, ...]) -> dict[str, int]:
    """How many workloads have each outcome, without those that none has."""
    outcomes: dict[str, int] = {}
    for name in (*program.outcome.members, INFEASIBLE):
        number = sum(1 for w in decided if w.choice is not None and outcome_name(w.choice) == name)
        if number:
            outcomes[name] = number
    return outcomes


def _day(text: str | None) -> int | None:
    """The ordinal of an ISO date; None where the text is none."""
    try:
        return date.fromisoformat(text).toordinal() if text else None
    except ValueError:
        return None


def _whole(
    program: Program, document: Document, decided: tuple[WorkloadDecision, ...], found: _Findings
) -> Step:
    """The step of the whole decision."""
    tracer = Tracer(program)
    rules = found.judged.get("", []) if found.explain else []
    steps = tuple(_rule_step(judged, state, waiver, tracer) for judged, state, waiver in rules)
    if found.explain:
        steps = (*_figure_steps(program, found.run.project, tracer), *steps)
    project = Step(kind=StepKind.PROJECT, name=document.name, children=steps)
    return Step(
        kind=StepKind.POLICY,
        name=program.name,
        detail=OfPolicy(program.version, found.run.as_of),
        children=(*(w.trace for w in decided), project),
    )


def _figure_steps(program: Program, project: Env, tracer: Tracer) -> Iterator[Step]:
    """The steps of what is reported of the whole. One that ends in a fault has none."""
    for report in program.reports.values():
        if report.per is Per.SHARED:
            try:
                yield tracer.step(report.value, project, NOTHING_BOUND)
            except FaultError:
                continue


def outcome_name(choice: Choice) -> str:
    """What an answer is called among the outcomes."""
    return choice.outcome or INFEASIBLE


# ── Rules ────────────────────────────────────────────────────────────────────────────────


def _asked(asked: Collection[str], workloads: Sequence[Decided], run: Run) -> Iterator[Rule]:
    """The rules that are asked about, and those that may end in a fault on the day decided for."""
    looked_up = run.program.reads.looked_up if run.as_of >= run.program.effective else {}
    lacking: dict[tuple[int, bool], bool] = {}
    for rule in run.program.rules.values():
        fails = rule.name not in looked_up
        by_answer = rule.name in run.program.reads.answer_rules
        for row in looked_up.get(rule.name, ()):
            key = (id(row), by_answer)
            if key not in lacking:
                lacking[key] = _may_lack(row, by_answer, workloads, run)
            fails = fails or lacking[key]
        if fails or rule.name in asked:
            yield rule


def _may_lack(row: HasRow, by_answer: bool, workloads: Sequence[Decided], run: Run) -> bool:
    """May a rule come to nothing but a row that a catalogue lacks? Not where there may be the row
    in each environment that the rule is judged in: wherever more is assumed inside the rule, its
    value hangs on that too. Of several workloads, a rule of one may speak of the others."""
    if len(workloads) != 1:
        return True
    (workload,) = workloads
    if workload.residual is None:
        return False  # it has ended in an error already, and none of its rules is judged
    there = result(row, workload.env, NOTHING_BOUND)
    if there.known or not by_answer:
        return there.value is NO
    if workload.choices is None:
        workload.choices = choices(workload.residual)
    return any(result(row, env, NOTHING_BOUND).value is NO for _, _, env in workload.choices)


def _judge_all(rules: list[Rule], workloads: list[Decided], found: _Findings) -> None:
    for workload in workloads:
        name = workload.name
        found.run.allow()
        for rule in rules:
            if rule.per is Per.SHARED or workload.error is not None:
                continue
            answer = workload.answer if workload.answer and not workload.answer.held else None
            if workload.choices is None and workload.residual is not None:
                workload.choices = choices(workload.residual)
            if _is_passed(rule, workload, answer, found):
                continue
            try:
                judged = judge(
                    rule, name, workload.env, answer, workload.residual, workload.choices
                )
                _conclude(judged, found)
            except FaultError as fault:
                workload.fail(fault)
                found.forget(name)
        found.let_go(workload)
    for rule in rules:
        if rule.per is not Per.SHARED:
            continue
        found.run.allow()
        if _is_passed(rule, None, None, found):
            continue
        try:
            _conclude(judge(rule, None, found.run.project, None, None), found)
        except FaultError as fault:
            found.findings.append(
                Finding(
                    rule=rule.name,
                    level=rule.level_on(found.run.as_of),
                    state=RuleState.WAITING,
                    workload=None,
                    say="",
                    fix="",
                    refs=(),
                    needs=(),
                    at=fault.place,
                    rule_at=None,
                    notice=NotJudged(fault.fault),
                    waits_for=WaitsFor.TEAM,
                )
            )
            level = rule.level_on(found.run.as_of)
            found.results.append(RuleResult(rule.name, level, None, RuleState.WAITING))


def _is_passed(
    rule: Rule, workload: Decided | None, answer: Answer | None, found: _Findings
) -> bool:
    """Records a rule of which it is known beforehand that it does not fire."""
    if found.early is None:
        return False
    name = workload.name if workload is not None else None
    choices = None
    if workload is not None and rule.name in found.run.program.reads.answer_rules:
        choices = [choice for _, choice, _ in workload.choices or ()]
    became = found.early.passed(rule, name or "", answer, choices)
    if became is None:
        return False
    found.results.append(RuleResult(rule.name, rule.level_on(found.run.as_of), name, became))
    return True


def _conclude(judged: Judged, found: _Findings) -> None:
    """Records a rule's outcome, waivers applied."""
    rule, workload, run = judged.rule, judged.workload, found.run
    say, fix = _texts(judged)
    became = judged.state
    use: WaiverUse | None = None
    refused: NotWaived | None = None
    if became is RuleState.FIRED:
        use, refused = found.state.apply(
            rule.names, rule.waivable, workload, rule.bounds, judged.env, judged.bindings
        )
        if use is not None:
            became = RuleState.WAIVED
    elif became is RuleState.WAITING:
        found.state.touches(rule.names, workload)
    if found.explain:
        found.judged.setdefault(workload or "", []).append((judged, became, use.id if use else ""))
    found.results.append(RuleResult(rule.name, judged.level, workload, became))
    if judged.value is NO:
        return
    found.findings.append(
        later(
            Finding,
            found.places.later(lambda tracer: finding_place(judged, tracer)),
            rule=rule.name,
            level=judged.level,
            state=became,
            workload=workload,
            say=say,
            fix=fix,
            refs=rule.refs,
            needs=_needs(judged, run),
            rule_at=rule.origin.place,
            waiver=use,
            notice=refused or _unproved(judged) or misspelt(judged),
            waits_for=_waits_for(judged.waits, run) if became is RuleState.WAITING else None,
            unjudged=judged.unjudged is not None,
        )
    )


def _unproved(judged: Judged) -> Unproved | None:
    """What the engine says where a rule has no words for it that it cannot be judged."""
    own = judged.unjudged is None or judged.unjudged.say is not None
    return None if own else Unproved()


def _texts(judged: Judged) -> tuple[str, str]:
    """What a rule says that did not pass, and how to mend it; that it could not be judged it says
    in its own words for that, where it has some."""
    if judged.value is NO:
        return "", ""
    say, fix = judged.rule.say, judged.rule.fix
    if judged.unjudged is not None:
        say, fix = judged.unjudged.say or say, judged.unjudged.fix or fix
    texts = [fill(each.parts, judged.env, judged.bindings) if each else "" for each in (say, fix)]
    return texts[0], texts[1]


def _needs(judged: Judged, run: Run) -> tuple[Need, ...]:
    """What a rule that is not judged needs. One that waits for a settled answer says no more: what
    settles the answer stands with the answer; one that fired by it does."""
    if are_of_policy(judged.waits, run):
        return policy_places(judged.waits, run)
    found = asked_first(judged.waits if judged.unjudged is not None else judged.open, run)
    return (*sorted(found, key=lambda need: -_grants(need, found, run.program)),)


def _grants(need: Need, others: Collection[Need], program: Program) -> int:
    """To how many of the other facts that are needed the policy has an answer of its own once this
    one is stated with yes; 0 where that is less than two."""
    settled = program.reads.grants.get(need, ()) if isinstance(need, FieldPath) else ()
    many = sum(other in settled for other in others)
    return many if many > 1 else 0


def _waits_for(symbols: Sequence[Symbol], run: Run) -> WaitsFor:
    return WaitsFor.POLICY if are_of_policy(symbols, run) else WaitsFor.TEAM


def finding_place(judged: Judged, tracer: Tracer) -> Place | None:
    """Where in the manifest a rule that did not pass points: to what its condition rests on, or to
    what is decided, a workload or the whole."""
    try:
        place = manifest_place(judged.instances, tracer, judged.rule.guard)
    except FaultError:  # in a part that the rule was judged without
        place = None
    subject = judged.env.subject
    whole = subject.workload.fact if subject.workload else subject.run.document.project
    return place or whole.place


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


# ── One workload ─────────────────────────────────────────────────────────────────────────


def _workload(state: Decided, found: _Findings, met: _Deciding) -> WorkloadDecision:
    decision = _told(state, found, met)
    found.let_go(state, last=True)
    return decision


def _told(state: Decided, found: _Findings, met: _Deciding) -> WorkloadDecision:
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


def _decided(state: Decided, found: _Findings, met: _Deciding) -> WorkloadDecision:
    env, residual, run = state.env, state.residual, found.run
    assert residual is not None
    run.allow()
    status = status_of(residual)
    routes = ways(residual)
    shown = residual.shown
    answers = bool(run.program.decision)
    held = answers and shown is not None and isinstance(shown.node, HoldNode)
    choice = None
    if answers and shown is not None and not held:
        choice = _choice(shown, shown_way(residual))
    reports = _reported(env, state.answer, found)
    with run.observed(met.doubts):
        judged = duties(env, state.answer, residual)
    owed = [_duty(each, state, found) for each in judged if each.state is not DutyState.NOT_OWED]
    for each in judged:
        if each.late:
            _late(each, state, found)
    settled: tuple[Settle, ...] = ()
    beside: tuple[FieldPath, ...] = ()
    ledger: tuple[Cost, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    rests_on: tuple[Premise, ...] = ()
    steps: tuple[Step, ...] = ()
    if found.explain and found.settle:
        # Of this room `check`, which explains nothing, would load the most in vain.
        from mlpolicy.analyze.questions import irrelevant, settling

        settled = settling(residual, env, met)
        beside = irrelevant(residual, env, settled)
    if found.explain:
        ledger = costs(env, state.answer)
        steps, assumed, rests_on = _steps(state, judged, ledger, choice, found)
    else:
        ledger = total(env, state.answer)
    return WorkloadDecision(
        name=state.name,
        status=status,
        hold=_hold(shown, shown_way(residual)) if held and shown is not None else None,
        choice=choice,
        possible=_possible(residual, routes) if answers else (),
        settled_by=settled,
        irrelevant=beside,
        assumed=assumed,
        rests_on=rests_on,
        obligations=tuple(owed),
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


def _reported(env: Env, answer: Answer | None, found: _Findings) -> tuple[Reported, ...]:
    """The values that the policy reports of a workload, or of the whole. Raises FaultError for a
    workload."""
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
            needs = asked_first(value.open, run)
        except FaultError as fault:
            if scope is Per.EACH:
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


def _duty(each: JudgedDuty, state: Decided, found: _Findings) -> Duty:
    obligation = each.obligation
    return Duty(
        id=obligation.name,
        level=obligation.level_on(found.run.as_of),
        text=fill(obligation.text.parts, state.env, _answering(state)),
        state=each.state,
        refs=obligation.refs,
        needs=asked_first(each.open, found.run),
    )


def _late(each: JudgedDuty, state: Decided, found: _Findings) -> None:
    """An obligation that is overdue, or may be, is a finding."""
    obligation, name = each.obligation, state.name
    became, use = RuleState.WAITING, None
    text = fill(obligation.text.parts, state.env, _answering(state))
    if each.state is DutyState.OVERDUE:
        use, _ = found.state.apply(
            (obligation.name,), obligation.waivable, name, None, state.env, NOTHING_BOUND
        )
        became = RuleState.WAIVED if use else RuleState.FIRED
    else:
        found.state.touches((obligation.name,), name)
    found.findings.append(
        later(
            Finding,
            found.places.later(lambda tracer: duty_place(each, state.workload, tracer)),
            rule=obligation.name,
            level=obligation.level_on(found.run.as_of),
            state=became,
            workload=name,
            say=text,
            fix="",
            refs=obligation.refs,
            needs=asked_first(each.open, found.run),
            rule_at=obligation.origin.place,
            waiver=use,
            notice=Owing(late=each.state is DutyState.OVERDUE),
            waits_for=_waits_for(each.open, found.run) if became is RuleState.WAITING else None,
            unjudged=False,
        )
    )


def _answering(state: Decided) -> Bindings:
    return Bindings(answer=state.answer)


def duty_place(each: JudgedDuty, workload: Workload, tracer: Tracer) -> Place | None:
    """Where in the manifest an obligation of a workload follows from, or the workload itself."""
    return field_place(_duty_step(each, tracer)) or workload.fact.place


def _duty_step(each: JudgedDuty, tracer: Tracer) -> Step:
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


def _steps(
    state: Decided,
    judged: list[JudgedDuty],
    ledger: tuple[Cost, ...],
    choice: Choice | None,
    found: _Findings,
) -> tuple[tuple[Step, ...], tuple[Assumption, ...], tuple[Premise, ...]]:
    """All steps of a workload, what its answer and the answer's cost assume, and what the answer
    rests on."""
    from mlpolicy.explain.resting import assumptions, premises
    from mlpolicy.explain.walked import tree_step

    program = found.run.program
    tracer = Tracer(program)
    assert state.residual is not None
    b = _answering(state)
    told = [r.value for r in program.reports.values() if r.per is Per.EACH]
    if not program.decision:
        rules = [_rule_step(j, s, w, tracer) for j, s, w in found.judged.get(state.name, [])]
        figures = [tracer.step(value, state.env, b) for value in told]
        full = Tracer(program, full=True)
        whole = Step(
            kind=StepKind.WORKLOAD,
            name=state.name,
            children=tuple(full.step(value, state.env, b) for value in told),
        )
        duty_steps = [_duty_step(each, tracer) for each in judged]
        return (
            (*figures, *duty_steps, *rules),
            assumptions([whole]),
            premises(whole, found.run.document, state.workload),
        )
    tree = tree_step(state.residual, tracer)
    figures = [tracer.step(value, state.env, b) for value in told]
    duty_steps = [_duty_step(each, tracer) for each in judged]
    cost_steps = [_cost_step(cost, state, tracer) for cost in ledger]
    rules = [_rule_step(j, s, w, tracer) for j, s, w in found.judged.get(state.name, [])]
    full = Tracer(program, full=True)
    outcome = choice.outcome if choice else None
    whole = tree_step(state.residual, full)
    priced = [_cost_step(cost, state, full) for cost in ledger if cost.outcome == outcome]
    return (
        (tree, *figures, *duty_steps, *cost_steps, *rules),
        assumptions([whole, *priced]),
        premises(whole, found.run.document, state.workload),
    )


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


# ── Choices ──────────────────────────────────────────────────────────────────────────────


def _hold(leaf: Leaf, way: Way) -> str:
    assert isinstance(leaf.node, HoldNode)
    return fill_preferred(leaf.node.reason.parts, way.env)


def _choice(leaf: Leaf, way: Way) -> Choice:
    """A reached leaf as it is shown: where an attribute is open, the sure row, else the first."""
    if not isinstance(leaf.node, LeafNode):
        return Choice(
            outcome=None,
            attributes=(),
            status=leaf.node.says,
            because=(_hold(leaf, way),),
            refs=references(leaf, way),
        )
    settings = dict(leaf.node.settings)
    attributes: list[tuple[str, str | None]] = []
    for name in way.env.subject.run.program.attributes:
        shown: str | None = None
        if name in settings:
            found = preferred(settings[name], way.env)
            if is_known(found) and found != Members(frozenset()):
                shown = show(found, settings[name].type)
        attributes.append((name, shown))
    return Choice(
        outcome=leaf.node.outcome or None,
        attributes=tuple(attributes),
        status=leaf.node.status,
        because=because(leaf, way),
        refs=references(leaf, way),
    )


def _possible(residual: Residual, routes: dict[Leaf, Way]) -> tuple[Choice, ...]:
    """Every distinct choice that may still come out, attributes that are open listed one by
    one, in order of the outcome."""
    choices: dict[tuple[object, ...], Choice] = {}
    for leaf in residual.possible:
        for choice in _variants(leaf, routes[leaf]):
            choices.setdefault((choice.outcome, choice.attributes, choice.status), choice)
    members = residual.at.env.subject.run.program.outcome.members
    order = {name: i for i, name in enumerate(members)}
    return tuple(
        sorted(
            choices.values(),
            key=lambda c: (
                order.get(c.outcome or "", len(order)),
                c.status,
                tuple((n, v or "") for n, v in c.attributes),
            ),
        )
    )


def _variants(leaf: Leaf, way: Way) -> list[Choice]:
    variants = [_choice(leaf, way)]
    if not isinstance(leaf.node, LeafNode):
        return variants
    for name, setting in leaf.node.settings:
        found = result(setting, way.env, NOTHING_BOUND).value
        options = found.options if isinstance(found, Members) else None
        if not options or len(options) == 1 or len(options) > 12:
            continue
        variants = [
            Choice(
                outcome=choice.outcome,
                attributes=tuple((n, option if n == name else v) for n, v in choice.attributes),
                status=choice.status,
                because=choice.because,
                refs=choice.refs,
            )
            for choice in variants
            for option in sorted(options)
        ]
    return variants


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


# ── The whole ────────────────────────────────────────────────────────────────────────────


def _doubts(doubts: _Doubts, failed: set[str], run: Run) -> list[Finding]:
    """Where the evaluation could not exclude a fault: two exceptions that may both apply, a
    division by what may be zero."""
    found: dict[str, list[Finding]] = {}
    for key, doubt in doubts.found.items():
        assert isinstance(key, tuple)
        workload = str(key[1])
        if workload not in failed:
            found.setdefault(workload, []).append(
                Finding(
                    rule="possible_fault",
                    level=Level.WARN,
                    state=RuleState.WAITING,
                    workload=workload or None,
                    say="",
                    fix="",
                    refs=(),
                    needs=needs(doubt.needs, run),
                    at=doubt.place,
                    rule_at=None,
                    notice=Possible(doubt.fault),
                    waits_for=_waits_for(doubt.needs, run),
                )
            )
    order = [*(w.name for w in run.document.workloads), ""]
    return [finding for name in order for finding in found.get(name, ())]


def _unfinished(run: Run) -> list[Finding]:
    """Where the evaluation stopped working out what is open, the first place of each subject."""
    first: dict[str, Place | None] = {}
    for (workload, _), place in run.unfinished.items():
        first.setdefault(workload, place)
    return [
        Finding(
            rule="unfinished",
            level=Level.WARN,
            state=RuleState.WAITING,
            workload=name or None,
            say="",
            fix="",
            refs=(),
            needs=(),
            at=place,
            rule_at=None,
            notice=Unfinished(),
            waits_for=WaitsFor.TEAM,
        )
        for name, place in first.items()
    ]


def finding_order(finding: Finding) -> tuple[int, int, str, str]:
    """In which order findings are told: by state, level, workload and rule."""
    level = LEVELS.index(finding.level)
    state = _STATES.index(finding.state)
    return (state, level, finding.workload or "", finding.rule)


def counts_of(
    results: list[RuleResult], findings: tuple[Finding, ...], workloads: int, program: Program
) -> Counts:
    """How many rules are in which state."""
    states = [r.state for r in results]
    return Counts(
        rules=len(program.rules),
        fired=sum(1 for f in findings if f.state is RuleState.FIRED),
        waiting=sum(1 for f in findings if f.state is RuleState.WAITING),
        passed=states.count(RuleState.PASSED),
        waived=sum(1 for f in findings if f.state is RuleState.WAIVED),
        does_not_apply=states.count(RuleState.DOES_NOT_APPLY),
        workloads=workloads,
    )


def verdict_of(workloads: tuple[WorkloadDecision, ...], findings: tuple[Finding, ...]) -> Verdict:
    """The first that applies: block, error, incomplete, warn, advise, pass. Advice that waits
    changes nothing, nor does what only the owner of the policy can tell."""
    fired = {f.level for f in findings if f.state is RuleState.FIRED}
    if Level.BLOCK in fired:
        return Verdict.BLOCK
    if any(w.status is Status.ERROR for w in workloads):
        return Verdict.ERROR
    if any(w.status in (Status.UNDECIDED, Status.HELD) for w in workloads):
        return Verdict.INCOMPLETE
    if any(f.waits_for is WaitsFor.TEAM and f.level is not Level.ADVISE for f in findings):
        return Verdict.INCOMPLETE
    if Level.WARN in fired:
        return Verdict.WARN
    if Level.ADVISE in fired:
        return Verdict.ADVISE
    return Verdict.PASS


def project_costs_of(workloads: tuple[WorkloadDecision, ...]) -> tuple[tuple[str, Cost], ...]:
    """The chosen outcome's costs of every workload, by workload."""
    found: list[tuple[str, Cost]] = []
    for workload in workloads:
        chosen = workload.choice.outcome if workload.choice else None
        found.extend((workload.name, c) for c in workload.costs if c.outcome == chosen)
    return tuple(found)
