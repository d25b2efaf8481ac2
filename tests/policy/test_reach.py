"""`mlpolicy test` with its options: which tests run, what of the policy they reach, and in which
forms that is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mlpolicy.reach import KINDS, counted, points_of, reached
from mlpolicy.testing import run_test
from tests.command_support import Ran, in_process
from tests.policy.policy_support import SECOND, policy_at

pytestmark = pytest.mark.slow

FOLDER = SECOND
TESTS = FOLDER / "tests" / "keeping.mlp"


def ran_tests(*args: str | Path) -> Ran:
    return in_process("test", *map(str, args))


def titles(ran: Ran) -> list[str]:
    return [each["title"] for each in ran.json["tests"]]


def lines() -> Iterator[tuple[int, str]]:
    for number, line in enumerate(TESTS.read_text().splitlines(), 1):
        if line.startswith("test "):
            yield number, line.split('"')[1]


def test_all_tests_run_in_written_order() -> None:
    written = [title for _, title in lines()]
    # Those of the file after it make one for each row of their examples.
    assert titles(ran_tests(FOLDER, "--format", "json"))[: len(written)] == written


def test_a_line_means_the_test_that_stands_there() -> None:
    found = list(lines())
    (first, title), (after, _) = found[3:5]
    for line in (first, after - 1):
        assert titles(ran_tests(f"{TESTS}:{line}", "--format", "json")) == [title]


@pytest.mark.parametrize(
    ("args", "chosen"),
    [
        ((FOLDER, "-k", "ELEVEN"), "eleven"),
        ((TESTS, "-k", "tape"), "tape"),
        ((TESTS,), ""),
    ],
)
def test_a_part_of_the_title_chooses(args: tuple[str | Path, ...], chosen: str) -> None:
    wanted = [title for _, title in lines() if chosen in title]
    assert titles(ran_tests(*args, "--format", "json")) == wanted
    assert wanted


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((FOLDER, "-k", "nowhere"), "no test with `nowhere` in its title"),
        ((f"{TESTS}:1", "-k", "nowhere"), "at line 1"),
        ((FOLDER, "--fail-under", "101"), "101"),
    ],
)
def test_no_test_is_no_success(args: tuple[str | Path, ...], said: str) -> None:
    ran = ran_tests(*args)
    assert (ran.code, said in ran.err) == (3, True), ran.err


def coverage(*args: str | Path) -> Any:
    return ran_tests(*args, "--coverage", "--format", "json").json["coverage"]


def test_what_is_counted_is_what_the_steps_show() -> None:
    program, schema = policy_at(SECOND)
    points = points_of(program, schema)
    results = [run_test(each, program, schema, traced=True) for each in program.tests]
    found = counted(points, [reached(points, r.decision, r.asked) for r in results if r.decision])
    told = coverage(FOLDER)
    assert (told["reached"], told["of"]) == found.share()
    assert {kind: tuple(told["kinds"][kind].values()) for kind in KINDS} == {
        kind: found.share(kind) for kind in KINDS
    }
    assert sum(point["hits"] > 0 for point in told["points"]) == told["reached"]


def test_every_kind_is_there_and_loses_something_with_all_tests_but_one() -> None:
    """Counting bites: what one test reaches is less in every kind."""
    whole, one = coverage(FOLDER), coverage(FOLDER, "-k", "ten reads")
    # It looks up no row of a catalogue and compares with no param, and one test comes to all lines.
    for kind in set(KINDS) - {"param", "catalog", "line"}:
        assert whole["kinds"][kind]["reached"] > 0
        assert one["kinds"][kind]["reached"] < whole["kinds"][kind]["reached"], kind


def test_a_gate_stops_what_is_reached_too_little() -> None:
    told = coverage(FOLDER)
    percent = 100 * told["reached"] // told["of"]
    assert ran_tests(FOLDER, "--fail-under", str(percent)).code == 0
    assert ran_tests(FOLDER, "--fail-under", str(percent + 1)).code == 1


def test_what_is_not_reached_is_told_with_what_was_reached_instead() -> None:
    text = ran_tests(FOLDER, "--coverage").out
    told = " ".join(text[text.index("not reached:") :].split())
    assert re.search(
        r"rule to_do, waiting \S*policy\.mlp:\d+ tests reach fired 1 ×, passed 27 ×", told
    ), told


def test_lcov_has_a_branch_for_each_part_and_a_line_for_each_thing() -> None:
    told = coverage(FOLDER)
    text = ran_tests(FOLDER, "--format", "lcov").out
    branches = [line for line in text.splitlines() if line.startswith("BRDA:")]
    assert len(branches) == sum(point["part"] is not None for point in told["points"])
    hits = sum(not line.endswith(",0") for line in branches)
    assert f"BRF:{len(branches)}\nBRH:{hits}\n" in text
    found = {int(line[3:].split(",")[0]) for line in text.splitlines() if line.startswith("DA:")}
    assert found == {point["line"] for point in told["points"]}
    assert text.startswith("TN:\nSF:")
    assert text.endswith("end_of_record\n")


def test_a_report_for_ci_has_a_case_for_each_test() -> None:
    root = ElementTree.fromstring(ran_tests(FOLDER, "--format", "junit").out)
    cases = list(root.iter("testcase"))
    written = [title for _, title in lines()]
    assert [case.get("name") for case in cases][: len(written)] == written
    assert (root.get("tests"), root.get("failures")) == (str(len(cases)), "0")
