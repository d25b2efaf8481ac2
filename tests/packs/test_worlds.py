"""A policy's own words, in every view; a policy whose manifests are one thing each; and which files
of a folder are the manifests of a policy."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.manifest.overlay import Overlay, node_of, overlay
from mlpolicy.render.check import Detail, check_text
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from mlpolicy.schema import Schema
from mlpolicy.session import Session, find_manifests, find_policy, only_manifests, policies
from mlpolicy.testing import run_policy_tests
from mlpolicy.versions.constructs import How, changes
from tests.policy.policy_support import policy_at

HERE = Path(__file__).parent
DAY = datetime.date(2026, 6, 1)


def _of(pack: str, manifest: str) -> tuple[Decision, Program]:
    program, schema = policy_at(HERE / pack / "1.0.0")
    (document,), faults = load((HERE / pack / manifest).read_bytes(), manifest, schema)
    assert faults == ()
    return decide_document(program, document, as_of=DAY, today=DAY), program


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pack", "manifest", "word"),
    [
        ("household", "family.yaml", "person"),
        ("ai-act", "hr.yaml", "system"),
        ("trip", "lisbon.yaml", "trip"),
    ],
)
def test_no_view_has_a_word_of_another_pack(pack: str, manifest: str, word: str) -> None:
    decision, program = _of(pack, manifest)

    views = [
        *(
            explain(decision, width=100, audience=audience)
            for audience in (None, "team", "author", "auditor")
        ),
        check_text([decision], detail=Detail.ALL),
        markdown([(decision, program)]),
        re.sub(r"<(?:style|script)[^>]*>.*?</(?:style|script)>|<[^>]*>", "",
               page([(decision, program)]), flags=re.S),
    ]  # fmt: skip
    for view in views:
        assert not re.search(r"\b(?:workloads?|projects?)\b", view, re.I), view
    assert word in views[0]


# -- a manifest that is one thing as a whole -------------------------------------------------


@pytest.fixture(scope="module")
def trip() -> tuple[Program, Schema]:
    return policy_at(HERE / "trip" / "1.0.0")


def test_its_tests_pass(trip: tuple[Program, Schema]) -> None:
    results = run_policy_tests(*trip)
    assert len(results) == 3
    assert [(each.title, each.failures) for each in results if not each.passed] == []


def test_the_manifest_is_what_is_decided() -> None:
    decision, _ = _of("trip", "lisbon.yaml")

    (only,) = decision.workloads
    assert only.name == decision.manifest_name == "lisbon"
    assert only.choice is not None
    assert only.choice.outcome == "train"
    assert [str(each.path) for each in decision.unread] == ["trip.remark"]
    value = json.loads(decision_json(decision))
    assert value["scopes"] == {"shared": "trip", "each": "trip", "list": None}


def test_a_field_of_it_can_be_stated_otherwise(trip: tuple[Program, Schema]) -> None:
    program, schema = trip
    data = (HERE / "trip" / "lisbon.yaml").read_bytes()
    (document,), _ = load(data, "lisbon.yaml", schema)

    other, faults = overlay(data, document, schema, [Overlay("lisbon", ("hours",), node_of(None))])

    assert faults == ()
    assert other is not None
    decision = decide_document(program, other, as_of=DAY, today=DAY)
    assert [str(each.path) for each in decision.workloads[0].settled_by] == ["trip.hours"]


# -- which files are manifests ---------------------------------------------------------------


def test_a_search_looks_for_what_the_policy_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("household.yaml", "our.household.json", "mlproject.yaml", "notes.yaml"):
        Path(name).write_text("{}")
    Path("other.yaml").write_text("apiVersion: mlpolicy.dev/v1\nkind: Household\n")
    Path("foreign.yaml").write_text("apiVersion: example.org/v1\nkind: Household\n")
    pack = str(HERE / "household" / "1.0.0")

    own = Session().seeks(pack, "2026-06-01")
    assert find_manifests(["."], own).files == (
        "household.yaml", "other.yaml", "our.household.json"
    )  # fmt: skip
    assert only_manifests(("mlproject.yaml", "household.yaml"), own) == (("household.yaml",), 1)
    built_in = Session().seeks("", "2026-06-01")
    assert find_manifests(["."], built_in).files == ("mlproject.yaml", "other.yaml")

    Path("mlpolicy.toml").write_text(f'policy = "{pack}"\n')
    configured = Session().seeks("", "2026-06-01")
    assert find_manifests(["."], configured).files == find_manifests(["."], own).files


def test_a_file_that_is_named_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_text("{}")
    assert find_manifests([str(path)], Session().seeks("", "2026-06-01")).files


def test_a_folder_without_a_manifest_says_what_it_looked_for(tmp_path: Path) -> None:
    pack = str(HERE / "household" / "1.0.0")
    (fault,) = find_manifests([str(tmp_path)], Session().seeks(pack, "2026-06-01")).diagnostics
    assert fault.code == "MLP0903"
    assert "`household.yaml` or `*.household.yaml`" in fault.help


def test_a_configuration_that_cannot_be_read_is_told_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlpolicy.toml").write_text("policy = 3\n")
    found = find_manifests(["."], Session().seeks("", "2026-06-01"))
    assert found.files == ()
    assert [fault.file for fault in found.diagnostics] == ["mlpolicy.toml"]


# -- which policy judges a manifest that names none ------------------------------------------


def test_of_several_packs_the_kind_of_a_manifest_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    packs = {}
    for pack in ("household", "trip"):
        found, _ = find_policy(str(HERE / pack / "1.0.0"), as_of="2026-06-01")
        assert found is not None
        packs[pack] = (found,)
    monkeypatch.setattr(policies, "builtin_policies", lambda: packs)

    def named(kind: str, api: str) -> str:
        found, faults = Session().unnamed("2026-06-01", kind, api)
        assert (found is None) is bool(faults)
        return found.name if found is not None else faults[0].code

    assert named("Trip", "mlpolicy.dev/v1") == "trip"
    assert named("Household", "") == "household"
    assert named("", "mlpolicy.dev/v1") == "MLP0911"
    assert named("Trip", "mlpolicy.dev/v9") == "MLP0911"
    assert named("", "") == "MLP0911"


def test_another_word_is_another_policy_and_is_told() -> None:
    program, _ = policy_at(HERE / "household" / "1.0.0")
    scopes = program.scopes._replace(each=program.scopes.each._replace(word="member"))
    (change,) = changes(program, replace(program, scopes=scopes))
    assert (change.kind, change.how) == ("scopes", How.CHANGED)
    (part,) = change.parts
    told = ("household, person in persons", "household, member in persons")
    assert (part.before, part.after) == told
