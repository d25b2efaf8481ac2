"""Where in a manifest a finding points."""

from __future__ import annotations

from tests.evaluate.evaluate_cases import decide, program_of

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
