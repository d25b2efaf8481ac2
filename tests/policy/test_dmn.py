"""Decision tables of the public conformance suite of DMN, as their authors wrote them."""

from __future__ import annotations

import pytest

from mlpolicy.core.program import Choose
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.testing import run_policy_tests
from tests.policy.dmn_suite import tables
from tests.policy.policy_support import HERE, policy_at

pytestmark = pytest.mark.slow

DMN = HERE / "dmn" / "1.0.0"

#: Which rows count, in the words of DMN where they are not ours in capital letters.
HITS = {"RULE ORDER": "collect list", "OUTPUT ORDER": "collect list by priority"}

#: What DMN collects is a list of no promised order; where nothing stands twice it may be a set.
LIST_OR_SET = ({"collect"}, {"collect list"})


def strategies() -> dict[str, set[Strategy]]:
    """Each table of the policy, and which of its rows count."""
    program, _ = policy_at(DMN)
    found: dict[str, set[Strategy]] = {}
    for name, define in program.defines.items():
        if define.kind is DefineKind.TABLE:
            assert isinstance(define.body, Choose)
            found.setdefault(name.partition(".")[0], set()).add(define.body.strategy)
    return found


def test_the_test_cases_of_the_suite_come_out() -> None:
    results = run_policy_tests(*policy_at(DMN))
    assert len(results) == 82
    assert [result.title for result in results if not result.passed] == []


def test_every_table_of_the_suite_is_written_or_has_a_reason() -> None:
    suite = tables()
    assert len(suite) == 58
    assert len({(each.case, each.decision) for each in suite}) == 58
    assert [each for each in suite if bool(each.table) == bool(each.why)] == []
    assert {each.table for each in suite if each.table} == set(strategies())


def test_a_table_that_is_written_has_the_hit_policy_of_its_authors() -> None:
    written = strategies()
    for each in tables():
        if each.table:
            wanted = HITS.get(each.hits, each.hits.lower())
            found = {s.value for s in written[each.table]}
            assert found in (LIST_OR_SET if wanted == "collect" else ({wanted},)), each


def test_every_way_for_rows_to_count_is_there() -> None:
    used = {strategy for each in strategies().values() for strategy in each}
    assert used == {*Strategy}
