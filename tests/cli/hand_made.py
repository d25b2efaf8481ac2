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
    PolicyId,
    RuleResult,
    Settle,
    Split,
    Status,
    Trace,
    Verdict,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.source import Place

MANIFEST = "calls.mlproject.yaml"


def at(line: int, column: int = 7) -> Place:
    return Place(MANIFEST, line, column)


def in_policy(line: int) -> Place:
    return Place("policies/calls/1.0.0/policy.mlp", line, 1)


ACCURACY = Trace(
    "compare",
    ">=",
    "no",
    "accuracy >= accuracy_bar",
    "3 % below",
    in_policy(30),
    children=(
        Trace("input", "accuracy", "85 %", "accuracy", "", in_policy(30), at(12)),
        Trace("threshold", "accuracy_bar", "88 %", "", "", in_policy(20), refs=("guide#G2",)),
    ),
)

LEAF = Trace(
    "leaf", "sagemaker", "sagemaker", "", "misses the bar", in_policy(31), refs=("guide#G3",)
)

PATH = Trace(
    "tree", "choice", "sagemaker", children=(Trace("if", "block", "no", children=(ACCURACY, LEAF)),)
)

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
            "workload.costs.sagemaker.dev_usd",
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
            "workload.costs.sagemaker.service_monthly_usd",
            at(16),
            ("guide#G4",),
        ),
    ),
    (),
    ("guide#G4",),
)

WAIVER = WaiverUse(
    "W-1", "dear", "mood", "cfo@example.com", "2027-01-01", "agreed", "used", "", at(40)
)

MOOD = WorkloadDecision(
    name="mood",
    status=Status.PROVISIONAL,
    hold=None,
    choice=Choice(
        "sagemaker",
        (("service", None), ("approach", "built-in")),
        "conditional",
        ("misses the bar",),
        ("guide#G3",),
    ),
    possible=(
        Choice(
            "ai_service",
            (("service", "comprehend"), ("approach", None)),
            "final",
            ("accurate enough",),
            ("guide#G2",),
        ),
        Choice(
            "sagemaker",
            (("service", None), ("approach", "built-in")),
            "conditional",
            ("misses the bar",),
            ("guide#G3",),
        ),
    ),
    settled_by=(
        Settle(
            "workload.needs.vocab",
            "Is the vocabulary your own?",
            1,
            (Split("yes", ("sagemaker",)), Split("no", ("ai_service",))),
        ),
        Settle(None, "", 0, (), in_policy(44)),
    ),
    irrelevant=("workload.volume.requests_per_month",),
    assumed=(Assumption("limit", "workload.latency.required_ms", "unlimited", ("guide#G5",)),),
    obligations=(Duty("pilot", "warn", "run a pilot", "owed", ("guide#G3",)),),
    costs=(LEDGER,),
    plan={"outcome": "diy"},
    error=None,
    at=at(8),
    trace=Trace("workload", "mood", "provisional", children=(PATH,)),
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
    "`a / b` divides by zero",
    at(30),
    Trace("workload", "torn", "error"),
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
            ("workload.usage.texts",),
            (),
        ),
    ),
    None,
    None,
    at(33),
    Trace("workload", "open", "undecided"),
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
    Trace("workload", "held", "held"),
)

FINDINGS = (
    Finding(
        "premature",
        "block",
        "fired",
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
        "warn",
        "pending",
        "mood",
        "",
        "",
        (),
        ("workload.quality.required_pct",),
        at(8),
        in_policy(64),
    ),
    Finding(
        "bias",
        "warn",
        "pending",
        "open",
        "",
        "",
        (),
        ("workload.quality.required_pct",),
        at(33),
        in_policy(68),
    ),
    Finding(
        "hint",
        "advise",
        "pending",
        "open",
        "",
        "",
        (),
        ("workload.data.labels",),
        at(33),
        in_policy(70),
    ),
    Finding(
        "dear",
        "warn",
        "waived",
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
        "advise",
        "fired",
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
    results=(RuleResult("quiet", "warn", "mood", "passed", "1 > 2 does not hold"),),
    waivers=(WAIVER,),
    trace=Trace(
        "policy", "calls", "1.0.0", children=(MOOD.trace, Trace("project", "support-calls"))
    ),
    counts=Counts(6, 2, 3, 1, 1, 4),
    clauses={
        "guide#G3": "a model of one's own where the API misses the bar",
        "guide#G2": "the bar",
    },
)
