"""Every format is what its own schema says, tells all that is wrong, and tells it alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_support import Command, Ran
from tests.reports.reports_support import (
    FORMATS,
    commands,
    digests,
    gitlab,
    junit,
    sarif,
)

#: What is judged, and with which options: every way in which a run can end.
RUNS: dict[str, tuple[str, ...]] = {
    "passes": ("good.mlproject.yaml",),
    "blocked": ("blocked.mlproject.yaml",),
    "waits": ("open.mlproject.yaml",),
    "waived": ("waived.mlproject.yaml",),
    "broken": ("broken.mlproject.yaml",),
    "all of them": (".",),
    "warnings fail": (".", "--fail-on", "warn", "--fail-on", "advise"),
    "no manifest there": ("empty",),
    "no such file": ("gone.yaml",),
    "one of several places is empty": ("good.mlproject.yaml", "empty"),
    "a broken policy": ("good.mlproject.yaml", "--policy", "broken-policy"),
    "no such policy": ("good.mlproject.yaml", "--policy", "nothing-of-this-name"),
    "no manifest among the files named": ("--only-manifests", "pack/1.0.0/sources/notes.yaml"),
}


def _run(mlpolicy: Command, run: str, form: str) -> Ran:
    return mlpolicy("check", *RUNS[run], "--format", form)


def _read(form: str, text: str) -> object:
    match form:
        case "sarif":
            return sarif(text)
        case "gitlab":
            return gitlab(text)
        case "junit":
            return junit(text)
        case "github":
            return commands(text)
        case "json":
            return json.loads(text)
        case _:
            return text


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("run", RUNS)
def test_every_format_is_valid_and_ends_alike(mlpolicy: Command, run: str) -> None:
    codes = set()
    for form in FORMATS:
        ran = _run(mlpolicy, run, form)
        codes.add(ran.code)
        read = _read(form, ran.out)
        if form == "json":
            assert ran.json == read  # compared with our own schema
        if form not in ("text", "github"):
            assert ran.out
    assert len(codes) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("run", RUNS)
def test_every_format_names_every_problem(mlpolicy: Command, run: str) -> None:
    """What fires and what is wrong with a file stands in all of them, with its place."""
    whole = _run(mlpolicy, run, "json").json
    fired = {
        (finding["rule"], finding["state"])
        for decision in whole["decisions"]
        for finding in decision["findings"]
        if finding["state"] in ("fired", "waived")
    }
    wanted = {rule for rule, _ in fired} | {each["code"] for each in whole["diagnostics"]}
    shown = {rule for rule, state in fired if state == "fired"}
    shown |= {each["code"] for each in whole["diagnostics"]}
    results = sarif(_run(mlpolicy, run, "sarif").out)["results"]
    assert wanted <= {each["ruleId"] for each in results}
    cases = junit(_run(mlpolicy, run, "junit").out).iter("testcase")
    assert wanted <= {each.attrib["name"] for each in cases}
    assert shown <= {each["check_name"] for each in gitlab(_run(mlpolicy, run, "gitlab").out)}
    told = commands(_run(mlpolicy, run, "github").out)
    assert {f"mlpolicy: {name}" for name in shown} <= {each[1]["title"] for each in told}
    markdown = _run(mlpolicy, run, "markdown").out
    assert all(each["code"] in markdown for each in whole["diagnostics"])
    for fault in whole["diagnostics"]:
        if fault["line"]:
            at = (fault["file"], str(fault["line"]), str(fault["column"]))
            places = {(p.get("file"), p.get("line"), p.get("col")) for _, p, _ in told}
            assert at in places
            assert any(at == _place_of(result) for result in results)


def _place_of(result: dict[str, object]) -> tuple[str, str, str] | None:
    found = json.loads(json.dumps(result))
    for location in found.get("locations", ()):
        physical = location.get("physicalLocation")
        if physical and "region" in physical:
            region = physical["region"]
            uri = physical["artifactLocation"]["uri"]
            return uri, str(region["startLine"]), str(region["startColumn"])
    return None


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_nothing_wrong_is_an_empty_report(mlpolicy: Command) -> None:
    run = ("check", "--only-manifests", "pack/1.0.0/sources/notes.yaml", "--format")
    assert sarif(mlpolicy(*run, "sarif").out)["results"] == []
    assert gitlab(mlpolicy(*run, "gitlab").out) == []
    assert commands(mlpolicy(*run, "github").out) == []
    assert list(junit(mlpolicy(*run, "junit").out)) == []
    assert mlpolicy(*run, "markdown").out == "No manifest was judged.\n"
    assert mlpolicy(*run, "text").out == ""


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_case_fails_where_the_run_fails_by_it(mlpolicy: Command) -> None:
    def failed(*options: str) -> set[str]:
        out = mlpolicy("check", ".", "--format", "junit", *options).out
        return {
            case.attrib["name"]
            for case in junit(out).iter("testcase")
            if case.find("failure") is not None
        }

    assert failed() == {"premature_model", "waiver_unknown_rule"}
    advised = failed("--fail-on", "advise")
    assert "own_words" in advised
    assert "premature_model" in advised


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_report_says_where_in_junit(mlpolicy: Command) -> None:
    root = junit(mlpolicy("check", "blocked.mlproject.yaml", "--format", "junit").out)
    (failure,) = root.iter("failure")
    assert failure.attrib["type"] == "block"
    assert failure.text is not None
    assert failure.text.startswith("blocked.mlproject.yaml:12:21: you plan diy where")
    (suite,) = root.iter("testsuite")
    assert suite.attrib["file"] == "blocked.mlproject.yaml"


@pytest.mark.usefixtures("folder")
def test_what_is_waived_is_suppressed_with_who_approved_it(mlpolicy: Command) -> None:
    run = sarif(mlpolicy("check", "waived.mlproject.yaml", "--format", "sarif").out)
    (waived,) = [each for each in run["results"] if "suppressions" in each]
    assert waived["ruleId"] == "premature_model"
    (suppression,) = waived["suppressions"]
    assert suppression["status"] == "accepted"
    assert suppression["justification"].startswith("W-1, approved by board@example.com, until 2027")
    titles = [each["check_name"] for each in gitlab(
        mlpolicy("check", "waived.mlproject.yaml", "--format", "gitlab").out
    )]  # fmt: skip
    assert "premature_model" not in titles


@pytest.mark.usefixtures("folder")
def test_a_rule_comes_along_with_why_and_how(mlpolicy: Command) -> None:
    run = sarif(mlpolicy("check", "blocked.mlproject.yaml", "--format", "sarif").out)
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    help = rules["premature_model"]["help"]
    assert "build {choice} first" in help["text"]
    assert "notes#N4" in help["markdown"]
    assert rules["premature_model"]["defaultConfiguration"] == {"level": "error"}
    assert run["properties"]["policies"][0]["name"] == "sentiment-choice"


@pytest.mark.usefixtures("folder")
def test_a_run_that_could_not_evaluate_all_was_not_successful(mlpolicy: Command) -> None:
    for file, code in (("broken.mlproject.yaml", 3), ("blocked.mlproject.yaml", 2)):
        run = sarif(mlpolicy("check", file, "--format", "sarif").out)
        invocation = run["invocations"][0]
        assert invocation == {"executionSuccessful": code != 3, "exitCode": code}


@pytest.mark.slow
def test_a_fingerprint_stays_while_lines_move(mlpolicy: Command, folder: Path) -> None:
    def marks() -> dict[str, list[str]]:
        issues = gitlab(mlpolicy("check", ".", "--format", "gitlab").out)
        results = sarif(mlpolicy("check", ".", "--format", "sarif").out)["results"]
        return {
            "gitlab": sorted(each["fingerprint"] for each in issues),
            "sarif": sorted(next(iter(each["partialFingerprints"].values())) for each in results),
            "lines": [each["location"]["lines"]["begin"] for each in issues],  # of no order
        }

    before = marks()
    for path in folder.glob("*.mlproject.yaml"):
        path.write_text("# a line more\n\n" + path.read_text())
    after = marks()
    assert after["lines"] != before["lines"]
    assert after["gitlab"] == before["gitlab"]
    assert after["sarif"] == before["sarif"]
    path = folder / "blocked.mlproject.yaml"
    path.rename(folder / "other.mlproject.yaml")
    assert marks()["gitlab"] != before["gitlab"]


def test_published_schemas_are_as_they_came() -> None:
    text = (Path(__file__).parent / "published" / "README.md").read_text()
    for name, digest in digests().items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{name}`")]
        assert digest in line


def test_what_does_not_fit_a_schema_is_found() -> None:
    """The readers of these tests can fail."""
    with pytest.raises(AssertionError):
        sarif('{"version": "2.1.0", "runs": [{"results": []}]}')
    with pytest.raises(AssertionError):
        gitlab('[{"description": "x"}]')
    with pytest.raises(Exception, match="testsuites"):
        junit('<testsuites name="x" tests="0" surely="1"/>')
    with pytest.raises(AssertionError):
        commands("no command")
