"""A program that reads our JSON finds text of a manifest only where the schema of the document says
so: `x-text-of` where all of a value is such text, `x-quotes` where a sentence of ours may quote it.

A mark is put into every text that a manifest may hold; wherever it turns up, the schema must have
said that it could.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mlpolicy.schema import Field, Kind
from mlpolicy.session import report_schema
from tests.command_support import in_process
from tests.fuzzing.made import _Maker, schema

pytestmark = pytest.mark.slow

MARK = "zq"
WORDS = ("x-text-of", "x-quotes")

#: A manifest of which an answer comes, with a mark wherever a text may stand.
WHOLE = """\
project: zq-project
owner: team/zq-owner
lifecycle: production
regions: [us-east-1]
business: {problem: zq problem, risk_rating: high}
workloads:
  - name: zq-first
    task: sentiment
    review_by: 2026-01-01
    task_description: zq description
    needs: {complete: true, languages: [en], because: zq because, by: zq by}
    usage: {texts_per_month: 40000000, chars_per_text: 5000, instance_type: zq.large,
            model: zq-model}
    current: {tier: ai_service, service: zq-service, instance_type: ml.zq.large}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 86, dataset: zq dataset,
         source: zq source, slice: zq slice, sample_size: 300, measured_on: 2026-10-01}
      - {system: comprehend, metric: accuracy, value_pct: 86, dataset: zq dataset,
         sample_size: 400, measured_on: 2026-10-01}
      - {system: "zq:system", metric: f1, value_pct: 90, dataset: zq other, measured_on: 2026-10-02}
    plan: {outcome: diy, reason: zq reason}
  - {name: zq-second, task: invoice-extraction, depends_on: [zq-first]}
prices:
  - {item: comprehend, each_usd: 0.00009, because: zq contract, by: zq buyer}
waivers:
  - {id: zq-waiver, rule: above_need, workload: zq-first, owner: team/zq-other, reason: zq excuse,
     approved_by: zq.boss@example.com, approved_on: 2026-11-01, expires_on: 2027-01-01,
     ticket: ZQ-zq}
  - {id: zq-lost, rule: zq_rule, owner: team/zq-other, reason: zq excuse, approved_by: zq.boss,
     approved_on: 2026-11-01, expires_on: 2027-01-01}
