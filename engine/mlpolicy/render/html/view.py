"""What the page says, as plain values: decisions in, a report out.

Every text is the decision's own or follows from it; every anchor is given here, so that the
templates only place what they are handed. The order is that of a reader's questions: what is the
answer, what does it cost, what stops it, what is next; then the reasons, workload by workload,
what concerns the project, what waits, and the clauses that all of it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.core import show
from mlpolicy.core.decision import (
    Assumption,
    Choice,
    Decision,
    Duty,
    Finding,
    PolicyId,
    Premise,
    Reported,
    Settle,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.program import Program
from mlpolicy.core.terms import PLAIN, Level, RuleState, Status
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import StepKind
from mlpolicy.explain.deciding import find
from mlpolicy.explain.ranking import ranked
from mlpolicy.render import brief, citations, figures, notices, premises, settle, titled
from mlpolicy.render.approval import approved
from mlpolicy.render.findings import freeing
from mlpolicy.render.graph import graph
from mlpolicy.render.html import money, scale, tree
from mlpolicy.render.html.words import Ref, Refs, counted
from mlpolicy.render.places import SETTLED, asked, either, gathered, told
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.text import counts_line
from mlpolicy.render.words import waiver_state
from mlpolicy.waivers import by_id

_LEVELS = tuple(Level)
#: What findings are counted by, in this order.
_COUNTED: tuple[Level | RuleState, ...] = (*_LEVELS, RuleState.WAITING, RuleState.WAIVED)


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value; `code` where it is to be read letter by letter."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer in everyday words; `id` is the outcome as the policy writes it, `attributes`
    likewise, each with its value, and `status` that of the leaf where it says more."""

    said: str
    id: str
    attributes: tuple[Fact, ...]
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What stops a manifest, or is a warning about it: a sentence, and where more of it is."""

    level: str
    said: str
    subject: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What stands on the first screen: a few words for the verdict, what stops it, the next step
    with the workload that it is about."""

    said: str
    stops: tuple[Stop, ...]
    more: int
    next: str
    next_of: str
    next_anchor: str


