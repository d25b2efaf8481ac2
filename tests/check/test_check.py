"""Every case of `cases/*.md` holds, and every code of the checker has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpolicy.check.typecheck import operators
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import CODES, Diagnostic
from tests.check.check_cases import full, names_of, plain, run, stated, told
from tests.mdcase import Case, Golden, for_each, pages

CASES = pages(Path(__file__).parent / "cases")


def checked(case: Case) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """The policy of a case, checked without the comments that state what is wrong."""
    files = case.all("mlp")
    bare = any("bare" in file.marks for file in files)
    return run(*(plain(file.text) for file in files), bare=bare, names=names(case))


def names(case: Case) -> list[str]:
    files = case.all("mlp")
    default = names_of([file.text for file in files])
    return [file.name or name for file, name in zip(files, default, strict=True)]


@for_each(CASES, fast=4)
def test_a_policy_has_the_faults_that_its_case_states(case: Case, golden: Golden) -> None:
    files = case.all("mlp")
    program, diagnostics = checked(case)
    unused = any(code == "MLP0216" for file in files for _, code in stated(file.text))
    counted = [d for d in diagnostics if unused or d.code != "MLP0216"]

    assert {d.file for d in counted} <= set(names(case)), full(diagnostics)
    for file, name in zip(files, names(case), strict=True):
        golden.holds(case, file, told(file.text, name, counted))
    if case.all("errors"):
        golden.holds(case, "errors", full(diagnostics, unused=unused))
    assert any(d.severity == "error" for d in counted) is (program is None)


def test_every_code_of_names_types_and_structure_has_a_case() -> None:
    shown = {code for case in CASES for file in case.all("mlp") for _, code in stated(file.text)}

    unsound = {"MLP0433", *(c for c in CODES if "MLP0422" <= c <= "MLP0431")}  # tests/soundness
    own = {c for c in CODES if c[3:5] in ("02", "03", "04")} - unsound
    assert own - shown == set()


@pytest.mark.slow
def test_messages_are_lower_case_without_a_final_stop() -> None:
    for case in CASES:
        for diagnostic in checked(case)[1]:
            assert not diagnostic.message.endswith(".")
            assert "\n" not in diagnostic.message
            assert not diagnostic.message[:1].isupper()
            assert diagnostic.help


def test_a_rule_of_which_nothing_is_made_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fault of an expression is not told: the policy is not taken without its rule."""
    text = """
input pages : page/month from workload.pages
rule number advise
  when batch in pages
  say "x" ref guide#G1
"""
    program, diagnostics = run(text)
    assert program is None
    assert ["wants a set" in each.message for each in diagnostics] == [True]
    monkeypatch.setattr(operators, "_no_set", lambda *_: None)
    program, diagnostics = run(text)
    assert program is None
    errors = [each.message for each in diagnostics if each.severity == "error"]
    assert errors == ["`number` cannot be worked out as it is written"]
