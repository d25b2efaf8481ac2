"""What the world throws at the command line. The cases are data; see `field_support`."""

from __future__ import annotations

import os
import re
from operator import attrgetter
from pathlib import Path

import pytest

from tests.command_support import Command
from tests.field.field_support import GIVEN, Case, cases, make, run
from tests.profiles import lanes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes")


@pytest.mark.slow
def test_what_must_not_be_said_can_be_said() -> None:
    """A text that nothing can print is missed by no case: each stands in the engine, in a policy,
    or in the files of its case."""
    root = GIVEN.parents[2]
    parts = [*root.glob("engine/mlpolicy/**/*.py"), *root.glob("policies/**/*.mlp")]
    parts += [path for path in GIVEN.rglob("*") if path.is_file()]
    known = " ".join(" ".join(path.read_text("utf-8").split()) for path in parts).casefold()
    lost = {
        f"{case}: {text}"
        for case in cases()
        for step in case.steps
        for text in step.get("never", ())
        for piece in re.split("`[^`]*`", text)
        if piece.strip() and piece.strip().casefold() not in known + str(case.files).casefold()
    }
    assert lost == set()


#: Of those that are quick, one in three of each page is in the fast lane.
QUICK = lanes([case for case in cases() if not case.slow], fast=5, kind=attrgetter("page"))
SLOW = [pytest.param(case, marks=pytest.mark.slow) for case in cases() if case.slow]


@pytest.mark.parametrize("case", [*QUICK, *SLOW], ids=str)
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
