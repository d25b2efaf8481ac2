"""What `check` says of manifests as teams write them, held against an architect's opinion.

The opinions were written down before the policy was tried on any of them (`manifests.yaml`), so
they are not changed to agree. An entry with `open: why` is known to differ: its test fails as
expected, and fails for good once there is nothing open any more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_support import Command
from tests.reviewed.reviewed_support import Reviewed, disagreements, lines, manifests, said


def cases() -> list[object]:
    """The manifests; those that are open are expected to fail."""
    return [
        pytest.param(
            each,
            id=each.fact,
            marks=[pytest.mark.xfail(reason=each.open, strict=True)] if each.open else [],
        )
        for each in manifests()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("reviewed", cases())
def test_an_architect_agrees(
    reviewed: Reviewed, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = said(reviewed, mlpolicy, tmp_path)
    assert disagreements(reviewed, told) == [], "\n".join(lines(mlpolicy))


def test_there_are_thirty_of_both_kinds() -> None:
    every = manifests()
    assert len(every) >= 30
    assert {each.passes for each in every} == {True, False}


@pytest.mark.slow
def test_the_document_of_all_of_them_is_small(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, each in enumerate(manifests()):
        Path(f"m{number}.mlproject.yaml").write_text(each.manifest, "utf-8")
    ran = mlpolicy("check", "--format", "json")
    found = ran.json["decisions"]
    assert len(found) == len(manifests())
    assert any(each["counts"]["waiting_advice"] for each in found)
    assert len(ran.out.encode()) < 25_000 * len(found)
