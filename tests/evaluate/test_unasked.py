"""Rules that nobody asks about are judged only where one of their parts may end in an error."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from mlpolicy.core.program import Program
from mlpolicy.core.terms import RuleState
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from tests.evaluate.evaluate_cases import SCHEMA, program_of

FIRST, BEFORE = date(2026, 1, 1), date(2025, 12, 31)  # the policy's first day, and the one before

PARTED = """\
input weight : kg from workload.weight_kg
param box : kg/parcel
  {since} = 5 kg/parcel ref guide#G1
formula boxes : parcel = ceil(weight / {by}) ref guide#G1
rule many advise
  when boxes > 3 parcel
  say "{{boxes}}" ref guide#G1
"""


@cache
def parted(since: str, by: str) -> Program:
    return program_of(PARTED.format(since=since, by=by))


def found(program: Program, day: date, rules: frozenset[str] | None) -> set[str]:
    """Which rules were judged, and the findings of the engine itself."""
    text = b"project: p\nworkloads:\n  - {name: a, weight_kg: 30}\n"
    (document,), _ = load(text, "m.yaml", SCHEMA)
    decision = decide_document(program, document, as_of=day, today=day, rules=rules)
    judged = {result.rule for result in decision.results}
    failed = {"error" for workload in decision.workloads if workload.error is not None}
    return judged | failed | {f.rule for f in decision.findings if f.rule == "possible_fault"}


@pytest.mark.parametrize(
    ("since", "by", "day", "judged"),
    [
        ("2026-01-01", "box", FIRST, set()),  # its value of that day is not zero
        ("2026-01-01", "box", BEFORE, {"error"}),  # it has none yet
        ("2026-01-02", "box", FIRST, {"error"}),
        ("2026-01-01", "max(box, 1 kg/parcel)", BEFORE, {"error"}),
        ("2026-01-01", "max(box, 1 kg/parcel)", FIRST, set()),  # at least one
        ("2026-01-01", "max(box, 0 kg/parcel)", FIRST, {"many"}),  # that it is 5 is not looked into
    ],
)
def test_a_rule_that_may_err_is_judged_though_nobody_asks(
    since: str, by: str, day: date, judged: set[str]
) -> None:
    program = parted(since, by)
    assert found(program, day, frozenset()) == judged
    assert found(program, day, None) - {"many"} == judged - {"many"}


def test_a_rule_that_is_asked_about_is_judged() -> None:
    program = parted("2026-01-01", "box")
    assert "many" in found(program, FIRST, frozenset({"many"}))
    (document,), _ = load(
        b"project: p\nworkloads:\n  - {name: a, weight_kg: 30}\n", "m.yaml", SCHEMA
    )
    decision = decide_document(
        program, document, as_of=FIRST, today=FIRST, rules=frozenset({"many"})
    )
    assert [result.state for result in decision.results] == [RuleState.FIRED]
