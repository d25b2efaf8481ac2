"""What the tests of reports share: the formats' own schemas, and readers as other programs read."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from jsonschema.validators import validator_for

PUBLISHED = Path(__file__).parent / "published"
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")


@cache
def _json_schema(name: str) -> Any:
    schema = json.loads((PUBLISHED / name).read_text("utf-8"))
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@cache
def _xml_schema() -> Any:
    import xmlschema  # which takes long to load, and one test needs it

    return xmlschema.XMLSchema(str(PUBLISHED / "junit-10.xsd"))


def valid(name: str, value: Any) -> Any:
    """The value, which fits the published schema of that name."""
    wrong = [f"{each.json_path}: {each.message}" for each in _json_schema(name).iter_errors(value)]
    assert not wrong, wrong[:5]
    return value


def sarif(text: str) -> Any:
    """The only run of a report in SARIF. What the schema cannot say holds too: a result names its
    rule by the right index, and no two results have one fingerprint."""
    run = valid("sarif-2.1.0.json", json.loads(text))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        if result.get("kind", "fail") != "fail":
            assert result["level"] == "none"
    marks = [json.dumps(each["partialFingerprints"]) for each in run["results"]]
    assert len(set(marks)) == len(marks)
    assert {each["ruleIndex"] for each in run["results"]} == set(range(len(rules)))
    return run


def gitlab(text: str) -> Any:
    """The issues of a report on code quality."""
    issues = valid("code-quality.json", json.loads(text))
    marks = [each["fingerprint"] for each in issues]
    assert len(set(marks)) == len(marks)
    return issues


def junit(text: str) -> ElementTree.Element:
    """The root of a JUnit report. The numbers at its suites are those of its cases."""
    _xml_schema().validate(text)
    root = ElementTree.fromstring(text.encode())
    for element in (root, *root.iter("testsuite")):
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if name in element.attrib:
                assert int(element.attrib[name]) == len(list(element.iter(tag))), name
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
    return root


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What a GitHub runner makes of an output, as its documentation says: of a line `::name k=v,k=v
    ::data` the name, the properties and the data, unescaped. Any other line is no command."""
    found = []
    for line in re.split(r"\r\n|\n|\r", text):
        match = re.match(r"\s*::(?P<name>[\w-]+)(?: (?P<properties>.*?))?::(?P<data>.*)", line)
        if match is None:
            assert not line, line
            continue
        pairs = [pair.split("=", 1) for pair in (match["properties"] or "").split(",") if pair]
        properties = {name: _unescaped(value) for name, value in pairs}
        data = re.sub("%0D|%0A|%25", lambda code: _unescaped(code[0]), match["data"])
        found.append((match["name"], properties, data))
    return found


def _unescaped(text: str) -> str:
    return re.sub("%0D|%0A|%3A|%2C|%25", lambda code: unquote(code[0]), text)


def digests() -> dict[str, str]:
    """The digest of every file that was published by others."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in PUBLISHED.iterdir()
        if path.suffix in (".json", ".xsd") and path.name != "code-quality.json"
    }
