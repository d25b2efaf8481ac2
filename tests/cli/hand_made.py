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
from mlpolicy.core.replies import Take, WordReply
from mlpolicy.core.terms import ChoiceStatus, DutyState, Form, Level, RuleState, Status, UnknownArm
from mlpolicy.core.trace import Basis, Judged, OfPolicy, OfWorkload, Reasons, Step, StepKind, Way
from mlpolicy.core.types import FLAG, PERCENT, TEXT, Quantity
from mlpolicy.core.values import NO, Num, Truth, Unlimited, member
from mlpolicy.source import Place
from tests.paths import path

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
    "tco",
    "sagemaker",
    "horizon",
    Fraction(24),
    "USD",
    Fraction("2410.005"),
    Fraction("7210.005"),
    False,
    (
        CostLine(
            "build",
            Fraction("10.005"),
            Fraction("10.005"),
            Fraction("10.005"),
            Fraction("10.005"),
            "USD",
            Fraction(1),
            LineOrigin(SourceKind.STATED, ("workload.costs.sagemaker.dev_usd",)),
            at(15),
            (),
        ),
        CostLine(
            "run",
            Fraction(2400),
            Fraction(7200),
            Fraction(100),
            Fraction(300),
            "USD/month",
            Fraction(24),
            LineOrigin(SourceKind.STATED, ("workload.costs.sagemaker.service_monthly_usd",)),
            at(16),
            ("guide#G4",),
        ),
    ),
    (),
    ("guide#G4",),
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
    "W-1",
    "dear",
    "mood",
    "cfo@example.com",
    "2027-01-01",
    "agreed",
    WaiverStatus.USED,
    None,
    at(40),
)

MOOD = WorkloadDecision(
    name="mood",
    status=Status.PROVISIONAL,
    hold=None,
    choice=Choice(
        "sagemaker",
        (("service", None), ("approach", "built-in")),
        ChoiceStatus.CONDITIONAL,
        ("misses the bar",),
        ("guide#G3",),
    ),
    possible=(
        Choice(
            "ai_service",
            (("service", "comprehend"), ("approach", None)),
            ChoiceStatus.FINAL,
            ("accurate enough",),
            ("guide#G2",),
        ),
        Choice(
            "sagemaker",
            (("service", None), ("approach", "built-in")),
            ChoiceStatus.CONDITIONAL,
            ("misses the bar",),
            ("guide#G3",),
        ),
    ),
    settled_by=(
        Settle(
            path("workload.needs.vocab"),
            "Is the vocabulary your own?",
            1,
            (Split(SAY_YES, ("sagemaker",)), Split(SAY_NO, ("ai_service",))),
        ),
        Settle(None, "", 0, (), in_policy(44)),
    ),
    irrelevant=(path("workload.volume.requests_per_month"),),
    assumed=(
        Assumption(
            "limit",
            "",
            path("workload.latency.required_ms"),
            Figure(Unlimited(), TEXT),
            ("guide#G5",),
        ),
    ),
    obligations=(Duty("pilot", Level.WARN, "run a pilot", DutyState.OWED, ("guide#G3",)),),
    costs=(LEDGER,),
    plan={"outcome": "diy"},
    error=None,
    at=at(8),
    trace=workload_step("mood", Status.PROVISIONAL, PATH, PASSED),
)

BROKEN = WorkloadDecision(
    "torn",
    Status.ERROR,
    None,
    None,
    (),
    (),
    (),
    (),
    (),
    (),
    None,
    DividesByZero("a / b", sure=True),
    at(30),
    workload_step("torn", Status.ERROR),
)

OPEN = WorkloadDecision(
    "open",
    Status.UNDECIDED,
    None,
    None,
    MOOD.possible,
    MOOD.settled_by[:1],
    (),
    (),
    (),
    (
        Cost(
            "tco",
            "ai_service",
            "",
            None,
            "USD",
            None,
            None,
            False,
            (),
            (path("workload.usage.texts"),),
            (),
        ),
    ),
    None,
    None,
    at(33),
    workload_step("open", Status.UNDECIDED),
)

HELD = WorkloadDecision(
    "held",
    Status.HELD,
    "compliance must say",
    None,
    MOOD.possible,
    (),
    (),
    (),
    (),
    (),
    None,
    None,
    at(36),
    workload_step("held", Status.HELD),
)

FINDINGS = (
    Finding(
        "premature",
        Level.BLOCK,
        RuleState.FIRED,
        "mood",
        "you plan diy\nwhere sagemaker is enough",
        "build less",
        ("guide#G3",),
        (),
        at(20),
        in_policy(60),
    ),
    Finding(
        "quality",
        Level.WARN,
        RuleState.PENDING,
        "mood",
        "",
        "",
        (),
        (path("workload.quality.required_pct"),),
        at(8),
        in_policy(64),
    ),
    Finding(
        "bias",
        Level.WARN,
        RuleState.PENDING,
        "open",
        "",
        "",
        (),
        (path("workload.quality.required_pct"),),
        at(33),
        in_policy(68),
    ),
    Finding(
        "hint",
        Level.ADVISE,
        RuleState.PENDING,
        "open",
        "",
        "",
        (),
        (path("workload.data.labels"),),
        at(33),
        in_policy(70),
    ),
    Finding(
        "dear",
        Level.WARN,
        RuleState.WAIVED,
        "mood",
        "costs 7,210.01 USD",
        "",
        ("guide#G4",),
        (),
        at(16),
        in_policy(72),
        WAIVER,
    ),
    Finding(
        "budget",
        Level.ADVISE,
        RuleState.FIRED,
        None,
        "no budget is stated",
        "state one",
        (),
        (),
        None,
        in_policy(76),
    ),
)

DECISION = Decision(
    policy=PolicyId("calls", "1.0.0", "sha256:" + "9f3c" * 16, "sha256:" + "41ab" * 16, 1),
    manifest_path=MANIFEST,
    manifest_digest="sha256:" + "77" * 32,
    manifest_name="support-calls",
    as_of="2026-02-01",
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
    counts=Counts(6, 2, 3, 1, 1, 4),
    clauses={
        "guide#G3": "a model of one's own where the API misses the bar",
        "guide#G2": "the bar",
    },
)
