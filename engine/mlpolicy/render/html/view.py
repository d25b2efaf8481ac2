"""What the page says, as plain values: decisions in, a report out.

Every text is the decision's own or follows from it; every anchor is given here, so that the
templates only place what they are handed. The order is that of the text report: the verdict,
each workload with its answer, its path, its costs and findings, then what concerns the
project, what waits, and the clauses that all of it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlpolicy.core.decision import (
    Assumption,
    Choice,
    Decision,
    Duty,
    Finding,
    Settle,
    Verdict,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.paths import Need
from mlpolicy.core.program import Program
from mlpolicy.core.terms import PLAIN, Level, RuleState, Status
from mlpolicy.core.trace import StepKind
from mlpolicy.explain.deciding import find
from mlpolicy.render import notices, settle
from mlpolicy.render.approval import approved
from mlpolicy.render.findings import unjudged
from mlpolicy.render.graph import graph
from mlpolicy.render.html import money, scale, tree
from mlpolicy.render.html.words import Ref, Refs, counted
from mlpolicy.render.ledger import money_range
from mlpolicy.render.places import asked, either, told
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.words import waiver_state

_LEVELS = tuple(Level)
#: What findings are counted by, in this order.
_COUNTED: tuple[Level | RuleState, ...] = (*_LEVELS, RuleState.WAITING, RuleState.WAIVED)


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a place on the page."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value; `code` where it is to be read letter by letter."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: outcome, attributes, and its status where that says more."""

    outcome: str
    attributes: tuple[Fact, ...]
    status: str


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
    level: str
    state: str
    say: str
    fix: str
    at: str
    rule_at: str
    refs: tuple[Ref, ...]
    waiver: WaiverView | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rules that wait for the same, each with its level and its subjects."""

    needs: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """Something owed with an answer."""

    id: str
    level: str
    state: str
    text: str
    needs: tuple[str, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class AssumptionView:
    """What the policy takes for granted where nothing is stated."""

    name: str
    value: str
    path: str
    refs: tuple[Ref, ...]


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
    open: bool
    questions: tuple[Question, ...]
    map: tree.Map
    lanes: tuple[tree.Lane, ...]
    margins: tuple[tuple[scale.Margin, tuple[Ref, ...]], ...]
    charts: tuple[money.Chart, ...]
    ledgers: tuple[money.Ledger, ...]
    cost: str
    missing: str
    findings: tuple[FindingView, ...]
    duties: tuple[DutyView, ...]
    irrelevant: tuple[str, ...]
    assumed: tuple[AssumptionView, ...]
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """Everything about one manifest."""

    anchor: str
    name: str
    verdict: str
    said: str
    links: tuple[Link, ...]
    summary: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    tallies: tuple[Tally, ...]
    workloads: tuple[WorkloadView, ...]
    outcomes: tuple[tuple[str, int], ...]
    charts: tuple[money.Chart, ...]
    findings: tuple[FindingView, ...]
    waiting: tuple[Waiting, ...]
    waivers: tuple[WaiverView, ...]
    counts: str


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of a policy that the page cites."""

    anchor: str
    policy: str
    clauses: tuple[tuple[Ref, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page."""

    title: str
    decisions: tuple[DecisionView, ...]
    clauses: tuple[Clauses, ...]


def report(pairs: Sequence[tuple[Decision, Program]], workload: str | None) -> Report:
    """The page about these decisions, or about one workload of each."""
    policies: dict[str, Refs] = {}
    names: dict[str, str] = {}
    views = []
    for number, (decision, program) in enumerate(pairs, 1):
        digest = decision.policy.digest
        if digest not in policies:
            policies[digest] = Refs({}, f"c{len(policies) + 1}")
            names[digest] = f"{decision.policy.name} {decision.policy.version}"
        refs = policies[digest]
        refs.add({ref: clause.text for ref, clause in decision.clauses.items()})
        views.append(_decision(decision, program, workload, f"d{number}", refs))
    cited = [
        Clauses(f"clauses-{number}", names[digest], tuple(refs.cited()))
        for number, (digest, refs) in enumerate(policies.items(), 1)
        if refs.cited()
    ]
    subject = f"{workload}, " if workload is not None else ""
    title = views[0].name if len(views) == 1 else counted(len(views), "manifest")
    return Report(f"{subject}{title}", tuple(views), tuple(cited))


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
    said, links = _why(decision, told_, anchors, workloads)
    return DecisionView(
        anchor=anchor,
        name=decision.manifest_name,
        verdict=decision.verdict.value,
        said=said,
        links=links,
        summary=_summary(decision),
        facts=_facts(decision),
        tallies=_tallies(findings),
        workloads=workloads,
        outcomes=tuple(decision.outcomes.items()) if several else (),
        charts=tuple(money.charts(decision.project_costs, None)) if several else (),
        findings=tuple(
            _finding(finding, anchors[id(finding)], manifest, refs) for finding in _ranked(about)
        ),
        waiting=_waiting(findings),
        waivers=tuple(_waiver(waiver, manifest) for waiver in decision.waivers)
        if only is None
        else (),
        counts=_counts(decision),
    )


def _why(
    decision: Decision,
    told_: Sequence[Finding],
    anchors: dict[int, str],
    workloads: Sequence[WorkloadView],
) -> tuple[str, tuple[Link, ...]]:
    """Why the verdict is what it is: a few words, and where to look."""
    match decision.verdict:
        case Verdict.BLOCK | Verdict.WARN | Verdict.ADVISE:
            level = decision.verdict.value
            rules: dict[str, str] = {}
            for finding in told_:
                if finding.state is RuleState.FIRED and finding.level == level:
                    rules.setdefault(finding.rule, anchors[id(finding)])
            words = {"block": "Blocked by", "warn": "Warned by", "advise": "Advice from"}
            return words[level], tuple(Link(rule, to) for rule, to in rules.items())
        case Verdict.ERROR:
            failed = [w for w in workloads if w.status == Status.ERROR]
            return "Could not be evaluated:", tuple(Link(w.name, w.anchor) for w in failed)
        case Verdict.INCOMPLETE:
            open_ = [w for w in workloads if w.status in (Status.UNDECIDED, Status.HELD)]
            if open_:
                return "No answer yet for", tuple(Link(w.name, w.anchor) for w in open_)
            number = len(unjudged(decision.findings))
            return f"{counted(number, 'check')} could not be judged yet.", ()
        case Verdict.PASS:
            return "Nothing was found.", ()


def _summary(decision: Decision) -> tuple[Fact, ...]:
    """What a reader asks first: of what, by what, for which day."""
    return (
        Fact("manifest", decision.manifest_path),
        Fact("policy", f"{decision.policy.name} {decision.policy.version}"),
        Fact("as of", decision.as_of),
    )


def _facts(decision: Decision) -> tuple[Fact, ...]:
    """What an auditor asks for."""
    policy = decision.policy
    return (
        Fact("policy", f"{policy.name} {policy.version}"),
        Fact("policy digest", policy.digest, True),
        *(Fact("policy approval", said) for said in approved(policy)),
        Fact("policy meaning", policy.meaning, True),
        Fact("policy language", str(policy.language)),
        Fact("manifest", decision.manifest_path),
        Fact("manifest digest", decision.manifest_digest, True),
        Fact("as of", decision.as_of),
        Fact("rules", _counts(decision)),
    )


def _counts(decision: Decision) -> str:
    counts = decision.counts
    idle = counts.does_not_apply
    beside = f", {idle} {'does' if idle == 1 else 'do'} not apply" if idle else ""
    return (
        f"{counts.fired} fired, {counts.waiting} waiting, {counts.passed} passed, "
        f"{counts.waived} waived{beside}, of {counted(counts.rules, 'rule')}"
    )


def _tallies(findings: Iterable[Finding]) -> tuple[Tally, ...]:
    """Findings counted by what a reader does about them."""
    kinds: list[Level | RuleState] = [
        finding.level if finding.state is RuleState.FIRED else finding.state for finding in findings
    ]
    return tuple(Tally(kinds.count(word), word) for word in _COUNTED if word in kinds)


def _waiting(findings: Iterable[Finding]) -> tuple[Waiting, ...]:
    """Rules that wait, grouped by what they wait for, those that may block first."""
    groups: dict[tuple[Need, ...], dict[tuple[str, str], list[str]]] = {}
    for finding in findings:
        if finding.state is RuleState.WAITING:
            rules = groups.setdefault(finding.needs, {})
            rules.setdefault((finding.rule, finding.level), []).append(
                finding.workload or "project"
            )

    def first(rules: dict[tuple[str, str], list[str]]) -> int:
        return min(_place(level) for _, level in rules)

    return tuple(
        Waiting(
            tuple(asked(need) for need in needs) or ("an answer",),
            tuple(
                (rule, level, ", ".join(subjects))
                for (rule, level), subjects in sorted(
                    rules.items(), key=lambda item: _place(item[0][1])
                )
            ),
        )
        for needs, rules in sorted(groups.items(), key=lambda item: first(item[1]))
    )


def _place(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)


def _ranked(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (each.state is RuleState.WAIVED, _place(each.level)))


def _finding(finding: Finding, anchor: str, manifest: str, refs: Refs) -> FindingView:
    waived = finding.waiver is not None and finding.state is RuleState.WAIVED
    return FindingView(
        anchor=anchor,
        rule=finding.rule,
        level=finding.level,
        state=finding.state,
        say=notices.say(finding),
        fix=notices.fix(finding),
        at=told(finding.at, manifest),
        rule_at=told(finding.rule_at),
        refs=refs(finding.refs),
        waiver=_waiver(finding.waiver, manifest) if finding.waiver and waived else None,
    )


def _waiver(waiver: WaiverUse, manifest: str) -> WaiverView:
    facts = (
        Fact("reason", waiver.reason),
        Fact("owner", waiver.owner),
        Fact("approved by", waiver.approved_by),
        Fact("approved on", waiver.approved_on),
        Fact("expires on", waiver.expires_on),
        Fact("bound", money_range(waiver.max_usd, waiver.max_usd) + " USD")
        if waiver.max_usd is not None
        else Fact("bound", ""),
        Fact("ticket", waiver.ticket),
        Fact("stated at", told(waiver.place, manifest)),
    )
    return WaiverView(
        id=waiver.id,
        rule=waiver.rule,
        subject=waiver.workload or "project",
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
    questions = tuple(_question(each, possible) for each in settle.ranked(workload))
    return WorkloadView(
        anchor=anchor,
        name=workload.name,
        status=workload.status.value,
        look=workload.status.value,
        answer=_answer(choice, workload.possible) if choice else None,
        headline=_headline(workload, possible),
        others=_others(workload, possible),
        possible=tuple(_answer(each, workload.possible) for each in workload.possible),
        because=choice.because if choice else (),
        refs=refs(choice.refs) if choice else (),
        at=told(workload.at, manifest),
        plan=tuple(Fact(name, value) for name, value in (workload.plan or {}).items()),
        open=workload.status in (Status.UNDECIDED, Status.HELD, Status.PROVISIONAL),
        questions=questions,
        map=tree.tree_map(drawn),
        lanes=tuple(tree.lanes(drawn, workload, anchor, refs)),
        margins=tuple((margin, refs(margin.refs)) for margin in scale.margins(conditions)),
        charts=tuple(money.charts(costs, shown)),
        ledgers=tuple(money.ledgers(workload.costs, shown, refs, manifest)),
        cost=money.amount(own[0]) if own else "",
        missing=money.missing(own[0]) if own else "",
        findings=tuple(
            _finding(finding, anchors[id(finding)], manifest, refs) for finding in _ranked(told_)
        ),
        duties=tuple(_duty(duty, refs) for duty in workload.obligations),
        irrelevant=tuple(map(str, workload.irrelevant)),
        assumed=tuple(_assumption(each, refs) for each in workload.assumed),
        tallies=_tallies(findings),
    )


def _headline(workload: WorkloadDecision, possible: tuple[str, ...]) -> str:
    """What stands where the answer would, when there is none."""
    if workload.error is not None:
        return notices.fault_text(workload.error)
    if workload.hold is not None:
        return workload.hold
    if workload.choice is None:
        return either(possible) or "no answer"
    return ""


def _others(workload: WorkloadDecision, possible: tuple[str, ...]) -> str:
    """What it may yet be instead."""
    if workload.choice is not None:
        return settle.may_become(workload)
    held = workload.hold is not None and len(possible) > 1
    return f"possible: {either(possible)}" if held else ""


def _answer(choice: Choice, possible: tuple[Choice, ...]) -> Answer:
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
    outcome = choice.outcome or "infeasible"
    return Answer(outcome, attributes, "" if choice.status in PLAIN else choice.status)


def _question(asked_: Settle, now: tuple[str, ...]) -> Question:
    telling = len({split.possible for split in asked_.when}) > 1
    return Question(
        path=str(asked_.path or "") or "what the policy itself does not know",
        of=told(asked_.at) if asked_.path is None else asked_.workload or "",
        ask=ask_text(asked_.ask),
        given=settle.given(asked_),
        narrows=f"{money_range(asked_.spread, asked_.spread)} USD" if asked_.spread else "",
        splits=tuple(
            Split(
                replies_text(split.answer),
                settle.leaves(split.possible, now).removeprefix(":").removeprefix(" ->").strip(),
            )
            for split in asked_.when
        )
        if telling
        else (),
    )


def _duty(duty: Duty, refs: Refs) -> DutyView:
    return DutyView(
        id=duty.id,
        level=duty.level,
        state=duty.state,
        text=duty.text,
        needs=tuple(map(str, duty.needs)),
        refs=refs(duty.refs),
    )


def _assumption(assumed: Assumption, refs: Refs) -> AssumptionView:
    return AssumptionView(
        notices.keyed(assumed.name, assumed.key),
        notices.figure(assumed.stands),
        str(assumed.path),
        refs(assumed.refs),
    )
