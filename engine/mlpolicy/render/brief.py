"""What a reader asks first: what stops it, and what to do next. Pages and comments begin so.

The next step is one: what stops the manifest has a fix; an answer that is not firm has the
question that tells most; a cost that is not known in full has a figure that is missing; and what
is owed is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from mlpolicy.core.decision import Cost, Decision, Finding, Verdict, WorkloadDecision
from mlpolicy.core.paths import Need
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import Level, RuleState, Status
from mlpolicy.explain.ranking import ranked
from mlpolicy.render import ledger, notices, settle
from mlpolicy.render.findings import unjudged
from mlpolicy.render.places import asked
from mlpolicy.render.replies import ask_text
from mlpolicy.render.team import owed


class Why(Enum):
    """What a next step is for."""

    FIX = auto()
    SETTLE = auto()
    COST = auto()
    OWED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A next step: what it is for, the words of it, the field of the manifest that it is about
    (empty: none), and of which workload."""

    why: Why
    text: str
    field: str = ""
    of: str = ""


def next_step(workloads: Sequence[WorkloadDecision], findings: Sequence[Finding]) -> Next:
    """The first thing to do about these workloads."""
    fired = graver_first(each for each in findings if each.state is RuleState.FIRED)
    for finding in fired:
        if finding.level is not Level.ADVISE and (said := notices.fix(finding)):
            return Next(why=Why.FIX, text=said, of=finding.workload or "")
    for workload in workloads:
        questions = [each for each in ranked(workload) if each.path is not None]
        if questions:
            first = questions[0]
            return Next(
                why=Why.SETTLE,
                text=ask_text(first.ask),
                field=settle.question(first),
                of=workload.name,
            )
    for workload in workloads:
        for cost in ledger.ledgers(workload):
            missing = [asked(need) for need in cost.missing if not _of_policy(need)]
            if missing:
                return Next(why=Why.COST, text="", field=missing[0], of=workload.name)
    for parts in owed(workloads, findings).values():
        name, text = parts[0]
        return Next(why=Why.OWED, text=text, of=name)
    for finding in fired:
        if said := notices.fix(finding):
            return Next(why=Why.FIX, text=said, of=finding.workload or "")
    return Next(why=Why.NONE, text="")


def _of_policy(need: Need) -> bool:
    """Is it a place of the policy, which no team can state?"""
    return not hasattr(need, "steps")


def next_text(step: Next) -> str:
    """The next step in a sentence, without a final stop."""
    match step.why:
        case Why.FIX | Why.OWED:
            return step.text
        case Why.SETTLE:
            ask = f": {step.text}" if step.text else ""
            return f"state {step.field}{ask}"
        case Why.COST:
            return f"state {step.field}, to know the cost"
        case Why.NONE:
            return "nothing is left to do"


def graver_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by level, the gravest first, what is waived last."""
    levels = list(Level)
    return sorted(
        findings, key=lambda each: (each.state is RuleState.WAIVED, levels.index(each.level))
    )


def stopping(findings: Iterable[Finding]) -> list[Finding]:
    """What fired and is no mere advice, the gravest first."""
    return graver_first(
        each
        for each in findings
        if each.state is RuleState.FIRED and each.level is not Level.ADVISE
    )


def cost_text(cost: Cost) -> str:
    """A cost with its span; where figures are missing, that it is not known, and what is."""
    months = cost.months
    over = "" if months is None else f" over {decimal_text(months)} months"
    if not cost.missing:
        return f"{ledger.total(cost)} {cost.currency}{over}"
    number = ledger.figures_missing(cost)
    missing = f"{number} figure{'' if number == 1 else 's'} missing"
    so_far = f" ({decimal_text(cost.low, 2)} {cost.currency} without)" if cost.low else ""
    return f"not known{over}: {missing}{so_far}"


def sentence(text: str) -> str:
    """With a capital at its beginning and a stop at its end."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def verdict_text(decision: Decision, findings: Sequence[Finding]) -> str:
    """What a verdict means, in a sentence."""
    match decision.verdict:
        case Verdict.BLOCK:
            return "This may not pass as it is."
        case Verdict.WARN:
            return "This may pass, with warnings."
        case Verdict.ADVISE:
            return "This may pass; there is advice."
        case Verdict.ERROR:
            return sentence(f"{decision.scopes.a()} could not be evaluated")
        case Verdict.INCOMPLETE:
            if any(each.status in (Status.UNDECIDED, Status.HELD) for each in decision.workloads):
                return sentence(f"{decision.scopes.a()} has no answer yet")
            number = len(unjudged(findings))
            return f"{number} check{'' if number == 1 else 's'} could not be judged yet."
        case Verdict.PASS:
            return "This may pass; nothing was found."
        case _:
            assert_never(decision.verdict)
