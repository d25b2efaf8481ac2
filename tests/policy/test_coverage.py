"""The tests that come with the policies pass, and leave nothing of them unreached: every leaf,
every arm (yes, no, unknown) and every threshold (below, at, above), counted from traces."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from mlpolicy.testing import KINDS, Coverage, TestResult, coverage, run_policy_tests
from policy_support import PACK, SECOND, policy_at

PACKS = {"first": PACK, "second": SECOND}


@cache
def results(folder: Path) -> tuple[TestResult, ...]:
    program, schema = policy_at(folder)
    return run_policy_tests(program, schema, traced=True)


@cache
def covered(folder: Path) -> Coverage:
    program, schema = policy_at(folder)
    decisions = [r.decision for r in results(folder) if r.decision is not None]
    return coverage(program, decisions, schema)


@pytest.mark.parametrize("folder", PACKS.values(), ids=PACKS)
def test_all_tests_of_the_policy_pass(folder: Path) -> None:
    failed = {result.title: result.failures for result in results(folder) if not result.passed}
    assert failed == {}
    assert results(folder)


@pytest.mark.parametrize("folder", PACKS.values(), ids=PACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_reached(folder: Path, kind: str) -> None:
    reached, all_ = covered(folder).share(kind)
    assert [str(point) for point in covered(folder).missing if point.kind == kind] == []
    assert reached == all_ > 0


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        ("tensor processing units are not to be had on AWS", "leaf custom: outside_aws"),
        ("whether machine learning is needed at all has been left open", "not ml_needed, unknown"),
        ("an endpoint idle for six days is not", "threshold idle_limit, below"),
    ],
)
def test_what_no_case_reaches_is_told_by_name_and_place(without: str, lost: str) -> None:
    """The gate bites: without one test, one thing is missing."""
    program, schema = policy_at(PACK)
    kept = [r for r in results(PACK) if r.title != without]
    assert len(kept) == len(results(PACK)) - 1
    found = coverage(program, [r.decision for r in kept if r.decision], schema).missing
    assert len(found) == 1
    assert lost in str(found[0])
    assert ".mlp:" in str(found[0])


def test_an_arm_that_no_manifest_reaches_is_not_asked_for() -> None:
    """The task is required, so whether anything is offered for it is never unknown."""
    arms = {(p.name, p.part) for p in covered(PACK).points if p.kind == "arm"}
    open_ = {name for name, part in arms if part == "unknown"}
    assert {name for name, _ in arms} - open_ == {"choice: any offered"}
