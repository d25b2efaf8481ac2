"""Every case of `cases/*.md` holds: what fits together and yet cannot be meant is told at its
place, and every code of it has a case. The cases are written as those of the checker are."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import CODES, Diagnostic
from mlpolicy.session import Session
from mlpolicy.soundness import soundness
from tests.check.check_cases import full, plain, run, stated, told
from tests.mdcase import Case, Golden, for_each, pages
from tests.profiles import lanes

CASES = pages(Path(__file__).parent / "cases")

#: The codes that a program which is well formed can still have.
OWN = {code for code in CODES if "MLP0422" <= code <= "MLP0433"} - {"MLP0432"} | {"MLP0407"}


def looked_at(case: Case) -> tuple[Program, tuple[Diagnostic, ...]]:
    (file,) = case.all("mlp")
    program, diagnostics = run(plain(file.text))
    assert program is not None, full(diagnostics)
    return program, soundness(program)


@for_each(CASES)
def test_a_program_has_the_faults_that_its_case_states(case: Case, golden: Golden) -> None:
    _, diagnostics = looked_at(case)
    (file,) = case.all("mlp")

    assert {d.file for d in diagnostics} <= {"file1.mlp"}, full(diagnostics)
    golden.holds(case, file, told(file.text, "file1.mlp", diagnostics))
    golden.holds(case, "errors", full(diagnostics))


def test_every_code_of_it_has_a_case() -> None:
    shown = {code for case in CASES for file in case.all("mlp") for _, code in stated(file.text)}

    assert shown == OWN


@pytest.mark.slow
def test_messages_are_lower_case_without_a_final_stop() -> None:
    for case in CASES:
        for diagnostic in looked_at(case)[1]:
            assert not diagnostic.message.endswith(".")
            assert not diagnostic.message[:1].isupper()
            assert diagnostic.help


@pytest.mark.parametrize(
    "name", lanes(["aws-ml-selection@1.2.0", "aws-ml-selection@1.0.0"], fast=2)
)
def test_nothing_is_found_in_the_policies_that_come_along(name: str) -> None:
    session = Session()
    files, _ = session.find(name, "2026-11-22")
    assert files is not None
    program, diagnostics = session.program(files)

    assert program is not None
    assert diagnostics == ()
    assert soundness(program) == ()
