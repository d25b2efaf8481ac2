"""Every case of `cases/*.md` holds, and every code of the checker has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpolicy.diagnostics import CODES
from tests.check.check_cases import Case, found, full, read_cases, run, stated

CASES = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.md"))
    for case in read_cases(path)
]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_policy_has_the_faults_that_its_case_states(case: Case) -> None:
    expected = stated(case.files)

    program, diagnostics = run(*case.files, bare=case.bare)

    assert expected == found(diagnostics, expected), full(diagnostics)
    assert any(severity == "error" for _, _, severity, _, _ in expected) == (program is None)
    if case.messages:
        assert case.messages == full(diagnostics)


def test_every_code_of_names_types_and_structure_has_a_case() -> None:
    shown = {code for case in CASES for _, _, _, code, _ in stated(case.files)}

    assert {c for c in CODES if c[3:5] in ("02", "03", "04")} - shown == set()


def test_messages_are_lower_case_without_a_final_stop() -> None:
    for case in CASES:
        for diagnostic in run(*case.files, bare=case.bare)[1]:
            assert not diagnostic.message.endswith(".")
            assert "\n" not in diagnostic.message
            assert not diagnostic.message[:1].isupper()
            assert diagnostic.help
