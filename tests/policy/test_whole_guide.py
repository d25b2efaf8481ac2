"""The version that says the whole guide: every clause accounted for, a test named by each that
decides, warns or computes, and projects of several workloads in eight industries."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from mlpolicy.render.notices import say
from tests.policy.policy_support import HERE, REPO, WHOLE, data, decide, policy_at, program_at
from tests.policy.test_scenarios import CASES, case_id, decision_of, faults, of_version
from tests.yaml_support import yaml_of

pytestmark = pytest.mark.slow

HYBRIDS: list[dict[str, Any]] = data("hybrid.yaml")
LEDGER: dict[str, Any] = yaml_of(WHOLE / "sources" / "guide.yaml")
#: `G5.8: …` or `C1, C2: …`: the clauses that a test is about stand before its first colon.
NAMED = re.compile(r"([A-Z]\d+(?:\.\d+)?(?:, [A-Z]\d+(?:\.\d+)?)*): .")


def named(titles: list[str]) -> Counter[str]:
    """How many of these titles begin with the id of each clause."""
    found = [NAMED.match(title) for title in titles]
    return Counter(id_ for match in found if match for id_ in match[1].split(", "))


def names_of_tests() -> Counter[str]:
    """How often each clause names a test of the policy, or a project of several workloads."""
    program, _ = policy_at(WHOLE)
    projects = Counter(id_ for case in HYBRIDS for id_ in case.get("clauses", ()))
    return named([test.title for test in program.tests]) + projects


def test_every_clause_and_resolution_is_accounted_for(mlpolicy: Any) -> None:
    ran = mlpolicy("sources", "check", str(WHOLE))
    assert ran.code == 0, ran
    assert "216 clauses" in ran.out
    assert "0 missing" in ran.out


def test_every_clause_that_is_not_excused_has_a_test_of_its_name() -> None:
    wanted = [clause["id"] for clause in LEDGER["clauses"] if "excuse" not in clause]
    assert len(wanted) == len(set(wanted)) == 210
    assert [id_ for id_ in wanted if not names_of_tests()[id_]] == []


@pytest.mark.parametrize(("letter", "number"), [("A", 16), ("C", 25), ("U", 28), ("D", 9)])
def test_every_resolution_has_a_test_of_its_name(letter: str, number: int) -> None:
    """Wrong sums (A), conflicts (C), silences (U) and unsound code (D) of the guide."""
    wanted = [r["id"] for r in LEDGER["resolutions"] if r["id"].startswith(letter)]
    assert wanted == [f"{letter}{n}" for n in range(1, number + 1)]
    assert [id_ for id_ in wanted if not names_of_tests()[id_]] == []


def test_no_test_names_a_clause_that_is_not_there() -> None:
    known = {entry["id"] for entry in (*LEDGER["clauses"], *LEDGER["resolutions"])}
    assert sorted(set(names_of_tests()) - known) == []


def test_a_clause_is_named_only_at_the_start_of_a_title() -> None:
    titles = ["G1.1: a", "C1, C2: b", "U3 c", "see G1.2: d", "a month: e"]
    assert named(titles) == Counter(["G1.1", "C1", "C2"])


@pytest.mark.parametrize("case", HYBRIDS, ids=case_id)
def test_a_project_is_decided_workload_by_workload(case: dict[str, Any]) -> None:
    decision = decision_of(case, program_at(WHOLE))
    assert faults(case, decision) == []


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_what_the_first_version_decided_stands(case: dict[str, Any]) -> None:
    """The answers are the same; only findings and their words may differ."""
    assert not set(case.get(WHOLE.name, ())) - {
        "because",
        "fired",
        "not",
        "results",
        "says",
        "verdict",
    }
    now = of_version(case, WHOLE.name)
    assert faults(now, decision_of(now, program_at(WHOLE))) == []


@pytest.mark.parametrize(
    ("plans", "state", "others"),
    [
        (("sagemaker", "sagemaker", "sagemaker"), "waiting", "0 .. 2"),
        (("ai_service", "ai_service", "ai_service"), "fired", "1 .. 3"),
        (("diy", "diy", "diy"), "fired", "3"),
        (("sagemaker", "sagemaker"), "waiting", "0 .. 2"),
        (("ai_service", "ai_service"), "waiting", "0 .. 2"),
        (("ai_service", "ai_service", "sagemaker"), None, ""),
        (("sagemaker", "ai_service", "sagemaker"), None, ""),
        (("sagemaker",), None, ""),
    ],
)
def test_one_tier_for_all_speaks_where_workloads_differ(
    plans: tuple[str, ...], state: str | None, others: str
) -> None:
    """G22.14, U20: for a translation, a redaction and a churn model, of which the last needs a
    model, and the first two an AI service unless that is measured to fall short: it speaks where
    some workload differs in either case. For one alone there is nothing to compare."""
    whole = (HERE / "cases/unredacted.mlproject.yaml").read_text("utf-8")
    head, *workloads = whole.split("    - name: ")
    planned = [
        workload.replace("plan: {outcome: sagemaker}", f"plan: {{outcome: {plan}}}")
        for workload, plan in zip(workloads, plans, strict=False)
    ]
    decision = decide(*program_at(WHOLE), "some.yaml", "    - name: ".join([head, *planned]))
    said = [(f.state, say(f)) for f in decision.findings if f.rule == "one_tier_for_all"]
    text = (
        f"one kind of solution is planned for all {len(plans)} workloads; "
        f"for {others} of them the answer is another"
    )
    assert said == ([(state, text)] if state else [])


@pytest.mark.parametrize(
    ("asked", "as_of", "version"),
    [
        ((), "2026-11-21", "1.0.0"),
        ((), "2026-11-22", "1.2.0"),
        (("--policy", "aws-ml-selection@1"), "2026-11-21", "1.0.0"),
        (("--policy", "aws-ml-selection@1.0.0"), "2026-11-22", "1.0.0"),
        (("--policy", "aws-ml-selection@1.2.0"), "2026-11-21", "1.2.0"),
    ],
)
def test_it_judges_from_its_first_day_unless_another_is_asked_for(
    asked: tuple[str, ...], as_of: str, version: str, mlpolicy: Any
) -> None:
    manifest = str(REPO / "tests/policy/scenarios/call-sentiment.mlproject.yaml")
    ran = mlpolicy("check", "-v", manifest, "--as-of", as_of, *asked)
    assert f"policy aws-ml-selection {version} " in ran.out


def test_its_values_are_as_old_as_those_of_the_first_version() -> None:
    """It judges from its first day on; a decision of an earlier day, asked for by its exact
    version, still finds every bar and price. (Since when a service is closed to new accounts is a
    fact, and no day from which a value counts.)"""
    for name in ("thresholds.mlp", "catalogue.mlp"):
        text = (WHOLE / name).read_text("utf-8")
        text = re.sub(r"^catalog closure .*\n(?:  .*\n)*", "", text, flags=re.MULTILINE)
        assert set(re.findall(r"\b20\d\d-\d\d-\d\d\b", text)) == {"2025-01-01"}