@dataclass(frozen=True, slots=True)
class Split:
    """One answer to a question, and what it would leave."""

    answer: str
    leaves: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What would settle an answer."""

    path: str
    of: str
    ask: str
    given: str
    narrows: str
    settles: str
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """A waiver and what became of it."""

    id: str
    rule: str
    subject: str
    state: str
    facts: tuple[Fact, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding that fired or is waived."""

    anchor: str
    rule: str
    title: str
    level: str
    state: str
    say: str
    fix: str
    needs: str
    at: str
    rule_at: str
    refs: tuple[Ref, ...]
    waiver: WaiverView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Checks that one fact would free: each with its title, name, level and subjects; `also` is
    what they need besides."""

    fact: str
    checks: tuple[tuple[str, str, str, str], ...]
    number: int
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """Something owed with an answer."""

    id: str
    title: str
    level: str
    state: str
    text: str
    needs: tuple[str, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class AssumptionView:
    """What the policy takes for granted where nothing is stated."""

    title: str
    value: str
    path: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiseView:
    """A fact that the answer rests on, how well it is founded and what is said about it."""

    founded: str
    title: str
    value: str
    said: str
    path: str
    place: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings there are of a level or state."""

    number: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadView:
    """Everything about one workload."""

    anchor: str
    name: str
    status: str
    look: str
    answer: Answer | None
    headline: str
    others: str
    possible: tuple[Answer, ...]
    because: tuple[str, ...]
    refs: tuple[Ref, ...]
    at: str
    plan: tuple[Fact, ...]
    reports: tuple[Fact, ...]
    settling: str
    questions: tuple[Question, ...]
    map: tree.Map
    lanes: tuple[tree.Lane, ...]
    margins: tuple[tuple[scale.Margin, tuple[Ref, ...]], ...]
    charts: tuple[money.Chart, ...]
    ledgers: tuple[money.Ledger, ...]
    cost: str
    costed: bool
    findings: tuple[FindingView, ...]
    duties: tuple[DutyView, ...]
    irrelevant: tuple[str, ...]
    assumed: tuple[AssumptionView, ...]
    rests_on: tuple[PremiseView, ...]
    resting: str
    untried: str
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """Everything about one manifest. `shared` is the policy's word for what is said once, `each`
    and `many` are those for what is decided. `costed`: does its policy compute costs?"""

    anchor: str
    name: str
    shared: str
    each: str
    many: str
    verdict: str
    first: First
    summary: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    tallies: tuple[Tally, ...]
    workloads: tuple[WorkloadView, ...]
    outcomes: tuple[tuple[str, int], ...]
    reports: tuple[Fact, ...]
    costed: bool
    charts: tuple[money.Chart, ...]
    findings: tuple[FindingView, ...]
    waiting: tuple[Waiting, ...]
    advice: tuple[Waiting, ...]
    waivers: tuple[WaiverView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    """A clause: what refers to it, what it says, where it comes from."""

    ref: Ref
    text: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """The clauses of a policy that the page cites: those that carry an answer or a finding, and
    the others; and the sources that they stand in."""

    anchor: str
    policy: str
    sources: tuple[Fact, ...]
    carrying: tuple[ClauseView, ...]
    others: tuple[ClauseView, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page."""

    title: str
    decisions: tuple[DecisionView, ...]
    clauses: tuple[Clauses, ...]


def report(pairs: Sequence[tuple[Decision, Program]], workload: str | None) -> Report:
    """The page about these decisions, or about one workload of each."""
    policies: dict[str, Refs] = {}
    by: dict[str, list[Decision]] = {}
    views = []
    for number, (decision, program) in enumerate(pairs, 1):
        key = decision.policy.key
        if key not in policies:
            policies[key] = Refs({}, f"c{len(policies) + 1}")
        by.setdefault(key, []).append(decision)
        refs = policies[key]
        refs.add({ref: citations.clause_text(each) for ref, each in decision.clauses.items()})
        views.append(_decision(decision, program, workload, f"d{number}", refs))
    cited = [
        _clauses(f"clauses-{number}", by[key], refs)
        for number, (key, refs) in enumerate(policies.items(), 1)
        if refs.cited()
    ]
    subject = f"{workload}, " if workload is not None else ""
    title = views[0].name if len(views) == 1 else counted(len(views), "manifest")
    return Report(f"{subject}{title}", tuple(views), tuple(cited))


def _clauses(anchor: str, decisions: Sequence[Decision], refs: Refs) -> Clauses:
    first = decisions[0]
    carry = {
        ref
        for decision in decisions
        for cited in (
            *(w.choice.refs for w in decision.workloads if w.choice),
            *(f.refs for f in decision.findings if f.state is not RuleState.WAITING),
        )
        for ref in cited
    }
    told_ = [
        (
            ref.text in carry,
            ClauseView(ref=ref, text=text, origin=citations.origin_text(first.clauses[ref.text])),
        )
        for ref, text in refs.cited()
    ]
    return Clauses(
        anchor=anchor,
        policy=titled.policy(first.policy),
        sources=tuple(Fact(each.name, citations.source_text(each)) for each in first.sources),
        carrying=tuple(each for carries, each in told_ if carries),
        others=tuple(each for carries, each in told_ if not carries),
    )


# ── One manifest ─────────────────────────────────────────────────────────────────────────


def _decision(
    decision: Decision, program: Program, only: str | None, anchor: str, refs: Refs
) -> DecisionView:
    manifest = decision.manifest_path
    chosen = [each for each in decision.workloads if only in (None, each.name)]
    numbers = {each.name: number for number, each in enumerate(chosen, 1)}
    findings = [
        finding for finding in decision.findings if only is None or finding.workload == only
    ]
    told_ = [finding for finding in findings if finding.state is not RuleState.WAITING]
    anchors = {id(finding): f"{anchor}-f{number}" for number, finding in enumerate(told_, 1)}
    workloads = tuple(
        _workload(
            decision,
            each,
            program,
            f"{anchor}-w{numbers[each.name]}",
            [finding for finding in findings if finding.workload == each.name],
            anchors,
            refs,
        )
        for each in chosen
    )
    about = [finding for finding in told_ if finding.workload not in numbers]
    several = len(decision.workloads) > 1 and only is None
    titles = decision.titles
    return DecisionView(
        anchor=anchor,
        name=decision.manifest_name,
        shared=decision.scopes.shared.word,
        each=decision.scopes.each.word,
        many=decision.scopes.many,
        verdict=decision.verdict.value,
        first=_first(decision, chosen, findings, anchors, workloads),
        summary=_summary(decision),
        facts=_facts(decision),
        tallies=_tallies(findings),
        workloads=workloads,
        outcomes=tuple(
            (titled.outcome(name, titles), number) for name, number in decision.outcomes.items()
        )
        if several
        else (),
        reports=tuple(_reported(decision.reports, titles)),
        costed=any(each.costs for each in decision.workloads),
        charts=tuple(money.charts(decision.project_costs, None, titles)) if several else (),
        findings=tuple(
            _finding(finding, anchors[id(finding)], manifest, refs, decision)
            for finding in brief.graver_first(about)
        ),
        waiting=_waiting(findings, decision, advice=False),
        advice=_waiting(findings, decision, advice=True),
        waivers=tuple(
            _waiver(each, manifest, decision.scopes.shared.word)
            for each in sorted(decision.waivers, key=by_id)
        )
        if only is None
        else (),
    )


_STOPS = 3  # told on the first screen


def _first(
    decision: Decision,
    chosen: Sequence[WorkloadDecision],
    findings: Sequence[Finding],
    anchors: dict[int, str],
    workloads: Sequence[WorkloadView],
) -> First:
    """What a reader asks before anything else."""
    stops = [
        Stop(
            level=finding.level,
            said=notices.say(finding),
            subject=(finding.workload or "") if len(workloads) > 1 else "",
            anchor=anchors[id(finding)],
        )
        for finding in brief.stopping(findings)
    ]
    step = brief.next_step(chosen, findings)
    places = {each.name: each.anchor for each in workloads}
    return First(
        said=brief.verdict_text(decision, findings),
        stops=tuple(stops[:_STOPS]),
        more=len(stops[_STOPS:]),
        next=brief.sentence(brief.next_text(step)),
        next_of=step.of if len(workloads) > 1 else "",
        next_anchor=places.get(step.of, ""),
    )


def _summary(decision: Decision) -> tuple[Fact, ...]:
    """What a reader asks first: of what, by what, for which day."""
    return (
        Fact("manifest", decision.manifest_path),
        Fact("policy", titled.policy(decision.policy)),
        Fact("as of", decision.as_of),
    )


def _facts(decision: Decision) -> tuple[Fact, ...]:
    """What an auditor asks for."""
    policy = decision.policy
    unread = gathered(tuple(each.path for each in decision.unread))
    found = (
        Fact("policy", f"{policy.name} {policy.version}"),
        Fact("policy digest", policy.digest, True),
        *(Fact("policy approval", said) for said in approved(policy)),
        *(fact for each in policy.extensions for fact in _of_extension(each)),
        Fact("policy meaning", policy.meaning, True),
        Fact("policy language", str(policy.language)),
        Fact("manifest", decision.manifest_path),
        Fact("manifest digest", decision.manifest_digest, True),
        Fact("as of", decision.as_of),
        Fact("checks", counts_line(decision)),
        *(
            Fact("replaced of the policy", premises.replaced_text(each, decision.manifest_path))
            for each in decision.replaced
        ),
        Fact("stated, and read by no rule", unread),
    )
    return tuple(fact for fact in found if fact.value)


def _of_extension(extension: PolicyId) -> Iterable[Fact]:
    """What an auditor asks for of an extension."""
    yield Fact("extension", f"{extension.name} {extension.version}")
    yield Fact("extension digest", extension.digest, True)
    for said in approved(extension):
        yield Fact("extension approval", said)


def _tallies(findings: Iterable[Finding]) -> tuple[Tally, ...]:
    """Findings counted by what a reader does about them."""
    kinds: list[Level | RuleState] = [
        finding.level if finding.state is RuleState.FIRED else finding.state for finding in findings
    ]
    return tuple(Tally(kinds.count(word), word) for word in _COUNTED if word in kinds)


def _waiting(
    findings: Iterable[Finding], decision: Decision, *, advice: bool
) -> tuple[Waiting, ...]:
    """Checks that wait, by the fact that frees most of them: advice, or all that is more."""
    chosen = [
        finding
        for finding in findings
        if finding.state is RuleState.WAITING and (finding.level is Level.ADVISE) is advice
    ]
    return tuple(
        Waiting(
            fact=asked(group.fact) if group.fact is not None else SETTLED,
            checks=tuple(
                (
                    decision.titles.finding(each.rule),
                    each.rule,
                    each.level,
                    ", ".join(each.subjects),
                )
                for each in group.checks
            ),
            number=sum(len(each.findings) for each in group.checks),
            also=tuple(map(asked, group.also)),
        )
        for group in freeing(chosen, decision.scopes)
    )


def _finding(
    finding: Finding, anchor: str, manifest: str, refs: Refs, decision: Decision
) -> FindingView:
    titles, whole = decision.titles, decision.scopes.shared.word
    waived = finding.waiver is not None and finding.state is RuleState.WAIVED
    return FindingView(
        anchor=anchor,
        rule=finding.rule,
        title=titles.finding(finding.rule),
        level=finding.level,
        state=finding.state,
        say=notices.say(finding),
        fix=notices.fix(finding),
        needs=gathered(finding.needs),
        at=told(finding.at, manifest),
        rule_at=told(finding.rule_at),
        refs=refs(finding.refs),
        waiver=_waiver(finding.waiver, manifest, whole) if finding.waiver and waived else None,
    )


def _waiver(waiver: WaiverUse, manifest: str, whole: str) -> WaiverView:
    facts = (
        Fact("reason", waiver.reason),
        Fact("owner", waiver.owner),
        Fact("approved by", waiver.approved_by),
        Fact("approved on", waiver.approved_on),
        Fact("expires on", waiver.expires_on),
        Fact("bound", show.money(waiver.max_amount, waiver.currency))
        if waiver.max_amount is not None
        else Fact("bound", ""),
        Fact("ticket", waiver.ticket),
        Fact("stated at", told(waiver.place, manifest)),
    )
    return WaiverView(
        id=waiver.id,
        rule=waiver.rule,
        subject=waiver.workload or whole,
        state=waiver_state(waiver.state, waiver.expiring),
        facts=tuple(fact for fact in facts if fact.value),
        note=notices.waiver_note(waiver),
    )


# ── One workload ─────────────────────────────────────────────────────────────────────────


def _workload(
    decision: Decision,
    workload: WorkloadDecision,
    program: Program,
    anchor: str,
    findings: Sequence[Finding],
    anchors: dict[int, str],
    refs: Refs,
) -> WorkloadView:
    manifest = decision.manifest_path
    choice = workload.choice
    shown = choice.outcome if choice else None
    titles = decision.titles
    drawn = graph(program, workload)
    possible = settle.possible(workload)
    conditions = [
        condition
        for root in find(workload.trace, StepKind.TREE)
        for condition in scale.conditions(root)
    ]
    told_ = [finding for finding in findings if finding.state is not RuleState.WAITING]
    costs = [(cost.outcome or cost.formula, cost) for cost in workload.costs]
    own = [cost for cost in workload.costs if shown and cost.outcome == shown]
    questions = tuple(_question(each, possible, titles) for each in ranked(workload))
    return WorkloadView(
        anchor=anchor,
        name=workload.name,
        status=workload.status.value,
        look=workload.status.value,
        answer=_answer(choice, workload.possible, titles) if choice else None,
        headline=_headline(workload, possible, titles),
        others=_others(workload, possible, titles),
        possible=tuple(_answer(each, workload.possible, titles) for each in workload.possible),
        because=choice.because if choice else (),
        refs=refs(choice.refs) if choice else (),
        at=told(workload.at, manifest),
        plan=tuple(Fact(name, value) for name, value in (workload.plan or {}).items()),
        reports=tuple(_reported(workload.reports, titles)),
        settling=settle.heading(workload).capitalize(),
        questions=questions,
        map=tree.tree_map(drawn, titles),
        lanes=tuple(tree.lanes(drawn, workload, anchor, refs, titles)),
        margins=tuple((margin, refs(margin.refs)) for margin in scale.margins(conditions)),
        charts=tuple(money.charts(costs, shown, titles)),
        ledgers=tuple(money.ledgers(workload.costs, shown, refs, manifest, titles)),
        cost=brief.cost_text(own[0]) if own else "",
        costed=bool(workload.costs),
        findings=tuple(
            _finding(finding, anchors[id(finding)], manifest, refs, decision)
            for finding in brief.graver_first(told_)
        ),
        duties=tuple(_duty(duty, refs, titles) for duty in workload.obligations),
        irrelevant=tuple(map(str, workload.irrelevant)),
        assumed=tuple(_assumption(each, refs, titles) for each in workload.assumed),
        rests_on=tuple(_premise(each, manifest, titles) for each in workload.rests_on),
        resting=premises.counts(workload),
        untried=settle.UNTRIED if workload.untried else "",
        tallies=_tallies(findings),
    )


def _reported(reports: Sequence[Reported], titles: Titles) -> Iterator[Fact]:
    return (Fact(titles.value(each.name), figures.said(each)) for each in reports)


def _headline(workload: WorkloadDecision, possible: tuple[str, ...], titles: Titles) -> str:
    """What stands where the answer would, when there is none."""
    if workload.error is not None:
        return notices.fault_text(workload.error)
    if workload.hold is not None:
        return workload.hold
    if workload.status is Status.JUDGED:
        return figures.in_short(workload.reports, titles)
    if workload.choice is None:
        return either([titled.outcome(name, titles) for name in possible]) or "no answer"
    return ""


def _others(workload: WorkloadDecision, possible: tuple[str, ...], titles: Titles) -> str:
    """What it may yet be instead."""
    if workload.choice is not None:
        return settle.may_become(workload, titles)
    held = workload.hold is not None and len(possible) > 1
    names = [titled.outcome(name, titles) for name in possible]
    return f"possible: {either(names)}" if held else ""


def _answer(choice: Choice, possible: tuple[Choice, ...], titles: Titles) -> Answer:
    """An attribute is open where the same outcome may yet have it; one that the outcome does
    not set is left out."""
    open_names = {
        name
        for other in possible
        if other.outcome == choice.outcome
        for name, value in other.attributes
        if value is not None
    }
    attributes = tuple(
        Fact(name, value if value is not None else "open")
        for name, value in choice.attributes
        if choice.outcome is not None and (value is not None or name in open_names)
    )
    return Answer(
        said=titled.answer(choice, titles),
        id=choice.outcome or "infeasible",
        attributes=attributes,
        status="" if choice.status in PLAIN else choice.status,
    )


def _question(asked_: Settle, now: tuple[str, ...], titles: Titles) -> Question:
    telling = len({split.possible for split in asked_.when}) > 1
    return Question(
        path=str(asked_.path or "") or "what the policy itself does not know",
        of=told(asked_.at) if asked_.path is None else asked_.workload or "",
        ask=ask_text(asked_.ask),
        given=settle.given(asked_),
        narrows=show.money(asked_.spread, asked_.currency) if asked_.spread else "",
        settles=settle.more(asked_),
        splits=tuple(
            Split(
                replies_text(split.answer),
                settle.leaves(split.possible, now, titles)
                .removeprefix(":")
                .removeprefix(" ->")
                .strip(),
            )
            for split in asked_.when
        )
        if telling
        else (),
    )


def _duty(duty: Duty, refs: Refs, titles: Titles) -> DutyView:
    return DutyView(
        id=duty.id,
        title=titles.finding(duty.id),
        level=duty.level,
        state=duty.state,
        text=duty.text,
        needs=tuple(map(str, duty.needs)),
        refs=refs(duty.refs),
    )


def _premise(premise: Premise, manifest: str, titles: Titles) -> PremiseView:
    name = notices.keyed(titles.value(premise.name), premise.key) if premise.name else ""
    return PremiseView(
        founded=premise.founded.value,
        title=name or str(premise.path),
        value=premises.value_text(premise),
        said=premises.said_text(premise),
        path=str(premise.path),
        place=told(premise.place, manifest),
    )


def _assumption(assumed: Assumption, refs: Refs, titles: Titles) -> AssumptionView:
    return AssumptionView(
        notices.keyed(titles.value(assumed.name), assumed.key),
        notices.figure(assumed.stands),
        str(assumed.path),
        refs(assumed.refs),
    )
