"""The tests that come with the policies pass, and leave nothing of them unreached: every leaf,
every arm (yes, no, unknown) and every threshold (below, at, above), counted from traces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from mlpolicy.reach import Coverage, Kind, Point, counted, points_of, reached
from mlpolicy.testing import Failure, run_test
from tests.backends.comparing import compiled
from tests.policy.policy_support import PACK, SECOND, WHOLE, data, policy_at
from tests.profiles import DEEP

pytestmark = pytest.mark.slow

#: Of these kinds, the tests of every policy reach all.
GATED = (Kind.LEAF, Kind.ARM, Kind.THRESHOLD)

PACKS = {"first": PACK, "whole": WHOLE, "second": SECOND}
#: What is released does not change: whether its tests still reach all of it, `just sweeps` asks.
REACHED = [pytest.param(PACK, marks=pytest.mark.deep), WHOLE, SECOND]
#: Of these policies only some tests are traced, to save time: enough to reach everything.
REACHING: dict[Path, list[str]] = {
    folder: data("reaching.yaml")[folder.name] for folder in (PACK, WHOLE)
}


@dataclass(frozen=True)
class Case:
    """A test of a policy: what differed, and what its trace reached."""

    title: str
    failures: tuple[Failure, ...]
    reached: frozenset[Point]


@cache
def cases(folder: Path) -> tuple[Case, ...]:
    program, schema = policy_at(folder)
    points = points_of(program, schema)
    code = compiled(program)  # decides as the reference does: see tests/backends
    found = []
    for test in program.tests:
        traced = folder not in REACHING or test.title in REACHING[folder]
        traced = traced and (DEEP or folder != PACK)
        result = run_test(test, program, schema, traced=traced, code=None if traced else code)
        seen = reached(points, result.decision) if traced and result.decision else frozenset()
        found.append(Case(result.title, result.failures, seen))
    return tuple(found)


def covered(folder: Path, *, without: str = "") -> Coverage:
    kept = [case.reached for case in cases(folder) if case.title != without]
    assert len(kept) == len(cases(folder)) - bool(without)
    return counted(points_of(*policy_at(folder)), kept)


@pytest.mark.parametrize("folder", PACKS.values(), ids=PACKS)
def test_all_tests_of_the_policy_pass(folder: Path) -> None:
    failed = {case.title: case.failures for case in cases(folder) if case.failures}
    assert failed == {}
    assert cases(folder)


@pytest.mark.parametrize("folder", REACHED, ids=PACKS)
@pytest.mark.parametrize("kind", GATED)
def test_everything_is_reached(folder: Path, kind: Kind) -> None:
    coverage = covered(folder)
    assert [str(point) for point in coverage.missing if point.kind is kind] == []
    number, all_ = coverage.share(kind)
    assert number == all_ > 0


@pytest.mark.parametrize("folder", REACHING, ids=lambda folder: folder.name)
def test_the_tests_that_are_traced_are_tests_of_the_policy(folder: Path) -> None:
    program, _ = policy_at(folder)
    assert set(REACHING[folder]) <= {test.title for test in program.tests}


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        ("what nothing requires to keep is discarded", "leaf storage: discard because"),
        (
            "the house has not been named: whether fifteen reads are often is open",
            "arm kept: reads >= often and wait < patience, unknown",
        ),
        ("whoever can wait an hour can", "threshold patience, above"),
    ],
)
def test_what_no_case_reaches_is_told_by_name_and_place(without: str, lost: str) -> None:
    """The gate bites: without one test, something is missing that says what and where."""
    before = [str(point) for point in covered(SECOND).missing]
    assert not any(lost in text for text in before)
    missing = [str(point) for point in covered(SECOND, without=without).missing]
    assert missing
    assert any(lost in text for text in missing)
    assert all(".mlp:" in text for text in missing)


def test_an_arm_that_no_manifest_reaches_is_not_asked_for() -> None:
    """The task is required, so whether anything is offered for it is never unknown."""
    arms = {(p.name, p.part) for p in covered(PACK).points if p.kind is Kind.ARM}
    open_ = {name for name, part in arms if part == "unknown"}
    assert {name for name, _ in arms} - open_ == {"choice: any offered"}
