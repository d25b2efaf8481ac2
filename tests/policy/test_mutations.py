"""Misreadings of the guide, made one at a time in the policy's text: every one is noticed by a
test of the policy or by a manifest. An edit that no longer applies fails too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.schema import Schema
from mlpolicy.session import PolicyFiles, Session
from mlpolicy.session.load import check_program
from mlpolicy.source import Source
from mlpolicy.syntax import tree
from mlpolicy.syntax.parse import parse
from mlpolicy.testing import run_test
from tests.policy.policy_support import PACK, WHOLE, data, files_at, program_at
from tests.policy.test_scenarios import CASES, case_id, decision_of, faults, of_version
from tests.profiles import DEEP, lanes

pytestmark = pytest.mark.slow

MUTATIONS: list[dict[str, Any]] = data("mutations.yaml")
VERSIONS = {folder.name: folder for folder in (PACK, WHOLE)}
MADE = [(m, VERSIONS[v]) for m in MUTATIONS for v in m.get("versions", VERSIONS)]
ROWS = lanes(MADE, plain=3, kind=itemgetter(1))
#: Those that this run tries.
TRIED = [
    made
    for made, row in zip(MADE, ROWS, strict=True)
    if DEEP or not any(mark.name == "deep" for mark in row.marks)
]


def mutated(edits: list[dict[str, str]], core: PolicyFiles) -> PolicyFiles:
    """A policy, with its extensions, with edits made to its text, of those `in` one version only
    its own; each must apply at exactly one place, however its words are laid out."""
    parts = [{name: text.decode() for name, text in part.texts} for part in core.parts]
    for edit in edits:
        if edit.get("in", core.folder.name) != core.folder.name:
            continue
        texts = next(each for each in parts if edit["file"] in each)
        text, old = texts[edit["file"]], edit["old"]
        places = list(re.finditer(r"\s+".join(map(re.escape, old.split())), text))
        assert len(places) == 1, f"`{old}` stands {len(places)} times in {edit['file']}"
        start, end = places[0].span()
        texts[edit["file"]] = text[:start] + edit["new"].strip() + text[end:]
    first, *others = (
        replace(part, texts=tuple((name, text.encode()) for name, text in texts.items()))
        for part, texts in zip(core.parts, parts, strict=True)
    )
    return replace(first, extensions=tuple(others))


def noticed_in(mutation: dict[str, Any], folder: Path) -> PolicyFiles:
    """The policy with those of its extensions that are edited, or of which a test notices it; with
    all where a manifest does. To check it with all of them takes three times as long."""
    files, named = files_at(folder), {*mutation["noticed_by"]}
    if not named <= by_title(files).keys():
        return files
    edited = {edit["file"] for edit in mutation["edits"]}
    wanted = tuple(
        each
        for each in files.extensions
        if edited & dict(each.texts).keys() or named & by_title(each).keys()
    )
    return replace(files, extensions=wanted)


@cache
def parsed(name: str, text: str) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """A file that no mutation touches is parsed once."""
    return parse(Source(name, text))


def by_title(files: PolicyFiles) -> dict[str, str]:
    """The texts of the tests of a policy, and of its extensions, by their titles."""
    found: dict[str, str] = {}
    folders = [each.folder / "tests" for each in files.parts]
    for path in (path for folder in folders for path in sorted(folder.glob("*.mlp"))):
        for text in re.split(r'^(?=test ")', path.read_text("utf-8"), flags=re.M)[1:]:
            head = re.match(r'test "(.*)"\n', text)
            assert head is not None, text
            found[head[1]] = text
    return found


def few(files: PolicyFiles, named: list[str]) -> tuple[tuple[str, bytes], ...]:
    """The tests of a policy that are named, and those whose facts they take: the others take no
    part in what it decides, and checking them takes as long as all the rest."""
    found = by_title(files)
    kept: dict[str, str] = {}
    waiting = [title for title in named if title in found]
    for title in waiting:
        kept[title] = found[title]
        waiting += re.findall(r'^  like "(.*)"$', found[title], re.M)
    return (("tests/few.mlp", "".join(kept.values()).encode()),)


def checked(files: PolicyFiles, named: list[str]) -> tuple[Program, Schema]:
    """A policy whose text may differ from what lies on the disk, with the tests that are named."""
    with patch("mlpolicy.syntax.parse.parse", lambda source: parsed(source.name, source.text)):
        tests = few(files, named)
        if files.extensions:  # the core is checked by itself, too: without what it does not have
            *others, last = files.extensions
            last = replace(last, texts=(*last.texts, *tests))
            whole = replace(files, extensions=(*others, last))
        else:
            whole = replace(files, texts=(*files.texts, *tests))
        # A core that is as it stands has been checked before.
        edited = files.parts[0].texts != files_at(files.folder).parts[0].texts
        program, _, _, said = check_program(Session().fs, whole, anew=edited)
    assert program is not None, [fault.message for fault in said]
    return program, program_at(files.folder)[1]


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
    ("mutation", "folder"),
    ROWS,
    ids=[f"{m['name']} in {folder.name}" for m, folder in MADE],
)
def test_mutation_is_noticed(mutation: dict[str, Any], folder: Path) -> None:
    named = mutation["noticed_by"]
    assert named
    made = mutated(mutation["edits"], noticed_in(mutation, folder))
    assert noticing(*checked(made, named), named) == set(named)


@pytest.mark.parametrize("folder", VERSIONS.values(), ids=VERSIONS)
def test_the_policy_as_it_stands_is_not_complained_of(folder: Path) -> None:
    """Under no mutation all that are asked pass: it is the mutation that they notice."""
    named: dict[tuple[str, ...], list[str]] = {}
    made: dict[tuple[str, ...], PolicyFiles] = {}
    for mutation, made_in in TRIED:
        if made_in == folder:
            files = noticed_in(mutation, folder)
            key = tuple(str(each.folder) for each in files.parts)
            named[key] = [*named.get(key, ()), *mutation["noticed_by"]]
            made[key] = files
    assert named
    for key, names in named.items():
        assert noticing(*checked(made[key], names), names) == set(), key


def test_an_edit_that_no_longer_applies_fails() -> None:
    edit = {"file": "tree.mlp", "old": "a line that never stood there", "new": ""}
    with pytest.raises(AssertionError, match="stands 0 times"):
        mutated([edit], files_at(PACK))


def test_the_six_of_the_ledger_are_made_in_every_version() -> None:
    assert [m["name"] for m in MUTATIONS if "versions" not in m] == [
        m["name"] for m in MUTATIONS[:6]
    ]
    assert len(MUTATIONS[6:]) >= 12
