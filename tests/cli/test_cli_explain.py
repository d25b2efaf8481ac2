"""`mlpolicy explain`: one document, one answer; its options and its texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.cli_support import Run

GOOD = "manifests/good.mlproject.yaml"
BLOCKED = "manifests/blocked.mlproject.yaml"
OPEN = "manifests/open.mlproject.yaml"


def test_the_verdict_comes_first_and_the_path_has_both_sides_and_the_margin(
    run: Run, project: Path
) -> None:
    ran = run("explain", BLOCKED, "--full")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == f"BLOCK  too-much ({BLOCKED}): premature_model"
    assert "DECIDED  ai_service: service comprehend" in ran.out
    assert "accuracy (95 %) >= accuracy_bar (88 %): yes, 7 percentage points above" in ran.out
    assert "blocked.mlproject.yaml:8:34 notes#N2" in ran.out
    assert (
        "1 yes, 0 unknown, 2 no; needs 2; one more of {labels, explain} would reach it" in ran.out
    )
    assert "notes#N2  Later the bar rises to 88 of 100." in ran.out


def test_the_ledger_adds_up(run: Run, project: Path) -> None:
    out = run("explain", BLOCKED, "--full").out
    assert "cost of ai_service over 24 months (tco)" in out
    assert "1,000.00" in out
    assert "24 × 10.00 USD/month" in out
    assert "1,240.00  USD" in out


def test_what_settles_it_is_told_with_what_each_answer_leaves(run: Run, project: Path) -> None:
    out = run("explain", OPEN, "--of", "mood", "--full").out
    assert "UNDECIDED  ai_service or sagemaker" in out
    assert "below 88 % -> sagemaker" in out
    assert "How accurate is the managed API" in out
    assert "workload second" not in out


def test_waiting_rules_are_grouped_by_what_they_need(run: Run, project: Path) -> None:
    out = run("explain", OPEN, "--full").out
    assert "  premature_model (mood, second)  needs workload.plan.outcome\n" in out


def test_a_rule_is_told_step_by_step(run: Run, project: Path) -> None:
    ran = run("explain", BLOCKED, "--rule", "premature_model")
    assert ran.code == 0
    assert "planned (diy) > choice (ai_service): yes" in ran.out
    assert "fix: build ai_service first" in ran.out


@pytest.mark.parametrize(
    ("option", "name", "hint"),
    [
        ("--of", "mod", "did you mean `mood`?"),
        ("--rule", "premature-modle", "did you mean `premature_model`?"),
        ("--rule", "zzz", "there are: dear, own_words, premature_model, pilot"),
    ],
)
def test_a_name_that_nothing_has_is_3(
    run: Run, project: Path, option: str, name: str, hint: str
) -> None:
    ran = run("explain", GOOD, option, name)
    assert ran.code == 3
    assert ran.out == ""
    assert hint in ran.err


@pytest.mark.slow
def test_json_of_one_manifest_is_one_decision(run: Run, project: Path) -> None:
    ran = run("explain", GOOD, "--format", "json")
    assert ran.code == 0
    assert ran.json["schema"] == "mlpolicy/decision/v1"


@pytest.mark.slow
def test_json_of_several_is_the_check_document(run: Run, project: Path) -> None:
    assert run("explain", GOOD, BLOCKED, "--format", "json").json["schema"] == "mlpolicy/check/v1"


@pytest.mark.slow
def test_a_manifest_that_cannot_be_read_is_3_and_says_so(run: Run, project: Path) -> None:
    ran = run("explain", "manifests/broken.mlproject.yaml")
    assert ran.code == 3
    assert ran.out == ""
    assert "error[MLP" in ran.err
    ran = run("explain", "manifests/broken.mlproject.yaml", "--format", "json")
    assert ran.code == 3
    assert ran.json["decisions"] == []
    assert [each["severity"] for each in ran.json["diagnostics"]] == ["error"]


def test_width_is_kept_and_colour_only_where_asked(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    plain = run("explain", GOOD).out
    assert "\x1b" not in plain
    # A word longer than the line, such as a place, is never broken.
    assert [
        line for line in plain.splitlines() if len(line) > 72 and " " in line.strip()[:40]
    ] == []
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("explain", GOOD).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("explain", GOOD).out == plain


def test_the_auditor_sees_full_digests_and_what_passed(run: Run, project: Path) -> None:
    out = " ".join(run("explain", GOOD, "--for", "auditor").out.split())
    assert "meaning sha256:" in out
    assert "passed" in out
    assert "dear" in out


def test_an_explanation_is_as_short_as_the_team_needs(run: Run, project: Path) -> None:
    team = run("explain", GOOD).out
    assert team == run("explain", GOOD, "--for", "team").out
    assert "notes#N2  " in run("explain", BLOCKED, "--full").out
    assert "notes#N2  " not in run("explain", BLOCKED).out


def test_without_a_manifest_it_takes_the_current_folder(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "manifests")
    assert run("explain").out == run("explain", ".").out
    (project / "empty").mkdir()
    monkeypatch.chdir(project / "empty")
    ran = run("explain")
    assert (ran.code, ran.out) == (3, "")
    assert "error[MLP0903]: no manifest in `.`" in ran.err
