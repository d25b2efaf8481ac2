"""Where in a manifest a finding points."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlpolicy import evaluate
from mlpolicy.decide import Context
from mlpolicy.decide import decide as decide_by
from mlpolicy.evaluate import Memory
from mlpolicy.evaluate.env import Run
from mlpolicy.explain.findings import MOST_KEPT
from mlpolicy.explain.places import MOST_OPEN
from mlpolicy.manifest import load
from tests.evaluate.evaluate_cases import SCHEMA, TODAY, decide, program_of

POLICY = """
input weight : kg from workload.weight_kg ask "How heavy?"
define heavy : flag = weight > 10 kg ref guide#G1
rule too_heavy warn
  when heavy
  say "too heavy" ref guide#G1
"""

MANIFEST = """
project: parcels
workloads:
  - name: one
    weight_kg: 20
  - name: two
    weight_kg: 30
"""


def test_a_finding_points_into_its_own_workload() -> None:
    """A definition that both workloads come to is not shown for the second where the first has
    it."""
    decision = decide(program_of(POLICY), MANIFEST)
    found = {f.workload: f.at.line for f in decision.findings if f.at is not None}
    assert found == {"one": 5, "two": 7}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """The runs of the decisions that the test makes, while nothing looks for garbage."""
    made: list[Run] = []

    def noted(*given: Any, **more: Any) -> Run:
        run = evaluate.begin(*given, **more)
        made.append(run)
        return run

    monkeypatch.setattr("mlpolicy.explain.decision.begin", noted)
    gc.disable()
    yield made
    gc.enable()


def remembering(runs: list[Run]) -> int:
    """How many runs still know something."""
    return sum(1 for run in runs if run.envs)


def test_a_run_is_kept_until_somebody_reads_where_a_finding_points(runs: list[Run]) -> None:
    decision = decide(program_of(POLICY), MANIFEST)
    assert remembering(runs) == 1
    assert decision.findings[0].at is not None
    assert remembering(runs) == 0


def test_a_run_is_let_go_with_its_decision(runs: list[Run]) -> None:
    decision = decide(program_of(POLICY), MANIFEST)
    assert remembering(runs) == 1
    del decision
    assert remembering(runs) == 0


def test_few_runs_are_kept_whoever_keeps_the_decisions(runs: list[Run]) -> None:
    program = program_of(POLICY)
    kept = [decide(program, MANIFEST) for _ in range(3 * MOST_OPEN)]
    assert remembering(runs) == MOST_OPEN
    assert len({each.findings for each in kept}) == 1


def test_a_run_of_many_workloads_is_not_kept(runs: list[Run]) -> None:
    names = [f"w{number}" for number in range(MOST_KEPT + 1)]
    manifest = "project: parcels\nworkloads:\n"
    manifest += "".join(f"  - name: {name}\n    weight_kg: 20\n" for name in names)
    decision = decide(program_of(POLICY), manifest)
    assert remembering(runs) == 0
    lines = {f.workload: f.at.line for f in decision.findings if f.at is not None}
    assert lines == {name: 4 + 2 * index for index, name in enumerate(names)}


def test_several_threads_may_read_where_findings_point() -> None:
    program = program_of(POLICY)
    for _ in range(20):
        findings = decide(program, MANIFEST).findings
        with ThreadPoolExecutor(4) as pool:
            read = pool.map(lambda each: each.at, [*findings, *findings])
            found = {at.line for at in read if at is not None}
        assert found == {5, 7}


OPEN_ANSWER = """
input weight : kg from workload.weight_kg ask "How heavy?"
input share : % from workload.share_pct ask "Which share?"
decision tree choice : way
  if weight > 10 kg
    yes: courier ref guide#G1
    no: post ref guide#G1
rule by_courier warn
  when answer is courier
  say "by courier" ref guide#G1
rule dear warn
  when 10 / share > 200
  say "dear" ref guide#G1
"""


def test_where_a_finding_points_may_be_asked_for_after_its_workload_failed() -> None:
    """What a rule came to is out of a memory, so that it was not judged when a later one met the
    fault; nor was its workload's answer asked for what it may be."""
    program, memory = program_of(OPEN_ANSWER), Memory()
    context = Context(as_of=TODAY, today=TODAY, explain=False)
    states: list[str] = []
    kept = []
    for share in (50, 60, *(0 for _ in range(MOST_OPEN + 1))):
        stated = f"project: p\nworkloads: [{{name: w, share_pct: {share}}}]\n"
        (document,), faults = load(stated.encode(), "m.yaml", SCHEMA)
        assert not faults
        kept.append(decide_by(program, document, context, memory=memory))
        states.append(kept[-1].workloads[0].status.value)
    assert states == ["undecided"] * 2 + ["error"] * (MOST_OPEN + 1)
