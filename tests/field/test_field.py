"""What the world throws at the command line. The cases are data; see `field_support`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_support import Command
from tests.field.field_support import Case, cases, make, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes")


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow if case.slow else ()) for case in cases()],
    ids=str,
)
def test_what_comes_of_it_is_right(
    case: Case, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, case.files)
    monkeypatch.chdir(tmp_path)
    wrong = run(case, mlpolicy)
    if case.open:
        assert wrong, f"{case} is right now: delete its `open`"
        pytest.xfail(case.open)
    assert not wrong, "\n".join(wrong)
