"""What is known of the cost to build a project counts, though some of it is not known."""

from __future__ import annotations

import datetime

import pytest

from mlpolicy.core.terms import RuleState
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from tests.policy.policy_support import WHOLE, program_at

DAY = datetime.date(2026, 11, 22)
TEXT = """
project: p
owner: team/x
regions: [us-east-1]
team: {ml_level: data_science, infra_engineers: 0}
budget: {one_off_usd: 10000}
workloads:
  - name: stated
    task: churn
    needs: {complete: true}
    volume: {requests_per_month: 1000}
    costs: {sagemaker: {dev_usd: 20000}}
  - name: open
    task: churn
    needs: {complete: true}
    volume: {requests_per_month: 1000}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("dev", "became"), [(20000, RuleState.FIRED), (9000, RuleState.WAITING)])
def test_an_unknown_cost_takes_nothing_off_what_is_known(dev: int, became: RuleState) -> None:
    program, schema = program_at(WHOLE)
    text = TEXT.replace("20000", str(dev))
    (document,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    decision = decide_document(program, document, as_of=DAY, today=DAY, explain=False)
    found = {f.rule: f.state for f in decision.findings}
    assert found["over_one_off_budget"] is became
