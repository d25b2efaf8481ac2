"""A fix in a report is an edit: where it is made, what it is for is no longer wrong."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlpolicy.diagnostics import Diagnostic
from mlpolicy.manifest import load
from mlpolicy.render.reports.problems import problems
from mlpolicy.render.reports.sarif import sarif
from mlpolicy.session import schema_by
from tests.profiles import examples
from tests.reports import reports_support as read

_WORKLOAD: dict[str, Any] = {
    "name": "w",
    "task": "sentiment",
    "needs": {"complete": True, "languages": ["en"], "special_hardware": ["gpu"]},
    "usage": {"texts_per_month": 1000},
    "plan": {"outcome": "sagemaker"},
    "depends_on": [],
}
_PROJECT: dict[str, Any] = {
    "project": "p",
    "owner": "team/x",
    "regions": ["us-east-1"],
    "lifecycle": "build",
    "team": {"ml_level": "none", "infra_engineers": 0},
    "workloads": [_WORKLOAD],
}

#: What is misspelt: a key or a word, written in one of these ways.
_KEYS = ["lifecycle", "team", "ml_level", "needs", "languages", "usage", "plan", "outcome", "task"]
_WORDS = ["build", "none", "sentiment", "sagemaker", "gpu"]


def _schema() -> Any:
    schema, faults = schema_by()
    assert schema is not None, faults
    return schema


SCHEMA = _schema()


def _yaml(value: Any, quote: str, wrong: dict[str, str], indent: str = "") -> str:
    """A manifest as YAML, every name in the quotes given, some names written wrong."""

    def word(text: str) -> str:
        text = wrong.get(text, text)
        return f"{quote}{text}{quote}"

    match value:
        case dict() if value:
            deeper = f"{indent}  "
            return "".join(
                f"\n{indent}{word(key)}: {_yaml(each, quote, wrong, deeper)}"
                for key, each in value.items()
            )
        case list():
            if any(isinstance(each, dict) for each in value):
                items = (_yaml(each, quote, wrong, f"{indent}  ").lstrip() for each in value)
                return "".join(f"\n{indent}- {item}" for item in items)
            return f"[{', '.join(_yaml(each, quote, wrong) for each in value)}]"
        case str():
            return word(value)
        case bool():
            return "true" if value else "false"
        case _:
            return json.dumps(value)


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """The text of a manifest with one or two names misspelt, and the name of its file."""
    wrong = {}
    for name in draw(st.lists(st.sampled_from(_KEYS + _WORDS), min_size=1, max_size=2)):
        at = draw(st.integers(1, len(name) - 1))
        how = draw(st.integers(0, 3))
        changes = [
            name[:at] + name[at + 1 :],
            f"{name[:at]}x{name[at:]}",
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
            name.upper() if name in _KEYS else name.capitalize(),
        ]
        wrong[name] = changes[how]
    if draw(st.booleans()):
        text = json.dumps(_PROJECT)
        for name, other in wrong.items():
            text = text.replace(f'"{name}"', f'"{other}"')
        return text, "m.json"
    return _yaml(_PROJECT, draw(st.sampled_from(["", '"', "'"])), wrong), "m.yaml"


def _faults(text: str, file: str) -> tuple[Diagnostic, ...]:
    return load(text.encode(), file, SCHEMA)[1]


def _offset(text: str, line: int, column: int) -> int:
    return sum(len(each) for each in text.splitlines(keepends=True)[: line - 1]) + column - 1


def _applied(text: str, result: dict[str, Any], file: str) -> str:
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert unquote(change["artifactLocation"]["uri"]) == file
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    start = _offset(text, region["startLine"], region["startColumn"])
    end = _offset(text, region["endLine"], region["endColumn"])
    inserted: str = replacement["insertedContent"]["text"]
    return text[:start] + inserted + text[end:]


@given(misspelt())
@examples(150)
def test_a_fix_mends_what_it_is_for(given_: tuple[str, str]) -> None:
    text, file = given_
    faults = _faults(text, file)
    found = read.sarif(sarif(problems((), faults), {}, "1.0.0", whole=False, code=3))["results"]
    fixed = [each for each in found if "fixes" in each]
    assert len(fixed) == sum(fault.instead is not None for fault in faults)
    assume(fixed)
    for result in fixed:
        mended = _applied(text, result, file)
        left = _faults(mended, file)
        region = result["locations"][0]["physicalLocation"]["region"]
        place = (region["startLine"], region["startColumn"])
        still = {(each.code, each.place.line, each.place.column) for each in left if each.place}
        assert (result["ruleId"], *place) not in still


def test_a_misspelt_word_has_a_fix() -> None:
    """So that the property above is about something."""
    text = json.dumps(_PROJECT).replace("sentiment", "sentimnt").replace('"plan"', '"plann"')
    faults = _faults(text, "m.json")
    assert sorted(fault.instead or "" for fault in faults) == ['"plan"', '"sentiment"']


def test_where_a_text_is_written_otherwise_there_is_no_fix() -> None:
    text = _yaml(_PROJECT, "", {}).replace("task: sentiment", 'task: "senti\\u006dnt"')
    (fault,) = _faults(text, "m.yaml")
    assert fault.instead is None
    assert "sentiment" in fault.help


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ('requests_per_month: "1000"', "requests_per_month: 1000"),
        ("requests_per_month: 50k", "requests_per_month: 50000"),
        ("requests_per_month: $5K", None),
        ("regions: us-east-1", "regions: [us-east-1]"),
        ('complete: "yes"', "complete: true"),
        ("complete: off", "complete: false"),
        ("required_pct: 0.9", None),  # of an error rate it may be meant
    ],
)
def test_a_value_that_is_written_otherwise_has_a_fix_where_one_is_meant(
    line: str, right: str | None
) -> None:
    key = line.partition(":")[0]
    top = {
        "project": "p",
        "owner": "t/x",
        "regions": "[us-east-1]",
        "decision_date": "2026-01-06",
        "requests_per_month": "10",
        "complete": "true",
        "required_pct": "80",
    }
    top[key] = line.partition(": ")[2]
    text = (
        "".join(f"{each}: {top[each]}\n" for each in ("project", "owner", "regions"))
        + f"decision_date: {top['decision_date']}\nworkloads:\n  - name: w\n    task: sentiment\n"
        + f"    needs: {{complete: {top['complete']}}}\n"
        + f"    quality: {{required_pct: {top['required_pct']}}}\n"
        + f"    volume: {{requests_per_month: {top['requests_per_month']}}}\n"
    )
    (fault,) = _faults(text, "m.yaml")
    found = read.sarif(sarif(problems((), (fault,)), {}, "1.0.0", whole=False, code=3))
    (result,) = found["results"]
    if right is None:
        assert "fixes" not in result
        return
    mended = _applied(text, result, "m.yaml")
    assert mended == text.replace(line, right)
    assert _faults(mended, "m.yaml") == ()
