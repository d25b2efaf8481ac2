"""A check that waits says what a team can state so that it can be judged, or that it is for the
policy's owner to say: nobody is asked to wait for what nobody can tell."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cache

import pytest

from mlpolicy.core.decision import Decision, Finding, WorkloadDecision
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Program
from mlpolicy.core.terms import DutyState, RuleState, WaitsFor
from mlpolicy.core.types import EnumType
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.schema import Schema
from tests.policy.policy_support import WHOLE, program_at
from tests.policy.test_silence import documents
from tests.profiles import some

DAY = datetime.date(2026, 11, 22)

#: A project whose bounds are stated, of one task.
OF_A_TASK = """
project: p
owner: team/p
lifecycle: {lifecycle}
aws: {{regions: [eu-central-1], account: existing}}
business: {{risk_rating: high}}
budget: {{monthly_usd: 3000, one_off_usd: 20000}}
timeline: {{weeks: 12}}
workloads:
  - {{name: w, task: {task}, task_description: of ours{more}}}
"""
STATED = ("", ", plan: {outcome: foundation_model}", ", plan: {outcome: diy}", ", ml_needed: false")


def unanswerable(decision: Decision) -> Iterator[str]:
    """Checks that wait and name nothing that a team can state."""
    workloads = {each.name: each for each in decision.workloads}
    for finding in decision.findings:
        if finding.state is RuleState.WAITING and not _is_told(finding, workloads):
            yield f"{finding.rule} of {finding.workload}"


def _is_told(finding: Finding, workloads: dict[str, WorkloadDecision]) -> bool:
    if finding.waits_for is WaitsFor.POLICY:
        return True
    if finding.needs:
        return any(isinstance(need, FieldPath) for need in finding.needs)
    # It waits for an answer, or for several: what settles one stands with it.
    asked = [each for each in workloads.values() if finding.workload in (None, each.name)]
    return any(each.settled_by for each in asked)


@cache
def pack() -> tuple[Program, Schema]:
    return program_at(WHOLE)


def decided(text: str) -> Decision:
    program, schema = pack()
    (document,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    return decide_document(program, document, as_of=DAY, today=DAY, steps=False)


@pytest.mark.slow
def test_of_all_manifests_each_check_that_waits_can_be_judged_by_a_fact() -> None:
    program, schema = pack()
    found = []
    waiting = 0
    for document in some(list(documents(schema))):
        decision = decide_document(program, document, as_of=DAY, today=DAY, steps=False)
        waiting += sum(f.state is RuleState.WAITING for f in decision.findings)
        found += [f"{document.file}: {each}" for each in unanswerable(decision)]
    assert not found
    assert waiting


def tasks() -> list[str]:
    declared = pack()[0].inputs["task"].type
    assert isinstance(declared, EnumType)
    return sorted(declared.members)


@pytest.mark.slow
@pytest.mark.parametrize("lifecycle", ["idea", "production"])
def test_so_can_those_of_every_task(lifecycle: str) -> None:
    found = []
    for number, task in some(list(enumerate(tasks()))):
        more = STATED[(number + len(lifecycle)) % len(STATED)]
        decision = decided(OF_A_TASK.format(task=task, more=more, lifecycle=lifecycle))
        found += [f"{task}{more}: {each}" for each in unanswerable(decision)]
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("more", STATED[:3])
@pytest.mark.parametrize("task", ["rag", "summarization", "semantic-search", "other"])
def test_where_the_policy_is_silent_nothing_waits_for_its_answer(task: str, more: str) -> None:
    decision = decided(OF_A_TASK.format(task=task, more=more, lifecycle="production"))
    waiting = [f for f in decision.findings if f.state is RuleState.WAITING]
    assert waiting
    assert all(finding.needs for finding in waiting)
    (workload,) = decision.workloads
    assert not [duty for duty in workload.obligations if duty.state is DutyState.MAYBE]
