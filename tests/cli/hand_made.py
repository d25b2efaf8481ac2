"""Decisions made by hand, for renderers."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.decision import (
    Assumption,
    Choice,
    Cost,
    CostLine,
    Counts,
    Decision,
    Duty,
    Finding,
    LineOrigin,
    PolicyId,
    RuleResult,
    Settle,
    SourceKind,
    Split,
    Verdict,
    WaiverStatus,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.notices import DividesByZero, Figure
from mlpolicy.core.numbers import const
from mlpolicy.core.program import Clause
from mlpolicy.core.replies import Take, WordReply
from mlpolicy.core.terms import (
    DutyState,
    Form,
    Level,
    RuleState,
    Status,
    UnknownArm,
    WaitsFor,
)
from mlpolicy.core.trace import Basis, Judged, OfPolicy, OfWorkload, Reasons, Step, StepKind, Way
from mlpolicy.core.types import FLAG, PERCENT, TEXT, Quantity
from mlpolicy.core.values import NO, Num, Truth, Unlimited, member
from mlpolicy.source import Place
from tests.paths import path
from tests.scopes import SCOPES

SAY_YES = (WordReply(Take.IS, "yes"),)
SAY_NO = (WordReply(Take.IS, "no"),)

MANIFEST = "calls.mlproject.yaml"


def at(line: int, column: int = 7) -> Place:
    return Place(MANIFEST, line, column)


def in_policy(line: int) -> Place:
    return Place("policies/calls/1.0.0/policy.mlp", line, 1)


def percent(number: int) -> Num:
    return Num(const(Fraction(number, 100)))


def branch(form: Form, value: Truth, *children: Step) -> Step:
    """An `if` of a tree, with its condition and what follows it."""
    way = Way(form, UnknownArm.NO)
    return Step(
        kind=StepKind.IF, name=form.value, value=value, type=FLAG, detail=way, children=children
    )


def word(kind: StepKind, name: str, *children: Step, came_to: str = "") -> Step:
    """A step that came to a word, its own name unless told otherwise."""
    return Step(kind=kind, name=name, value=member(came_to or name), type=TEXT, children=children)


ACCURACY = Step(
    kind=StepKind.COMPARE,
    name=">=",
    value=NO,
    type=FLAG,
    text="accuracy >= accuracy_bar",
    at=in_policy(30),
    children=(
        Step(
            kind=StepKind.INPUT,
            name="accuracy",
            value=percent(85),
            type=Quantity(PERCENT),
            basis=Basis.STATED,
            text="accuracy",
            at=in_policy(30),
            from_=at(12),
        ),
        Step(
            kind=StepKind.THRESHOLD,
            name="accuracy_bar",
            value=percent(88),
            type=Quantity(PERCENT),
            at=in_policy(20),
            refs=("guide#G2",),
        ),
    ),
)

LEAF = Step(
    kind=StepKind.LEAF,
    name="sagemaker",
    value=member("sagemaker"),
    type=TEXT,
    detail=Reasons(("misses the bar",)),
    at=in_policy(31),
    refs=("guide#G3",),
)

PATH = word(StepKind.TREE, "choice", branch(Form.BLOCK, NO, ACCURACY, LEAF), came_to="sagemaker")


def workload_step(name: str, status: Status, *children: Step) -> Step:
    return Step(kind=StepKind.WORKLOAD, name=name, detail=OfWorkload(status), children=children)


LEDGER = Cost(
    formula="tco",
    outcome="sagemaker",
    over="horizon",
    months=Fraction(24),
    currency="USD",
    low=Fraction("2410.005"),
    high=Fraction("7210.005"),
    wider=False,
    lines=(
        CostLine(
            name="build",
            low=Fraction("10.005"),
            high=Fraction("10.005"),
            each_low=Fraction("10.005"),
            each_high=Fraction("10.005"),
            per="USD",
            count=Fraction(1),
            origin=LineOrigin(SourceKind.STATED, ("workload.costs.sagemaker.dev_usd",)),
            place=at(15),
            refs=(),
        ),
        CostLine(
            name="run",
            low=Fraction(2400),
            high=Fraction(7200),
            each_low=Fraction(100),
            each_high=Fraction(300),
            per="USD/month",
            count=Fraction(24),
            origin=LineOrigin(SourceKind.STATED, ("workload.costs.sagemaker.service_monthly_usd",)),
            place=at(16),
            refs=("guide#G4",),
        ),
    ),
    missing=(),
    refs=("guide#G4",),
)

#: A rule that passed, since one is not more than two.
PASSED = Step(
    kind=StepKind.RULE,
    name="quiet",
    value=NO,
    type=FLAG,
    detail=Judged(RuleState.PASSED),
    children=(Step(kind=StepKind.COMPARE, name=">", value=NO, type=FLAG, text="1 > 2"),),
)

WAIVER = WaiverUse(
    id="W-1",
    rule="dear",
    workload="mood",
    approved_by="cfo@example.com",
    expires_on="2027-01-01",
    reason="agreed",
    state=WaiverStatus.USED,
    note=None,
    place=at(40),
)

MOOD = WorkloadDecision(
    name="mood",
    status=Status.PROVISIONAL,
    hold=None,
    choice=Choice(
        outcome="sagemaker",
        attributes=(("service", None), ("approach", "built-in")),
        status="conditional",
        because=("misses the bar",),
        refs=("guide#G3",),
    ),
    possible=(
        Choice(
            outcome="ai_service",
            attributes=(("service", "comprehend"), ("approach", None)),
            status="final",
            because=("accurate enough",),
            refs=("guide#G2",),
        ),
        Choice(
            outcome="sagemaker",
            attributes=(("service", None), ("approach", "built-in")),
            status="conditional",
            because=("misses the bar",),
            refs=("guide#G3",),
        ),
    ),
    settled_by=(
        Settle(
            path=path("workload.needs.vocab"),
            ask="Is the vocabulary your own?",
            removes=1,
            when=(Split(SAY_YES, ("sagemaker",)), Split(SAY_NO, ("ai_service",))),
        ),
        Settle(path=None, ask="", removes=0, when=(), at=in_policy(44)),
    ),
    irrelevant=(path("workload.volume.requests_per_month"),),
    assumed=(
        Assumption(
            name="limit",
            key="",
            path=path("workload.latency.required_ms"),
            stands=Figure(Unlimited(), TEXT),
            refs=("guide#G5",),
        ),
    ),
    obligations=(
        Duty(
            id="pilot",
            level=Level.WARN,
            text="run a pilot",
            state=DutyState.OWED,
            refs=("guide#G3",),
        ),
    ),
    costs=(LEDGER,),
    plan={"outcome": "diy"},
    error=None,
    at=at(8),
    trace=workload_step("mood", Status.PROVISIONAL, PATH, PASSED),
)

BROKEN = WorkloadDecision(
    name="torn",
    status=Status.ERROR,
    hold=None,
    choice=None,
    possible=(),
    settled_by=(),
    irrelevant=(),
    assumed=(),
    obligations=(),
    costs=(),
    plan=None,
    error=DividesByZero("a / b", sure=True),
    at=at(30),
    trace=workload_step("torn", Status.ERROR),
)

OPEN = WorkloadDecision(
    name="open",
    status=Status.UNDECIDED,
    hold=None,
    choice=None,
    possible=MOOD.possible,
    settled_by=MOOD.settled_by[:1],
    irrelevant=(),
    assumed=(),
    obligations=(),
    costs=(
        Cost(
            formula="tco",
            outcome="ai_service",
            over="",
            months=None,
            currency="USD",
            low=None,
            high=None,
            wider=False,
            lines=(),
            missing=(path("workload.usage.texts"),),
            refs=(),
        ),
    ),
    plan=None,
    error=None,
    at=at(33),
    trace=workload_step("open", Status.UNDECIDED),
)

HELD = WorkloadDecision(
    name="held",
    status=Status.HELD,
    hold="compliance must say",
    choice=None,
    possible=MOOD.possible,
    settled_by=(),
    irrelevant=(),
    assumed=(),
    obligations=(),
    costs=(),
    plan=None,
    error=None,
    at=at(36),
    trace=workload_step("held", Status.HELD),
)

FINDINGS = (
    Finding(
        rule="premature",
        level=Level.BLOCK,
        state=RuleState.FIRED,
        workload="mood",
        say="you plan diy\nwhere sagemaker is enough",
        fix="build less",
        refs=("guide#G3",),
        needs=(),
        at=at(20),
        rule_at=in_policy(60),
    ),
    Finding(
        rule="quality",
        level=Level.WARN,
        state=RuleState.WAITING,
        waits_for=WaitsFor.TEAM,
        workload="mood",
        say="",
        fix="",
        refs=(),
        needs=(path("workload.quality.required_pct"),),
        at=at(8),
        rule_at=in_policy(64),
    ),
    Finding(
        rule="bias",
        level=Level.WARN,
        state=RuleState.WAITING,
        waits_for=WaitsFor.TEAM,
        workload="open",
        say="",
        fix="",
        refs=(),
        needs=(path("workload.quality.required_pct"),),
        at=at(33),
        rule_at=in_policy(68),
    ),
    Finding(
        rule="hint",
        level=Level.ADVISE,
        state=RuleState.WAITING,
        waits_for=WaitsFor.TEAM,
        workload="open",
        say="",
        fix="",
        refs=(),
        needs=(path("workload.data.labels"),),
        at=at(33),
        rule_at=in_policy(70),
    ),
    Finding(
        rule="dear",
        level=Level.WARN,
        state=RuleState.WAIVED,
        workload="mood",
        say="costs 7,210.01 USD",
        fix="",
        refs=("guide#G4",),
        needs=(),
        at=at(16),
        rule_at=in_policy(72),
        waiver=WAIVER,
    ),
    Finding(
        rule="budget",
        level=Level.ADVISE,
        state=RuleState.FIRED,
        workload=None,
        say="no budget is stated",
        fix="state one",
        refs=(),
        needs=(),
        at=None,
        rule_at=in_policy(76),
    ),
)

DECISION = Decision(
    policy=PolicyId(
        name="calls",
        version="1.0.0",
        digest="sha256:" + "9f3c" * 16,
        meaning="sha256:" + "41ab" * 16,
        language=1,
    ),
    manifest_path=MANIFEST,
    manifest_digest="sha256:" + "77" * 32,
    manifest_name="support-calls",
    scopes=SCOPES,
    as_of="2026-02-01",
    currency="USD",
    verdict=Verdict.BLOCK,
    workloads=(MOOD, BROKEN, OPEN, HELD),
    outcomes={"sagemaker": 1},
    project_costs=(("mood", LEDGER),),
    findings=FINDINGS,
    results=(RuleResult("quiet", Level.WARN, "mood", RuleState.PASSED),),
    waivers=(WAIVER,),
    trace=Step(
        kind=StepKind.POLICY,
        name="calls",
        detail=OfPolicy("1.0.0", 739648),
        children=(MOOD.trace, Step(kind=StepKind.PROJECT, name="support-calls")),
    ),
    counts=Counts(rules=6, fired=2, waiting=3, passed=1, waived=1, does_not_apply=0, workloads=4),
    clauses={
        "guide#G3": Clause(
            ref="guide#G3",
            kind="rule",
            text="a model of one's own where the API misses the bar",
            lines="3-4",
        ),
        "guide#G2": Clause(ref="guide#G2", kind="threshold", text="the bar", lines="2"),
    },
)
