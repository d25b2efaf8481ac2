"""Every explanation of the shipped policy fits the width asked for, and every report its schema."""

from __future__ import annotations

import re
from functools import cache

import pytest

from mlpolicy.cli.judging import Options, judge
from mlpolicy.core.decision import Decision
from mlpolicy.render.style import columns
from mlpolicy.render.text import explain
from tests.cli.cli_support import HERE, Run

pytestmark = pytest.mark.slow

ROOT = HERE.parents[1]
FOLDERS = ("tests/policy/scenarios", "tests/snapshots/manifests")
AS_OF = ("--as-of", "2026-11-22")


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def manifests() -> list[str]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.yaml"))]
    return [str(path.relative_to(ROOT)) for path in found if "broken" not in path.name]


@cache
def decisions() -> tuple[Decision, ...]:
    return judge(manifests(), Options(as_of=AS_OF[1])).decisions


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_asked_unless_one_word_is(width: int) -> None:
    lines = [line for each in decisions() for line in explain(each, width=width).splitlines()]
    assert len(lines) > 500
    for line in lines:
        before, _, last = line.rstrip().rpartition(" ")
        # A word that does not fit stands alone, behind no more than its indentation or its mark.
        assert columns(line) <= width or columns(before.strip()) <= width // 2, (last, line)
        assert line == line.rstrip()


@pytest.mark.parametrize("audience", ["team", "author", "auditor"])
def test_every_audience_reads_whole_lines(audience: str) -> None:
    out = "\n".join(explain(each, audience=audience) for each in decisions())
    assert not re.search(r"\n\n\n|[ \t]\n", out)


def test_places_are_short_in_an_explanation_and_whole_in_a_check(run: Run) -> None:
    path = "tests/snapshots/manifests/infeasible.mlproject.yaml"
    told = run("explain", path, *AS_OF).out
    assert told.count(path) == 3  # in the heading, and in the commands that ask and tell more
    assert " infeasible.mlproject.yaml:14:21  no_option.something\n" in told
    assert "aws-ml-selection/1.2.0/" not in run("explain", path, "--full", *AS_OF).out
    assert f"{path}:14:21  no_option.something\n" in run("check", path, *AS_OF).out


def test_a_report_with_a_fault_fits_its_schema_too(run: Run) -> None:
    """Reading `json` compares it with its schema; `tests/render` does so for every project."""
    good, bad = "tests/snapshots/manifests/infeasible.mlproject.yaml", "no-such-file.yaml"
    assert run("explain", good, *AS_OF, "--format", "json").json["schema"] == "mlpolicy/decision/v1"
    document = run("check", good, bad, *AS_OF, "--format", "json").json
    assert document["schema"] == "mlpolicy/check/v1"
    assert document["diagnostics"]
