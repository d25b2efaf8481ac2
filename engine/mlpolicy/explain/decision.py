"""A decision on one manifest: `decide_document(program, document, …) -> Decision`.

In order: every workload is decided; then obligations and rules, which may speak of all
workloads (`findings`); then what is told of each workload (`workload`); then waivers and the
verdict. Each part comes from the room it belongs to; here they are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date

from mlpolicy.core.decision import (
    Choice,
    Cost,
    Counts,
    Decision,
    Finding,
    Replaced,
    RuleResult,
    Unread,
    Verdict,
    WorkloadDecision,
    identity,
)
from mlpolicy.core.facts import Document, Required, Waiver
from mlpolicy.core.notices import Possible, Unfinished
from mlpolicy.core.program import Program
from mlpolicy.core.terms import Level, RuleState, Status, WaitsFor
from mlpolicy.core.trace import OfPolicy, Step, StepKind
from mlpolicy.core.values import INFEASIBLE
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import Run
from mlpolicy.evaluate.unknowns import needs
from mlpolicy.explain.findings import MOST_KEPT, Early, Findings, judge_all, rules_asked, waits_for
from mlpolicy.explain.places import Places
from mlpolicy.explain.workload import Deciding, Doubted, reported, workload_decision
from mlpolicy.judge.answers import decide_workload
from mlpolicy.judge.requiring import lacking
from mlpolicy.judge.waiving import (
    Beside,
    WaiverState,
    by_their_names,
    date_findings,
    waiver_findings,
)
from mlpolicy.source import Place

LEVELS = tuple(Level)
_STATES = (RuleState.FIRED, RuleState.WAITING, RuleState.WAIVED)


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
    steps: bool = True,
    rules: Collection[str] | None = None,
    ahead: Callable[[Run], Early | None] | None = None,
    memory: Memory | None = None,
) -> Decision:
    """Applies a checked policy to a validated manifest.

    `as_of` is the one clock; `today` only tells whether it lies in the future or long past.
    `waivers` come from a waiver file; those of the manifest are added unless
    `allow_manifest_waivers` is off. `dated` says that `as_of` is the manifest's own day; a field
    of `require` that is not stated blocks. Without `explain` the answers, findings and verdict are
    the same, but what only an explanation needs is left empty: the steps, of the costs all but the
    total of the answer, what is assumed, what would settle an open answer and what is irrelevant;
    without `settle`, the last two alone are; without `steps`, the steps alone. Where in the
    manifest a finding points is worked out when it is read (`Places`). With `rules`, only these
    are judged, and those that may end in an error. `ahead` may tell the run what is known
    beforehand (`env.Ahead`); `memory` holds what was worked out for other documents of the program
    and the day. Raises nothing that depends on the manifest: an error in a workload is part of its
    result.
    """
    run = begin(program, document, as_of.toordinal(), memory=memory)
    early = ahead(run) if ahead is not None else None
    doubts = Doubted()
    met = Deciding(doubts)
    # Where answers may turn is only asked for an explanation.
    with run.observed(met if explain else doubts):
        workloads = []
        for workload in document.workloads:
            workloads.append(decide_workload(workload, run))
            if len(document.workloads) > MOST_KEPT:
                run.envs[workload.name].subject.forget()
    with run.observed(doubts):
        all_waivers = [*waivers, *(document.waivers if allow_manifest_waivers else ())]
        state = WaiverState(by_their_names(all_waivers, program), run.as_of, {})
        found = Findings(
            run=run,
            state=state,
            explain=explain,
            settle=settle,
            steps=explain and steps,
            places=Places(run),
            early=None if explain else early,
        )
        every = program.rules.values()
        judged = [*(every if rules is None else rules_asked(rules, workloads, run))]
        judge_all(judged, workloads, found)
    unfinished = _unfinished(run)
    decided = tuple(workload_decision(w, found, met) for w in workloads)
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
    reports = reported(found.run.project, None, found)
    found.findings.extend(date_findings(run.as_of, today.toordinal(), place))
    ordered = tuple(sorted(found.findings, key=finding_order))
    whole = _whole(program, document, decided, found)
    rows, unread = _beside(run) if explain else ((), ())
    run.memory = None  # it goes on to serve other documents
    if len(document.workloads) > MOST_KEPT:
        found.places.settle()  # keeping it takes too much
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
        unread=unread,
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


def _beside(run: Run) -> tuple[tuple[Replaced, ...], tuple[Unread, ...]]:
    """What an explanation says besides: which rows of the policy the manifest replaces, and what of
    it nothing reads."""
    from mlpolicy.explain.replaced import replaced
    from mlpolicy.explain.unread import unread

    return replaced(run), unread(run.program, run.document)


def _whole(
    program: Program, document: Document, decided: tuple[WorkloadDecision, ...], found: Findings
) -> Step:
    """The step of the whole decision."""
    steps: tuple[Step, ...] = ()
    if found.steps:
        from mlpolicy.explain.steps import project_steps

        steps = project_steps(found.run, found.judged.get("", ()))
    project = Step(kind=StepKind.PROJECT, name=document.name, children=steps)
    return Step(
        kind=StepKind.POLICY,
        name=program.name,
        detail=OfPolicy(program.version, found.run.as_of),
        children=(*(w.trace for w in decided), project),
    )


def _doubts(doubts: Doubted, failed: set[str], run: Run) -> list[Finding]:
    """Where the evaluation could not exclude a fault: two exceptions that may both apply, a
    division by what may be zero."""
    found: dict[str, list[Finding]] = {}
    names = ("", *(w.name for w in run.document.workloads))
    for doubt in doubts.found.values():
        workload = names[doubt.subject]
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
                    waits_for=waits_for(doubt.needs, run),
                )
            )
    return [finding for name in (*names[1:], "") for finding in found.get(name, ())]


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


def outcome_name(choice: Choice) -> str:
    """What an answer is called among the outcomes."""
    return choice.outcome or INFEASIBLE
