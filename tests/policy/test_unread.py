"""What a manifest states and no part of the policy reads is told once, and nothing else is."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.explain.decision import decide_document
from mlpolicy.explain.unread import unread
from mlpolicy.manifest import load
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from tests.policy.policy_support import WHOLE, program_at
from tests.scopes import SCOPES

pytestmark = pytest.mark.slow

DAY = datetime.date(2026, 11, 22)
TEXT = """
project: p
owner: team/x
regions: [us-east-1]
business: {problem: calls are not read, risk_rating: low}
workloads:
  - name: a
    task: sentiment
    modality: text
    needs: {complete: true, languages: [en], because: "as the law says", by: legal}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 90, source: a page, dataset: ours}
      - {system: comprehend, metric: accuracy, value_pct: 91, source: wiki, p50_ms: 3, dataset: o}
  - {name: b, task: sentiment, modality: text, depends_on: [a]}
prices:
  - {item: comprehend:sentiment, each_usd: 0.0001, because: our contract}
"""
UNREAD = [
    ("project.business.problem", [], 5),
    ("workload.modality", ["a", "b"], 9),
    ("workload.measurements.source", ["a"], 12),
    ("workload.measurements.p50_ms", ["a"], 13),
]


def decided() -> Decision:
    program, schema = program_at(WHOLE)
    (document,), faults = load(TEXT.encode(), "m.yaml", schema)
    assert not faults
    return decide_document(program, document, as_of=DAY, today=DAY, settle=False)


def test_a_field_that_nothing_reads_is_told_once_with_who_states_it() -> None:
    found = [(str(e.path), list(e.workloads), e.place.line) for e in decided().unread]
    assert found == UNREAD


def test_what_is_read_no_more_is_told() -> None:
    """A planted fault: a program that says of a field that it reads it is believed."""
    program, schema = program_at(WHOLE)
    (document,), _ = load(TEXT.encode(), "m.yaml", schema)
    fewer = program.reads.fields - {(SCOPES.each, ("needs", "languages"))}
    less = replace(program, reads=replace(program.reads, fields=fewer))
    told = [str(each.path) for each in unread(less, document)]
    assert told == [path for path, _, _ in UNREAD[:2]] + ["workload.needs.languages"] + [
        path for path, _, _ in UNREAD[2:]
    ]


def test_every_view_tells_it_in_one_line() -> None:
    program, _ = program_at(WHOLE)
    decision = decided()
    fields = "workload.measurements.{source, p50_ms}"
    line = f"project.business.problem, workload.modality, {fields}"
    assert f"stated, and read by no rule: {line}" in explain(decision, width=300)
    assert f"stated, and read by no rule: {line}" in explain(decision, audience="team", width=300)
    assert "workload.modality" in markdown([(decision, program)])
    assert line in page([(decision, program)])
    told = json.loads(decision_json(decision))["unread"]
    assert [(each["path"], each["workloads"]) for each in told] == [u[:2] for u in UNREAD]
