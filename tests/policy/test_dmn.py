"""Decision tables of the public conformance suite of DMN, as their authors wrote them."""

from __future__ import annotations

from mlpolicy.core.program import Choose
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.testing import run_policy_tests
from tests.policy.policy_support import HERE, policy_at

DMN = HERE / "dmn" / "1.0.0"


def test_the_test_cases_of_the_suite_come_out() -> None:
    results = run_policy_tests(*policy_at(DMN))
    assert len(results) == 54
    assert [result.title for result in results if not result.passed] == []


def test_every_way_for_rows_to_count_but_a_set_is_there() -> None:
    program, _ = policy_at(DMN)
    tables = [d.body for d in program.defines.values() if d.kind is DefineKind.TABLE]
    used = {body.strategy for body in tables if isinstance(body, Choose)}
    assert used == {*Strategy} - {Strategy.COLLECT}
