"""An edit that a report offers for a finding: made in the file, the finding is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_support import Command
from tests.profiles import lanes
from tests.reports import reports_support as read

pytestmark = pytest.mark.slow

_HEAD = "project: p\nowner: team/x\nlifecycle: build\nregions: [us-east-1]\nworkloads:\n"
_NAMED = "  - name: w\n    task: sentiment\n"
_TASK = _NAMED + "    needs: {complete: true, languages: [en]}\n"
_FULL = """\
apiVersion: mlpolicy.dev/v1
kind: MLProject
metadata: {name: p}
spec:
  owner: team/x
  aws: {regions: [us-east-1]}
  lifecycle: build
  workloads:
    - {name: w, task: sentiment, needs: {complete: true, languages: [en]}, plan: {outcome: diy}}
"""
_JSON = {
    "project": "p",
    "owner": "team/x",
    "lifecycle": "build",
    "regions": ["us-east-1"],
    "workloads": [
        {
            "name": "w",
            "task": "sentiment",
            "needs": {"complete": True, "languages": ["en"]},
            "plan": {"outcome": "diy"},
        }
    ],
}

#: Files of which a finding about the plan is told with an edit, however they are written.
MENDED = {
    "in braces": _HEAD + _TASK + "    plan: {outcome: diy}\n",
    "in a block": _HEAD + _TASK + "    plan:\n      outcome:   diy  # ours\n",
    "in quotes": _HEAD + _TASK + "    plan: {'outcome': \"diy\"}\n",
    "lines of Windows": (_HEAD + _TASK + "    plan: {outcome: diy}\n").replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + _HEAD + _TASK + "    plan: {outcome: diy}\n",
    "beyond the first plane": f"# \U0001f600\n{_HEAD}{_TASK}    plan: {{outcome: diy}}\n",
    "the full form": _FULL,
    "JSON": json.dumps(_JSON),
    "JSON on lines": json.dumps(_JSON, indent=2),
    "the second of two": f"{_FULL}---\n{_FULL.replace('name: p', 'name: q')}",
    "two workloads": _HEAD
    + _TASK
    + "    plan: {outcome: diy}\n"
    + _TASK.replace("name: w", "name: v")
    + "    plan: {outcome: sagemaker}\n",
}

#: Files with a finding about the plan, of which there is no edit.
LEFT = {
    "nothing will do, and of other plans the policy is not asked": (
        _NAMED + "    needs: {complete: true, languages: [en], custom_architecture: true}\n"
        "    plan: {outcome: sagemaker}\nteam: {ml_level: none, infra_engineers: 0}\n"
    ),
    "a reason stands beside it": _TASK + "    plan: {outcome: diy, reason: we have the team}\n",
    "an alias stands for it": _TASK
    + "    plan: {outcome: &it diy}\n"
    + _TASK.replace("name: w", "name: v")
    + "    plan: {outcome: *it}\n",
}


def _fired(mlpolicy: Command, file: Path) -> set[tuple[str, str, str, str]]:
    """The findings that fired: of which project and workload, the rule and its level."""
    told = mlpolicy("check", str(file), "--format", "json").json
    assert not [each for each in told["diagnostics"] if each["severity"] == "error"]
    return {
        (decision["manifest"]["name"], str(each["workload"]), each["rule"], each["level"])
        for decision in told["decisions"]
        for each in decision["findings"]
        if each["state"] == "fired"
    }


def _results(mlpolicy: Command, file: Path) -> list[dict[str, Any]]:
    found = read.sarif(mlpolicy("check", str(file), "--format", "sarif").out)["results"]
    return list(found)


def _applied(data: bytes, fix: dict[str, Any]) -> bytes:
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    mark, text = (b"\xef\xbb\xbf", data[3:]) if data[:3] == b"\xef\xbb\xbf" else (b"", data)
    lines = text.decode().split("\n")

    def offset(line: int, column: int) -> int:
        return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1

    start = offset(region["startLine"], region["startColumn"])
    end = offset(region["endLine"], region["endColumn"])
    whole = text.decode()
    inserted: str = replacement["insertedContent"]["text"]
    return mark + (whole[:start] + inserted + whole[end:]).encode()


_GRAVITY = ("block", "warn", "advise")


@pytest.mark.parametrize("how", lanes(MENDED, plain=3, always=lambda how: how == "JSON"))
def test_an_edit_silences_what_it_is_for(
    mlpolicy: Command, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("mlproject.json" if how.startswith("JSON") else "mlproject.yaml")
    data = MENDED[how].encode()
    file.write_bytes(data)
    before = _fired(mlpolicy, file)
    tried = 0
    for result in _results(mlpolicy, file):
        about = result.get("properties", {})
        for fix in result.get("fixes", ()):
            file.write_bytes(_applied(data, fix))
            after = _fired(mlpolicy, file)
            gone = {each for each in before if each[:3] == _of(about, result)}
            assert gone
            assert not gone & after
            (level,) = {each[3] for each in gone}
            graver = _GRAVITY[: _GRAVITY.index(level) + 1]
            assert not {each for each in after - before if each[3] in graver}
            said = fix["description"]["text"]
            assert f"Then {result['ruleId']} is silent" in said
            for _, _, rule, grade in after - before:
                assert f"{rule} ({grade}) comes" in said
            tried += 1
        file.write_bytes(data)
    assert tried


def _of(about: dict[str, str], result: dict[str, Any]) -> tuple[str, str, str]:
    return about["project"], about["workload"], result["ruleId"]


@pytest.mark.parametrize("why", LEFT)
def test_where_a_word_cannot_be_changed_alone_there_is_no_edit(
    mlpolicy: Command, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("mlproject.yaml")
    file.write_text(_HEAD + LEFT[why])
    results = _results(mlpolicy, file)
    assert {each["ruleId"] for each in results} & {"premature_model", "no_option.something"}
    assert not any("fixes" in each for each in results)