"""


class Document:
    """A document with the schemas that it is held against."""

    def __init__(self, which: str) -> None:
        self.schemas = {
            (found := json.loads(report_schema(name)))["$id"]: found for name in (which, "decision")
        }
        self.root = json.loads(report_schema(which))

    def unmarked(self, value: Any) -> set[str]:
        """Where a mark stands of which the schema does not say that it could."""
        return {
            place for place, rules in _found(value, "", [(self.root, self.root)], self) if not rules
        }

    def resolved(self, node: Any, root: Any) -> Iterator[tuple[Any, Any]]:
        """A place of a schema with all that it refers to, each with its own root."""
        yield node, root
        if "$ref" in node:
            whole, _, below = node["$ref"].partition("#")
            root = self.schemas[whole] if whole else root
            found = root
            for step in below.split("/")[1:]:
                found = found[step]
            yield from self.resolved(found, root)
        for key in ("oneOf", "anyOf", "allOf"):
            for each in node.get(key, ()):
                yield from self.resolved(each, root)


def _found(
    value: Any, place: str, at: list[tuple[Any, Any]], document: Document
) -> Iterator[tuple[str, bool]]:
    """Each text with a mark: its place, and whether the schema says that it may stand there."""
    nodes = [each for node, root in at for each in document.resolved(node, root)]
    match value:
        case str() if MARK in value.lower():
            yield place, any(node.get(word) == "manifest" for node, _ in nodes for word in WORDS)
        case dict():
            for key, item in value.items():
                if MARK in key.lower():
                    named = (node.get("propertyNames", {}) for node, _ in nodes)
                    yield f"{place}/{key} (the key)", any("x-text-of" in each for each in named)
                below = [
                    (node["properties"][key], root)
                    for node, root in nodes
                    if key in node.get("properties", {})
                ] or [
                    (node["additionalProperties"], root)
                    for node, root in nodes
                    if isinstance(node.get("additionalProperties"), dict)
                ]
                yield from _found(item, f"{place}/{key}", below, document)
        case list():
            items = [(node["items"], root) for node, root in nodes if "items" in node]
            for item in value:
                yield from _found(item, f"{place}/*", items, document)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlpolicy.toml").write_text("manifest_waivers = true\n")
    return tmp_path


COMMANDS = (("check", "check"), ("explain", "decision"), ("ask", "ask"))


def said(command: str, file: str) -> Any:
    more = ("--answers", "answers.yaml") if command == "ask" else ()
    ran = in_process(command, file, "--as-of", "2026-11-22", "--format", "json", *more)
    return ran.json


@pytest.mark.parametrize(("command", "which"), COMMANDS)
def test_text_of_a_manifest_stands_only_where_the_schema_says_so(
    command: str, which: str, folder: Path
) -> None:
    (folder / "zq.mlproject.yaml").write_text(WHOLE)
    (folder / "answers.yaml").write_text("{}\n")
    value = said(command, "zq.mlproject.yaml")
    assert "diagnostics" not in value or not value["diagnostics"]
    told = json.dumps(value)
    assert "zq-first" in told
    if command != "ask":
        for text in ("zq because", "zq contract", "zq dataset", "zq excuse", "zq-lost"):
            assert text in told, text
    assert Document(which).unmarked(value) == set()


@pytest.mark.parametrize(("command", "which"), COMMANDS)
def test_what_is_wrong_with_a_manifest_is_quoted_only_where_the_schema_says_so(
    command: str, which: str, folder: Path
) -> None:
    """A mark in place of every value, one at a time, and as a key."""
    lines = [line for line in WHOLE.splitlines() if "zq" not in line or "name:" in line]
    document = Document("check" if command == "explain" else which)
    (folder / "answers.yaml").write_text("{}\n")
    broken = 0
    for slip in ("zq: 1", "regions: [zq-east]", "lifecycle: zqbuild", "owner: [zq]", "budget: zq"):
        text = "\n".join([slip, *(line for line in lines if line[:4] != slip[:4])])
        (folder / "zq.mlproject.yaml").write_text(text)
        files = ("zq.mlproject.yaml", "zq.mlproject.yaml") if command == "explain" else ()
        more = ("--answers", "answers.yaml") if command == "ask" else ()
        named = files or ("zq.mlproject.yaml",)
        value = in_process(command, *named, "--format", "json", *more).json
        broken += bool(value.get("diagnostics"))
        assert document.unmarked(value) == set(), slip
    assert broken == 5


class _Marking(_Maker):
    """Makes manifests with a mark in every text of which the schema leaves the words open."""

    def text(self, field: Field) -> object:
        fits = field.kind is Kind.TEXT and not (field.members or field.grain or field.refers_to)
        return "zq" if fits else super().text(field)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_stated_stands_only_where_the_schema_says_so(seed: int, folder: Path) -> None:
    made = _Marking(Random(seed), 0).value(schema().root, 0)
    assert isinstance(made, dict)
    made |= {"apiVersion": "mlpolicy.dev/v1", "kind": "MLProject"}
    (folder / "zq.mlproject.json").write_text(json.dumps(made))
    value = in_process("check", "zq.mlproject.json", "--format", "json").json
    assert MARK in json.dumps(value)
    assert Document("check").unmarked(value) == set()


@pytest.mark.parametrize("word", ["name", "because", "say", "message"])
def test_a_place_that_is_not_marked_would_be_seen(word: str, folder: Path) -> None:
    """The walk bites: a schema that marks nothing under a key, and a mark that stands there."""
    (folder / "zq.mlproject.yaml").write_text(WHOLE if word != "message" else f"zq: 1\n{WHOLE}")
    document = Document("check")

    def forget(node: Any) -> None:
        if isinstance(node, dict):
            for mark in WORDS:
                node.get("properties", {}).get(word, {}).pop(mark, None)
            for each in node.values():
                forget(each)
        elif isinstance(node, list):
            for each in node:
                forget(each)

    for each in (document.root, *document.schemas.values()):
        forget(each)
    found = document.unmarked(said("check", "zq.mlproject.yaml"))
    assert any(place.endswith(f"/{word}") for place in found), found
