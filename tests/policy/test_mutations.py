"""Misreadings of the guide, made one at a time in the policy's text: every one is noticed by a
test of the policy or by a manifest. An edit that no longer applies fails too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpolicy.core.program import Program
from mlpolicy.schema import Schema
from mlpolicy.session import PolicyFiles, Session
from mlpolicy.testing import run_test
from tests.policy.policy_support import PACK, WHOLE, data, read
from tests.policy.test_scenarios import CASES, case_id, decision_of, faults, of_version

pytestmark = pytest.mark.slow

MUTATIONS: list[dict[str, Any]] = data("mutations.yaml")
VERSIONS = {folder.name: folder for folder in (PACK, WHOLE)}
MADE = [(m, VERSIONS[v]) for m in MUTATIONS for v in m.get("versions", VERSIONS)]


def files(folder: Path) -> PolicyFiles:
    found, said = Session().find(str(folder), "2026-11-22")
    assert found is not None, said
    return found


def mutated(edits: list[dict[str, str]], folder: Path) -> PolicyFiles:
    """The policy with edits made to its text, of those `in` one version only its own; each must
    apply at exactly one place."""
    pack = files(folder)
    texts = {name: text.decode() for name, text in pack.texts}
    for edit in edits:
        if edit.get("in", folder.name) != folder.name:
            continue
        text, old = texts[edit["file"]], edit["old"]
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {edit['file']}"
        texts[edit["file"]] = text.replace(old, edit["new"])
    return replace(pack, texts=tuple((name, text.encode()) for name, text in texts.items()))


def noticing(program: Program, schema: Schema, named: Iterable[str]) -> set[str]:
    """Which of these tests of the policy, and of these manifests, fail under it."""
    tests = {test.title: test for test in program.tests}
    manifests = {case_id(case): of_version(case, program.version) for case in CASES}
    failed = set()
    for name in named:
        if name in manifests:
            decision = decision_of(manifests[name], (program, schema))
            passed = not faults(manifests[name], decision)
        else:
            passed = run_test(tests[name], program, schema).passed
        if not passed:
            failed.add(name)
    return failed


@pytest.mark.parametrize(
    ("mutation", "folder"), MADE, ids=[f"{m['name']} in {folder.name}" for m, folder in MADE]
)
def test_mutation_is_noticed(mutation: dict[str, Any], folder: Path) -> None:
    named = mutation["noticed_by"]
    assert named
    assert noticing(*read(mutated(mutation["edits"], folder)), named) == set(named)


@pytest.mark.parametrize("folder", VERSIONS.values(), ids=VERSIONS)
def test_the_policy_as_it_stands_is_not_complained_of(folder: Path) -> None:
    """Under no mutation all of them pass: it is the mutation that they notice."""
    named = {name for m, made_in in MADE if made_in == folder for name in m["noticed_by"]}
    assert noticing(*read(mutated([], folder)), named) == set()


def test_an_edit_that_no_longer_applies_fails() -> None:
    with pytest.raises(AssertionError, match="stands 0 times"):
        mutated([{"file": "tree.mlp", "old": "a line that never stood there", "new": ""}], PACK)


def test_the_six_of_the_ledger_are_made_in_every_version() -> None:
    assert [m["name"] for m in MUTATIONS if "versions" not in m] == [
        m["name"] for m in MUTATIONS[:6]
    ]
    assert len(MUTATIONS[6:]) >= 12
