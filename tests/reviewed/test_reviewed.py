"""What `check` says of manifests as teams write them, held against an architect's opinion.

The opinions were written down before the policy was tried on any of them (`manifests.yaml`), so
they are not changed to agree. An entry with `open: why` is known to differ: its test fails as
expected, and fails for good once there is nothing open any more.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_support import Command, in_process
from tests.profiles import DEEP, some
from tests.reviewed.asking import TASKS, asked_of, facts
from tests.reviewed.reviewed_support import (
    Reviewed,
    Said,
    after,
    disagreements,
    lines,
    manifests,
    said,
)


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


Told = Callable[[Reviewed], Said]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What `check` says of one of them, asked once for all tests."""
    folder = tmp_path_factory.mktemp("reviewed")
    kept: dict[str, Said] = {}

    def ask(reviewed: Reviewed) -> Said:
        if reviewed.fact not in kept:
            with contextlib.chdir(folder):
                kept[reviewed.fact] = said(reviewed, in_process, folder)
        return kept[reviewed.fact]

    return ask


@pytest.mark.slow
@pytest.mark.parametrize("reviewed", cases())
def test_an_architect_agrees(reviewed: Reviewed, told: Told) -> None:
    assert disagreements(reviewed, told(reviewed)) == []


@pytest.mark.slow
@pytest.mark.parametrize("reviewed", [each for each in manifests() if not each.passes], ids=str)
def test_what_is_stopped_passes_once_its_team_changes_it(
    reviewed: Reviewed,
    told: Told,
    mlpolicy: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(reviewed).code == 2
    assert reviewed.unblocked
    assert said(after(reviewed), mlpolicy, tmp_path).code == 0


@pytest.mark.slow
def test_what_passes_takes_a_line_and_what_is_stopped_fewer_than_eight(
    told: Told, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lengths: dict[str, list[int]] = {}
    for each in manifests():
        (tmp_path / "mlproject.yaml").write_text(each.manifest, "utf-8")
        lengths.setdefault(told(each).verdict, []).append(len(lines(mlpolicy)))
    passing = [n for verdict in ("pass", "advise", "warn") for n in lengths.get(verdict, [])]
    assert len(passing) >= 5
    assert statistics.median(passing) == 1
    assert statistics.median(lengths["block"]) < 8


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("task", some(TASKS)[:: 1 if DEEP else 4])
def test_few_questions_lead_from_five_lines_to_an_answer(task: str) -> None:
    """A measurement counts as one."""
    assert facts(asked_of(task)) <= 6


def test_there_are_thirty_of_both_kinds() -> None:
    every = manifests()
    assert len(every) >= 30
    assert {each.passes for each in every} == {True, False}


@pytest.mark.sweep
@pytest.mark.slow
def test_the_document_of_all_of_them_is_small(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    some_of_them = manifests()[:: 1 if DEEP else 4]
    for number, each in enumerate(some_of_them):
        Path(f"m{number}.mlproject.yaml").write_text(each.manifest, "utf-8")
    ran = mlpolicy("check", "--format", "json")
    found = ran.json["decisions"]
    assert len(found) == len(some_of_them)
    assert any(each["counts"]["waiting_advice"] for each in found)
    assert len(ran.out.encode()) < 25_000 * len(found)
